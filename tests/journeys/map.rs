//! The storage map: open, fold, filter, go to a volume, layers arriving, what is warned of.

use std::sync::Arc;

use volx::app::message::Effect;
use volx::app::model::Screen;
use volx::domain::layer::Layer;
use volx::domain::live::Observation;
use volx::domain::map::{Sources, What};
use volx::domain::trouble::Trouble;

use super::selected;
use super::stage::Stage;

/// What the selected row is called.
fn row(stage: &Stage) -> String {
    let inventory = stage.model.listed();
    let what = stage.model.map.selected_what().expect("a row is selected");
    stage.model.map.tree.name(&inventory, what).to_owned()
}

/// The names of all rows.
fn rows(stage: &Stage) -> Vec<String> {
    let (inventory, map) = (stage.model.listed(), &stage.model.map);
    let name = |at: u32| map.tree.name(&inventory, map.tree.node(at).expect("a node").what).to_owned();
    map.rows.iter().map(|row| format!("{}{}", "  ".repeat(row.depth.into()), name(row.node))).collect()
}

fn asked(stage: &Stage) -> usize {
    stage.effects.iter().filter(|e| **e == Effect::Layers).count()
}

#[test]
fn the_map_opens_with_the_largest_project_and_asks_for_layers_once() {
    let mut stage = Stage::demo(120, 40);
    assert_eq!(asked(&stage), 0, "layers cost the engine: nobody asks before the map is seen");
    stage.press("2");
    assert_eq!(stage.model.screen, Screen::Map);
    assert_eq!(row(&stage), "shop", "the project that holds most is first");
    assert!(rows(&stage).contains(&"  shop-db-1".to_owned()), "its containers are seen");
    assert!(!rows(&stage).iter().any(|r| r.starts_with("    ")), "what they have is folded away");
    assert!(rows(&stage).last().is_some_and(|r| r.starts_with("  ")), "what has no project comes last");
    assert_eq!(asked(&stage), 1);
    stage.press("1 2");
    assert_eq!(asked(&stage), 1, "once is enough");
    stage.press("ctrl-r");
    assert_eq!(asked(&stage), 2, "unless they are wanted again");
    assert!(stage.effects.contains(&Effect::Measure), "with the volumes");
}

#[test]
fn l_goes_in_and_h_comes_out() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 l");
    assert_eq!(row(&stage), "shop-web-1", "what is unfolded is gone into");
    stage.press("l");
    assert_eq!(row(&stage), "shop-web-1", "what is folded is unfolded first");
    stage.press("l");
    assert_eq!(row(&stage), "shop_media-uploads");
    stage.press("h");
    assert_eq!(row(&stage), "shop-web-1", "a leaf leads to what it is in");
    stage.press("h");
    assert!(!rows(&stage).iter().any(|r| r.starts_with("    ")), "then that is folded");
    stage.press("h h");
    assert_eq!(row(&stage), "shop");
    assert!(!rows(&stage).contains(&"  shop-web-1".to_owned()), "up to the project");
    stage.press("h");
    assert_eq!((row(&stage).as_str(), stage.model.screen), ("shop", Screen::Map), "where it ends");
}

#[test]
fn z_unfolds_everything_and_folds_it_again() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 j z");
    let all = rows(&stage).len();
    assert_eq!(all, stage.model.map.tree.nodes.len(), "every node is a row");
    assert_eq!(row(&stage), "shop-web-1", "the selected row stays selected");
    stage.press("z");
    assert!(rows(&stage).iter().all(|r| !r.starts_with(' ')), "projects alone: {:?}", rows(&stage));
    assert_eq!(row(&stage), "shop", "the project of the row that was selected");
}

#[test]
fn enter_on_a_volume_goes_to_it_in_the_list() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 j enter j enter");
    assert_eq!(stage.model.screen, Screen::Volumes);
    assert_eq!(selected(&stage), "shop_media-uploads");
    stage.press("/");
    stage.type_text("gitea");
    stage.press("enter 2 enter");
    assert_eq!(stage.model.screen, Screen::Map, "a volume that the list's filter hides");
    assert!(stage.text().contains("the filter hides its volume"), "{}", stage.text());
}

#[test]
fn the_filter_finds_names_and_shows_what_they_are_in() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 /");
    stage.type_text("POSTGRES");
    assert_eq!(
        rows(&stage),
        [
            "shop",
            "  shop-db-1",
            "    shop_postgres-data",
            "    /srv/shop/postgresql.conf",
            "gitea",
            "  gitea-db-1",
            "    gitea_postgres-data",
        ]
    );
    assert!(stage.text().contains("3 found"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.text().contains("/POSTGRES"), "the filter stays in sight");
    stage.press("/ esc /");
    stage.type_text("shop-redis");
    assert_eq!(rows(&stage), ["shop", "  shop-redis-1"], "a container that is found is not unfolded");
    stage.press("enter j l");
    assert_eq!(
        rows(&stage),
        ["shop", "  shop-redis-1", "    shop_redis-data", "    writable layer"],
        "but can be, with all that it has"
    );
    stage.press("esc");
    assert!(rows(&stage).len() > 20 && stage.model.screen == Screen::Map, "Esc drops the filter");
    stage.press("/");
    stage.type_text("zzzz");
    assert!(stage.text().contains("No name here has that in it."), "{}", stage.text());
    stage.press("esc esc");
    assert_eq!(stage.model.screen, Screen::Volumes, "then it leaves the map");
}

#[test]
fn layers_arrive_and_the_sums_say_what_they_lack() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.press("2");
    let text = stage.text();
    assert!(text.contains("layers 0 of 30"), "it is told how far it is:\n{text}");
    assert!(text.contains("layers unknown"), "{text}");
    let worker = |stage: &Stage| {
        let inventory = stage.model.listed();
        inventory.containers.iter().find(|c| c.name == "shop-worker-1").expect("listed").id.clone()
    };
    let told = |id: String, writable| (id, Some(Ok(Layer { writable, root_fs: None })));
    let some = vec![told(worker(&stage), Some(700_000_000_000)), ("gone".to_owned(), None)];
    stage.observe(Observation::Layers { told: some, done: 2, of: 30 });
    let text = stage.text();
    assert!(text.contains("layers 2 of 30") && text.contains("known of 1 of 30 containers"), "{text}");
    assert!(text.contains("≥898.7 GB"), "the project's sum has it, and lacks others:\n{text}");
    stage.survey();
    let text = stage.text();
    assert!(!text.contains("of 30 containers !") && text.contains("known of 29 of 30"), "{text}");
    assert!(text.contains("200.5 GB"), "{text}");
}

#[test]
fn what_the_engine_does_not_tell_is_unknown() {
    let mut stage = Stage::demo(160, 45);
    stage.press("2");
    let dead =
        stage.model.listed().containers.iter().find(|c| c.state.name() == "dead").map(|c| c.name.clone());
    stage.press("/");
    stage.type_text(&dead.expect("the demo has a dead container"));
    stage.press("enter j l G");
    let text = stage.text();
    assert!(text.contains("this engine does not tell it"), "{text}");
    let layer = text.lines().find(|l| l.contains("≡ writable layer")).expect("a layer");
    assert!(layer.contains(" ? ") && !layer.contains("0 B"), "unknown is not zero: {layer}");
}

#[test]
fn a_container_that_writes_much_is_warned_of_everywhere() {
    let mut stage = Stage::demo(120, 40);
    assert!(stage.model.warnings().is_empty());
    stage.press("2");
    let text = stage.text();
    assert!(text.contains("! 1 full layer"), "in the project:\n{text}");
    assert!(text.contains("! 1.8 GB in its layer"), "at the container:\n{text}");
    stage.press("/");
    stage.type_text("worker");
    stage.press("enter j l j j");
    assert!(matches!(stage.model.map.selected_what(), Some(What::Layer(_))), "{}", stage.text());
    let words = stage.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("1.8 GB in the writable layer: gone when the container is removed"), "{words}");
    stage.press("esc 1 !");
    let words = stage.text().replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("The container 'shop-worker-1' has 1.8 GB"), "and in the warnings: {words}");
}

#[test]
fn a_missing_folder_is_said_and_an_unknown_one_is_not_missing() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 /");
    stage.type_text("secrets");
    stage.press("enter j j");
    let text = stage.text();
    assert_eq!(text.matches("! missing").count(), 2, "at each container that binds it:\n{text}");
    assert!(text.contains("1 of 12 host folders missing"), "{text}");
    assert!(text.contains("the container does not start"), "with what follows:\n{text}");
    stage.observe(Observation::Sources(Arc::new(Sources::unknown("its paths are another machine's"))));
    let text = stage.text();
    assert!(!text.contains("missing"), "{text}");
    assert!(text.contains("unknown: its paths are another machine's"), "{text}");
}

#[test]
fn the_order_is_by_size_or_by_name() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 S");
    let first = rows(&stage)[0].clone();
    assert_ne!(first, "shop", "the least first");
    stage.press("s j enter g");
    assert_eq!(rows(&stage)[0], "ci", "by name");
    stage.click_on("SIZE");
    stage.press("g");
    assert_eq!(row(&stage), "shop", "a click on the heading sorts too");
    assert_eq!(stage.model.home.sort, volx::domain::sort::Sort::default(), "the list keeps its own order");
}

#[test]
fn the_mouse_selects_and_folds() {
    let mut stage = Stage::demo(120, 40);
    stage.click_on("Map");
    assert_eq!(stage.model.screen, Screen::Map);
    stage.click_on("shop-db-1");
    assert_eq!(row(&stage), "shop-db-1");
    stage.click_on("shop-db-1");
    assert!(stage.text().contains("shop_postgres-data"), "a click on the selected row unfolds it");
    stage.click_on("shop-db-1");
    assert!(!stage.text().contains("shop_postgres-data"), "and folds it");
}

#[test]
fn losing_the_engine_ends_the_measuring_and_keeps_what_is_known() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2");
    stage.is_silent = true;
    stage.press("ctrl-r");
    assert!(stage.text().contains("layers 0 of 30"));
    stage.observe(Observation::Unreachable {
        trouble: Trouble::new("lost", "gone"),
        tried: vec![],
        retry_at: super::stage::now(),
    });
    let text = stage.text();
    assert!(!text.contains("layers 0 of 30"), "{text}");
    assert!(text.contains("200.5 GB"), "the last state stays: {text}");
}

#[test]
fn a_map_without_an_engine_that_answers_asks_later() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.press("2");
    stage.observe(Observation::Layers { told: vec![], done: 0, of: 0 });
    assert!(!stage.text().contains("layers 0 of"), "nobody measures:\n{}", stage.text());
    stage.press("1 2");
    assert_eq!(asked(&stage), 2, "it is tried again");
}

#[test]
fn a_narrow_window_says_it_in_one_line() {
    let mut stage = Stage::demo(40, 12);
    stage.press("2 /");
    stage.type_text("worker");
    stage.press("enter j l j j");
    let text = stage.text();
    assert!(text.contains("writable layer") && text.contains("1.8 GB"), "{text}");
    assert!(
        text.contains("1.8 GB in the writable layer: gone"),
        "what has no column is in the line:\n{text}"
    );
}

//! Finding one's way in the list of volumes.

use volx::domain::column::Column;
use volx::domain::status::Status;

use super::stage::Stage;
use super::{listed, selected};

#[test]
fn the_largest_volume_is_on_top_and_the_cursor_on_it() {
    let stage = Stage::demo(100, 30);
    let sizes: Vec<Option<u64>> = stage.model.home.listed().map(|at| stage.model.sizes.bytes(at)).collect();
    let known: Vec<u64> = sizes.iter().copied().map_while(|s| s).collect();
    assert!(known.is_sorted_by(|a, b| a >= b), "sizes fall");
    assert!(sizes[known.len()..].iter().all(Option::is_none), "unknown sizes come last");
    assert_eq!(selected(&stage), listed(&stage)[0]);
}

#[test]
fn moving_stays_within_the_list() {
    let mut stage = Stage::demo(100, 30);
    let all = listed(&stage);
    stage.press("j j down k");
    assert_eq!(selected(&stage), all[2], "two down of three and one up");
    stage.press("g k k");
    assert_eq!(selected(&stage), all[0], "the top is the top");
    stage.press("G j pagedown");
    assert_eq!(selected(&stage), all[all.len() - 1], "the end is the end");
    assert!(stage.text().contains(&all[all.len() - 1]), "and it is on the screen");
    stage.press("ctrl-b");
    assert!(selected(&stage) != all[all.len() - 1], "a page up leaves the end");
}

#[test]
fn typing_a_filter_narrows_the_list_at_once_and_escape_undoes_it() {
    let mut stage = Stage::demo(100, 30);
    let all = listed(&stage);
    stage.press("j j j");
    let before = selected(&stage);
    stage.press("/");
    stage.type_text("postgres");
    assert!(listed(&stage).len() < all.len(), "fewer are listed while typing");
    assert!(listed(&stage).iter().all(|n| n.contains("postgres")), "and they fit: {:?}", listed(&stage));
    assert!(
        stage.text().contains(&format!("{} of {}", listed(&stage).len(), all.len())),
        "the count is said"
    );
    stage.press("enter");
    assert!(stage.text().contains("/postgres"), "the filter in force stays visible");
    stage.press("esc");
    assert_eq!(listed(&stage), all, "everything is back");
    assert_eq!(selected(&stage), before, "and the cursor where it was");
}

#[test]
fn a_filter_by_status_and_a_wrong_one() {
    let mut stage = Stage::demo(100, 30);
    stage.press("/");
    stage.type_text("status:dangling");
    let inventory = stage.model.listed();
    let found: Vec<usize> = stage.model.home.listed().collect();
    assert!(!found.is_empty() && found.iter().all(|at| inventory.status(*at) == Status::Dangling));
    stage.type_text("x");
    assert!(stage.text().contains("no status 'danglingx'"), "what is wrong is said:\n{}", stage.text());
    assert_eq!(stage.model.home.listed().collect::<Vec<_>>(), found, "and the last good filter stays");
    stage.press("esc");
    stage.press("/");
    stage.type_text("zzzzz");
    assert!(stage.text().contains("passes the filter"), "an empty list says why:\n{}", stage.text());
}

#[test]
fn every_column_sorts_both_ways_and_the_selected_volume_stays_selected() {
    let mut stage = Stage::demo(160, 40);
    stage.press("j j j j");
    let name = selected(&stage);
    for (at, column) in Column::ALL.into_iter().enumerate() {
        stage.press("s g");
        stage.press(&"j ".repeat(at));
        stage.press("enter");
        assert_eq!(stage.model.home.sort.column, column, "the menu chooses {}", column.name());
        let first = listed(&stage);
        assert_eq!(selected(&stage), name, "sorting by {} keeps the selection", column.name());
        stage.press("S");
        assert_eq!(selected(&stage), name);
        assert_eq!(listed(&stage).len(), first.len(), "turning round loses nothing");
    }
}

#[test]
fn grouping_puts_each_project_under_its_heading() {
    let mut stage = Stage::demo(120, 50);
    stage.press("j j");
    let before = selected(&stage);
    stage.press("t");
    assert_eq!(selected(&stage), before, "the selection survives");
    assert!(!stage.text().contains("PROJECT"), "the column is not needed under headings");
    stage.press("g");
    let text = stage.text();
    assert!(text.contains("shop  5 volumes"), "a heading with its sums:\n{text}");
    stage.press(&"j ".repeat(60));
    assert_eq!(selected(&stage), *listed(&stage).last().expect("volumes"), "headings are stepped over");
    stage.press("t");
    assert!(stage.text().contains("PROJECT"));
}

#[test]
fn marks_are_counted_summed_and_dropped() {
    let mut stage = Stage::demo(120, 40);
    let all = listed(&stage);
    stage.press("space space");
    assert_eq!(stage.model.home.chosen().len(), 2, "two are marked and the cursor went on");
    assert_eq!(selected(&stage), all[2]);
    assert!(stage.text().contains("2 marked, "), "the header says how many and how much:\n{}", stage.text());
    stage.press("a");
    assert_eq!(stage.model.home.marks.len(), all.len(), "all that are listed");
    stage.press("a");
    assert!(stage.model.home.marks.is_empty(), "and none");
    stage.press("space esc");
    assert!(stage.model.home.marks.is_empty(), "Escape drops marks too");
}

#[test]
fn a_volume_that_goes_takes_its_mark_along_and_leaves_the_cursor_in_place() {
    let mut stage = Stage::demo(120, 40);
    stage.press("j j space k");
    let gone = selected(&stage);
    assert!(stage.model.home.marks.contains(&gone));
    let next = listed(&stage)[3].clone();
    let mut inventory = (*stage.model.listed()).clone();
    let volumes = inventory.volumes.drain(..).filter(|v| v.name != gone).collect();
    let containers = std::mem::take(&mut inventory.containers);
    let inventory = volx::domain::inventory::Inventory::join(volumes, containers, vec![]);
    stage.observe(volx::domain::live::Observation::Listed {
        inventory: std::sync::Arc::new(inventory),
        at: super::stage::now(),
    });
    assert!(!stage.model.home.marks.contains(&gone), "no mark on what is gone");
    assert_eq!(selected(&stage), next, "the row below moved up under the cursor");
}

#[test]
fn a_new_volume_above_does_not_move_the_selection() {
    let mut stage = Stage::demo(120, 40);
    stage.press("G");
    let name = selected(&stage);
    for _ in 0..10 {
        stage.beat();
    }
    assert_eq!(selected(&stage), name, "background work never moves the user's cursor");
}

#[test]
fn narrow_windows_drop_columns_and_say_when_too_small() {
    let mut stage = Stage::demo(250, 60);
    assert!(stage.text().contains("CREATED") && stage.text().contains("DRIVER"));
    stage.resize(40, 12);
    let text = stage.text();
    assert!(!text.contains("CREATED") && text.contains("NAME") && text.contains("SIZE"), "{text}");
    stage.resize(39, 12);
    assert!(stage.text().contains("volx needs"), "{}", stage.text());
    stage.resize(250, 70);
    assert!(stage.text().contains("CREATED"));
}

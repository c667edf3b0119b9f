//! Looking at one volume.

use volx::app::details::Tab;
use volx::app::message::Effect;
use volx::app::model::Pane;

use super::selected;
use super::stage::Stage;

#[test]
fn tabs_turn_round_and_say_what_they_are_about() {
    let mut stage = Stage::demo(160, 45);
    assert!(stage.text().contains("Mountpoint"), "the overview first");
    stage.press("]");
    assert_eq!(stage.model.details.tab, Tab::Containers);
    assert!(
        stage.text().contains("read and write") || stage.text().contains("read-only"),
        "{}",
        stage.text()
    );
    stage.press("] ] ] ]");
    assert_eq!(stage.model.details.tab, Tab::Labels);
    assert!(stage.text().contains("Driver options"));
    stage.press("]");
    assert_eq!(stage.model.details.tab, Tab::Overview, "round the end");
    stage.press("[");
    assert_eq!(stage.model.details.tab, Tab::Labels);
}

#[test]
fn inspect_asks_for_the_volume_that_is_looked_at_and_for_no_other() {
    let mut stage = Stage::demo(160, 45);
    stage.press("j j");
    assert!(stage.effects.iter().all(|e| !matches!(e, Effect::Inspect(_))), "nobody looks, nobody asks");
    stage.press("] ]");
    let first = selected(&stage);
    assert_eq!(stage.effects.last(), Some(&Effect::Inspect(first.clone())));
    assert!(stage.text().contains(&format!("\"Name\": \"{first}\"")), "{}", stage.text());
    stage.press("j");
    assert_eq!(stage.effects.last(), Some(&Effect::Inspect(selected(&stage))));
    assert!(stage.text().contains(&format!("\"Name\": \"{}\"", selected(&stage))));
}

#[test]
fn a_password_is_masked_everywhere() {
    let mut stage = Stage::demo(160, 45);
    stage.press("/");
    stage.type_text("kind:cifs");
    stage.press("enter");
    for _ in Tab::ALL {
        let text = stage.text();
        assert!(!text.contains("password=") || text.contains("password=*****"), "{text}");
        stage.press("]");
    }
    stage.press("] ]");
    assert!(
        stage.text().contains("*****"),
        "the Inspect tab shows that something is masked:\n{}",
        stage.text()
    );
}

#[test]
fn enter_fills_the_screen_and_escape_goes_back() {
    let mut stage = Stage::demo(80, 24);
    let name = selected(&stage);
    stage.press("tab enter");
    let text = stage.text();
    assert!(text.contains("Mountpoint") && !text.contains("CONTAINERS "), "the list is gone:\n{text}");
    assert!(text.contains(&name));
    stage.press("esc esc");
    assert!(stage.text().contains("CONTAINERS"), "the list is back");
    stage.resize(40, 12);
    stage.press("tab");
    assert!(stage.text().contains("Status"), "where there is no pane, Tab opens them:\n{}", stage.text());
    stage.press("tab");
    assert!(stage.text().contains("NAME"), "and goes back");
}

#[test]
fn the_pane_takes_the_keys_and_gives_them_back() {
    let mut stage = Stage::demo(80, 24);
    let name = selected(&stage);
    stage.press("tab j j");
    assert_eq!(stage.model.pane, Pane::Details);
    assert_eq!(selected(&stage), name, "the list stands still");
    assert_eq!(stage.model.details.scroll, 2, "the details scroll");
    stage.press("G");
    let end = stage.model.details.scroll;
    stage.press("j j j");
    assert_eq!(stage.model.details.scroll, end, "the end is the end");
    stage.press("esc j");
    assert_ne!(selected(&stage), name, "and the list moves again");
    assert_eq!(stage.model.details.scroll, 0, "another volume is read from its beginning");
    stage.press("J J K");
    assert_eq!(stage.model.details.scroll, 1, "the details scroll from the list too");
    stage.press("v");
    assert!(!stage.text().contains("Overview"), "the pane can be hidden");
}

#[test]
fn unknown_sizes_say_why() {
    let mut stage = Stage::demo(160, 45);
    for (filter, reason) in [
        ("kind:nfs", "does not measure volumes with driver options"),
        ("kind:plugin", "measures the local driver's volumes only"),
    ] {
        stage.press("/");
        stage.type_text(filter);
        stage.press("enter");
        let text = stage.text().replace('\n', " ");
        let words: Vec<&str> = reason.split(' ').collect();
        assert!(text.contains("unknown:"), "{filter}: {text}");
        assert!(words.iter().all(|w| text.contains(w)), "{filter} says why:\n{}", stage.text());
        stage.press("esc");
    }
}

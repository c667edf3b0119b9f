//! Help, palette, menus, the clipboard.

use volx::app::action::Action;
use volx::app::message::Effect;

use super::selected;
use super::stage::Stage;

#[test]
fn help_shows_every_action_with_its_keys() {
    let mut stage = Stage::demo(120, 90);
    stage.press("?");
    let text = stage.text().split_whitespace().collect::<Vec<_>>().join(" ");
    for action in Action::ALL {
        let first: String = action.doc().split(' ').take(3).collect::<Vec<_>>().join(" ");
        assert!(text.contains(&first), "{} is in the help", action.name());
    }
    stage.press("?");
    assert!(stage.model.overlays.is_empty(), "the key that opened it closes it");
}

#[test]
fn help_scrolls_where_it_does_not_fit() {
    let mut stage = Stage::demo(40, 12);
    stage.press("?");
    assert!(!stage.text().contains("Leave volx"));
    stage.press("G");
    let text = stage.text();
    assert!(text.contains("says why"), "the end can be reached:\n{text}");
    stage.press("q");
    assert!(stage.model.overlays.is_empty(), "q closes an overlay and does not quit");
    assert!(!stage.effects.contains(&Effect::Quit));
}

#[test]
fn the_palette_finds_an_action_by_name_and_runs_it() {
    let mut stage = Stage::demo(100, 30);
    stage.press(":");
    stage.type_text("copy");
    assert!(
        stage.text().lines().any(|l| l.contains("▌copy")),
        "the name that fits is first:\n{}",
        stage.text()
    );
    stage.press("esc :");
    stage.type_text("group");
    stage.press("enter");
    assert!(stage.model.home.is_grouped, "and it runs");
    assert!(stage.model.overlays.is_empty());
    stage.press(":");
    stage.type_text("zzzz");
    assert!(stage.text().contains("no action here has that name"));
}

#[test]
fn ready_lines_are_copied() {
    let mut stage = Stage::demo(100, 30);
    stage.press("/");
    stage.type_text("shop_postgres");
    stage.press("enter");
    let name = selected(&stage);
    let copied = |stage: &Stage| match stage.effects.last() {
        Some(Effect::Copy(text)) => text.clone(),
        other => panic!("something was copied, not {other:?}"),
    };
    stage.press("y enter");
    assert_eq!(copied(&stage), name);
    assert!(stage.text().contains("clipboard: shop_postgres"), "and it is said:\n{}", stage.text());
    stage.press("y j enter");
    assert_eq!(copied(&stage), format!("/var/lib/docker/volumes/{name}/_data"));
    stage.press("y j j enter");
    assert_eq!(copied(&stage), format!("--mount type=volume,source={name},target=/var/lib/postgresql/data"));
    stage.press("y j j j enter");
    assert_eq!(copied(&stage), format!("-v {name}:/var/lib/postgresql/data"));
}

#[test]
fn marked_volumes_are_copied_as_a_list() {
    let mut stage = Stage::demo(100, 30);
    stage.press("space space y enter");
    match stage.effects.last() {
        Some(Effect::Copy(text)) => assert_eq!(text.lines().count(), 2, "{text}"),
        other => panic!("something was copied, not {other:?}"),
    }
}

#[test]
fn pasting_into_a_filter_types_it_without_its_controls() {
    let mut stage = Stage::demo(100, 30);
    stage.press("/");
    stage.tell(volx::app::message::Message::Pasted("post\x1b[31m\ngres".to_owned()));
    assert_eq!(stage.model.home.filter.value(), "post[31mgres");
}

//! Where volx was told to change nothing: what would change something is shown, off, with its reason.

use volx::app::overlay::Overlay;
use volx::domain::live::Observation;
use volx::engine::Engine;

use crate::stage::Stage;

fn read_only(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    let info = volx::domain::engine::EngineInfo { is_read_only: true, ..stage.demo.info().clone() };
    stage.observe(Observation::Connected(Box::new(info)));
    stage
}

#[test]
fn the_header_says_it_in_every_window() {
    for (width, height) in [(60, 12), (80, 24), (160, 45)] {
        let stage = read_only(width, height);
        let text = stage.text();
        assert!(text.lines().next().is_some_and(|line| line.contains("read-only")), "{width}:\n{text}");
    }
}

#[test]
fn keys_that_change_something_say_why_not_and_how() {
    let mut stage = read_only(80, 24);
    for key in ["c", "P"] {
        stage.press(key);
        let text = stage.text();
        assert!(
            text.contains("is off (read-only): run volx without --read-only and read_only = true"),
            "{key}:\n{text}"
        );
        assert!(stage.model.overlays.is_empty());
    }
    stage.press("enter i");
    assert!(stage.text().contains("put is off (read-only)"), "{}", stage.text());
    assert!(!stage.effects.iter().any(|effect| matches!(effect, volx::app::message::Effect::Change(_))));
}

#[test]
fn help_and_palette_show_it_as_off() {
    let mut stage = read_only(120, 60);
    stage.press("?");
    assert!(stage.text().contains("Make a volume (read-only: off)"), "{}", stage.text());
    assert!(!stage.text().contains("Mark or unmark the volume and go on (read-only"), "{}", stage.text());
    stage.press("esc :");
    stage.type_text("create");
    assert!(stage.text().contains("read-only: off"), "{}", stage.text());
    stage.press("enter");
    assert!(!matches!(stage.model.overlays.last(), Some(Overlay::Form(_))));
    assert!(stage.text().contains("create is off (read-only)"), "{}", stage.text());
}

#[test]
fn containers_are_left_alone() {
    let mut stage = read_only(120, 40);
    stage.press("/");
    stage.type_text("name:shop_postgres-data");
    stage.press("enter ] tab enter");
    let text = stage.text();
    assert_eq!(text.matches("(read-only)").count(), 6, "{text}");
    stage.press("j enter");
    assert!(stage.text().contains("read-only") && stage.model.overlays.is_empty(), "{}", stage.text());
    assert!(!stage.effects.iter().any(|effect| matches!(effect, volx::app::message::Effect::Change(_))));
}

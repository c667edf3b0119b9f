//! The form that makes volumes, containers' menus, protection, and all of it read-only.

use std::path::Path;

use rstest::rstest;
use volx::config::glyphs::Glyphs;
use volx::config::theme::Theme;
use volx::domain::change::ChangeNews;
use volx::domain::engine::EngineInfo;
use volx::domain::live::Observation;
use volx::domain::protection::Protection;
use volx::domain::trouble::Trouble;
use volx::engine::Engine;

use crate::stage::Stage;

fn on(volume: &str, width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.press("/");
    stage.type_text(&format!("name:{volume}"));
    stage.press("enter");
    stage
}

/// The form, filled in for a share.
fn share(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.is_silent = true;
    stage.press("c");
    stage.type_text("media");
    stage.press("up right right tab tab");
    stage.type_text("//nas/media");
    stage.press("tab");
    stage.type_text("anna");
    stage.press("tab");
    stage.type_text("hunter2");
    stage
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(160, 45)]
fn create(#[case] width: u16, #[case] height: u16) {
    let mut stage = share(width, height);
    insta::assert_snapshot!(format!("create_{width}x{height}"), stage.picture());
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!(format!("create_{width}x{height}_mono"), stage.picture());
}

#[test]
fn create_in_ascii_with_what_is_wrong() {
    let mut stage = share(80, 24);
    stage.config.glyphs = Glyphs::ASCII;
    stage.press("up up");
    stage.press("end backspace backspace backspace backspace backspace backspace");
    stage.press("ctrl-s");
    insta::assert_snapshot!(stage.text());
}

#[test]
fn create_refused() {
    let mut stage = share(80, 30);
    stage.press("ctrl-s");
    insta::assert_snapshot!("create_making", stage.text());
    let trouble = Trouble::new("'media' was not made", "no space left on device").with_remedy("make room");
    stage.observe(Observation::Changed(ChangeNews::Made("media".to_owned(), Err(trouble))));
    insta::assert_snapshot!("create_refused", stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
fn containers(#[case] width: u16, #[case] height: u16) {
    let mut stage = on("nextcloud_data", width, height);
    stage.press("] tab j");
    insta::assert_snapshot!(format!("holders_{width}x{height}"), stage.picture());
    stage.press("enter");
    insta::assert_snapshot!(format!("acts_{width}x{height}"), stage.picture());
    stage.press("enter");
    stage.press("enter G enter");
    insta::assert_snapshot!(format!("farewell_{width}x{height}"), stage.text());
}

#[test]
fn protected() {
    let mut stage = on("shop_", 120, 40);
    stage.protect(Protection { patterns: vec!["shop_postgres*".to_owned()], ..Protection::default() });
    stage.press("a P");
    insta::assert_snapshot!("protected_120x40", stage.picture());
    stage.press("P");
    insta::assert_snapshot!("protection_lifted", stage.text());
    stage.press("esc");
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!("protected_ascii", stage.text());
    stage.resize(80, 24);
    insta::assert_snapshot!("protected_80x24_ascii", stage.text());
}

#[test]
fn read_only() {
    let mut stage = Stage::demo(120, 40);
    let info = EngineInfo { is_read_only: true, ..stage.demo.info().clone() };
    stage.observe(Observation::Connected(Box::new(info)));
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    stage.press("c");
    insta::assert_snapshot!("read_only_120x40", stage.picture());
    stage.press(":");
    stage.type_text("create");
    insta::assert_snapshot!("read_only_palette", stage.picture());
    stage.press("esc enter");
    insta::assert_snapshot!("read_only_files", stage.picture());
    stage.press("esc");
    stage.resize(60, 12);
    insta::assert_snapshot!("read_only_60x12", stage.text());
}

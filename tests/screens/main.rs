//! Every screen at several sizes, with its styles and without colour.
//!
//! A snapshot is the text, then a letter for the style of each cell, then what the letters mean.
//! Look at changes with `cargo insta review`, or set `INSTA_UPDATE=always` and read the diff.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expected"
)]

#[path = "../stage/mod.rs"]
mod stage;

mod changing;
mod growth;
mod keeping;
mod removal;

use std::path::Path;

use jiff::SignedDuration;
use rstest::rstest;
use stage::{Stage, now};
use volx::app::message::Message;
use volx::config::glyphs::Glyphs;
use volx::config::theme::Theme;
use volx::domain::live::Observation;
use volx::domain::trouble::Trouble;

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(200, 50)]
fn home(#[case] width: u16, #[case] height: u16) {
    let mut stage = Stage::demo(width, height);
    stage.press("j space j");
    insta::assert_snapshot!(format!("home_{width}x{height}"), stage.picture());
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!(format!("home_{width}x{height}_mono"), stage.picture());
}

#[rstest]
#[case("grouped", "t j j")]
#[case("containers", "]")]
#[case("inspect", "] ]")]
#[case("labels", "[")]
#[case("zoomed", "tab enter")]
#[case("pane", "tab j")]
#[case("help", "?")]
#[case("palette", ": c o")]
#[case("sort_menu", "s j")]
#[case("copy_menu", "y")]
#[case("filtering", "/ s h o p")]
#[case("filtered", "/ s h o p enter")]
#[case("nothing_passes", "/ z z z z")]
fn at_80x24(#[case] name: &str, #[case] keys: &str) {
    let mut stage = Stage::demo(80, 24);
    stage.press(keys);
    insta::assert_snapshot!(name, stage.picture());
}

/// Goes into a volume of the demo and to a place in it.
fn inside(stage: &mut Stage, volume: &str, path: &str) {
    stage.press("/");
    stage.type_text(&format!("name:{volume}"));
    stage.press("enter enter f");
    stage.type_text(path);
    stage.press("enter");
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(160, 45)]
fn files(#[case] width: u16, #[case] height: u16) {
    let mut stage = Stage::demo(width, height);
    inside(&mut stage, "nextcloud_data", "ben/files/Projects/boat");
    stage.press("j j");
    insta::assert_snapshot!(format!("files_{width}x{height}"), stage.picture());
    stage.press("tab");
    insta::assert_snapshot!(format!("files_{width}x{height}_preview"), stage.picture());
}

#[rstest]
#[case("files_root", "", "")]
#[case("files_folder", "base", "j")]
#[case("files_bytes", "pg_wal", "enter")]
#[case("files_text", "postgresql.conf", "enter")]
#[case("files_log", "log", "enter pagedown")]
#[case("files_sort", "", "s")]
#[case("files_copy", "base", "y")]
#[case("files_get", "base", "o")]
#[case("files_filter", "base/16384", "/ f s m")]
fn files_at_80x24(#[case] name: &str, #[case] path: &str, #[case] keys: &str) {
    let mut stage = Stage::demo(80, 24);
    stage.model.folder = "/home/anna/work".to_owned();
    inside(&mut stage, "shop_postgres-data", path);
    stage.press(keys);
    insta::assert_snapshot!(name, stage.picture());
}

#[test]
fn files_without_colour_and_in_ascii() {
    let mut stage = Stage::demo(160, 45);
    inside(&mut stage, "nextcloud_data", "anna/files/Documents/notes.md");
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!("files_mono", stage.picture());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!("files_ascii", stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(160, 45)]
fn map(#[case] width: u16, #[case] height: u16) {
    let mut stage = Stage::demo(width, height);
    stage.press("2 j j l j j");
    insta::assert_snapshot!(format!("map_{width}x{height}"), stage.picture());
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!(format!("map_{width}x{height}_mono"), stage.picture());
}

#[test]
fn map_in_ascii() {
    let mut stage = Stage::demo(120, 40);
    stage.config.glyphs = Glyphs::ASCII;
    stage.press("2 z / w o r k e r enter");
    insta::assert_snapshot!(stage.text());
}

#[test]
fn map_while_layers_are_measured() {
    let mut stage = Stage::demo(80, 24);
    stage.is_silent = true;
    stage.press("2 j l");
    insta::assert_snapshot!(stage.text());
}

#[test]
fn activity() {
    let mut stage = Stage::demo(100, 24);
    for _ in 0..5 {
        stage.beat();
    }
    stage.press("5 j");
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn ascii() {
    let mut stage = Stage::demo(120, 40);
    stage.config.glyphs = Glyphs::ASCII;
    stage.press("j space s");
    insta::assert_snapshot!(stage.text());
}

fn unreachable() -> Observation {
    Observation::Unreachable {
        trouble: Trouble::new("the engine cannot be reached", "permission denied on /var/run/docker.sock")
            .with_remedy("join the group that owns it: sudo usermod -aG docker \"$USER\", then log in again"),
        tried: vec![
            "unix:///var/run/docker.sock (the default socket): permission denied".to_owned(),
            "unix:///run/podman/podman.sock (well-known socket of Podman): there is no socket".to_owned(),
        ],
        retry_at: now() + SignedDuration::from_secs(4),
    }
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
fn offline(#[case] width: u16, #[case] height: u16) {
    let mut stage = Stage::dark(width, height);
    stage.observe(unreachable());
    insta::assert_snapshot!(format!("offline_{width}x{height}"), stage.picture());
}

#[test]
fn connecting() {
    let mut stage = Stage::dark(80, 24);
    stage.tell(Message::Clock(now() + SignedDuration::from_secs(7)));
    insta::assert_snapshot!(stage.text());
}

#[test]
fn lost() {
    let mut stage = Stage::demo(80, 24);
    stage.tell(Message::Clock(now() + SignedDuration::from_secs(200)));
    stage.observe(unreachable());
    insta::assert_snapshot!("lost", stage.picture());
    stage.press("!");
    insta::assert_snapshot!("warnings", stage.text());
}

#[test]
fn empty() {
    let stage = Stage::with(volx::domain::inventory::Inventory::default(), 80, 24);
    insta::assert_snapshot!(stage.text());
}

#[test]
fn too_small() {
    let stage = Stage::demo(39, 11);
    insta::assert_snapshot!(stage.text());
}

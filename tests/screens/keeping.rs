//! Backups, jobs and their questions, at several sizes, without colour and in ASCII.

use std::path::Path;

use rstest::rstest;
use volx::config::glyphs::Glyphs;
use volx::config::theme::Theme;
use volx::domain::job::{JobKind, JobState};
use volx::domain::keep::KeepNews;
use volx::domain::trouble::Trouble;

use crate::stage::Stage;

fn kept(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.keep();
    stage
}

/// Three jobs under way and some that are over.
fn busy(width: u16, height: u16) -> Stage {
    let mut stage = kept(width, height);
    stage.is_silent = true;
    stage.job(1, JobKind::Verify, "wiki-20261014T000000Z.tar.zst", JobState::Done("read back".to_owned()));
    let trouble = Trouble::new("'scratch' was not backed up", "no space left on device")
        .with_remedy("make room in /home/anna/volx-backups, or set backup_dir");
    stage.job(2, JobKind::Backup, "scratch", JobState::Failed(trouble));
    stage.job(3, JobKind::Clone, "a to b", JobState::Cancelled);
    stage.job(4, JobKind::Backup, "shop_postgres-data", JobState::Running);
    stage.job(5, JobKind::Restore, "nextcloud_data-back", JobState::Running);
    stage.job(6, JobKind::Backup, "nextcloud_data", JobState::Waiting);
    stage.press("esc");
    stage
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(200, 50)]
fn backups(#[case] width: u16, #[case] height: u16) {
    let mut stage = kept(width, height);
    stage.press("4 j j");
    insta::assert_snapshot!(format!("backups_{width}x{height}"), stage.picture());
    stage.press("v");
    insta::assert_snapshot!(format!("backups_{width}x{height}_verify"), stage.text());
    stage.press("esc j r");
    insta::assert_snapshot!(format!("backups_{width}x{height}_restore"), stage.text());
}

#[test]
fn backups_without_colour_and_in_ascii() {
    let mut stage = kept(120, 40);
    stage.press("4 G");
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!("backups_mono", stage.picture());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!("backups_ascii", stage.text());
}

#[test]
fn no_backups() {
    let mut stage = Stage::demo(80, 24);
    stage.press("4");
    insta::assert_snapshot!("backups_not_offered", stage.text());
    stage.offer();
    insta::assert_snapshot!("backups_none", stage.text());
    let trouble = Trouble::new("the backups cannot be listed", "/home/anna/volx-backups: permission denied");
    stage.keeping.kept.clear();
    stage.is_silent = true;
    let mut fresh = Stage::demo(80, 24);
    fresh.is_silent = true;
    fresh.offer();
    fresh.press("4");
    insta::assert_snapshot!("backups_looking", fresh.text());
    fresh.kept(KeepNews::Backups(Err(trouble)));
    insta::assert_snapshot!("backups_failed", fresh.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
fn jobs(#[case] width: u16, #[case] height: u16) {
    let mut stage = busy(width, height);
    insta::assert_snapshot!(format!("jobs_{width}x{height}_strip"), stage.picture());
    stage.press("B j j j j");
    insta::assert_snapshot!(format!("jobs_{width}x{height}"), stage.text());
    stage.press("esc q");
    insta::assert_snapshot!(format!("jobs_{width}x{height}_leaving"), stage.text());
}

#[test]
fn jobs_without_colour_and_in_ascii() {
    let mut stage = busy(120, 40);
    stage.press("B");
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!("jobs_mono", stage.picture());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!("jobs_ascii", stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
fn backing_up(#[case] width: u16, #[case] height: u16) {
    let mut stage = kept(width, height);
    stage.press("space space space b j");
    insta::assert_snapshot!(format!("backing_up_{width}x{height}"), stage.text());
}

#[test]
fn of_one_volume() {
    let mut stage = kept(120, 40);
    stage.press("] ] ] ]");
    insta::assert_snapshot!("tab_backups", stage.text());
    stage.press("C");
    insta::assert_snapshot!("clone_prompt", stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
fn undo(#[case] width: u16, #[case] height: u16) {
    let mut stage = kept(width, height);
    stage.offer_undo(None);
    stage.press("/");
    stage.type_text("name:scratch");
    stage.press("enter d enter");
    insta::assert_snapshot!(format!("undo_{width}x{height}_asked"), stage.text());
    stage.press("y enter u");
    insta::assert_snapshot!(format!("undo_{width}x{height}"), stage.text());
    stage.press("G enter");
    insta::assert_snapshot!(format!("undo_{width}x{height}_empty"), stage.text());
    stage.press("esc u j enter enter");
    insta::assert_snapshot!(format!("undo_{width}x{height}_name"), stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
fn restoring(#[case] width: u16, #[case] height: u16) {
    let mut stage = kept(width, height);
    stage.press("4 r j");
    insta::assert_snapshot!(format!("restoring_{width}x{height}"), stage.text());
    stage.press("enter");
    insta::assert_snapshot!(format!("replacing_{width}x{height}"), stage.picture());
    stage.press("esc space space d");
    insta::assert_snapshot!(format!("deleting_{width}x{height}"), stage.text());
    stage.press("esc esc enter");
    insta::assert_snapshot!(format!("backup_files_{width}x{height}"), stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
fn options_of_a_backup(#[case] width: u16, #[case] height: u16) {
    let mut stage = kept(width, height);
    stage.press("b G enter j j j enter");
    stage.type_text("*.log cache/*");
    stage.press("enter");
    insta::assert_snapshot!(format!("options_{width}x{height}"), stage.text());
    stage.press("esc");
    insta::assert_snapshot!(format!("options_{width}x{height}_set"), stage.text());
}

#[test]
fn wide_and_hostile_names_of_backups() {
    let mut stage = Stage::demo(80, 24);
    stage.keeping.kept = vec![
        crate::stage::keeping::kept(&"数据库备份".repeat(8), 1, 10),
        crate::stage::keeping::kept("v\u{1b}[31m\u{202e}x", 2, 10),
    ];
    stage.offer();
    stage.press("4 space");
    insta::assert_snapshot!("backups_names", stage.text());
}

//! Plans, what is asked, and reports, at several sizes, without colour and in ASCII.

use std::path::Path;

use rstest::rstest;
use volx::config::glyphs::Glyphs;
use volx::config::theme::Theme;
use volx::domain::change::ChangeNews;
use volx::domain::live::Observation;
use volx::domain::removal::{Done, Outcome, Skip};
use volx::domain::trouble::Trouble;

use super::stage::Stage;

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
#[case(200, 50)]
fn prune(#[case] width: u16, #[case] height: u16) {
    let mut stage = Stage::demo(width, height);
    stage.press("p / a l l enter j space");
    insta::assert_snapshot!(format!("prune_{width}x{height}"), stage.picture());
    stage.press("enter");
    insta::assert_snapshot!(format!("prune_{width}x{height}_asked"), stage.text());
}

#[test]
fn prune_without_colour_and_in_ascii() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p / a l l enter j space");
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!("prune_mono", stage.picture());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!("prune_ascii", stage.text());
}

#[rstest]
#[case("prune_editing", "p / a l l space u n")]
#[case("prune_misread", "p / a l x l space")]
#[case("prune_presets", "p s")]
#[case("prune_words", "p w")]
#[case("prune_copy", "p y")]
#[case("prune_nothing", "p / n a m e : n o n e enter z")]
fn prune_at_80x24(#[case] name: &str, #[case] keys: &str) {
    let mut stage = Stage::demo(80, 24);
    stage.press(keys);
    insta::assert_snapshot!(name, stage.picture());
}

/// Volumes of every fate, marked.
fn marked(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    for name in ["nextcloud_data", "scratch", "office-share", "old-blog_mysql-data"] {
        stage.press("/ ctrl-u");
        stage.type_text(&format!("name:{name}"));
        stage.press("enter space");
    }
    stage.press("d");
    stage
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
fn remove(#[case] width: u16, #[case] height: u16) {
    let mut stage = marked(width, height);
    insta::assert_snapshot!(format!("remove_{width}x{height}"), stage.picture());
    stage.press("x");
    insta::assert_snapshot!(format!("remove_{width}x{height}_clear"), stage.text());
    stage.press("esc enter");
    insta::assert_snapshot!(format!("remove_{width}x{height}_asked"), stage.text());
}

/// A removal that is under way.
fn running(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.is_silent = true;
    stage.press("p enter 9 enter");
    stage.observe(Observation::Changed(ChangeNews::RemovalBegan(9)));
    let done = |name: &str, outcome| Done { name: name.to_owned(), outcome };
    stage.observe(Observation::Changed(ChangeNews::Removed(vec![
        done("old-cache", Outcome::Freed(Some(4_800_000_000))),
        done("shared", Outcome::Freed(None)),
        done("taken", Outcome::Skipped(Skip::InUse(vec!["web".to_owned(), "worker".to_owned()]))),
        done("broken", Outcome::Failed(Trouble::new("not removed", "remove /var/lib/docker: device busy"))),
    ])));
    stage
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(160, 45)]
fn removing(#[case] width: u16, #[case] height: u16) {
    let mut stage = running(width, height);
    insta::assert_snapshot!(format!("removing_{width}x{height}"), stage.picture());
    stage.press("q");
    insta::assert_snapshot!(format!("removing_{width}x{height}_quit"), stage.text());
    stage.press("esc");
    let trouble = Trouble::new("not written", "no space left on device");
    stage.observe(Observation::Changed(ChangeNews::Unlogged(trouble)));
    stage.observe(Observation::Changed(ChangeNews::RemovalEnded(Ok(()))));
    insta::assert_snapshot!(format!("removed_{width}x{height}"), stage.picture());
}

#[test]
fn removing_without_colour_and_in_ascii() {
    let mut stage = running(80, 24);
    stage.config.theme = Theme::named("mono", Path::new("/nowhere")).expect("shipped");
    insta::assert_snapshot!("removing_mono", stage.picture());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!("removing_ascii", stage.text());
}

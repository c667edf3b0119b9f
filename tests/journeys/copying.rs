//! Copying into a volume and out of it, and what is said when a line is not taken.

use std::sync::Arc;

use volx::app::model::Screen;
use volx::domain::entry::{EntryKind, Listing};
use volx::domain::files_news::{CopyReport, FilesAsk, FilesNews};
use volx::domain::place::Place;
use volx::domain::trouble::Trouble;

use super::files::{answer, asked, entry, inside, made};
use super::stage::Stage;

/// `i`, this source and Enter, with nobody who answers.
fn putting(size: (u16, u16), source: &str) -> Stage {
    let mut stage = inside("shop_postgres-data", size.0, size.1);
    stage.is_silent = true;
    source.clone_into(&mut stage.model.folder);
    stage.press("i backspace enter");
    assert_eq!(asked(&stage).last(), Some(&&put(source, false)));
    stage
}

fn put(from: &str, replace: bool) -> FilesAsk {
    FilesAsk::Put { from: from.into(), place: Place::root(), replace }
}

fn refused(cause: &str, is_there: bool) -> FilesNews {
    FilesNews::CopyRefused { trouble: Trouble::new("not copied", cause), is_there }
}

#[test]
fn a_refused_path_stays_typed_with_what_is_wrong_with_it() {
    for size in [(40, 12), (80, 24)] {
        let mut stage = putting(size, "/nope");
        answer(&mut stage, refused("/nope: No such file or directory", false));
        let text = stage.text();
        assert!(text.contains("No such file") && text.contains("╭ Put"), "{text}");
        stage.type_text("2");
        assert!(!stage.text().contains("No such file"), "it is mended:\n{}", stage.text());
        stage.press("enter");
        assert_eq!(asked(&stage).last(), Some(&&put("/nope2", false)));
    }
}

#[test]
fn whoever_is_elsewhere_by_then_is_told_and_not_asked() {
    let mut stage = putting((80, 24), "/nope");
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Volumes);
    answer(&mut stage, refused("/nope: No such file or directory", false));
    assert!(
        stage.model.overlays.is_empty() && stage.text().contains("not copied: /nope"),
        "{}",
        stage.text()
    );
}

#[test]
fn what_is_there_already_is_replaced_only_after_a_yes() {
    let mut stage = putting((80, 24), "/ux.sh");
    answer(&mut stage, refused("/ux.sh is there already", true));
    assert!(stage.text().contains("is there already: replace it (a folder is merged"), "{}", stage.text());
    for no in ["enter", "n enter", "esc"] {
        stage.press(no);
        assert_eq!(asked(&stage).last(), Some(&&put("/ux.sh", false)), "{no} is no");
        assert!(stage.text().contains("/ux.sh"), "the line is still there:\n{}", stage.text());
        stage.press("enter");
        answer(&mut stage, refused("/ux.sh is there already", true));
    }
    stage.press("y enter");
    assert_eq!(asked(&stage).last(), Some(&&put("/ux.sh", true)));
    assert!(stage.model.overlays.is_empty() && stage.model.files.job.is_some());
}

#[test]
fn the_same_is_asked_of_what_is_copied_out() {
    let mut stage = inside("shop_postgres-data", 80, 24);
    stage.is_silent = true;
    stage.model.folder = "/home/anna".to_owned();
    stage.press("o enter");
    answer(&mut stage, refused("/home/anna/base is there already", true));
    stage.press("y enter");
    let again = FilesAsk::Get {
        place: Place::parse(b"base").expect("a path"),
        to: "/home/anna/base".into(),
        replace: true,
    };
    assert_eq!(asked(&stage).last(), Some(&&again));
}

#[test]
fn after_a_put_the_cursor_is_on_what_is_new() {
    let mut stage = putting((100, 30), "/home/new.txt");
    stage.press("j");
    let report = CopyReport { entries: 1, bytes: 3, ..CopyReport::default() };
    answer(&mut stage, FilesNews::CopyEnded(Ok(report)));
    assert!(stage.text().contains("done, 1 entry"), "{}", stage.text());
    assert!(!stage.text().contains("1 entries"));
    let names = ["a", "new.txt", "z"];
    let mut listing =
        Listing { entries: names.map(|n| made(n, EntryKind::File)).into(), ..Listing::default() };
    listing.put_in_order();
    answer(&mut stage, FilesNews::Listed { place: Place::root(), outcome: Ok(Arc::new(listing)) });
    assert_eq!(entry(&stage), "new.txt");
}

#[test]
fn what_a_copy_met_leads_with_what_a_person_needs() {
    let mut stage = putting((100, 30), "/x");
    let cause = "no such device\n  the engine: error while mounting volume";
    let trouble = Trouble::new("this volume cannot be mounted", cause);
    answer(&mut stage, FilesNews::CopyEnded(Err(trouble)));
    let text = stage.text();
    assert!(text.contains("not copied: this volume cannot be mounted: no such device"), "{text}");
}

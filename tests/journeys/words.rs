//! What the files screen and its neighbours say where something cannot be done.

use std::sync::Arc;

use rstest::rstest;
use volx::app::action::Action;
use volx::app::model::Screen;
use volx::app::overlay::Overlay;
use volx::domain::files_news::{FilesAsk, FilesNews};
use volx::domain::inventory::Inventory;
use volx::domain::live::Observation;
use volx::domain::trouble::Trouble;

use super::files::{answer, asked, inside};
use super::stage::{Stage, now};

fn last_line(stage: &Stage) -> String {
    stage.text().lines().last().expect("a line").to_owned()
}

#[rstest]
#[case("o", "copy out")]
#[case("i", "copy in")]
#[case("f", "go ")]
#[case("s", "sort")]
#[case("y", "copy ")]
#[case(":", "do ")]
fn what_enter_does_in_a_dialog_is_said_by_its_verb(#[case] key: &str, #[case] verb: &str) {
    let mut stage = inside("shop_postgres-data", 80, 24);
    stage.press(key);
    let line = last_line(&stage);
    assert!(line.to_lowercase().contains(&format!("enter {verb}")) && !line.contains("open"), "{line}");
}

#[test]
fn the_palette_offers_only_what_can_act_here_each_with_its_key() {
    let offered = |stage: &mut Stage| {
        stage.press(":");
        let Some(Overlay::Palette(palette)) = stage.model.overlays.last() else { panic!("the palette") };
        let found = palette.found.clone();
        stage.press("esc");
        found
    };
    let mut stage = Stage::demo(100, 40);
    let on_volumes = offered(&mut stage);
    for files in [Action::Get, Action::Put, Action::CancelCopy, Action::GoTo, Action::Fold] {
        assert!(!on_volumes.contains(&files), "{files:?}");
    }
    assert!(on_volumes.contains(&Action::Mark));
    stage.press("2");
    assert!(offered(&mut stage).contains(&Action::Fold));
    stage.press(":");
    stage.type_text("fold");
    let text = stage.text();
    let row = text.lines().find(|l| l.contains("▌fold")).expect("offered");
    assert!(row.contains(" h Left"), "with its key: {row}");
    stage.press("esc 1 enter");
    let on_files = offered(&mut stage);
    assert!(on_files.contains(&Action::Get) && on_files.contains(&Action::Put));
    assert!(!on_files.contains(&Action::CancelCopy) && !on_files.contains(&Action::Mark));
    // Whatever is offered says something else than where it would act.
    for action in on_files {
        let mut stage = inside("shop_postgres-data", 100, 40);
        stage.tell(volx::app::message::Message::Action(action));
        let notice = stage.model.notice.map(|notice| notice.text).unwrap_or_default();
        assert!(!notice.starts_with("only"), "{action:?}: {notice}");
    }
}

#[test]
fn tab_says_why_there_is_nowhere_to_go() {
    let mut stage = Stage::demo(40, 12);
    stage.press("2 tab");
    assert!(stage.model.notice.is_some(), "{}", stage.text());
    let mut stage = Stage::demo(160, 45);
    stage.press("2 v tab");
    assert!(stage.text().contains("details are hidden"), "{}", stage.text());
    let mut stage = Stage::with(Inventory::default(), 80, 24);
    for key in ["tab", "enter"] {
        stage.press(key);
        assert!(stage.text().contains("no volume is selected"), "{key}:\n{}", stage.text());
    }
}

#[test]
fn a_volume_that_cannot_be_opened_says_why_what_helps_and_the_way_back() {
    for (width, height) in [(40, 12), (80, 24), (160, 45)] {
        let mut stage = Stage::demo(width, height);
        stage.is_silent = true;
        stage.press("enter");
        let cause = "no such device\n  the engine: error while mounting volume '/var/lib/x': failed to mount";
        let trouble = Trouble::new("this volume cannot be mounted", cause).with_remedy("see to its options");
        answer(&mut stage, FilesNews::Opened(Err(trouble)));
        let text = stage.text();
        let joined = text
            .replace('│', " ")
            .split_whitespace()
            .filter(|w| !w.starts_with("Nothing"))
            .collect::<Vec<_>>()
            .join(" ");
        for words in ["this volume cannot be mounted: no such device", "see to its options", "Esc goes back"]
        {
            assert!(joined.to_lowercase().contains(&words.to_lowercase()), "{words}:\n{text}");
        }
        let opened = |stage: &Stage| asked(stage).iter().filter(|a| matches!(a, FilesAsk::Open(_))).count();
        let before = opened(&stage);
        stage.press("f5");
        assert_eq!(opened(&stage), before + 1, "it is opened anew, not only listed");
        stage.press("esc");
        assert_eq!(stage.model.screen, Screen::Volumes);
    }
}

#[test]
fn a_volume_that_is_removed_while_it_is_open_is_told_and_opened_again_when_it_is_back() {
    let mut stage = inside("shop_postgres-data", 80, 24);
    let whole = stage.model.listed();
    let mut less = Inventory::clone(&whole);
    less.volumes.retain(|volume| volume.name != "shop_postgres-data");
    stage.observe(Observation::Listed { inventory: Arc::new(less), at: now() });
    assert!(last_line(&stage).contains("'shop_postgres-data' was removed"), "{}", stage.text());
    stage.press("j");
    assert!(stage.text().contains("! removed"), "it stays said:\n{}", stage.text());
    stage.observe(Observation::Listed { inventory: whole, at: now() });
    assert!(!stage.text().contains("removed"), "{}", stage.text());
}

#[test]
fn whatever_is_cut_carries_a_mark() {
    for (width, height) in [(40, 12), (80, 24)] {
        let mut stage = inside("shop_postgres-data", width, height);
        stage.is_silent = true;
        stage.press("i");
        stage.type_text(&"a-long-folder/".repeat(9));
        let text = stage.text();
        let line = text.lines().find(|l| l.contains("long-folder/")).expect("typed");
        assert!(line.contains('…') && line.contains("long-folder/ "), "the end and the mark:\n{text}");
        stage.press("ctrl-a");
        let text = stage.text();
        let line = text.lines().find(|l| l.contains("./a-long-") || l.contains("/a-long-")).expect("typed");
        assert!(line.contains("…  │"), "the beginning and the mark:\n{text}");
        stage.press("ctrl-e enter");
        answer(&mut stage, FilesNews::Copying { entries: 12_345_678, bytes: 123_400_000_000 });
        let text = stage.text();
        let line = text.lines().find(|l| l.contains("12345678 entries")).expect("the job");
        assert!(line.contains('…') || line.contains("x ends it"), "{text}");
        let why = "a reason that is long ".repeat(60);
        let place = stage.model.files.place();
        answer(&mut stage, FilesNews::Listed { place, outcome: Err(Trouble::new("no", why)) });
        stage.press("/");
        stage.type_text(&"filter".repeat(20));
        assert!(last_line(&stage).contains('…'), "{}", stage.text());
    }
    let mut stage = Stage::demo(40, 12);
    stage.is_silent = true;
    stage.press("enter");
    let trouble = Trouble::new("no", "a reason that is long ".repeat(60));
    answer(&mut stage, FilesNews::Opened(Err(trouble)));
    assert!(stage.text().lines().any(|l| l.trim() == "…"), "{}", stage.text());
}

//! The demo: looking, filtering, help, resizing, copying.

use super::seat::{Home, Seat, holds};

#[test]
fn the_demo_opens_and_shows_volumes() {
    let home = Home::new();
    let seat = Seat::demo(&home, &[], &[]);
    let screen = seat.wait_for("the whole frame", |s| s.contains("? help"));
    for text in ["volx", "Volumes", "NAME", "SIZE", "demo", "unknown", "Overview"] {
        assert!(screen.contains(text), "{text} is on\n{screen}");
    }
    assert_eq!(screen.lines().count(), 24, "the window is filled:\n{screen}");
    assert!(!home.path("state/volx/history.db").exists(), "the demo leaves nothing in the user's history");
}

#[test]
fn a_filter_shows_fewer_and_esc_restores() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("/");
    let all = seat.wait_for("the filter line", |s| last(s).starts_with('/'));
    let count = |screen: &str| -> Option<(usize, usize)> {
        let mut words = last(screen).split_whitespace().rev();
        let total = words.next()?.parse().ok()?;
        words.next().filter(|of| *of == "of")?;
        Some((words.next()?.parse().ok()?, total))
    };
    let (shown, total) = count(&all).expect("a count");
    assert_eq!(shown, total, "nothing typed hides nothing");
    // A volume may be made or removed meanwhile; the total is read again.
    seat.press("gitea");
    let fewer = seat.wait_for("fewer volumes", |s| count(s).is_some_and(|(shown, total)| shown < total));
    assert!(fewer.contains("gitea") && !fewer.contains("nextcloud"), "{fewer}");
    seat.press("\x1b");
    let back = seat.wait_for("all volumes", |s| !last(s).starts_with('/') && s.contains("nextcloud"));
    assert!(back.contains("? help"), "{back}");
}

/// The bottom line.
fn last(screen: &str) -> &str {
    screen.lines().last().unwrap_or_default()
}

#[test]
fn an_accepted_filter_stays_and_says_so() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("/gitea\r");
    let screen =
        seat.wait_for("the filter in force", |s| last(s).contains("/gitea") && last(s).contains(" of "));
    assert!(!screen.contains("nextcloud"), "{screen}");
    seat.press("\x1b");
    seat.wait_for("all volumes", |s| s.contains("nextcloud"));
}

#[test]
fn help_opens_and_closes() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("?");
    let help = seat.wait_for("the help", |s| s.contains(" Keys "));
    assert!(help.contains("Next row"), "{help}");
    seat.press_esc("no help", |s| !s.contains(" Keys "));
    seat.press("?");
    seat.wait_for("the help again", |s| s.contains(" Keys "));
    seat.press("q");
    seat.wait_for("no help, but volx", |s| !s.contains(" Keys ") && s.contains("Volumes"));
}

#[test]
fn every_size_is_drawn() {
    let home = Home::new();
    let seat = Seat::demo(&home, &[], &[]);
    seat.resize(40, 12);
    let small = seat.wait_for("the smallest frame", |s| s.lines().count() == 12 && s.contains("NAME"));
    assert!(small.lines().all(|line| line.chars().count() <= 40), "{small}");
    assert!(small.contains("Volumes"), "{small}");
    seat.resize(39, 11);
    let notice = seat.wait_for("the notice", |s| s.contains("volx needs"));
    assert!(notice.contains("40x12") && notice.contains("39x11"), "{notice}");
    seat.resize(160, 50);
    let large = seat.wait_for("a large frame", |s| s.lines().count() == 50 && s.contains("Overview"));
    assert!(!large.contains("volx needs"), "{large}");
    seat.resize(80, 24);
    seat.wait_for("the first size", |s| s.lines().count() == 24 && s.contains("Overview"));
}

#[test]
fn a_tiny_window_can_be_left() {
    let home = Home::new();
    let mut seat = Seat::start(&home, &["--demo"], (10, 2), &[]);
    seat.wait_for("the notice", |s| s.contains("volx"));
    seat.press("q");
    assert_eq!(seat.end(), 0);
    seat.check_restored();
}

#[test]
fn the_inspect_tab_shows_the_engine_s_words() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("]]");
    let screen = seat.wait_for("the description", |s| s.contains("\"Name\"") || s.contains("\"CreatedAt\""));
    assert!(screen.contains("\"Driver\""), "{screen}");
    seat.press("\t");
    seat.press("[");
    seat.wait_for("the tab before it", |s| !s.contains("\"Driver\""));
}

#[test]
fn copying_a_name_writes_osc_52() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("/gitea_postgres-data\r");
    seat.wait_for("one volume", |s| last(s).contains(" 1 of "));
    seat.press("y");
    seat.wait_for("the menu", |s| s.contains(" Copy ") && s.contains("--mount"));
    assert!(!holds(&seat.raw(), b"\x1b]52;"), "nothing is copied before it is chosen");
    seat.press("\r");
    // base64 of gitea_postgres-data
    seat.wait_for_bytes("the clipboard", b"\x1b]52;c;Z2l0ZWFfcG9zdGdyZXMtZGF0YQ==");
    seat.wait_for("no menu", |s| !s.contains(" Copy "));
}

#[test]
fn a_paste_into_the_list_presses_no_keys() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("\x1b[200~qqq?\x1b[201~");
    seat.press("/");
    let screen = seat.wait_for("volx, still there", |s| last(s).starts_with('/'));
    assert!(!screen.contains(" Keys "), "{screen}");
    seat.press("\x1b[200~git\nea\x1b[201~");
    seat.wait_for("the pasted words", |s| last(s).contains("git"));
}

#[test]
fn the_activity_screen_opens_and_closes() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("5");
    seat.wait_for("the activity", |s| !s.contains("Overview") && s.contains("Activity"));
    seat.press("1");
    seat.wait_for("the volumes", |s| s.contains("Overview"));
}

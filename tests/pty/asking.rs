//! Asked before something is removed, at a terminal: the answer is no unless it is what was asked for.

use super::seat::{Home, Seat};

const NAMED: &str = "old-blog_mysql-data";
/// A stopped container of the demo has it.
const HELD: &str = "pgadmin-config";

fn text(seat: &Seat) -> String {
    seat.look(vt100::Screen::contents)
}

fn asked(home: &Home, args: &[&str], what: &str) -> Seat {
    let seat = Seat::start(home, &[&["--demo"], args].concat(), (120, 40), &[]);
    seat.wait_for("the question", |screen| screen.contains(what));
    seat
}

#[test]
fn a_named_volume_goes_when_its_name_is_typed() {
    let home = Home::new();
    for (typed, code, word) in [
        ("\r", 5, "not agreed to"),
        ("y\r", 5, "not agreed to"),
        ("old-blog_mysql-data\r", 0, "1 volume removed"),
    ] {
        let mut seat = asked(&home, &["rm", NAMED], &format!("type the volume's name to agree: {NAMED}"));
        seat.press(typed);
        seat.wait_for("the answer", |screen| screen.contains(word));
        assert_eq!(seat.end(), code, "after {typed:?}");
    }
}

#[test]
fn many_go_when_they_are_counted_and_an_empty_one_by_a_yes() {
    let home = Home::new();
    let mut seat = asked(&home, &["prune", "all"], "type their number to agree: 13");
    seat.press("12\r");
    seat.wait_for("the answer", |screen| screen.contains("not agreed to"));
    assert_eq!(seat.end(), 5);
    let mut seat = asked(&home, &["rm", "scratch"], "Remove 1 volume? [y/N]");
    seat.press("y\r");
    seat.wait_for("the answer", |screen| screen.contains("1 volume removed"));
    assert_eq!(seat.end(), 0);
}

#[test]
fn an_interrupted_question_removes_nothing() {
    let home = Home::new();
    let mut seat = asked(&home, &["prune", "all"], "type their number to agree: 13");
    seat.press("\x03");
    seat.wait_for("the word", |screen| screen.contains("nothing was changed"));
    assert_eq!(seat.end(), 1);
}

#[test]
fn whoever_is_asked_sees_what_about_whatever_the_output_is() {
    let home = Home::new();
    for flag in ["-q", "--json"] {
        let mut seat = asked(&home, &["rm", NAMED, flag], "type the volume's name to agree");
        let screen = text(&seat);
        let (row, question) = (screen.find("named by you"), screen.find("Remove 1 volume?"));
        assert!(row.is_some() && row < question, "the plan stands above the question: {screen}");
        seat.press("\r");
        assert_eq!(seat.end(), 5);
        let mut seat = asked(&home, &["prune", "all", flag], "type their number to agree: 13");
        let screen = text(&seat);
        assert!(screen.contains(NAMED) && screen.contains("LAST WRITE"), "{screen}");
        seat.press("\r");
        assert_eq!(seat.end(), 5);
    }
}

#[test]
fn no_after_the_containers_went_does_not_claim_that_nothing_was_changed() {
    let home = Home::new();
    let mut seat = asked(&home, &["rm", HELD, "--remove-containers", "-q"], "Stop and remove");
    assert!(text(&seat).contains("CONTAINER"), "who goes is shown: {}", text(&seat));
    seat.press("y\r");
    seat.wait_for("the second question", |screen| screen.contains("type the volume's name to agree"));
    seat.press("\r");
    seat.wait_for("what was changed", |screen| screen.contains("gone, but no volume was removed"));
    assert!(!text(&seat).contains("nothing was changed"), "{}", text(&seat));
    assert_eq!(seat.end(), 3);
}

//! Asked before something is removed, at a terminal: the answer is no unless it is what was asked for.

use super::seat::{Home, Seat};

const NAMED: &str = "old-blog_mysql-data";

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
    let mut seat = asked(&home, &["prune", "all"], "type the number of volumes to agree: 13");
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
    let mut seat = asked(&home, &["prune", "all"], "type the number of volumes to agree: 13");
    seat.press("\x03");
    seat.wait_for("the word", |screen| screen.contains("nothing was changed"));
    assert_eq!(seat.end(), 1);
}

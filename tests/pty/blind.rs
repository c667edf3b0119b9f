//! A password is typed blind, and the terminal shows what is typed again afterwards.

use super::seat::{Home, Seat, holds};

const CREATE: [&str; 7] = ["--demo", "create", "media", "--cifs", "//nas/media", "--user", "anna"];

#[test]
fn a_password_is_typed_and_not_shown() {
    let home = Home::new();
    let mut seat = Seat::start(&home, &[&CREATE[..], &["--json"]].concat(), (120, 30), &[]);
    seat.wait_for("the question", |screen| screen.contains("Password of anna at //nas/media"));
    seat.press("hunter2\r");
    assert_eq!(seat.end(), 0);
    let raw = seat.raw();
    assert!(!holds(&raw, b"hunter2"), "{}", String::from_utf8_lossy(&raw));
    assert!(holds(&raw, b"password=*****"), "it was told: {}", String::from_utf8_lossy(&raw));
    seat.check_lines();
}

#[test]
fn an_empty_one_is_none() {
    let home = Home::new();
    let mut seat = Seat::start(&home, &[&CREATE[..], &["--json"]].concat(), (120, 30), &[]);
    seat.wait_for("the question", |screen| screen.contains("Password of anna"));
    seat.press("\r");
    assert_eq!(seat.end(), 0);
    let said = String::from_utf8_lossy(&seat.raw()).into_owned();
    assert!(said.contains("username=anna") && !said.contains("password="), "{said}");
}

#[test]
fn told_to_end_meanwhile_it_leaves_the_terminal_as_it_was() {
    let home = Home::new();
    let mut seat = Seat::start(&home, &CREATE, (120, 30), &[]);
    seat.wait_for("the question", |screen| screen.contains("Password of anna"));
    seat.press("hunt\x03");
    assert_eq!(seat.end(), 130);
    assert!(!holds(&seat.raw(), b"hunt"));
    seat.check_lines();
}

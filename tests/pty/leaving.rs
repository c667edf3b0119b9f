//! However volx is left, the terminal is given back.

use rstest::rstest;

use super::seat::{Home, Seat};

#[rstest]
#[case::q("q")]
#[case::ctrl_c("\x03")]
#[case::from_the_filter("/gi\x03")]
#[case::from_the_help("?\x03")]
fn keys_that_leave(#[case] keys: &str) {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press(keys);
    assert_eq!(seat.end(), 0);
    seat.check_restored();
}

#[rstest]
#[case::terminate("TERM", 143)]
#[case::hang_up("HUP", 129)]
#[case::interrupt("INT", 130)]
fn signals_that_end(#[case] name: &str, #[case] code: u32) {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.signal(name);
    assert_eq!(seat.end(), code, "as shells name an end by {name}");
    seat.check_restored();
}

#[test]
fn without_the_mouse_it_is_never_taken() {
    let home = Home::new();
    home.write_config("mouse = false\n");
    let mut seat = Seat::demo(&home, &[], &[]);
    seat.press("q");
    assert_eq!(seat.end(), 0);
    let raw = String::from_utf8_lossy(&seat.raw()).into_owned();
    assert!(!raw.contains("\x1b[?1000h"), "the terminal's own selection works");
}

//! What reaches the terminal: colours only where wanted, ASCII only where asked, nobody else's
//! escapes ever.

use super::seat::{Home, Seat};

/// The screens that a person leafs through.
fn leaf_through(seat: &mut Seat) {
    seat.press("?");
    seat.wait_for("the help", |s| s.contains(" Keys "));
    seat.press_esc("no help", |s| !s.contains(" Keys "));
    seat.press("]]");
    seat.wait_for("the description", |s| s.contains("\"Driver\""));
    seat.press("s");
    seat.wait_for("the sort menu", |s| s.contains(" Sort by "));
    seat.press_esc("no menu", |s| !s.contains(" Sort by "));
    seat.press("5");
    seat.wait_for("the activity", |s| !s.contains("\"Driver\""));
    seat.press("q");
    assert_eq!(seat.end(), 0);
}

/// The parameters of every `ESC [ … m`.
fn styles(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw).into_owned();
    text.split("\x1b[")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            rest.get(end..)
                .is_some_and(|r| r.starts_with('m'))
                .then(|| rest.get(..end).unwrap_or_default().to_owned())
        })
        .collect()
}

fn is_colour(parameters: &str) -> bool {
    let first: u16 = parameters.split([';', ':']).next().and_then(|p| p.parse().ok()).unwrap_or(0);
    // 39, 49 and 59 go back to the terminal's own.
    matches!(first, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107)
}

#[test]
fn no_color_means_no_colour() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[("NO_COLOR", "1")]);
    leaf_through(&mut seat);
    let coloured: Vec<String> = styles(&seat.raw()).into_iter().filter(|p| is_colour(p)).collect();
    assert!(coloured.is_empty(), "{coloured:?}");
}

#[test]
fn there_are_colours_otherwise() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[]);
    leaf_through(&mut seat);
    assert!(styles(&seat.raw()).iter().any(|p| is_colour(p)), "or the test above proves nothing");
}

/// The bytes that are no part of an escape sequence.
fn printed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != 0x1b {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'[') => while bytes.next().is_some_and(|b| !(0x40..=0x7e).contains(&b)) {},
            Some(b']') => while bytes.next().is_some_and(|b| b != 0x07 && b != 0x1b) {},
            _ => {}
        }
    }
    out
}

fn is_plain(raw: &[u8]) -> Result<(), String> {
    let printed = printed(raw);
    match printed.iter().position(|b| !b.is_ascii()) {
        None => Ok(()),
        Some(at) => {
            Err(String::from_utf8_lossy(&printed[at.saturating_sub(40)..(at + 20).min(printed.len())])
                .into_owned())
        }
    }
}

#[test]
fn ascii_means_ascii() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &["--ascii"], &[]);
    leaf_through(&mut seat);
    assert_eq!(is_plain(&seat.raw()), Ok(()));
}

#[test]
fn a_locale_without_utf_8_means_ascii() {
    let home = Home::new();
    let mut seat = Seat::demo(&home, &[], &[("LC_ALL", "C")]);
    seat.press("q");
    assert_eq!(seat.end(), 0);
    assert_eq!(is_plain(&seat.raw()), Ok(()));
}

#[test]
fn utf_8_means_symbols() {
    let home = Home::new();
    let seat = Seat::demo(&home, &[], &[]);
    assert!(is_plain(&seat.raw()).is_err(), "or the tests above prove nothing");
}

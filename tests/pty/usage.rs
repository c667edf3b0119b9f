//! Asked for wrongly, volx says so and leaves the terminal alone.

use super::seat::{Home, Seat, holds};

/// What volx says in a terminal that it ends in, and its exit code.
fn said(home: &Home, args: &[&str], env: &[(&str, &str)]) -> (u32, String) {
    let mut seat = Seat::start(home, args, (120, 24), env);
    let code = seat.end();
    let raw = seat.raw();
    assert!(!holds(&raw, b"\x1b[?1049h"), "the screen was never opened");
    (code, String::from_utf8_lossy(&raw).into_owned())
}

#[test]
fn a_typo_in_the_settings_is_shown_with_its_place() {
    let home = Home::new();
    let path = home.write_config("# mine\nthme = \"calm\"\n");
    let (code, text) = said(&home, &["--demo"], &[]);
    assert_eq!(code, 2, "{text}");
    let flat = text.replace(['\r', '\n'], "");
    assert!(flat.contains(&format!("{}:2:", path.display())), "file and line: {text}");
    assert!(text.contains("did you mean 'theme'?"), "the nearest key: {text}");
}

#[test]
fn a_wrong_value_is_shown_with_its_place() {
    let home = Home::new();
    home.write_config("units = \"metric\"\n");
    let (code, text) = said(&home, &["--demo"], &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("config.toml:1:") && text.contains("decimal"), "{text}");
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    let home = Home::new();
    let (code, text) = said(&home, &["--demo", "--config", "/nonexistent/volx.toml"], &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("/nonexistent/volx.toml"), "{text}");
}

#[test]
fn the_screen_needs_a_terminal() {
    let home = Home::new();
    let output = home.command(&["--demo"], &[]).output().expect("volx");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("needs a terminal") && said.contains("volx ls --json"), "{said}");
    assert!(output.stdout.is_empty(), "nothing goes down the pipe");
}

#[test]
fn the_demo_and_a_host_exclude_each_other() {
    let home = Home::new();
    let (code, text) = said(&home, &["--demo", "--host", "unix:///x.sock"], &[]);
    assert_eq!(code, 2, "{text}");
}

#[test]
fn scripts_hear_of_an_engine_that_is_not_there() {
    let home = Home::new();
    let output = home.command(&["ls", "--json"], &[]).output().expect("volx");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(output.stdout.is_empty(), "no list is not an empty list");
    assert!(said.contains("/nonexistent.sock") && said.contains("systemctl start docker"), "{said}");
}

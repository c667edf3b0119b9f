use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;

use super::keymap::Key;
use super::theme::SHIPPED;
use super::*;
use crate::app::action::{Action, Context};

fn source(text: &str) -> Source {
    Source { name: "my.toml".to_owned(), text: text.to_owned() }
}

#[test]
fn the_shipped_files_are_whole() {
    let config = Config::defaults().expect("shipped files");
    assert_eq!(config.settings.columns, Column::SCREEN);
    let file = ConfigFile::defaults().expect("shipped settings");
    assert_eq!(file.sort.expect("a sort").0, Sort::default(), "the file says what the code defaults to");
    assert_eq!(file.layer_warning.expect("a size").0, LAYER_WARNING);
    for (name, _) in SHIPPED {
        Theme::named(name, Path::new("/nowhere")).expect("a shipped theme");
    }
}

#[test]
fn every_action_can_be_reached() {
    let keymap = Keymap::defaults().expect("shipped keys");
    for action in Action::ALL {
        let is_bound = Context::ALL.iter().any(|context| !keymap.shown(*context, *action).is_empty());
        assert!(is_bound || action.is_in_palette(), "{} has a key or is in the palette", action.name());
    }
}

#[rstest]
#[case("thme = \"x\"", "my.toml:1: unknown 'thme', did you mean 'theme'?")]
#[case("mouse = true\n\nunits = \"decmal\"", "my.toml:3: unknown 'decmal', did you mean 'decimal'?")]
#[case("columns = [\"name\", \"siez\"]", "my.toml:1: no column 'siez', did you mean 'size'?")]
#[case("mouse = 3", "my.toml:1: invalid type")]
#[case("sort = \"-age\"", "my.toml:1: no column 'age'")]
#[case("mouse = true\nlayer_warning = \"much\"", "my.toml:2: 'much' is no size; write for example 500MB")]
#[case("layer_warning = \"2 parsecs\"", "my.toml:1: unknown unit in '2 parsecs'")]
#[case("theme = ", "my.toml:1: ")]
fn a_typo_is_named_with_file_line_and_nearest(#[case] text: &str, #[case] expected: &str) {
    let error = ConfigFile::parse(&source(text)).expect_err("a typo").to_string();
    assert!(error.starts_with(expected), "{error}");
}

#[rstest]
#[case("[main]\nfilte = [\"x\"]", "my.toml:2: no action 'filte', did you mean 'filter'?")]
#[case("[man]\nfilter = [\"x\"]", "my.toml:1: unknown 'man', did you mean 'main'?")]
#[case("[main]\nfilter = [\"ctrl-nope\"]", "my.toml:2: 'ctrl-nope' is no key")]
#[case("[main]\nfilter = [\"x\"]\nsort = [\"x\"]", "is bound to both")]
#[case("[text]\nmark = [\"x\"]", "my.toml:2: 'mark' has no meaning in [text]")]
fn a_wrong_keymap_is_named(#[case] text: &str, #[case] expected: &str) {
    let mut keymap = Keymap::defaults().expect("shipped keys");
    let error = keymap.overlay(&source(text)).expect_err("wrong").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_wrong_theme_is_named() {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("mine.toml"), "text = {}\nacccent = { fg = \"red\" }")
        .expect("written");
    let error = Theme::named("mine", folder.path()).expect_err("wrong").to_string();
    assert!(error.contains("mine.toml:2:") && error.contains("acccent"), "{error}");
    let error = Theme::named("../../etc/passwd", folder.path()).expect_err("no name").to_string();
    assert!(error.contains("no theme"), "{error}");
}

#[test]
fn a_user_s_line_replaces_the_keys_of_its_action_and_takes_them_from_others() {
    let mut keymap = Keymap::defaults().expect("shipped keys");
    keymap.overlay(&source("[main]\nquit = [\"j\", \"ctrl-q\"]")).expect("fine");
    let action = |text: &str| keymap.action(&[Context::Main], Key::parse(text).expect("a key"));
    assert_eq!(action("j"), Some(Action::Quit));
    assert_eq!(action("q"), None, "the old key is free");
    assert_eq!(action("down"), Some(Action::Down), "the other key of 'down' stays");
    assert_eq!(keymap.shown(Context::Main, Action::Down), ["Down"]);
}

#[test]
fn one_key_however_the_terminal_reports_it() {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let event = |code, modifiers| Key::of_event(&KeyEvent::new(code, modifiers));
    let capital = Key::parse("G").expect("a key");
    assert_eq!(event(KeyCode::Char('G'), KeyModifiers::SHIFT), capital);
    assert_eq!(event(KeyCode::Char('G'), KeyModifiers::NONE), capital);
    assert_eq!(event(KeyCode::Char('g'), KeyModifiers::SHIFT), capital);
    assert_eq!(event(KeyCode::Char('?'), KeyModifiers::SHIFT), Key::parse("?").expect("a key"));
    assert_eq!(Key::parse("ctrl-r").expect("a key").shown(), "Ctrl+r");
    assert_eq!(Key::parse("space").expect("a key").shown(), "Space");
}

proptest! {
    #[test]
    fn keys_parse_and_print_back(
        modifier in prop::sample::select(vec!["", "ctrl-", "alt-", "ctrl-alt-"]),
        name in prop::sample::select(vec!["a", "z", "5", "f5", "enter", "tab", "home", "pagedown", "up", "space", "esc"]),
    ) {
        let key = Key::parse(&format!("{modifier}{name}")).expect("a key");
        let printed = key.shown().replace('+', "-").replace("PgDn", "pagedown");
        if name != "pagedown" || modifier.is_empty() {
            prop_assert_eq!(Key::parse(&printed), Ok(key));
        }
    }
}

#[test]
fn the_environment_counts_after_the_file_and_before_flags() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "theme = \"light\"\nunits = \"binary\"").expect("written");
    let around = Surroundings { config: Some(file), is_utf8: true, ..Surroundings::default() };
    let config = Config::load(&Flags::default(), &around).expect("loads");
    assert_eq!(config.units, Units::Binary);
    let light = config.theme.style(theme::Role::Accent);
    let without_colour = Surroundings { no_color: true, ..around };
    let config = Config::load(&Flags::default(), &without_colour).expect("loads");
    assert_ne!(config.theme.style(theme::Role::Accent), light, "NO_COLOR means mono");
    let flags = Flags { theme: Some("light".to_owned()), ascii: true, ..Flags::default() };
    let config = Config::load(&flags, &without_colour).expect("loads");
    assert_eq!(config.theme.style(theme::Role::Accent), light, "a flag is the last word");
    assert!(config.glyphs.is_ascii);
    let missing = Flags { config: Some(folder.path().join("none.toml")), ..Flags::default() };
    assert!(Config::load(&missing, &Surroundings::default()).is_err(), "a named file must be there");
}

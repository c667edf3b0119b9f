//! A volume that is to be made: its name, its driver, and what the driver is told.

mod recipe;

use std::collections::BTreeMap;
use std::fmt;

pub use recipe::{Flaw, Part, Recipe};

use super::secret::masked;
use super::text::is_hostile;
use super::volume::Volume;

/// A volume to be made.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NewVolume {
    /// Its name.
    pub name: String,
    /// Its driver; the engine's own where it is empty.
    pub driver: String,
    /// What the driver is told, in clear.
    pub options: BTreeMap<String, String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Without the secrets among the options.
impl fmt::Debug for NewVolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: BTreeMap<&str, _> =
            self.options.iter().map(|(key, value)| (key.as_str(), masked(key, value))).collect();
        f.debug_struct("NewVolume")
            .field("name", &self.name)
            .field("driver", &self.driver)
            .field("options", &options)
            .field("labels", &self.labels)
            .finish()
    }
}

/// Checks a name as the local driver does. [moby `volume/local/local.go`, `volumeNameRegex`]
///
/// # Errors
/// Says what a name is made of.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric();
    let mut bytes = name.bytes();
    match bytes.next() {
        None => return Err("a volume needs a name".to_owned()),
        Some(first) if !is_letter(first) => {
            return Err(format!("a name begins with a letter or digit: '{name}'"));
        }
        Some(_) => {}
    }
    if let Some(wrong) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-')) {
        return Err(format!("a name holds letters, digits, '_', '.' and '-', no {wrong:?}"));
    }
    if name.len() < 2 {
        return Err("a name has two letters at least".to_owned());
    }
    if name.len() > 255 {
        return Err("a name has 255 letters at most".to_owned());
    }
    Ok(())
}

/// Checks a name that another driver is to understand: it only has to fit into a path.
///
/// # Errors
/// Says what cannot be meant.
pub fn check_foreign_name(name: &str) -> Result<(), String> {
    match name {
        "" => Err("a volume needs a name".to_owned()),
        "." | ".." => Err(format!("no volume is called '{name}'")),
        name => match name.chars().find(|c| *c == '/' || is_hostile(*c)) {
            Some(wrong) => Err(format!("a name holds no {wrong:?}")),
            None => Ok(()),
        },
    }
}

impl NewVolume {
    /// Checks the name as the driver will.
    ///
    /// # Errors
    /// Says what a name is made of.
    pub fn check_name(&self) -> Result<(), String> {
        match self.driver.as_str() {
            "" | "local" => check_name(&self.name),
            _ => check_foreign_name(&self.name),
        }
    }

    /// In what a volume of the engine is not the one that was to be made. An engine answers
    /// "created" for a name that is taken, and ignores all the rest.
    #[must_use]
    pub fn difference(&self, made: &Volume) -> Option<&'static str> {
        let driver = if self.driver.is_empty() { "local" } else { &self.driver };
        if made.driver != driver {
            Some("another driver")
        } else if !self.has_options_of(made) {
            Some("other options")
        } else if self.labels.iter().any(|(key, value)| made.labels.get(key) != Some(value)) {
            Some("other labels")
        } else {
            None
        }
    }

    /// Podman says some options once more, taken apart and in capitals (`SIZE`, `UID`); nobody's own
    /// volume without options has any.
    fn has_options_of(&self, made: &Volume) -> bool {
        let wanted = |(key, value): (&String, &String)| match self.options.get(key) {
            Some(wanted) => wanted == value,
            None => !self.options.is_empty() && key.bytes().all(|byte| byte.is_ascii_uppercase()),
        };
        made.options.iter().all(wanted) && self.options.keys().all(|key| made.options.contains_key(key))
    }
}

/// A volume's options without what Podman says once more of its `o`, taken apart and in capitals: Docker
/// refuses these, and another `o` would be contradicted by them.
#[must_use]
pub fn said_once(mut options: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let words = options.get("o").cloned().unwrap_or_default();
    let is_in_words =
        |key: &str| words.split(',').filter_map(|word| word.split('=').next()).any(|w| w == key);
    options.retain(|key, _| {
        let is_capital = key.bytes().all(|byte| byte.is_ascii_uppercase());
        !(is_capital && is_in_words(&key.to_ascii_lowercase()))
    });
    options
}

/// Reads `KEY=VALUE`.
///
/// # Errors
/// Says what was expected.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err(format!("'{text}' is no KEY=VALUE")),
    }
}

/// Reads `KEY=VALUE`, or `KEY` alone: a label may be without a value.
///
/// # Errors
/// Says what was expected.
pub fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        None if !text.trim().is_empty() => Ok((text.trim().to_owned(), String::new())),
        _ => pair(text),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn what_was_made_is_what_was_wanted() {
        let options = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let wanted =
            NewVolume { options: options(&[("type", "tmpfs"), ("o", "size=1m")]), ..NewVolume::default() };
        let made =
            |pairs| Volume { driver: "local".to_owned(), options: options(pairs), ..Volume::default() };
        assert_eq!(wanted.difference(&made(&[("type", "tmpfs"), ("o", "size=1m")])), None);
        let podman = made(&[("type", "tmpfs"), ("o", "size=1m"), ("SIZE", "1m")]);
        assert_eq!(wanted.difference(&podman), None, "Podman says the size once more");
        assert!(wanted.difference(&made(&[("type", "tmpfs")])).is_some());
        assert!(wanted.difference(&made(&[("type", "tmpfs"), ("o", "size=2m")])).is_some());
        let plain = NewVolume::default();
        assert!(plain.difference(&podman).is_some(), "somebody else's");
        assert_eq!(plain.difference(&made(&[])), None);
    }

    #[test]
    fn what_podman_says_twice_is_told_once() {
        let options = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let podman = [("type", "tmpfs"), ("o", "size=1m,uid=7"), ("SIZE", "1m"), ("UID", "7")];
        assert_eq!(said_once(options(&podman)), options(&podman[..2]));
        // What is said nowhere else stays: a plugin's own, or the only word of it.
        let own = options(&[("SIZE", "1m"), ("o", "uid=7"), ("Size", "2")]);
        assert_eq!(said_once(own.clone()), own);
    }

    #[test]
    fn a_plugin_s_names_are_its_own_affair() {
        let of = |driver: &str, name: &str| {
            let volume =
                NewVolume { name: name.to_owned(), driver: driver.to_owned(), ..NewVolume::default() };
            volume.check_name()
        };
        assert!(of("", "a b").is_err() && of("local", "-a").is_err());
        assert!(of("rexray", "a b").is_ok());
        for wrong in ["", "..", "a/b", "a\u{1b}"] {
            assert!(of("rexray", wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_is_in_no_debug_text() {
        let cifs = Recipe::Cifs {
            share: "//nas/media".to_owned(),
            user: "me".to_owned(),
            password: "hunter2".to_owned(),
            more: String::new(),
        };
        let options = cifs.options().expect("options");
        assert!(options["o"].contains("hunter2"), "the engine is told");
        let volume = NewVolume { name: "media".to_owned(), options, ..NewVolume::default() };
        let shown = format!("{cifs:?} {volume:?}");
        assert!(shown.contains("//nas/media") && shown.contains("username=me"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_label_needs_no_value_and_an_option_does() {
        assert_eq!(label("volx.protect"), Ok(("volx.protect".to_owned(), String::new())));
        assert_eq!(label("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(label("=x").is_err() && label(" ").is_err() && pair("type").is_err());
    }

    #[rstest]
    #[case("shop_db-1.data", true)]
    #[case("a", false)]
    #[case("", false)]
    #[case("-x", false)]
    #[case("a/b", false)]
    #[case("a\u{1b}[31m", false)]
    #[case("é1", false)]
    fn names_are_the_local_driver_s(#[case] name: &str, #[case] is_good: bool) {
        assert_eq!(check_name(name).is_ok(), is_good, "{name}");
    }
}

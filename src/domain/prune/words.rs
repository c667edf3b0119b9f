//! Rules as they are typed: `all unused:30d written:90d larger:1GB !label:keep name:ci-*`.

use std::fmt;

use strsim::damerau_levenshtein;

use super::rules::{Preset, Rules};
use crate::domain::age::parse_span;
use crate::domain::size;

/// What can be typed, and what it means.
pub const WORDS: [(&str, &str); 17] = [
    ("docker", "as 'docker volume prune' does on this engine, alone"),
    ("docker-all", "as 'docker volume prune -a' does on this engine, alone"),
    ("all", "named volumes too"),
    ("options", "volumes with driver options and of other drivers too"),
    ("unused:30d", "no container had it for so long"),
    ("written:90d", "nothing in it was written for so long"),
    ("larger:1GB", "it takes more"),
    ("smaller:10MB", "it takes less"),
    ("empty", "it holds nothing"),
    ("!empty", "it holds something"),
    ("name:ci-*", "its name matches; of several one must"),
    ("project:shop", "of that Compose project; of several one"),
    ("driver:local", "of that driver; of several one"),
    ("label:env=ci", "it has the label; of several all"),
    ("!label:keep", "it has not the label"),
    ("anonymous", "nobody named it"),
    ("!anonymous", "somebody named it; with 'all'"),
];

/// Where rules cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The first letter of the word, counted in letters from 0.
    pub at: usize,
    /// The word.
    pub word: String,
    /// What is wrong with it, and what can be written.
    pub why: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at '{}': {}", self.word, self.why)
    }
}

impl Rules {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Says which word cannot be meant, where it is, and what could be.
    pub fn parse(text: &str) -> Result<Self, Misread> {
        let mut rules = Self::default();
        let mut at = 0;
        for word in text.split(char::is_whitespace) {
            if !word.is_empty() {
                rules = rules.with(word).map_err(|why| Misread { at, word: word.to_owned(), why })?;
            }
            at += word.chars().count() + 1;
        }
        Ok(rules)
    }

    /// Adds one word. Spaces do not end it: what a flag was given can never be two rules.
    ///
    /// # Errors
    /// Says what is wrong with it, and what can be written.
    pub fn with(self, word: &str) -> Result<Self, String> {
        let rules = self.read(word)?;
        rules.contradiction().map_or(Ok(rules), Err)
    }

    /// Why a preset cannot be kept to with the words beside it.
    fn contradiction(&self) -> Option<String> {
        let beside = match (self.with_named, self.with_options) {
            (true, _) => "all",
            (_, true) => "options",
            _ => return None,
        };
        let preset = self.preset.name();
        (self.preset != Preset::Volx)
            .then(|| format!("'{beside}' cannot stand beside '{preset}', which says itself what it takes"))
    }

    fn read(mut self, word: &str) -> Result<Self, String> {
        let (is_not, bare) = word.strip_prefix('!').map_or((false, word), |bare| (true, bare));
        let (key, value) = match bare.split_once([':', '=']) {
            Some((key, value)) => (key.to_ascii_lowercase(), Some(value)),
            None => (bare.to_ascii_lowercase(), None),
        };
        match (is_not, key.as_str(), value) {
            (false, "volx" | "docker" | "docker-all", None) => {
                let preset = Preset::ALL.into_iter().find(|p| p.name() == key).unwrap_or_default();
                if self.preset != Preset::Volx && self.preset != preset {
                    let other = self.preset.name();
                    return Err(format!("'{key}' cannot stand beside '{other}': choose one of them"));
                }
                self.preset = preset;
            }
            (false, "all", None) => self.with_named = true,
            (false, "options", None) => self.with_options = true,
            (_, "empty", None) => set(&mut self.is_empty, !is_not, "empty")?,
            (false, "unused", Some(value)) => set(&mut self.unused_for, parse_span(value)?, "unused")?,
            (false, "written", Some(value)) => set(&mut self.older_than, parse_span(value)?, "written")?,
            (false, "larger", Some(value)) => set(&mut self.larger_than, size::parse(value)?, "larger")?,
            (false, "smaller", Some(value)) => set(&mut self.smaller_than, size::parse(value)?, "smaller")?,
            (false, "name", Some(value)) if !value.is_empty() => self.names.push(value.to_owned()),
            (_, "anonymous", None) => return self.filtered(&[format!("anonymous={}", !is_not)]),
            (false, "project" | "driver" | "label", Some(value)) if !value.is_empty() => {
                return self.filtered(&[format!("{key}={value}")]);
            }
            (true, "label", Some(value)) if !value.is_empty() => {
                return self.filtered(&[format!("label!={value}")]);
            }
            _ => return Err(allowed(is_not, &key)),
        }
        Ok(self)
    }
}

/// Two answers to one question are a mistake.
fn set<T: PartialEq>(field: &mut Option<T>, value: T, key: &str) -> Result<(), String> {
    match field {
        Some(other) if *other != value => Err(format!("'{key}' is given twice, and not the same")),
        _ => {
            *field = Some(value);
            Ok(())
        }
    }
}

/// What can be written there; only what is near where something is.
fn allowed(is_not: bool, key: &str) -> String {
    let key_of = |word: &str| word.trim_start_matches('!').split(':').next().unwrap_or_default().to_owned();
    let far = |word: &&str| {
        let is_other = usize::from(word.starts_with('!') != is_not);
        damerau_levenshtein(&key_of(word), key) * 2 + is_other
    };
    let words = WORDS.map(|(word, _)| word);
    match words.iter().min_by_key(|word| far(word)) {
        Some(near) if far(near) <= 5 => format!("did you mean {near}?"),
        _ => format!("there are {}", words.join(" ")),
    }
}

/// Seconds in the largest unit that divides them, as [`parse_span`] reads it.
fn span(seconds: i64) -> String {
    for (unit, letter) in [(7 * 86_400, 'w'), (86_400, 'd'), (3_600, 'h'), (60, 'm')] {
        if seconds % unit == 0 {
            return format!("{}{letter}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

/// Bytes in the largest decimal unit that divides them, as [`size::parse`] reads it.
fn bytes(bytes: u64) -> String {
    for (unit, name) in [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    bytes.to_string()
}

impl fmt::Display for Rules {
    /// As they can be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        if self.preset != Preset::Volx {
            words.push(self.preset.name().to_owned());
        }
        if self.with_named {
            words.push("all".to_owned());
        }
        if self.with_options {
            words.push("options".to_owned());
        }
        words.extend(self.unused_for.map(|seconds| format!("unused:{}", span(seconds))));
        words.extend(self.older_than.map(|seconds| format!("written:{}", span(seconds))));
        words.extend(self.larger_than.map(|size| format!("larger:{}", bytes(size))));
        words.extend(self.smaller_than.map(|size| format!("smaller:{}", bytes(size))));
        words.extend(self.is_empty.map(|is| if is { "empty".to_owned() } else { "!empty".to_owned() }));
        words.extend(self.names.iter().map(|name| format!("name:{name}")));
        words.extend(self.filters.iter().map(|filter| match filter.as_str() {
            "anonymous=true" => "anonymous".to_owned(),
            "anonymous=false" => "!anonymous".to_owned(),
            other => match other.strip_prefix("label!=") {
                Some(label) => format!("!label:{label}"),
                None => other.replacen('=', ":", 1),
            },
        }));
        f.write_str(&words.join(" "))
    }
}

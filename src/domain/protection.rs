//! Which volumes must not be removed or replaced.

use std::collections::BTreeMap;

use super::threshold::matches;
use super::trouble::Trouble;
use super::volume::Volume;

/// The label that protects a volume; any value but `false` does.
pub const PROTECT_LABEL: &str = "volx.protect";

/// What protects volumes on one engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Protection {
    /// What the user decided of single volumes, by name. It counts before label and pattern: labels
    /// cannot be taken off a volume, so that this is the only way to lift one.
    pub decided: BTreeMap<String, bool>,
    /// Name patterns of the configuration, with `*` and `?`.
    pub patterns: Vec<String>,
}

/// What protects a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// The user put it on the list.
    Listed,
    /// Its label.
    Label,
    /// A name pattern of the configuration.
    Pattern(String),
}

impl Guard {
    /// The word for it, for scripts.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Listed => "list",
            Self::Label => "label",
            Self::Pattern(_) => "pattern",
        }
    }

    /// What protects it, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Listed => "protected by you".to_owned(),
            Self::Label => format!("protected by its label {PROTECT_LABEL}"),
            Self::Pattern(pattern) => format!("protected by the pattern '{pattern}'"),
        }
    }

    /// Why something is not done with a volume that it protects.
    #[must_use]
    pub fn refusal(&self, summary: &str, volume: &str) -> Trouble {
        Trouble::new(summary, format!("'{volume}' is {}", self.words()))
            .with_remedy(format!("'volx unprotect {volume}' lifts the protection of the volume"))
    }
}

impl Protection {
    /// What protects this volume, if anything does.
    #[must_use]
    pub fn of(&self, volume: &Volume) -> Option<Guard> {
        match self.decided.get(&volume.name) {
            Some(true) => return Some(Guard::Listed),
            Some(false) => return None,
            None => {}
        }
        if volume.labels.get(PROTECT_LABEL).is_some_and(|value| !value.eq_ignore_ascii_case("false")) {
            return Some(Guard::Label);
        }
        self.patterns.iter().find(|pattern| matches(pattern, &volume.name)).cloned().map(Guard::Pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(name: &str, label: Option<&str>) -> Volume {
        Volume {
            name: name.to_owned(),
            labels: label.map(|value| (PROTECT_LABEL.to_owned(), value.to_owned())).into_iter().collect(),
            ..Volume::default()
        }
    }

    #[test]
    fn what_the_user_decided_counts_first() {
        let mut protection = Protection { patterns: vec!["prod-*".to_owned()], ..Protection::default() };
        assert_eq!(protection.of(&volume("prod-db", None)), Some(Guard::Pattern("prod-*".to_owned())));
        assert_eq!(protection.of(&volume("db", Some(""))), Some(Guard::Label), "a bare label protects");
        assert_eq!(protection.of(&volume("db", Some("False"))), None);
        assert_eq!(protection.of(&volume("db", None)), None);
        protection.decided.insert("db".to_owned(), true);
        protection.decided.insert("prod-db".to_owned(), false);
        assert_eq!(protection.of(&volume("db", Some("false"))), Some(Guard::Listed));
        assert_eq!(protection.of(&volume("prod-db", Some("true"))), None, "lifted, label and pattern");
    }
}

//! What is watched for: the `[watch]` section.

use serde::Deserialize;

use crate::domain::age::parse_span;
use crate::domain::size;
use crate::domain::threshold::{Rules, Threshold};

/// The section. Everything may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// A file system that will be full within this time is warned of.
    pub full_within: Option<Within>,
    /// How large volumes may be; of several that match the first counts.
    #[serde(rename = "threshold")]
    pub thresholds: Option<Vec<Entry>>,
}

impl Watch {
    /// Takes over what `other` sets.
    pub fn overlay(&mut self, other: Self) {
        self.full_within = other.full_within.or(self.full_within);
        self.thresholds = other.thresholds.or(self.thresholds.take());
    }

    /// What follows from it.
    #[must_use]
    pub fn rules(self) -> Rules {
        let thresholds = self.thresholds.unwrap_or_default();
        Rules {
            thresholds: thresholds
                .into_iter()
                .map(|entry| Threshold { pattern: entry.volume, bytes: entry.size.0 })
                .collect(),
            full_within: self.full_within.and_then(|within| within.0),
        }
    }
}

/// One threshold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which volumes, with `*` and `?`; all where none are named.
    #[serde(default = "all")]
    pub volume: String,
    /// How large at most.
    pub size: Size,
}

fn all() -> String {
    "*".to_owned()
}

/// A span of time, or `never`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct Within(pub Option<i64>);

impl TryFrom<String> for Within {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "never" { Ok(Self(None)) } else { parse_span(&text).map(|seconds| Self(Some(seconds))) }
    }
}

/// A size.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        size::parse(&text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::file::{ConfigFile, Source};
    use super::*;

    fn read(text: &str) -> Result<Rules, String> {
        let source = Source { name: "my.toml".to_owned(), text: text.to_owned() };
        let mut file = ConfigFile::defaults().map_err(|e| e.to_string())?;
        file.overlay(ConfigFile::parse(&source).map_err(|e| e.to_string())?);
        Ok(file.watch.unwrap_or_default().rules())
    }

    #[test]
    fn thresholds_are_read_and_the_rest_stays_as_shipped() {
        let rules = read(
            "[[watch.threshold]]\nvolume = \"db-*\"\nsize = \"50 GB\"\n[[watch.threshold]]\nsize = \"1TB\"",
        )
        .expect("read");
        assert_eq!(rules.limit("db-1"), Some(50_000_000_000));
        assert_eq!(rules.limit("web"), Some(1_000_000_000_000));
        assert_eq!(rules.full_within, Some(7 * 86_400), "as shipped");
        assert_eq!(read("[watch]\nfull_within = \"never\"").expect("read").full_within, None);
        assert_eq!(read("").expect("read").thresholds, [], "nothing is too large by itself");
    }

    #[rstest]
    #[case("[watch]\nfull_withn = \"7d\"", "my.toml:2: unknown 'full_withn', did you mean 'full_within'?")]
    #[case("[watch]\nfull_within = \"soon\"", "my.toml:2: 'soon' is no span of time")]
    #[case("\n[[watch.threshold]]\nvolume = \"x\"\nsize = \"huge\"", "my.toml:4: 'huge' is no size")]
    #[case("[[watch.threshold]]\nvolume = \"x\"", "my.toml:1: missing field `size`")]
    fn what_is_wrong_is_named(#[case] text: &str, #[case] expected: &str) {
        let error = read(text).expect_err("wrong");
        assert!(error.starts_with(expected), "{error}");
    }
}

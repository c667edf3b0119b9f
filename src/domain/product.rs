//! Whose engine it is, and which version of the API it speaks.

use std::fmt;
use std::str::FromStr;

/// An Engine API version such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// Before the dot.
    pub major: u16,
    /// After the dot.
    pub minor: u16,
}

impl ApiVersion {
    /// Makes a version of its two numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.trim()
            .trim_start_matches('v')
            .split_once('.')
            .and_then(|(major, minor)| Some(Self::new(major.parse().ok()?, minor.parse().ok()?)))
            .ok_or_else(|| format!("'{text}' is no API version such as 1.41"))
    }
}

/// Whose engine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Docker Engine and what embeds it.
    Docker,
    /// Podman's Docker-compatible service.
    Podman,
    /// The embedded demonstration.
    Demo,
}

impl Product {
    /// The product's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
            Self::Demo => "demo",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let old: ApiVersion = "1.9".parse().expect("a version");
        let new: ApiVersion = "v1.41".parse().expect("a version");
        assert!(old < new, "1.9 is older than 1.41");
        assert!("1".parse::<ApiVersion>().is_err());
    }
}

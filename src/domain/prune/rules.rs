//! Which volumes a prune takes.

use crate::domain::query::{Query, must_narrow};

/// Whose meaning of "prune".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// Ours: anonymous dangling volumes without driver options, and what the rules add.
    #[default]
    Volx,
    /// What `docker volume prune` does on this engine.
    Engine,
    /// What `docker volume prune -a` does on this engine.
    EngineAll,
}

impl Preset {
    /// Every preset, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Volx, Self::Engine, Self::EngineAll];

    /// Its name in rules and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volx => "volx",
            Self::Engine => "docker",
            Self::EngineAll => "docker-all",
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Volx => "own rules",
            Self::Engine => "as 'docker volume prune' on this engine",
            Self::EngineAll => "as 'docker volume prune -a' on this engine",
        }
    }
}

/// The rules of a prune. All must hold.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Whose meaning.
    pub preset: Preset,
    /// Named volumes too.
    pub with_named: bool,
    /// Volumes with driver options and of other drivers too.
    pub with_options: bool,
    /// No container had it for so many seconds.
    pub unused_for: Option<i64>,
    /// Nothing in it was written for so many seconds.
    pub older_than: Option<i64>,
    /// It takes more bytes than this.
    pub larger_than: Option<u64>,
    /// It takes fewer bytes than this.
    pub smaller_than: Option<u64>,
    /// It holds nothing (`true`), or something (`false`).
    pub is_empty: Option<bool>,
    /// Its name matches one of these, with `*` and `?`.
    pub names: Vec<String>,
    /// Docker's own filters.
    pub query: Query,
    /// The words that `query` was read from.
    pub(super) filters: Vec<String>,
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        // A query is what it was read from.
        self.to_string() == other.to_string()
    }
}

impl Rules {
    /// Adds filters as `--filter` takes them.
    ///
    /// # Errors
    /// Names the filter that cannot be meant, and what could be.
    pub fn filtered<S: AsRef<str>>(mut self, filters: &[S]) -> Result<Self, String> {
        filters.iter().try_for_each(|filter| must_narrow(filter.as_ref()))?;
        self.filters.extend(filters.iter().map(|filter| filter.as_ref().to_owned()));
        self.query = Query::parse(&self.filters)?;
        Ok(self)
    }

    /// Adds patterns of names, of which one must match.
    ///
    /// # Errors
    /// Names the one that is no pattern.
    pub fn named<S: AsRef<str>>(mut self, patterns: &[S]) -> Result<Self, String> {
        if patterns.iter().any(|pattern| pattern.as_ref().trim().is_empty()) {
            return Err("a name's pattern is empty; write for example ci-*".to_owned());
        }
        self.names.extend(patterns.iter().map(|pattern| pattern.as_ref().to_owned()));
        Ok(self)
    }

    /// Whether they ask for what only a measurement tells.
    #[must_use]
    pub const fn need_measuring(&self) -> bool {
        self.older_than.is_some()
            || self.larger_than.is_some()
            || self.smaller_than.is_some()
            || self.is_empty.is_some()
    }
}

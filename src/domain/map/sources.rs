//! Which folders that containers bind are there.

use std::collections::HashMap;

/// What is known of the sources of bind mounts. Unknown is neither present nor missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// By path: whether something is there.
    pub found: HashMap<String, bool>,
    /// Why nothing more is known.
    pub reason: Option<String>,
}

impl Sources {
    /// Nothing known, for this reason.
    #[must_use]
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self { found: HashMap::new(), reason: Some(reason.into()) }
    }

    /// Whether something is at this path; `None` when that is not known.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<bool> {
        self.found.get(path).copied()
    }
}

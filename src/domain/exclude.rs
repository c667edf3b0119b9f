//! What is left out of a backup on request.

use serde::{Deserialize, Serialize};

use super::threshold::matches;

/// Patterns of entries that are left out, each with all below it; `*` and `?` stand for any letters and
/// for one. One with a slash is of the whole path, one without of a name anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exclude(pub Vec<String>);

impl Exclude {
    /// Whether the entry at this path is left out; what is above it was asked for before.
    #[must_use]
    pub fn holds(&self, path: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let path = String::from_utf8_lossy(path);
        let path = path.trim_matches('/');
        let name = path.rsplit('/').next().unwrap_or(path);
        self.0.iter().any(|pattern| {
            let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
            match pattern.strip_prefix('/') {
                Some(whole) => matches(whole, path),
                None if pattern.contains('/') => matches(pattern, path),
                None => matches(pattern, name),
            }
        })
    }

    /// Whether the entry with these parts, or one above it, is left out.
    #[must_use]
    pub fn holds_any(&self, parts: &[Vec<u8>]) -> bool {
        !self.0.is_empty()
            && (1..=parts.len()).any(|depth| self.holds(&parts.get(..depth).unwrap_or_default().join(&b'/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_a_name_or_of_a_path() {
        let exclude = |pattern: &str| Exclude(vec![pattern.to_owned()]);
        assert!(exclude("*.log").holds(b"a/b.log") && !exclude("*.log").holds(b"a/b.txt"));
        assert!(exclude("cache/").holds(b"cache") && exclude("cache").holds(b"a/cache"));
        assert!(!exclude("/cache").holds(b"a/cache") && exclude("/cache").holds(b"cache"));
        assert!(exclude("a/*").holds(b"a/b") && !exclude("a/*").holds(b"b/a"));
        assert!(exclude("cache").holds_any(&[b"a".to_vec(), b"cache".to_vec(), b"x".to_vec()]));
        assert!(!Exclude::default().holds(b"a") && !exclude("a").holds_any(&[]));
    }
}

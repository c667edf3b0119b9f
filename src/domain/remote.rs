//! A value that lives somewhere else, with all that can be true of it.

use jiff::Timestamp;

use super::trouble::Trouble;

/// What is known of something that has to be asked for.
///
/// A list is empty only in `Ready` (and in what became `Stale` from it): an error is never an
/// empty list, and a missing answer never a zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Remote<T> {
    /// Nobody asked yet.
    #[default]
    NotAsked,
    /// Asked for, no answer yet.
    Loading,
    /// The answer, and when it came.
    Ready {
        /// The answer.
        value: T,
        /// When it was true.
        at: Timestamp,
    },
    /// The last answer, after a newer question failed.
    Stale {
        /// The last answer.
        value: T,
        /// When it was true.
        at: Timestamp,
        /// Why there is no newer one.
        trouble: Trouble,
    },
    /// No answer at all.
    Failed(Trouble),
}

impl<T> Remote<T> {
    /// The value, fresh or stale.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } | Self::Stale { value, .. } => Some(value),
            Self::NotAsked | Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Why the newest question failed, when it did.
    pub const fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Stale { trouble, .. } | Self::Failed(trouble) => Some(trouble),
            Self::NotAsked | Self::Loading | Self::Ready { .. } => None,
        }
    }

    /// When the value was true.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Ready { at, .. } | Self::Stale { at, .. } => Some(*at),
            Self::NotAsked | Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Takes in a newer answer.
    pub fn answered(&mut self, value: T, at: Timestamp) {
        *self = Self::Ready { value, at };
    }

    /// Takes in a failure: what was known stays, marked stale.
    pub fn failed(&mut self, trouble: Trouble) {
        *self = match std::mem::take(self) {
            Self::Ready { value, at } | Self::Stale { value, at, .. } => Self::Stale { value, at, trouble },
            Self::NotAsked | Self::Loading | Self::Failed(_) => Self::Failed(trouble),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_what_was_known() {
        let mut remote = Remote::Ready { value: 3, at: Timestamp::UNIX_EPOCH };
        remote.failed(Trouble::new("gone", "it hung up"));
        assert_eq!(remote.value(), Some(&3), "the last state stays");
        assert_eq!(remote.at(), Some(Timestamp::UNIX_EPOCH), "with its own age");
        assert!(remote.trouble().is_some(), "and says why");
    }

    #[test]
    fn a_failure_without_value_is_no_value() {
        let mut remote: Remote<Vec<u8>> = Remote::Loading;
        remote.failed(Trouble::new("gone", "it hung up"));
        assert_eq!(remote.value(), None, "an error is not an empty list");
    }
}

//! What came of a removal, volume by volume.

use super::trouble::Trouble;

/// What came of one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is removed; so many bytes are free, where that is known.
    Freed(Option<u64>),
    /// It stays, for a reason that came up after the plan.
    Skipped(Skip),
    /// It stays: the engine failed.
    Failed(Trouble),
}

/// Why a volume of a confirmed plan was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// Containers have it by now; their names.
    InUse(Vec<String>),
    /// Swarm services mount it by now; their names.
    Service(Vec<String>),
    /// It is another volume by now.
    Changed(String),
    /// It was gone already.
    Gone,
    /// It is protected by now.
    Protected(String),
    /// It could not be brought back, and was to be removed only if it could.
    NoUndo(String),
    /// It was stopped before its turn.
    Stopped,
}

impl Skip {
    /// Why, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::InUse(holders) if holders.is_empty() => "in use by now".to_owned(),
            Self::InUse(holders) => format!("in use by {}", holders.join(", ")),
            Self::Service(services) => format!("mounted by the Swarm service {}", services.join(", ")),
            Self::Changed(how) => format!("not the volume that was shown: {how}"),
            Self::Gone => "gone already".to_owned(),
            Self::Protected(guard) => guard.clone(),
            Self::NoUndo(why) => format!("it could not be brought back: {why}"),
            Self::Stopped => "not tried: stopped before its turn".to_owned(),
        }
    }

    /// The word for it in scripts.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InUse(_) => "in_use",
            Self::Service(_) => "service",
            Self::Changed(_) => "changed",
            Self::Gone => "gone",
            Self::Protected(_) => "protected",
            Self::NoUndo(_) => "no_undo",
            Self::Stopped => "stopped",
        }
    }
}

/// One volume and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The volume.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether what it freed was measured lately enough to be promised.
    pub is_fresh: bool,
}

/// What came of a removal so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many volumes the plan has.
    pub total: usize,
    /// Those that had their turn, in order.
    pub done: Vec<Done>,
    /// What could not be written to the audit log.
    pub unlogged: Option<Trouble>,
    /// Whether it is over.
    pub is_over: bool,
}

/// How many volumes ended how, and what that freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Removed.
    pub freed: usize,
    /// What is known to be free, in bytes.
    pub bytes: u64,
    /// Removed ones whose size was not known.
    pub unknown: usize,
    /// Removed ones whose size was known from before only.
    pub stale: usize,
    /// Left alone.
    pub skipped: usize,
    /// Failed.
    pub failed: usize,
}

impl Report {
    /// The sums.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for done in &self.done {
            match &done.outcome {
                Outcome::Freed(bytes) => {
                    tally.freed += 1;
                    tally.bytes = tally.bytes.saturating_add(bytes.unwrap_or(0));
                    tally.unknown += usize::from(bytes.is_none());
                    tally.stale += usize::from(bytes.is_some() && !done.is_fresh);
                }
                Outcome::Skipped(_) => tally.skipped += 1,
                Outcome::Failed(_) => tally.failed += 1,
            }
        }
        tally
    }

    /// Whether what is known to be free is all that is, and measured lately.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let tally = self.tally();
        tally.unknown == 0 && tally.stale == 0
    }

    /// Whether everything that was planned is removed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_over && self.tally().freed == self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_what_is_known_and_says_what_is_not() {
        let done = |outcome| Done { name: "v".to_owned(), outcome, is_fresh: false };
        let report = Report {
            total: 4,
            done: vec![
                done(Outcome::Freed(Some(10))),
                done(Outcome::Freed(None)),
                done(Outcome::Skipped(Skip::InUse(vec!["web".to_owned()]))),
                done(Outcome::Failed(Trouble::new("not removed", "disk"))),
            ],
            is_over: true,
            unlogged: None,
        };
        assert_eq!(
            report.tally(),
            Tally { freed: 2, bytes: 10, unknown: 1, stale: 1, skipped: 1, failed: 1 }
        );
        assert!(!report.is_exact(), "what is old is not promised");
        assert!(!report.is_whole());
    }
}

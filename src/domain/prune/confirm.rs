//! From a plan to one that can be carried out.

use std::fmt;

use super::plan::{Facts, Freed, PrunePlan};
use super::reason::Because;
use super::undo::{Due, Undo};
use crate::domain::usage::{Method, Usage};
use crate::domain::volume::{Kind, Volume};

/// One volume that is to be removed, as it was when it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The volume: there is no id, so that all that tells it from another of its name is kept.
    pub volume: Volume,
    /// What removing it frees, in bytes, where that is known.
    pub frees: Option<u64>,
    /// Whether that was measured lately enough to be promised.
    pub is_fresh: bool,
    /// What was measured of it, where it is removed because of that; it has to be so still.
    pub claimed: Option<Usage>,
    /// Whether it is known to hold nothing.
    pub is_empty: bool,
    /// Why it was proposed.
    pub because: Because,
}

/// In what a volume is another one than the one that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Its driver.
    Driver,
    /// Its options.
    Options,
    /// Its labels.
    Labels,
    /// It was made at another time.
    Created,
    /// Its folder was changed, or is another one: the engine's time of creation tells both alike.
    Touched,
    /// What is in it is not what was measured.
    Written,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Driver => "it has another driver now",
            Self::Options => "it has other options now",
            Self::Labels => "it has other labels now",
            Self::Created => "it was removed and made again",
            Self::Touched => "it was written or made again since it was shown",
            Self::Written => "it was written since it was shown",
        })
    }
}

impl Target {
    /// In what the volume of this name is another one now. Docker 20.10 calls the time of the last change
    /// of the volume's folder its creation: another one is another volume, or another content.
    #[must_use]
    pub fn difference(&self, now: &Volume, is_created_stable: bool) -> Option<Difference> {
        let then = &self.volume;
        if then.driver != now.driver {
            Some(Difference::Driver)
        } else if then.options != now.options {
            Some(Difference::Options)
        } else if then.labels != now.labels {
            Some(Difference::Labels)
        } else if then.created_at != now.created_at {
            Some(if is_created_stable { Difference::Created } else { Difference::Touched })
        } else {
            None
        }
    }

    /// Whether what it was chosen for does not hold any more.
    #[must_use]
    pub fn is_written_since(&self, now: &Usage) -> bool {
        let Some(then) = &self.claimed else { return false };
        let differs =
            |then: Option<u64>, now: Option<u64>| matches!((then, now), (Some(a), Some(b)) if a != b);
        differs(then.allocated, now.allocated)
            || differs(then.apparent, now.apparent)
            || differs(then.files, now.files)
            || differs(then.dirs, now.dirs)
            // The demo's times are told from now backwards.
            || now.method != Method::Demo
                && matches!((then.newest_write, now.newest_write), (Some(then), Some(now)) if now > then)
            // What was counted whole then and is not now may hide anything.
            || then.errors == Some(0) && now.errors != Some(0)
    }
}

/// What has to be done to agree to a plan; No is always the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asking {
    /// To say yes.
    Yes,
    /// To type the volume's name.
    Name(String),
    /// To type how many volumes are removed.
    Count(usize),
}

impl Asking {
    /// Whether what was typed is what was asked for. Nothing typed is No.
    #[must_use]
    pub fn is_met(&self, typed: &str) -> bool {
        let typed = typed.trim();
        match self {
            Self::Yes => matches!(typed.to_ascii_lowercase().as_str(), "y" | "yes"),
            Self::Name(name) => typed == name,
            Self::Count(count) => typed.parse() == Ok(*count),
        }
    }

    /// What is asked for, as a sentence's end.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Yes => "type y to agree".to_owned(),
            Self::Name(name) => format!("type the volume's name to agree: {name}"),
            Self::Count(count) => format!("type their number to agree: {count}"),
        }
    }
}

/// How many volumes that hold nothing anybody named may go by a mere yes.
const FEW: usize = 3;

/// A plan that was agreed to: the only thing that can be carried out, made by [`PrunePlan::confirm`]
/// alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedPlan {
    targets: Vec<Target>,
    freed: Freed,
    is_forced: bool,
    engine: String,
    undo: Undo,
    dropped: Vec<i64>,
}

impl ConfirmedPlan {
    /// The same, with what was shown to leave the trash for good.
    #[must_use]
    pub fn dropping(self, due: &[Due]) -> Self {
        Self { dropped: due.iter().map(|due| due.id).collect(), ..self }
    }

    /// What of the trash goes for good, by its numbers there.
    #[must_use]
    pub fn dropped(&self) -> &[i64] {
        &self.dropped
    }

    /// The identity of the engine whose volumes were shown: it is carried out there alone.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// What is to be removed, in order.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The word for what is done: `prune`, or `rm` where volumes were named.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        let is_prune = self.targets.iter().any(|target| target.because.preset.is_some());
        if is_prune { "prune" } else { "rm" }
    }

    /// What the plan promised to free.
    #[must_use]
    pub const fn freed(&self) -> Freed {
        self.freed
    }

    /// Whether the engine is to forget volumes whose driver fails to remove them.
    #[must_use]
    pub const fn is_forced(&self) -> bool {
        self.is_forced
    }

    /// Whether what is removed goes to the trash first.
    #[must_use]
    pub const fn undo(&self) -> Undo {
        self.undo
    }
}

impl PrunePlan {
    /// What has to be typed to agree; nothing where there is nothing to agree to.
    #[must_use]
    pub fn asking(&self, facts: &Facts<'_>) -> Option<Asking> {
        // What is not known to be empty holds something.
        let is_dear = |candidate: &super::Candidate| {
            let is_empty = candidate.because.is_empty || !super::reason::is_here(candidate.because.kind);
            !candidate.because.is_anonymous && !is_empty
        };
        match self.candidates.as_slice() {
            [] => None,
            [one] if is_dear(one) => {
                facts.inventory.volumes.get(one.at).map(|volume| Asking::Name(volume.name.clone()))
            }
            few if few.len() <= FEW && !few.iter().any(is_dear) => Some(Asking::Yes),
            many => Some(Asking::Count(many.len())),
        }
    }

    /// Agrees to the plan: what was shown is what is removed, name by name, on the engine of this identity.
    #[must_use]
    pub fn confirm(&self, facts: &Facts<'_>, is_forced: bool, engine: &str, undo: Undo) -> ConfirmedPlan {
        let target = |candidate: &super::Candidate| {
            let is_claimed = candidate.because.is_by_content || candidate.because.is_empty;
            Some(Target {
                volume: facts.inventory.volumes.get(candidate.at)?.clone(),
                frees: candidate.frees,
                is_fresh: candidate.is_fresh,
                claimed: is_claimed.then(|| (facts.usage)(candidate.at).cloned()).flatten(),
                is_empty: candidate.because.is_empty,
                because: candidate.because.clone(),
            })
        };
        ConfirmedPlan {
            targets: self.candidates.iter().filter_map(target).collect(),
            freed: self.freed(),
            is_forced,
            engine: engine.to_owned(),
            undo,
            dropped: Vec::new(),
        }
    }
}

/// What is removed with the volume, in a few words: data, or only the engine's word for it.
#[must_use]
pub fn what_goes(kind: Kind, usage: Option<&Usage>) -> &'static str {
    match (kind, usage.and_then(super::plan::is_empty)) {
        (Kind::Nfs | Kind::Cifs | Kind::Bind | Kind::Device, _) => {
            "only the volume's entry: its data stays where it is"
        }
        (Kind::Tmpfs, _) => "nothing: it holds nothing without a container",
        (Kind::Plugin, _) => "whatever its driver removes with it",
        (Kind::Plain, Some(true)) => "nothing: it is empty",
        (Kind::Plain, _) => "all its files, for good",
    }
}

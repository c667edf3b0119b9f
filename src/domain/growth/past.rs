//! What is remembered of one volume, as its History shows it.

use jiff::Timestamp;

use super::Period;
use super::trail::Trail;

/// A time, and whether somebody watched when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub at: Timestamp,
    /// Whether it was watched; else it was then at the latest.
    pub is_exact: bool,
}

/// A container that had the volume for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The container's name.
    pub container: String,
    /// Where the volume was mounted.
    pub destination: String,
    /// Since when it had it.
    pub from: Moment,
    /// Until when; `None` while it has it.
    pub until: Option<Moment>,
}

/// A folder in a volume's root that grew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrowth {
    /// Its name.
    pub path: String,
    /// What it weighed at first; `None` when it was not seen then.
    pub before: Option<u64>,
    /// What it weighs.
    pub bytes: u64,
}

impl FolderGrowth {
    /// Bytes gained.
    #[must_use]
    pub fn gained(&self) -> u64 {
        self.bytes.saturating_sub(self.before.unwrap_or(0))
    }
}

/// All of that.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// Every size that is remembered.
    pub trail: Trail,
    /// Who had it, those who came first before.
    pub stays: Vec<Stay>,
    /// Which folders grew most, by period.
    pub folders: Vec<(Period, Vec<FolderGrowth>)>,
}

impl Past {
    /// The folders that grew in this period.
    #[must_use]
    pub fn grown(&self, period: Period) -> &[FolderGrowth] {
        self.folders.iter().find(|(of, _)| *of == period).map_or(&[], |(_, folders)| folders)
    }
}

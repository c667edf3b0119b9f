//! How sizes change over time: samples, changes over a period, rates, and what follows from them.

pub mod axis;
pub mod chart;
pub mod past;
pub mod rate;
pub mod trail;

use jiff::Timestamp;

use super::usage::Usage;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// How far back one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    /// The last hour.
    Hour,
    /// The last 24 hours.
    #[default]
    Day,
    /// The last seven days.
    Week,
    /// As far as anything is known.
    All,
}

impl Period {
    /// Every period, the shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::All];
    /// The periods that have a length.
    pub const BOUNDED: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// The word for it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Hour => "Hour",
            Self::Day => "Day",
            Self::Week => "Week",
            Self::All => "All",
        }
    }

    /// Its length, where it has one.
    #[must_use]
    pub const fn seconds(self) -> Option<i64> {
        match self {
            Self::Hour => Some(HOUR),
            Self::Day => Some(DAY),
            Self::Week => Some(WEEK),
            Self::All => None,
        }
    }

    /// When it began, seen from `now`.
    #[must_use]
    pub fn start(self, now: Timestamp) -> Timestamp {
        self.seconds().map_or(Timestamp::MIN, |seconds| back(now, seconds))
    }

    /// The period `steps` further in this list, round the end.
    #[must_use]
    pub fn turned(self, among: &[Self], steps: isize) -> Self {
        let count = among.len().max(1);
        let here = among.iter().position(|period| *period == self).unwrap_or(0);
        let there = here.saturating_add(count).saturating_add_signed(steps) % count;
        among.get(there).copied().unwrap_or(self)
    }
}

/// Which of a volume's two sizes was seen: they are never compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Bytes taken on disk.
    Allocated,
    /// The sum of the file sizes.
    Apparent,
}

/// A size that was seen at one moment, and was still the same at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When it was first measured.
    pub at: Timestamp,
    /// When it was last measured to be the same.
    pub until: Timestamp,
    /// The size.
    pub bytes: u64,
    /// Which of the two sizes it is.
    pub counted: Counted,
}

impl Sample {
    /// The size that is shown, of these two; `None` when neither is known. Times are kept as they are
    /// recorded, to the millisecond: what comes back is no second measurement.
    #[must_use]
    pub fn new(
        at: Timestamp,
        until: Timestamp,
        allocated: Option<u64>,
        apparent: Option<u64>,
    ) -> Option<Self> {
        let (bytes, counted) = match (allocated, apparent) {
            (Some(bytes), _) => (bytes, Counted::Allocated),
            (None, Some(bytes)) => (bytes, Counted::Apparent),
            (None, None) => return None,
        };
        let (at, until) = (whole(at), whole(until.max(at)));
        Some(Self { at, until, bytes, counted })
    }

    /// What this measurement adds to the trail.
    #[must_use]
    pub fn of(usage: &Usage) -> Option<Self> {
        Self::new(usage.measured_at, usage.measured_at, usage.allocated, usage.apparent)
    }
}

/// By how much a size changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Bytes gained; negative when lost.
    pub bytes: i64,
    /// Since when.
    pub since: Timestamp,
    /// Whether that is the whole period that was asked for.
    pub is_whole: bool,
}

impl Change {
    /// The bytes, of a change over the whole period alone.
    #[must_use]
    pub fn over_all(change: Option<Self>) -> Option<i64> {
        change.filter(|change| change.is_whole).map(|change| change.bytes)
    }
}

/// How far `now` is from `then`, signed; sizes beyond 2^63 do not exist.
#[must_use]
pub fn difference(now: u64, then: u64) -> i64 {
    i64::try_from(i128::from(now) - i128::from(then)).unwrap_or(if now > then { i64::MAX } else { i64::MIN })
}

/// The millisecond in which this is.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// `seconds` before `now`.
#[must_use]
pub fn back(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_sub(seconds)).unwrap_or(Timestamp::MIN)
}

/// `seconds` after `now`.
#[must_use]
pub fn ahead(now: Timestamp, seconds: i64) -> Timestamp {
    back(now, seconds.saturating_neg())
}

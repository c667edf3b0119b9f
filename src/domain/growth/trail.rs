//! The sizes of one volume, one after the other, in little memory.

use jiff::Timestamp;

use super::{Change, Counted, Period, Sample, back, difference};

/// Between two samples of a thinned trail, by their age: `(up to this age, this far apart)`.
const SPACING: [(i64, i64); 3] = [(5700, 300), (36 * 3600, 5400), (i64::MAX, 43_200)];
/// A thinned trail forgets what is older.
const KEPT: i64 = 21 * 24 * 3600 / 2;

/// The sizes of one volume, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    samples: Vec<Sample>,
}

impl Trail {
    /// A trail of these samples.
    pub fn of(samples: impl IntoIterator<Item = Sample>) -> Self {
        let mut trail = Self::default();
        for sample in samples {
            trail.push(sample);
        }
        trail
    }

    /// Adds what was measured; what is no news changes nothing and answers `false`.
    pub fn push(&mut self, sample: Sample) -> bool {
        let Some(last) = self.samples.last_mut() else {
            self.samples.push(sample);
            return true;
        };
        if sample.until <= last.until {
            return false;
        }
        if (last.bytes, last.counted) == (sample.bytes, sample.counted) {
            last.until = sample.until;
        } else {
            let at = sample.at.max(last.until);
            self.samples.push(Sample { at, ..sample });
        }
        true
    }

    /// Leaves out samples that the periods do not need, the more the older they are.
    pub fn thin(&mut self, now: Timestamp) {
        let len = self.samples.len();
        let oldest = back(now, KEPT);
        let mut kept: Vec<Sample> = Vec::with_capacity(len.min(64));
        for (at, sample) in self.samples.iter().enumerate() {
            let is_last = at + 1 == len;
            if sample.until < oldest && !is_last {
                continue;
            }
            let age = now.as_second().saturating_sub(sample.until.as_second());
            let apart = SPACING.iter().find(|(up_to, _)| age <= *up_to).map_or(0, |(_, apart)| *apart);
            let next = self.samples.get(at + 1).map_or(sample.until, |next| next.at);
            let before = kept.last().filter(|before| before.counted == sample.counted);
            let is_dense = before.is_some_and(|before| next.as_second() - before.until.as_second() < apart);
            // A long plateau says much in one sample.
            let is_long = sample.until.as_second() - sample.at.as_second() >= apart;
            if !is_dense || is_long || is_last {
                kept.push(*sample);
            }
        }
        kept.shrink_to_fit();
        self.samples = kept;
    }

    /// The newest sample.
    #[must_use]
    pub fn last(&self) -> Option<&Sample> {
        self.samples.last()
    }

    /// How many samples there are, of either kind.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether nothing was ever measured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Which of the two sizes the newest sample is.
    #[must_use]
    pub fn counted(&self) -> Option<Counted> {
        self.last().map(|last| last.counted)
    }

    /// The samples that may be compared with the newest one, oldest first.
    #[must_use]
    pub fn comparable(&self) -> impl DoubleEndedIterator<Item = &Sample> + Clone {
        let counted = self.counted();
        self.samples.iter().filter(move |sample| Some(sample.counted) == counted)
    }

    /// Each moment at which something was measured, with the size then.
    pub fn moments(&self, since: Timestamp) -> impl Iterator<Item = (Timestamp, u64)> {
        self.comparable()
            .flat_map(|sample| {
                let again = (sample.until > sample.at).then_some((sample.until, sample.bytes));
                std::iter::once((sample.at, sample.bytes)).chain(again)
            })
            .filter(move |(at, _)| *at >= since)
    }

    /// The size at that moment, as it was last measured before.
    #[must_use]
    pub fn bytes_at(&self, moment: Timestamp) -> Option<u64> {
        self.comparable().rev().find(|sample| sample.at <= moment).map(|sample| sample.bytes)
    }

    /// By how much the size changed in the period that ends now.
    ///
    /// `None` when nothing was measured twice in it. What was measured long before the period began
    /// says nothing about it: then the change is told since the first measurement within.
    #[must_use]
    pub fn change(&self, period: Period, now: Timestamp) -> Option<Change> {
        let last = self.last()?;
        let told = |bytes: u64, since: Timestamp, is_whole: bool| {
            (since < last.until).then(|| Change { bytes: difference(last.bytes, bytes), since, is_whole })
        };
        let Some(seconds) = period.seconds() else {
            let first = self.comparable().next()?;
            return told(first.bytes, first.at, true);
        };
        let start = back(now, seconds);
        if last.until < start {
            return None;
        }
        let before = self.comparable().rev().find(|sample| sample.at <= start);
        if let Some(before) = before {
            let confirmed = before.until.min(start);
            if confirmed >= back(start, seconds / 2) {
                // Told at its last moment, nothing happened since: that is no change, and known.
                let bytes = difference(last.bytes, before.bytes);
                return Some(Change { bytes, since: confirmed, is_whole: true });
            }
        }
        let first = self.comparable().find(|sample| sample.at > start)?;
        told(first.bytes, first.at, false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).expect("a time")
    }

    fn sample(minutes: i64, bytes: u64, counted: Counted) -> Sample {
        Sample { at: at(minutes), until: at(minutes), bytes, counted }
    }

    fn trail(samples: &[(i64, u64)]) -> Trail {
        Trail::of(samples.iter().map(|(minutes, bytes)| sample(*minutes, *bytes, Counted::Allocated)))
    }

    #[test]
    fn unknown_is_not_zero() {
        assert_eq!(Trail::default().change(Period::Day, at(0)), None, "nothing was measured");
        assert_eq!(trail(&[(0, 5)]).change(Period::Day, at(1)), None, "once is no change");
        assert_eq!(trail(&[(0, 5)]).change(Period::Hour, at(500)), None, "an old sample says nothing");
        assert_eq!(trail(&[(0, 5), (10, 5)]).change(Period::Hour, at(11)).map(|c| c.bytes), Some(0));
    }

    #[test]
    fn a_period_that_is_partly_covered_says_since_when() {
        let trail = trail(&[(0, 5), (30, 9)]);
        let change = trail.change(Period::Hour, at(31)).expect("measured twice");
        assert_eq!((change.bytes, change.since, change.is_whole), (4, at(0), false));
        let change = trail.change(Period::Hour, at(62)).expect("measured twice");
        assert_eq!((change.bytes, change.is_whole), (4, true), "measured just before the hour began");
        assert_eq!(Change::over_all(trail.change(Period::Day, at(31))), None);
    }

    #[test]
    fn what_was_seen_weeks_ago_is_no_growth_of_this_hour() {
        let trail = trail(&[(-30_000, 5), (0, 900), (10, 905)]);
        let change = trail.change(Period::Hour, at(15)).expect("measured twice");
        assert_eq!((change.bytes, change.since, change.is_whole), (5, at(0), false));
        assert_eq!(trail.change(Period::All, at(15)).map(|c| c.bytes), Some(900));
    }

    #[test]
    fn another_way_of_counting_is_no_growth() {
        let mut trail = trail(&[(0, 5), (70, 6)]);
        trail.push(sample(71, 4096, Counted::Apparent));
        assert_eq!(trail.change(Period::Hour, at(72)), None);
        trail.push(sample(80, 4099, Counted::Apparent));
        assert_eq!(trail.change(Period::Hour, at(81)).map(|c| c.bytes), Some(3));
        assert_eq!(trail.bytes_at(at(60)), None);
    }

    #[test]
    fn a_flat_line_takes_one_sample() {
        let mut trail = Trail::default();
        for minute in 0..5000 {
            trail.push(sample(minute, 7, Counted::Allocated));
        }
        assert_eq!(trail.len(), 1);
        for period in Period::BOUNDED {
            let expected = if period == Period::Week { None } else { Some(0) };
            assert_eq!(Change::over_all(trail.change(period, at(5000))), expected, "{period:?}");
        }
        assert!(!trail.push(sample(10, 9, Counted::Allocated)), "the past is not written again");
    }

    proptest! {
        #[test]
        fn a_thinned_trail_is_short_and_tells_the_same_of_every_period(
            steps in proptest::collection::vec((1_i64..15, 0_u64..50), 2..1500)
        ) {
            let (mut minute, mut bytes) = (0, 0);
            let (mut whole, mut thin) = (Trail::default(), Trail::default());
            for (pause, gain) in steps {
                minute += pause;
                bytes += gain;
                let sample = sample(minute, bytes, Counted::Allocated);
                whole.push(sample);
                thin.push(sample);
                thin.thin(at(minute));
            }
            prop_assert!(thin.len() <= 90, "{} samples", thin.len());
            prop_assert_eq!(thin.last(), whole.last());
            for period in Period::BOUNDED {
                let (thin, whole) = (thin.change(period, at(minute)), whole.change(period, at(minute)));
                prop_assert_eq!(thin.map(|c| c.is_whole), whole.map(|c| c.is_whole), "{:?}", period);
                // It remembers less often, but never invents.
                prop_assert!(thin.map_or(0, |c| c.bytes) >= whole.map_or(0, |c| c.bytes));
                prop_assert!(thin.map_or(0, |c| c.bytes) <= i64::try_from(bytes).expect("small"));
            }
        }

        #[test]
        fn a_change_is_the_difference_of_two_sizes_that_were_seen(
            samples in proptest::collection::vec((1_i64..400, 0_u64..1000, any::<bool>()), 1..40),
            late in 0_i64..500
        ) {
            let mut minute = 0;
            let mut trail = Trail::default();
            for (pause, bytes, is_apparent) in samples {
                minute += pause;
                let counted = if is_apparent { Counted::Apparent } else { Counted::Allocated };
                trail.push(sample(minute, bytes, counted));
            }
            let last = trail.last().expect("one").bytes;
            for period in Period::ALL {
                if let Some(change) = trail.change(period, at(minute + late)) {
                    let then = trail.bytes_at(change.since).expect("it was measured by then");
                    prop_assert_eq!(change.bytes, difference(last, then));
                }
            }
        }
    }
}

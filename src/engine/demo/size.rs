//! How large a volume is at a moment: computed, never stored, so that nothing has to tick.

use jiff::Timestamp;

/// A size that follows from the time.
#[derive(Debug, Clone)]
pub(super) struct Size {
    /// Bytes at `since`.
    base: u64,
    /// Bytes a second from then on.
    per_second: u64,
    /// After so many seconds it is thrown back to `base`, as caches are.
    falls_after: Option<u32>,
    since: Timestamp,
}

impl Size {
    /// `base` bytes at `since`, growing from there.
    pub(super) const fn new(base: u64, per_second: u64, falls_after: Option<u32>, since: Timestamp) -> Self {
        Self { base, per_second, falls_after, since }
    }

    /// Nothing yet.
    pub(super) const fn empty(since: Timestamp) -> Self {
        Self::new(0, 0, None, since)
    }

    /// Bytes at that moment.
    pub(super) fn at(&self, now: Timestamp) -> u64 {
        let elapsed = u64::try_from(now.duration_since(self.since).as_millis()).unwrap_or(0);
        let elapsed = match self.falls_after {
            Some(seconds) => elapsed.checked_rem(u64::from(seconds) * 1000).unwrap_or(elapsed),
            None => elapsed,
        };
        self.base.saturating_add(self.per_second.saturating_mul(elapsed) / 1000)
    }

    /// Bytes so many seconds before `since`. What the demo does in minutes would have taken it years:
    /// the farther back, the slower it grew, and most of `base` was always there.
    pub(super) fn before(&self, seconds: u64) -> u64 {
        if let Some(after) = self.falls_after.map(u64::from).filter(|after| *after > 0) {
            let into = (after - seconds % after) % after;
            return self.base.saturating_add(self.per_second.saturating_mul(into));
        }
        let most = u128::from(self.base) * 3 / 5;
        let steady = u128::from(self.per_second) * u128::from(seconds);
        let gained = (most * steady).checked_div(most + steady).unwrap_or(0);
        self.base.saturating_sub(u64::try_from(gained).unwrap_or(self.base))
    }

    /// Whether it grows.
    pub(super) const fn is_growing(&self) -> bool {
        self.per_second > 0
    }

    /// Grows at this pace from now on; 0 freezes it.
    pub(super) fn pace(&mut self, per_second: u64, now: Timestamp) {
        *self = Self::new(self.at(now), per_second, None, now);
    }

    /// Gains `bytes` at once, until a retention rule throws away all but what was there at first.
    pub(super) const fn store(&mut self, bytes: u64, first: u64) {
        let grown = self.base.saturating_add(bytes);
        self.base = if grown > first.saturating_add(bytes.saturating_mul(12)) { first } else { grown };
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn growth_saw_tooth_and_freezing() {
        let then = Timestamp::UNIX_EPOCH;
        let later = |seconds| then + SignedDuration::from_secs(seconds);
        assert_eq!(Size::new(100, 3, None, then).at(later(10)), 130);
        assert_eq!(Size::new(100, 3, None, later(5)).at(then), 100, "a clock that runs back");
        let cache = Size::new(100, 3, Some(10), then);
        assert_eq!((cache.at(later(9)), cache.at(later(10))), (127, 100));
        let mut job = Size::empty(then);
        job.pace(7, later(10));
        job.pace(0, later(20));
        assert_eq!(job.at(later(99)), 70);
    }

    #[test]
    fn the_past_ends_where_the_present_begins_and_only_grows() {
        let size = Size::new(1_000_000, 300, None, Timestamp::UNIX_EPOCH);
        assert_eq!(size.before(0), 1_000_000);
        assert_eq!(size.before(10), 997_015, "at first at its own pace, nearly");
        let past: Vec<u64> = (0..40).map(|day| size.before(day * 86_400)).collect();
        assert!(past.is_sorted_by(|a, b| a > b) && past.iter().all(|b| *b > 390_000), "{past:?}");
        let cache = Size::new(100, 3, Some(10), Timestamp::UNIX_EPOCH);
        assert_eq!(
            [cache.before(0), cache.before(1), cache.before(9), cache.before(10)],
            [100, 127, 103, 100]
        );
    }

    #[test]
    fn what_is_stored_is_bounded() {
        let mut size = Size::new(100, 0, None, Timestamp::UNIX_EPOCH);
        for _ in 0..1000 {
            size.store(10, 100);
            assert!((100..=220).contains(&size.at(Timestamp::UNIX_EPOCH)));
        }
    }
}

//! What a chart needs: as many columns as there is room for, and ticks that are round.

use jiff::Timestamp;

use super::trail::Trail;

/// What one column of a chart shows: the least, the greatest and the last size in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The least.
    pub least: u64,
    /// The greatest.
    pub greatest: u64,
    /// The last.
    pub last: u64,
}

impl Column {
    const fn of(bytes: u64) -> Self {
        Self { least: bytes, greatest: bytes, last: bytes }
    }

    fn take(&mut self, bytes: u64) {
        self.least = self.least.min(bytes);
        self.greatest = self.greatest.max(bytes);
        self.last = bytes;
    }
}

/// A trail in `width` columns from one moment to another. A size stays what it was until it is
/// measured to be another; before the first measurement and after the last one nothing is known.
#[must_use]
pub fn columns(trail: &Trail, from: Timestamp, to: Timestamp, width: usize) -> Vec<Option<Column>> {
    let mut columns: Vec<Option<Column>> = vec![None; width];
    let mut before: Option<u64> = None;
    let mut reached = 0;
    let end = trail.last().map_or(from, |last| last.until);
    for (at, bytes) in trail.moments(Timestamp::MIN) {
        if at > to {
            break;
        }
        let place = place(at, from, to, width);
        if let (Some(place), Some(bytes)) = (place, before) {
            for column in columns.iter_mut().take(place + 1).skip(reached) {
                column.get_or_insert(Column::of(bytes));
            }
        }
        if let Some(place) = place {
            if let Some(column) = columns.get_mut(place) {
                column.get_or_insert(Column::of(bytes)).take(bytes);
            }
            reached = place + 1;
        }
        before = Some(bytes);
    }
    // Measured before the period began, and the same until within it or beyond its end.
    if end > to
        && let Some(bytes) = before
    {
        for column in columns.iter_mut().skip(reached) {
            column.get_or_insert(Column::of(bytes));
        }
    }
    columns
}

/// The column of a moment; `None` before the first.
#[must_use]
pub fn place(at: Timestamp, from: Timestamp, to: Timestamp, width: usize) -> Option<usize> {
    let (all, part) = (
        i128::from(to.as_millisecond()) - i128::from(from.as_millisecond()),
        i128::from(at.as_millisecond()) - i128::from(from.as_millisecond()),
    );
    if part < 0 || width == 0 {
        return None;
    }
    let width = i128::try_from(width).ok()?;
    let place = (part * width / all.max(1)).min(width - 1);
    usize::try_from(place).ok()
}

/// The sum of several trails at `width` moments; unknown before the first of them was measured. What
/// was first measured later is counted with its first size before: that it was measured is no growth.
pub fn total<'a>(
    trails: impl Iterator<Item = &'a Trail>,
    from: Timestamp,
    to: Timestamp,
    width: usize,
) -> Vec<Option<u64>> {
    let mut sums = vec![0_u64; width];
    let mut earliest: Option<Timestamp> = None;
    for trail in trails {
        let mut samples = trail.comparable().peekable();
        let Some(first) = samples.peek() else { continue };
        earliest = Some(earliest.map_or(first.at, |earliest| earliest.min(first.at)));
        let mut bytes = first.bytes;
        for (at, sum) in sums.iter_mut().enumerate() {
            let moment = moment(at, from, to, width);
            while let Some(sample) = samples.next_if(|sample| sample.at <= moment) {
                bytes = sample.bytes;
            }
            *sum = sum.saturating_add(bytes);
        }
    }
    let is_known = |at: usize| earliest.is_some_and(|earliest| earliest <= moment(at, from, to, width));
    sums.into_iter().enumerate().map(|(at, sum)| is_known(at).then_some(sum)).collect()
}

/// The last moment of a column.
fn moment(column: usize, from: Timestamp, to: Timestamp, width: usize) -> Timestamp {
    let all = i128::from(to.as_millisecond()) - i128::from(from.as_millisecond());
    let part = i128::try_from(column + 1).unwrap_or(0) * all / i128::try_from(width.max(1)).unwrap_or(1);
    let millis = i128::from(from.as_millisecond()) + part;
    i64::try_from(millis).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(to)
}

/// Steps between two ticks of time, in seconds, with what a tick is labelled by.
const TIME_STEPS: [(i64, TimeLabel); 16] = [
    (60, TimeLabel::Clock),
    (300, TimeLabel::Clock),
    (600, TimeLabel::Clock),
    (900, TimeLabel::Clock),
    (1800, TimeLabel::Clock),
    (3600, TimeLabel::Clock),
    (3 * 3600, TimeLabel::Clock),
    (6 * 3600, TimeLabel::Clock),
    (12 * 3600, TimeLabel::Clock),
    (86_400, TimeLabel::Date),
    (2 * 86_400, TimeLabel::Date),
    (7 * 86_400, TimeLabel::Date),
    (14 * 86_400, TimeLabel::Date),
    (30 * 86_400, TimeLabel::Date),
    (91 * 86_400, TimeLabel::Date),
    (365 * 86_400, TimeLabel::Date),
];

/// How a tick of time is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLabel {
    /// Hours and minutes.
    Clock,
    /// Month and day.
    Date,
}

/// Round moments between two, at most `wanted`, oldest first, and how to label them. `offset` is
/// the zone's, in seconds, so that days begin at its midnight.
#[must_use]
pub fn time_ticks(from: Timestamp, to: Timestamp, wanted: usize, offset: i64) -> (Vec<Timestamp>, TimeLabel) {
    let span = (to.as_second() - from.as_second()).max(1);
    let wanted = i64::try_from(wanted.max(1)).unwrap_or(1);
    let (step, label) = TIME_STEPS
        .into_iter()
        .find(|(step, _)| span / step < wanted)
        .unwrap_or((span / wanted + 1, TimeLabel::Date));
    let mut ticks = Vec::new();
    let mut tick = (from.as_second() + offset).div_euclid(step) * step - offset;
    while tick <= to.as_second() {
        if tick >= from.as_second()
            && let Ok(at) = Timestamp::from_second(tick)
        {
            ticks.push(at);
        }
        tick += step;
    }
    (ticks, label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Counted, Sample};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn trail(samples: &[(i64, u64)]) -> Trail {
        Trail::of(samples.iter().map(|(second, bytes)| Sample {
            at: at(*second),
            until: at(*second),
            bytes: *bytes,
            counted: Counted::Allocated,
        }))
    }

    #[test]
    fn a_size_stays_until_another_is_measured_and_is_unknown_outside() {
        let shown = columns(&trail(&[(20, 5), (60, 9)]), at(0), at(100), 10);
        let last: Vec<Option<u64>> = shown.iter().map(|c| c.map(|c| c.last)).collect();
        assert_eq!(
            last,
            [None, None, Some(5), Some(5), Some(5), Some(5), Some(9), None, None, None],
            "unknown is left out"
        );
        let before = columns(&trail(&[(-50, 5), (60, 9)]), at(0), at(100), 10);
        assert_eq!(before[0].map(|c| c.last), Some(5), "known from before");
    }

    #[test]
    fn what_is_first_measured_later_is_no_growth_of_the_sum() {
        let (old, new) = (trail(&[(0, 10), (50, 30)]), trail(&[(80, 1000)]));
        let sums = total([&old, &new].into_iter(), at(0), at(100), 4);
        assert_eq!(sums, [1010, 1030, 1030, 1030].map(Some));
        let new = trail(&[(80, 1000)]);
        let sums = total([&new].into_iter(), at(0), at(100), 5);
        assert_eq!(sums, [None, None, None, Some(1000), Some(1000)], "there is no past before the first");
    }

    #[test]
    fn ticks_are_round() {
        let (ticks, label) = time_ticks(at(0), at(3600), 5, 0);
        assert!(ticks.iter().all(|t| t.as_second() % 900 == 0), "{ticks:?}");
        assert_eq!(label, TimeLabel::Clock);
        let (ticks, label) = time_ticks(at(0), at(7 * 86_400), 8, 3600);
        assert!(ticks.iter().all(|t| (t.as_second() + 3600) % 86_400 == 0), "midnight of the zone");
        assert_eq!(label, TimeLabel::Date);
    }

    proptest! {
        #[test]
        fn no_peak_is_lost(
            samples in proptest::collection::vec((1_i64..100, 0_u64..1_000_000), 1..300), width in 1_usize..120
        ) {
            let mut second = 0;
            let samples: Vec<(i64, u64)> = samples.into_iter().map(|(pause, bytes)| { second += pause; (second, bytes) }).collect();
            let shown = columns(&trail(&samples), at(0), at(second), width);
            let greatest = shown.iter().flatten().map(|c| c.greatest).max();
            let least = shown.iter().flatten().map(|c| c.least).min();
            prop_assert_eq!(greatest, samples.iter().map(|s| s.1).max());
            prop_assert_eq!(least, samples.iter().map(|s| s.1).min());
            prop_assert_eq!(shown.last().copied().flatten().map(|c| c.last), samples.last().map(|s| s.1));
        }

        #[test]
        fn ticks_of_time_lie_within(span in 60_i64..1_000_000_000, wanted in 1_usize..12) {
            let (ticks, _) = time_ticks(at(0), at(span), wanted, 7200);
            prop_assert!(ticks.len() <= wanted + 1);
            prop_assert!(ticks.iter().all(|t| *t >= at(0) && *t <= at(span)));
        }
    }
}

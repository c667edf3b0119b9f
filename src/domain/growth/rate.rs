//! How fast a size grows, and when that comes to an end.

use jiff::Timestamp;

use super::trail::Trail;
use super::{Period, back};

/// So many moments are enough for a slope.
const MOMENTS: usize = 16;
/// What shrinks by more than this part at once was emptied: what was before says nothing now.
const FALL: u64 = 3;
/// A growth that was watched for less is not carried on into the future.
const LEAST_WATCHED: i64 = 600;
/// Beyond this nobody plans.
const FARTHEST: f64 = 100.0 * 365.0 * 86_400.0;

/// A growth in bytes a second, and how long it was watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Bytes a second; negative while it shrinks.
    pub per_second: f64,
    /// Seconds between the first and the last measurement that it follows from.
    pub watched: i64,
}

impl Rate {
    /// Whole bytes a second.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest there is")]
    pub fn rounded(self) -> i64 {
        self.per_second.round() as i64
    }

    /// Whether it was watched for long enough to be carried on.
    #[must_use]
    pub const fn is_trusted(self) -> bool {
        self.watched >= LEAST_WATCHED
    }

    /// Seconds until `left` bytes are used up; `None` when it does not grow, or not in a lifetime.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "checked to be small enough just before")]
    pub fn until(self, left: u64) -> Option<i64> {
        if self.per_second <= 0.0 {
            return None;
        }
        let seconds = float(left) / self.per_second;
        (seconds <= FARTHEST).then_some(seconds as i64)
    }
}

/// The rate of a trail in the period that ends now: the median of all slopes, so that one odd
/// measurement does not bend it. What was emptied is looked at since then.
#[must_use]
pub fn rate(trail: &Trail, period: Period, now: Timestamp) -> Option<Rate> {
    let start = period.seconds().map_or(Timestamp::MIN, |seconds| back(now, seconds + seconds / 10));
    let moments: Vec<(Timestamp, u64)> = trail.moments(start).collect();
    slope(&moments)
}

/// The median slope of these moments, oldest first; `None` of fewer than two.
#[must_use]
pub fn slope(moments: &[(Timestamp, u64)]) -> Option<Rate> {
    let fallen = moments.windows(2).rposition(
        |pair| matches!(pair, [(_, before), (_, after)] if before.saturating_sub(*after) > before / FALL),
    );
    let moments = moments.get(fallen.map_or(0, |at| at + 1)..)?;
    let every = moments.len().div_ceil(MOMENTS).max(1);
    // Counted from the end, so that the newest is always among them.
    let mut few: Vec<(f64, f64)> = moments.iter().rev().step_by(every).map(|m| point(*m)).collect();
    few.reverse();
    let mut slopes: Vec<f64> = Vec::with_capacity(few.len() * few.len() / 2);
    for (at, (first, from)) in few.iter().enumerate() {
        for (second, to) in few.iter().skip(at + 1) {
            if second > first {
                slopes.push((to - from) / (second - first));
            }
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    let median = match slopes.len() {
        0 => return None,
        even if even % 2 == 0 => f64::midpoint(*slopes.get(middle - 1)?, *slopes.get(middle)?),
        _ => *slopes.get(middle)?,
    };
    let watched = moments.last()?.0.as_second() - moments.first()?.0.as_second();
    Some(Rate { per_second: median, watched })
}

/// The rate of several things together; `None` when none of them has one.
#[must_use]
pub fn sum(rates: impl Iterator<Item = Option<Rate>>) -> Option<Rate> {
    rates.flatten().reduce(|a, b| Rate {
        per_second: a.per_second + b.per_second,
        // Those that were watched longest know best whether this goes on.
        watched: a.watched.max(b.watched),
    })
}

fn point((at, bytes): (Timestamp, u64)) -> (f64, f64) {
    (float_of(at), float(bytes))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of our centuries fit a float's 53 bits")]
fn float_of(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// A size as a float: exact up to 9 PB.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "beyond 9 PB a byte does not show")]
pub const fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    #[test]
    fn one_odd_measurement_does_not_bend_it() {
        let mut moments: Vec<(Timestamp, u64)> =
            (0..20).map(|i| (at(i * 60), 1000 + i.unsigned_abs() * 600)).collect();
        moments[11].1 = 90_000;
        // The fall back is no emptying either, as it is not where the rest begins.
        let rate = slope(&moments).expect("a rate");
        assert!((rate.per_second - 10.0).abs() < 0.01, "{rate:?}");
    }

    #[test]
    fn what_was_emptied_is_not_negative_for_ever() {
        let moments: Vec<(Timestamp, u64)> = (0..30)
            .map(|i| (at(i * 60), if i < 20 { 1_000_000 } else { (i.unsigned_abs() - 20) * 600 }))
            .collect();
        let rate = slope(&moments).expect("a rate");
        assert!((rate.per_second - 10.0).abs() < 0.01, "it grows since: {rate:?}");
        assert_eq!(slope(&moments[..21]), None, "just emptied: nothing is known yet");
    }

    #[test]
    fn what_does_not_grow_never_fills() {
        let rate = |per_second| Rate { per_second, watched: 1000 };
        assert_eq!(rate(0.0).until(5), None);
        assert_eq!(rate(-3.0).until(5), None);
        assert_eq!(rate(0.000_000_1).until(u64::MAX), None, "not in a lifetime");
        assert_eq!(rate(2.0).until(5), Some(2));
        assert_eq!(rate(2.0).until(0), Some(0), "it is full");
    }

    proptest! {
        #[test]
        fn a_steady_growth_is_found_exactly(
            per_second in 0_u64..5_000_000, pauses in proptest::collection::vec(1_i64..4000, 1..200)
        ) {
            let mut second = 0;
            let mut moments = vec![(at(0), 1_000_000_u64)];
            for pause in pauses {
                second += pause;
                moments.push((at(second), 1_000_000 + per_second * second.unsigned_abs()));
            }
            let rate = slope(&moments).expect("a rate");
            prop_assert_eq!(rate.rounded(), i64::try_from(per_second).expect("small"));
            prop_assert_eq!(rate.watched, second);
        }
    }
}

//! How fast a size grows, and when that comes to an end.

use jiff::Timestamp;

use super::trail::Trail;
use super::{Period, back};

/// So many moments, evenly apart, are enough for a slope.
const MOMENTS: i64 = 16;
/// What shrinks by more than this part at once was emptied: what was before says nothing now.
const FALL: u64 = 3;
/// A growth that was watched for less is not carried on into the future.
const LEAST_WATCHED: i64 = 600;
/// Nor is one that was watched for less than this part of its period.
const PART_WATCHED: i64 = 4;
/// Fewer measurements than this are no rate.
const LEAST_MOMENTS: usize = 4;
/// The time watched is cut into so many parts...
const PARTS: i64 = 6;
/// ...and so many of them must hold a measurement.
const PARTS_SEEN: usize = 4;
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

/// Why there is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unsteady {
    /// Too few measurements, or they lie too close together for the period.
    #[default]
    Seldom,
    /// Most of the change came at once: nothing says that it goes on.
    Step,
}

/// The rate of a trail in the period that ends now: the median of all slopes, so that one odd
/// measurement does not bend it. What was emptied is looked at since then.
///
/// # Errors
/// Says why there is none: a rate that follows from little would be believed all the same.
pub fn rate(trail: &Trail, period: Period, now: Timestamp) -> Result<Rate, Unsteady> {
    let start = period.seconds().map_or(Timestamp::MIN, |seconds| back(now, seconds + seconds / 10));
    // What was the same before the period began and within it was so at its beginning.
    let spanning = trail.comparable().find(|sample| sample.at < start && sample.until >= start);
    let begin = spanning.map(|sample| (start, sample.bytes));
    let all: Vec<(Timestamp, u64)> = begin.into_iter().chain(trail.moments(start)).collect();
    let moments = since_emptied(&all);
    let rate = slope(moments).ok_or(Unsteady::Seldom)?;
    let least = period.seconds().map_or(LEAST_WATCHED, |seconds| (seconds / PART_WATCHED).max(LEAST_WATCHED));
    let is_flat = moments.iter().all(|(_, bytes)| moments.first().is_some_and(|(_, first)| first == bytes));
    if rate.watched < least {
        Err(Unsteady::Seldom)
    } else if is_step(moments) {
        Err(Unsteady::Step)
    } else if !is_flat && (moments.len() < LEAST_MOMENTS || is_sparse(moments)) {
        Err(Unsteady::Seldom)
    } else {
        Ok(rate)
    }
}

/// How fast a size changed from one measurement to the next; `None` where no time lies between.
#[must_use]
pub fn between(before: (Timestamp, u64), after: (Timestamp, u64)) -> Option<Rate> {
    let (from, to) = (point(before), point(after));
    let watched = after.0.as_second() - before.0.as_second();
    (to.0 > from.0).then(|| Rate { per_second: (to.1 - from.1) / (to.0 - from.0), watched })
}

/// What was measured since it was emptied last, or all of it.
fn since_emptied(moments: &[(Timestamp, u64)]) -> &[(Timestamp, u64)] {
    let fallen = moments.windows(2).rposition(
        |pair| matches!(pair, [(_, before), (_, after)] if before.saturating_sub(*after) > before / FALL),
    );
    moments.get(fallen.map_or(0, |at| at + 1)..).unwrap_or_default()
}

/// Whether more than half of what changed came between two measurements, and far more than their
/// part of the time.
fn is_step(moments: &[(Timestamp, u64)]) -> bool {
    let between = |pair: &[(Timestamp, u64)]| match pair {
        [(from, before), (to, after)] => (float_of(*to) - float_of(*from), float(before.abs_diff(*after))),
        _ => (0.0, 0.0),
    };
    let (time, moved) = moments.windows(2).map(between).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    moments.windows(2).map(between).any(|(part, gained)| {
        gained > moved / 2.0 && gained / moved > 2.0 * part / time.max(f64::MIN_POSITIVE)
    })
}

/// Whether most of the time between first and last was not looked at. A size that was found to be
/// the same again was the same in between.
fn is_sparse(moments: &[(Timestamp, u64)]) -> bool {
    let (Some((first, _)), Some((last, _))) = (moments.first(), moments.last()) else { return true };
    let all = (last.as_second() - first.as_second()).max(1);
    let part_of = |at: Timestamp| ((at.as_second() - first.as_second()) * PARTS / all).min(PARTS - 1);
    let is_seen = |part: &i64| {
        moments.windows(2).any(|pair| match pair {
            [(from, before), (to, after)] => {
                let (from, to) = (part_of(*from), part_of(*to));
                from == *part || to == *part || (before == after && (from..=to).contains(part))
            }
            _ => false,
        })
    };
    (0..PARTS).filter(is_seen).count() < PARTS_SEEN
}

/// The median slope of these moments since it was emptied, oldest first; `None` of fewer than two.
/// Looked at evenly in time: where it was measured often counts no more than where it was not.
#[must_use]
pub fn slope(moments: &[(Timestamp, u64)]) -> Option<Rate> {
    let moments = since_emptied(moments);
    let (first, last) = (point(*moments.first()?), point(*moments.last()?));
    if last.0 <= first.0 {
        return None;
    }
    let mut few: Vec<(f64, f64)> = Vec::new();
    let mut pairs = moments.windows(2).peekable();
    for step in 0..MOMENTS {
        #[expect(clippy::cast_precision_loss, reason = "a number below 16")]
        let at = first.0 + (last.0 - first.0) * step as f64 / (MOMENTS - 1) as f64;
        while pairs.next_if(|pair| pair.get(1).is_some_and(|next| point(*next).0 < at)).is_some() {}
        if let Some([from, to]) = pairs.peek().copied() {
            let (from, to) = (point(*from), point(*to));
            let part = if to.0 > from.0 { ((at - from.0) / (to.0 - from.0)).min(1.0) } else { 1.0 };
            few.push((at, from.1 + (to.1 - from.1) * part));
        } else {
            few.push((at, last.1));
        }
    }
    let mut slopes: Vec<f64> = Vec::with_capacity(few.len() * few.len() / 2);
    for (at, (first, from)) in few.iter().enumerate() {
        for (second, to) in few.iter().skip(at + 1) {
            slopes.push((to - from) / (second - first));
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

/// The rate of several things together.
///
/// # Errors
/// When none of them has one.
pub fn sum(rates: impl Iterator<Item = Result<Rate, Unsteady>>) -> Result<Rate, Unsteady> {
    let both = |a: Result<Rate, Unsteady>, b: Result<Rate, Unsteady>| match (a, b) {
        (Ok(a), Ok(b)) => Ok(Rate {
            per_second: a.per_second + b.per_second,
            // Those that were watched longest know best whether this goes on.
            watched: a.watched.max(b.watched),
        }),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(Unsteady::Step), Err(_)) | (Err(_), Err(Unsteady::Step)) => Err(Unsteady::Step),
        (Err(Unsteady::Seldom), Err(Unsteady::Seldom)) => Err(Unsteady::Seldom),
    };
    rates.reduce(both).unwrap_or(Err(Unsteady::Seldom))
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

    use super::super::{Counted, Sample};
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

    fn day(moments: &[(i64, u64)]) -> Result<i64, Unsteady> {
        let trail = Trail::of(moments.iter().map(|(minute, bytes)| Sample {
            at: at(minute * 60),
            until: at(minute * 60),
            bytes: *bytes,
            counted: Counted::Allocated,
        }));
        let last = moments.last().expect("one").0 * 60;
        rate(&trail, Period::Day, at(last)).map(Rate::rounded)
    }

    #[test]
    fn a_few_minutes_are_no_rate_of_a_day() {
        let lively: Vec<(i64, u64)> =
            (0_i64..12).map(|i| (i, 1_000_000 + i.unsigned_abs() * 60_000)).collect();
        assert_eq!(day(&lively), Err(Unsteady::Seldom));
        assert_eq!(day(&[(0, 5)]), Err(Unsteady::Seldom));
        let ends = [(0, 1000), (1, 1010), (2, 1020), (1439, 800_000), (1440, 800_010)];
        assert_eq!(day(&ends), Err(Unsteady::Seldom), "nobody looked in between");
        let steady: Vec<(i64, u64)> =
            (0_i64..48).map(|i| (i * 30, 1_000_000 + i.unsigned_abs() * 1800)).collect();
        assert_eq!(day(&steady), Ok(1));
    }

    #[test]
    fn one_step_on_a_flat_day_is_no_rate() {
        let step = |when: i64| -> Vec<(i64, u64)> {
            (0..=48).map(|i| (i * 30, if i < when { 70_000 } else { 90_000 })).collect()
        };
        for when in [1, 20, 24, 30, 48] {
            assert_eq!(day(&step(when)), Err(Unsteady::Step), "at {when}");
        }
        assert_eq!(day(&step(60)), Ok(0), "nothing happened, and that is known");
        let flat = Sample { at: at(0), until: at(900_000), bytes: 7, counted: Counted::Allocated };
        assert_eq!(rate(&Trail::of([flat]), Period::Day, at(900_000)).map(Rate::rounded), Ok(0));
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

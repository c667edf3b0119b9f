//! The axis of bytes of a chart: its range, fitted to what is shown, and labels at even distances.

use super::rate::float;
use crate::domain::size::{Units, human};

/// A change of less than this part of the size is drawn small: it must not look like a mountain.
const LEAST_PART: u64 = 40;
/// Nor is a change of some bytes one.
const LEAST_BYTES: u64 = 16;

/// What the rows of a plot stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The size in the middle of the lowest row.
    pub bottom: f64,
    /// Bytes from one row to the next.
    pub per_row: f64,
    /// The label of each row, from the lowest; most have none.
    pub labels: Vec<String>,
}

impl Axis {
    /// The axis of a plot of `rows` rows that shows sizes from `least` to `greatest`.
    #[must_use]
    pub fn of(least: u64, greatest: u64, rows: usize, units: Units) -> Self {
        let greatest = greatest.max(least);
        if least == greatest {
            return Self::flat(least, rows, units);
        }
        // A label on every so many rows; in low plots on more of them.
        let every: u64 = match rows {
            0..=2 => 1,
            3..=8 => 2,
            _ => 3,
        };
        let above = u64::try_from(rows.saturating_sub(1)).unwrap_or(0).max(1);
        let range = (greatest - least).max(greatest / LEAST_PART).max(LEAST_BYTES);
        let low = least.saturating_sub((range - (greatest - least)) / 2);
        let high = low.saturating_add(range).max(greatest);
        let mut step = round_step(range.saturating_mul(every) / above, units);
        loop {
            let first = u128::from(low) * u128::from(every) / u128::from(step);
            let reached = (first + u128::from(above)) * u128::from(step) / u128::from(every);
            let labels = labels(first, step, every, rows, units);
            if let (true, Some(labels)) = (reached >= u128::from(high), labels) {
                let per_row = float(step) / float(every);
                let bottom = float(u64::try_from(first).unwrap_or(u64::MAX)) * per_row;
                return Self { bottom, per_row, labels };
            }
            match step.checked_add(1).map(|more| round_step(more, units)).filter(|next| *next > step) {
                Some(next) => step = next,
                None => return Self::flat(greatest, rows, units),
            }
        }
    }

    /// One size, and nothing else: it has its own row, in the middle.
    fn flat(bytes: u64, rows: usize, units: Units) -> Self {
        let middle = rows / 2;
        let per_row = float(bytes.max(1)) / float(LEAST_PART);
        let mut labels = vec![String::new(); rows];
        if let Some(label) = labels.get_mut(middle) {
            *label = human(bytes, units);
        }
        let below = float(u64::try_from(middle).unwrap_or(0)) * per_row;
        Self { bottom: float(bytes) - below, per_row, labels }
    }
}

/// The labels of rows whose lowest is `first` rows above zero; `None` when two of them read the same.
fn labels(first: u128, step: u64, every: u64, rows: usize, units: Units) -> Option<Vec<String>> {
    let mut labels = Vec::with_capacity(rows);
    let mut before = None;
    for row in (first..).take(rows) {
        if row % u128::from(every) != 0 {
            labels.push(String::new());
            continue;
        }
        let bytes = row / u128::from(every) * u128::from(step);
        let label = human(u64::try_from(bytes).unwrap_or(u64::MAX), units);
        if before.as_ref() == Some(&label) {
            return None;
        }
        before = Some(label.clone());
        labels.push(label);
    }
    Some(labels)
}

/// The least of 1, 2 and 5 times a power of ten (of a unit) that is no less than `step`.
fn round_step(step: u64, units: Units) -> u64 {
    let thousand: u64 = match units {
        Units::Decimal => 1000,
        Units::Binary => 1024,
    };
    let mut unit: u64 = 1;
    while step / unit >= thousand {
        unit = unit.saturating_mul(thousand);
    }
    for factor in [1, 2, 5, 10, 20, 50, 100, 200, 500] {
        let round = unit.saturating_mul(factor);
        if round >= step {
            return round;
        }
    }
    unit.saturating_mul(thousand)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row_of(axis: &Axis, bytes: u64) -> f64 {
        (float(bytes) - axis.bottom) / axis.per_row
    }

    #[test]
    fn one_level_has_its_label_on_its_row() {
        let axis = Axis::of(1_100_000, 1_100_000, 13, Units::Decimal);
        assert_eq!(axis.labels.iter().position(|label| label == "1.1 MB"), Some(6));
        assert_eq!(axis.labels.iter().filter(|label| !label.is_empty()).count(), 1);
        assert!((row_of(&axis, 1_100_000) - 6.0).abs() < 0.01);
    }

    #[test]
    fn three_rows_of_28_gb_do_not_begin_at_zero() {
        let axis = Axis::of(27_600_000_000, 28_300_000_000, 3, Units::Decimal);
        assert!(axis.bottom > 20e9 && axis.per_row < 2e9, "{axis:?}");
    }

    proptest! {
        #[test]
        fn it_holds_what_it_is_for_with_labels_at_even_distances(
            least in 0_u64..1 << 50, spread in 0_u64..1 << 50, rows in 1_usize..16, is_binary: bool
        ) {
            let units = if is_binary { Units::Binary } else { Units::Decimal };
            let axis = Axis::of(least, least + spread, rows, units);
            prop_assert_eq!(axis.labels.len(), rows);
            prop_assert!(row_of(&axis, least) > -0.51);
            let top = float(u64::try_from(rows - 1).expect("small").max(1));
            prop_assert!(row_of(&axis, least + spread) < top + 0.51, "{:?}", axis);
            let places: Vec<usize> =
                (0..rows).filter(|row| !axis.labels[*row].is_empty()).collect();
            prop_assert!(!places.is_empty(), "{:?}", axis);
            let apart: Vec<usize> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
            prop_assert!(apart.iter().all(|each| *each == apart[0]), "{:?}", axis);
        }
    }
}

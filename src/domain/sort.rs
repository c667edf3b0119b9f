//! The order of a list of volumes.

use std::cmp::Ordering;

use super::column::Column;
use super::inventory::Inventory;
use super::volume::Volume;

/// A column and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What to compare.
    pub column: Column,
    /// Whether the greatest come first.
    pub is_descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self::by(Column::Size)
    }
}

impl Sort {
    /// By a column, in the direction in which people first want it.
    #[must_use]
    pub const fn by(column: Column) -> Self {
        Self { column, is_descending: column.starts_descending() }
    }

    /// By `column`; by the other direction when it was that column already.
    #[must_use]
    pub fn chosen(self, column: Column) -> Self {
        if self.column == column {
            Self { column, is_descending: !self.is_descending }
        } else {
            Self::by(column)
        }
    }
}

/// What is known of a volume beside the listing, by position: what `order` compares.
pub trait Figures {
    /// Its size in bytes.
    fn size(&self, at: usize) -> Option<u64>;
    /// By how much that changed since a day ago.
    fn change(&self, at: usize) -> Option<i64>;
    /// When anything in it was last written.
    fn written(&self, at: usize) -> Option<jiff::Timestamp>;
    /// Whether it is protected; `None` where that is not known.
    fn is_protected(&self, volume: &Volume) -> Option<bool>;
}

/// The positions of all volumes of `inventory` in the order of `sort`.
///
/// Unknown and empty values come last in both directions: they are no extreme. Equal ones stay in
/// the order of their names.
#[must_use]
pub fn order(inventory: &Inventory, figures: &impl Figures, sort: Sort) -> Vec<u32> {
    let volumes = &inventory.volumes;
    let text = |at: usize| -> Option<&str> {
        let volume = volumes.get(at)?;
        match sort.column {
            Column::Project => volume.project(),
            Column::Driver => Some(&volume.driver),
            Column::Kind => Some(volume.kind().name()),
            Column::Mountpoint => volume.mountpoint.as_deref(),
            Column::Scope => Some(&volume.scope),
            _ => None,
        }
    };
    let number = |at: usize| -> Option<i128> {
        let volume = volumes.get(at)?;
        match sort.column {
            Column::Size => figures.size(at).map(i128::from),
            Column::Change => figures.change(at).map(i128::from),
            Column::Written => figures.written(at).map(jiff::Timestamp::as_nanosecond),
            Column::Containers => i128::try_from(inventory.holders(at).count()).ok(),
            Column::Created => volume.created_at.map(jiff::Timestamp::as_nanosecond),
            Column::Status => Some(inventory.status(at) as i128),
            Column::Anonymous => Some(i128::from(volume.is_anonymous())),
            Column::Protected => figures.is_protected(volume).map(i128::from),
            Column::Labels => i128::try_from(volume.labels.len()).ok(),
            Column::Options => i128::try_from(volume.options.len()).ok(),
            _ => None,
        }
    };
    match sort.column {
        Column::Name => {
            let mut rows: Vec<u32> = (0..).take(volumes.len()).collect();
            rows.sort_by(|a, b| {
                let name = |at: &u32| volumes.get(*at as usize).map_or("", |v| v.name.as_str());
                directed(natural(name(a), name(b)), sort.is_descending)
            });
            rows
        }
        Column::Project | Column::Driver | Column::Kind | Column::Mountpoint | Column::Scope => keyed(
            volumes.len(),
            |at| text(at).filter(|t| !t.is_empty()),
            sort.is_descending,
            |a, b| natural(a, b),
        ),
        _ => keyed(volumes.len(), number, sort.is_descending, Ord::cmp),
    }
}

fn keyed<K>(
    len: usize,
    key: impl Fn(usize) -> Option<K>,
    is_descending: bool,
    compare: impl Fn(&K, &K) -> Ordering,
) -> Vec<u32> {
    let mut rows: Vec<(Option<K>, u32)> = (0..).take(len).map(|at: u32| (key(at as usize), at)).collect();
    rows.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => directed(compare(a, b), is_descending),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    rows.into_iter().map(|(_, at)| at).collect()
}

const fn directed(ordering: Ordering, is_descending: bool) -> Ordering {
    if is_descending { ordering.reverse() } else { ordering }
}

/// Compares as people do: letters without case, runs of digits as numbers (`web-2` before `web-10`).
#[must_use]
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        match (left.first(), right.first()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number_x, rest_x) = digits(left);
                let (number_y, rest_y) = digits(right);
                let by_number = number_x.len().cmp(&number_y.len()).then_with(|| number_x.cmp(number_y));
                if by_number != Ordering::Equal {
                    return by_number;
                }
                (left, right) = (rest_x, rest_y);
            }
            (Some(x), Some(y)) => {
                let by_letter = x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase());
                if by_letter != Ordering::Equal {
                    return by_letter;
                }
                (left, right) = (left.get(1..).unwrap_or_default(), right.get(1..).unwrap_or_default());
            }
        }
    }
}

/// A leading run of digits without its zeros, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    let zeros = run.iter().take_while(|b| **b == b'0').count();
    (run.get(zeros..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::volume::Volume;
    use super::*;

    /// Sizes alone, or their changes.
    struct Sizes<'a>(&'a [Option<u64>], &'a [Option<i64>]);

    impl Figures for Sizes<'_> {
        fn size(&self, at: usize) -> Option<u64> {
            self.0.get(at).copied().flatten()
        }
        fn change(&self, at: usize) -> Option<i64> {
            self.1.get(at).copied().flatten()
        }
        fn written(&self, at: usize) -> Option<jiff::Timestamp> {
            self.change(at).and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        }
        fn is_protected(&self, _: &Volume) -> Option<bool> {
            None
        }
    }

    fn inventory(names: &[&str]) -> Inventory {
        let volume =
            |n: &&str| Volume { name: (*n).to_owned(), driver: "local".to_owned(), ..Volume::default() };
        Inventory::join(names.iter().map(volume).collect(), vec![], vec![])
    }

    fn shown(inventory: &Inventory, rows: &[u32]) -> Vec<String> {
        rows.iter().map(|at| inventory.volumes[*at as usize].name.clone()).collect()
    }

    #[test]
    fn numbers_in_names_count() {
        let inventory = inventory(&["web-10", "Web-2", "web-1", "alpha"]);
        let rows = order(&inventory, &Sizes(&[], &[]), Sort::by(Column::Name));
        assert_eq!(shown(&inventory, &rows), ["alpha", "web-1", "Web-2", "web-10"]);
    }

    #[test]
    fn unknown_sizes_come_last_both_ways() {
        let inventory = inventory(&["a", "b", "c"]);
        let sizes = &Sizes(&[Some(5), None, Some(9)], &[]);
        let down = Sort::by(Column::Size);
        assert_eq!(shown(&inventory, &order(&inventory, sizes, down)), ["c", "a", "b"]);
        let up = down.chosen(Column::Size);
        assert_eq!(shown(&inventory, &order(&inventory, sizes, up)), ["a", "c", "b"]);
    }

    #[test]
    fn what_grew_most_comes_first_and_what_shrank_before_the_unknown() {
        let inventory = inventory(&["a", "b", "c", "d"]);
        let changes = &Sizes(&[], &[Some(-5), None, Some(9), Some(0)]);
        for column in [Column::Change, Column::Written] {
            assert_eq!(
                shown(&inventory, &order(&inventory, changes, Sort::by(column))),
                ["c", "d", "a", "b"]
            );
        }
    }

    #[test]
    fn choosing_a_column_again_turns_it_round() {
        let sort = Sort::by(Column::Name);
        assert!(!sort.is_descending);
        assert!(sort.chosen(Column::Name).is_descending);
        assert!(sort.chosen(Column::Created).is_descending, "newest first");
    }

    proptest! {
        #[test]
        fn natural_is_an_order(a in "[a-c0-3]{0,6}", b in "[a-c0-3]{0,6}", c in "[a-c0-3]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
        }
    }
}

//! The Monitor: what grew most, live.

use jiff::Timestamp;

use super::cursor::Cursor;
use super::growth::Growth;
use super::sizes::Sizes;
use crate::domain::growth::rate::Rate;
use crate::domain::growth::{Change, Period, chart, difference};
use crate::domain::inventory::Inventory;

/// Moments of the total's chart.
pub const MOMENTS: usize = 96;

/// What the rows are sorted by, the greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// What was gained in the period.
    #[default]
    Change,
    /// How fast it grows.
    Rate,
    /// How large it is.
    Size,
}

impl By {
    /// All of them, as the menu lists them.
    pub const ALL: [Self; 3] = [Self::Change, Self::Rate, Self::Size];

    /// The word for it; the heading's is the same in capitals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Rate => "rate",
            Self::Size => "size",
        }
    }
}

/// The Monitor screen.
#[derive(Debug, Default)]
pub struct Monitor {
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    /// What the rows are sorted by.
    pub by: By,
    /// How far back it looks.
    pub period: Period,
    /// The volumes by position in the inventory, sorted.
    pub rows: Vec<u32>,
    /// The sum of all sizes at so many moments of the period; unknown before the first measurement.
    pub total: Vec<Option<u64>>,
    /// By how much the sum changed, where something was measured twice.
    pub change: Option<Change>,
    /// The period that `total` is about.
    pub from: Timestamp,
    /// The volume that the user went to; until they do, the cursor stays at the top.
    anchor: Option<String>,
}

impl Monitor {
    /// Works out the rows and the total anew, keeping the selected volume selected.
    pub fn settle(&mut self, inventory: &Inventory, sizes: &Sizes, growth: &Growth, now: Timestamp) {
        let gained =
            |at: u32| growth.facts(at as usize).change(self.period).map(|change: Change| change.bytes);
        let size = |at: u32| sizes.bytes(at as usize);
        self.rows = (0..).take(inventory.volumes.len()).collect();
        let rate = |at: u32| growth.facts(at as usize).rate(self.period).ok().map(Rate::rounded);
        let key = |at: u32| match self.by {
            By::Change => gained(at),
            By::Rate => rate(at),
            By::Size => size(at).map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        };
        // What is unknown is no extreme: it comes last, the largest first.
        self.rows.sort_by_cached_key(|at| std::cmp::Reverse((key(*at), size(*at), u32::MAX - *at)));
        self.from = self.period.start(now);
        self.total = chart::total(growth.trails(inventory), self.from, now, MOMENTS);
        self.change = self.changed(inventory, growth);
        let place = |wanted: usize| self.rows.iter().position(|at| *at as usize == wanted);
        let anchored = self.anchor.as_deref().and_then(|name| inventory.position(name)).and_then(place);
        match anchored {
            Some(row) => self.cursor.at = row,
            None if self.anchor.is_none() => self.cursor.at = 0,
            None => self.anchor = None,
        }
        self.cursor.at = self.cursor.at.min(self.rows.len().saturating_sub(1));
    }

    /// By how much the sum changed in the period, or since the first measurement in it.
    fn changed(&self, inventory: &Inventory, growth: &Growth) -> Option<Change> {
        let is_known = |at: &u32| growth.facts(*at as usize).change(self.period).is_some();
        if !self.rows.iter().any(is_known) {
            return None;
        }
        let (first, last) = (*self.total.iter().flatten().next()?, (*self.total.last()?)?);
        let begun = growth.trails(inventory).filter_map(|trail| trail.comparable().next()).map(|s| s.at);
        let begun = begun.min()?;
        let (since, is_whole) = (begun.max(self.from), begun <= self.from);
        Some(Change { bytes: difference(last, first), since, is_whole })
    }

    /// The position of the selected volume in the inventory.
    #[must_use]
    pub fn selected(&self) -> Option<usize> {
        self.rows.get(self.cursor.at).map(|at| *at as usize)
    }

    /// Moves by rows.
    pub fn step(&mut self, steps: isize, inventory: &Inventory) {
        self.cursor.step(steps, self.rows.len());
        self.remember(inventory);
    }

    /// Goes to a row.
    pub fn go_to(&mut self, row: usize, inventory: &Inventory) {
        self.cursor.at = row.min(self.rows.len().saturating_sub(1));
        self.remember(inventory);
    }

    fn remember(&mut self, inventory: &Inventory) {
        self.anchor =
            self.selected().and_then(|at| inventory.volumes.get(at)).map(|volume| volume.name.clone());
    }
}

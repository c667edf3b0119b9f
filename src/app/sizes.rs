//! The sizes of the listed volumes, from whatever knows them best.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::inventory::Inventory;
use crate::domain::remote::Remote;
use crate::domain::status::Status;
use crate::domain::usage::{DiskUsage, Unknown, Usage};
use crate::domain::volume::Kind;

/// What is known of sizes.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    /// The engine's last disk usage.
    pub engine: Remote<Arc<DiskUsage>>,
    /// Whether one is being computed, and whether it waits for somebody else's.
    pub measuring: Option<Measuring>,
    /// What earlier runs recorded.
    pub remembered: Arc<BTreeMap<String, Usage>>,
    /// The sum over all volumes.
    pub all: Totals,
    /// How many are dangling.
    pub dangling: usize,
    /// The sum over the dangling ones whose data is here: what removing them would free.
    pub reclaimable: Totals,
    /// The greatest known size, for the bars.
    pub greatest: u64,
    cells: Vec<Result<Usage, Unknown>>,
}

/// A measurement under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measuring {
    /// Since when.
    pub since: Timestamp,
    /// Whether it waits for another program's to end.
    pub is_waiting: bool,
}

/// Sums over the listed volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many volumes.
    pub volumes: usize,
    /// The sum of the known sizes, in bytes.
    pub bytes: u64,
    /// How many sizes are unknown.
    pub unknown: usize,
}

impl Totals {
    /// Adds one volume.
    pub const fn add(&mut self, size: Option<u64>) {
        self.volumes += 1;
        match size {
            Some(bytes) => self.bytes = self.bytes.saturating_add(bytes),
            None => self.unknown += 1,
        }
    }
}

impl Sizes {
    /// Works out every listed volume's size anew.
    pub fn settle(&mut self, inventory: &Inventory) {
        self.cells = inventory
            .volumes
            .iter()
            .map(|volume| {
                let answer = match (&self.engine, self.engine.value(), self.engine.at()) {
                    (_, Some(usage), Some(at)) => usage.of(volume).map(|bytes| Usage::from_engine(bytes, at)),
                    (Remote::Failed(_), ..) => Err(Unknown::Failed),
                    _ => Err(Unknown::NotMeasured),
                };
                answer.or_else(|unknown| {
                    // A measurement under way explains what is missing only where it will help.
                    let hopeful =
                        matches!(unknown, Unknown::NotMeasured | Unknown::LeftOut | Unknown::Failed);
                    let reason =
                        if self.measuring.is_some() && hopeful { Unknown::Measuring } else { unknown };
                    self.remembered.get(&volume.name).cloned().ok_or(reason)
                })
            })
            .collect();
        let is_dangling = |at: &usize| inventory.status(*at) == Status::Dangling;
        // Removing a share, a bind or a tmpfs frees nothing here: its data is elsewhere.
        let is_here = |at: &usize| {
            inventory.volumes.get(*at).is_some_and(|v| matches!(v.kind(), Kind::Plain | Kind::Plugin))
        };
        self.all = self.total(0..inventory.volumes.len());
        let dangling: Vec<usize> = (0..inventory.volumes.len()).filter(is_dangling).collect();
        self.reclaimable = self.total(dangling.iter().copied().filter(is_here));
        self.dangling = dangling.len();
        self.greatest = (0..self.cells.len()).filter_map(|at| self.bytes(at)).max().unwrap_or(0);
    }

    /// Forgets a volume that was destroyed: its name may be another volume's by now.
    pub fn forget(&mut self, name: &str) {
        if let Remote::Ready { value, .. } | Remote::Stale { value, .. } = &mut self.engine
            && value.sizes.contains_key(name)
        {
            Arc::make_mut(value).sizes.remove(name);
        }
        if self.remembered.contains_key(name) {
            Arc::make_mut(&mut self.remembered).remove(name);
        }
    }

    /// What is known of the volume at this position, or why nothing is.
    ///
    /// # Errors
    /// The reason why nothing is known.
    pub fn of(&self, volume: usize) -> Result<&Usage, Unknown> {
        self.cells.get(volume).map_or(Err(Unknown::NotMeasured), |cell| cell.as_ref().map_err(|why| *why))
    }

    /// The size of the volume at this position, in bytes.
    #[must_use]
    pub fn bytes(&self, volume: usize) -> Option<u64> {
        self.of(volume).ok().and_then(Usage::size)
    }

    /// The sum over these volumes.
    pub fn total(&self, volumes: impl Iterator<Item = usize>) -> Totals {
        let mut totals = Totals::default();
        volumes.for_each(|at| totals.add(self.bytes(at)));
        totals
    }
}

//! The sizes of the listed volumes, from whatever knows them best.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::backing::Backing;
use crate::domain::inventory::Inventory;
use crate::domain::live::Measuring;
use crate::domain::status::Status;
use crate::domain::trouble::Trouble;
use crate::domain::usage::{Largest, Sized, Usage};
use crate::domain::volume::Kind;

/// Why a size is unknown before anybody measured it.
const NOT_MEASURED: &str = "not measured yet";
/// Why that is unknown of what has to be mounted and no running container has.
const NOT_UNASKED: &str = "measured when asked for alone: no running container has it mounted";
/// Why it is unknown while volumes are being measured.
const BEING_MEASURED: &str = "being measured";
/// How many of a volume's largest files are kept for the screen.
const LARGEST: usize = 8;

/// What is known of sizes.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    /// How far the measuring is that is under way.
    pub measuring: Option<Measuring>,
    /// Why the last measuring ended early.
    pub trouble: Option<Trouble>,
    /// The file system of the volumes.
    pub backing: Option<Backing>,
    /// By name: what this run measured, or why it could not.
    known: BTreeMap<String, Known>,
    /// Those that may have been written since they were measured, and when that was.
    touched: BTreeMap<String, Timestamp>,
    /// What earlier runs recorded.
    remembered: Arc<BTreeMap<String, Usage>>,
    /// The sum over all volumes.
    pub all: Totals,
    /// How many are dangling.
    pub dangling: usize,
    /// The sum over the dangling ones whose data is here: what removing them would free.
    pub reclaimable: Totals,
    /// The greatest known size, for the bars.
    pub greatest: u64,
    cells: Vec<Result<Usage, Arc<str>>>,
}

/// What this run knows of a volume.
#[derive(Debug, Clone, Default)]
struct Known {
    usage: Option<Usage>,
    /// Why the last attempt told nothing.
    why: Option<Arc<str>>,
    largest: Vec<Largest>,
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
        let unmeasured: Arc<str> =
            if self.measuring.is_some() { BEING_MEASURED } else { NOT_MEASURED }.into();
        let unasked: Arc<str> = NOT_UNASKED.into();
        self.cells = inventory
            .volumes
            .iter()
            .map(|volume| {
                let known = self.known.get(&volume.name);
                let usage =
                    known.and_then(|k| k.usage.as_ref()).or_else(|| self.remembered.get(&volume.name));
                let is_unasked = volume.kind() != Kind::Plain
                    && inventory
                        .position(&volume.name)
                        .is_none_or(|at| inventory.status(at) != Status::InUse);
                let nobody = if is_unasked && self.measuring.is_none() { &unasked } else { &unmeasured };
                let why = || known.and_then(|k| k.why.clone()).unwrap_or_else(|| Arc::clone(nobody));
                usage.cloned().ok_or_else(why)
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

    /// Takes in what earlier runs recorded.
    pub fn remember(&mut self, usages: Arc<BTreeMap<String, Usage>>) {
        self.remembered = usages;
    }

    /// Takes in what came of some volumes. What was known of one that could not be measured now
    /// stays, with its age.
    pub fn measured(&mut self, sizes: Vec<Sized>) {
        for sized in sizes {
            // A measuring that began before it was written may not have seen that.
            if let Ok(measured) = &sized.outcome
                && self.touched.get(&sized.name).is_some_and(|at| measured.usage.measured_at > *at)
            {
                self.touched.remove(&sized.name);
            }
            let known = self.known.entry(sized.name).or_default();
            match sized.outcome {
                Ok(mut measured) => {
                    measured.largest.truncate(LARGEST);
                    measured.largest.shrink_to_fit();
                    *known = Known { usage: Some(measured.usage), why: None, largest: measured.largest };
                }
                Err(why) => known.why = Some(why.into()),
            }
        }
    }

    /// Whether anything was measured in this run.
    #[must_use]
    pub fn has_measured(&self) -> bool {
        self.known.values().any(|known| known.usage.is_some())
    }

    /// A volume may have been written: what was measured of it is old.
    pub fn touch(&mut self, name: &str, at: Timestamp) {
        self.touched.insert(name.to_owned(), at);
    }

    /// The volumes that may have been written since they were measured.
    #[must_use]
    pub const fn touched(&self) -> &BTreeMap<String, Timestamp> {
        &self.touched
    }

    /// Forgets a volume that was destroyed: its name may be another volume's by now.
    pub fn forget(&mut self, name: &str) {
        self.known.remove(name);
        self.touched.remove(name);
        if self.remembered.contains_key(name) {
            Arc::make_mut(&mut self.remembered).remove(name);
        }
    }

    /// What is known of the volume at this position, or why nothing is.
    ///
    /// # Errors
    /// The reason why nothing is known.
    pub fn of(&self, volume: usize) -> Result<&Usage, &str> {
        self.cells.get(volume).map_or(Err(NOT_MEASURED), |cell| cell.as_ref().map_err(AsRef::as_ref))
    }

    /// Why the last attempt to measure a volume told nothing.
    #[must_use]
    pub fn why(&self, name: &str) -> Option<&str> {
        self.known.get(name)?.why.as_deref()
    }

    /// The largest files of a volume, the largest first.
    #[must_use]
    pub fn largest(&self, name: &str) -> &[Largest] {
        self.known.get(name).map_or(&[], |known| &known.largest)
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

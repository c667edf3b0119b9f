//! How the listed volumes grow, and the past of the one that is looked at.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::sizes::Sizes;
use crate::domain::age::span;
use crate::domain::backing::Backing;
use crate::domain::growth::past::Past;
use crate::domain::growth::rate::{self, Rate, Unsteady};
use crate::domain::growth::trail::Trail;
use crate::domain::growth::{Change, Period, Sample};
use crate::domain::inventory::Inventory;
use crate::domain::protection::Protection;
use crate::domain::remote::Remote;
use crate::domain::size::{Units, human};
use crate::domain::sort::Figures;
use crate::domain::threshold::Rules;
use crate::domain::usage::Usage;
use crate::domain::volume::Volume;

/// Periods move on with time; so often they are looked at anew although nothing was measured.
const STALE_SECONDS: i64 = 300;
/// So many trails of volumes that are not listed are kept before they are forgotten.
const UNLISTED: usize = 256;
/// So many warnings are read; of more the number is enough.
const MOST_WARNINGS: usize = 50;

/// How fast something grows, by period, or why that is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rates([Result<Rate, Unsteady>; 3]);

impl Rates {
    fn of(&self, period: Period) -> Result<Rate, Unsteady> {
        Facts::place(period).and_then(|at| self.0.get(at).copied()).unwrap_or(Err(Unsteady::Seldom))
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self([Err(Unsteady::Seldom); 3])
    }
}

/// What follows from the trail of one volume.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Facts {
    changes: [Option<Change>; 3],
    rates: Rates,
    /// The threshold that it is past, in bytes.
    pub passed: Option<u64>,
}

impl Facts {
    fn of(trail: &Trail, now: Timestamp) -> Self {
        Self {
            changes: Period::BOUNDED.map(|period| trail.change(period, now)),
            rates: Rates(Period::BOUNDED.map(|period| rate::rate(trail, period, now))),
            passed: None,
        }
    }

    /// By how much its size changed in the hour, day or week.
    #[must_use]
    pub fn change(&self, period: Period) -> Option<Change> {
        Self::place(period).and_then(|at| self.changes.get(at).copied().flatten())
    }

    /// How fast it grew in the hour, day or week.
    ///
    /// # Errors
    /// Says why that is not known.
    pub fn rate(&self, period: Period) -> Result<Rate, Unsteady> {
        self.rates.of(period)
    }

    fn place(period: Period) -> Option<usize> {
        Period::BOUNDED.iter().position(|bounded| *bounded == period)
    }
}

#[derive(Debug, Default)]
struct Entry {
    trail: Trail,
    facts: Facts,
}

/// How everything grows.
#[derive(Debug, Default)]
pub struct Growth {
    entries: HashMap<String, Entry>,
    /// By position in the inventory.
    cells: Vec<Facts>,
    /// What is watched for.
    pub rules: Rules,
    /// How many volumes are past their threshold.
    pub passed: usize,
    /// The period of the History tab.
    pub period: Period,
    /// What is remembered of `past_name`.
    pub past: Remote<Box<Past>>,
    /// What `past` is about.
    pub past_name: Option<String>,
    /// How fast all listed volumes grow together, by period.
    rates: Rates,
    computed: Option<Timestamp>,
}

impl Growth {
    /// Nothing known yet, and what is watched for.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// What another engine's volumes did says nothing of this one's.
    pub fn clear(&mut self) {
        *self = Self { rules: std::mem::take(&mut self.rules), period: self.period, ..Self::default() };
    }

    /// Takes in what earlier runs recorded; what was measured since goes on from there.
    pub fn recorded(&mut self, trails: &BTreeMap<String, Trail>, now: Timestamp) {
        for (name, trail) in trails {
            let entry = self.entries.entry(name.clone()).or_default();
            let since = std::mem::replace(&mut entry.trail, trail.clone());
            for sample in since.comparable() {
                entry.trail.push(*sample);
            }
            entry.facts = Facts::of(&entry.trail, now);
        }
    }

    /// Takes in what was measured since, and works out what follows.
    pub fn settle(&mut self, inventory: &Inventory, sizes: &Sizes, now: Timestamp) {
        self.cells.clear();
        self.cells.reserve(inventory.volumes.len());
        self.passed = 0;
        for (at, volume) in inventory.volumes.iter().enumerate() {
            let usage = sizes.of(at).ok();
            let sample = usage.and_then(Sample::of);
            let is_first = !self.entries.contains_key(&volume.name);
            if let (true, Some(_)) = (is_first, sample) {
                self.entries.insert(volume.name.clone(), Entry::default());
            }
            let mut facts = Facts::default();
            if let Some(entry) = self.entries.get_mut(&volume.name) {
                if sample.is_some_and(|sample| entry.trail.push(sample)) {
                    entry.trail.thin(now);
                    entry.facts = Facts::of(&entry.trail, now);
                }
                facts = entry.facts;
            }
            facts.passed = self.rules.passed(&volume.name, usage.and_then(Usage::size));
            self.passed += usize::from(facts.passed.is_some());
            self.cells.push(facts);
        }
        if self.entries.len() > inventory.volumes.len() + UNLISTED && !inventory.volumes.is_empty() {
            self.entries.retain(|name, _| inventory.position(name).is_some());
        }
        self.rates =
            Rates(Period::BOUNDED.map(|period| rate::sum(self.cells.iter().map(|f| f.rate(period)))));
        self.computed.get_or_insert(now);
    }

    /// Moves the periods on; whether that was due.
    pub fn age(&mut self, now: Timestamp) -> bool {
        if self.computed.is_none_or(|at| now.as_second() - at.as_second() < STALE_SECONDS) {
            return false;
        }
        self.computed = Some(now);
        for entry in self.entries.values_mut() {
            entry.facts = Facts::of(&entry.trail, now);
        }
        true
    }

    /// Forgets a volume that was destroyed: its name may be another volume's by now.
    pub fn forget(&mut self, name: &str) {
        self.entries.remove(name);
        if self.past_name.as_deref() == Some(name) {
            self.past = Remote::NotAsked;
            self.past_name = None;
        }
    }

    /// What is known of the volume at this position.
    #[must_use]
    pub fn facts(&self, volume: usize) -> Facts {
        self.cells.get(volume).copied().unwrap_or_default()
    }

    /// The sizes of a volume over time, as densely as they are known.
    #[must_use]
    pub fn trail(&self, name: &str) -> Option<&Trail> {
        self.entries.get(name).map(|entry| &entry.trail)
    }

    /// What is remembered of a volume, where it was asked for and has come.
    #[must_use]
    pub fn past_of(&self, name: &str) -> Option<&Past> {
        self.past.value().filter(|_| self.past_name.as_deref() == Some(name)).map(|past| &**past)
    }

    /// All trails of the listed volumes.
    pub fn trails<'a>(&'a self, inventory: &'a Inventory) -> impl Iterator<Item = &'a Trail> {
        inventory.volumes.iter().filter_map(|volume| self.trail(&volume.name))
    }

    /// How fast all listed volumes grow together.
    ///
    /// # Errors
    /// Says why that is not known.
    pub fn total_rate(&self, period: Period) -> Result<Rate, Unsteady> {
        self.rates.of(period)
    }

    /// Everything that this warns of.
    #[must_use]
    pub fn warnings(&self, inventory: &Inventory, sizes: &Sizes, units: Units) -> Vec<String> {
        let mut warnings = Vec::new();
        if let (Some(seconds), Some(backing)) = (self.fills(sizes.backing), sizes.backing) {
            let left = human(backing.available, units);
            warnings.push(format!(
                "The file system of the volumes will be full within {} at the present rate: {left} are left.",
                span(seconds)
            ));
        }
        let all = if self.passed > 0 { inventory.volumes.as_slice() } else { &[] };
        for (at, volume) in all.iter().enumerate() {
            if let (Some(limit), Some(bytes)) = (self.facts(at).passed, sizes.bytes(at)) {
                let (bytes, limit) = (human(bytes, units), human(limit, units));
                warnings.push(format!("'{}' is past its threshold: {bytes} of {limit}.", volume.name));
                if warnings.len() > MOST_WARNINGS {
                    warnings
                        .push(format!("and {} volumes more are past theirs", self.passed - MOST_WARNINGS));
                    break;
                }
            }
        }
        warnings
    }

    /// Seconds until the file system is full, when that is soon enough to be warned of.
    #[must_use]
    pub fn fills(&self, backing: Option<Backing>) -> Option<i64> {
        self.rules.fills(backing, self.total_rate(Period::Day).ok())
    }
}

/// What the list is sorted by.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The sizes.
    pub sizes: &'a Sizes,
    /// How they change.
    pub growth: &'a Growth,
    /// What is protected, where that is known.
    pub protection: Option<&'a Protection>,
}

impl Figures for Known<'_> {
    fn size(&self, at: usize) -> Option<u64> {
        self.sizes.bytes(at)
    }

    fn change(&self, at: usize) -> Option<i64> {
        Change::over_all(self.growth.facts(at).change(Period::Day))
    }

    fn written(&self, at: usize) -> Option<Timestamp> {
        self.sizes.of(at).ok().and_then(|usage| usage.newest_write)
    }

    fn is_protected(&self, volume: &Volume) -> Option<bool> {
        self.protection.map(|protection| protection.of(volume).is_some())
    }
}

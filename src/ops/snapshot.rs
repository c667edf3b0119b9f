//! The volumes of this moment with what is known of them: what scripts print.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::survey::{self, Wish};
use super::watched;
use crate::domain::growth::{Change, Period, back};
use crate::domain::inventory::Inventory;
use crate::domain::protection::Protection;
use crate::domain::query::Query;
use crate::domain::sort::Figures;
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;
use crate::domain::volume::Volume;
use crate::engine::{Error, SharedEngine};
use crate::history::{History, Seen};

/// What was measured longer ago says nothing of the last day.
const DAY_AND_A_HALF: i64 = 36 * 3600;

/// One listing with the last known usages.
#[derive(Debug)]
pub struct Snapshot {
    /// The volumes and containers.
    pub inventory: Inventory,
    /// By volume name: what was measured last.
    pub usages: BTreeMap<String, Usage>,
    /// By volume name: by how much that changed since a day ago, where that is known.
    pub changes: BTreeMap<String, i64>,
    /// By volume name: why it could not be measured, where it was told to.
    pub unmeasured: BTreeMap<String, String>,
    /// What is protected, where that is known.
    pub protection: Option<Protection>,
    /// Why the history did not help, when it did not.
    pub history_trouble: Option<Trouble>,
}

impl Figures for Snapshot {
    fn size(&self, at: usize) -> Option<u64> {
        self.usages.get(&self.inventory.volumes.get(at)?.name)?.size()
    }

    fn change(&self, at: usize) -> Option<i64> {
        self.changes.get(&self.inventory.volumes.get(at)?.name).copied()
    }

    fn written(&self, at: usize) -> Option<Timestamp> {
        self.usages.get(&self.inventory.volumes.get(at)?.name)?.newest_write
    }

    fn is_protected(&self, volume: &Volume) -> Option<bool> {
        self.protection.as_ref().map(|protection| protection.of(volume).is_some())
    }
}

/// Lists, remembers the listing, and adds the usages that are known; first measures the volumes that
/// pass, where it is told to.
///
/// # Errors
/// When the engine does not list, or does not measure although told to.
pub async fn take(
    engine: &SharedEngine,
    history: Option<&History>,
    measured: Option<&Query>,
) -> Result<Snapshot, Error> {
    let at = Timestamp::now();
    let inventory = engine.list().await?;
    let identity = &engine.info().id;
    let is_created_stable = engine.info().capabilities.created_is_stable;
    let seen = Seen { at, is_watched: false, is_created_stable };
    let mut history_trouble = None;
    let mut keep = |outcome: Result<(), crate::history::Error>| {
        if let Err(error) = outcome {
            history_trouble = Some(error.trouble());
        }
    };
    if let Some(history) = history {
        keep(watched::sweep(history, identity));
        keep(history.record_inventory(identity, &inventory, seen));
    }
    let (mut usages, mut unmeasured) = (BTreeMap::new(), BTreeMap::new());
    if let Some(query) = measured {
        let wanted = inventory.volumes.iter().enumerate().filter(|(at, _)| query.matches(&inventory, *at));
        let wanted = wanted.map(|(_, volume)| volume.clone()).collect();
        let outcome = survey::measure_all(engine, wanted, Wish::default(), &mut |_| {}).await?;
        if let Some(history) = history {
            let known = outcome.iter().filter_map(|(name, m)| Some((name.as_str(), m.as_ref().ok()?)));
            keep(history.record_measured(identity, known));
        }
        for (name, measured) in outcome {
            match measured {
                Ok(measured) => drop(usages.insert(name, measured.usage)),
                Err(why) => drop(unmeasured.insert(name, why)),
            }
        }
    }
    if let Some(history) = history {
        match history.usages(identity) {
            Ok(known) => known.into_iter().for_each(|(name, usage)| {
                usages.entry(name).or_insert(usage);
            }),
            Err(error) => history_trouble = Some(error.trouble()),
        }
    }
    let mut changes = BTreeMap::new();
    if let Some(history) = history {
        let now = Timestamp::now();
        match history.trails(identity, back(now, DAY_AND_A_HALF), now) {
            Ok(trails) => {
                changes.extend(trails.into_iter().filter_map(|(name, trail)| {
                    Some((name, Change::over_all(trail.change(Period::Day, now))?))
                }));
            }
            Err(error) => history_trouble = Some(error.trouble()),
        }
    }
    Ok(Snapshot { inventory, usages, changes, unmeasured, protection: None, history_trouble })
}

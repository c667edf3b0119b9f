//! The volumes of this moment with what is known of them: what scripts print.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::survey::{self, Wish};
use crate::domain::inventory::Inventory;
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;
use crate::engine::{Error, SharedEngine};
use crate::history::{History, Seen};

/// One listing with the last known usages.
#[derive(Debug)]
pub struct Snapshot {
    /// The volumes and containers.
    pub inventory: Inventory,
    /// By volume name: what was measured last.
    pub usages: BTreeMap<String, Usage>,
    /// Why the history did not help, when it did not.
    pub history_trouble: Option<Trouble>,
}

/// Lists, remembers the listing, and adds the usages that are known; measures first when told.
///
/// # Errors
/// When the engine does not list, or does not measure although told to.
pub async fn take(
    engine: &SharedEngine,
    history: Option<&History>,
    is_measured: bool,
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
        keep(history.record_inventory(identity, &inventory, seen));
    }
    let mut usages = BTreeMap::new();
    if is_measured {
        let all = inventory.volumes.clone();
        let outcome = survey::measure_all(engine, all, Wish::default(), &mut |_| {}).await?;
        usages =
            outcome.into_iter().filter_map(|(name, measured)| Some((name, measured.ok()?.usage))).collect();
        if let Some(history) = history {
            keep(history.record_usages(identity, usages.iter().map(|(n, u)| (n.as_str(), u))));
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
    Ok(Snapshot { inventory, usages, history_trouble })
}

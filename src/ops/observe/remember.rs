//! What the watcher writes down, away from its own task: SQLite may have to wait for the disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::inventory::Inventory;
use crate::domain::provenance::Provenance;
use crate::domain::trouble::Trouble;
use crate::domain::usage::{DiskUsage, Usage};
use crate::history::{Error, History};

/// Something to write down.
pub(super) enum Note {
    /// A listing.
    Listing { inventory: Arc<Inventory>, at: Timestamp, is_watched: bool },
    /// A volume that was destroyed, by its event.
    Gone { name: String, at: Timestamp },
    /// A disk usage, with the listing that says which of its figures count.
    Usage { inventory: Arc<Inventory>, usage: Arc<DiskUsage>, at: Timestamp },
}

/// What came of it.
pub(super) enum Noted {
    Provenance(BTreeMap<String, Provenance>),
    Written,
    Failed(Trouble),
}

/// Writes a note on a thread that may block.
pub(super) async fn note(history: Arc<History>, engine: String, note: Note) -> Noted {
    let written = tokio::task::spawn_blocking(move || write(&history, &engine, &note)).await;
    match written {
        Ok(Ok(noted)) => noted,
        Ok(Err(error)) => Noted::Failed(error.trouble()),
        Err(error) => Noted::Failed(Trouble::new("the history cannot be kept", error.to_string())),
    }
}

/// The usages that earlier runs recorded.
pub(super) async fn usages(
    history: Arc<History>,
    engine: String,
) -> Result<BTreeMap<String, Usage>, Trouble> {
    match tokio::task::spawn_blocking(move || history.usages(&engine)).await {
        Ok(known) => known.map_err(|error| error.trouble()),
        Err(error) => Err(Trouble::new("the history cannot be read", error.to_string())),
    }
}

fn write(history: &History, engine: &str, note: &Note) -> Result<Noted, Error> {
    match note {
        Note::Listing { inventory, at, is_watched } => {
            history.record_inventory(engine, inventory, *at, *is_watched)?;
            Ok(Noted::Provenance(history.provenance(engine)?))
        }
        Note::Gone { name, at } => {
            history.record_gone(engine, name, *at)?;
            Ok(Noted::Written)
        }
        Note::Usage { inventory, usage, at } => {
            let usages: Vec<(&str, Usage)> = inventory
                .volumes
                .iter()
                .filter_map(|v| Some((v.name.as_str(), Usage::from_engine(usage.of(v).ok()?, *at))))
                .collect();
            history.record_usages(engine, usages.iter().map(|(name, usage)| (*name, usage)))?;
            Ok(Noted::Written)
        }
    }
}

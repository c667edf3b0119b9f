//! Protecting volumes, and lifting what protects them.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Map;

use super::right::{Audited, Right};
use crate::domain::inventory::Inventory;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::history::Seen;

/// Protects volumes, or lifts what protects them, until they are removed.
///
/// All of them or none: a name that no volume has is refused.
pub async fn protect(right: &Right, names: &[String], is_on: bool) -> Audited {
    let action = if is_on { "protect" } else { "unprotect" };
    right.audited(action, names.to_vec(), Map::new(), decide(right, names, is_on)).await
}

async fn decide(right: &Right, names: &[String], is_on: bool) -> Result<(), Trouble> {
    let summary = if is_on { "nothing was protected" } else { "no protection was lifted" };
    let engine = right.engine();
    let at = Timestamp::now();
    let inventory = engine.list().await.map_err(|error| error.trouble(summary))?;
    let volumes = found(&inventory, names, summary)?;
    let Some(history) = right.history().map(Arc::clone) else {
        return Err(Trouble::new(summary, "the history, which holds the list, cannot be opened")
            .with_remedy("mend the history.db in volx' state folder, or move it away"));
    };
    let is_created_stable = engine.info().capabilities.created_is_stable;
    let seen = Seen { at, is_watched: false, is_created_stable };
    let identity = engine.info().id.clone();
    let writing = move || history.decide_protection(&identity, &volumes, is_on, seen);
    match tokio::task::spawn_blocking(writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Trouble::new(summary, error.to_string())
            .with_remedy("make room on that disk, or look who owns that file")),
        Err(error) => Err(Trouble::new(summary, error.to_string())),
    }
}

/// The volumes of these names.
///
/// # Errors
/// Names those that there are not, and what was nearly meant.
fn found(inventory: &Inventory, names: &[String], summary: &str) -> Result<Vec<Volume>, Trouble> {
    let (mut volumes, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match inventory.position(name).and_then(|at| inventory.volumes.get(at)) {
            Some(volume) => volumes.push(volume.clone()),
            None => missing.push(name.as_str()),
        }
    }
    let trouble = Trouble::new(summary, format!("no such volume: {}", missing.join(", ")));
    match (missing.as_slice(), missing.iter().find_map(|name| inventory.nearest(name))) {
        ([], _) => Ok(volumes),
        (_, Some(near)) => Err(trouble.with_remedy(format!("did you mean '{near}'?"))),
        (_, None) => Err(trouble),
    }
}

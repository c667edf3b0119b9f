//! Containers that write much beside their volumes, and those whose folders are missing.

use super::sources::Sources;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layers;
use crate::domain::mount::Source;
use crate::domain::size::{Units, human};

/// As many are named; of more only the number is told.
const NAMED: usize = 20;

/// What is said of a writable layer that holds this much.
#[must_use]
pub fn layer_words(bytes: u64, units: Units) -> String {
    format!(
        "{} in the writable layer: gone when the container is removed; give it a volume for what it writes",
        human(bytes, units)
    )
}

/// A sentence for each folder of the host that a container binds and that is known to be missing.
#[must_use]
pub fn source_warnings(inventory: &Inventory, sources: &Sources) -> Vec<String> {
    let missing = inventory.containers.iter().flat_map(|container| {
        container.mounts.iter().filter_map(move |mount| match &mount.source {
            Source::Bind(path) if sources.of(path) == Some(false) => Some((path, &container.name)),
            _ => None,
        })
    });
    let mut said: Vec<String> = missing
        .map(|(path, name)| format!("The container '{name}' binds the host's '{path}', which is missing."))
        .collect();
    let more = said.len().saturating_sub(NAMED);
    said.truncate(NAMED);
    if more > 0 {
        said.push(format!("{more} more bound folders are missing; the map shows them."));
    }
    said
}

/// A sentence for each container whose layer holds `limit` or more, the fullest first.
#[must_use]
pub fn layer_warnings(inventory: &Inventory, layers: &Layers, limit: u64, units: Units) -> Vec<String> {
    let mut heavy: Vec<(u64, &str)> = inventory
        .containers
        .iter()
        .filter_map(|c| Some((layers.written(&c.id).ok().filter(|b| *b >= limit)?, c.name.as_str())))
        .collect();
    heavy.sort_unstable_by(|(a, a_name), (b, b_name)| b.cmp(a).then_with(|| a_name.cmp(b_name)));
    let mut said: Vec<String> = heavy
        .iter()
        .take(NAMED)
        .map(|(bytes, name)| format!("The container '{name}' has {}.", layer_words(*bytes, units)))
        .collect();
    let more = heavy.len().saturating_sub(NAMED);
    if more > 0 {
        said.push(format!("{more} more containers have as much in theirs; the map shows them."));
    }
    said
}

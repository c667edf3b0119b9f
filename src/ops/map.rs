//! The storage map: what the engine and this machine are asked for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};

use crate::access::sources;
use crate::domain::engine::EngineInfo;
use crate::domain::inventory::Inventory;
use crate::domain::layer::{Layers, Told};
use crate::domain::map::{Known, Map, Sources};
use crate::domain::mount::Source;
use crate::engine::SharedEngine;

/// How many layers an engine walks for us at once: its disk is somebody's.
const AT_ONCE: usize = 4;

/// One container's answer: its id and what was told; `None` when it is gone.
pub type Answer = (String, Option<Told>);

/// Asks for the writable layer of each of these containers. Dropping the stream ends it.
#[must_use]
pub fn layers(engine: SharedEngine, containers: Vec<String>) -> BoxStream<'static, Answer> {
    let ask = move |id: String| {
        let engine = Arc::clone(&engine);
        async move {
            let told = match engine.layer(&id).await {
                Ok(layer) => layer.map(Ok),
                Err(error) => Some(Err(Arc::from(error.to_string()))),
            };
            (id, told)
        }
    };
    stream::iter(containers).map(ask).buffer_unordered(AT_ONCE).boxed()
}

/// The ids of all containers.
#[must_use]
pub fn containers(inventory: &Inventory) -> Vec<String> {
    inventory.containers.iter().map(|container| container.id.clone()).collect()
}

/// Looks whether the sources of the bind mounts are there.
pub async fn bind_sources(engine: &EngineInfo, inventory: &Inventory) -> Sources {
    let mounts = inventory.containers.iter().flat_map(|container| &container.mounts);
    let paths: BTreeSet<&String> = mounts
        .filter_map(|mount| match &mount.source {
            Source::Bind(path) => Some(path),
            _ => None,
        })
        .collect();
    if paths.is_empty() {
        return Sources::default();
    }
    sources::look(engine, paths.into_iter().cloned().collect()).await
}

/// Everything for a map at this moment.
#[derive(Debug)]
pub struct Findings {
    /// The layers; nothing of them unless they were asked for.
    pub layers: Layers,
    /// The sources of the bind mounts.
    pub sources: Sources,
}

/// Asks for all that a map needs beside a listing; for the layers only when told, as they cost.
pub async fn find(engine: &SharedEngine, inventory: &Inventory, with_layers: bool) -> Findings {
    let mut known = Layers::default();
    if with_layers {
        let mut answers = layers(Arc::clone(engine), containers(inventory));
        while let Some((id, told)) = answers.next().await {
            known.take(told.map(|told| (id, told)));
        }
    }
    Findings { layers: known, sources: bind_sources(engine.info(), inventory).await }
}

impl Findings {
    /// The map of it.
    pub fn map(&self, inventory: &Inventory, size: impl Fn(usize) -> Option<u64>, layer_warning: u64) -> Map {
        let known = Known { size, layers: &self.layers, sources: &self.sources, layer_warning };
        Map::build(inventory, &known)
    }
}

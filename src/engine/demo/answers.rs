//! What the demo says of itself and of a volume, in Docker's words.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::engine::{ApiVersion, Capabilities, EngineInfo, Product};
use crate::domain::secret::mask_inspect;
use crate::domain::volume::Volume;

/// The first API version whose engines label anonymous volumes, as some of the demo's are.
const API: ApiVersion = ApiVersion::new(1, 42);

/// A volume as Docker's inspect prints it, secrets masked.
pub(super) fn inspected(volume: &Volume) -> Value {
    let or_null = |map: &BTreeMap<String, String>| {
        if map.is_empty() { Value::Null } else { json!(map) }
    };
    let mut answer = json!({
        "CreatedAt": volume.created_at.map(|at| at.to_string()),
        "Driver": volume.driver,
        "Labels": or_null(&volume.labels),
        "Mountpoint": volume.mountpoint.as_deref().unwrap_or_default(),
        "Name": volume.name,
        "Options": or_null(&volume.options),
        "Scope": volume.scope,
    });
    mask_inspect(&mut answer);
    answer
}

/// What it says of itself.
pub(super) fn info() -> EngineInfo {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let platform = ("linux".to_owned(), "amd64".to_owned());
    EngineInfo {
        id: "demo".to_owned(),
        name: "demo-host".to_owned(),
        address: "demo".to_owned(),
        context: None,
        chosen_by: "--demo".to_owned(),
        root_dir: Some(super::ROOT.to_owned()),
        is_swarm_manager: false,
        is_read_only: false,
        capabilities: Capabilities {
            labels_anonymous: true,
            ..Capabilities::derive(Product::Demo, version, API, (API, API), platform)
        },
    }
}

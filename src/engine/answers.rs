//! The engine's answers as tolerant structs: every field optional, every word a string, so that
//! one odd object never costs a whole list.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::domain::container::{Container, State};
use crate::domain::mount::{Mount, Source};
use crate::domain::volume::{Volume, parse_created};

/// Reads JSON `null` as the type's default: the engine sends it for empty lists and maps.
pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// One entry of `GET /containers/json`.
#[derive(Debug, Deserialize)]
pub struct ListedContainer {
    #[serde(rename = "Id", default, deserialize_with = "null_is_default")]
    id: String,
    #[serde(rename = "Names", default, deserialize_with = "null_is_default")]
    names: Vec<String>,
    #[serde(rename = "Image", default, deserialize_with = "null_is_default")]
    image: String,
    #[serde(rename = "State", default, deserialize_with = "null_is_default")]
    state: String,
    #[serde(rename = "Labels", default, deserialize_with = "null_is_default")]
    labels: WantedLabels,
    #[serde(rename = "Mounts", default, deserialize_with = "null_is_default")]
    mounts: Vec<ListedMount>,
}

/// The few labels that matter; the others of a large list are not kept for a moment.
#[derive(Debug, Default, Deserialize)]
struct WantedLabels {
    #[serde(rename = "com.docker.compose.project", default)]
    project: Option<String>,
    #[serde(rename = "com.docker.compose.service", default)]
    service: Option<String>,
    #[serde(rename = "volx.helper", default)]
    helper: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ListedMount {
    #[serde(rename = "Type", default, deserialize_with = "null_is_default")]
    kind: String,
    #[serde(rename = "Name", default, deserialize_with = "null_is_default")]
    name: String,
    #[serde(rename = "Source", default, deserialize_with = "null_is_default")]
    source: String,
    #[serde(rename = "Destination", default, deserialize_with = "null_is_default")]
    destination: String,
    #[serde(rename = "RW", default, deserialize_with = "null_is_default")]
    is_writable: bool,
}

impl From<ListedContainer> for Container {
    fn from(listed: ListedContainer) -> Self {
        // Linked containers list names such as `/other/alias`; the own one has a single slash.
        let own = listed.names.iter().find(|n| n.trim_start_matches('/').find('/').is_none());
        let name = own.or(listed.names.first()).map_or_else(
            || listed.id.chars().take(12).collect(),
            |name| name.trim_start_matches('/').to_owned(),
        );
        Self {
            id: listed.id,
            name,
            image: listed.image,
            state: State::from_engine(&listed.state),
            project: listed.labels.project.filter(|p| !p.is_empty()),
            service: listed.labels.service.filter(|s| !s.is_empty()),
            is_helper: listed.labels.helper.is_some(),
            mounts: listed.mounts.into_iter().map(Mount::from).collect(),
        }
    }
}

impl From<ListedMount> for Mount {
    fn from(listed: ListedMount) -> Self {
        let source = match listed.kind.as_str() {
            "volume" => Source::Volume(listed.name),
            "bind" => Source::Bind(listed.source),
            "tmpfs" => Source::Tmpfs,
            _ => Source::Other(listed.kind),
        };
        Self { source, destination: listed.destination, read_only: !listed.is_writable }
    }
}

/// `GET /volumes`.
#[derive(Debug, Deserialize)]
pub struct ListedVolumes {
    /// The volumes; `null` where there are none. An answer without them is no list.
    #[serde(rename = "Volumes", deserialize_with = "null_is_default")]
    pub volumes: Vec<ListedVolume>,
    /// What the engine warns of (a plugin that does not answer).
    #[serde(rename = "Warnings", default, deserialize_with = "null_is_default")]
    pub warnings: Vec<String>,
}

/// One entry of `GET /volumes`. bollard's own refuses a plugin's `Status`, a scope it does not
/// know and a cluster volume's newer words, and with them the whole list.
#[derive(Debug, Deserialize)]
pub struct ListedVolume {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Driver", default, deserialize_with = "null_is_default")]
    driver: String,
    #[serde(rename = "Scope", default, deserialize_with = "null_is_default")]
    scope: String,
    #[serde(rename = "Mountpoint", default, deserialize_with = "null_is_default")]
    mountpoint: String,
    #[serde(rename = "CreatedAt", default, deserialize_with = "null_is_default")]
    created_at: String,
    #[serde(rename = "Labels", default, deserialize_with = "null_is_default")]
    labels: BTreeMap<String, String>,
    #[serde(rename = "Options", default, deserialize_with = "null_is_default")]
    options: BTreeMap<String, String>,
}

impl From<ListedVolume> for Volume {
    fn from(listed: ListedVolume) -> Self {
        Self {
            name: listed.name,
            driver: listed.driver,
            scope: if listed.scope.is_empty() { "local".to_owned() } else { listed.scope },
            mountpoint: Some(listed.mountpoint).filter(|m| !m.is_empty()),
            created_at: parse_created(&listed.created_at),
            labels: listed.labels,
            options: listed.options,
        }
    }
}

/// `GET /info`, the part that identifies an engine.
#[derive(Debug, Default, Deserialize)]
pub struct Info {
    /// Docker's lasting identity; Podman makes a new one for each answer.
    #[serde(rename = "ID", default, deserialize_with = "null_is_default")]
    pub id: String,
    /// The host's name.
    #[serde(rename = "Name", default, deserialize_with = "null_is_default")]
    pub name: String,
    /// Where the engine keeps its data.
    #[serde(rename = "DockerRootDir", default, deserialize_with = "null_is_default")]
    pub root_dir: String,
    /// What the engine runs on, in words.
    #[serde(rename = "OperatingSystem", default, deserialize_with = "null_is_default")]
    pub system: String,
    /// Swarm membership.
    #[serde(rename = "Swarm", default, deserialize_with = "null_is_default")]
    pub swarm: SwarmInfo,
}

/// Swarm membership.
#[derive(Debug, Default, Deserialize)]
pub struct SwarmInfo {
    /// Whether this engine is a manager.
    #[serde(rename = "ControlAvailable", default, deserialize_with = "null_is_default")]
    pub is_manager: bool,
}

//! The data set: what the demo's world is at first, and the script of its story.

use std::collections::BTreeMap;

use jiff::Span;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::script::Script;
use crate::domain::mount::{Mount, Source};
use crate::domain::size;

const TEXT: &str = include_str!("../../../assets/demo.toml");

/// All of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSet {
    /// Decides every id and the whole story.
    pub(super) seed: u64,
    /// The volumes there are at first.
    #[serde(rename = "volume")]
    pub(super) volumes: Vec<VolumeEntry>,
    /// The containers there are at first.
    #[serde(rename = "container")]
    pub(super) containers: Vec<ContainerEntry>,
    /// The backups there are at first.
    #[serde(default, rename = "backup")]
    pub(super) backups: Vec<BackupEntry>,
    /// What happens then.
    pub(super) story: Script,
}

impl DataSet {
    /// Reads the embedded one.
    ///
    /// # Errors
    /// When it is no valid data set; a test makes sure that it is.
    pub(super) fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(TEXT)
    }
}

/// A volume.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumeEntry {
    /// Its name; for an anonymous one what mounts call it by in the data set.
    pub(super) name: String,
    /// How long ago it was made.
    pub(super) created: Span,
    /// What it holds at first.
    #[serde(default, deserialize_with = "bytes")]
    pub(super) size: u64,
    /// How fast it grows.
    #[serde(default, deserialize_with = "bytes")]
    pub(super) per_second: u64,
    /// After how many seconds it is emptied to its first size.
    #[serde(default)]
    pub(super) falls_after: Option<u32>,
    /// The driver, `local` if none is named.
    #[serde(default = "local")]
    pub(super) driver: String,
    /// Where the engine mounts it, if not where the local driver would.
    #[serde(default)]
    pub(super) mountpoint: Option<String>,
    /// The Compose project; makes Compose's labels.
    #[serde(default)]
    pub(super) project: Option<String>,
    /// Further labels.
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    /// Driver options.
    #[serde(default)]
    pub(super) options: BTreeMap<String, String>,
    /// Whether nobody named it.
    #[serde(default)]
    pub(super) anonymous: Option<Anonymous>,
}

/// A backup of a volume.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupEntry {
    /// The volume.
    pub(super) volume: String,
    /// How long ago it was taken.
    pub(super) taken_ago: Span,
    /// What the volume's users did meanwhile.
    pub(super) taken: String,
    /// How much of the content's size the file has, in percent.
    pub(super) packed: u64,
    /// How it was proven last, if it was.
    #[serde(default)]
    pub(super) proven: Option<String>,
    /// How long ago that was, if not when it was taken.
    #[serde(default)]
    pub(super) proven_ago: Option<Span>,
}

/// How an anonymous volume is known to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Anonymous {
    /// By the engine's label.
    Labelled,
    /// By its name only: made before Docker 23.0.
    Unlabelled,
}

/// A container.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContainerEntry {
    /// Its name.
    pub(super) name: String,
    /// Its image.
    pub(super) image: String,
    /// Its state, in the engine's word.
    pub(super) state: String,
    /// The Compose project.
    #[serde(default)]
    pub(super) project: Option<String>,
    /// The Compose service.
    #[serde(default)]
    pub(super) service: Option<String>,
    /// What it wrote beside its mounts, where that is much.
    #[serde(default, deserialize_with = "some_bytes")]
    pub(super) wrote: Option<u64>,
    /// Its mounts, in Docker's short form.
    #[serde(default, deserialize_with = "mounts")]
    pub(super) mounts: Vec<Mount>,
}

fn local() -> String {
    "local".to_owned()
}

/// Reads a size as people write it.
pub(super) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    size::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a size that need not be there.
fn some_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    bytes(deserializer).map(Some)
}

/// Reads mounts in Docker's short form.
pub(super) fn mounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Mount>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts
        .iter()
        .map(|text| mount(text).ok_or_else(|| D::Error::custom(format!("no mount: {text}"))))
        .collect()
}

/// `volume:/path`, `/folder:/path` or `tmpfs:/path`, and `:ro` after it.
fn mount(text: &str) -> Option<Mount> {
    let mut parts = text.split(':');
    let (source, destination, mode) = (parts.next()?, parts.next()?, parts.next());
    let read_only = match mode {
        None => false,
        Some("ro") => true,
        Some(_) => return None,
    };
    let source = match source {
        "" => return None,
        "tmpfs" => Source::Tmpfs,
        path if path.starts_with('/') => Source::Bind(path.to_owned()),
        name => Source::Volume(name.to_owned()),
    };
    (parts.next().is_none() && destination.starts_with('/')).then(|| Mount {
        source,
        destination: destination.to_owned(),
        read_only,
    })
}

//! The manifest: what a backup is of, how it was taken, and what is in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::volume::Volume;

/// What the volume's users did meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Nobody had the volume.
    Unused,
    /// They went on: files that were written at that moment may not fit together.
    Live,
    /// They were paused.
    Paused,
    /// They were stopped.
    Stopped,
}

/// What is known of a backup before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The volume's name.
    pub volume: String,
    /// Its driver.
    pub driver: String,
    /// Its driver options; secrets are masked.
    pub options: BTreeMap<String, String>,
    /// The options whose values are masked here: a restore asks for them.
    #[serde(default)]
    pub masked: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made, as far as the engine knew.
    pub created_at: Option<Timestamp>,
    /// The engine it was on.
    pub engine: String,
    /// The way its content was read.
    pub access: String,
    /// What its users did meanwhile.
    pub taken: Taken,
    /// When the backup began.
    pub at: Timestamp,
    /// What that way cannot keep.
    #[serde(default)]
    pub losses: Vec<String>,
}

impl About {
    /// What is known of a volume; how and when it is read is still to be said.
    #[must_use]
    pub fn of(volume: &Volume, engine: &str, access: &str, taken: Taken, at: Timestamp) -> Self {
        let options: BTreeMap<String, String> =
            volume.shown_options().map(|(key, value)| (key.to_owned(), value.into_owned())).collect();
        let is_masked = |(key, shown): &(&String, &String)| volume.options.get(*key) != Some(*shown);
        let masked = options.iter().filter(is_masked).map(|(key, _)| key.clone()).collect();
        Self {
            volume: volume.name.clone(),
            driver: volume.driver.clone(),
            options,
            masked,
            labels: volume.labels.clone(),
            created_at: volume.created_at,
            engine: engine.to_owned(),
            access: access.to_owned(),
            taken,
            at,
            losses: Vec::new(),
        }
    }
}

/// What was counted while it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Entries, the root among them.
    pub entries: u64,
    /// Files, each once.
    pub files: u64,
    /// Folders.
    pub folders: u64,
    /// Symbolic links.
    pub links: u64,
    /// Further names of entries.
    pub names: u64,
    /// Pipes and devices.
    pub others: u64,
    /// The sizes of all files, holes among them.
    pub bytes: u64,
    /// The size of the tar.
    pub tar_bytes: u64,
    /// What was left out or changed, each with its reason; bounded.
    pub left_out: Vec<String>,
}

/// The manifest of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format.
    pub format: u64,
    /// The version of volx that wrote it.
    pub volx: String,
    /// What it is of.
    #[serde(flatten)]
    pub about: About,
    /// What is in it.
    #[serde(flatten)]
    pub counted: Counted,
}

impl Manifest {
    pub(super) fn new(about: About, counted: Counted) -> Self {
        Self { format: super::VERSION, volx: env!("CARGO_PKG_VERSION").to_owned(), about, counted }
    }
}

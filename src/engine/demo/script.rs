//! The data set's part on the story: who plays in it.

use serde::Deserialize;

use super::data::{bytes, mounts};
use crate::domain::mount::Mount;

/// Who plays which part. Containers stand in one list only: two plots never share one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// Running containers that are restarted by hand.
    pub(super) restarts: Vec<String>,
    /// Running containers that are paused for a while.
    pub(super) pauses: Vec<String>,
    /// Ended containers that are run again.
    pub(super) reruns: Vec<String>,
    /// Containers that fail and are restarted, for ever.
    pub(super) flaps: Vec<String>,
    /// Running containers that run out of memory now and then.
    pub(super) crashes: Vec<String>,
    /// One-off containers with an anonymous volume.
    #[serde(rename = "job")]
    pub(super) jobs: Vec<Job>,
    /// Backup runs.
    #[serde(rename = "backup")]
    pub(super) backups: Vec<Backup>,
    /// Volumes made by hand, tried out, and removed.
    #[serde(rename = "trial")]
    pub(super) trials: Vec<Trial>,
}

/// A one-off container.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    /// Its name, before a hyphen and an id of its own.
    pub(super) name: String,
    /// Its image.
    pub(super) image: String,
    /// The Compose project.
    #[serde(default)]
    pub(super) project: Option<String>,
    /// The Compose service.
    #[serde(default)]
    pub(super) service: Option<String>,
    /// Mounts of things that exist.
    #[serde(default, deserialize_with = "mounts")]
    pub(super) mounts: Vec<Mount>,
    /// Where its image declares a volume.
    pub(super) anonymous: String,
    /// How fast it fills that.
    #[serde(deserialize_with = "bytes")]
    pub(super) per_second: u64,
}

/// A backup run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backup {
    /// The container's name.
    pub(super) name: String,
    /// Its image.
    pub(super) image: String,
    /// Its mounts.
    #[serde(deserialize_with = "mounts")]
    pub(super) mounts: Vec<Mount>,
    /// The volume that it writes to.
    pub(super) target: String,
    /// What it adds there.
    #[serde(deserialize_with = "bytes")]
    pub(super) adds: u64,
}

/// A volume made by hand and the container that tries it out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    /// The volume's name.
    pub(super) volume: String,
    /// The container's name.
    pub(super) container: String,
    /// Its image.
    pub(super) image: String,
    /// Its mounts, the new volume among them.
    #[serde(deserialize_with = "mounts")]
    pub(super) mounts: Vec<Mount>,
    /// How fast it fills the volume.
    #[serde(deserialize_with = "bytes")]
    pub(super) per_second: u64,
}

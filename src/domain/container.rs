//! A container, as far as volumes care.

use std::fmt;

use super::mount::Mount;

/// Label on the containers that volx itself starts; they never count as users of a volume.
pub const HELPER_LABEL: &str = "volx.helper";
/// Compose's label for the service that a container is one of.
pub const SERVICE_LABEL: &str = "com.docker.compose.service";

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Running.
    Running,
    /// Frozen; its processes hold their files.
    Paused,
    /// Between two runs.
    Restarting,
    /// On its way to `Exited` (Podman).
    Stopping,
    /// Made, never started.
    Created,
    /// Ended.
    Exited,
    /// Being removed.
    Removing,
    /// Failed to be removed.
    Dead,
    /// A word this version does not know.
    Other(String),
}

impl State {
    /// Reads the engine's word; Podman's own words are mapped to Docker's where they mean the same.
    #[must_use]
    pub fn from_engine(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "running" => Self::Running,
            "paused" => Self::Paused,
            "restarting" => Self::Restarting,
            "stopping" => Self::Stopping,
            "created" | "configured" | "initialized" => Self::Created,
            "exited" | "stopped" => Self::Exited,
            "removing" => Self::Removing,
            "dead" => Self::Dead,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// Whether its processes exist, so that its volumes are in use.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting | Self::Stopping)
    }

    /// The word for it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Stopping => "stopping",
            Self::Created => "created",
            Self::Exited => "exited",
            Self::Removing => "removing",
            Self::Dead => "dead",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One container with its mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The engine's id, 64 hex digits.
    pub id: String,
    /// The name, without the engine's leading slash.
    pub name: String,
    /// The image it was made from.
    pub image: String,
    /// What it is doing.
    pub state: State,
    /// The Compose project.
    pub project: Option<String>,
    /// The Compose service.
    pub service: Option<String>,
    /// Whether it is one of our own helpers.
    pub is_helper: bool,
    /// Its mounts.
    pub mounts: Vec<Mount>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn podman_s_words_are_understood() {
        assert_eq!(State::from_engine("stopped"), State::Exited);
        assert_eq!(State::from_engine("initialized"), State::Created);
        assert!(State::from_engine("stopping").is_live(), "its processes still exist");
        assert_eq!(State::from_engine("unknown").name(), "unknown");
        assert!(!State::from_engine("unknown").is_live());
    }
}

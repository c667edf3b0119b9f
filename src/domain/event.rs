//! What an engine says has happened.

use jiff::Timestamp;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A volume.
    Volume,
    /// A container.
    Container,
}

impl Subject {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Container => "container",
        }
    }
}

/// One event, in one wording for every engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// When it happened, by the engine's clock.
    pub at: Timestamp,
    /// What it is about.
    pub subject: Subject,
    /// The subject's identity: a volume's name, a container's id.
    pub id: String,
    /// The subject's name.
    pub name: String,
    /// What happened: `create`, `start`, `die`, `destroy`, …
    pub action: String,
    /// Who did it or what it came from: a container for a mount, an image for a container.
    pub actor: Option<String>,
    /// The Compose project named with it.
    pub project: Option<String>,
    /// The exit code of a `die`.
    pub exit_code: Option<i64>,
    /// Whether one of our own helpers caused it.
    pub is_ours: bool,
}

impl EngineEvent {
    /// Whether volumes, containers or their states may look different after it.
    ///
    /// Mounts follow from starts, and the archive calls change nothing: listing again for them
    /// would make browsing refresh itself for ever.
    #[must_use]
    pub fn changes_inventory(&self) -> bool {
        if self.is_ours {
            return false;
        }
        match self.subject {
            Subject::Volume => matches!(self.action.as_str(), "create" | "destroy" | "prune" | "update"),
            Subject::Container => matches!(
                self.action.as_str(),
                "create"
                    | "start"
                    | "die"
                    | "stop"
                    | "kill"
                    | "pause"
                    | "unpause"
                    | "restart"
                    | "rename"
                    | "destroy"
                    | "oom"
                    | "update"
                    | "init"
                    | "cleanup"
            ),
        }
    }

    /// Whether volumes may have been written by it, or until it.
    ///
    /// A container that comes and goes between two listings is seen by its mounts alone; a copy into
    /// a container that never ran, by that alone.
    #[must_use]
    pub fn may_write(&self) -> bool {
        !self.is_ours
            && match self.subject {
                Subject::Volume => matches!(self.action.as_str(), "mount" | "unmount"),
                Subject::Container => {
                    matches!(self.action.as_str(), "start" | "die" | "extract-to-dir" | "copy" | "destroy")
                }
            }
    }

    /// Whether it ends a volume's life: the name may be another volume's from then on.
    #[must_use]
    pub fn destroys_volume(&self) -> bool {
        self.subject == Subject::Volume && self.action == "destroy"
    }

    /// Whether a container mounts a volume or lets it go.
    #[must_use]
    pub fn uses_volume(&self) -> bool {
        self.subject == Subject::Volume && matches!(self.action.as_str(), "mount" | "unmount")
    }

    /// Whether a person would want it in the activity list: execs, health checks and archive
    /// calls are noise there.
    #[must_use]
    pub fn is_news(&self) -> bool {
        !self.is_ours
            && !self.action.starts_with("exec_")
            && !self.action.starts_with("health_status")
            && !matches!(
                self.action.as_str(),
                "archive-path" | "extract-to-dir" | "top" | "resize" | "attach" | "init" | "cleanup"
            )
    }
}

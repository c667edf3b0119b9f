//! The ways into a volume's content, and whether each is open here.

use serde::Serialize;

/// A way into a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Through the mountpoint on this machine.
    Direct,
    /// Through a helper container.
    Helper,
    /// Through the engine's archive calls on a container that is never started.
    Archive,
    /// None: the demo makes its files up.
    Demo,
    /// None: the files are a backup's.
    Backup,
}

impl Way {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Helper => "helper",
            Self::Archive => "archive",
            Self::Demo => "demo",
            Self::Backup => "backup",
        }
    }

    /// What it gives, in a few words.
    #[must_use]
    pub const fn gives(self) -> &'static str {
        match self {
            Self::Direct => "fastest, everything",
            Self::Helper => "everything, on remote and VM engines too",
            Self::Archive => "content; no disk usage, no extended attributes, owners as the engine maps them",
            Self::Demo => "made-up files to look at",
            Self::Backup => "what was backed up, to look at and to take out",
        }
    }
}

/// Whether a way is open, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayReport {
    /// The way.
    pub way: Way,
    /// Whether it can be used here.
    pub is_open: bool,
    /// What decided that.
    pub why: String,
}

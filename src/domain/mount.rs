//! What a container sees at a path: a volume, a folder of the host, memory, an image.

/// Where a mount's content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A volume, by name.
    Volume(String),
    /// A folder or file of the engine's machine.
    Bind(String),
    /// Memory.
    Tmpfs,
    /// Anything else the engine names: `image`, `npipe`, `cluster`.
    Other(String),
}

/// One mount of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where its content comes from.
    pub source: Source,
    /// The path in the container.
    pub destination: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

impl Mount {
    /// The volume's name, when it is one.
    #[must_use]
    pub fn volume(&self) -> Option<&str> {
        match &self.source {
            Source::Volume(name) => Some(name),
            Source::Bind(_) | Source::Tmpfs | Source::Other(_) => None,
        }
    }
}

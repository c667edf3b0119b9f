//! The way into a volume, as the command line names it.

use crate::domain::access::Way;

/// A way into a volume.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Access {
    /// Through the mountpoint on this machine
    Direct,
    /// Through a helper container
    Helper,
    /// Through the engine's archive calls
    Archive,
}

impl From<Access> for Way {
    fn from(access: Access) -> Self {
        match access {
            Access::Direct => Self::Direct,
            Access::Helper => Self::Helper,
            Access::Archive => Self::Archive,
        }
    }
}

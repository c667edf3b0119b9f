//! What is asked of a way when a volume is backed up or restored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::exclude::Exclude;
use crate::vault::{About, How, Scratch};

/// A backup to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// Where to.
    pub folder: PathBuf,
    /// What and how.
    pub squeeze: Squeeze,
}

/// What goes into a backup, and how it is compressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Squeeze {
    /// What is known of it beforehand.
    pub about: About,
    /// The level of compression, as `zstd` has it.
    pub level: i32,
    /// How many threads compress.
    pub threads: u16,
    /// What is left out.
    pub exclude: Exclude,
}

impl Squeeze {
    /// How it is written.
    #[must_use]
    pub fn how(&self) -> How {
        How { level: self.level, threads: self.threads.into(), scratch: Scratch::Memory }
    }
}

/// How a file holds a tar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A backup of ours.
    Backup,
    /// As it is.
    Plain,
    /// In zstd frames that somebody else wrote.
    Zstd,
    /// As gzip.
    Gzip,
}

/// A file whose tar is unpacked into a volume.
#[derive(Debug, Clone)]
pub struct Tape {
    /// The file.
    pub path: PathBuf,
    /// How it holds the tar.
    pub form: Form,
    /// How many parts are taken off the beginning of each name.
    pub strip: u8,
}

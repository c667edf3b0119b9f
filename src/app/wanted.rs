//! What somebody wants of backups and of the trash, as far as it was said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::keep::{Kept, Making, Secrets};
use crate::domain::prune::Asking;

/// A volume to be made of a backup, as far as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoring {
    /// The file.
    pub path: PathBuf,
    /// The volume's name.
    pub name: String,
    /// The options that are still to be asked for.
    pub masked: Vec<String>,
    /// What was said of the others.
    pub secrets: Secrets,
}

/// A volume whose content is to give way to a backup's, as it was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacing {
    /// The backup.
    pub kept: Kept,
    /// The volume.
    pub name: String,
    /// The containers that ran with it then: they are stopped first.
    pub users: Vec<String>,
    /// What has to be done to agree.
    pub asking: Asking,
}

/// Where the content of a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// That is to be asked.
    Asked,
    /// Into a volume that is made.
    New,
    /// Into this volume, whose content gives way.
    Volume(String),
    /// Into another one, which is to be named.
    Other,
}

/// Volumes that are to be backed up, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackingUp {
    /// The volumes.
    pub names: Vec<String>,
    /// How.
    pub making: Making,
}

/// One of the things that can be set for a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The folder it goes into.
    Folder,
    /// The level of compression.
    Level,
    /// How many threads compress.
    Threads,
    /// What is left out.
    Exclude,
    /// Whether it is read back.
    ReadBack,
}

impl Setting {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 5] = [Self::Folder, Self::Level, Self::Threads, Self::Exclude, Self::ReadBack];
}

/// What comes back, as far as it was said under which names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returning {
    /// One volume of the trash, by its number there.
    One(i64),
    /// All that one action did.
    Action {
        /// The action.
        action: i64,
        /// The names that are taken by now: the first of them is asked about.
        taken: Vec<String>,
        /// What was said of the others.
        names: BTreeMap<String, String>,
    },
}

/// Backups that are to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleting {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// What has to be done to agree.
    pub asking: Asking,
}

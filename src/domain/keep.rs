//! Keeping volumes: what can be asked of backups, copies and the trash, and what comes of it.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::job::{Job, JobId};
use super::trouble::Trouble;
use super::volume::Volume;

/// What the users of a volume do while it is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writers {
    /// They go on; what is written at that moment may not fit together, and that is said.
    #[default]
    Live,
    /// They are paused, and go on afterwards whatever happens.
    Paused,
    /// They are stopped, and started afterwards whatever happens.
    Stopped,
}

/// A backup that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub path: PathBuf,
    /// The volume's name.
    pub volume: String,
    /// When it was taken.
    pub at: Timestamp,
    /// The size of the file, in bytes.
    pub bytes: u64,
    /// The size of its content, in bytes.
    pub content: Option<u64>,
    /// How many entries it has.
    pub entries: Option<u64>,
    /// What the volume's users did meanwhile: `unused`, `live`, `paused`, `stopped`.
    pub taken: Option<String>,
    /// Which engine it is from.
    pub engine: Option<String>,
    /// By which way it was read.
    pub access: Option<String>,
    /// What that way could not keep.
    pub losses: Vec<String>,
    /// When it was last proven, and how: `read back`, `restored`.
    pub proven: Option<(Timestamp, String)>,
    /// Why it is no backup that can be used.
    pub trouble: Option<String>,
}

/// Where the trash is and what it may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trash {
    /// Its folder.
    pub dir: PathBuf,
    /// Bytes that it may hold.
    pub limit: Option<u64>,
    /// Seconds after which what is in it may go.
    pub keep: Option<i64>,
}

/// A removed volume that can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discarded {
    /// Its number in the trash.
    pub id: i64,
    /// The action that removed it: volumes of one action come back together.
    pub action: i64,
    /// What that action was: `prune`, `rm`, `restore`, `rename`.
    pub verb: String,
    /// When it was removed.
    pub at: Timestamp,
    /// The volume as it was.
    pub volume: Volume,
    /// The file of its content; nothing where the data stayed where it is (NFS, CIFS, bind).
    pub path: Option<PathBuf>,
    /// What that takes, in bytes.
    pub bytes: u64,
}

/// Something to be done with backups, copies or the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepAsk {
    /// List the backups.
    List,
    /// Back up volumes, each in a job of its own.
    BackUp {
        /// The volumes.
        names: Vec<String>,
        /// What their users do meanwhile.
        writers: Writers,
    },
    /// Read backups back; with `restoring` also into a scratch volume that is compared and removed.
    Verify {
        /// The files.
        paths: Vec<PathBuf>,
        /// Whether they are restored for it.
        restoring: bool,
    },
    /// Make a volume of a backup.
    Restore {
        /// The file.
        path: PathBuf,
        /// The volume's name.
        name: String,
    },
    /// Copy a volume on the engine's side.
    Clone {
        /// The volume.
        from: String,
        /// The new one.
        to: String,
    },
    /// Give a volume another name: copy, compare, remove.
    Rename {
        /// The volume.
        from: String,
        /// Its new name.
        to: String,
    },
    /// List the trash.
    Trash,
    /// Bring back what one action removed; the last one where none is named.
    Undo(Option<i64>),
    /// End a job.
    Cancel(JobId),
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum KeepNews {
    /// A job is new, further, or over.
    Job(Job),
    /// The backups, the newest first, and the folder they are in.
    Backups(Result<(PathBuf, Arc<Vec<Kept>>), Trouble>),
    /// The trash, what was removed last first.
    Trash(Result<Arc<Vec<Discarded>>, Trouble>),
    /// It could not begin.
    Refused(Trouble),
}

//! Keeping volumes: what can be asked of backups, copies and the trash, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::age::ago;
use super::job::{Job, JobId, JobKind};
use super::prune::{Asking, Room};
use super::secret::MASK;
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

/// The level of compression where none is chosen.
pub const LEVEL: i32 = 3;
/// The levels that can be chosen.
pub const LEVELS: std::ops::RangeInclusive<i32> = 1..=19;
/// How many threads may be told to compress.
pub const THREADS: std::ops::RangeInclusive<u16> = 1..=8;

/// How a backup is made, beside what the volume's users do meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// The folder it goes into; nothing is the one that is set.
    pub folder: Option<PathBuf>,
    /// The level of compression.
    pub level: i32,
    /// How many threads compress; 0 chooses.
    pub threads: u16,
    /// What is left out.
    pub exclude: Vec<String>,
    /// Whether it is read back when it is written.
    pub is_read_back: bool,
}

impl Default for Making {
    fn default() -> Self {
        Self { folder: None, level: LEVEL, threads: 0, exclude: Vec::new(), is_read_back: true }
    }
}

/// What stands where a backup has a mask, by the name of the driver option.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secrets(pub BTreeMap<String, String>);

/// Without the secrets.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|key| (key, MASK))).finish()
    }
}

impl Secrets {
    /// The value of an option whose masked value this is.
    #[must_use]
    pub fn unmasked(&self, key: &str, masked: &str) -> String {
        self.0.get(key).map_or_else(|| masked.to_owned(), |secret| masked.replace(MASK, secret))
    }
}

/// The line that restores a backup without volx, for root.
#[must_use]
pub fn restore_line(backup: &Path, folder: &Path) -> String {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    format!(
        "tar --zstd --xattrs --xattrs-include='*' --numeric-owner --same-owner -xpf {} -C {}",
        quoted(backup),
        quoted(folder)
    )
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
    /// The driver options whose values are masked in it: a restore asks for them.
    pub masked: Vec<String>,
    /// When it was last proven, and how: `read back`, `restored`.
    pub proven: Option<(Timestamp, String)>,
    /// Why it is no backup that can be used.
    pub trouble: Option<String>,
}

impl Kept {
    /// When it was proven last, and how: `read back 3d ago`.
    #[must_use]
    pub fn proven_words(&self, now: Timestamp) -> String {
        match &self.proven {
            Some((at, how)) => format!("{how} {}", ago(now, *at)),
            None => "never proven".to_owned(),
        }
    }

    /// The line that restores it without volx into a volume's mountpoint.
    #[must_use]
    pub fn by_hand(&self) -> String {
        restore_line(&self.path, Path::new("MOUNTPOINT"))
    }
}

/// What has to be done to agree that backups are deleted: the last usable one of a volume among `all` is
/// worth its name.
#[must_use]
pub fn asking_to_delete(chosen: &[&Kept], all: &[Kept]) -> Asking {
    let is_last = |kept: &Kept| {
        let is_other =
            |one: &Kept| one.volume == kept.volume && one.path != kept.path && one.trouble.is_none();
        kept.trouble.is_none() && !all.iter().any(is_other)
    };
    match chosen {
        [one] if is_last(one) => Asking::Name(one.volume.clone()),
        [_] => Asking::Yes,
        many => Asking::Count(many.len()),
    }
}

/// The verb of what gave way to a backup: the volume is there, and its content is not.
pub const REPLACED: &str = "restore";

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
    /// Of a volume that was empty all there was of it, in place of a file: the tar of its root.
    pub root: Option<Vec<u8>>,
}

impl Discarded {
    /// Whether the volume is there still, and only what was in it gave way to a backup.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.verb == REPLACED
    }
}

/// A volume that got another name, which can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The action.
    pub action: i64,
    /// When it was.
    pub at: Timestamp,
    /// Its old name.
    pub from: String,
    /// Its new one.
    pub to: String,
    /// What tells it from another volume of its new name, where that was noted.
    pub mark: Option<String>,
}

/// The names under which volumes come back that cannot, or are not to, have their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// That of the one volume there is.
    pub only: Option<String>,
    /// By their own names.
    pub each: BTreeMap<String, String>,
}

impl Names {
    /// The name under which a volume of this name comes back.
    #[must_use]
    pub fn of<'a>(&'a self, own: &'a str) -> &'a str {
        self.only.as_deref().or_else(|| self.each.get(own).map(String::as_str)).unwrap_or(own)
    }
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
        /// How.
        making: Making,
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
        /// What the backup has masked.
        secrets: Secrets,
    },
    /// Let the content of a volume give way to a backup's; what it was is kept.
    Replace {
        /// The file.
        path: PathBuf,
        /// The volume.
        name: String,
        /// Whether containers that run with it are stopped first, and started again; otherwise it is
        /// refused where there are any.
        stops_users: bool,
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
    /// Delete backups, with what stands beside them.
    Delete {
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// List the trash.
    Trash,
    /// Take an action back; the last one where none is named.
    Undo {
        /// The action.
        action: Option<i64>,
        /// Which volumes come back under another name than their own.
        names: BTreeMap<String, String>,
        /// What comes back, in a few words.
        what: String,
    },
    /// Bring back one volume of the trash.
    BringBack {
        /// Its number there.
        id: i64,
        /// The name under which it comes back.
        name: String,
    },
    /// Drop these of the trash for good: the numbers that were shown and agreed to.
    Empty(Vec<i64>),
    /// End a job.
    Cancel(JobId),
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum KeepNews {
    /// What can be done here at all; nothing else is offered.
    Offered(BTreeSet<JobKind>),
    /// A job is new, further, or over.
    Job(Job),
    /// The backups, the newest first, and the folder they are in.
    Backups(Result<(PathBuf, Arc<Vec<Kept>>), Trouble>),
    /// The trash, what was removed last first.
    Trash(Result<Arc<Vec<Discarded>>, Trouble>),
    /// The renamings that can be taken back, the last first.
    Renamings(Vec<Renamed>),
    /// What room the trash has.
    Room(Box<Room>),
    /// What an earlier volx left was put in order; in a sentence.
    Settled(String),
    /// It could not begin.
    Refused(Trouble),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_takes_the_place_of_its_mask_and_is_in_no_debug_text() {
        let secrets = Secrets(BTreeMap::from([("o".to_owned(), "hunter2".to_owned())]));
        assert_eq!(secrets.unmasked("o", "addr=nas,password=*****"), "addr=nas,password=hunter2");
        assert_eq!(secrets.unmasked("device", "//nas/media"), "//nas/media");
        let ask = KeepAsk::Restore { path: PathBuf::new(), name: "media".to_owned(), secrets };
        assert!(!format!("{ask:?}").contains("hunter2"), "{ask:?}");
    }

    #[test]
    fn a_proof_that_is_dated_in_the_future_is_told_as_a_proof() {
        let now = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(86_400).expect("in range");
        let kept = Kept {
            path: PathBuf::new(),
            volume: "v".to_owned(),
            at: now,
            bytes: 0,
            content: None,
            entries: None,
            taken: None,
            engine: None,
            access: None,
            losses: Vec::new(),
            masked: Vec::new(),
            proven: Some((later, "read back".to_owned())),
            trouble: None,
        };
        assert_eq!(kept.proven_words(now), "read back just now", "a clock was set back since");
        assert_eq!(
            kept.proven_words(Timestamp::from_second(3 * 86_400).expect("in range")),
            "read back 2d ago"
        );
    }

    #[test]
    fn a_path_with_a_quote_stays_one_word() {
        let line = restore_line(Path::new("/b/it's.tar.zst"), Path::new("/v"));
        assert!(line.ends_with(r"-xpf '/b/it'\''s.tar.zst' -C '/v'"), "{line}");
    }
}

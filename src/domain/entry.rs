//! What a folder of a volume holds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file with content.
    File,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// What the system did not say.
    Unknown,
}

impl EntryKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::File => "file",
            Self::Link => "link",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::CharDevice => "char device",
            Self::BlockDevice => "block device",
            Self::Unknown => "unknown",
        }
    }

    /// The letter that `ls -l` has for it.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Folder => 'd',
            Self::File => '-',
            Self::Link => 'l',
            Self::Fifo => 'p',
            Self::Socket => 's',
            Self::CharDevice => 'c',
            Self::BlockDevice => 'b',
            Self::Unknown => '?',
        }
    }
}

/// One entry of a folder. What a way into the volume cannot tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name, in whatever bytes it has.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Its own size in bytes, of what is below a folder nothing.
    pub apparent: u64,
    /// Bytes it takes on disk, of what is below a folder nothing.
    pub allocated: Option<u64>,
    /// The permission bits, `0o7777` at most.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// How many names the file has.
    pub links: Option<u64>,
    /// When its content was last written.
    pub modified: Option<Timestamp>,
    /// When anything of it last changed.
    pub changed: Option<Timestamp>,
    /// Where a link leads, in whatever bytes it has.
    pub target: Option<Vec<u8>>,
    /// A device's major and minor number.
    pub device: Option<(u32, u32)>,
    /// Whether another file system begins here; it is not entered.
    pub is_mount: bool,
}

/// The entries that are kept of one folder; what is beyond is folded into a sum.
pub const MAX_ENTRIES: usize = 200_000;

/// What was read of one folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listing {
    /// The entries, in no order.
    pub entries: Vec<Entry>,
    /// How many entries beyond [`MAX_ENTRIES`] there are.
    pub folded: u64,
    /// Entries that vanished or could not be looked at.
    pub errors: u64,
}

/// What an entry and everything below it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Weight {
    /// Sum of the sizes of all but folders.
    pub apparent: u64,
    /// Bytes on disk, folders included; `None` where the way cannot tell.
    pub allocated: Option<u64>,
    /// Entries that are no folders.
    pub files: u64,
    /// Folders, itself included when it is one.
    pub dirs: u64,
    /// The newest write below.
    pub newest_write: Option<Timestamp>,
    /// Entries that could not be read.
    pub errors: u64,
}

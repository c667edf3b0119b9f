//! What a folder of a volume holds.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::place::name_text;
use super::sort::natural;

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
    /// The file's number on its file system: names of one file share it.
    pub inode: Option<u64>,
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

/// A file whose content is longer by this much than what it takes is worth a word.
const HOLE: u64 = 1_000_000;

impl Entry {
    /// The number of a file that has more names than this one; they all weigh the same bytes.
    #[must_use]
    pub fn shared(&self) -> Option<u64> {
        let has_names = self.kind != EntryKind::Folder && self.links.is_some_and(|links| links > 1);
        self.inode.filter(|_| has_names)
    }

    /// How long a file is that takes far less than that: it has holes, or is packed by the system.
    #[must_use]
    pub fn longer(&self) -> Option<u64> {
        let taken = self.allocated.filter(|_| self.kind == EntryKind::File)?;
        let is_far = taken < self.apparent / 2 && self.apparent - taken >= HOLE;
        is_far.then_some(self.apparent)
    }
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
    /// Bytes that the folder itself takes on disk.
    pub own: Option<u64>,
}

impl Listing {
    /// Puts the entries in the order of their names as people read them, and of their bytes where
    /// that is the same; [`Listing::find`] needs it.
    pub fn put_in_order(&mut self) {
        self.entries.sort_by(|a, b| Key::of(&a.name).cmp(&Key::of(&b.name)));
    }

    /// The position of an entry, in a listing that is in order.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        let wanted = Key::of(name);
        self.entries.binary_search_by(|entry| Key::of(&entry.name).cmp(&wanted)).ok()
    }
}

/// A name as it is sorted.
#[derive(PartialEq, Eq)]
struct Key<'a>(Cow<'a, str>, &'a [u8]);

impl<'a> Key<'a> {
    fn of(name: &'a [u8]) -> Self {
        Self(name_text(name), name)
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        natural(&self.0, &other.0).then_with(|| self.1.cmp(other.1))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(name: Vec<u8>) -> Entry {
        Entry {
            name,
            kind: EntryKind::File,
            apparent: 1,
            allocated: None,
            mode: 0o644,
            uid: 0,
            gid: 0,
            links: None,
            inode: None,
            modified: None,
            changed: None,
            target: None,
            device: None,
            is_mount: false,
        }
    }

    proptest! {
        #[test]
        fn every_entry_is_found_in_a_listing_in_order(
            names in proptest::collection::btree_set(proptest::collection::vec(1_u8.., 1..5), 0..40)
        ) {
            let mut listing = Listing { entries: names.iter().cloned().map(entry).collect(), ..Listing::default() };
            listing.put_in_order();
            for name in &names {
                let at = listing.find(name);
                prop_assert_eq!(at.and_then(|at| listing.entries.get(at)).map(|e| &e.name), Some(name));
            }
            prop_assert_eq!(listing.find(b""), None);
        }
    }
}

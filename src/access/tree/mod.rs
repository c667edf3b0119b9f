//! A volume's content as a tree, by folder descriptors. Blocks: for threads that may.
//!
//! A volume is hostile and changes underfoot. Every part of a path is opened relative to its
//! parent's descriptor and never through a link, so that nothing swapped in leads out; paths of
//! any depth work, for the kernel sees one name at a time. Another file system is never entered,
//! and nothing is opened for reading but folders and files: to open a device can be to start it.

mod attributes;
mod clear;
#[cfg(test)]
mod copy_tests;
#[cfg(test)]
mod fidelity_tests;
mod holes;
#[cfg(test)]
mod law_tests;
mod list;
mod make;
mod pack;
mod read;
mod restore;
pub mod sync;
#[cfg(test)]
mod tame_tests;
#[cfg(test)]
mod tests;
mod unpack;
mod weigh;

pub use read::MAX_READ;
pub use unpack::Unpacking;

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Statx, StatxAttributes, StatxFlags, StatxTimestamp, openat,
    readlinkat, statx,
};
use rustix::io::Errno;
use rustix::path::Arg;

use super::content::{Error, Room, of_stream};
use super::walk::{Progress, Walked, allocated, allow_many_descriptors, walk_at};
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::place::Place;

/// How folders are opened: nothing else, and never through a link.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// An open folder that stands for a volume's root.
#[derive(Debug)]
pub struct Tree {
    root: OwnedFd,
    device: Device,
}

/// The numbers of a file system.
type Device = (u32, u32);

impl Tree {
    /// Opens a folder as the root. Its own path is the caller's business; its last part is no link.
    ///
    /// # Errors
    /// When it is no folder or cannot be opened.
    pub fn open(root: &Path) -> Result<Self, Error> {
        allow_many_descriptors();
        let opened = openat(CWD, root, FOLDER, Mode::empty());
        let root = opened.map_err(|errno| failed(&Place::root(), errno))?;
        let stat = stat_of(&root).map_err(|errno| failed(&Place::root(), errno))?;
        Ok(Self { root, device: device(&stat) })
    }

    /// One entry.
    ///
    /// # Errors
    /// When it is not there.
    pub fn look(&self, place: &Place) -> Result<Entry, Error> {
        let Some(name) = place.name() else {
            let stat = stat_of(&self.root).map_err(|errno| failed(place, errno))?;
            return Ok(self.entry(self.root.as_fd(), b"", &stat));
        };
        let parent = self.parent_of(place)?;
        let stat = stat_at(&parent, name).map_err(|errno| failed(place, errno))?;
        Ok(self.entry(parent.as_fd(), name, &stat))
    }

    /// Measures all of it.
    ///
    /// # Errors
    /// When it cannot be read, or was cancelled.
    pub fn scan(&self, progress: &Progress) -> Result<Walked, Error> {
        let root = self.folder(&Place::root())?;
        walk_at(root, progress).map_err(|source| match source.kind() {
            io::ErrorKind::Interrupted => Error::Cancelled,
            _ => Error::Io { place: Place::root(), source },
        })
    }

    /// What may still be written, where the system says so.
    pub(super) fn room(&self) -> Option<Room> {
        super::backing::room(&self.root).ok()
    }

    /// Opens a folder, one part after the other.
    fn folder(&self, place: &Place) -> Result<OwnedFd, Error> {
        // Opened anew: a descriptor's copy would share how far its names were read.
        let mut here =
            openat(&self.root, c".", FOLDER, Mode::empty()).map_err(|errno| failed(&Place::root(), errno))?;
        for (depth, part) in place.parts().enumerate() {
            here = self.enter(here.as_fd(), part).map_err(|errno| failed(&above(place, depth + 1), errno))?;
        }
        Ok(here)
    }

    /// Opens the folder that an entry is in.
    fn parent_of(&self, place: &Place) -> Result<OwnedFd, Error> {
        self.folder(&place.parent().unwrap_or_default())
    }

    /// Opens a folder of a folder; `XDEV` when another file system begins there.
    fn enter(&self, parent: BorrowedFd<'_>, name: impl Arg) -> Result<OwnedFd, Errno> {
        let folder = openat(parent, name, FOLDER, Mode::empty())?;
        if self.is_mount(&stat_of(&folder)?) { Err(Errno::XDEV) } else { Ok(folder) }
    }

    /// Whether another file system begins there, or another part of this one was bound there.
    fn is_mount(&self, stat: &Statx) -> bool {
        device(stat) != self.device || stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)
    }

    fn entry(&self, parent: BorrowedFd<'_>, name: &[u8], stat: &Statx) -> Entry {
        let kind = kind(stat);
        let is_link = kind == EntryKind::Link;
        let is_device = matches!(kind, EntryKind::CharDevice | EntryKind::BlockDevice);
        Entry {
            name: name.to_vec(),
            kind,
            apparent: stat.stx_size,
            allocated: Some(allocated(stat)),
            mode: u32::from(stat.stx_mode) & 0o7777,
            uid: stat.stx_uid,
            gid: stat.stx_gid,
            links: Some(u64::from(stat.stx_nlink)),
            inode: Some(stat.stx_ino),
            modified: timestamp(stat.stx_mtime),
            changed: timestamp(stat.stx_ctime),
            target: is_link
                .then(|| readlinkat(parent, name, Vec::new()).ok())
                .flatten()
                .map(std::ffi::CString::into_bytes),
            device: is_device.then_some((stat.stx_rdev_major, stat.stx_rdev_minor)),
            // The root may well be a mount; it is what was asked for.
            is_mount: !name.is_empty() && self.is_mount(stat),
        }
    }
}

/// The facts of an open file or folder.
fn stat_of(open: impl AsFd) -> Result<Statx, Errno> {
    statx(open, c"", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
}

/// The facts of an entry of an open folder; of a link itself.
fn stat_at(parent: impl AsFd, name: impl Arg) -> Result<Statx, Errno> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    statx(parent, name, flags, StatxFlags::BASIC_STATS)
}

const fn device(stat: &Statx) -> Device {
    (stat.stx_dev_major, stat.stx_dev_minor)
}

fn kind(stat: &Statx) -> EntryKind {
    match FileType::from_raw_mode(stat.stx_mode.into()) {
        FileType::Directory => EntryKind::Folder,
        FileType::RegularFile => EntryKind::File,
        FileType::Symlink => EntryKind::Link,
        FileType::Fifo => EntryKind::Fifo,
        FileType::Socket => EntryKind::Socket,
        FileType::CharacterDevice => EntryKind::CharDevice,
        FileType::BlockDevice => EntryKind::BlockDevice,
        FileType::Unknown => EntryKind::Unknown,
    }
}

/// `None` for a time that is beyond all calendars; file systems hold what they are told.
fn timestamp(time: StatxTimestamp) -> Option<Timestamp> {
    Timestamp::new(time.tv_sec, i32::try_from(time.tv_nsec).ok()?).ok()
}

/// The first `depth` parts of a place.
fn above(place: &Place, depth: usize) -> Place {
    Place::root().below(&place.parts().take(depth).map(<[u8]>::to_vec).collect::<Vec<_>>())
}

/// Whether a name that a folder gave is an entry, not the folder itself or the one above.
fn is_entry(name: &CStr) -> bool {
    name != c"." && name != c".."
}

/// What an entry is, for a sentence.
const fn described(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Folder => "a folder",
        EntryKind::File => "a file",
        EntryKind::Link => "a link, which is not followed",
        EntryKind::Fifo => "a named pipe",
        EntryKind::Socket => "a socket",
        EntryKind::CharDevice | EntryKind::BlockDevice => "a device",
        EntryKind::Unknown => "nothing that is known",
    }
}

/// The system's word at a place.
fn failed(place: &Place, errno: Errno) -> Error {
    let other = |what: &str| Error::Other { place: place.clone(), what: what.to_owned() };
    match errno {
        Errno::NOENT => Error::Missing(place.clone()),
        Errno::NOTDIR | Errno::LOOP => other("no folder; links are not followed"),
        Errno::EXIST => other("there already"),
        Errno::XDEV => other("where another file system begins, which is not entered"),
        errno => Error::Io { place: place.clone(), source: errno.into() },
    }
}

//! A file's bytes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{CWD, Mode, OFlags, Statx, openat};
use rustix::io::{Errno, pread};
use rustix::path::{Arg, DecInt};

use super::attributes::hold;
use super::{FOLDER, Tree, described, device, failed, kind, stat_of};
use crate::access::content::Error;
use crate::access::walk::Progress;
use crate::domain::entry::EntryKind;
use crate::domain::place::Place;

/// The most that is read at once, whatever was asked for.
pub const MAX_READ: usize = 16 * 1024 * 1024;
/// What is asked of the system at once; in between it may be told to end.
const CHUNK: usize = 1024 * 1024;

impl Tree {
    /// Up to `len` bytes of a file from `from` on, [`MAX_READ`] at most; fewer only at its end.
    ///
    /// # Errors
    /// When it is no file or cannot be read.
    pub fn read(&self, place: &Place, from: u64, len: usize) -> Result<Vec<u8>, Error> {
        self.read_unless(place, from, len, &Progress::default())
    }

    /// The same, ended when it is told to end.
    ///
    /// # Errors
    /// As for [`Tree::read`], or when it was cancelled.
    pub fn read_unless(
        &self,
        place: &Place,
        from: u64,
        len: usize,
        progress: &Progress,
    ) -> Result<Vec<u8>, Error> {
        let Some(name) = place.name() else {
            return Err(Error::Other { place: place.clone(), what: "a folder".to_owned() });
        };
        let parent = self.parent_of(place)?;
        let file = match self.open_file(parent.as_fd(), name).map_err(|errno| failed(place, errno))? {
            Opened::File(file, _) => file,
            Opened::Other(kind) => {
                return Err(Error::Other { place: place.clone(), what: described(kind).to_owned() });
            }
        };
        let mut bytes = vec![0; len.min(MAX_READ)];
        let mut filled = 0;
        while filled < bytes.len() {
            if progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let end = bytes.len().min(filled + CHUNK);
            let room = bytes.get_mut(filled..end).unwrap_or_default();
            match pread(&file, room, from.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(failed(place, errno)),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Opens an entry if it is a file.
    pub(super) fn open_file(&self, parent: BorrowedFd<'_>, name: impl Arg + Copy) -> Result<Opened, Errno> {
        let seen = Seen::of(parent, name)?;
        if seen.kind() != EntryKind::File {
            return Ok(Opened::Other(seen.kind()));
        }
        self.open_seen(seen, parent, name).map(|(file, stat)| Opened::File(file, stat))
    }

    /// Opens a file that was looked at.
    pub(super) fn open_seen(
        &self,
        Seen { held, stat }: Seen,
        parent: BorrowedFd<'_>,
        name: impl Arg + Copy,
    ) -> Result<(OwnedFd, Box<Statx>), Errno> {
        if self.is_mount(&stat) {
            return Err(Errno::XDEV);
        }
        match reopened(&held) {
            // There is no /proc: by name, and then it must be the same file still.
            Err(Errno::NOENT | Errno::NOTDIR) => {
                let file = for_reading(parent, name, OFlags::NOFOLLOW)?;
                let now = stat_of(&file)?;
                if (now.stx_ino, device(&now)) != (stat.stx_ino, device(&stat)) {
                    return Err(Errno::NOENT);
                }
                Ok((file, Box::new(now)))
            }
            opened => Ok((opened?, stat)),
        }
    }
}

/// An entry that was looked at before it is opened, through a descriptor that cannot be swapped
/// meanwhile: a device must not be opened even for a moment.
pub(super) struct Seen {
    held: OwnedFd,
    /// Its facts.
    pub(super) stat: Box<Statx>,
}

impl Seen {
    /// Looks at an entry of an open folder.
    pub(super) fn of(parent: BorrowedFd<'_>, name: impl Arg) -> Result<Self, Errno> {
        let held = hold(parent, name)?;
        let stat = Box::new(stat_of(&held)?);
        Ok(Self { held, stat })
    }

    /// What it is.
    pub(super) fn kind(&self) -> EntryKind {
        kind(&self.stat)
    }
}

/// The same file, to be read. What leads to the process's descriptors is kept open: to go there each time
/// costs more than the opening itself.
fn reopened(held: &OwnedFd) -> Result<OwnedFd, Errno> {
    static DESCRIPTORS: OnceLock<Option<OwnedFd>> = OnceLock::new();
    let open = || openat(CWD, "/proc/self/fd", FOLDER, Mode::empty()).ok();
    let descriptors = DESCRIPTORS.get_or_init(open).as_ref().ok_or(Errno::NOENT)?;
    for_reading(descriptors.as_fd(), DecInt::from_fd(held).as_c_str(), OFlags::empty())
}

/// What opening an entry came to.
pub(super) enum Opened {
    /// A file, with its facts as they are now.
    File(OwnedFd, Box<Statx>),
    /// Something that is not opened.
    Other(EntryKind),
}

/// Opens for reading, leaving the time of the last access alone where that is permitted.
fn for_reading(parent: BorrowedFd<'_>, name: impl Arg + Copy, more: OFlags) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more;
    match openat(parent, name, flags | OFlags::NOATIME, Mode::empty()) {
        Err(Errno::PERM) => openat(parent, name, flags, Mode::empty()),
        other => other,
    }
}

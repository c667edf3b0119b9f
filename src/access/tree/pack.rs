//! Packing an entry and all below it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering;

use rustix::fs::{Dir, FileType, Statx, readlinkat};
use rustix::io::Errno;

use super::attributes::{self, Held, hold};
use super::read::{Opened, Seen};
use super::{Device, Tree, described, device, failed, holes, is_entry, kind, stat_at, stat_of};
use crate::access::content::{Copied, Error};
use crate::access::walk::Progress;
use crate::domain::entry::EntryKind;
use crate::domain::exclude::Exclude;
use crate::domain::place::Place;
use crate::pax::{Attribute, Body, Head, MAX_NAME, Piece, Time, Writer};

/// Bytes that are spent on remembering hard links of which not all names were seen; beyond it a link
/// is packed as a file of its own, and that is said.
const MAX_LINKS: usize = 48 * 1024 * 1024;
/// What remembering one costs besides its name.
const LINK: usize = 64;
/// What is gathered before it is handed on.
const BUFFER: usize = 128 * 1024;

impl Tree {
    /// Writes a tar of an entry and all below it. Names begin with the entry's own name; for the
    /// root they are the entries' names, after one `./` that holds what the root itself is.
    ///
    /// # Errors
    /// When the entry is not there, `out` cannot be written, or the work was cancelled. What cannot
    /// be read below is left out, and said at the archive's end too.
    pub fn pack(&self, place: &Place, out: &mut dyn Write, progress: &Progress) -> Result<Copied, Error> {
        self.pack_but(place, &Exclude::default(), out, progress)
    }

    /// The same without some entries, and all below them.
    ///
    /// # Errors
    /// As for [`Tree::pack`].
    pub fn pack_but(
        &self,
        place: &Place,
        exclude: &Exclude,
        out: &mut dyn Write,
        progress: &Progress,
    ) -> Result<Copied, Error> {
        let mut packing = Packing {
            tree: self,
            place,
            exclude,
            writer: Writer::new(BufWriter::with_capacity(BUFFER, out)),
            links: HashMap::new(),
            remembered: 0,
            copied: Copied::default(),
            progress,
        };
        let first = match place.name() {
            Some(name) => {
                let parent = self.parent_of(place)?;
                let stat = stat_at(&parent, name).map_err(|errno| failed(place, errno))?;
                let folder = packing.entry(parent.as_fd(), name, name, &stat)?;
                folder.map(|folder| (folder, name.to_vec()))
            }
            None => {
                let folder = self.folder(place)?;
                let stat = stat_of(&folder).map_err(|errno| failed(place, errno))?;
                let attributes = packing.attributes(b"./", &Held::Open(folder.as_fd()));
                packing.begin(b"./", &stat, Body::Folder, attributes, None)?;
                Some((folder, Vec::new()))
            }
        };
        if let Some((folder, path)) = first {
            packing.below(folder, path)?;
        }
        packing.finish()
    }
}

struct Packing<'a, W: Write> {
    tree: &'a Tree,
    place: &'a Place,
    exclude: &'a Exclude,
    writer: Writer<W>,
    /// Files with several names, by what they are: the name under which they were packed, and how
    /// many others are still to come.
    links: HashMap<(Device, u64), (Vec<u8>, u32)>,
    /// Bytes spent on them.
    remembered: usize,
    copied: Copied,
    progress: &'a Progress,
}

impl<W: Write> Packing<'_, W> {
    /// Packs all that is below a folder, with no call deeper for a folder deeper.
    fn below(&mut self, folder: OwnedFd, mut path: Vec<u8>) -> Result<(), Error> {
        let mut levels = vec![(self.names(folder)?, path.len())];
        while let Some((names, length)) = levels.last_mut() {
            path.truncate(*length);
            match names.read() {
                Some(Ok(entry)) if is_entry(entry.file_name()) => {
                    let name = entry.file_name();
                    if !path.is_empty() {
                        path.push(b'/');
                    }
                    path.extend_from_slice(name.to_bytes());
                    let folder = names.fd().map_err(|errno| failed(self.place, errno))?;
                    // Most are files, which are looked at once.
                    if entry.file_type() == FileType::RegularFile
                        && self.listed_file(folder, name.to_bytes(), &path)?
                    {
                        continue;
                    }
                    let stat = match stat_at(folder, name) {
                        Ok(stat) => stat,
                        // Gone since its name was read.
                        Err(Errno::NOENT) => continue,
                        Err(errno) => {
                            self.leave_out(&path, errno);
                            continue;
                        }
                    };
                    if let Some(below) = self.entry(folder, name.to_bytes(), &path, &stat)? {
                        levels.push((self.names(below)?, path.len()));
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(errno)) => {
                    self.leave_out(&path, format!("not all of its names could be read: {errno}"));
                    levels.pop();
                }
                None => drop(levels.pop()),
            }
        }
        Ok(())
    }

    fn names(&self, folder: OwnedFd) -> Result<Dir, Error> {
        Dir::new(folder).map_err(|errno| failed(self.place, errno))
    }

    /// Whether an entry is to be in the archive, and may be.
    fn is_wanted(&mut self, path: &[u8]) -> Result<bool, Error> {
        if self.progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if self.exclude.holds(path) {
            return Ok(false);
        }
        let fits = path.len() < MAX_NAME;
        if !fits {
            self.leave_out(path, "its path is longer than an archive can hold");
        }
        Ok(fits)
    }

    /// Packs what was listed as a file; `false` when it is something else by now.
    fn listed_file(&mut self, parent: BorrowedFd<'_>, name: &[u8], path: &[u8]) -> Result<bool, Error> {
        if !self.is_wanted(path)? {
            return Ok(true);
        }
        let seen = match Seen::of(parent, name) {
            Ok(seen) if seen.kind() == EntryKind::File => seen,
            Ok(_) => return Ok(false),
            Err(errno) => {
                self.unopened(path, errno);
                return Ok(true);
            }
        };
        if !self.is_packed_already(path, &seen.stat)? {
            match self.tree.open_seen(seen, parent, name) {
                Ok((file, stat)) => self.file(file, &stat, path)?,
                Err(errno) => self.unopened(path, errno),
            }
        }
        Ok(true)
    }

    fn unopened(&mut self, path: &[u8], errno: Errno) {
        match errno {
            // Gone since its name was read.
            Errno::NOENT => {}
            Errno::XDEV => self.leave_out(path, "another file system begins there"),
            errno => self.leave_out(path, errno),
        }
    }

    /// Packs one entry; a folder that is to be gone through is the answer.
    fn entry(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &[u8],
        path: &[u8],
        stat: &Statx,
    ) -> Result<Option<OwnedFd>, Error> {
        if !self.is_wanted(path)? {
            return Ok(None);
        }
        let kind = kind(stat);
        if kind != EntryKind::Folder && self.is_packed_already(path, stat)? {
            return Ok(None);
        }
        let body = match kind {
            EntryKind::Folder => return self.folder(parent, name, path, stat),
            EntryKind::File => {
                match self.tree.open_file(parent, name) {
                    Ok(Opened::File(file, stat)) => self.file(file, &stat, path)?,
                    Ok(Opened::Other(_)) => {}
                    Err(errno) => self.unopened(path, errno),
                }
                return Ok(None);
            }
            EntryKind::Link => match readlinkat(parent, name, Vec::new()) {
                Ok(target) => Body::Link(target.into_bytes()),
                Err(Errno::NOENT | Errno::INVAL) => return Ok(None),
                Err(errno) => {
                    self.leave_out(path, errno);
                    return Ok(None);
                }
            },
            EntryKind::Fifo => Body::Fifo,
            EntryKind::CharDevice => Body::CharDevice(stat.stx_rdev_major, stat.stx_rdev_minor),
            EntryKind::BlockDevice => Body::BlockDevice(stat.stx_rdev_major, stat.stx_rdev_minor),
            EntryKind::Socket | EntryKind::Unknown => {
                self.leave_out(path, described(kind));
                return Ok(None);
            }
        };
        let attributes = match hold(parent, name) {
            Ok(held) => self.attributes(path, &Held::path(&held)),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => {
                self.leave_out(path, format!("its attributes could not be read: {errno}"));
                Vec::new()
            }
        };
        self.begin(path, stat, body, attributes, None)?;
        self.remember(path, stat);
        Ok(None)
    }

    fn folder(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &[u8],
        path: &[u8],
        stat: &Statx,
    ) -> Result<Option<OwnedFd>, Error> {
        let opened = self.tree.enter(parent, name);
        match &opened {
            // Gone or something else by now.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            Err(Errno::XDEV) => self.leave_out(path, "what is in it is another file system"),
            Err(errno) => self.leave_out(path, format!("what is in it could not be opened: {errno}")),
            Ok(_) => {}
        }
        let opened = opened.ok();
        let held = opened.as_ref().map(|open| Held::Open(open.as_fd()));
        let attributes = held.map(|held| self.attributes(path, &held)).unwrap_or_default();
        self.begin(path, stat, Body::Folder, attributes, None)?;
        Ok(opened)
    }

    fn file(&mut self, file: OwnedFd, stat: &Statx, path: &[u8]) -> Result<(), Error> {
        let attributes = self.attributes(path, &Held::Open(file.as_fd()));
        let pieces = holes::pieces(file.as_fd(), stat);
        self.begin(path, stat, Body::File(stat.stx_size), attributes, pieces.as_deref())?;
        self.remember(path, stat);
        let mut content: Box<dyn Read> = match pieces {
            Some(pieces) => Box::new(holes::Data::new(file, pieces)),
            None => Box::new(File::from(file)),
        };
        let (progress, copied) = (self.progress, &mut self.copied);
        let short = self.writer.copy(&mut *content, |bytes| {
            progress.allocated.fetch_add(bytes, Ordering::Relaxed);
            copied.bytes += bytes;
            if progress.is_cancelled() { Err(io::Error::other(Error::Cancelled)) } else { Ok(()) }
        });
        if let Some(short) = short.map_err(|error| unwritten(self.place, error))? {
            let why = short.error.map_or_else(|| "it shrank".to_owned(), |error| error.to_string());
            self.leave_out(path, format!("the last {} bytes are zeros: {why}", short.missing));
        }
        Ok(())
    }

    /// Packs another name of what was packed before; says whether it was one.
    fn is_packed_already(&mut self, path: &[u8], stat: &Statx) -> Result<bool, Error> {
        let identity = identity(stat);
        let Some((first, others)) = self.links.get_mut(&identity).filter(|_| stat.stx_nlink > 1) else {
            return Ok(false);
        };
        *others = others.saturating_sub(1);
        let first = if *others > 0 {
            first.clone()
        } else {
            let (first, _) = self.links.remove(&identity).unwrap_or_default();
            self.remembered = self.remembered.saturating_sub(first.len() + LINK);
            first
        };
        self.begin(path, stat, Body::Same(first), Vec::new(), None).map(|()| true)
    }

    fn remember(&mut self, path: &[u8], stat: &Statx) {
        if stat.stx_nlink < 2 {
            return;
        }
        let cost = path.len() + LINK;
        if self.remembered + cost <= MAX_LINKS {
            self.remembered += cost;
            self.links.insert(identity(stat), (path.to_vec(), stat.stx_nlink - 1));
        } else {
            self.leave_out(path, "too many hard links: its other names are files of their own");
        }
    }

    fn attributes(&mut self, path: &[u8], held: &Held<'_>) -> Vec<Attribute> {
        let read = attributes::read(held);
        if let Some(missing) = read.missing {
            self.leave_out(path, missing);
        }
        read.attributes
    }

    fn begin(
        &mut self,
        path: &[u8],
        stat: &Statx,
        body: Body,
        attributes: Vec<Attribute>,
        pieces: Option<&[Piece]>,
    ) -> Result<(), Error> {
        let head = Head {
            name: path.to_vec(),
            body,
            mode: u32::from(stat.stx_mode) & 0o7777,
            uid: stat.stx_uid,
            gid: stat.stx_gid,
            modified: Time { seconds: stat.stx_mtime.tv_sec, nanos: stat.stx_mtime.tv_nsec },
            attributes,
        };
        let begun = match pieces {
            Some(pieces) => self.writer.begin_sparse(&head, pieces),
            None => self.writer.begin(&head),
        };
        begun.map_err(|error| unwritten(self.place, error))?;
        self.copied.entries += 1;
        self.progress.entries.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn leave_out(&mut self, path: &[u8], why: impl std::fmt::Display) {
        self.copied.leave_out(format!("{}: {why}", String::from_utf8_lossy(path)));
    }

    fn finish(mut self) -> Result<Copied, Error> {
        let mut left_out = self.copied.skipped.clone();
        if self.copied.more_skipped > 0 {
            left_out.push(format!("and {} more", self.copied.more_skipped));
        }
        let written = self.writer.remark(&left_out).and_then(|()| self.writer.finish());
        written.map_err(|error| unwritten(self.place, error))?;
        Ok(self.copied)
    }
}

fn identity(stat: &Statx) -> (Device, u64) {
    (device(stat), stat.stx_ino)
}

/// Where the archive goes cannot take it; or the error was ours to begin with.
fn unwritten(place: &Place, error: io::Error) -> Error {
    super::of_stream(place, error)
}

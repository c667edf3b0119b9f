//! Making one entry that is no folder.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, linkat, makedev, mknodat, openat, renameat, renameat_with,
    symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::restore::Wish;
use super::unpack::Target;
use super::{failed, kind, of_stream, stat_at};
use crate::access::content::Error;
use crate::domain::entry::EntryKind;
use crate::domain::place::Place;
use crate::pax::{Body, Head, Reader};

/// Bytes copied at once; whole blocks, so that blocks of zeros are found.
const CHUNK: usize = 128 * 1024;
/// What is left out of a file when it is all zeros: most file systems' unit.
const HOLE: usize = 4096;
const ZEROS: [u8; HOLE] = [0; HOLE];
/// What a new entry may be, until it is what the archive says.
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

impl Target<'_> {
    /// Makes an entry in an open folder. A file that stands at the top, or in another's place,
    /// appears under its name only when it is whole.
    pub(super) fn make(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &[u8],
        at: &Place,
        head: &Head,
        content: &mut Reader<impl Read>,
    ) -> Result<(), Error> {
        let is_file = matches!(head.body, Body::File(_));
        let is_top_file = self.is_at_top() && is_file;
        // Where nothing is replaced the making itself says so; a file is not written for nothing.
        let there = if self.how.replace || is_top_file {
            match stat_at(parent, name) {
                Ok(stat) => Some(kind(&stat)),
                Err(Errno::NOENT) => None,
                Err(errno) => return Err(failed(at, errno)),
            }
        } else {
            None
        };
        let other = |what: &str| Error::Other { place: at.clone(), what: what.to_owned() };
        match there {
            Some(_) if !self.how.replace => return Err(other("there already")),
            Some(EntryKind::Folder) => return Err(other("a folder, which only a folder replaces")),
            _ => {}
        }
        let is_hidden = there.is_some() || is_top_file;
        let partial = is_hidden.then(|| self.partial_name());
        let made = partial.as_deref().unwrap_or(name);
        let is_made = match &head.body {
            Body::File(size) => self.file(parent, made, at, *size, head, content),
            _ => self.special(parent, made, at, head),
        }?;
        if !is_made {
            return Ok(());
        }
        if let Some(partial) = &partial {
            let renamed = if there.is_some() {
                renameat(parent, partial.as_slice(), parent, name)
            } else {
                name_new(parent, partial, name)
            };
            // Of two names of one file the renaming does nothing, and says that it did it.
            let is_gone = renamed.is_ok() && !matches!(head.body, Body::Same(_));
            if !is_gone {
                let _ = unlinkat(parent, partial.as_slice(), AtFlags::empty());
            }
            renamed.map_err(|errno| failed(at, errno))?;
        }
        self.copied.entries += 1;
        Ok(())
    }

    fn file(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &[u8],
        at: &Place,
        size: u64,
        head: &Head,
        content: &mut Reader<impl Read>,
    ) -> Result<bool, Error> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(parent, name, flags, PRIVATE).map_err(|errno| failed(at, errno))?;
        let file = File::from(file);
        let filled = self.fill(&file, content, size, at);
        if filled.is_err() {
            // Half a file is none.
            let _ = unlinkat(parent, name, AtFlags::empty());
        }
        filled?;
        let wish = Wish::of(head);
        let wish = if self.how.is_tame { self.restorer.tame(wish) } else { wish };
        self.restorer.open(file.as_fd(), &wish);
        Ok(true)
    }

    fn fill(
        &mut self,
        file: &File,
        content: &mut Reader<impl Read>,
        size: u64,
        at: &Place,
    ) -> Result<(), Error> {
        let mut chunk = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK))];
        let knows_holes = content.pieces().is_some();
        let (mut done, mut ends) = (0, 0);
        while done < size {
            if self.progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            done += content.skip_hole();
            if done >= size {
                break;
            }
            let until = content.data_ahead().min(size - done);
            let wanted = usize::try_from(until).unwrap_or(CHUNK).min(CHUNK);
            let bytes = chunk.get_mut(..wanted).unwrap_or_default();
            content.read_exact(bytes).map_err(|error| of_stream(at, error))?;
            // Where the archive says what are holes, the rest is none.
            let written = if knows_holes {
                file.write_all_at(bytes, done).map(|()| done + wanted as u64)
            } else {
                write_but_holes(file, bytes, done, ends)
            };
            ends = written.map_err(|error| of_stream(at, error))?;
            done += wanted as u64;
            self.copied.bytes += wanted as u64;
            self.progress.allocated.fetch_add(wanted as u64, Ordering::Relaxed);
        }
        // A hole at the end was not written.
        if ends < size { file.set_len(size).map_err(|error| of_stream(at, error)) } else { Ok(()) }
    }

    /// Makes what has no content; `false` when it was left out.
    fn special(
        &mut self,
        parent: BorrowedFd<'_>,
        name: &[u8],
        at: &Place,
        head: &Head,
    ) -> Result<bool, Error> {
        if self.how.is_tame && matches!(head.body, Body::CharDevice(..) | Body::BlockDevice(..)) {
            self.copied.leave_out(format!("{}: a device; none is made on this machine", at.text()));
            return Ok(false);
        }
        let node = |kind, device| mknodat(parent, name, kind, PRIVATE, device);
        let made = match &head.body {
            Body::Same(first) => return self.same(parent, name, at, first),
            Body::Link(target) => symlinkat(target.as_slice(), parent, name),
            Body::Fifo => node(FileType::Fifo, 0),
            Body::CharDevice(major, minor) => node(FileType::CharacterDevice, makedev(*major, *minor)),
            Body::BlockDevice(major, minor) => node(FileType::BlockDevice, makedev(*major, *minor)),
            Body::File(_) | Body::Folder => Ok(()),
        };
        let is_node = !matches!(head.body, Body::Link(_));
        match made {
            Ok(()) => {}
            Err(Errno::PERM | Errno::ACCESS) if is_node => {
                self.copied.leave_out(format!("{}: devices and pipes may not be made here", at.text()));
                return Ok(false);
            }
            Err(errno) => return Err(failed(at, errno)),
        }
        self.restorer.named(parent, name, is_node, &Wish::of(head));
        Ok(true)
    }

    /// Gives another name to what the archive unpacked before.
    fn same(&mut self, parent: BorrowedFd<'_>, name: &[u8], at: &Place, first: &[u8]) -> Result<bool, Error> {
        let parts = self.parts(first)?;
        let there = self.place_of(&parts);
        let Some((last, above)) = parts.split_last() else {
            return Err(Error::Other { place: at.clone(), what: "a hard link to a folder".to_owned() });
        };
        let mut folder = None;
        let mut entered = Ok(());
        for part in above {
            let from = folder.as_ref().map_or_else(|| self.root(), AsFd::as_fd);
            match self.tree.enter(from, part.as_slice()) {
                Ok(next) => folder = Some(next),
                Err(errno) => {
                    entered = Err(errno);
                    break;
                }
            }
        }
        let from = folder.as_ref().map_or_else(|| self.root(), AsFd::as_fd);
        let linked = entered.and_then(|()| linkat(from, last.as_slice(), parent, name, AtFlags::empty()));
        match linked {
            Ok(()) => Ok(true),
            // What it is another name of was left out itself.
            Err(Errno::NOENT) => {
                self.copied.leave_out(format!("{}: its other name {there} is not there", at.text()));
                Ok(false)
            }
            Err(errno) => Err(failed(at, errno)),
        }
    }
}

/// Gives an entry its name unless something has it by now.
fn name_new(folder: BorrowedFd<'_>, partial: &[u8], name: &[u8]) -> Result<(), Errno> {
    match renameat_with(folder, partial, folder, name, RenameFlags::NOREPLACE) {
        // Not every file system knows that; a second name is refused everywhere.
        Err(Errno::INVAL | Errno::NOSYS) => {
            linkat(folder, partial, folder, name, AtFlags::empty())?;
            unlinkat(folder, partial, AtFlags::empty())
        }
        other => other,
    }
}

/// Writes bytes at a position, but passes over blocks of zeros: they stay holes. Answers where the file ends
/// by now, which ended there before.
fn write_but_holes(file: &File, bytes: &[u8], position: u64, mut ends: u64) -> io::Result<u64> {
    let is_hole = |block: &[u8]| ZEROS.get(..block.len()) == Some(block);
    let mut at = position;
    for run in bytes.chunks(HOLE).collect::<Vec<_>>().chunk_by(|a, b| is_hole(a) == is_hole(b)) {
        let length: usize = run.iter().map(|block| block.len()).sum();
        if run.first().is_some_and(|block| !is_hole(block)) {
            let from = usize::try_from(at - position).unwrap_or(0);
            file.write_all_at(bytes.get(from..from + length).unwrap_or_default(), at)?;
            ends = at + length as u64;
        }
        at += length as u64;
    }
    Ok(ends)
}

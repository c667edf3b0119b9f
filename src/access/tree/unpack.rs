//! Unpacking an archive into a folder, and nowhere else.
//!
//! Every part of every name is opened relative to its parent and never through a link, so an
//! archive that makes a link and then writes through it gets an error. What a folder is to be
//! like is set when the archive leaves it: what is made in it would change its time again.

use std::io::{self, BufReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Mode, mkdirat, unlinkat};
use rustix::io::Errno;

use super::restore::{Restorer, Wish};
use super::{Tree, failed, kind, of_stream, stat_at};
use crate::access::content::{Copied, Error};
use crate::access::walk::Progress;
use crate::domain::entry::EntryKind;
use crate::domain::place::Place;
use crate::pax::{Body, Head, Reader};

/// What is read ahead.
const BUFFER: usize = 128 * 1024;
/// What may follow an archive's end: tars fill up to a round size.
const MAX_TRAILER: u64 = 1024 * 1024;
/// A folder that no entry describes, until one does.
const PLAIN_FOLDER: u32 = 0o755;

/// How to unpack.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unpacking {
    /// Whether what is there already gives way; folders are merged, never removed.
    pub replace: bool,
    /// How many parts are taken off the beginning of each name: with 1 the packed entry becomes the folder.
    pub strip: u8,
    /// Whether it comes out of a volume onto a machine, which must not gain devices or files that
    /// run as somebody else by it.
    pub is_tame: bool,
}

impl Tree {
    /// Unpacks a tar into a folder.
    ///
    /// # Errors
    /// When the tar is broken, names something outside the folder, or an entry cannot be written;
    /// what was written before stays.
    pub fn unpack(
        &self,
        place: &Place,
        archive: &mut dyn Read,
        replace: bool,
        progress: &Progress,
    ) -> Result<Copied, Error> {
        self.unpack_with(place, archive, Unpacking { replace, ..Unpacking::default() }, progress)
    }

    /// The same, with more to say about how.
    ///
    /// # Errors
    /// As for [`Tree::unpack`].
    pub fn unpack_with(
        &self,
        place: &Place,
        archive: &mut dyn Read,
        how: Unpacking,
        progress: &Progress,
    ) -> Result<Copied, Error> {
        let mut target = Target {
            tree: self,
            place,
            root: Level { name: Vec::new(), folder: Rc::new(self.folder(place)?), wish: None },
            levels: Vec::new(),
            how,
            restorer: Restorer::default(),
            seed: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos()),
            partials: 0,
            copied: Copied::default(),
            progress,
        };
        let mut reader = Reader::new(BufReader::with_capacity(BUFFER, archive));
        let done = target.all(&mut reader);
        target.close();
        done?;
        let mut copied = target.copied;
        let remarks = reader.remarks().iter().map(|text| format!("not packed: {text}"));
        remarks.chain(target.restorer.troubles()).for_each(|text| copied.leave_out(text));
        // So that whoever writes the archive is not cut off in its last, empty blocks.
        let _ = io::copy(&mut reader.into_rest().take(MAX_TRAILER), &mut io::sink());
        Ok(copied)
    }
}

/// A folder that the archive is in at the moment.
pub(super) struct Level {
    name: Vec<u8>,
    folder: Rc<OwnedFd>,
    /// What it is to be like once the archive leaves it.
    wish: Option<Wish>,
}

/// Where an archive is unpacked to.
pub(super) struct Target<'a> {
    pub(super) tree: &'a Tree,
    place: &'a Place,
    root: Level,
    levels: Vec<Level>,
    pub(super) how: Unpacking,
    pub(super) restorer: Restorer,
    seed: u128,
    partials: u64,
    pub(super) copied: Copied,
    pub(super) progress: &'a Progress,
}

impl Target<'_> {
    fn all(&mut self, reader: &mut Reader<impl Read>) -> Result<(), Error> {
        while let Some(head) = reader.next_head().map_err(|error| of_stream(self.place, error))? {
            if self.progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            self.entry(&head, reader)?;
        }
        Ok(())
    }

    fn entry(&mut self, head: &Head, content: &mut Reader<impl Read>) -> Result<(), Error> {
        let parts = self.parts(&head.name)?;
        let Some((name, above)) = parts.split_last() else {
            return self.root_itself(head);
        };
        let at = self.place_of(&parts);
        if head.body == Body::Folder {
            self.folder(&parts, head).map_err(|error| error.unwrap_or_else(|errno| failed(&at, errno)))?;
        } else {
            self.go_to(above)?;
            let parent = Rc::clone(&self.levels.last().unwrap_or(&self.root).folder);
            self.make(parent.as_fd(), name, &at, head, content)?;
        }
        self.progress.entries.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The parts of a name below the folder, refused when they lead elsewhere.
    pub(super) fn parts(&self, name: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let refuse = |why: &str| Error::Other {
            place: self.place.clone(),
            what: format!("not where the archive's '{}' would go: {why}", String::from_utf8_lossy(name)),
        };
        // Where what stands before the volume's own names is taken off, a slash is part of that.
        if name.starts_with(b"/") && self.how.strip == 0 {
            return Err(refuse("an absolute name"));
        }
        let inside = Place::parse(name).map_err(|_leaves| refuse("a name that leads out of it"))?;
        let skipped = usize::from(self.how.strip);
        Ok(inside.parts().skip(skipped).map(<[u8]>::to_vec).collect())
    }

    pub(super) fn place_of(&self, parts: &[Vec<u8>]) -> Place {
        self.place.below(parts)
    }

    /// What the archive says of the folder itself.
    fn root_itself(&mut self, head: &Head) -> Result<(), Error> {
        if head.body != Body::Folder {
            let what = "a folder, which the archive would make something else".to_owned();
            return Err(Error::Other { place: self.place.clone(), what });
        }
        self.root.wish = Some(Wish::of(head));
        self.copied.entries += 1;
        Ok(())
    }

    /// Makes a folder, or takes the one that the archive made by being in it.
    fn folder(&mut self, parts: &[Vec<u8>], head: &Head) -> Result<(), Result<Error, Errno>> {
        let Some((name, above)) = parts.split_last() else { return Ok(()) };
        let is_open = parts.len() <= self.levels.len()
            && self.levels.iter().zip(parts).all(|(level, part)| level.name == *part);
        self.go_to(if is_open { parts } else { above }).map_err(Ok)?;
        if !is_open {
            self.down(name, self.how.replace).map_err(Err)?;
        }
        if let Some(level) = self.levels.last_mut() {
            level.wish = Some(Wish::of(head));
        }
        self.copied.entries += 1;
        Ok(())
    }

    /// Makes a folder in the one that is open, and opens it.
    fn down(&mut self, name: &[u8], may_exist: bool) -> Result<(), Errno> {
        let here = self.here();
        let mut made = mkdirat(here, name, Mode::RWXU);
        if made == Err(Errno::EXIST) && self.how.replace {
            // A link or a file in the way gives way itself; nothing is written through it.
            if kind(&stat_at(here, name)?) != EntryKind::Folder {
                unlinkat(here, name, AtFlags::empty())?;
                made = mkdirat(here, name, Mode::RWXU);
            }
        }
        match made {
            Err(Errno::EXIST) if may_exist => {}
            other => other?,
        }
        let folder = self.tree.enter(here, name)?;
        // A folder that was there stays as it is unless the archive says otherwise.
        let wish = made.is_ok().then(|| Wish::plain(PLAIN_FOLDER));
        self.levels.push(Level { name: name.to_vec(), folder: Rc::new(folder), wish });
        Ok(())
    }

    /// Leaves folders and enters or makes others until the one with these parts is open.
    fn go_to(&mut self, parts: &[Vec<u8>]) -> Result<(), Error> {
        let same = self.levels.iter().zip(parts).take_while(|(level, part)| level.name == **part).count();
        while self.levels.len() > same {
            self.leave();
        }
        for depth in same..parts.len() {
            let Some(name) = parts.get(depth) else { break };
            let entered = match self.tree.enter(self.here(), name.as_slice()) {
                Ok(folder) => {
                    self.levels.push(Level { name: name.clone(), folder: Rc::new(folder), wish: None });
                    Ok(())
                }
                Err(Errno::NOENT) => self.down(name, true),
                Err(Errno::NOTDIR | Errno::LOOP) if self.how.replace => self.down(name, true),
                Err(errno) => Err(errno),
            };
            entered
                .map_err(|errno| failed(&self.place_of(parts.get(..=depth).unwrap_or_default()), errno))?;
        }
        Ok(())
    }

    /// The folder that is open.
    fn here(&self) -> BorrowedFd<'_> {
        self.levels.last().unwrap_or(&self.root).folder.as_fd()
    }

    /// Whether that is the folder itself.
    pub(super) fn is_at_top(&self) -> bool {
        self.levels.is_empty()
    }

    /// A name that nobody else has, for what is not whole yet.
    pub(super) fn partial_name(&mut self) -> Vec<u8> {
        self.partials += 1;
        format!(".volx-{:x}-{}.partial", self.seed, self.partials).into_bytes()
    }

    /// The folder itself.
    pub(super) fn root(&self) -> BorrowedFd<'_> {
        self.root.folder.as_fd()
    }

    fn leave(&mut self) {
        if let Some(Level { folder, wish: Some(wish), .. }) = self.levels.pop() {
            self.restorer.open(folder.as_fd(), &wish);
        }
    }

    /// Leaves all folders.
    fn close(&mut self) {
        while !self.levels.is_empty() {
            self.leave();
        }
        if let Some(wish) = self.root.wish.take() {
            self.restorer.open(self.root.folder.as_fd(), &wish);
        }
    }
}

//! What each folder of a folder weighs.

use std::io;
use std::os::fd::AsFd;

use rustix::io::Errno;

use super::list::each_name;
use super::{Tree, allocated, kind, stat_at, walk_at};
use crate::access::content::Error;
use crate::access::walk::{Progress, Walked};
use crate::domain::entry::{EntryKind, MAX_ENTRIES, Weight};
use crate::domain::place::Place;

impl Tree {
    /// Tells what each folder of a folder weighs as soon as it is known. Another file system is
    /// neither entered nor told, nor are more than [`MAX_ENTRIES`]: a listing has no more either,
    /// and says so.
    ///
    /// # Errors
    /// When it is no folder or cannot be opened, or the work was cancelled.
    pub fn weigh(
        &self,
        place: &Place,
        progress: &Progress,
        found: &mut dyn FnMut(Vec<u8>, Weight),
    ) -> Result<(), Error> {
        self.weigh_at_most(place, MAX_ENTRIES, progress, found)
    }

    pub(super) fn weigh_at_most(
        &self,
        place: &Place,
        most: usize,
        progress: &Progress,
        found: &mut dyn FnMut(Vec<u8>, Weight),
    ) -> Result<(), Error> {
        let folder = self.folder(place)?;
        let mut told = 0;
        each_name(folder.as_fd(), |name| {
            if progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if told >= most {
                return Ok(());
            }
            let Ok(stat) = stat_at(&folder, name) else { return Ok(()) };
            if kind(&stat) != EntryKind::Folder || self.is_mount(&stat) {
                return Ok(());
            }
            let walked = match self.enter(folder.as_fd(), name) {
                Ok(below) => walk_at(below, progress),
                // Gone or something else by now: there is nothing to weigh.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(()),
                Err(errno) => Err(errno.into()),
            };
            let weight = match walked {
                Ok(walked) => weight(&walked),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(Error::Cancelled),
                Err(_) => {
                    Weight { allocated: Some(allocated(&stat)), dirs: 1, errors: 1, ..Weight::default() }
                }
            };
            told += 1;
            found(name.to_bytes().to_vec(), weight);
            Ok(())
        })?;
        Ok(())
    }
}

const fn weight(walked: &Walked) -> Weight {
    Weight {
        apparent: walked.apparent,
        allocated: Some(walked.allocated),
        files: walked.files,
        dirs: walked.dirs + 1,
        newest_write: walked.newest_write,
        errors: walked.errors,
    }
}

//! The entries of a folder.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::RawDir;
use rustix::io::Errno;

use super::{Tree, allocated, is_entry, stat_at, stat_of};
use crate::access::content::Error;
use crate::access::walk::Progress;
use crate::domain::entry::{Listing, MAX_ENTRIES};
use crate::domain::place::Place;

/// Room for the names that the kernel hands over at once.
const NAMES: usize = 64 * 1024;

impl Tree {
    /// The entries of a folder; at most [`MAX_ENTRIES`], the others are counted.
    ///
    /// # Errors
    /// When it is no folder or cannot be opened.
    pub fn list(&self, place: &Place) -> Result<Listing, Error> {
        self.list_at_most(place, MAX_ENTRIES, &Progress::default())
    }

    /// The same, ended when it is told to end.
    ///
    /// # Errors
    /// As for [`Tree::list`], or when it was cancelled.
    pub fn list_unless(&self, place: &Place, progress: &Progress) -> Result<Listing, Error> {
        self.list_at_most(place, MAX_ENTRIES, progress)
    }

    pub(super) fn list_at_most(
        &self,
        place: &Place,
        most: usize,
        progress: &Progress,
    ) -> Result<Listing, Error> {
        let folder = self.folder(place)?;
        let own = stat_of(&folder).ok().map(|stat| allocated(&stat));
        let mut listing = Listing { own, ..Listing::default() };
        let is_whole = each_name(folder.as_fd(), |name| {
            if progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if listing.entries.len() >= most {
                listing.folded += 1;
                return Ok(());
            }
            match stat_at(&folder, name) {
                Ok(stat) => listing.entries.push(self.entry(folder.as_fd(), name.to_bytes(), &stat)),
                // Gone since its name was read, or not ours to look at.
                Err(_) => listing.errors += 1,
            }
            Ok(())
        })?;
        listing.errors += u64::from(!is_whole);
        Ok(listing)
    }
}

/// Calls `found` with each name of a folder, until it fails; `false` when not all could be read.
pub(super) fn each_name(
    folder: BorrowedFd<'_>,
    mut found: impl FnMut(&CStr) -> Result<(), Error>,
) -> Result<bool, Error> {
    let mut buffer = vec![MaybeUninit::uninit(); NAMES];
    let mut names = RawDir::new(folder, &mut buffer);
    while let Some(name) = names.next() {
        match name {
            Ok(name) if is_entry(name.file_name()) => found(name.file_name())?,
            Ok(_) => {}
            // The folder itself was removed while it was read: nothing is left in it.
            Err(Errno::NOENT) => break,
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

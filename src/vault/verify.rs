//! Proving a backup: every byte is read, each entry is compared with the index.

use std::io::{self, Read, Seek};

use super::scan::Scan;
use super::{Archive, Error, Whole};
use crate::domain::place::{Place, plain};

/// Names whose digests are compared at once: 32 MiB of them.
const AT_ONCE: u64 = 4 * 1024 * 1024;

/// What was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries that are as they were written.
    pub entries: u64,
    /// Bytes of tar that were read.
    pub bytes: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads all of it. `seen` hears again and again how many bytes of the tar were read by now, and ends
    /// the work by answering `false`.
    ///
    /// # Errors
    /// When anything is not as it was written, or two entries have one name, or it was ended.
    pub fn verify(&self, seen: &mut dyn FnMut(u64) -> bool) -> Result<Verified, Error> {
        let mut index = self.entries();
        let mut watched = Watched { tar: self.whole()?, seen };
        let mut scan = Scan::new(&mut watched);
        while let Some(found) = scan.next()? {
            let name = found.head.name.clone();
            let known = index.next().ok_or_else(|| Error::entry(&name, "the index does not have it"))??;
            if known != found {
                return Err(Error::entry(&name, "it is not what the index says"));
            }
            if Place::parse(&name).is_err() {
                return Err(Error::entry(&name, "its name leads out of the volume"));
            }
        }
        if let Some(more) = index.next() {
            return Err(Error::entry(&more?.head.name, "it is in the index alone"));
        }
        let mut counted = scan.finish()?;
        if !watched.tar.is_what_was_written() {
            return Err(Error::damaged(
                "its bytes are not those that were written, though they say the same",
            ));
        }
        let bytes = self.footer.tar_bytes;
        counted.tar_bytes = bytes;
        if counted != self.manifest().counted {
            return Err(Error::Manifest("it counts something else than what is in it".to_owned()));
        }
        self.no_name_twice(watched.seen)?;
        Ok(Verified { entries: counted.entries, bytes })
    }

    /// In several passes when there are many, so that memory is bounded.
    fn no_name_twice(&self, seen: &mut dyn FnMut(u64) -> bool) -> Result<(), Error> {
        let passes = self.footer.entries.div_ceil(AT_ONCE).max(1);
        for pass in 0..passes {
            let mut digests = Vec::new();
            for entry in self.entries() {
                let digest = digest(&entry?.head.name);
                if digest % passes == pass {
                    digests.push(digest);
                }
            }
            if !seen(self.footer.tar_bytes) {
                return Err(Error::Cancelled);
            }
            digests.sort_unstable();
            for (digest, _) in digests.iter().zip(digests.iter().skip(1)).filter(|(a, b)| a == b) {
                self.not_twice(*digest)?;
            }
        }
        Ok(())
    }

    /// That several names with one digest are several names.
    fn not_twice(&self, wanted: u64) -> Result<(), Error> {
        let mut known: Vec<Vec<u8>> = Vec::new();
        for entry in self.entries() {
            let name = entry?.head.name;
            if digest(&name) == wanted {
                let place = plain(&name);
                if known.contains(&place) {
                    return Err(Error::entry(&name, "it is there twice"));
                }
                known.push(place);
            }
        }
        Ok(())
    }
}

/// A tar that says how far it was read.
struct Watched<'a, 's, R> {
    tar: Whole<'a, R>,
    seen: &'s mut dyn FnMut(u64) -> bool,
}

impl<R: Read + Seek> Read for Watched<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.tar.read(buffer)?;
        if (self.seen)(self.tar.at) { Ok(read) } else { Err(Error::Cancelled.into()) }
    }
}

/// A short digest of a name, the same for all ways to write it.
pub(super) fn digest(name: &[u8]) -> u64 {
    let digest = blake3::hash(&plain(name));
    u64::from_le_bytes(digest.as_bytes().first_chunk().copied().unwrap_or_default())
}

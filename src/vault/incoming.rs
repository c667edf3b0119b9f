//! A backup whose frames somebody else writes, into its file or by sending them.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::archive::MAX_TABLE;
use super::file::{Done, Partial, settle};
use super::frames::Sealed;
use super::scratch::Spill;
use super::write::{Ended, Tail};
use super::{About, Archive, Error, Scratch};

/// A backup that comes in: its frames are written to it, unless they are written to its file by somebody
/// else. Dropped before its end it leaves nothing.
pub struct Incoming {
    out: Sealed<Partial>,
    index: Spill,
    table: Vec<u8>,
    path: PathBuf,
}

impl Incoming {
    /// Begins to take in a backup of a volume that began at that moment.
    ///
    /// # Errors
    /// As for [`super::Backup::create`].
    pub fn create(folder: &Path, volume: &str, at: Timestamp) -> Result<Self, Error> {
        let (partial, path) = Partial::of(folder, volume, at)?;
        let index = Spill::new(Scratch::Folder(folder.to_owned()));
        Ok(Self { out: Sealed::new(partial), index, table: Vec::new(), path })
    }

    /// The file that it is until it is whole, and where that is.
    #[must_use]
    pub const fn partial(&self) -> (&File, &PathBuf) {
        (&self.out.out.file, &self.out.out.path)
    }

    /// Takes in a piece of the index, which comes while the frames do.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn index(&mut self, piece: &[u8]) -> Result<(), Error> {
        Ok(self.index.add(piece)?)
    }

    /// Takes in a piece of the seek table.
    ///
    /// # Errors
    /// When it is larger than any.
    pub fn table(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.table.extend_from_slice(piece);
        match self.table.len() as u64 {
            ..=MAX_TABLE => Ok(()),
            length => Err(Error::TooLarge(format!("a seek table of {length} bytes"))),
        }
    }

    /// Ends it: the file gets its name if there is a whole backup in it.
    ///
    /// # Errors
    /// When what came is none, or the folder cannot be written.
    pub fn finish(self, tail: Tail, about: About) -> Result<Done, Error> {
        let Self { out, index, table, path } = self;
        let out = if out.written == 0 {
            let mut partial = out.out;
            let length = partial.file.seek(SeekFrom::End(0))?;
            whole(length, &tail)?;
            Sealed::behind(partial, length, &tail.sha256)?
        } else {
            whole(out.written, &tail)?;
            out
        };
        let written = Ended { out, index, table, tail }.seal(about)?;
        let manifest = Archive::open(File::open(&written.out.path)?)?.manifest().clone();
        settle(written.out, Done { path, manifest, bytes: written.bytes, sha256: written.sha256 })
    }
}

/// That as much is there as was written.
fn whole(there: u64, tail: &Tail) -> Result<(), Error> {
    match tail.written.abs_diff(there) {
        0 => Ok(()),
        missing => {
            Err(Error::Partial(format!("it is {missing} bytes shorter or longer than it was written")))
        }
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

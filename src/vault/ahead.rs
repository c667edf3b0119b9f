//! The whole tar of a backup, decompressed ahead of whoever reads it.

use std::io::{self, Read, Seek};

use zstd::bulk::Decompressor;

use super::archive::{Archive, read_at};
use super::workers::Workers;
use super::{Error, frames};

/// More threads than this are faster than anybody reads.
const MAX_THREADS: usize = 4;
/// Bytes that may be decompressed before somebody reads them: ours are 2 MiB at once, others' may be more.
const MAX_AHEAD: usize = 16 * 1024 * 1024;

/// A frame, and how long its content is.
type Job = (Vec<u8>, usize);

/// The tar from its first byte to its last.
pub struct Whole<'a, R> {
    archive: &'a Archive<R>,
    workers: Workers<Job, Result<Vec<u8>, Error>>,
    /// The frame that is decompressed next.
    next: u32,
    /// Bytes that are being decompressed, or were.
    ahead: usize,
    /// The frame that is being read, and how far.
    frame: Vec<u8>,
    read: usize,
    /// Bytes that were read.
    pub(super) at: u64,
    /// Of all frames that were opened.
    digest: blake3::Hasher,
}

impl<R: Read + Seek> Archive<R> {
    /// All of the tar; its frames are checked as they are read.
    ///
    /// # Errors
    /// When no threads can be had.
    pub fn whole(&self) -> Result<Whole<'_, R>, Error> {
        let threads = std::thread::available_parallelism().map_or(1, Into::into).min(MAX_THREADS);
        let workers = Workers::new("decompress", threads, || {
            let mut decompressor = Decompressor::new()?;
            Ok(move |(frame, length): Job| frames::decompressed_by(&mut decompressor, &frame, length))
        })?;
        let (frame, digest) = (Vec::new(), blake3::Hasher::new());
        Ok(Whole { archive: self, workers, next: 0, ahead: 0, frame, read: 0, at: 0, digest })
    }
}

impl<R: Read + Seek> Whole<'_, R> {
    /// Hands in frames, as many as are worth it.
    fn reach_ahead(&mut self) -> Result<(), Error> {
        let table = &self.archive.table;
        let wrong = |error: zeekstd::Error| Error::damaged(error.to_string());
        while self.next < table.num_frames() && !self.workers.are_busy() {
            let length = table.frame_size_decomp(self.next).map_err(wrong)?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if self.ahead > 0 && self.ahead.saturating_add(length) > MAX_AHEAD {
                break;
            }
            let start = table.frame_start_comp(self.next).map_err(wrong)?;
            let size = table.frame_size_comp(self.next).map_err(wrong)?;
            let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
            read_at(&mut *self.archive.from.borrow_mut(), start, &mut bytes)?;
            self.digest.update(&bytes);
            self.workers.add((bytes, length))?;
            self.ahead += length;
            self.next += 1;
        }
        Ok(())
    }

    /// The next frame; `false` when there is none.
    fn open(&mut self) -> Result<bool, Error> {
        self.reach_ahead()?;
        let Some(frame) = self.workers.next() else { return Ok(false) };
        (self.frame, self.read) = (frame??, 0);
        self.ahead = self.ahead.saturating_sub(self.frame.len());
        // While this one is read.
        self.reach_ahead()?;
        Ok(true)
    }

    /// Reads what is left, and says whether all of it is what was written.
    ///
    /// # Errors
    /// When it is not, or cannot be read.
    pub fn proven(mut self) -> Result<(), Error> {
        io::copy(&mut self, &mut io::sink()).map_err(Error::of_tar)?;
        if self.is_what_was_written() {
            Ok(())
        } else {
            Err(Error::damaged("its bytes are not those that were written"))
        }
    }

    /// Of one that was read to its end.
    pub(super) fn is_what_was_written(&self) -> bool {
        *self.digest.finalize().as_bytes() == self.archive.footer.data_digest
    }
}

impl<R: Read + Seek> Read for Whole<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.read == self.frame.len() {
            if !self.open()? {
                return Ok(0);
            }
        }
        let mut rest = self.frame.get(self.read..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.read += read;
        self.at += read as u64;
        Ok(read)
    }
}

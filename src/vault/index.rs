//! The index: every entry in the tar's order, in compressed chunks.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use zstd::bulk::Compressor;

use super::digest::{Content, of_head};
use super::frames::{self, HEAD};
use super::scratch::{Scratch, Spill};
use super::{Error, footer::Footer};
use crate::pax::{Body, Head, MAX_NAME};

/// Bytes of entries in a chunk, before it is compressed.
const CHUNK: usize = 1024 * 1024;
/// The largest chunk that is read: the name of its last entry may be large, and that of a further name's first.
const MAX_CHUNK: usize = CHUNK + 2 * MAX_NAME + 64 * 1024;
/// What stands before the entries of a chunk: how long they are.
const LENGTH: usize = 4;

/// What the index knows of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What the tar says of it, but for its attributes.
    pub head: Head,
    /// Where it begins in the tar.
    pub at: u64,
    /// A short digest of all that the tar says of it.
    pub said: [u8; 8],
    /// The digest of its content, of a file.
    pub content: Option<Content>,
}

impl Entry {
    /// How many bytes its content has at least; how much of a file with holes is holes is not known.
    #[must_use]
    pub const fn least(&self) -> u64 {
        match (&self.head.body, &self.content) {
            (Body::File(size), Some(Content::Whole(_))) => *size,
            _ => 0,
        }
    }

    pub(super) fn new(mut head: Head, at: u64, content: Option<Content>) -> Result<Self, Error> {
        let said = of_head(&head).map_err(|error| Error::damaged(error.to_string()))?;
        head.attributes.clear();
        Ok(Self { head, at, said, content })
    }
}

/// Writes the index.
pub(super) struct Writer {
    chunk: Vec<u8>,
    compressor: Compressor<'static>,
    digest: blake3::Hasher,
    spill: Spill,
}

impl Writer {
    pub(super) fn new(scratch: Scratch) -> io::Result<Self> {
        let compressor = frames::compressor(zstd::DEFAULT_COMPRESSION_LEVEL)?;
        Ok(Self { chunk: Vec::new(), compressor, digest: blake3::Hasher::new(), spill: Spill::new(scratch) })
    }

    pub(super) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        self.chunk = postcard::to_extend(entry, std::mem::take(&mut self.chunk)).map_err(io::Error::other)?;
        if self.chunk.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let compressed = self.compressor.compress(&self.chunk)?;
        let length = u32::try_from(self.chunk.len()).map_err(io::Error::other)?;
        let head = frames::head(frames::INDEX, LENGTH + compressed.len())?;
        for part in [&head[..], &length.to_le_bytes(), &compressed] {
            self.digest.update(part);
            self.spill.add(part)?;
        }
        self.chunk.clear();
        Ok(())
    }

    /// The bytes of the index, and their digest.
    pub(super) fn finish(mut self) -> io::Result<(Spill, [u8; 32])> {
        self.flush()?;
        Ok((self.spill, self.digest.finalize().into()))
    }
}

/// Reads the index, chunk by chunk. After an error nothing follows.
pub struct Entries<'a, R> {
    from: &'a RefCell<R>,
    at: u64,
    end: u64,
    chunk: Vec<u8>,
    read: usize,
    digest: blake3::Hasher,
    expected: [u8; 32],
    left: u64,
    is_over: bool,
}

impl<'a, R: Read + Seek> Entries<'a, R> {
    pub(super) fn new(from: &'a RefCell<R>, footer: &Footer) -> Self {
        Self {
            from,
            at: footer.index_at,
            end: footer.manifest_at,
            chunk: Vec::new(),
            read: 0,
            digest: blake3::Hasher::new(),
            expected: footer.index_digest,
            left: footer.entries,
            is_over: false,
        }
    }

    fn step(&mut self) -> Result<Option<Entry>, Error> {
        if self.read == self.chunk.len() {
            if self.at >= self.end {
                if self.left != 0 || *self.digest.finalize().as_bytes() != self.expected {
                    return Err(Error::damaged("its index is not the one that was written"));
                }
                return Ok(None);
            }
            self.next_chunk()?;
        }
        let rest = self.chunk.get(self.read..).unwrap_or_default();
        let wrong = |_error| Error::damaged("an entry of its index cannot be read");
        let (entry, after) = postcard::take_from_bytes::<Entry>(rest).map_err(wrong)?;
        if !has_fitting_names(&entry.head) {
            return Err(Error::damaged(format!("its index has a name of more than {MAX_NAME} bytes")));
        }
        self.read = self.chunk.len() - after.len();
        let one_less = self.left.checked_sub(1);
        self.left = one_less.ok_or_else(|| Error::damaged("its index has too many entries"))?;
        Ok(Some(entry))
    }

    fn next_chunk(&mut self) -> Result<(), Error> {
        let mut from = self.from.borrow_mut();
        from.seek(SeekFrom::Start(self.at))?;
        let length = frames::read_head(&mut *from, frames::INDEX, MAX_CHUNK)?;
        let next = self.at + (HEAD + length) as u64;
        if length < LENGTH || next > self.end {
            return Err(Error::damaged("a part of its index is not where it should be"));
        }
        let mut bytes = vec![0; length];
        from.read_exact(&mut bytes)?;
        self.digest.update(&frames::head(frames::INDEX, length)?).update(&bytes);
        let (size, compressed) = bytes.split_at(LENGTH);
        let size = u32::from_le_bytes(size.first_chunk().copied().unwrap_or_default());
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > MAX_CHUNK || size == 0 {
            return Err(Error::TooLarge(format!("{size} bytes of its index at once")));
        }
        self.chunk = frames::decompressed(compressed, size)?;
        (self.at, self.read) = (next, 0);
        Ok(())
    }
}

fn has_fitting_names(head: &Head) -> bool {
    let other = match &head.body {
        Body::Link(other) | Body::Same(other) => other.len(),
        _ => 0,
    };
    head.name.len().max(other) <= MAX_NAME
}

impl<R: Read + Seek> Iterator for Entries<'_, R> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step().transpose();
        self.is_over = !matches!(step, Some(Ok(_)));
        step
    }
}

//! Reading a backup: from its end, one entry of it, or all of it.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom, Write};

use zeekstd::{BytesWrapper, SeekTable};

use super::about::Manifest;
use super::footer::{FOOTER, Footer};
use super::frames::{self, HEAD, MAX_FRAME};
use super::index::{Entries, Entry};
use super::scan::{self, Part};
use super::write::MAX_MANIFEST;
use super::{Error, VERSION};
use crate::domain::place::Place;
use crate::pax::{Body, Reader};

/// What ends a seek table: the number of frames, one byte, and four that say what it is.
const TABLE_END: usize = zeekstd::SEEK_TABLE_INTEGRITY_SIZE;
const TABLE_MAGIC: [u8; 4] = zeekstd::SEEKABLE_MAGIC_NUMBER.to_le_bytes();
/// What a frame takes in the table.
const IN_TABLE: u64 = 8;
/// The largest table, for 32 TiB of tar at least; it is held in memory.
pub(super) const MAX_TABLE: u64 = 128 * 1024 * 1024;
/// What content is handed on in.
const CHUNK: usize = 128 * 1024;
const ZEROS: [u8; 4096] = [0; 4096];

/// An open backup. Its manifest and seek table are what was written; the rest is checked as it is read.
pub struct Archive<R> {
    pub(super) from: RefCell<R>,
    pub(super) table: SeekTable,
    pub(super) footer: Footer,
    manifest: Manifest,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens a backup; reads its end alone.
    ///
    /// # Errors
    /// When it is none, not whole, damaged there, or a newer volx wrote it.
    pub fn open(mut from: R) -> Result<Self, Error> {
        let length = from.seek(SeekFrom::End(0))?;
        let mut end = [0; TABLE_END];
        let tail = length.checked_sub(TABLE_END as u64).ok_or(Error::NoIndex)?;
        read_at(&mut from, tail, &mut end)?;
        let [a, b, c, d, _, magic @ ..] = end;
        if magic != TABLE_MAGIC {
            return Err(Error::NoIndex);
        }
        let table_length = u64::from(u32::from_le_bytes([a, b, c, d])) * IN_TABLE + (HEAD + TABLE_END) as u64;
        if table_length > MAX_TABLE {
            return Err(Error::TooLarge(format!("a seek table of {table_length} bytes")));
        }
        let footer_end = length.checked_sub(table_length).ok_or(Error::NoIndex)?;
        let footer_at = footer_end.checked_sub(FOOTER as u64).ok_or(Error::NoIndex)?;
        let mut bytes = [0; FOOTER];
        read_at(&mut from, footer_at, &mut bytes)?;
        let footer = Footer::read(&bytes)?;
        if footer.manifest > MAX_MANIFEST as u64 {
            return Err(Error::TooLarge(format!("a manifest of {} bytes", footer.manifest)));
        }
        let json_at = footer.manifest_at.checked_add(HEAD as u64);
        if json_at.and_then(|at| at.checked_add(footer.manifest)) != Some(footer_at) {
            let missing =
                footer.manifest_at.saturating_add(HEAD as u64 + footer.manifest).abs_diff(footer_at);
            return Err(Error::Partial(format!(
                "it is {missing} bytes shorter or longer than it was written"
            )));
        }
        from.seek(SeekFrom::Start(footer.manifest_at))?;
        let framed = frames::read_head(&mut from, frames::MANIFEST, MAX_MANIFEST + FOOTER)?;
        let mut json = vec![0; usize::try_from(footer.manifest).unwrap_or(0)];
        from.read_exact(&mut json)?;
        let mut sealed = vec![0; usize::try_from(table_length).unwrap_or(0)];
        read_at(&mut from, footer_end, &mut sealed)?;
        if footer.sum(&json, &sealed) != footer.digest || framed != json.len() + FOOTER {
            return Err(Error::damaged("its manifest or its seek table is not what was written"));
        }
        let table = SeekTable::from_seekable(&mut BytesWrapper::new(&sealed))
            .map_err(|error| Error::damaged(format!("its seek table cannot be read: {error}")))?;
        let fits = table.size_comp() == footer.index_at
            && table.size_decomp() == footer.tar_bytes
            && u64::from(table.num_frames()) == footer.frames
            && footer.index_at <= footer.manifest_at;
        if !fits {
            return Err(Error::damaged("its seek table does not fit its footer"));
        }
        if table.max_frame_size_decomp().max(table.max_frame_size_comp()) > MAX_FRAME as u64 {
            return Err(Error::TooLarge("a frame that is larger than 16 MiB".to_owned()));
        }
        let manifest: Manifest =
            serde_json::from_slice(&json).map_err(|error| Error::Manifest(error.to_string()))?;
        if (manifest.format, manifest.counted.entries, manifest.counted.tar_bytes)
            != (VERSION, footer.entries, footer.tar_bytes)
        {
            return Err(Error::Manifest("it counts other entries, or other bytes".to_owned()));
        }
        Ok(Self { from: RefCell::new(from), table, footer, manifest })
    }

    /// Its manifest.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All entries, as the index has them.
    pub fn entries(&self) -> Entries<'_, R> {
        Entries::new(&self.from, &self.footer)
    }

    /// The tar from some byte on; its frames are checked as they are read.
    pub fn tar(&self, at: u64) -> Tar<'_, R> {
        Tar { archive: self, at, frame: Vec::new(), begins: 0 }
    }

    /// How many bytes of the file hold the tar; what follows is the index.
    pub const fn data_bytes(&self) -> u64 {
        self.footer.index_at
    }

    /// The entry at a place.
    ///
    /// # Errors
    /// When there is none, or the index is damaged.
    pub fn find(&self, place: &Place) -> Result<Entry, Error> {
        for entry in self.entries() {
            let entry = entry?;
            if Place::parse(&entry.head.name).is_ok_and(|there| there == *place) {
                return Ok(entry);
            }
        }
        Err(Error::Missing(place.text()))
    }

    /// Writes a file's content, holes as zeros; reads no more than the frames that it is in. What was
    /// written is right only when there is no error.
    ///
    /// # Errors
    /// When it is no file, it cannot be written, or it is not what the index says.
    pub fn take(&self, entry: &Entry, out: &mut dyn Write) -> Result<(), Error> {
        let name = &entry.head.name;
        let mut first = None;
        if let Body::Same(other) = &entry.head.body {
            let place = Place::parse(other).map_err(|why| Error::entry(name, why))?;
            first = Some(self.find(&place)?);
        }
        let entry = first.as_ref().unwrap_or(entry);
        let Body::File(size) = entry.head.body else {
            return Err(Error::entry(name, "it is no file"));
        };
        let mut reader = Reader::new(self.tar(entry.at));
        let head = reader.next_head().map_err(Error::of_tar)?;
        let found = head.ok_or_else(|| Error::entry(name, "it is not where the index says"))?;
        let mut put = |part: Part<'_>| match part {
            Part::Data(bytes) => out.write_all(bytes),
            Part::Hole(mut left) => {
                while left > 0 {
                    let now = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
                    out.write_all(ZEROS.get(..now).unwrap_or(&ZEROS))?;
                    left -= now as u64;
                }
                Ok(())
            }
        };
        if found.body != Body::File(size) {
            return Err(Error::entry(name, "it is not what the index says"));
        }
        let content = scan::content(&mut reader, size, &mut vec![0; CHUNK], &mut put)?;
        if Entry::new(found, entry.at, Some(content))? != *entry {
            return Err(Error::entry(name, "it is not what the index says"));
        }
        Ok(())
    }
}

pub(super) fn read_at(from: &mut (impl Read + Seek), at: u64, bytes: &mut [u8]) -> io::Result<()> {
    from.seek(SeekFrom::Start(at))?;
    from.read_exact(bytes)
}

/// The tar of a backup, of which some is read: a frame is opened when it is wanted.
pub struct Tar<'a, R> {
    archive: &'a Archive<R>,
    pub(super) at: u64,
    /// The frame that is open, and where it begins in the tar.
    frame: Vec<u8>,
    begins: u64,
}

impl<R: Read + Seek> Tar<'_, R> {
    fn open(&mut self) -> Result<(), Error> {
        let table = &self.archive.table;
        let wrong = |error: zeekstd::Error| Error::damaged(error.to_string());
        let frame = table.frame_index_decomp(self.at);
        let start = table.frame_start_comp(frame).map_err(wrong)?;
        let size = table.frame_size_comp(frame).map_err(wrong)?;
        let length = table.frame_size_decomp(frame).map_err(wrong)?;
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        read_at(&mut *self.archive.from.borrow_mut(), start, &mut bytes)?;
        self.frame = frames::decompressed(&bytes, usize::try_from(length).unwrap_or(0))?;
        self.begins = table.frame_start_decomp(frame).map_err(wrong)?;
        Ok(())
    }
}

impl<R: Read + Seek> Read for Tar<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.archive.footer.tar_bytes || buffer.is_empty() {
            return Ok(0);
        }
        if self.at < self.begins || self.at >= self.begins + self.frame.len() as u64 {
            self.open()?;
        }
        let from = usize::try_from(self.at - self.begins).unwrap_or(usize::MAX);
        let mut rest = self.frame.get(from..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

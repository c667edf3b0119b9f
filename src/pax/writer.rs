//! Writing an archive.

use std::io::{self, Read, Write};

use super::block::{self, BLOCK, Block, padding};
use super::reader::MAX_RECORDS;
use super::sparse::{self, Piece};
use super::{Body, Head, Time, record};

/// Bytes copied at once.
const CHUNK: usize = 128 * 1024;

/// Writes entry after entry; an archive is whole only when it was finished.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    /// Content of the entry that is still to come.
    left: u64,
    padding: u64,
    chunk: Vec<u8>,
}

/// Content that was shorter than its head said; the rest was filled with zeros.
#[derive(Debug)]
pub struct Short {
    /// How many bytes are missing.
    pub missing: u64,
    /// Why, when it is not just that the file shrank.
    pub error: Option<io::Error>,
}

impl<W: Write> Writer<W> {
    /// A new archive.
    pub const fn new(out: W) -> Self {
        Self { out, left: 0, padding: 0, chunk: Vec::new() }
    }

    /// Begins an entry. What the one before lacks is filled with zeros.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&mut self, head: &Head) -> io::Result<()> {
        self.head(head, None)
    }

    /// Begins a file with holes: its content, to be copied, is that of the pieces alone, which are in
    /// order, within its size, and whole blocks.
    ///
    /// # Errors
    /// When it cannot be written, or the pieces are not such.
    pub fn begin_sparse(&mut self, head: &Head, pieces: &[Piece]) -> io::Result<()> {
        self.head(head, Some(pieces))
    }

    fn head(&mut self, head: &Head, pieces: Option<&[Piece]>) -> io::Result<()> {
        self.end()?;
        let mut name = head.name.clone();
        if head.body == Body::Folder && !name.ends_with(b"/") {
            name.push(b'/');
        }
        let (kind, link, device, size) = match &head.body {
            Body::File(size) => (b'0', &[][..], None, *size),
            Body::Same(name) => (b'1', name.as_slice(), None, 0),
            Body::Link(target) => (b'2', target.as_slice(), None, 0),
            Body::CharDevice(major, minor) => (b'3', &[][..], Some((*major, *minor)), 0),
            Body::BlockDevice(major, minor) => (b'4', &[][..], Some((*major, *minor)), 0),
            Body::Folder => (b'5', &[][..], None, 0),
            Body::Fifo => (b'6', &[][..], None, 0),
        };
        record::fits(&name)?;
        record::fits(link)?;
        let mut block = Block::head(kind);
        let mut records = Vec::new();
        let mut map = Vec::new();
        let mut stored = size;
        if let Some(pieces) = pieces {
            let data = sparse::check(pieces, size).map_err(|why| io::Error::other(why.to_string()))?;
            if !sparse::is_by_blocks(pieces, size) {
                return Err(io::Error::other("the pieces of a sparse file are not whole blocks"));
            }
            map = sparse::map(pieces, size);
            stored = data + map.len() as u64;
            for (key, value) in
                [("GNU.sparse.major", 1), ("GNU.sparse.minor", 0), ("GNU.sparse.realsize", size)]
            {
                record::add(&mut records, key, value.to_string().as_bytes());
            }
            record::add_name(&mut records, "GNU.sparse.name", &name);
            // Whoever does not know of holes unpacks the map and the pieces beside the real file.
            block.put(block::NAME, &[b"GNUSparseFile.0/", last_part(&name)].concat());
        } else if !block.put(block::NAME, &name) {
            record::add_name(&mut records, "path", &name);
        }
        if !block.put(block::LINK, link) {
            record::add_name(&mut records, "linkpath", link);
        }
        block.put_number(block::MODE, u64::from(head.mode & 0o7777));
        let mut number = |field, key, value: u64| {
            if !block.put_number(field, value) {
                record::add(&mut records, key, value.to_string().as_bytes());
            }
        };
        number(block::UID, "uid", u64::from(head.uid));
        number(block::GID, "gid", u64::from(head.gid));
        number(block::SIZE, "size", stored);
        if let Some((major, minor)) = device {
            number(block::MAJOR, "SCHILY.devmajor", u64::from(major));
            number(block::MINOR, "SCHILY.devminor", u64::from(minor));
        }
        let Time { seconds, nanos } = head.modified;
        let is_plain = block.put_number(block::MTIME, u64::try_from(seconds).unwrap_or(u64::MAX));
        if !is_plain || nanos != 0 {
            record::add(&mut records, "mtime", record::decimal(head.modified).as_bytes());
        }
        for attribute in &head.attributes {
            record::add_attribute(&mut records, attribute);
        }
        if records.len() as u64 > MAX_RECORDS {
            return Err(io::Error::other("an entry's name and attributes are too large for an archive"));
        }
        if !records.is_empty() {
            self.records(b'x', &paper_name(&name), &records)?;
        }
        block.seal();
        self.out.write_all(&block.0)?;
        self.out.write_all(&map)?;
        (self.left, self.padding) = (stored - map.len() as u64, padding(stored));
        Ok(())
    }

    /// Copies a file's content: no more than its head said, and what is missing as zeros. `seen`
    /// hears of each chunk; its error ends the work.
    ///
    /// # Errors
    /// When it cannot be written. What cannot be read is told as [`Short`].
    pub fn copy(
        &mut self,
        content: &mut dyn Read,
        mut seen: impl FnMut(u64) -> io::Result<()>,
    ) -> io::Result<Option<Short>> {
        self.chunk.resize(CHUNK, 0);
        let mut error = None;
        while self.left > 0 {
            let wanted = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
            let room = self.chunk.get_mut(..wanted).unwrap_or_default();
            match content.read(room) {
                Ok(0) => break,
                Ok(read) => {
                    let bytes = self.chunk.get(..read).unwrap_or_default();
                    self.out.write_all(bytes)?;
                    self.left = self.left.saturating_sub(bytes.len() as u64);
                    seen(bytes.len() as u64)?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    error = Some(e);
                    break;
                }
            }
        }
        let missing = self.left;
        self.end()?;
        Ok((missing > 0).then_some(Short { missing, error }))
    }

    /// Writes down what was left out, where no other tar is bothered by it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remark(&mut self, left_out: &[String]) -> io::Result<()> {
        self.end()?;
        let mut records = Vec::new();
        for text in left_out {
            record::add_remark(&mut records, text);
        }
        // The name that others know to pass over.
        if records.is_empty() { Ok(()) } else { self.records(b'g', b"pax_global_header", &records) }
    }

    /// Ends the archive. Without this a reader takes it for a broken one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.end()?;
        self.out.write_all(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn records(&mut self, kind: u8, name: &[u8], records: &[u8]) -> io::Result<()> {
        let size = records.len() as u64;
        let mut block = Block::head(kind);
        block.put(block::NAME, name);
        block.put_number(block::MODE, 0o644);
        for field in [block::UID, block::GID, block::MTIME] {
            block.put_number(field, 0);
        }
        block.put_number(block::SIZE, size);
        block.seal();
        self.out.write_all(&block.0)?;
        self.out.write_all(records)?;
        self.zeros(padding(size))
    }

    /// Ends an entry, with zeros for what was not written of it.
    fn end(&mut self) -> io::Result<()> {
        let missing = self.left;
        self.zeros(missing)?;
        self.left = 0;
        let padding = self.padding;
        self.zeros(padding)?;
        self.padding = 0;
        Ok(())
    }

    fn zeros(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut io::repeat(0).take(count), &mut self.out).map(drop)
    }
}

/// The name of a block of records, which only old readers see.
fn paper_name(name: &[u8]) -> Vec<u8> {
    [b"PaxHeaders/", last_part(name)].concat()
}

/// The last part of a name, cut to what a block has room for.
fn last_part(name: &[u8]) -> &[u8] {
    let last = name.split(|byte| *byte == b'/').rfind(|part| !part.is_empty()).unwrap_or_default();
    last.get(..80).unwrap_or(last)
}

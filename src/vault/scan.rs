//! Going through a tar entry by entry: while it is written, and when it is checked.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use super::about::Counted;
use super::digest::{Content, Digest};
use super::index::Entry;
use super::{Error, Scratch, index};
use crate::pax::{Body, Head, Reader};

/// What is read of content at once.
const CHUNK: usize = 128 * 1024;

/// A tar that is gone through.
pub(super) struct Scan<R: Read> {
    reader: Reader<R>,
    chunk: Vec<u8>,
    pub(super) counted: Counted,
}

impl<R: Read> Scan<R> {
    pub(super) fn new(from: R) -> Self {
        Self { reader: Reader::new(from), chunk: vec![0; CHUNK], counted: Counted::default() }
    }

    /// The next entry as an index has it.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Error> {
        let Some(head) = self.reader.next_head().map_err(Error::of_tar)? else { return Ok(None) };
        self.count(&head);
        let at = self.reader.entry_at();
        let content = match head.body {
            Body::File(size) => Some(content(&mut self.reader, size, &mut self.chunk, &mut |_| Ok(()))?),
            _ => None,
        };
        Entry::new(head, at, content).map(Some)
    }

    fn count(&mut self, head: &Head) {
        let counted = &mut self.counted;
        counted.entries += 1;
        match &head.body {
            Body::File(size) => {
                counted.files += 1;
                counted.bytes = counted.bytes.saturating_add(*size);
            }
            Body::Folder => counted.folders += 1,
            Body::Link(_) => counted.links += 1,
            Body::Same(_) => counted.names += 1,
            Body::Fifo | Body::CharDevice(..) | Body::BlockDevice(..) => counted.others += 1,
        }
    }

    /// Reads past the archive's end, where nothing but zeros may be.
    pub(super) fn finish(mut self) -> Result<Counted, Error> {
        self.counted.left_out = self.reader.remarks().to_vec();
        let mut rest = self.reader.into_rest();
        loop {
            let read = rest.read(&mut self.chunk).map_err(Error::of_tar)?;
            if read == 0 {
                return Ok(self.counted);
            }
            if self.chunk.iter().take(read).any(|byte| *byte != 0) {
                return Err(Error::damaged("something follows the archive's end"));
            }
        }
    }
}

/// Reads a file's content and hands it on; answers its digest. Holes are handed on as zeros only
/// where `out` wants them, so not here.
pub(super) fn content(
    reader: &mut Reader<impl Read>,
    size: u64,
    chunk: &mut [u8],
    out: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
) -> Result<Content, Error> {
    content_as(Digest::new(reader.pieces().is_some()), reader, size, chunk, out)
}

/// The same, in a form of digest that was chosen.
pub(super) fn content_as(
    mut digest: Digest,
    reader: &mut Reader<impl Read>,
    size: u64,
    chunk: &mut [u8],
    out: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
) -> Result<Content, Error> {
    let mut done = 0;
    while done < size {
        let hole = reader.skip_hole();
        if hole > 0 {
            digest.skip(hole);
            out(Part::Hole(hole))?;
            done += hole;
            continue;
        }
        let wanted = usize::try_from(reader.data_ahead()).unwrap_or(usize::MAX).min(chunk.len());
        let bytes = chunk.get_mut(..wanted).unwrap_or_default();
        reader.read_exact(bytes).map_err(Error::of_tar)?;
        digest.add(bytes);
        out(Part::Data(bytes))?;
        done += wanted as u64;
    }
    Ok(digest.finish())
}

impl Content {
    /// The digest by blocks of what is read, whatever form its file has: holes may be where they like.
    ///
    /// # Errors
    /// When it cannot be read to its end.
    pub fn by_blocks(reader: &mut Reader<impl Read>, size: u64, chunk: &mut [u8]) -> Result<Self, Error> {
        content_as(Digest::new(true), reader, size, chunk, &mut |_| Ok(()))
    }
}

/// Part of a file's content.
pub(super) enum Part<'a> {
    Data(&'a [u8]),
    Hole(u64),
}

/// What a thread made of a tar that was written.
pub(super) struct Scanned {
    pub(super) counted: Counted,
    pub(super) index: super::scratch::Spill,
    pub(super) index_digest: [u8; 32],
}

/// Goes through the tar in chunks, as they come, and indexes it.
pub(super) fn index(chunks: Receiver<Arc<Vec<u8>>>, scratch: Scratch) -> Result<Scanned, Error> {
    let mut scan = Scan::new(Chunks { coming: chunks, chunk: Arc::default(), read: 0 });
    let mut writer = index::Writer::new(scratch)?;
    while let Some(entry) = scan.next()? {
        writer.add(&entry)?;
    }
    let counted = scan.finish()?;
    let (index, index_digest) = writer.finish()?;
    Ok(Scanned { counted, index, index_digest })
}

/// Chunks as one stream.
struct Chunks {
    coming: Receiver<Arc<Vec<u8>>>,
    chunk: Arc<Vec<u8>>,
    read: usize,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            match self.coming.recv() {
                Ok(chunk) => (self.chunk, self.read) = (chunk, 0),
                Err(_) => return Ok(0),
            }
        }
        let mut rest = self.chunk.get(self.read..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

//! Part of a backup: some bytes of a file, or an entry and all below it as a tar of its own. No more is
//! read than the index and the frames that it is in.

use std::collections::HashMap;
use std::io::{self, BufWriter, Read, Seek, Write};

use super::Error;
use super::archive::{Archive, Tar};
use super::digest::Digest;
use super::index::Entry;
use crate::domain::place::Place;
use crate::pax::{Body, Head, Piece, Reader, Writer};

/// What is gathered before it is handed on.
const BUFFER: usize = 128 * 1024;
/// First names outside the part that are remembered; what is beyond is there once more.
const MAX_FIRST: usize = 100_000;
/// How many things that were left out are named.
const MAX_REMARKS: usize = 100;

impl<R: Read + Seek> Archive<R> {
    /// The entry whose content this one has: itself, but for another name of a file.
    ///
    /// # Errors
    /// When the first name is not in the backup.
    pub fn first(&self, entry: &Entry) -> Result<Entry, Error> {
        let Body::Same(first) = &entry.head.body else { return Ok(entry.clone()) };
        let place = Place::parse(first).map_err(|why| Error::entry(&entry.head.name, why))?;
        self.find(&place)
    }

    /// Up to `len` bytes of a file from `from` on, holes as zeros; fewer at its end. What they should
    /// be is known of whole files alone: this checks the frames that it reads.
    ///
    /// # Errors
    /// When it is no file, or cannot be read.
    pub fn window(&self, entry: &Entry, from: u64, len: usize) -> Result<Vec<u8>, Error> {
        let entry = self.first(entry)?;
        let Body::File(size) = entry.head.body else {
            return Err(Error::entry(&entry.head.name, "it is no file"));
        };
        let (_, reader) = self.begun(&entry)?;
        let wanted = usize::try_from(size.saturating_sub(from)).unwrap_or(usize::MAX).min(len);
        let mut bytes = vec![0; wanted];
        let end = from.saturating_add(wanted as u64);
        let pieces = reader.pieces().map_or_else(|| vec![Piece { at: 0, length: size }], <[Piece]>::to_vec);
        let mut tar = reader.into_rest();
        let mut at = tar.at;
        for Piece { at: begins, length } in pieces {
            let (first, last) = (begins.max(from), begins.saturating_add(length).min(end));
            if first < last {
                tar.at = at + (first - begins);
                let place = |byte: u64| usize::try_from(byte - from).unwrap_or(usize::MAX);
                let room = bytes.get_mut(place(first)..place(last)).unwrap_or_default();
                tar.read_exact(room).map_err(Error::of_tar)?;
            }
            at += length;
        }
        Ok(bytes)
    }

    /// The head of an entry as the tar has it, before its content.
    fn begun(&self, entry: &Entry) -> Result<(Head, Reader<Tar<'_, R>>), Error> {
        let name = &entry.head.name;
        let mut reader = Reader::new(self.tar(entry.at));
        let head = reader.next_head().map_err(Error::of_tar)?;
        let head = head.filter(|head| head.name == *name && head.body == entry.head.body);
        let head = head.ok_or_else(|| Error::entry(name, "it is not what the index says"))?;
        Ok((head, reader))
    }

    /// Writes an entry and all below it as a tar. Names begin with the entry's own; those in the root
    /// with nothing. Another name of a file that stays outside becomes a file. `seen` hears of
    /// entries and of bytes; its error ends the work.
    ///
    /// # Errors
    /// When there is no such entry, something in it is not what was written, or `out` fails.
    pub fn part(
        &self,
        place: &Place,
        out: &mut dyn Write,
        seen: &mut dyn FnMut(u64, u64) -> io::Result<()>,
    ) -> Result<(), Error> {
        let strip = place.parts().count().saturating_sub(1);
        let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, out));
        // By their first names outside: under which name they were written.
        let mut outside: HashMap<Place, Vec<u8>> = HashMap::new();
        let mut left_out = Vec::new();
        let mut is_there = place.is_root();
        for entry in self.entries() {
            let entry = entry?;
            let Ok(here) = Place::parse(&entry.head.name) else {
                if place.is_root() && left_out.len() < MAX_REMARKS {
                    left_out
                        .push(format!("{}: its name leads out", String::from_utf8_lossy(&entry.head.name)));
                }
                continue;
            };
            if !is_within(&here, place) {
                continue;
            }
            is_there = true;
            let name = without(&here, strip);
            if let Body::Same(first) = &entry.head.body {
                let first = Place::parse(first).map_err(|why| Error::entry(&entry.head.name, why))?;
                let known = if is_within(&first, place) {
                    Some(without(&first, strip))
                } else {
                    outside.get(&first).cloned()
                };
                if let Some(known) = known {
                    let (head, _) = self.begun(&entry)?;
                    writer.begin(&Head { name, body: Body::Same(known), ..head })?;
                } else {
                    self.write(&self.find(&first)?, name.clone(), &mut writer, seen)?;
                    if outside.len() < MAX_FIRST {
                        outside.insert(first, name);
                    }
                }
            } else {
                self.write(&entry, name, &mut writer, seen)?;
            }
            seen(1, 0)?;
        }
        if !is_there {
            return Err(Error::Missing(place.text()));
        }
        writer.remark(&left_out)?;
        writer.finish()?.flush()?;
        Ok(())
    }

    /// Writes one entry under another name.
    fn write<W: Write>(
        &self,
        entry: &Entry,
        name: Vec<u8>,
        writer: &mut Writer<W>,
        seen: &mut dyn FnMut(u64, u64) -> io::Result<()>,
    ) -> Result<(), Error> {
        let (head, mut reader) = self.begun(entry)?;
        let head = Head { name, ..head };
        let Body::File(size) = head.body else {
            writer.begin(&head)?;
            return Ok(());
        };
        match reader.pieces() {
            Some(pieces) => writer.begin_sparse(&head, pieces)?,
            None => writer.begin(&head)?,
        }
        let mut content =
            Data { digest: Digest::new(reader.pieces().is_some()), reader: &mut reader, done: 0 };
        let short = writer.copy(&mut content, |bytes| seen(0, bytes))?;
        if let Some(error) = short.and_then(|short| short.error) {
            return Err(Error::of_tar(error));
        }
        content.skip();
        let Data { digest, done, .. } = content;
        if done != size || Some(digest.finish()) != entry.content {
            return Err(Error::entry(&entry.head.name, "it is not what the index says"));
        }
        Ok(())
    }
}

/// Whether this is the place or below it.
fn is_within(here: &Place, place: &Place) -> bool {
    let mut parts = here.parts();
    place.parts().all(|part| parts.next() == Some(part))
}

/// The name of an entry without its first parts.
fn without(here: &Place, strip: usize) -> Vec<u8> {
    let name = here.parts().skip(strip).collect::<Vec<_>>().join(&b'/');
    if name.is_empty() { b"./".to_vec() } else { name }
}

/// A file's content without its holes, with the digest of all of it.
struct Data<'a, R: Read> {
    reader: &'a mut Reader<R>,
    digest: Digest,
    done: u64,
}

impl<R: Read> Data<'_, R> {
    /// Passes over the hole that is next, if one is.
    fn skip(&mut self) {
        let hole = self.reader.skip_hole();
        if hole > 0 {
            self.digest.skip(hole);
            self.done += hole;
        }
    }
}

impl<R: Read> Read for Data<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.skip();
        let wanted = usize::try_from(self.reader.data_ahead()).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.digest.add(buffer.get(..read).unwrap_or_default());
        self.done += read as u64;
        Ok(read)
    }
}

//! Comparing a backup with a tar of the same things taken at another time: entry by entry, whatever
//! their order.

use std::io::{self, Read, Seek};

use super::digest::{Content, Digest, of_head};
use super::scratch::{Scratch, Spill};
use super::sorted::{Sorted, Sorter};
use super::{Archive, Error, scan};
use crate::domain::place::plain;
use crate::pax::{Body, Reader};

/// What is read of content at once.
const CHUNK: usize = 128 * 1024;

/// 16 bytes of a digest of a name, the same for all ways to write it.
type Key = [u8; 16];

impl<R: Read + Seek> Archive<R> {
    /// Compares all entries with those of a tar, such as one of what was restored from this backup: type,
    /// size, content, owner, permissions, times, attributes, links. `seen` hears after each entry how many
    /// were compared, and ends the work by answering `false`. The answer is how many are the same.
    ///
    /// # Errors
    /// Names the first entry that differs, is missing, or is there alone.
    pub fn compare(&self, tar: &mut dyn Read, seen: &mut dyn FnMut(u64) -> bool) -> Result<u64, Error> {
        let known = Known::of(self)?;
        let mut reader = Reader::new(tar);
        let (mut compared, mut chunk) = (0, vec![0; CHUNK]);
        // Names of one file may come in another order: which of them came first is no difference.
        let mut theirs = Places::default();
        while let Some(mut head) = reader.next_head().map_err(Error::of_tar)? {
            let name = head.name.clone();
            let differs = |what: &str| Error::entry(&name, what);
            let key = key_of(&name);
            let first = known.first(&key)?;
            if let Body::Same(other) = &head.body {
                let group = known.first(&key_of(other))?;
                let is_same = first.is_some_and(|first| group.is_some_and(|group| group.key == first.key));
                if !is_same {
                    return Err(differs("it is another name of something else"));
                }
            } else {
                let mut asked = key;
                if let Some(first) = first {
                    head.name = known.names.read_at(first.name, first.length)?;
                    asked = first.key;
                }
                let fact = known.fact(&asked)?.ok_or_else(|| differs("the backup does not have it"))?;
                if of_head(&head).ok() != Some(fact.said) {
                    return Err(differs("its type, size, owner, permissions, times or attributes differ"));
                }
                if let (Body::File(size), Some(content)) = (&head.body, fact.content) {
                    // All of it was in the tar; without this a hole as large as one likes would be hashed.
                    if matches!(content, Content::Whole(_)) && *size > self.footer.tar_bytes {
                        return Err(Error::damaged("its index has a file that is larger than all of it"));
                    }
                    let digest = Digest::new(matches!(content, Content::Blocks(_)));
                    let found = scan::content_as(digest, &mut reader, *size, &mut chunk, &mut |_| Ok(()))?;
                    if found != content {
                        return Err(differs("its content differs"));
                    }
                }
                if first.is_some() && !theirs.insert(fact.place) {
                    return Err(differs("it is a file of its own, no other name of one"));
                }
            }
            compared += 1;
            if !seen(compared) {
                return Err(Error::Cancelled);
            }
        }
        match compared.cmp(&self.manifest().counted.entries) {
            std::cmp::Ordering::Equal => Ok(compared),
            _ => Err(Error::Partial(format!(
                "{compared} entries came back of {}",
                self.manifest().counted.entries
            ))),
        }
    }
}

/// What the index says, to be looked up by names in any order. What memory does not hold lies in files.
struct Known {
    /// By the names of all entries that are no further names.
    facts: Sorted<16, FACT>,
    /// For each name of a file that has several, the first of them.
    firsts: Sorted<16, FIRST>,
    /// Where these names are written out.
    names: Spill,
}

/// A key, what is said of the entry, and the digest of its content after a byte that says which.
const FACT: usize = 16 + 8 + 1 + 32;
/// A key, that of the first name, and where that name begins and how long it is.
const FIRST: usize = 16 + 16 + 8 + 4;

/// What the index says of an entry.
struct Fact {
    /// How many stand before it.
    place: u64,
    said: [u8; 8],
    content: Option<Content>,
}

/// The first name of a file that has several.
#[derive(Clone, Copy)]
struct First {
    key: Key,
    name: u64,
    length: usize,
}

impl Known {
    fn of<R: Read + Seek>(archive: &Archive<R>) -> Result<Self, Error> {
        let (mut facts, mut firsts) = (Sorter::default(), Sorter::default());
        let mut names = Spill::new(Scratch::spare());
        for entry in archive.entries() {
            let entry = entry?;
            let key = key_of(&entry.head.name);
            let Body::Same(first) = entry.head.body else {
                facts.add(packed(key, entry.said, entry.content))?;
                continue;
            };
            let (first_key, at) = (key_of(&first), names.len());
            names.add(&first)?;
            for key in [first_key, key] {
                let length = u32::try_from(first.len()).map_err(io::Error::other)?.to_le_bytes();
                firsts.add(joined([&key, &first_key, &at.to_le_bytes(), &length]))?;
            }
        }
        Ok(Self { facts: facts.finish()?, firsts: firsts.finish()?, names })
    }

    fn first(&self, key: &Key) -> io::Result<Option<First>> {
        let Some((_, record)) = self.firsts.get(key)? else { return Ok(None) };
        let (_, rest) = split::<16>(&record);
        let (key, rest) = split(rest);
        let (name, rest) = split(rest);
        let (length, _) = split(rest);
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
        Ok(Some(First { key, name: u64::from_le_bytes(name), length }))
    }

    fn fact(&self, key: &Key) -> io::Result<Option<Fact>> {
        let Some((place, record)) = self.facts.get(key)? else { return Ok(None) };
        let (_, rest) = split::<16>(&record);
        let (said, rest) = split(rest);
        let ([kind], rest) = split(rest);
        let (digest, _) = split(rest);
        let content = match kind {
            0 => None,
            1 => Some(Content::Whole(digest)),
            _ => Some(Content::Blocks(digest)),
        };
        Ok(Some(Fact { place, said, content }))
    }
}

fn packed(key: Key, said: [u8; 8], content: Option<Content>) -> [u8; FACT] {
    let (kind, digest) = match content {
        None => (0, [0; 32]),
        Some(Content::Whole(digest)) => (1, digest),
        Some(Content::Blocks(digest)) => (2, digest),
    };
    joined([&key, &said, &[kind], &digest])
}

/// Parts one after the other.
fn joined<const N: usize>(parts: [&[u8]; 4]) -> [u8; N] {
    let mut record = [0; N];
    record.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    record
}

fn split<const N: usize>(bytes: &[u8]) -> ([u8; N], &[u8]) {
    bytes.split_first_chunk().map_or(([0; N], &[]), |(first, rest)| (*first, rest))
}

/// Places of records, a bit each.
#[derive(Default)]
struct Places(Vec<u64>);

impl Places {
    /// Whether it was not among them yet.
    fn insert(&mut self, place: u64) -> bool {
        let (at, bit) = (usize::try_from(place / 64).unwrap_or(usize::MAX), 1 << (place % 64));
        if at >= self.0.len() {
            self.0.resize(at.saturating_add(1), 0);
        }
        let Some(bits) = self.0.get_mut(at) else { return false };
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }
}

fn key_of(name: &[u8]) -> Key {
    let digest = blake3::hash(&plain(name));
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;

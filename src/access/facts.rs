//! All that an archive says of a tree, so that a copy can be compared with its source entry by entry.
//!
//! Folders are read in whatever order a file system has, and of a file with several names another one
//! may come first: so facts are kept by name, and names of one file as a group.

use std::cmp::Ordering;
use std::io::{self, Read};
use std::iter::Peekable;
use std::sync::Arc;

use crate::domain::place::{name_text, plain};
use crate::pax::{Body, Head, Reader};
use crate::vault::Content;
use crate::vault::sorted::{Records, Sorted, Sorter};

/// What is read of content at once.
const CHUNK: usize = 128 * 1024;
/// Of so many entries that differ, one that is there is looked for, to be named.
const NAMED: usize = if cfg!(test) { 8 } else { 64 * 1024 };

/// 16 bytes of a digest: names and facts of one tree are never mistaken for one another by chance.
type Short = [u8; 16];
/// Two of these.
type Pair = [u8; 32];

/// What an archive says of every entry. Of large ones it lies in a file.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Names, and what is said of them.
    by_name: Arc<Sorted<16, 32>>,
    remarks: Vec<String>,
}

/// What is not the same in two archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// How many entries are missing in one of them, or not the same.
    pub count: u64,
    /// Names of some that are in the other one, in order.
    there: Vec<Short>,
}

impl Facts {
    /// Goes through an archive.
    ///
    /// # Errors
    /// When it cannot be read to its end, or is no archive.
    pub fn of(archive: impl Read) -> io::Result<Self> {
        let mut reader = Reader::new(archive);
        let (mut facts, mut links) = (Sorter::<16, 32>::default(), Sorter::<32, 32>::default());
        let mut chunk = vec![0; CHUNK];
        while let Some(head) = reader.next_head()? {
            let key = short(&plain(&head.name));
            if let Body::Same(first) = &head.body {
                links.add(pair(short(&plain(first)), key))?;
                continue;
            }
            let mut hasher = blake3::Hasher::new();
            hasher.update(&said(head.clone())?);
            if let Body::File(size) = head.body {
                // How much of it is holes at all is not compared.
                let (Content::Whole(digest) | Content::Blocks(digest)) =
                    Content::by_blocks(&mut reader, size, &mut chunk)?;
                hasher.update(&digest);
            }
            facts.add(pair(key, first_16(&hasher.finalize())))?;
        }
        let mut remarks = reader.remarks().to_vec();
        remarks.sort();
        // So that nobody who writes it is cut off in its last, empty blocks.
        io::copy(&mut reader.into_rest(), &mut io::sink())?;
        let (facts, links) = (facts.finish()?, links.finish()?);
        let by_name = Arc::new(if links.is_empty() { facts } else { grouped(&facts, &links)? });
        Ok(Self { by_name, remarks })
    }

    /// How many entries there are, the root among them.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.by_name.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// What was left out of the archive, each with its reason.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// What is missing in one of the two, or not the same.
    ///
    /// # Errors
    /// When what was noted cannot be read again.
    pub fn differing(&self, other: &Self) -> io::Result<Differing> {
        let (mut ours, mut theirs) = (self.by_name.iter().peekable(), other.by_name.iter().peekable());
        let mut differing = Differing { count: 0, there: Vec::new() };
        loop {
            let (our, their) = (next(&mut ours)?, next(&mut theirs)?);
            let order = match (our, their) {
                (None, None) => return Ok(differing),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(our), Some(their)) => name_of(our).cmp(&name_of(their)),
            };
            if order.is_ne() || our != their {
                differing.count += 1;
                let is_there = order.is_ge() && differing.there.len() < NAMED;
                differing.there.extend(their.filter(|_| is_there).map(name_of));
            }
            if order.is_le() {
                ours.next();
            }
            if order.is_ge() {
                theirs.next();
            }
        }
    }
}

impl Differing {
    /// The name of one of them in the other archive, made safe to show.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn first_in(&self, archive: impl Read) -> io::Result<Option<String>> {
        let mut reader = Reader::new(archive);
        let mut found = None;
        while let Some(head) = reader.next_head()? {
            let name = plain(&head.name);
            if found.is_none() && self.there.binary_search(&short(&name)).is_ok() {
                found = Some(name_text(&name).into_owned());
            }
        }
        io::copy(&mut reader.into_rest(), &mut io::sink())?;
        Ok(found)
    }
}

/// All facts, those of files with several names together with which names these are.
fn grouped(facts: &Sorted<16, 32>, links: &Sorted<32, 32>) -> io::Result<Sorted<16, 32>> {
    let mut all = Sorter::default();
    for fact in facts {
        all.add(fact?)?;
    }
    // Of each group, all names make what is said of each: so one goes ahead.
    let (mut ahead, mut behind) = (links.iter().peekable(), links.iter().peekable());
    while let Some(link) = next(&mut ahead)? {
        let first = name_of(link);
        let found = facts.get(&first)?.map(|(_, fact)| fact_of(fact));
        let mut together = blake3::Hasher::new();
        let mut is_first_left = true;
        while let Some(name) = next_of(&mut ahead, first)? {
            if is_first_left && first < name {
                together.update(&first);
                is_first_left = false;
            }
            together.update(&name);
        }
        if is_first_left {
            together.update(&first);
        }
        let together = together.finalize();
        let fact = first_16(&blake3::hash(&[&found.unwrap_or_default()[..], together.as_bytes()].concat()));
        if found.is_some() {
            all.add(pair(first, fact))?;
        }
        while let Some(name) = next_of(&mut behind, first)? {
            all.add(pair(name, fact))?;
        }
    }
    all.finish()
}

/// The record that comes next; it stays.
fn next(records: &mut Peekable<Records<'_, 32>>) -> io::Result<Option<Pair>> {
    match records.peek() {
        Some(Err(_)) => records.next().transpose(),
        Some(Ok(record)) => Ok(Some(*record)),
        None => Ok(None),
    }
}

/// The next name of a group, as long as there is one.
fn next_of(links: &mut Peekable<Records<'_, 32>>, first: Short) -> io::Result<Option<Short>> {
    let name = next(links)?.filter(|link| name_of(*link) == first).map(fact_of);
    if name.is_some() {
        links.next();
    }
    Ok(name)
}

fn pair(one: Short, two: Short) -> Pair {
    let mut pair = [0; 32];
    pair.iter_mut().zip(one.into_iter().chain(two)).for_each(|(to, from)| *to = from);
    pair
}

fn name_of(pair: Pair) -> Short {
    pair.first_chunk().copied().unwrap_or_default()
}

fn fact_of(pair: Pair) -> Short {
    pair.last_chunk().copied().unwrap_or_default()
}

/// A head without its name, with its attributes in one order.
fn said(mut head: Head) -> io::Result<Vec<u8>> {
    head.name.clear();
    head.attributes.sort_by(|a, b| a.name.cmp(&b.name));
    postcard::to_stdvec(&head).map_err(io::Error::other)
}

fn short(bytes: &[u8]) -> Short {
    first_16(&blake3::hash(bytes))
}

fn first_16(digest: &blake3::Hash) -> Short {
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;

//! Records of one length, put in order by their first bytes. Some are held in memory; where more come, all
//! lie in a file without a name, so that memory is bounded however many they are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::scratch::{Scratch, nameless};

/// Records that are held before they go to a file; in tests a few, so that they often go.
const AT_ONCE: usize = if cfg!(test) { 8 } else { 64 * 1024 };
/// Records that are looked through for one.
const BLOCK: usize = if cfg!(test) { 4 } else { 64 };
/// Records that are read at once when all are.
const AHEAD: usize = if cfg!(test) { 3 } else { 256 };

/// Takes in records of `N` bytes in any order. The first `K` of each are its key; of several with one key
/// the last counts.
#[derive(Debug, Default)]
pub struct Sorter<const K: usize, const N: usize> {
    held: Vec<[u8; N]>,
    scratch: Option<Scratch>,
    file: Option<File>,
    /// Records in the file, in runs of [`AT_ONCE`], each in order.
    written: u64,
}

impl<const K: usize, const N: usize> Sorter<K, N> {
    /// Takes one in.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn add(&mut self, record: [u8; N]) -> io::Result<()> {
        if self.held.len() >= AT_ONCE {
            self.flush()?;
        }
        self.held.push(record);
        Ok(())
    }

    /// Where no file can be, all is held in memory all the same.
    fn flush(&mut self) -> io::Result<()> {
        let Scratch::Folder(folder) = self.scratch.get_or_insert_with(Scratch::spare) else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(nameless(folder)?),
        };
        self.held.sort_by_key(key::<K, N>);
        file.write_all(self.held.as_flattened()).map_err(|error| full(folder, &error))?;
        self.written += self.held.len() as u64;
        self.held.clear();
        Ok(())
    }

    /// All of them, in order.
    ///
    /// # Errors
    /// When there is no room for them, or they cannot be read again.
    pub fn finish(mut self) -> io::Result<Sorted<K, N>> {
        if self.file.is_some() {
            self.flush()?;
        }
        match (self.file, &self.scratch) {
            (Some(file), Some(Scratch::Folder(folder))) => {
                let runs = Held::File(file);
                let merged = Merged::<K, N>::of(&runs, self.written)?;
                Sorted::of(merged, Held::File(nameless(folder)?)).map_err(|error| full(folder, &error))
            }
            _ => {
                self.held.sort_by_key(key::<K, N>);
                Sorted::of(self.held.into_iter().map(Ok), Held::Memory(Vec::new()))
            }
        }
    }
}

fn key<const K: usize, const N: usize>(record: &[u8; N]) -> [u8; K] {
    record.first_chunk().copied().unwrap_or([0; K])
}

fn full(folder: &Path, error: &io::Error) -> io::Error {
    let why = format!("no room to compare in {}: {error}; TMPDIR names another folder", folder.display());
    io::Error::new(error.kind(), why)
}

/// Records where they are.
#[derive(Debug)]
enum Held<const N: usize> {
    Memory(Vec<[u8; N]>),
    File(File),
}

impl<const N: usize> Held<N> {
    /// So many from one on.
    fn block(&self, from: u64, count: usize) -> io::Result<Vec<[u8; N]>> {
        match self {
            Self::Memory(records) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                Ok(records.iter().skip(from).take(count).copied().collect())
            }
            Self::File(file) => {
                let mut records = vec![[0; N]; count];
                file.read_exact_at(records.as_flattened_mut(), from * N as u64)?;
                Ok(records)
            }
        }
    }

    fn append(&mut self, records: &[[u8; N]]) -> io::Result<()> {
        match self {
            Self::Memory(all) => all.extend_from_slice(records),
            Self::File(file) => file.write_all(records.as_flattened())?,
        }
        Ok(())
    }
}

/// Records in order, each key once.
#[derive(Debug)]
pub struct Sorted<const K: usize, const N: usize> {
    held: Held<N>,
    /// The first key of each block.
    fences: Vec<[u8; K]>,
    count: u64,
}

impl<const K: usize, const N: usize> Sorted<K, N> {
    fn of(records: impl Iterator<Item = io::Result<[u8; N]>>, held: Held<N>) -> io::Result<Self> {
        let mut sorted = Self { held, fences: Vec::new(), count: 0 };
        let (mut block, mut last) = (Vec::with_capacity(BLOCK), None::<[u8; N]>);
        for record in records {
            let record = record?;
            if let Some(other) = last.replace(record).filter(|last| key::<K, N>(last) != key(&record)) {
                sorted.push(&mut block, other)?;
            }
        }
        last.map_or(Ok(()), |last| sorted.push(&mut block, last))?;
        sorted.held.append(&block)?;
        Ok(sorted)
    }

    fn push(&mut self, block: &mut Vec<[u8; N]>, record: [u8; N]) -> io::Result<()> {
        if block.len() == BLOCK {
            self.held.append(block)?;
            block.clear();
        }
        if block.is_empty() {
            self.fences.push(key(&record));
        }
        block.push(record);
        self.count += 1;
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The record with a key, and how many stand before it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn get(&self, wanted: &[u8; K]) -> io::Result<Option<(u64, [u8; N])>> {
        let after = self.fences.partition_point(|fence| fence <= wanted);
        let Some(block) = after.checked_sub(1) else { return Ok(None) };
        let from = block as u64 * BLOCK as u64;
        let records = self.held.block(from, some(self.count - from, BLOCK))?;
        let found = records.binary_search_by_key(wanted, key).ok();
        Ok(found.and_then(|at| Some((from + at as u64, *records.get(at)?))))
    }

    /// All of them, in order.
    #[must_use]
    pub const fn iter(&self) -> Records<'_, N> {
        Records { held: &self.held, at: 0, end: self.count, block: Vec::new(), read: 0 }
    }
}

fn some(left: u64, most: usize) -> usize {
    usize::try_from(left).unwrap_or(most).min(most)
}

impl<'a, const K: usize, const N: usize> IntoIterator for &'a Sorted<K, N> {
    type Item = io::Result<[u8; N]>;
    type IntoIter = Records<'a, N>;

    fn into_iter(self) -> Records<'a, N> {
        self.iter()
    }
}

/// Records one after the other.
#[derive(Debug)]
pub struct Records<'a, const N: usize> {
    held: &'a Held<N>,
    at: u64,
    end: u64,
    block: Vec<[u8; N]>,
    read: usize,
}

impl<const N: usize> Iterator for Records<'_, N> {
    type Item = io::Result<[u8; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read == self.block.len() {
            let count = some(self.end - self.at, AHEAD);
            if count == 0 {
                return None;
            }
            match self.held.block(self.at, count) {
                Ok(block) => (self.block, self.read) = (block, 0),
                Err(error) => {
                    self.at = self.end;
                    return Some(Err(error));
                }
            }
            self.at += count as u64;
        }
        let record = self.block.get(self.read).copied();
        self.read += 1;
        record.map(Ok)
    }
}

/// What comes next of a run: its key, the run, the record.
type Ahead<const K: usize, const N: usize> = ([u8; K], usize, [u8; N]);

/// Runs as one; of one key the later runs come later.
struct Merged<'a, const K: usize, const N: usize> {
    runs: Vec<Records<'a, N>>,
    next: BinaryHeap<Reverse<Ahead<K, N>>>,
}

impl<'a, const K: usize, const N: usize> Merged<'a, K, N> {
    fn of(held: &'a Held<N>, count: u64) -> io::Result<Self> {
        let run = |at: u64| {
            let end = (at + AT_ONCE as u64).min(count);
            Records { held, at, end, block: Vec::new(), read: 0 }
        };
        let runs = (0..count).step_by(AT_ONCE).map(run).collect();
        let mut merged = Self { runs, next: BinaryHeap::new() };
        for run in 0..merged.runs.len() {
            merged.ahead(run)?;
        }
        Ok(merged)
    }

    fn ahead(&mut self, run: usize) -> io::Result<()> {
        if let Some(record) = self.runs.get_mut(run).and_then(Iterator::next) {
            let record = record?;
            self.next.push(Reverse((key(&record), run, record)));
        }
        Ok(())
    }
}

impl<const K: usize, const N: usize> Iterator for Merged<'_, K, N> {
    type Item = io::Result<[u8; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((_, run, record)) = self.next.pop()?;
        Some(self.ahead(run).map(|()| record))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn however_many_come_they_are_in_order_and_found_and_few_are_held(
            records in proptest::collection::vec(any::<[u8; 2]>(), 0..200),
            narrow in any::<bool>(),
        ) {
            let mut sorter = Sorter::<1, 2>::default();
            let mut expected = BTreeMap::new();
            for [mut first, second] in records {
                first = if narrow { first % 8 } else { first };
                sorter.add([first, second]).expect("taken in");
                prop_assert!(sorter.held.len() <= AT_ONCE);
                expected.insert(first, second);
            }
            let sorted = sorter.finish().expect("in order");
            if let Held::Memory(held) = &sorted.held {
                prop_assert!(held.len() <= AT_ONCE);
            }
            prop_assert_eq!(sorted.len(), expected.len() as u64);
            prop_assert_eq!(sorted.fences.len(), expected.len().div_ceil(BLOCK));
            let all: Vec<[u8; 2]> = sorted.iter().map(|record| record.expect("read")).collect();
            let wanted: Vec<[u8; 2]> = expected.iter().map(|(first, second)| [*first, *second]).collect();
            prop_assert_eq!(&all, &wanted);
            for first in 0..=u8::MAX {
                let found = sorted.get(&[first]).expect("read");
                let at = wanted.iter().position(|[key, _]| *key == first);
                prop_assert_eq!(found, at.map(|at| (at as u64, wanted[at])));
            }
        }
    }
}

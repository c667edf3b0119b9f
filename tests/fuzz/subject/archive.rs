//! Reading a backup: opening, listing, finding, taking one file, the tar, proving, comparing.

use std::io::{self, Cursor, Read, Write};

use volx::domain::place::Place;
use volx::pax::Body;
use volx::vault::{Archive, Entry};

use super::{Seeds, backup, tar};

/// Entries of which each is looked for and taken.
const SOME: usize = 16;
/// Bytes that are taken of one file, and read of a tar that is not cancelled; a file may say that it is
/// larger than all disks.
const ENOUGH: u64 = 64 << 20;

pub(crate) const SEEDS: Seeds = || {
    let mut seeds: Vec<_> = [tar::ours(), tar::theirs()].iter().filter_map(|tar| backup::made(tar)).collect();
    seeds.push(backup::made(&[0; 1024]).expect("an empty one"));
    seeds
};

pub(crate) use backup::vary;

pub(crate) fn bear(bytes: &[u8]) {
    let Ok(archive) = Archive::open(Cursor::new(bytes)) else { return };
    let mut entries: Vec<Entry> = Vec::new();
    for entry in archive.entries() {
        let Ok(entry) = entry else { break };
        if entries.len() < SOME {
            entries.push(entry);
        }
    }
    let mut taken = Vec::new();
    for entry in &entries {
        if let Ok(place) = Place::parse(&entry.head.name) {
            let found = archive.find(&place).ok();
            taken.extend(found.map(|found| (archive.take(&found, &mut Room(ENOUGH)), found)));
        }
        let _ = archive.take(entry, &mut Room(ENOUGH));
        let _ = io::copy(&mut archive.tar(entry.at).take(4096), &mut io::sink());
    }
    let read = io::copy(&mut archive.tar(0).take(ENOUGH), &mut io::sink());
    let is_whole = read.is_ok_and(|read| read == archive.manifest().counted.tar_bytes);
    let verified = archive.verify(&mut |read| read < ENOUGH);
    let compared = archive.compare(&mut archive.tar(0).take(ENOUGH), &mut |_| true);
    if verified.is_ok() {
        assert!(is_whole, "what is proven is whole");
        // What is said of all that follows is not known where one entry alone is read.
        let said_of_all = backup::Parts::of(bytes).and_then(|parts| tar::first(&parts.tar, b'g'));
        let alone = |entry: &Entry| said_of_all.is_none_or(|at| entry.at < at);
        for (done, entry) in taken {
            let is_file = matches!(entry.head.body, Body::File(size) if size < ENOUGH) && alone(&entry);
            assert!(done.is_ok() || !is_file, "what is proven can be taken: {:?} {done:?}", entry.head);
        }
        let _ = compared;
    }
}

/// Takes so many bytes and no more.
struct Room(u64);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len() as u64).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

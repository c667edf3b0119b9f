//! The files of the demo's volumes: the same for the same volume, and as large as it says it is.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::dice::Dice;
use super::files_bytes::Bytes;
use super::files_data::{FilesData, Line, LineSize, TreeData};
use crate::domain::entry::{Entry, EntryKind, Listing, Weight};
use crate::domain::place::Place;

/// A file that nothing is left for is not there; each takes this much at least.
const LEAST: u64 = 600;
/// The youngest and the oldest file, in seconds.
const AGES: (u64, u64) = (40, 400 * 86_400);

/// An entry and all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub entry: Entry,
    bytes: Bytes,
    children: BTreeMap<Vec<u8>, Self>,
}

/// A file before its size is known.
struct Planned {
    parts: Vec<Vec<u8>>,
    kind: (String, String),
    mode: Option<u32>,
    /// Its size, or its share of what is left.
    size: Result<u64, u64>,
}

impl Node {
    /// The files of a volume of this size; `about` is its name and what its containers run.
    pub(super) fn tree(seed: u64, name: &str, about: &str, size: u64, now: Timestamp) -> Self {
        // A test reads the data set; were it broken all the same, the volume would be empty.
        let Ok(data) = FilesData::embedded() else { return Self::folder(b"", (0, 0), 0o755, now) };
        let about = about.to_lowercase();
        let fits = |tree: &&TreeData| {
            tree.words.is_empty() || tree.words.iter().any(|word| about.contains(word.as_str()))
        };
        let mut dice = Dice::named(seed, name);
        let Some(tree) = data.trees.iter().find(fits) else { return Self::folder(b"", (0, 0), 0o755, now) };
        let mut root = Self::folder(b"", tree.owner, tree.modes().1, now);
        for file in shared_out(planned(tree, data, size), size, &mut dice) {
            root.grow(&file, tree, data, &mut dice, now);
        }
        root.settle();
        root
    }

    /// What is at a place.
    #[must_use]
    pub fn at(&self, place: &Place) -> Option<&Self> {
        place.parts().try_fold(self, |node, part| node.children.get(part))
    }

    /// The entries of a folder.
    #[must_use]
    pub fn listing(&self) -> Listing {
        let entries = self.children.values().map(|child| child.entry.clone()).collect();
        Listing { entries, ..Listing::default() }
    }

    /// The folders in it.
    pub fn folders(&self) -> impl Iterator<Item = &Self> {
        self.children.values().filter(|child| child.entry.kind == EntryKind::Folder)
    }

    /// Everything below it, itself left out.
    #[must_use]
    pub fn below(&self) -> Vec<&Self> {
        self.children.values().flat_map(|child| std::iter::once(child).chain(child.below())).collect()
    }

    /// What it and everything below weighs.
    #[must_use]
    pub fn weight(&self) -> Weight {
        let is_folder = self.entry.kind == EntryKind::Folder;
        let mut weight = Weight {
            apparent: if is_folder { 0 } else { self.entry.apparent },
            files: u64::from(!is_folder),
            dirs: u64::from(is_folder),
            newest_write: self.entry.modified,
            ..Weight::default()
        };
        for child in self.children.values() {
            let below = child.weight();
            weight.apparent += below.apparent;
            weight.files += below.files;
            weight.dirs += below.dirs;
            weight.newest_write = weight.newest_write.max(below.newest_write);
        }
        weight
    }

    /// Up to `len` bytes of a file from `from` on.
    #[must_use]
    pub fn read(&self, from: u64, len: usize) -> Vec<u8> {
        self.bytes.read(self.entry.apparent, from, len)
    }

    fn folder(name: &[u8], (uid, gid): (u32, u32), mode: u32, now: Timestamp) -> Self {
        Self {
            entry: Entry {
                name: name.to_vec(),
                kind: EntryKind::Folder,
                apparent: 4096,
                allocated: None,
                mode,
                uid,
                gid,
                links: None,
                inode: None,
                modified: Some(now),
                changed: Some(now),
                target: None,
                device: None,
                is_mount: false,
            },
            bytes: Bytes::None,
            children: BTreeMap::new(),
        }
    }

    /// Adds a file, with the folders that lead to it.
    fn grow(&mut self, file: &Planned, tree: &TreeData, data: &FilesData, dice: &mut Dice, now: Timestamp) {
        let Some((name, folders)) = file.parts.split_last() else { return };
        let (file_mode, folder_mode) = tree.modes();
        let then = past(now, dice);
        let mut here = self;
        for part in folders {
            here = here
                .children
                .entry(part.clone())
                .or_insert_with(|| Self::folder(part, tree.owner, folder_mode, then));
        }
        let (kind, bytes) = content(&file.kind, data, dice.roll());
        let (word, target) = &file.kind;
        let mode = match kind {
            EntryKind::Link => 0o777,
            EntryKind::Folder => folder_mode,
            _ => file_mode,
        };
        let mut node = Self::folder(name, tree.owner, file.mode.unwrap_or(mode), then);
        if kind != EntryKind::Folder {
            node.entry.apparent = file.size.unwrap_or(0);
        }
        node.entry.kind = kind;
        node.entry.target = (word == "link").then(|| target.clone().into_bytes());
        node.bytes = bytes;
        here.children.insert(name.clone(), node);
    }

    /// Gives folders the time of the newest entry in them.
    fn settle(&mut self) {
        for child in self.children.values_mut() {
            child.settle();
        }
        if let Some(newest) = self.children.values().filter_map(|child| child.entry.modified).max() {
            (self.entry.modified, self.entry.changed) = (Some(newest), Some(newest));
        }
    }
}

/// The files of a tree that a volume of this size has room for.
fn planned(tree: &TreeData, data: &FilesData, size: u64) -> Vec<Planned> {
    let mut files = Vec::new();
    let mut left = size;
    let mut room = size / LEAST;
    for line in tree.lines().flatten() {
        let Line { paths, size, kind, mode } = line;
        for parts in paths {
            let size = match size {
                LineSize::Own => Ok(own_size(&kind, data)),
                LineSize::Bytes(bytes) => Ok(bytes),
                LineSize::Share(share) => Err(share),
            };
            let fits = match size {
                Ok(bytes) => bytes <= left,
                Err(_) => room > 0,
            };
            // What has no bytes is there in an empty volume just as little.
            if fits && left > 0 {
                left -= size.unwrap_or(0);
                room = room.saturating_sub(u64::from(size.is_err()));
                files.push(Planned { parts, kind: kind.clone(), mode, size });
            }
        }
    }
    files
}

/// Gives every file its size; all together they have the volume's.
fn shared_out(mut files: Vec<Planned>, size: u64, dice: &mut Dice) -> Vec<Planned> {
    let fixed: u64 = files.iter().filter_map(|file| file.size.ok()).sum();
    let mut left = size.saturating_sub(fixed);
    for file in &mut files {
        // No two files of a kind are equally large.
        file.size = file.size.map_err(|share| share * (20 + dice.below(160)));
    }
    let mut shares: u64 = files.iter().filter_map(|file| file.size.err()).sum();
    for file in &mut files {
        if let Err(share) = file.size {
            let part = u128::from(left) * u128::from(share) / u128::from(shares.max(1));
            let part = u64::try_from(part).unwrap_or(left);
            left -= part;
            shares -= share;
            file.size = Ok(part);
        }
    }
    if left > 0 {
        let kind = ("binary".to_owned(), String::new());
        files.push(Planned { parts: vec![b"data.bin".to_vec()], kind, mode: None, size: Ok(left) });
    }
    files
}

fn own_size((kind, name): &(String, String), data: &FilesData) -> u64 {
    let len = match kind.as_str() {
        "link" => name.len(),
        "text" | "latin1" | "utf16" => text(kind, name, data).len(),
        _ => 0,
    };
    u64::try_from(len).unwrap_or(0)
}

fn content((kind, name): &(String, String), data: &FilesData, seed: u64) -> (EntryKind, Bytes) {
    match kind.as_str() {
        "folder" => (EntryKind::Folder, Bytes::None),
        "link" => (EntryKind::Link, Bytes::None),
        "fifo" => (EntryKind::Fifo, Bytes::None),
        "socket" => (EntryKind::Socket, Bytes::None),
        "text" | "latin1" | "utf16" => (EntryKind::File, Bytes::Text(text(kind, name, data))),
        "log" => {
            let lines = data.logs.get(name).cloned().unwrap_or_default();
            (EntryKind::File, Bytes::Log { seed, lines })
        }
        kind => (EntryKind::File, Bytes::Noise { seed, sign: Bytes::sign(kind) }),
    }
}

fn text(kind: &str, name: &str, data: &FilesData) -> Vec<u8> {
    let text = data.texts.get(name).map_or("", String::as_str);
    match kind {
        "latin1" => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        "utf16" => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// A moment before `now`: many files are young, some are very old.
fn past(now: Timestamp, dice: &mut Dice) -> Timestamp {
    let (youngest, oldest) = AGES;
    let mut span = oldest;
    while span > youngest && dice.chance(72) {
        span /= 3;
    }
    let seconds = youngest + dice.below(span);
    let age = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0));
    now.checked_sub(age).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn tree(about: &str, size: u64) -> Node {
        Node::tree(20_260_721, about, about, size, NOW)
    }

    #[test]
    fn the_files_are_as_large_as_the_volume() {
        for about in ["nextcloud_data", "shop_postgres-data", "redis", "npm-cache", "registry", "whatever"] {
            for size in [0, 1, 700, 12_000, 4_100_000, 1_300_000_000, 184_200_000_000] {
                let tree = tree(about, size);
                assert_eq!(tree.weight().apparent, size, "{about} of {size}");
                assert_eq!(tree.children.is_empty(), size == 0, "{about} of {size}");
            }
        }
    }

    #[test]
    fn it_is_always_the_same_and_no_two_are() {
        assert_eq!(tree("ci_npm-cache", 6_400_000_000), tree("ci_npm-cache", 6_400_000_000));
        assert_ne!(tree("a postgres", 1_000_000_000), tree("b postgres", 1_000_000_000));
        assert!(tree("ci_npm-cache", 6_400_000_000).weight().files > 3_000, "thousands of files");
    }

    #[test]
    fn the_hard_cases_are_there() {
        let tree = tree("nextcloud_data", 184_200_000_000);
        let all = tree.below();
        for kind in [EntryKind::Fifo, EntryKind::Socket, EntryKind::Link, EntryKind::Folder] {
            assert!(all.iter().any(|node| node.entry.kind == kind), "{kind:?}");
        }
        assert!(all.iter().any(|node| std::str::from_utf8(&node.entry.name).is_err()), "not UTF-8");
        assert!(all.iter().any(|node| node.entry.name.contains(&0x1b)), "an escape sequence");
        let boat = tree.at(&Place::parse(b"ben/files/Projects/boat").expect("a path")).expect("there");
        assert!(boat.at(&Place::parse(b"latest").expect("a path")).is_some());
        assert!(boat.at(&Place::parse(b"plan-v3.svg").expect("a path")).is_none(), "it dangles");
    }
}

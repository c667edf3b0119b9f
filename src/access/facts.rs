//! All that an archive says of a tree, so that a copy can be compared with its source entry by entry.
//!
//! Folders are read in whatever order a file system has, and of a file with several names another one
//! may come first: so facts are kept by name, and names of one file as a group.

use std::collections::HashMap;
use std::io::{self, Read};

use crate::domain::place::{name_text, plain};
use crate::pax::{Body, Head, Reader};
use crate::vault::Content;

/// What is read of content at once.
const CHUNK: usize = 128 * 1024;

/// 16 bytes of a digest: names and facts of one tree are never mistaken for one another by chance.
type Short = [u8; 16];

/// What an archive says of every entry, some 50 bytes of memory each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    by_name: HashMap<Short, Short>,
    remarks: Vec<String>,
}

impl Facts {
    /// Goes through an archive.
    ///
    /// # Errors
    /// When it cannot be read to its end, or is no archive.
    pub fn of(archive: impl Read) -> io::Result<Self> {
        Self::told(archive, &mut |_, _| {})
    }

    fn told(archive: impl Read, seen: &mut dyn FnMut(&[u8], Short)) -> io::Result<Self> {
        let mut reader = Reader::new(archive);
        let mut facts = Self::default();
        let mut groups: HashMap<Short, Vec<Short>> = HashMap::new();
        let mut chunk = vec![0; CHUNK];
        while let Some(head) = reader.next_head()? {
            let name = plain(&head.name);
            let key = short(&name);
            seen(&name, key);
            if let Body::Same(first) = &head.body {
                let first = short(&plain(first));
                let fact = facts.by_name.get(&first).copied().unwrap_or_default();
                groups.entry(first).or_default().push(key);
                facts.by_name.insert(key, fact);
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
            facts.by_name.insert(key, first_16(&hasher.finalize()));
        }
        facts.remarks = reader.remarks().to_vec();
        facts.remarks.sort();
        // So that nobody who writes it is cut off in its last, empty blocks.
        io::copy(&mut reader.into_rest(), &mut io::sink())?;
        for (first, mut names) in groups {
            names.push(first);
            names.sort_unstable();
            let together = blake3::hash(&names.concat());
            for name in names {
                if let Some(fact) = facts.by_name.get_mut(&name) {
                    *fact = first_16(&blake3::hash(&[&fact[..], together.as_bytes()].concat()));
                }
            }
        }
        Ok(facts)
    }

    /// How many entries there are, the root among them.
    #[must_use]
    pub fn len(&self) -> usize {
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

    /// How many entries of the two are missing in one of them, or not the same.
    #[must_use]
    pub fn differing(&self, other: &Self) -> usize {
        let ours = self.by_name.iter().filter(|(name, fact)| other.by_name.get(*name) != Some(fact));
        let theirs = other.by_name.keys().filter(|name| !self.by_name.contains_key(*name));
        ours.count() + theirs.count()
    }

    /// The name of an entry in this archive, made safe to show, that differs from `other` in `self`.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn first_differing(&self, other: &Self, archive: impl Read) -> io::Result<Option<String>> {
        let mut found = None;
        Self::told(archive, &mut |name, key| {
            if found.is_none() && self.by_name.get(&key) != other.by_name.get(&key) {
                found = Some(name_text(name).into_owned());
            }
        })?;
        Ok(found)
    }
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
mod tests {
    use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
    use std::path::Path;

    use super::*;
    use crate::access::tree::Tree;
    use crate::access::walk::Progress;
    use crate::domain::place::Place;

    fn packed(root: &Path) -> Vec<u8> {
        let mut out = Vec::new();
        let tree = Tree::open(root).expect("a tree");
        tree.pack(&Place::root(), &mut out, &Progress::default()).expect("packed");
        out
    }

    fn facts(root: &Path) -> Facts {
        Facts::of(packed(root).as_slice()).expect("facts")
    }

    fn fill(root: &Path, names: [&str; 3]) {
        for name in names {
            std::fs::create_dir_all(root.join("sub")).expect("a folder");
            std::fs::write(root.join(name), name).expect("a file");
        }
        std::fs::hard_link(root.join("b"), root.join("sub/b2")).expect("a name");
        let holes = std::fs::File::create(root.join("holes")).expect("a file");
        holes.set_len(3_000_000).expect("holes");
        holes.write_all_at(b"data", 1_234_567).expect("written");
        for name in ["a", "b", "sub/c", "holes", "sub", "."] {
            let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 5);
            std::fs::File::open(root.join(name)).and_then(|f| f.set_modified(time)).expect("time");
        }
    }

    #[test]
    fn the_order_of_names_makes_no_difference_and_everything_else_does() {
        let (one, two) = (tempfile::TempDir::new().expect("one"), tempfile::TempDir::new().expect("two"));
        fill(one.path(), ["a", "b", "sub/c"]);
        fill(two.path(), ["sub/c", "b", "a"]);
        let first = facts(one.path());
        assert_eq!((first.len(), first.differing(&facts(two.path()))), (7, 0));
        // As one run of bytes, the same.
        std::fs::write(two.path().join("holes"), {
            let mut bytes = vec![0; 3_000_000];
            bytes[1_234_567..1_234_571].copy_from_slice(b"data");
            bytes
        })
        .expect("written");
        let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 5);
        let retime = |name: &str| {
            let file = std::fs::File::open(two.path().join(name)).expect("a file");
            file.set_modified(time).expect("a time");
        };
        retime("holes");
        assert_eq!(first.differing(&facts(two.path())), 0, "holes are zeros");
        let changed = |name: &str| {
            let now = facts(two.path());
            assert!(first.differing(&now) > 0, "{name}");
            let named = first.first_differing(&now, packed(two.path()).as_slice()).expect("read");
            assert!(named.is_some_and(|named| named.contains(name)), "{name}");
        };
        let a = two.path().join("a");
        std::fs::set_permissions(&a, std::fs::Permissions::from_mode(0o4711)).expect("a mode");
        changed("a");
        std::fs::set_permissions(&a, one.path().join("a").metadata().expect("a").permissions())
            .expect("back");
        assert_eq!(first.differing(&facts(two.path())), 0);
        // The same bytes, but no longer one file with two names.
        let b2 = two.path().join("sub/b2");
        std::fs::remove_file(&b2)
            .and_then(|()| std::fs::copy(two.path().join("b"), &b2).map(drop))
            .expect("two");
        std::fs::File::open(&b2).and_then(|f| f.set_modified(time)).expect("time");
        retime("sub");
        assert_eq!(b2.metadata().expect("b2").nlink(), 1);
        changed("b");
    }

    #[test]
    fn what_is_cut_off_has_no_facts() {
        let folder = tempfile::TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("a"), vec![1; 10_000]).expect("a file");
        let tar = packed(folder.path());
        assert!(Facts::of(&tar[..tar.len() / 2]).is_err());
    }
}

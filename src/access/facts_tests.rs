use std::collections::HashMap;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::access::tree::Tree;
use crate::access::walk::Progress;
use crate::domain::place::Place;
use crate::pax::{Attribute, Time, Writer};

fn packed(root: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    let tree = Tree::open(root).expect("a tree");
    tree.pack(&Place::root(), &mut out, &Progress::default()).expect("packed");
    out
}

fn facts(root: &Path) -> Facts {
    Facts::of(packed(root).as_slice()).expect("facts")
}

fn count(one: &Facts, other: &Facts) -> u64 {
    one.differing(other).expect("read").count
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
    assert_eq!((first.len(), count(&first, &facts(two.path()))), (7, 0));
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
    assert_eq!(count(&first, &facts(two.path())), 0, "holes are zeros");
    let changed = |name: &str| {
        let now = facts(two.path());
        let differing = first.differing(&now).expect("read");
        assert!(differing.count > 0, "{name}");
        let named = differing.first_in(packed(two.path()).as_slice()).expect("read");
        assert!(named.is_some_and(|named| named.contains(name)), "{name}");
    };
    let a = two.path().join("a");
    std::fs::set_permissions(&a, std::fs::Permissions::from_mode(0o4711)).expect("a mode");
    changed("a");
    std::fs::set_permissions(&a, one.path().join("a").metadata().expect("a").permissions()).expect("back");
    assert_eq!(count(&first, &facts(two.path())), 0);
    // The same bytes, but no longer one file with two names.
    let b2 = two.path().join("sub/b2");
    std::fs::remove_file(&b2).and_then(|()| std::fs::copy(two.path().join("b"), &b2).map(drop)).expect("two");
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

/// The same with all of it in memory, as one would write it down.
#[derive(Default)]
struct Plain {
    by_name: HashMap<Short, Short>,
}

impl Plain {
    fn of(archive: &[u8]) -> Self {
        let mut reader = Reader::new(archive);
        let mut plain = Self::default();
        let mut groups: HashMap<Short, Vec<Short>> = HashMap::new();
        while let Some(head) = reader.next_head().expect("read") {
            let key = short(&super::plain(&head.name));
            if let Body::Same(first) = &head.body {
                let first = short(&super::plain(first));
                groups.entry(first).or_default().push(key);
                plain.by_name.insert(key, plain.by_name.get(&first).copied().unwrap_or_default());
                continue;
            }
            let mut hasher = blake3::Hasher::new();
            hasher.update(&said(head.clone()).expect("said"));
            if let Body::File(size) = head.body {
                let content = Content::by_blocks(&mut reader, size, &mut [0; 4096]).expect("read");
                let (Content::Whole(digest) | Content::Blocks(digest)) = content;
                hasher.update(&digest);
            }
            plain.by_name.insert(key, first_16(&hasher.finalize()));
        }
        for (first, mut names) in groups {
            names.push(first);
            names.sort_unstable();
            let together = blake3::hash(&names.concat());
            for name in names {
                if let Some(fact) = plain.by_name.get_mut(&name) {
                    *fact = first_16(&blake3::hash(&[&fact[..], together.as_bytes()].concat()));
                }
            }
        }
        plain
    }

    fn differing(&self, other: &Self) -> u64 {
        let ours = self.by_name.iter().filter(|(name, fact)| other.by_name.get(*name) != Some(fact));
        let theirs = other.by_name.keys().filter(|name| !self.by_name.contains_key(*name));
        (ours.count() + theirs.count()) as u64
    }
}

/// An entry: its kind, its facts, its content.
#[derive(Debug, Clone, PartialEq)]
struct Made {
    kind: u8,
    mode: u32,
    owner: (u32, u32),
    modified: i64,
    attribute: Option<u8>,
    content: Vec<u8>,
    /// Which of the files before it this is another name of.
    same: Option<u8>,
}

fn made() -> impl Strategy<Value = Made> {
    let facts = (0..4_u8, 0..4_u32, (0..3_u32, 0..3_u32), 0..3_i64, proptest::option::of(0..3_u8));
    let content = proptest::collection::vec(0..2_u8, 0..40);
    (facts, content, proptest::option::weighted(0.3, any::<u8>())).prop_map(|(facts, content, same)| {
        let (kind, mode, owner, modified, attribute) = facts;
        Made { kind, mode, owner, modified, attribute, content, same }
    })
}

/// A tar of these, by their numbers; of one that is another name, of what comes before it.
fn tar(entries: &[(usize, &Made)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let mut firsts: Vec<Vec<u8>> = Vec::new();
    for (number, made) in entries {
        let name = format!("name-{number}").into_bytes();
        let same = made.same.filter(|_| !firsts.is_empty());
        let first = same.map(|same| firsts[usize::from(same) % firsts.len()].clone());
        let body = match (first, made.kind) {
            (Some(first), _) => Body::Same(first),
            (None, 0) => Body::Folder,
            (None, 1) => Body::Link(made.content.clone()),
            (None, _) => Body::File(made.content.len() as u64),
        };
        let attributes =
            made.attribute.iter().map(|value| Attribute { name: b"user.a".into(), value: vec![*value] });
        let head = Head {
            name: name.clone(),
            mode: made.mode,
            uid: made.owner.0,
            gid: made.owner.1,
            modified: Time { seconds: made.modified, nanos: 0 },
            attributes: attributes.collect(),
            body: body.clone(),
        };
        writer.begin(&head).expect("begun");
        if matches!(body, Body::File(_)) {
            writer.copy(&mut made.content.as_slice(), |_| Ok(())).expect("written");
            firsts.push(name);
        }
    }
    writer.finish().expect("finished")
}

proptest! {
    #[test]
    fn what_lies_in_files_differs_like_what_is_in_memory(
        entries in proptest::collection::vec((made(), proptest::option::weighted(0.1, made()), 0..20_u8), 0..60),
        turn in any::<usize>(),
    ) {
        let one: Vec<(usize, &Made)> = entries.iter().map(|(made, _, _)| made).enumerate().collect();
        // Some are other ones, some are missing on either side, and their order is another.
        let mut two: Vec<(usize, &Made)> = entries
            .iter()
            .enumerate()
            .filter(|(_, (_, _, missing))| *missing != 0)
            .map(|(number, (made, other, _))| (number, other.as_ref().unwrap_or(made)))
            .collect();
        let places = turn % two.len().max(1);
        two.rotate_left(places);
        let one: Vec<(usize, &Made)> = one.into_iter().filter(|(number, _)| entries[*number].2 != 1).collect();
        let (one, two) = (tar(&one), tar(&two));
        let (plain, other_plain) = (Plain::of(&one), Plain::of(&two));
        let (facts, other) = (Facts::of(one.as_slice()).expect("facts"), Facts::of(two.as_slice()).expect("facts"));
        prop_assert_eq!(facts.len(), plain.by_name.len() as u64);
        prop_assert_eq!(count(&facts, &facts), 0);
        let all: HashMap<Short, Short> = facts
            .by_name
            .iter()
            .map(|fact| fact.expect("read"))
            .map(|fact| (name_of(fact), fact_of(fact)))
            .collect();
        prop_assert_eq!(&all, &plain.by_name);
        let differing = facts.differing(&other).expect("read");
        prop_assert_eq!(differing.count, plain.differing(&other_plain));
        prop_assert!(differing.there.len() <= NAMED);
        let is_other = |name: &Short| plain.by_name.get(name) != other_plain.by_name.get(name);
        let named = differing.first_in(two.as_slice()).expect("read");
        prop_assert_eq!(named.is_some(), other_plain.by_name.keys().any(is_other));
        if let Some(named) = named {
            prop_assert!(is_other(&short(named.as_bytes())), "{}", named);
        }
    }
}

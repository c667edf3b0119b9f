use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::super::tests::{head, open, written};
use super::super::verify::digest as name_digest;
use super::*;
use crate::pax::{Attribute, Head, Time, Writer};

/// The same with all that the index says in memory, as one would write it down.
fn compared<R: Read + Seek>(archive: &Archive<R>, tar: &[u8]) -> Result<u64, String> {
    let mut known: HashMap<u64, ([u8; 8], Option<Content>)> = HashMap::new();
    let mut firsts: HashMap<u64, Vec<u8>> = HashMap::new();
    for entry in archive.entries() {
        let entry = entry.expect("an entry");
        let key = name_digest(&entry.head.name);
        if let Body::Same(first) = entry.head.body {
            firsts.insert(name_digest(&first), first.clone());
            firsts.insert(key, first);
        } else {
            known.insert(key, (entry.said, entry.content));
        }
    }
    let mut reader = Reader::new(tar);
    let (mut compared, mut theirs) = (0, HashSet::new());
    while let Some(mut head) = reader.next_head().expect("read") {
        let name = head.name.clone();
        let differs = |what: &str| Err(Error::entry(&name, what).to_string());
        let first = firsts.get(&name_digest(&name));
        if let Body::Same(other) = &head.body {
            if first.is_none() || firsts.get(&name_digest(other)) != first {
                return differs("it is another name of something else");
            }
        } else {
            head.name = first.unwrap_or(&name).clone();
            let asked = name_digest(&head.name);
            let Some((said, content)) = known.get(&asked) else {
                return differs("the backup does not have it");
            };
            if of_head(&head).expect("said") != *said {
                return differs("its type, size, owner, permissions, times or attributes differ");
            }
            if let (Body::File(size), Some(content)) = (&head.body, content) {
                let digest = Digest::new(matches!(content, Content::Blocks(_)));
                let found = scan::content_as(digest, &mut reader, *size, &mut [0; 4096], &mut |_| Ok(()));
                if found.expect("read") != *content {
                    return differs("its content differs");
                }
            }
            if first.is_some() && !theirs.insert(asked) {
                return differs("it is a file of its own, no other name of one");
            }
        }
        compared += 1;
    }
    let entries = archive.manifest().counted.entries;
    if compared == entries {
        return Ok(compared);
    }
    Err(Error::Partial(format!("{compared} entries came back of {entries}")).to_string())
}

/// A file with content and perhaps other names, or something else.
#[derive(Debug, Clone)]
struct Made {
    content: Vec<u8>,
    names: u8,
}

/// What happens to an entry on the way.
#[derive(Debug, Clone, Copy)]
enum Change {
    Kind,
    Size,
    Content,
    Mode,
    Owner,
    Time,
    Attribute,
    Missing,
    Extra,
    /// The names of its file are files of their own.
    Parted,
    /// A name of it is one of another file.
    Moved,
}

const CHANGES: [Change; 11] = [
    Change::Kind,
    Change::Size,
    Change::Content,
    Change::Mode,
    Change::Owner,
    Change::Time,
    Change::Attribute,
    Change::Missing,
    Change::Extra,
    Change::Parted,
    Change::Moved,
];

fn put(writer: &mut Writer<Vec<u8>>, head: &Head, content: &[u8]) {
    writer.begin(head).expect("begun");
    if matches!(head.body, Body::File(_)) {
        writer.copy(&mut &*content, |_| Ok(())).expect("written");
    }
}

/// A tar of these in the order of their numbers, with a change to one of them. Of a file with several names
/// the one with that number comes first.
fn tar(all: &[(usize, &Made)], first: usize, change: Option<(usize, Change)>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let mut before: Option<Vec<u8>> = None;
    for (at, (number, made)) in all.iter().enumerate() {
        let change = change.filter(|(which, _)| which % all.len() == at).map(|(_, change)| change);
        let mut names: Vec<Vec<u8>> =
            (0..=made.names).map(|name| format!("file-{number}/{name}").into_bytes()).collect();
        let count = names.len();
        names.rotate_left(first % count);
        let mut content = made.content.clone();
        if let (Some(Change::Content), Some(byte)) = (change, content.first_mut()) {
            *byte ^= 1;
        }
        if matches!(change, Some(Change::Size)) {
            content.push(0);
        }
        let mut one = head(&names[0], Body::File(content.len() as u64));
        one.attributes = vec![Attribute { name: b"user.a".to_vec(), value: b"1".to_vec() }];
        match change {
            Some(Change::Kind) => one.body = Body::Fifo,
            Some(Change::Mode) => one.mode ^= 1,
            Some(Change::Owner) => one.gid += 1,
            Some(Change::Time) => one.modified = Time { nanos: 8, ..one.modified },
            Some(Change::Attribute) => one.attributes[0].value = b"2".to_vec(),
            Some(Change::Missing) => continue,
            Some(Change::Extra) => put(&mut writer, &head(b"extra", Body::Folder), b""),
            _ => {}
        }
        put(&mut writer, &one, &content);
        for name in &names[1..] {
            let mut other = one.clone();
            other.name.clone_from(name);
            if !matches!(change, Some(Change::Parted)) {
                let moved = before.clone().filter(|_| matches!(change, Some(Change::Moved)));
                other.body = Body::Same(moved.unwrap_or_else(|| names[0].clone()));
                other.attributes.clear();
            }
            put(&mut writer, &other, &content);
        }
        before = Some(names.swap_remove(0));
    }
    writer.finish().expect("finished")
}

fn made() -> impl Strategy<Value = Made> {
    let names = prop_oneof![3 => Just(0), 1 => 1..4_u8];
    (proptest::collection::vec(0..2_u8, 1..40), names).prop_map(|(content, names)| Made { content, names })
}

proptest! {
    #[test]
    fn what_lies_in_files_is_compared_like_what_is_in_memory(
        made in proptest::collection::vec(made(), 1..40),
        turn in any::<usize>(),
        first in 0..4_usize,
        which in any::<usize>(),
    ) {
        let all: Vec<(usize, &Made)> = made.iter().enumerate().collect();
        let backup = written(&tar(&all, 0, None));
        let archive = open(&backup).expect("a backup");
        let mut turned = all.clone();
        turned.rotate_left(turn % all.len());
        let entries = archive.manifest().counted.entries;
        let same = tar(&turned, first, None);
        prop_assert_eq!(archive.compare(&mut same.as_slice(), &mut |_| true).expect("the same"), entries);
        for change in CHANGES {
            let other = tar(&turned, first, Some((which, change)));
            let found = archive.compare(&mut other.as_slice(), &mut |_| true).map_err(|error| error.to_string());
            prop_assert_eq!(&found, &compared(&archive, &other), "{:?}", change);
            let has_names = turned[which % all.len()].1.names > 0;
            let is_none = match change {
                Change::Parted => !has_names,
                // Before the first of them there is no other file.
                Change::Moved => !has_names || which % all.len() == 0,
                _ => false,
            };
            prop_assert_eq!(found.is_ok(), is_none, "{:?}: {:?}", change, found);
        }
    }
}

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::unbounded_channel;

use super::BackupContent;
use crate::access::content::{Content, Error};
use crate::access::walk::Progress;
use crate::domain::entry::{Entry, EntryKind, Listing};
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::pax::{Body, Head, Reader, Time, Writer};
use crate::vault::{About, Backup, How, Taken};

fn place(path: &str) -> Place {
    Place::parse(path.as_bytes()).expect("a place")
}

fn head(name: &[u8], body: Body, seconds: i64) -> Head {
    let modified = Time { seconds, nanos: 0 };
    Head { name: name.to_vec(), body, mode: 0o640, uid: 7, gid: 8, modified, attributes: Vec::new() }
}

/// A backup with one of everything, names that want to lead out, and a folder that nobody wrote down.
fn backup(folder: &Path) -> BackupContent {
    let mut tar = Writer::new(Vec::new());
    let mut put = |name: &[u8], body: Body, content: &[u8]| {
        let seconds = i64::try_from(content.len()).expect("small");
        tar.begin(&head(name, body, seconds)).expect("begun");
        tar.copy(&mut &*content, |_| Ok(())).expect("written");
    };
    put(b"./", Body::Folder, b"");
    put(b"notes.txt", Body::File(5), b"hello");
    put(b"sub/", Body::Folder, b"");
    put(b"sub/a", Body::File(3), b"abc");
    put(b"sub/deep/b", Body::File(4), b"defg");
    put(b"twin", Body::Same(b"sub/a".to_vec()), b"");
    put(b"out", Body::Link(b"/etc/shadow".to_vec()), b"");
    put(b"../leads-out", Body::File(1), b"x");
    put(b"/absolute", Body::File(2), b"xy");
    put(b"esc\x1b[2Jape\xff", Body::File(1), b"x");
    put(b"pipe", Body::Fifo, b"");
    let tar = tar.finish().expect("finished");
    let volume = Volume { name: "v".to_owned(), ..Volume::default() };
    let at = "2026-11-21T12:00:00Z".parse().expect("a time");
    let about = About::of(&volume, "e", "direct", Taken::Unused, at);
    let mut backup = Backup::create(folder, about, &How { threads: 1, ..How::default() }).expect("begun");
    backup.write_all(&tar).expect("written");
    let done = backup.finish().expect("finished");
    wait(BackupContent::open(done.path)).expect("opened")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn listed(content: &BackupContent, path: &str) -> Result<Listing, Error> {
    let mut listing = wait(content.list(&place(path)))?;
    listing.put_in_order();
    Ok(listing)
}

fn entry<'l>(listing: &'l Listing, name: &str) -> &'l Entry {
    &listing.entries[listing.find(name.as_bytes()).expect("listed")]
}

#[test]
fn a_folder_of_a_backup_is_listed_from_its_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let content = backup(folder.path());
    let root = listed(&content, "").expect("listed");
    let kinds: Vec<(String, EntryKind)> =
        root.entries.iter().map(|e| (String::from_utf8_lossy(&e.name).into_owned(), e.kind)).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    assert_eq!(root.errors, 1, "what leads out is counted, and nowhere to be seen");
    assert_eq!(entry(&root, "absolute").apparent, 2, "an absolute name stays inside");
    assert_eq!(entry(&root, "out").target.as_deref(), Some(&b"/etc/shadow"[..]));
    assert_eq!((entry(&root, "notes.txt").mode, entry(&root, "notes.txt").uid), (0o640, 7));
    let twin = entry(&root, "twin");
    assert_eq!((twin.kind, twin.apparent, twin.links), (EntryKind::File, 3, Some(2)));
    let sub = listed(&content, "sub").expect("listed");
    assert_eq!(entry(&sub, "a").shared(), twin.shared(), "both are names of one file");
    assert!(twin.shared().is_some());
    assert_eq!(entry(&sub, "deep").kind, EntryKind::Folder, "nobody wrote it down, but it is there");
    assert!(matches!(listed(&content, "nowhere"), Err(Error::Missing(_))));
    assert!(matches!(listed(&content, "notes.txt"), Err(Error::Other { .. })));
}

#[test]
fn what_is_below_is_weighed_and_files_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let content = backup(folder.path());
    let (found, mut weighed) = unbounded_channel();
    wait(content.weigh(&Place::root(), &Arc::new(Progress::default()), found)).expect("weighed");
    let (name, weight) = weighed.try_recv().expect("one folder");
    assert_eq!((name.as_slice(), weight.apparent, weight.files), (&b"sub"[..], 7, 2));
    assert!(weighed.try_recv().is_err(), "there is no other");
    let read = |path: &str, from, len| wait(content.read(&place(path), from, len));
    assert_eq!(read("notes.txt", 1, 3).expect("read"), b"ell");
    assert_eq!(read("twin", 0, 9).expect("read"), b"abc");
    assert!(read("sub", 0, 9).is_err());
    let look = |path: &str| wait(content.look(&place(path)));
    assert_eq!(look("twin").expect("there").apparent, 3);
    assert_eq!(look("sub/deep").expect("there").kind, EntryKind::Folder);
    assert_eq!(look("").expect("there").kind, EntryKind::Folder);
    assert!(matches!(look("leads-out"), Err(Error::Missing(_))));
}

#[test]
fn one_entry_comes_out_as_a_tar() {
    let folder = tempfile::tempdir().expect("a folder");
    let content = backup(folder.path());
    let packed = |path: &str| {
        wait(async {
            let progress = Arc::new(Progress::default());
            let mut stream = content.pack(&place(path), &progress).await?;
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.expect("whole");
            let mut reader = Reader::new(bytes.as_slice());
            let mut names = Vec::new();
            while let Some(head) = reader.next_head().expect("a tar") {
                names.push(String::from_utf8_lossy(&head.name).into_owned());
            }
            Ok::<_, Error>((names, reader.remarks().len()))
        })
    };
    assert_eq!(packed("sub/deep").expect("packed"), (vec!["deep/b".to_owned()], 0));
    assert_eq!(packed("twin").expect("packed").0, ["twin"]);
    let (all, remarks) = packed("").expect("packed");
    assert_eq!((all.len(), remarks), (10, 1), "what leads out stays in it: {all:?}");
    assert!(matches!(packed("nowhere"), Err(Error::Missing(_))));
}

#[test]
fn what_is_no_backup_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("v.tar.zst");
    std::fs::write(&path, "nothing of ours").expect("written");
    let error = wait(BackupContent::open(path)).expect_err("no backup");
    assert!(error.to_string().contains("it has no index at its end"), "{error}");
}

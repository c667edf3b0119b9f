use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::domain::entry::{Listing, Weight};

fn tree(folder: &tempfile::TempDir) -> Tree {
    Tree::open(folder.path()).expect("a tree")
}

fn place(path: &[u8]) -> Place {
    Place::parse(path).expect("a path")
}

fn folder() -> tempfile::TempDir {
    tempfile::TempDir::new().expect("a folder")
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
}

/// A chain of folders beyond what a path can be; the place of the deepest one.
fn chain(root: &Path, depth: usize) -> Place {
    let mut here = rustix::fs::open(root, FOLDER, Mode::empty()).expect("open");
    let name = "d".repeat(200);
    let mut deep = Place::root();
    for _ in 0..depth {
        rustix::fs::mkdirat(&here, &name, Mode::from(0o755)).expect("a folder");
        here = openat(&here, &name, FOLDER, Mode::empty()).expect("open");
        deep = deep.child(name.as_bytes()).expect("a name");
    }
    let file = openat(&here, "file", OFlags::CREATE | OFlags::WRONLY, Mode::RWXU).expect("a file");
    rustix::io::write(&file, b"deep").expect("written");
    deep
}

#[test]
fn a_listing_says_what_the_system_says() {
    let folder = folder();
    let root = folder.path();
    std::fs::create_dir(root.join("sub")).expect("a folder");
    std::fs::write(root.join("file"), vec![1; 5000]).expect("a file");
    std::fs::hard_link(root.join("file"), root.join("again")).expect("a link");
    symlink("/nowhere/at all", root.join("link")).expect("a link");
    fifo(&root.join("pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).expect("a socket");
    let mut listing = tree(&folder).list(&Place::root()).expect("listed");
    listing.entries.sort_by(|a, b| a.name.cmp(&b.name));
    let kinds: Vec<_> = listing.entries.iter().map(|e| (e.name.as_slice(), e.kind)).collect();
    assert_eq!(
        kinds,
        [
            (&b"again"[..], EntryKind::File),
            (b"file", EntryKind::File),
            (b"link", EntryKind::Link),
            (b"pipe", EntryKind::Fifo),
            (b"socket", EntryKind::Socket),
            (b"sub", EntryKind::Folder),
        ]
    );
    assert_eq!((listing.folded, listing.errors), (0, 0));
    let file = &listing.entries[1];
    let meta = std::fs::metadata(root.join("file")).expect("there");
    assert_eq!((file.apparent, file.links), (5000, Some(2)));
    assert_eq!(file.allocated, Some(meta.blocks() * 512));
    assert_eq!((file.uid, file.gid, file.mode), (meta.uid(), meta.gid(), meta.mode() & 0o7777));
    let modified = file.modified.expect("a time");
    assert_eq!(
        (modified.as_second(), i64::from(modified.subsec_nanosecond())),
        (meta.mtime(), meta.mtime_nsec())
    );
    assert_eq!(listing.entries[2].target.as_deref(), Some(&b"/nowhere/at all"[..]));
    assert!(listing.entries.iter().all(|e| !e.is_mount));
    assert_eq!(&tree(&folder).look(&place(b"file")).expect("there"), file, "looking says the same");
}

#[test]
fn hostile_names_are_listed_read_and_found() {
    let folder = folder();
    for name in [&b"new\nline"[..], b"\x1b[31m", b"\xff\xfe", &[b'n'; 255], b" ", b"-rf"] {
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), name).expect("a file");
        let at = Place::root().child(name).expect("a name");
        assert_eq!(tree(&folder).read(&at, 0, 1000).expect("read"), name);
        assert_eq!(tree(&folder).look(&at).expect("there").name, name);
    }
    assert_eq!(tree(&folder).list(&Place::root()).expect("listed").entries.len(), 6);
}

#[test]
fn a_path_beyond_the_system_s_limit_is_no_obstacle() {
    let folder = folder();
    let deep = chain(folder.path(), 30);
    let tree = tree(&folder);
    assert!(deep.bytes().len() > 4096);
    assert_eq!(tree.list(&deep).expect("listed").entries.len(), 1);
    assert_eq!(tree.read(&deep.child(b"file").expect("a name"), 1, 2).expect("read"), b"ee");
}

#[test]
fn no_link_leads_anywhere() {
    let folder = folder();
    symlink("/etc", folder.path().join("out")).expect("a link");
    symlink("loop", folder.path().join("loop")).expect("a link");
    symlink(".", folder.path().join("here")).expect("a link");
    let tree = tree(&folder);
    for path in [&b"out"[..], b"loop", b"here", b"out/passwd", b"loop/x", b"here/out"] {
        assert!(tree.list(&place(path)).is_err());
        let error = tree.read(&place(path), 0, 10).expect_err("not followed").to_string();
        assert!(error.contains("not followed"), "{error}");
    }
    assert!(matches!(tree.look(&place(b"out/passwd")), Err(Error::Other { .. })));
    assert_eq!(tree.look(&place(b"out")).expect("the link itself").kind, EntryKind::Link);
    assert!(Tree::open(&folder.path().join("here")).is_err(), "nor is the root a link");
}

#[test]
fn nothing_but_a_file_is_opened() {
    let folder = folder();
    // To open it for reading would wait for a writer, for ever.
    fifo(&folder.path().join("pipe"));
    let tree = tree(&folder);
    let error = tree.read(&place(b"pipe"), 0, 10).expect_err("no file").to_string();
    assert_eq!(error, "/pipe is a named pipe");
    assert!(tree.read(&Place::root(), 0, 10).is_err());
    assert!(matches!(tree.read(&place(b"missing"), 0, 10), Err(Error::Missing(_))));
}

#[test]
fn devices_are_told_by_their_numbers_and_never_opened() {
    let folder = folder();
    let device = folder.path().join("device");
    let made =
        rustix::fs::mknodat(CWD, &device, FileType::CharacterDevice, Mode::RWXU, rustix::fs::makedev(1, 3));
    if made.is_err() {
        return;
    }
    let entry = tree(&folder).look(&place(b"device")).expect("there");
    assert_eq!((entry.kind, entry.device), (EntryKind::CharDevice, Some((1, 3))));
    assert!(tree(&folder).read(&place(b"device"), 0, 10).is_err());
}

#[test]
fn a_file_is_read_from_anywhere_and_never_too_much_of_it() {
    let folder = folder();
    std::fs::write(folder.path().join("file"), b"0123456789").expect("a file");
    let file = std::fs::File::create(folder.path().join("large")).expect("a file");
    file.set_len(1 << 30).expect("a hole");
    let tree = tree(&folder);
    let read = |from, len| tree.read(&place(b"file"), from, len).expect("read");
    assert_eq!(read(3, 4), b"3456");
    assert_eq!(read(8, 100), b"89");
    assert_eq!(read(10, 100), b"");
    assert_eq!(tree.read(&place(b"large"), 5, usize::MAX).expect("read").len(), MAX_READ);
}

#[test]
fn a_huge_folder_is_listed_and_what_is_beyond_is_counted() {
    let folder = folder();
    for i in 0..100_000 {
        std::fs::write(folder.path().join(format!("{i}")), b"").expect("a file");
    }
    let tree = tree(&folder);
    assert_eq!(tree.list(&Place::root()).expect("listed").entries.len(), 100_000);
    let Listing { entries, folded, errors, .. } =
        tree.list_at_most(&Place::root(), 1000, &Progress::default()).expect("listed");
    assert_eq!((entries.len(), folded, errors), (1000, 99_000, 0));
}

#[test]
fn each_folder_is_weighed_with_all_below() {
    let folder = folder();
    let root = folder.path();
    std::fs::create_dir_all(root.join("a/b")).expect("folders");
    std::fs::create_dir(root.join("empty")).expect("a folder");
    std::fs::write(root.join("a/b/file"), vec![1; 9000]).expect("a file");
    std::fs::write(root.join("beside"), vec![1; 9000]).expect("a file");
    symlink("/", root.join("out")).expect("a link");
    let mut found = std::collections::BTreeMap::new();
    let tree = tree(&folder);
    tree.weigh(&Place::root(), &Progress::default(), &mut |name, weight| {
        found.insert(name, weight);
    })
    .expect("weighed");
    let names: Vec<_> = found.keys().map(Vec::as_slice).collect();
    assert_eq!(names, [&b"a"[..], b"empty"], "folders alone, and no link");
    let Weight { apparent, files, dirs, errors, .. } = found[&b"a"[..]];
    assert_eq!((apparent, files, dirs, errors), (9000, 1, 2, 0));
    assert_eq!(found[&b"empty"[..]].dirs, 1);

    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(tree.weigh(&Place::root(), &progress, &mut |_, _| ()), Err(Error::Cancelled)));
}

#[test]
fn another_file_system_is_marked_and_not_entered() {
    // A mount needs rights that a test may lack; the system has one that everybody sees.
    let tree = Tree::open(Path::new("/")).expect("the root");
    let listing = tree.list(&Place::root()).expect("listed");
    let proc = listing.entries.iter().find(|entry| entry.name == b"proc").expect("/proc");
    assert!(proc.is_mount);
    let error = tree.list(&place(b"proc")).expect_err("not entered").to_string();
    assert!(error.contains("another file system"), "{error}");
}

/// Ends another thread whatever happens here.
struct Over<'a>(&'a AtomicBool);
impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_tree_that_changes_underfoot_leads_nowhere() {
    let folder = folder();
    let outside = self::folder();
    std::fs::write(outside.path().join("secret"), b"WHAT IS OUTSIDE").expect("a file");
    let is_over = AtomicBool::new(false);
    let root = folder.path();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = std::fs::remove_file(root.join("swap"));
                let _ = std::fs::create_dir(root.join("swap"));
                let _ = std::fs::write(root.join("swap/secret"), b"ours");
                let _ = std::fs::remove_dir_all(root.join("swap"));
                let _ = symlink(outside.path(), root.join("swap"));
            }
        });
        let _over = Over(&is_over);
        let tree = tree(&folder);
        for _ in 0..300 {
            if let Ok(read) = tree.read(&place(b"swap/secret"), 0, 100) {
                assert_ne!(read, b"WHAT IS OUTSIDE", "the link was followed");
            }
            let _ = tree.list(&place(b"swap"));
            let mut packed = Vec::new();
            tree.pack(&Place::root(), &mut packed, &Progress::default()).expect("what vanishes is no error");
            assert!(!packed.windows(15).any(|bytes| bytes == b"WHAT IS OUTSIDE"), "the link was followed");
        }
    });
}

#[test]
fn no_more_folders_are_weighed_than_are_listed() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for name in 0..20 {
        std::fs::create_dir(folder.path().join(name.to_string())).expect("a folder");
    }
    let tree = Tree::open(folder.path()).expect("a tree");
    let mut told = 0;
    let weighed = tree.weigh_at_most(&Place::root(), 7, &Progress::default(), &mut |_, _| told += 1);
    weighed.expect("weighed");
    assert_eq!(told, 7);
}

#[test]
fn listing_and_reading_end_when_told_to() {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("file"), "content").expect("a file");
    let tree = Tree::open(folder.path()).expect("a tree");
    let progress = Progress::default();
    progress.cancel();
    assert!(matches!(tree.list_unless(&Place::root(), &progress), Err(Error::Cancelled)));
    let file = Place::parse(b"file").expect("a path");
    assert!(matches!(tree.read_unless(&file, 0, 7, &progress), Err(Error::Cancelled)));
}

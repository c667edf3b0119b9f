use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::access::content::Copied;
use crate::pax::{Body, Head, Time, Writer};

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn tree(folder: &TempDir) -> Tree {
    Tree::open(folder.path()).expect("a tree")
}

fn packed(folder: &TempDir, place: &Place) -> (Vec<u8>, Copied) {
    let mut bytes = Vec::new();
    let copied = tree(folder).pack(place, &mut bytes, &Progress::default()).expect("packed");
    (bytes, copied)
}

fn unpacked(folder: &TempDir, mut archive: &[u8], replace: bool) -> Result<Copied, Error> {
    tree(folder).unpack(&Place::root(), &mut archive, replace, &Progress::default())
}

/// A tree of hard cases.
fn hard_cases(root: &Path) {
    std::fs::create_dir_all(root.join("a/empty")).expect("folders");
    std::fs::write(root.join("a/file"), b"content").expect("a file");
    std::fs::hard_link(root.join("a/file"), root.join("same")).expect("a link");
    symlink("/etc/passwd", root.join("out")).expect("a link");
    symlink(OsStr::from_bytes(&[b'\xff'; 300]), root.join("long")).expect("a link");
    for name in [&b"new\nline"[..], b"\x1b[31m", b"\xff\xfe", &[b'n'; 255]] {
        std::fs::write(root.join(OsStr::from_bytes(name)), name).expect("a file");
    }
    let sparse = std::fs::File::create(root.join("sparse")).expect("a file");
    sparse.set_len(10 << 20).expect("a hole");
    std::os::unix::fs::FileExt::write_all_at(&sparse, b"end", (10 << 20) - 3).expect("written");
    rustix::fs::mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
    set(&root.join("a/file"), 0o4750, -5, 123_456_789);
    set(&root.join("a"), 0o2555, 1, 5);
}

fn set(path: &Path, mode: u32, seconds: i64, nanos: i64) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
    let time = rustix::fs::Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::empty()).expect("times");
}

/// Everything of a tree that a copy has to keep.
fn facts(root: &Path) -> Vec<String> {
    let mut facts: Vec<String> = walkdir::WalkDir::new(root)
        .min_depth(1)
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("an entry");
            let meta = entry.metadata().expect("there");
            let content = if meta.is_file() {
                format!(
                    "{:?}",
                    std::fs::read(entry.path()).expect("read").iter().map(|b| u64::from(*b)).sum::<u64>()
                )
            } else if meta.is_symlink() {
                format!("{:?}", std::fs::read_link(entry.path()).expect("a link"))
            } else {
                String::new()
            };
            let size = if meta.is_dir() { 0 } else { meta.size() };
            let name = entry
                .path()
                .strip_prefix(root)
                .expect("below")
                .as_os_str()
                .as_bytes()
                .escape_ascii()
                .to_string();
            format!(
                "{name} {:o} {}:{} {size} {}.{} {content} {}",
                meta.mode(),
                meta.uid(),
                meta.gid(),
                meta.mtime(),
                meta.mtime_nsec(),
                if meta.is_file() { meta.nlink() } else { 0 }
            )
        })
        .collect();
    facts.sort();
    facts
}

#[test]
fn a_copy_has_all_that_the_tree_has() {
    let (from, to) = (folder(), folder());
    hard_cases(from.path());
    set(from.path(), 0o751, 77, 7);
    let (archive, copied) = packed(&from, &Place::root());
    assert!(copied.skipped.is_empty(), "{copied:?}");
    let again = unpacked(&to, &archive, false).expect("unpacked");
    assert_eq!((again.entries, again.bytes), (copied.entries, copied.bytes), "the root itself is one");
    assert_eq!(facts(to.path()), facts(from.path()));
    let root = to.path().metadata().expect("there");
    assert_eq!((root.mode() & 0o7777, root.mtime(), root.mtime_nsec()), (0o751, 77, 7), "the root's own");
    let sparse = to.path().join("sparse").metadata().expect("there");
    assert!(sparse.blocks() * 512 < 1 << 20, "holes stay holes: {} blocks", sparse.blocks());
}

#[test]
fn one_entry_is_packed_under_its_own_name() {
    let (from, to) = (folder(), folder());
    hard_cases(from.path());
    let at = Place::parse(b"a/file").expect("a path");
    unpacked(&to, &packed(&from, &at).0, false).expect("unpacked");
    assert_eq!(std::fs::read(to.path().join("file")).expect("there"), b"content");
    unpacked(&to, &packed(&from, &at.parent().expect("a folder")).0, false).expect("unpacked");
    assert_eq!(std::fs::read(to.path().join("a/file")).expect("there"), b"content");
    let missing = Place::parse(b"a/missing").expect("a path");
    let error = tree(&from).pack(&missing, &mut Vec::new(), &Progress::default());
    assert!(matches!(error, Err(Error::Missing(_))));
}

#[test]
fn gnu_tar_reads_what_is_written_and_we_read_what_it_writes() {
    let (from, theirs, ours) = (folder(), folder(), folder());
    hard_cases(from.path());
    let (archive, _) = packed(&from, &Place::root());
    let file = theirs.path().join("archive.tar");
    std::fs::write(&file, &archive).expect("written");
    let into = folder();
    let out = Command::new("tar").arg("-xpf").arg(&file).arg("-C").arg(into.path()).output().expect("tar");
    let words = String::from_utf8_lossy(&out.stderr);
    // GNU tar does not know the record by which POSIX tells names that are no text; it keeps them so.
    let is_harmless = |line: &str| line.contains("implausibly old") || line.contains("'hdrcharset'");
    assert!(out.status.success() && words.lines().all(is_harmless), "{words}");
    assert_eq!(facts(into.path()), facts(from.path()), "GNU tar restores it");

    for format in ["posix", "gnu"] {
        let ours = if format == "gnu" { folder() } else { TempDir::new_in(ours.path()).expect("a folder") };
        let out = Command::new("tar")
            .args(["-cf", "-", "--format", format, "-C"])
            .arg(from.path())
            .arg(".")
            .output()
            .expect("tar");
        assert!(out.status.success());
        unpacked(&ours, &out.stdout, false).expect("unpacked");
        let whole = |facts: Vec<String>| -> Vec<String> {
            // GNU's own format has no fractions of a second.
            let cut = |fact: String| {
                fact.split(' ')
                    .enumerate()
                    .filter(|(at, _)| *at != 4)
                    .map(|(_, w)| w.to_owned())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            if format == "gnu" { facts.into_iter().map(cut).collect() } else { facts }
        };
        assert_eq!(whole(facts(ours.path())), whole(facts(from.path())), "{format}");
    }
}

#[test]
fn what_cannot_be_packed_is_said_on_both_sides() {
    let (from, to) = (folder(), folder());
    let _socket = std::os::unix::net::UnixListener::bind(from.path().join("socket")).expect("a socket");
    std::fs::write(from.path().join("file"), b"").expect("a file");
    let (archive, copied) = packed(&from, &Place::root());
    assert_eq!(copied.skipped, ["socket: a socket"]);
    let copied = unpacked(&to, &archive, false).expect("unpacked");
    assert_eq!(copied.skipped, ["not packed: socket: a socket"]);
    let file = from.path().join("archive.tar");
    std::fs::write(&file, &archive).expect("written");
    let out = Command::new("tar").arg("-tf").arg(&file).output().expect("tar");
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_deep_tree_is_copied_whole() {
    let (from, to) = (folder(), folder());
    let mut here = rustix::fs::open(from.path(), FOLDER, Mode::empty()).expect("open");
    let mut deep = Place::root();
    let name = "d".repeat(200);
    for _ in 0..60 {
        rustix::fs::mkdirat(&here, &name, Mode::from(0o755)).expect("a folder");
        here = openat(&here, &name, FOLDER, Mode::empty()).expect("open");
        deep = deep.child(name.as_bytes()).expect("a name");
    }
    openat(&here, "file", OFlags::CREATE | OFlags::WRONLY, Mode::RWXU).expect("a file");
    unpacked(&to, &packed(&from, &Place::root()).0, false).expect("unpacked");
    assert_eq!(tree(&to).list(&deep).expect("listed").entries.len(), 1, "12,000 letters of path");
}

fn head(name: &[u8], body: Body) -> Head {
    let modified = Time { seconds: 1, nanos: 0 };
    let mode = if body == Body::Folder { 0o755 } else { 0o644 };
    Head { name: name.to_vec(), body, mode, uid: 0, gid: 0, modified, attributes: Vec::new() }
}

fn archive(heads: &[Head]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for head in heads {
        writer.begin(head).expect("begun");
        writer.copy(&mut &b"owned"[..], |_| Ok(())).expect("written");
    }
    writer.finish().expect("finished")
}

#[test]
fn nothing_is_written_outside() {
    let outside = folder();
    let target = outside.path().as_os_str().as_bytes().to_vec();
    let within = |name: &[u8]| [&target[..], b"/", name].concat();
    std::fs::write(outside.path().join("known"), b"known").expect("a file");
    let file = || Body::File(5);
    let attacks = [
        vec![head(&within(b"new"), file())],
        vec![head(b"../new", file())],
        vec![head(b"a/../../new", file())],
        vec![head(b"link", Body::Link(target.clone())), head(b"link/new", file())],
        vec![head(b"link", Body::Link(within(b"known"))), head(b"link", file())],
        vec![
            head(b"link", Body::Link(target.clone())),
            head(b"link", Body::Folder),
            head(b"link/new", file()),
        ],
        vec![head(b"hard", Body::Same(within(b"known")))],
        vec![head(b"hard", Body::Same(b"../known".to_vec()))],
        vec![head(b"link", Body::Link(target.clone())), head(b"hard", Body::Same(b"link/known".to_vec()))],
        vec![
            head(b"a", Body::Link(b"b".to_vec())),
            head(b"b", Body::Link(target.clone())),
            head(b"a/b/new", file()),
        ],
        vec![head(b".", file())],
        vec![head(b"..", Body::Folder)],
    ];
    for attack in &attacks {
        for replace in [false, true] {
            let inside = folder();
            let done = unpacked(&inside, &archive(attack), replace);
            assert!(done.is_err() || replace, "{attack:?} is refused");
            assert_eq!(std::fs::read_dir(outside.path()).expect("read").count(), 1, "{attack:?}");
            let known = outside.path().join("known");
            assert_eq!(std::fs::read(&known).expect("there"), b"known", "{attack:?}");
            assert_eq!(known.metadata().expect("there").nlink(), 1, "{attack:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn no_archive_at_all_writes_outside(
        entries in proptest::collection::vec((0_usize..9, 0_usize..6, 0_usize..5), 1..8),
        replace in any::<bool>(),
        strip in any::<bool>(),
    ) {
        let around = folder();
        std::fs::create_dir_all(around.path().join("in")).expect("folders");
        std::fs::write(around.path().join("known"), b"known").expect("a file");
        let root = around.path().as_os_str().as_bytes();
        let names: [Vec<u8>; 9] = [
            b"a".to_vec(), b"b".to_vec(), b"a/b".to_vec(), b"a/known".to_vec(), b"a/b/known".to_vec(),
            b"./b/".to_vec(), b"../known".to_vec(), [root, b"/known"].concat(), b"".to_vec(),
        ];
        let targets = [b"a".to_vec(), b"..".to_vec(), b"../known".to_vec(), root.to_vec(), b"a/b".to_vec()];
        let heads: Vec<Head> = entries.iter().map(|(name, kind, target)| {
            let target = targets[*target].clone();
            let kinds = [Body::File(5), Body::Folder, Body::Link(target.clone()), Body::Same(target), Body::Fifo, Body::File(0)];
            head(&names[*name], kinds[*kind].clone())
        }).collect();
        let inside = Tree::open(&around.path().join("in")).expect("a tree");
        let how = Unpacking { replace, strip: u8::from(strip), is_tame: false };
        let _ = inside.unpack_with(&Place::root(), &mut &archive(&heads)[..], how, &Progress::default());
        let known = around.path().join("known");
        prop_assert_eq!(std::fs::read_dir(around.path()).expect("read").count(), 2);
        prop_assert_eq!(std::fs::read(&known).expect("there"), b"known");
        let meta = known.metadata().expect("there");
        prop_assert!(meta.nlink() == 1 && meta.mtime() > 1, "untouched");
        prop_assert!(around.path().metadata().expect("there").mtime() > 1, "untouched");
    }
}

#[test]
fn what_is_there_gives_way_only_when_told() {
    let inside = folder();
    let root = inside.path();
    std::fs::write(root.join("file"), b"old").expect("a file");
    std::fs::create_dir_all(root.join("dir/kept")).expect("folders");
    let refuse = |entry: Head, replace| {
        let error = unpacked(&inside, &archive(&[entry]), replace).expect_err("refused").to_string();
        assert!(error.contains("there already") || error.contains("a folder"), "{error}");
    };
    refuse(head(b"file", Body::File(5)), false);
    refuse(head(b"file", Body::Fifo), false);
    refuse(head(b"dir", Body::Folder), false);
    refuse(head(b"dir", Body::File(5)), true);
    refuse(head(b"dir", Body::Link(b"x".to_vec())), true);
    assert_eq!(std::fs::read(root.join("file")).expect("there"), b"old");
    let entries = [
        head(b"dir", Body::Folder),
        head(b"file", Body::File(5)),
        head(b"same", Body::Same(b"file".to_vec())),
        head(b"same", Body::Same(b"file".to_vec())),
        head(b"dir/file", Body::File(5)),
    ];
    unpacked(&inside, &archive(&entries), true).expect("replaced");
    assert_eq!(std::fs::read(root.join("file")).expect("there"), b"owned");
    assert!(root.join("dir/kept").is_dir(), "folders are merged");
    let names = std::fs::read_dir(root).expect("read").count();
    assert_eq!(names, 3, "and nothing partial is left");
}

#[test]
fn a_broken_archive_leaves_nothing_that_looks_whole() {
    let inside = folder();
    let whole = archive(&[head(b"small", Body::File(5)), head(b"large", Body::File(5_000_000))]);
    for cut in [whole.len() - 512, whole.len() - 1024, whole.len() / 2, 1500] {
        let error = unpacked(&inside, &whole[..cut], true).expect_err("broken").to_string();
        assert!(error.contains("ends early"), "{error}");
        let names: Vec<_> = std::fs::read_dir(inside.path())
            .expect("read")
            .map(|e| e.expect("an entry").file_name())
            .collect();
        assert!(names.iter().all(|n| n == "small" || (cut > 5_000_000 && n == "large")), "{cut}: {names:?}");
        for name in names {
            std::fs::remove_file(inside.path().join(name)).expect("removed");
        }
    }
}

#[test]
fn a_stripped_archive_becomes_the_folder() {
    let (from, to) = (folder(), folder());
    hard_cases(from.path());
    let (archive, _) = packed(&from, &Place::parse(b"a").expect("a path"));
    let how = Unpacking { replace: true, strip: 1, is_tame: false };
    tree(&to).unpack_with(&Place::root(), &mut &archive[..], how, &Progress::default()).expect("unpacked");
    assert_eq!(std::fs::read(to.path().join("file")).expect("there"), b"content");
    assert_eq!(to.path().metadata().expect("there").mode() & 0o7777, 0o2555);
}

#[test]
fn a_file_that_shrinks_is_filled_up_and_told() {
    let mut writer = Writer::new(Vec::new());
    writer.begin(&head(b"file", Body::File(1000))).expect("begun");
    let short = writer.copy(&mut &b"only this"[..], |_| Ok(())).expect("written").expect("it is short");
    assert_eq!((short.missing, short.error.is_none()), (991, true));
    let inside = folder();
    unpacked(&inside, &writer.finish().expect("finished"), false).expect("still an archive");
    let bytes = std::fs::read(inside.path().join("file")).expect("there");
    assert_eq!((bytes.len(), &bytes[..9]), (1000, &b"only this"[..]));
}

#[test]
fn devices_come_back_as_devices_or_are_told() {
    let inside = folder();
    let entries = [head(b"null", Body::CharDevice(1, 3)), head(b"disk", Body::BlockDevice(259, 300_000))];
    let copied = unpacked(&inside, &archive(&entries), false).expect("unpacked");
    if copied.skipped.is_empty() {
        assert_eq!(
            tree(&inside).look(&Place::parse(b"disk").expect("a path")).expect("there").device,
            Some((259, 300_000))
        );
        assert!(inside.path().join("null").metadata().expect("there").file_type().is_char_device());
    } else {
        assert_eq!(copied.skipped.len(), 2, "{copied:?}");
    }
}

#[test]
fn a_cancelled_copy_ends() {
    let from = folder();
    std::fs::write(from.path().join("file"), b"x").expect("a file");
    let progress = Progress::default();
    let (whole, _) = packed(&from, &Place::root());
    progress.cancel();
    assert!(matches!(tree(&from).pack(&Place::root(), &mut Vec::new(), &progress), Err(Error::Cancelled)));
    let to = folder();
    let done = tree(&to).unpack(&Place::root(), &mut &whole[..], false, &progress);
    assert!(matches!(done, Err(Error::Cancelled)));
}

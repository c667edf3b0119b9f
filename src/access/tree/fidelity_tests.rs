//! A copy is compared with its source, all that there is of each entry.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::process::Command;

use rustix::fs::{Timespec, Timestamps, XattrFlags, lsetxattr, makedev, mknodat, utimensat};
use tempfile::TempDir;

use super::attributes::{self, Held, hold};
use super::*;
use crate::access::content::Copied;
use crate::pax::Piece;

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn set(path: &Path, name: &str, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty()).expect("an attribute");
}

fn acl(who: u32) -> Vec<u8> {
    let mut value = 2_u32.to_le_bytes().to_vec();
    let none = u32::MAX;
    for (tag, may, who) in [(1_u16, 7_u16, none), (2, 5, who), (4, 4, none), (16, 5, none), (32, 0, none)] {
        value.extend([tag.to_le_bytes(), may.to_le_bytes()].concat());
        value.extend(who.to_le_bytes());
    }
    value
}

pub(super) fn time(path: &Path, seconds: i64, nanos: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("a time");
}

/// What only root can make is left out for others.
fn hard_cases(root: &Path) {
    std::fs::create_dir_all(root.join("folder/empty")).expect("folders");
    std::fs::write(root.join("file"), b"content").expect("a file");
    set(&root.join("file"), "user.empty", b"");
    set(&root.join("file"), "user.a=b%3D", b"\0\xff\n");
    set(&root.join("file"), "user.large", &[3; 2500]);
    set(&root.join("file"), "system.posix_acl_access", &acl(3_000_000_001));
    set(&root.join("folder"), "system.posix_acl_default", &acl(77));
    set(root, "user.root", b"root");
    // With the folder's default it has an ACL of its own.
    std::fs::write(root.join("folder/heir"), b"x").expect("a file");
    symlink("/etc/passwd", root.join("link")).expect("a link");
    let holes = std::fs::File::create(root.join("folder/holes")).expect("a file");
    holes.set_len((9 << 30) + 5).expect("a hole");
    for at in [1 << 20, 1 << 30, 5 << 30] {
        holes.write_all_at(&vec![b'd'; 70_000], at).expect("written");
    }
    std::fs::File::create(root.join("hole")).expect("a file").set_len(1 << 40).expect("a hole");
    std::fs::write(root.join("zeros"), vec![0; 1 << 20]).expect("a file");
    std::fs::hard_link(root.join("file"), root.join("folder/same")).expect("a name");
    std::fs::hard_link(root.join("link"), root.join("folder/same link")).expect("a name");
    mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
    if is_root() {
        mknodat(CWD, root.join("char"), FileType::CharacterDevice, Mode::RUSR, makedev(4095, 1_048_575))
            .expect("a device");
        mknodat(CWD, root.join("block"), FileType::BlockDevice, Mode::RUSR, makedev(259, 7))
            .expect("a device");
        set(&root.join("link"), "trusted.link", b"on the link itself");
        set(&root.join("pipe"), "trusted.pipe", b"p");
        set(&root.join("folder/empty"), "trusted.t", &[9; 1500]);
        // cap_net_bind_service, effective. [capabilities(7)]
        set(
            &root.join("zeros"),
            "security.capability",
            &[1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        );
        std::os::unix::fs::lchown(root.join("link"), Some(3_000_000_001), Some(5)).expect("an owner");
        std::os::unix::fs::chown(root.join("hole"), Some(2_097_153), Some(4_294_967_294)).expect("an owner");
    }
    time(&root.join("file"), -1_000_000_000, 999_999_999);
    time(&root.join("link"), 10_413_792_000, 1);
    time(&root.join("pipe"), 0, 0);
    time(&root.join("folder"), 1, 5);
    time(root, 2, 6);
}

/// All of a tree, by name: every fact a copy has to keep, attributes and holes too.
fn facts(root: &Path) -> BTreeMap<String, String> {
    let mut first_names: BTreeMap<u64, String> = BTreeMap::new();
    let entries = walkdir::WalkDir::new(root).sort_by_file_name();
    entries
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("an entry");
            let meta = entry.metadata().expect("there");
            let name = entry
                .path()
                .strip_prefix(root)
                .expect("below")
                .as_os_str()
                .as_bytes()
                .escape_ascii()
                .to_string();
            let held = hold(CWD, entry.path()).expect("held");
            let read = attributes::read(&Held::path(&held));
            assert_eq!(read.missing, None);
            let first = first_names.entry(meta.ino()).or_insert_with(|| name.clone()).clone();
            let mut data = Vec::new();
            if meta.is_file() {
                let file = std::fs::File::open(entry.path()).expect("open");
                let stat = stat_of(&file).expect("there");
                let whole = vec![Piece { at: 0, length: meta.size() }];
                for piece in holes::pieces(file.as_fd(), &stat).unwrap_or(whole) {
                    let mut bytes = vec![0; usize::try_from(piece.length).expect("small")];
                    file.read_exact_at(&mut bytes, piece.at).expect("read");
                    data.push((piece, blake3::hash(&bytes)));
                }
            }
            let size = if meta.is_dir() { 0 } else { meta.size() };
            let links = if meta.is_dir() { 0 } else { meta.nlink() };
            let target = std::fs::read_link(entry.path()).ok();
            let fact = format!(
                "{:o} {}:{} {size} {}.{} {links} {first} {} {target:?} {:?} {data:?}",
                meta.mode(),
                meta.uid(),
                meta.gid(),
                meta.mtime(),
                meta.mtime_nsec(),
                meta.rdev(),
                read.attributes,
            );
            (name, fact)
        })
        .collect()
}

pub(super) fn compare(copy: &Path, source: &Path) {
    let (copy, mut source) = (facts(copy), facts(source));
    for (name, fact) in copy {
        assert_eq!(Some(fact), source.remove(&name), "{name}");
    }
    assert!(source.is_empty(), "missing: {source:?}");
}

pub(super) fn packed(from: &TempDir) -> (Vec<u8>, Copied) {
    let mut bytes = Vec::new();
    let tree = Tree::open(from.path()).expect("a tree");
    let copied = tree.pack(&Place::root(), &mut bytes, &Progress::default()).expect("packed");
    assert!(copied.skipped.is_empty(), "{copied:?}");
    (bytes, copied)
}

#[test]
fn a_copy_is_its_source_in_everything() {
    let (from, to) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    hard_cases(from.path());
    let (archive, copied) = packed(&from);
    assert!(archive.len() < 2 << 20, "holes are not packed: {} bytes", archive.len());
    let tree = Tree::open(to.path()).expect("a tree");
    let again =
        tree.unpack(&Place::root(), &mut archive.as_slice(), false, &Progress::default()).expect("unpacked");
    assert!(again.skipped.is_empty(), "{again:?}");
    assert_eq!(again.bytes, copied.bytes);
    // A file full of zeros may come back as a hole when nobody said that it is none.
    for root in [from.path(), to.path()] {
        std::fs::remove_file(root.join("zeros")).expect("removed");
        time(root, 2, 6);
    }
    compare(to.path(), from.path());
}

#[test]
fn gnu_tar_s_copy_of_ours_is_the_source_too_and_ours_of_its() {
    if !is_root() {
        eprintln!("not run: devices and trusted attributes are root's");
        return;
    }
    let (from, beside) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    hard_cases(from.path());
    let tar = |arguments: &[&str], at: &Path| {
        let flags = ["--xattrs", "--xattrs-include=*", "--numeric-owner"];
        let out = Command::new("tar").args(arguments).args(flags).current_dir(at).output().expect("tar");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    let file = beside.path().join("ours.tar");
    std::fs::write(&file, packed(&from).0).expect("written");
    let to = TempDir::new().expect("a folder");
    tar(&["-xpf", file.to_str().expect("text")], to.path());
    compare(to.path(), from.path());

    let file = beside.path().join("theirs.tar");
    let pack = ["--format=posix", "--acls", "--sparse", "-cf", file.to_str().expect("text"), "."];
    tar(&pack, from.path());
    let to = TempDir::new().expect("a folder");
    let archive = std::fs::read(&file).expect("read");
    let tree = Tree::open(to.path()).expect("a tree");
    tree.unpack(&Place::root(), &mut archive.as_slice(), false, &Progress::default()).expect("unpacked");
    for root in [from.path(), to.path()] {
        std::fs::remove_file(root.join("zeros")).expect("removed");
        time(root, 2, 6);
    }
    compare(to.path(), from.path());
}

#[test]
fn what_comes_onto_a_machine_gains_nothing_by_its_attributes() {
    if !is_root() {
        eprintln!("not run: capabilities are root's");
        return;
    }
    let (from, to) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    hard_cases(from.path());
    std::fs::remove_file(from.path().join("char")).expect("removed");
    std::fs::remove_file(from.path().join("block")).expect("removed");
    let (archive, _) = packed(&from);
    let how = Unpacking { is_tame: true, ..Unpacking::default() };
    let tree = Tree::open(to.path()).expect("a tree");
    let copied = tree
        .unpack_with(&Place::root(), &mut archive.as_slice(), how, &Progress::default())
        .expect("unpacked");
    assert_eq!(copied.skipped, ["capabilities of 1 files were not set"]);
    let held = hold(CWD, to.path().join("zeros")).expect("held");
    assert!(attributes::read(&Held::path(&held)).attributes.is_empty());
    let held = hold(CWD, to.path().join("file")).expect("held");
    assert_eq!(attributes::read(&Held::path(&held)).attributes.len(), 4, "the users' own are kept");
}

/// Cuts a file off as soon as something is written.
struct Cutting<'a>(&'a Path, Vec<u8>);

impl io::Write for Cutting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        std::fs::File::options().write(true).open(self.0)?.set_len(1 << 20)?;
        self.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_filled_and_said() {
    for with_hole in [false, true] {
        let (from, to) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
        let path = from.path().join("file");
        let file = std::fs::File::create(&path).expect("a file");
        file.write_all_at(&vec![b'x'; 4 << 20], if with_hole { 64 << 10 } else { 0 }).expect("written");
        let mut out = Cutting(&path, Vec::new());
        let tree = Tree::open(from.path()).expect("a tree");
        let copied = tree.pack(&Place::root(), &mut out, &Progress::default()).expect("packed");
        assert!(copied.skipped.iter().any(|what| what.ends_with("bytes are zeros: it shrank")), "{copied:?}");
        let tree = Tree::open(to.path()).expect("a tree");
        let again = tree.unpack(&Place::root(), &mut out.1.as_slice(), false, &Progress::default());
        assert!(again.expect("whole").skipped.iter().any(|what| what.contains("it shrank")));
        let length = to.path().join("file").metadata().expect("there").len();
        assert_eq!(length, (4 << 20) + if with_hole { 64 << 10 } else { 0 });
    }
}

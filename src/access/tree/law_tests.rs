//! Any tree comes back as it was: packed and unpacked, through a backup, and by stock tools.

use std::ffi::OsStr;
use std::io::{Cursor, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, lchown, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use rustix::fs::{XattrFlags, chmod, lsetxattr, makedev, mknodat};
use tempfile::TempDir;

use super::fidelity_tests::{compare, is_root, packed, time};
use super::*;
use crate::vault::{About, Archive, How, Taken, Writing};

/// File systems keep data in such blocks at least.
const BLOCK: u64 = 4096;

#[derive(Debug, Clone)]
enum What {
    Folder,
    File(Vec<u8>),
    /// Blocks that are there, and the size in bytes.
    Holes(Vec<u8>, u64),
    Link(Vec<u8>),
    Fifo,
    Device(FileType, u32, u32),
    /// Another name of one that was made before.
    Same(prop::sample::Index),
}

/// What every entry has.
#[derive(Debug, Clone)]
struct Traits {
    mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
    attributes: Vec<(bool, String, Vec<u8>)>,
}

#[derive(Debug, Clone)]
struct Made {
    within: prop::sample::Index,
    name: Vec<u8>,
    what: What,
    traits: Traits,
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![3 => b'a'..=b'z', 1 => 1_u8..], 1..=most)
}

fn what() -> impl Strategy<Value = What> {
    // No block of zeros: without a map of holes it may come back as one.
    let content = prop_oneof![vec(1_u8.., 0..3000), (1_u8.., 0..300_000_usize).prop_map(|(b, n)| vec![b; n])];
    let device = prop_oneof![Just(FileType::CharacterDevice), Just(FileType::BlockDevice)];
    prop_oneof![
        3 => Just(What::Folder),
        3 => content.prop_map(What::File),
        2 => (vec(0_u8..40, 0..6), 1..200_000_u64).prop_map(|(blocks, size)| What::Holes(blocks, size)),
        2 => bytes(300).prop_map(What::Link),
        1 => Just(What::Fifo),
        1 => (device, 0_u32..4096, 0_u32..1_048_576).prop_map(|(kind, a, b)| What::Device(kind, a, b)),
        2 => any::<prop::sample::Index>().prop_map(What::Same),
    ]
}

fn traits() -> impl Strategy<Value = Traits> {
    let owner = prop_oneof![0..3_u32, 0..u32::MAX];
    // What every file system of a test can hold.
    let modified = (-2_147_483_648_i64..15_000_000_000, 0_i64..1_000_000_000);
    let attributes = btree_map((any::<bool>(), "[a-z=%. :]{1,12}"), vec(any::<u8>(), 0..300), 0..3);
    (0_u32..0o10000, owner.clone(), owner, modified, attributes).prop_map(
        |(mode, uid, gid, modified, attributes)| Traits {
            mode,
            owner: (uid, gid),
            modified,
            attributes: attributes
                .into_iter()
                .map(|((is_user, name), value)| (is_user, name, value))
                .collect(),
        },
    )
}

fn entries() -> impl Strategy<Value = Vec<Made>> {
    let name = prop_oneof![5 => bytes(12), 1 => bytes(255)];
    let name = name.prop_map(|name| name.into_iter().map(|b| if b == b'/' { b'_' } else { b }).collect());
    let made = (any::<prop::sample::Index>(), name, what(), traits());
    let made = made.prop_map(|(within, name, what, traits)| Made { within, name, what, traits });
    let is_name = |made: &Made| made.name != b"." && made.name != b"..";
    vec(made.prop_filter("no name", is_name), 0..24)
}

/// Makes a tree; what has a name that is there already is not made.
fn plant(root: &Path, own: &Traits, entries: &[Made]) {
    let mut folders = vec![(root.to_owned(), own.clone())];
    let mut others: Vec<PathBuf> = Vec::new();
    for Made { within, name, what, traits } in entries {
        let path = within.get(&folders).0.join(OsStr::from_bytes(name));
        if path.symlink_metadata().is_ok() || (matches!(what, What::Device(..)) && !is_root()) {
            continue;
        }
        match what {
            What::Folder => {
                std::fs::create_dir(&path).expect("a folder");
                folders.push((path, traits.clone()));
                continue;
            }
            What::File(content) => std::fs::write(&path, content).expect("a file"),
            What::Holes(blocks, size) => {
                let file = std::fs::File::create(&path).expect("a file");
                file.set_len(*size).expect("holes");
                for at in blocks.iter().map(|block| u64::from(*block) * BLOCK).filter(|at| at < size) {
                    let length = usize::try_from(BLOCK.min(size - at)).expect("small");
                    file.write_all_at(&vec![b'd'; length], at).expect("written");
                }
            }
            What::Link(target) => symlink(OsStr::from_bytes(target), &path).expect("a link"),
            What::Fifo => mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).expect("a pipe"),
            What::Device(kind, major, minor) => {
                mknodat(CWD, &path, *kind, Mode::RUSR, makedev(*major, *minor)).expect("a device");
            }
            What::Same(first) => {
                if !others.is_empty() {
                    std::fs::hard_link(first.get(&others), &path).expect("a name");
                }
                continue;
            }
        }
        dress(&path, traits, matches!(what, What::File(_) | What::Holes(..)), matches!(what, What::Link(_)));
        others.push(path);
    }
    // What was made in it changed its time.
    for (path, traits) in folders.iter().rev() {
        dress(path, traits, true, false);
    }
}

fn dress(path: &Path, traits: &Traits, takes_users: bool, is_link: bool) {
    if is_root() {
        lchown(path, Some(traits.owner.0), Some(traits.owner.1)).expect("an owner");
    }
    for (is_user, name, value) in &traits.attributes {
        let name = format!("{}.{name}", if *is_user { "user" } else { "trusted" });
        if if *is_user { takes_users } else { is_root() } {
            lsetxattr(path, name, value, XattrFlags::empty()).expect("an attribute");
        }
    }
    if !is_link {
        // Without being root one reads only what one may.
        let mode = if is_root() { traits.mode } else { traits.mode | 0o700 };
        chmod(path, Mode::from_raw_mode(mode)).expect("a mode");
    }
    time(path, traits.modified.0, traits.modified.1);
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn unpacked(archive: &mut dyn Read) -> TempDir {
    let to = folder();
    let tree = Tree::open(to.path()).expect("a tree");
    let copied = tree.unpack(&Place::root(), archive, false, &Progress::default()).expect("unpacked");
    assert!(copied.skipped.is_empty(), "{copied:?}");
    to
}

fn backup(tar: &[u8]) -> Vec<u8> {
    let about = About {
        volume: "db-data".to_owned(),
        driver: "local".to_owned(),
        options: [].into(),
        masked: Vec::new(),
        labels: [].into(),
        created_at: None,
        engine: "Docker".to_owned(),
        access: "direct".to_owned(),
        taken: Taken::Unused,
        at: Timestamp::UNIX_EPOCH,
        losses: Vec::new(),
    };
    let mut writing =
        Writing::new(Vec::new(), How { level: 1, threads: 1, ..How::default() }).expect("begun");
    writing.write_all(tar).expect("written");
    writing.finish(about).expect("finished").out
}

/// What the README says: without volx.
fn by_stock_tools(backup: &[u8]) -> TempDir {
    let to = folder();
    let mut shell = Command::new("sh")
        .args(["-c", "zstd -dcq | tar -xpf - --xattrs --xattrs-include='*' --numeric-owner"])
        .current_dir(to.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    shell.stdin.take().expect("an input").write_all(backup).expect("taken");
    let out = shell.wait_with_output().expect("it ends");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    to
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_back_as_it_was(own in traits(), entries in entries()) {
        let from = folder();
        plant(from.path(), &own, &entries);
        let (tar, _) = packed(&from);
        compare(unpacked(&mut tar.as_slice()).path(), from.path());

        let backup = backup(&tar);
        let archive = Archive::open(Cursor::new(backup.as_slice())).expect("a backup");
        archive.verify(&mut |_| true).expect("proven");
        let to = unpacked(&mut archive.tar(0));
        compare(to.path(), from.path());
        let again = packed(&to).0;
        prop_assert_eq!(archive.compare(&mut again.as_slice(), &mut |_| true).expect("the same"), archive.manifest().counted.entries);
        for entry in archive.entries() {
            let entry = entry.expect("an entry");
            let path = from.path().join(OsStr::from_bytes(&entry.head.name));
            if path.symlink_metadata().expect("there").is_file() {
                let mut taken = Vec::new();
                archive.take(&entry, &mut taken).expect("taken");
                prop_assert!(taken == std::fs::read(&path).expect("read"), "{}", path.display());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn stock_tools_bring_any_tree_back_as_it_was(own in traits(), entries in entries()) {
        if is_root() {
            let from = folder();
            plant(from.path(), &own, &entries);
            compare(by_stock_tools(&backup(&packed(&from).0)).path(), from.path());
        }
    }
}

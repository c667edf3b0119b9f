//! A tree of hard cases, and every fact of it that a copy has to keep: read by the system's own calls.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, lgetxattr, llistxattr, lsetxattr,
    makedev, mknodat, utimensat,
};

fn time(path: &Path, seconds: i64, nanos: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("a time");
}

/// Fills a volume's folder: owners, modes, times, links, attributes, holes, odd names.
pub(crate) fn fill(root: &Path) {
    let set = |path: &Path, name: &str, value: &[u8]| {
        lsetxattr(path, name, value, XattrFlags::empty()).expect("an attribute");
    };
    std::fs::create_dir_all(root.join("folder/empty")).expect("folders");
    std::fs::write(root.join("file"), b"content").expect("a file");
    std::fs::write(root.join("folder/large"), vec![7; 3_000_000]).expect("a file");
    std::fs::hard_link(root.join("file"), root.join("folder/same")).expect("a name");
    symlink("/etc/passwd", root.join("link")).expect("a link");
    std::fs::write(root.join("odd \n\u{1b}[31m"), "x").expect("a file");
    let holes = std::fs::File::create(root.join("holes")).expect("a file");
    holes.set_len(64 << 20).expect("a hole");
    holes.write_all_at(&vec![b'd'; 70_000], 5 << 20).expect("written");
    mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
    mknodat(CWD, root.join("device"), FileType::CharacterDevice, Mode::RUSR, makedev(259, 7))
        .expect("a device");
    set(&root.join("file"), "user.note", b"\0\xff\n");
    set(&root.join("folder"), "user.empty", b"");
    set(root, "user.root", b"root");
    std::os::unix::fs::chown(root.join("folder"), Some(1234), Some(5678)).expect("an owner");
    std::os::unix::fs::lchown(root.join("link"), Some(3_000_000_001), Some(5)).expect("an owner");
    std::os::unix::fs::chown(root, Some(999), Some(998)).expect("an owner");
    std::fs::set_permissions(root.join("file"), std::fs::Permissions::from_mode(0o4751)).expect("a mode");
    std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o2770)).expect("a mode");
    time(&root.join("file"), -1_000_000_000, 999_999_999);
    time(&root.join("link"), 10_413_792_000, 1);
    time(&root.join("folder"), 1, 5);
    time(root, 2, 6);
}

/// All of a tree, by name.
pub(crate) fn facts(root: &Path) -> BTreeMap<String, String> {
    let mut first_names: BTreeMap<u64, String> = BTreeMap::new();
    let entries = walkdir::WalkDir::new(root).sort_by_file_name();
    entries
        .into_iter()
        .map(|entry| {
            let entry = entry.expect("an entry");
            let (path, meta) = (entry.path(), entry.metadata().expect("there"));
            let name =
                path.strip_prefix(root).expect("below").as_os_str().as_bytes().escape_ascii().to_string();
            let first = first_names.entry(meta.ino()).or_insert_with(|| name.clone()).clone();
            let mut names = vec![0; 65536];
            let length = llistxattr(path, &mut names[..]).expect("listed");
            let mut attributes: Vec<String> = names[..length]
                .split(|byte| *byte == 0)
                .filter(|name| !name.is_empty())
                .map(|name| {
                    let mut value = vec![0; 65536];
                    let length = lgetxattr(path, name, &mut value[..]).expect("read");
                    format!("{}={}", name.escape_ascii(), value[..length].escape_ascii())
                })
                .collect();
            attributes.sort();
            let content = if meta.is_file() { std::fs::read(path).expect("read") } else { Vec::new() };
            let sum = content.iter().fold(content.len() as u64, |sum, byte| {
                sum.wrapping_mul(1_000_003).wrapping_add(u64::from(*byte))
            });
            // Holes stay holes: not more blocks than data take.
            let blocks = if meta.is_file() { meta.blocks() } else { 0 };
            let links = if meta.is_dir() { 0 } else { meta.nlink() };
            let fact = format!(
                "{:o} {}:{} {}.{:09} {} {sum} {blocks} {links} {first} {:?} {attributes:?}",
                meta.mode(),
                meta.uid(),
                meta.gid(),
                meta.mtime(),
                meta.mtime_nsec(),
                meta.rdev(),
                std::fs::read_link(path).ok(),
            );
            (name, fact)
        })
        .collect()
}

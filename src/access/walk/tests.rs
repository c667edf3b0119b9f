use std::os::unix::fs::symlink;
use std::process::Command;

use super::*;

/// What `du` says: bytes on disk of everything, hard links once, this file system only.
fn du(path: &Path) -> u64 {
    let out = Command::new("du").args(["-sx", "--block-size=1"]).arg(path).output().expect("du");
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    text.split_whitespace().next().expect("a number").parse().expect("a number")
}

fn measured(path: &Path) -> Walked {
    walk(path, &Progress::default()).expect("walked")
}

#[test]
fn it_agrees_with_du_byte_for_byte() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let root = folder.path();
    std::fs::create_dir_all(root.join("a/b/c")).expect("folders");
    for i in 0..300_u32 {
        std::fs::write(root.join(format!("a/b/file-{i}")), vec![1; i as usize * 37]).expect("a file");
    }
    let sparse = std::fs::File::create(root.join("sparse")).expect("a file");
    sparse.set_len(1 << 30).expect("a hole");
    std::fs::write(root.join("twice"), vec![7; 100_000]).expect("a file");
    std::fs::hard_link(root.join("twice"), root.join("a/b/c/again")).expect("a link");
    symlink("/etc", root.join("out")).expect("a link");
    symlink("loop", root.join("loop")).expect("a link");
    let walked = measured(root);
    assert_eq!(walked.allocated, du(root));
    assert_eq!(walked.dirs, 3);
    assert_eq!(walked.files, 300 + 1 + 1 + 2, "the second link to 'twice' is the same file");
    let sizes: u64 = (0..300).map(|i| i * 37).sum();
    assert_eq!(
        walked.apparent,
        sizes + (1 << 30) + 100_000 + 4 + 4,
        "links count the length of their target"
    );
    assert_eq!(walked.errors, 0);
    assert_eq!(walked.largest.first().expect("files").apparent, 100_000, "holes take no room");
    assert!(walked.newest_write.is_some());
}

#[test]
fn a_deep_tree_beyond_path_max_and_a_broad_folder_are_whole() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut here =
        rustix::fs::open(folder.path(), OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).expect("open");
    let name = "d".repeat(200);
    for _ in 0..30 {
        rustix::fs::mkdirat(&here, &name, Mode::from(0o755)).expect("a folder");
        here = openat(&here, &name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).expect("open");
    }
    for i in 0..20_000 {
        std::fs::write(folder.path().join(format!("f{i}")), b"x").expect("a file");
    }
    let walked = measured(folder.path());
    assert_eq!(walked.dirs, 30, "6,000 letters of path are no obstacle");
    assert_eq!(walked.files, 20_000);
    assert_eq!(walked.apparent, 20_000);
}

#[test]
fn a_chain_deeper_than_the_usual_descriptors_is_whole() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut here =
        rustix::fs::open(folder.path(), OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).expect("open");
    for _ in 0..1500 {
        rustix::fs::mkdirat(&here, "d", Mode::from(0o755)).expect("a folder");
        here = openat(&here, "d", OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).expect("open");
    }
    let walked = measured(folder.path());
    if getrlimit(Resource::Nofile).maximum.is_none_or(|max| max > 4000) {
        assert_eq!((walked.dirs, walked.errors), (1500, 0));
    }
}

#[test]
fn hostile_names_are_counted_and_shown_as_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::TempDir::new().expect("a folder");
    for name in [&b"new\nline"[..], b"\x1b[31m", b"\xff\xfe", &[b'n'; 255]] {
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), vec![1; 5000]).expect("a file");
    }
    let walked = measured(folder.path());
    assert_eq!((walked.files, walked.errors), (4, 0));
    assert!(walked.largest.iter().any(|l| l.path.contains('\u{fffd}')), "{:?}", walked.largest);
}

#[test]
fn what_is_no_folder_or_a_link_to_one_is_refused() {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("file"), b"").expect("a file");
    symlink("/etc", folder.path().join("link")).expect("a link");
    for name in ["file", "link", "missing"] {
        assert!(walk(&folder.path().join(name), &Progress::default()).is_err(), "{name}");
    }
}

#[test]
fn a_cancelled_walk_is_no_measurement() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let progress = Progress::default();
    progress.cancel();
    let error = walk(folder.path(), &progress).expect_err("cancelled");
    assert_eq!(error.kind(), io::ErrorKind::Interrupted);
}

/// Ends another thread whatever happens here: a failed assertion must not wait for it.
struct Over<'a>(&'a AtomicBool);
impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_tree_that_changes_underfoot_is_no_error() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let root = folder.path().to_owned();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !is_over.load(Ordering::Relaxed) {
                turn += 1;
                let dir = root.join(format!("d{}", turn % 7));
                let _ = std::fs::create_dir_all(dir.join("x/y"));
                let _ = std::fs::write(dir.join("x/f"), b"1");
                let _ = std::fs::remove_dir_all(root.join(format!("d{}", (turn + 3) % 7)));
                let _ = std::fs::remove_file(root.join("swap"));
                let _ = symlink("/", root.join("swap"));
                let _ = std::fs::remove_file(root.join("swap"));
                let _ = std::fs::create_dir(root.join("swap"));
                let _ = std::fs::remove_dir(root.join("swap"));
            }
        });
        let _over = Over(&is_over);
        for _ in 0..300 {
            let walked = measured(&root);
            assert_eq!(walked.errors, 0, "what vanishes is no error");
            assert!(walked.files < 100, "and no link leads out: {walked:?}");
        }
    });
}

#[test]
fn a_folder_that_is_removed_has_no_size() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let root = folder.path().join("root");
    std::fs::create_dir(&root).expect("a folder");
    let descriptor = openat(CWD, &root, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).expect("open");
    std::fs::remove_dir(&root).expect("removed");
    let error = walk_at(descriptor, &Progress::default()).expect_err("it is gone");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

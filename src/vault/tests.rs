use std::cell::Cell;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::domain::place::Place;
use crate::pax::{Attribute, Body, Head, Piece, Time, Writer};

pub(super) fn about() -> About {
    About {
        volume: "db-data".to_owned(),
        driver: "local".to_owned(),
        options: [("o".to_owned(), "addr=10.0.0.1".to_owned())].into(),
        masked: Vec::new(),
        labels: [("com.example".to_owned(), "1".to_owned())].into(),
        created_at: None,
        engine: "Docker 20.10.24".to_owned(),
        access: "direct".to_owned(),
        taken: Taken::Live,
        at: "2026-11-21T15:30:00Z".parse().expect("a time"),
        losses: vec!["sockets".to_owned()],
    }
}

pub(super) fn head(name: &[u8], body: Body) -> Head {
    let modified = Time { seconds: 5, nanos: 7 };
    Head { name: name.to_vec(), body, mode: 0o640, uid: 1, gid: 2, modified, attributes: Vec::new() }
}

/// Bytes that do not compress.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut reader = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
    reader.fill(&mut bytes);
    bytes
}

fn file(writer: &mut Writer<Vec<u8>>, name: &[u8], content: &[u8]) {
    writer.begin(&head(name, Body::File(content.len() as u64))).expect("begun");
    writer.copy(&mut &*content, |_| Ok(())).expect("written");
}

/// An archive of several frames, with one of everything.
pub(super) fn tar() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    writer.begin(&head(b"./", Body::Folder)).expect("begun");
    file(&mut writer, b"small", b"content");
    file(&mut writer, b"large", &noise(5_000_000, 1));
    let mut sparse = head(b"folder/sparse", Body::File(9 << 30));
    sparse.attributes = vec![Attribute { name: b"user.a".to_vec(), value: b"x".to_vec() }];
    let pieces = [Piece { at: 4096, length: 5120 }, Piece { at: (9 << 30) - 512, length: 512 }];
    writer.begin_sparse(&sparse, &pieces).expect("begun");
    writer.copy(&mut io::repeat(b's'), |_| Ok(())).expect("written");
    writer.begin(&head(b"folder/link", Body::Link(b"../small".to_vec()))).expect("begun");
    writer.begin(&head(b"same", Body::Same(b"large".to_vec()))).expect("begun");
    writer.begin(&head(b"pipe", Body::Fifo)).expect("begun");
    for number in 0..3000 {
        file(&mut writer, format!("many/{number}").as_bytes(), number.to_string().as_bytes());
    }
    writer.remark(&["socket: a socket".to_owned()]).expect("written");
    writer.finish().expect("finished")
}

pub(super) fn written(tar: &[u8]) -> Vec<u8> {
    let how = How { threads: 3, ..How::default() };
    let mut writing = Writing::new(Vec::new(), how).expect("begun");
    writing.write_all(tar).expect("written");
    let written = writing.finish(about()).expect("finished");
    assert_eq!(written.bytes, written.out.len() as u64);
    written.out
}

pub(super) fn open(bytes: &[u8]) -> Result<Archive<Cursor<&[u8]>>, Error> {
    Archive::open(Cursor::new(bytes))
}

fn place(path: &str) -> Place {
    Place::parse(path.as_bytes()).expect("a path")
}

#[test]
fn what_is_written_is_read_and_proven() {
    let tar = tar();
    let bytes = written(&tar);
    let archive = open(&bytes).expect("a backup");
    let manifest = archive.manifest();
    assert_eq!(manifest.about, about());
    let counted = &manifest.counted;
    assert_eq!((counted.entries, counted.files, counted.folders, counted.links), (3007, 3003, 1, 1));
    assert_eq!((counted.names, counted.others, counted.tar_bytes), (1, 1, tar.len() as u64));
    assert_eq!(counted.left_out, ["socket: a socket"]);
    let mut again = Vec::new();
    archive.whole().expect("threads").read_to_end(&mut again).expect("read");
    assert!(again == tar, "the tar is the one that was written");
    let mut last = 0;
    let verified = archive.verify(&mut |bytes| {
        last = bytes;
        true
    });
    assert_eq!(verified.expect("proven"), Verified { entries: 3007, bytes: tar.len() as u64 });
    assert_eq!(last, tar.len() as u64);
    // Also in the middle of a file.
    assert!(matches!(archive.verify(&mut |bytes| bytes < 3_000_000), Err(Error::Cancelled)));
    let entries: Vec<Entry> = archive.entries().map(|entry| entry.expect("an entry")).collect();
    let mut reader = crate::pax::Reader::new(tar.as_slice());
    for entry in entries {
        let mut head = reader.next_head().expect("read").expect("an entry");
        head.attributes.clear();
        assert_eq!((entry.head, entry.at), (head, reader.entry_at()));
    }
}

/// Counts what is read.
struct Counting<R>(R, Rc<Cell<u64>>);

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.set(self.1.get() + read as u64);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counting<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn one_file_is_taken_without_reading_all() {
    let bytes = written(&tar());
    let read = Rc::new(Cell::new(0));
    let archive = Archive::open(Counting(Cursor::new(bytes.as_slice()), Rc::clone(&read))).expect("a backup");
    assert!(read.get() < 10_000, "opened by its end: {}", read.get());
    let take = |path: &str| {
        let mut out = Vec::new();
        let entry = archive.find(&place(path)).expect("there");
        archive.take(&entry, &mut out).map(|()| out)
    };
    assert_eq!(take("many/2999").expect("taken"), b"2999");
    assert!(read.get() < 1_000_000, "{}", read.get());
    assert_eq!(take("small").expect("taken"), b"content");
    assert!(take("large").expect("taken") == noise(5_000_000, 1));
    assert!(take("same").expect("taken") == noise(5_000_000, 1), "by its other name too");
    assert!(take("folder/link").is_err());
    assert!(matches!(archive.find(&place("missing")), Err(Error::Missing(_))));
}

fn run(line: &str, at: &Path) -> String {
    let out = Command::new("sh").args(["-c", line]).current_dir(at).output().expect("it runs");
    assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn stock_tools_accept_it_and_restore_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let into = folder.path().join("it's");
    std::fs::create_dir(&into).expect("a folder");
    let store = folder.path().join("store");
    let mut backup = Backup::create(&store, about(), &How::default()).expect("begun");
    backup.write_all(&tar()).expect("written");
    let done = backup.finish().expect("finished");
    let name = "db-data-20261121T153000Z.tar.zst";
    assert_eq!(done.path, store.join(name));
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&store), 0o700);
    for ending in ["", ".json", ".sha256"] {
        assert_eq!(mode(&store.join(format!("{name}{ending}"))), 0o600);
    }
    assert_eq!(std::fs::read_dir(&store).expect("read").count(), 3, "nothing else is left");
    run(&format!("zstd -qt {name}"), &store);
    run(&format!("sha256sum -c {name}.sha256"), &store);
    let listed = run(&format!("tar --zstd -tvf {name}"), &store);
    assert_eq!(listed.lines().count(), 3007);
    if rustix::process::geteuid().is_root() {
        run(&restore_line(&done.path, &into), folder.path());
        assert_eq!(std::fs::read(into.join("many/17")).expect("restored"), b"17");
        assert!(std::fs::read(into.join("same")).expect("restored") == noise(5_000_000, 1));
    }
    assert_eq!(read_beside(&done.path).expect("a manifest"), done.manifest);
    assert!(read_beside(&store.join("other")).is_err());
    let file = std::fs::File::open(&done.path).expect("open");
    Archive::open(file).expect("a backup").verify(&mut |_| true).expect("proven");
    assert!(Backup::at(done.path, about(), &How::default()).is_err(), "the name is taken");
}

#[test]
fn backups_of_one_second_get_a_name_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let begun = || Backup::create(folder.path(), about(), &How::default()).expect("begun");
    let names = |name: &str| format!("db-data-20261121T153000Z{name}.tar.zst");
    // All of them are under way before one is there; another process takes a name meanwhile.
    let all = [begun(), begun(), begun()];
    std::fs::write(folder.path().join(names("-2")), b"another's").expect("written");
    let mut made = Vec::new();
    for mut backup in all {
        backup.write_all(&tar()).expect("written");
        let done = backup.finish().expect("finished");
        assert!(is_named(&done.path), "{:?}", done.path);
        assert_eq!(read_beside(&done.path).expect("a manifest"), done.manifest);
        let digest = std::fs::read_to_string(format!("{}.sha256", done.path.display())).expect("a digest");
        let name = done.path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(digest.ends_with(&format!("  {name}\n")), "{digest}");
        made.push(name);
    }
    assert_eq!(made, [names(""), names("-3"), names("-4")]);
    assert_eq!(std::fs::read(folder.path().join(names("-2"))).expect("there"), b"another's");
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 10, "nothing half is left");
    for other in ["a-2.tar.zst", "a-20261121T153000Z-.tar.zst", "-20261121T153000Z-2.tar.zst"] {
        assert!(!is_named(Path::new(other)), "{other}");
    }
}

#[test]
fn other_programs_can_seek_in_it() {
    let tar = tar();
    let bytes = written(&tar);
    let mut decoder = zeekstd::Decoder::new(Cursor::new(bytes)).expect("a seek table");
    let mut again = Vec::new();
    decoder.set_lower_frame(1).expect("a frame");
    decoder.read_to_end(&mut again).expect("read");
    assert!(again == tar[2 * 1024 * 1024..]);
}

#[test]
fn what_gnu_tar_writes_can_be_kept_too() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), b"content").expect("a file");
    let out = Command::new("tar").args(["-cf", "-", "."]).current_dir(folder.path()).output().expect("tar");
    let bytes = written(&out.stdout);
    let archive = open(&bytes).expect("a backup");
    archive.verify(&mut |_| true).expect("proven");
    let mut content = Vec::new();
    archive.take(&archive.find(&place("file")).expect("there"), &mut content).expect("taken");
    assert_eq!(content, b"content");
}

#[test]
fn half_an_archive_becomes_no_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    let tar = tar();
    let names = || std::fs::read_dir(folder.path()).expect("read").count();
    for cut in [0, 512, 100_000, tar.len() - 1024, tar.len() - 512] {
        let mut backup = Backup::create(folder.path(), about(), &How::default()).expect("begun");
        assert_eq!(names(), 1, "it has another name");
        backup.write_all(&tar[..cut]).expect("taken");
        let error = backup.finish().expect_err("not whole");
        assert!(matches!(error, Error::Partial(_)), "{cut}: {error}");
        assert_eq!(names(), 0, "nothing is left");
    }
    let mut backup = Backup::create(folder.path(), about(), &How::default()).expect("begun");
    let garbage = noise(9_000_000, 2);
    let refused = io::copy(&mut garbage.as_slice(), &mut backup).map_err(Error::from).err();
    let error = refused.or_else(|| backup.finish().err()).expect("no archive").to_string();
    assert!(error.contains("wrong checksum"), "{error}");
    drop(Backup::create(folder.path(), about(), &How::default()));
    assert_eq!(names(), 0, "nothing is left");
}

#[test]
fn what_the_dead_left_is_swept_and_what_is_written_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [".db-data-20261121T153000Z.tar.zst.1.volx.partial", "mine.volx.partial", "db-data.tar.zst"] {
        std::fs::write(folder.path().join(name), b"half").expect("written");
    }
    let mut backup = Backup::create(folder.path(), about(), &How::default()).expect("begun");
    assert_eq!(sweep(folder.path()).expect("swept"), 1);
    backup.write_all(&tar()).expect("written");
    backup.finish().expect("it was not swept");
    assert_eq!(sweep(folder.path()).expect("swept"), 0);
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 5);
}

/// Fails when so much was written.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_said() {
    let tar = tar();
    for room in [0, 1_000_000, 4_000_000, 5_000_100] {
        let mut writing = Writing::new(Full(room), How::default()).expect("begun");
        let refused = writing.write_all(&tar).map_err(Error::from).err();
        let error = refused.or_else(|| writing.finish(about()).err()).expect("full");
        assert!(matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::StorageFull), "{error}");
    }
}

#[test]
fn names_are_plain_and_fit() {
    let at = "2026-11-21T05:04:03.9Z".parse().expect("a time");
    assert_eq!(
        file_name("../a b", at),
        "%2E./a b-20261121T050403Z.tar.zst".replace('/', "%2F").replace(' ', "%20")
    );
    assert!(file_name(&"ü".repeat(500), at).len() < 215);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn every_file_comes_back(
        sizes in proptest::collection::vec(0_usize..300_000, 1..20),
        threads in 1_usize..5,
        level in 1_i32..8,
    ) {
        let mut writer = Writer::new(Vec::new());
        for (at, size) in sizes.iter().enumerate() {
            file(&mut writer, format!("{at}").as_bytes(), &noise(*size, at as u64));
        }
        let tar = writer.finish().expect("finished");
        let mut writing = Writing::new(Vec::new(), How { level, threads, ..How::default() }).expect("begun");
        for part in tar.chunks(777_777) {
            writing.write_all(part).expect("written");
        }
        let bytes = writing.finish(about()).expect("finished").out;
        let archive = open(&bytes).expect("a backup");
        archive.verify(&mut |_| true).expect("proven");
        for (at, size) in sizes.iter().enumerate().rev() {
            let mut content = Vec::new();
            archive.take(&archive.find(&place(&at.to_string())).expect("there"), &mut content).expect("taken");
            prop_assert!(content == noise(*size, at as u64));
        }
    }
}

use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::Digest as _;

use super::*;
use crate::access::agent::serve::serve;
use crate::access::agent::wire::{Ask, Failure, Verb};
use crate::access::content::Copied;
use crate::access::order::Form;
use crate::domain::exclude::Exclude;
use crate::domain::volume::Volume;
use crate::vault::{About, Archive, Done, Incoming, Taken};

/// What was said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    fn frames(&self) -> Vec<Frame> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut rest = bytes.as_slice();
        std::iter::from_fn(|| Frame::read_from(&mut rest).ok().flatten()).collect()
    }
}

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The end of the questions, once there is an answer.
struct Answered(Said);

impl Read for Answered {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let began = Instant::now();
        let is_last = |frame: &Frame| matches!(frame.kind, Kind::Done | Kind::Failed);
        while !self.0.frames().iter().any(is_last) && began.elapsed() < Duration::from_secs(30) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(0)
    }
}

fn answer(base: &Path, verb: Verb) -> Vec<Frame> {
    let ask = Frame::of(Kind::Ask, 1, &Ask { root: 0, place: Vec::new(), verb }).expect("small");
    let said = Said::default();
    let question = ask.to_bytes().expect("small");
    serve(&mut question.as_slice().chain(Answered(said.clone())), said.clone(), base).expect("an end");
    said.frames().into_iter().filter(|frame| frame.kind != Kind::Progress).collect()
}

fn last<T: serde::de::DeserializeOwned>(frames: &[Frame]) -> T {
    let last = frames.last().expect("an answer");
    assert_eq!(last.kind, Kind::Done, "{:?}", last.value::<Failure>());
    last.value().expect("understood")
}

/// A volume with more names than an index has room for in one piece.
fn base() -> tempfile::TempDir {
    let base = tempfile::TempDir::new().expect("a folder");
    let root = base.path().join("v/0");
    std::fs::create_dir_all(&root).expect("folders");
    let mut noise = vec![0; 5_000_000];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    std::fs::write(root.join("noise"), &noise).expect("a file");
    for n in 0..10_000 {
        std::fs::write(root.join(format!("file-{n}")), n.to_string()).expect("a file");
    }
    base
}

/// Backs it up as a client does.
fn backed_up(base: &Path, store: &Path, is_beside: bool) -> Done {
    let at = Timestamp::from_second(i64::from(is_beside)).expect("a time");
    let volume = Volume { name: "v".to_owned(), ..Volume::default() };
    let about = About::of(&volume, "an engine", "helper", Taken::Unused, at);
    let mut incoming = Incoming::create(store, &about.volume, about.at).expect("begun");
    let (file, path) = incoming.partial();
    let same = SameFile::of(file).expect("known");
    let has_file = || last::<bool>(&answer(base, Verb::HasFile { file: same.clone(), writes: true }));
    assert!(!has_file(), "there is none");
    if is_beside {
        std::fs::write(base.join("file"), b"").expect("a file");
        assert!(!has_file(), "it is another one");
        std::fs::remove_file(base.join("file")).expect("removed");
        std::fs::hard_link(path, base.join("file")).expect("a link");
        assert!(has_file());
    }
    let squeeze = Squeeze { about: about.clone(), level: 3, threads: 2, exclude: Exclude::default() };
    let frames = answer(base, Verb::BackUp { squeeze: Box::new(squeeze), is_beside });
    let tail: Tail = last(&frames);
    let (mut data, mut pieces) = (0, 0);
    for frame in &frames {
        match frame.kind {
            Kind::Data => {
                incoming.write_all(&frame.payload).expect("written");
                data += 1;
            }
            Kind::Part => match frame.value().expect("understood") {
                Aside::Index(piece) => {
                    incoming.index(&piece).expect("taken");
                    pieces += 1;
                }
                Aside::Table(piece) => incoming.table(&piece).expect("taken"),
            },
            _ => {}
        }
    }
    assert_eq!((data == 0, pieces > 1), (is_beside, true));
    incoming.finish(tail, about).expect("finished")
}

#[test]
fn a_backup_is_the_same_whether_it_is_sent_or_written_beside() {
    let (base, store) = (base(), tempfile::TempDir::new().expect("a folder"));
    for is_beside in [false, true] {
        let done = backed_up(base.path(), store.path(), is_beside);
        let bytes = std::fs::read(&done.path).expect("a file");
        let sum =
            sha2::Sha256::digest(&bytes).iter().fold(String::new(), |sum, byte| format!("{sum}{byte:02x}"));
        assert_eq!((done.bytes, done.sha256), (bytes.len() as u64, sum));
        let archive = Archive::open(io::Cursor::new(bytes)).expect("a backup");
        assert_eq!(archive.verify(&mut |_| true).expect("proven").entries, 10_002);
    }
    // Beside a backup stand two small files.
    assert_eq!(std::fs::read_dir(store.path()).expect("read").count(), 6, "nothing half is left");
}

#[test]
fn a_file_beside_is_restored_and_one_that_is_damaged_is_said() {
    let (from, store) = (base(), tempfile::TempDir::new().expect("a folder"));
    let done = backed_up(from.path(), store.path(), false);
    let restore = |bytes: &[u8]| {
        let base = tempfile::TempDir::new().expect("a folder");
        std::fs::create_dir_all(base.path().join("v/0")).expect("folders");
        std::fs::write(base.path().join("file"), bytes).expect("a file");
        let verb = Verb::Restore { form: Form::Backup, strip: 0, is_beside: true };
        (answer(base.path(), verb), base)
    };
    let mut bytes = std::fs::read(&done.path).expect("a file");
    let (frames, base) = restore(&bytes);
    assert_eq!(last::<Copied>(&frames).entries, 10_002, "the root is one");
    let read = |base: &Path| std::fs::read(base.join("v/0/noise")).expect("a file");
    assert!(read(base.path()) == read(from.path()));
    bytes[1000] ^= 1;
    let failed = restore(&bytes).0;
    let why: Failure = failed.last().expect("an answer").value().expect("a failure");
    assert!(matches!(why, Failure::Kept(None, _)), "{why:?}");
}

use super::*;
use crate::access::agent::wire::Verb;
use crate::pax::{Body, Head, Time, Writer};

#[test]
fn it_ends_with_its_input_and_refuses_what_is_no_question() {
    let base = Path::new("/");
    assert!(serve(&mut [].as_slice(), io::sink(), base).is_ok());
    assert!(serve(&mut b"GET / HTTP/1.1\r\n\r\n".as_slice(), io::sink(), base).is_err());
    let answer = Frame { kind: Kind::Done, id: 1, payload: Vec::new() }.to_bytes().expect("small");
    assert!(serve(&mut answer.as_slice(), io::sink(), base).is_err());
}

/// What it says to these questions, in the order of the questions.
fn said(frames: &[Frame]) -> Vec<Frame> {
    said_at(frames, Path::new("/"))
}

fn said_at(frames: &[Frame], base: &Path) -> Vec<Frame> {
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let input: Vec<u8> = frames.iter().flat_map(|frame| frame.to_bytes().expect("small")).collect();
    let kept = Kept::default();
    serve(&mut input.as_slice(), kept.clone(), base).expect("an end");
    let bytes = kept.0.lock().expect("no panic").clone();
    let (mut read, mut answers) = (bytes.as_slice(), Vec::new());
    while let Ok(Some(frame)) = Frame::read_from(&mut read) {
        answers.push(frame);
    }
    answers.sort_by_key(|frame| frame.id);
    answers
}

fn ask(id: u32) -> Frame {
    // No folder of this machine has that name.
    Frame::of(Kind::Ask, id, &Ask { root: 60_000, place: Vec::new(), verb: Verb::Scan }).expect("small")
}

#[test]
fn every_question_gets_one_last_word_whatever_is_said_between() {
    let cancel = |id| Frame { kind: Kind::Cancel, id, payload: Vec::new() };
    let data = Frame { kind: Kind::Data, id: 2, payload: vec![0; 1000] };
    let mut questions: Vec<Frame> = (1..=40).map(ask).collect();
    questions.extend([cancel(999), data, cancel(3)]);
    let answers = said(&questions);
    assert_eq!(answers.iter().map(|frame| frame.id).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
    for answer in answers {
        let why: Failure = answer.value().expect("a failure");
        assert_eq!((answer.kind, why), (Kind::Failed, Failure::Missing(Vec::new())), "no such folder");
    }
}

#[test]
fn what_is_too_much_or_no_question_ends_it() {
    let mut huge = vec![b'?', 0, 0, 0, 1];
    huge.extend(u32::try_from(super::super::wire::MAX_PAYLOAD + 1).expect("small").to_be_bytes());
    assert!(serve(&mut huge.as_slice(), io::sink(), Path::new("/")).is_err(), "a frame that is too long");
    let nonsense = Frame { kind: Kind::Ask, id: 1, payload: vec![0xff; 20] };
    assert!(serve(&mut nonsense.to_bytes().expect("small").as_slice(), io::sink(), Path::new("/")).is_err());
    let half = ask(1).to_bytes().expect("small");
    assert!(serve(&mut &half[..half.len() - 1], io::sink(), Path::new("/")).is_err(), "half a question");
}

/// Half of an archive with a file in a folder.
fn half_an_archive() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let head = |name: &[u8], body, mode| Head {
        name: name.to_vec(),
        body,
        mode,
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
        modified: Time::default(),
        attributes: Vec::new(),
    };
    writer.begin(&head(b"sub", Body::Folder, 0o751)).expect("a folder");
    writer.begin(&head(b"sub/half", Body::File(1 << 20), 0o644)).expect("a file");
    writer.copy(&mut io::repeat(7).take(1 << 20), |_| Ok(())).expect("its content");
    let mut bytes = writer.finish().expect("an end");
    bytes.truncate(600_000);
    bytes
}

#[test]
fn what_is_half_written_is_gone_when_it_ends() {
    use std::os::unix::fs::MetadataExt;

    for is_cancelled in [false, true] {
        let base = tempfile::TempDir::new().expect("a folder");
        let root = base.path().join("v/0");
        std::fs::create_dir_all(&root).expect("folders");
        let ask = Ask { root: 0, place: Vec::new(), verb: Verb::Unpack { replace: false } };
        let frames = [
            Frame::of(Kind::Ask, 1, &ask).expect("small"),
            Frame { kind: Kind::Data, id: 1, payload: half_an_archive() },
        ];
        let begun: Vec<u8> = frames.iter().flat_map(|frame| frame.to_bytes().expect("small")).collect();
        let cancel = Frame { kind: Kind::Cancel, id: 1, payload: Vec::new() }.to_bytes().expect("small");
        let rest = if is_cancelled { cancel } else { Vec::new() };
        // What follows comes only when it is at work.
        let late = Late(root.join("sub/half"));
        let mut input = begun.as_slice().chain(late).chain(rest.as_slice());
        serve(&mut input, io::sink(), base.path()).expect("an end");
        let sub = root.join("sub");
        assert_eq!(std::fs::read_dir(&sub).expect("there").count(), 0, "half a file is none");
        assert_eq!(sub.metadata().expect("there").mode() & 0o777, 0o751, "and its folder is not ours");
    }
}

/// The end of the input, once something is there; or after a while.
struct Late(PathBuf);

impl Read for Late {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let began = std::time::Instant::now();
        while !self.0.exists() && began.elapsed() < Duration::from_secs(5) {
            std::thread::yield_now();
        }
        Ok(0)
    }
}

#[test]
fn one_question_too_many_is_refused_and_the_others_are_answered() {
    let base = tempfile::TempDir::new().expect("a folder");
    std::fs::create_dir_all(base.path().join("v/0")).expect("folders");
    // These wait for data that never comes.
    let ask = Ask { root: 0, place: Vec::new(), verb: Verb::Unpack { replace: false } };
    let open = u32::try_from(MAX_OPEN).expect("small");
    let questions: Vec<Frame> =
        (1..=open + 1).map(|id| Frame::of(Kind::Ask, id, &ask).expect("small")).collect();
    let answers = said_at(&questions, base.path());
    let last = answers.last().expect("an answer");
    let why: Failure = last.value().expect("a failure");
    assert_eq!((answers.len(), last.id, last.kind), (MAX_OPEN + 1, open + 1, Kind::Failed));
    assert!(matches!(why, Failure::Said(text) if text.contains("too many questions")));
}

#[test]
fn what_was_written_is_brought_onto_the_disk_when_that_is_asked_for() {
    let base = tempfile::tempdir().expect("a folder");
    let root = base.path().join(mount_of(0).trim_start_matches('/'));
    std::fs::create_dir_all(&root).expect("a volume");
    std::fs::write(root.join("file"), "content").expect("a file");
    let ask =
        |root| Frame::of(Kind::Ask, 1, &Ask { root, place: Vec::new(), verb: Verb::Sync }).expect("small");
    // Before it, it may say that it is at it.
    let last = |root| said_at(&[ask(root)], base.path()).pop().map(|frame| frame.kind);
    assert_eq!(last(0), Some(Kind::Done));
    assert_eq!(last(1), Some(Kind::Failed), "there is no such volume");
}

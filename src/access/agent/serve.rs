//! What a helper container does: answer the questions that come on its standard input, and end
//! with it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::answer::Answer;
use super::wire::{Ask, Failure, Frame, Kind};
use crate::access::walk::Progress;

/// Questions that may be open at once.
const MAX_OPEN: usize = 64;
/// Frames of data that wait to be unpacked; the asker waits when more come.
const BACKLOG: usize = 8;

/// Where volume `root` is mounted in a helper.
#[must_use]
pub fn mount_of(root: u16) -> String {
    format!("/v/{root}")
}

/// Where answers go, frame by frame.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<dyn Write + Send>>);

impl Output {
    /// Writes a frame.
    pub(super) fn say(&self, frame: &Frame) -> io::Result<()> {
        frame.write_to(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A question that is being answered.
struct Asked {
    progress: Arc<Progress>,
    /// Where its data goes; taken away at their end.
    data: Option<SyncSender<Vec<u8>>>,
}

type Open = Arc<Mutex<HashMap<u32, Asked>>>;

/// Answers until `input` ends, about the volumes mounted below `base`.
///
/// # Errors
/// When what comes is no question of volx.
pub fn serve(input: &mut impl Read, output: impl Write + Send + 'static, base: &Path) -> io::Result<()> {
    let output = Output(Arc::new(Mutex::new(output)));
    let open = Open::default();
    while let Some(frame) = Frame::read_from(input)? {
        match frame.kind {
            Kind::Ask => begin(&frame, &output, &open, base)?,
            Kind::Cancel => {
                if let Some(asked) = lock(&open).get_mut(&frame.id) {
                    asked.progress.cancel();
                    asked.data = None;
                }
            }
            Kind::Data => {
                // Not while holding the lock: it waits until there is room.
                let data = lock(&open).get(&frame.id).and_then(|asked| asked.data.clone());
                if let Some(data) = data {
                    // Whoever unpacked has ended and said why.
                    let _ = data.send(frame.payload);
                }
            }
            Kind::End => {
                if let Some(asked) = lock(&open).get_mut(&frame.id) {
                    asked.data = None;
                }
            }
            Kind::Progress | Kind::Part | Kind::Done | Kind::Failed => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer where a question belongs"));
            }
        }
    }
    Ok(())
}

fn begin(frame: &Frame, output: &Output, open: &Open, base: &Path) -> io::Result<()> {
    let (id, ask) = (frame.id, frame.value::<Ask>()?);
    let progress = Arc::new(Progress::default());
    let (sender, data) = sync_channel(BACKLOG);
    {
        let mut open = lock(open);
        if open.len() >= MAX_OPEN {
            return Err(io::Error::other("too many questions at once"));
        }
        open.insert(id, Asked { progress: Arc::clone(&progress), data: Some(sender) });
    }
    let root: PathBuf = base.join(mount_of(ask.root).trim_start_matches('/'));
    let (output, open) = (output.clone(), Arc::clone(open));
    std::thread::Builder::new().name("ask".to_owned()).spawn(move || {
        let answer = Answer { id, output: &output, progress: &progress };
        let last = match answer.to(&ask, &root, &mut Data::of(data)) {
            Ok(last) => Ok(last),
            Err(error) => Frame::of(Kind::Failed, id, &Failure::from(error)),
        };
        lock(&open).remove(&id);
        // Nobody to tell is how this ends.
        let _ = last.and_then(|frame| output.say(&frame));
    })?;
    Ok(())
}

/// The data of a question, as something to read.
struct Data {
    frames: Receiver<Vec<u8>>,
    now: io::Cursor<Vec<u8>>,
}

impl Data {
    const fn of(frames: Receiver<Vec<u8>>) -> Self {
        Self { frames, now: io::Cursor::new(Vec::new()) }
    }
}

impl Read for Data {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.now.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.frames.recv() {
                Ok(frame) => self.now = io::Cursor::new(frame),
                Err(_) => return Ok(0),
            }
        }
    }
}

fn lock(open: &Open) -> MutexGuard<'_, HashMap<u32, Asked>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::access::agent::wire::Verb;

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
        let (kept, asked) = (Kept::default(), frames.iter().filter(|f| f.kind == Kind::Ask).count());
        serve(&mut input.as_slice(), kept.clone(), Path::new("/")).expect("an end");
        // The answers may come after the end of the questions.
        let began = std::time::Instant::now();
        loop {
            let bytes = kept.0.lock().expect("no panic").clone();
            let (mut read, mut answers) = (bytes.as_slice(), Vec::new());
            while let Ok(Some(frame)) = Frame::read_from(&mut read) {
                answers.push(frame);
            }
            if answers.len() >= asked || began.elapsed() > Duration::from_secs(10) {
                answers.sort_by_key(|frame| frame.id);
                return answers;
            }
            std::thread::yield_now();
        }
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
        assert!(
            serve(&mut nonsense.to_bytes().expect("small").as_slice(), io::sink(), Path::new("/")).is_err()
        );
        let half = ask(1).to_bytes().expect("small");
        assert!(serve(&mut &half[..half.len() - 1], io::sink(), Path::new("/")).is_err(), "half a question");
    }
}

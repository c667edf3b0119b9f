//! What a helper container does: answer the questions that come on its standard input, and end
//! with it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::wire::{Ask, Failure, Far, Frame, Kind, Scanned, Verb};
use crate::access::backing;
use crate::access::walk::{Progress, walk};

/// How often it says how far it is.
const TELL: Duration = Duration::from_millis(200);
/// Questions that may be open at once.
const MAX_OPEN: usize = 64;

/// Where volume `root` is mounted in a helper.
#[must_use]
pub fn mount_of(root: u16) -> String {
    format!("/v/{root}")
}

type Output = Arc<Mutex<dyn Write + Send>>;
type Open = Arc<Mutex<HashMap<u32, Arc<Progress>>>>;

/// Answers until `input` ends.
///
/// # Errors
/// When what comes is no question of volx.
pub fn serve(input: &mut impl Read, output: impl Write + Send + 'static) -> io::Result<()> {
    let output: Output = Arc::new(Mutex::new(output));
    let open = Open::default();
    while let Some(frame) = Frame::read_from(input)? {
        match frame.kind {
            Kind::Ask => begin(&frame, &output, &open)?,
            Kind::Cancel => {
                if let Some(progress) = lock(&open).get(&frame.id) {
                    progress.cancel();
                }
            }
            Kind::Data | Kind::End => {}
            Kind::Progress | Kind::Part | Kind::Done | Kind::Failed => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer where a question belongs"));
            }
        }
    }
    Ok(())
}

fn begin(frame: &Frame, output: &Output, open: &Open) -> io::Result<()> {
    let (id, ask) = (frame.id, frame.value::<Ask>()?);
    let progress = Arc::new(Progress::default());
    {
        let mut open = lock(open);
        if open.len() >= MAX_OPEN {
            return Err(io::Error::other("too many questions at once"));
        }
        open.insert(id, Arc::clone(&progress));
    }
    let (output, open) = (Arc::clone(output), Arc::clone(open));
    std::thread::Builder::new().name("ask".to_owned()).spawn(move || {
        let outcome = answer(id, &ask, &progress, &output);
        lock(&open).remove(&id);
        let last = match outcome {
            Ok(last) => Ok(last),
            Err(error) => Frame::of(Kind::Failed, id, &Failure::from(&error)),
        };
        // Nobody to tell is how this ends.
        let _ = last.and_then(|frame| say(&output, &frame));
    })?;
    Ok(())
}

fn answer(id: u32, ask: &Ask, progress: &Arc<Progress>, output: &Output) -> io::Result<Frame> {
    let root = PathBuf::from(mount_of(ask.root));
    match ask.verb {
        Verb::Scan => {
            let walked = telling(id, progress, output, || walk(&root, progress))?;
            Frame::of(Kind::Done, id, &Scanned { walked, backing: backing::of(Path::new(&root)).ok() })
        }
    }
}

/// Does the work, saying now and then how far it is.
fn telling<T: Send>(
    id: u32,
    progress: &Arc<Progress>,
    output: &Output,
    work: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while waiting.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout) {
                let (entries, allocated) = progress.seen();
                let told = Frame::of(Kind::Progress, id, &Far { entries, allocated });
                if told.and_then(|frame| say(output, &frame)).is_err() {
                    progress.cancel();
                }
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

fn say(output: &Output, frame: &Frame) -> io::Result<()> {
    frame.write_to(&mut *output.lock().unwrap_or_else(PoisonError::into_inner))
}

fn lock(open: &Open) -> std::sync::MutexGuard<'_, HashMap<u32, Arc<Progress>>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_its_input_and_refuses_what_is_no_question() {
        assert!(serve(&mut [].as_slice(), io::sink()).is_ok());
        assert!(serve(&mut b"GET / HTTP/1.1\r\n\r\n".as_slice(), io::sink()).is_err());
        let answer = Frame { kind: Kind::Done, id: 1, payload: Vec::new() }.to_bytes().expect("small");
        assert!(serve(&mut answer.as_slice(), io::sink()).is_err());
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
        serve(&mut input.as_slice(), kept.clone()).expect("an end");
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
        Frame::of(Kind::Ask, id, &Ask { root: 60_000, verb: Verb::Scan }).expect("small")
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
            assert_eq!((answer.kind, why.errno), (Kind::Failed, Some(2)), "no such folder: {}", why.text);
        }
    }

    #[test]
    fn what_is_too_much_or_no_question_ends_it() {
        let mut huge = vec![b'?', 0, 0, 0, 1];
        huge.extend(u32::try_from(super::super::wire::MAX_PAYLOAD + 1).expect("small").to_be_bytes());
        assert!(serve(&mut huge.as_slice(), io::sink()).is_err(), "a frame that is too long");
        let nonsense = Frame { kind: Kind::Ask, id: 1, payload: vec![0xff; 20] };
        assert!(serve(&mut nonsense.to_bytes().expect("small").as_slice(), io::sink()).is_err());
        let half = ask(1).to_bytes().expect("small");
        assert!(serve(&mut &half[..half.len() - 1], io::sink()).is_err(), "half a question");
    }
}

//! What a helper container does: answer the questions that come on its standard input, and end
//! with it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::answer::Answer;
use super::wire::{Ask, Failure, Frame, Kind};
use crate::access::content::Error;
use crate::access::walk::Progress;

/// Questions that may be open at once.
const MAX_OPEN: usize = 64;
/// Frames of data that wait to be unpacked; the asker waits when more come.
const BACKLOG: usize = 8;
/// How long the end waits for what is under way: what is half done is removed first.
const ENDING: Duration = Duration::from_secs(5);

/// Where volume `root` is mounted in a helper.
#[must_use]
pub fn mount_of(root: u16) -> String {
    format!("/v/{root}")
}

/// Where a file is mounted in a helper, beside its volumes.
pub const FILE_MOUNT: &str = "/file";

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

/// The questions that are being answered.
#[derive(Clone, Default)]
pub(super) struct Open(Arc<Shared>);

#[derive(Default)]
struct Shared {
    asked: Mutex<Questions>,
    /// One less is open.
    fewer: Condvar,
}

#[derive(Default)]
struct Questions {
    by_id: HashMap<u32, Asked>,
    /// From now on nothing is begun.
    is_over: bool,
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a question in, unless there are too many.
    fn add(&self, id: u32, asked: Asked) -> Result<(), Error> {
        let mut open = self.lock();
        if open.is_over {
            return Err(Error::Cancelled);
        }
        if open.by_id.len() >= MAX_OPEN || open.by_id.contains_key(&id) {
            return Err(Error::Engine("the helper has too many questions at once".to_owned()));
        }
        open.by_id.insert(id, asked);
        Ok(())
    }

    fn remove(&self, id: u32) {
        self.lock().by_id.remove(&id);
        self.0.fewer.notify_all();
    }

    /// Tells all to end and waits, not for ever, until they have: who unpacks takes away what is
    /// half written, and gives folders their permissions.
    pub(super) fn end(&self) {
        let mut open = self.lock();
        open.is_over = true;
        for asked in open.by_id.values_mut() {
            asked.progress.cancel();
            asked.data = None;
        }
        let waited = self.0.fewer.wait_timeout_while(open, ENDING, |open| !open.by_id.is_empty());
        drop(waited);
    }
}

/// Answers until `input` ends, about the volumes mounted below `base`.
///
/// # Errors
/// When what comes is no question of volx.
pub fn serve(input: &mut impl Read, output: impl Write + Send + 'static, base: &Path) -> io::Result<()> {
    serve_among(&Open::default(), input, output, base)
}

/// The same, where somebody else may end what is open.
pub(super) fn serve_among(
    open: &Open,
    input: &mut impl Read,
    output: impl Write + Send + 'static,
    base: &Path,
) -> io::Result<()> {
    let served = listen(open, input, &Output(Arc::new(Mutex::new(output))), base);
    // Nobody waits for the rest, and the process ends with us.
    open.end();
    served
}

fn listen(open: &Open, input: &mut impl Read, output: &Output, base: &Path) -> io::Result<()> {
    while let Some(frame) = Frame::read_from(input)? {
        match frame.kind {
            Kind::Ask => begin(&frame, output, open, base)?,
            Kind::Cancel => {
                if let Some(asked) = open.lock().by_id.get_mut(&frame.id) {
                    asked.progress.cancel();
                    asked.data = None;
                }
            }
            Kind::Data => {
                // Not while holding the lock: it waits until there is room.
                let data = open.lock().by_id.get(&frame.id).and_then(|asked| asked.data.clone());
                if let Some(data) = data {
                    // Whoever unpacked has ended and said why.
                    let _ = data.send(frame.payload);
                }
            }
            Kind::End => {
                if let Some(asked) = open.lock().by_id.get_mut(&frame.id) {
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
    // One that cannot be answered is no reason to leave the others without an answer.
    if let Err(error) = open.add(id, Asked { progress: Arc::clone(&progress), data: Some(sender) }) {
        return refuse(id, error, output);
    }
    let within = |mount: &str| -> PathBuf { base.join(mount.trim_start_matches('/')) };
    let (root, file) = (within(&mount_of(ask.root)), within(FILE_MOUNT));
    let (theirs, working) = (output.clone(), open.clone());
    let begun = std::thread::Builder::new().name("ask".to_owned()).spawn(move || {
        let answer = Answer { id, output: &theirs, progress: &progress, file: &file };
        let last = match answer.to(&ask, &root, &mut Data::of(data)) {
            Ok(last) => Ok(last),
            Err(error) => Frame::of(Kind::Failed, id, &Failure::from(error)),
        };
        // Nobody to tell is how this ends.
        let _ = last.and_then(|frame| theirs.say(&frame));
        working.remove(id);
    });
    match begun {
        Ok(_) => Ok(()),
        Err(error) => {
            open.remove(id);
            refuse(id, Error::Engine(format!("the helper cannot begin another thread: {error}")), output)
        }
    }
}

fn refuse(id: u32, error: Error, output: &Output) -> io::Result<()> {
    output.say(&Frame::of(Kind::Failed, id, &Failure::from(error))?)
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

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;

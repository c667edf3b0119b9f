//! The talk with an agent in a container: many questions at once over one pair of streams.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::access::agent::wire::{Ask, Failure, Frame, HEAD, Kind, read_head};
use crate::access::content::Error;
use crate::engine::containers::{Attached, Complaints};

/// Frames of one answer that wait; the agent waits when more come.
const BACKLOG: usize = 32;
/// How long it is waited for the agent to end what it was told to end.
const ENDING: Duration = Duration::from_secs(5);

/// Who waits for which answer; `None` when nothing comes any more.
type Waiting = Arc<Mutex<Option<HashMap<u32, mpsc::Sender<Frame>>>>>;

/// An open talk. Dropping it ends the agent.
#[derive(Debug)]
pub(super) struct Connection {
    out: mpsc::Sender<Frame>,
    waiting: Waiting,
    next: AtomicU32,
    complaints: Complaints,
    tasks: [AbortHandle; 2],
}

/// One open question. Dropping it tells the agent that nobody waits any more.
#[derive(Debug)]
pub(super) struct Replies {
    id: u32,
    frames: mpsc::Receiver<Frame>,
    out: mpsc::Sender<Frame>,
    waiting: Waiting,
    complaints: Complaints,
    is_over: bool,
}

impl Connection {
    /// Begins to talk.
    pub(super) fn open(attached: Attached) -> Self {
        let (out, outgoing) = mpsc::channel(BACKLOG);
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let reader = tokio::spawn(read(attached.output, Arc::clone(&waiting)));
        let writer = tokio::spawn(write(attached.input, outgoing));
        Self {
            out,
            waiting,
            next: AtomicU32::new(1),
            complaints: attached.complaints,
            tasks: [reader.abort_handle(), writer.abort_handle()],
        }
    }

    /// Asks.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Replies, Error> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, frames) = mpsc::channel(BACKLOG);
        if let Some(waiting) = &mut *lock(&self.waiting) {
            waiting.insert(id, sender);
        }
        let replies = Replies {
            id,
            frames,
            out: self.out.clone(),
            waiting: Arc::clone(&self.waiting),
            complaints: self.complaints.clone(),
            is_over: false,
        };
        let question = Frame::of(Kind::Ask, id, ask).map_err(|error| Error::Engine(error.to_string()))?;
        // Of a talk that is over, its reader has closed every channel or this one went nowhere.
        match self.out.send(question).await {
            Ok(()) => Ok(replies),
            Err(_) => Err(replies.ended()),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Both halves go, so that the engine closes the container's input.
        self.tasks.iter().for_each(AbortHandle::abort);
        // Who still waits is told.
        lock(&self.waiting).take();
    }
}

impl Replies {
    /// The next frame of the answer: a progress, a part, data, or the last one.
    pub(super) async fn next(&mut self) -> Result<Frame, Error> {
        let Some(frame) = self.frames.recv().await else { return Err(self.ended()) };
        self.is_over = matches!(frame.kind, Kind::Failed | Kind::Done);
        if frame.kind == Kind::Failed {
            let failure = frame.value::<Failure>().map_err(|error| Error::Engine(error.to_string()))?;
            return Err(failure.into());
        }
        Ok(frame)
    }

    /// Says that nobody wants the answer any more and waits, not for ever, until the agent has
    /// ended: it first takes away what is half done.
    pub(super) async fn end(&mut self) {
        let ended = async {
            let cancel = Frame { kind: Kind::Cancel, id: self.id, payload: Vec::new() };
            if !self.is_over && self.out.send(cancel).await.is_ok() {
                while !self.is_over && self.next().await.is_ok() {}
            }
        };
        // What takes longer the agent ends when its input does.
        let _ = tokio::time::timeout(ENDING, ended).await;
    }

    /// What feeds the question with data.
    pub(super) fn feeder(&self) -> Feeder {
        Feeder { id: self.id, out: self.out.clone() }
    }

    /// The talk ended in the middle.
    fn ended(&self) -> Error {
        let said = self.complaints.said();
        let why = if said.is_empty() { "it was stopped or killed".to_owned() } else { said };
        Error::Engine(format!("the helper container ended: {why}"))
    }
}

/// Data on its way to a question.
#[derive(Debug)]
pub(super) struct Feeder {
    id: u32,
    out: mpsc::Sender<Frame>,
}

impl Feeder {
    /// Sends a piece; an empty one is the end.
    pub(super) async fn feed(&self, payload: Vec<u8>) -> io::Result<()> {
        let kind = if payload.is_empty() { Kind::End } else { Kind::Data };
        let sent = self.out.send(Frame { kind, id: self.id, payload }).await;
        sent.map_err(|_gone| io::Error::new(io::ErrorKind::BrokenPipe, "the helper container ended"))
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        if let Some(waiting) = &mut *lock(&self.waiting) {
            waiting.remove(&self.id);
        }
        if !self.is_over {
            // A full line means that it is busy; then it hears of it when it next has something to say.
            let _ = self.out.try_send(Frame { kind: Kind::Cancel, id: self.id, payload: Vec::new() });
        }
    }
}

async fn read(mut input: Pin<Box<dyn AsyncRead + Send>>, waiting: Waiting) {
    // However it ends, those who wait are told by their closed channel.
    while let Ok(frame) = read_frame(&mut input).await {
        let sender = lock(&waiting).as_ref().and_then(|waiting| waiting.get(&frame.id).cloned());
        if let Some(sender) = sender {
            // An asker who is gone misses nothing.
            let _ = sender.send(frame).await;
        }
    }
    lock(&waiting).take();
}

async fn read_frame(input: &mut Pin<Box<dyn AsyncRead + Send>>) -> io::Result<Frame> {
    let mut head = [0; HEAD];
    input.read_exact(&mut head).await?;
    let (kind, id, len) = read_head(head)?;
    let mut payload = vec![0; len];
    input.read_exact(&mut payload).await?;
    Ok(Frame { kind, id, payload })
}

async fn write(mut output: Pin<Box<dyn AsyncWrite + Send>>, mut frames: mpsc::Receiver<Frame>) {
    while let Some(frame) = frames.recv().await {
        let Ok(bytes) = frame.to_bytes() else { return };
        if output.write_all(&bytes).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, Option<HashMap<u32, mpsc::Sender<Frame>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;

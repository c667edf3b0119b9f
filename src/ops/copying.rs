//! What cloning, renaming, the trash and undo share: a whole copy of a volume, proven.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::unfold;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::io::StreamReader;

use crate::access::content::{ByteStream, Content, Copied, Error};
use crate::access::direct_content::blocking;
use crate::access::facts::Facts;
use crate::access::open::open;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;

/// What is read at once, and how many of these may wait.
const PIECE: usize = 256 * 1024;
const AHEAD: usize = 4;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    /// Whether it was refused before anything was changed: the user has to decide otherwise.
    pub is_refusal: bool,
    /// Whether what was asked for cannot be meant: a name that no volume can have.
    pub is_misuse: bool,
    /// The reason.
    pub trouble: Trouble,
}

impl NotDone {
    pub(super) const fn refused(trouble: Trouble) -> Self {
        Self { is_refusal: true, is_misuse: false, trouble }
    }

    /// Nothing was tried, as no volume can have such a name.
    pub(super) fn misnamed(summary: &str, cause: String) -> Self {
        let trouble = Trouble::new(summary, cause).with_remedy("choose another name");
        Self { is_misuse: true, ..Self::refused(trouble) }
    }

    /// The same, of what was wanted as a whole.
    pub(super) fn about(self, summary: &str) -> Self {
        Self { trouble: Trouble { summary: summary.to_owned(), ..self.trouble }, ..self }
    }
}

/// It was tried.
impl From<Trouble> for NotDone {
    fn from(trouble: Trouble) -> Self {
        Self { is_refusal: false, is_misuse: false, trouble }
    }
}

/// Opens a volume by a way that keeps everything: the engine's own archive calls lose too much.
pub(super) async fn whole(engine: &SharedEngine, volume: &Volume) -> Result<Arc<dyn Content>, Error> {
    if engine.demo().is_some() {
        let why = "the demo's files are made up".to_owned();
        return Err(Error::NotThisWay { way: Way::Demo, what: "copy files", why });
    }
    let direct = match open(engine, volume, Some(Way::Direct)).await {
        Ok(content) => return Ok(content),
        Err(error) => error,
    };
    match open(engine, volume, Some(Way::Helper)).await {
        Ok(content) => Ok(content),
        Err(helper) => Err(Error::Engine(format!("{direct}; {helper}"))),
    }
}

/// Copies all of a volume into another, so that it is like what was read, and on the disk: whoever is told of
/// it may remove the other one. Answers the bytes, and what was read.
pub(super) async fn copy(
    from: &dyn Content,
    to: &dyn Content,
    progress: &Arc<Progress>,
) -> Result<(u64, Facts), Trouble> {
    let failed = |error: &Error| Trouble::new("it was not copied", error.to_string());
    let (copied, facts) = stream(from, to, progress).await.map_err(|error| failed(&error))?;
    if let Some(remark) = missing(facts.remarks()) {
        return Err(Trouble::new("it was not copied whole", remark.clone()));
    }
    if let Some(difference) = compare(&facts, to, progress).await.map_err(|error| failed(&error))? {
        return Err(Trouble::new("the copy is not like the volume", difference));
    }
    to.sync(progress).await.map_err(|error| failed(&error))?;
    Ok((copied.bytes, facts))
}

/// Packs one and unpacks it into the other, noting what goes by.
async fn stream(
    from: &dyn Content,
    to: &dyn Content,
    progress: &Arc<Progress>,
) -> Result<(Copied, Facts), Error> {
    let reading = Arc::new(Progress::default());
    let root = Place::root();
    let archive = from.pack(&root, &reading).await?;
    let (archive, facts) = noting(archive);
    // The root is there already, and is to become like the other.
    let unpacked = to.unpack(&root, archive, true, progress).await;
    if unpacked.is_err() {
        reading.cancel();
    }
    let copied = unpacked?;
    Ok((copied, noted(facts).await?))
}

async fn noted<T>(noting: JoinHandle<io::Result<T>>) -> Result<T, Error> {
    let broken =
        |error: &dyn std::fmt::Display| Error::Engine(format!("what was copied is not known: {error}"));
    noting.await.map_err(|error| broken(&error))?.map_err(|error| broken(&error))
}

/// The facts of a volume as it is now.
pub(super) async fn facts(content: &dyn Content, progress: &Arc<Progress>) -> Result<Facts, Error> {
    let reading = Arc::new(Progress::default());
    let archive = blocking(content.pack(&Place::root(), &reading).await?, progress);
    let done = noted(spawn_blocking(move || Facts::of(archive))).await;
    if progress.is_cancelled() { Err(Error::Cancelled) } else { done }
}

/// That a volume is what was read of another; else what differs.
pub(super) async fn compare(
    wanted: &Facts,
    content: &dyn Content,
    progress: &Arc<Progress>,
) -> Result<Option<String>, Error> {
    let now = facts(content, progress).await?;
    let remark = missing(now.remarks()).cloned();
    let wanted = wanted.clone();
    let differing = noted(spawn_blocking(move || wanted.differing(&now))).await?;
    let count = differing.count;
    if count == 0 {
        return Ok(remark);
    }
    let archive = blocking(content.pack(&Place::root(), &Arc::new(Progress::default())).await?, progress);
    let named = spawn_blocking(move || differing.first_in(archive)).await;
    let name = named.ok().and_then(Result::ok).flatten();
    let name = name.map_or_else(String::new, |name| format!(", '{name}' among them"));
    Ok(Some(format!("{count} entries are missing or not the same{name}")))
}

/// What was left out of a copy that matters: sockets are nothing without who made them.
pub(super) fn missing(remarks: &[String]) -> Option<&String> {
    remarks.iter().find(|remark| !remark.ends_with(": a socket"))
}

/// A stream that is read by two: whoever has the answer, and a thread that notes its facts.
fn noting(mut archive: ByteStream) -> (ByteStream, JoinHandle<io::Result<Facts>>) {
    let (out, coming) = mpsc::channel::<io::Result<Bytes>>(AHEAD);
    let (telling, told) = mpsc::channel::<io::Result<Bytes>>(AHEAD);
    tokio::spawn(async move {
        loop {
            let mut piece = vec![0; PIECE];
            match archive.read(&mut piece).await {
                Ok(0) => return,
                Ok(read) => {
                    piece.truncate(read);
                    let piece = Bytes::from(piece);
                    let _ = telling.send(Ok(piece.clone())).await;
                    if out.send(Ok(piece)).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let _ = telling.send(Err(io::Error::other("it could not be read"))).await;
                    let _ = out.send(Err(error)).await;
                    return;
                }
            }
        }
    });
    let facts = spawn_blocking(move || Facts::of(Coming { pieces: told, piece: Bytes::new() }));
    let stream = unfold(coming, |mut coming| async move { coming.recv().await.map(|piece| (piece, coming)) });
    (Box::new(StreamReader::new(Box::pin(stream))), facts)
}

/// Pieces as a stream for a thread that may block.
struct Coming {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl io::Read for Coming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let now = self.piece.split_to(self.piece.len().min(buffer.len()));
        buffer.iter_mut().zip(&now).for_each(|(to, from)| *to = *from);
        Ok(now.len())
    }
}

#[cfg(test)]
#[path = "copying_tests.rs"]
mod tests;

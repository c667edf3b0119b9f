//! A volume's content through a folder of this machine.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, DuplexStream, ReadBuf};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::content::{ByteStream, Content, Copied, Error, Room};
use super::keep::{Into, play, unpacking};
use super::order::{Order, Squeeze, Tape};
use super::tree::Tree;
use super::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::entry::{Entry, Listing, Weight};
use crate::domain::place::Place;
use crate::vault::{Backup, Done};

/// What may be packed before somebody reads it.
const PIPE: usize = 256 * 1024;

/// A tree of this machine; the work is done on threads that may block.
#[derive(Debug, Clone)]
pub struct DirectContent {
    tree: Arc<Tree>,
}

impl DirectContent {
    /// The content of an open tree.
    #[must_use]
    pub fn new(tree: Tree) -> Self {
        Self { tree: Arc::new(tree) }
    }

    /// Works on the tree, on another thread.
    fn work<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tree) -> Result<T, Error> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, Error>> {
        let tree = Arc::clone(&self.tree);
        async move { spawn_blocking(move || work(&tree)).await.map_err(|error| broken(&error))? }.boxed()
    }

    /// The same, ended when nobody waits for it any more.
    fn watched<'a, T: Send + 'static>(
        &self,
        progress: &Arc<Progress>,
        work: impl FnOnce(&Tree, &Progress) -> Result<T, Error> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, Error>> {
        let theirs = Arc::clone(progress);
        let working = self.work(move |tree| work(tree, &theirs));
        let leaving = Leaving::new(progress);
        async move {
            let done = working.await;
            leaving.stay();
            done
        }
        .boxed()
    }
}

impl Content for DirectContent {
    fn way(&self) -> Way {
        Way::Direct
    }

    fn scan<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>> {
        self.watched(progress, Tree::scan)
    }

    fn room(&self) -> BoxFuture<'_, Result<Option<Room>, Error>> {
        self.work(|tree| Ok(tree.room()))
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>> {
        let place = place.clone();
        self.work(move |tree| tree.list(&place))
    }

    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>> {
        let place = place.clone();
        self.work(move |tree| tree.look(&place))
    }

    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let place = place.clone();
        self.watched(progress, move |tree, progress| {
            tree.weigh(&place, progress, &mut |name, weight| {
                if found.send((name, weight)).is_err() {
                    progress.cancel();
                }
            })
        })
    }

    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        let place = place.clone();
        self.work(move |tree| tree.read(&place, from, len))
    }

    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>> {
        let (tree, place, progress) = (Arc::clone(&self.tree), place.clone(), Arc::clone(progress));
        async move {
            // What is not there is said at once, not by a broken stream.
            let (known, at) = (Arc::clone(&tree), place.clone());
            spawn_blocking(move || known.look(&at)).await.map_err(|error| broken(&error))??;
            Ok(Box::new(packed(move |pipe| tree.pack(&place, pipe, &progress))) as ByteStream)
        }
        .boxed()
    }

    fn unpack<'a>(
        &'a self,
        place: &'a Place,
        archive: ByteStream,
        replace: bool,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        let place = place.clone();
        let reading = Arc::clone(progress);
        self.watched(progress, move |tree, progress| {
            tree.unpack(&place, &mut blocking(archive, &reading), replace, progress)
        })
    }

    fn back_up<'a>(
        &'a self,
        order: Order,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Done, Error>> {
        self.watched(progress, move |tree, progress| {
            let refused = |source| Error::Kept { path: order.folder.clone(), source };
            let Squeeze { about, exclude, .. } = &order.squeeze;
            let backup = Backup::create(&order.folder, about.clone(), &order.squeeze.how());
            let mut into = Into { inner: backup.map_err(refused)?, folder: &order.folder };
            tree.pack_but(&Place::root(), exclude, &mut into, progress)?;
            into.inner.finish().map_err(refused)
        })
    }

    fn restore<'a>(
        &'a self,
        tape: Tape,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        self.watched(progress, move |tree, progress| {
            let how = unpacking(tape.form, tape.strip);
            play(&tape, |tar| tree.unpack_with(&Place::root(), tar, how, progress))
        })
    }

    fn sync<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        self.watched(progress, |tree, _| tree.sync())
    }

    fn clear<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        self.watched(progress, Tree::clear)
    }
}

/// A thread of ours broke.
fn broken(error: &tokio::task::JoinError) -> Error {
    Error::Engine(format!("the work ended without an answer: {error}"))
}

/// Ends the work behind a future that is dropped.
#[derive(Debug)]
pub struct Leaving(Option<Arc<Progress>>);

impl Leaving {
    /// Ends what has this progress, unless told to stay.
    #[must_use]
    pub fn new(progress: &Arc<Progress>) -> Self {
        Self(Some(Arc::clone(progress)))
    }

    /// The work is done; nothing is left to end.
    pub fn stay(mut self) {
        self.0 = None;
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some(progress) = &self.0 {
            progress.cancel();
        }
    }
}

/// What a thread packs, as a stream; an error of the packing ends the stream as an error.
pub fn packed(
    pack: impl FnOnce(&mut dyn io::Write) -> Result<Copied, Error> + Send + 'static,
) -> impl AsyncRead + Send + Unpin + 'static {
    let (reading, writing) = tokio::io::duplex(PIPE);
    let packing = spawn_blocking(move || pack(&mut SyncIoBridge::new(writing)));
    Packed { pipe: reading, packing: Some(packing) }
}

struct Packed {
    pipe: DuplexStream,
    packing: Option<JoinHandle<Result<Copied, Error>>>,
}

impl AsyncRead for Packed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.pipe).poll_read(context, buffer))?;
        let is_over = buffer.filled().len() == before && buffer.remaining() > 0;
        if let (true, Some(packing)) = (is_over, &mut self.packing) {
            let ended = ready!(packing.poll_unpin(context));
            self.packing = None;
            ended.map_err(io::Error::other)?.map_err(io::Error::other)?;
        }
        Poll::Ready(Ok(()))
    }
}

/// A stream for a thread that may block; it ends with an error when the progress is cancelled.
/// Called within the runtime.
pub fn blocking(stream: ByteStream, progress: &Progress) -> impl io::Read + Send + 'static {
    SyncIoBridge::new(Endable { inner: stream, end: Box::pin(progress.cancelled()) })
}

/// A stream that ends with an error when the work is told to end, also while it is waited for.
pub(super) fn endable(inner: ByteStream, progress: &Progress) -> impl AsyncRead + Send + Unpin + 'static {
    Endable { inner, end: Box::pin(progress.cancelled()) }
}

struct Endable {
    inner: ByteStream,
    end: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl AsyncRead for Endable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::Error::other(Error::Cancelled)));
        }
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

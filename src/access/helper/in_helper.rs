//! One volume's content through a helper container.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::io::StreamReader;

use super::connection::Replies;
use super::{Helper, Rights, keeping};
use crate::access::agent::wire::{Far, Frame, Kind, Scanned, Verb};
use crate::access::content::{ByteStream, Content, Copied, Error, Room, of_stream};
use crate::access::order::{Order, Tape};
use crate::access::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::entry::{Entry, EntryKind, Listing, MAX_ENTRIES, Weight};
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::vault::Done;

/// Bytes of an archive in a frame on its way into a volume.
const PIECE: usize = 256 * 1024;
/// A file of so many bytes waits as a whole where frames wait, and is in nobody's way.
const SMALL: u64 = 2 * 1024 * 1024;

/// A volume in a helper, which runs as long as this is kept.
pub struct HelperContent {
    engine: SharedEngine,
    volume: Volume,
    helper: Arc<Helper>,
    /// Which of the helper's volumes it is.
    root: u16,
    /// What the helper may do.
    rights: Rights,
}

impl HelperContent {
    /// Starts a helper that reads the volume.
    ///
    /// # Errors
    /// As for [`Helper::start`].
    pub async fn open(engine: &SharedEngine, volume: &Volume) -> Result<Self, super::Error> {
        let rights = Rights::Read;
        let helper = Arc::new(Helper::start(engine, std::slice::from_ref(volume), rights).await?);
        Ok(Self { engine: Arc::clone(engine), volume: volume.clone(), helper, root: 0, rights })
    }

    /// Starts one helper for several plain volumes. What is packed out of them or unpacked into them comes
    /// through that helper too: whoever asks for some of it reads it to its end.
    ///
    /// # Errors
    /// As for [`Helper::start`].
    pub async fn open_together(
        engine: &SharedEngine,
        volumes: &[Volume],
        rights: Rights,
    ) -> Result<Vec<Self>, super::Error> {
        let helper = Arc::new(Helper::start(engine, volumes, rights).await?);
        let content = |(root, volume): (u16, &Volume)| {
            let (engine, helper) = (Arc::clone(engine), Arc::clone(&helper));
            Self { engine, volume: volume.clone(), helper, root, rights }
        };
        Ok((0..).zip(volumes).map(content).collect())
    }

    async fn ask(&self, place: &Place, verb: Verb) -> Result<Replies, Error> {
        self.helper.ask(self.root, place, verb).await
    }

    /// Who packs an entry. What is more than may wait on its way has a helper of its own: a
    /// destination that stalls must not stall those who look around.
    async fn packer(&self, place: &Place, entry: &Entry) -> Result<(Arc<Helper>, u16), Error> {
        // All of a volume is wanted with all there is of it.
        let rights = if place.is_root() { Rights::ReadAll } else { Rights::Read };
        let is_small = entry.kind != EntryKind::Folder && entry.apparent <= SMALL;
        if is_small || matches!(self.rights, Rights::ReadAll | Rights::WriteAll) {
            return Ok((Arc::clone(&self.helper), self.root));
        }
        let started = Helper::start(&self.engine, std::slice::from_ref(&self.volume), rights).await;
        Ok((Arc::new(started.map_err(|error| Error::Engine(error.to_string()))?), 0))
    }

    /// Who unpacks: a helper that looks around cannot write, and one that can is started for this alone.
    async fn writer(&self) -> Result<(Arc<Helper>, u16), Error> {
        if self.rights == Rights::WriteAll {
            return Ok((Arc::clone(&self.helper), self.root));
        }
        let started = Helper::start(&self.engine, std::slice::from_ref(&self.volume), Rights::Write).await;
        Ok((Arc::new(started.map_err(|error| Error::Engine(error.to_string()))?), 0))
    }

    async fn look_unless(&self, place: &Place, progress: &Progress) -> Result<Entry, Error> {
        let mut replies = self.ask(place, Verb::Look).await?;
        value(&to_the_end(&mut replies, progress, |_| Ok(())).await?)
    }
}

impl Content for HelperContent {
    fn way(&self) -> Way {
        Way::Helper
    }

    fn scan<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>> {
        async move {
            let mut replies = self.ask(&Place::root(), Verb::Scan).await?;
            let last = to_the_end(&mut replies, progress, |_| Ok(())).await?;
            Ok(value::<Scanned>(&last)?.walked)
        }
        .boxed()
    }

    fn room(&self) -> BoxFuture<'_, Result<Option<Room>, Error>> {
        async move {
            let mut replies = self.ask(&Place::root(), Verb::Scan).await?;
            let last = to_the_end(&mut replies, &Progress::default(), |_| Ok(())).await?;
            Ok(value::<Scanned>(&last)?.room)
        }
        .boxed()
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>> {
        async move {
            let mut replies = self.ask(place, Verb::List).await?;
            let mut entries: Vec<Entry> = Vec::new();
            let last = to_the_end(&mut replies, &Progress::default(), |part| {
                entries.extend(value::<Vec<Entry>>(&part)?);
                // Whatever it says, no more is kept than an honest one sends.
                if entries.len() > MAX_ENTRIES { Err(garbage("it lists more than it may")) } else { Ok(()) }
            })
            .await?;
            Ok(Listing { entries, ..value(&last)? })
        }
        .boxed()
    }

    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>> {
        async move { self.look_unless(place, &Progress::default()).await }.boxed()
    }

    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let mut replies = self.ask(place, Verb::Weigh).await?;
            let mut told = 0;
            to_the_end(&mut replies, progress, |part| {
                told += 1;
                if told > MAX_ENTRIES {
                    return Err(garbage("it weighs more than it may"));
                }
                found.send(value(&part)?).map_err(|_gone| Error::Cancelled)
            })
            .await
            .map(drop)
        }
        .boxed()
    }

    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        async move {
            let verb = Verb::Read { from, len: u64::try_from(len).unwrap_or(u64::MAX) };
            let mut replies = self.ask(place, verb).await?;
            let mut bytes = Vec::new();
            to_the_end(&mut replies, &Progress::default(), |data| {
                bytes.extend_from_slice(&data.payload);
                // Whatever it says, it is not kept beyond what was asked for.
                if bytes.len() > len { Err(garbage("it sends more than was asked for")) } else { Ok(()) }
            })
            .await?;
            Ok(bytes)
        }
        .boxed()
    }

    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>> {
        async move {
            // What is not there is said at once, not by a broken stream.
            let entry = self.look_unless(place, progress).await?;
            let (helper, root) = tokio::select! {
                helper = self.packer(place, &entry) => helper?,
                () = progress.cancelled() => return Err(Error::Cancelled),
            };
            let replies = helper.ask(root, place, Verb::Pack).await?;
            let packing = Packing { replies, progress: Arc::clone(progress), _helper: helper };
            let pieces = stream::try_unfold(packing, |mut packing| async move {
                let piece = packing.next().await.map_err(io::Error::other)?;
                Ok::<_, io::Error>(piece.map(|piece| (piece, packing)))
            });
            Ok(Box::new(StreamReader::new(pieces.boxed())) as ByteStream)
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
        async move {
            let (writer, root) = self.writer().await?;
            let replies = writer.ask(root, place, Verb::Unpack { replace }).await?;
            value(&fed(replies, archive, progress, |source| of_stream(place, source)).await?)
        }
        .boxed()
    }

    fn back_up<'a>(
        &'a self,
        order: Order,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Done, Error>> {
        keeping::back_up(&self.engine, &self.volume, order, progress).boxed()
    }

    fn restore<'a>(
        &'a self,
        tape: Tape,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        keeping::restore(&self.engine, &self.volume, tape, progress).boxed()
    }

    fn sync<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            // Whoever wrote has the same file system, and what looks around can wait for it too.
            let mut replies = self.ask(&Place::root(), Verb::Sync).await?;
            to_the_end(&mut replies, progress, |_| Ok(())).await.map(drop)
        }
        .boxed()
    }

    fn clear<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        keeping::clear(&self.engine, &self.volume, progress).boxed()
    }
}

/// An archive on its way out of a volume.
struct Packing {
    replies: Replies,
    progress: Arc<Progress>,
    /// Runs as long as its archive is read.
    _helper: Arc<Helper>,
}

impl Packing {
    /// The next piece; `None` at the archive's end.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let frame = tokio::select! {
                biased;
                () = self.progress.cancelled() => return Err(Error::Cancelled),
                frame = self.replies.next() => frame?,
            };
            match frame.kind {
                Kind::Data => return Ok(Some(frame.payload.into())),
                Kind::Done => return Ok(None),
                Kind::Progress => tell(&self.progress, &frame)?,
                _ => {}
            }
        }
    }
}

/// Sends a stream after a question and waits for the answer's last frame. `broken` says what it is when the
/// stream breaks. However it ends, what is half written is gone before this says so.
pub(super) async fn fed(
    mut replies: Replies,
    mut stream: impl AsyncRead + Unpin,
    progress: &Progress,
    broken: impl Fn(io::Error) -> Error,
) -> Result<Frame, Error> {
    let feeder = replies.feeder();
    let feeding = async move {
        loop {
            let mut piece = vec![0; PIECE];
            let read = stream.read(&mut piece).await?;
            piece.truncate(read);
            feeder.feed(piece).await?;
            if read == 0 {
                return Ok::<_, io::Error>(());
            }
        }
    };
    let outcome = {
        let mut feeding = std::pin::pin!(feeding.fuse());
        let mut answer = std::pin::pin!(to_the_end(&mut replies, progress, |_| Ok(())).fuse());
        loop {
            futures_util::select_biased! {
                last = answer => break last,
                fed = feeding => {
                    if let Err(source) = fed {
                        break Err(broken(source));
                    }
                }
            }
        }
    };
    if outcome.is_err() {
        replies.end().await;
    }
    outcome
}

/// Reads an answer to its last frame, handing over its parts. Ends when told to.
pub(super) async fn to_the_end(
    replies: &mut Replies,
    progress: &Progress,
    mut part: impl FnMut(Frame) -> Result<(), Error>,
) -> Result<Frame, Error> {
    let cancelled = progress.cancelled();
    tokio::pin!(cancelled);
    loop {
        let frame = tokio::select! {
            frame = replies.next() => frame?,
            () = &mut cancelled => return Err(Error::Cancelled),
        };
        match frame.kind {
            Kind::Done => return Ok(frame),
            Kind::Progress => tell(progress, &frame)?,
            Kind::Part | Kind::Data => part(frame)?,
            _ => {}
        }
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
    }
}

pub(super) fn tell(progress: &Progress, frame: &Frame) -> Result<(), Error> {
    let far: Far = value(frame)?;
    progress.tell(far.entries, far.allocated);
    Ok(())
}

pub(super) fn value<T: serde::de::DeserializeOwned>(frame: &Frame) -> Result<T, Error> {
    frame.value().map_err(|error| garbage(&error.to_string()))
}

fn garbage(what: &str) -> Error {
    Error::Engine(format!("the helper's answer cannot be understood: {what}"))
}

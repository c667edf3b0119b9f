//! Backups through a helper: compressed in it, so that little comes through the engine's stream.

use std::io;
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::task::spawn_blocking;
use tokio_util::io::StreamReader;

use super::in_helper::{PIECE, Packing, to_the_end, value};
use super::{Helper, Rights};
use crate::access::agent::wire::Verb;
use crate::access::content::{ByteStream, Copied, Error, of_stream};
use crate::access::direct_content::{Leaving, blocking};
use crate::access::keep::Into;
use crate::access::order::{Form, Order, Tape};
use crate::access::walk::Progress;
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::vault::{self, Archive, Done, Incoming};

async fn start(engine: &SharedEngine, volume: &Volume, rights: Rights) -> Result<Helper, Error> {
    let started = Helper::start(engine, std::slice::from_ref(volume), rights).await;
    started.map_err(|error| Error::Engine(error.to_string()))
}

/// A helper of its own packs and compresses; what it sends is written here as it comes.
pub(super) async fn back_up(
    engine: &SharedEngine,
    volume: &Volume,
    order: Order,
    progress: &Arc<Progress>,
) -> Result<Done, Error> {
    let helper = tokio::select! {
        helper = start(engine, volume, Rights::ReadAll) => Arc::new(helper?),
        () = progress.cancelled() => return Err(Error::Cancelled),
    };
    let verb = Verb::BackUp(Box::new(order.squeeze.clone()));
    let replies = helper.ask(0, &Place::root(), verb).await?;
    let packing = Packing { replies, progress: Arc::clone(progress), _helper: helper };
    let pieces = stream::try_unfold(packing, |mut packing| async move {
        let piece = packing.next().await.map_err(io::Error::other)?;
        Ok::<_, io::Error>(piece.map(|piece| (piece, packing)))
    });
    let stream: ByteStream = Box::new(StreamReader::new(pieces.boxed()));
    let (mut coming, leaving) = (blocking(stream, progress), Leaving::new(progress));
    let writing = spawn_blocking(move || {
        let refused = |source| Error::Kept { path: order.folder.clone(), source };
        let about = &order.squeeze.about;
        let incoming = Incoming::create(&order.folder, &about.volume, about.at).map_err(refused)?;
        let mut into = Into { inner: incoming, folder: &order.folder };
        io::copy(&mut coming, &mut into).map_err(|error| of_stream(&Place::root(), error))?;
        into.inner.finish().map_err(refused)
    });
    let done = writing.await.map_err(|error| Error::Engine(error.to_string()));
    leaving.stay();
    done?
}

/// Sends the file as it is; a helper of its own decompresses and unpacks.
pub(super) async fn restore(
    engine: &SharedEngine,
    volume: &Volume,
    tape: Tape,
    progress: &Arc<Progress>,
) -> Result<Copied, Error> {
    let file = opened(&tape).await?;
    let helper = tokio::select! {
        helper = start(engine, volume, Rights::WriteAll) => helper?,
        () = progress.cancelled() => return Err(Error::Cancelled),
    };
    let verb = Verb::Restore { form: tape.form, strip: tape.strip };
    let mut replies = helper.ask(0, &Place::root(), verb).await?;
    let feeder = replies.feeder();
    let mut file = file;
    let feeding = async move {
        loop {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).await?;
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
                        break Err(Error::Kept { path: tape.path.clone(), source: source.into() });
                    }
                }
            }
        }
    };
    if outcome.is_err() {
        replies.end().await;
    }
    value(&outcome?)
}

/// The file, as far as the tar in it goes.
async fn opened(tape: &Tape) -> Result<tokio::io::Take<tokio::fs::File>, Error> {
    let (path, form) = (tape.path.clone(), tape.form);
    let opening = spawn_blocking(move || -> Result<_, vault::Error> {
        let file = std::fs::File::open(&path)?;
        let bytes = match form {
            Form::Backup => Archive::open(&file)?.data_bytes(),
            _ => u64::MAX,
        };
        let mut file = file;
        io::Seek::rewind(&mut file)?;
        Ok((file, bytes))
    });
    let opened = opening.await.map_err(|error| Error::Engine(error.to_string()))?;
    let (file, bytes) = opened.map_err(|source| Error::Kept { path: tape.path.clone(), source })?;
    Ok(tokio::fs::File::from_std(file).take(bytes))
}

/// A helper of its own removes everything.
pub(super) async fn clear(
    engine: &SharedEngine,
    volume: &Volume,
    progress: &Arc<Progress>,
) -> Result<(), Error> {
    let helper = start(engine, volume, Rights::WriteAll).await?;
    let mut replies = helper.ask(0, &Place::root(), Verb::Clear).await?;
    to_the_end(&mut replies, progress, |_| Ok(())).await.map(drop)
}

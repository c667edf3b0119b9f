//! Backups through a helper: compressed in it, so that little comes through the engine's stream, and
//! nothing where it can have the file itself.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::beside::{self, Beside};
use super::connection::Replies;
use super::in_helper::{fed, tell, to_the_end, value};
use super::{Helper, Rights};
use crate::access::agent::wire::{Aside, Kind, Verb};
use crate::access::content::{Copied, Error};
use crate::access::order::{Form, Order, Tape};
use crate::access::walk::Progress;
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::vault::{self, About, Archive, Done, Incoming, Tail};

/// Pieces of a backup that wait to be written.
const BACKLOG: usize = 4;

/// A piece of a backup that is coming in.
enum Piece {
    Frames(Vec<u8>),
    Aside(Aside),
    /// All of it is there.
    End(Tail),
}

/// A helper of its own packs and compresses, into the file itself or on its way here.
pub(super) async fn back_up(
    engine: &SharedEngine,
    volume: &Volume,
    order: Order,
    progress: &Arc<Progress>,
) -> Result<Done, Error> {
    let Order { folder, squeeze } = order;
    let (about, at) = (squeeze.about.clone(), folder.clone());
    let creating = spawn_blocking(move || {
        let incoming = Incoming::create(&at, &about.volume, about.at)?;
        let (file, path) = incoming.partial();
        let (file, path) = (file.try_clone()?, std::path::absolute(path)?);
        Ok::<_, vault::Error>((incoming, file, path))
    });
    let refused = |source| Error::Kept { path: folder.clone(), source };
    let (incoming, file, path) = creating.await.map_err(|error| broken(&error))?.map_err(refused)?;
    let Beside { helper, has_file } = tokio::select! {
        beside = beside::start(engine, volume, Rights::ReadAll, &file, &path) => beside?,
        () = progress.cancelled() => return Err(Error::Cancelled),
    };
    let (pieces, coming) = mpsc::channel(BACKLOG);
    let (about, at) = (squeeze.about.clone(), folder.clone());
    let writing = spawn_blocking(move || {
        take_in(incoming, coming, about).map_err(|source| Error::Kept { path: at, source })
    });
    let verb = Verb::BackUp { squeeze: Box::new(squeeze), is_beside: has_file };
    let received = match helper.ask(0, &Place::root(), verb).await {
        Ok(replies) => receive(replies, pieces, progress).await,
        Err(error) => Err(error),
    };
    // Whatever is half written is gone before this says so.
    let written = writing.await.map_err(|error| broken(&error))?;
    match (received, written) {
        (Ok(()), Ok(Some(done))) => Ok(done),
        // Of the file as the helper sees it.
        (Err(Error::Kept { source, .. }), Ok(_)) => Err(refused(source)),
        (Err(error), Ok(_)) | (_, Err(error)) => Err(error),
        (Ok(()), Ok(None)) => Err(Error::Engine("the helper container ended early".to_owned())),
    }
}

/// Hands on what the helper says, until its end; whoever writes it may end before that, and says why.
async fn receive(
    mut replies: Replies,
    pieces: mpsc::Sender<Piece>,
    progress: &Progress,
) -> Result<(), Error> {
    loop {
        let frame = tokio::select! {
            biased;
            () = progress.cancelled() => return Err(Error::Cancelled),
            frame = replies.next() => frame?,
        };
        let (piece, is_over) = match frame.kind {
            Kind::Data => (Piece::Frames(frame.payload), false),
            Kind::Part => (Piece::Aside(value(&frame)?), false),
            Kind::Done => (Piece::End(value(&frame)?), true),
            Kind::Progress => {
                tell(progress, &frame)?;
                continue;
            }
            _ => continue,
        };
        if pieces.send(piece).await.is_err() || is_over {
            return Ok(());
        }
    }
}

/// Writes what comes; nothing is left of what has no end.
fn take_in(
    mut incoming: Incoming,
    mut coming: mpsc::Receiver<Piece>,
    about: About,
) -> Result<Option<Done>, vault::Error> {
    while let Some(piece) = coming.blocking_recv() {
        match piece {
            Piece::Frames(bytes) => incoming.write_all(&bytes)?,
            Piece::Aside(Aside::Index(bytes)) => incoming.index(&bytes)?,
            Piece::Aside(Aside::Table(bytes)) => incoming.table(&bytes)?,
            Piece::End(tail) => return incoming.finish(tail, about).map(Some),
        }
    }
    Ok(None)
}

/// A helper of its own decompresses and unpacks the file, which it has beside it or is sent.
pub(super) async fn restore(
    engine: &SharedEngine,
    volume: &Volume,
    tape: Tape,
    progress: &Arc<Progress>,
) -> Result<Copied, Error> {
    let (file, bytes) = opened(&tape).await?;
    let kept = |source| Error::Kept { path: tape.path.clone(), source };
    let path = std::path::absolute(&tape.path).map_err(|error| kept(error.into()))?;
    let Beside { helper, has_file } = tokio::select! {
        beside = beside::start(engine, volume, Rights::WriteAll, &file, &path) => beside?,
        () = progress.cancelled() => return Err(Error::Cancelled),
    };
    let verb = Verb::Restore { form: tape.form, strip: tape.strip, is_beside: has_file };
    let replies = helper.ask(0, &Place::root(), verb).await?;
    let file = tokio::fs::File::from_std(file).take(if has_file { 0 } else { bytes });
    match fed(replies, file, progress, |source| kept(source.into())).await {
        Ok(last) => value(&last),
        Err(Error::Kept { source, .. }) => Err(kept(source)),
        Err(other) => Err(other),
    }
}

/// The file, and how far the tar in it goes.
async fn opened(tape: &Tape) -> Result<(File, u64), Error> {
    let (path, form) = (tape.path.clone(), tape.form);
    let opening = spawn_blocking(move || -> Result<_, vault::Error> {
        let mut file = File::open(&path)?;
        let bytes = match form {
            Form::Backup => Archive::open(&file)?.data_bytes(),
            _ => u64::MAX,
        };
        io::Seek::rewind(&mut file)?;
        Ok((file, bytes))
    });
    let opened = opening.await.map_err(|error| broken(&error))?;
    opened.map_err(|source| Error::Kept { path: tape.path.clone(), source })
}

fn broken(error: &tokio::task::JoinError) -> Error {
    Error::Engine(format!("the work ended without an answer: {error}"))
}

/// A helper of its own removes everything.
pub(super) async fn clear(
    engine: &SharedEngine,
    volume: &Volume,
    progress: &Arc<Progress>,
) -> Result<(), Error> {
    let started = Helper::start(engine, std::slice::from_ref(volume), Rights::WriteAll).await;
    let helper = started.map_err(|error| Error::Engine(error.to_string()))?;
    let mut replies = helper.ask(0, &Place::root(), Verb::Clear).await?;
    to_the_end(&mut replies, progress, |_| Ok(())).await.map(drop)
}

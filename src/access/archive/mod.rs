//! The archive way: the engine's own tar of a container that is made and never started.
//!
//! For engines that start nothing of ours. It tells names, sizes, owners and content; it cannot
//! tell what is taken on disk, when anything changed, or what the engine left out without a word,
//! and to look at a folder it reads past everything below.

mod stream;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::content::{ByteStream, Content, Copied, Error};
use super::direct_content::{endable, packed};
use super::helper::{Never, Rights};
use super::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::engine::Product;
use crate::domain::entry::{Entry, Listing, Weight};
use crate::domain::place::Place;
use crate::domain::secret;
use crate::domain::volume::Volume;
use crate::engine::{self, SharedEngine};
use stream::Entries;

/// Where the volume is in the container.
const MOUNT: &[u8] = b"/v";
/// Hard links in one folder whose size is asked for one by one.
const MAX_LINKS: usize = 500;
/// Bytes that are handed to the engine at once.
const PIECE: usize = 256 * 1024;

/// A volume in a container that is never started, which is there as long as this is kept.
pub struct ArchiveContent {
    engine: SharedEngine,
    volume: Volume,
    container: Never,
}

impl ArchiveContent {
    /// Makes the container.
    ///
    /// # Errors
    /// When the engine does not make it, or would hand out the empty folder below a mount.
    pub async fn open(engine: &SharedEngine, volume: &Volume) -> Result<Self, Error> {
        // Podman does not mount for its archive calls: what it shows is not the volume.
        let is_podman = engine.info().capabilities.product == Product::Podman;
        if is_podman && volume.needs_mounting() {
            let why = format!("Podman does not mount a volume of kind {} for it", volume.kind().name());
            return Err(Error::NotThisWay { way: Way::Archive, what: "open this volume", why });
        }
        let made = Never::make(engine, volume, Rights::Read).await;
        let container = made.map_err(|error| Error::Engine(error.to_string()))?;
        Ok(Self { engine: Arc::clone(engine), volume: volume.clone(), container })
    }

    /// Works on the engine's archive of a place, away from the tasks.
    async fn work<T: Send + 'static>(
        &self,
        place: &Place,
        is_content: bool,
        progress: &Arc<Progress>,
        work: impl FnOnce(&mut Entries<SyncIoBridge<ByteStream>>, &Progress) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let archive = self.archive(place, is_content, progress).await?;
        let (place, progress) = (place.clone(), Arc::clone(progress));
        let worked =
            spawn_blocking(move || work(&mut Entries::new(SyncIoBridge::new(archive), &place), &progress))
                .await;
        worked.map_err(|error| Error::Engine(format!("the work ended without an answer: {error}")))?
    }

    /// The engine's archive of a place: of itself, or of what the folder there holds.
    async fn archive(
        &self,
        place: &Place,
        is_content: bool,
        progress: &Arc<Progress>,
    ) -> Result<ByteStream, Error> {
        let mut path = [MOUNT, b"/", &place.bytes()].concat();
        if is_content {
            path.extend_from_slice(if place.is_root() { b"." } else { b"/." });
        }
        let stream = self.container.download(&path).await.map_err(|error| self.failed(place, error))?;
        Ok(Box::new(endable(Box::new(stream), progress)))
    }
}

impl ArchiveContent {
    /// The engine's refusal, as if it had happened here, without the volume's secrets.
    fn failed(&self, place: &Place, error: engine::Error) -> Error {
        match failed(place, error) {
            Error::Engine(text) => Error::Engine(secret::hidden(&text, &self.volume.options).into_owned()),
            other => other,
        }
    }
}

/// The engine's refusal, as if it had happened here.
fn failed(place: &Place, error: engine::Error) -> Error {
    match error {
        engine::Error::NotFound { .. } => Error::Missing(place.clone()),
        engine::Error::Refused { message, .. } if message.contains("not a directory") => {
            Error::Other { place: place.clone(), what: "no folder".to_owned() }
        }
        other => Error::Engine(other.to_string()),
    }
}

impl Content for ArchiveContent {
    fn way(&self) -> Way {
        Way::Archive
    }

    fn scan<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>> {
        async move { self.work(&Place::root(), true, progress, Entries::scan).await }.boxed()
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>> {
        async move {
            let (mut listing, links) = self.work(place, true, &Arc::default(), Entries::list).await?;
            // Asked for alone, each of them is the file itself.
            for name in links.into_iter().take(MAX_LINKS) {
                let (Some(at), Some(own)) =
                    (place.child(&name), listing.entries.iter_mut().find(|entry| entry.name == name))
                else {
                    continue;
                };
                match self.look(&at).await {
                    Ok(entry) => *own = entry,
                    Err(_) => listing.errors += 1,
                }
            }
            Ok(listing)
        }
        .boxed()
    }

    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>> {
        async move {
            let name = place.name().unwrap_or_default().to_vec();
            let missing = Error::Missing(place.clone());
            self.work(place, false, &Arc::default(), move |entries, progress| {
                let (_, head) = entries.next(progress)?.ok_or(missing)?;
                Ok(stream::entry(name, &head))
            })
            .await
        }
        .boxed()
    }

    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            self.work(place, true, progress, move |entries, progress| {
                entries.weigh(progress, &mut |name, weight| {
                    if found.send((name, weight)).is_err() {
                        progress.cancel();
                    }
                })
            })
            .await
        }
        .boxed()
    }

    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        async move {
            let (missing, at) = (Error::Missing(place.clone()), place.clone());
            self.work(place, false, &Arc::default(), move |entries, progress| {
                let (_, head) = entries.next(progress)?.ok_or(missing)?;
                if !matches!(head.body, crate::pax::Body::File(_)) {
                    return Err(Error::Other { place: at, what: "no file".to_owned() });
                }
                entries.read(from, len.min(super::tree::MAX_READ))
            })
            .await
        }
        .boxed()
    }

    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>> {
        async move {
            let archive = self.archive(place, place.is_root(), progress).await?;
            let (place, progress) = (place.clone(), Arc::clone(progress));
            let renamed = packed(move |out| {
                let mut entries = Entries::new(SyncIoBridge::new(archive), &place);
                entries.rename(place.name(), out, &progress, &|_| Ok(()))
            });
            Ok(Box::new(renamed) as ByteStream)
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
            let there: Vec<Vec<u8>> = if replace {
                Vec::new()
            } else {
                self.list(place).await?.entries.into_iter().map(|e| e.name).collect()
            };
            // The container that looks around cannot write; one that can is made for this alone.
            let made = Never::make(&self.engine, &self.volume, Rights::Write).await;
            let writer = made.map_err(|error| Error::Engine(error.to_string()))?;
            let (at, working) = (place.clone(), Arc::clone(progress));
            let archive = endable(archive, progress);
            let (told, outcome) = std::sync::mpsc::channel();
            let checked = packed(move |out| {
                let mut entries = Entries::new(SyncIoBridge::new(archive), &at);
                let written = entries.rename(None, out, &working, &|name| match name {
                    [top] if there.contains(top) => {
                        let place = at.child(top).unwrap_or_else(|| at.clone());
                        Err(Error::Other { place, what: "there already".to_owned() })
                    }
                    _ => Ok(()),
                });
                // The engine says only that its stream broke, and nothing of how much it took.
                match written {
                    Ok(copied) => {
                        let _ = told.send(Ok(copied.clone()));
                        Ok(copied)
                    }
                    Err(error) => {
                        let _ = told.send(Err(error));
                        Err(Error::Cancelled)
                    }
                }
            });
            let path = [MOUNT, b"/", &place.bytes()].concat();
            let upload = ReaderStream::with_capacity(checked, PIECE).boxed();
            let done = writer.upload(&path, upload).await;
            match (outcome.try_recv(), done) {
                (Ok(Err(error)), _) => Err(error),
                (_, Err(error)) => Err(self.failed(place, error)),
                (Ok(Ok(copied)), Ok(())) => Ok(copied),
                (Err(_), Ok(())) => Err(Error::Engine("the archive was not sent to its end".to_owned())),
            }
        }
        .boxed()
    }
}

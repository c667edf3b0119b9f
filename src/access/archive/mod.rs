//! The archive way: the engine's own tar of a container that is made and never started.
//!
//! For engines that start nothing of ours. It tells names, sizes, owners and content; it cannot
//! tell what is taken on disk, when anything changed, or what the engine left out without a word,
//! and to look at a folder it reads past everything below.

mod stream;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::content::{ByteStream, Content, Copied, Error};
use super::direct_content::{Leaving, endable, packed};
use super::helper::{Never, Rights};
use super::order::{Order, Tape};
use super::restream;
use super::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::engine::Product;
use crate::domain::entry::{Entry, Listing, Weight};
use crate::domain::place::Place;
use crate::domain::secret;
use crate::domain::volume::Volume;
use crate::engine::{self, SharedEngine};
use crate::vault::Done;
use stream::Entries;

/// What is said of an archive that tells no owners.
pub const OWNERLESS: &str = "the owners: the engine's archive says root of every entry";
/// Where the volume is in the container.
const MOUNT: &[u8] = b"/v";
/// Hard links in one folder whose size is asked for one by one.
const MAX_LINKS: usize = 500;
/// How long the engine may take to see that what it is sent has ended.
const ENDING: Duration = Duration::from_secs(2);
/// Bytes that are handed to the engine at once.
const PIECE: usize = 256 * 1024;

/// A volume in a container that is never started, which is there as long as this is kept.
pub struct ArchiveContent {
    engine: SharedEngine,
    looking: Arc<Looking>,
    /// Podman says of every entry that it is root's.
    knows_owners: bool,
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
        Ok(Self {
            engine: Arc::clone(engine),
            looking: Arc::new(Looking { volume: volume.clone(), container }),
            knows_owners: !is_podman,
        })
    }

    /// Works on the engine's archive of a place, away from the tasks, as long as it is waited for.
    async fn work<T: Send + 'static>(
        &self,
        place: &Place,
        is_content: bool,
        progress: &Arc<Progress>,
        work: impl FnOnce(&mut Entries<SyncIoBridge<ByteStream>>, &Progress) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let archive = self.looking.archive(place, is_content, progress).await?;
        let leaving = Leaving::new(progress);
        let (place, progress) = (place.clone(), Arc::clone(progress));
        let worked =
            spawn_blocking(move || work(&mut Entries::new(SyncIoBridge::new(archive), &place), &progress))
                .await;
        leaving.stay();
        worked.map_err(|error| Error::Engine(format!("the work ended without an answer: {error}")))?
    }
}

/// The container that looks around, shared with whoever checks while something is put.
struct Looking {
    volume: Volume,
    container: Never,
}

impl Looking {
    /// The engine's archive of a place: of itself, or of what the folder there holds.
    async fn archive(
        &self,
        place: &Place,
        is_content: bool,
        progress: &Progress,
    ) -> Result<ByteStream, Error> {
        let mut path = [MOUNT, b"/", &place.bytes()].concat();
        if is_content {
            path.extend_from_slice(if place.is_root() { b"." } else { b"/." });
        }
        let stream = tokio::select! {
            stream = self.container.download(&path) => stream.map_err(|error| self.failed(place, error))?,
            () = progress.cancelled() => return Err(Error::Cancelled),
        };
        Ok(Box::new(endable(Box::new(stream), progress)))
    }

    /// Whether something has that name. It is asked for by itself: of a folder's archive sockets
    /// are left out, and what else the engine cannot pack.
    async fn is_there(&self, place: &Place, progress: &Progress) -> Result<bool, Error> {
        match self.archive(place, false, progress).await {
            Ok(_) => Ok(true),
            Err(Error::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The engine's refusal, as if it had happened here, without the volume's secrets.
    fn failed(&self, place: &Place, error: engine::Error) -> Error {
        match failed(place, error) {
            Error::Engine(text) => Error::Engine(secret::hidden(&text, &self.volume.options).into_owned()),
            other => other,
        }
    }
}

/// Comes a while after the work was told to end: by then the engine has seen its stream break.
async fn told_to_end(progress: &Progress) {
    progress.cancelled().await;
    tokio::time::sleep(ENDING).await;
}

/// Puts what was looked at by itself in its place. A hard link of which that is not known is not
/// shown as the empty file that the archive makes of it, but counted.
fn settle(listing: &mut Listing, links: Vec<Vec<u8>>, mut looked: HashMap<Vec<u8>, Entry>) {
    let links: HashSet<Vec<u8>> = links.into_iter().collect();
    listing.entries.retain_mut(|entry| match looked.remove(&entry.name) {
        Some(own) => {
            *entry = own;
            true
        }
        None => !links.contains(&entry.name),
    });
    let shown = listing.entries.iter().filter(|entry| links.contains(&entry.name)).count();
    listing.errors += (links.len() - shown) as u64;
}

/// The engine's refusal, as if it had happened here.
fn failed(place: &Place, error: engine::Error) -> Error {
    match error {
        // Docker's and Podman's words for it.
        engine::Error::NotFound { message }
            if message.contains("No such container") || message.contains("no container with") =>
        {
            Error::Engine("the container that volx made was removed by somebody else; try again".to_owned())
        }
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
            let mut looked = HashMap::new();
            for name in links.iter().take(MAX_LINKS) {
                let Some(at) = place.child(name) else { continue };
                if let Ok(entry) = self.look(&at).await {
                    looked.insert(name.clone(), entry);
                }
            }
            settle(&mut listing, links, looked);
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
            let archive = self.looking.archive(place, place.is_root(), progress).await?;
            let (place, progress) = (place.clone(), Arc::clone(progress));
            let knows_owners = self.knows_owners;
            let renamed = packed(move |out| {
                let mut entries = Entries::new(SyncIoBridge::new(archive), &place);
                entries.rename(place.name(), knows_owners, out, &progress, &mut |_| Ok(()))
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
            // The container that looks around cannot write; one that can is made for this alone.
            let made = Never::make(&self.engine, &self.looking.volume, Rights::Write).await;
            let writer = made.map_err(|error| Error::Engine(error.to_string()))?;
            let (at, working) = (place.clone(), Arc::clone(progress));
            let archive = endable(archive, progress);
            let (told, outcome) = std::sync::mpsc::channel();
            let (looking, runtime) = (Arc::clone(&self.looking), Handle::current());
            let checked = packed(move |out| {
                let mut entries = Entries::new(SyncIoBridge::new(archive), &at);
                let mut last: Option<Vec<u8>> = None;
                let written = entries.rename(None, true, out, &working, &mut |name| {
                    let top = name.first().filter(|top| !replace && last.as_ref() != Some(*top));
                    let Some(place) = top.and_then(|top| at.child(top)) else { return Ok(()) };
                    last = top.cloned();
                    if runtime.block_on(looking.is_there(&place, &working))? {
                        return Err(Error::Other { place, what: "there already".to_owned() });
                    }
                    Ok(())
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
            let done = tokio::select! {
                done = writer.upload(&path, upload) => done,
                () = told_to_end(progress) => return Err(Error::Cancelled),
            };
            match (outcome.try_recv(), done) {
                (Ok(Err(error)), _) => Err(error),
                (_, Err(error)) => Err(self.looking.failed(place, error)),
                (Ok(Ok(copied)), Ok(())) => Ok(copied),
                (Err(_), Ok(())) => Err(Error::Engine("the archive was not sent to its end".to_owned())),
            }
        }
        .boxed()
    }

    fn back_up<'a>(
        &'a self,
        order: Order,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Done, Error>> {
        restream::back_up_stream(self, order, progress)
    }

    fn restore<'a>(
        &'a self,
        tape: Tape,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        async move { self.unpack(&Place::root(), restream::played(tape), true, progress).await }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pax::{Body, Head, Time};

    fn entry(name: &str, size: u64) -> Entry {
        let head = Head {
            name: Vec::new(),
            body: Body::File(size),
            mode: 0o644,
            uid: 0,
            gid: 0,
            modified: Time::default(),
            attributes: Vec::new(),
        };
        stream::entry(name.as_bytes().to_vec(), &head)
    }

    #[test]
    fn a_link_whose_size_is_not_known_is_counted_and_not_empty() {
        let names = ["first", "looked", "failed"];
        let entries = names.iter().map(|name| entry(name, 0)).collect();
        let mut listing = Listing { entries, folded: 0, errors: 1, own: None };
        let links = vec![b"looked".to_vec(), b"failed".to_vec()];
        settle(&mut listing, links, [(b"looked".to_vec(), entry("looked", 7))].into());
        let shown: Vec<(&[u8], u64)> =
            listing.entries.iter().map(|entry| (entry.name.as_slice(), entry.apparent)).collect();
        assert_eq!(shown, [(&b"first"[..], 0), (&b"looked"[..], 7)]);
        assert_eq!(listing.errors, 2);
    }

    #[test]
    fn a_container_that_is_gone_is_not_an_entry_that_is_not_there() {
        let place = Place::parse(b"a/b").expect("a path");
        let not_found = |message: &str| engine::Error::NotFound { message: message.to_owned() };
        for gone in ["No such container: 4ad1", "no container with name or ID \"4ad1\" found"] {
            let error = failed(&place, not_found(gone));
            assert!(matches!(&error, Error::Engine(why) if why.contains("try again")), "{error}");
        }
        let missing = failed(&place, not_found("Could not find the file /v/a/b in container 4ad1"));
        assert!(matches!(missing, Error::Missing(at) if at == place));
    }
}

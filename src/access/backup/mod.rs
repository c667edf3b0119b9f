//! A backup's content, to be looked at and taken out of; nothing is ever put into it.
//!
//! The file stays open, so that all that is seen is of one and the same; each question goes through
//! its index once, and reads the frames alone that hold what is asked for.

mod index;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;

use super::content::{ByteStream, Content, Copied, Error};
use super::direct_content::packed;
use super::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::entry::{Entry, Listing, Weight};
use crate::domain::place::Place;
use crate::vault::{self, Archive};

/// The content of a backup.
#[derive(Debug, Clone)]
pub struct BackupContent {
    path: Arc<Path>,
    file: Arc<File>,
}

impl BackupContent {
    /// Opens a backup.
    ///
    /// # Errors
    /// When it is none, not whole, or damaged at its end.
    pub async fn open(path: PathBuf) -> Result<Self, Error> {
        let opening = spawn_blocking(move || {
            let refused = |source| Error::Kept { path: path.clone(), source };
            let file = File::open(&path).map_err(|error| refused(error.into()))?;
            let content = Self { path: path.as_path().into(), file: Arc::new(file) };
            content.archive().map_err(refused)?;
            Ok(content)
        });
        opening.await.map_err(|error| broken(&error))?
    }

    fn archive(&self) -> Result<Archive<Looking>, vault::Error> {
        Archive::open(Looking { file: Arc::clone(&self.file), at: 0 })
    }

    /// Does something with it, on another thread.
    fn work<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&Archive<Looking>) -> Result<T, Failed> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, Error>> {
        let this = self.clone();
        async move {
            let working = spawn_blocking(move || {
                let archive = this.archive().map_err(Failed::Vault);
                archive.and_then(|archive| work(&archive)).map_err(|failed| failed.of(&this.path))
            });
            working.await.map_err(|error| broken(&error))?
        }
        .boxed()
    }
}

/// A thread of ours broke.
fn broken(error: &tokio::task::JoinError) -> Error {
    Error::Engine(format!("the work ended without an answer: {error}"))
}

/// Why something of a backup cannot be had.
enum Failed {
    Vault(vault::Error),
    Content(Error),
}

impl Failed {
    fn of(self, path: &Path) -> Error {
        match self {
            Self::Content(error) => error,
            Self::Vault(vault::Error::Io(error)) => match error.downcast::<Error>() {
                Ok(ours) => ours,
                Err(error) => Error::Kept { path: path.to_owned(), source: vault::Error::Io(error) },
            },
            Self::Vault(source) => Error::Kept { path: path.to_owned(), source },
        }
    }
}

impl From<vault::Error> for Failed {
    fn from(error: vault::Error) -> Self {
        Self::Vault(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Content(error)
    }
}

/// The open file with a place of its own: several may look at once.
struct Looking {
    file: Arc<File>,
    at: u64,
}

impl Read for Looking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Looking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.file.metadata()?.len(), by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn not_here(what: &'static str, why: &str) -> Error {
    Error::NotThisWay { way: Way::Backup, what, why: why.to_owned() }
}

impl Content for BackupContent {
    fn way(&self) -> Way {
        Way::Backup
    }

    fn scan<'a>(&'a self, _progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>> {
        async { Err(not_here("measure a volume", "a backup is no volume")) }.boxed()
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>> {
        let place = place.clone();
        self.work(move |archive| index::list(archive, &place))
    }

    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>> {
        let place = place.clone();
        self.work(move |archive| index::look(archive, &place))
    }

    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let (place, progress) = (place.clone(), Arc::clone(progress));
        self.work(move |archive| {
            for weight in index::weights(archive, &place, &progress)? {
                // Whoever does not listen any more does not want the rest.
                if found.send(weight).is_err() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        let place = place.clone();
        self.work(move |archive| {
            let entry = archive.find(&place)?;
            Ok(archive.window(&entry, from, len)?)
        })
    }

    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>> {
        let (this, place, progress) = (self.clone(), place.clone(), Arc::clone(progress));
        async move {
            // What is not there is said at once, not by a broken stream.
            self.look(&place).await?;
            Ok(Box::new(packed(move |pipe| {
                let mut seen = |entries, bytes| {
                    progress.entries.fetch_add(entries, Ordering::Relaxed);
                    progress.allocated.fetch_add(bytes, Ordering::Relaxed);
                    if progress.is_cancelled() { Err(io::Error::other(Error::Cancelled)) } else { Ok(()) }
                };
                let done = this.archive().and_then(|archive| archive.part(&place, pipe, &mut seen));
                done.map_err(|error| Failed::Vault(error).of(&this.path)).map(|()| Copied::default())
            })) as ByteStream)
        }
        .boxed()
    }

    fn unpack<'a>(
        &'a self,
        _place: &'a Place,
        _archive: ByteStream,
        _replace: bool,
        _progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        async { Err(not_here("take files in", "a backup stays as it is")) }.boxed()
    }
}

//! Running containers of our own: what a way into a volume asks of an engine.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Result;
use crate::domain::container::State;

/// What is mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A volume, mounted by the engine; one that is not there is made by it.
    Volume(String),
    /// A folder, or a file, of the engine's machine; one that is not there is an error.
    Folder(String),
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountSpec {
    /// What.
    pub source: Source,
    /// Where in the container.
    pub target: String,
    /// Whether it cannot be written.
    pub read_only: bool,
}

/// A container to be made: without network, with a read-only root and no more rights than named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerSpec {
    /// The image.
    pub image: String,
    /// The arguments of its entry point.
    pub command: Vec<String>,
    /// The mounts.
    pub mounts: Vec<MountSpec>,
    /// The capabilities that are not dropped.
    pub capabilities: Vec<&'static str>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it is to be started; one that never is may write its root and is not removed by itself.
    pub is_started: bool,
}

/// What a container complains of on its standard error, the last of it.
#[derive(Debug, Clone, Default)]
pub struct Complaints(Arc<Mutex<String>>);

/// How much of the complaints is kept, in bytes.
const KEPT: usize = 4096;

impl Complaints {
    pub(super) fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_str(&String::from_utf8_lossy(bytes));
        let from = kept.char_indices().map(|(at, _)| at).find(|at| kept.len() - at <= KEPT);
        let last = from.and_then(|from| kept.get(from..)).unwrap_or_default().to_owned();
        *kept = last;
    }

    /// What was said so far, in one line.
    #[must_use]
    pub fn said(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The streams of a container.
pub struct Attached {
    /// Its standard output.
    pub output: Pin<Box<dyn AsyncRead + Send>>,
    /// Its standard error.
    pub complaints: Complaints,
    /// Its standard input. The container sees its end when this is dropped or we die.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// A container of ours as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnContainer {
    /// Its id.
    pub id: String,
    /// What it is doing.
    pub state: State,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Bytes on their way to the engine.
pub type Upload = BoxStream<'static, std::io::Result<bytes::Bytes>>;

/// An engine that runs containers.
///
/// All of it fails as [`super::Engine::list`] does.
pub trait Containers: Send + Sync {
    /// Whether an image of this name is there.
    fn has_image<'a>(&'a self, tag: &'a str) -> BoxFuture<'a, Result<bool>>;

    /// Loads a docker-archive.
    fn load_image(&self, archive: Upload) -> BoxFuture<'_, Result<()>>;

    /// The names that begin with `prefix` of all images that have the label.
    fn images<'a>(&'a self, prefix: &'a str, label: &'a str) -> BoxFuture<'a, Result<Vec<String>>>;

    /// Removes an image's name, and the image when it was the last one. One in use stays.
    fn remove_image<'a>(&'a self, tag: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Makes a container; the answer is its id.
    fn create<'a>(&'a self, spec: &'a ContainerSpec) -> BoxFuture<'a, Result<String>>;

    /// Connects to the streams of a container that is not started yet.
    fn attach<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Attached>>;

    /// Starts a container. The engine mounts its volumes now, which may take as long as their
    /// servers take to answer.
    fn start<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Ends and removes a container; one that is gone already is no error.
    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<()>>;

    /// The containers with this label.
    fn labelled<'a>(&'a self, label: &'a str) -> BoxFuture<'a, Result<Vec<OwnContainer>>>;

    /// A tar of what is at `path` in a container, without the entry's folder when it ends in `/.`.
    ///
    /// HTTP says nothing of its end: the tar's own end must be looked for. `path` may hold any
    /// bytes but NUL.
    fn download<'a>(
        &'a self,
        id: &'a str,
        path: &'a [u8],
    ) -> BoxFuture<'a, Result<Pin<Box<dyn AsyncRead + Send>>>>;

    /// Unpacks a tar into the folder `path` of a container.
    fn upload<'a>(&'a self, id: &'a str, path: &'a [u8], archive: Upload) -> BoxFuture<'a, Result<()>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_complaints_are_kept() {
        let complaints = Complaints::default();
        for _ in 0..1000 {
            complaints.add("äußerst lang\n".as_bytes());
        }
        complaints.add(b"the end");
        let said = complaints.said();
        assert!(said.len() <= KEPT && said.ends_with("the end"), "{said}");
    }
}

//! Files between a volume and this machine: one stream of tar entries, whatever the way.

mod get;
mod host;
mod kept;
mod put;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use get::get;
pub use kept::{allowed, kept};
pub use put::{Putting, put};

use crate::access::content;
use crate::access::direct_content::Leaving;
use crate::access::walk::Progress;

/// Why nothing, or not all, was copied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Inside the volume.
    #[error(transparent)]
    Content(#[from] content::Error),
    /// On this machine.
    #[error("{}: {source}", path.display())]
    Here {
        /// The path.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Something is there and was not to be replaced.
    #[error("{0} is there already")]
    Exists(String),
    /// It would make a folder of a file or a file of a folder.
    #[error("{0}")]
    Mismatch(String),
    /// Volx was told to change nothing.
    #[error("volx was told to change nothing (read-only)")]
    ReadOnly,
    /// It would be gone with the helper that puts it.
    #[error("'{0}' is memory (tmpfs) that no running container has: what is put there is gone at once")]
    NotKept(String),
}

impl Error {
    /// What helps, where something does.
    #[must_use]
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::ReadOnly => {
                Some("run volx without --read-only, and without read_only = true in its settings")
            }
            Self::NotKept(_) => Some("start a container that has the volume, then put it there"),
            _ => None,
        }
    }
}

/// A path with `~` as a shell understands it.
#[must_use]
pub fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn here(path: &Path, source: io::Error) -> Error {
    Error::Here { path: path.to_owned(), source }
}

/// A thread of ours broke.
fn broken(error: &tokio::task::JoinError) -> Error {
    Error::Content(content::Error::Engine(format!("the work ended without an answer: {error}")))
}

/// Copies with two ends: the other end has a progress of its own, so that nothing is counted twice,
/// and it is told to end when ours is.
async fn together<T>(progress: &Arc<Progress>, other: Arc<Progress>, work: impl Future<Output = T>) -> T {
    let (ours, theirs) = (Leaving::new(progress), Leaving::new(&other));
    let end = async {
        progress.cancelled().await;
        other.cancel();
        std::future::pending::<()>().await;
    };
    let done = tokio::select! {
        done = work => Some(done),
        () = end => None,
    };
    ours.stay();
    theirs.stay();
    match done {
        Some(done) => done,
        // The other branch never ends.
        None => std::future::pending().await,
    }
}

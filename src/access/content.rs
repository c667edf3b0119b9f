//! One volume's content, whichever way leads to it.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncRead;
use tokio::sync::mpsc::UnboundedSender;

use super::order::{Order, Tape};
use super::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::entry::{Entry, Listing, Weight};
use crate::domain::place::Place;
use crate::domain::text::shortened;
use crate::vault::{self, Done};

/// A stream of bytes out of or into a volume.
pub type ByteStream = Box<dyn AsyncRead + Send + Unpin>;

/// Why something inside a volume cannot be had. Each names what was tried and the system's word.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such entry.
    #[error("{0} is not there")]
    Missing(Place),
    /// It is something else than what was asked for.
    #[error("{place} is {what}")]
    Other {
        /// The place.
        place: Place,
        /// What it is, or why it is not what was wanted.
        what: String,
    },
    /// The system refused.
    #[error("{place}: {source}")]
    Io {
        /// The place.
        place: Place,
        /// The system's word.
        source: std::io::Error,
    },
    /// This way cannot do it.
    #[error("the {} way cannot {what}: {why}", way.name())]
    NotThisWay {
        /// The way.
        way: Way,
        /// What it cannot.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A file of this machine that is a backup, or was to become one.
    #[error("{}: {source}", path.display())]
    Kept {
        /// The file, or its folder.
        path: PathBuf,
        /// Why.
        source: vault::Error,
    },
    /// The engine, or the helper container, failed.
    #[error("{0}")]
    Engine(String),
    /// It was told to end.
    #[error("cancelled")]
    Cancelled,
}

/// The word of a stream, or of what is behind it when that is ours.
#[must_use]
pub fn of_stream(place: &Place, error: std::io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => ours,
        Err(source) => Error::Io { place: place.clone(), source },
    }
}

/// What a finished pack or unpack did, and what it left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Entries written; the root is one, where the archive has it.
    pub entries: u64,
    /// Bytes of file content written.
    pub bytes: u64,
    /// What was left out or changed, each with its reason; bounded, then counted.
    pub skipped: Vec<String>,
    /// How many more were left out than `skipped` names.
    pub more_skipped: u64,
}

/// How many things that were left out are named.
const MAX_NAMED: usize = 100;
/// Bytes of what is said of each: names may be as long as paths are deep.
const MAX_WORDS: usize = 1024;

impl Copied {
    /// Notes something that was left out, with its reason.
    pub fn leave_out(&mut self, what: String) {
        if self.skipped.len() < MAX_NAMED {
            self.skipped.push(shortened(what, MAX_WORDS));
        } else {
            self.more_skipped += 1;
        }
    }
}

/// What may still be written where a volume lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Bytes.
    pub bytes: u64,
    /// Whether what has more bytes does not fit: some file systems compress.
    pub is_exact: bool,
}

/// One volume's content. Dropping a future ends the work behind it; blocking work watches its
/// [`Progress`] too.
pub trait Content: Send + Sync {
    /// The way that is taken.
    fn way(&self) -> Way;

    /// Measures all of it.
    ///
    /// # Errors
    /// When the volume cannot be opened; what cannot be read inside is counted.
    fn scan<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>>;

    /// The entries of a folder.
    ///
    /// # Errors
    /// When it is no folder or cannot be opened.
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>>;

    /// One entry.
    ///
    /// # Errors
    /// When it is not there.
    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>>;

    /// What each folder in a folder weighs, told as each is done.
    ///
    /// # Errors
    /// When it is no folder or cannot be opened.
    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Up to `len` bytes of a file from `from` on; fewer at its end.
    ///
    /// # Errors
    /// When it is no file or cannot be read.
    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>>;

    /// A tar (PAX) of an entry and all below it. Names begin with the entry's own name; with the
    /// entries' names for the root. The stream ends with an error if it is not whole.
    ///
    /// # Errors
    /// When it is not there.
    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>>;

    /// Unpacks a tar into a folder. Nothing is written outside it, whatever the tar says; what is
    /// there already under a name is refused unless `replace`.
    ///
    /// # Errors
    /// When the tar is broken or an entry cannot be written; what was written before stays, and
    /// the error says where it ended.
    fn unpack<'a>(
        &'a self,
        place: &'a Place,
        archive: ByteStream,
        replace: bool,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>>;

    /// What may still be written where it lies; nothing where that cannot be known.
    ///
    /// # Errors
    /// When the volume cannot be opened.
    fn room(&self) -> BoxFuture<'_, Result<Option<Room>, Error>> {
        async { Ok(None) }.boxed()
    }

    /// Makes a backup of all of it in a folder of this machine.
    ///
    /// # Errors
    /// When it cannot be read or the folder cannot be written; then there is no file.
    fn back_up<'a>(
        &'a self,
        _order: Order,
        _progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Done, Error>> {
        let why = "it hands nothing out".to_owned();
        async move { Err(Error::NotThisWay { way: self.way(), what: "back a volume up", why }) }.boxed()
    }

    /// Unpacks a file into the root, which is to be empty.
    ///
    /// # Errors
    /// As for [`Content::unpack`], and when the file is not whole.
    fn restore<'a>(
        &'a self,
        _tape: Tape,
        _progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        let why = "it takes nothing in".to_owned();
        async move { Err(Error::NotThisWay { way: self.way(), what: "restore a volume", why }) }.boxed()
    }

    /// Waits until what was written into it is on the disk, where this way can know that.
    ///
    /// # Errors
    /// When it cannot be brought there.
    fn sync<'a>(&'a self, _progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        async { Ok(()) }.boxed()
    }

    /// Removes all that is in it.
    ///
    /// # Errors
    /// When something cannot be removed, or this way removes nothing.
    fn clear<'a>(&'a self, _progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        let why = "it removes nothing".to_owned();
        async move { Err(Error::NotThisWay { way: self.way(), what: "empty a volume", why }) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_in_bounds() {
        let mut copied = Copied::default();
        for _ in 0..150 {
            copied.leave_out("a/".repeat(100_000));
        }
        assert_eq!((copied.skipped.len(), copied.more_skipped), (100, 50));
        assert!(copied.skipped.iter().all(|what| what.len() <= 1024 && what.ends_with('…')));
    }
}

//! Backup files: `VOLUME-YYYYMMDDTHHMMSSZ.tar.zst`.
//!
//! First a PAX tar in independent zstd frames, which stock tools unpack; then, in frames that they
//! pass over, an index of all entries, the manifest, and a seek table as the zstd project describes
//! it. From the end of the file it is known what must be in it; what is in it can be checked byte by
//! byte; and one entry is read without the others.
//!
//! ```text
//! data frames | index chunks | manifest, footer | seek table
//! ```

mod about;
mod ahead;
mod archive;
mod compare;
#[cfg(test)]
mod damage_tests;
mod digest;
mod file;
mod footer;
mod frames;
mod incoming;
mod index;
mod part;
#[cfg(test)]
mod part_tests;
mod scan;
mod scratch;
pub mod sorted;
#[cfg(test)]
mod tests;
mod verify;
mod workers;
mod write;

pub use about::{About, Counted, Manifest, Taken};
pub use ahead::Whole;
pub use archive::{Archive, Tar};
pub use digest::Content;
pub use file::{Backup, Done, Unnamed, file_name, forget, is_named, read_beside, restore_line, sweep};
pub use incoming::Incoming;
pub use index::{Entries, Entry};
pub use scratch::{Away, Scratch};
pub use verify::Verified;
pub use write::{Ended, How, Tail, Writing, Written};

use std::io;

/// The version of the format that is written; a reader refuses newer ones.
pub const VERSION: u64 = 1;

/// Why a backup cannot be written, or is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused, or what is behind a stream.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// There is nothing of ours at its end.
    #[error("it has no index at its end: it was cut off, or something else than volx made it")]
    NoIndex,
    /// Parts of it are missing.
    #[error("it is not whole: {0}")]
    Partial(String),
    /// A newer volx wrote it.
    #[error(
        "a newer volx wrote it (format {found}, this one knows {VERSION}); `tar --zstd` still unpacks it"
    )]
    Newer {
        /// Its version.
        found: u64,
    },
    /// Bytes in it are not what was written.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// An entry is not what the index says.
    #[error("'{path}' is damaged: {what}")]
    Entry {
        /// Its path, made safe to show.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The manifest does not belong to it.
    #[error("its manifest does not belong to it: {0}")]
    Manifest(String),
    /// It wants more memory than any backup does.
    #[error("it asks for more than any backup does: {0}")]
    TooLarge(String),
    /// There is no such entry.
    #[error("there is no '{0}' in it")]
    Missing(String),
    /// It was told to end.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    fn entry(path: &[u8], what: impl Into<String>) -> Self {
        Self::Entry { path: crate::domain::place::name_text(path).into_owned(), what: what.into() }
    }

    /// What a tar reader said: that something is broken, or the system's word.
    fn of_tar(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Damaged(error.to_string()),
            io::ErrorKind::UnexpectedEof => Self::Partial(error.to_string()),
            _ => match error.downcast::<Self>() {
                Ok(ours) => ours,
                Err(error) => Self::Io(error),
            },
        }
    }
}

/// As an error of a stream.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            other => Self::other(other),
        }
    }
}

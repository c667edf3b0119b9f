//! What volx remembers between runs: sizes, and who had which volume when.
//!
//! One SQLite file, shared by all running volx of a user (WAL, short transactions). Losing it
//! loses comfort, never data.

mod attachments;
mod folders;
mod past;
mod proofs;
mod protections;
mod samples;
mod schema;
mod tidy;
mod trash;
mod watch;

pub use trash::InTrash;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::domain::trouble::Trouble;

/// How long another volx may hold the file before we give up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the history cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder for the file cannot be made.
    #[error("cannot make {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// A newer volx wrote the file.
    #[error("{} was written by a newer volx (version {found}, this one knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
}

/// When and how a listing was seen.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// When it was asked for.
    pub at: Timestamp,
    /// Whether nothing could happen unseen since the listing before.
    pub is_watched: bool,
    /// Whether the engine's creation times stay as they are, so that another one is another volume.
    pub is_created_stable: bool,
}

impl Error {
    /// The failure as it is shown.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        let trouble = Trouble::new("the history cannot be kept", self.to_string());
        match self {
            Self::Newer { .. } => trouble.with_remedy("update volx, or move that file away"),
            Self::Folder { .. } | Self::Sqlite { .. } => {
                trouble.with_remedy("sizes and attach times of earlier runs are missing; all else works")
            }
        }
    }
}

/// The open history.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl History {
    /// Opens the file, and makes it and its folder (both for the user alone) when missing.
    ///
    /// # Errors
    /// When that cannot be done, or a newer volx wrote it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
        }
        make_file(path).map_err(|source| Error::Folder { path: path.to_owned(), source })?;
        let connection =
            Connection::open(path).map_err(|source| Error::Sqlite { path: path.to_owned(), source })?;
        match Self::prepare(path.to_owned(), connection) {
            // On a full disk removing is what helps, and what is protected must be known for it.
            Err(Error::Sqlite { source, .. }) if lacks_room(&source) => {
                Self::open_for_reading(path).ok_or(Error::Sqlite { path: path.to_owned(), source })
            }
            other => other,
        }
    }

    /// As it was left, and never written to: SQLite needs room beside the file even for reading, but not
    /// for one that it is told nobody changes. Nothing where a journal holds more than the file.
    fn open_for_reading(path: &Path) -> Option<Self> {
        let mut journal = path.as_os_str().to_owned();
        journal.push("-wal");
        if std::fs::metadata(journal).is_ok_and(|meta| meta.len() > 0) {
            return None;
        }
        let name = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection =
            Connection::open_with_flags(format!("file:{name}?mode=ro&immutable=1"), flags).ok()?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).ok()?;
        (found == schema::VERSION).then(|| Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// One that ends with the process, for the demo.
    ///
    /// # Errors
    /// When SQLite fails.
    pub fn in_memory() -> Result<Self, Error> {
        let path = PathBuf::from(":memory:");
        let connection =
            Connection::open_in_memory().map_err(|source| Error::Sqlite { path: path.clone(), source })?;
        Self::prepare(path, connection)
    }

    fn prepare(path: PathBuf, mut connection: Connection) -> Result<Self, Error> {
        let failed = |source| Error::Sqlite { path: path.clone(), source };
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        if let Some(found) = schema::migrate(&mut connection).map_err(failed)? {
            return Err(Error::Newer { path, found, known: schema::VERSION });
        }
        let history = Self { path, connection: Mutex::new(connection) };
        history.forget_old(Timestamp::now())?;
        Ok(history)
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while holding it rolled its transaction back: the connection is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::Sqlite { path: self.path.clone(), source }
    }

    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let mut connection = self.lock();
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|source| self.failed(source))
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Made before SQLite opens it, so that nobody else can read it for a moment.
#[cfg(unix)]
fn make_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn make_file(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Whether it failed for want of room, or because nothing may be written there.
fn lacks_room(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
    matches!(error.sqlite_error_code(), Some(CannotOpen | DiskFull | ReadOnly | SystemIoFailure))
}

/// The row of an engine, made when it is new.
fn engine_row(transaction: &Transaction<'_>, engine: &str) -> rusqlite::Result<i64> {
    transaction.execute("INSERT OR IGNORE INTO engine (identity) VALUES (?1)", params![engine])?;
    transaction.query_row("SELECT id FROM engine WHERE identity = ?1", params![engine], |row| row.get(0))
}

/// The row of an engine, when it is known.
fn known_engine(connection: &Connection, engine: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row("SELECT id FROM engine WHERE identity = ?1", params![engine], |row| row.get(0))
        .optional()
}

/// A stored time; milliseconds since 1970.
fn time(millis: Option<i64>) -> Option<Timestamp> {
    millis.and_then(|m| Timestamp::from_millisecond(m).ok())
}

#[cfg(test)]
mod past_tests;
#[cfg(test)]
mod protections_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trash_tests;

//! Since when an engine is watched without a gap: what happened before, nobody can vouch for.

use rusqlite::{OptionalExtension, Transaction, params};

use jiff::Timestamp;

use super::{Error, History, engine_row, known_engine};

impl History {
    /// Somebody watches this engine from its last listing on, until he ends it or dies.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin_watch(&self, engine: &str, owner: &str) -> Result<(), Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            let insert = "INSERT OR IGNORE INTO watcher (engine, owner) VALUES (?1, ?2)";
            transaction.execute(insert, params![engine, owner]).map(drop)
        })
    }

    /// He watches no more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_watch(&self, engine: &str, owner: &str) -> Result<(), Error> {
        self.write(|transaction| {
            let delete = "DELETE FROM watcher WHERE owner = ?2
                          AND engine = (SELECT id FROM engine WHERE identity = ?1)";
            transaction.execute(delete, params![engine, owner]).map(drop)
        })
    }

    /// Who watches this engine, or did and never ended it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn watchers(&self, engine: &str) -> Result<Vec<String>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(Vec::new()) };
            let mut statement =
                connection.prepare_cached("SELECT owner FROM watcher WHERE engine = ?1 ORDER BY owner")?;
            let rows = statement.query_map(params![engine], |row| row.get(0))?;
            rows.collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// A container had the volume at this moment, though it may be in no listing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_use(&self, engine: &str, name: &str, at: Timestamp) -> Result<(), Error> {
        self.write(|transaction| {
            let update = "UPDATE volume SET used_at = max(ifnull(used_at, ?3), ?3)
                          WHERE name = ?2 AND gone_at IS NULL
                          AND engine = (SELECT id FROM engine WHERE identity = ?1)";
            transaction.execute(update, params![engine, name, at.as_millisecond()]).map(drop)
        })
    }
}

/// A listing after a time in which nobody watched: whatever happened before it may have gone unseen.
pub(super) fn begin_anew(transaction: &Transaction<'_>, engine: i64, at: i64) -> rusqlite::Result<()> {
    let update = "UPDATE engine SET watched_since = ?2 WHERE id = ?1
                  AND NOT EXISTS (SELECT 1 FROM watcher WHERE engine = ?1)";
    transaction.execute(update, params![engine, at]).map(drop)
}

/// Since when the engine is watched.
pub(super) fn watched_since(connection: &rusqlite::Connection, engine: i64) -> rusqlite::Result<Option<i64>> {
    let select = "SELECT watched_since FROM engine WHERE id = ?1";
    Ok(connection.query_row(select, params![engine], |row| row.get(0)).optional()?.flatten())
}

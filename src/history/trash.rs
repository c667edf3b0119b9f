//! What was removed and can be brought back: the volumes as they were, secrets among their options.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Error, History, engine_row, known_engine, schema, time};
use crate::domain::keep::{Discarded, Renamed};
use crate::domain::volume::Volume;

/// A volume in the trash, or on its way there or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTrash {
    /// What it is.
    pub discarded: Discarded,
    /// Whether its copy is whole and was read back.
    pub is_whole: bool,
    /// Whether it is known that the volume was removed.
    pub is_removed: bool,
    /// The name under which it was being brought back.
    pub restoring: Option<String>,
}

impl History {
    /// Begins an action that can be undone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin_action(&self, engine: &str, verb: &str, at: Timestamp) -> Result<i64, Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            transaction.execute(
                "INSERT INTO action (engine, verb, at) VALUES (?1, ?2, ?3)",
                params![engine, verb, at.as_millisecond()],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Forgets an action of which nothing is in the trash; answers whether it did.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_action(&self, action: i64) -> Result<bool, Error> {
        self.write(|transaction| {
            let forgotten = transaction.execute(
                "DELETE FROM action WHERE id = ?1 AND old_name IS NULL
                 AND NOT EXISTS (SELECT 1 FROM trash WHERE action = ?1)",
                params![action],
            )?;
            Ok(forgotten > 0)
        })
    }

    /// Notes that a volume got another name, and what tells it from others of that name.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_rename(
        &self,
        engine: &str,
        (from, to): (&str, &str),
        mark: Option<&str>,
        at: Timestamp,
    ) -> Result<i64, Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            transaction.execute(
                "INSERT INTO action (engine, verb, at, old_name, new_name, new_mark)
                 VALUES (?1, 'rename', ?2, ?3, ?4, ?5)",
                params![engine, at.as_millisecond(), from, to, mark],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Forgets a renaming that was undone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_rename(&self, action: i64) -> Result<(), Error> {
        self.write(|transaction| {
            transaction
                .execute("DELETE FROM action WHERE id = ?1 AND old_name IS NOT NULL", params![action])
                .map(drop)
        })
    }

    /// The renamings on an engine, the last first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn renamings(&self, engine: &str) -> Result<Vec<Renamed>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT id, at, old_name, new_name, new_mark FROM action
                 WHERE engine = ?1 AND old_name IS NOT NULL ORDER BY id DESC",
            )?;
            let renamed = |row: &Row<'_>| {
                let at = time(row.get(1)?).unwrap_or(Timestamp::UNIX_EPOCH);
                Ok(Renamed { action: row.get(0)?, at, from: row.get(2)?, to: row.get(3)?, mark: row.get(4)? })
            };
            statement.query_map(params![engine], renamed)?.collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Notes that these volumes are about to be put into the trash. With a path before anything is there.
    /// The answer is their numbers, in the same order.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discard<'a>(
        &self,
        action: i64,
        volumes: impl IntoIterator<Item = (&'a Volume, Option<&'a Path>)>,
        at: Timestamp,
    ) -> Result<Vec<i64>, Error> {
        self.write(|transaction| {
            volumes.into_iter().map(|(volume, path)| note(transaction, action, volume, path, at)).collect()
        })
    }

    /// Notes that what a volume held is in this file, whole, and not in the volume any more: all at once, so
    /// that nobody takes it for the half of something. On the disk when this returns.
    ///
    /// # Errors
    /// When the file cannot be written; then none of it is noted.
    pub fn discard_replaced(
        &self,
        action: i64,
        volume: &Volume,
        path: &Path,
        bytes: u64,
        at: Timestamp,
    ) -> Result<i64, Error> {
        let id = self.write(|transaction| {
            let id = note(transaction, action, volume, Some(path), at)?;
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            let whole = "UPDATE trash SET is_whole = 1, is_removed = 1, bytes = ?2 WHERE id = ?1";
            transaction.execute(whole, params![id, bytes])?;
            Ok(id)
        })?;
        self.flush()?;
        Ok(id)
    }

    /// Notes that the copies of these are whole and were read back: only now the volumes may be removed. On
    /// the disk when this returns.
    ///
    /// # Errors
    /// When the file cannot be written; then none of it is noted.
    pub fn discards_are_whole(&self, rows: &[Discarded]) -> Result<(), Error> {
        self.write(|transaction| {
            let mut whole = transaction.prepare_cached(
                "UPDATE trash SET is_whole = 1, bytes = ?2, path = ?3, root = ?4 WHERE id = ?1",
            )?;
            rows.iter().try_for_each(|row| {
                let bytes = i64::try_from(row.bytes).unwrap_or(i64::MAX);
                let path = row.path.as_ref().map(|path| path.as_os_str().as_encoded_bytes());
                whole.execute(params![row.id, bytes, path, row.root]).map(drop)
            })
        })?;
        self.flush()
    }

    /// Notes that what is in the trash is nobody's any more, before the files go. On the disk when this
    /// returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discards_are_over(&self, ids: &[i64]) -> Result<(), Error> {
        self.write(|transaction| {
            let over = "UPDATE trash SET is_whole = 0, is_removed = 0, restoring = NULL WHERE id = ?1";
            let mut over = transaction.prepare_cached(over)?;
            ids.iter().try_for_each(|id| over.execute(params![id]).map(drop))
        })?;
        self.flush()
    }

    /// In WAL mode a commit alone may be lost with the power. While another volx keeps the checkpoint from
    /// being made, a commit that is synced brings those before it onto the disk.
    fn flush(&self) -> Result<(), Error> {
        let connection = self.lock();
        let flush = || {
            let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| row.get(0))?;
            if busy == 0 {
                return Ok(());
            }
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "user_version", schema::VERSION)?;
            connection.pragma_update(None, "synchronous", "NORMAL")
        };
        flush().map_err(|source| self.failed(source))
    }

    /// Notes that the volume is removed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discard_is_removed(&self, id: i64) -> Result<(), Error> {
        self.write(|t| t.execute("UPDATE trash SET is_removed = 1 WHERE id = ?1", params![id]).map(drop))
    }

    /// Notes under which name a volume is being brought back; or that it is not any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discard_is_restoring(&self, id: i64, name: Option<&str>) -> Result<(), Error> {
        self.write(|t| {
            t.execute("UPDATE trash SET restoring = ?2 WHERE id = ?1", params![id, name]).map(drop)
        })
    }

    /// Forgets volumes of the trash, and their actions with the last of their volumes. Their files are gone
    /// by then.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_discarded(&self, ids: &[i64]) -> Result<(), Error> {
        self.write(|transaction| ids.iter().try_for_each(|id| forget(transaction, *id)))
    }

    /// Forgets the volume of the trash whose file was this one, where there is one: what it held is back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_discarded_at(&self, path: &Path) -> Result<(), Error> {
        let path = path.as_os_str().as_encoded_bytes();
        self.write(|transaction| {
            let find = "SELECT id FROM trash WHERE path = ?1";
            let id: Option<i64> = transaction.query_row(find, params![path], |row| row.get(0)).optional()?;
            id.map_or(Ok(()), |id| forget(transaction, id))
        })
    }

    /// The trash of an engine, what was removed last first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn trash(&self, engine: &str) -> Result<Vec<InTrash>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT t.id, t.action, a.verb, t.at, t.name, t.driver, t.scope, t.created_at, t.labels,
                        t.options, t.path, t.bytes, t.is_whole, t.is_removed, t.restoring, t.root
                 FROM trash t JOIN action a ON a.id = t.action WHERE a.engine = ?1
                 ORDER BY t.action DESC, t.id",
            )?;
            statement.query_map(params![engine], in_trash)?.collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// What the files in the trash take, of all engines.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn trash_bytes(&self) -> Result<u64, Error> {
        let connection = self.lock();
        let sum =
            connection.query_row("SELECT COALESCE(SUM(bytes), 0) FROM trash", [], |row| row.get::<_, i64>(0));
        sum.map(|sum| u64::try_from(sum).unwrap_or(0)).map_err(|source| self.failed(source))
    }
}

/// A row for a volume, of which nothing is in the trash yet.
fn note(
    transaction: &Transaction<'_>,
    action: i64,
    volume: &Volume,
    path: Option<&Path>,
    at: Timestamp,
) -> rusqlite::Result<i64> {
    let text = |map: &BTreeMap<String, String>| {
        serde_json::to_string(map).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    };
    let mut insert = transaction.prepare_cached(
        "INSERT INTO trash (action, name, driver, scope, created_at, labels, options, path, at, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
    )?;
    insert.execute(params![
        action,
        volume.name,
        volume.driver,
        volume.scope,
        volume.created_at.map(|at| at.to_string()),
        text(&volume.labels)?,
        text(&volume.options)?,
        path.map(|path| path.as_os_str().as_encoded_bytes()),
        at.as_millisecond(),
    ])?;
    Ok(transaction.last_insert_rowid())
}

fn forget(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    let action: Option<i64> = transaction
        .prepare_cached("SELECT action FROM trash WHERE id = ?1")?
        .query_row(params![id], |row| row.get(0))
        .optional()?;
    transaction.prepare_cached("DELETE FROM trash WHERE id = ?1")?.execute(params![id])?;
    let last = "DELETE FROM action WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM trash WHERE action = ?1)";
    transaction.prepare_cached(last)?.execute(params![action]).map(drop)
}

fn in_trash(row: &Row<'_>) -> rusqlite::Result<InTrash> {
    let map = |at: usize| -> rusqlite::Result<BTreeMap<String, String>> {
        let text: String = row.get(at)?;
        serde_json::from_str(&text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
        })
    };
    let path: Option<Vec<u8>> = row.get(10)?;
    let created_at: Option<String> = row.get(7)?;
    let volume = Volume {
        name: row.get(4)?,
        driver: row.get(5)?,
        scope: row.get(6)?,
        mountpoint: None,
        created_at: created_at.and_then(|at| at.parse().ok()),
        labels: map(8)?,
        options: map(9)?,
    };
    Ok(InTrash {
        discarded: Discarded {
            id: row.get(0)?,
            action: row.get(1)?,
            verb: row.get(2)?,
            at: time(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH),
            volume,
            path: path.map(|bytes| PathBuf::from(os(bytes))),
            bytes: u64::try_from(row.get::<_, i64>(11)?).unwrap_or(0),
            root: row.get(15)?,
        },
        is_whole: row.get(12)?,
        is_removed: row.get(13)?,
        restoring: row.get(14)?,
    })
}

fn os(bytes: Vec<u8>) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes)
}

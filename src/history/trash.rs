//! What was removed and can be brought back: the volumes as they were, secrets among their options.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Error, History, engine_row, known_engine, time};
use crate::domain::keep::Discarded;
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

/// A volume that got another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The action.
    pub action: i64,
    /// Its old name.
    pub from: String,
    /// Its new one.
    pub to: String,
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

    /// Notes that a volume got another name.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_rename(&self, engine: &str, from: &str, to: &str, at: Timestamp) -> Result<i64, Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            transaction.execute(
                "INSERT INTO action (engine, verb, at, old_name, new_name) VALUES (?1, 'rename', ?2, ?3, ?4)",
                params![engine, at.as_millisecond(), from, to],
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
                "SELECT id, old_name, new_name FROM action
                 WHERE engine = ?1 AND old_name IS NOT NULL ORDER BY id DESC",
            )?;
            let renamed =
                |row: &Row<'_>| Ok(Renamed { action: row.get(0)?, from: row.get(1)?, to: row.get(2)? });
            statement.query_map(params![engine], renamed)?.collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Notes that a volume is about to be put into the trash. With a path before anything is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discard(
        &self,
        action: i64,
        volume: &Volume,
        path: Option<&Path>,
        at: Timestamp,
    ) -> Result<i64, Error> {
        let text = |map: &BTreeMap<String, String>| {
            serde_json::to_string(map)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
        };
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO trash (action, name, driver, scope, created_at, labels, options, path, at, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
                params![
                    action,
                    volume.name,
                    volume.driver,
                    volume.scope,
                    volume.created_at.map(|at| at.to_string()),
                    text(&volume.labels)?,
                    text(&volume.options)?,
                    path.map(|path| path.as_os_str().as_encoded_bytes()),
                    at.as_millisecond(),
                ],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Notes that the copy of a volume is whole and was read back: only now it may be removed. On the disk
    /// when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discard_is_whole(&self, id: i64, bytes: u64) -> Result<(), Error> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.write(|transaction| {
            transaction
                .execute("UPDATE trash SET is_whole = 1, bytes = ?2 WHERE id = ?1", params![id, bytes])
                .map(drop)
        })?;
        self.flush()
    }

    /// Notes that what is in the trash is nobody's any more, before its file goes. On the disk when this
    /// returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn discard_is_over(&self, id: i64) -> Result<(), Error> {
        self.write(|transaction| {
            let over = "UPDATE trash SET is_whole = 0, is_removed = 0, restoring = NULL WHERE id = ?1";
            transaction.execute(over, params![id]).map(drop)
        })?;
        self.flush()
    }

    /// In WAL mode a commit alone may be lost with the power.
    fn flush(&self) -> Result<(), Error> {
        let connection = self.lock();
        let flushed = connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()));
        flushed.map_err(|source| self.failed(source))
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

    /// Forgets a volume of the trash, and its action with the last of its volumes. Its file is gone by then.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_discarded(&self, id: i64) -> Result<(), Error> {
        self.write(|transaction| {
            let action: Option<i64> = transaction
                .query_row("SELECT action FROM trash WHERE id = ?1", params![id], |row| row.get(0))
                .optional()?;
            transaction.execute("DELETE FROM trash WHERE id = ?1", params![id])?;
            transaction.execute(
                "DELETE FROM action WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM trash WHERE action = ?1)",
                params![action],
            )?;
            Ok(())
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
                        t.options, t.path, t.bytes, t.is_whole, t.is_removed, t.restoring
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

//! What the user decided of single volumes: protected, or not although label or pattern say so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Error, History, Seen, engine_row, known_engine};
use crate::domain::volume::Volume;

impl History {
    /// What was decided of the volumes of an engine, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn protections(&self, engine: &str) -> Result<BTreeMap<String, bool>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(BTreeMap::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT p.name, p.is_protected FROM protection p LEFT JOIN volume v ON v.id = p.life
                 WHERE p.engine = ?1 AND (p.is_protected OR (v.id IS NOT NULL AND v.gone_at IS NULL))",
            )?;
            statement.query_map(params![engine], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Protects these volumes, or lifts what protects them, label and pattern too. A protection
    /// stays with the name; a lifting ends with the volume as it was seen.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing is decided.
    pub fn decide_protection(
        &self,
        engine: &str,
        volumes: &[Volume],
        is_protected: bool,
        seen: Seen,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            let mut set = transaction.prepare_cached(
                "INSERT INTO protection (engine, name, is_protected, life) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (engine, name) DO UPDATE SET is_protected = ?3, life = ?4",
            )?;
            for volume in volumes {
                let life =
                    if is_protected { None } else { Some(life_of(transaction, engine, volume, seen)?) };
                set.execute(params![engine, volume.name, is_protected, life])?;
            }
            Ok(())
        })
    }
}

/// The row of the life of a volume that was just seen.
fn life_of(transaction: &Transaction<'_>, engine: i64, volume: &Volume, seen: Seen) -> rusqlite::Result<i64> {
    let created = volume.created_at.map(Timestamp::as_millisecond);
    let alive: Option<(i64, Option<i64>)> = transaction
        .query_row(
            "SELECT id, created_at FROM volume WHERE engine = ?1 AND name = ?2 AND gone_at IS NULL",
            params![engine, volume.name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match alive {
        Some((row, known)) if seen.is_created_stable && known.is_some() && known != created => {
            transaction.execute(
                "UPDATE volume SET gone_at = ?2 WHERE id = ?1",
                params![row, seen.at.as_millisecond()],
            )?;
        }
        Some((row, _)) => return Ok(row),
        None => {}
    }
    transaction.execute(
        "INSERT INTO volume (engine, name, created_at, first_seen) VALUES (?1, ?2, ?3, ?4)",
        params![engine, volume.name, created, seen.at.as_millisecond()],
    )?;
    Ok(transaction.last_insert_rowid())
}

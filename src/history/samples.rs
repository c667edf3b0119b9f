//! Sizes over time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, History, engine_row, known_engine, time};
use crate::domain::usage::{Method, Usage};

/// An unchanged size is written again after this long, so that a flat line stays a line.
pub(super) const HEARTBEAT_MS: i64 = 3_600_000;

/// For so long what is taken on disk counts more than a newer sum of sizes, which says less.
const RICHER_MS: i64 = 24 * 3_600_000;

impl History {
    /// Records what was measured of these volumes. Volumes that no listing showed are left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_usages<'a>(
        &self,
        engine: &str,
        usages: impl IntoIterator<Item = (&'a str, &'a Usage)>,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            let mut find = transaction
                .prepare_cached("SELECT id FROM volume WHERE engine = ?1 AND name = ?2 AND gone_at IS NULL")?;
            let mut last = transaction.prepare_cached(
                "SELECT at, apparent, allocated, method FROM sample WHERE volume = ?1 ORDER BY at DESC LIMIT 1",
            )?;
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO sample (volume, at, confirmed_at, apparent, allocated, files, dirs,
                 newest_write, errors, method) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            let mut confirm = transaction
                .prepare_cached("UPDATE sample SET confirmed_at = ?3 WHERE volume = ?1 AND at = ?2")?;
            for (name, usage) in usages {
                let row: Option<i64> = find.query_row(params![engine, name], |r| r.get(0)).optional()?;
                let Some(row) = row else { continue };
                let at = usage.measured_at.as_millisecond();
                let (apparent, allocated) = (signed(usage.apparent), signed(usage.allocated));
                let before = last
                    .query_row(params![row], |r| {
                        Ok((r.get::<_, i64>(0)?, r.get(1)?, r.get(2)?, r.get::<_, String>(3)?))
                    })
                    .optional()?;
                let same = before.filter(|(when, a, b, method)| {
                    (*a, *b) == (apparent, allocated)
                        && method == usage.method.name()
                        && at - when < HEARTBEAT_MS
                });
                if let Some((when, ..)) = same {
                    confirm.execute(params![row, when, at])?;
                } else {
                    insert.execute(params![
                        row,
                        at,
                        apparent,
                        allocated,
                        signed(usage.files),
                        signed(usage.dirs),
                        usage.newest_write.map(Timestamp::as_millisecond),
                        signed(usage.errors),
                        usage.method.name()
                    ])?;
                }
            }
            Ok(())
        })
    }

    /// The last known usage of each volume that still exists.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn usages(&self, engine: &str) -> Result<BTreeMap<String, Usage>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(BTreeMap::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT v.name, s.confirmed_at, s.apparent, s.allocated, s.files, s.dirs, s.newest_write, s.errors, s.method
                 FROM volume v JOIN sample s ON s.volume = v.id
                 AND s.at = coalesce(
                     (SELECT max(a.at) FROM sample a WHERE a.volume = v.id AND a.allocated IS NOT NULL
                      AND a.confirmed_at >= (SELECT max(confirmed_at) FROM sample WHERE volume = v.id) - ?2),
                     (SELECT max(at) FROM sample WHERE volume = v.id))
                 WHERE v.engine = ?1 AND v.gone_at IS NULL",
            )?;
            let rows = statement.query_map(params![engine, RICHER_MS], |row| {
                let method: String = row.get(8)?;
                let usage = time(row.get(1)?).zip(Method::from_name(&method)).map(|(measured_at, method)| {
                    Ok::<_, rusqlite::Error>(Usage {
                        apparent: unsigned(row.get(2)?),
                        allocated: unsigned(row.get(3)?),
                        files: unsigned(row.get(4)?),
                        dirs: unsigned(row.get(5)?),
                        newest_write: time(row.get(6)?),
                        errors: unsigned(row.get(7)?),
                        method,
                        measured_at,
                    })
                });
                Ok((row.get::<_, String>(0)?, usage.transpose()?))
            })?;
            rows.filter_map(|row| row.map(|(name, usage)| Some((name, usage?))).transpose()).collect()
        };
        read().map_err(|source| self.failed(source))
    }
}

/// SQLite has no unsigned integers; a size beyond 2^63 is none.
fn signed(value: Option<u64>) -> Option<i64> {
    value.and_then(|v| i64::try_from(v).ok())
}

pub(super) fn unsigned(value: Option<i64>) -> Option<u64> {
    value.and_then(|v| u64::try_from(v).ok())
}

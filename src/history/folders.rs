//! What the folders in a volume's root weigh, over time.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, History, engine_row};
use crate::domain::usage::{FolderWeight, LISTED, Measured};

/// So many folders of a volume are remembered at most, the heaviest.
const MOST: usize = 256;

impl History {
    /// Records what was measured of these volumes: their sizes, and their folders where they are known.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_measured<'a>(
        &self,
        engine: &str,
        measured: impl IntoIterator<Item = (&'a str, &'a Measured)>,
    ) -> Result<(), Error> {
        let measured: Vec<(&str, &Measured)> = measured.into_iter().collect();
        self.record_usages(engine, measured.iter().map(|(name, m)| (*name, &m.usage)))?;
        for (name, m) in measured.iter().filter(|(_, m)| !m.folders.is_empty()) {
            self.record_folders(engine, name, m.usage.measured_at, &m.folders)?;
        }
        Ok(())
    }

    /// Records what the folders in a volume's root weigh. Only what changed is written; a folder
    /// that is there no more is unknown from then on. Volumes that no listing showed are left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_folders(
        &self,
        engine: &str,
        name: &str,
        at: Timestamp,
        folders: &[FolderWeight],
    ) -> Result<(), Error> {
        let mut heaviest: Vec<&FolderWeight> = folders.iter().collect();
        if heaviest.len() > MOST {
            heaviest.sort_by(|a, b| b.allocated.cmp(&a.allocated).then_with(|| a.path.cmp(&b.path)));
            heaviest.truncate(MOST);
        }
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            let volume: Option<i64> = transaction
                .prepare_cached("SELECT id FROM volume WHERE engine = ?1 AND name = ?2 AND gone_at IS NULL")?
                .query_row(params![engine, name], |row| row.get(0))
                .optional()?;
            let Some(volume) = volume else { return Ok(()) };
            let mut known: HashMap<String, i64> = HashMap::new();
            {
                let mut statement = transaction.prepare_cached(
                    "SELECT path, allocated FROM folder f WHERE volume = ?1 AND allocated IS NOT NULL
                     AND at = (SELECT max(at) FROM folder WHERE volume = ?1 AND path = f.path)",
                )?;
                let rows = statement.query_map(params![volume], |row| Ok((row.get(0)?, row.get(1)?)))?;
                for row in rows {
                    let (path, allocated) = row?;
                    known.insert(path, allocated);
                }
            }
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO folder (volume, path, at, allocated) VALUES (?1, ?2, ?3, ?4)",
            )?;
            let at = at.as_millisecond();
            for folder in heaviest {
                let Ok(allocated) = i64::try_from(folder.allocated) else { continue };
                if known.remove(&folder.path) != Some(allocated) {
                    insert.execute(params![volume, folder.path, at, allocated])?;
                }
            }
            // A list that was cut says nothing of what it leaves out.
            if folders.len() < LISTED {
                for path in known.keys() {
                    insert.execute(params![volume, path, at, None::<i64>])?;
                }
            }
            Ok(())
        })
    }
}

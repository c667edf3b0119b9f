//! Who had which volume, from when to when.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::{Error, History, Seen, engine_row, known_engine, time, watch};
use crate::domain::inventory::Inventory;
use crate::domain::provenance::Provenance;

/// What identifies one hold: volume row, container, destination.
type HoldKey = (i64, String, String);

impl History {
    /// Takes in a listing: what is new, what is gone, who holds what now.
    ///
    /// Where it was watched, the time of each change is the listing's own. Writes only what
    /// changed, and nothing when another volx wrote down a newer listing already.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_inventory(&self, engine: &str, inventory: &Inventory, seen: Seen) -> Result<(), Error> {
        let at = seen.at.as_millisecond();
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            let newest: Option<i64> = transaction.query_row(
                "SELECT last_listed FROM engine WHERE id = ?1",
                params![engine],
                |row| row.get(0),
            )?;
            if newest.is_some_and(|newest| newest > at) {
                return Ok(());
            }
            let rows = record_volumes(transaction, engine, inventory, at, seen.is_created_stable)?;
            record_holds(transaction, engine, inventory, &rows, at, seen.is_watched)?;
            if !seen.is_watched {
                watch::begin_anew(transaction, engine, at)?;
            }
            transaction.execute("UPDATE engine SET last_listed = ?2 WHERE id = ?1", params![engine, at])?;
            Ok(())
        })
    }

    /// Ends a volume's life: the next listing that has its name begins another one.
    ///
    /// A life that began after `at` is another one already; another volx may have written it down.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_gone(&self, engine: &str, name: &str, at: Timestamp) -> Result<(), Error> {
        self.record_all_gone(engine, &[(name.to_owned(), at)])
    }

    /// The same for several volumes at once: none of it is written, or all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_all_gone(&self, engine: &str, gone: &[(String, Timestamp)]) -> Result<(), Error> {
        self.write(|transaction| {
            let engine = engine_row(transaction, engine)?;
            let mut ended = transaction.prepare_cached(
                "UPDATE volume SET gone_at = ?3
                 WHERE engine = ?1 AND name = ?2 AND gone_at IS NULL AND first_seen <= ?3",
            )?;
            for (name, at) in gone {
                ended.execute(params![engine, name, at.as_millisecond()])?;
            }
            Ok(())
        })
    }

    /// What is known of the users of each volume that still exists.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn provenance(&self, engine: &str) -> Result<BTreeMap<String, Provenance>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(BTreeMap::new()) };
            // The latest hold decides: an open one, else the one released last.
            let mut statement = connection.prepare_cached(
                "SELECT v.name, v.first_seen, v.created_at, a.container_name, a.image, a.released_at, a.released_watched,
                 v.used_at
                 FROM volume v LEFT JOIN attachment a ON a.id = (
                     SELECT id FROM attachment WHERE volume = v.id
                     ORDER BY released_at IS NOT NULL, released_at DESC, attached_at DESC LIMIT 1)
                 WHERE v.engine = ?1 AND v.gone_at IS NULL",
            )?;
            // Between two listings that nobody watched, containers may have come and gone.
            let watched_since = watch::watched_since(&connection, engine)?;
            let rows = statement.query_map(params![engine], |row| {
                let first_seen: Option<i64> = row.get(1)?;
                let created: Option<i64> = row.get(2)?;
                let user: Option<String> = row.get(3)?;
                let released: Option<i64> = row.get(5)?;
                let is_release_watched = row.get::<_, Option<bool>>(6)?.unwrap_or(false);
                let used_at: Option<i64> = row.get(7)?;
                let free_since = match (&user, released) {
                    (Some(_), None) => None,
                    // A volume cannot be free for longer than it exists, whatever was seen of
                    // another life of its name.
                    (_, since) => since.or(first_seen).max(created).max(used_at).max(watched_since),
                };
                let is_seen = free_since.is_some() && (free_since == released || free_since == used_at);
                Ok((
                    row.get::<_, String>(0)?,
                    Provenance {
                        first_seen: time(first_seen),
                        last_user: user,
                        last_image: row.get(4)?,
                        free_since: time(free_since),
                        is_exact: is_seen && (is_release_watched || free_since == used_at),
                    },
                ))
            })?;
            rows.collect()
        };
        read().map_err(|source| self.failed(source))
    }
}

/// Matches the listed volumes with the rows of those alive; the answer is their row by position.
fn record_volumes(
    transaction: &Transaction<'_>,
    engine: i64,
    inventory: &Inventory,
    at: i64,
    is_created_stable: bool,
) -> rusqlite::Result<Vec<i64>> {
    let mut alive: HashMap<String, (i64, Option<i64>)> = HashMap::new();
    {
        let mut statement = transaction.prepare_cached(
            "SELECT name, id, created_at FROM volume WHERE engine = ?1 AND gone_at IS NULL",
        )?;
        let rows =
            statement.query_map(params![engine], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        for row in rows {
            let (name, known) = row?;
            alive.insert(name, known);
        }
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO volume (engine, name, created_at, first_seen) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut update = transaction.prepare_cached("UPDATE volume SET created_at = ?2 WHERE id = ?1")?;
    let mut gone = transaction.prepare_cached("UPDATE volume SET gone_at = ?2 WHERE id = ?1")?;
    let mut rows = Vec::with_capacity(inventory.volumes.len());
    for volume in &inventory.volumes {
        let created = volume.created_at.map(Timestamp::as_millisecond);
        let known = alive.remove(&volume.name);
        // The same name made at another time is another volume, and none of the first one's past.
        let is_other = |known: Option<i64>| is_created_stable && known.is_some() && known != created;
        match known {
            Some((row, known)) if is_other(known) => {
                gone.execute(params![row, at])?;
                insert.execute(params![engine, volume.name, created, at])?;
                rows.push(transaction.last_insert_rowid());
            }
            Some((row, known)) => {
                if known != created {
                    update.execute(params![row, created])?;
                }
                rows.push(row);
            }
            None => {
                insert.execute(params![engine, volume.name, created, at])?;
                rows.push(transaction.last_insert_rowid());
            }
        }
    }
    for (row, _) in alive.values() {
        gone.execute(params![row, at])?;
    }
    Ok(rows)
}

fn record_holds(
    transaction: &Transaction<'_>,
    engine: i64,
    inventory: &Inventory,
    rows: &[i64],
    at: i64,
    is_watched: bool,
) -> rusqlite::Result<()> {
    let mut open: HashMap<HoldKey, (i64, String)> = HashMap::new();
    {
        let mut statement = transaction.prepare_cached(
            "SELECT a.volume, a.container_id, a.destination, a.id, a.container_name FROM attachment a
             JOIN volume v ON v.id = a.volume WHERE v.engine = ?1 AND a.released_at IS NULL",
        )?;
        let found = statement.query_map(params![engine], |row| {
            Ok(((row.get(0)?, row.get(1)?, row.get(2)?), (row.get(3)?, row.get(4)?)))
        })?;
        for hold in found {
            let (key, value) = hold?;
            open.insert(key, value);
        }
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO attachment (volume, container_id, container_name, image, destination, read_only,
         attached_at, attached_watched) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let mut rename = transaction.prepare_cached("UPDATE attachment SET container_name = ?2 WHERE id = ?1")?;
    for (position, row) in rows.iter().enumerate() {
        for hold in inventory.attachments(position) {
            let (container, mount) = (hold.container, hold.mount);
            let key = (*row, container.id.clone(), mount.destination.clone());
            match open.remove(&key) {
                Some((id, name)) => {
                    if name != container.name {
                        rename.execute(params![id, container.name])?;
                    }
                }
                None => {
                    insert.execute(params![
                        row,
                        container.id,
                        container.name,
                        container.image,
                        mount.destination,
                        mount.read_only,
                        at,
                        is_watched
                    ])?;
                }
            }
        }
    }
    let mut release = transaction
        .prepare_cached("UPDATE attachment SET released_at = ?2, released_watched = ?3 WHERE id = ?1")?;
    for (id, _) in open.values() {
        release.execute(params![id, at, is_watched])?;
    }
    Ok(())
}

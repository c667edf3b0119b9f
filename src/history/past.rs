//! Reading what was recorded: sizes over time, who had a volume, which folders grew.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::samples::{HEARTBEAT_MS, unsigned};
use super::{Error, History, known_engine, time};
use crate::domain::growth::past::{FolderGrowth, Moment, Past, Stay};
use crate::domain::growth::trail::Trail;
use crate::domain::growth::{Period, Sample};
use crate::domain::usage::LISTED;

/// So many stays of containers are shown at most, the newest.
const STAYS: i64 = 200;
/// So many folders that grew.
const FOLDERS: usize = 12;

impl History {
    /// The trail of each volume that still exists, from `since` on, thinned for the periods.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn trails(
        &self,
        engine: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Trail>, Error> {
        let connection = self.lock();
        let read = || {
            let mut trails = BTreeMap::new();
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(trails) };
            // No sample is confirmed for longer than the heartbeat: its time finds it by the key.
            let mut statement = connection.prepare_cached(
                "SELECT s.at, s.confirmed_at, s.allocated, s.apparent, v.name FROM volume v
                 JOIN sample s ON s.volume = v.id AND s.at >= ?2
                 WHERE v.engine = ?1 AND v.gone_at IS NULL AND s.confirmed_at >= ?3 ORDER BY v.id, s.at",
            )?;
            let from = since.as_millisecond();
            let mut rows = statement.query(params![engine, from.saturating_sub(HEARTBEAT_MS), from])?;
            let mut open: Option<(String, Trail)> = None;
            let mut close = |open: &mut Option<(String, Trail)>| {
                if let Some((name, mut trail)) = open.take() {
                    trail.thin(now);
                    trails.insert(name, trail);
                }
            };
            while let Some(row) = rows.next()? {
                let Some(sample) = sample(row)? else { continue };
                // Compared without making a string of each row.
                let name = row.get_ref(4)?;
                let is_same = open.as_ref().is_some_and(|(open, _)| name.as_str().is_ok_and(|n| n == open));
                if !is_same {
                    close(&mut open);
                    open = Some((row.get(4)?, Trail::default()));
                }
                if let Some((_, trail)) = &mut open {
                    trail.push(sample);
                }
            }
            close(&mut open);
            Ok(trails)
        };
        read().map_err(|source| self.failed(source))
    }

    /// Every sample of a volume from `since` on, and the one before, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn samples(&self, engine: &str, name: &str, since: Timestamp) -> Result<Vec<Sample>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(volume) = alive(&connection, engine, name)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT at, confirmed_at, allocated, apparent FROM sample WHERE volume = ?1 AND at >=
                 ifnull((SELECT max(at) FROM sample WHERE volume = ?1 AND at <= ?2), ?2) ORDER BY at",
            )?;
            let rows = statement.query_map(params![volume, since.as_millisecond()], sample)?;
            rows.filter_map(Result::transpose).collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// What each volume that still exists weighed at a moment, as it was last measured before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sizes_at(&self, engine: &str, moment: Timestamp) -> Result<BTreeMap<String, Sample>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(engine) = known_engine(&connection, engine)? else { return Ok(BTreeMap::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT s.at, s.confirmed_at, s.allocated, s.apparent, v.name FROM volume v
                 JOIN sample s ON s.volume = v.id
                 AND s.at = (SELECT max(at) FROM sample WHERE volume = v.id AND at <= ?2)
                 WHERE v.engine = ?1 AND v.gone_at IS NULL",
            )?;
            let rows = statement.query_map(params![engine, moment.as_millisecond()], |row| {
                Ok(sample(row)?.map(|sample| (row.get::<_, String>(4), sample)))
            })?;
            rows.filter_map(Result::transpose).map(|row| row.and_then(|(name, s)| Ok((name?, s)))).collect()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Which containers had a volume, and when: the newest, those who came first before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stays(&self, engine: &str, name: &str) -> Result<Vec<Stay>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(volume) = alive(&connection, engine, name)? else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(
                "SELECT container_name, destination, attached_at, attached_watched, released_at, released_watched
                 FROM attachment WHERE volume = ?1 ORDER BY attached_at DESC, id DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![volume, STAYS], |row| {
                let from = time(row.get(2)?).unwrap_or(Timestamp::UNIX_EPOCH);
                let is_exact = row.get::<_, Option<bool>>(5)?.unwrap_or(false);
                Ok(Stay {
                    container: row.get(0)?,
                    destination: row.get(1)?,
                    from: Moment { at: from, is_exact: row.get(3)? },
                    until: time(row.get(4)?).map(|at| Moment { at, is_exact }),
                })
            })?;
            let mut stays = rows.collect::<rusqlite::Result<Vec<Stay>>>()?;
            stays.reverse();
            Ok(stays)
        };
        read().map_err(|source| self.failed(source))
    }

    /// The folders in a volume's root that weighed more at `to` than at `from`, those that gained
    /// most first. What no measurement showed at `from` has no weight before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn grown_folders(
        &self,
        engine: &str,
        name: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<FolderGrowth>, Error> {
        let connection = self.lock();
        let read = || {
            let Some(volume) = alive(&connection, engine, name)? else { return Ok(Vec::new()) };
            // Without a look at the folders by then nothing grew that we could know of: the first
            // look within the period is where it begins.
            let began: Option<i64> = connection.query_row(
                "SELECT ifnull((SELECT max(at) FROM folder WHERE volume = ?1 AND at <= ?2),
                        (SELECT min(at) FROM folder WHERE volume = ?1 AND at <= ?3))",
                params![volume, from.as_millisecond(), to.as_millisecond()],
                |row| row.get(0),
            )?;
            let Some(began) = began else { return Ok(Vec::new()) };
            let began = began.max(from.as_millisecond());
            // A list that was cut may have left out what seems to be new.
            let known: i64 = connection.query_row(
                "SELECT count(*) FROM folder f WHERE volume = ?1 AND allocated IS NOT NULL
                 AND at = (SELECT max(at) FROM folder WHERE volume = ?1 AND path = f.path AND at <= ?2)",
                params![volume, began],
                |row| row.get(0),
            )?;
            let mut statement = connection.prepare_cached(
                "SELECT f.path, f.allocated,
                    (SELECT b.allocated FROM folder b WHERE b.volume = ?1 AND b.path = f.path AND b.at <= ?2
                     ORDER BY b.at DESC LIMIT 1)
                 FROM folder f WHERE f.volume = ?1 AND f.allocated IS NOT NULL
                 AND f.at = (SELECT max(at) FROM folder WHERE volume = ?1 AND path = f.path AND at <= ?3)",
            )?;
            let rows = statement.query_map(params![volume, began, to.as_millisecond()], |row| {
                let bytes = unsigned(row.get(1)?).unwrap_or(0);
                Ok(FolderGrowth { path: row.get(0)?, before: unsigned(row.get(2)?), bytes })
            })?;
            let mut grown = rows.collect::<rusqlite::Result<Vec<FolderGrowth>>>()?;
            grown.retain(|folder| {
                folder.gained() > 0
                    && (folder.before.is_some() || usize::try_from(known).is_ok_and(|known| known < LISTED))
            });
            grown.sort_by(|a, b| b.gained().cmp(&a.gained()).then_with(|| a.path.cmp(&b.path)));
            grown.truncate(FOLDERS);
            Ok(grown)
        };
        read().map_err(|source| self.failed(source))
    }

    /// Everything that is remembered of one volume.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn past(&self, engine: &str, name: &str, now: Timestamp) -> Result<Past, Error> {
        let trail = Trail::of(self.samples(engine, name, Timestamp::MIN)?);
        let stays = self.stays(engine, name)?;
        let mut folders = Vec::new();
        for period in Period::ALL {
            folders.push((period, self.grown_folders(engine, name, period.start(now), now)?));
        }
        Ok(Past { trail, stays, folders })
    }
}

/// The row of a volume that still exists.
fn alive(connection: &Connection, engine: &str, name: &str) -> rusqlite::Result<Option<i64>> {
    let Some(engine) = known_engine(connection, engine)? else { return Ok(None) };
    connection
        .query_row(
            "SELECT id FROM volume WHERE engine = ?1 AND name = ?2 AND gone_at IS NULL",
            params![engine, name],
            |row| row.get(0),
        )
        .optional()
}

fn sample(row: &Row<'_>) -> rusqlite::Result<Option<Sample>> {
    let (at, until) = (time(row.get(0)?), time(row.get(1)?));
    let (allocated, apparent) = (unsigned(row.get(2)?), unsigned(row.get(3)?));
    Ok(at.zip(until).and_then(|(at, until)| Sample::new(at, until, allocated, apparent)))
}

//! Forgetting: what is old is remembered less often, what is very old not at all.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, History};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// What is older is forgotten.
const KEPT_MS: i64 = 400 * DAY_MS;
/// What is older than the first keeps one sample in the second.
const THINNED_MS: [(i64, i64); 2] = [(DAY_MS, HOUR_MS), (31 * DAY_MS, DAY_MS)];
/// Between two such looks at the whole file.
const PAUSE_MS: i64 = 6 * HOUR_MS;

impl History {
    /// Forgets what is too old to be asked for: all but the newest sample of an hour or a day, and
    /// lives of volumes that ended long ago. The newest sample of a volume is never lost.
    ///
    /// Looks only when nobody did for some hours: it reads the whole file.
    pub(super) fn forget_old(&self, now: Timestamp) -> Result<(), Error> {
        let now = now.as_millisecond();
        let tidied =
            self.lock().query_row("SELECT at FROM tidied", [], |row| row.get::<_, i64>(0)).optional();
        let tidied = tidied.map_err(|source| self.failed(source))?;
        // A clock that was set back must not stop it for ever.
        if tidied.is_some_and(|at| (now - PAUSE_MS..=now).contains(&at)) {
            return Ok(());
        }
        let oldest = now - KEPT_MS;
        self.write(|transaction| {
            for table in ["sample", "attachment", "folder"] {
                let of_the_gone =
                    format!("DELETE FROM {table} WHERE volume IN (SELECT id FROM volume WHERE gone_at < ?1)");
                transaction.execute(&of_the_gone, params![oldest])?;
            }
            transaction.execute(
                "DELETE FROM protection WHERE life IN (SELECT id FROM volume WHERE gone_at < ?1)",
                params![oldest],
            )?;
            transaction.execute("DELETE FROM volume WHERE gone_at < ?1", params![oldest])?;
            transaction.execute(
                "DELETE FROM sample WHERE confirmed_at < ?1 AND EXISTS (SELECT 1 FROM sample AS later
                 WHERE later.volume = sample.volume AND later.at > sample.at)",
                params![oldest],
            )?;
            for (age, one_in) in THINNED_MS {
                // Allocated and apparent sizes are never compared: each keeps its own.
                transaction.execute(
                    "DELETE FROM sample WHERE at < ?1 AND EXISTS (SELECT 1 FROM sample AS later
                     WHERE later.volume = sample.volume AND later.at > sample.at AND later.at < ?1
                     AND later.at / ?2 = sample.at / ?2
                     AND (later.allocated IS NULL) = (sample.allocated IS NULL))",
                    params![now - age, one_in],
                )?;
                transaction.execute(
                    "DELETE FROM folder WHERE at < ?1 AND EXISTS (SELECT 1 FROM folder AS later
                     WHERE later.volume = folder.volume AND later.path = folder.path
                     AND later.at > folder.at AND later.at < ?1 AND later.at / ?2 = folder.at / ?2)",
                    params![now - age, one_in],
                )?;
            }
            transaction.execute("DELETE FROM tidied", [])?;
            transaction.execute("INSERT INTO tidied (at) VALUES (?1)", params![now])?;
            Ok(())
        })
    }
}

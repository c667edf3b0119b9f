//! When backups were last proven, and how.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Error, History};

impl History {
    /// Notes that a backup of this size was proven; or that it is damaged.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record_proof(&self, backup: &Path, bytes: u64, at: Timestamp, how: &str) -> Result<(), Error> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.write(|transaction| {
            transaction.execute(
                // What was restored once is not proven less for being read once more.
                "INSERT INTO proof (path, bytes, at, how) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (path) DO UPDATE SET bytes = ?2, at = ?3, how = ?4
                 WHERE NOT (proof.bytes = ?2 AND proof.how = 'restored' AND ?4 = 'read back')",
                params![backup.as_os_str().as_bytes(), bytes, at.as_millisecond(), how],
            )
        })
        .map(drop)
    }

    /// When a backup of this size was last proven, and how.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn proof(&self, backup: &Path, bytes: u64) -> Result<Option<(Timestamp, String)>, Error> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let connection = self.lock();
        let found: Result<Option<(i64, String)>, _> = connection
            .query_row(
                "SELECT at, how FROM proof WHERE path = ?1 AND bytes = ?2",
                params![backup.as_os_str().as_bytes(), bytes],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional();
        let found = found.map_err(|source| self.failed(source))?;
        Ok(found.and_then(|(at, how)| Some((Timestamp::from_millisecond(at).ok()?, how))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_proof_counts_also_where_the_clock_was_set_back_since() {
        let history = History::in_memory().expect("a history");
        let at = |second| Timestamp::from_second(second).expect("in range");
        let path = Path::new("/b/v.tar.zst");
        history.record_proof(path, 7, at(100), "read back").expect("noted");
        for (second, how) in [(50, "read back"), (40, "damaged"), (30, "restored")] {
            history.record_proof(path, 7, at(second), how).expect("noted");
            assert_eq!(history.proof(path, 7).expect("read"), Some((at(second), how.to_owned())));
        }
    }

    #[test]
    fn the_last_proof_counts_of_that_very_file() {
        let history = History::in_memory().expect("a history");
        let at = |second| Timestamp::from_second(second).expect("in range");
        let path = Path::new("/b/v.tar.zst");
        assert_eq!(history.proof(path, 7).expect("read"), None);
        history.record_proof(path, 7, at(1), "read back").expect("noted");
        history.record_proof(path, 7, at(2), "restored").expect("noted");
        assert_eq!(history.proof(path, 7).expect("read"), Some((at(2), "restored".to_owned())));
        assert_eq!(history.proof(path, 8).expect("read"), None, "another file has its name");
    }
}

//! The tables, and how older files become newer ones.

use rusqlite::Connection;

/// The version that this program reads and writes.
pub(super) const VERSION: i64 = 8;

/// What each version adds to the one before, the first to an empty file.
const STEPS: [&str; 8] = [FIRST, GROWTH, PROTECTION, WATCH, PROOFS, TRASH, ROOT, RENAMED];

pub(super) const FIRST: &str = "
CREATE TABLE engine (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    last_listed INTEGER
);
-- One row a life of a volume: a name that is destroyed and made again gets a new row.
CREATE TABLE volume (
    id INTEGER PRIMARY KEY,
    engine INTEGER NOT NULL REFERENCES engine (id),
    name TEXT NOT NULL,
    created_at INTEGER,
    first_seen INTEGER NOT NULL,
    gone_at INTEGER
);
CREATE UNIQUE INDEX volume_alive ON volume (engine, name) WHERE gone_at IS NULL;
-- `watched` says that volx was there when it happened, so that the time is exact.
CREATE TABLE attachment (
    id INTEGER PRIMARY KEY,
    volume INTEGER NOT NULL REFERENCES volume (id),
    container_id TEXT NOT NULL,
    container_name TEXT NOT NULL,
    image TEXT NOT NULL,
    destination TEXT NOT NULL,
    read_only INTEGER NOT NULL,
    attached_at INTEGER NOT NULL,
    attached_watched INTEGER NOT NULL,
    released_at INTEGER,
    released_watched INTEGER
);
CREATE INDEX attachment_of ON attachment (volume, released_at);
CREATE TABLE sample (
    volume INTEGER NOT NULL REFERENCES volume (id),
    at INTEGER NOT NULL,
    -- When it was last measured to be the same.
    confirmed_at INTEGER NOT NULL,
    apparent INTEGER,
    allocated INTEGER,
    files INTEGER,
    dirs INTEGER,
    newest_write INTEGER,
    errors INTEGER,
    method TEXT NOT NULL,
    PRIMARY KEY (volume, at)
) WITHOUT ROWID;
";

/// Version 2: what the folders in a volume's root weigh, and when the file was last tidied.
pub(super) const GROWTH: &str = "
-- A row where it changed; no weight where the folder was not there any more.
CREATE TABLE folder (
    volume INTEGER NOT NULL REFERENCES volume (id),
    path TEXT NOT NULL,
    at INTEGER NOT NULL,
    allocated INTEGER,
    PRIMARY KEY (volume, path, at)
) WITHOUT ROWID;
CREATE TABLE tidied (at INTEGER NOT NULL);
";

/// Version 3: what the user decided of single volumes.
const PROTECTION: &str = "
-- A protection is of the name; lifting one is of this life of the volume alone.
CREATE TABLE protection (
    engine INTEGER NOT NULL REFERENCES engine (id),
    name TEXT NOT NULL,
    is_protected INTEGER NOT NULL,
    life INTEGER REFERENCES volume (id),
    PRIMARY KEY (engine, name)
) WITHOUT ROWID;
CREATE INDEX protection_life ON protection (life);
";

/// Version 4: since when an engine is watched, and by whom; when a volume was used last by a container
/// that no listing shows.
const WATCH: &str = "
ALTER TABLE engine ADD COLUMN watched_since INTEGER;
ALTER TABLE volume ADD COLUMN used_at INTEGER;
CREATE TABLE watcher (
    engine INTEGER NOT NULL REFERENCES engine (id),
    owner TEXT NOT NULL,
    PRIMARY KEY (engine, owner)
) WITHOUT ROWID;
-- Nobody knows how well it was watched before.
UPDATE engine SET watched_since = last_listed;
";

/// Version 5: when backups were last proven.
const PROOFS: &str = "
CREATE TABLE proof (
    path BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    how TEXT NOT NULL
) WITHOUT ROWID;
";

/// Version 6: what was removed and can be brought back.
const TRASH: &str = "
-- Ids are never used again: folders of the trash are named after them.
CREATE TABLE action (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    engine INTEGER NOT NULL REFERENCES engine (id),
    verb TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Of a renaming.
    old_name TEXT,
    new_name TEXT
);
CREATE TABLE trash (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action INTEGER NOT NULL REFERENCES action (id),
    name TEXT NOT NULL,
    driver TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at TEXT,
    labels TEXT NOT NULL,
    -- In clear: only so the volume can be made again.
    options TEXT NOT NULL,
    path BLOB,
    at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    is_whole INTEGER NOT NULL DEFAULT 0,
    is_removed INTEGER NOT NULL DEFAULT 0,
    restoring TEXT
);
CREATE INDEX trash_of ON trash (action);
";

/// Version 7: an empty volume is in the trash as the tar of its root alone, without a file.
const ROOT: &str = "ALTER TABLE trash ADD COLUMN root BLOB;";

/// Version 8: what tells a volume that got another name from one that has that name by now.
const RENAMED: &str = "ALTER TABLE action ADD COLUMN new_mark TEXT;";

/// Brings the file to [`VERSION`]. Answers the file's version when that is newer.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Option<i64>> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Ok(Some(found));
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    if found != VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(None)
}

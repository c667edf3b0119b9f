//! Whether a backup fits where it is to go, as far as that can be known before it is made.

use std::fs::File;
use std::path::Path;

use crate::access::backing;
use crate::domain::size::{Units, human};
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;

/// What a file with content takes in a backup at least: its digest, which nothing compresses.
const LEAST: u64 = 32;
/// What the smallest backup takes: head, manifest, footer, seek table.
const SMALLEST: u64 = 4096;

/// What is known of a backup's room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// It fits, or nothing speaks against it.
    Fits,
    /// It fits only if it compresses; in words.
    Tight(String),
    /// It does not fit, however well it compresses.
    Full(Trouble),
}

/// Looks whether a backup of what was measured fits into a folder. Blocks.
#[must_use]
pub fn of(folder: &Path, volume: &str, usage: Option<&Usage>) -> Room {
    // The folder itself may be still to be made.
    let there = folder.ancestors().find_map(|folder| File::open(folder).ok());
    // What cannot be asked is said by the system when it is written.
    let Some(room) = there.and_then(|folder| backing::room(folder).ok()) else { return Room::Fits };
    judged(folder, volume, usage, room.bytes)
}

fn judged(folder: &Path, volume: &str, usage: Option<&Usage>, free: u64) -> Room {
    let size = |bytes| human(bytes, Units::default());
    let (folder, left) = (folder.display(), size(free));
    let least = usage.and_then(|usage| usage.files).unwrap_or(0).saturating_mul(LEAST).max(SMALLEST);
    if free < least {
        let cause =
            format!("no space left in {folder}: {left} are free, and it takes {} at least", size(least));
        let trouble = Trouble::new(format!("'{volume}' was not backed up"), cause);
        return Room::Full(trouble.with_remedy("make room there, or choose another folder with --to"));
    }
    match usage.and_then(content) {
        Some(content) if free < content => Room::Tight(format!(
            "'{volume}' holds {} and {folder} has {left} free: it fits only if it compresses well",
            size(content)
        )),
        _ => Room::Fits,
    }
}

/// Bytes of content that are read for a backup, as far as they were measured: of a file with holes those
/// on the disk, of a small one not what its block takes.
#[must_use]
pub fn content(usage: &Usage) -> Option<u64> {
    match (usage.apparent, usage.allocated) {
        (Some(apparent), Some(allocated)) => Some(apparent.min(allocated)),
        (apparent, _) => apparent,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_may_compress_is_said_and_what_cannot_fit_is_refused() {
        let usage = Usage { files: Some(1000), ..Usage::from_engine(1_000_000, Timestamp::UNIX_EPOCH) };
        let at = |free| judged(Path::new("/b"), "v", Some(&usage), free);
        assert_eq!(at(2_000_000), Room::Fits);
        assert!(matches!(at(500_000), Room::Tight(words) if words.contains("500.0 kB free")));
        assert!(matches!(at(31_000), Room::Full(trouble) if trouble.cause.contains("32.0 kB at least")));
        assert_eq!(judged(Path::new("/b"), "v", None, 10_000), Room::Fits, "unknown is not too much");
        assert!(matches!(judged(Path::new("/b"), "v", None, 0), Room::Full(_)));
    }
}

//! Signs of life beside a note: what was written after the last of them is somebody else's.

use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::access::walk::Walked;

/// How often whoever fills a volume gives a sign of life.
const SIGN: Duration = Duration::from_millis(250);
/// How long after the last sign something may still have been written by it: a helper ends within a second.
const AFTER: SignedDuration = SignedDuration::from_secs(3);

/// Signs of life, given by the note's own time, as long as this is there.
pub(super) struct Signs(JoinHandle<()>);

impl Signs {
    pub(super) fn beside(note: PathBuf) -> Self {
        Self(tokio::spawn(signs(note)))
    }
}

impl Drop for Signs {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn signs(path: PathBuf) {
    loop {
        tokio::time::sleep(SIGN).await;
        let note = path.clone();
        // Without a sign the half is told of instead of taken away.
        let _ = spawn_blocking(move || {
            let times = FileTimes::new().set_modified(SystemTime::now());
            File::options().append(true).open(note).and_then(|file| file.set_times(times))
        })
        .await;
    }
}

/// Whether nothing was written since whoever made the note was there.
pub(super) fn is_before(walked: &Walked, note: &Path) -> bool {
    let last = std::fs::metadata(note).and_then(|meta| meta.modified()).ok();
    let last = last.and_then(|last| Timestamp::try_from(last).ok());
    match (last, walked.newest_write) {
        (Some(last), Some(newest)) => walked.errors == 0 && newest <= last + AFTER,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_after_the_last_sign_of_life_is_somebody_else_s() {
        let note = tempfile::NamedTempFile::new().expect("a file");
        let walked = |newest| Walked { newest_write: Some(newest), ..Walked::default() };
        let now = Timestamp::now();
        assert!(is_before(&walked(now), note.path()));
        assert!(!is_before(&walked(now + SignedDuration::from_secs(60)), note.path()));
        assert!(!is_before(&Walked::default(), note.path()), "unknown is not unwritten");
    }
}

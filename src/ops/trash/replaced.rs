//! What a volume held before a backup took its place: it can be taken back as a removal can.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::{on_thread, shared};
use crate::domain::keep::REPLACED;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::history::History;
use crate::ops::right::Right;

/// Where it is kept when there is no trash: beside the audit log, for the rolling back alone.
const BESIDE: &str = "trash";

/// The place for what a volume held, while it is replaced.
pub(in crate::ops) struct Replaced {
    folder: PathBuf,
    /// By which it is taken back.
    action: Option<(Arc<History>, i64)>,
    /// Says that somebody is at it.
    _lock: Option<File>,
}

impl Replaced {
    /// Makes ready for it.
    pub(in crate::ops) async fn begin(right: &Right, summary: &str) -> Result<Self, Trouble> {
        let (Some(trash), Some(history)) = (right.trash().cloned(), right.history().map(Arc::clone)) else {
            let folder = right.beside_log(BESIDE);
            let folder =
                folder.ok_or_else(|| Trouble::new(summary, "there is nowhere to keep what it was"))?;
            return Ok(Self { folder, action: None, _lock: None });
        };
        let engine = right.engine().info().id.clone();
        on_thread(move || {
            let lock = shared(&trash.dir)?;
            let begun = history.begin_action(&engine, REPLACED, Timestamp::now());
            let action = begun.map_err(|error| error.trouble())?;
            let folder = trash.dir.join(action.to_string());
            Ok(Self { folder, action: Some((history, action)), _lock: Some(lock) })
        })
        .await
    }

    /// The folder it goes into.
    pub(in crate::ops) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Notes that it is in this file, whole. From now on it can be taken back; the answer is by which
    /// action.
    pub(in crate::ops) async fn note(
        &self,
        volume: &Volume,
        path: &Path,
        bytes: u64,
    ) -> Result<Option<i64>, Trouble> {
        let Some((history, action)) = self.action.clone() else { return Ok(None) };
        let (volume, path) = (volume.clone(), path.to_owned());
        on_thread(move || {
            // It is no volume's copy that may be dropped because the volume is there.
            let noted = history.discard_replaced(action, &volume, &path, bytes, Timestamp::now());
            noted.map_err(|error| error.trouble())?;
            Ok(Some(action))
        })
        .await
    }

    /// The end of it. An action that nothing came of is forgotten.
    pub(in crate::ops) async fn close(self) {
        let Some((history, action)) = self.action else { return };
        // One that stays is in nobody's way.
        let _ =
            on_thread(move || history.end_action(action).map(drop).map_err(|error| error.trouble())).await;
    }
}

/// Forgets what is in the volume again.
pub(in crate::ops) async fn forget(right: &Right, path: &Path) {
    let Some(history) = right.history().map(Arc::clone) else { return };
    let path = path.to_owned();
    // Then the trash tells of something whose file is gone; bringing that back says so.
    let _ = on_thread(move || history.forget_discarded_at(&path).map_err(|error| error.trouble())).await;
}

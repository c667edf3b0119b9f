//! Making rows, files and engine agree after somebody was killed.

use std::sync::Arc;

use super::still::as_it_was;
use super::{alone, drop_rows, on_thread, parts, rows};
use crate::domain::trouble::Trouble;
use crate::history::InTrash;
use crate::ops::right::Right;
use crate::vault;

/// Looks whether anything was left half done; does nothing while others are at it.
pub(super) async fn settle(right: &Right) -> Result<(), Trouble> {
    let (trash, history) = parts(right)?;
    let dir = trash.dir.clone();
    let Some(_lock) = on_thread(move || alone(&dir)).await? else { return Ok(()) };
    let mut over = Vec::new();
    for row in rows(right).await?.into_iter().filter(|row| !row.is_removed) {
        // Nothing is removed before its copy is whole.
        if row.is_whole && is_lost(right, &row).await? {
            let (history, id) = (Arc::clone(&history), row.discarded.id);
            on_thread(move || history.discard_is_removed(id).map_err(|error| error.trouble())).await?;
        } else {
            over.push(row.discarded);
        }
    }
    let known = Arc::clone(&history);
    on_thread(move || drop_rows(&known, &over)).await?;
    let dir = trash.dir.clone();
    // Halves of files; what cannot be swept is in nobody's way.
    let _ = on_thread(move || {
        let folders = std::fs::read_dir(&dir).into_iter().flatten().flatten();
        for folder in folders.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            let _ = vault::sweep(&folder.path());
            let _ = std::fs::remove_dir(folder.path());
        }
        Ok(())
    })
    .await;
    Ok(())
}

/// Whether a volume is gone, or another one has its name, or not all is in it that was copied.
async fn is_lost(right: &Right, row: &InTrash) -> Result<bool, Trouble> {
    let then = &row.discarded.volume;
    let now = right.changes()?.volume(&then.name).await;
    let Some(now) = now.map_err(|error| error.trouble("the trash cannot be looked through"))? else {
        return Ok(true);
    };
    let is_it = (&now.driver, &now.options, &now.labels, now.created_at)
        == (&then.driver, &then.options, &then.labels, then.created_at);
    // What cannot be looked into may be half.
    Ok(!is_it || as_it_was(right, &row.discarded, &now).await != Ok(true))
}

//! Making rows, files and engine agree after somebody was killed, and dropping what is past its time.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::{alone, drop_row, on_thread, overdue, parts, rows};
use crate::domain::keep::Discarded;
use crate::domain::trouble::Trouble;
use crate::history::InTrash;
use crate::ops::audit::{Entry, Step};
use crate::ops::right::Right;
use crate::vault;

/// Looks whether anything was left half done; does nothing while others are at it.
pub(super) async fn settle(right: &Right) -> Result<(), Trouble> {
    let (trash, history) = parts(right)?;
    let dir = trash.dir.clone();
    let Some(_lock) = on_thread(move || alone(&dir)).await? else { return Ok(()) };
    for row in rows(right).await?.into_iter().filter(|row| !row.is_removed) {
        let is_gone = is_removed(right, &row).await?;
        let history = Arc::clone(&history);
        on_thread(move || match is_gone {
            // Nothing is removed before its copy is whole.
            _ if !row.is_whole => drop_row(&history, &row.discarded),
            true => history.discard_is_removed(row.discarded.id).map_err(|error| error.trouble()),
            false => drop_row(&history, &row.discarded),
        })
        .await?;
    }
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
    let all: Vec<Discarded> = rows(right).await?.into_iter().map(|row| row.discarded).collect();
    let old = overdue(&all, trash.keep, Timestamp::now());
    if old.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = old.iter().map(|row| row.volume.name.clone()).collect();
    let mut details = Map::new();
    details.insert("ids".to_owned(), json!(old.iter().map(|row| row.id).collect::<Vec<_>>()));
    // Told before it is done; without a log nothing is dropped unasked.
    let intent = Entry::new(Step::Intent, "drop_expired_trash", names.clone()).with(details);
    if right.log(intent).await.is_err() {
        return Ok(());
    }
    let dropped = on_thread(move || old.iter().try_for_each(|row| drop_row(&history, row))).await;
    let ended = Entry::new(Step::Result, "drop_expired_trash", names);
    let ended = match &dropped {
        Ok(()) => ended.ended("done", None),
        Err(trouble) => ended.ended("failed", Some(trouble.cause.clone())),
    };
    // That it was tried is in the log already.
    let _ = right.log(ended).await;
    dropped
}

/// Whether the volume of a row is gone, or another one has its name.
async fn is_removed(right: &Right, row: &InTrash) -> Result<bool, Trouble> {
    let then = &row.discarded.volume;
    let now = right.changes()?.volume(&then.name).await;
    let now = now.map_err(|error| error.trouble("the trash cannot be looked through"))?;
    Ok(now.is_none_or(|now| {
        (&now.driver, &now.options, &now.labels, now.created_at)
            != (&then.driver, &then.options, &then.labels, then.created_at)
    }))
}

//! Whether a volume still holds what its copy in the trash does. An engine that fails to remove a volume
//! may have removed most of what is in it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{copy, on_thread};
use crate::access::content::Content;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::keep::Discarded;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::ops::copying::{compare, whole};
use crate::ops::right::Right;

/// File systems date what is written by a clock that ticks, and is behind by a tick.
const TICK: SignedDuration = SignedDuration::from_secs(1);

/// Whether nothing was written to it and nothing removed from it since. Only what this machine's kernel
/// dates can be compared with this machine's clock.
pub(super) async fn untouched(content: &dyn Content, since: Timestamp, progress: &Arc<Progress>) -> bool {
    if content.way() != Way::Direct {
        return false;
    }
    let walked = content.scan(progress).await;
    walked.is_ok_and(|walked| {
        walked.errors == 0 && walked.newest_write.is_some_and(|newest| newest < since - TICK)
    })
}

/// Whether a volume that was to be removed is as it was when it was copied.
pub(super) async fn as_it_was(right: &Right, row: &Discarded, volume: &Volume) -> Result<bool, String> {
    if row.path.is_none() && row.root.is_none() {
        // Its data is elsewhere.
        return Ok(true);
    }
    let content = whole(right.engine(), volume).await.map_err(|error| error.to_string())?;
    if row.root.is_none() && untouched(content.as_ref(), row.at, &Arc::default()).await {
        return Ok(true);
    }
    like_its_copy(row, content.as_ref()).await
}

/// Whether some of a volume is gone with what the engine did before it failed to remove it: then, how all of
/// it comes back.
pub(super) async fn lost_by_failing(
    right: &Right,
    row: &Discarded,
    action: i64,
) -> Result<Option<String>, String> {
    let name = &row.volume.name;
    let changes = right.changes().map_err(|trouble| trouble.to_string())?;
    // Podman forgets it first.
    if changes.volume(name).await.map_err(|error| error.to_string())?.is_none() {
        return Ok(Some(format!("a whole copy is in the trash: 'volx undo {action}' brings it back")));
    }
    let is_whole = as_it_was(right, row, &row.volume).await?;
    Ok((!is_whole).then(|| {
        format!(
            "not all of it is there any more, and a whole copy is in the trash: \
             'volx undo {action} --as {name}=NAME' brings it back under another name"
        )
    }))
}

/// Whether a volume holds what a copy holds, to the last byte.
async fn like_its_copy(row: &Discarded, content: &dyn Content) -> Result<bool, String> {
    if let Some(root) = &row.root {
        return copy::is_root(content, root).await;
    }
    let path = row.path.clone().unwrap_or_default();
    let read = move || {
        copy::facts_in(&path).map_err(|error| Trouble::new("the copy cannot be read", error.to_string()))
    };
    let facts = on_thread(read).await.map_err(|error| error.to_string())?;
    let compared = compare(&facts, content, &Arc::default()).await;
    compared.map(|difference| difference.is_none()).map_err(|error| error.to_string())
}

/// What is in a volume that an undoing made which was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum IsBack {
    /// All that was removed, and nothing else.
    Whole,
    /// Nothing yet, or its data is elsewhere.
    Empty,
    /// Something else: a part of it, or what somebody wrote.
    Otherwise,
}

/// Looks what is in a volume that an undoing made which was killed.
pub(in crate::ops) async fn is_back(
    right: &Right,
    row: &Discarded,
    volume: &Volume,
) -> Result<IsBack, String> {
    if row.path.is_none() && row.root.is_none() {
        return Ok(IsBack::Empty);
    }
    let content = whole(right.engine(), volume).await.map_err(|error| error.to_string())?;
    if like_its_copy(row, content.as_ref()).await? {
        // Whoever hears of it lets the copy go.
        content.sync(&Arc::default()).await.map_err(|error| error.to_string())?;
        return Ok(IsBack::Whole);
    }
    let walked = content.scan(&Arc::default()).await.map_err(|error| error.to_string())?;
    let is_empty = walked.files + walked.dirs + walked.errors == 0;
    Ok(if is_empty { IsBack::Empty } else { IsBack::Otherwise })
}

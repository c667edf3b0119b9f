//! The trash: what was removed, whole, until it is emptied.
//!
//! The order is what makes it safe against a kill at any moment: a row that says what is to come, the
//! copy, its proof, the row that says it is whole, the removal, the row that says so. Whoever begins
//! later and finds nobody at it makes rows and engine agree again. A copy goes only when the volume is seen
//! to be as it was copied: a removal that failed may have removed most of it.

mod bin;
mod copy;
mod empty;
mod replaced;
mod settle;
mod still;
mod taking;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use tokio::task::spawn_blocking;

pub(super) use bin::{Bin, Taken};
pub(super) use copy::facts_in;
pub(super) use empty::drop_due;
pub use empty::{due, empty, overdue};
pub(super) use replaced::{Replaced, forget};
pub(super) use still::{IsBack, is_back};

use super::right::Right;
use crate::access::direct::Direct;
use crate::access::{backing, ways};
use crate::domain::access::Way;
use crate::domain::keep::{Discarded, Renamed, Trash};
use crate::domain::prune::{Due, Room};
use crate::domain::trouble::Trouble;
use crate::history::{History, InTrash};

const LOCK: &str = ".lock";
/// Held by whoever takes something out, or drops it.
const OUT: &str = ".out";

/// Why there is no trash.
fn none() -> Trouble {
    Trouble::new("there is no trash", "it is not kept here")
}

/// The trash of a right, and the history that knows what is in it.
fn parts(right: &Right) -> Result<(Trash, Arc<History>), Trouble> {
    let trash = right.trash().cloned().ok_or_else(none)?;
    let history = right.history().map(Arc::clone).ok_or_else(|| {
        Trouble::new("there is no trash", "the history, which knows what is in it, cannot be opened")
            .with_remedy("mend the history.db in volx' state folder, or remove for good with --no-undo")
    })?;
    Ok((trash, history))
}

/// The room that the trash has for volumes of this engine.
///
/// # Errors
/// When there is no trash, or it cannot be used.
pub async fn room(right: &Right) -> Result<Room, Trouble> {
    let (trash, history) = parts(right)?;
    let info = right.engine().info();
    let report = ways::report(info).await;
    let is_open = |way| report.iter().any(|report| report.way == way && report.is_open);
    let closed = (!is_open(Way::Direct) && !is_open(Way::Helper)).then(|| {
        let whys: Vec<&str> = report
            .iter()
            .filter(|report| report.way != Way::Archive)
            .map(|report| report.why.as_str())
            .collect();
        format!("its files cannot be read whole: {}", whys.join("; "))
    });
    let volumes = match Direct::prove(info).await {
        Ok(_) => info.root_dir.as_ref().map(|root| Path::new(root).join("volumes")),
        Err(_) => None,
    };
    let engine = info.id.clone();
    let looked = spawn_blocking(move || {
        make(&trash.dir)?;
        let free = backing::of(&trash.dir).ok().map(|backing| backing.available);
        let device = |path: &Path| std::fs::metadata(path).ok().map(|meta| meta.dev());
        let theirs = volumes.as_deref().and_then(device);
        let is_same_disk = theirs.and_then(|theirs| Some(theirs == device(&trash.dir)?));
        let held = history.trash_bytes().map_err(|error| error.trouble())?;
        let rows = history.trash(&engine).map_err(|error| error.trouble())?;
        let rows: Vec<Discarded> =
            rows.into_iter().filter(|row| row.is_removed).map(|row| row.discarded).collect();
        let due = due(&rows, trash.keep, trash.limit, held, Timestamp::now());
        let due = due.into_iter().map(|row| Due { id: row.id, name: row.volume.name, bytes: row.bytes });
        let place = trash.dir.display().to_string();
        Ok(Room { place, held, limit: trash.limit, free, is_same_disk, closed, due: due.collect() })
    });
    looked.await.map_err(|error| broken(&error))?
}

/// What can be brought back, what was removed last first. Looks first whether rows and engine agree.
///
/// # Errors
/// When there is no trash, or the history cannot be read.
pub async fn list(right: &Right) -> Result<Vec<Discarded>, Trouble> {
    settle::settle(right).await?;
    let rows = rows(right).await?;
    Ok(rows.into_iter().filter(|row| row.is_removed).map(|row| row.discarded).collect())
}

pub(super) async fn rows(right: &Right) -> Result<Vec<InTrash>, Trouble> {
    let (_, history) = parts(right)?;
    let engine = right.engine().info().id.clone();
    on_thread(move || history.trash(&engine).map_err(|error| error.trouble())).await
}

pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    spawn_blocking(work).await.map_err(|error| broken(&error))?
}

fn broken(error: &tokio::task::JoinError) -> Trouble {
    Trouble::new("the trash cannot be used", error.to_string())
}

fn unusable(dir: &Path, error: &io::Error) -> Trouble {
    Trouble::new("the trash cannot be used", format!("{}: {error}", dir.display()))
        .with_remedy("[trash] dir in the settings names another folder; --no-undo removes for good")
}

fn make(dir: &Path) -> Result<(), Trouble> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| unusable(dir, &error))
}

/// A file that is there to be locked.
fn lock_file(dir: &Path, name: &str) -> Result<File, Trouble> {
    make(dir)?;
    let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(dir.join(name));
    opened.map_err(|error| unusable(dir, &error))
}

/// Held by whoever puts something there or takes something out: volumes are on their way.
fn shared(dir: &Path) -> Result<File, Trouble> {
    let file = lock_file(dir, LOCK)?;
    flock(&file, FlockOperation::LockShared).map_err(|error| unusable(dir, &error.into()))?;
    Ok(file)
}

/// Held by whoever finds nobody at it.
fn alone(dir: &Path) -> Result<Option<File>, Trouble> {
    sole(dir, LOCK)
}

/// A lock that nobody else holds, where nobody does.
fn sole(dir: &Path, name: &str) -> Result<Option<File>, Trouble> {
    let file = lock_file(dir, name)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(unusable(dir, &error.into())),
    }
}

/// Nobody else takes out or drops what this one does.
fn taking_out(dir: &Path, summary: &str) -> Result<File, Trouble> {
    let busy = || Trouble::new(summary, "something else is being brought back or dropped just now");
    sole(dir, OUT)?.ok_or_else(|| busy().with_remedy("wait until that is over, then try again"))
}

/// Removes files of the trash and what stands beside them, then their rows.
pub(super) fn drop_rows(history: &History, rows: &[Discarded]) -> Result<(), Trouble> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    // Killed after this, the next one who looks drops the rest.
    history.discards_are_over(&ids).map_err(|error| error.trouble())?;
    for path in rows.iter().filter_map(|row| row.path.as_ref()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for path in [
            path.clone(),
            path.with_file_name(format!("{name}.json")),
            path.with_file_name(format!("{name}.sha256")),
        ] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(&path, &error)),
                _ => {}
            }
        }
        if let Some(folder) = path.parent() {
            // Others of the same action may still be in it.
            let _ = std::fs::remove_dir(folder);
        }
    }
    history.forget_discarded(&ids).map_err(|error| error.trouble())
}

/// Says that something is taken out, until it is dropped: by one at a time.
pub(super) async fn take_out(right: &Right, summary: &'static str) -> Result<File, Trouble> {
    let (trash, _) = parts(right)?;
    on_thread(move || taking_out(&trash.dir, summary)).await
}

/// Says that volumes are on their way, until it is dropped.
pub(super) async fn hold(right: &Right) -> Result<File, Trouble> {
    let (trash, _) = parts(right)?;
    on_thread(move || shared(&trash.dir)).await
}

pub(super) fn history(right: &Right) -> Result<Arc<History>, Trouble> {
    parts(right).map(|(_, history)| history)
}

pub(super) async fn restoring(right: &Right, id: i64, name: Option<String>) -> Result<(), Trouble> {
    let history = history(right)?;
    on_thread(move || history.discard_is_restoring(id, name.as_deref()).map_err(|error| error.trouble()))
        .await
}

/// The renamings that can be taken back, the last first.
///
/// # Errors
/// When the history cannot be read.
pub async fn renamings(right: &Right) -> Result<Vec<Renamed>, Trouble> {
    let (history, engine) = (history(right)?, right.engine().info().id.clone());
    on_thread(move || history.renamings(&engine).map_err(|error| error.trouble())).await
}

pub(super) async fn forget_rename(right: &Right, action: i64) -> Result<(), Trouble> {
    let history = history(right)?;
    on_thread(move || history.forget_rename(action).map_err(|error| error.trouble())).await
}

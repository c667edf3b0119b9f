//! Bringing back what was removed, and giving a renamed volume its old name.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, json};
use tokio::task::spawn_blocking;

use super::clone::undone;
use super::copying::{NotDone, compare, on_disk, whole};
use super::create::create;
use super::rename::moved;
use super::right::{Audited, Right};
use super::trash::{self, drop_row, on_thread, rows};
use crate::access::content::ByteStream;
use crate::access::direct_content::packed;
use crate::access::facts::Facts;
use crate::access::walk::Progress;
use crate::domain::creation::NewVolume;
use crate::domain::keep::Discarded;
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;
use crate::history::InTrash;
use crate::vault::Archive;

const SUMMARY: &str = "it was not brought back";

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Undone {
    /// The action that was undone.
    pub action: i64,
    /// The volumes, by the names that they have now.
    pub names: Vec<String>,
    /// Why some of them did not come back: each name with its reason.
    pub failed: Vec<(String, Trouble)>,
    /// What could not be written to the audit log.
    pub unlogged: Option<Trouble>,
}

/// Takes back an action; the last one where none is named. `name` is for an action of one volume.
///
/// # Errors
/// When there is nothing to take back, or a name is taken; then nothing was changed.
pub async fn undo(
    right: &Right,
    action: Option<i64>,
    name: Option<&str>,
    progress: &Arc<Progress>,
) -> Result<Undone, NotDone> {
    right.changes().map_err(NotDone::refused)?;
    let all = trash::list(right).await?;
    let renamings = trash::renamings(right).await?;
    let last = all.iter().map(|row| row.action).chain(renamings.iter().map(|renamed| renamed.action)).max();
    let Some(wanted) = action.or(last) else {
        return Err(NotDone::refused(Trouble::new(SUMMARY, "there is nothing to take back")));
    };
    if let Some(renamed) = renamings.into_iter().find(|renamed| renamed.action == wanted) {
        let back = name.unwrap_or(&renamed.from);
        let done = moved(right, &renamed.to, back, progress).await?;
        trash::forget_rename(right, wanted).await?;
        return Ok(Undone {
            action: wanted,
            names: vec![back.to_owned()],
            failed: Vec::new(),
            unlogged: done.unlogged,
        });
    }
    let of: Vec<Discarded> = all.into_iter().filter(|row| row.action == wanted).collect();
    if of.is_empty() {
        let trouble = Trouble::new(SUMMARY, format!("there is nothing of action {wanted} in the trash"));
        return Err(NotDone::refused(trouble.with_remedy("'volx trash' lists what is in it")));
    }
    if let (Some(_), true) = (name, of.len() > 1) {
        let cause = format!("action {wanted} removed {} volumes, and there is one name", of.len());
        return Err(NotDone::refused(
            Trouble::new(SUMMARY, cause)
                .with_remedy("'volx trash restore ID --as NAME' brings back one of them"),
        ));
    }
    bring_back(right, wanted, of, name, progress).await
}

/// Brings back one volume of the trash.
///
/// # Errors
/// When it is not in the trash, or the name is taken; then nothing was changed.
pub async fn restore(
    right: &Right,
    id: i64,
    name: Option<&str>,
    progress: &Arc<Progress>,
) -> Result<Undone, NotDone> {
    right.changes().map_err(NotDone::refused)?;
    let all = trash::list(right).await?;
    let Some(row) = all.into_iter().find(|row| row.id == id) else {
        let trouble = Trouble::new(SUMMARY, format!("there is no {id} in the trash"));
        return Err(NotDone::refused(trouble.with_remedy("'volx trash' lists what is in it")));
    };
    bring_back(right, row.action, vec![row], name, progress).await
}

async fn bring_back(
    right: &Right,
    action: i64,
    of: Vec<Discarded>,
    name: Option<&str>,
    progress: &Arc<Progress>,
) -> Result<Undone, NotDone> {
    let _lock = trash::hold(right).await?;
    let known = rows(right).await?;
    let mut wanted = Vec::new();
    for row in of {
        // Somebody else may have taken it since.
        let Some(row) = known.iter().find(|known| known.discarded.id == row.id).cloned() else { continue };
        let new = NewVolume {
            name: name.unwrap_or(&row.discarded.volume.name).to_owned(),
            driver: row.discarded.volume.driver.clone(),
            options: row.discarded.volume.options.clone(),
            labels: row.discarded.volume.labels.clone(),
        };
        free(right, &row, &new).await?;
        wanted.push((row.discarded, new));
    }
    let mut undone = Undone { action, ..Undone::default() };
    for (row, new) in wanted {
        let mut details = Map::new();
        details.insert("trash".to_owned(), json!(row.id));
        let work = one(right, &row, &new, progress);
        let Audited { outcome, unlogged } =
            right.audited("restore_from_trash", vec![new.name.clone()], details, work).await;
        undone.unlogged = unlogged.or(undone.unlogged);
        match outcome {
            Ok(()) => undone.names.push(new.name),
            Err(trouble) => undone.failed.push((new.name, trouble)),
        }
    }
    Ok(undone)
}

/// That the name is free. What an undoing left half made that was killed is removed.
async fn free(right: &Right, row: &InTrash, new: &NewVolume) -> Result<(), NotDone> {
    new.check_name().map_err(|cause| NotDone::refused(Trouble::new(SUMMARY, cause)))?;
    let look = || async {
        let there = right.changes()?.volume(&new.name).await;
        there.map_err(|error| error.trouble(SUMMARY))
    };
    if look().await?.is_none() {
        return Ok(());
    }
    if row.restoring.as_deref() == Some(new.name.as_str()) {
        let half = Trouble::new(SUMMARY, format!("a half-made '{}' is in the way", new.name));
        let left = undone(right, new, half).await;
        if look().await?.is_none() {
            return Ok(());
        }
        return Err(NotDone::refused(left));
    }
    let cause = format!("a volume '{}' is there by now", new.name);
    let remedy =
        format!("'volx trash restore {} --as NAME' brings it back under another name", row.discarded.id);
    Err(NotDone::refused(Trouble::new(SUMMARY, cause).with_remedy(remedy)))
}

async fn one(
    right: &Right,
    row: &Discarded,
    new: &NewVolume,
    progress: &Arc<Progress>,
) -> Result<(), Trouble> {
    // What is damaged makes no volume.
    if let Some(path) = &row.path {
        prove(path, progress).await?;
    }
    trash::restoring(right, row.id, Some(new.name.clone())).await?;
    let made = async {
        create(right, new).await.outcome?;
        let Some(path) = &row.path else { return Ok(()) };
        match fill(right, path, new, progress).await {
            Ok(()) => Ok(()),
            Err(trouble) => Err(undone(right, new, trouble).await),
        }
    };
    if let Err(trouble) = made.await {
        // Whoever has the name now, it is not ours.
        let _ = trash::restoring(right, row.id, None).await;
        return Err(trouble);
    }
    let history = trash::history(right)?;
    let row = row.clone();
    on_thread(move || {
        on_disk();
        drop_row(&history, &row)
    })
    .await
}

async fn prove(path: &Path, progress: &Arc<Progress>) -> Result<(), Trouble> {
    let (at, progress) = (path.to_owned(), Arc::clone(progress));
    let broken = |why: String| Trouble::new(SUMMARY, format!("{}: {why}", path.display()));
    let proven = spawn_blocking(move || {
        Archive::open(File::open(at)?)?.verify(&mut |_| !progress.is_cancelled()).map(drop)
    });
    let proven = proven.await.map_err(|error| broken(error.to_string()))?;
    proven.map_err(|error| broken(error.to_string()))
}

/// Fills the new volume, and compares it with what is in the trash.
async fn fill(right: &Right, path: &Path, new: &NewVolume, progress: &Arc<Progress>) -> Result<(), Trouble> {
    let failed = |why: String| Trouble::new(SUMMARY, why);
    let volume = right.changes()?.volume(&new.name).await.map_err(|error| error.trouble(SUMMARY))?;
    let volume = volume.ok_or_else(|| failed("the new volume is gone already".to_owned()))?;
    let content = whole(right.engine(), &volume).await.map_err(|error| failed(error.to_string()))?;
    let unpacked = content.unpack(&Place::root(), tar(path.to_owned()), true, progress).await;
    unpacked.map_err(|error| failed(error.to_string()))?;
    let at = path.to_owned();
    let facts = spawn_blocking(move || {
        let archive = Archive::open(File::open(at)?)?;
        Ok::<_, crate::vault::Error>(Facts::of(archive.whole()?)?)
    });
    let facts = facts.await.map_err(|error| failed(error.to_string()))?;
    let facts = facts.map_err(|error| failed(error.to_string()))?;
    match compare(&facts, content.as_ref(), progress).await.map_err(|error| failed(error.to_string()))? {
        Some(difference) => Err(failed(format!("what came back is not what was removed: {difference}"))),
        None => Ok(()),
    }
}

/// The tar in a backup, as a stream.
fn tar(path: std::path::PathBuf) -> ByteStream {
    use crate::access::content::{Copied, Error};
    Box::new(packed(move |out| {
        let mut read = || -> Result<(), crate::vault::Error> {
            let archive = Archive::open(File::open(&path)?)?;
            std::io::copy(&mut archive.whole()?, out)?;
            Ok(())
        };
        read().map(|()| Copied::default()).map_err(|error| Error::Engine(error.to_string()))
    }))
}

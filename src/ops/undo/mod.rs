//! Bringing back what was removed or replaced, and giving a renamed volume its old name.

mod back;
mod replaced;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::clone::undone;
use super::copying::NotDone;
use super::making::mark_now;
use super::rename::moved;
use super::right::Right;
use super::trash::{self, IsBack, rows};
use crate::access::walk::Progress;
use crate::domain::creation::NewVolume;
use crate::domain::keep::{Discarded, Names, Renamed};
use crate::domain::trouble::Trouble;
use crate::history::InTrash;
use back::Back;

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

/// Takes back an action; the last one where none is named. A volume whose name is taken by now needs
/// another one.
///
/// # Errors
/// When there is nothing to take back, or a name is taken; then nothing was changed.
pub async fn undo(
    right: &Right,
    action: Option<i64>,
    names: &Names,
    progress: &Arc<Progress>,
) -> Result<Undone, NotDone> {
    right.changes().map_err(NotDone::refused)?;
    let _one = trash::take_out(right, SUMMARY).await.map_err(NotDone::refused)?;
    let all = trash::list(right).await?;
    let renamings = trash::renamings(right).await?;
    let last = all.iter().map(|row| row.action).chain(renamings.iter().map(|renamed| renamed.action)).max();
    let Some(wanted) = action.or(last) else {
        return Err(NotDone::refused(Trouble::new(SUMMARY, "there is nothing to take back")));
    };
    if let Some(renamed) = renamings.into_iter().find(|renamed| renamed.action == wanted) {
        return back_to_its_name(right, &renamed, names, progress).await;
    }
    let of: Vec<Discarded> = all.into_iter().filter(|row| row.action == wanted).collect();
    if of.is_empty() {
        let trouble = Trouble::new(SUMMARY, format!("there is nothing of action {wanted} in the trash"));
        return Err(NotDone::refused(trouble.with_remedy("'volx trash' lists what is in it")));
    }
    let refused =
        |cause: String, remedy: &str| Err(NotDone::refused(Trouble::new(SUMMARY, cause).with_remedy(remedy)));
    if names.only.is_some() && of.len() > 1 {
        let cause = format!("action {wanted} removed {} volumes, and there is one name", of.len());
        return refused(cause, "--as NAME=OTHER says which of them comes back under another name");
    }
    if let Some(unknown) = names.each.keys().find(|name| of.iter().all(|row| row.volume.name != **name)) {
        let cause = format!("there is no '{unknown}' of action {wanted} in the trash");
        return refused(cause, "'volx trash' lists what is in it");
    }
    bring_back(right, wanted, of, names, progress).await
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
    let _one = trash::take_out(right, SUMMARY).await.map_err(NotDone::refused)?;
    let all = trash::list(right).await?;
    let Some(row) = all.into_iter().find(|row| row.id == id) else {
        let trouble = Trouble::new(SUMMARY, format!("there is no {id} in the trash"));
        return Err(NotDone::refused(trouble.with_remedy("'volx trash' lists what is in it")));
    };
    let names = Names { only: name.map(str::to_owned), each: BTreeMap::new() };
    bring_back(right, row.action, vec![row], &names, progress).await
}

async fn back_to_its_name(
    right: &Right,
    renamed: &Renamed,
    names: &Names,
    progress: &Arc<Progress>,
) -> Result<Undone, NotDone> {
    let name = names.of(&renamed.from);
    let now = right.changes().map_err(NotDone::refused)?.volume(&renamed.to).await;
    let now = now.map_err(|error| error.trouble(SUMMARY))?;
    let mark = now.map(|volume| mark_now(right.engine().as_ref(), &volume));
    if renamed.mark.is_some() && mark.is_some() && renamed.mark != mark {
        let cause = format!("'{}' is another volume by now than the one that was renamed", renamed.to);
        let remedy = format!("'volx rename {} {name}' renames it all the same", renamed.to);
        return Err(NotDone::refused(Trouble::new(SUMMARY, cause).with_remedy(remedy)));
    }
    let done = moved(right, &renamed.to, name, progress).await?;
    trash::forget_rename(right, renamed.action).await?;
    Ok(Undone {
        action: renamed.action,
        names: vec![name.to_owned()],
        failed: Vec::new(),
        unlogged: done.unlogged,
    })
}

async fn bring_back(
    right: &Right,
    action: i64,
    of: Vec<Discarded>,
    names: &Names,
    progress: &Arc<Progress>,
) -> Result<Undone, NotDone> {
    let _lock = trash::hold(right).await?;
    let known: BTreeMap<i64, InTrash> =
        rows(right).await?.into_iter().map(|row| (row.discarded.id, row)).collect();
    let listed = right.engine().list().await.map_err(|error| error.trouble(SUMMARY))?;
    let mut taken: BTreeSet<&str> = listed.volumes.iter().map(|volume| volume.name.as_str()).collect();
    let is_alone = of.len() == 1;
    let (mut made, mut replaced, mut there) = (Vec::new(), Vec::new(), Vec::new());
    for InTrash { discarded: row, restoring, .. } in of.iter().filter_map(|row| known.get(&row.id)) {
        let new = NewVolume {
            name: names.of(&row.volume.name).to_owned(),
            driver: row.volume.driver.clone(),
            options: row.volume.options.clone(),
            labels: row.volume.labels.clone(),
        };
        let is_there = taken.contains(new.name.as_str());
        if is_there && row.is_replaced() && new.name == row.volume.name {
            replaced.push(row.clone());
            continue;
        }
        new.check_name().map_err(|cause| NotDone::misnamed(SUMMARY, cause))?;
        if is_there && !is_free(right, row, restoring.as_deref(), &new, is_alone).await? {
            there.push(Back { row: row.clone(), new });
            continue;
        }
        made.push(Back { row: row.clone(), new });
    }
    // Two of them under one name are one too many.
    if let Some(twice) = made.iter().find(|back| !taken.insert(&back.new.name) && !listed_has(&listed, back))
    {
        let cause = format!("two of them would get the name '{}'", twice.new.name);
        return Err(NotDone::refused(Trouble::new(SUMMARY, cause)));
    }
    progress.expect_volumes((made.len() + replaced.len()) as u64);
    let mut undone = back::bring_back(right, action, made, progress).await;
    let (rows, names): (Vec<_>, Vec<_>) = there.into_iter().map(|back| (back.row, back.new.name)).unzip();
    match back::leave_the_trash(right, rows, Vec::new(), None).await {
        Ok(()) => undone.names.extend(names),
        Err(trouble) => undone.failed.extend(names.into_iter().map(|name| (name, trouble.clone()))),
    }
    for row in replaced {
        let put_back = replaced::put_back(right, &row, progress).await;
        progress.volume_done();
        match put_back {
            Ok(unlogged) => {
                undone.names.push(row.volume.name);
                undone.unlogged = unlogged.or(undone.unlogged);
            }
            Err(trouble) => undone.failed.push((row.volume.name, trouble)),
        }
    }
    Ok(undone)
}

/// Whether it was listed: a half that was in the way, and is gone.
fn listed_has(listed: &crate::domain::inventory::Inventory, back: &Back) -> bool {
    listed.position(&back.new.name).is_some()
}

/// Whether a name is free that was listed. It is not where an undoing that was killed had brought the volume
/// back whole; the half of one is taken away by whoever finds its note, and what nobody could tell to be one
/// is not touched.
async fn is_free(
    right: &Right,
    row: &Discarded,
    restoring: Option<&str>,
    new: &NewVolume,
    is_alone: bool,
) -> Result<bool, NotDone> {
    let look = || async {
        let there = right.changes()?.volume(&new.name).await;
        there.map_err(|error| error.trouble(SUMMARY))
    };
    let Some(volume) = look().await? else { return Ok(true) };
    let mut cause = format!("a volume '{}' is there by now", new.name);
    if restoring == Some(new.name.as_str()) && new.difference(&volume).is_none() {
        match trash::is_back(right, row, &volume).await {
            Ok(IsBack::Whole) => return Ok(false),
            Ok(IsBack::Empty) => {
                let left = undone(right, new, Trouble::new(SUMMARY, cause)).await;
                return if look().await?.is_none() { Ok(true) } else { Err(NotDone::refused(left)) };
            }
            Ok(IsBack::Otherwise) => {
                cause.push_str(
                    ", which an undoing that was not finished made, and what is in it is not what was removed",
                );
            }
            Err(why) => cause = format!("{cause}, which an undoing that was not finished made: {why}"),
        }
    }
    let (action, name) = (row.action, &row.volume.name);
    let remedy = if is_alone {
        format!("'volx undo {action} --as NAME' brings it back under another name")
    } else {
        format!("'volx undo {action} --as {name}=NAME' brings it back under another name, with the others")
    };
    Err(NotDone::refused(Trouble::new(SUMMARY, cause).with_remedy(remedy)))
}

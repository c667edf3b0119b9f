//! Putting in order what a dead volx left: whom it held goes on, what it was replacing is as it was, the
//! half of what it was making is gone.

use std::path::Path;

use super::held::go_on;
use super::making::take_away;
use super::notes::{FOLDER, Note, discard, left, not_noted, replaced, sweep_half};
use super::right::Right;
use super::take_back::{NotBack, over, take_back};
use crate::access::helper;
use crate::domain::trouble::Trouble;

/// Whether somebody may have been left held, or something half made; costs one look into a folder.
#[must_use]
pub fn is_anything_left(state: &Path) -> bool {
    std::fs::read_dir(state.join(FOLDER)).is_ok_and(|mut entries| entries.next().is_some())
}

/// What a dead volx held on this engine goes on, and what it was replacing is as it was. The answer says
/// what was done, and what could not be done.
pub async fn resume(right: &Right) -> Vec<Result<String, Trouble>> {
    let mut told = Vec::new();
    let Some(folder) = right.beside_log(FOLDER) else { return told };
    let Ok(entries) = std::fs::read_dir(&folder) else { return told };
    let mut is_swept = false;
    for path in entries.flatten().map(|entry| entry.path()) {
        sweep_half(&path);
        // Of several that start at once, one does it.
        let Some((mut note, _ours)) = left(&path, &right.engine().info().id) else { continue };
        if !is_swept {
            // A helper outlives its volx by a moment, one that is stopped by more: what it still has to
            // write would come into what is put in order here.
            let _ = helper::sweep(right.engine()).await;
            is_swept = true;
        }
        // What is written anew is ours as well.
        let mut _rewritten = None;
        if let Some(replacing) = note.replacing.take() {
            let copied = match take_back(right, &replacing, Some(&path)).await {
                Ok(copied) => Some(copied),
                Err(NotBack::Gone(trouble)) => {
                    told.push(Err(trouble));
                    None
                }
                Err(NotBack::Theirs(trouble)) => {
                    // Once is enough: what it was stays in the trash, and whoever has it decides.
                    discard(&path).await;
                    told.push(Err(stopped(trouble, &note)));
                    continue;
                }
                Err(NotBack::Yet(trouble)) => {
                    // Its users would write into what is half.
                    told.push(Err(trouble));
                    continue;
                }
            };
            match replaced(&path, &note).await {
                Ok(lock) => _rewritten = lock,
                Err(error) => {
                    // As long as it is to be taken back, what it was stays.
                    told.push(Err(not_noted(&path, &replacing, &error)));
                    continue;
                }
            }
            if let Some(copied) = copied {
                let words = format!("'{}' is as it was before it was replaced", replacing.volume);
                told.push(over(right, &replacing, &copied).await.map(|()| words));
            }
        }
        if let Some(making) = &note.making {
            match take_away(right, making, &path).await {
                Ok(words) => told.extend(words.map(Ok)),
                Err((trouble, is_passing)) => {
                    told.push(Err(trouble));
                    if is_passing {
                        continue;
                    }
                }
            }
        }
        let (troubles, is_settled) = go_on(right, &note).await;
        if is_settled {
            discard(&path).await;
        }
        if troubles.is_empty() {
            let names: Vec<&str> = note.containers.iter().map(|(_, name)| name.as_str()).collect();
            if !names.is_empty() {
                told.push(Ok(format!("what an earlier volx held goes on: {}", names.join(", "))));
            }
        }
        told.extend(troubles.into_iter().map(Err));
    }
    told
}

/// Names those that nobody lets go on: they would write into what may be half.
fn stopped(trouble: Trouble, note: &Note) -> Trouble {
    let names: Vec<&str> = note.containers.iter().map(|(_, name)| name.as_str()).collect();
    if names.is_empty() {
        return trouble;
    }
    let cause = format!("{}\n  volx had stopped {}, and starts nobody now", trouble.cause, names.join(", "));
    Trouble { cause, ..trouble }
}

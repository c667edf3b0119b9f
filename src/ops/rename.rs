//! Giving a volume another name: copied, compared, looked at again, and only then removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::clone::{self, Cloned, Copy, Wanted};
use super::copying::{NotDone, compare, whole};
use super::making::mark_now;
use super::remove::remove;
use super::right::Right;
use crate::access::walk::Progress;
use crate::domain::creation::NewVolume;
use crate::domain::prune::{ConfirmedPlan, Facts, PrunePlan, Undo, Why};
use crate::domain::removal::{Outcome, Skip};
use crate::domain::trouble::Trouble;

const SUMMARY: &str = "it was not renamed";

/// Gives a volume another name.
///
/// # Errors
/// When containers refer to it, it is protected or the name is taken; then nothing was changed. When
/// it failed; then the volume is as it was.
pub async fn rename(
    right: &Right,
    from: &str,
    to: &str,
    progress: &Arc<Progress>,
) -> Result<Cloned, NotDone> {
    let mut cloned = moved(right, from, to, progress).await?;
    if let Some(history) = right.history().map(Arc::clone) {
        let (engine, old, new) = (right.engine().info().id.clone(), from.to_owned(), to.to_owned());
        let now = right.changes().map_err(NotDone::refused)?.volume(to).await.ok().flatten();
        let mark = now.map(|volume| mark_now(right.engine().as_ref(), &volume));
        let noting =
            move || history.record_rename(&engine, (&old, &new), mark.as_deref(), Timestamp::now()).map(drop);
        // What cannot be noted cannot be taken back by a word, but by renaming it once more.
        if !matches!(tokio::task::spawn_blocking(noting).await, Ok(Ok(()))) {
            cloned.notes.push("the history cannot be written: 'volx undo' does not know of it".to_owned());
        }
    }
    Ok(cloned)
}

/// The same, which is not noted as something to be taken back.
pub(super) async fn moved(
    right: &Right,
    from: &str,
    to: &str,
    progress: &Arc<Progress>,
) -> Result<Cloned, NotDone> {
    // What is removed at the end is the volume as it is now.
    let plan = planned(right, from).await?;
    let Some(target) = plan.targets().first() else {
        return Err(Trouble::new(SUMMARY, format!("no such volume: {from}")).into());
    };
    let source = target.volume.clone();
    let wanted = Wanted { from: from.to_owned(), to: to.to_owned(), ..Wanted::default() };
    let Copy { cloned, facts } = clone::copied(right, &wanted, progress).await?;
    let new = NewVolume {
        name: to.to_owned(),
        driver: source.driver.clone(),
        options: source.options.clone(),
        labels: BTreeMap::new(),
    };
    // The copy is on the disk by now: nothing comes between the last look and the removal.
    if let Some(facts) = facts {
        let looked = async {
            let content = whole(right.engine(), &source).await?;
            compare(&facts, content.as_ref(), progress).await
        };
        let trouble = match looked.await {
            Ok(None) => None,
            Ok(Some(difference)) => {
                let cause = format!("'{from}' was written to meanwhile: {difference}");
                Some(Trouble::new(SUMMARY, cause))
            }
            Err(error) => Some(Trouble::new(SUMMARY, error.to_string())),
        };
        if let Some(trouble) = trouble {
            return Err(clone::undone(right, &new, trouble).await.into());
        }
    }
    let removal = remove(right, &plan, &CancellationToken::new(), &mut |_| {}).await;
    let outcome = removal.report.done.into_iter().next().map(|done| done.outcome);
    let trouble = match outcome {
        Some(Outcome::Freed(_)) => return Ok(cloned),
        // What became of it is not known: both stay.
        _ if removal.lost.is_some() => {
            let cause = removal.lost.map_or_else(String::new, |lost| lost.cause);
            return Err(both("it is not known whether it was renamed", cause, from, to).into());
        }
        // Somebody else removed it, or made another one of its name: then the copy is all there is.
        Some(Outcome::Skipped(skip @ (Skip::Gone | Skip::Changed(_)))) => {
            return Err(both(SUMMARY, format!("'{from}': {}", skip.words()), from, to).into());
        }
        Some(Outcome::Skipped(skip)) => Trouble::new(SUMMARY, format!("'{from}' stays: {}", skip.words())),
        // An engine that fails may have removed most of what was in it.
        Some(Outcome::Failed(trouble)) => {
            return Err(both("it is not known whether it was renamed", trouble.cause, from, to).into());
        }
        None => Trouble::new(SUMMARY, format!("'{from}' had no turn")),
    };
    Err(clone::undone(right, &new, trouble).await.into())
}

/// The new volume stays: what is left of the old one is not known.
fn both(summary: &str, cause: String, from: &str, to: &str) -> Trouble {
    let remedy = format!("'{to}' is a whole copy and stays; look what is left of '{from}', then remove that");
    Trouble::new(summary, cause).with_remedy(remedy)
}

/// The plan that removes the volume of the old name, where nothing forbids it.
async fn planned(right: &Right, name: &str) -> Result<ConfirmedPlan, NotDone> {
    right.changes().map_err(NotDone::refused)?;
    let protection = right.protection().await.map_err(NotDone::refused)?;
    let inventory = right.engine().list().await.map_err(|error| NotDone::from(error.trouble(SUMMARY)))?;
    let now = Timestamp::now();
    let facts = Facts {
        inventory: &inventory,
        usage: &|_| None,
        fresh_since: now,
        provenance: &BTreeMap::new(),
        touched: &BTreeMap::new(),
        protection: Some(&protection),
        habit: right.engine().info().capabilities.prunes,
        now,
    };
    let plan = PrunePlan::by_name(&facts, &BTreeSet::from([name.to_owned()]));
    let Some(kept) = plan.kept.first() else {
        return Ok(plan.confirm(&facts, false, &right.engine().info().id, Undo::None));
    };
    let trouble = match kept.why {
        Why::Used(_) => {
            let holders: Vec<&str> = inventory.holders(kept.at).map(|c| c.name.as_str()).collect();
            Trouble::new(SUMMARY, format!("containers refer to '{name}': {}", holders.join(", ")))
                .with_remedy("a container keeps the name of its volume: remove these first")
        }
        Why::Protected(ref guard) => guard.refusal(SUMMARY, name),
        _ => Trouble::new(SUMMARY, kept.why.words(now, crate::domain::size::Units::Decimal)),
    };
    Err(NotDone::refused(trouble))
}

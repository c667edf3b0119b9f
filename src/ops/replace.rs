//! Replacing: the content of a volume gives way to a backup's, and what it was is kept.

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::backup::{self, back_up, found};
use super::browse::told;
use super::copying::{NotDone, compare, missing};
use super::held::Hold;
use super::making::{SAME, mark_now, walked};
use super::notes::Replacing;
use super::restore::{Restored, Source, fill};
use super::right::Right;
use super::take_back::{NotBack, again, clear, forget, over, take_back};
use super::trash::{Replaced, facts_in};
use super::verify::read_back;
use super::work::Work;
use crate::access::keep::losses_of_restoring;
use crate::access::open::open;
use crate::access::walk::Walked;
use crate::domain::access::Way;
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::keep::Writers;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::vault::Done;

/// Lets the content of a volume give way to a file's. What it was is kept as a backup first; when anything
/// fails it is as it was. Containers that run with it are refused, or stopped and started again.
///
/// # Errors
/// When it is protected, in use, or cannot be replaced.
pub async fn replace(
    right: &Right,
    source: &Source,
    name: &str,
    stops_users: bool,
    access: Option<Way>,
    work: &Work,
) -> Result<Restored, NotDone> {
    let summary = format!("'{name}' was not replaced");
    let asked = right.engine().list().await.map_err(|error| error.trouble(&summary))?;
    let (wanted, _) = replaceable(right, &asked, name, stops_users, &summary).await?;
    // Nothing is touched for a file that cannot be restored.
    if source.manifest.is_some() {
        read_back(&source.path, work)
            .await
            .map_err(|trouble| Trouble { summary: summary.clone(), ..trouble })?;
    }
    // That took its time: who is stopped is whoever runs with it now.
    let inventory = right.engine().list().await.map_err(|error| error.trouble(&summary))?;
    let (volume, users) = replaceable(right, &inventory, name, stops_users, &summary).await?;
    let engine = right.engine().as_ref();
    if mark_now(engine, wanted) != mark_now(engine, volume) {
        return Err(Trouble::new(summary, "another volume has its name now").into());
    }
    let trash = Replaced::begin(right, &summary).await?;
    let mut hold = match Hold::take(right, &users, Writers::Stopped).await {
        Ok(hold) => hold,
        Err(not_done) => {
            trash.close().await;
            return Err(not_done.about(&summary));
        }
    };
    let mut outcome = Err(Trouble::new(summary.clone(), "cancelled"));
    if !work.is_cancelled() {
        outcome = exchange(right, source, volume, &trash, access, &summary, &mut hold, work).await;
    }
    trash.close().await;
    let troubles = hold.release().await;
    match outcome {
        Ok(mut restored) => {
            restored.troubles.extend(troubles);
            Ok(restored)
        }
        Err(trouble) => Err(trouble.and(&troubles).into()),
    }
}

/// A volume and who runs with it, where it may be replaced.
async fn replaceable<'a>(
    right: &Right,
    inventory: &'a Inventory,
    name: &str,
    stops_users: bool,
    summary: &str,
) -> Result<(&'a Volume, Vec<&'a Container>), NotDone> {
    let (volume, users) =
        found(inventory, name).ok_or_else(|| Trouble::new(summary, "there is no such volume"))?;
    let protection = right.protection().await.map_err(NotDone::refused)?;
    if let Some(guard) = protection.of(volume) {
        return Err(NotDone::refused(guard.refusal(summary, name)));
    }
    if !users.is_empty() && !stops_users {
        let names: Vec<&str> = users.iter().map(|container| container.name.as_str()).collect();
        let trouble = Trouble::new(summary, format!("it is in use by {}", names.join(", ")));
        let remedy = "--stop stops them first and starts them again afterwards";
        return Err(NotDone::refused(trouble.with_remedy(remedy)));
    }
    Ok((volume, users))
}

#[expect(clippy::too_many_arguments, reason = "it is one step of one function")]
async fn exchange(
    right: &Right,
    source: &Source,
    volume: &Volume,
    trash: &Replaced,
    access: Option<Way>,
    summary: &str,
    hold: &mut Hold<'_>,
    work: &Work,
) -> Result<Restored, Trouble> {
    let wanted = backup::Wanted { access, ..backup::Wanted::new(&volume.name, trash.folder().to_owned()) };
    let before = look(right, volume, access, summary, work).await?;
    let kept = back_up(right.engine(), Some(right), None, &wanted, work).await;
    let kept = kept.map_err(|not_done| not_done.about(summary).trouble)?;
    if let Err(trouble) = is_kept_whole(right, volume, &kept.done, &before, access, summary, work).await {
        forget(kept.done.path).await;
        return Err(trouble);
    }
    let mut replacing = Replacing {
        volume: volume.name.clone(),
        mark: Some(mark_now(right.engine().as_ref(), volume)),
        snapshot: kept.done.path.clone(),
        is_our_clock: kept.way == Way::Direct,
    };
    if let Err(trouble) = hold.replacing(replacing.clone()).await {
        forget(kept.done.path).await;
        return Err(Trouble { summary: summary.to_owned(), ..trouble });
    }
    let mut troubles = kept.troubles;
    let undo = match trash.note(volume, &kept.done.path, kept.done.bytes).await {
        Ok(undo) => undo,
        Err(trouble) => {
            let remedy = format!("'volx undo' does not know of it; it is in {}", kept.done.path.display());
            let noted = Trouble::new("what it was is kept, and not noted", trouble.cause);
            troubles.push(noted.with_remedy(remedy));
            None
        }
    };
    let mut details = Map::new();
    details.insert("backup".to_owned(), Value::from(source.path.display().to_string()));
    details.insert("was".to_owned(), Value::from(kept.done.path.display().to_string()));
    let mut done = None;
    let exchanging = async {
        clear(right, volume, access, summary, work).await?;
        let now = Timestamp::now();
        let volume = again(right, volume, summary).await?;
        if !replacing.is_our_clock {
            replacing.is_our_clock = is_our_clock(right, &volume, now).await;
            hold.replacing(replacing.clone()).await?;
        }
        done = Some(fill(right, source, &volume, access, summary, work).await?);
        Ok(())
    };
    let exchanged = right.audited("replace_volume", vec![volume.name.clone()], details, exchanging).await;
    let failed = match (exchanged.outcome, done) {
        (Ok(()), Some((copied, way))) => {
            troubles.extend(hold.replaced().await.err());
            return Ok(Restored {
                volume: volume.name.clone(),
                copied,
                way,
                losses: losses_of_restoring(way),
                replaced: Some(kept.done.path),
                undo,
                troubles: exchanged.unlogged.into_iter().chain(troubles).collect(),
            });
        }
        (Err(trouble), _) => trouble,
        (Ok(()), None) => Trouble::new(summary, "the work ended without an answer"),
    };
    let copied = match take_back(right, &replacing, None).await {
        Ok(copied) => copied,
        Err(NotBack::Yet(trouble) | NotBack::Theirs(trouble) | NotBack::Gone(trouble)) => {
            return Err(failed.and(&[trouble]));
        }
    };
    // As long as it is written down that it is to be taken back, there has to be something to take.
    if let Err(trouble) = hold.replaced().await {
        return Err(failed.and(&[trouble]));
    }
    match over(right, &replacing, &copied).await {
        Ok(()) => Err(Trouble { cause: format!("{}\n  it is as it was", failed.cause), ..failed }),
        Err(trouble) => Err(failed.and(&[trouble])),
    }
}

/// What is in it, by a way that keeps all of it.
async fn look(
    right: &Right,
    volume: &Volume,
    access: Option<Way>,
    summary: &str,
    work: &Work,
) -> Result<Walked, Trouble> {
    let content = open(right.engine(), volume, access).await.map_err(|error| told(&error, summary))?;
    if content.way() == Way::Archive {
        let cause = "what it is cannot be kept whole: the engine's archive calls lose some of it";
        return Err(Trouble::new(summary, cause).with_remedy("'volx doctor' says which ways are open here"));
    }
    content.scan(&work.begin("looking", None)).await.map_err(|error| told(&error, summary))
}

/// That a backup holds all that is in the volume now, and nobody runs with it: the last look before it is
/// emptied.
async fn is_kept_whole(
    right: &Right,
    volume: &Volume,
    kept: &Done,
    before: &Walked,
    access: Option<Way>,
    summary: &str,
    work: &Work,
) -> Result<(), Trouble> {
    if let Some(remark) = missing(&kept.manifest.counted.left_out) {
        let cause = format!("not all that is in it can be kept: {remark}");
        return Err(Trouble::new(summary, cause).with_remedy("'volx restore FILE --as NAME' makes a new one"));
    }
    let inventory = right.engine().list().await.map_err(|error| error.trouble(summary))?;
    let users = found(&inventory, &volume.name).map(|(_, users)| users).unwrap_or_default();
    if !users.is_empty() {
        let names: Vec<&str> = users.iter().map(|container| container.name.as_str()).collect();
        let cause = format!("{} was started meanwhile and runs with it", names.join(", "));
        return Err(Trouble::new(summary, cause).with_remedy("see who starts it, then try again"));
    }
    let volume = again(right, volume, summary).await?;
    let now = look(right, &volume, access, summary, work).await?;
    // Both times are told by the engine's clock.
    let facts = |walked: &Walked| (walked.newest_write, walked.files, walked.dirs, walked.apparent);
    if now.errors == 0 && before.errors == 0 && facts(&now) == facts(before) {
        return Ok(());
    }
    // What is dated in the future looks new each time: then it is read once more.
    let content = open(right.engine(), &volume, access).await.map_err(|error| told(&error, summary))?;
    let path = kept.path.clone();
    let kept = spawn_blocking(move || facts_in(&path)).await;
    let kept = kept.map_err(|error| Trouble::new(summary, error.to_string()))?;
    let kept = kept.map_err(|error| Trouble::new(summary, error.to_string()))?;
    let compared = compare(&kept, content.as_ref(), &work.begin("comparing", None)).await;
    match compared.map_err(|error| told(&error, summary))? {
        None => Ok(()),
        Some(difference) => {
            let cause = format!("it was written to while it was kept: {difference}");
            Err(Trouble::new(summary, cause).with_remedy("see who writes to it, then try again"))
        }
    }
}

/// Whether what was emptied just now says so by our clock.
async fn is_our_clock(right: &Right, volume: &Volume, now: Timestamp) -> bool {
    let newest = walked(right, volume).await.ok().and_then(|walked| walked.newest_write);
    newest.is_some_and(|newest| ((now - SAME)..=(now + SAME)).contains(&newest))
}

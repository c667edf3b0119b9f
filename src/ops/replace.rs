//! Replacing: the content of a volume gives way to a backup's, and what it was is kept.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::backup::{self, back_up, found};
use super::browse::told;
use super::copying::NotDone;
use super::held::{Hold, Replacing};
use super::making::{SAME, mark_now, walked};
use super::restore::{Restored, Source, fill};
use super::right::Right;
use super::take_back::{NotBack, over, take_back};
use super::trash::Replaced;
use super::verify::read_back;
use super::work::Work;
use crate::access::keep::losses_of_restoring;
use crate::access::open::open;
use crate::domain::access::Way;
use crate::domain::keep::Writers;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::vault;

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
    let inventory = right.engine().list().await.map_err(|error| error.trouble(&summary))?;
    let (volume, users) =
        found(&inventory, name).ok_or_else(|| Trouble::new(summary.clone(), "there is no such volume"))?;
    let protection = right.protection().await.map_err(NotDone::refused)?;
    if let Some(guard) = protection.of(volume) {
        return Err(NotDone::refused(guard.refusal(&summary, name)));
    }
    if !users.is_empty() && !stops_users {
        let names: Vec<&str> = users.iter().map(|container| container.name.as_str()).collect();
        let trouble = Trouble::new(summary, format!("it is in use by {}", names.join(", ")));
        let remedy = "--stop stops them first and starts them again afterwards";
        return Err(NotDone::refused(trouble.with_remedy(remedy)));
    }
    // Nothing is touched for a file that cannot be restored.
    if source.manifest.is_some() {
        read_back(&source.path, work)
            .await
            .map_err(|trouble| Trouble { summary: summary.clone(), ..trouble })?;
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
    let kept = back_up(right.engine(), Some(right), None, &wanted, work).await;
    let kept = kept.map_err(|not_done| not_done.about(summary).trouble)?;
    let mut replacing = Replacing {
        volume: volume.name.clone(),
        mark: Some(mark_now(right.engine().as_ref(), volume)),
        snapshot: kept.done.path.clone(),
        is_our_clock: kept.way == Way::Direct,
    };
    if let Err(trouble) = hold.replacing(replacing.clone()) {
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
            hold.replacing(replacing.clone())?;
        }
        done = Some(fill(right, source, &volume, access, summary, work).await?);
        Ok(())
    };
    let exchanged = right.audited("replace_volume", vec![volume.name.clone()], details, exchanging).await;
    let failed = match (exchanged.outcome, done) {
        (Ok(()), Some((copied, way))) => {
            troubles.extend(hold.replaced().err());
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
    if let Err(trouble) = hold.replaced() {
        return Err(failed.and(&[trouble]));
    }
    match over(right, &replacing, &copied).await {
        Ok(()) => Err(Trouble { cause: format!("{}\n  it is as it was", failed.cause), ..failed }),
        Err(trouble) => Err(failed.and(&[trouble])),
    }
}

/// A backup of what is in its volume goes again; one that stays is in nobody's way.
pub(super) async fn forget(snapshot: PathBuf) {
    let _ = spawn_blocking(move || {
        vault::forget(&snapshot)?;
        snapshot.parent().map_or(Ok(()), std::fs::remove_dir)
    })
    .await;
}

/// Whether what was emptied just now says so by our clock.
async fn is_our_clock(right: &Right, volume: &Volume, now: Timestamp) -> bool {
    let newest = walked(right, volume).await.ok().and_then(|walked| walked.newest_write);
    newest.is_some_and(|newest| ((now - SAME)..=(now + SAME)).contains(&newest))
}

/// The same volume as the engine tells of it now: some date it by the last change of its folder.
pub(super) async fn again(right: &Right, volume: &Volume, summary: &str) -> Result<Volume, Trouble> {
    let engine = right.engine().as_ref();
    let now = right.changes()?.volume(&volume.name).await.map_err(|error| error.trouble(summary))?;
    now.filter(|now| mark_now(engine, now) == mark_now(engine, volume))
        .ok_or_else(|| Trouble::new(summary, "it was removed meanwhile, or made anew"))
}

pub(super) async fn clear(
    right: &Right,
    volume: &Volume,
    access: Option<Way>,
    summary: &str,
    work: &Work,
) -> Result<(), Trouble> {
    let content = open(right.engine(), volume, access).await.map_err(|error| told(&error, summary))?;
    let progress = work.begin("emptying", None);
    content.clear(&progress).await.map_err(|error| told(&error, summary))
}

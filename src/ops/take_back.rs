//! Taking a replacing back: a volume is given again what it was before, and only then the file with that goes.

use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::backup::found;
use super::browse::told;

use super::making::{mark_now, walked};
use super::notes::Replacing;
use super::restore::{fill, source};
use super::right::Right;
use super::signs::{Signs, is_before};
use super::trash;
use super::verify::read_back;
use super::work::Work;
use crate::access::content::Copied;
use crate::access::open::open;
use crate::domain::access::Way;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::vault;

/// Why a volume is not what it was before it was replaced.
pub(super) enum NotBack {
    /// It may be later.
    Yet(Trouble),
    /// Somebody has it, or may have written to it, since.
    Theirs(Trouble),
    /// There is no such volume any more, or another one of its name; or what it was is nowhere.
    Gone(Trouble),
}

/// Gives a volume back what it was before it was replaced. Nobody ends that. The file with what it was
/// stays: it goes when nothing speaks of it any more ([`over`]). With the note of a dead volx nothing is
/// touched that somebody has, or may have written to, since.
pub(super) async fn take_back(
    right: &Right,
    replacing: &Replacing,
    note: Option<&Path>,
) -> Result<Copied, NotBack> {
    let Replacing { volume: name, mark, snapshot, .. } = replacing;
    let summary = format!("'{name}' is not as it was");
    let remedy = |trouble: Trouble| {
        Trouble { summary: summary.clone(), ..trouble }
            .with_remedy(format!("what it was is in {}", snapshot.display()))
    };
    let gone = |cause: &str| Err(NotBack::Gone(remedy(Trouble::new(summary.clone(), cause))));
    let looked = async { right.changes()?.volume(name).await.map_err(|error| error.trouble(&summary)) };
    let volume = match looked.await.map_err(|trouble| NotBack::Yet(remedy(trouble)))? {
        None => return gone("it was removed"),
        Some(now) if mark.as_ref().is_some_and(|mark| *mark != mark_now(right.engine().as_ref(), &now)) => {
            return gone("another volume has its name now");
        }
        Some(volume) => volume,
    };
    if matches!(snapshot.try_exists(), Ok(false)) {
        let cause = format!("what it was is not in {} any more", snapshot.display());
        let trouble = Trouble::new(summary.clone(), cause);
        return Err(NotBack::Gone(
            trouble.with_remedy("nothing in it was touched now: look at what it holds"),
        ));
    }
    let _signs = match note {
        None => None,
        Some(note) => {
            is_as_left(right, &volume, replacing, note).await?;
            Some(Signs::beside(note.to_owned()))
        }
    };
    let taken = async {
        let work = Work::default();
        // What is there may be all there is: it does not go for a file that cannot take its place.
        let source = source(snapshot, None).await?;
        read_back(snapshot, &work).await?;
        clear(right, &volume, None, &summary, &work).await?;
        let volume = again(right, &volume, &summary).await?;
        fill(right, &source, &volume, None, &summary, &work).await
    };
    let (copied, _) = taken.await.map_err(|trouble| NotBack::Yet(remedy(trouble)))?;
    Ok(copied)
}

/// That a volume is as a dead volx left it: nobody has it, and nothing was written since its last sign of
/// life.
async fn is_as_left(
    right: &Right,
    volume: &Volume,
    replacing: &Replacing,
    note: &Path,
) -> Result<(), NotBack> {
    let name = &volume.name;
    let file = replacing.snapshot.display();
    let summary = format!("'{name}' may be half of what it was to be");
    let remedy =
        format!("what it was is in {file}; 'volx restore {file} --as {name} --replace' puts it back");
    let theirs = |cause: &str| {
        let cause = format!("volx was killed while it replaced it, and {cause}");
        Err(NotBack::Theirs(Trouble::new(summary.clone(), cause).with_remedy(remedy.clone())))
    };
    let yet = |trouble: Trouble| NotBack::Yet(Trouble { summary: summary.clone(), ..trouble });
    let inventory = right.engine().list().await.map_err(|error| yet(error.trouble(&summary)))?;
    let users = found(&inventory, name).map(|(_, users)| users).unwrap_or_default();
    if !users.is_empty() {
        let names: Vec<&str> = users.iter().map(|container| container.name.as_str()).collect();
        return theirs(&format!("{} runs with it now", names.join(", ")));
    }
    if let Some(guard) = right.protection().await.map_err(yet)?.of(volume) {
        return Err(NotBack::Yet(guard.refusal(&summary, name)));
    }
    let walked = walked(right, volume).await;
    let walked = walked.map_err(|cause| yet(Trouble::new(String::new(), cause)))?;
    if replacing.is_our_clock && is_before(&walked, note) {
        return Ok(());
    }
    theirs("somebody else may have written to it since")
}

/// What it was is in the volume again, and no note says that it is to be taken back: then the file with it
/// goes, unless not all of it came back.
///
/// # Errors
/// Says what did not come back, and where it is.
pub(super) async fn over(right: &Right, replacing: &Replacing, copied: &Copied) -> Result<(), Trouble> {
    let Replacing { volume: name, snapshot, .. } = replacing;
    if let Some(cause) = left_out(copied) {
        let trouble = Trouble::new(format!("not all that was in '{name}' came back"), cause);
        return Err(trouble.with_remedy(format!("what it was stays in {}", snapshot.display())));
    }
    trash::forget(right, snapshot).await;
    forget(snapshot.clone()).await;
    Ok(())
}

/// What did not come back, where anything did not.
fn left_out(copied: &Copied) -> Option<String> {
    let named = u64::try_from(copied.skipped.len()).unwrap_or(u64::MAX);
    let first = copied.skipped.first().map_or("something was left out", String::as_str);
    match named.saturating_add(copied.more_skipped) {
        0 => None,
        1 => Some(first.to_owned()),
        all => Some(format!("{first}; and {} more", all - 1)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_came_back_when_nothing_was_left_out() {
        let mut copied = Copied { entries: 3, ..Copied::default() };
        assert_eq!(left_out(&copied), None);
        copied.more_skipped = 1;
        assert!(left_out(&copied).is_some());
        copied.skipped = vec!["a: a device".to_owned(), "b: a pipe".to_owned()];
        assert_eq!(left_out(&copied).as_deref(), Some("a: a device; and 2 more"));
    }
}

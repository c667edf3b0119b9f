//! Backups and copies of the demo: jobs that take their time, and change nothing but the demo.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Gone, Line};
use crate::domain::job::{JobKind, READING_BACK, TO};
use crate::domain::keep::{Discarded, KeepAsk, KeepNews, Making, Writers};
use crate::domain::live::Observation;
use crate::domain::prune::Room;
use crate::domain::size::{Units, human};
use crate::domain::trouble::Trouble;
use crate::engine::demo::Keeping;
use crate::ops::work::Work;
use crate::ops::{backup, verify};

/// In so many steps a job goes on, each at most this long.
const STEPS: u64 = 40;
const LONGEST: Duration = Duration::from_millis(300);
const SHORTEST: Duration = Duration::from_millis(25);
/// What it pretends to do in a second, in bytes.
const PACE: u64 = 1_200_000_000;

/// What can be done with the demo.
pub(super) fn offered(is_read_only: bool) -> BTreeSet<JobKind> {
    let mut offered = BTreeSet::from([JobKind::Backup, JobKind::Verify]);
    if !is_read_only {
        offered.extend([
            JobKind::Restore,
            JobKind::Clone,
            JobKind::Rename,
            JobKind::Undo,
            JobKind::Delete,
            JobKind::Empty,
        ]);
    }
    offered
}

/// Takes up an ask; whatever comes of it is told.
pub(super) async fn take(demo: &Keeping, ask: KeepAsk, line: &Line) -> Result<(), Gone> {
    match ask {
        KeepAsk::Cancel(id) => line.jobs.cancel(id),
        KeepAsk::List => {
            let (folder, kept) = demo.backups();
            return line.tell(Observation::Kept(KeepNews::Backups(Ok((folder, Arc::new(kept)))))).await;
        }
        KeepAsk::Trash => return trash(demo, line).await,
        KeepAsk::BackUp { names, writers, making } => {
            for name in names {
                back_up(demo, name, writers, &making, line);
            }
        }
        KeepAsk::Verify { paths, restoring } => {
            for path in paths {
                let title = file_name(&path);
                job(demo, line, (JobKind::Verify, &title), |demo, work| async move {
                    verified(&demo, &path, restoring, &work).await
                });
            }
        }
        KeepAsk::Restore { path, name, .. } => {
            let title = name.clone();
            job(demo, line, (JobKind::Restore, &title), |demo, work| async move {
                let (bytes, entries) = weight(&demo, &path)?;
                pass(&demo, &work, "restoring", bytes, entries).await?;
                let is_done = demo.restore(&path, &name);
                is_done.then(|| restored(bytes, entries, "")).ok_or_else(|| taken(&name))
            });
        }
        KeepAsk::Replace { path, name, stops_users } => {
            let title = name.clone();
            job(demo, line, (JobKind::Restore, &title), |demo, work| async move {
                replaced(&demo, &path, &name, stops_users, &work).await
            });
        }
        KeepAsk::Clone { from, to } => {
            let title = format!("{from}{TO}{to}");
            job(demo, line, (JobKind::Clone, &title), |demo, work| async move {
                copied(&demo, &from, &work).await?;
                let is_done = demo.copy(&from, &to);
                is_done.then(|| "copied and compared".to_owned()).ok_or_else(|| taken(&to))
            });
        }
        KeepAsk::Rename { from, to } => {
            let title = format!("{from}{TO}{to}");
            job(demo, line, (JobKind::Rename, &title), |demo, work| async move {
                copied(&demo, &from, &work).await?;
                let is_done = demo.rename(&from, &to);
                is_done.then(|| "copied and compared".to_owned()).ok_or_else(|| taken(&to))
            });
        }
        KeepAsk::Delete { paths } => {
            let title = match paths.as_slice() {
                [one] => file_name(one),
                many => format!("{} backups", many.len()),
            };
            job(demo, line, (JobKind::Delete, &title), |demo, _| async move {
                demo.delete(&paths);
                Ok("done".to_owned())
            });
        }
        KeepAsk::Undo { action, names, what } => {
            let action = action.or_else(|| demo.trash().first().map(|one| one.action));
            let is_meant = move |one: &Discarded| Some(one.action) == action;
            let named = move |name: &str| names.get(name).map_or_else(|| name.to_owned(), Clone::clone);
            bring_back(demo, &what, is_meant, named, line);
        }
        KeepAsk::BringBack { id, name } => {
            let title = name.clone();
            bring_back(demo, &title, move |one| one.id == id, move |_| name.clone(), line);
        }
        KeepAsk::Empty(ids) => {
            job(demo, line, (JobKind::Empty, "the trash"), |demo, _| async move {
                Ok(format!("{} dropped for good", demo.empty(&ids)))
            });
        }
    }
    Ok(())
}

fn job<F, D>(demo: &Keeping, line: &Line, title: (JobKind, &str), doing: D)
where
    D: FnOnce(Keeping, Arc<Work>) -> F,
    F: Future<Output = Result<String, Trouble>> + Send + 'static,
{
    let work = Arc::new(Work::default());
    let doing = doing(demo.clone(), Arc::clone(&work));
    line.jobs.begin(title, work, line.out.clone(), doing);
}

fn bring_back<M, N>(demo: &Keeping, title: &str, is_meant: M, named: N, line: &Line)
where
    M: Fn(&Discarded) -> bool + Send + 'static,
    N: Fn(&str) -> String + Send + 'static,
{
    job(demo, line, (JobKind::Undo, title), |demo, work| async move {
        let of: Vec<u64> = demo.trash().iter().filter(|one| is_meant(one)).map(|one| one.bytes).collect();
        let (volumes, bytes) = (of.len() as u64, of.iter().sum());
        pass_of(&demo, &work, "bringing back", (bytes, 0, volumes)).await?;
        let (back, taken) = demo.undo(is_meant, named);
        if back.is_empty() {
            let cause = format!("a volume of this name exists: {}", taken.join(", "));
            return Err(Trouble::new("nothing came back", cause));
        }
        let mut text = format!("{} back", back.join(", "));
        for name in taken {
            text.push('\n');
            text.push_str(&name);
            text.push_str(" not: a volume of this name exists");
        }
        Ok(text)
    });
}

fn back_up(demo: &Keeping, name: String, writers: Writers, making: &Making, line: &Line) {
    let (title, is_read_back) = (name.clone(), making.is_read_back);
    job(demo, line, (JobKind::Backup, &title), |demo, work| async move {
        let (bytes, entries) = demo.weigh(&name).ok_or_else(|| gone(&name))?;
        if is_read_back {
            work.plan(backup::STEPS);
        }
        let held = demo.hold(&name, writers);
        let packed = pass(&demo, &work, "packing", bytes, entries).await;
        // The one that is kept says what they did, so it is made before they go on.
        let kept = packed.map(|()| demo.back_up(&name, writers, false));
        demo.release(held, writers);
        let kept = kept?.ok_or_else(|| gone(&name))?;
        if is_read_back {
            pass(&demo, &work, READING_BACK, bytes, entries).await.inspect_err(|_| {
                demo.delete(std::slice::from_ref(&kept.path));
            })?;
            demo.prove(&kept.path, "read back");
        }
        let proven = if is_read_back { "read back" } else { "not read back" };
        Ok(format!("{}, {proven}", size(kept.bytes)))
    });
}

async fn verified(demo: &Keeping, path: &Path, restoring: bool, work: &Work) -> Result<String, Trouble> {
    let (bytes, entries) = weight(demo, path)?;
    if restoring {
        work.plan(verify::STEPS);
    }
    pass(demo, work, READING_BACK, bytes, entries).await?;
    if restoring {
        pass(demo, work, "restoring", bytes, entries).await?;
        pass(demo, work, "comparing", bytes, entries).await?;
    }
    let (noted, told) =
        if restoring { ("restored", "restored and compared") } else { ("read back", "read back") };
    demo.prove(path, noted);
    Ok(format!("{told}, {entries} entries as they were"))
}

async fn replaced(
    demo: &Keeping,
    path: &Path,
    name: &str,
    stops_users: bool,
    work: &Work,
) -> Result<String, Trouble> {
    let (bytes, entries) = weight(demo, path)?;
    let before = demo.weigh(name).ok_or_else(|| gone(name))?;
    let writers = if stops_users { Writers::Stopped } else { Writers::Live };
    let held = demo.hold(name, writers);
    let exchanged = async {
        pass(demo, work, "packing", before.0, before.1).await?;
        let kept = demo.back_up(name, writers, true).ok_or_else(|| gone(name))?;
        pass(demo, work, "restoring", bytes, entries).await.inspect_err(|_| {
            demo.delete(std::slice::from_ref(&kept.path));
        })?;
        if demo.replace(path, name) { Ok(()) } else { Err(gone(name)) }
    };
    let exchanged = exchanged.await;
    demo.release(held, writers);
    exchanged.map(|()| restored(bytes, entries, "; what it was is kept"))
}

async fn copied(demo: &Keeping, from: &str, work: &Work) -> Result<(), Trouble> {
    let (bytes, entries) = demo.weigh(from).ok_or_else(|| gone(from))?;
    pass(demo, work, "copying", bytes, entries).await
}

/// One step of a job, in so many small ones.
async fn pass(
    demo: &Keeping,
    work: &Work,
    step: &'static str,
    bytes: u64,
    entries: u64,
) -> Result<(), Trouble> {
    pass_of(demo, work, step, (bytes, entries, 0)).await
}

/// The same, of so many volumes.
async fn pass_of(
    demo: &Keeping,
    work: &Work,
    step: &'static str,
    (bytes, entries, volumes): (u64, u64, u64),
) -> Result<(), Trouble> {
    let progress = work.begin(step, Some(bytes));
    progress.expect_volumes(volumes);
    let whole = Duration::from_millis(bytes / (PACE / 1000));
    let pause = (whole / u32::try_from(STEPS).unwrap_or(1)).clamp(SHORTEST, LONGEST);
    for at in 1..=STEPS {
        demo.pause(pause).await;
        if progress.is_cancelled() {
            return Err(Trouble::new("it was not finished", "cancelled"));
        }
        let part =
            |all: u64| u64::try_from(u128::from(all) * u128::from(at) / u128::from(STEPS)).unwrap_or(all);
        progress.tell(part(entries), part(bytes));
        while progress.volumes().is_some_and(|(done, _)| done < part(volumes)) {
            progress.volume_done();
        }
    }
    Ok(())
}

async fn trash(demo: &Keeping, line: &Line) -> Result<(), Gone> {
    let all = demo.trash();
    let held = all.iter().map(|one| one.bytes).sum();
    let room = Room { place: "of the demo".to_owned(), held, is_same_disk: Some(false), ..Room::default() };
    line.tell(Observation::Kept(KeepNews::Trash(Ok(Arc::new(all))))).await?;
    line.tell(Observation::Kept(KeepNews::Room(Box::new(room)))).await
}

fn weight(demo: &Keeping, path: &Path) -> Result<(u64, u64), Trouble> {
    let (_, all) = demo.backups();
    let kept = all.into_iter().find(|kept| kept.path == path);
    let kept = kept.ok_or_else(|| Trouble::new("nothing was done", "there is no such backup any more"))?;
    Ok((kept.content.unwrap_or(0), kept.entries.unwrap_or(0)))
}

fn restored(bytes: u64, entries: u64, more: &str) -> String {
    format!("{entries} entries, {}{more}", size(bytes))
}

fn gone(name: &str) -> Trouble {
    Trouble::new("nothing was done", format!("there is no volume '{name}' any more"))
}

fn taken(name: &str) -> Trouble {
    Trouble::new("nothing was done", format!("a volume '{name}' is there already"))
}

fn size(bytes: u64) -> String {
    human(bytes, Units::default())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

//! Backups and copies for the screen: each ask is a job of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Gone, Line, Watch, make_believe};
use crate::domain::exclude::Exclude;
use crate::domain::job::{JobKind, TO};
use crate::domain::keep::{Discarded, KeepAsk, KeepNews, Making, Names, Secrets, Writers};
use crate::domain::live::Observation;
use crate::domain::prune::Room;
use crate::domain::size::{Units, human};
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::clone::{self, Cloned, Wanted as Copying};
use crate::ops::copying::NotDone;
use crate::ops::files::at_home;
use crate::ops::replace;
use crate::ops::restore::Restored;
use crate::ops::right::Right;
use crate::ops::undo::Undone;
use crate::ops::work::Work;
use crate::ops::{backup, backups, delete, hold, rename, restore, room, trash, undo, verify};

/// Whoever keeps the volumes of a session.
pub(super) struct Keeper {
    engine: SharedEngine,
    right: Result<Right, Trouble>,
    history: Option<Arc<History>>,
    /// Where backups are.
    folder: Option<PathBuf>,
    offered: BTreeSet<JobKind>,
}

impl Keeper {
    pub(super) fn new(engine: &SharedEngine, watch: &Watch) -> Self {
        let right = Right::of(engine, watch.history.clone(), &watch.terms);
        let folder = watch.backups.clone().filter(|_| engine.demo().is_none());
        let mut offered = BTreeSet::new();
        if engine.demo().is_some() {
            offered = make_believe::offered(right.is_err());
        }
        if folder.is_some() {
            offered.extend([JobKind::Backup, JobKind::Verify]);
        }
        if folder.is_some() && right.is_ok() {
            offered.extend([JobKind::Restore, JobKind::Clone, JobKind::Rename, JobKind::Delete]);
            // What goes to the trash is noted in the history.
            if watch.terms.trash.is_some() && watch.history.is_some() {
                offered.insert(JobKind::Undo);
            }
        }
        Self { engine: Arc::clone(engine), right, history: watch.history.clone(), folder, offered }
    }

    /// Tells what can be done here, and puts in order what a killed volx left.
    pub(super) async fn offer(&self, line: &Line) -> Result<(), Gone> {
        if let (Ok(right), Some(folder)) = (self.right.clone(), self.folder.clone()) {
            tokio::spawn(put_in_order(right, folder, line.out.clone()));
        }
        let offered = self.offered.clone();
        line.tell(Observation::Kept(KeepNews::Offered(offered))).await
    }

    /// Takes up an ask; whatever comes of it is told.
    pub(super) async fn take(&self, ask: KeepAsk, line: &Line) -> Result<(), Gone> {
        if let Some(demo) = self.engine.demo() {
            return make_believe::take(&demo.keeping(), ask, line).await;
        }
        let folder = match (&self.folder, &ask) {
            (Some(folder), _) => folder.clone(),
            (None, KeepAsk::Cancel(_)) => PathBuf::new(),
            (None, _) => {
                let trouble =
                    Trouble::new("not possible here", "nothing can be kept of this engine's volumes");
                return refuse(ask, trouble, line).await;
            }
        };
        match ask {
            KeepAsk::Cancel(id) => line.jobs.cancel(id),
            KeepAsk::List => {
                tokio::spawn(list(folder, self.history.clone(), line.out.clone()));
            }
            KeepAsk::BackUp { names, writers, making } => {
                for name in names {
                    self.back_up(&name, writers, &making, folder.clone(), line);
                }
            }
            KeepAsk::Verify { paths, restoring } => {
                for path in paths {
                    if let Err(trouble) = self.verify(path, restoring, line) {
                        return line.tell(Observation::Kept(KeepNews::Refused(trouble))).await;
                    }
                }
            }
            ask => return self.make(ask, line).await,
        }
        Ok(())
    }

    fn back_up(&self, name: &str, writers: Writers, making: &Making, folder: PathBuf, line: &Line) {
        let (engine, right, history) =
            (Arc::clone(&self.engine), self.right.clone().ok(), self.history.clone());
        let folder = making.folder.as_deref().map_or(folder, at_home);
        let wanted = backup::Wanted {
            writers,
            level: making.level,
            threads: making.threads,
            exclude: Exclude(making.exclude.clone()),
            is_read_back: making.is_read_back,
            ..backup::Wanted::new(name, folder)
        };
        let work = Arc::new(Work::default());
        if making.is_read_back {
            work.plan(backup::STEPS);
        }
        let engine_id = engine.info().id.clone();
        let doing = Arc::clone(&work);
        line.jobs.begin((JobKind::Backup, name), work, line.out.clone(), async move {
            let usage = known(history.clone(), engine_id, wanted.volume.clone()).await;
            let wanted = backup::Wanted { usage, ..wanted };
            let made = backup::back_up(&engine, right.as_ref(), history.as_ref(), &wanted, &doing).await;
            let made = made.map_err(|not_done| not_done.trouble)?;
            let proven = if made.is_proven { "read back" } else { "not read back" };
            Ok(with(format!("{}, {proven}", size(made.done.bytes)), &made.troubles, &[]))
        });
    }

    fn verify(&self, path: PathBuf, restoring: bool, line: &Line) -> Result<(), Trouble> {
        let right = if restoring { Some(self.right.clone()?) } else { None };
        let history = self.history.clone();
        let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let work = Arc::new(Work::default());
        if restoring {
            work.plan(verify::STEPS);
        }
        let doing = Arc::clone(&work);
        line.jobs.begin((JobKind::Verify, &title), work, line.out.clone(), async move {
            let (proof, how) = match right {
                Some(right) => {
                    let proof = verify::verify_by_restoring(&right, &path, None, history.as_ref(), &doing);
                    (proof.await?, "restored and compared")
                }
                None => (verify::verify(&path, history.as_ref(), &doing).await?, "read back"),
            };
            let text = format!("{how}, {} as they were", entries(proof.verified.entries));
            Ok(with(text, &proof.troubles, &[]))
        });
        Ok(())
    }

    /// Makes a volume: of a backup or of another one.
    async fn make(&self, ask: KeepAsk, line: &Line) -> Result<(), Gone> {
        let right = match self.right.clone() {
            Ok(right) => right,
            Err(trouble) => return refuse(ask, trouble, line).await,
        };
        let (history, engine_id) = (self.history.clone(), self.engine.info().id.clone());
        let out = line.out.clone();
        let work = Arc::new(Work::default());
        let doing = Arc::clone(&work);
        match ask {
            KeepAsk::Restore { path, name, secrets } => {
                let title = name.clone();
                line.jobs.begin((JobKind::Restore, &title), work, out, async move {
                    restored(&right, &path, &name, &secrets, &doing).await
                });
            }
            KeepAsk::Replace { path, name, stops_users } => {
                let title = name.clone();
                line.jobs.begin((JobKind::Restore, &title), work, out, async move {
                    let source = restore::source(&path, None).await?;
                    let done = replace::replace(&right, &source, &name, stops_users, None, &doing).await;
                    done.map(|done| filled(&done)).map_err(|not_done| not_done.trouble)
                });
            }
            KeepAsk::Delete { paths } => {
                let title = match paths.as_slice() {
                    [one] => one.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    many => format!("{} backups", many.len()),
                };
                line.jobs.begin((JobKind::Delete, &title), work, out, deleted(paths));
            }
            KeepAsk::Clone { from, to } => {
                let title = format!("{from}{TO}{to}");
                line.jobs.begin((JobKind::Clone, &title), work, out, async move {
                    let usage = known(history, engine_id, from.clone()).await;
                    let progress = doing.begin("copying", usage.as_ref().and_then(room::content));
                    let wanted = Copying { from, to, ..Copying::default() };
                    let done = clone::clone(&right, &wanted, &progress).await;
                    done.map(|cloned| copied(&cloned)).map_err(|not_done| not_done.trouble)
                });
            }
            KeepAsk::Rename { from, to } => {
                let title = format!("{from}{TO}{to}");
                line.jobs.begin((JobKind::Rename, &title), work, out, async move {
                    let usage = known(history, engine_id, from.clone()).await;
                    let progress = doing.begin("copying", usage.as_ref().and_then(room::content));
                    let done = rename::rename(&right, &from, &to, &progress).await;
                    done.map(|cloned| copied(&cloned)).map_err(|not_done| not_done.trouble)
                });
            }
            KeepAsk::Trash => {
                tokio::spawn(trash(right, out));
            }
            KeepAsk::Undo { action, names, what } => {
                line.jobs.begin((JobKind::Undo, &what), work, out, async move {
                    let progress = doing.begin("bringing back", None);
                    let names = Names { only: None, each: names };
                    came_back(undo::undo(&right, action, &names, &progress).await)
                });
            }
            KeepAsk::BringBack { id, name } => {
                let title = name.clone();
                line.jobs.begin((JobKind::Undo, &title), work, out, async move {
                    let progress = doing.begin("bringing back", None);
                    came_back(undo::restore(&right, id, Some(&name), &progress).await)
                });
            }
            KeepAsk::Empty(ids) => {
                line.jobs.begin((JobKind::Empty, "the trash"), work, out, async move {
                    let plan = trash::list(&right).await?;
                    let plan: Vec<Discarded> = plan.into_iter().filter(|row| ids.contains(&row.id)).collect();
                    let done = trash::empty(&right, &plan).await;
                    done.outcome?;
                    let bytes = size(plan.iter().map(|row| row.bytes).sum());
                    let text = format!("{} dropped for good, {bytes}", volumes(plan.len()));
                    Ok(with(text, done.unlogged.as_slice(), &[]))
                });
            }
            // These were taken up before.
            KeepAsk::List | KeepAsk::BackUp { .. } | KeepAsk::Verify { .. } | KeepAsk::Cancel(_) => {}
        }
        Ok(())
    }
}

/// What was measured of a volume last, where that is known.
async fn known(history: Option<Arc<History>>, engine: String, volume: String) -> Option<Usage> {
    let history = history?;
    let looking = tokio::task::spawn_blocking(move || history.usages(&engine).ok()?.remove(&volume));
    looking.await.ok().flatten()
}

/// What a killed volx held goes on, and what it left to be compared goes.
async fn put_in_order(right: Right, folder: PathBuf, out: mpsc::Sender<Observation>) {
    for told in hold::resume(&right).await {
        let news = told.map_or_else(KeepNews::Refused, KeepNews::Settled);
        // Nobody may look any more; it is done all the same.
        let _ = out.send(Observation::Kept(news)).await;
    }
    verify::sweep(&right).await;
    backup::swept(&folder).await;
}

async fn list(folder: PathBuf, history: Option<Arc<History>>, out: mpsc::Sender<Observation>) {
    let asked = folder.clone();
    let listed = tokio::task::spawn_blocking(move || backups::list(&asked, history.as_ref())).await;
    let listed =
        listed.unwrap_or_else(|broken| Err(Trouble::new("the backups cannot be listed", broken.to_string())));
    let mut news = Vec::new();
    match listed {
        Ok(listed) => {
            news.push(KeepNews::Backups(Ok((folder, Arc::new(listed.kept)))));
            // One is said; 'volx backups' says them all.
            news.extend(listed.unread.into_iter().next().map(KeepNews::Refused));
        }
        Err(trouble) => news.push(KeepNews::Backups(Err(trouble))),
    }
    for news in news {
        // Nobody may look any more.
        let _ = out.send(Observation::Kept(news)).await;
    }
}

/// What is in the trash, and what room it has.
async fn trash(right: Right, out: mpsc::Sender<Observation>) {
    let all = trash::list(&right).await.map(Arc::new);
    let room = trash::room(&right).await.unwrap_or_else(|trouble| Room {
        closed: Some(format!("{}: {}", trouble.summary, trouble.cause)),
        ..Room::default()
    });
    // Where they cannot be read, neither can the trash, and that says so.
    let renamings = trash::renamings(&right).await.unwrap_or_default();
    for news in [KeepNews::Renamings(renamings), KeepNews::Trash(all), KeepNews::Room(Box::new(room))] {
        // Nobody may look any more.
        let _ = out.send(Observation::Kept(news)).await;
    }
}

async fn restored(
    right: &Right,
    path: &Path,
    name: &str,
    secrets: &Secrets,
    work: &Work,
) -> Result<String, Trouble> {
    let source = restore::source(path, None).await?;
    let masked = source.manifest.iter().flat_map(|manifest| &manifest.about.options);
    let given: BTreeMap<String, String> = masked
        .filter(|(key, _)| secrets.0.contains_key(*key))
        .map(|(key, shown)| (key.clone(), secrets.unmasked(key, shown)))
        .collect();
    let wanted = source
        .volume(Some(name), &given)
        .map_err(|cause| Trouble::new(format!("'{name}' was not restored"), cause))?;
    let done = restore::restore(right, &source, &wanted, None, work).await?;
    Ok(filled(&done))
}

/// What came of a restoring.
fn filled(done: &Restored) -> String {
    let kept = if done.replaced.is_some() { "; what it was is kept" } else { "" };
    let (count, bytes) = (entries(done.copied.entries), size(done.copied.bytes));
    let text = format!("{count}, {bytes}, {} way{kept}", done.way.name());
    let mut lost: Vec<String> = done.losses.iter().map(|loss| format!("not kept: {loss}")).collect();
    lost.extend(done.copied.skipped.iter().map(|skipped| format!("left out: {skipped}")));
    lost.extend(done.replaced.iter().map(|path| format!("what it was: {}", path.display())));
    with(text, &done.troubles, &lost)
}

/// Deletes backups; says which stay.
async fn deleted(paths: Vec<PathBuf>) -> Result<String, Trouble> {
    let count = paths.len();
    let deleting = tokio::task::spawn_blocking(move || delete::delete_all(&paths));
    let mut stay =
        deleting.await.map_err(|broken| Trouble::new("nothing was deleted", broken.to_string()))?;
    match (stay.len(), count) {
        (0, _) => Ok("done".to_owned()),
        (stays, all) if stays == all => Err(stay.remove(0)),
        (stays, _) => Ok(with(format!("{stays} of {count} stay"), &stay, &[])),
    }
}

fn came_back(undone: Result<Undone, NotDone>) -> Result<String, Trouble> {
    let undone = undone.map_err(|not_done| not_done.trouble)?;
    if let ([], [(_, trouble), ..]) = (undone.names.as_slice(), undone.failed.as_slice()) {
        return Err(trouble.clone());
    }
    let failed = undone.failed.iter().map(|(name, trouble)| format!("{name} not: {trouble}"));
    let text = match undone.names.as_slice() {
        few if few.len() <= 3 => format!("{} back", few.join(", ")),
        many => format!("{} back", volumes(many.len())),
    };
    Ok(with(text, undone.unlogged.as_slice(), &failed.collect::<Vec<_>>()))
}

fn volumes(count: usize) -> String {
    if count == 1 { "1 volume".to_owned() } else { format!("{count} volumes") }
}

fn copied(cloned: &Cloned) -> String {
    let text = match cloned.way {
        Some(_) => format!("{} copied and compared", entries(cloned.entries)),
        None => "made".to_owned(),
    };
    let mut notes = cloned.notes.clone();
    if !cloned.holders.is_empty() {
        notes.push(format!("copied while {} had it", cloned.holders.join(", ")));
    }
    with(text, cloned.unlogged.as_slice(), &notes)
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn size(bytes: u64) -> String {
    human(bytes, Units::default())
}

/// What came of it, and what went wrong all the same, a line each.
fn with(mut text: String, troubles: &[Trouble], notes: &[String]) -> String {
    for line in notes.iter().cloned().chain(troubles.iter().map(ToString::to_string)) {
        text.push('\n');
        text.push_str(&line);
    }
    text
}

/// Answers what cannot be done.
pub(super) async fn refuse(ask: KeepAsk, trouble: Trouble, line: &Line) -> Result<(), Gone> {
    let news = match ask {
        // What is under way goes on without a session.
        KeepAsk::Cancel(id) => {
            line.jobs.cancel(id);
            return Ok(());
        }
        KeepAsk::List => KeepNews::Backups(Err(trouble)),
        KeepAsk::Trash => KeepNews::Trash(Err(trouble)),
        _ => KeepNews::Refused(trouble),
    };
    line.tell(Observation::Kept(news)).await
}

//! Making volumes again of what is in the trash, several at once.

use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde_json::{Map, json};
use tokio::task::spawn_blocking;

use super::{SUMMARY, Undone};
use crate::access::content::{ByteStream, Content, Copied, Error};
use crate::access::direct_content::packed;
use crate::access::facts::Facts;
use crate::access::helper::Rights;
use crate::access::together::open_together;
use crate::access::tree::Tree;
use crate::access::tree::sync::FEW;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::creation::NewVolume;
use crate::domain::keep::Discarded;
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::ops::audit::{Entry, Step};
use crate::ops::clone::undone;
use crate::ops::copying::compare;
use crate::ops::create::create;
use crate::ops::making::Filling;
use crate::ops::right::Right;
use crate::ops::trash::{self, drop_rows, on_thread};
use crate::vault::{self, Archive};

/// So many are brought onto the disk together, before they leave the trash.
const TOGETHER: usize = 64;
/// Bytes of the trash that are back twice before any of them leaves it.
const BYTES: u64 = 64 << 20;
/// So many are made and filled at once.
const AT_ONCE: usize = 4;

/// What is to become of a volume of the trash.
pub(super) struct Back {
    pub(super) row: Discarded,
    pub(super) new: NewVolume,
}

/// A volume that was made to be filled.
struct Made {
    volume: Volume,
    /// Nothing where no half of it can be left: of what was empty.
    filling: Option<Filling>,
}

/// Where its content is.
#[derive(Clone)]
enum Kept {
    File(PathBuf),
    Root(Vec<u8>),
}

impl Back {
    fn kept(&self) -> Option<Kept> {
        let root = || self.row.root.clone().map(Kept::Root);
        self.row.path.clone().map(Kept::File).or_else(root)
    }
}

/// Brings all of them back; what fails stays in the trash.
pub(super) async fn bring_back(
    right: &Right,
    action: i64,
    mut all: Vec<Back>,
    progress: &Arc<Progress>,
) -> Undone {
    let mut undone = Undone { action, ..Undone::default() };
    while !all.is_empty() {
        let rest = all.split_off(first_few(&all));
        some(right, &all, progress, &mut undone).await;
        all = rest;
    }
    undone
}

/// How many go together.
fn first_few(all: &[Back]) -> usize {
    let mut bytes = 0_u64;
    let fits = |back: &&Back| {
        bytes = bytes.saturating_add(back.row.bytes);
        bytes <= BYTES
    };
    all.iter().take(TOGETHER).take_while(fits).count().max(1)
}

async fn some(right: &Right, some: &[Back], progress: &Arc<Progress>, undone: &mut Undone) {
    let makes: Vec<_> = some.iter().map(|back| make(right, back, progress)).collect();
    let made: Vec<_> = stream::iter(makes).buffered(AT_ONCE).collect().await;
    let volumes = made.iter().filter_map(|made| made.as_ref().ok()?.as_ref());
    let volumes: Vec<Volume> = volumes.map(|made| made.volume.clone()).collect();
    let contents = open_together(right.engine(), &volumes, Rights::WriteAll).await;
    let is_direct = contents.iter().all(|one| one.as_ref().is_ok_and(|one| one.way() == Way::Direct));
    let folder = |volume: &Volume| volume.mountpoint.clone().map(PathBuf::from);
    let folders: Option<Vec<PathBuf>> = if is_direct { volumes.iter().map(folder).collect() } else { None };
    let mut contents = contents.into_iter();
    let mut fills = Vec::new();
    for (back, made) in some.iter().zip(made) {
        let content = match &made {
            Ok(Some(_)) => contents.next(),
            _ => None,
        };
        fills.push(async move {
            let filled = filled(right, back, made, content, progress).await;
            progress.volume_done();
            filled
        });
    }
    let filled: Vec<Result<Option<Filling>, Trouble>> = stream::iter(fills).buffered(AT_ONCE).collect().await;
    let (mut whole, mut fillings, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for (back, filled) in some.iter().zip(filled) {
        outcomes.push(filled.map(|filling| {
            whole.push(back.row.clone());
            fillings.extend(filling);
        }));
    }
    let left = leave_the_trash(right, whole, fillings, folders).await;
    for (back, outcome) in some.iter().zip(outcomes) {
        let outcome = outcome.and_then(|()| left.clone());
        let entry = Entry::new(Step::Result, "restore_from_trash", vec![back.new.name.clone()]);
        let entry = match &outcome {
            Ok(()) => entry.ended("done", None),
            Err(trouble) => entry.ended("failed", Some(trouble.cause.clone())),
        };
        undone.unlogged = right.log(entry).await.err().or(undone.unlogged.take());
        match outcome {
            Ok(()) => undone.names.push(back.new.name.clone()),
            Err(trouble) => undone.failed.push((back.new.name.clone(), trouble)),
        }
    }
}

/// Makes a volume, after it is known that what is to come into it is whole. Nothing is the answer for one
/// whose data stayed where it is.
async fn make(right: &Right, back: &Back, progress: &Arc<Progress>) -> Result<Option<Made>, Trouble> {
    let mut details = Map::new();
    details.insert("trash".to_owned(), json!(back.row.id));
    let intent = Entry::new(Step::Intent, "restore_from_trash", vec![back.new.name.clone()]);
    // That it is done is said afterwards, or that the log cannot be written.
    let _ = right.log(intent.with(details)).await;
    if let Some(path) = &back.row.path {
        prove(path, progress).await?;
    }
    let mut filling = match back.row.path {
        Some(_) => Some(Filling::begin(right, &back.new, "it was being brought back".to_owned()).await?),
        None => None,
    };
    let noted = trash::restoring(right, back.row.id, Some(back.new.name.clone())).await;
    let created = match noted {
        Ok(()) => create(right, &back.new).await.outcome,
        Err(trouble) => Err(trouble),
    };
    if let Err(trouble) = created {
        // Whoever has the name now, it is not ours.
        if let Some(filling) = filling {
            filling.over().await;
        }
        let _ = trash::restoring(right, back.row.id, None).await;
        return Err(trouble);
    }
    if back.kept().is_none() {
        return Ok(None);
    }
    let looking = async {
        let volume = right.changes()?.volume(&back.new.name).await.map_err(|error| error.trouble(SUMMARY))?;
        let gone = || Trouble::new(SUMMARY, "the new volume is gone already");
        let volume = volume.ok_or_else(gone)?;
        if let Some(filling) = &mut filling {
            filling.made(right, &volume).await?;
        }
        Ok(volume)
    };
    match looking.await {
        Ok(volume) => Ok(Some(Made { volume, filling })),
        Err(trouble) => Err(given_up(right, back, filling, trouble).await),
    }
}

/// Removes what could not be filled. What could not be removed now is tried again by the next volx.
async fn given_up(right: &Right, back: &Back, filling: Option<Filling>, trouble: Trouble) -> Trouble {
    let trouble = undone(right, &back.new, trouble).await;
    let there = match right.changes() {
        Ok(changes) => changes.volume(&back.new.name).await.ok(),
        Err(_) => None,
    };
    if there == Some(None) {
        if let Some(filling) = filling {
            filling.over().await;
        }
        let _ = trash::restoring(right, back.row.id, None).await;
    }
    trouble
}

/// Fills what was made; what cannot be filled is removed again.
async fn filled(
    right: &Right,
    back: &Back,
    made: Result<Option<Made>, Trouble>,
    content: Option<Result<Arc<dyn Content>, Error>>,
    progress: &Arc<Progress>,
) -> Result<Option<Filling>, Trouble> {
    let filling = made?.and_then(|made| made.filling);
    let (Some(content), Some(kept)) = (content, back.kept()) else { return Ok(filling) };
    let outcome = match content {
        Ok(content) => fill(content, kept, progress).await,
        Err(error) => Err(error.to_string()),
    };
    let Err(why) = outcome else { return Ok(filling) };
    Err(given_up(right, back, filling, Trouble::new(SUMMARY, why)).await)
}

/// Fills a new volume, and compares it with what is in the trash.
async fn fill(content: Arc<dyn Content>, kept: Kept, progress: &Arc<Progress>) -> Result<(), String> {
    let tar: ByteStream = match &kept {
        Kept::File(path) => tar(path.clone()),
        Kept::Root(root) => Box::new(Cursor::new(root.clone())),
    };
    let unpacked = content.unpack(&Place::root(), tar, true, progress).await;
    unpacked.map_err(|error| error.to_string())?;
    let facts = spawn_blocking(move || match kept {
        Kept::File(path) => trash::facts_in(&path),
        Kept::Root(root) => Ok(Facts::of(root.as_slice())?),
    });
    let facts = facts.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let compared = compare(&facts, content.as_ref(), progress).await.map_err(|error| error.to_string())?;
    if let Some(difference) = compared {
        return Err(format!("what came back is not what was removed: {difference}"));
    }
    if content.way() == Way::Direct {
        // All of them go onto this machine's disk together.
        return Ok(());
    }
    content.sync(progress).await.map_err(|error| error.to_string())
}

/// What is back is on the disk before it leaves the trash: what is in these folders, where that is little, or
/// whatever is not there yet.
pub(super) async fn leave_the_trash(
    right: &Right,
    rows: Vec<Discarded>,
    fillings: Vec<Filling>,
    folders: Option<Vec<PathBuf>>,
) -> Result<(), Trouble> {
    if rows.is_empty() {
        return Ok(());
    }
    let history = trash::history(right)?;
    on_thread(move || {
        let mut left = FEW;
        let mut sync = |folder: &PathBuf| Tree::open(folder)?.sync_few(&mut left);
        let is_there = |folders: Vec<PathBuf>| folders.iter().all(|folder| matches!(sync(folder), Ok(true)));
        if !folders.is_some_and(is_there) {
            rustix::fs::sync();
        }
        Ok(())
    })
    .await?;
    // Before its copy goes: what is whole is taken away by nobody.
    for filling in fillings {
        filling.over().await;
    }
    on_thread(move || {
        let dropped = drop_rows(&history, &rows);
        if dropped.is_err() {
            // What is back is no half that may be removed.
            for row in rows {
                let _ = history.discard_is_restoring(row.id, None);
            }
        }
        dropped
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

/// The tar in a backup, as a stream.
fn tar(path: PathBuf) -> ByteStream {
    Box::new(packed(move |out| {
        let mut read = || -> Result<(), vault::Error> {
            let archive = Archive::open(File::open(&path)?)?;
            std::io::copy(&mut archive.whole()?, out)?;
            Ok(())
        };
        read().map(|()| Copied::default()).map_err(|error| Error::Engine(error.to_string()))
    }))
}

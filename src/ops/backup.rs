//! Backing a volume up: its users held if that is wanted, the file written, and read back.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::browse::told;
use super::copying::NotDone;
use super::held::Hold;
use super::right::{Right, read_only};
use super::room::{self, Room};
use super::verify;
use super::work::Work;
use crate::access::content::{Content, Error};
use crate::access::keep::losses;
use crate::access::open::open;
use crate::access::order::{Order, Squeeze};
use crate::domain::access::Way;
use crate::domain::container::{Container, State};
use crate::domain::exclude::Exclude;
use crate::domain::inventory::Inventory;
use crate::domain::job::READING_BACK;
use crate::domain::keep::{LEVEL, Writers};
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::vault::{self, About, Done, Taken};

/// A backup that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The volume.
    pub volume: String,
    /// The folder it goes into.
    pub folder: PathBuf,
    /// What its users do meanwhile.
    pub writers: Writers,
    /// The level of compression.
    pub level: i32,
    /// How many threads compress; 0 chooses.
    pub threads: u16,
    /// What is left out.
    pub exclude: Exclude,
    /// The only way to take.
    pub access: Option<Way>,
    /// Whether it is read back when it is written.
    pub is_read_back: bool,
    /// What was measured of it last.
    pub usage: Option<Usage>,
}

impl Wanted {
    /// One as it is by default.
    #[must_use]
    pub fn new(volume: &str, folder: PathBuf) -> Self {
        Self {
            volume: volume.to_owned(),
            folder,
            writers: Writers::Live,
            level: LEVEL,
            threads: 0,
            exclude: Exclude::default(),
            access: None,
            is_read_back: true,
            usage: None,
        }
    }
}

/// The steps of a backup that is read back.
pub const STEPS: &[&str] = &["packing", READING_BACK];

/// A backup that was made.
#[derive(Debug)]
pub struct BackedUp {
    /// The file.
    pub done: Done,
    /// The way that was taken.
    pub way: Way,
    /// Whether it was read back.
    pub is_proven: bool,
    /// What went wrong all the same: users that do not go on, a proof that could not be noted.
    pub troubles: Vec<Trouble>,
}

/// Backs a volume up. To pause or stop its users takes the right to change the engine.
///
/// # Errors
/// When it cannot be read or written to its end; then there is no file, and its users go on.
pub async fn back_up(
    engine: &SharedEngine,
    right: Option<&Right>,
    history: Option<&Arc<History>>,
    wanted: &Wanted,
    work: &Work,
) -> Result<BackedUp, NotDone> {
    let summary = format!("'{}' was not backed up", wanted.volume);
    work.begin("opening", None);
    let inventory = engine.list().await.map_err(|error| error.trouble(&summary))?;
    let (volume, users) = found(&inventory, &wanted.volume)
        .ok_or_else(|| Trouble::new(summary.clone(), "there is no such volume"))?;
    swept(&wanted.folder).await;
    if let Room::Full(trouble) = room(wanted).await {
        return Err(trouble.into());
    }
    let content = open(engine, volume, wanted.access).await.map_err(|error| told(&error, &summary))?;
    let hold = match (wanted.writers, right) {
        (Writers::Live, _) => None,
        (_, None) => return Err(NotDone::refused(Trouble { summary, ..read_only() })),
        (writers, Some(right)) => {
            Some(Hold::take(right, &users, writers).await.map_err(|not_done| not_done.about(&summary))?)
        }
    };
    let taken = match wanted.writers {
        _ if users.is_empty() => Taken::Unused,
        Writers::Live => Taken::Live,
        Writers::Paused => Taken::Paused,
        Writers::Stopped => Taken::Stopped,
    };
    let written = write(engine, volume, content.as_ref(), wanted, taken, work).await;
    let moved = match taken {
        Taken::Live => None,
        _ => moved(engine, wanted).await,
    };
    let mut troubles = match hold {
        Some(hold) => hold.release().await,
        None => Vec::new(),
    };
    troubles.extend(moved);
    let done = match written {
        Ok(done) => done,
        Err(error) => return Err(told(&error, &summary).and(&troubles).into()),
    };
    if wanted.is_read_back {
        match verify::read_back(&done.path, work).await {
            Ok(_) => troubles.extend(verify::note(history, &done.path, verify::READ_BACK).await),
            Err(trouble) => {
                let path = done.path.clone();
                // What cannot be read back is no backup.
                let _ = tokio::task::spawn_blocking(move || vault::forget(&path)).await;
                return Err(Trouble { summary, ..trouble }.and(&troubles).into());
            }
        }
    }
    Ok(BackedUp { done, way: content.way(), is_proven: wanted.is_read_back, troubles })
}

/// Who used a volume that was to be still, when it has been read.
async fn moved(engine: &SharedEngine, wanted: &Wanted) -> Option<Trouble> {
    // An engine that does not answer is told of where somebody is to go on.
    let inventory = engine.list().await.ok()?;
    let (_, users) = found(&inventory, &wanted.volume)?;
    let awake =
        users.into_iter().filter(|user| wanted.writers != Writers::Paused || user.state != State::Paused);
    let names: Vec<&str> = awake.map(|user| user.name.as_str()).collect();
    let cause = format!("{} ran meanwhile: what was written then may not fit together", names.join(", "));
    let trouble = Trouble::new(format!("'{}' was not held still", wanted.volume), cause);
    (!names.is_empty()).then(|| trouble.with_remedy("see who starts it, then back the volume up again"))
}

/// A volume and whoever uses it at the moment.
pub(super) fn found<'a>(inventory: &'a Inventory, name: &str) -> Option<(&'a Volume, Vec<&'a Container>)> {
    let at = inventory.position(name)?;
    let users = inventory.holders(at).filter(|container| container.state.is_live()).collect();
    Some((inventory.volumes.get(at)?, users))
}

async fn write(
    engine: &SharedEngine,
    volume: &Volume,
    content: &dyn Content,
    wanted: &Wanted,
    taken: Taken,
    work: &Work,
) -> Result<Done, Error> {
    let (info, way) = (engine.info(), content.way());
    let mut about = About::of(volume, &info.name, way.name(), taken, Timestamp::now());
    about.losses = losses(way, info);
    about
        .losses
        .extend(wanted.exclude.0.iter().map(|pattern| format!("{pattern}, which was left out on request")));
    let threads = match wanted.threads {
        0 => std::thread::available_parallelism().map_or(1, |n| u16::try_from(n.get()).unwrap_or(u16::MAX)),
        threads => threads,
    };
    let squeeze = Squeeze { about, level: wanted.level, threads, exclude: wanted.exclude.clone() };
    let order = Order { folder: wanted.folder.clone(), squeeze };
    let progress = work.begin("packing", wanted.usage.as_ref().and_then(room::content));
    content.back_up(order, &progress).await
}

/// Whether it fits where it is to go, as far as that is known.
pub async fn room(wanted: &Wanted) -> Room {
    let Wanted { folder, volume, usage, .. } = wanted.clone();
    let looked = tokio::task::spawn_blocking(move || room::of(&folder, &volume, usage.as_ref()));
    looked.await.unwrap_or(Room::Fits)
}

/// What a killed writer left in a folder goes; one that cannot be read says so when it is written.
pub(super) async fn swept(folder: &std::path::Path) {
    let folder = folder.to_owned();
    let _ = tokio::task::spawn_blocking(move || vault::sweep(&folder)).await;
}

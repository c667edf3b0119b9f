//! The embedded demonstration: an engine in memory, of a data set and a story without end.
//!
//! `data` and `script` read `assets/demo.toml`, `beginning` makes a world of it, `world` is what there
//! is at a moment and `look` at it, `act` changes it and says so, `story` decides what happens next, `answers` puts
//! it in Docker's words, `files` says what its volumes hold, `keeping` what is backed up and in the trash, `size` and `dice` compute sizes and chance.

mod act;
mod answers;
mod beginning;
mod change;
mod data;
mod dice;
mod files;
mod files_bytes;
mod files_data;
mod keeping;
mod look;
pub mod past;
mod script;
mod size;
mod story;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
mod tests;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::data::DataSet;
pub use self::files::Node;
pub use self::keeping::Keeping;
use self::keeping::Shelf;
use self::story::Story;
use self::world::World;
use super::changes::Changes;
use super::{Engine, Error, Events, Result};
use crate::domain::backing::Backing;
use crate::domain::engine::EngineInfo;
use crate::domain::event::EngineEvent;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layer;
use crate::domain::usage::DiskUsage;
use crate::domain::volume::Inspected;

/// Where it pretends to keep its data.
const ROOT: &str = "/var/lib/docker";
/// The size of its disk, and what is on it besides the volumes, in bytes.
const DISK: u64 = 1_920_000_000_000;
const OTHERS: u64 = 214_000_000_000;
/// A real engine walks every volume; this is how long the living demo pretends to.
const WALK: Duration = Duration::from_millis(700);
/// And how long for one container's layer.
const LAYER: Duration = Duration::from_millis(60);

/// An engine in memory.
#[derive(Debug)]
pub struct Demo {
    info: EngineInfo,
    play: Arc<Mutex<Play>>,
    is_living: bool,
    /// Ends the story's task with the demo.
    life: OnceLock<DropGuard>,
}

#[derive(Debug)]
struct Play {
    world: World,
    story: Story,
    shelf: Shelf,
}

impl Demo {
    /// A living one: from the first listener on, its story is played, a beat each few seconds.
    #[must_use]
    pub fn start() -> Self {
        Self::new(Timestamp::now(), true)
    }

    /// One whose clock stands at `now`: nothing happens, and all is always the same, until
    /// [`Demo::step`].
    #[must_use]
    pub fn still(now: Timestamp) -> Self {
        Self::new(now, false)
    }

    /// The same, but nobody may change it.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.info.is_read_only = true;
        self
    }

    /// Plays the next beat of the story at once. A still demo's clock goes some seconds on first.
    pub fn step(&self) {
        let mut play = lock(&self.play);
        if self.is_living {
            play.world.catch_up(Timestamp::now());
        } else {
            let pause = Story::pause(&mut play.world);
            play.world.pass(pause);
        }
        play.step();
    }

    fn new(now: Timestamp, is_living: bool) -> Self {
        // A test reads the data set; were it broken all the same, the demo would be empty.
        let data = DataSet::embedded().unwrap_or_default();
        let story = Story::new(data.story.clone());
        let backups = data.backups.clone();
        let world = World::new(data, now);
        let shelf = Shelf::new(&backups, &world);
        let play = Play { world, story, shelf };
        Self { info: answers::info(), play: Arc::new(Mutex::new(play)), is_living, life: OnceLock::new() }
    }

    /// The play at the present moment.
    fn present(&self) -> MutexGuard<'_, Play> {
        let mut play = lock(&self.play);
        if self.is_living {
            play.world.catch_up(Timestamp::now());
        }
        play
    }

    fn come_alive(&self) {
        if !self.is_living {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        self.life.get_or_init(|| {
            let token = CancellationToken::new();
            runtime.spawn(token.clone().run_until_cancelled_owned(live(Arc::clone(&self.play))));
            token.drop_guard()
        });
    }

    /// The files of a volume as they are now; `None` when there is no such volume.
    #[must_use]
    pub fn files(&self, name: &str) -> Option<Node> {
        self.present().world.files(name)
    }

    /// The file system that its volumes pretend to lie on.
    #[must_use]
    pub fn backing(&self) -> Backing {
        let play = self.present();
        let used: u64 = play.world.disk_usage().sizes.into_values().flatten().sum();
        Backing { total: DISK, available: DISK.saturating_sub(used + OTHERS), at: play.world.now() }
    }

    fn inspect(&self, name: &str) -> Result<Inspected> {
        let play = lock(&self.play);
        let held = play.world.volumes.get(name);
        let held = held.ok_or_else(|| Error::NotFound { message: format!("get {name}: no such volume") })?;
        Ok(Inspected { name: name.to_owned(), answer: answers::inspected(&held.volume) })
    }
}

impl Engine for Demo {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn list(&self) -> BoxFuture<'_, Result<Inventory>> {
        Box::pin(async { Ok(lock(&self.play).world.inventory()) })
    }

    fn inspect_volume<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Inspected>> {
        Box::pin(async { self.inspect(name) })
    }

    fn disk_usage(&self) -> BoxFuture<'_, Result<DiskUsage>> {
        Box::pin(async {
            if self.is_living {
                tokio::time::sleep(WALK).await;
            }
            Ok(self.present().world.disk_usage())
        })
    }

    fn layer<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Option<Layer>>> {
        Box::pin(async move {
            if self.is_living {
                tokio::time::sleep(LAYER).await;
            }
            Ok(self.present().world.layer(container))
        })
    }

    fn events(&self, since: Option<Timestamp>) -> BoxFuture<'_, Result<Events>> {
        Box::pin(async move {
            let (past, receiver) = lock(&self.play).world.listen(since);
            self.come_alive();
            Ok(stream::iter(past.into_iter().map(Ok)).chain(to_come(receiver)).boxed())
        })
    }

    fn changes(&self) -> Option<&dyn Changes> {
        (!self.info.is_read_only).then_some(self)
    }

    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn demo(&self) -> Option<&Demo> {
        Some(self)
    }
}

impl Play {
    fn step(&mut self) {
        self.story.step(&mut self.world);
    }
}

/// Plays the story until it is cancelled.
async fn live(play: Arc<Mutex<Play>>) {
    loop {
        let pause = Story::pause(&mut lock(&play).world);
        tokio::time::sleep(pause.unsigned_abs()).await;
        let mut play = lock(&play);
        play.world.catch_up(Timestamp::now());
        play.step();
    }
}

/// What is said from now on. A listener that lags misses what it missed, as with Docker.
fn to_come(receiver: Receiver<EngineEvent>) -> Events {
    stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        loop {
            match receiver.recv().await {
                Ok(event) => return Some((Ok(event), Some(receiver))),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => {
                    let detail = "the engine ended the stream".to_owned();
                    return Some((Err(Error::CutShort { request: "/events".to_owned(), detail }), None));
                }
            }
        }
    })
    .boxed()
}

/// Nothing is ever left half done under the lock, so a panic elsewhere does not spoil it.
fn lock(play: &Mutex<Play>) -> MutexGuard<'_, Play> {
    play.lock().unwrap_or_else(PoisonError::into_inner)
}

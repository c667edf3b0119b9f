//! Measuring beside all else that the watcher does: what is due, one survey at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::pace::Pace;
use crate::access::helper;
use crate::domain::access::Way;
use crate::domain::inventory::Inventory;
use crate::domain::live::Measuring;
use crate::domain::status::Status;
use crate::domain::usage::Sized;
use crate::domain::volume::{Kind, Volume};
use crate::engine::{Error, Result, SharedEngine};
use crate::ops::survey::queue::Queue;
use crate::ops::survey::{News, Wish, survey};

/// A new volume is not measured the moment it is made.
const CALM: Duration = Duration::from_secs(3);
/// What is due within this is measured together.
const TOGETHER: Duration = Duration::from_secs(10);
/// How often it is told how far a measuring is.
const TELL: Duration = Duration::from_millis(250);
/// News taken in at once: the screen sorts once for all of them.
const BUNCH: usize = 4096;

/// What is measured without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Automatic {
    /// Whether anything is.
    pub is_on: bool,
    /// Entries beyond which a volume is left alone; 0 is no limit.
    pub limit: u64,
    /// The only way to take.
    pub forced: Option<Way>,
}

/// Something to be told, or nothing.
pub(super) enum Reading {
    /// What came of some volumes and what is known of their file system.
    News(Vec<News>),
    /// How far it is.
    Far(Measuring),
    /// It is over.
    Over(Result<()>),
}

struct Running {
    is_asked: bool,
    queue: Queue,
    news: mpsc::Receiver<News>,
    work: JoinHandle<Result<()>>,
    began: Instant,
    told: Instant,
    part: usize,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// The one who measures.
pub(super) struct Gauge {
    engine: SharedEngine,
    automatic: Automatic,
    pace: Pace,
    running: Option<Running>,
    /// When the next one is due.
    pub(super) due: Option<Instant>,
    /// The volumes that the user sees.
    preferred: Vec<String>,
    /// Volumes that were destroyed while others were measured: the news may be about them.
    gone: BTreeSet<String>,
}

impl Gauge {
    pub(super) fn new(engine: SharedEngine, automatic: Automatic, pace: Pace) -> Self {
        let (running, due, preferred, gone) = (None, None, Vec::new(), BTreeSet::new());
        Self { engine, automatic, pace, running, due, preferred, gone }
    }

    /// What the next session should know.
    pub(super) fn into_pace(self) -> Pace {
        self.pace
    }

    /// Begins to measure what is due, or everything when it was asked for. The answer says how far
    /// it is, `None` when there is nothing to do.
    pub(super) fn begin(&mut self, inventory: &Inventory, is_asked: bool) -> Option<Measuring> {
        self.due = None;
        if let Some(running) = &mut self.running {
            // One at a time: what is asked for joins what goes on unasked.
            let joins = is_asked && !std::mem::replace(&mut running.is_asked, true);
            return joins.then(|| {
                running.queue.limit(0);
                running.queue.add(inventory.volumes.iter().cloned());
                running.queue.prefer(&self.preferred);
                running.queue.measuring()
            });
        }
        if !is_asked && !self.automatic.is_on {
            return None;
        }
        let soon = Instant::now() + TOGETHER;
        let is_wanted = |at: usize, volume: &Volume| {
            is_asked
                || (may_be_mounted(inventory, at, volume)
                    && self.pace.due(&volume.name).is_none_or(|due| due <= soon))
        };
        let mut wanted: Vec<(usize, &Volume)> =
            inventory.volumes.iter().enumerate().filter(|(at, v)| is_wanted(*at, v)).collect();
        if wanted.is_empty() {
            self.plan(inventory, Duration::ZERO);
            return None;
        }
        // Running containers write; nobody waits for what nobody uses.
        wanted.sort_by_key(|(at, _)| inventory.status(*at) != Status::InUse);
        let part = wanted.len();
        let queue = Queue::of(wanted.into_iter().map(|(_, volume)| volume.clone()).collect());
        queue.prefer(&self.preferred);
        queue.limit(if is_asked { 0 } else { self.automatic.limit });
        let wish = Wish { forced: self.automatic.forced };
        let (out, news) = mpsc::channel(BUNCH);
        let work = tokio::spawn(survey(Arc::clone(&self.engine), queue.clone(), wish, out));
        let now = Instant::now();
        let far = queue.measuring();
        self.gone.clear();
        self.running = Some(Running { is_asked, queue, news, work, began: now, told: now, part });
        Some(far)
    }

    /// Ends what is under way.
    pub(super) fn stop(&mut self) -> bool {
        self.running.take().is_some()
    }

    /// What the user sees comes first.
    pub(super) fn prefer(&mut self, names: Vec<String>) {
        if let Some(running) = &self.running {
            running.queue.prefer(&names);
        }
        self.preferred = names;
    }

    /// Waits for the next thing to tell; for ever while nothing is measured.
    pub(super) async fn next(&mut self) -> Reading {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let mut news = Vec::new();
        tokio::select! {
            count = running.news.recv_many(&mut news, BUNCH) => {
                if count > 0 {
                    return Reading::News(news);
                }
                // The sender went with the work.
                let ended = (&mut running.work).await;
                let broke = |error: tokio::task::JoinError| {
                    let request = "the measuring".to_owned();
                    Err(Error::CutShort { request, detail: error.to_string() })
                };
                Reading::Over(ended.unwrap_or_else(broke))
            }
            () = tokio::time::sleep_until(running.told + TELL) => {
                running.told = Instant::now();
                Reading::Far(running.queue.measuring())
            }
        }
    }

    /// Takes in what came of a volume; `false` when that volume is gone since.
    pub(super) fn take(&mut self, sized: &Sized, inventory: &Inventory) -> bool {
        let Some(at) = inventory.position(&sized.name).filter(|_| !self.gone.contains(&sized.name)) else {
            return false;
        };
        self.pace.measured(sized, inventory.status(at) == Status::InUse, Instant::now());
        true
    }

    /// Takes in the end of a measuring.
    pub(super) fn over(&mut self, inventory: &Inventory) {
        let Some(running) = self.running.take() else { return };
        self.pace.took(running.began.elapsed(), running.part, inventory.volumes.len());
        self.plan(inventory, CALM);
    }

    /// Forgets a volume that was destroyed: its name may be another volume's by now.
    pub(super) fn forget(&mut self, name: &str) {
        self.pace.forget(name);
        if self.running.is_some() {
            self.gone.insert(name.to_owned());
        }
    }

    /// A volume was mounted or unmounted: something is written.
    pub(super) fn touch(&mut self, name: &str, inventory: &Inventory) {
        self.pace.touch(name);
        self.plan(inventory, CALM);
    }

    /// Looks at a new listing.
    pub(super) fn consider(&mut self, inventory: &Inventory, is_first: bool) {
        if is_first && !inventory.helpers.is_empty() {
            helper::sweep_aside(&self.engine);
        }
        self.plan(inventory, if is_first { Duration::ZERO } else { CALM });
    }

    /// Sets the one timer to when something is due, `pause` from now at the soonest.
    fn plan(&mut self, inventory: &Inventory, pause: Duration) {
        if !self.automatic.is_on || self.running.is_some() {
            return;
        }
        let soonest = Instant::now() + pause;
        let dues = inventory
            .volumes
            .iter()
            .enumerate()
            .filter(|(at, volume)| may_be_mounted(inventory, *at, volume))
            .map(|(_, volume)| self.pace.due(&volume.name).map_or(soonest, |due| due.max(soonest)));
        let next = dues.min();
        // What is planned already stays, so that new volumes in a row do not put it off for ever.
        self.due = match (self.due, next) {
            (Some(planned), Some(next)) if planned > Instant::now() => Some(planned.min(next)),
            (_, next) => next,
        };
    }
}

/// Whether a volume may be measured without being asked for: what somebody else's server holds is
/// not mounted for the sake of a number.
fn may_be_mounted(inventory: &Inventory, at: usize, volume: &Volume) -> bool {
    matches!(volume.kind(), Kind::Plain | Kind::Bind) || inventory.status(at) == Status::InUse
}

//! When to ask the engine for its disk usage, and what of the answer still holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Fuse, FusedFuture, FutureExt};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::domain::inventory::Inventory;
use crate::domain::usage::{DiskUsage, Unknown};
use crate::engine::{Result, SharedEngine};
use crate::ops::measure;

/// Between two measurements that nobody asked for.
const CALM: Duration = Duration::from_secs(3);
/// A new volume is measured this many times the last measurement's duration later.
const SHARE: u32 = 10;
/// What is older is measured again, where that costs less than a fiftieth of the time.
const STALE: Duration = Duration::from_secs(600);
const STALE_SHARE: u32 = 50;

/// A disk usage and when it came.
#[derive(Clone)]
pub(super) struct Measured {
    usage: Arc<DiskUsage>,
    at: Instant,
}

/// The one who measures, one question at a time.
pub(super) struct Gauge {
    engine: SharedEngine,
    is_automatic: bool,
    /// The question that is under way.
    pub(super) running: Fuse<BoxFuture<'static, Result<DiskUsage>>>,
    /// When the next one is due.
    pub(super) due: Option<Instant>,
    /// Tells each time that the engine is busy with somebody else's question.
    pub(super) waits: mpsc::Receiver<()>,
    wait_sender: mpsc::Sender<()>,
    began: Instant,
    took: Duration,
    measured: Option<Measured>,
    /// Volumes that were destroyed while the engine measured: its answer may be about them.
    gone: BTreeSet<String>,
}

impl Gauge {
    pub(super) fn new(engine: SharedEngine, is_automatic: bool, measured: Option<Measured>) -> Self {
        let (wait_sender, waits) = mpsc::channel(1);
        Self {
            engine,
            is_automatic,
            running: Fuse::terminated(),
            due: None,
            waits,
            wait_sender,
            began: Instant::now(),
            took: Duration::ZERO,
            measured,
            gone: BTreeSet::new(),
        }
    }

    /// What the next session should know.
    pub(super) fn into_measured(self) -> Option<Measured> {
        self.measured
    }

    /// Asks, unless an answer is on its way already.
    pub(super) fn begin(&mut self) -> bool {
        self.due = None;
        if !self.running.is_terminated() {
            return false;
        }
        self.began = Instant::now();
        self.gone.clear();
        let engine = Arc::clone(&self.engine);
        let waits = self.wait_sender.clone();
        self.running = async move {
            measure::disk_usage(engine.as_ref(), || {
                // A full channel means that it is known already.
                let _ = waits.try_send(());
            })
            .await
        }
        .boxed()
        .fuse();
        true
    }

    /// Takes in an answer, without what it says of volumes that were destroyed meanwhile.
    pub(super) fn answered(&mut self, mut usage: DiskUsage) -> Arc<DiskUsage> {
        self.took = self.began.elapsed();
        usage.sizes.retain(|name, _| !self.gone.contains(name));
        let usage = Arc::new(usage);
        self.measured = Some(Measured { usage: Arc::clone(&usage), at: Instant::now() });
        usage
    }

    /// Takes in a failure.
    pub(super) fn failed(&mut self) {
        self.took = self.began.elapsed();
    }

    /// Forgets a volume that was destroyed: its name may be another volume's by now.
    pub(super) fn forget(&mut self, name: &str) {
        if let Some(measured) = &mut self.measured {
            Arc::make_mut(&mut measured.usage).sizes.remove(name);
        }
        if !self.running.is_terminated() {
            self.gone.insert(name.to_owned());
        }
    }

    /// Looks whether a new listing has something to measure.
    pub(super) fn consider(&mut self, inventory: &Inventory, is_first: bool) {
        let is_missing = self.measured.as_ref().is_none_or(|measured| {
            inventory.volumes.iter().any(|v| measured.usage.of(v) == Err(Unknown::LeftOut))
        });
        if is_missing || (is_first && self.is_stale()) {
            let pause = if is_first { Duration::ZERO } else { CALM.max(self.took * SHARE) };
            self.plan(pause);
        }
    }

    /// Looks whether time has made the sizes old.
    pub(super) fn pulse(&mut self) {
        if self.is_stale() {
            self.plan(Duration::ZERO);
        }
    }

    fn is_stale(&self) -> bool {
        let since = self.measured.as_ref().map_or(self.began, |measured| measured.at);
        since.elapsed() > STALE.max(self.took * STALE_SHARE)
    }

    fn plan(&mut self, pause: Duration) {
        if self.is_automatic && self.due.is_none() && self.running.is_terminated() {
            self.due = Some(Instant::now() + pause);
        }
    }
}

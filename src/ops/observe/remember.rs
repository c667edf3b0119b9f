//! What the watcher writes down, away from its own task: SQLite may have to wait for the disk.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use futures_util::future::{BoxFuture, Fuse, FusedFuture, FutureExt};
use jiff::Timestamp;

use crate::domain::engine::EngineInfo;
use crate::domain::growth::back;
use crate::domain::growth::past::Past;
use crate::domain::growth::trail::Trail;
use crate::domain::inventory::Inventory;
use crate::domain::live::Observation;
use crate::domain::provenance::Provenance;
use crate::domain::trouble::Trouble;
use crate::domain::usage::{Measured, Sized, Usage};
use crate::history::{Error, History, Seen};
use crate::ops::watched::{self, Watcher};

/// How far back a change over a week may look for what was before it, in seconds.
const TRAILS: i64 = 21 * 24 * 3600 / 2;

/// Something to write down.
pub(super) enum Note {
    /// A listing.
    Listing { inventory: Arc<Inventory>, at: Timestamp, is_watched: bool, is_deaf: bool },
    /// A volume that was destroyed, by its event.
    Gone { name: String, at: Timestamp },
    /// A volume that a container mounted or let go, by its event: that one may be gone again before
    /// anything is listed.
    Used { name: String, at: Timestamp },
    /// What was measured, by volume.
    Sizes(Vec<(String, Measured)>),
    /// Nothing to write: how sizes changed lately is wanted.
    Trails,
    /// Nothing to write: what is remembered of this volume is wanted.
    Past(String),
}

/// What came of it.
pub(super) enum Noted {
    Provenance(BTreeMap<String, Provenance>),
    Trails(BTreeMap<String, Trail>),
    Past(String, Result<Box<Past>, Trouble>),
    Written,
    Failed(Trouble),
}

impl Noted {
    /// What is to be told of it.
    pub(super) fn news(self) -> Option<Observation> {
        Some(match self {
            Self::Provenance(known) => Observation::Provenance(Arc::new(known)),
            Self::Trails(trails) => Observation::Trails(Arc::new(trails)),
            Self::Past(name, past) => Observation::Past(name, past),
            Self::Failed(trouble) => Observation::HistoryFailed(trouble),
            Self::Written => return None,
        })
    }
}

/// Writes notes down one after the other, on a thread that may block.
pub(super) struct Scribe {
    history: Option<Arc<History>>,
    engine: String,
    /// Whether the engine's creation times stay as they are.
    is_created_stable: bool,
    watcher: Option<Arc<Watcher>>,
    waiting: VecDeque<Note>,
    /// Whether volumes were used since the last listing that was written down.
    pub(super) has_uses: bool,
    /// The note that is being written.
    pub(super) writing: Fuse<BoxFuture<'static, Noted>>,
}

impl Scribe {
    pub(super) fn new(history: Option<Arc<History>>, engine: &EngineInfo) -> Self {
        let watcher = history.clone().map(|history| Arc::new(Watcher::new(history, engine.id.clone())));
        Self {
            history,
            watcher,
            engine: engine.id.clone(),
            is_created_stable: engine.capabilities.created_is_stable,
            waiting: VecDeque::new(),
            has_uses: false,
            writing: Fuse::terminated(),
        }
    }

    /// Takes a note; without a history it is dropped.
    pub(super) fn note(&mut self, note: Note) {
        if self.history.is_none() {
            if let Note::Past(name) = note {
                let trouble = Trouble::new("nothing is remembered", "there is no history");
                self.writing = std::future::ready(Noted::Past(name, Err(trouble))).boxed().fuse();
            }
            return;
        }
        match note {
            Note::Used { .. } => self.has_uses = true,
            Note::Listing { .. } => self.has_uses = false,
            _ => {}
        }
        if matches!(note, Note::Past(_)) {
            self.waiting.retain(|waiting| !matches!(waiting, Note::Past(_)));
        }
        match (self.waiting.back_mut(), note) {
            // While the disk is slow, of several listings only the last is worth writing.
            (
                Some(Note::Listing { inventory, at, is_watched, is_deaf }),
                Note::Listing {
                    inventory: newer,
                    at: newer_at,
                    is_watched: newer_is_watched,
                    is_deaf: newer_is_deaf,
                },
            ) => {
                (*inventory, *at, *is_deaf) = (newer, newer_at, newer_is_deaf);
                *is_watched &= newer_is_watched;
            }
            (Some(Note::Used { name, at }), Note::Used { name: same, at: later }) if *name == same => {
                *at = later;
            }
            (_, note) => self.waiting.push_back(note),
        }
        self.go_on();
    }

    /// Takes a note of what is known of these sizes.
    pub(super) fn note_sizes(&mut self, sizes: &[Sized]) {
        let known: Vec<_> = sizes
            .iter()
            .filter_map(|sized| Some((sized.name.clone(), sized.outcome.as_ref().ok()?.clone())))
            .collect();
        if !known.is_empty() {
            self.note(Note::Sizes(known));
        }
    }

    /// Begins the next note unless one is being written.
    pub(super) fn go_on(&mut self) {
        if !self.writing.is_terminated() {
            return;
        }
        let (Some(history), Some(note)) = (self.history.clone(), self.waiting.pop_front()) else { return };
        let (engine, stable) = (self.engine.clone(), self.is_created_stable);
        let watcher = self.watcher.clone();
        // Whoever asked for a past waits for it: a failure is its answer.
        let asked = if let Note::Past(name) = &note { Some(name.clone()) } else { None };
        self.writing = async move {
            let trouble = match tokio::task::spawn_blocking(move || {
                write(&history, watcher.as_deref(), &engine, stable, &note)
            })
            .await
            {
                Ok(Ok(noted)) => return noted,
                Ok(Err(error)) => error.trouble(),
                Err(error) => Trouble::new("the history cannot be kept", error.to_string()),
            };
            match asked {
                Some(name) => Noted::Past(name, Err(trouble)),
                None => Noted::Failed(trouble),
            }
        }
        .boxed()
        .fuse();
    }

    /// The usages that earlier runs recorded; none without a history.
    pub(super) fn usages(&self) -> BoxFuture<'static, Result<BTreeMap<String, Usage>, Trouble>> {
        let (history, engine) = (self.history.clone(), self.engine.clone());
        async move {
            let Some(history) = history else { return Ok(BTreeMap::new()) };
            match tokio::task::spawn_blocking(move || history.usages(&engine)).await {
                Ok(known) => known.map_err(|error| error.trouble()),
                Err(error) => Err(Trouble::new("the history cannot be read", error.to_string())),
            }
        }
        .boxed()
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        if let Some(watcher) = &self.watcher {
            watcher.end();
        }
    }
}

fn write(
    history: &History,
    watcher: Option<&Watcher>,
    engine: &str,
    is_created_stable: bool,
    note: &Note,
) -> Result<Noted, Error> {
    match note {
        Note::Listing { inventory, at, is_watched, is_deaf } => {
            let seen = Seen { at: *at, is_watched: *is_watched, is_created_stable };
            if !is_watched {
                watched::sweep(history, engine)?;
            }
            history.record_inventory(engine, inventory, seen)?;
            if let Some(watcher) = watcher.filter(|_| !is_deaf) {
                watcher.begin()?;
            }
            Ok(Noted::Provenance(history.provenance(engine)?))
        }
        Note::Gone { name, at } => {
            history.record_gone(engine, name, *at)?;
            Ok(Noted::Written)
        }
        Note::Used { name, at } => {
            history.record_use(engine, name, *at)?;
            Ok(Noted::Written)
        }
        Note::Sizes(sizes) => {
            history.record_measured(engine, sizes.iter().map(|(name, m)| (name.as_str(), m)))?;
            Ok(Noted::Written)
        }
        Note::Trails => {
            let now = Timestamp::now();
            Ok(Noted::Trails(history.trails(engine, back(now, TRAILS), now)?))
        }
        Note::Past(name) => {
            let past = history.past(engine, name, Timestamp::now())?;
            Ok(Noted::Past(name.clone(), Ok(Box::new(past))))
        }
    }
}

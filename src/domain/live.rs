//! What the watcher of an engine reports as time goes by.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::backing::Backing;
use super::change::ChangeNews;
use super::engine::EngineInfo;
use super::event::EngineEvent;
use super::files_news::FilesNews;
use super::growth::past::Past;
use super::growth::trail::Trail;
use super::inventory::Inventory;
use super::keep::KeepNews;
use super::layer::Told;
use super::map::Sources;
use super::provenance::Provenance;
use super::trouble::Trouble;
use super::usage::{Sized, Usage};
use super::volume::Inspected;

/// How far a measuring is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measuring {
    /// Volumes that are done.
    pub done: usize,
    /// Volumes in all.
    pub total: usize,
    /// Entries seen in those that are being measured.
    pub entries: u64,
    /// One of those that are being measured.
    pub current: Option<String>,
    /// Whether the engine is asked, and busy with somebody else's question.
    pub is_waiting: bool,
}

/// One piece of news about an engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// An attempt to reach an engine begins.
    Connecting {
        /// Counted from 1 since the engine was last there.
        attempt: u32,
    },
    /// An engine answered.
    Connected(Box<EngineInfo>),
    /// The engine cannot be reached, or was lost.
    Unreachable {
        /// What, why, and what to do.
        trouble: Trouble,
        /// What was tried, in order, each with its outcome.
        tried: Vec<String>,
        /// When the next attempt begins.
        retry_at: Timestamp,
    },
    /// Everything there is, listed at that moment.
    Listed {
        /// The volumes and containers.
        inventory: Arc<Inventory>,
        /// When the listing was asked for.
        at: Timestamp,
    },
    /// The engine is there but did not list.
    ListFailed(Trouble),
    /// The engine tells no events: what changes is seen only when it is listed again.
    EventsFailed(Trouble),
    /// Something happened on the engine.
    Happened(Box<EngineEvent>),
    /// Volumes are being measured.
    Measuring(Measuring),
    /// What came of some volumes.
    Measured(Vec<Sized>),
    /// How full the file system of the volumes is.
    Backing(Backing),
    /// The measuring is over: all is done, or it was stopped, or the engine failed.
    MeasureEnded(Result<(), Trouble>),
    /// One volume's own description, or why there is none.
    Inspected(String, Result<Box<Inspected>, Trouble>),
    /// Some of the writable layers that were asked for.
    Layers {
        /// By the container's id; `None` when it is gone.
        told: Vec<(String, Option<Told>)>,
        /// How many were answered so far.
        done: usize,
        /// How many were asked for.
        of: usize,
    },
    /// Which folders that containers bind are there.
    Sources(Arc<Sources>),
    /// Usages known from earlier runs.
    Remembered(Arc<BTreeMap<String, Usage>>),
    /// How each volume's size changed lately, as earlier runs recorded it.
    Trails(Arc<BTreeMap<String, Trail>>),
    /// What is remembered of one volume, or why nothing is.
    Past(String, Result<Box<Past>, Trouble>),
    /// Who had which volume, as far as the history knows.
    Provenance(Arc<BTreeMap<String, Provenance>>),
    /// The history cannot be kept; everything else goes on.
    HistoryFailed(Trouble),
    /// News of backups, copies and the trash.
    Kept(KeepNews),
    /// What came of something that was to be changed.
    Changed(ChangeNews),
    /// Something about the files of a volume, of the visit with this number.
    Files(u64, FilesNews),
}

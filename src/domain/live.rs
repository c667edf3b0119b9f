//! What the watcher of an engine reports as time goes by.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::engine::EngineInfo;
use super::event::EngineEvent;
use super::inventory::Inventory;
use super::provenance::Provenance;
use super::trouble::Trouble;
use super::usage::{DiskUsage, Usage};
use super::volume::Inspected;

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
    /// The engine is computing disk usage.
    Measuring {
        /// Whether it waits for another `docker system df` to end.
        waiting: bool,
    },
    /// The engine told its disk usage.
    Measured {
        /// What it said.
        usage: Arc<DiskUsage>,
        /// When it said it.
        at: Timestamp,
    },
    /// The engine did not tell its disk usage.
    MeasureFailed(Trouble),
    /// One volume's own description, or why there is none.
    Inspected(String, Result<Box<Inspected>, Trouble>),
    /// Usages known from earlier runs.
    Remembered(Arc<BTreeMap<String, Usage>>),
    /// Who had which volume, as far as the history knows.
    Provenance(Arc<BTreeMap<String, Provenance>>),
    /// The history cannot be kept; everything else goes on.
    HistoryFailed(Trouble),
}

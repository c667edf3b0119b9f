//! The embedded demonstration engine.

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{Engine, Events, Result};
use crate::domain::engine::EngineInfo;
use crate::domain::inventory::Inventory;
use crate::domain::usage::DiskUsage;
use crate::domain::volume::Inspected;

/// An engine in memory.
#[derive(Debug)]
pub struct Demo {
    info: EngineInfo,
}

impl Demo {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        loop {}
    }
}

impl Engine for Demo {
    fn info(&self) -> &EngineInfo {
        &self.info
    }
    fn list(&self) -> BoxFuture<'_, Result<Inventory>> {
        loop {}
    }
    fn inspect_volume<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<Inspected>> {
        loop {}
    }
    fn disk_usage(&self) -> BoxFuture<'_, Result<DiskUsage>> {
        loop {}
    }
    fn events(&self, _since: Option<Timestamp>) -> BoxFuture<'_, Result<Events>> {
        loop {}
    }
    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        loop {}
    }
}

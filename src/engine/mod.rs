//! The only place that speaks the Engine API.
//!
//! bollard is the client, over a transport of ours: its released version sends no API version,
//! loses sizes and refuses Podman's words. What those need is read here into tolerant structs
//! over the same transport.

pub mod address;
pub mod answers;
mod asking;
mod change;
pub mod changes;
pub mod choice;
pub mod connect;
pub mod containers;
pub mod context;
pub mod demo;
pub mod df;
pub mod docker;
pub mod environment;
pub mod error;
pub mod events;
pub mod layers;
mod leaving;
mod line;
pub mod peer;
mod run;
mod services;
pub mod transport;
pub mod volumes;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use changes::Changes;
use containers::Containers;
pub use error::Error;

use crate::domain::engine::EngineInfo;
use crate::domain::event::EngineEvent;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layer;
use crate::domain::usage::DiskUsage;
use crate::domain::volume::Inspected;

/// What an engine answers with, or why not.
pub type Result<T> = std::result::Result<T, Error>;

/// A stream of events that ends when the connection does.
pub type Events = BoxStream<'static, Result<EngineEvent>>;

/// An engine that was reached. The demo is one too.
pub trait Engine: Send + Sync {
    /// What it is, where, and what it can do.
    fn info(&self) -> &EngineInfo;

    /// All volumes and all containers, joined.
    ///
    /// # Errors
    /// When the engine cannot be reached, refuses, or answers what cannot be understood; never a
    /// partial list.
    fn list(&self) -> BoxFuture<'_, Result<Inventory>>;

    /// One volume in the engine's own words, secrets masked.
    ///
    /// # Errors
    /// As for [`Engine::list`], and when there is no such volume.
    fn inspect_volume<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Inspected>>;

    /// What the engine knows of its disk usage. Slow: it walks every volume, one after the other.
    ///
    /// # Errors
    /// [`Error::Busy`] where another usage computation excludes ours, else as for [`Engine::list`].
    fn disk_usage(&self) -> BoxFuture<'_, Result<DiskUsage>>;

    /// What one container wrote into its own layer; `None` when there is no such container any
    /// more. Costs the engine: it walks the layer.
    ///
    /// # Errors
    /// As for [`Engine::list`].
    fn layer<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Option<Layer>>>;

    /// The events from now on, or from `since` on (inclusive: the event of that moment comes again).
    ///
    /// # Errors
    /// As for [`Engine::list`]; the stream's last item is the error that ended it.
    fn events(&self, since: Option<Timestamp>) -> BoxFuture<'_, Result<Events>>;

    /// The engine as one that runs containers of ours; `None` where there is nothing to run.
    fn containers(&self) -> Option<&dyn Containers> {
        None
    }

    /// The engine as one that may be changed; `None` where volx was told to change nothing.
    fn changes(&self) -> Option<&dyn Changes> {
        None
    }

    /// Whether it still answers.
    ///
    /// # Errors
    /// When it does not.
    fn ping(&self) -> BoxFuture<'_, Result<()>>;

    /// The demo, when it is one: its files are in memory.
    fn demo(&self) -> Option<&demo::Demo> {
        None
    }
}

/// An engine that several tasks may ask at once.
pub type SharedEngine = Arc<dyn Engine>;

//! Changing an engine: what a user can want of volumes and containers.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use super::Result;
use crate::domain::creation::NewVolume;
use crate::domain::lifecycle::Act;
use crate::domain::volume::Volume;

/// Names of whatever has volumes, by volume.
pub type ByVolume = BTreeMap<String, Vec<String>>;

/// An engine that may be changed. There is none where volx was told to change nothing.
///
/// All of it fails as [`super::Engine::list`] does.
pub trait Changes: Send + Sync {
    /// One volume as it is now; nothing when there is none of this name.
    fn volume<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Volume>>>;

    /// The names of the containers of any state that have a volume, our own helpers left out.
    fn holders<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<Vec<String>>>;

    /// The same for each of several volumes; one that nobody has is not in the answer.
    fn holders_of<'a>(&'a self, volumes: &'a [&'a str]) -> BoxFuture<'a, Result<ByVolume>>;

    /// Whether a helper of ours has a volume.
    fn is_held_by_ours<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<bool>>;

    /// The names of the Swarm services that mount each of these volumes; nothing where the engine
    /// manages no swarm.
    fn services_of<'a>(&'a self, volumes: &'a [&'a str]) -> BoxFuture<'a, Result<ByVolume>>;

    /// Removes a volume. With `is_forced` the engine forgets one whose driver fails to remove it;
    /// one that a container has stays all the same. [moby `volume/service/store.go`, `Remove`]
    fn remove_volume<'a>(&'a self, name: &'a str, is_forced: bool) -> BoxFuture<'a, Result<Removed>>;

    /// Makes a volume. The engine answers "made" for a name that is taken: look before and after.
    fn make_volume<'a>(&'a self, wanted: &'a NewVolume) -> BoxFuture<'a, Result<()>>;

    /// What the engine removes by itself when this container ends: nothing where the container stays,
    /// else the names of the volumes that go with it. `docker run --rm` takes the anonymous ones.
    fn leaving<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Option<Vec<String>>>>;

    /// What becomes of a container that is stopped for a while.
    fn stopping<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Stopping>>;

    /// Does something with a container. What is so already is no error.
    fn act<'a>(&'a self, container: &'a str, act: Act) -> BoxFuture<'a, Result<()>>;
}

/// What becomes of a container that is stopped, whoever stops it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopping {
    /// It stays, and can be started again. A restart policy starts none that was stopped on purpose.
    /// [moby `restartmanager/restartmanager.go`, `ShouldRestart`]
    Stays,
    /// The engine removes it, with what is in its writable layer: it was run with `--rm`.
    Leaves,
    /// It is a task of this Swarm service, which starts another one in its place.
    IsReplaced(String),
}

/// What an engine answers to a removal that it understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// The volume is gone.
    Removed,
    /// There was none of this name.
    Gone,
    /// Somebody has it: the engine's own words.
    InUse(String),
}

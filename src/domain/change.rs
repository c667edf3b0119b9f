//! What can be asked to be changed, and what comes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::creation::NewVolume;
use super::lifecycle::{Act, Clearing};
use super::protection::Protection;
use super::prune::ConfirmedPlan;
use super::removal::Done;
use super::trouble::Trouble;

/// Something to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeAsk {
    /// Remove the volumes of a plan that was agreed to.
    Remove(Box<ConfirmedPlan>),
    /// Stop removing, after the volume that is being removed.
    StopRemoving,
    /// Make a volume.
    Make(NewVolume),
    /// Protect volumes, or lift their protection.
    Protect {
        /// The volumes.
        names: Vec<String>,
        /// Whether they are protected from now on.
        is_on: bool,
    },
    /// Do something with a container.
    Act {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// What.
        act: Act,
    },
    /// Stop a container that removes itself then, and these volumes with it.
    StopWith {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// The volumes that go with it: what was shown.
        volumes: BTreeSet<String>,
    },
    /// Stop and remove containers, so that their volumes are free.
    Clear(Clearing),
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeNews {
    /// A removal has begun, of so many volumes.
    RemovalBegan(usize),
    /// Some of its volumes had their turn.
    Removed(Vec<Done>),
    /// What was changed could not be written to the audit log; it goes on all the same.
    Unlogged(Trouble),
    /// A removal could not begin.
    RemovalRefused(Trouble),
    /// The removal is over; the engine was lost where it is an error.
    RemovalEnded(Result<(), Trouble>),
    /// A volume was made, or not.
    Made(String, Result<(), Trouble>),
    /// Volumes are protected from now on, or not any more; or that could not be written down.
    Protected {
        /// The volumes.
        names: Vec<String>,
        /// Whether they were to be protected.
        is_on: bool,
        /// What came of it.
        outcome: Result<(), Trouble>,
    },
    /// Something was done with a container, or not.
    Acted {
        /// Its name.
        name: String,
        /// What.
        act: Act,
        /// What came of it.
        outcome: Result<(), Trouble>,
    },
    /// Nothing was done: volumes would go with containers that remove themselves when they end. This is
    /// what was asked for, with their names; it has to be agreed to.
    TakesVolumes(ChangeAsk),
    /// The clearing is over: all containers that it named are gone, or why not.
    Cleared(Result<(), Trouble>),
    /// What is protected, or why nobody knows; then nothing is removed.
    Protection(Result<Arc<Protection>, Trouble>),
}

//! What can be done with a container, so that a volume gets free without leaving volx.

use std::collections::BTreeSet;

use super::container::{Container, State};

/// One thing to be done with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Start it.
    Start,
    /// Ask it to end; the engine kills it when it does not.
    Stop,
    /// Freeze it.
    Pause,
    /// Let it go on.
    Unpause,
    /// Stop it and start it.
    Restart,
    /// Remove it, with what it wrote into its own layer; its volumes stay.
    Remove,
}

impl Act {
    /// Everything, in the order in which it is offered.
    pub const ALL: [Self; 6] =
        [Self::Start, Self::Stop, Self::Pause, Self::Unpause, Self::Restart, Self::Remove];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Restart => "restart",
            Self::Remove => "remove",
        }
    }

    /// The word for it when it is done.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Pause => "paused",
            Self::Unpause => "unpaused",
            Self::Restart => "restarted",
            Self::Remove => "removed",
        }
    }

    /// The word for it while it is being done.
    #[must_use]
    pub const fn doing(self) -> &'static str {
        match self {
            Self::Start => "starting",
            Self::Stop => "stopping",
            Self::Pause => "pausing",
            Self::Unpause => "unpausing",
            Self::Restart => "restarting",
            Self::Remove => "removing",
        }
    }

    /// Why it makes no sense in this state; nothing where it does.
    #[must_use]
    pub fn objection(self, state: &State) -> Option<String> {
        let fits = match self {
            Self::Start => matches!(state, State::Created | State::Exited | State::Other(_)),
            Self::Stop | Self::Restart => state.is_live() || matches!(state, State::Other(_)),
            Self::Pause => *state == State::Running,
            Self::Unpause => *state == State::Paused,
            // The engine removes no container that lives, and killing it is not asked for here.
            Self::Remove => !state.is_live(),
        };
        match (fits, self) {
            (true, _) => None,
            (false, Self::Remove) => Some(format!("it is {state}: stop it first")),
            (false, _) => Some(format!("it is {state}")),
        }
    }
}

/// What has to happen to containers before their volumes are free: each is stopped if it lives, and
/// removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearing {
    /// The containers, as they were shown.
    pub containers: Vec<Container>,
    /// The volumes that may go with those that remove themselves when they end (`docker run --rm`):
    /// what was shown and agreed to.
    pub volumes: BTreeSet<String>,
}

impl Clearing {
    /// These containers, and no volume with them.
    #[must_use]
    pub const fn of(containers: Vec<Container>) -> Self {
        Self { containers, volumes: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_lives_is_not_removed() {
        assert!(Act::Remove.objection(&State::Running).expect("an objection").contains("stop it first"));
        assert_eq!(Act::Remove.objection(&State::Exited), None);
        assert_eq!(Act::Remove.objection(&State::Dead), None);
        assert_eq!(Act::Unpause.objection(&State::Paused), None);
        assert!(Act::Start.objection(&State::Running).is_some());
    }
}

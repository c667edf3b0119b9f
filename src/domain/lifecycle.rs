//! What can be done with a container, so that a volume gets free without leaving volx.

use std::collections::{BTreeMap, BTreeSet};

use super::container::{Container, State};
use super::inventory::Inventory;
use super::protection::Protection;
use super::prune::Asking;

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

    /// The containers that have to go before these volumes can, each once, by name. A volume that stays
    /// all the same, protected or mounted by a service, which would start them again, costs nobody a
    /// container; nor does any while nobody knows what is protected.
    #[must_use]
    pub fn needed(
        inventory: &Inventory,
        protection: Option<&Protection>,
        volumes: impl Iterator<Item = usize>,
    ) -> Self {
        let mut containers: BTreeMap<&str, &Container> = BTreeMap::new();
        for at in volumes {
            let is_free_then = inventory.volumes.get(at).is_some_and(|volume| {
                let is_unguarded = protection.is_some_and(|protection| protection.of(volume).is_none());
                is_unguarded && !inventory.has_service(&volume.name)
            });
            if is_free_then {
                containers.extend(inventory.holders(at).map(|container| (container.id.as_str(), container)));
            }
        }
        let mut containers: Vec<Container> = containers.into_values().cloned().collect();
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Self::of(containers)
    }

    /// What has to be typed to agree: more where containers run.
    #[must_use]
    pub fn asking(&self) -> Asking {
        let is_live = self.containers.iter().any(|container| container.state.is_live());
        match self.containers.as_slice() {
            [one] if is_live => Asking::Name(one.name.clone()),
            many if is_live => Asking::Count(many.len()),
            _ => Asking::Yes,
        }
    }

    /// The same in words, as a sentence's end.
    #[must_use]
    pub fn asking_words(&self) -> String {
        match self.asking() {
            Asking::Yes => "type y to agree".to_owned(),
            Asking::Name(name) => format!("type the container's name to agree: {name}"),
            Asking::Count(count) => format!("type the number of containers to agree: {count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mount::{Mount, Source};
    use crate::domain::volume::Volume;

    fn world(state: &State) -> Inventory {
        let names = ["free", "guarded", "of-service"];
        let volume = |name: &&str| Volume { name: (*name).to_owned(), ..Volume::default() };
        let container = |name: &&str| Container {
            id: format!("id-{name}"),
            name: format!("with-{name}"),
            image: "i".to_owned(),
            state: state.clone(),
            project: None,
            service: None,
            is_helper: false,
            mounts: vec![Mount {
                source: Source::Volume((*name).to_owned()),
                destination: "/d".to_owned(),
                read_only: false,
            }],
        };
        Inventory::join(names.iter().map(volume).collect(), names.iter().map(container).collect(), Vec::new())
            .with_services([("of-service".to_owned(), "db".to_owned())])
    }

    #[test]
    fn no_container_goes_for_a_volume_that_stays() {
        let mut protection = Protection::default();
        protection.decided.insert("guarded".to_owned(), true);
        let inventory = world(&State::Running);
        let needed = Clearing::needed(&inventory, Some(&protection), 0..3);
        let names: Vec<&str> = needed.containers.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["with-free"]);
        assert_eq!(needed.asking(), Asking::Name("with-free".to_owned()));
        assert!(Clearing::needed(&inventory, None, 0..3).containers.is_empty(), "nobody knows what is");
        let all = Clearing::needed(&inventory, Some(&Protection::default()), 0..3);
        assert_eq!(all.asking(), Asking::Count(2));
        let ended = Clearing::needed(&world(&State::Exited), Some(&protection), 0..3);
        assert_eq!(ended.asking(), Asking::Yes);
    }

    #[test]
    fn a_container_that_lives_is_not_removed() {
        assert!(Act::Remove.objection(&State::Running).expect("an objection").contains("stop it first"));
        assert_eq!(Act::Remove.objection(&State::Exited), None);
        assert_eq!(Act::Remove.objection(&State::Dead), None);
        assert_eq!(Act::Unpause.objection(&State::Paused), None);
        assert!(Act::Start.objection(&State::Running).is_some());
    }
}

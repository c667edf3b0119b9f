//! Whether a volume is used, and by whom.

use super::container::{Container, State};

/// How a volume is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A running, paused or restarting container has it.
    InUse,
    /// Only containers that do not run have it.
    Attached,
    /// No container has it.
    Dangling,
}

impl Status {
    /// Every status, most held first.
    pub const ALL: [Self; 3] = [Self::InUse, Self::Attached, Self::Dangling];

    /// Judges by the containers that have the volume, our own helpers left out.
    pub fn of<'a>(holders: impl IntoIterator<Item = &'a Container>) -> Self {
        let mut status = Self::Dangling;
        for container in holders {
            if container.state.is_live() {
                return Self::InUse;
            }
            status = Self::Attached;
        }
        status
    }

    /// The word for it, as scripts and filters use it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::Attached => "attached",
            Self::Dangling => "dangling",
        }
    }

    /// The word for it in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InUse => "in use",
            Self::Attached => "attached",
            Self::Dangling => "dangling",
        }
    }
}

/// Why a volume has its status: `web is running`, `2 containers, none running`, `no container has it`.
pub fn reason<'a>(holders: impl IntoIterator<Item = &'a Container>) -> String {
    let holders: Vec<&Container> = holders.into_iter().collect();
    let live: Vec<&&Container> = holders.iter().filter(|c| c.state.is_live()).collect();
    match (live.as_slice(), holders.as_slice()) {
        ([], []) => "no container has it".to_owned(),
        ([], [one]) => format!("{} has it and does not run ({})", one.name, one.state),
        ([], many) => format!("{} containers have it, none runs", many.len()),
        ([one], [_]) => format!("{} is {}", one.name, one.state),
        ([one], many) => format!("{} is {}, {} more have it", one.name, one.state, many.len() - 1),
        (live, _) => {
            let running = live.iter().filter(|c| c.state == State::Running).count();
            if running == live.len() {
                format!("{running} containers run with it")
            } else {
                format!("{} containers have it, {running} running", live.len())
            }
        }
    }
}

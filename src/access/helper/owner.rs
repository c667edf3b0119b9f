//! Whose a helper container is: written on it, so that what a dead volx left behind can be told
//! from what a living one needs.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::domain::container::State;
use crate::engine::containers::OwnContainer;

/// The label that names the owner.
pub(super) const OWNER_LABEL: &str = "volx.helper.owner";
/// From this age on a container that is not running and whose owner cannot be looked up is a leftover.
const OLD: SignedDuration = SignedDuration::from_hours(1);

/// A process of a machine, not to be mistaken for a later one with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    /// The machine's boot.
    boot: String,
    /// The process namespace.
    namespace: String,
    process: u32,
    /// When the process began, in ticks after boot.
    started: String,
}

impl Owner {
    /// This process.
    pub(super) fn ours() -> Self {
        let process = std::process::id();
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self {
            boot: boot.trim().to_owned(),
            namespace: namespace(),
            process,
            started: started(process).unwrap_or_default(),
        }
    }

    /// As the label says it.
    pub(super) fn label(&self) -> String {
        format!("{} {} {} {}", self.boot, self.namespace, self.process, self.started)
    }

    fn read(label: &str) -> Option<Self> {
        let mut words = label.split(' ');
        let mut word = || words.next().map(str::to_owned);
        let (boot, namespace, process, started) = (word()?, word()?, word()?, word()?);
        Some(Self { boot, namespace, process: process.parse().ok()?, started })
    }

    /// Whether it is gone; `None` when it is another machine's, or another namespace's.
    fn is_dead(&self) -> Option<bool> {
        let ours = Self::ours();
        (!self.boot.is_empty() && self.boot == ours.boot && self.namespace == ours.namespace)
            .then(|| started(self.process).is_none_or(|started| started != self.started))
    }
}

/// Whether a helper is what a dead volx left behind.
pub(super) fn is_leftover(helper: &OwnContainer, now: Timestamp) -> bool {
    let owner = helper.labels.get(OWNER_LABEL).and_then(|label| Owner::read(label));
    let is_old = helper.created.is_some_and(|created| now.duration_since(created) > OLD);
    // A running one ends by itself when its owner does; nobody comes back to one that is not.
    let is_idle = matches!(helper.state, State::Created | State::Exited | State::Dead);
    owner.as_ref().and_then(Owner::is_dead).unwrap_or(is_old && is_idle)
}

fn namespace() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.display().to_string()
}

/// When a process began; `None` when there is none.
fn started(process: u32) -> Option<String> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).ok()?;
    // The name in brackets may hold spaces; the 22nd field is the 20th behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper(label: &str, state: State, created: &str) -> OwnContainer {
        OwnContainer {
            id: "x".to_owned(),
            state,
            created: created.parse().ok(),
            labels: [(OWNER_LABEL.to_owned(), label.to_owned())].into(),
        }
    }

    #[test]
    fn only_what_nobody_needs_is_a_leftover() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let (then, just) = ("2026-11-20T12:00:00Z", "2026-11-21T11:59:50Z");
        let ours = Owner::ours();
        assert!(!is_leftover(&helper(&ours.label(), State::Created, then), now), "we live");
        let dead = Owner { started: "1".to_owned(), ..ours.clone() };
        assert!(is_leftover(&helper(&dead.label(), State::Running, just), now), "that process is gone");
        let other = Owner { boot: "another".to_owned(), ..ours };
        assert!(!is_leftover(&helper(&other.label(), State::Running, then), now), "another machine's lives");
        assert!(is_leftover(&helper(&other.label(), State::Created, then), now), "nobody came back to it");
        assert!(
            !is_leftover(&helper(&other.label(), State::Created, just), now),
            "it is about to be started"
        );
        assert!(!is_leftover(&helper("nonsense", State::Running, then), now));
    }
}

//! Whose a helper container is: written on it, so that what a dead volx left behind can be told
//! from what a living one needs.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustix::io::Errno;

use crate::domain::container::State;
use crate::engine::containers::OwnContainer;

/// The label that names the owner.
pub(super) const OWNER_LABEL: &str = "volx.helper.owner";
/// From this age on a container that has ended and whose owner cannot be looked up is a leftover.
const OLD: SignedDuration = SignedDuration::from_hours(1);
/// The same of one that never ran: the archive way keeps such a one as long as somebody looks.
const OLD_UNSTARTED: SignedDuration = SignedDuration::from_hours(24);

/// A process of a machine, not to be mistaken for a later one with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
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
    #[must_use]
    pub fn ours() -> Self {
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
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {} {} {}", self.boot, self.namespace, self.process, self.started)
    }

    /// Reads such a label.
    #[must_use]
    pub fn read(label: &str) -> Option<Self> {
        let mut words = label.split(' ');
        let mut word = || words.next().map(str::to_owned);
        let (boot, namespace, process, started) = (word()?, word()?, word()?, word()?);
        Some(Self { boot, namespace, process: process.parse().ok()?, started })
    }

    /// Whether it is gone; `None` when it is another machine's or another namespace's, or somebody
    /// has that number and is hidden from us.
    #[must_use]
    pub fn is_dead(&self) -> Option<bool> {
        let ours = Self::ours();
        if self.boot.is_empty() || self.boot != ours.boot || self.namespace != ours.namespace {
            return None;
        }
        match started(self.process) {
            Some(started) => Some(started != self.started),
            // Where /proc shows nobody else's processes, one that lives looks like none.
            None if exists(self.process) => None,
            None => Some(true),
        }
    }
}

/// Whether a helper is what a dead volx left behind.
pub(super) fn is_leftover(helper: &OwnContainer, now: Timestamp) -> bool {
    let owner = helper.labels.get(OWNER_LABEL).and_then(|label| Owner::read(label));
    let old = if helper.state == State::Created { OLD_UNSTARTED } else { OLD };
    let is_old = helper.created.is_some_and(|created| now.duration_since(created) > old);
    // A running one ends by itself when its owner does; nobody comes back to one that is not.
    let is_idle = matches!(helper.state, State::Created | State::Exited | State::Dead);
    owner.as_ref().and_then(Owner::is_dead).unwrap_or(is_old && is_idle)
}

fn namespace() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.display().to_string()
}

/// Whether there is a process of this number; one that is not ours to signal is one too.
fn exists(process: u32) -> bool {
    let number = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    number.is_some_and(|number| !matches!(rustix::process::test_kill_process(number), Err(Errno::SRCH)))
}

/// When a process began; `None` when there is none, or it is hidden.
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
        let (then, just) = ("2026-11-20T11:00:00Z", "2026-11-21T11:59:50Z");
        let earlier = "2026-11-21T09:00:00Z";
        let ours = Owner::ours();
        assert!(!is_leftover(&helper(&ours.label(), State::Created, then), now), "we live");
        let dead = Owner { started: "1".to_owned(), ..ours.clone() };
        assert!(is_leftover(&helper(&dead.label(), State::Running, just), now), "that process is gone");
        let other = Owner { boot: "another".to_owned(), ..ours };
        assert!(!is_leftover(&helper(&other.label(), State::Running, then), now), "another machine's lives");
        assert!(is_leftover(&helper(&other.label(), State::Created, then), now), "nobody came back to it");
        assert!(
            !is_leftover(&helper(&other.label(), State::Created, earlier), now),
            "somebody looks into it"
        );
        assert!(is_leftover(&helper(&other.label(), State::Exited, earlier), now), "it has ended");
        assert!(
            !is_leftover(&helper(&other.label(), State::Created, just), now),
            "it is about to be started"
        );
        assert!(!is_leftover(&helper("nonsense", State::Running, then), now));
    }

    #[test]
    fn a_process_that_may_not_be_seen_is_one() {
        assert!(exists(std::process::id()) && exists(1), "the first one may be somebody else's");
        let mut ended = std::process::Command::new("true").spawn().expect("a process");
        ended.wait().expect("it ends");
        assert!(!exists(ended.id()) && !exists(0) && !exists(u32::MAX));
    }
}

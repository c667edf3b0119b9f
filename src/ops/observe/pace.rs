//! When each volume is to be measured again: soon while it changes, rarely while it does not, and
//! never so often that measuring costs the machine anything to speak of.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::usage::{Method, Sized};

/// A volume that changes is measured again after this long; one that does not twice as long each
/// time, up to the longest.
const FIRST: Duration = Duration::from_secs(60);
/// The same where a measuring costs a container's start.
const FIRST_BY_HELPER: Duration = Duration::from_secs(300);
/// The same where the engine is asked, which walks everything.
const FIRST_BY_ENGINE: Duration = Duration::from_secs(600);
/// The same in the demo, where something is to be seen.
const FIRST_OF_DEMO: Duration = Duration::from_secs(5);
/// The longest for a volume that a running container has.
const LONGEST_USED: Duration = Duration::from_secs(600);
/// The longest for others.
const LONGEST: Duration = Duration::from_secs(3600);
/// All volumes together are measured in at most one of this many parts of the time.
const SHARE: u32 = 500;

/// What is known of one volume's pace.
#[derive(Debug, Clone)]
struct Step {
    at: Instant,
    wait: Duration,
    /// What was found, to see whether it changes; `None` when it could not be measured.
    found: Option<(Option<u64>, Option<jiff::Timestamp>)>,
}

/// The pace of all volumes of an engine.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    steps: HashMap<String, Step>,
    /// How long measuring all of them takes.
    took: Duration,
}

impl Pace {
    /// Takes in what came of a volume at `now`; `is_used` by a running container.
    pub(super) fn measured(&mut self, sized: &Sized, is_used: bool, now: Instant) {
        let longest = if is_used { LONGEST_USED } else { LONGEST };
        let (first, found) = match &sized.outcome {
            Ok(measured) => {
                let first = match measured.usage.method {
                    Method::Direct => FIRST,
                    Method::Helper | Method::Archive => FIRST_BY_HELPER,
                    Method::Engine => FIRST_BY_ENGINE,
                    Method::Demo => FIRST_OF_DEMO,
                };
                (first, Some((measured.usage.size(), measured.usage.newest_write)))
            }
            Err(_) => (FIRST_BY_ENGINE, None),
        };
        let wait = match self.steps.get(&sized.name) {
            Some(before) if before.found == found => (before.wait * 2).clamp(first, longest.max(first)),
            _ => first,
        };
        self.steps.insert(sized.name.clone(), Step { at: now, wait, found });
    }

    /// Takes in how long a measuring of `part` of `all` volumes took.
    pub(super) fn took(&mut self, took: Duration, part: usize, all: usize) {
        // A part says little of the rest; the longest known counts, until all are measured again.
        self.took = if part >= all { took } else { self.took.max(took) };
    }

    /// Something happened to a volume: its size may have changed.
    pub(super) fn touch(&mut self, name: &str) {
        if let Some(step) = self.steps.get_mut(name) {
            step.wait = FIRST.min(step.wait);
        }
    }

    /// Forgets a volume that is gone.
    pub(super) fn forget(&mut self, name: &str) {
        self.steps.remove(name);
    }

    /// When a volume is due; `None` for one that nobody measured yet.
    pub(super) fn due(&self, name: &str) -> Option<Instant> {
        self.steps.get(name).map(|step| step.at + step.wait.max(self.took * SHARE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::{Measured, Usage};

    fn sized(bytes: u64) -> Sized {
        let usage = Usage {
            method: Method::Direct,
            allocated: Some(bytes),
            ..Usage::from_engine(bytes, jiff::Timestamp::UNIX_EPOCH)
        };
        Sized { name: "v".to_owned(), outcome: Ok(Measured::sums(usage)) }
    }

    #[test]
    fn what_does_not_change_is_measured_more_and_more_rarely() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..9 {
            pace.measured(&sized(5), false, now);
            waits.push(pace.due("v").expect("known") - now);
        }
        assert_eq!(waits.first(), Some(&FIRST));
        assert_eq!(waits.get(1), Some(&(FIRST * 2)));
        assert_eq!(waits.last(), Some(&LONGEST));
        pace.measured(&sized(6), false, now);
        assert_eq!(pace.due("v"), Some(now + FIRST), "a change makes it interesting again");
    }

    #[test]
    fn what_was_unmounted_is_measured_soon() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for _ in 0..9 {
            pace.measured(&sized(5), false, now);
        }
        pace.touch("v");
        assert_eq!(pace.due("v"), Some(now + FIRST), "it may have been written to");
        pace.touch("new");
        assert_eq!(pace.due("new"), None, "what nobody measured is due at once all the same");
    }

    #[test]
    fn measuring_costs_a_five_hundredth_of_the_time_at_most() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.measured(&sized(5), true, now);
        pace.took(Duration::from_secs(4), 10, 10);
        assert_eq!(pace.due("v"), Some(now + Duration::from_secs(2000)));
        pace.took(Duration::from_millis(1), 1, 10);
        assert_eq!(pace.due("v"), Some(now + Duration::from_secs(2000)), "one small volume says nothing");
    }
}

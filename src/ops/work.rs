//! Work that takes its time: how far it is can be asked at any moment, and it can be told to end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::access::walk;
use crate::domain::job::Progress;

/// One piece of work.
#[derive(Debug, Default)]
pub struct Work(Mutex<Now>);

#[derive(Debug, Default)]
struct Now {
    step: &'static str,
    steps: &'static [&'static str],
    total: Option<u64>,
    progress: Arc<walk::Progress>,
    since: Option<Timestamp>,
    is_cancelled: bool,
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let now = self.lock();
        let (entries, bytes) = now.progress.seen();
        let at = now.steps.iter().position(|step| *step == now.step);
        let volumes = now.progress.volumes();
        let part = at.map(|at| (at + 1, now.steps.len()));
        Progress { bytes, total: now.total, entries, step: now.step, part, volumes, since: now.since }
    }

    /// Tells it to end; it ends in order.
    pub fn cancel(&self) {
        let mut now = self.lock();
        now.is_cancelled = true;
        now.progress.cancel();
    }

    /// Whether it was told to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.lock().is_cancelled
    }

    /// So much there is to do in this step, as is known by now.
    pub fn expect(&self, total: u64) {
        self.lock().total = Some(total);
    }

    /// These steps will come, in this order.
    pub fn plan(&self, steps: &'static [&'static str]) {
        self.lock().steps = steps;
    }

    /// The next step begins; what it does is counted anew.
    pub fn begin(&self, step: &'static str, total: Option<u64>) -> Arc<walk::Progress> {
        let progress = Arc::new(walk::Progress::default());
        let mut now = self.lock();
        if now.is_cancelled {
            progress.cancel();
        }
        (now.step, now.total, now.progress) = (step, total, Arc::clone(&progress));
        now.since = Some(Timestamp::now());
        progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_told_to_end_begins_nothing_more() {
        let work = Work::default();
        let first = work.begin("packing", Some(10));
        first.tell(3, 5);
        let since = work.progress().since;
        assert!(since.is_some());
        assert_eq!(
            work.progress(),
            Progress { bytes: 5, total: Some(10), entries: 3, step: "packing", since, ..Progress::default() }
        );
        work.plan(&["packing", "reading back"]);
        assert_eq!(work.progress().step_words(), "packing 1/2");
        work.cancel();
        work.expect(20);
        assert_eq!(work.progress().total, Some(20));
        assert!(first.is_cancelled() && work.begin("reading back", None).is_cancelled());
        assert_eq!((work.progress().step, work.progress().total), ("reading back", None));
        assert_eq!(work.progress().step_words(), "reading back 2/2");
        work.begin("opening", None).expect_volumes(1);
        assert_eq!(work.progress().step_words(), "opening", "what was not told of has no number");
        let several = work.begin("bringing back", None);
        several.expect_volumes(40);
        several.volume_done();
        assert_eq!(work.progress().step_words(), "bringing back, 1 of 40");
    }
}

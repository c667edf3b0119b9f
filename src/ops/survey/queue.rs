//! The volumes that wait to be measured, and those that are being measured.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::access::walk::Progress;
use crate::domain::live::Measuring;
use crate::domain::volume::Volume;

/// Shared by who measures, who watches how far it is, and who wants some first.
#[derive(Debug, Clone, Default)]
pub struct Queue(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Volume>,
    running: Vec<(String, Arc<Progress>)>,
    total: usize,
    /// Entries beyond which a volume is left alone; 0 is no limit.
    limit: u64,
    is_waiting: bool,
}

/// Holds a volume's place among those that are being measured; dropping it ends the measuring.
#[derive(Debug)]
pub(super) struct Running {
    queue: Queue,
    pub(super) progress: Arc<Progress>,
}

impl Queue {
    /// A queue of these volumes, in this order.
    #[must_use]
    pub fn of(volumes: Vec<Volume>) -> Self {
        let total = volumes.len();
        Self(Arc::new(Mutex::new(State { waiting: volumes.into(), total, ..State::default() })))
    }

    /// Adds the volumes that do not wait and are not being measured.
    pub fn add(&self, volumes: impl IntoIterator<Item = Volume>) {
        let mut state = self.lock();
        let waiting = state.waiting.iter().map(|volume| volume.name.clone());
        let running = state.running.iter().map(|(name, _)| name.clone());
        let there: HashSet<String> = waiting.chain(running).collect();
        let before = state.waiting.len();
        state.waiting.extend(volumes.into_iter().filter(|volume| !there.contains(&volume.name)));
        state.total += state.waiting.len() - before;
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// Brings the volumes of these names to the front, in this order.
    pub fn prefer(&self, names: &[String]) {
        let mut state = self.lock();
        for name in names.iter().rev() {
            let at = state.waiting.iter().position(|volume| volume.name == *name);
            if let Some(volume) = at.and_then(|at| state.waiting.remove(at)) {
                state.waiting.push_front(volume);
            }
        }
    }

    /// How far it is.
    #[must_use]
    pub fn measuring(&self) -> Measuring {
        let state = self.lock();
        let left = state.waiting.len() + state.running.len();
        let (entries, current) = state.running.iter().fold((0, None), |(sum, name), (running, progress)| {
            (sum + progress.seen().0, name.or_else(|| Some(running.clone())))
        });
        Measuring {
            done: state.total.saturating_sub(left),
            total: state.total,
            entries,
            current,
            is_waiting: state.is_waiting,
        }
    }

    /// Says that the engine is busy with somebody else's question, or not any more.
    pub(super) fn wait(&self, is_waiting: bool) {
        self.lock().is_waiting = is_waiting;
    }

    /// Takes out up to `most` volumes that pass, from the front.
    pub(super) fn take(&self, most: usize, passes: impl Fn(&Volume) -> bool) -> Vec<Volume> {
        let mut state = self.lock();
        let (mut taken, mut kept) = (Vec::new(), VecDeque::new());
        while let Some(volume) = state.waiting.pop_front() {
            if taken.len() < most && passes(&volume) {
                taken.push(volume);
            } else {
                kept.push_back(volume);
            }
            if taken.len() == most {
                break;
            }
        }
        kept.append(&mut state.waiting);
        state.waiting = kept;
        taken
    }

    /// Takes out the first volume.
    pub(super) fn pop(&self) -> Option<Volume> {
        self.lock().waiting.pop_front()
    }

    /// Puts volumes back, for another way.
    pub(super) fn refill(&self, volumes: impl IntoIterator<Item = Volume>) {
        self.lock().waiting.extend(volumes);
    }

    /// Entries beyond which a volume is left alone from now on; 0 is no limit.
    pub fn limit(&self, entries: u64) {
        self.lock().limit = entries;
    }

    /// Says that a volume is being measured now.
    pub(super) fn begin(&self, name: &str) -> Running {
        let limit = self.lock().limit;
        let progress = Arc::new(Progress::limited(limit));
        self.lock().running.push((name.to_owned(), Arc::clone(&progress)));
        Running { queue: self.clone(), progress }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A walk that nobody waits for any more ends; of one that is over this says nothing.
        self.progress.cancel();
        self.queue.lock().running.retain(|(_, progress)| !Arc::ptr_eq(progress, &self.progress));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(name: &str) -> Volume {
        Volume { name: name.to_owned(), ..Volume::default() }
    }

    #[test]
    fn what_is_preferred_comes_first() {
        let queue = Queue::of(["a", "b", "c", "d"].map(volume).into());
        queue.prefer(&["c".to_owned(), "missing".to_owned(), "b".to_owned()]);
        let order: Vec<String> = std::iter::from_fn(|| queue.pop()).map(|v| v.name).collect();
        assert_eq!(order, ["c", "b", "a", "d"]);
    }

    #[test]
    fn it_says_how_far_it_is_and_ends_what_nobody_waits_for() {
        let queue = Queue::of(["a", "b", "c"].map(volume).into());
        assert_eq!(queue.take(1, |v| v.name == "b").len(), 1);
        let running = queue.begin("b");
        running.progress.tell(7, 0);
        let far = queue.measuring();
        assert_eq!((far.done, far.total, far.entries, far.current.as_deref()), (0, 3, 7, Some("b")));
        let progress = Arc::clone(&running.progress);
        drop(running);
        assert!(progress.is_cancelled());
        assert_eq!(queue.measuring().done, 1);
    }
}

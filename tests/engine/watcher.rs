//! A running `ops::observe::watch` and everything it has told, with the moment it was told.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use volx::domain::access::Way;
use volx::domain::inventory::Inventory;
use volx::domain::live::Observation;
use volx::domain::status::Status;
use volx::engine::connect::Target;
use volx::history::History;
use volx::ops::observe::{Automatic, Request, Watch, watch};
use volx::ops::right::Terms;

use crate::rig::PATIENCE;

/// One watcher.
pub(crate) struct Watcher {
    observed: mpsc::Receiver<Observation>,
    requests: mpsc::Sender<Request>,
    task: tokio::task::JoinHandle<()>,
    told: Vec<(Instant, Observation)>,
    mark: usize,
}

impl Watcher {
    /// Begins to watch `target`, remembering in `history`.
    pub(crate) fn start(target: Target, history: Option<&Path>) -> Self {
        let history = history.map(|path| Arc::new(History::open(path).expect("the history opens")));
        Self::of(Watch {
            target,
            history,
            automatic: Automatic::default(),
            terms: Terms::default(),
            backups: None,
        })
    }

    /// Begins to watch `target` and measures by itself.
    pub(crate) fn measuring(target: Target) -> Self {
        let automatic = Automatic { is_on: true, ..Automatic::default() };
        Self::of(Watch { target, history: None, automatic, terms: Terms::default(), backups: None })
    }

    /// Begins to watch `target`; what is measured is measured by this way alone.
    pub(crate) fn forced(target: Target, way: Way) -> Self {
        let automatic = Automatic { forced: Some(way), ..Automatic::default() };
        Self::of(Watch { target, history: None, automatic, terms: Terms::default(), backups: None })
    }

    pub(crate) fn of(wanted: Watch) -> Self {
        let (out, observed) = mpsc::channel(4096);
        let (requests, asked) = mpsc::channel(16);
        let task = tokio::spawn(watch(wanted, out, asked));
        Self { observed, requests, task, told: Vec::new(), mark: 0 }
    }

    /// Begins to watch and waits for the first listing.
    pub(crate) async fn begun(target: Target, history: Option<&Path>) -> Self {
        let mut watcher = Self::start(target, history);
        watcher.see("the first listing", |o| matches!(o, Observation::Listed { .. }).then_some(())).await;
        watcher
    }

    /// Asks the watcher for something.
    pub(crate) async fn ask(&self, request: Request) {
        self.requests.send(request).await.expect("the watcher lives");
    }

    /// Leaves, as the screen does, and waits for the end.
    pub(crate) async fn end(self, limit: Duration) {
        let Self { observed, requests, task, .. } = self;
        drop((observed, requests));
        tokio::time::timeout(limit, task).await.expect("it ends in time").expect("it does not break");
    }

    /// From here on counts what is told: called before something is done.
    pub(crate) fn mark(&mut self) {
        while let Ok(observation) = self.observed.try_recv() {
            self.told.push((Instant::now(), observation));
        }
        self.mark = self.told.len();
    }

    /// Waits until something told since the mark is picked; the answer is what was picked, and when
    /// it was told.
    pub(crate) async fn seen<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut pick: impl FnMut(&Observation) -> Option<T>,
    ) -> (T, Instant) {
        let end = tokio::time::Instant::now() + limit;
        let mut at = self.mark;
        loop {
            while let Some((when, observation)) = self.told.get(at) {
                if let Some(picked) = pick(observation) {
                    return (picked, *when);
                }
                at += 1;
            }
            let Ok(observation) = tokio::time::timeout_at(end, self.observed.recv()).await else {
                panic!("within {limit:?} is observed: {what}; told since: {}", self.brief());
            };
            let observation = observation.expect("the watcher does not end while somebody listens");
            self.told.push((Instant::now(), observation));
        }
    }

    /// As [`Self::seen`], with patience.
    pub(crate) async fn see<T>(&mut self, what: &str, pick: impl FnMut(&Observation) -> Option<T>) -> T {
        self.seen(what, PATIENCE, pick).await.0
    }

    /// Everything told since the watch began.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Observation> {
        self.told.iter().map(|(_, observation)| observation)
    }

    /// What was told since the mark, in short.
    fn brief(&self) -> String {
        let word = |observation: &Observation| match observation {
            Observation::Happened(e) => format!("{} {} {}", e.subject.name(), e.name, e.action),
            Observation::Listed { .. } => "listed".to_owned(),
            other => format!("{other:?}").chars().take(200).collect(),
        };
        let told: Vec<String> = self.told.iter().skip(self.mark).map(|(_, o)| word(o)).collect();
        told.join("; ")
    }
}

/// The inventory of a listing.
pub(crate) fn listed(observation: &Observation) -> Option<&Inventory> {
    match observation {
        Observation::Listed { inventory, .. } => Some(inventory),
        _ => None,
    }
}

/// Status and reason of a volume in a listing that has it.
pub(crate) fn status_in(observation: &Observation, volume: &str) -> Option<(Status, String)> {
    let inventory = listed(observation)?;
    let at = inventory.position(volume)?;
    Some((inventory.status(at), inventory.reason(at)))
}

//! Changing the engine for the screen: each ask is work of its own that tells what came of it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Gone, Line, Watch};
use crate::domain::change::{ChangeAsk, ChangeNews};
use crate::domain::lifecycle::{Act, Clearing};
use crate::domain::live::Observation;
use crate::domain::protection::Protection;
use crate::domain::prune::ConfirmedPlan;
use crate::domain::removal::Done;
use crate::domain::trouble::Trouble;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::right::{Audited, Right};
use crate::ops::{create, lifecycle, protect, protection, remove};

/// What was removed is told in bunches, one in this time.
const BUNCH: Duration = Duration::from_millis(100);

/// What was told of the protected volumes last.
type Told = Option<Result<Arc<Protection>, Trouble>>;

/// What outlives a session: the removal that is under way, and what was told.
#[derive(Default)]
pub(super) struct Desk {
    removing: Mutex<Option<Removing>>,
    told: Arc<tokio::sync::Mutex<Told>>,
}

struct Removing {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Desk {
    /// Ends a removal after the volume whose turn it is.
    pub(super) fn stop(&self) {
        if let Some(removing) = &*self.removing.lock().unwrap_or_else(PoisonError::into_inner) {
            removing.stop.cancel();
        }
    }

    /// The same, and waits for that volume.
    pub(super) async fn close(&self) {
        let removing = self.removing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(removing) = removing {
            removing.stop.cancel();
            // It broke: there is nothing to wait for.
            let _ = removing.task.await;
        }
    }

    /// Begins a removal unless one is under way.
    fn begin(
        &self,
        right: Right,
        plan: ConfirmedPlan,
        out: mpsc::Sender<Observation>,
    ) -> Result<(), Trouble> {
        let mut slot = self.removing.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|removing| !removing.task.is_finished()) {
            let cause = "volumes are being removed already";
            return Err(
                Trouble::new("not possible now", cause).with_remedy("wait until that is over, or stop it")
            );
        }
        let stop = CancellationToken::new();
        let task = tokio::spawn(removal(right, plan, stop.clone(), out));
        *slot = Some(Removing { stop, task });
        Ok(())
    }
}

/// Whoever changes the engine of a session.
pub(super) struct Hand {
    right: Result<Right, Trouble>,
    history: Option<Arc<History>>,
    engine: String,
    patterns: Vec<String>,
}

impl Hand {
    pub(super) fn new(engine: &SharedEngine, watch: &Watch) -> Self {
        Self {
            right: Right::of(engine, watch.history.clone(), &watch.terms),
            history: watch.history.clone(),
            engine: engine.info().id.clone(),
            patterns: watch.terms.patterns.clone(),
        }
    }

    /// Takes up an ask; whatever comes of it is told.
    pub(super) async fn take(&self, ask: ChangeAsk, line: &Line) -> Result<(), Gone> {
        let right = match (&ask, self.right.clone()) {
            (ChangeAsk::StopRemoving, _) => {
                line.desk.stop();
                return Ok(());
            }
            (_, Ok(right)) => right,
            (_, Err(trouble)) => return refuse(ask, trouble, line).await,
        };
        let out = line.out.clone();
        match ask {
            ChangeAsk::Remove(plan) => {
                if let Err(trouble) = line.desk.begin(right, *plan, out) {
                    let news = ChangeNews::RemovalRefused(trouble);
                    return line.tell(Observation::Changed(news)).await;
                }
            }
            ChangeAsk::Protect { names, is_on } => {
                let reading = self.protection(line, false);
                tokio::spawn(async move {
                    let done = protect::protect(&right, &names, is_on).await;
                    tell_all(&out, done, |outcome| ChangeNews::Protected { names, is_on, outcome }).await;
                    reading.await;
                });
            }
            other => {
                tokio::spawn(simple(right, other, out));
            }
        }
        Ok(())
    }

    /// Tells what is protected, where that is not what was told last, or in any case.
    pub(super) fn tell_protection(&self, line: &Line, is_due: bool) {
        tokio::spawn(self.protection(line, is_due));
    }

    fn protection(&self, line: &Line, is_due: bool) -> impl Future<Output = ()> + Send + 'static {
        let (history, engine, patterns) = (self.history.clone(), self.engine.clone(), self.patterns.clone());
        let (out, told) = (line.out.clone(), Arc::clone(&line.desk.told));
        async move {
            // Held while it is read and told, so that nothing older is told last.
            let mut told = told.lock().await;
            let now = Some(protection::read(history.as_ref(), &engine, &patterns).await.map(Arc::new));
            if (is_due || *told != now)
                && let Some(protection) = now.clone()
            {
                *told = now;
                tell(&out, ChangeNews::Protection(protection)).await;
            }
        }
    }
}

/// What needs no news but its end.
async fn simple(right: Right, ask: ChangeAsk, out: mpsc::Sender<Observation>) {
    match ask {
        ChangeAsk::Make(wanted) => {
            let done = create::create(&right, &wanted).await;
            tell_all(&out, done, |outcome| ChangeNews::Made(wanted.name, outcome)).await;
        }
        ChangeAsk::Act { id, name, act: Act::Stop } => {
            let inventory = right.engine().list().await;
            let found = inventory.ok().and_then(|inventory| inventory.container(&id).cloned());
            // What cannot be found out keeps the container running, and is told by the stop itself.
            let volumes = match found {
                Some(container) => lifecycle::takes(&right, &[container]).await.unwrap_or_default(),
                None => BTreeSet::new(),
            };
            if volumes.is_empty() {
                let done = lifecycle::act(&right, &id, &name, Act::Stop).await;
                tell_all(&out, done, |outcome| ChangeNews::Acted { name, act: Act::Stop, outcome }).await;
            } else {
                tell(&out, ChangeNews::TakesVolumes(ChangeAsk::StopWith { id, name, volumes })).await;
            }
        }
        ChangeAsk::StopWith { id, name, volumes } => {
            let done = lifecycle::stop_with(&right, &id, &name, &volumes).await;
            tell_all(&out, done, |outcome| ChangeNews::Acted { name, act: Act::Stop, outcome }).await;
        }
        ChangeAsk::Act { id, name, act } => {
            let done = lifecycle::act(&right, &id, &name, act).await;
            tell_all(&out, done, |outcome| ChangeNews::Acted { name, act, outcome }).await;
        }
        ChangeAsk::Clear(clearing) => match lifecycle::takes(&right, &clearing.containers).await {
            Ok(volumes) if !volumes.is_subset(&clearing.volumes) => {
                let again = Clearing { volumes, ..clearing };
                tell(&out, ChangeNews::TakesVolumes(ChangeAsk::Clear(again))).await;
            }
            Ok(_) => {
                let done = lifecycle::clear(&right, &clearing).await;
                tell_all(&out, done, ChangeNews::Cleared).await;
            }
            Err(trouble) => tell(&out, ChangeNews::Cleared(Err(trouble))).await,
        },
        ChangeAsk::Remove(_) | ChangeAsk::StopRemoving | ChangeAsk::Protect { .. } => {}
    }
}

async fn tell_all(
    out: &mpsc::Sender<Observation>,
    done: Audited,
    news: impl FnOnce(Result<(), Trouble>) -> ChangeNews,
) {
    if let Some(trouble) = done.unlogged {
        tell(out, ChangeNews::Unlogged(trouble)).await;
    }
    tell(out, news(done.outcome)).await;
}

async fn tell(out: &mpsc::Sender<Observation>, news: ChangeNews) {
    // Nobody may look any more; what was begun is ended all the same.
    let _ = out.send(Observation::Changed(news)).await;
}

/// Carries out a plan and tells of it in bunches.
async fn removal(right: Right, plan: ConfirmedPlan, stop: CancellationToken, out: mpsc::Sender<Observation>) {
    tell(&out, ChangeNews::RemovalBegan(plan.targets().len())).await;
    let (told, news) = mpsc::unbounded_channel();
    let work = async {
        let told = told;
        remove::remove(&right, &plan, &stop, &mut |news| drop(told.send(news))).await
    };
    let (removal, ()) = tokio::join!(work, bunches(news, &out));
    tell(&out, ChangeNews::RemovalEnded(removal.lost.map_or(Ok(()), Err))).await;
}

async fn bunches(mut news: mpsc::UnboundedReceiver<remove::News>, out: &mpsc::Sender<Observation>) {
    while let Some(first) = news.recv().await {
        let until = Instant::now() + BUNCH;
        let mut bunch: Vec<Done> = Vec::new();
        let mut next = Some(first);
        while let Some(one) = next {
            match one {
                remove::News::Done(done) => bunch.push(done),
                remove::News::Unlogged(trouble) => tell(out, ChangeNews::Unlogged(trouble)).await,
            }
            next = tokio::select! {
                one = news.recv() => one,
                () = sleep_until(until) => None,
            };
        }
        if !bunch.is_empty() {
            tell(out, ChangeNews::Removed(bunch)).await;
        }
    }
}

/// Answers what cannot be done.
pub(super) async fn refuse(ask: ChangeAsk, trouble: Trouble, line: &Line) -> Result<(), Gone> {
    let news = match ask {
        // What is under way goes on without a session.
        ChangeAsk::StopRemoving => {
            line.desk.stop();
            return Ok(());
        }
        ChangeAsk::Remove(_) => ChangeNews::RemovalRefused(trouble),
        ChangeAsk::Make(wanted) => ChangeNews::Made(wanted.name, Err(trouble)),
        ChangeAsk::Protect { names, is_on } => ChangeNews::Protected { names, is_on, outcome: Err(trouble) },
        ChangeAsk::Act { name, act, .. } => ChangeNews::Acted { name, act, outcome: Err(trouble) },
        ChangeAsk::StopWith { name, .. } => ChangeNews::Acted { name, act: Act::Stop, outcome: Err(trouble) },
        ChangeAsk::Clear(_) => ChangeNews::Cleared(Err(trouble)),
    };
    line.tell(Observation::Changed(news)).await
}

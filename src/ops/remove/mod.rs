//! Carrying out a confirmed plan, volume by volume: look again, remove, report.

mod claim;
mod gathering;
mod look;
mod preparing;
mod telling;
mod trouble;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::audit::{Entry, Step};
use super::right::Right;
use super::trash::{Bin, Taken};
use crate::domain::prune::{ConfirmedPlan, Target, Undo};
use crate::domain::removal::{Done, Outcome, Report, Skip};
use crate::domain::trouble::Trouble;
use crate::domain::usage::Measured;
use crate::engine::Error;
use crate::engine::changes::{Changes, Removed};
use crate::engine::demo::Demo;
use look::{FRESH, Lookout, look};
use preparing::Prepared;
use telling::{entry, names};
use trouble::{after_loss, failed, in_use, unseen};

/// How long a volume that only our own helpers can have may take to get free.
const OWN_PATIENCE: Duration = Duration::from_secs(5);
/// So many volumes are measured again at once.
const MEASURED_AHEAD: usize = 16;
const GLANCE: Duration = Duration::from_millis(200);

/// News of a removal.
#[derive(Debug)]
pub enum News {
    /// A volume had its turn.
    Done(Done),
    /// The audit log cannot be written.
    Unlogged(Trouble),
}

/// What came of a removal.
#[derive(Debug)]
#[must_use]
pub struct Removal {
    /// Volume by volume.
    pub report: Report,
    /// Why it ended before its end, where the engine was lost.
    pub lost: Option<Trouble>,
    /// The action by which it is taken back, where anything is in the trash.
    pub undo: Option<i64>,
}

/// How the turn of one volume ended.
enum Turn {
    Over(Outcome),
    /// The engine is gone, before or after it was asked to remove the volume.
    Lost {
        error: Error,
        was_asked: bool,
    },
}

/// Removes the volumes of the plan. `stop` ends it after the volume whose turn it is.
pub async fn remove(
    right: &Right,
    plan: &ConfirmedPlan,
    stop: &CancellationToken,
    tell: &mut (dyn FnMut(News) + Send),
) -> Removal {
    let report = Report { total: plan.targets().len(), ..Report::default() };
    let mut work = Work {
        right,
        is_forced: plan.is_forced(),
        bin: None,
        stop,
        tell,
        report,
        gone: Vec::new(),
        measured: BTreeMap::new(),
        lookout: Lookout::default(),
        unwritten: Vec::new(),
        prepared: None,
        taken: BTreeMap::new(),
    };
    let demo = right.engine().demo().map(Demo::keeping);
    let mut shown = None;
    if let Some(demo) = &demo {
        // Its trash is in memory, too: what goes is put there as it goes.
        shown = demo.removing((plan.undo() == Undo::Kept).then_some(plan.verb()));
    } else if plan.undo() == Undo::Kept && !plan.targets().is_empty() {
        match Bin::open(right, plan).await {
            Ok(bin) => work.bin = Some(bin),
            Err(trouble) => {
                work.no_trash(plan.targets(), &trouble);
                work.report.is_over = true;
                return Removal { report: work.report, lost: None, undo: None };
            }
        }
    }
    let lost = work.all(plan).await;
    work.write_log().await;
    work.remember().await;
    work.let_go().await;
    work.report.is_over = true;
    let action = match work.bin {
        Some(bin) => bin.close().await,
        None => shown,
    };
    if let Some(demo) = &demo {
        let _ = demo.removing(None);
    }
    let undo = action.filter(|_| work.report.tally().freed > 0);
    Removal { report: work.report, lost, undo }
}

struct Work<'a> {
    right: &'a Right,
    is_forced: bool,
    /// Where volumes go before they are removed; nothing where they are gone for good.
    bin: Option<Bin>,
    stop: &'a CancellationToken,
    tell: &'a mut (dyn FnMut(News) + Send),
    report: Report,
    /// What was removed, and when.
    gone: Vec<(String, Timestamp)>,
    /// What was measured again, of the volumes whose turn is next.
    measured: BTreeMap<String, Result<Measured, String>>,
    lookout: Lookout,
    /// Lines of the audit log that are written with the next, which comes at once.
    unwritten: Vec<Entry>,
    /// The volume whose turn is next, where it was looked at.
    prepared: Option<Prepared>,
    /// What is in the trash already, or why it is not, of the volumes whose turn is next.
    taken: BTreeMap<String, Result<Taken, Skip>>,
}

impl Work<'_> {
    async fn all(&mut self, plan: &ConfirmedPlan) -> Option<Trouble> {
        let targets = plan.targets();
        let changes = match self.right.changes() {
            Ok(changes) => changes,
            Err(trouble) => {
                self.skip(targets);
                return Some(trouble);
            }
        };
        if plan.engine() != self.right.engine().info().id {
            self.skip(targets);
            let cause = "this is another engine than the one whose volumes were shown";
            return Some(Trouble::new("nothing was removed", cause).with_remedy("look at the plan again"));
        }
        self.log(Entry::new(Step::Plan, "remove_volumes", names(targets))).await;
        for (at, target) in targets.iter().enumerate() {
            let rest = targets.get(at + 1..).unwrap_or_default();
            if self.stop.is_cancelled() {
                self.unprepare(targets.get(at..).unwrap_or_default());
                self.log(
                    Entry::new(Step::Result, "remove_volumes", names(targets.get(at..).unwrap_or_default()))
                        .ended("stopped", Some("told to stop".to_owned())),
                )
                .await;
                self.skip(targets.get(at..).unwrap_or_default());
                return None;
            }
            self.gather(targets.get(at..).unwrap_or_default()).await;
            self.measure(targets.get(at..).unwrap_or_default()).await;
            let mut taken = None;
            let (mut outcome, lost) =
                match self.turn(changes, targets.get(at..).unwrap_or_default(), &mut taken).await {
                    Turn::Over(outcome) => (outcome, None),
                    Turn::Lost { error, was_asked: false } => (Outcome::Skipped(Skip::Stopped), Some(error)),
                    Turn::Lost { error, was_asked: true } => {
                        (after_loss(changes, target, &error).await, Some(error))
                    }
                };
            self.settle(taken, &mut outcome).await;
            self.over(target, outcome);
            if let Some(error) = lost {
                self.unprepare(rest);
                let reason = Some(error.to_string());
                let entry = Entry::new(Step::Result, "remove_volumes", names(rest));
                self.log(entry.ended("stopped", reason)).await;
                self.skip(rest);
                return Some(error.trouble("the removal ended before its end"));
            }
        }
        None
    }

    /// The first of these volumes: looked at, put into the trash, and looked at directly before it is
    /// removed.
    async fn turn(&mut self, changes: &dyn Changes, targets: &[Target], taken: &mut Option<Taken>) -> Turn {
        let Some(target) = targets.first() else { return Turn::Over(Outcome::Skipped(Skip::Stopped)) };
        let began = Instant::now();
        match self.taken.remove(&target.volume.name) {
            Some(Ok(copy)) => *taken = Some(copy),
            Some(Err(skip)) => return Turn::Over(Outcome::Skipped(skip)),
            None => {}
        }
        let rest = targets.get(1..).unwrap_or_default();
        let prepared = self.prepared.take().filter(|prepared| prepared.name == target.volume.name);
        let mut is_logged = prepared.as_ref().is_some_and(|prepared| prepared.kept.is_none());
        // What goes into the trash alone is looked at alone, before and after.
        let mut seen = match prepared {
            Some(prepared) => (prepared.at.elapsed() < FRESH).then_some(prepared.kept),
            None if self.bin.is_some() && taken.is_none() => None,
            None => self.lookout.seen(self.right, targets).await.map(|(_, seen)| seen),
        };
        loop {
            let looked = match seen.take() {
                Some(seen) => Ok(seen.map(Outcome::Skipped)),
                None => {
                    self.write_log().await;
                    look(self.right, changes, target).await
                }
            };
            match looked {
                Ok(None) => {
                    if let Some(outcome) = self.claim(target) {
                        return Turn::Over(outcome);
                    }
                }
                Ok(Some(Outcome::Skipped(Skip::Changed(_))))
                    if self.may_be_mounted(target) && began.elapsed() < OWN_PATIENCE =>
                {
                    tokio::time::sleep(GLANCE).await;
                    continue;
                }
                Ok(Some(outcome)) => return Turn::Over(outcome),
                Err(error) if error.is_unreachable() => return Turn::Lost { error, was_asked: false },
                Err(error) => return Turn::Over(Outcome::Failed(unseen(target, &error))),
            }
            if let Some(bin) = &mut self.bin {
                match taken {
                    None => match bin.take(self.right, &[target], self.stop).await.pop() {
                        Some(Ok(copy)) => {
                            *taken = Some(copy);
                            continue;
                        }
                        Some(Err(skip)) => return Turn::Over(Outcome::Skipped(skip)),
                        None => return Turn::Over(Outcome::Skipped(Skip::Stopped)),
                    },
                    Some(copy) => {
                        let comparing = Instant::now();
                        if let Err(skip) = bin.unchanged(self.right, copy).await {
                            return Turn::Over(Outcome::Skipped(skip));
                        }
                        if comparing.elapsed() > FRESH {
                            continue;
                        }
                    }
                }
            }
            if !std::mem::replace(&mut is_logged, true) {
                self.log(entry(Step::Intent, target)).await;
            }
            let removing = changes.remove_volume(&target.volume.name, self.is_forced);
            let (removed, ()) = tokio::join!(removing, self.prepare(rest));
            match removed {
                Ok(Removed::Removed) => return Turn::Over(Outcome::Freed(target.frees)),
                Ok(Removed::Gone) => return Turn::Over(Outcome::Skipped(Skip::Gone)),
                Ok(Removed::InUse(words)) => {
                    let holders = changes.holders(&target.volume.name).await.unwrap_or_default();
                    let is_late = began.elapsed() > OWN_PATIENCE || self.stop.is_cancelled();
                    if !holders.is_empty() || is_late {
                        return Turn::Over(in_use(holders, &words));
                    }
                    // A helper of ours that ends by itself, or somebody who let go just now, and may have
                    // written.
                    if let Some(copy) = taken
                        && !matches!(changes.is_held_by_ours(&target.volume.name).await, Ok(true))
                    {
                        copy.was_held();
                    }
                    tokio::time::sleep(GLANCE).await;
                }
                Err(error) if error.is_unreachable() => return Turn::Lost { error, was_asked: true },
                Err(error) => {
                    return Turn::Over(failed(changes, target, &error, self.is_forced).await);
                }
            }
        }
    }

    /// Docker 20.10 tells the times of the folder that is seen at the mountpoint: of a volume with options
    /// another one while a helper of ours, which measured it, still has it mounted.
    fn may_be_mounted(&self, target: &Target) -> bool {
        let is_created_stable = self.right.engine().info().capabilities.created_is_stable;
        !is_created_stable && !target.volume.options.is_empty() && !self.stop.is_cancelled()
    }

    /// What became of a volume decides what becomes of its copy.
    async fn settle(&mut self, taken: Option<Taken>, outcome: &mut Outcome) {
        let (Some(bin), Some(taken)) = (&mut self.bin, taken) else { return };
        if let Err(trouble) = bin.settle(self.right, taken, outcome).await
            && self.report.unlogged.is_none()
        {
            // It is in the trash all the same; the next one who looks there notes it.
            self.report.unlogged = Some(trouble.clone());
            (self.tell)(News::Unlogged(trouble));
        }
    }
}

//! What is told of a removal: to whoever waits for it, to the audit log, to the history.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{News, Work};
use crate::domain::prune::Target;
use crate::domain::removal::{Done, Outcome, Skip};
use crate::domain::trouble::Trouble;
use crate::ops::audit::{self, Entry, Step};

impl Work<'_> {
    /// Without a trash nothing goes that was to go there.
    pub(super) fn no_trash(&mut self, targets: &[Target], trouble: &Trouble) {
        for target in targets {
            let outcome = Outcome::Skipped(Skip::NoUndo(trouble.cause.clone()));
            self.done(Done { name: target.volume.name.clone(), outcome, is_fresh: true });
        }
    }

    pub(super) fn over(&mut self, target: &Target, outcome: Outcome) {
        if let Outcome::Freed(_) = outcome {
            self.gone.push((target.volume.name.clone(), Timestamp::now()));
        }
        let ended = entry(Step::Result, target);
        self.unwritten.push(match &outcome {
            Outcome::Freed(_) => ended.ended("done", None),
            Outcome::Skipped(skip) => ended.ended("skipped", Some(skip.words())),
            Outcome::Failed(trouble) => ended.ended("failed", Some(trouble.cause.clone())),
        });
        self.done(Done { name: target.volume.name.clone(), outcome, is_fresh: target.is_fresh });
    }

    pub(super) fn done(&mut self, done: Done) {
        (self.tell)(News::Done(done.clone()));
        self.report.done.push(done);
    }

    /// These have no turn any more.
    pub(super) fn skip(&mut self, rest: &[Target]) {
        for target in rest {
            let outcome = Outcome::Skipped(Skip::Stopped);
            self.done(Done { name: target.volume.name.clone(), outcome, is_fresh: target.is_fresh });
        }
    }

    /// On a full disk nothing can be written, and removing is what helps: it goes on, and is told.
    pub(super) async fn log(&mut self, entry: Entry) {
        self.unwritten.push(entry);
        self.write_log().await;
    }

    pub(super) async fn write_log(&mut self) {
        let entries = std::mem::take(&mut self.unwritten);
        if let Err(trouble) = self.right.log_all(entries).await
            && self.report.unlogged.is_none()
        {
            self.report.unlogged = Some(trouble.clone());
            (self.tell)(News::Unlogged(trouble));
        }
    }

    /// What is gone is another volume when its name comes again, also if nobody watches the engine.
    pub(super) async fn remember(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        let Some(history) = self.right.history().map(Arc::clone) else { return };
        let engine = self.right.engine().info().id.clone();
        let writing = move || {
            // The next listing finds out what could not be written.
            let _ = history.record_all_gone(&engine, &gone);
        };
        let _ = tokio::task::spawn_blocking(writing).await;
    }
}

pub(super) fn names(targets: &[Target]) -> Vec<String> {
    targets.iter().map(|target| target.volume.name.clone()).collect()
}

pub(super) fn entry(step: Step, target: &Target) -> Entry {
    let volume = &target.volume;
    let mut details = Map::new();
    details.insert("driver".to_owned(), Value::from(volume.driver.as_str()));
    if step == Step::Intent {
        details.insert("options".to_owned(), audit::options(&volume.options));
        details.insert("labels".to_owned(), json!(volume.labels));
        details.insert("created_at".to_owned(), json!(volume.created_at));
    }
    details.insert("bytes".to_owned(), json!(target.frees));
    Entry::new(step, "remove_volume", vec![volume.name.clone()]).with(details)
}

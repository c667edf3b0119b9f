//! Backups, copies and the trash for the screen: each ask is a job of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Gone, Line, Watch};
use crate::domain::job::JobKind;
use crate::domain::keep::{KeepAsk, KeepNews};
use crate::domain::live::Observation;
use crate::domain::trouble::Trouble;
use crate::engine::SharedEngine;
use crate::ops::clone::{self, Cloned, Wanted};
use crate::ops::rename;
use crate::ops::right::Right;
use crate::ops::work::Work;

/// Whoever keeps the volumes of a session.
pub(super) struct Keeper {
    right: Result<Right, Trouble>,
    offered: BTreeSet<JobKind>,
}

impl Keeper {
    pub(super) fn new(engine: &SharedEngine, watch: &Watch) -> Self {
        let right = Right::of(engine, watch.history.clone(), &watch.terms);
        let offered = match (&right, engine.demo()) {
            // The demo's files are made up: there is nothing to keep.
            (_, Some(_)) | (Err(_), _) => BTreeSet::new(),
            (Ok(_), None) => BTreeSet::from([JobKind::Clone, JobKind::Rename]),
        };
        Self { right, offered }
    }

    /// Tells what can be done here.
    pub(super) async fn offer(&self, line: &Line) -> Result<(), Gone> {
        line.tell(Observation::Kept(KeepNews::Offered(self.offered.clone()))).await
    }

    /// Takes up an ask; whatever comes of it is told.
    pub(super) async fn take(&self, ask: KeepAsk, line: &Line) -> Result<(), Gone> {
        if let KeepAsk::Cancel(id) = ask {
            line.jobs.cancel(id);
            return Ok(());
        }
        let right = match self.right.clone() {
            Ok(right) => right,
            Err(trouble) => return refuse(ask, trouble, line).await,
        };
        match ask {
            KeepAsk::Clone { from, to } => {
                let work = Arc::new(Work::default());
                let (title, doing) = (format!("{from} to {to}"), Arc::clone(&work));
                line.jobs.begin((JobKind::Clone, &title), work, line.out.clone(), async move {
                    let progress = doing.begin("copying", None);
                    let wanted = Wanted { from, to, ..Wanted::default() };
                    let done = clone::clone(&right, &wanted, &progress).await;
                    done.map(|cloned| copied(&cloned)).map_err(|not_done| not_done.trouble)
                });
            }
            KeepAsk::Rename { from, to } => {
                let work = Arc::new(Work::default());
                let (title, doing) = (format!("{from} to {to}"), Arc::clone(&work));
                line.jobs.begin((JobKind::Rename, &title), work, line.out.clone(), async move {
                    let progress = doing.begin("copying", None);
                    let done = rename::rename(&right, &from, &to, &progress).await;
                    done.map(|cloned| copied(&cloned)).map_err(|not_done| not_done.trouble)
                });
            }
            other => {
                let trouble = Trouble::new("not possible here", "this engine's volumes cannot be kept");
                return refuse(other, trouble, line).await;
            }
        }
        Ok(())
    }
}

fn copied(cloned: &Cloned) -> String {
    let entries = if cloned.entries == 1 { "entry" } else { "entries" };
    let mut words = match cloned.way {
        Some(_) => format!("{} {entries} copied and compared", cloned.entries),
        None => "done".to_owned(),
    };
    if !cloned.holders.is_empty() {
        words.push_str("; live: ");
        words.push_str(&cloned.holders.join(", "));
    }
    for note in &cloned.notes {
        words.push_str("; ");
        words.push_str(note);
    }
    words
}

/// Answers what cannot be done.
pub(super) async fn refuse(ask: KeepAsk, trouble: Trouble, line: &Line) -> Result<(), Gone> {
    let news = match ask {
        // What is under way goes on without a session.
        KeepAsk::Cancel(id) => {
            line.jobs.cancel(id);
            return Ok(());
        }
        KeepAsk::List => KeepNews::Backups(Err(trouble)),
        KeepAsk::Trash => KeepNews::Trash(Err(trouble)),
        _ => KeepNews::Refused(trouble),
    };
    line.tell(Observation::Kept(news)).await
}

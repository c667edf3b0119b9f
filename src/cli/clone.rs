//! `volx clone` and `volx rename`.

use std::sync::Arc;

use serde::Serialize;

use super::asking::confirm;
use super::change_arguments::{Clone, Rename};
use super::proposal::terms;
use super::within::watched;
use super::{Exit, Failure, Session, print};
use crate::access::helper;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::creation;
use crate::domain::size::human;
use crate::ops::clone::{Cloned, Wanted, clone};
use crate::ops::copying::NotDone;
use crate::ops::rename::rename;
use crate::ops::right::Right;

/// What was done, for scripts.
#[derive(Debug, Serialize)]
struct Report<'a> {
    name: &'a str,
    from: &'a str,
    entries: u64,
    bytes: u64,
    method: Option<Way>,
    /// The containers that had the volume while it was copied.
    live: &'a [String],
    notes: &'a [String],
}

impl From<NotDone> for Failure {
    fn from(not_done: NotDone) -> Self {
        let exit = match (not_done.is_misuse, not_done.is_refusal) {
            (true, _) => Exit::Usage,
            (false, true) => Exit::Refused,
            (false, false) => Exit::Failed,
        };
        Self { exit, trouble: not_done.trouble }
    }
}

pub(super) async fn run(session: &Session, given: &Clone) -> Result<Exit, Failure> {
    let labels = given.labels.iter().map(|text| creation::label(text)).collect::<Result<_, _>>();
    let wanted = Wanted {
        from: given.from.clone(),
        to: given.to.clone(),
        labels: labels.map_err(Failure::usage)?,
        project: given.compose_project.clone(),
    };
    let right = right(session).await?;
    let progress = Arc::new(Progress::default());
    let cloned = watched(session, &progress, clone(&right, &wanted, &progress)).await??;
    tell(session, &wanted.from, &wanted.to, &cloned)
}

pub(super) async fn run_rename(session: &Session, given: &Rename) -> Result<Exit, Failure> {
    let right = right(session).await?;
    confirm(
        &format!("Copy '{}' to '{}', compare, then remove '{}'?", given.from, given.to, given.from),
        given.yes,
    )
    .await?;
    let progress = Arc::new(Progress::default());
    let work = rename(&right, &given.from, &given.to, &progress);
    let cloned = Box::pin(watched(session, &progress, work)).await??;
    tell(session, &given.from, &given.to, &cloned)
}

pub(super) async fn right(session: &Session) -> Result<Right, Failure> {
    let engine = session.engine().await?;
    // What is not gone when we are goes with the next one.
    drop(helper::sweep_aside(&engine));
    Right::of(&engine, session.history(), &terms(session))
        .map_err(|trouble| Failure { exit: Exit::Refused, trouble })
}

fn tell(session: &Session, from: &str, to: &str, cloned: &Cloned) -> Result<Exit, Failure> {
    if let Some(trouble) = &cloned.unlogged {
        session.warn(&trouble.to_string());
    }
    if !cloned.holders.is_empty() {
        let holders = cloned.holders.join(", ");
        session.warn(&format!(
            "copied live, while {holders} had it: files that were being written may not fit together"
        ));
    }
    for note in &cloned.notes {
        session.warn(note);
    }
    if session.is_json {
        let (entries, bytes, method) = (cloned.entries, cloned.bytes, cloned.way);
        let (live, notes) = (&cloned.holders, &cloned.notes);
        print::json(&Report { name: to, from, entries, bytes, method, live, notes })?;
    } else if session.is_quiet {
        print::line(to)?;
    } else {
        let bytes = human(cloned.bytes, session.config.units);
        let entries =
            if cloned.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", cloned.entries) };
        match cloned.way {
            Some(way) => print::line(&format!(
                "{to}: {entries}, {bytes}, copied and compared, the {} way",
                way.name()
            ))?,
            None => print::line(to)?,
        }
    }
    Ok(Exit::Done)
}

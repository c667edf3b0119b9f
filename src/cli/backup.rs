//! `volx backup`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use super::asking::Ending;
use super::keep_arguments::BackUp;
use super::proposal::terms;
use super::working::{far, finished};
use super::{Exit, Failure, Session, print};
use crate::domain::exclude::Exclude;
use crate::domain::keep::Writers;
use crate::domain::query::Query;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::engine::SharedEngine;
use crate::ops::backup::{self, BackedUp, Wanted, back_up, room};
use crate::ops::backups::taken;
use crate::ops::copying::NotDone;
use crate::ops::right::Right;
use crate::ops::room::Room;
use crate::ops::snapshot;
use crate::ops::work::Work;
use crate::vault::{Taken, restore_line};

/// How many are made at once.
const AT_ONCE: usize = 2;

/// A backup, for scripts.
#[derive(Debug, Serialize)]
struct Line<'a> {
    volume: &'a str,
    path: Option<&'a Path>,
    at: Option<Timestamp>,
    bytes: Option<u64>,
    content_bytes: Option<u64>,
    entries: Option<u64>,
    sha256: Option<&'a str>,
    taken: Option<&'static str>,
    method: Option<&'static str>,
    losses: &'a [String],
    left_out: &'a [String],
    read_back: bool,
    /// What restores it without volx.
    without_volx: Option<String>,
    error: Option<String>,
}

pub(super) async fn run(session: &Session, wanted: &BackUp) -> Result<Exit, Failure> {
    let query = Query::parse(&wanted.filter).map_err(Failure::usage)?;
    let access = session.way(wanted.access)?;
    let mut ending = Ending::heard()?;
    let engine = ending.unless(session.engine()).await?;
    let history = session.history();
    let right = Right::of(&engine, history.clone(), &terms(session)).ok();
    let snapshot =
        ending.unless(async { Ok(snapshot::take(&engine, history.as_deref(), None).await?) }).await?;
    let inventory = &snapshot.inventory;
    let names: Vec<String> = if wanted.names.is_empty() {
        let chosen = (0..inventory.volumes.len()).filter(|at| query.matches(inventory, *at));
        chosen.filter_map(|at| inventory.volumes.get(at)).map(|volume| volume.name.clone()).collect()
    } else {
        wanted.names.clone()
    };
    if names.is_empty() {
        return nothing(session);
    }
    let folder = wanted.to.clone().unwrap_or_else(|| session.config.backups.clone());
    let folder = std::path::absolute(&folder)?;
    let writers = match (wanted.pause, wanted.stop) {
        (true, _) => Writers::Paused,
        (_, true) => Writers::Stopped,
        _ => Writers::Live,
    };
    let wanted: Vec<Wanted> = names
        .iter()
        .map(|name| Wanted {
            writers,
            level: wanted.level,
            threads: wanted.threads.unwrap_or(0),
            exclude: Exclude(wanted.exclude.clone()),
            access,
            is_read_back: !wanted.no_verify,
            usage: snapshot.usages.get(name).cloned(),
            ..Wanted::new(name, folder.clone())
        })
        .collect();
    let works: Vec<Arc<Work>> = wanted.iter().map(|_| Arc::default()).collect();
    for (work, _) in works.iter().zip(&wanted).filter(|(_, wanted)| wanted.is_read_back) {
        work.plan(backup::STEPS);
    }
    let done = RefCell::new(BTreeMap::new());
    let making = stream::iter(wanted.iter().zip(&works).enumerate()).for_each_concurrent(
        AT_ONCE,
        |(at, (wanted, work))| {
            let (engine, right, history, done) = (&engine, right.as_ref(), history.as_ref(), &done);
            async move {
                tell_room(session, wanted).await;
                let made = one(engine, right, history, wanted, work).await;
                tell(session, &made);
                done.borrow_mut().insert(at, made);
            }
        },
    );
    let far = || {
        let open = works.iter().zip(&wanted).enumerate().filter(|(at, _)| !done.borrow().contains_key(at));
        let begun = open.filter(|(_, (work, _))| !work.progress().step.is_empty());
        begun
            .map(|(_, (work, wanted))| far(session, &wanted.volume, &work.progress()))
            .collect::<Vec<_>>()
            .join(" | ")
    };
    finished(session, &mut ending, far, || works.iter().for_each(|work| work.cancel()), making).await?;
    let done: Vec<(&String, Result<BackedUp, NotDone>)> =
        names.iter().zip(done.into_inner().into_values()).collect();
    if session.is_json {
        print::json(&done.iter().map(|(name, made)| line(name, made)).collect::<Vec<_>>())?;
    }
    Ok(exit(&done))
}

async fn one(
    engine: &SharedEngine,
    right: Option<&Right>,
    history: Option<&Arc<crate::history::History>>,
    wanted: &Wanted,
    work: &Work,
) -> Result<BackedUp, NotDone> {
    if work.is_cancelled() {
        return Err(Trouble::new(format!("'{}' was not backed up", wanted.volume), "cancelled").into());
    }
    back_up(engine, right, history, wanted, work).await
}

/// Says beforehand where it may not fit.
async fn tell_room(session: &Session, wanted: &Wanted) {
    if let Room::Tight(words) = room(wanted).await {
        session.warn(&words);
    }
}

fn nothing(session: &Session) -> Result<Exit, Failure> {
    if session.is_json {
        print::json(&Vec::<Line<'_>>::new())?;
    } else {
        session.warn("no volume passes: nothing was backed up");
    }
    Ok(Exit::Done)
}

fn tell(session: &Session, made: &Result<BackedUp, NotDone>) {
    match made {
        Err(not_done) => print::complain(&not_done.trouble.to_string()),
        Ok(made) => {
            let (about, counted) = (&made.done.manifest.about, &made.done.manifest.counted);
            if !session.is_json {
                // Whoever reads no more has what was printed so far.
                let _ = print::line(&made.done.path.display().to_string());
            }
            if !session.is_json && !session.is_quiet {
                let noun = if counted.entries == 1 { "entry" } else { "entries" };
                let proven = if made.is_proven { "read back" } else { "not read back" };
                let (content, file) = (
                    human(counted.bytes, session.config.units),
                    human(made.done.bytes, session.config.units),
                );
                let _ = print::line(&format!(
                    "  {} {noun}, {content} in {file}, the {} way, {proven}",
                    counted.entries,
                    made.way.name()
                ));
                let _ = print::line(&format!(
                    "  without volx, as root: {}",
                    restore_line(&made.done.path, Path::new("FOLDER"))
                ));
            }
            if about.taken == Taken::Live {
                session.warn(&format!(
                    "'{}' was in use: files that were written at that moment may not fit together; --pause or --stop holds its users",
                    about.volume
                ));
            }
            for loss in about.losses.iter().chain(&counted.left_out) {
                session.warn(&format!("'{}': not in the backup: {loss}", about.volume));
            }
            for trouble in &made.troubles {
                print::complain(&trouble.to_string());
            }
        }
    }
}

fn line<'a>(name: &'a str, made: &'a Result<BackedUp, NotDone>) -> Line<'a> {
    match made {
        Ok(made) => {
            let manifest = &made.done.manifest;
            Line {
                volume: name,
                path: Some(&made.done.path),
                at: Some(manifest.about.at),
                bytes: Some(made.done.bytes),
                content_bytes: Some(manifest.counted.bytes),
                entries: Some(manifest.counted.entries),
                sha256: Some(&made.done.sha256),
                taken: Some(taken(manifest.about.taken)),
                method: Some(made.way.name()),
                losses: &manifest.about.losses,
                left_out: &manifest.counted.left_out,
                read_back: made.is_proven,
                without_volx: Some(restore_line(&made.done.path, Path::new("FOLDER"))),
                error: None,
            }
        }
        Err(not_done) => Line {
            volume: name,
            path: None,
            at: None,
            bytes: None,
            content_bytes: None,
            entries: None,
            sha256: None,
            taken: None,
            method: None,
            losses: &[],
            left_out: &[],
            read_back: false,
            without_volx: None,
            error: Some(not_done.trouble.cause.clone()),
        },
    }
}

fn exit(done: &[(&String, Result<BackedUp, NotDone>)]) -> Exit {
    let failed = done.iter().filter(|(_, made)| made.is_err()).count();
    let are_troubled = done.iter().any(|(_, made)| made.as_ref().is_ok_and(|made| !made.troubles.is_empty()));
    let is_refused = |made: &Result<BackedUp, NotDone>| made.as_ref().is_err_and(|failed| failed.is_refusal);
    match failed {
        0 if are_troubled => Exit::Partly,
        0 => Exit::Done,
        failed if failed == done.len() && done.iter().all(|(_, made)| is_refused(made)) => Exit::Refused,
        failed if failed == done.len() => Exit::Failed,
        _ => Exit::Partly,
    }
}

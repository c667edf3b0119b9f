//! `volx backups rm`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::asking::agree;
use super::{Exit, Failure, Session, print};
use crate::domain::age;
use crate::domain::keep::{Kept, asking_to_delete};
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::ops::backups::{list, look};
use crate::ops::delete::delete;
use crate::vault;

const SUMMARY: &str = "no backup was deleted";

/// What became of a backup, for scripts.
#[derive(Debug, Serialize)]
struct Line<'a> {
    path: &'a Path,
    volume: &'a str,
    bytes: u64,
    deleted: bool,
    error: Option<&'a str>,
}

/// Deletes backups after showing which; where one of the files is none that volx made, none is deleted.
pub(super) async fn run(session: &Session, files: &[PathBuf], is_agreed: bool) -> Result<Exit, Failure> {
    let refused = |cause: &str| Failure { exit: Exit::Refused, trouble: Trouble::new(SUMMARY, cause) };
    if session.config.is_read_only {
        return Err(refused("volx was told to change nothing (read-only)"));
    }
    if session.target.choice.is_demo {
        return Err(refused(
            "the demo keeps nothing from one run to the next: none of these files is its own",
        ));
    }
    let (files, history) = (files.to_vec(), session.history());
    let looking = spawn_blocking(move || {
        let mut seen = BTreeSet::new();
        let new = |file: &&PathBuf| seen.insert(fs::canonicalize(file).unwrap_or_else(|_| (*file).clone()));
        let plan: Result<Vec<Kept>, Failure> =
            files.iter().filter(new).map(|file| ours(file).map(|()| look(file, history.as_ref()))).collect();
        let plan = plan?;
        // What else is kept of these volumes, as far as it is beside them.
        let folders: BTreeSet<&Path> = plan.iter().filter_map(|kept| kept.path.parent()).collect();
        let here =
            |folder: &Path| if folder == Path::new("") { PathBuf::from(".") } else { folder.to_owned() };
        let beside = folders.into_iter().filter_map(|folder| list(&here(folder), history.as_ref()).ok());
        let beside: Vec<Kept> = beside.flat_map(|listed| listed.kept).collect();
        Ok::<_, Failure>((plan, beside))
    });
    let (plan, beside) = looking.await.map_err(std::io::Error::other)??;
    let others: Vec<Kept> = beside.into_iter().filter(|one| !is_of(&plan, one)).collect();
    let chosen: Vec<&Kept> = plan.iter().collect();
    let asking = asking_to_delete(&chosen, &others);
    let bytes = human(plan.iter().map(|kept| kept.bytes).sum(), session.config.units);
    if !is_agreed || !session.is_json && !session.is_quiet {
        show(session, &plan, is_agreed)?;
    }
    let question = format!("Delete {} for good? That frees {bytes}.", backups(plan.len()));
    agree(&question, &asking, is_agreed).await?;
    let deleting = spawn_blocking(move || {
        let done = plan.into_iter().map(|kept| {
            let outcome = delete(&kept.path);
            (kept, outcome)
        });
        done.collect::<Vec<_>>()
    });
    tell(session, &deleting.await.map_err(std::io::Error::other)?)
}

fn is_of(plan: &[Kept], one: &Kept) -> bool {
    let same = |path: &Path| fs::canonicalize(path).ok();
    plan.iter().any(|kept| kept.path == one.path || same(&kept.path) == same(&one.path))
}

/// That a file is a backup that volx made, or was one before it was cut.
fn ours(file: &Path) -> Result<(), Failure> {
    let failed = |exit, cause: String| {
        let trouble = Trouble::new(SUMMARY, format!("{}: {cause}", file.display()));
        Err(Failure { exit, trouble })
    };
    match fs::symlink_metadata(file) {
        Err(error) => return failed(Exit::Failed, error.to_string()),
        Ok(meta) if !meta.is_file() => return failed(Exit::Refused, "it is no file".to_owned()),
        Ok(_) => {}
    }
    if vault::is_named(file) || look(file, None).taken.is_some() {
        return Ok(());
    }
    failed(Exit::Refused, "it is no backup that volx made".to_owned())
}

/// What goes; beside the question where there is one.
fn show(session: &Session, plan: &[Kept], is_agreed: bool) -> Result<(), Failure> {
    let now = Timestamp::now();
    let row = |kept: &Kept| {
        let proven = if kept.trouble.is_some() { "unusable".to_owned() } else { kept.proven_words(now) };
        let size = human(kept.bytes, session.config.units);
        vec![kept.volume.clone(), age::age(now, kept.at), size, proven, kept.path.display().to_string()]
    };
    let rows: Vec<Vec<String>> = plan.iter().map(row).collect();
    let headings = ["VOLUME", "AGE", "SIZE", "PROVEN", "FILE"];
    if is_agreed {
        print::table(&headings, &rows)?;
    } else {
        print::table_in(&mut std::io::stderr().lock(), &headings, &rows)?;
    }
    Ok(())
}

fn tell(session: &Session, done: &[(Kept, Result<(), Trouble>)]) -> Result<Exit, Failure> {
    let gone: Vec<&Kept> = done.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(kept, _)| kept).collect();
    if session.is_json {
        let line = |(kept, outcome): &'_ (Kept, Result<(), Trouble>)| {
            let error = outcome.as_ref().err().map(|trouble| trouble.cause.as_str());
            serde_json::to_value(Line {
                path: &kept.path,
                volume: &kept.volume,
                bytes: kept.bytes,
                deleted: error.is_none(),
                error,
            })
        };
        let lines: Result<Vec<_>, _> = done.iter().map(line).collect();
        print::json(&lines.map_err(std::io::Error::other)?)?;
    } else if session.is_quiet {
        gone.iter().try_for_each(|kept| print::line(&kept.path.display().to_string()))?;
    } else if !gone.is_empty() {
        let bytes = human(gone.iter().map(|kept| kept.bytes).sum(), session.config.units);
        print::line(&format!("{} deleted for good, {bytes} freed", backups(gone.len())))?;
    }
    for trouble in done.iter().filter_map(|(_, outcome)| outcome.as_ref().err()) {
        print::complain(&trouble.to_string());
    }
    Ok(match gone.len() {
        all if all == done.len() => Exit::Done,
        0 => Exit::Failed,
        _ => Exit::Partly,
    })
}

fn backups(count: usize) -> String {
    if count == 1 { "1 backup".to_owned() } else { format!("{count} backups") }
}

//! `volx backups` and `volx verify`.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::asking::Ending;
use super::keep_arguments::{Backups, BackupsVerb, Verify};
use super::proposal::terms;
use super::working::{far, finished};
use super::{Exit, Failure, Session, delete, print};
use crate::domain::age;
use crate::domain::keep::Kept;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::ops::backups::{Listed, list};
use crate::ops::right::Right;
use crate::ops::verify::{Proof, sweep, verify, verify_by_restoring};
use crate::ops::work::Work;

/// A backup, for scripts. What is unknown is null.
#[derive(Debug, Serialize)]
struct Line<'a> {
    path: &'a Path,
    volume: &'a str,
    at: Timestamp,
    bytes: u64,
    content_bytes: Option<u64>,
    entries: Option<u64>,
    taken: Option<&'a str>,
    engine: Option<&'a str>,
    method: Option<&'a str>,
    losses: &'a [String],
    proven_at: Option<Timestamp>,
    proven_by: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(kept: &'a Kept) -> Self {
        Self {
            path: &kept.path,
            volume: &kept.volume,
            at: kept.at,
            bytes: kept.bytes,
            content_bytes: kept.content,
            entries: kept.entries,
            taken: kept.taken.as_deref(),
            engine: kept.engine.as_deref(),
            method: kept.access.as_deref(),
            losses: &kept.losses,
            proven_at: kept.proven.as_ref().map(|(at, _)| *at),
            proven_by: kept.proven.as_ref().map(|(_, how)| how.as_str()),
            error: kept.trouble.as_deref(),
        }
    }
}

pub(super) async fn run(session: &Session, wanted: &Backups) -> Result<Exit, Failure> {
    if let Some(BackupsVerb::Rm { files, yes }) = &wanted.verb {
        return delete::run(session, files, *yes).await;
    }
    if session.target.choice.is_demo && wanted.folder.is_none() {
        let engine = session.engine().await?;
        if let Some(demo) = engine.demo() {
            let (folder, kept) = demo.keeping().backups();
            return show(session, &folder.display().to_string(), &Listed { kept, unread: Vec::new() });
        }
    }
    let folder = wanted.folder.clone().unwrap_or_else(|| session.config.backups.clone());
    let history = session.history();
    if wanted.folder.is_some() && !folder.exists() {
        let trouble =
            Trouble::new("the backups cannot be listed", format!("there is no {}", folder.display()));
        return Err(Failure { exit: Exit::Failed, trouble });
    }
    let at = folder.display().to_string();
    let listing = spawn_blocking(move || list(&folder, history.as_ref()));
    let listed = listing.await.map_err(std::io::Error::other)?;
    let listed = listed.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    show(session, &at, &listed)
}

/// Prints what is listed at a place.
fn show(session: &Session, at: &str, listed: &Listed) -> Result<Exit, Failure> {
    for trouble in &listed.unread {
        print::complain(&trouble.to_string());
    }
    if listed.kept.is_empty() && listed.unread.is_empty() && !session.is_json && !session.is_quiet {
        print::complain(&format!("there is no backup in {at}"));
        return Ok(Exit::Done);
    }
    let exit = if listed.unread.is_empty() { Exit::Done } else { Exit::Partly };
    let listed = &listed.kept;
    if session.is_json {
        print::json(&listed.iter().map(Line::of).collect::<Vec<_>>())?;
    } else if session.is_quiet {
        for kept in listed {
            print::line(&kept.path.display().to_string())?;
        }
    } else {
        let now = Timestamp::now();
        let row = |kept: &Kept| {
            let size = |bytes| human(bytes, session.config.units);
            let proven = match (&kept.trouble, &kept.proven) {
                // Why stands below the table, however long it is.
                (Some(_), _) => "unusable".to_owned(),
                (None, Some((at, how))) => format!("{how} {}", age::ago(now, *at)),
                (None, None) => "never".to_owned(),
            };
            vec![
                kept.volume.clone(),
                age::age(now, kept.at),
                size(kept.bytes),
                kept.content.map_or_else(|| "?".to_owned(), size),
                kept.taken.clone().unwrap_or_else(|| "?".to_owned()),
                proven,
                kept.path.display().to_string(),
            ]
        };
        let rows: Vec<Vec<String>> = listed.iter().map(row).collect();
        print::table(&["VOLUME", "AGE", "SIZE", "CONTENT", "TAKEN", "PROVEN", "FILE"], &rows)?;
        for (kept, trouble) in listed.iter().filter_map(|kept| Some((kept, kept.trouble.as_ref()?))) {
            session.warn(&format!("{} cannot be used: {trouble}", kept.path.display()));
        }
    }
    Ok(exit)
}

/// What came of a proof, for scripts.
#[derive(Debug, Serialize)]
struct Proven<'a> {
    path: &'a Path,
    ok: bool,
    entries: Option<u64>,
    restored: bool,
    error: Option<String>,
}

pub(super) async fn prove(session: &Session, wanted: &Verify) -> Result<Exit, Failure> {
    let access = session.way(wanted.access)?;
    let mut ending = Ending::heard()?;
    let history = session.history();
    let right = if wanted.restore {
        let engine = ending.unless(session.engine()).await?;
        let right = Right::of(&engine, history.clone(), &terms(session));
        let right = right.map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
        for swept in sweep(&right).await {
            session.warn(&format!("'{swept}' was left by a volx that was killed, and is removed"));
        }
        Some(right)
    } else {
        None
    };
    let mut proofs: Vec<Result<Proof, Trouble>> = Vec::new();
    for path in &wanted.files {
        let work = Arc::new(Work::default());
        let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let proving = async {
            match &right {
                Some(right) => verify_by_restoring(right, path, access, history.as_ref(), &work).await,
                None => verify(path, history.as_ref(), &work).await,
            }
        };
        let proof = finished(
            session,
            &mut ending,
            || far(session, &title, &work.progress()),
            || work.cancel(),
            proving,
        )
        .await?;
        tell(session, path, &proof, wanted.restore)?;
        let is_ended = work.is_cancelled();
        proofs.push(proof);
        if is_ended {
            break;
        }
    }
    if session.is_json {
        let proven = |(path, proof): (&'_ std::path::PathBuf, &Result<Proof, Trouble>)| {
            serde_json::to_value(Proven {
                path,
                ok: proof.is_ok(),
                entries: proof.as_ref().ok().map(|proof| proof.verified.entries),
                restored: wanted.restore && proof.is_ok(),
                error: proof.as_ref().err().map(|trouble| trouble.cause.clone()),
            })
        };
        let lines: Result<Vec<_>, _> = wanted.files.iter().zip(&proofs).map(proven).collect();
        print::json(&lines.map_err(std::io::Error::other)?)?;
    }
    let good = proofs.iter().filter(|proof| proof.is_ok()).count();
    Ok(match good {
        good if good == wanted.files.len() => Exit::Done,
        0 => Exit::Failed,
        _ => Exit::Partly,
    })
}

fn tell(
    session: &Session,
    path: &Path,
    proof: &Result<Proof, Trouble>,
    is_restored: bool,
) -> Result<(), Failure> {
    match proof {
        Err(trouble) => print::complain(&trouble.to_string()),
        Ok(proof) => {
            if !session.is_json && !session.is_quiet {
                let how = if is_restored { "restored and compared" } else { "read back" };
                print::line(&format!("{}: {} entries, {how}", path.display(), proof.verified.entries))?;
            }
            for trouble in &proof.troubles {
                session.warn(&trouble.to_string());
            }
        }
    }
    Ok(())
}

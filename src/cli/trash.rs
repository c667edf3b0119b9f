//! `volx undo` and `volx trash`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::asking::confirm;
use super::change_arguments::{Trash, TrashVerb, Undo};
use super::clone::right;
use super::proposed::volumes;
use super::within::watched;
use super::{Exit, Failure, Session, print};
use crate::access::walk::Progress;
use crate::domain::age::{ago, parse_span};
use crate::domain::keep::{Discarded, Names, Renamed};
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::ops::right::Right;
use crate::ops::trash;
use crate::ops::undo::{self, Undone};

/// A volume of the trash, for scripts. Its options are not told: secrets may be among them.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: i64,
    undo_id: i64,
    name: &'a str,
    driver: &'a str,
    verb: &'a str,
    removed_at: Timestamp,
    bytes: u64,
    file: Option<String>,
}

impl<'a> Line<'a> {
    fn of(row: &'a Discarded) -> Self {
        Self {
            id: row.id,
            undo_id: row.action,
            name: &row.volume.name,
            driver: &row.volume.driver,
            verb: &row.verb,
            removed_at: row.at,
            bytes: row.bytes,
            file: row.path.as_ref().map(|path| path.display().to_string()),
        }
    }
}

/// What came back, for scripts.
#[derive(Debug, Serialize)]
struct Back<'a> {
    undo_id: i64,
    restored: &'a [String],
    failed: Vec<Failed<'a>>,
}

#[derive(Debug, Serialize)]
struct Failed<'a> {
    name: &'a str,
    error: &'a str,
    remedy: Option<&'a str>,
}

pub(super) async fn undo(session: &Session, given: &Undo) -> Result<Exit, Failure> {
    if is_demo(session) {
        return Err(forgotten());
    }
    let right = right(session).await?;
    let progress = Arc::new(Progress::default());
    let names = names(&given.names)?;
    let work = undo::undo(&right, given.action, &names, &progress);
    tell(session, &Box::pin(watched(session, &progress, work)).await??)
}

/// The names of `--as`: one, or several that say of which volume.
fn names(given: &[String]) -> Result<Names, Failure> {
    if let [only] = given
        && !only.contains('=')
    {
        return Ok(Names { only: Some(only.clone()), each: BTreeMap::new() });
    }
    let pair = |text: &String| {
        let (own, other) =
            text.split_once('=').filter(|(own, other)| !own.is_empty() && !other.is_empty())?;
        Some((own.to_owned(), other.to_owned()))
    };
    let each = given
        .iter()
        .map(|text| pair(text).ok_or("--as NAME for one volume, --as NAME=OTHER for each of several"));
    Ok(Names { only: None, each: each.collect::<Result<_, _>>().map_err(Failure::usage)? })
}

pub(super) async fn run(session: &Session, given: &Trash) -> Result<Exit, Failure> {
    match &given.verb {
        Some(TrashVerb::Restore { .. }) if is_demo(session) => Err(forgotten()),
        _ if is_demo(session) => nothing(session),
        None | Some(TrashVerb::List) => list(session, &right(session).await?).await,
        Some(TrashVerb::Restore { id, name }) => {
            let right = right(session).await?;
            let progress = Arc::new(Progress::default());
            let work = Box::pin(undo::restore(&right, *id, name.as_deref(), &progress));
            tell(session, &watched(session, &progress, work).await??)
        }
        Some(TrashVerb::Empty { older_than, expired, yes }) => {
            let keep = older_than.as_deref().map(parse_span).transpose().map_err(Failure::usage)?;
            let what = match keep {
                Some(keep) => What::Older(keep),
                None if *expired => What::Due,
                None => What::All,
            };
            empty(session, &what, *yes).await
        }
    }
}

async fn all(right: &Right) -> Result<Vec<Discarded>, Failure> {
    trash::list(right).await.map_err(|trouble| Failure { exit: Exit::Failed, trouble })
}

/// What the next removal drops, by its numbers.
async fn due(right: &Right) -> Result<BTreeSet<i64>, Failure> {
    let room = trash::room(right).await.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    Ok(room.due.iter().map(|due| due.id).collect())
}

async fn list(session: &Session, right: &Right) -> Result<Exit, Failure> {
    let all = all(right).await?;
    let renamings = trash::renamings(right).await;
    let renamings = renamings.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    show(session, &all, &renamings)?;
    if !session.is_json && (!all.is_empty() || !renamings.is_empty()) {
        session.warn("'volx undo ACTION' takes all of an action back, 'volx trash restore ID' one volume");
    }
    let due = due(right).await?;
    if !due.is_empty() {
        session.warn(&format!(
            "{} past their time, or more than the trash may hold: the next removal drops them, after saying \
             so; 'volx trash empty --expired' does it now",
            volumes(due.len())
        ));
    }
    Ok(Exit::Done)
}

fn show(session: &Session, all: &[Discarded], renamings: &[Renamed]) -> Result<(), Failure> {
    if session.is_json {
        return Ok(print::json(&all.iter().map(Line::of).collect::<Vec<_>>())?);
    }
    if session.is_quiet {
        return Ok(all.iter().try_for_each(|row| print::line(&row.id.to_string()))?);
    }
    if all.is_empty() && renamings.is_empty() {
        return Ok(print::line("the trash is empty")?);
    }
    let now = Timestamp::now();
    let cells = |row: &Discarded| {
        let size =
            row.path.as_ref().map_or_else(|| "-".to_owned(), |_| human(row.bytes, session.config.units));
        let (id, action) = (row.id.to_string(), row.action.to_string());
        vec![action, row.volume.name.clone(), size, ago(now, row.at), row.verb.clone(), id]
    };
    let mut rows: Vec<(i64, Vec<String>)> = all.iter().map(|row| (row.action, cells(row))).collect();
    rows.extend(renamings.iter().map(|renamed| {
        let (none, name) = ("-".to_owned(), format!("{}, now {}", renamed.from, renamed.to));
        let action = renamed.action.to_string();
        (renamed.action, vec![action, name, none.clone(), ago(now, renamed.at), "rename".to_owned(), none])
    }));
    // The last action first.
    rows.sort_by_key(|(action, _)| std::cmp::Reverse(*action));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, cells)| cells).collect();
    Ok(print::table(&["ACTION", "NAME", "SIZE", "REMOVED", "BY", "ID"], &rows)?)
}

/// What of the trash is to go for good.
enum What {
    All,
    /// What was removed so many seconds ago.
    Older(i64),
    /// What the settings keep no longer.
    Due,
}

async fn empty(session: &Session, what: &What, is_agreed: bool) -> Result<Exit, Failure> {
    let right = right(session).await?;
    let mut plan = all(&right).await?;
    match what {
        What::All => {}
        What::Older(keep) => plan = trash::overdue(&plan, Some(*keep), Timestamp::now()),
        What::Due => {
            let due = due(&right).await?;
            plan.retain(|row| due.contains(&row.id));
        }
    }
    show(session, &plan, &[])?;
    if plan.is_empty() {
        return Ok(Exit::Done);
    }
    let bytes = human(plan.iter().map(|row| row.bytes).sum(), session.config.units);
    confirm(&format!("Drop {} for good? That frees {bytes}.", volumes(plan.len())), is_agreed).await?;
    let done = trash::empty(&right, &plan).await;
    if let Some(trouble) = done.unlogged {
        session.warn(&trouble.to_string());
    }
    done.outcome.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    if !session.is_json && !session.is_quiet {
        print::line(&format!("{} dropped for good, {bytes} freed", volumes(plan.len())))?;
    }
    Ok(Exit::Done)
}

/// The demo of one run knows nothing of the one before.
const FORGETS: &str = "the demo keeps nothing from one run to the next";

fn is_demo(session: &Session) -> bool {
    session.target.choice.is_demo
}

/// There is nothing to take back in the demo.
fn forgotten() -> Failure {
    let trouble =
        Trouble::new("it was not brought back", format!("there is nothing to take back: {FORGETS}"))
            .with_remedy("'volx --demo' opens its screen, where 'u' brings back what was removed there");
    Failure { exit: Exit::Refused, trouble }
}

/// What the demo of this run has in its trash.
fn nothing(session: &Session) -> Result<Exit, Failure> {
    if session.is_json {
        print::json(&Vec::<Line<'_>>::new())?;
    } else if !session.is_quiet {
        print::line("the trash is empty")?;
        session.warn(&format!("{FORGETS}: on its screen 'u' brings back what was removed there"));
    }
    Ok(Exit::Done)
}

fn tell(session: &Session, undone: &Undone) -> Result<Exit, Failure> {
    if let Some(trouble) = &undone.unlogged {
        session.warn(&trouble.to_string());
    }
    if session.is_json {
        let failed = undone.failed.iter().map(|(name, trouble)| Failed {
            name,
            error: &trouble.cause,
            remedy: trouble.remedy.as_deref(),
        });
        print::json(&Back { undo_id: undone.action, restored: &undone.names, failed: failed.collect() })?;
    } else {
        undone.names.iter().try_for_each(|name| print::line(name))?;
    }
    for (name, trouble) in &undone.failed {
        session.warn(&format!("'{name}': {trouble}"));
    }
    match (undone.names.is_empty(), undone.failed.is_empty()) {
        (_, true) => Ok(Exit::Done),
        (false, false) => Ok(Exit::Partly),
        (true, false) => {
            let cause = "nothing of it came back; it is in the trash still";
            Err(Failure { exit: Exit::Failed, trouble: Trouble::new("it was not undone", cause) })
        }
    }
}

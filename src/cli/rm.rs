//! `volx rm`.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::again::Again;
use super::asking::{Ending, agree, agree_to};
use super::carry::{self, SkippedLine};
use super::change_arguments::Rm;
use super::proposal::{Ground, terms};
use super::undoing::Undoing;
use super::{Exit, Failure, Session, print, proposed};
use crate::domain::container::Container;
use crate::domain::lifecycle::Clearing;
use crate::domain::prune::{Facts, Kept, PrunePlan, Why};
use crate::domain::removal::Report;
use crate::domain::trouble::Trouble;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::lifecycle;
use crate::ops::right::Right;

pub(super) async fn run(session: &Session, wanted: &Rm) -> Result<Exit, Failure> {
    let mut ending = Ending::heard()?;
    let engine = ending.unless(session.engine()).await?;
    let history = session.history();
    let right = Right::of(&engine, history.clone(), &terms(session))
        .map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
    let names: BTreeSet<String> = wanted.names.iter().cloned().collect();
    let mut ground = ending.unless(Ground::gather(session, &engine, history.as_ref())).await?;
    if wanted.remove_containers && clear(session, wanted, &right, &ground, &names, &mut ending).await? {
        ground = ending.unless(Ground::gather(session, &engine, history.as_ref())).await?;
    }
    let missing = missing(session, &ground, &names);
    let plan =
        ending.unless(planned(session, wanted, &engine, history.as_ref(), &mut ground, &names)).await?;
    let refused: Vec<SkippedLine> =
        plan.kept.iter().filter_map(|kept| refused(session, &ground, kept)).collect();
    let Some(asking) = ground.with(|facts| plan.asking(facts)) else {
        return Err(ending.told(nothing(session, &plan, refused, &missing)?));
    };
    let undoing = Undoing::of(session, &engine, Some(&right), &plan, wanted.no_undo);
    let undoing = ending.unless(undoing).await?;
    proposed::before(session, &ground, &plan, &undoing, wanted.yes)?;
    let undo = undoing.undo;
    let due = undoing.tell(session, &ground, &plan);
    let how =
        if wanted.force { ", and let the engine forget those that their driver fails to remove" } else { "" };
    let question = format!("Remove {}{how}?", proposed::volumes(plan.candidates.len()));
    ending.unless(agree(&question, &asking, wanted.yes)).await?;
    if !wanted.yes {
        let replan = |facts: &Facts<'_>| PrunePlan::by_name(facts, &names);
        let again = Again { is_asked: false, shown: (&ground, &plan) };
        ending.unless(again.look(session, &engine, history.as_ref(), replan)).await?;
    }
    let confirmed =
        ground.with(|facts| plan.confirm(facts, wanted.force, &engine.info().id, undo)).dropping(&due);
    let removal = carry::carry_out(&right, &confirmed, &mut ending).await?;
    let exit = carry::exit(&removal.report, refused.len(), missing.len());
    carry::tell(session, &removal.report, refused, &missing, removal.undo)?;
    carry::ended(session, &removal, exit)
}

/// The names that no volume has, each said.
fn missing(session: &Session, ground: &Ground, names: &BTreeSet<String>) -> Vec<String> {
    let missing = names.iter().filter(|name| ground.inventory.position(name).is_none());
    let mut told = Vec::new();
    for name in missing {
        let near = ground.inventory.nearest(name);
        let hint = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        session.warn(&format!("no such volume: {name}{hint}"));
        told.push(name.clone());
    }
    told
}

async fn planned(
    session: &Session,
    wanted: &Rm,
    engine: &SharedEngine,
    history: Option<&Arc<History>>,
    ground: &mut Ground,
    names: &BTreeSet<String>,
) -> Result<PrunePlan, Failure> {
    let plan = ground.with(|facts| PrunePlan::by_name(facts, names));
    if wanted.no_measure {
        return Ok(plan);
    }
    ground.measure(session, engine, history, &plan, false).await?;
    Ok(ground.with(|facts| PrunePlan::by_name(facts, names)))
}

fn refused(session: &Session, ground: &Ground, kept: &Kept) -> Option<SkippedLine> {
    let name = ground.inventory.volumes.get(kept.at)?.name.clone();
    let holders = ground.inventory.holders(kept.at).map(|container| container.name.clone()).collect();
    let reason = proposed::reason(session, ground, kept, Timestamp::now());
    Some(SkippedLine { name, reason, why: kept.why.name(), holders })
}

/// Why nothing can be removed, and what could be done about it.
fn nothing(
    session: &Session,
    plan: &PrunePlan,
    refused: Vec<SkippedLine>,
    missing: &[String],
) -> Result<Failure, Failure> {
    let is_used = plan.kept.iter().any(|kept| matches!(kept.why, Why::Used(_)));
    let is_protected = plan.kept.iter().any(|kept| matches!(kept.why, Why::Protected(_)));
    let mut reasons: Vec<String> =
        refused.iter().map(|line| format!("'{}' stays: {}", line.name, line.reason)).collect();
    let exit = if missing.is_empty() { Exit::Refused } else { Exit::Failed };
    reasons.extend(missing.iter().map(|name| format!("there is no volume '{name}'")));
    let mut trouble = Trouble::new("nothing was removed", reasons.join("\n  "));
    let remedies = [
        (is_used, "--remove-containers stops and removes these containers first, after asking for it"),
        (is_protected, "'volx unprotect NAME' lifts the protection of a volume"),
    ];
    let remedies: Vec<&str> = remedies.into_iter().filter_map(|(is, text)| is.then_some(text)).collect();
    if !remedies.is_empty() {
        trouble = trouble.with_remedy(remedies.join("\n  "));
    }
    if session.is_json {
        carry::tell(session, &Report { is_over: true, ..Report::default() }, refused, missing, None)?;
    }
    Ok(Failure { exit, trouble })
}

/// The second plan: stops and removes the containers that have the volumes, after asking for it.
/// Says whether there were any.
async fn clear(
    session: &Session,
    wanted: &Rm,
    right: &Right,
    ground: &Ground,
    names: &BTreeSet<String>,
    ending: &mut Ending,
) -> Result<bool, Failure> {
    let positions = names.iter().filter_map(|name| ground.inventory.position(name));
    let clearing = Clearing::needed(&ground.inventory, Some(&ground.protection), positions);
    let (asking, words) = (clearing.asking(), clearing.asking_words());
    let containers = clearing.containers;
    if containers.is_empty() {
        return Ok(false);
    }
    if !wanted.yes || !session.is_json && !session.is_quiet {
        let volumes =
            |c: &Container| c.mounts.iter().filter_map(|m| m.volume()).collect::<Vec<_>>().join(", ");
        let row = |c: &Container| vec![c.name.clone(), c.state.to_string(), c.image.clone(), volumes(c)];
        let rows: Vec<Vec<String>> = containers.iter().map(row).collect();
        // What belongs to a question is shown beside it, whatever becomes of the output.
        let mut out: Box<dyn io::Write> =
            if wanted.yes { Box::new(io::stdout()) } else { Box::new(io::stderr()) };
        print::table_in(&mut out, &["CONTAINER", "STATE", "IMAGE", "VOLUMES"], &rows)?;
        print::line_in(&mut out, "")?;
    }
    let volumes = lifecycle::takes(right, &containers).await;
    let volumes = volumes.map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
    let which: Vec<String> = containers.iter().map(|c| format!("{} ({})", c.name, c.state)).collect();
    let mut question =
        format!("Stop and remove {}, with what is in their writable layers?", which.join(", "));
    if !volumes.is_empty() {
        let names: Vec<&str> = volumes.iter().map(String::as_str).collect();
        let names = names.join(", ");
        session.warn(&format!("the engine removes volumes together with containers of --rm: {names}"));
        question = format!("{question}\nVolumes go with them, with all files: {names}");
    }
    ending.unless(agree_to(&question, &words, &asking, wanted.yes)).await?;
    let gone: Vec<String> = containers.iter().map(|container| container.name.clone()).collect();
    let done = lifecycle::clear(right, &Clearing { containers, volumes }).await;
    if let Some(trouble) = done.unlogged {
        session.warn(&trouble.to_string());
    }
    done.outcome.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    ending.remember(gone);
    Ok(true)
}

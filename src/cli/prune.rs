//! `volx prune`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::asking::{Ending, agree};
use super::change_arguments::{AsOf, Prune};
use super::proposal::{Ground, terms};
use super::{Exit, Failure, Session, carry, proposed, undoing};
use crate::domain::prune::{Misread, PrunePlan, Rules};
use crate::domain::removal::Report;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::right::Right;

pub(super) async fn run(session: &Session, wanted: &Prune) -> Result<Exit, Failure> {
    let rules = rules(wanted)?;
    let mut ending = Ending::heard()?;
    let engine = ending.unless(session.engine()).await?;
    let history = session.history();
    let right = if wanted.dry_run {
        None
    } else {
        let right = Right::of(&engine, history.clone(), &terms(session));
        Some(right.map_err(|trouble| Failure { exit: Exit::Refused, trouble })?)
    };
    let mut ground = ending.unless(Ground::gather(session, &engine, history.as_ref())).await?;
    if !wanted.no_measure {
        let measuring = measure(session, &engine, history.as_ref(), &mut ground, &rules);
        ending.unless(measuring).await?;
    }
    let plan = ground.with(|facts| PrunePlan::by_rules(facts, &rules, &BTreeSet::new()));
    let Some(right) = right else {
        show(session, &ground, &plan)?;
        if let Ok(right) = Right::of(&engine, history.clone(), &terms(session))
            && !plan.candidates.is_empty()
        {
            let undo = undoing::choice(session, &right, wanted.no_undo);
            ending.unless(undoing::tell(session, &right, &ground, &plan, undo)).await?;
        }
        return Ok(Exit::Done);
    };
    let Some(asking) = ground.with(|facts| plan.asking(facts)) else {
        if session.is_json {
            carry::tell(session, &Report { is_over: true, ..Report::default() }, Vec::new(), None)?;
        } else {
            proposed::text(session, &ground, &plan)?;
        }
        return Ok(Exit::Done);
    };
    if !session.is_json && !session.is_quiet {
        proposed::text(session, &ground, &plan)?;
    }
    let undo = undoing::choice(session, &right, wanted.no_undo);
    ending.unless(undoing::tell(session, &right, &ground, &plan, undo)).await?;
    let question = format!("Remove {}?", proposed::volumes(plan.candidates.len()));
    ending.unless(agree(&question, &asking, wanted.yes)).await?;
    let confirmed = ground.with(|facts| plan.confirm(facts, false, undo));
    let removal = carry::carry_out(&right, &confirmed, &mut ending).await?;
    carry::tell(session, &removal.report, Vec::new(), removal.undo)?;
    carry::ended(session, &removal, carry::exit(&removal.report, 0, 0))
}

fn show(session: &Session, ground: &Ground, plan: &PrunePlan) -> Result<(), Failure> {
    if session.is_json {
        proposed::json(session, ground, plan)
    } else {
        proposed::text(session, ground, plan)
    }
}

/// Measures what the rules that need no measuring leave.
async fn measure(
    session: &Session,
    engine: &SharedEngine,
    history: Option<&Arc<History>>,
    ground: &mut Ground,
    rules: &Rules,
) -> Result<(), Failure> {
    let mut wider = rules.clone();
    (wider.is_empty, wider.older_than, wider.larger_than, wider.smaller_than) = (None, None, None, None);
    let plan = ground.with(|facts| PrunePlan::by_rules(facts, &wider, &BTreeSet::new()));
    ground.measure(session, engine, history, &plan, rules.need_measuring()).await
}

/// The rules that words and flags make.
fn rules(wanted: &Prune) -> Result<Rules, Failure> {
    let mut words = wanted.rules.clone();
    let mut flag = |is_set: bool, word: &str| {
        if is_set {
            words.push(word.to_owned());
        }
    };
    flag(matches!(wanted.as_of, Some(AsOf::Docker)), "docker");
    flag(matches!(wanted.as_of, Some(AsOf::DockerAll)), "docker-all");
    flag(wanted.all, "all");
    flag(wanted.with_options, "options");
    flag(wanted.empty, "empty");
    flag(wanted.anonymous, "anonymous");
    let values = [
        ("unused", &wanted.unused_for),
        ("written", &wanted.older_than),
        ("larger", &wanted.larger_than),
        ("smaller", &wanted.smaller_than),
    ];
    words.extend(values.into_iter().filter_map(|(key, value)| Some(format!("{key}:{}", value.as_ref()?))));
    let text = words.join(" ");
    let rules = Rules::parse(&text).map_err(|misread| Failure::usage(pointed(&text, &misread)))?;
    let mut rules = rules.filtered(&wanted.filter).map_err(Failure::usage)?;
    rules.names.extend(wanted.name.iter().cloned());
    Ok(rules)
}

/// The rules, with a mark below the word that cannot be meant.
fn pointed(text: &str, misread: &Misread) -> String {
    let mark = "^".repeat(misread.word.chars().count().max(1));
    format!(
        "{}\n  {text}\n  {}{mark}\n  {}",
        misread,
        " ".repeat(misread.at),
        "see 'volx prune --help' for the rules"
    )
}

//! `volx prune`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::again::Again;
use super::asking::{Ending, agree};
use super::change_arguments::{AsOf, Prune};
use super::proposal::{Ground, terms};
use super::undoing::Undoing;
use super::{Exit, Failure, Session, carry, proposed};
use crate::domain::prune::{Facts, Misread, PrunePlan, Rules};
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
        let right = Right::of(&engine, history.clone(), &terms(session)).ok();
        let undoing = Undoing::of(session, &engine, right.as_ref(), &plan, wanted.no_undo);
        let undoing = ending.unless(undoing).await?;
        show(session, &ground, &plan, &undoing)?;
        if right.is_some() && !plan.candidates.is_empty() {
            undoing.tell(session, &ground, &plan);
        }
        return Ok(Exit::Done);
    };
    let Some(asking) = ground.with(|facts| plan.asking(facts)) else {
        if session.is_json {
            carry::tell(session, &Report { is_over: true, ..Report::default() }, Vec::new(), &[], None)?;
        } else {
            let undoing = Undoing::of(session, &engine, Some(&right), &plan, wanted.no_undo);
            proposed::text(session, &ground, &plan, &ending.unless(undoing).await?)?;
        }
        return Ok(Exit::Done);
    };
    let undoing = Undoing::of(session, &engine, Some(&right), &plan, wanted.no_undo);
    let undoing = ending.unless(undoing).await?;
    proposed::before(session, &ground, &plan, &undoing, wanted.yes)?;
    let undo = undoing.undo;
    let due = undoing.tell(session, &ground, &plan);
    let question = format!("Remove {}?", proposed::volumes(plan.candidates.len()));
    ending.unless(agree(&question, &asking, wanted.yes)).await?;
    if !wanted.yes {
        let replan = |facts: &Facts<'_>| PrunePlan::by_rules(facts, &rules, &BTreeSet::new());
        let again = Again { is_asked: rules.need_measuring(), shown: (&ground, &plan) };
        ending.unless(again.look(session, &engine, history.as_ref(), replan)).await?;
    }
    let confirmed = ground.with(|facts| plan.confirm(facts, false, &engine.info().id, undo)).dropping(&due);
    let removal = carry::carry_out(&right, &confirmed, &mut ending).await?;
    carry::tell(session, &removal.report, Vec::new(), &[], removal.undo)?;
    carry::ended(session, &removal, carry::exit(&removal.report, 0, 0))
}

fn show(session: &Session, ground: &Ground, plan: &PrunePlan, undoing: &Undoing) -> Result<(), Failure> {
    if session.is_json {
        proposed::json(session, ground, plan)
    } else {
        proposed::text(session, ground, plan, undoing)
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
    let text = wanted.rules.join(" ");
    let mut rules = Rules::parse(&text).map_err(|misread| Failure::usage(pointed(&text, &misread)))?;
    let mut words = Vec::new();
    let flags = [
        (matches!(wanted.as_of, Some(AsOf::Docker)), "--as", "docker"),
        (matches!(wanted.as_of, Some(AsOf::DockerAll)), "--as", "docker-all"),
        (wanted.all, "--all", "all"),
        (wanted.with_options, "--with-options", "options"),
        (wanted.empty, "--empty", "empty"),
        (wanted.anonymous, "--anonymous", "anonymous"),
    ];
    words.extend(flags.into_iter().filter(|(is, _, _)| *is).map(|(_, flag, word)| (flag, word.to_owned())));
    let values = [
        ("--unused-for", "unused", &wanted.unused_for),
        ("--older-than", "written", &wanted.older_than),
        ("--larger-than", "larger", &wanted.larger_than),
        ("--smaller-than", "smaller", &wanted.smaller_than),
    ];
    words.extend(
        values
            .into_iter()
            .filter_map(|(flag, key, value)| Some((flag, format!("{key}:{}", value.as_ref()?)))),
    );
    // Each alone: what a flag was given is never read as further rules.
    for (flag, word) in words {
        rules = rules.with(&word).map_err(|why| Failure::usage(format!("{flag}: {why}")))?;
    }
    let rules = rules.filtered(&wanted.filter).map_err(Failure::usage)?;
    rules.named(&wanted.name).map_err(|why| Failure::usage(format!("--name: {why}")))
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        prune: Prune,
    }

    fn read(arguments: &[&str]) -> Result<String, String> {
        let line = Line::try_parse_from([&["prune"], arguments].concat()).expect("a command line");
        rules(&line.prune).map(|rules| rules.to_string()).map_err(|failure| failure.trouble.to_string())
    }

    #[test]
    fn flags_and_words_make_the_same_rules() {
        let flags = read(&[
            "--all",
            "--unused-for",
            "30d",
            "--larger-than",
            "1 GB",
            "-f",
            "label!=keep",
            "--name",
            "ci-*",
        ]);
        assert_eq!(flags, read(&["all", "unused:30d", "larger:1GB", "!label:keep", "name:ci-*"]));
    }

    #[test]
    fn what_a_flag_was_given_is_one_value_and_never_nothing() {
        for (flag, value) in [
            ("--unused-for", "1s all"),
            ("--older-than", "1s all"),
            ("--larger-than", "1 all"),
            ("--smaller-than", "1GB options"),
            ("--name", ""),
            ("-f", "label!="),
            ("-f", "name= "),
            ("-f", "project="),
            ("-f", "driver="),
            ("-f", "label="),
            ("-f", "label!==x"),
        ] {
            let why = read(&["--anonymous", flag, value]).expect_err("it cannot be meant");
            assert!(why.contains(value.trim()), "{flag} {value}: {why}");
        }
        assert_eq!(read(&["-f", "label=a=", "-f", "label!=b="]), Ok("label:a= !label:b=".to_owned()));
    }

    #[test]
    fn a_preset_stands_alone() {
        for arguments in
            [&["--as", "docker", "--all"][..], &["--as", "docker", "docker-all"], &["docker", "options"]]
        {
            let why = read(arguments).expect_err("a contradiction");
            assert!(why.contains("cannot stand beside"), "{why}");
        }
        assert_eq!(read(&["--as", "docker", "name:ci-*"]), Ok("docker name:ci-*".to_owned()));
    }
}

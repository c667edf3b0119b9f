//! `volx du`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::Du;
use super::{Exit, Failure, Session, print};
use crate::access::helper;
use crate::domain::age::ago;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::domain::usage::{Largest, Measured, Usage};
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::snapshot;
use crate::ops::survey::{Wish, measure_all};

/// How long what earlier ones left may keep this one.
const SWEEP: Duration = Duration::from_secs(2);

/// A measured volume for scripts; what is unknown is null, with the reason.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    #[serde(flatten)]
    usage: Option<&'a Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<&'a str>,
    largest: &'a [Largest],
}

pub(super) async fn run(session: &Session, wanted: &Du) -> Result<Exit, Failure> {
    let engine = session.engine().await?;
    let sweeping = helper::sweep_aside(&engine);
    let history = session.history();
    let snapshot = snapshot::take(&engine, history.as_deref(), None).await?;
    let inventory = &snapshot.inventory;
    let (mut volumes, mut missing) = (Vec::new(), Vec::new());
    for name in &wanted.names {
        match inventory.position(name).and_then(|at| inventory.volumes.get(at)) {
            Some(volume) => volumes.push(volume.clone()),
            None => missing.push(name.as_str()),
        }
    }
    if !missing.is_empty() && volumes.is_empty() {
        let trouble = Trouble::new("nothing was measured", format!("no such volume: {}", missing.join(", ")));
        return Err(Failure { exit: Exit::Failed, trouble });
    }
    if wanted.names.is_empty() {
        volumes.clone_from(&inventory.volumes);
    }
    let wish = Wish { forced: session.way(wanted.access)? };
    let outcome = measured(session, &engine, history.as_deref(), volumes, wish).await?;
    let mut measured: Vec<(&String, &Result<Measured, String>)> = outcome.iter().collect();
    measured
        .sort_by_key(|(name, m)| (std::cmp::Reverse(m.as_ref().ok().and_then(|m| m.usage.size())), *name));
    if session.is_json {
        let lines: Vec<Line<'_>> = measured
            .iter()
            .map(|(name, m)| Line {
                name,
                usage: m.as_ref().ok().map(|m| &m.usage),
                unknown: m.as_ref().err().map(String::as_str),
                largest: m.as_ref().map_or(&[][..], |m| &m.largest),
            })
            .collect();
        print::json(&lines)?;
    } else {
        text(session, &measured)?;
    }
    for name in &missing {
        session.warn(&format!("no such volume: {name}"));
    }
    // What is not gone by then goes with the next one.
    let _ = tokio::time::timeout(SWEEP, sweeping).await;
    let unknown = measured.iter().filter(|(_, m)| m.is_err()).count();
    let is_part = |m: &Measured| m.usage.errors.is_some_and(|errors| errors > 0);
    let is_short = measured.iter().any(|(_, m)| m.as_ref().is_ok_and(is_part));
    match (unknown, measured.len()) {
        (0, _) if missing.is_empty() && !is_short => Ok(Exit::Done),
        (some, all) if some < all => Ok(Exit::Partly),
        _ => {
            let trouble = Trouble::new("nothing was measured", "no size of these volumes can be known here");
            Err(Failure { exit: Exit::Failed, trouble })
        }
    }
}

/// Measures volumes, saying how far it is, and notes what is known by now.
pub(super) async fn measured(
    session: &Session,
    engine: &SharedEngine,
    history: Option<&History>,
    volumes: Vec<Volume>,
    wish: Wish,
) -> Result<BTreeMap<String, Result<Measured, String>>, Failure> {
    let mut meter = print::Meter::new();
    let outcome = measure_all(engine, volumes, wish, &mut |far| meter.measuring(&far)).await;
    drop(meter);
    let outcome = outcome?;
    if let Some(history) = history {
        let known = outcome.iter().filter_map(|(name, m)| Some((name.as_str(), m.as_ref().ok()?)));
        if let Err(error) = history.record_measured(&engine.info().id, known) {
            session.warn(&error.trouble().to_string());
        }
    }
    Ok(outcome)
}

fn text(session: &Session, measured: &[(&String, &Result<Measured, String>)]) -> Result<(), Failure> {
    let now = Timestamp::now();
    let bytes = |value: Option<u64>| value.map_or_else(|| "?".to_owned(), |b| human(b, session.config.units));
    let count = |value: Option<u64>| value.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let rows: Vec<Vec<String>> = measured
        .iter()
        .filter_map(|(name, m)| Some((*name, &m.as_ref().ok()?.usage)))
        .map(|(name, usage)| {
            vec![
                bytes(usage.allocated),
                bytes(usage.apparent),
                count(usage.files),
                count(usage.dirs),
                usage.newest_write.map_or_else(|| "?".to_owned(), |at| ago(now, at)),
                count(usage.errors),
                usage.method.name().to_owned(),
                name.clone(),
            ]
        })
        .collect();
    print::table(&["ON DISK", "APPARENT", "FILES", "FOLDERS", "LAST WRITE", "ERRORS", "BY", "NAME"], &rows)?;
    for (name, remark) in
        measured.iter().filter_map(|(name, m)| Some((name, m.as_ref().ok()?.remark.as_ref()?)))
    {
        session.warn(&format!("'{name}': {remark}"));
    }
    for (name, why) in measured.iter().filter_map(|(name, m)| Some((name, m.as_ref().err()?))) {
        session.warn(&format!("'{name}' is unknown: {why}"));
    }
    Ok(())
}

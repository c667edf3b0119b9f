//! `volx du`.

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::Du;
use super::{Exit, Failure, Session, print};
use crate::domain::age::ago;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::domain::usage::{Largest, Usage};
use crate::ops::snapshot;
use crate::ops::usage::{Measured, measure_volumes};

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
    let history = session.history();
    let snapshot = snapshot::take(engine.as_ref(), history.as_deref(), false).await?;
    let inventory = &snapshot.inventory;
    let mut positions = Vec::new();
    for name in &wanted.names {
        match inventory.position(name) {
            Some(at) => positions.push(at),
            None => {
                let trouble = Trouble::new("nothing was measured", format!("no such volume: {name}"));
                return Err(Failure { exit: Exit::Failed, trouble });
            }
        }
    }
    if wanted.names.is_empty() {
        positions = (0..inventory.volumes.len()).collect();
    }
    let forced = wanted.access.map(Into::into);
    let outcome = measure_volumes(engine.as_ref(), inventory, &positions, forced).await?;
    if let Some(history) = history {
        let known = outcome.iter().filter_map(|(name, m)| Some((name.as_str(), &m.as_ref().ok()?.usage)));
        if let Err(error) = history.record_usages(&engine.info().id, known) {
            session.warn(&error.trouble().to_string());
        }
    }
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
    let unknown = measured.iter().filter(|(_, m)| m.is_err()).count();
    match (unknown, measured.len()) {
        (0, _) => Ok(Exit::Done),
        (some, all) if some < all => Ok(Exit::Partly),
        _ => {
            let trouble = Trouble::new("nothing was measured", "no size of these volumes can be known here");
            Err(Failure { exit: Exit::Failed, trouble })
        }
    }
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
    for (name, why) in measured.iter().filter_map(|(name, m)| Some((name, m.as_ref().err()?))) {
        session.warn(&format!("'{name}' is unknown: {why}"));
    }
    Ok(())
}

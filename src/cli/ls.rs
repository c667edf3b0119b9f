//! `volx ls`.

use std::io::IsTerminal;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::arguments::Ls;
use super::{Exit, Failure, Session, print};
use crate::config::file::SortWord;
use crate::domain::age::age;
use crate::domain::column::Column;
use crate::domain::inventory::Inventory;
use crate::domain::query::Query;
use crate::domain::size::{human, signed};
use crate::domain::sort::{self, Figures};
use crate::domain::usage::Usage;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::protection;
use crate::ops::snapshot::{self, Snapshot};

/// A volume for scripts. The keys are documented and stable.
#[derive(Debug, Serialize)]
pub(super) struct Entry<'a> {
    name: &'a str,
    driver: &'a str,
    scope: &'a str,
    mountpoint: Option<&'a str>,
    created_at: Option<Timestamp>,
    labels: &'a std::collections::BTreeMap<String, String>,
    options: Map<String, Value>,
    project: Option<&'a str>,
    anonymous: bool,
    /// What protects it: `label`, `list` or `pattern`; `unknown` where the list cannot be read.
    protected: Option<&'static str>,
    status: &'static str,
    attached: Vec<Attached<'a>>,
    usage: Option<&'a Usage>,
    change_day_bytes: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Attached<'a> {
    container_id: &'a str,
    container_name: &'a str,
    state: &'a str,
    destination: &'a str,
    read_only: bool,
}

impl<'a> Entry<'a> {
    /// The volume at this position.
    pub(super) fn of(snapshot: &'a Snapshot, at: usize) -> Option<Self> {
        let inventory = &snapshot.inventory;
        let volume = inventory.volumes.get(at)?;
        Some(Self {
            name: &volume.name,
            driver: &volume.driver,
            scope: &volume.scope,
            mountpoint: volume.mountpoint.as_deref(),
            created_at: volume.created_at,
            labels: &volume.labels,
            options: volume
                .shown_options()
                .map(|(key, value)| (key.to_owned(), Value::String(value.into_owned())))
                .collect(),
            project: volume.project(),
            anonymous: volume.is_anonymous(),
            protected: protected(snapshot, volume),
            status: inventory.status(at).name(),
            attached: inventory
                .attachments(at)
                .map(|a| Attached {
                    container_id: &a.container.id,
                    container_name: &a.container.name,
                    state: a.container.state.name(),
                    destination: &a.mount.destination,
                    read_only: a.mount.read_only,
                })
                .collect(),
            usage: snapshot.usages.get(&volume.name),
            change_day_bytes: snapshot.change(at),
        })
    }
}

/// What protects a volume.
fn protected(snapshot: &Snapshot, volume: &Volume) -> Option<&'static str> {
    match &snapshot.protection {
        Some(protection) => protection.of(volume).map(|guard| guard.name()),
        None => Some("unknown"),
    }
}

/// Adds what is protected. Where that cannot be read it is said, and unknown.
pub(super) async fn guarded(
    session: &Session,
    engine: &SharedEngine,
    history: Option<&Arc<History>>,
    mut snapshot: Snapshot,
) -> Snapshot {
    match protection::read(history, &engine.info().id, &session.config.protect).await {
        Ok(protection) => snapshot.protection = Some(protection),
        // Without a history it was said already.
        Err(_) if history.is_none() => {}
        Err(trouble) => session.warn(&format!("{}: {}", trouble.summary, trouble.cause)),
    }
    snapshot
}

pub(super) async fn run(session: &Session, wanted: &Ls) -> Result<Exit, Failure> {
    let query = Query::parse(&wanted.filter).map_err(Failure::usage)?;
    let order: SortWord = wanted.sort.parse().map_err(Failure::usage)?;
    let columns: Vec<Column> =
        wanted.columns.iter().map(|c| c.parse()).collect::<Result<_, _>>().map_err(Failure::usage)?;
    let engine = session.engine().await?;
    let history = session.history();
    let snapshot = snapshot::take(&engine, history.as_deref(), wanted.measure.then_some(&query)).await?;
    let snapshot = guarded(session, &engine, history.as_ref(), snapshot).await;
    if let Some(trouble) = &snapshot.history_trouble {
        session.warn(&trouble.to_string());
    }
    for warning in &snapshot.inventory.warnings {
        session.warn(&format!("the engine warns: {warning}"));
    }
    let inventory = &snapshot.inventory;
    let rows: Vec<usize> = sort::order(inventory, &snapshot, order.0)
        .into_iter()
        .map(|at| at as usize)
        .filter(|at| query.matches(inventory, *at))
        .collect();
    if session.is_json {
        print::json(&rows.iter().filter_map(|at| Entry::of(&snapshot, *at)).collect::<Vec<_>>())?;
    } else if session.is_quiet {
        for volume in rows.iter().filter_map(|at| inventory.volumes.get(*at)) {
            print::line(&volume.name)?;
        }
    } else {
        let columns = if columns.is_empty() { Column::SCREEN.to_vec() } else { columns };
        let headings: Vec<&str> = columns.iter().map(|c| c.title()).collect();
        let now = Timestamp::now();
        let cells = |at: &usize| columns.iter().map(|c| cell(session, &snapshot, *at, *c, now)).collect();
        print::table(&headings, &rows.iter().map(cells).collect::<Vec<_>>())?;
        let is_unknown = |at: &&usize| snapshot.size(**at).is_none();
        if !wanted.measure && columns.contains(&Column::Size) && std::io::stderr().is_terminal() {
            match rows.iter().filter(is_unknown).count() {
                0 => {}
                some => session
                    .warn(&format!("{some} of {} sizes are not known; volx ls --measure asks", rows.len())),
            }
        }
    }
    let mut is_whole = true;
    for (name, why) in &snapshot.unmeasured {
        if inventory.position(name).is_some_and(|at| rows.contains(&at)) {
            session.warn(&format!("'{name}' is unknown: {why}"));
            is_whole = false;
        }
    }
    Ok(if is_whole { Exit::Done } else { Exit::Partly })
}

fn cell(session: &Session, snapshot: &Snapshot, at: usize, column: Column, now: Timestamp) -> String {
    let inventory: &Inventory = &snapshot.inventory;
    let Some(volume) = inventory.volumes.get(at) else { return String::new() };
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let pairs = |pairs: Vec<String>| if pairs.is_empty() { "-".to_owned() } else { pairs.join(",") };
    match column {
        Column::Status => inventory.status(at).name().to_owned(),
        Column::Name => volume.name.clone(),
        Column::Project => or_dash(volume.project()),
        Column::Size => snapshot
            .usages
            .get(&volume.name)
            .and_then(Usage::size)
            .map_or_else(|| "?".to_owned(), |bytes| human(bytes, session.config.units)),
        Column::Change => {
            snapshot.change(at).map_or_else(|| "-".to_owned(), |bytes| signed(bytes, session.config.units))
        }
        Column::Written => snapshot.written(at).map_or_else(|| "-".to_owned(), |at| age(now, at)),
        Column::Containers => pairs(inventory.holders(at).map(|c| c.name.clone()).collect()),
        Column::Driver => volume.driver.clone(),
        Column::Kind => volume.kind().name().to_owned(),
        Column::Created => volume.created_at.map_or_else(|| "-".to_owned(), |at| age(now, at)),
        Column::Mountpoint => or_dash(volume.mountpoint.as_deref()),
        Column::Scope => volume.scope.clone(),
        Column::Anonymous => if volume.is_anonymous() { "yes" } else { "no" }.to_owned(),
        Column::Protected => protected(snapshot, volume).unwrap_or("-").to_owned(),
        Column::Labels => pairs(volume.labels.iter().map(|(k, v)| format!("{k}={v}")).collect()),
        Column::Options => pairs(volume.shown_options().map(|(k, v)| format!("{k}={v}")).collect()),
    }
}

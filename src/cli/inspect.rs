//! `volx inspect`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::ls::{Entry, guarded};
use super::{Exit, Failure, Session, print};
use crate::domain::age::ago;
use crate::domain::provenance::Provenance;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::domain::usage::{DiskUsage, Unknown};
use crate::engine::{Engine, Error};
use crate::ops::snapshot::{self, Snapshot};

/// What `ls --json` prints of the volume, and the engine's own answer, secrets masked.
#[derive(Debug, Serialize)]
struct Inspection<'a> {
    #[serde(flatten)]
    entry: Entry<'a>,
    reason: String,
    kind: &'static str,
    /// Who had it last, as far as the history knows.
    provenance: Option<Known>,
    raw: Value,
}

/// What the history knows of a volume's users.
#[derive(Debug, Serialize)]
struct Known {
    first_seen: Option<Timestamp>,
    last_user: Option<String>,
    last_image: Option<String>,
    /// Null while a container has it.
    free_since: Option<Timestamp>,
    /// Whether the release was watched, so that `free_since` is exact and not the latest possible.
    is_exact: bool,
}

impl From<Provenance> for Known {
    fn from(known: Provenance) -> Self {
        let Provenance { first_seen, last_user, last_image, free_since, is_exact } = known;
        Self { first_seen, last_user, last_image, free_since, is_exact }
    }
}

pub(super) async fn run(session: &Session, names: &[String]) -> Result<Exit, Failure> {
    let engine = session.engine().await?;
    let history = session.history();
    let snapshot = snapshot::take(&engine, history.as_deref(), None).await?;
    let snapshot = guarded(session, &engine, history.as_ref(), snapshot).await;
    if let Some(trouble) = &snapshot.history_trouble {
        session.warn(&trouble.to_string());
    }
    for warning in &snapshot.inventory.warnings {
        session.warn(&format!("the engine warns: {warning}"));
    }
    let known = match history.as_deref().map(|h| h.provenance(&engine.info().id)) {
        Some(Ok(known)) => known,
        Some(Err(error)) => {
            session.warn(&error.trouble().to_string());
            BTreeMap::new()
        }
        None => BTreeMap::new(),
    };
    let mut found = Vec::new();
    for name in names {
        match describe(engine.as_ref(), &snapshot, name).await {
            Ok(inspection) => {
                let provenance = known.get(name).cloned().map(Known::from);
                found.push(Inspection { provenance, ..inspection });
            }
            Err(error) if error.is_unreachable() => return Err(error.into()),
            Err(error) => print::complain(&format!("'{name}': {error}")),
        }
    }
    if session.is_json {
        print::json(&found)?;
    } else {
        for (at, inspection) in found.iter().enumerate() {
            if at > 0 {
                print::line("")?;
            }
            facts(session, &snapshot, inspection)?;
        }
    }
    match (found.len(), names.len()) {
        (some, all) if some == all => Ok(Exit::Done),
        (0, _) => {
            let trouble = Trouble::new("nothing was inspected", "no volume of that name can be described");
            Err(Failure { exit: Exit::Failed, trouble })
        }
        _ => Ok(Exit::Partly),
    }
}

async fn describe<'a>(
    engine: &dyn Engine,
    snapshot: &'a Snapshot,
    name: &str,
) -> Result<Inspection<'a>, Error> {
    let missing = || Error::NotFound { message: format!("get {name}: no such volume") };
    let at = snapshot.inventory.position(name).ok_or_else(missing)?;
    let raw = engine.inspect_volume(name).await?.answer;
    let entry = Entry::of(snapshot, at).ok_or_else(missing)?;
    let kind = snapshot.inventory.volumes.get(at).ok_or_else(missing)?.kind().name();
    Ok(Inspection { entry, reason: snapshot.inventory.reason(at), kind, provenance: None, raw })
}

fn facts(session: &Session, snapshot: &Snapshot, inspection: &Inspection<'_>) -> Result<(), Failure> {
    let name = inspection.raw.get("Name").and_then(Value::as_str).unwrap_or_default();
    let Some(at) = snapshot.inventory.position(name) else { return Ok(()) };
    let Some(volume) = snapshot.inventory.volumes.get(at) else { return Ok(()) };
    let now = Timestamp::now();
    let fact = |name: &str, value: &str| print::line(&format!("{name:<12}{value}"));
    fact("name", &volume.name)?;
    fact("status", &format!("{}: {}", snapshot.inventory.status(at).words(), inspection.reason))?;
    fact("driver", &format!("{} ({})", volume.driver, inspection.kind))?;
    fact("scope", &volume.scope)?;
    fact("mountpoint", volume.mountpoint.as_deref().unwrap_or("none"))?;
    fact(
        "created",
        &volume.created_at.map_or_else(|| "unknown".to_owned(), |at| format!("{at} ({})", ago(now, at))),
    )?;
    fact("project", volume.project().unwrap_or("none"))?;
    fact("anonymous", if volume.is_anonymous() { "yes" } else { "no" })?;
    let usage = snapshot.usages.get(name).and_then(|u| Some((u, u.size()?)));
    fact(
        "size",
        &usage.map_or_else(
            // An answer that says nothing of it tells what no answer can.
            || match DiskUsage::default().of(volume) {
                Err(Unknown::LeftOut) | Ok(_) => "unknown: not measured yet (volx ls --measure)".to_owned(),
                Err(unknown) => format!("unknown: {}", unknown.reason()),
            },
            |(usage, bytes)| {
                let age = ago(now, usage.measured_at);
                format!(
                    "{} ({bytes} bytes), {}, {age}",
                    human(bytes, session.config.units),
                    usage.method.name()
                )
            },
        ),
    )?;
    if let Some(Known { last_user: Some(user), free_since: Some(at), is_exact, .. }) = &inspection.provenance
    {
        let when = if *is_exact { "until" } else { "until some time before" };
        fact("last user", &format!("{user}, {when} {at} ({})", ago(now, *at)))?;
    }
    if let Some(guard) = snapshot.protection.as_ref().and_then(|protection| protection.of(volume)) {
        fact("protection", &guard.words())?;
    }
    for (key, value) in &volume.labels {
        fact("label", &format!("{key}={value}"))?;
    }
    for (key, value) in volume.shown_options() {
        fact("option", &format!("{key}={value}"))?;
    }
    for attachment in snapshot.inventory.attachments(at) {
        let access = if attachment.mount.read_only { "read-only" } else { "read-write" };
        fact(
            "container",
            &format!(
                "{} ({}, {}) at {}, {access}",
                attachment.container.name,
                attachment.container.state,
                attachment.container.image,
                attachment.mount.destination,
            ),
        )?;
    }
    Ok(())
}

//! `volx events`.

use std::io::IsTerminal;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::sync::mpsc;

use super::{Exit, Failure, Session, print};
use crate::domain::event::{EngineEvent, Subject};
use crate::domain::inventory::Inventory;
use crate::domain::live::Observation;
use crate::ops::observe::{Automatic, Watch, watch};
use crate::ops::right::Terms;

/// An event for scripts.
#[derive(Debug, Serialize)]
struct Line<'a> {
    at: Timestamp,
    subject: &'static str,
    id: &'a str,
    name: &'a str,
    action: &'a str,
    actor: Option<&'a str>,
    project: Option<&'a str>,
    exit_code: Option<i64>,
}

pub(super) async fn run(session: &Session) -> Result<Exit, Failure> {
    let (out, mut observed) = mpsc::channel(256);
    // Kept open: the watcher ends when nobody can ask it anything any more.
    let (_requests, asked) = mpsc::channel(1);
    let automatic = Automatic { is_on: false, ..Automatic::default() };
    let (target, terms) = (session.target.clone(), Terms::default());
    let watched = Watch { target, history: session.history(), automatic, terms, backups: None };
    tokio::spawn(watch(watched, out, asked));
    let mut was_connected = false;
    let mut known = Arc::new(Inventory::default());
    while let Some(observation) = observed.recv().await {
        match observation {
            Observation::Connected(info) => {
                was_connected = true;
                if !session.is_json && std::io::stderr().is_terminal() {
                    session.warn(&format!("watching {}", info.address));
                }
            }
            Observation::Unreachable { trouble, .. } if !was_connected => {
                return Err(Failure { exit: Exit::Unreachable, trouble });
            }
            Observation::Unreachable { trouble, .. }
            | Observation::ListFailed(trouble)
            | Observation::HistoryFailed(trouble) => session.warn(&trouble.to_string()),
            Observation::EventsFailed(trouble) => return Err(Failure { exit: Exit::Failed, trouble }),
            Observation::Listed { inventory, .. } => known = inventory,
            Observation::Happened(event) if session.is_json => {
                print::json_line(&line(&named(*event, &known)))?;
            }
            Observation::Happened(event) => {
                print::line(&text(&named(*event, &known), &session.config.timezone))?;
            }
            _ => {}
        }
    }
    Ok(Exit::Done)
}

/// A mount names its container by id; people know it by name.
fn named(mut event: EngineEvent, known: &Inventory) -> EngineEvent {
    if event.subject == Subject::Volume {
        event.actor = event.actor.map(|id| known.container(&id).map_or(id, |c| c.name.clone()));
    }
    event
}

fn line(event: &EngineEvent) -> Line<'_> {
    Line {
        at: event.at,
        subject: event.subject.name(),
        id: &event.id,
        name: &event.name,
        action: &event.action,
        actor: event.actor.as_deref(),
        project: event.project.as_deref(),
        exit_code: event.exit_code,
    }
}

fn text(event: &EngineEvent, zone: &TimeZone) -> String {
    let at = event.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
    let code = event.exit_code.map_or_else(String::new, |code| format!(" exit={code}"));
    let actor = event.actor.as_deref().map_or_else(String::new, |actor| format!(" by {actor}"));
    format!("{at}  {:<9}  {:<12}  {}{code}{actor}", event.subject.name(), event.action, event.name)
}

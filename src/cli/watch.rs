//! `volx watch`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::Watch;
use super::{Exit, Failure, Session, print};
use crate::domain::age::span;
use crate::domain::growth::rate::Rate;
use crate::domain::size::{human, signed};
use crate::domain::text::{clean, width};
use crate::domain::threshold::Rules;
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;
use crate::engine::SharedEngine;
use crate::ops::metrics;
use crate::ops::survey::Wish;
use crate::ops::watching::{Found, Round, Watching};

/// The heading of the names.
const NAME: &str = "NAME";

/// What was measured of a volume, for scripts; the file system's own line has no name.
#[derive(Debug, Serialize)]
struct Line<'a> {
    at: Timestamp,
    name: Option<&'a str>,
    size_bytes: Option<u64>,
    allocated_bytes: Option<u64>,
    apparent_bytes: Option<u64>,
    change_bytes: Option<i64>,
    rate_bytes_per_second: Option<i64>,
    method: Option<&'static str>,
    warnings: Vec<String>,
}

pub(super) async fn run(session: &Session, wanted: &Watch) -> Result<Exit, Failure> {
    // Listened to before anything is done, so that no signal ends it without its exit code.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let engine = session.engine().await?;
    let rules = rules(session, wanted);
    let wish = Wish { forced: session.way(wanted.access)? };
    let mut watching = Watching::new(wanted.names.clone(), rules, wish, session.history());
    // Something is past what it may be, or not everything asked for was measured.
    let mut is_partly = false;
    let watched = watch(session, wanted, &engine, &mut watching, &mut is_partly);
    tokio::select! {
        ended = watched => ended?,
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(if is_partly { Exit::Partly } else { Exit::Done })
}

/// What the command line says, then what the configuration does.
fn rules(session: &Session, wanted: &Watch) -> Rules {
    let mut rules = session.config.settings.rules.clone();
    rules.thresholds.splice(0..0, wanted.threshold.iter().cloned());
    rules.full_within = wanted.full_within.or(rules.full_within);
    rules
}

async fn watch(
    session: &Session,
    wanted: &Watch,
    engine: &SharedEngine,
    watching: &mut Watching,
    is_partly: &mut bool,
) -> Result<(), Failure> {
    let interval = Duration::from_secs(wanted.interval.unsigned_abs());
    let mut is_first = true;
    loop {
        let began = Instant::now();
        match watching.round(engine).await {
            Ok(round) => {
                let is_unknown = |found: &Found| found.usage.is_err();
                *is_partly |= round.is_alarming() || (wanted.once && round.found.values().any(is_unknown));
                tell(session, wanted, engine, &round, is_first)?;
                is_first = false;
            }
            // One that goes away for a while is waited for, but not at the start.
            Err(error) if !is_first && !wanted.once => {
                session.warn(&error.trouble("the volumes were not measured").to_string());
            }
            Err(error) => return Err(error.into()),
        }
        if wanted.once {
            return Ok(());
        }
        // What takes long to measure is not measured without a pause.
        let took = began.elapsed();
        tokio::time::sleep(interval.saturating_sub(took).max(took)).await;
        // Where nothing changes nothing is printed, and nobody else says that the reader is gone.
        if print::is_unread() {
            return Ok(());
        }
    }
}

fn tell(
    session: &Session,
    wanted: &Watch,
    engine: &SharedEngine,
    round: &Round,
    is_first: bool,
) -> Result<(), Failure> {
    if let (true, Some(name)) = (is_first, round.missing.first()) {
        let trouble = Trouble::new("nothing was measured", format!("no such volume: {name}"));
        return Err(Failure { exit: Exit::Failed, trouble });
    }
    for name in &round.missing {
        session.warn(&format!("'{name}' is there no more"));
    }
    if let Some(trouble) = &round.history_trouble {
        session.warn(&trouble.to_string());
    }
    let longest = round.found.keys().map(|name| width(&clean(name))).max().unwrap_or(0).max(NAME.len());
    if is_first && !session.is_json && !session.is_quiet {
        print::line(&cells("TIME", NAME, "SIZE", "CHANGE", "RATE", longest))?;
    }
    // Each time something changed; and once how all is at the beginning.
    let is_told = |found: &Found| is_first || found.usage.is_err() || found.change != Some(0);
    for (name, found) in round.found.iter().filter(|(_, found)| is_told(found)) {
        if session.is_json {
            print::json_line(&line(session, round, name, found))?;
        } else if session.is_quiet {
            print::line(name)?;
        } else {
            print::line(&text(session, round, name, found, longest))?;
        }
    }
    for (name, found) in round.found.iter().filter(|_| wanted.once) {
        if let Err(why) = &found.usage {
            session.warn(&format!("'{name}' was not measured: {why}"));
        }
    }
    if let Some(seconds) = round.fills {
        let warning = full(session, round, seconds);
        if session.is_json {
            print::json_line(&Line { warnings: vec![warning], ..nothing(round.at) })?;
        } else {
            session.warn(&warning);
        }
    }
    if let Some(path) = &wanted.metrics {
        let info = engine.info();
        let name = if info.name.is_empty() { &info.id } else { &info.name };
        if let Err(error) = metrics::write(path, &metrics::text(name, round)) {
            let trouble = Trouble::new("the metrics are not written", format!("{}: {error}", path.display()));
            if is_first {
                return Err(Failure { exit: Exit::Failed, trouble });
            }
            session.warn(&trouble.to_string());
        }
    }
    let is_nothing = is_first && !round.found.is_empty() && round.found.values().all(|f| f.usage.is_err());
    if is_nothing && wanted.once {
        let trouble = Trouble::new("nothing was measured", "no size of these volumes can be known here");
        return Err(Failure { exit: Exit::Failed, trouble });
    }
    Ok(())
}

const fn nothing<'a>(at: Timestamp) -> Line<'a> {
    Line {
        at,
        name: None,
        size_bytes: None,
        allocated_bytes: None,
        apparent_bytes: None,
        change_bytes: None,
        rate_bytes_per_second: None,
        method: None,
        warnings: Vec::new(),
    }
}

fn line<'a>(session: &Session, round: &Round, name: &'a str, found: &Found) -> Line<'a> {
    let usage = found.usage.as_ref().ok();
    Line {
        at: usage.map_or(round.at, |usage| usage.measured_at),
        name: Some(name),
        size_bytes: usage.and_then(Usage::size),
        allocated_bytes: usage.and_then(|usage| usage.allocated),
        apparent_bytes: usage.and_then(|usage| usage.apparent),
        change_bytes: found.change,
        rate_bytes_per_second: found.rate.map(Rate::rounded),
        method: usage.map(|usage| usage.method.name()),
        warnings: warnings(session, found),
    }
}

fn warnings(session: &Session, found: &Found) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Err(why) = &found.usage {
        warnings.push(format!("not measured: {why}"));
    }
    if let Some(limit) = found.passed {
        warnings.push(format!("past its threshold of {}", human(limit, session.config.units)));
    }
    warnings
}

fn text(session: &Session, round: &Round, name: &str, found: &Found, longest: usize) -> String {
    let units = session.config.units;
    let usage = found.usage.as_ref().ok();
    let at = usage.map_or(round.at, |usage| usage.measured_at);
    let at = at.to_zoned(session.config.timezone.clone()).strftime("%Y-%m-%d %H:%M:%S");
    let size = usage.and_then(Usage::size).map_or_else(|| "?".to_owned(), |bytes| human(bytes, units));
    let change = found.change.map_or_else(|| "-".to_owned(), |bytes| signed(bytes, units));
    let rate = match found.rate.map(Rate::rounded) {
        None => "-".to_owned(),
        Some(0) => "0".to_owned(),
        Some(bytes) => format!("{}/s", signed(bytes, units)),
    };
    let warnings = warnings(session, found).join("; ");
    let sign = if warnings.is_empty() { "" } else { "  ! " };
    let told = cells(&at.to_string(), name, &size, &change, &rate, longest);
    format!("{told}{sign}{warnings}").trim_end().to_owned()
}

/// A line of the table; the first one names its columns.
fn cells(at: &str, name: &str, size: &str, change: &str, rate: &str, longest: usize) -> String {
    let name = clean(name);
    let pad = " ".repeat(longest.saturating_sub(width(&name)));
    format!("{at:<19}  {name}{pad}  {size:>9}  {change:>10}  {rate:>12}")
}

fn full(session: &Session, round: &Round, seconds: i64) -> String {
    let left = round.backing.map_or_else(String::new, |backing| {
        format!(", {} are left", human(backing.available, session.config.units))
    });
    format!("the file system of the volumes will be full within {} at the present rate{left}", span(seconds))
}

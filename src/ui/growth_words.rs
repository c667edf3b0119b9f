//! Growth in words: by how much, since when, how fast, and when that comes to an end.

use jiff::Timestamp;

use super::paint::Paint;
use crate::app::model::Model;
use crate::domain::age::span;
use crate::domain::growth::rate::{Rate, Unsteady};
use crate::domain::growth::trail::Trail;
use crate::domain::growth::{Change, Period};
use crate::domain::size::signed;
use crate::domain::threshold::until_full;

const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
/// What was watched for less is told by the hour: a day would be made up.
const LEAST_OF_DAY: i64 = 6 * 3600;

/// A clock time of today, or a date of another day with its time.
pub(super) fn when(model: &Model, paint: &Paint<'_>, at: Timestamp) -> String {
    let zone = &paint.config.timezone;
    let zoned = at.to_zoned(zone.clone());
    let is_today = zoned.date() == model.now.to_zoned(zone.clone()).date();
    zoned.strftime(if is_today { "%H:%M" } else { "%b %-d %H:%M" }).to_string()
}

/// `+1.2 GB`, and since when where that is not the whole period.
pub(super) fn change(model: &Model, paint: &Paint<'_>, change: Option<Change>) -> String {
    match change {
        None => "unknown".to_owned(),
        Some(change) => {
            let bytes = match change.bytes {
                0 => "no change".to_owned(),
                bytes => signed(bytes, paint.config.units),
            };
            if change.is_whole {
                bytes
            } else {
                format!("{bytes} since {}", when(model, paint, change.since))
            }
        }
    }
}

/// `14.2 kB/s`, with its sign.
pub(super) fn rate(paint: &Paint<'_>, rate: Result<Rate, Unsteady>) -> String {
    match rate.map(Rate::rounded) {
        Err(_) => paint.glyphs().unknown.to_owned(),
        Ok(0) => "0".to_owned(),
        Ok(bytes) => format!("{}/s", signed(bytes, paint.config.units)),
    }
}

/// Why no change is known: one wording wherever it is said.
pub(super) fn no_change(model: &Model, paint: &Paint<'_>, trail: Option<&Trail>) -> String {
    let Some(last) = trail.and_then(Trail::last) else { return "unknown: never measured".to_owned() };
    let at = when(model, paint, last.until);
    match trail.map(|trail| trail.comparable().count()) {
        Some(1) if last.at == last.until => format!("unknown: measured once, at {at}"),
        _ => format!("unknown: not measured twice lately, last at {at}"),
    }
}

/// The same in a sentence, by the day where the second is too short.
pub(super) fn rate_sentence(paint: &Paint<'_>, rate: Result<Rate, Unsteady>) -> String {
    let rate = match rate {
        Ok(rate) => rate,
        Err(Unsteady::Seldom) => return "unknown: measured too seldom".to_owned(),
        Err(Unsteady::Step) => return "not steady: most of it came at once".to_owned(),
    };
    let (seconds, word) = if rate.watched >= LEAST_OF_DAY { (DAY, "a day") } else { (HOUR, "an hour") };
    let by_day = Rate { per_second: rate.per_second * seconds, ..rate }.rounded();
    let size = paint.bytes(by_day.unsigned_abs());
    let second = match rate.rounded().unsigned_abs() {
        0 => String::new(),
        bytes => format!(" ({}/s)", paint.bytes(bytes)),
    };
    match by_day {
        0 => "it does not grow".to_owned(),
        growing if growing > 0 => format!("grows by {size} {word}{second}"),
        _ => format!("shrinks by {size} {word}{second}"),
    }
}

/// How full the file system is, and when it will be.
pub(super) fn backing(model: &Model, paint: &Paint<'_>) -> Option<String> {
    let backing = model.sizes.backing?;
    let free = format!("{} free of {}", paint.bytes(backing.available), paint.bytes(backing.total));
    Some(match until_full(Some(backing), model.growth.total_rate(Period::Day).ok()) {
        Some(seconds) => format!("full in {}, {free}", span(seconds)),
        None => free,
    })
}

/// The change in the hour, the day and the week, and the rate.
pub(super) fn all_changes(model: &Model, at: usize, paint: &Paint<'_>) -> String {
    let facts = model.growth.facts(at);
    let parts: Vec<String> = [(Period::Hour, "hour"), (Period::Day, "day"), (Period::Week, "week")]
        .into_iter()
        .filter_map(|(period, word)| {
            let found = facts.change(period)?;
            Some(format!("{word} {}", change(model, paint, Some(found))))
        })
        .collect();
    match facts.rate(Period::Day) {
        _ if parts.is_empty() => {
            let listed = model.listed();
            let name = listed.volumes.get(at).map(|volume| volume.name.as_str());
            no_change(model, paint, name.and_then(|name| model.growth.trail(name)))
        }
        Ok(rate) if rate.rounded() != 0 => {
            format!("{}; {}", parts.join(", "), rate_sentence(paint, Ok(rate)))
        }
        _ => parts.join(", "),
    }
}

//! Growth in words: by how much, since when, how fast, and when that comes to an end.

use jiff::Timestamp;

use super::paint::Paint;
use crate::app::model::Model;
use crate::domain::age::span;
use crate::domain::growth::rate::Rate;
use crate::domain::growth::{Change, Period};
use crate::domain::size::signed;
use crate::domain::threshold::until_full;

const DAY: f64 = 86_400.0;

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
pub(super) fn rate(paint: &Paint<'_>, rate: Option<Rate>) -> String {
    rate.map_or_else(String::new, |rate| match rate.rounded() {
        0 => String::new(),
        bytes => format!("{}/s", signed(bytes, paint.config.units)),
    })
}

/// The same in a sentence, by the day where the second is too short.
pub(super) fn rate_sentence(paint: &Paint<'_>, rate: Option<Rate>) -> String {
    let Some(rate) = rate else { return "unknown: measured too seldom".to_owned() };
    let by_day = Rate { per_second: rate.per_second * DAY, ..rate }.rounded();
    let size = paint.bytes(by_day.unsigned_abs());
    let second = match rate.rounded().unsigned_abs() {
        0 => String::new(),
        bytes => format!(" ({}/s)", paint.bytes(bytes)),
    };
    match by_day {
        0 => "it does not grow".to_owned(),
        growing if growing > 0 => format!("grows by {size} a day{second}"),
        _ => format!("shrinks by {size} a day{second}"),
    }
}

/// How full the file system is, and when it will be.
pub(super) fn backing(model: &Model, paint: &Paint<'_>) -> Option<String> {
    let backing = model.sizes.backing?;
    let free = format!("{} free of {}", paint.bytes(backing.available), paint.bytes(backing.total));
    Some(match until_full(Some(backing), model.growth.total_rate(Period::Day)) {
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
        _ if parts.is_empty() => "unknown: it was not measured twice lately".to_owned(),
        Some(rate) if rate.rounded() != 0 => {
            format!("{}; {}", parts.join(", "), rate_sentence(paint, Some(rate)))
        }
        _ => parts.join(", "),
    }
}

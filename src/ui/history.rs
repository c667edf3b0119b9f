//! The History tab: how a volume's size changed, who had it meanwhile, and which folders grew.

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use super::fact::fact;
use super::growth_words::{change, no_change, rate_sentence, when};
use super::lanes;
use super::paint::Paint;
use super::{chart, wrap};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::span;
use crate::domain::growth::past::FolderGrowth;
use crate::domain::growth::trail::Trail;
use crate::domain::growth::{Period, chart as data, rate};
use crate::domain::remote::Remote;

/// The plot is never lower, nor higher.
const PLOT: (usize, usize) = (3, 14);

pub(super) fn lines(model: &Model, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(name) = model.home.selected_name() else { return Vec::new() };
    let growth = &model.growth;
    let past = growth.past_of(name);
    let mut lines = vec![periods(growth.period, &Period::ALL, paint)];
    let is_asked = growth.past_name.as_deref() == Some(name);
    if let Some(trouble) = growth.past.trouble().filter(|_| is_asked) {
        let text = format!("Only what was measured since the start: {}.", trouble.cause);
        lines.extend(said(&text, Role::Warning, paint, width));
    }
    // What was measured last may not be written down yet; what is written down goes farther back.
    let live = growth.trail(name);
    let whole = past.map(|past| {
        let mut trail = past.trail.clone();
        live.and_then(Trail::last).map(|last| trail.push(*last));
        trail
    });
    let Some(trail) = whole.as_ref().or(live).filter(|trail| !trail.is_empty()) else {
        let why = match (&growth.past, model.home.selected().map(|at| model.sizes.of(at))) {
            (Remote::Loading | Remote::NotAsked, _) => "Reading what is remembered…".to_owned(),
            (_, Some(Err(unknown))) => format!("No size is known: {unknown}."),
            _ => "No size is known.".to_owned(),
        };
        lines.extend(said(&why, Role::Dim, paint, width));
        return lines;
    };
    let to = model.now.max(trail.last().map_or(model.now, |last| last.until));
    let first = trail.comparable().next().map_or(to, |first| first.at);
    let from = if growth.period == Period::All { first } else { growth.period.start(to) };
    lines.extend(figures(model, trail, to, paint, width));
    let columns = data::columns(trail, from, to, chart::resolution(paint, width));
    let reserve = 5 + past.map_or(0, |past| past.stays.len().min(3));
    let height = model.window.details_rows.saturating_sub(reserve + chart::BELOW).clamp(PLOT.0, PLOT.1);
    lines.extend(chart::lines(&columns, (from, to), paint, width, height));
    if let Some(past) = past {
        lines.extend(lanes::lines(&past.stays, (from, to), paint, width));
        lines.extend(folders(past.grown(growth.period), paint, width));
    }
    lines
}

/// The periods, the one that is shown stressed, and signed for who sees no colours.
pub(super) fn periods(period: Period, among: &[Period], paint: &Paint<'_>) -> Line<'static> {
    let mut spans = Vec::new();
    for each in among {
        let (text, role) = if *each == period {
            (format!("[{}]", each.title()), Role::Accent)
        } else {
            (format!(" {} ", each.title()), Role::Dim)
        };
        spans.push(paint.span(text, role));
    }
    Line::from(spans)
}

/// The change and the rate, or why there is none.
fn figures(
    model: &Model,
    trail: &Trail,
    to: Timestamp,
    paint: &Paint<'_>,
    width: usize,
) -> Vec<Line<'static>> {
    let period = model.growth.period;
    let Some(found) = trail.change(period, to) else {
        return fact("Change", &no_change(model, paint, Some(trail)), Role::Dim, paint, width);
    };
    let since = match (period, found.is_whole) {
        (Period::All, _) => format!(" since {}", when(model, paint, found.since)),
        _ => String::new(),
    };
    let mut lines =
        fact("Change", &format!("{}{since}", change(model, paint, Some(found))), Role::Text, paint, width);
    let rate = rate::rate(trail, period, to);
    let mut words = rate_sentence(paint, rate);
    let at = model.home.selected();
    let limit = model.home.selected_name().and_then(|name| model.growth.rules.limit(name));
    if let (Some(limit), Some(bytes)) = (limit, at.and_then(|at| model.sizes.bytes(at))) {
        if bytes > limit {
            words = format!("{words}; past its threshold of {}", paint.bytes(limit));
        } else if let Some(left) = rate.ok().and_then(|rate| rate.until(limit - bytes)) {
            words = format!("{words}; past {} in {}", paint.bytes(limit), span(left));
        }
    }
    lines.extend(fact("Rate", &words, Role::Text, paint, width));
    lines
}

fn folders(grown: &[FolderGrowth], paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    if grown.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default(), Line::from(paint.span("Folders that grew", Role::Accent))];
    for folder in grown {
        let gained = format!("+{}", paint.bytes(folder.gained()));
        let note = match folder.before {
            Some(_) => format!("to {}", paint.bytes(folder.bytes)),
            None => "not seen before".to_owned(),
        };
        let room = width.saturating_sub(10 + 2 + 18);
        let name = paint.fit(&folder.path, room).into_owned();
        lines.push(Line::from(vec![
            paint.span(format!("{gained:>10}  "), Role::Size),
            paint.span(format!("{note:<16}  "), Role::Dim),
            Span::styled(name, paint.style(Role::Text)),
        ]));
    }
    lines
}

fn said(text: &str, role: Role, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let clean = crate::domain::text::clean(text);
    wrap::words(&clean, width).into_iter().map(|line| Line::from(paint.span(line, role))).collect()
}

//! Who had a volume when: a lane for each container, on the same axis as the chart above.

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use super::chart::AXIS;
use super::paint::Paint;
use crate::config::theme::Role;
use crate::domain::growth::chart::place;
use crate::domain::growth::past::Stay;
use crate::domain::text::width as wide;

/// So many containers have a lane, the ones that came last.
const LANES: usize = 6;

/// The lanes of all who had it between these moments; those who had it last come first.
pub(super) fn lines(
    stays: &[Stay],
    (from, to): (Timestamp, Timestamp),
    paint: &Paint<'_>,
    width: usize,
) -> Vec<Line<'static>> {
    let cells = width.saturating_sub(AXIS);
    if cells < 8 {
        return Vec::new();
    }
    let mut lanes: Vec<(&str, Vec<&Stay>)> = Vec::new();
    let is_seen = |stay: &&Stay| stay.from.at <= to && stay.until.is_none_or(|until| until.at >= from);
    for stay in stays.iter().rev().filter(is_seen) {
        match lanes.iter_mut().find(|(name, _)| *name == stay.container) {
            Some((_, same)) => same.push(stay),
            None => lanes.push((&stay.container, vec![stay])),
        }
    }
    let more = lanes.len().saturating_sub(LANES);
    let mut drawn: Vec<Line<'static>> = Vec::new();
    let mut is_unsure = false;
    for (name, stays) in lanes.into_iter().take(LANES) {
        let mut lane = vec![" "; cells];
        for stay in stays {
            is_unsure |= draw(stay, (from, to), paint, &mut lane);
        }
        drawn.push(named(name, &lane, drawn.is_empty(), paint));
    }
    let indent = " ".repeat(AXIS);
    if more > 0 {
        drawn.push(Line::from(paint.span(format!("{indent}and {more} more containers"), Role::Dim)));
    }
    if is_unsure {
        let text = format!("{indent}{} then or before: nobody watched", paint.glyphs().lane.unsure);
        drawn.push(Line::from(paint.span(paint.fit(&text, width).into_owned(), Role::Dim)));
    }
    drawn
}

/// Draws one stay; whether one of its ends is unsure.
fn draw(stay: &Stay, (from, to): (Timestamp, Timestamp), paint: &Paint<'_>, lane: &mut [&str]) -> bool {
    let signs = paint.glyphs().lane;
    let cells = lane.len();
    let begin = place(stay.from.at, from, to, cells);
    let end = stay.until.filter(|until| until.at <= to);
    let last = end.and_then(|until| place(until.at, from, to, cells)).unwrap_or(cells.saturating_sub(1));
    let first = begin.unwrap_or(0);
    let sign = |is_exact: bool, sure: &'static str| if is_exact { sure } else { signs.unsure };
    let left = begin.map_or(signs.before, |_| sign(stay.from.is_exact, signs.begin));
    let right = end.map_or(signs.after, |until| sign(until.is_exact, signs.end));
    for (at, cell) in lane.iter_mut().enumerate().take(last + 1).skip(first) {
        *cell = match (at == first, at == last) {
            (true, true) if begin.is_some() && end.is_some() => signs.point,
            (_, true) => right,
            (true, false) => left,
            (false, false) => signs.line,
        };
    }
    (begin.is_some() && !stay.from.is_exact) || end.is_some_and(|until| !until.is_exact)
}

/// The lane with the container's name where there is most room for it.
fn named(name: &str, lane: &[&str], is_first: bool, paint: &Paint<'_>) -> Line<'static> {
    let label = if is_first { "had by" } else { "" };
    let mut spans = vec![paint.span(format!("{label:>w$} ", w = AXIS - 1), Role::Dim)];
    // The longest run of the same sign, be it the line or the space beside it.
    let mut best = (0, 0);
    let mut start = 0;
    for at in 0..=lane.len() {
        if at == lane.len() || lane.get(at) != lane.get(start) {
            // A name on its own line is read more easily than one beside it.
            let is_line = lane.get(start).is_some_and(|sign| *sign != " ");
            let worth = if is_line { (at - start) * 2 } else { at - start };
            if worth > best.1 {
                best = (start, worth);
            }
            start = at;
        }
    }
    let run = lane.iter().skip(best.0).take_while(|sign| Some(**sign) == lane.get(best.0).copied()).count();
    let shown = paint.fit(name, run.saturating_sub(2)).into_owned();
    let drawn = |part: &[&str]| paint.span(part.concat(), Role::InUse);
    let (before, rest) = lane.split_at(best.0);
    let after = rest.get((wide(&shown) + 2).min(rest.len())..).unwrap_or_default();
    spans.push(drawn(before));
    if shown.is_empty() {
        spans.push(drawn(rest));
    } else {
        spans.push(Span::raw(" "));
        spans.push(paint.span(shown, Role::Text));
        spans.push(Span::raw(" "));
        spans.push(drawn(after));
    }
    Line::from(spans)
}

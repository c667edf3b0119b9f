//! Facts: a name and a value, aligned with those above and below, or several in a row.

use ratatui::text::{Line, Span};

use super::paint::Paint;
use super::wrap;
use crate::config::theme::Role;
use crate::domain::text::{clean, width};

/// A fact with its name; long values go on below.
pub(super) fn fact(
    name: &str,
    value: &str,
    role: Role,
    paint: &Paint<'_>,
    width: usize,
) -> Vec<Line<'static>> {
    const NAME: usize = 12;
    let room = width.saturating_sub(NAME).max(8);
    let clean = clean(value);
    let has_words = clean.contains(' ');
    let pieces = match (has_words, clean.contains('/')) {
        (true, _) => wrap::words(&clean, room),
        (false, true) => wrap::path(&clean, room),
        (false, false) => wrap::letters(&clean, room),
    };
    pieces
        .into_iter()
        .enumerate()
        .map(|(at, piece)| {
            let label = if at == 0 { format!("{name:<NAME$}") } else { " ".repeat(NAME) };
            Line::from(vec![paint.span(label, Role::Dim), paint.span(piece, role)])
        })
        .collect()
}

/// Facts in a row, each in its long form or the short one, as many as there is room for.
pub(super) fn in_a_row<'a>(parts: Vec<(String, String, Role)>, paint: &Paint<'_>, room: usize) -> Line<'a> {
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (at, (long, short, role)) in parts.into_iter().enumerate() {
        let gap = if at > 0 { format!(" {} ", paint.glyphs().dot) } else { String::new() };
        let room = room.saturating_sub(used + width(&gap));
        let Some(text) = [long, short].into_iter().find(|text| width(text) <= room) else { break };
        used += width(&gap) + width(&text);
        spans.push(paint.span(gap, Role::Dim));
        spans.push(paint.span(text, role));
    }
    Line::from(spans)
}

/// A noun in the number that fits the count.
pub(super) fn noun(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

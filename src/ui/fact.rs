//! A name and a value, aligned with those above and below.

use ratatui::text::Line;

use super::paint::Paint;
use super::wrap;
use crate::config::theme::Role;
use crate::domain::text::clean;

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

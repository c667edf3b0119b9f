//! No engine: what was tried, why it failed, what to do.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::layout::centered;
use super::paint::{Paint, put};
use super::wrap;
use crate::app::model::{Link, Model};
use crate::config::theme::Role;
use crate::domain::age::span;
use crate::domain::text::clean;

pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let width = area.width.saturating_sub(4).min(88);
    let lines = lines(model, paint, usize::from(width));
    let height = u16::try_from(lines.len()).unwrap_or(area.height);
    let place = centered(area, width, height);
    let rows = usize::from(place.height);
    let is_cut = lines.len() > rows;
    let shown = if is_cut { rows.saturating_sub(1) } else { rows };
    for (line, row) in lines.iter().take(shown).zip(0..) {
        put(frame, place, row, line);
    }
    if is_cut {
        let more = format!("{} volx doctor says it all", paint.glyphs().ellipsis);
        put(frame, place, place.height.saturating_sub(1), &Line::from(paint.span(more, Role::Dim)));
    }
}

fn lines(model: &Model, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let Link::Lost { trouble, tried, retry_at } = &model.link else {
        let since = match &model.link {
            Link::Connecting { since } => model.now.as_second() - since.as_second(),
            _ => 0,
        };
        let mut lines = vec![Line::from(paint.span("Reaching the engine", Role::Text))];
        if since > 2 {
            lines.push(Line::from(paint.span(format!("no answer for {}", span(since)), Role::Dim)));
        }
        return lines;
    };
    let mut lines = Vec::new();
    let mut say = |text: &str, role: Role| {
        let wrapped = wrap::words(&clean(text), width);
        lines.extend(wrapped.into_iter().map(|line| Line::from(paint.span(line, role))));
    };
    say(&sentence(&trouble.summary), Role::Title);
    say("", Role::Text);
    say(&sentence(&trouble.cause), Role::Error);
    if let Some(remedy) = &trouble.remedy {
        say("", Role::Text);
        say(&sentence(remedy), Role::Text);
    }
    if tried.len() > 1 {
        say("", Role::Text);
        say("Tried:", Role::Dim);
        for place in tried {
            say(&format!("- {place}"), Role::Dim);
        }
    }
    lines.push(Line::default());
    let wait = retry_at.as_second() - model.now.as_second();
    let next = if wait > 0 { format!("Trying again in {}.", span(wait)) } else { "Trying again.".to_owned() };
    lines.push(Line::from(paint.span(next, Role::Dim)));
    lines
}

/// The first letter in capitals, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map_or_else(String::new, |c| c.to_uppercase().collect());
    let end = if text.ends_with(['.', '!', '?', ':']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

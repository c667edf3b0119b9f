//! A line that is asked for.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::paint::{Paint, put};
use super::wrap;
use crate::app::overlay::Prompt;
use crate::config::theme::Role;
use crate::domain::text::clean;

/// What is to be typed, in lines.
pub(super) fn lines(prompt: &Prompt, columns: u16) -> Vec<String> {
    wrap::words(prompt.note, usize::from(columns))
}

/// Draws what is typed, then what is to be typed.
pub(super) fn draw(prompt: &Prompt, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let room = usize::from(inner.width.saturating_sub(1));
    let scroll = prompt.input.visual_scroll(room);
    let shown: String = clean(prompt.input.value()).chars().skip(scroll).take(room).collect();
    put(frame, inner, 0, &Line::from(paint.span(shown, Role::Text)));
    for (line, row) in lines(prompt, inner.width).into_iter().zip(1..) {
        put(frame, inner, row, &Line::from(paint.span(line, Role::Dim)));
    }
    let column = u16::try_from(prompt.input.visual_cursor().saturating_sub(scroll)).unwrap_or(0);
    frame.set_cursor_position(Position::new((inner.x + column).min(inner.right()), inner.y));
}

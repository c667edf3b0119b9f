//! The pane that tells of what is selected on a screen: a line, a title, facts.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::{details_content, is_beside};
use super::paint::{Paint, put};
use crate::app::model::{Model, Pane};
use crate::config::theme::Role;

/// Draws it; `lines` makes what is told at a width.
pub(super) fn draw(
    model: &Model,
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    pane: Rect,
    title: Option<&str>,
    lines: impl FnOnce(u16) -> Vec<Line<'static>>,
) {
    let role = if model.pane == Pane::Details { Role::BorderFocused } else { Role::Border };
    let glyphs = paint.glyphs();
    let is_beside = is_beside(pane, model);
    if is_beside {
        for y in pane.top()..pane.bottom() {
            if let Some(cell) = frame.buffer_mut().cell_mut((pane.x, y)) {
                cell.set_symbol(glyphs.vertical).set_style(paint.style(role));
            }
        }
    }
    let left = u16::from(is_beside);
    let top = Rect { x: pane.x + left, width: pane.width - left, ..pane };
    let (title_row, line_row) = if is_beside { (0, 1) } else { (1, 0) };
    let line = Line::from(paint.span(glyphs.horizontal.repeat(usize::from(top.width)), role));
    put(frame, top, line_row, &line);
    if let Some(title) = title {
        let shown = paint.fit(title, usize::from(top.width).saturating_sub(2)).into_owned();
        put(frame, top, title_row, &Line::from(vec![Span::raw(" "), paint.span(shown, Role::Title)]));
    }
    let content = details_content(pane, model);
    let lines = lines(content.width);
    let shown = lines.iter().skip(model.details.scroll).take(usize::from(content.height));
    for (line, row) in shown.zip(0..) {
        put(frame, content, row, line);
    }
    let bar = Rect { width: content.width + 2, ..content };
    paint.scroll_bar(frame, bar, model.details.scroll, usize::from(content.height), lines.len());
}

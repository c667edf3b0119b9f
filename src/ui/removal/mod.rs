//! What is to be removed, why, and what came of it.
//!
//! ```text
//!  Rules all unused:30d
//!  unused volumes without driver options, named ones too
//!  5 of 42 volumes go, frees 4.2 GB
//!     NAME                 SIZE  WRITTEN  PROJECT  LAST USER   WHY
//!  [x] old-cache         1.2 GB  41d      shop     shop-web-1  named, unused for 40d
//!  [ ] keep-me             3 MB  2d       –        –           taken out by you
//!  ▼ 12 volumes stay
//!      db-data           3.4 GB  1m       shop     shop-db-1   protected by you
//!  ► 25 volumes stay: containers have them
//! ```

mod columns;
mod head;
mod plan;
mod report;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::paint::{Paint, put};
use super::wrap;
use crate::app::message::Spot;
use crate::app::model::Model;
use crate::app::removal::Phase;
use crate::config::theme::Role;
use crate::domain::text::{clean, fit, width};

/// From this height on there are several lines about the selected row.
const TALL: u16 = 18;

/// The parts of the screen.
pub(super) struct Parts {
    /// The rules or the title, what they mean, the sum.
    head: Rect,
    /// The heading of the columns.
    titles: Rect,
    /// The rows.
    pub(super) rows: Rect,
    /// About the selected row.
    about: Rect,
}

impl Parts {
    /// Lays them out.
    pub(super) fn of(body: Rect) -> Self {
        let head = Rect { height: 3.min(body.height), ..body };
        let titles = Rect { y: head.bottom(), height: 1.min(body.height - head.height), ..body };
        let rest = Rect { y: titles.bottom(), height: body.bottom() - titles.bottom(), ..body };
        let lines = if body.height >= TALL { 4 } else { 1 };
        let lines = lines.min(rest.height.saturating_sub(1));
        let rows = Rect { height: rest.height - lines, ..rest };
        Self { head, titles, rows, about: Rect { y: rows.bottom(), height: lines, ..rest } }
    }
}

/// Draws the screen.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, body: Rect) {
    let parts = Parts::of(body);
    let about = match model.removal.phase {
        Phase::Plan => {
            head::plan(model, paint, frame, parts.head);
            plan::draw(model, paint, frame, parts.titles, parts.rows);
            plan::about(model, paint)
        }
        Phase::Report => {
            head::report(model, paint, frame, parts.head);
            report::draw(model, paint, frame, parts.titles, parts.rows);
            report::about(model)
        }
    };
    tell(&about, paint, frame, parts.about);
}

/// What is under the pointer.
pub(super) fn spot(model: &Model, body: Rect, at: Position) -> Spot {
    let rows = Parts::of(body).rows;
    let row = model.removal.cursor.top + usize::from(at.y.saturating_sub(rows.y));
    if rows.contains(at) && row < model.removal.rows.len() { Spot::Row(row) } else { Spot::List }
}

/// The name alone, then everything else in as many lines as there are; what does not fit leaves a
/// mark.
fn tell(about: &[String], paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let Some((name, rest)) = about.split_first() else { return };
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    let glyphs = paint.glyphs();
    let rest = clean(&rest.join(&format!(" {} ", glyphs.dot))).into_owned();
    if area.height == 1 {
        put(
            frame,
            area,
            0,
            &Line::from(vec![Span::raw(" "), paint.span(paint.fit(&rest, room).into_owned(), Role::Dim)]),
        );
        return;
    }
    let rule = glyphs.horizontal.repeat(usize::from(area.width));
    put(frame, area, 0, &Line::from(paint.span(rule, Role::Border)));
    let name = paint.fit(name, room).into_owned();
    put(frame, area, 1, &Line::from(vec![Span::raw(" "), paint.span(name, Role::Title)]));
    let lines = wrap::words(&rest, room);
    let rows = usize::from(area.height).saturating_sub(2);
    let is_cut = lines.len() > rows;
    for ((at, line), row) in lines.into_iter().take(rows).enumerate().zip(2..) {
        let is_last = is_cut && at + 1 == rows;
        let line = if is_last { format!("{line} {}", glyphs.ellipsis) } else { line };
        let line = paint.fit(&line, room).into_owned();
        put(frame, area, row, &Line::from(vec![Span::raw(" "), paint.span(line, Role::Dim)]));
    }
}

/// Draws a cell, cut at its edge with a mark.
fn cell(
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    line: Rect,
    (x, columns): (u16, u16),
    text: &str,
    role: Role,
) {
    if columns == 0 {
        return;
    }
    let area = Rect { x: line.x + x, width: columns, height: 1, ..line };
    put(frame, area, 0, &Line::from(paint.span(paint.fit(text, usize::from(columns)).into_owned(), role)));
}

/// The same at the column's right edge.
fn cell_right(
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    line: Rect,
    (x, columns): (u16, u16),
    text: &str,
    role: Role,
) {
    let text = fit(text, usize::from(columns), paint.glyphs().ellipsis);
    let free = u16::try_from(usize::from(columns).saturating_sub(width(&text))).unwrap_or(0);
    cell(paint, frame, line, (x + free, columns - free), &text, role);
}

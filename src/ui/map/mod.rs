//! The storage map: a tree of projects, containers and what they see.
//!
//! ```text
//! NAME                        SIZE ▼           WHERE                STATE
//! ▼ shop                  200.5 GB ██▌                              7 containers
//!   ▼ shop-worker-1        98.1 GB █▎          ghcr.io/shop:2026.7  ! 1.8 GB in its layer, running
//!     ■ shop_media-uploads 96.3 GB █▎          /app/media           stays, shared with 3
//!     ≡ writable layer      1.8 GB ▏           /                    ! dies with container
//!     ≈ tmpfs                    –             /tmp                 dies when it stops
//! ```

mod columns;
pub(super) mod details;
pub(super) mod header;
mod words;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::list::{say, select, unknown};
use super::paint::{Paint, put};
use crate::app::map::Row;
use crate::app::message::Spot;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::column::Column;
use crate::domain::inventory::Inventory;
use crate::domain::map::{Node, What};
use crate::domain::text::{clean, fit, width};

use columns::Columns;

/// Columns of one step of the tree.
const INDENT: usize = 2;
/// Columns of a size.
const SIZE: usize = 9;

/// Where the rows are: below the heading, and above the line that stands for the details pane.
pub(super) const fn rows(area: Rect, has_pane: bool) -> Rect {
    let taken = if has_pane { 1 } else { 2 };
    Rect { y: area.y + 1, height: area.height.saturating_sub(taken), ..area }
}

/// Draws the heading and the rows, or says why there are none.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect, has_pane: bool) {
    let columns = Columns::of(area.width.saturating_sub(1));
    heading(model, paint, frame, area, &columns);
    let rows = rows(area, has_pane);
    let Some(inventory) = model.inventory.value() else {
        return say(paint, frame, rows, &unknown(&model.inventory));
    };
    if model.map.rows.is_empty() {
        return say(paint, frame, rows, &nothing(model));
    }
    let top = model.map.cursor.top;
    let shown = model.map.rows.iter().enumerate().skip(top).take(usize::from(rows.height));
    for ((at, row), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        if let Some(node) = model.map.tree.node(row.node) {
            draw_row(model, inventory, paint, frame, (line, &columns), (*row, node));
        }
        if at == model.map.cursor.at {
            select(model, paint, frame, line);
        }
    }
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), model.map.rows.len());
    if !has_pane {
        let last = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
        put(frame, last, 0, &details::line(model, paint, usize::from(area.width.saturating_sub(2))));
    }
}

/// What is under the pointer.
pub(super) fn spot(model: &Model, area: Rect, has_pane: bool, at: Position) -> Spot {
    let columns = Columns::of(area.width.saturating_sub(1));
    let is_in = |(x, width): (u16, u16)| (area.x + x..area.x + x + width).contains(&at.x);
    if at.y == area.y {
        return match () {
            () if is_in(columns.name) => Spot::Heading(Column::Name),
            () if is_in(columns.size) => Spot::Heading(Column::Size),
            () => Spot::List,
        };
    }
    let rows = rows(area, has_pane);
    let row = model.map.cursor.top + usize::from(at.y.saturating_sub(rows.y));
    if rows.contains(at) && row < model.map.rows.len() { Spot::Row(row) } else { Spot::List }
}

fn heading(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect, columns: &Columns) {
    let sort = model.map.sort;
    let arrow = if sort.is_descending { paint.glyphs().descending } else { paint.glyphs().ascending };
    let titled = |title: &str, column: Column| {
        if sort.column == column {
            (format!("{title} {arrow}"), Role::HeadingSorted)
        } else {
            (title.to_owned(), Role::Heading)
        }
    };
    let (name, name_role) = titled("NAME", Column::Name);
    let (size, size_role) = titled("SIZE", Column::Size);
    let cells = [
        (columns.name, name, name_role),
        (columns.size, format!("{size:>SIZE$}"), size_role),
        (columns.place, "WHERE".to_owned(), Role::Heading),
        (columns.state, "STATE".to_owned(), Role::Heading),
    ];
    for (column, text, role) in cells {
        cell(paint, frame, area, column, vec![(text, role)]);
    }
}

fn draw_row(
    model: &Model,
    inventory: &Inventory,
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    (line, columns): (Rect, &Columns),
    (row, node): (Row, &Node),
) {
    let glyphs = paint.glyphs();
    let fold = match row.is_open {
        Some(true) => glyphs.unfolded,
        Some(false) => glyphs.folded,
        None => words::sign(node.what, paint).unwrap_or(" "),
    };
    let indent = " ".repeat(usize::from(row.depth) * INDENT);
    let (name, role) = words::name(model, inventory, node.what, paint);
    let room = usize::from(columns.name.1).saturating_sub(width(&indent) + 2);
    let name = paint.fit(&name, room).into_owned();
    cell(paint, frame, line, columns.name, vec![(format!("{indent}{fold} "), Role::Dim), (name, role)]);

    cell(paint, frame, line, columns.size, size(model, node, columns, paint));
    let place = words::place(inventory, node.what);
    cell(paint, frame, line, columns.place, vec![(place, Role::Dim)]);

    let mut spans = Vec::new();
    for (text, role) in words::state(model, inventory, node, paint) {
        if !spans.is_empty() {
            spans.push((", ".to_owned(), Role::Dim));
        }
        spans.push((text, role));
    }
    cell(paint, frame, line, columns.state, spans);
}

fn size(model: &Model, node: &Node, columns: &Columns, paint: &Paint<'_>) -> Vec<(String, Role)> {
    let glyphs = paint.glyphs();
    let sum = words::counted(model, node);
    let is_counted = !matches!(node.what, What::Bind(_) | What::Tmpfs(_) | What::Other(_));
    let Some(bytes) = sum.known() else {
        let text = if is_counted && sum.parts > 0 { glyphs.unknown } else { glyphs.none };
        return vec![(format!("{text:>SIZE$}"), Role::Dim)];
    };
    let more = if sum.unknown > 0 { glyphs.at_least } else { "" };
    let text = format!("{more}{}", paint.bytes(bytes));
    let mut parts = vec![(format!("{text:>SIZE$}"), Role::Size)];
    if columns.bar() > 0 {
        let whole = model.map.tree.total.all().bytes;
        parts.push((format!(" {}", paint.bar(bytes, whole, columns.bar())), Role::Bar));
    }
    parts
}

/// Draws a cell, cut at its edge with a mark.
fn cell(
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    line: Rect,
    (x, columns): (u16, u16),
    parts: Vec<(String, Role)>,
) {
    let mark = paint.glyphs().ellipsis;
    let columns_wide = usize::from(columns);
    let is_cut = parts.iter().map(|(text, _)| width(&clean(text))).sum::<usize>() > columns_wide;
    let mut room = if is_cut { columns_wide.saturating_sub(width(mark)) } else { columns_wide };
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (text, role) in parts {
        let shown = fit(&text, room, "").into_owned();
        room -= width(&shown).min(room);
        spans.push(paint.span(shown, role));
    }
    if is_cut {
        spans.push(paint.span(mark, Role::Dim));
    }
    put(frame, Rect { x: line.x + x, width: columns, height: 1, ..line }, 0, &Line::from(spans));
}

fn nothing(model: &Model) -> Vec<String> {
    if model.map.filter.value().is_empty() {
        return vec!["This engine has neither containers nor volumes.".to_owned()];
    }
    vec!["No name here has that in it.".to_owned(), "Esc drops the filter.".to_owned()]
}

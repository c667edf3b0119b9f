//! The list of volumes.

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::columns::{self, Placed, cell, is_right};
use super::header::noun;
use super::paint::{Paint, put};
use crate::app::home::Row;
use crate::app::model::{Model, Pane};
use crate::config::theme::Role;
use crate::domain::column::Column;
use crate::domain::inventory::Inventory;
use crate::domain::remote::Remote;

/// Draws the heading and the rows, or says why there are none.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let placed = columns::of(model, area);
    heading(model, paint, frame, area, &placed);
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some(inventory) = model.inventory.value() else {
        return say(paint, frame, rows, &unknown(&model.inventory));
    };
    if model.home.rows.is_empty() {
        return say(paint, frame, rows, &nothing(inventory));
    }
    let shown = model.home.rows.iter().enumerate().skip(model.home.cursor.top).take(usize::from(rows.height));
    for ((at, row), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        match row {
            Row::Group { project, totals } => {
                let name = project.as_deref().unwrap_or("no project");
                let count = format!("  {} {}", totals.volumes, noun(totals.volumes, "volume"));
                let size = if totals.unknown == totals.volumes {
                    String::new()
                } else {
                    format!(
                        "  {}{}",
                        paint.bytes(totals.bytes),
                        if totals.unknown > 0 { " and more" } else { "" }
                    )
                };
                let role = if project.is_some() { Role::Group } else { Role::Dim };
                let room = usize::from(line.width).saturating_sub(count.len() + size.len() + 1);
                put(
                    frame,
                    line,
                    0,
                    &Line::from(vec![
                        Span::raw(" "),
                        Span::styled(paint.fit(name, room), paint.style(role)),
                        paint.span(count, Role::Dim),
                        paint.span(size, Role::Dim),
                    ]),
                );
            }
            Row::Volume(volume) => {
                volume_row(model, paint, frame, line, (inventory, *volume as usize), &placed);
                if at == model.home.cursor.at {
                    select(model, paint, frame, line);
                }
            }
        }
    }
    paint.scroll_bar(frame, rows, model.home.cursor.top, usize::from(rows.height), model.home.rows.len());
}

fn heading(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect, placed: &[Placed]) {
    let sort = model.home.sort;
    for place in placed {
        let is_sorted = sort.column == place.column;
        let arrow = match (is_sorted, sort.is_descending) {
            (false, _) => "",
            (true, true) => paint.glyphs().descending,
            (true, false) => paint.glyphs().ascending,
        };
        let role = if is_sorted { Role::HeadingSorted } else { Role::Heading };
        let gap = if is_sorted { " " } else { "" };
        let width = usize::from(place.width);
        let text = match place.column {
            // A column of one sign has room for the arrow alone.
            Column::Status if width == 1 => arrow.to_owned(),
            Column::Size => format!("{:>9}", format!("SIZE{gap}{arrow}")),
            column if is_right(column) => format!("{:>width$}", format!("{}{arrow}", column.title())),
            column => format!("{}{gap}{arrow}", column.title()),
        };
        let cell = Rect { x: area.x + place.x, width: place.width, height: 1, ..area };
        put(frame, cell, 0, &Line::from(paint.span(paint.fit(&text, width).into_owned(), role)));
    }
}

fn volume_row(
    model: &Model,
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    line: Rect,
    (inventory, at): (&Inventory, usize),
    placed: &[Placed],
) {
    let name = inventory.volumes.get(at).map_or("", |v| v.name.as_str());
    if model.home.marks.contains(name) {
        put(
            frame,
            Rect { x: line.x + 1, width: 1, ..line },
            0,
            &Line::from(paint.span(paint.glyphs().mark, Role::Mark)),
        );
    }
    for place in placed {
        let content = cell(model, inventory, at, *place, paint);
        let width = u16::try_from(content.width()).unwrap_or(place.width).min(place.width);
        let shift = if is_right(place.column) { place.width - width } else { 0 };
        let area = Rect { x: line.x + place.x + shift, width: place.width - shift, ..line };
        put(frame, area, 0, &content);
    }
}

/// Marks the selected row by a sign as well as by colour.
pub(super) fn select(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, line: Rect) {
    let is_focused = model.pane == Pane::List;
    let role = if is_focused { Role::Selection } else { Role::SelectionUnfocused };
    frame.buffer_mut().set_style(line, paint.style(role));
    if let Some(cell) = frame.buffer_mut().cell_mut((line.x, line.y)) {
        cell.set_symbol(paint.glyphs().pointer);
    }
}

pub(super) fn unknown<T>(remote: &Remote<T>) -> Vec<String> {
    match remote {
        Remote::Failed(trouble) => vec![
            format!("{}.", trouble.summary),
            trouble.cause.clone(),
            trouble.remedy.clone().unwrap_or_default(),
        ],
        _ => vec!["Listing the volumes…".to_owned()],
    }
}

fn nothing(inventory: &Inventory) -> Vec<String> {
    if inventory.volumes.is_empty() {
        return vec![
            "This engine has no volumes.".to_owned(),
            "Make one with: docker volume create NAME".to_owned(),
        ];
    }
    vec![
        format!("None of {} volumes passes the filter.", inventory.volumes.len()),
        "Esc drops it.".to_owned(),
    ]
}

/// A few words in the middle of an otherwise empty space.
pub(super) fn say(paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect, words: &[String]) {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (at, text) in words.iter().filter(|w| !w.is_empty()).enumerate() {
        let role = if at == 0 { Role::Text } else { Role::Dim };
        let clean = crate::domain::text::clean(text);
        lines.extend(super::wrap::words(&clean, width).into_iter().map(|l| Line::from(paint.span(l, role))));
    }
    let room = usize::from(area.height);
    if lines.len() > room {
        lines.truncate(room.saturating_sub(1));
        // What does not fit leaves a mark.
        lines.push(Line::from(paint.span(paint.glyphs().ellipsis, Role::Dim)));
    }
    let height = u16::try_from(lines.len()).unwrap_or(area.height).min(area.height);
    let top = area.y + (area.height - height) / 3;
    frame.render_widget(Paragraph::new(lines).alignment(Alignment::Center), Rect { y: top, height, ..area });
}

//! A chart of sizes over time, as lines of text: an axis of bytes, the plot, an axis of time.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Context, Line as Stroke};

use super::paint::Paint;
use crate::config::theme::Role;
use crate::domain::growth::axis::Axis;
use crate::domain::growth::chart::{Column, TimeLabel, place, time_ticks};
use crate::domain::growth::rate::float;

/// Columns for the labels of the axis of bytes, and for the axis.
pub(super) const AXIS: usize = 11;
/// Lines for the axis of time and its labels.
pub(super) const BELOW: usize = 2;
/// So many columns does a label of time need.
const TIME: usize = 11;

/// How many columns of data a plot of this width shows: a braille cell has two.
pub(super) fn resolution(paint: &Paint<'_>, width: usize) -> usize {
    let cells = width.saturating_sub(AXIS);
    if paint.glyphs().is_ascii { cells } else { cells * 2 }
}

/// The lines of a chart of this width; `height` is the plot's. Nothing where there is no data.
pub(super) fn lines(
    columns: &[Option<Column>],
    (from, to): (Timestamp, Timestamp),
    paint: &Paint<'_>,
    width: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let cells = width.saturating_sub(AXIS);
    let (Some(least), Some(greatest)) =
        (columns.iter().flatten().map(|c| c.least).min(), columns.iter().flatten().map(|c| c.greatest).max())
    else {
        return Vec::new();
    };
    if cells < 8 || height == 0 {
        return Vec::new();
    }
    let scale = Axis::of(least, greatest, height, paint.config.units);
    let plot = plot(columns, &scale, paint, cells, height);
    let mut lines: Vec<Line<'static>> = plot
        .into_iter()
        .zip(scale.labels.iter().rev())
        .map(|(row, label)| {
            let axis = paint.glyphs().vertical;
            Line::from(vec![
                paint.span(format!("{label:>w$} ", w = AXIS - 2), Role::Dim),
                paint.span(axis, Role::Border),
                paint.span(row, Role::Bar),
            ])
        })
        .collect();
    lines.extend(time_axis((from, to), paint, cells));
    lines
}

/// The rows of the plot.
fn plot(
    columns: &[Option<Column>],
    scale: &Axis,
    paint: &Paint<'_>,
    cells: usize,
    height: usize,
) -> Vec<String> {
    let area =
        Rect::new(0, 0, u16::try_from(cells).unwrap_or(u16::MAX), u16::try_from(height).unwrap_or(u16::MAX));
    let mut buffer = Buffer::empty(area);
    let marker = if paint.glyphs().is_ascii { Marker::Custom('*') } else { Marker::Braille };
    // A letter has one dot, a braille cell four: a size lies in the middle of its row.
    let dots: u16 = if paint.glyphs().is_ascii { 1 } else { 4 };
    let per_dot = scale.per_row / f64::from(dots);
    let bottom = scale.bottom - per_dot * f64::from(dots - 1) / 2.0;
    let top = bottom + per_dot * f64::from((area.height * dots).saturating_sub(1).max(1));
    let span = u32::try_from(columns.len().max(2) - 1).unwrap_or(1);
    let strokes = |context: &mut Context<'_>| {
        let mut before: Option<(f64, f64)> = None;
        for (x, column) in (0_u32..).zip(columns) {
            let x = f64::from(x);
            let Some(column) = column else {
                before = None;
                continue;
            };
            let color = ratatui::style::Color::Reset;
            let last = float(column.last);
            context.draw(&Stroke {
                x1: x,
                y1: float(column.least),
                x2: x,
                y2: float(column.greatest),
                color,
            });
            if let Some((x1, y1)) = before {
                context.draw(&Stroke { x1, y1, x2: x, y2: last, color });
            }
            before = Some((x, last));
        }
    };
    Canvas::default()
        .marker(marker)
        .x_bounds([0.0, f64::from(span)])
        .y_bounds([bottom, top])
        .paint(strokes)
        .render(area, &mut buffer);
    (0..area.height)
        .map(|y| {
            (0..area.width).filter_map(|x| buffer.cell((x, y)).map(ratatui::buffer::Cell::symbol)).collect()
        })
        .collect()
}

/// The axis of time with its ticks, and the labels below.
fn time_axis((from, to): (Timestamp, Timestamp), paint: &Paint<'_>, cells: usize) -> [Line<'static>; 2] {
    let glyphs = paint.glyphs();
    let offset = i64::from(paint.config.timezone.to_offset(to).seconds());
    let (ticks, kind) = time_ticks(from, to, (cells / TIME).max(1), offset);
    let mut axis: Vec<&str> = vec![glyphs.horizontal; cells];
    let mut labels = String::new();
    for tick in ticks {
        let Some(column) = place(tick, from, to, cells) else { continue };
        let form = if kind == TimeLabel::Clock { "%H:%M" } else { "%b %-d" };
        let label = tick.to_zoned(paint.config.timezone.clone()).strftime(form).to_string();
        let start = column.saturating_sub(label.len() / 2);
        // A label that does not fit is left out with its tick.
        if (start > labels.len() || labels.is_empty()) && start + label.len() <= cells {
            labels.push_str(&" ".repeat(start - labels.len()));
            labels.push_str(&label);
            if let Some(place) = axis.get_mut(column) {
                *place = if glyphs.is_ascii { "+" } else { "┬" };
            }
        }
    }
    let corner = if glyphs.is_ascii { "+" } else { "└" };
    [
        Line::from(vec![
            Span::raw(" ".repeat(AXIS - 1)),
            paint.span(format!("{corner}{}", axis.concat()), Role::Border),
        ]),
        Line::from(vec![Span::raw(" ".repeat(AXIS)), paint.span(labels, Role::Dim)]),
    ]
}

/// A chart of one line: as many letters as there are columns.
pub(super) fn sparkline(columns: &[Option<Column>], paint: &Paint<'_>) -> String {
    let levels = paint.glyphs().levels;
    let least = columns.iter().flatten().map(|c| c.last).min().unwrap_or(0);
    let greatest = columns.iter().flatten().map(|c| c.last).max().unwrap_or(0);
    let steps = u128::try_from(levels.len().saturating_sub(1)).unwrap_or(0);
    columns
        .iter()
        .map(|column| {
            let Some(column) = column else { return " " };
            let above = u128::from(column.last - least) * steps;
            // What does not change lies on the ground.
            let level = above / u128::from((greatest - least).max(1));
            usize::try_from(level).ok().and_then(|level| levels.get(level)).copied().unwrap_or(" ")
        })
        .collect()
}

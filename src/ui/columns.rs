//! The columns of the list: how wide each is, which go first when room is short, what each shows.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::Paint;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::age;
use crate::domain::column::Column;
use crate::domain::growth::{Change, Period};
use crate::domain::inventory::Inventory;
use crate::domain::size::signed;
use crate::domain::status::Status;
use crate::domain::text::width;
use crate::domain::volume::{Kind, Volume};

/// Columns of a size, and of the widest and the narrowest bar beside it.
const SIZE: usize = 9;
const WIDEST_BAR: usize = 8;
const NARROWEST_BAR: usize = 5;
/// Letters of a generated name that are shown, as Docker shortens ids.
const SHORT_ID: usize = 12;

/// A column with its place on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) column: Column,
    /// Offset from the list's left edge.
    pub(super) x: u16,
    pub(super) width: u16,
}

/// What a column needs.
struct Need {
    /// Below this it is left out.
    min: u16,
    /// More than this helps nobody.
    max: u16,
    /// Who goes first when room is short: the lowest. Name and status never go.
    rank: u8,
}

/// In narrow windows columns go in this order: options, labels, protected, anonymous, scope, mountpoint, kind,
/// driver, created, project, written, change, containers, size. Up to the creation they also go to
/// make room for the bars.
const fn need(column: Column, is_wide: bool) -> Need {
    let (min, max, rank) = match column {
        Column::Status => (if is_wide { 10 } else { 1 }, if is_wide { 10 } else { 1 }, 99),
        Column::Name => (20, 64, 98),
        Column::Size => (9, 9 + 1 + 8, 90),
        Column::Project => (10, 18, 47),
        Column::Containers => (12, 40, 70),
        Column::Driver => (6, 12, 45),
        Column::Change => (9, 9, 60),
        Column::Written => (7, 8, 50),
        Column::Created => (7, 8, GIVES_WAY),
        Column::Kind => (6, 6, 40),
        Column::Mountpoint => (20, 60, 30),
        Column::Scope => (6, 6, 20),
        Column::Anonymous => (9, 9, 15),
        Column::Protected => (9, 9, 12),
        Column::Labels => (16, 40, 10),
        Column::Options => (16, 40, 5),
    };
    Need { min, max, rank }
}

/// Up to this rank a column says less than a bar.
const GIVES_WAY: u8 = 46;
/// What name, project, containers and the narrowest bar take beyond the least.
const USUAL: u16 = 8 + 2 + 2 + 6;

/// Columns for the pointer and the mark, before the first column.
pub(super) const GUTTER: u16 = 3;
const GAP: u16 = 2;

/// The columns of the list in this area, beside its scroll bar. Under their project's heading
/// volumes need not name it.
pub(super) fn of(model: &Model, area: Rect) -> Vec<Placed> {
    let is_needed = |column: &Column| !(model.home.is_grouped && *column == Column::Project);
    let wished: Vec<Column> = model.home.columns.iter().copied().filter(is_needed).collect();
    place(&wished, area.width.saturating_sub(1))
}

/// Lays out the wished columns in `room` columns of the screen.
fn place(wished: &[Column], room: u16) -> Vec<Placed> {
    let is_wide = room >= 112;
    let room = room.saturating_sub(GUTTER);
    let mut columns: Vec<Column> = Vec::new();
    for column in wished {
        if !columns.contains(column) {
            columns.push(*column);
        }
    }
    // A list without names is none.
    if !columns.contains(&Column::Name) {
        columns.insert(0, Column::Name);
    }
    let total = |columns: &[Column]| -> u16 {
        columns.iter().map(|c| need(*c, is_wide).min + GAP).sum::<u16>().saturating_sub(GAP)
    };
    while total(&columns) > room {
        let least = columns.iter().copied().min_by_key(|c| need(*c, is_wide).rank);
        match least {
            Some(column) if need(column, is_wide).rank < 98 => columns.retain(|c| *c != column),
            _ => break,
        }
    }
    // What says little gives way to the bars, names and containers at their usual length.
    while columns.contains(&Column::Size) && total(&columns) + USUAL > room {
        let least = columns.iter().copied().min_by_key(|c| need(*c, is_wide).rank);
        match least {
            Some(column) if need(column, is_wide).rank <= GIVES_WAY => columns.retain(|c| *c != column),
            _ => break,
        }
    }
    let mut spare = room.saturating_sub(total(&columns));
    let mut widths: Vec<u16> = columns.iter().map(|c| need(*c, is_wide).min).collect();
    // Everything grows to a usual length first, then the bars appear, then the rest is shared out.
    let goals: [fn(Column, u16) -> u16; 4] = [
        |column, _| match column {
            Column::Name => 28,
            Column::Project => 12,
            Column::Containers => 14,
            _ => 0,
        },
        |column, max| if column == Column::Size { max } else { 0 },
        |column, max| if column == Column::Name { 36 } else { max },
        |_, max| max,
    ];
    for goal in goals {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|at| columns.get(*at).map(|c| std::cmp::Reverse(need(*c, is_wide).rank)));
        for at in order {
            if let (Some(column), Some(width)) = (columns.get(at), widths.get_mut(at)) {
                let wanted = goal(*column, need(*column, is_wide).max).saturating_sub(*width).min(spare);
                *width += wanted;
                spare -= wanted;
            }
        }
    }
    let mut x = GUTTER;
    columns
        .into_iter()
        .zip(widths)
        .map(|(column, width)| {
            let placed = Placed { column, x, width };
            x += width + GAP;
            placed
        })
        .collect()
}

/// Whether a column's content stands at its right edge.
pub(super) const fn is_right(column: Column) -> bool {
    matches!(column, Column::Change | Column::Written | Column::Created)
}

/// What a column shows of a volume.
pub(super) fn cell<'a>(
    model: &Model,
    inventory: &'a Inventory,
    at: usize,
    placed: Placed,
    paint: &Paint<'_>,
) -> Line<'a> {
    let Some(volume) = inventory.volumes.get(at) else { return Line::default() };
    let columns = usize::from(placed.width);
    let none = || Line::from(paint.span(paint.glyphs().none, Role::Dim));
    let text =
        |text: &'a str, role: Role| Line::from(Span::styled(paint.fit(text, columns), paint.style(role)));
    match placed.column {
        Column::Status => {
            let status = inventory.status(at);
            let glyph = paint.glyphs().status(status);
            let role = Paint::status_role(status);
            let mut spans = vec![paint.span(glyph, role)];
            if columns > 1 {
                // What is in order is not stressed.
                let role = if status == Status::InUse { Role::Dim } else { role };
                spans.push(paint.span(format!(" {}", status.words()), role));
            }
            Line::from(spans)
        }
        Column::Name => name(model, volume, columns, paint),
        Column::Project => volume.project().map_or_else(none, |p| text(p, Role::Project)),
        Column::Size => size(model, at, columns, paint),
        Column::Change => change(model, at, paint),
        Column::Written => written(model, at, paint),
        Column::Containers => containers(inventory, at, columns, paint).unwrap_or_else(none),
        Column::Driver => {
            let shown = driver(volume);
            Line::from(Span::styled(paint.fit(shown, columns), paint.style(Role::Dim)))
        }
        Column::Kind => Line::from(paint.span(volume.kind().name(), Role::Dim)),
        Column::Created => {
            // An engine that moves the time forward only tells how old a volume is at least.
            let is_least = model.engine.as_ref().is_some_and(|e| !e.capabilities.created_is_stable);
            let sign = if is_least { paint.glyphs().at_least } else { "" };
            volume.created_at.map_or_else(none, |at| {
                let age = age(model.now, at);
                let sign = if age == "now" { "" } else { sign };
                Line::from(paint.span(format!("{sign}{age}"), Role::Dim))
            })
        }
        Column::Mountpoint => volume.mountpoint.as_deref().map_or_else(none, |m| text(m, Role::Dim)),
        Column::Scope => text(&volume.scope, Role::Dim),
        Column::Anonymous => {
            Line::from(paint.span(if volume.is_anonymous() { "yes" } else { "no" }, Role::Dim))
        }
        Column::Protected => {
            let by = model.changes.guard(volume).map(|guard| guard.name());
            let known = model.changes.protection.is_some();
            let unknown = if known { paint.glyphs().none } else { paint.glyphs().unknown };
            Line::from(paint.span(by.unwrap_or(unknown), Role::Dim))
        }
        Column::Labels => {
            pairs(volume.labels.iter().map(|(k, v)| format!("{k}={v}")), columns, paint).unwrap_or_else(none)
        }
        Column::Options => pairs(volume.shown_options().map(|(k, v)| format!("{k}={v}")), columns, paint)
            .unwrap_or_else(none),
    }
}

/// The name, generated ones as Docker shortens ids, with a sign where the volume is protected.
fn name<'a>(model: &Model, volume: &'a Volume, columns: usize, paint: &Paint<'_>) -> Line<'a> {
    let is_protected = model.changes.guard(volume).is_some();
    let room = if is_protected { columns.saturating_sub(2) } else { columns };
    let mut spans = if volume.has_generated_name() {
        let short: String = volume.name.chars().take(SHORT_ID).collect();
        let shown = format!("{short}{}", paint.glyphs().ellipsis);
        vec![paint.span(paint.fit(&shown, room).into_owned(), Role::Dim)]
    } else {
        vec![Span::styled(paint.fit(&volume.name, room), paint.style(Role::Text))]
    };
    if is_protected {
        spans.extend([Span::raw(" "), paint.span(paint.glyphs().protected, Role::Accent)]);
    }
    Line::from(spans)
}

/// The driver, or what the local driver mounts.
fn driver(volume: &Volume) -> &str {
    match volume.kind() {
        Kind::Plain | Kind::Plugin => &volume.driver,
        kind => kind.name(),
    }
}

fn size<'a>(model: &Model, at: usize, columns: usize, paint: &Paint<'_>) -> Line<'a> {
    match model.sizes.bytes(at) {
        Some(bytes) => {
            // Past its threshold: a sign as well as a colour.
            let (sign, role) = match model.growth.facts(at).passed {
                Some(_) => (paint.glyphs().warning, Role::Warning),
                // What the files' sizes add up to is not what they take.
                None if model.sizes.of(at).is_ok_and(|usage| usage.allocated.is_none()) => ("~", Role::Size),
                None => ("", Role::Size),
            };
            let shown = format!("{sign}{}", paint.bytes(bytes));
            let mut spans = vec![paint.span(format!("{shown:>SIZE$}"), role)];
            let bar = columns.saturating_sub(SIZE + 1).min(WIDEST_BAR);
            if bar >= NARROWEST_BAR {
                spans.push(Span::raw(" "));
                spans.push(paint.span(paint.bar(bytes, model.sizes.greatest, bar), Role::Bar));
            }
            Line::from(spans)
        }
        None => Line::from(paint.span(format!("{:>SIZE$}", paint.glyphs().unknown), Role::Dim)),
    }
}

/// The change since a day ago; a sign says what the colour says.
fn change<'a>(model: &Model, at: usize, paint: &Paint<'_>) -> Line<'a> {
    let (text, role) = match Change::over_all(model.growth.facts(at).change(Period::Day)) {
        None => (paint.glyphs().dot.to_owned(), Role::Dim),
        Some(bytes) => (signed(bytes, paint.config.units), if bytes > 0 { Role::Size } else { Role::Dim }),
    };
    Line::from(paint.span(text, role))
}

fn written<'a>(model: &Model, at: usize, paint: &Paint<'_>) -> Line<'a> {
    let written = model.sizes.of(at).ok().and_then(|usage| usage.newest_write);
    let text = written.map_or_else(|| paint.glyphs().dot.to_owned(), |at| age(model.now, at));
    Line::from(paint.span(text, Role::Dim))
}

/// The names of the containers, as many as fit, and how many more.
fn containers<'a>(
    inventory: &'a Inventory,
    at: usize,
    columns: usize,
    paint: &Paint<'_>,
) -> Option<Line<'a>> {
    let holders: Vec<_> = inventory.holders(at).collect();
    let (first, more) = holders.split_first()?;
    let role = |live: bool| if live { Role::Text } else { Role::Dim };
    let tail = |left: usize| if left > 0 { format!(" +{left}") } else { String::new() };
    let reserved = width(&tail(more.len()));
    let mut spans = vec![Span::styled(
        paint.fit(&first.name, columns.saturating_sub(reserved)),
        paint.style(role(first.state.is_live())),
    )];
    let mut used = spans.iter().map(Span::width).sum::<usize>();
    let mut left = more.len();
    for container in more {
        let shown = paint.fit(&container.name, columns);
        let wanted = used + 2 + width(&shown);
        if wanted + width(&tail(left - 1)) > columns {
            break;
        }
        used = wanted;
        left -= 1;
        spans.push(paint.span(", ", Role::Dim));
        spans.push(Span::styled(shown, paint.style(role(container.state.is_live()))));
    }
    spans.push(paint.span(tail(left), Role::Dim));
    Some(Line::from(spans))
}

fn pairs<'a>(pairs: impl Iterator<Item = String>, columns: usize, paint: &Paint<'_>) -> Option<Line<'a>> {
    let all = pairs.collect::<Vec<_>>().join(" ");
    (!all.is_empty()).then(|| Line::from(paint.span(paint.fit(&all, columns).into_owned(), Role::Dim)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_overlap_or_leave_the_list() {
        for room in 30..260 {
            let placed = place(&Column::ALL, room);
            assert!(placed.iter().any(|p| p.column == Column::Name), "{room}: names are always there");
            for pair in placed.windows(2) {
                assert!(pair[0].x + pair[0].width < pair[1].x, "{room}: {pair:?}");
            }
            let last = placed.last().expect("columns");
            assert!(last.x + last.width <= room, "{room}: {last:?}");
        }
    }

    #[test]
    fn columns_go_in_the_stated_order() {
        let shown = |room| place(&Column::SCREEN, room).iter().map(|p| p.column).collect::<Vec<_>>();
        assert_eq!(shown(150), Column::SCREEN);
        let goes = |column: Column, more: u16, less: u16| {
            assert!(shown(more).contains(&column), "{} fits into {more}", column.name());
            assert!(!shown(less).contains(&column), "{} does not fit into {less}", column.name());
        };
        goes(Column::Driver, 150, 110);
        goes(Column::Created, 119, 100);
        goes(Column::Project, 100, 79);
        goes(Column::Written, 79, 66);
        goes(Column::Change, 66, 55);
        goes(Column::Containers, 55, 40);
        let bar = |room| place(&Column::SCREEN, room).iter().any(|p| p.column == Column::Size && p.width > 9);
        assert!(bar(100) && bar(119) && bar(150), "what says less than a bar makes room for it");
        assert_eq!(shown(40), [Column::Status, Column::Name, Column::Size], "size goes last");
    }
}

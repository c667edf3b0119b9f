//! The Monitor: all sizes together over time, and what grew most.

use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::growth_words::{backing, change, rate, rate_sentence, when};
use super::history::periods;
use super::list::{say, select};
use super::paint::{Paint, put, put_right};
use super::{chart, lanes};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::span;
use crate::domain::growth::chart::Column;
use crate::domain::growth::{Period, chart as data};
use crate::domain::inventory::Inventory;
use crate::domain::size::signed;
use crate::domain::text::width;

/// Columns of a small chart of one line.
const SPARK: usize = 12;

/// The parts of the screen.
pub(super) struct Parts {
    /// The periods and the file system; then the sum in words.
    head: Rect,
    /// The sum over time.
    total: Option<Rect>,
    /// The heading and the rows.
    pub(super) list: Rect,
    /// The selected volume over time.
    selected: Option<Rect>,
}

impl Parts {
    /// Lays them out. In low windows the selected volume's chart goes first, then the sum's.
    pub(super) fn of(body: Rect) -> Self {
        let head = Rect { height: 2.min(body.height), ..body };
        let mut rest = Rect { y: head.bottom(), height: body.height - head.height, ..body };
        let mut total = None;
        let mut selected = None;
        if rest.height >= 14 {
            let height = (rest.height / 3).clamp(6, 12);
            let mut area = Rect { height, ..rest };
            rest = Rect { y: area.bottom(), height: rest.height - height, ..rest };
            if body.width >= 110 {
                let half = body.width / 2;
                selected = Some(Rect { x: area.x + half, width: body.width - half, ..area });
                area.width = half;
            } else if rest.height >= 20 {
                let below = (rest.height / 3).clamp(8, 12);
                selected = Some(Rect { y: rest.bottom() - below, height: below, ..rest });
                rest.height -= below;
            }
            total = Some(area);
        }
        Self { head, total, list: rest, selected }
    }
}

/// Draws all of it.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, body: Rect) {
    let parts = Parts::of(body);
    let inventory = model.listed();
    let tabs = periods(model.monitor.period, &Period::BOUNDED, paint);
    let used = u16::try_from(tabs.width()).unwrap_or(0) + 2;
    put(frame, Rect { x: body.x + 1, width: body.width - 1, ..parts.head }, 0, &tabs);
    if let Some(text) = backing(model, paint) {
        let role = if model.growth.fills(model.sizes.backing).is_some() { Role::Warning } else { Role::Dim };
        let sign = if role == Role::Warning { paint.glyphs().warning } else { "" };
        let room = usize::from(body.width.saturating_sub(used + 1));
        let shown = paint.fit(&format!("{sign}{text}"), room).into_owned();
        put_right(
            frame,
            Rect { width: body.width - 1, ..parts.head },
            0,
            &Line::from(paint.span(shown, role)),
        );
    }
    let sum = sum(model, paint);
    let sum = paint.fit(&sum, usize::from(body.width.saturating_sub(2))).into_owned();
    put(
        frame,
        Rect { x: body.x + 1, width: body.width - 1, ..parts.head },
        1,
        &Line::from(paint.span(sum, Role::Text)),
    );
    if let Some(area) = parts.total {
        draw_total(model, paint, frame, area);
    }
    if let Some(area) = parts.selected {
        draw_selected(model, &inventory, paint, frame, area);
    }
    draw_list(model, &inventory, paint, frame, parts.list);
}

/// What all volumes together did.
fn sum(model: &Model, paint: &Paint<'_>) -> String {
    let period = model.monitor.period;
    let (Some(Some(last)), true) =
        (model.monitor.total.last(), model.sizes.all.unknown < model.sizes.all.volumes)
    else {
        return "No size is known yet.".to_owned();
    };
    let bytes = paint.bytes(*last);
    let Some(found) = model.monitor.change else {
        let inventory = model.listed();
        let measured =
            model.growth.trails(&inventory).filter_map(|trail| trail.last()).map(|last| last.until);
        let at =
            measured.max().map_or_else(String::new, |at| format!(", last at {}", when(model, paint, at)));
        return format!("All volumes: {bytes}, change and rate unknown: measured once{at}");
    };
    let gained = change(model, paint, Some(found));
    let whole =
        if found.is_whole { format!(" in the {}", period.title().to_lowercase()) } else { String::new() };
    let rate = model.growth.total_rate(period);
    let word = if rate.is_err() { "rate " } else { "" };
    format!("All volumes: {bytes}, {gained}{whole}, {word}{}", rate_sentence(paint, rate))
}

fn draw_total(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let inner = inner(area);
    let flat = |bytes: &Option<u64>| bytes.map(|bytes| Column { least: bytes, greatest: bytes, last: bytes });
    let wanted = chart::resolution(paint, usize::from(inner.width));
    let moments = &model.monitor.total;
    // As many columns as there is room for; between two moments the earlier one's sum holds.
    let columns: Vec<Option<Column>> = (0..wanted)
        .map(|at| moments.get(at * moments.len() / wanted.max(1)).and_then(flat))
        .map(|column| column.filter(|_| model.sizes.all.unknown < model.sizes.all.volumes))
        .collect();
    let is_beside = area.width < model.window.width;
    if is_beside {
        put(frame, inner, 0, &Line::from(paint.span("All volumes", Role::Title)));
    }
    let inner = if is_beside { Rect { y: inner.y + 1, height: inner.height - 1, ..inner } } else { inner };
    let height = usize::from(inner.height).saturating_sub(chart::BELOW);
    let span = (model.monitor.from, model.now);
    for (line, row) in chart::lines(&columns, span, paint, usize::from(inner.width), height).iter().zip(0..) {
        put(frame, inner, row, line);
    }
}

fn draw_selected(model: &Model, inventory: &Inventory, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let inner = inner(area);
    let Some(volume) = model.monitor.selected().and_then(|at| inventory.volumes.get(at)) else { return };
    let room = usize::from(inner.width);
    let title = paint.fit(&volume.name, room).into_owned();
    put(frame, inner, 0, &Line::from(paint.span(title, Role::Title)));
    let past = model.growth.past_of(&volume.name);
    let Some(trail) = model.growth.trail(&volume.name) else { return };
    let (from, to) = (model.monitor.from, model.now);
    let columns = data::columns(trail, from, to, chart::resolution(paint, room));
    let who = past.map_or_else(Vec::new, |past| lanes::lines(&past.stays, (from, to), paint, room));
    let height = usize::from(inner.height).saturating_sub(chart::BELOW + 1 + who.len().min(2)).max(3);
    let lines = chart::lines(&columns, (from, to), paint, room, height);
    for (line, row) in lines.iter().chain(who.iter().filter(|_| !lines.is_empty())).zip(1..) {
        put(frame, inner, row, line);
    }
}

fn inner(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// The columns beside the name: heading, width, and what shows first when room is short (the lower
/// goes first).
const COLUMNS: [(&str, usize, u8); 5] =
    [("SIZE", 9, 4), ("CHANGE", 9, 9), ("RATE", 12, 3), ("TREND", SPARK, 2), ("LEFT", 9, 1)];
const NAME: usize = 16;

/// Which columns there is room for.
fn shown(room: usize) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..COLUMNS.len()).collect();
    let rank = |at: &usize| COLUMNS.get(*at).map_or(0, |c| c.2);
    let total = |columns: &[usize]| -> usize {
        columns.iter().filter_map(|at| COLUMNS.get(*at)).map(|c| c.1 + 2).sum::<usize>() + NAME
    };
    while total(&columns) > room && columns.len() > 1 {
        let Some(least) = columns.iter().copied().min_by_key(rank) else { break };
        columns.retain(|at| *at != least);
    }
    columns
}

fn draw_list(model: &Model, inventory: &Inventory, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(3);
    let columns = shown(room);
    let used: usize = columns.iter().filter_map(|at| COLUMNS.get(*at)).map(|c| c.1 + 2).sum();
    let name = room.saturating_sub(used).min(64);
    let mut heading = format!("  {:<name$}", "NAME");
    for (title, wide, _) in columns.iter().filter_map(|at| COLUMNS.get(*at)) {
        let is_sorted = title.eq_ignore_ascii_case(model.monitor.by.name());
        let mark = if is_sorted { format!(" {}", paint.glyphs().descending) } else { String::new() };
        let _ = write!(heading, "  {:>wide$}", format!("{title}{mark}"));
    }
    put(frame, area, 0, &Line::from(paint.span(heading, Role::Heading)));
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if model.monitor.rows.is_empty() {
        return say(paint, frame, rows, &["There is no volume to watch.".to_owned()]);
    }
    let cursor = model.monitor.cursor;
    let shown = model.monitor.rows.iter().enumerate().skip(cursor.top).take(usize::from(rows.height));
    for ((at, volume), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        put(frame, line, 0, &row(model, inventory, *volume as usize, &columns, name, paint));
        if at == cursor.at {
            select(model, paint, frame, line);
        }
    }
    paint.scroll_bar(frame, rows, cursor.top, usize::from(rows.height), model.monitor.rows.len());
}

fn row<'a>(
    model: &Model,
    inventory: &'a Inventory,
    at: usize,
    columns: &[usize],
    name: usize,
    paint: &Paint<'_>,
) -> Line<'a> {
    let Some(volume) = inventory.volumes.get(at) else { return Line::default() };
    let period = model.monitor.period;
    let facts = model.growth.facts(at);
    let bytes = model.sizes.bytes(at);
    // Generated names are shortened as in the list.
    let short: String;
    let shown = if volume.has_generated_name() {
        short = format!("{}{}", volume.name.chars().take(12).collect::<String>(), paint.glyphs().ellipsis);
        short.as_str()
    } else {
        volume.name.as_str()
    };
    let shown = paint.fit(shown, name).into_owned();
    let pad = " ".repeat(name.saturating_sub(width(&shown)));
    let mut spans = vec![Span::raw("  "), Span::styled(shown, paint.style(Role::Text)), Span::raw(pad)];
    for column in columns {
        let Some((_, wide, _)) = COLUMNS.get(*column) else { continue };
        let (text, role) = match column {
            0 => match (bytes, facts.passed) {
                (None, _) => (paint.glyphs().unknown.to_owned(), Role::Dim),
                (Some(bytes), Some(_)) => {
                    (format!("{}{}", paint.glyphs().warning, paint.bytes(bytes)), Role::Warning)
                }
                (Some(bytes), None) => (paint.bytes(bytes), Role::Size),
            },
            1 => match facts.change(period) {
                None => (paint.glyphs().unknown.to_owned(), Role::Dim),
                Some(change) => {
                    let role = if change.bytes > 0 { Role::Size } else { Role::Dim };
                    (signed(change.bytes, paint.config.units), role)
                }
            },
            2 => (rate(paint, facts.rate(period)), Role::Dim),
            3 => {
                let trail = model.growth.trail(&volume.name);
                let columns = trail.map(|trail| data::columns(trail, model.monitor.from, model.now, SPARK));
                let known = columns.filter(|columns| columns.iter().any(Option::is_some));
                match known {
                    Some(columns) => (chart::sparkline(&columns, paint), Role::Bar),
                    None => (paint.glyphs().unknown.to_owned(), Role::Dim),
                }
            }
            _ => left(model, &volume.name, bytes, at, paint),
        };
        spans.push(paint.span(format!("  {text:>wide$}"), role));
    }
    Line::from(spans)
}

/// How far a volume is from its threshold: in time where it grows, else in bytes.
fn left(model: &Model, name: &str, bytes: Option<u64>, at: usize, paint: &Paint<'_>) -> (String, Role) {
    // Without a threshold nothing is left of it: that is no lack of knowledge.
    let Some(limit) = model.growth.rules.limit(name) else { return (String::new(), Role::Dim) };
    let Some(bytes) = bytes else { return (paint.glyphs().unknown.to_owned(), Role::Dim) };
    if bytes > limit {
        return ("none".to_owned(), Role::Warning);
    }
    let rate = model.growth.facts(at).rate(model.monitor.period);
    match rate.ok().and_then(|rate| rate.until(limit - bytes)) {
        Some(seconds) => (format!("in {}", span(seconds)), Role::Dim),
        None => (paint.bytes(limit - bytes), Role::Dim),
    }
}

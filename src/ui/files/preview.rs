//! What is seen of the selected entry: what it is, then what is in it.

use std::collections::HashSet;
use std::fmt::Write as _;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::mode;
use crate::app::files::preview::{Child, Look};
use crate::app::files::view::FileView;
use crate::app::model::{Model, Pane};
use crate::config::theme::Role;
use crate::domain::age::ago;
use crate::domain::decode::Writing;
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::place::name_text;
use crate::domain::text::{clean, width};
use crate::ui::list::say;
use crate::ui::paint::{Paint, put, put_right};

/// Lines above the content: name, size, times, a line.
const FACTS: u16 = 4;
/// In lower panes only the name and the line are there.
const LOW: u16 = 14;

/// Where the content is.
pub(in crate::ui) fn content(model: &Model, pane: Rect) -> Rect {
    let inner = inner(model, pane);
    let facts = facts_height(pane);
    Rect { y: inner.y + facts, height: inner.height.saturating_sub(facts), ..inner }
}

const fn facts_height(pane: Rect) -> u16 {
    if pane.height < LOW { 2 } else { FACTS }
}

/// The pane beside its border.
const fn inner(model: &Model, pane: Rect) -> Rect {
    let left = if model.files.is_zoomed { 1 } else { 2 };
    Rect { x: pane.x + left, y: pane.y, width: pane.width.saturating_sub(left + 2), height: pane.height }
}

/// Draws the pane.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, pane: Rect) {
    let is_focused = model.files.is_zoomed || model.pane == Pane::Details;
    let role = if is_focused { Role::BorderFocused } else { Role::Border };
    if !model.files.is_zoomed {
        for y in pane.top()..pane.bottom() {
            if let Some(cell) = frame.buffer_mut().cell_mut((pane.x, y)) {
                cell.set_symbol(paint.glyphs().vertical).set_style(paint.style(role));
            }
        }
    }
    let inner = inner(model, pane);
    let facts = facts_height(pane);
    let line = Line::from(paint.span(paint.glyphs().horizontal.repeat(usize::from(inner.width)), role));
    put(frame, inner, facts - 1, &line);
    let content = content(model, pane);
    let Some(entry) = model.files.selected() else {
        return say(paint, frame, content, &["Nothing is selected.".to_owned()]);
    };
    head(model, entry, paint, frame, Rect { height: facts - 1, ..inner });
    match &model.files.preview.look {
        Look::Nothing | Look::Loading => say(paint, frame, content, &["Reading…".to_owned()]),
        Look::Failed(trouble) => {
            let words = [
                format!("{}.", trouble.summary),
                trouble.cause.clone(),
                trouble.remedy.clone().unwrap_or_default(),
            ];
            say(paint, frame, content, &words);
        }
        Look::File(view) if view.is_empty() => {
            say(paint, frame, content, &["This file is empty.".to_owned()]);
        }
        Look::File(view) => file(view, paint, frame, content),
        Look::Folder { children, more, top } => folder(children, *more, *top, paint, frame, content),
        Look::Described => say(paint, frame, content, &described(entry)),
    }
}

/// Name, size, mode, owner and times.
fn head(model: &Model, entry: &Entry, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let dot = paint.glyphs().dot;
    let kind = match (&model.files.preview.look, entry.kind) {
        (Look::File(view), EntryKind::File) => view.writing.name(),
        (_, kind) => kind.name(),
    };
    let kind = format!(" {kind}");
    let name = clean(&name_text(&entry.name)).into_owned();
    let shown = paint.fit(&name, room.saturating_sub(width(&kind))).into_owned();
    put(frame, area, 0, &Line::from(paint.span(shown, Role::Title)));
    put_right(frame, area, 0, &Line::from(paint.span(kind, Role::Dim)));
    let size = match entry.kind {
        EntryKind::Folder => String::new(),
        _ if let Some((taken, longer)) = entry.allocated.zip(entry.longer()) => {
            format!("{} of {} on disk {dot} ", paint.bytes(taken), paint.bytes(longer))
        }
        _ if entry.apparent < 1000 => format!("{} {dot} ", paint.bytes(entry.apparent)),
        _ => format!("{} ({} bytes) {dot} ", paint.bytes(entry.apparent), entry.apparent),
    };
    let about = format!("{size}{} {dot} {}:{}", mode(entry), entry.uid, entry.gid);
    put(frame, area, 1, &Line::from(paint.span(paint.fit(&about, room).into_owned(), Role::Dim)));
    let written = match entry.modified {
        Some(at) => {
            let local = at.to_zoned(paint.config.timezone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
            format!("written {} {dot} {local}", ago(model.now, at))
        }
        None => "last write unknown".to_owned(),
    };
    let links = entry.links.filter(|links| *links > 1 && entry.kind == EntryKind::File);
    let links = links.map_or_else(String::new, |links| format!("one of {links} names of this file {dot} "));
    let times = format!("{links}{written}");
    put(frame, area, 2, &Line::from(paint.span(paint.fit(&times, room).into_owned(), Role::Dim)));
}

fn file(view: &FileView, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    for (row, y) in (view.top..view.len()).take(usize::from(area.height)).zip(0..) {
        let line = match view.writing {
            Writing::Text(_) => text_line(view, row, paint),
            Writing::Binary => byte_line(view, row, paint),
        };
        put(frame, area, y, &line);
    }
    let (is_before, is_behind) = view.goes_on();
    if is_before || is_behind {
        // Where in the file one is, when a scroll bar of the part would say something else.
        let bar = Rect { width: area.width + 2, ..area };
        let share = |bytes: u64| usize::try_from(bytes / 16).unwrap_or(usize::MAX);
        let rows = usize::from(area.height);
        let len = share(view.size).max(rows + 1);
        paint.scroll_bar(frame, bar, share(view.place()).min(len - rows), rows, len);
    } else {
        let bar = Rect { width: area.width + 2, ..area };
        paint.scroll_bar(frame, bar, view.top, usize::from(area.height), view.len());
    }
}

fn text_line<'a>(view: &'a FileView, at: usize, paint: &Paint<'_>) -> Line<'a> {
    let Some(row) = view.text_row(at) else { return Line::default() };
    let gutter = view.gutter() - 1;
    let number = match row.number {
        Some(number) => number.to_string(),
        None if row.continues => paint.glyphs().ellipsis.to_owned(),
        None => String::new(),
    };
    let pad = gutter.saturating_sub(width(&number));
    Line::from(vec![
        paint.span(format!("{}{number} ", " ".repeat(pad)), Role::Dim),
        Span::styled(row.text, paint.style(Role::Text)),
    ])
}

fn byte_line<'a>(view: &FileView, at: usize, paint: &Paint<'_>) -> Line<'a> {
    let Some((place, bytes)) = view.byte_row(at) else { return Line::default() };
    let mut numbers = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let gap = if at > 0 && at % 8 == 0 { " " } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(numbers, "{gap}{byte:02x} ");
    }
    let wide = view.per_row() * 3 + usize::from(view.per_row() > 8);
    let letters: String =
        bytes.iter().map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' }).collect();
    Line::from(vec![
        paint.span(format!("{place:08x}  "), Role::Dim),
        paint.span(format!("{numbers:<wide$} "), Role::Text),
        paint.span(letters, Role::JsonString),
    ])
}

fn folder(children: &[Child], more: u64, top: usize, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    const SIZE: usize = 9;
    if children.is_empty() {
        return say(paint, frame, area, &["This folder is empty.".to_owned()]);
    }
    let room = usize::from(area.width);
    let mut counted = HashSet::new();
    let once = |child: &&Child| child.shared.is_none_or(|inode| counted.insert(inode));
    let whole: u64 = children.iter().filter(once).filter_map(|child| child.size).sum();
    let bar = if room >= 44 { 8 } else { 0 };
    for (child, y) in children.iter().skip(top).take(usize::from(area.height)).zip(0..) {
        let size = child.size.map_or_else(|| paint.glyphs().ellipsis.to_owned(), |bytes| paint.bytes(bytes));
        let sign = if child.kind == EntryKind::Folder { "/" } else { "" };
        let name = format!("{}{sign}", clean(&name_text(&child.name)));
        let role = if child.kind == EntryKind::Folder { Role::Project } else { Role::Text };
        let filled = paint.bar(child.size.unwrap_or(0), whole, bar);
        let pad = " ".repeat(bar.saturating_sub(width(&filled)) + usize::from(bar > 0));
        let left = room.saturating_sub(SIZE + 1 + bar + usize::from(bar > 0));
        let line = Line::from(vec![
            paint.span(format!("{size:>SIZE$} "), Role::Size),
            paint.span(filled, Role::Bar),
            Span::raw(pad),
            paint.span(paint.fit(&name, left).into_owned(), role),
        ]);
        put(frame, area, y, &line);
    }
    let rows = usize::from(area.height);
    if more > 0 && top + rows >= children.len() {
        let text = format!("{:>SIZE$} and {more} smaller ones", "");
        let text = paint.fit(&text, room);
        put(
            frame,
            area,
            area.height.saturating_sub(1),
            &Line::from(paint.span(format!("{text:<room$}"), Role::Dim)),
        );
    }
    paint.scroll_bar(frame, Rect { width: area.width + 2, ..area }, top, rows, children.len());
}

/// What is told of an entry that is never opened.
fn described(entry: &Entry) -> Vec<String> {
    match entry.kind {
        EntryKind::Link => {
            let target =
                entry.target.as_deref().map_or_else(|| "unknown".to_owned(), |t| name_text(t).into_owned());
            vec![
                format!("A link to {target}"),
                "It is not followed: it may lead out of the volume.".to_owned(),
            ]
        }
        EntryKind::Fifo => {
            vec!["A fifo.".to_owned(), "It holds nothing; to open it could wait for ever.".to_owned()]
        }
        EntryKind::Socket => {
            vec!["A socket.".to_owned(), "It holds nothing; programs that run meet there.".to_owned()]
        }
        EntryKind::CharDevice | EntryKind::BlockDevice => {
            let (major, minor) = entry.device.unwrap_or_default();
            vec![
                format!("A {}, {major}:{minor}.", entry.kind.name()),
                "It is never opened: that could do something.".to_owned(),
            ]
        }
        _ => vec!["What this is, the system does not say.".to_owned()],
    }
}

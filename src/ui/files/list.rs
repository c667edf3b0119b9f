//! The entries of a folder.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::columns::{self, Column, Placed};
use super::heading;
use crate::app::action::Action;
use crate::app::files::Fate;
use crate::app::files::folder::{Folder, Weighing};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::age;
use crate::domain::entry::{Entry, EntryKind};
use crate::domain::place::name_text;
use crate::domain::remote::Remote;
use crate::domain::text::{clean, width as columns_of};
use crate::domain::trouble::Trouble;
use crate::ui::list::{say, select};
use crate::ui::paint::{Paint, put};

/// Draws the heading and the rows, or says why there are none.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let placed = columns::place(area.width);
    for place in &placed {
        let (text, is_sorted) = match place.column.key() {
            Some(key) if !place.column.title().is_empty() => heading(model, paint, key, place.column.title()),
            _ => (place.column.title().to_owned(), false),
        };
        let role = if is_sorted { Role::HeadingSorted } else { Role::Heading };
        let text = aligned(place.column, &paint.fit(&text, usize::from(place.width)), place.width);
        put(frame, cell(area, *place), 0, &Line::from(paint.span(text, role)));
    }
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some(folder) = model.files.folder() else { return };
    if folder.rows.is_empty() {
        return say(paint, frame, rows, &nothing(model, folder, paint));
    }
    let top = folder.cursor.top;
    let shown = folder.rows.iter().enumerate().skip(top).take(usize::from(rows.height));
    for ((row, at), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        for place in &placed {
            put(frame, cell(line, *place), 0, &content(model, folder, *at, *place, paint));
        }
        if row == folder.cursor.at {
            select(model, paint, frame, line);
        }
    }
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), folder.rows.len());
}

fn cell(line: Rect, place: Placed) -> Rect {
    Rect { x: line.x + place.x, width: place.width, height: 1, ..line }
}

fn aligned(column: Column, text: &str, width: u16) -> String {
    let width = usize::from(width);
    match column {
        Column::Size | Column::Percent | Column::Modified => format!("{text:>width$}"),
        _ => text.to_owned(),
    }
}

const fn opening(model: &Model) -> &'static str {
    if model.files.kept.is_some() { "Opening the backup" } else { "Opening the volume" }
}

/// Why there is no row.
fn nothing(model: &Model, folder: &Folder, paint: &Paint<'_>) -> Vec<String> {
    match &folder.listing {
        Remote::Failed(trouble) => failed(model, paint, trouble),
        Remote::NotAsked | Remote::Loading => {
            let what = if model.files.way.value().is_none() { opening(model) } else { "Listing" };
            vec![format!("{what}…")]
        }
        Remote::Ready { .. } | Remote::Stale { .. } if folder.entries().is_empty() => {
            vec![
                match (folder.place.is_root(), &model.files.kept) {
                    (true, None) => "This volume is empty.",
                    (true, Some(_)) => "This backup is of an empty volume.",
                    (false, _) => "This folder is empty.",
                }
                .to_owned(),
            ]
        }
        Remote::Ready { .. } | Remote::Stale { .. } => vec![
            format!("None of {} entries has that in its name.", folder.entries().len()),
            "Esc drops the filter.".to_owned(),
        ],
    }
}

/// Why, what helps, the way back, and the engine's own words last: they may be long.
fn failed(model: &Model, paint: &Paint<'_>, trouble: &Trouble) -> Vec<String> {
    let mut causes = trouble.cause.lines().map(|line| line.trim().to_owned());
    let key = |action| paint.config.keymap.first(model.contexts(), action);
    let keys = [(Action::Back, "goes back"), (Action::Refresh, "tries again")];
    let keys: Vec<String> =
        keys.into_iter().filter_map(|(action, what)| Some(format!("{} {what}", key(action)?))).collect();
    let gone = (model.files.fate == Fate::Removed).then(|| "The volume was removed.".to_owned());
    let mut words: Vec<String> = gone.into_iter().collect();
    words.push(format!("{}:", trouble.summary));
    words.extend(causes.next());
    words.push(trouble.remedy.clone().unwrap_or_default());
    words.push(format!("{}.", keys.join(", ")));
    words.extend(causes);
    words
}

fn content<'a>(model: &Model, folder: &'a Folder, at: u32, place: Placed, paint: &Paint<'_>) -> Line<'a> {
    let Some(entry) = folder.entries().get(at as usize) else { return Line::default() };
    let width = usize::from(place.width);
    let right = |text: &str, role| Line::from(paint.span(format!("{text:>width$}"), role));
    match place.column {
        Column::Name => name(entry, paint, width),
        Column::Size => match folder.size(at) {
            Some(bytes) => {
                // What could not be read weighs something too.
                let is_least = folder.weight(at).is_some_and(|weight| weight.errors > 0);
                let sign = if is_least { paint.glyphs().at_least } else { "" };
                right(&format!("{sign}{}", paint.bytes(bytes)), Role::Size)
            }
            None if folder.weighing == Weighing::Running => right(paint.glyphs().ellipsis, Role::Dim),
            None => right(paint.glyphs().unknown, Role::Dim),
        },
        Column::Bar => match folder.size(at) {
            Some(bytes) => Line::from(paint.span(paint.bar(bytes, folder.sum.bytes, width), Role::Bar)),
            None => Line::default(),
        },
        Column::Percent => match folder.size(at) {
            // A share of a sum that still grows would be a lie.
            Some(bytes) if folder.sum.unknown == 0 && folder.sum.bytes > 0 => {
                let share = u128::from(bytes) * 100 / u128::from(folder.sum.bytes);
                right(
                    &if share == 0 && bytes > 0 { "<1%".to_owned() } else { format!("{share}%") },
                    Role::Dim,
                )
            }
            _ => Line::default(),
        },
        Column::Modified => match entry.modified {
            Some(then) => right(&age(model.now, then), Role::Dim),
            None => right(paint.glyphs().unknown, Role::Dim),
        },
        Column::Owner => {
            let owner = format!("{}:{}", entry.uid, entry.gid);
            Line::from(paint.span(paint.fit(&owner, width).into_owned(), Role::Dim))
        }
        Column::Mode => Line::from(paint.span(mode(entry), Role::Dim)),
    }
}

/// A name with the sign that tells what it is, as `ls -F` has it.
fn name<'a>(entry: &Entry, paint: &Paint<'_>, width: usize) -> Line<'a> {
    let name = clean(&name_text(&entry.name)).into_owned();
    let role = match entry.kind {
        EntryKind::Folder => Role::Project,
        EntryKind::File => Role::Text,
        _ => Role::JsonLiteral,
    };
    let tail = match (entry.kind, &entry.target, entry.device) {
        (EntryKind::Folder, ..) if entry.is_mount => "/ another file system".to_owned(),
        (EntryKind::Folder, ..) => "/".to_owned(),
        (EntryKind::Link, Some(target), _) => format!(" -> {}", clean(&name_text(target))),
        (EntryKind::Link, None, _) => " -> ?".to_owned(),
        (EntryKind::Fifo, ..) => "|".to_owned(),
        (EntryKind::Socket, ..) => "=".to_owned(),
        (EntryKind::CharDevice | EntryKind::BlockDevice, _, Some((major, minor))) => {
            format!(" {} {major}:{minor}", entry.kind.letter())
        }
        _ => String::new(),
    };
    let links = entry.shared().and(entry.links);
    let names = links.map_or_else(String::new, |links| format!(" {}{links}", paint.glyphs().times));
    // A short sign goes only with the name itself.
    let kept = usize::from(tail.len() == 1) + columns_of(&names);
    let room = width.saturating_sub(if kept < width / 2 { kept } else { 0 });
    let shown = paint.fit(&name, room).into_owned();
    let left = width.saturating_sub(columns_of(&shown));
    // What a file is long is told where there is room for all of it.
    let longer = entry.longer().map_or_else(String::new, |bytes| format!(" {} long", paint.bytes(bytes)));
    let is_room = columns_of(&tail) + columns_of(&names) + columns_of(&longer) <= left;
    let tail = format!("{tail}{names}{}", if is_room { longer.as_str() } else { "" });
    Line::from(vec![
        Span::styled(shown, paint.style(role)),
        paint.span(paint.fit(&tail, left).into_owned(), Role::Dim),
    ])
}

/// The permission bits as `ls -l` writes them.
pub(super) fn mode(entry: &Entry) -> String {
    let bits = entry.mode;
    let mut text = String::from(entry.kind.letter());
    for (shift, special, letters) in [(6, 0o4000, "sS"), (3, 0o2000, "sS"), (0, 0o1000, "tT")] {
        let has = |bit: u32| bits >> shift & bit != 0;
        text.push(if has(4) { 'r' } else { '-' });
        text.push(if has(2) { 'w' } else { '-' });
        let (low, high) = if letters == "sS" { ('s', 'S') } else { ('t', 'T') };
        text.push(match (bits & special != 0, has(1)) {
            (true, true) => low,
            (true, false) => high,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

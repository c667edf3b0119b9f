//! The backups: which there are, and when each was proven.

pub(super) mod details;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::fact::noun;
use super::list::{say, select};
use super::paint::{Paint, put};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::age;
use crate::domain::keep::Kept;
use crate::domain::remote::Remote;
use crate::domain::text::{clean, width};

/// The headings, in the order of the columns.
const TITLES: [&str; 7] = ["VOLUME", "AGE", "SIZE", "CONTENT", "TAKEN", "PROVEN", "ENGINE"];
/// Those that are numbers stand at the right of their column.
const IS_NUMBER: [bool; 7] = [false, true, true, true, false, false, false];

/// The rows below the folder and the heading.
pub(super) const fn rows(list: Rect) -> Rect {
    let above = if list.height > 2 { 2 } else { list.height };
    Rect { y: list.y + above, height: list.height - above, ..list }
}

/// Draws the list.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, list: Rect) {
    put(frame, list, 0, &folder(model, paint, usize::from(list.width)));
    let rows = rows(list);
    let kept = model.jobs.kept();
    if kept.is_empty() {
        return say(paint, frame, rows, &nothing(model, paint));
    }
    let columns = Columns::of(usize::from(list.width));
    put(frame, list, 1, &columns.line(paint, &TITLES.map(str::to_owned), [Role::Heading; 7]));
    let top = model.backups.cursor.top;
    let shown = kept.iter().enumerate().skip(top).take(usize::from(rows.height));
    for ((at, one), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        put(frame, line, 0, &row(model, paint, &columns, one));
        if model.backups.marks.contains(&one.path) {
            let mark = Rect { x: line.x + 1, width: 1, ..line };
            put(frame, mark, 0, &Line::from(paint.span(paint.glyphs().mark, Role::Mark)));
        }
        if at == model.backups.cursor.at {
            select(model, paint, frame, line);
        }
    }
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), kept.len());
}

/// Where they are, and how many.
fn folder(model: &Model, paint: &Paint<'_>, room: usize) -> Line<'static> {
    let kept = model.jobs.kept();
    let bytes = paint.bytes(kept.iter().map(|kept| kept.bytes).sum());
    let marked: Vec<&Kept> = kept.iter().filter(|one| model.backups.marks.contains(&one.path)).collect();
    let count = match (&model.jobs.backups, kept.len()) {
        _ if !marked.is_empty() => {
            let bytes = paint.bytes(marked.iter().map(|kept| kept.bytes).sum());
            format!("{} marked, {bytes} ", marked.len())
        }
        (Remote::Ready { .. } | Remote::Stale { .. }, count) if count > 0 => {
            format!("{count} {}, {bytes} ", noun(count, "backup"))
        }
        _ => String::new(),
    };
    let trouble = model.jobs.backups.trouble().filter(|_| !kept.is_empty());
    let (text, role) = match (trouble, &model.jobs.folder) {
        (Some(trouble), _) => (format!("{}: {}", trouble.summary, trouble.cause), Role::Error),
        (None, Some(folder)) => (folder.to_string_lossy().into_owned(), Role::Dim),
        (None, None) => (String::new(), Role::Dim),
    };
    let text = paint.fit(&text, room.saturating_sub(width(&count) + 3)).into_owned();
    let pad = " ".repeat(room.saturating_sub(width(&text) + width(&count) + 2));
    let count = paint.span(count, Role::Text);
    Line::from(vec![Span::raw("  "), paint.span(text, role), Span::raw(pad), count])
}

fn nothing(model: &Model, paint: &Paint<'_>) -> Vec<String> {
    match &model.jobs.backups {
        Remote::Failed(trouble) => vec![
            format!("{}.", trouble.summary),
            trouble.cause.clone(),
            trouble.remedy.clone().unwrap_or_default(),
        ],
        Remote::NotAsked if model.jobs.offered.is_empty() => vec!["No backups here.".to_owned()],
        Remote::NotAsked | Remote::Loading => vec!["Looking for backups…".to_owned()],
        Remote::Ready { .. } | Remote::Stale { .. } => {
            use crate::app::action::{Action, Context};
            let key = paint.config.keymap.first(&[Context::Main], Action::BackUp);
            let key = key.map_or_else(|| "the palette".to_owned(), |key| format!("'{key}'"));
            vec![
                "There is no backup in this folder.".to_owned(),
                format!("Go to a volume and press {key}, or run: volx backup NAME"),
            ]
        }
    }
}

fn row<'a>(model: &Model, paint: &Paint<'_>, columns: &Columns, kept: &Kept) -> Line<'a> {
    let unknown = paint.glyphs().unknown;
    let (proven, proven_role) = match (&kept.trouble, &kept.proven) {
        (Some(_), _) => (format!("{} unusable", paint.glyphs().warning), Role::Error),
        (None, Some((at, how))) => (format!("{how} {}", age(model.now, *at)), Role::Good),
        (None, None) if model.jobs.is_being_read(kept) => ("being read now".to_owned(), Role::Accent),
        (None, None) => ("never".to_owned(), Role::Warning),
    };
    let taken = kept.taken.clone().unwrap_or_else(|| unknown.to_owned());
    let taken_role = if taken == "live" { Role::Warning } else { Role::Text };
    columns.line(
        paint,
        &[
            kept.volume.clone(),
            age(model.now, kept.at),
            paint.bytes(kept.bytes),
            kept.content.map_or_else(|| unknown.to_owned(), |bytes| paint.bytes(bytes)),
            taken,
            proven,
            kept.engine.clone().unwrap_or_else(|| unknown.to_owned()),
        ],
        [Role::Text, Role::Dim, Role::Text, Role::Dim, taken_role, proven_role, Role::Dim],
    )
}

/// The widths of the columns; 0 is left out.
struct Columns([usize; 7]);

impl Columns {
    /// In narrow windows the engine goes first, then the content, how it was taken, and the size.
    fn of(width: usize) -> Self {
        let room = width.saturating_sub(3);
        let fixed: [usize; 5] = match room {
            0..50 => [4, 0, 0, 0, 14],
            50..64 => [4, 9, 0, 0, 16],
            64..84 => [4, 9, 0, 8, 16],
            _ => [4, 9, 9, 8, 16],
        };
        let used: usize = fixed.iter().filter(|w| **w > 0).map(|w| w + 2).sum();
        let spare = room.saturating_sub(used);
        let name = if spare < 56 { spare } else { (spare * 3 / 5).clamp(24, 64) };
        let engine = if spare < 56 { 0 } else { spare - name - 2 };
        let [age, size, content, taken, proven] = fixed;
        Self([name, age, size, content, taken, proven, engine])
    }

    fn line<'a>(&self, paint: &Paint<'_>, texts: &[String; 7], roles: [Role; 7]) -> Line<'a> {
        let mut spans = vec![Span::raw("  ")];
        for (((text, role), columns), is_number) in texts.iter().zip(roles).zip(self.0).zip(IS_NUMBER) {
            if columns == 0 {
                continue;
            }
            let shown = paint.fit(&clean(text), columns).into_owned();
            let pad = " ".repeat(columns.saturating_sub(width(&shown)));
            let (before, after) = if is_number { (pad, String::new()) } else { (String::new(), pad) };
            spans.extend([Span::raw(before), paint.span(shown, role), Span::raw(after), Span::raw("  ")]);
        }
        Line::from(spans)
    }
}

//! What came of each volume.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{cell, cell_right};
use crate::app::model::Model;
use crate::app::removal::Row;
use crate::config::theme::Role;
use crate::domain::prune::Undo;
use crate::domain::removal::{Done, Outcome};
use crate::ui::list::{say, select};
use crate::ui::paint::Paint;

const RESULT: u16 = 8;
const SIZE: u16 = 9;
const GAP: u16 = 2;
/// Below this the reason is only told below the rows.
const WHY: u16 = 20;

/// Draws the heading and the rows.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, titles: Rect, rows: Rect) {
    let places = Places::of(rows.width.saturating_sub(1));
    for (place, title) in [(places.result, "RESULT"), (places.name, "NAME"), (places.why, "WHY")] {
        cell(paint, frame, titles, place, title, Role::Heading);
    }
    cell_right(paint, frame, titles, places.size, freed_title(model), Role::Heading);
    let Some(report) = &model.changes.report else { return };
    let removal = &model.removal;
    let top = removal.cursor.top;
    let shown = removal.rows.iter().enumerate().skip(top).take(usize::from(rows.height));
    for ((at, row), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        if let Row::Done(place) = row
            && let Some(done) = report.done.get(*place as usize)
        {
            draw_row(done, paint, frame, line, &places);
        }
        if at == removal.cursor.at {
            select(model, paint, frame, line);
        }
    }
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), removal.rows.len());
    if removal.rows.is_empty() {
        let text =
            if report.is_over { "No volume had its turn." } else { "The first volume is being removed." };
        say(paint, frame, rows, &[text.to_owned()]);
    }
}

/// What is in the trash is not free yet.
fn freed_title(model: &Model) -> &'static str {
    if model.changes.undo == Undo::Kept { "IN TRASH" } else { "FREED" }
}

struct Places {
    result: (u16, u16),
    name: (u16, u16),
    size: (u16, u16),
    why: (u16, u16),
}

impl Places {
    fn of(room: u16) -> Self {
        let left = 1 + RESULT + GAP;
        let rest = room.saturating_sub(left + GAP + SIZE);
        let why = if rest >= 18 + GAP + WHY { (rest - GAP) / 2 } else { 0 };
        let name = rest - if why > 0 { why + GAP } else { 0 };
        Self {
            result: (1, RESULT),
            name: (left, name),
            size: (left + name + GAP, SIZE),
            why: (left + name + GAP + SIZE + GAP, why),
        }
    }
}

fn draw_row(done: &Done, paint: &Paint<'_>, frame: &mut Frame<'_>, line: Rect, places: &Places) {
    let (word, role) = match &done.outcome {
        Outcome::Freed(_) => ("removed", Role::Good),
        Outcome::Skipped(_) => ("left", Role::Warning),
        Outcome::Failed(_) => ("failed", Role::Error),
    };
    cell(paint, frame, line, places.result, word, role);
    cell(paint, frame, line, places.name, &done.name, Role::Text);
    let freed = match done.outcome {
        Outcome::Freed(Some(bytes)) => paint.bytes(bytes),
        Outcome::Freed(None) => paint.glyphs().unknown.to_owned(),
        Outcome::Skipped(_) | Outcome::Failed(_) => paint.glyphs().none.to_owned(),
    };
    cell_right(paint, frame, line, places.size, &freed, Role::Size);
    cell(paint, frame, line, places.why, &why(done), role);
}

fn why(done: &Done) -> String {
    match &done.outcome {
        Outcome::Freed(Some(_)) => String::new(),
        Outcome::Freed(None) => "its size is not known".to_owned(),
        Outcome::Skipped(skip) => skip.words(),
        Outcome::Failed(trouble) => trouble.cause.clone(),
    }
}

/// The selected row in full.
pub(super) fn about(model: &Model) -> Vec<String> {
    let Some(Row::Done(at)) = model.removal.selected() else { return Vec::new() };
    let Some(done) = model.changes.report.as_ref().and_then(|report| report.done.get(at as usize)) else {
        return Vec::new();
    };
    let text = match &done.outcome {
        Outcome::Freed(_) => format!("removed; {}", why(done)).trim_end_matches("; ").to_owned(),
        Outcome::Skipped(_) => format!("left alone: {}", why(done)),
        Outcome::Failed(trouble) => format!("failed: {trouble}").replace('\n', " "),
    };
    vec![done.name.clone(), text]
}

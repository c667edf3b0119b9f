//! Where one is: volume, path, the way that is taken, and what the folder holds in all.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::files::Fate;
use crate::app::files::folder::{Folder, Weighing};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::ago;
use crate::domain::text::{fit_end, width};
use crate::ui::header::noun;
use crate::ui::paint::{Paint, put, put_right};

/// Columns that the path keeps; below that, facts go from the end.
const LEAST_PATH: usize = 18;

/// Draws the line.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let full = format!("{}:{}", whose(model), model.files.place());
    let wanted = width(&full).min(usize::from(area.width) / 2).max(LEAST_PATH);
    let mut facts = facts(model, paint);
    let dot = format!(" {} ", paint.glyphs().dot);
    let taken =
        |facts: &[(String, Role)]| facts.iter().map(|(text, _)| width(text) + width(&dot)).sum::<usize>();
    while !facts.is_empty() && taken(&facts) + wanted + 2 > usize::from(area.width) {
        facts.pop();
    }
    let mut spans = Vec::new();
    for (at, (text, role)) in facts.into_iter().enumerate() {
        if at > 0 {
            spans.push(paint.span(dot.clone(), Role::Dim));
        }
        spans.push(paint.span(text, role));
    }
    spans.push(Span::raw(" "));
    let right = Line::from(spans);
    let room = usize::from(area.width).saturating_sub(right.width() + 2);
    put_right(frame, area, 0, &right);
    // The end of a path says most; a folder's own name is never what is cut.
    let shown = fit_end(&full, room, paint.glyphs().ellipsis).into_owned();
    put(frame, area, 0, &Line::from(vec![Span::raw(" "), paint.span(shown, Role::Title)]));
}

/// Whose files these are.
fn whose(model: &Model) -> String {
    match &model.files.kept {
        Some(kept) => format!("backup of {}, {}", kept.volume, ago(model.now, kept.at)),
        None => model.files.volume.clone(),
    }
}

/// What is said of the folder, the most useful first.
fn facts(model: &Model, paint: &Paint<'_>) -> Vec<(String, Role)> {
    let mut facts = Vec::new();
    if model.files.fate == Fate::Removed {
        facts.push((format!("{} removed", paint.glyphs().warning), Role::Warning));
    }
    if let Some(folder) = model.files.folder() {
        facts.extend(of_folder(folder, paint));
    }
    if let Some(way) = model.files.way.value() {
        facts.push((way.name().to_owned(), Role::Dim));
    }
    facts
}

fn of_folder(folder: &Folder, paint: &Paint<'_>) -> Vec<(String, Role)> {
    let Some(listing) = folder.listing.value() else { return Vec::new() };
    let mut facts = Vec::new();
    let sum = folder.sum;
    let is_whole = sum.unknown == 0 && listing.folded == 0;
    let sign = if is_whole { "" } else { paint.glyphs().at_least };
    facts.push((format!("{sign}{}", paint.bytes(sum.bytes)), Role::Title));
    if sum.errors > 0 {
        facts.push((format!("{} {} unreadable", paint.glyphs().warning, sum.errors), Role::Warning));
    }
    if listing.folded > 0 {
        facts.push((format!("{} more not shown", listing.folded), Role::Warning));
    }
    if let Weighing::Failed(_) = folder.weighing {
        facts.push(("sizes of folders unknown".to_owned(), Role::Warning));
    }
    let count = listing.entries.len();
    let word = if count == 1 { "entry" } else { "entries" };
    facts.push((format!("{count} {word}"), Role::Dim));
    if folder.weighing == Weighing::Running && sum.unknown > 0 {
        facts.push((format!("weighing {} {}", sum.unknown, noun(sum.unknown, "folder")), Role::Dim));
    }
    facts
}

/// Draws how far a copy is.
pub(super) fn draw_job(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let Some(job) = &model.files.job else { return };
    let end = if job.is_ending { "ending" } else { "x ends it" };
    let done = format!(
        " {} {}, {} {} {end} ",
        job.entries,
        noun(usize::try_from(job.entries).unwrap_or(usize::MAX), "entry").replace("entrys", "entries"),
        paint.bytes(job.bytes),
        paint.glyphs().dot
    );
    // How far it is matters most; in the narrowest windows the title goes, then its end.
    let done = paint.fit(&done, usize::from(area.width).saturating_sub(1)).into_owned();
    let room = usize::from(area.width).saturating_sub(width(&done) + 1);
    let title = paint.fit(&job.title, room).into_owned();
    let line = Line::from(vec![Span::raw(" "), paint.span(title, Role::Accent), paint.span(done, Role::Dim)]);
    put(frame, area, 0, &line);
}

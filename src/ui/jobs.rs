//! Jobs: a strip above the hints while some are open, and the list of all of them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{Paint, put};
use super::wrap;
use crate::app::cursor::Cursor;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::{ago, span};
use crate::domain::job::{Job, JobState};
use crate::domain::text::{clean, width};

/// Lines that tell of the selected job below the list.
const TOLD: u16 = 4;
/// Columns of a bar.
const BAR: usize = 12;

/// Lines that the strip takes in a window of this height.
pub(super) fn strip_height(model: &Model, height: u16) -> u16 {
    let most = if height >= 24 { 3 } else { 1 };
    u16::try_from(model.jobs.open().count()).unwrap_or(most).min(most)
}

/// Draws the open jobs, the oldest first.
pub(super) fn draw_strip(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let open: Vec<&Job> = model.jobs.open().collect();
    let rows = usize::from(area.height);
    let hidden = open.len().saturating_sub(rows);
    for ((at, job), row) in open.iter().enumerate().take(rows).zip(0..) {
        let more = if hidden > 0 && at + 1 == rows { format!("+{hidden} more ") } else { String::new() };
        let room = usize::from(area.width).saturating_sub(1 + more.len());
        let mut line = line(model, job, paint, room);
        line.spans.insert(0, Span::raw(" "));
        let pad = usize::from(area.width).saturating_sub(line.width() + more.len());
        line.spans.extend([Span::raw(" ".repeat(pad)), paint.span(more, Role::Dim)]);
        put(frame, area, row, &line);
    }
}

/// A job in one line: what is most worth knowing keeps its room longest.
fn line(model: &Model, job: &Job, paint: &Paint<'_>, room: usize) -> Line<'static> {
    let (word, role) = match &job.state {
        JobState::Waiting => ("waits".to_owned(), Role::Dim),
        JobState::Running => (running(job), Role::Accent),
        JobState::Done(_) => ("done".to_owned(), Role::Good),
        JobState::Failed(_) => ("failed".to_owned(), Role::Error),
        JobState::Cancelled => ("cancelled".to_owned(), Role::Warning),
    };
    let kind = format!("{:<8}", job.kind.name());
    // From the end: what gives way first.
    let mut facts: Vec<(String, Role)> = vec![(word, role)];
    let bar = job.progress.share().filter(|_| job.state == JobState::Running);
    if job.state == JobState::Running {
        facts.extend(left(model, job).map(|left| (left, Role::Text)));
        facts.push((bytes(job, paint), Role::Text));
        facts.extend(job.rate(model.now).map(|rate| (format!("{}/s", paint.bytes(rate)), Role::Dim)));
        facts.push((job.progress.step.to_owned(), Role::Dim));
    } else if !job.is_open() {
        facts.push((ago(model.now, job.began_at), Role::Dim));
    }
    facts.retain(|(text, _)| !text.is_empty());
    let name = width(&clean(&job.title)).clamp(8, 40);
    let mut used = width(&kind) + 1;
    let title = paint.fit(&job.title, name.min(room.saturating_sub(used + 8).max(4))).into_owned();
    used += width(&title);
    let mut spans = vec![paint.span(kind, Role::Dim), Span::raw(" "), paint.span(title, Role::Title)];
    if let Some(share) = bar
        && room >= used + BAR + 30
    {
        let filled = paint.bar(share, 1000, BAR);
        let pad = BAR.saturating_sub(width(&filled));
        spans.extend([Span::raw("  "), paint.span(filled, Role::Bar), Span::raw(" ".repeat(pad))]);
        used += BAR + 2;
    }
    for (text, role) in facts {
        if used + width(&text) + 2 > room {
            break;
        }
        used += width(&text) + 2;
        spans.extend([Span::raw("  "), paint.span(text, role)]);
    }
    Line::from(spans)
}

fn running(job: &Job) -> String {
    job.progress.share().map_or_else(|| "runs".to_owned(), |share| format!("{}%", share / 10))
}

fn left(model: &Model, job: &Job) -> Option<String> {
    let left = job.left(model.now).filter(|_| job.state == JobState::Running)?;
    Some(format!("{} left", span(i64::try_from(left).unwrap_or(i64::MAX))))
}

fn bytes(job: &Job, paint: &Paint<'_>) -> String {
    match (job.progress.bytes, job.progress.of()) {
        (0, None) => String::new(),
        (bytes, Some(total)) => format!("{} of {}", paint.bytes(bytes), paint.bytes(total)),
        (bytes, None) => paint.bytes(bytes),
    }
}

/// Lines that the list wants in all.
pub(super) fn height(model: &Model) -> usize {
    model.jobs.all.len().max(1) + usize::from(TOLD)
}

/// The part of the overlay that the rows have.
pub(super) const fn rows(inner: Rect) -> Rect {
    let below = if inner.height > TOLD + 1 { TOLD } else { 0 };
    Rect { height: inner.height - below, ..inner }
}

/// Draws the list and what is to be told of the selected job.
pub(super) fn draw(cursor: Cursor, model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let jobs = model.jobs.listed();
    let list = rows(inner);
    if jobs.is_empty() {
        return put(frame, list, 0, &Line::from(paint.span("nothing was begun yet", Role::Dim)));
    }
    let shown = jobs.iter().enumerate().skip(cursor.top).take(usize::from(list.height));
    for ((at, job), row) in shown.zip(0..) {
        put(frame, list, row, &line(model, job, paint, usize::from(list.width)));
        paint.select_row(frame, list, row, at == cursor.at);
    }
    let bar = Rect { width: list.width + 2, ..list };
    paint.scroll_bar(frame, bar, cursor.top, usize::from(list.height), jobs.len());
    let Some(job) = jobs.get(cursor.at) else { return };
    let (text, role) = told(job, paint);
    let below = Rect { y: list.bottom(), height: inner.height - list.height, ..inner };
    let lines = text.lines().flat_map(|line| wrap::words(&clean(line.trim()), usize::from(below.width)));
    // A free line divides them.
    for (text, row) in lines.zip(1..) {
        put(frame, below, row, &Line::from(paint.span(text, role)));
    }
}

/// What came of a job, or how far it is.
fn told(job: &Job, paint: &Paint<'_>) -> (String, Role) {
    let what = format!("{} of {}", job.kind.name(), job.title);
    match &job.state {
        JobState::Waiting => (format!("{what}: others come first"), Role::Text),
        JobState::Running => {
            let entries = job.progress.entries;
            (format!("{what}: {}, {entries} entries, {}", job.progress.step, bytes(job, paint)), Role::Text)
        }
        JobState::Done(outcome) => (format!("{what}: {outcome}"), Role::Text),
        JobState::Failed(trouble) => (format!("{what}: {trouble}"), Role::Error),
        JobState::Cancelled => (format!("{what}: cancelled; nothing half done was left"), Role::Warning),
    }
}

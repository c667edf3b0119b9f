//! Jobs: a strip above the hints while some are open, and the list of all of them.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{Paint, put, put_right};
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
/// Columns of what is done.
const KIND: usize = 8;
/// Columns that a title has at least.
const LEAST: usize = 8;

/// Lines that the strip takes in a window of this height.
pub(super) fn strip_height(model: &Model, height: u16) -> u16 {
    let most = if height >= 24 { 3 } else { 1 };
    u16::try_from(model.jobs.open().count()).unwrap_or(most).min(most)
}

/// Draws the open jobs, the oldest first.
pub(super) fn draw_strip(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let rows = usize::from(area.height);
    let open = model.jobs.open().count();
    let hidden = open.saturating_sub(rows);
    let more = if hidden > 0 { format!("+{hidden} more ") } else { String::new() };
    let shown: Vec<Cells> = model.jobs.open().take(rows).map(|job| Cells::of(model, job, paint)).collect();
    let columns = Columns::of(&shown, usize::from(area.width).saturating_sub(1 + more.len()));
    for ((at, cells), row) in shown.iter().enumerate().zip(0..) {
        let mut line = columns.line(cells, paint);
        line.spans.insert(0, Span::raw(" "));
        put(frame, area, row, &line);
        if at + 1 == rows {
            put_right(frame, area, row, &Line::from(paint.span(more.clone(), Role::Dim)));
        }
    }
}

/// What may stand in a line behind the title, in this order.
const FACTS: usize = 6;
/// The same by their worth: the last of them give way first.
const WORTH: [usize; FACTS] = [STATE, SHARE, LEFT, BYTES, BAR_AT, RATE];
const STATE: usize = 0;
const BAR_AT: usize = 1;
const SHARE: usize = 2;
const LEFT: usize = 3;
const BYTES: usize = 4;
const RATE: usize = 5;

/// What is to be told of a job in one line.
struct Cells {
    kind: &'static str,
    title: String,
    facts: [(String, Role); FACTS],
}

impl Cells {
    fn of(model: &Model, job: &Job, paint: &Paint<'_>) -> Self {
        let mut facts = std::array::from_fn(|_| (String::new(), Role::Dim));
        facts[STATE] = match &job.state {
            JobState::Waiting => ("waits".to_owned(), Role::Dim),
            JobState::Running if job.progress.step.is_empty() => ("runs".to_owned(), Role::Accent),
            JobState::Running => (job.progress.step_words(), Role::Accent),
            JobState::Done(_) => ("done".to_owned(), Role::Good),
            JobState::Failed(_) => ("failed".to_owned(), Role::Error),
            JobState::Cancelled => ("cancelled".to_owned(), Role::Warning),
        };
        if job.state == JobState::Running {
            if let Some(share) = job.progress.share() {
                let filled = paint.bar(share, 1000, BAR);
                let pad = " ".repeat(BAR.saturating_sub(width(&filled)));
                facts[BAR_AT] = (format!("{filled}{pad}"), Role::Bar);
                facts[SHARE] = (format!("{}%", share / 10), Role::Accent);
            }
            facts[LEFT] = (left(model, job).unwrap_or_default(), Role::Text);
            facts[BYTES] = (bytes(job, paint), Role::Text);
            let rate = job.rate(model.now).map(|rate| format!("{}/s", paint.bytes(rate)));
            facts[RATE] = (rate.unwrap_or_default(), Role::Dim);
        } else if !job.is_open() {
            facts[LEFT] = (ago(model.now, job.began_at), Role::Dim);
        }
        Self { kind: job.kind.name(), title: clean(&job.title).into_owned(), facts }
    }
}

/// How wide everything is, so that it stands below each other.
struct Columns {
    title: usize,
    facts: [usize; FACTS],
}

impl Columns {
    fn of(all: &[Cells], room: usize) -> Self {
        let wide = |cells: &Cells, fact: usize| cells.facts.get(fact).map_or(0, |(text, _)| width(text));
        let widest = |fact: usize| all.iter().map(|cells| wide(cells, fact)).max().unwrap_or(0);
        let taken = |wide: usize| if wide == 0 { 0 } else { wide + 2 };
        let mut room = room.saturating_sub(KIND + 1);
        let reserved: usize = [STATE, SHARE, LEFT].into_iter().map(|fact| taken(widest(fact))).sum();
        let title = all.iter().map(|cells| width(&cells.title)).max().unwrap_or(0).clamp(8, 40);
        let title = title.min(room.saturating_sub(reserved).max(LEAST));
        room = room.saturating_sub(title);
        let mut facts = [0; FACTS];
        for fact in WORTH {
            let wide = widest(fact);
            if let Some(place) = facts.get_mut(fact).filter(|_| taken(wide) <= room) {
                (*place, room) = (wide, room - taken(wide));
            }
        }
        Self { title, facts }
    }

    fn line(&self, cells: &Cells, paint: &Paint<'_>) -> Line<'static> {
        let title = paint.fit(&cells.title, self.title).into_owned();
        let pad = |wide: usize, text: &str| " ".repeat(wide.saturating_sub(width(text)));
        let behind = pad(self.title, &title);
        let mut spans = vec![
            paint.span(format!("{:<KIND$}", cells.kind), Role::Dim),
            Span::raw(" "),
            paint.span(title, Role::Title),
            Span::raw(behind),
        ];
        let facts = cells.facts.iter().zip(self.facts).enumerate();
        for (at, ((text, role), wide)) in facts.filter(|(_, (_, wide))| *wide > 0) {
            // Figures end below each other.
            let (before, behind) = match at {
                SHARE | RATE => (pad(wide, text), String::new()),
                _ => (String::new(), pad(wide, text)),
            };
            spans.extend([
                Span::raw(format!("  {before}")),
                paint.span(text.clone(), *role),
                Span::raw(behind),
            ]);
        }
        Line::from(spans)
    }
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
    let shown = jobs.iter().skip(cursor.top).take(usize::from(list.height));
    let shown: Vec<Cells> = shown.map(|job| Cells::of(model, job, paint)).collect();
    let columns = Columns::of(&shown, usize::from(list.width));
    for ((at, cells), row) in shown.iter().enumerate().zip(0..) {
        put(frame, list, row, &columns.line(cells, paint));
        paint.select_row(frame, list, row, cursor.top + at == cursor.at);
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
            (
                format!("{what}: {}, {entries} entries, {}", job.progress.step_words(), bytes(job, paint)),
                Role::Text,
            )
        }
        JobState::Done(outcome) => (format!("{what}: {outcome}"), Role::Text),
        JobState::Failed(trouble) => (format!("{what}: {trouble}"), Role::Error),
        JobState::Cancelled => (format!("{what}: cancelled; nothing half done was left"), Role::Warning),
    }
}

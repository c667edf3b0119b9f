//! Above the rows: the rules or the title, what they mean, and the sum.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::app::model::Model;
use crate::app::removal::words::{counted, frees, meaning, mostly};
use crate::app::removal::{Mode, Removal};
use crate::config::theme::Role;
use crate::domain::prune::{Kept, Misread, Undo, WORDS, Why};
use crate::domain::removal::Report;
use crate::domain::text::{clean, width};
use crate::ui::paint::{Paint, put, put_right};
use crate::ui::prompt;

const LABEL: &str = " Rules ";

/// Draws the head of a plan.
pub(super) fn plan(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width.saturating_sub(2));
    let removal = &model.removal;
    match &removal.mode {
        Mode::Prune => rules(removal, paint, frame, area),
        Mode::Named(names) => {
            let title = match names.first() {
                Some(name) if names.len() == 1 => format!("Remove {name}"),
                _ => format!("Remove {}", counted(names.len(), "volume")),
            };
            line(frame, paint, area, 0, paint.fit(&title, room).into_owned(), Role::Title);
        }
    }
    let (text, role) = note(model);
    line(frame, paint, area, 1, paint.fit(&text, room).into_owned(), role);
    let (text, role) = sum(model, paint);
    line(frame, paint, area, 2, paint.fit(&text, room).into_owned(), role);
}

fn line(frame: &mut Frame<'_>, paint: &Paint<'_>, area: Rect, row: u16, text: String, role: Role) {
    put(frame, area, row, &Line::from(vec![Span::raw(" "), paint.span(text, role)]));
}

/// The rules as typed, with the cursor while they are.
fn rules(removal: &Removal, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(LABEL.len() + 1);
    let label = paint.span(LABEL, Role::Accent);
    if removal.is_editing {
        let (shown, at) = prompt::typed(&removal.typed, room, paint.glyphs().ellipsis);
        put(frame, area, 0, &Line::from(vec![label, paint.span(shown, Role::Text)]));
        let x = area.x + u16::try_from(LABEL.len()).unwrap_or(0) + at;
        frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
        return;
    }
    let typed = removal.typed.value().trim();
    let (text, role) =
        if typed.is_empty() { ("own rules, no words", Role::Dim) } else { (typed, Role::Title) };
    put(frame, area, 0, &Line::from(vec![label, paint.span(paint.fit(text, room).into_owned(), role)]));
}

/// What is wrong, what can be typed, or what the rules mean on this engine.
fn note(model: &Model) -> (String, Role) {
    let removal = &model.removal;
    let near = removal.is_editing.then(|| near(removal)).flatten();
    if let Some(Misread { word, why, .. }) = removal.misread.as_ref().filter(|_| removal.is_prune()) {
        // Half a word is no mistake yet.
        if let Some(near) = near.filter(|_| is_at_cursor(removal, word)) {
            return (near, Role::Warning);
        }
        return (format!("'{}': {why}", clean(word)), Role::Error);
    }
    if model.changes.protection.is_none() {
        let text = "nobody knows yet what is protected: nothing can be removed";
        return (
            model.changes.protection_trouble.as_ref().map_or(text.to_owned(), ToString::to_string),
            Role::Warning,
        );
    }
    if model.changes.is_clearing {
        return ("stopping and removing containers; the plan follows by itself".to_owned(), Role::Warning);
    }
    if removal.undo == Undo::None {
        return ("no undo: what goes is gone for good, past the trash".to_owned(), Role::Warning);
    }
    if removal.is_forced {
        let text = "forced: let the engine forget it when its driver fails; a volume in use stays";
        return (text.to_owned(), Role::Warning);
    }
    match &removal.mode {
        Mode::Prune => {
            (near.unwrap_or_else(|| meaning(&removal.rules, model.prunes()).to_owned()), Role::Dim)
        }
        Mode::Named(_) => {
            let refused = removal.plan.kept.len();
            let mut parts = Vec::new();
            if refused > 0 {
                parts.push(format!("{refused} cannot be removed"));
            }
            if removal.gone > 0 {
                parts.push(format!("{} gone by now", removal.gone));
            }
            let inventory = model.listed();
            let is_freed_by_x = |kept: &Kept| {
                matches!(kept.why, Why::Used(_))
                    && inventory.volumes.get(kept.at).is_some_and(|volume| {
                        model.changes.guard(volume).is_none() && !inventory.has_service(&volume.name)
                    })
            };
            if removal.plan.kept.iter().any(is_freed_by_x) {
                let whose = if refused == 1 { "its" } else { "their" };
                parts.push(format!("x removes {whose} containers, and asks first"));
            }
            let role = if parts.is_empty() { Role::Dim } else { Role::Warning };
            if parts.is_empty() && removal.can_be_forced(&model.listed(), model.changes.report.as_ref()) {
                parts.push("f: let the engine forget it when its driver fails; off".to_owned());
            }
            (parts.join(", "), role)
        }
    }
}

/// The word that is being typed, up to the cursor.
fn word_at_cursor(removal: &Removal) -> String {
    let before: String = removal.typed.value().chars().take(removal.typed.cursor()).collect();
    before.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase()
}

fn is_at_cursor(removal: &Removal, word: &str) -> bool {
    word.to_lowercase() == word_at_cursor(removal)
}

/// What can be meant by the word that is being typed.
fn near(removal: &Removal) -> Option<String> {
    let word = word_at_cursor(removal);
    let key = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    let is_near = |candidate: &str| {
        if word.contains(':') { key(candidate) == key(&word) } else { candidate.starts_with(word.as_str()) }
    };
    let found: Vec<(&str, &str)> = WORDS.into_iter().filter(|(text, _)| is_near(text)).collect();
    match found.as_slice() {
        [] => None,
        [(text, means)] => Some(format!("{text}: {means}")),
        many => Some(many.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(" ")),
    }
}

/// How many go, and what that frees.
fn sum(model: &Model, paint: &Paint<'_>) -> (String, Role) {
    let removal = &model.removal;
    let going = removal.plan.candidates.len();
    let of = match &removal.mode {
        Mode::Prune => model.listed().volumes.len(),
        Mode::Named(names) => names.len(),
    };
    let role = match (removal.misread.is_some(), going) {
        (true, _) | (_, 0) => Role::Dim,
        _ => Role::Title,
    };
    if going == 0 {
        let mostly = mostly(&removal.plan, model.now, paint.config.units).filter(|_| removal.is_prune());
        let mostly = mostly.map_or_else(String::new, |words| format!("; {words}"));
        let none = if of == 1 { "it stays".to_owned() } else { format!("none of {of} volumes goes") };
        return (format!("{none}{mostly}"), role);
    }
    let verb = if going == 1 { "goes" } else { "go" };
    let undo = if model.goes_to_trash() { Undo::Kept } else { Undo::None };
    let is_free_at_once = undo.is_free_at_once(model.jobs.room.as_deref());
    let frees = frees(removal.freed, going, is_free_at_once, model.now, paint.config.units);
    let last = if removal.misread.is_some() { " (the last rules that could be read)" } else { "" };
    (format!("{going} of {} {verb}, {frees}{last}", counted(of, "volume")), role)
}

/// Draws the head of a report.
pub(super) fn report(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let empty = Report::default();
    let report = model.changes.report.as_ref().unwrap_or(&empty);
    let room = usize::from(area.width.saturating_sub(2));
    let (done, total) = (report.done.len(), report.total);
    let title = match (report.is_over, model.changes.is_stopping) {
        (true, _) if report.is_whole() => format!("Removed {}", counted(total, "volume")),
        (true, _) => format!("Removed {} of {}", report.tally().freed, counted(total, "volume")),
        (false, true) => format!("Removing {done} of {total}, stopping after this one"),
        (false, false) => format!("Removing {done} of {total}"),
    };
    let role = if report.is_over { Role::Title } else { Role::Accent };
    let title = paint.fit(&title, room).into_owned();
    let left = width(&title) + 3;
    line(frame, paint, area, 0, title, role);
    if !report.is_over && usize::from(area.width) > left + 12 {
        let cells = (usize::from(area.width) - left - 1).min(40);
        let bar = paint.bar(u64::try_from(done).unwrap_or(0), u64::try_from(total).unwrap_or(0), cells);
        let bar = format!("{bar}{} ", " ".repeat(cells - width(&bar).min(cells)));
        put_right(frame, area, 0, &Line::from(paint.span(bar, Role::Bar)));
    }
    line(frame, paint, area, 1, paint.fit(&sums(model, report, paint), room).into_owned(), Role::Text);
    let (text, role) = trouble(model, report);
    line(frame, paint, area, 2, paint.fit(&text, room).into_owned(), role);
}

fn sums(model: &Model, report: &Report, paint: &Paint<'_>) -> String {
    let tally = report.tally();
    let about = if tally.stale > 0 { "about " } else { "" };
    let went = if model.changes.undo == Undo::Kept { "into the trash" } else { "freed" };
    let mut parts = vec![match tally.unknown {
        0 => format!("{} removed, {about}{} {went}", tally.freed, paint.bytes(tally.bytes)),
        unknown => {
            format!(
                "{} removed, at least {} {went} ({unknown} of unknown size)",
                tally.freed,
                paint.bytes(tally.bytes)
            )
        }
    }];
    if tally.skipped > 0 {
        parts.push(format!("{} left alone", tally.skipped));
    }
    if tally.failed > 0 {
        parts.push(format!("{} failed", tally.failed));
    }
    let seconds = model.changes.began_at.map(|began| model.now.as_second() - began.as_second());
    if let (false, Some(seconds @ 1..)) = (report.is_over, seconds)
        && let Ok(seconds) = usize::try_from(seconds)
    {
        parts.push(match report.done.len() / seconds {
            0 => format!("{} a minute", report.done.len() * 60 / seconds),
            rate => format!("{rate} a second"),
        });
    }
    parts.join(&format!(" {} ", paint.glyphs().dot))
}

fn trouble(model: &Model, report: &Report) -> (String, Role) {
    if let Some(trouble) = &model.changes.refusal {
        return (clean(&trouble.to_string().replace('\n', " ")).into_owned(), Role::Error);
    }
    if let Some(trouble) = &report.unlogged {
        return (format!("not in the audit log: {}", clean(&trouble.cause)), Role::Warning);
    }
    let left = report.total.saturating_sub(report.done.len());
    if report.is_over && left > 0 {
        return (format!("{} not tried", counted(left, "volume")), Role::Warning);
    }
    (String::new(), Role::Dim)
}

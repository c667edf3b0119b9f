//! What happens on the engine.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::list::{say, select};
use super::paint::{Paint, put};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::age;
use crate::domain::event::{EngineEvent, Subject};

/// Draws the heading and the events, newest first.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let columns = Columns::of(usize::from(area.width));
    put(
        frame,
        area,
        0,
        &columns.line(paint, ["TIME", "AGE", "WHAT", "NAME", "ACTION", "BY"], [Role::Heading; 6]),
    );
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if model.activity.events.is_empty() {
        let words = [
            "Nothing has happened since volx watches.".to_owned(),
            "Containers that start or end and volumes that come or go are listed here as they do.".to_owned(),
        ];
        return say(paint, frame, rows, &words);
    }
    let top = model.activity.cursor.top;
    let shown = model.activity.events.iter().enumerate().skip(top).take(usize::from(rows.height));
    for ((at, event), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        put(frame, line, 0, &row(model, paint, &columns, event));
        if at == model.activity.cursor.at {
            select(model, paint, frame, line);
        }
    }
    if model.activity.dropped > 0 && top + usize::from(rows.height) >= model.activity.events.len() {
        let text = format!("  {} older ones are not kept", model.activity.dropped);
        let last = Rect { y: rows.bottom().saturating_sub(1), height: 1, ..rows };
        frame.buffer_mut().set_style(last, paint.style(Role::Dim));
        put(
            frame,
            last,
            0,
            &Line::from(paint.span(format!("{text:<w$}", w = usize::from(rows.width)), Role::Dim)),
        );
    }
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), model.activity.events.len());
}

/// The widths of the columns; 0 is left out.
struct Columns([usize; 6]);

impl Columns {
    /// In narrow windows the age goes first, then the actor.
    fn of(width: usize) -> Self {
        let room = width.saturating_sub(3);
        // The name is what matters: the actor goes first, then the age.
        let (age, what) = match room {
            0..50 => (0, 0),
            50..76 => (0, 9),
            _ => (4, 9),
        };
        let fixed: usize = [8, age, what, 12].iter().map(|w| if *w > 0 { w + 2 } else { 0 }).sum();
        let spare = room.saturating_sub(fixed);
        let name = if spare < 34 { spare } else { (spare * 3 / 5).clamp(24, 64) };
        let by = if spare < 34 { 0 } else { spare - name - 4 };
        Self([8, age, what, name, 12, by])
    }

    fn line<'a>(&self, paint: &Paint<'_>, texts: [&str; 6], roles: [Role; 6]) -> Line<'a> {
        let mut spans = vec![Span::raw("  ")];
        for ((text, role), width) in texts.into_iter().zip(roles).zip(self.0) {
            if width == 0 {
                continue;
            }
            let shown = paint.fit(text, width).into_owned();
            let pad = " ".repeat(width - crate::domain::text::width(&shown) + 2);
            spans.push(paint.span(shown, role));
            spans.push(Span::raw(pad));
        }
        Line::from(spans)
    }
}

fn row<'a>(model: &Model, paint: &Paint<'_>, columns: &Columns, event: &EngineEvent) -> Line<'a> {
    let at = event.at.to_zoned(paint.config.timezone.clone());
    let is_today = at.date() == model.now.to_zoned(paint.config.timezone.clone()).date();
    // Yesterday must not look like today.
    let time = at.strftime(if is_today { "%H:%M:%S" } else { "%b %e" }).to_string();
    let action = match event.exit_code {
        Some(code) if event.action == "die" => format!("die ({code})"),
        _ => event.action.clone(),
    };
    let role = match event.action.as_str() {
        "create" | "start" | "unpause" => Role::Good,
        "destroy" | "oom" | "kill" => Role::Error,
        "die" if event.exit_code.is_some_and(|code| code != 0) => Role::Error,
        "die" | "stop" | "pause" => Role::Warning,
        _ => Role::Text,
    };
    let what = match event.subject {
        Subject::Volume => Role::Project,
        Subject::Container => Role::Dim,
    };
    let name: String = if event.name.len() == 64 && event.name.bytes().all(|b| b.is_ascii_hexdigit()) {
        format!("{}{}", event.name.chars().take(12).collect::<String>(), paint.glyphs().ellipsis)
    } else {
        event.name.clone()
    };
    let by = match (&event.actor, &event.project) {
        (Some(actor), Some(project)) => format!("{actor} {} {project}", paint.glyphs().dot),
        (Some(actor), None) => actor.clone(),
        (None, _) => String::new(),
    };
    columns.line(
        paint,
        [&time, &age(model.now, event.at), event.subject.name(), &name, &action, &by],
        [Role::Dim, Role::Dim, what, Role::Text, role, Role::Dim],
    )
}

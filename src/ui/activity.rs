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
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), model.activity.events.len());
}

/// The widths of the columns; 0 is left out.
struct Columns([usize; 6]);

impl Columns {
    /// In narrow windows the age goes first, then the actor.
    fn of(width: usize) -> Self {
        let room = width.saturating_sub(3);
        let (age, by) = match room {
            0..46 => (0, 0),
            46..70 => (0, 16),
            _ => (4, 20),
        };
        let fixed = [8, age, 9, 0, 12, by];
        let used: usize = fixed.iter().map(|w| if *w > 0 { w + 2 } else { 0 }).sum();
        let [time, age, what, _, action, by] = fixed;
        let spare = room.saturating_sub(used + 2);
        let name = if by > 0 { (spare * 3 / 5).clamp(8, 48) } else { spare };
        let by = if by > 0 { by + spare.saturating_sub(name) } else { 0 };
        Self([time, age, what, name, action, by])
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
    let time = event.at.to_zoned(paint.config.timezone.clone()).strftime("%H:%M:%S").to_string();
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

//! What is known of the selected backup, and the line that restores it without volx.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::ago;
use crate::domain::keep::Kept;
use crate::ui::fact::{fact, noun};
use crate::ui::paint::Paint;
use crate::ui::pane;

/// Draws the pane.
pub(in crate::ui) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let selected = model.backups.selected(&model.jobs);
    let title = selected.map(|kept| format!("{}, {}", kept.volume, ago(model.now, kept.at)));
    pane::draw(model, paint, frame, area, title.as_deref(), |width| lines(model, paint, width));
}

/// The lines of the pane at this width.
pub(in crate::ui) fn lines(model: &Model, paint: &Paint<'_>, width: u16) -> Vec<Line<'static>> {
    let Some(kept) = model.backups.selected(&model.jobs) else {
        return vec![Line::from(paint.span("no backup is selected", Role::Dim))];
    };
    let mut lines = Vec::new();
    for (name, value, role) in facts(model, kept, paint) {
        lines.extend(fact(name, &value, role, paint, usize::from(width).max(1)));
    }
    lines
}

fn facts(model: &Model, kept: &Kept, paint: &Paint<'_>) -> Vec<(&'static str, String, Role)> {
    let mut facts = Vec::new();
    if let Some(trouble) = &kept.trouble {
        facts.push(("Unusable", trouble.clone(), Role::Error));
    }
    let proven = if kept.proven.is_some() { Role::Good } else { Role::Warning };
    facts.push(("Proven", model.jobs.proven_words(kept, model.now), proven));
    facts.push(("Volume", kept.volume.clone(), Role::Text));
    let at = kept.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    facts.push(("Taken", at, Role::Text));
    match kept.taken.as_deref() {
        Some("live") => {
            let words = "they went on: files written meanwhile may not fit together";
            facts.push(("Users", words.to_owned(), Role::Warning));
        }
        Some("unused") => facts.push(("Users", "no running container had it".to_owned(), Role::Text)),
        Some(how) => facts.push(("Users", format!("they were {how}"), Role::Text)),
        None => {}
    }
    let content = kept.content.map(|bytes| format!("{} in ", paint.bytes(bytes))).unwrap_or_default();
    if let Some(entries) = kept.entries {
        let word = if entries == 1 { "entry" } else { "entries" };
        facts.push(("Holds", format!("{content}{entries} {word}"), Role::Text));
    }
    facts.push(("File", format!("{}, {}", kept.path.display(), paint.bytes(kept.bytes)), Role::Text));
    facts.extend(kept.engine.clone().map(|engine| ("Engine", engine, Role::Text)));
    facts.extend(kept.access.clone().map(|access| ("Read by", access, Role::Text)));
    for (nth, loss) in kept.losses.iter().enumerate() {
        facts.push((if nth == 0 { "Not kept" } else { "" }, loss.clone(), Role::Warning));
    }
    if !kept.masked.is_empty() {
        let what = noun(kept.masked.len(), "option");
        let words = format!("the secrets in the driver {what} {}: a restore asks", kept.masked.join(", "));
        facts.push(("Masked", words, Role::Text));
    }
    if kept.trouble.is_none() {
        facts.push(("By hand", kept.by_hand(), Role::Dim));
    }
    facts
}

//! The Backups tab: what is kept of the selected volume.

use ratatui::text::Line;

use super::fact::fact;
use super::paint::Paint;
use super::wrap;
use crate::app::action::{Action, Context};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::ago;
use crate::domain::job::JobKind;
use crate::domain::keep::Kept;
use crate::domain::remote::Remote;
use crate::domain::text::clean;

pub(super) fn lines(model: &Model, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let name = model.home.selected_name().unwrap_or_default();
    let mut lines = Vec::new();
    let mut say = |text: &str, role| {
        let broken = wrap::words(&clean(text), width);
        lines.extend(broken.into_iter().map(|line| Line::from(paint.span(line, role))));
    };
    match &model.jobs.backups {
        Remote::NotAsked | Remote::Loading => say("The backups are not known.", Role::Dim),
        Remote::Failed(trouble) => say(&format!("{}: {}", trouble.summary, trouble.cause), Role::Error),
        Remote::Ready { .. } | Remote::Stale { .. } => {
            if let Some(trouble) = model.jobs.backups.trouble() {
                say(&format!("{}: {}", trouble.summary, trouble.cause), Role::Warning);
            }
            if model.jobs.of(name).next().is_none() {
                say("There is no backup of this volume.", Role::Text);
                if let Some(key) = paint.config.keymap.first(&[Context::Main], Action::BackUp) {
                    say(&format!("'{key}' makes one."), Role::Dim);
                }
            }
        }
    }
    for kept in model.jobs.of(name) {
        lines.extend(one(model, kept, paint, width));
    }
    if has_usable(model, name) && model.jobs.offered.contains(&JobKind::Restore) {
        let key = |action| paint.config.keymap.first(&[Context::Main], action);
        let words = [
            (Action::Restore, "restores one"),
            (Action::BackUp, "makes another"),
            (Action::ShowBackups, "shows all, and their files"),
        ];
        let words = words.into_iter().filter_map(|(action, does)| Some(format!("'{}' {does}", key(action)?)));
        let words = words.collect::<Vec<_>>().join(", ");
        lines.push(Line::default());
        lines.extend(
            wrap::words(&words, width).into_iter().map(|line| Line::from(paint.span(line, Role::Dim))),
        );
    }
    lines
}

fn has_usable(model: &Model, name: &str) -> bool {
    model.jobs.of(name).any(|kept| kept.trouble.is_none())
}

fn one(model: &Model, kept: &Kept, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let (words, role) = match (&kept.trouble, &kept.proven) {
        (Some(trouble), _) => (format!("unusable: {trouble}"), Role::Error),
        (None, Some(_)) => (model.jobs.proven_words(kept, model.now), Role::Text),
        (None, None) => (model.jobs.proven_words(kept, model.now), Role::Warning),
    };
    let taken = kept.taken.as_ref().map(|taken| format!(", {taken}")).unwrap_or_default();
    let text = format!("{}{taken}, {words}", paint.bytes(kept.bytes));
    fact(&ago(model.now, kept.at), &text, role, paint, width)
}

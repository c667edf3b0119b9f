//! The Containers tab: everyone who has the volume.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::fact::fact;
use super::paint::{Paint, put};
use crate::app::details::Tab;
use crate::app::holders::{Acts, selected};
use crate::app::model::{Model, Pane};
use crate::config::theme::Role;
use crate::domain::inventory::Inventory;
use crate::domain::lifecycle::Act;
use crate::domain::text::clean;

/// A line, and the container that it is about.
type Told = (Option<String>, Line<'static>);

pub(super) fn lines(model: &Model, at: usize, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    told(model, &model.listed(), at, paint, width).into_iter().map(|(_, line)| line).collect()
}

/// The lines of the selected container, from the first to behind the last; none unless the tab has
/// the keys.
pub(super) fn selected_lines(model: &Model, paint: &Paint<'_>, width: usize) -> Option<Range<usize>> {
    let has_keys = model.details.is_zoomed || model.pane == Pane::Details;
    let at = model.home.selected().filter(|_| has_keys && model.details.tab == Tab::Containers)?;
    let inventory = model.listed();
    let (_, container) = selected(model.details.holder.as_ref(), &inventory, at)?;
    let told = told(model, &inventory, at, paint, width);
    let is_its = |(id, _): &Told| id.as_ref() == Some(&container.id);
    Some(told.iter().position(is_its)?..told.iter().rposition(is_its)? + 1)
}

/// What can be done with a container; what cannot says why.
pub(super) fn draw_acts(acts: &Acts, model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let shown = Act::ALL.iter().enumerate().skip(acts.cursor.top).take(usize::from(inner.height));
    for ((at, act), row) in shown.zip(0..) {
        let objection = model.objection(acts, *act);
        let role = if objection.is_none() { Role::Text } else { Role::Dim };
        let why = objection.map_or_else(String::new, |why| format!("({why})"));
        let why = paint.fit(&why, usize::from(inner.width).saturating_sub(10)).into_owned();
        let line =
            Line::from(vec![paint.span(format!("{:<10}", act.name()), role), paint.span(why, Role::Dim)]);
        put(frame, inner, row, &line);
        paint.select_row(frame, inner, row, at == acts.cursor.at);
    }
}

fn told(model: &Model, inventory: &Inventory, at: usize, paint: &Paint<'_>, width: usize) -> Vec<Told> {
    let mut lines: Vec<Told> = Vec::new();
    for attachment in inventory.attachments(at) {
        let (container, mount) = (attachment.container, attachment.mount);
        if !lines.is_empty() {
            lines.push((None, Line::default()));
        }
        let (glyph, role) = if container.state.is_live() {
            (paint.glyphs().in_use, Role::InUse)
        } else {
            (paint.glyphs().attached, Role::Attached)
        };
        let state = match model.changes.act_on(&container.name) {
            Some(act) => format!("{}, {} it", clean(container.state.name()), act.doing()),
            None => clean(container.state.name()).into_owned(),
        };
        let room = width.saturating_sub(state.len() + 4).max(4);
        let id = Some(container.id.clone());
        let head = Line::from(vec![
            paint.span(format!("{glyph} "), role),
            paint.span(paint.fit(&container.name, room).into_owned(), Role::Title),
            paint.span(format!("  {state}"), role),
        ]);
        lines.push((id.clone(), head));
        let access = if mount.read_only { "read-only" } else { "read and write" };
        let mut facts =
            vec![("  at", format!("{}, {access}", mount.destination)), ("  image", container.image.clone())];
        if let Some(service) = &container.service {
            let project = container.project.as_deref().unwrap_or("?");
            facts.push(("  service", format!("{service} of project {project}")));
        }
        facts.push(("  id", container.id.chars().take(12).collect()));
        let facts = facts.into_iter().flat_map(|(name, value)| fact(name, &value, Role::Text, paint, width));
        lines.extend(facts.map(|line| (id.clone(), line)));
    }
    if lines.is_empty() {
        lines.push((None, Line::from(paint.span("No container has this volume.", Role::Dim))));
    }
    lines
}

//! The Containers tab: everyone who has the volume.

use ratatui::text::Line;

use super::fact::fact;
use super::paint::Paint;
use crate::config::theme::Role;
use crate::domain::inventory::Inventory;
use crate::domain::text::clean;

pub(super) fn lines(inventory: &Inventory, at: usize, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for attachment in inventory.attachments(at) {
        let (container, mount) = (attachment.container, attachment.mount);
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        let (glyph, role) = if container.state.is_live() {
            (paint.glyphs().in_use, Role::InUse)
        } else {
            (paint.glyphs().attached, Role::Attached)
        };
        let room = width.saturating_sub(container.state.name().len() + 4).max(4);
        lines.push(Line::from(vec![
            paint.span(format!("{glyph} "), role),
            paint.span(paint.fit(&container.name, room).into_owned(), Role::Title),
            paint.span(format!("  {}", clean(container.state.name())), role),
        ]));
        let access = if mount.read_only { "read-only" } else { "read and write" };
        let mut facts =
            vec![("  at", format!("{}, {access}", mount.destination)), ("  image", container.image.clone())];
        if let Some(service) = &container.service {
            let project = container.project.as_deref().unwrap_or("?");
            facts.push(("  service", format!("{service} of project {project}")));
        }
        facts.push(("  id", container.id.chars().take(12).collect()));
        lines
            .extend(facts.into_iter().flat_map(|(name, value)| fact(name, &value, Role::Text, paint, width)));
    }
    if lines.is_empty() {
        lines.push(Line::from(paint.span("No container has this volume.", Role::Dim)));
    }
    lines
}

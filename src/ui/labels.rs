//! The Labels/Options tab.

use ratatui::text::{Line, Span};

use super::paint::Paint;
use super::wrap;
use crate::config::theme::Role;
use crate::domain::inventory::Inventory;
use crate::domain::secret::MASK;
use crate::domain::text::clean;

pub(super) fn lines(inventory: &Inventory, at: usize, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(volume) = inventory.volumes.get(at) else { return Vec::new() };
    let labels: Vec<(String, String)> =
        volume.labels.iter().map(|(k, v)| (clean(k).into_owned(), clean(v).into_owned())).collect();
    let options: Vec<(String, String)> =
        volume.shown_options().map(|(k, v)| (clean(k).into_owned(), clean(&v).into_owned())).collect();
    let is_masked = options.iter().any(|(_, value)| value.contains(MASK));
    let mut lines = section("Labels", &labels, paint, width);
    lines.push(Line::default());
    lines.extend(section("Driver options", &options, paint, width));
    if is_masked {
        lines.push(Line::default());
        lines.push(Line::from(paint.span("Secrets are masked; the engine keeps them in clear.", Role::Dim)));
    }
    lines
}

fn section(
    title: &'static str,
    pairs: &[(String, String)],
    paint: &Paint<'_>,
    width: usize,
) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(paint.span(title, Role::Heading))];
    if pairs.is_empty() {
        lines.push(Line::from(paint.span("  none", Role::Dim)));
    }
    for (key, value) in pairs {
        let whole = Line::from(vec![
            Span::raw("  "),
            paint.span(key.clone(), Role::JsonKey),
            paint.span("=", Role::Dim),
            paint.span(value.clone(), Role::Text),
        ]);
        lines.extend(wrap::line(whole, width, 4));
    }
    lines
}

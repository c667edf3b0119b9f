//! What the map holds in all.

use ratatui::text::Line;

use super::words;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::ui::fact::{in_a_row, noun};
use crate::ui::paint::Paint;

/// The sums of volumes and layers, and how many folders of the host are bound and missing.
pub(in crate::ui) fn totals<'a>(model: &Model, paint: &Paint<'_>, room: usize) -> Line<'a> {
    if model.inventory.value().is_none() {
        return Line::default();
    }
    let total = model.map.tree.total;
    let volumes = match (total.volumes.known(), total.volumes.unknown) {
        (Some(bytes), unknown) if unknown > 0 => format!("{} + {unknown} unknown", paint.bytes(bytes)),
        _ => words::sum(total.volumes, paint),
    };
    let layers = total.layers;
    let known = layers.parts - layers.unknown;
    let written = match (model.map.layers.is_asked(), layers.known(), layers.unknown) {
        _ if layers.parts == 0 => "no containers".to_owned(),
        (false, ..) => "layers not measured".to_owned(),
        (true, None, _) => "layers unknown".to_owned(),
        (true, Some(bytes), 0) => format!("layers {}", paint.bytes(bytes)),
        (true, Some(bytes), _) => format!("layers {} of {known}/{}", paint.bytes(bytes), layers.parts),
    };
    let long = match (layers.known(), layers.unknown) {
        (Some(bytes), unknown) if unknown > 0 => {
            format!("layers {}, known of {known} of {} containers", paint.bytes(bytes), layers.parts)
        }
        _ => written.clone(),
    };
    let mut parts = vec![
        (format!("volumes {volumes}"), format!("volumes {}", words::sum(total.volumes, paint)), Role::Title),
        (long, written, Role::Text),
    ];
    let (sources, missing) = (model.map.tree.sources, model.map.tree.missing);
    if missing > 0 {
        let text = format!("{missing} of {sources} host {} missing", noun(sources, "folder"));
        parts.push((text, format!("{missing} missing"), Role::Warning));
    } else if sources > 0 {
        let text = format!("{sources} host {}", noun(sources, "folder"));
        parts.push((text.clone(), text, Role::Dim));
    }
    in_a_row(parts, paint, room)
}

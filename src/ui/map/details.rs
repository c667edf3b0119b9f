//! What the map says of the selected row: in the pane, or in one line where there is no room.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::words;
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::age::ago;
use crate::domain::inventory::Inventory;
use crate::domain::map::{Node, What, container, layer_words, volume};
use crate::ui::fact::{fact, noun};
use crate::ui::paint::Paint;
use crate::ui::pane;

/// Draws the pane.
pub(in crate::ui) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let inventory = model.listed();
    let title = model.map.selected_what().map(|what| model.map.tree.name(&inventory, what));
    pane::draw(model, paint, frame, area, title, |width| lines(model, paint, width));
}

/// The lines of the pane at this width.
pub(in crate::ui) fn lines(model: &Model, paint: &Paint<'_>, width: u16) -> Vec<Line<'static>> {
    let inventory = model.listed();
    let node = model.map.selected().and_then(|row| model.map.tree.node(row.node));
    let Some(node) = node else { return vec![Line::from(paint.span("nothing is selected", Role::Dim))] };
    let mut lines = Vec::new();
    for (name, value, role) in facts(model, &inventory, node, paint) {
        lines.extend(fact(name, &value, role, paint, usize::from(width).max(1)));
    }
    lines
}

/// The selected row in one line.
pub(super) fn line(model: &Model, paint: &Paint<'_>, room: usize) -> Line<'static> {
    let inventory = model.listed();
    let node = model.map.selected().and_then(|row| model.map.tree.node(row.node));
    let Some(node) = node else { return Line::default() };
    let mut parts = vec![words::place(&inventory, node.what)];
    parts.extend(words::state(model, &inventory, node, paint).into_iter().map(|(text, _)| text));
    if let (What::Layer(_), true, Some(bytes)) = (node.what, node.heavy > 0, node.weight.layers.known()) {
        parts = vec![layer_words(bytes, paint.config.units)];
    }
    parts.retain(|part| !part.is_empty());
    let role = if node.heavy + node.missing > 0 { Role::Warning } else { Role::Dim };
    let text = parts.join(&format!(" {} ", paint.glyphs().dot));
    Line::from(vec![Span::raw(" "), paint.span(paint.fit(&text, room).into_owned(), role)])
}

type Fact = (&'static str, String, Role);

fn facts(model: &Model, inventory: &Inventory, node: &Node, paint: &Paint<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut say = |name: &'static str, value: String, role: Role| {
        if !value.is_empty() {
            facts.push((name, value, role));
        }
    };
    match node.what {
        What::Project(_) | What::Dangling(_) | What::Container(_) => {
            say("Volumes", volumes(node, paint), Role::Text);
            if !matches!(node.what, What::Dangling(_)) {
                say("Layers", layers(model, node, paint), Role::Text);
            }
        }
        _ => {}
    }
    match node.what {
        What::Project(_) => {
            say("Shared", shared(node, paint), Role::Text);
            say("Missing", missing(node), Role::Warning);
        }
        What::Container(at) => {
            if let Some(container) = container(inventory, at) {
                say(
                    "Container",
                    format!("{}, image {}", container.state.name(), container.image),
                    Role::Text,
                );
            }
            say("Removed", removed(node, paint), Role::Text);
            say("Missing", missing(node), Role::Warning);
        }
        What::Volume(at, _) => {
            say("Size", size(model, at, paint), Role::Text);
            say("Seen at", words::place(inventory, node.what), Role::Text);
            let others: Vec<&str> = node.what.sharers(inventory).map(|c| c.name.as_str()).collect();
            say("Shared with", others.join(", "), Role::Text);
            let fate = match at.and_then(|at| volume(inventory, at)) {
                None => "A container names it, and the engine does not list it.",
                Some(v) if v.kind() == crate::domain::volume::Kind::Tmpfs => {
                    "It is memory: gone when its last container stops."
                }
                Some(v) if v.is_anonymous() => {
                    "It stays when the container is removed, but for docker rm -v and run --rm."
                }
                Some(_) => "It stays when the container is removed.",
            };
            say("Fate", fate.to_owned(), Role::Text);
        }
        What::Bind(_) => {
            say("Source", model.map.tree.name(inventory, node.what).to_owned(), Role::Text);
            say("Seen at", words::place(inventory, node.what), Role::Text);
            let (found, role) = presence(model, inventory, node);
            say("There", found, role);
            say("Fate", "It is the host's own; the engine never removes it.".to_owned(), Role::Text);
        }
        What::Tmpfs(_) => {
            say("Seen at", words::place(inventory, node.what), Role::Text);
            say("Fate", "It is memory: gone when the container stops.".to_owned(), Role::Text);
        }
        What::Other(_) => say("Seen at", words::place(inventory, node.what), Role::Text),
        What::Layer(at) => {
            if let Some(container) = container(inventory, at) {
                layer(model, node, (&container.id, &container.image), paint, &mut say);
            }
        }
        What::Dangling(_) => {
            say("Fate", "They stay until they are removed or pruned.".to_owned(), Role::Text);
        }
    }
    facts
}

fn volumes(node: &Node, paint: &Paint<'_>) -> String {
    let sum = node.weight.volumes;
    if sum.parts == 0 {
        return "none".to_owned();
    }
    format!("{} in {} {}", words::sum(sum, paint), sum.parts, noun(sum.parts, "volume"))
}

fn layers(model: &Model, node: &Node, paint: &Paint<'_>) -> String {
    let sum = node.weight.layers;
    match sum.parts {
        0 => "none".to_owned(),
        _ if !model.map.layers.is_asked() => "not measured yet".to_owned(),
        _ => words::sum(sum, paint),
    }
}

fn shared(node: &Node, paint: &Paint<'_>) -> String {
    match node.shared.parts {
        0 => String::new(),
        parts => format!(
            "{} in {parts} {} that other projects have too",
            words::sum(node.shared, paint),
            noun(parts, "volume")
        ),
    }
}

fn missing(node: &Node) -> String {
    let missing = usize::try_from(node.missing).unwrap_or(usize::MAX);
    match missing {
        0 => String::new(),
        _ => format!("{missing} {} of the host", noun(missing, "folder")),
    }
}

/// What is lost and what stays when a container is removed.
fn removed(node: &Node, paint: &Paint<'_>) -> String {
    let lost = match node.weight.layers.known() {
        Some(bytes) => format!("its layer is lost, {}", paint.bytes(bytes)),
        None => "its layer is lost".to_owned(),
    };
    match node.weight.volumes.parts {
        0 => lost,
        1 => format!("{lost}; its volume stays"),
        parts => format!("{lost}; its {parts} volumes stay"),
    }
}

fn size(model: &Model, at: Option<u32>, paint: &Paint<'_>) -> String {
    match at.map(|at| model.sizes.of(at as usize)) {
        Some(Ok(usage)) => usage.size().map_or_else(
            || "unknown".to_owned(),
            |bytes| {
                format!(
                    "{} ({}), {}",
                    paint.bytes(bytes),
                    usage.method.name(),
                    ago(model.now, usage.measured_at)
                )
            },
        ),
        Some(Err(why)) => format!("unknown: {why}"),
        None => "unknown".to_owned(),
    }
}

fn presence(model: &Model, inventory: &Inventory, node: &Node) -> (String, Role) {
    let path = model.map.tree.name(inventory, node.what);
    match model.map.sources.of(path) {
        Some(true) => ("yes".to_owned(), Role::Text),
        Some(false) => (
            "missing: with --mount the container does not start, with -v the engine makes an empty folder"
                .to_owned(),
            Role::Warning,
        ),
        None => {
            let why = model.map.sources.reason.as_deref().unwrap_or("not looked for yet");
            (format!("unknown: {why}"), Role::Dim)
        }
    }
}

fn layer(
    model: &Model,
    node: &Node,
    (id, image): (&str, &str),
    paint: &Paint<'_>,
    say: &mut impl FnMut(&'static str, String, Role),
) {
    let layers = &model.map.layers;
    match layers.written(id) {
        Ok(bytes) if node.heavy > 0 => {
            say("Written", layer_words(bytes, paint.config.units), Role::Warning);
        }
        Ok(bytes) => say("Written", paint.bytes(bytes), Role::Text),
        Err(why) => say("Written", format!("unknown: {}", why.reason()), Role::Dim),
    }
    let whole = layers.of(id).and_then(|layer| layer.root_fs);
    let whole = whole.map_or_else(String::new, |bytes| format!(", {} with the layer", paint.bytes(bytes)));
    say("Image", format!("{image}{whole}"), Role::Text);
    if let Some(at) = model.map.layers_at.filter(|_| layers.of(id).is_some()) {
        say("Measured", format!("by the engine, {}", ago(model.now, at)), Role::Dim);
    }
    if node.heavy == 0 {
        say("Fate", "It is gone when the container is removed.".to_owned(), Role::Text);
    }
}

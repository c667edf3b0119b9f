//! What is said of a node: its size, its place, what becomes of it, what is wrong with it.

use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Unmeasured;
use crate::domain::map::{Node, Sum, What, container, volume};
use crate::domain::volume::Volume;
use crate::ui::fact::noun;
use crate::ui::paint::Paint;

/// Letters of a generated name that are shown, as Docker shortens ids.
const SHORT_ID: usize = 12;

/// What a node is called on the screen, and how.
pub(super) fn name(model: &Model, inventory: &Inventory, what: What, paint: &Paint<'_>) -> (String, Role) {
    let name = model.map.tree.name(inventory, what);
    let is_generated = matches!(what, What::Volume(Some(at), _) if volume(inventory, at).is_some_and(Volume::has_generated_name));
    let is_named = |at: u32| model.map.tree.projects.get(at as usize).is_some_and(Option::is_some);
    if is_generated {
        let short: String = name.chars().take(SHORT_ID).collect();
        return (format!("{short}{}", paint.glyphs().ellipsis), Role::Dim);
    }
    let role = match what {
        What::Project(at) if is_named(at) => Role::Group,
        What::Volume(..) | What::Container(_) => Role::Text,
        _ => Role::Dim,
    };
    (name.to_owned(), role)
}

/// The sign of its kind.
pub(super) fn sign(what: What, paint: &Paint<'_>) -> Option<&'static str> {
    let glyphs = paint.glyphs();
    match what {
        What::Volume(..) => Some(glyphs.volume),
        What::Bind(_) => Some(glyphs.bind),
        What::Tmpfs(_) => Some(glyphs.tmpfs),
        What::Other(_) => Some(glyphs.none),
        What::Layer(_) => Some(glyphs.layer),
        What::Project(_) | What::Container(_) | What::Dangling(_) => None,
    }
}

/// What of a node counts by now: before the layers are asked for, the volumes alone.
pub(super) fn counted(model: &Model, node: &Node) -> Sum {
    let is_layer = matches!(node.what, What::Layer(_));
    if is_layer || model.map.layers.is_asked() { node.weight.all() } else { node.weight.volumes }
}

/// A sum in words, which says when it is not everything.
pub(super) fn sum(sum: Sum, paint: &Paint<'_>) -> String {
    match (sum.known(), sum.unknown) {
        _ if sum.parts == 0 => "nothing".to_owned(),
        (None, _) => "unknown".to_owned(),
        (Some(bytes), 0) => paint.bytes(bytes),
        (Some(bytes), _) => format!("{} and more", paint.bytes(bytes)),
    }
}

/// Where it is seen: a path in the container; of a container its image.
pub(super) fn place(inventory: &Inventory, what: What) -> String {
    match what {
        What::Container(at) => container(inventory, at).map_or_else(String::new, |c| c.image.clone()),
        What::Layer(_) => "/".to_owned(),
        what => what.mount(inventory).map_or_else(String::new, |mount| {
            let mode = if mount.read_only { " ro" } else { "" };
            format!("{}{mode}", mount.destination)
        }),
    }
}

/// What is to be said of it, the most pressing first.
pub(super) fn state(
    model: &Model,
    inventory: &Inventory,
    node: &Node,
    paint: &Paint<'_>,
) -> Vec<(String, Role)> {
    let mut words = alarms(node, paint);
    match node.what {
        What::Project(_) => {
            let is_holder = |at: &&u32| {
                model.map.tree.node(**at).is_some_and(|child| matches!(child.what, What::Container(_)))
            };
            let count = node.children.iter().filter(is_holder).count();
            words.push((format!("{count} {}", noun(count, "container")), Role::Dim));
            if node.shared.parts > 0 {
                words.push((format!("{} shared", sum(node.shared, paint)), Role::Dim));
            }
        }
        What::Container(at) => {
            let state = container(inventory, at).map_or("", |c| c.state.name());
            words.push((state.to_owned(), Role::Dim));
        }
        What::Dangling(_) => words.push(("no container has them".to_owned(), Role::Dangling)),
        What::Volume(None, _) => words.push(("not listed".to_owned(), Role::Warning)),
        What::Layer(at) => {
            let id = container(inventory, at).map_or("", |c| c.id.as_str());
            match model.map.layers.written(id) {
                Err(Unmeasured::Failed(why)) => words.push((why.to_owned(), Role::Warning)),
                Err(why) => words.push((why.reason().to_owned(), Role::Dim)),
                Ok(_) => {}
            }
        }
        _ => {}
    }
    let is_heavy = matches!(node.what, What::Layer(_)) && node.heavy > 0;
    words.extend(node.what.fate(inventory).map(|fate| {
        if is_heavy {
            (format!("{} {}", paint.glyphs().warning, fate.words()), Role::Warning)
        } else {
            (fate.words().to_owned(), Role::Dim)
        }
    }));
    if matches!(node.what, What::Volume(_, Some(_))) {
        match node.what.sharers(inventory).count() {
            0 => {}
            others => words.push((format!("shared with {others}"), Role::Dim)),
        }
    }
    words
}

/// What is wrong with it or in it.
fn alarms(node: &Node, paint: &Paint<'_>) -> Vec<(String, Role)> {
    let sign = paint.glyphs().warning;
    let mut alarms = Vec::new();
    match (node.what, node.heavy) {
        (_, 0) | (What::Layer(_), _) => {}
        (What::Container(_), _) => {
            let bytes = paint.bytes(node.weight.layers.bytes);
            alarms.push((format!("{sign} {bytes} in its layer"), Role::Warning));
        }
        (_, heavy) => {
            let heavy = usize::try_from(heavy).unwrap_or(usize::MAX);
            alarms.push((format!("{sign} {heavy} full {}", noun(heavy, "layer")), Role::Warning));
        }
    }
    match (node.what, usize::try_from(node.missing).unwrap_or(usize::MAX)) {
        (_, 0) => {}
        (What::Bind(_), _) => alarms.push((format!("{sign} missing"), Role::Warning)),
        (_, missing) => {
            alarms.push((format!("{sign} {missing} {} missing", noun(missing, "folder")), Role::Warning));
        }
    }
    alarms
}

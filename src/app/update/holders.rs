//! Keys in the Containers tab: its rows, and what can be done with a container.

use super::{actions, prompts, say, say_trouble};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::details::Tab;
use crate::app::holders::{Acts, Holder, selected};
use crate::app::message::Effect;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::{Overlay, Purpose};
use crate::domain::change::ChangeAsk;
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::lifecycle::Act;
use crate::domain::map::What;
use crate::domain::size::human;
use crate::domain::text::clean;
use crate::domain::volume::Volume;

/// Carries out an action in the Containers tab; `None` when it means there what it means everywhere.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if model.screen == Screen::Map {
        return on_map(model, action);
    }
    let has_keys = model.screen == Screen::Volumes
        && model.details.tab == Tab::Containers
        && actions::has_details_keys(model)
        && !model.is_typing();
    if !has_keys {
        return None;
    }
    let inventory = model.listed();
    let (place, container) = selected(model.details.holder.as_ref(), &inventory, model.home.selected()?)?;
    let page = actions::page(model);
    match action {
        Action::Down => go_to(model, &inventory, place.saturating_add(1)),
        Action::Up => go_to(model, &inventory, place.saturating_sub(1)),
        Action::PageDown => go_to(model, &inventory, place.saturating_add_signed(page)),
        Action::PageUp => go_to(model, &inventory, place.saturating_add_signed(-page)),
        Action::Top => go_to(model, &inventory, 0),
        Action::Bottom => go_to(model, &inventory, usize::MAX),
        Action::Open => open(model, container),
        _ => return None,
    }
    Some(Vec::new())
}

/// On the map, Enter in the details of a container.
fn on_map(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let has_keys = model.pane == Pane::Details && !model.is_typing() && action == Action::Open;
    let Some(What::Container(at)) = model.map.selected_what().filter(|_| has_keys) else { return None };
    let inventory = model.listed();
    open(model, inventory.containers.get(at as usize)?);
    Some(Vec::new())
}

/// Shows what can be done with a container, at the first that can be.
fn open(model: &mut Model, container: &Container) {
    let (id, name) = (container.id.clone(), container.name.clone());
    let mut acts = Acts { id, name, cursor: Cursor::default() };
    let first = Act::ALL.iter().position(|act| model.objection(&acts, *act).is_none());
    acts.cursor.at = first.unwrap_or(0);
    model.overlays.push(Overlay::Acts(acts));
}

fn go_to(model: &mut Model, inventory: &Inventory, row: usize) {
    let Some(at) = model.home.selected() else { return };
    let Some(volume) = inventory.volumes.get(at) else { return };
    let wanted = inventory.holders(at).enumerate().take(row.saturating_add(1)).last();
    model.details.holder = wanted.map(|(place, container)| Holder {
        volume: volume.name.clone(),
        id: container.id.clone(),
        place,
    });
}

/// Does what was chosen, where it can be done; what cannot be undone is asked for first.
pub(super) fn chosen(model: &mut Model, acts: &Acts) -> Vec<Effect> {
    let Some(act) = Act::ALL.get(acts.cursor.at).copied() else { return Vec::new() };
    if let Some(objection) = model.objection(acts, act) {
        say_trouble(model, format!("{} cannot be {}: {objection}", acts.name, act.done()));
        return Vec::new();
    }
    let ask = ChangeAsk::Act { id: acts.id.clone(), name: acts.name.clone(), act };
    if act == Act::Remove {
        let note = farewell(model, acts);
        let asked = prompts::prompt("Remove the container", &note, String::new(), Purpose::Agree(ask));
        model.overlays.push(asked);
        return Vec::new();
    }
    begin(model, ask)
}

/// Sends it, and remembers that it is under way.
pub(super) fn begin(model: &mut Model, ask: ChangeAsk) -> Vec<Effect> {
    let acting = match &ask {
        ChangeAsk::Act { name, act, .. } => Some((name.clone(), *act)),
        ChangeAsk::StopWith { name, .. } => Some((name.clone(), Act::Stop)),
        _ => None,
    };
    if let Some((name, act)) = acting {
        say(model, format!("{}: {}", name, act.doing()));
        model.changes.acting.push((name, act));
    }
    model.changes.is_clearing |= matches!(ask, ChangeAsk::Clear(_));
    vec![Effect::Change(ask)]
}

/// Asks whether volumes may go with containers that remove themselves when they end.
pub(super) fn ask_for_volumes(model: &mut Model, ask: ChangeAsk) {
    let (which, volumes) = match &ask {
        ChangeAsk::StopWith { name, volumes, .. } => {
            model.changes.acting.retain(|(acting, act)| acting != name || *act != Act::Stop);
            (name.clone(), volumes)
        }
        ChangeAsk::Clear(clearing) => {
            model.changes.is_clearing = false;
            let names: Vec<&str> = clearing.containers.iter().map(|c| c.name.as_str()).collect();
            (names.join(", "), &clearing.volumes)
        }
        _ => return,
    };
    let which = clean(&which).into_owned();
    let names: Vec<&str> = volumes.iter().map(String::as_str).collect();
    let what = if names.len() == 1 { "volume" } else { "volumes" };
    let note = format!(
        "Nothing was stopped yet. With --rm the engine removes anonymous volumes together with the container.\n\
         Stopping {which} removes the {what} {}, with all files, for good.\n\
         Type y and press Enter to agree; anything else changes nothing.",
        clean(&names.join(", "))
    );
    // A question that pops up below somebody's fingers would be answered by chance.
    if model.is_typing() {
        say_trouble(model, format!("{which} would take {what} with it: stop it again to be asked"));
        return;
    }
    model.overlays.push(prompts::prompt("Volumes go, too", &note, String::new(), Purpose::Agree(ask)));
}

/// What dies with a container, and what stays.
fn farewell(model: &Model, acts: &Acts) -> String {
    let inventory = model.listed();
    let Some(container) = inventory.container(&acts.id) else { return format!("{} is gone", acts.name) };
    let layer = match model.map.layers.written(&container.id) {
        Ok(bytes) => format!(" of {}", human(bytes, model.units)),
        Err(why) => format!(" (its size is {})", why.reason()),
    };
    let mut note = format!(
        "{} is {}. Type y and press Enter to remove it; anything else leaves it.\nWhat it wrote beside its mounts, its \
         writable layer{layer}, is gone for ever.",
        container.name, container.state
    );
    let (stay, free) = volumes(&inventory, container);
    if stay > 0 {
        let freed = match free {
            0 => "",
            1 => "; an anonymous one becomes dangling",
            _ => "; its anonymous ones become dangling",
        };
        let stay = if stay == 1 { "Its volume stays" } else { "Its volumes stay" };
        note = format!("{note}\n{stay}{freed}.");
    }
    note
}

/// How many volumes a container has, and how many anonymous ones nobody else has.
fn volumes(inventory: &Inventory, container: &Container) -> (usize, usize) {
    let mut names: Vec<&str> = container.mounts.iter().filter_map(|mount| mount.volume()).collect();
    names.sort_unstable();
    names.dedup();
    let positions = names.iter().filter_map(|name| inventory.position(name));
    let is_freed = |at: &usize| {
        inventory.volumes.get(*at).is_some_and(Volume::is_anonymous)
            && inventory.holders(*at).all(|holder| holder.id == container.id)
    };
    (names.len(), positions.filter(is_freed).count())
}

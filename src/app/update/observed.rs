//! News of the engine.

use std::sync::Arc;

use super::{asked_about, change_news, files, files_news, growth, inspect, keep_news, say_trouble, settle};
use crate::app::changes::Changes;
use crate::app::message::Effect;
use crate::app::model::{Link, Model, Screen};
use crate::domain::engine::EngineInfo;
use crate::domain::event::{EngineEvent, Subject};
use crate::domain::inventory::Inventory;
use crate::domain::layer::Told;
use crate::domain::live::Observation;
use crate::domain::mount::Mount;
use crate::domain::remote::Remote;

/// Takes in one piece of news.
pub(super) fn take(model: &mut Model, observation: Observation) -> Vec<Effect> {
    let mut effects = Vec::new();
    let newest = growth::newest(model);
    let is_news = match observation {
        Observation::Connecting { .. } => connecting(model),
        Observation::Connected(info) => connected(model, info, &mut effects),
        Observation::Unreachable { trouble, tried, retry_at } => {
            model.inventory.failed(trouble.clone());
            files_news::lost(model, &trouble);
            model.sizes.measuring = None;
            model.map.layers.under_way = None;
            model.map.invalidate();
            model.link = Link::Lost { trouble, tried, retry_at };
            true
        }
        Observation::Listed { inventory, at } => listed(model, inventory, at, &mut effects),
        Observation::ListFailed(trouble) => {
            model.inventory.failed(trouble);
            true
        }
        Observation::EventsFailed(trouble) => {
            model.events_trouble = Some(trouble);
            true
        }
        Observation::Happened(event) => happened(model, *event),
        Observation::Measuring(far) => {
            let is_first = model.sizes.measuring.replace(far).is_none();
            if is_first {
                resize(model);
            }
            true
        }
        Observation::Measured(sizes) => {
            model.sizes.measured(sizes);
            resize(model);
            true
        }
        Observation::Backing(backing) => {
            model.sizes.backing = Some(backing);
            true
        }
        Observation::MeasureEnded(outcome) => {
            model.sizes.measuring = None;
            if let Err(trouble) = &outcome {
                say_trouble(model, format!("{}: {}", trouble.summary, trouble.cause));
            }
            model.sizes.trouble = outcome.err();
            resize(model);
            true
        }
        Observation::Inspected(name, outcome) => {
            let is_asked = model.details.inspected_name.as_ref() == Some(&name);
            if is_asked {
                match outcome {
                    Ok(inspected) => model.details.inspected.answered(inspected, model.now),
                    Err(trouble) => model.details.inspected.failed(trouble),
                }
            }
            is_asked
        }
        Observation::Layers { told, done, of } => layers(model, told, done, of),
        Observation::Sources(sources) => {
            model.map.sources = Arc::unwrap_or_clone(sources);
            model.map.warn(&model.listed());
            true
        }
        Observation::Remembered(usages) => {
            model.sizes.remember(usages);
            resize(model);
            true
        }
        Observation::Provenance(known) => {
            model.provenance = known;
            model.removal.invalidate();
            model.history_trouble = None;
            growth::ask_again(model, &mut effects);
            true
        }
        Observation::Trails(trails) => {
            model.growth.recorded(&trails, model.now);
            resize(model);
            true
        }
        Observation::Past(name, outcome) => growth::past(model, &name, outcome),
        Observation::Files(visit, news) => files_news::take(model, visit, news, &mut effects),
        Observation::Kept(news) => keep_news::take(model, news, &mut effects),
        Observation::Changed(news) => change_news::take(model, news, &mut effects),
        Observation::HistoryFailed(trouble) => {
            model.history_trouble = Some(trouble);
            true
        }
    };
    growth::ask_if_measured(model, newest, &mut effects);
    model.is_dirty |= is_news;
    settle(model);
    effects
}

fn connecting(model: &mut Model) -> bool {
    // The reasons of the last failure stay readable while the next attempt is under way.
    if matches!(model.link, Link::Lost { .. }) {
        return false;
    }
    model.link = Link::Connecting { since: model.now };
    true
}

fn connected(model: &mut Model, info: Box<EngineInfo>, effects: &mut Vec<Effect>) -> bool {
    let is_other = model.engine.as_ref().is_some_and(|before| before.id != info.id);
    if is_other {
        model.inventory = Remote::Loading;
        model.sizes = crate::app::sizes::Sizes::default();
        model.provenance = Arc::default();
        model.growth.clear();
        model.activity = crate::app::activity::Activity::default();
        model.map.forget();
        model.jobs.offered.clear();
        model.home.marks.clear();
        model.changes = Changes { draft: model.changes.draft.take(), ..Changes::default() };
        super::reorder(model, &Inventory::default());
        // Its volumes are others, whatever their names.
        if matches!(model.screen, Screen::Files | Screen::Prune) {
            super::actions::show(model, Screen::Volumes);
        }
        model.removal = crate::app::removal::Removal::new(model.now);
    } else {
        files::reopen(model, effects);
    }
    if model.inventory.value().is_none() {
        model.inventory = Remote::Loading;
    }
    model.events_trouble = None;
    model.jobs.engine.clone_from(&info.name);
    model.engine = Some(info);
    model.link = Link::Live;
    true
}

fn listed(
    model: &mut Model,
    inventory: Arc<Inventory>,
    at: jiff::Timestamp,
    effects: &mut Vec<Effect>,
) -> bool {
    let is_same = matches!(&model.inventory, Remote::Ready { value, .. } if *value == inventory);
    // Volumes and containers are listed one after the other: what is missing once may be new.
    let before = model.listed();
    let missing: Vec<String> =
        inventory.missing.iter().filter(|name| before.missing.contains(name)).cloned().collect();
    let is_same = is_same && missing == model.missing;
    model.missing = missing;
    model.inventory.answered(inventory, at);
    if is_same {
        return false;
    }
    model.map.listed(&model.listed());
    resize(model);
    if model.screen == Screen::Map {
        effects.extend(super::map::ask_once(model));
    }
    inspect(model, asked_about(model), effects);
    files::listed(model, effects);
    true
}

/// A container's name from the listing, else from what happened to it before, else its short id.
fn container_name(model: &Model, id: &str) -> String {
    let inventory = model.listed();
    let listed = inventory.container(id).map(|c| &c.name);
    let mentioned = || {
        model.activity.events.iter().find(|e| e.subject == Subject::Container && e.id == id).map(|e| &e.name)
    };
    listed.or_else(mentioned).cloned().unwrap_or_else(|| id.chars().take(12).collect())
}

/// Works out sizes and order anew.
fn resize(model: &mut Model) {
    let inventory = model.listed();
    model.sizes.settle(&inventory);
    growth::settle(model, &inventory);
    super::reorder(model, &inventory);
    model.map.invalidate();
    model.removal.invalidate();
}

/// Takes in answers about writable layers.
fn layers(model: &mut Model, told: Vec<(String, Option<Told>)>, done: usize, of: usize) -> bool {
    if !told.is_empty() {
        model.map.layers_at = Some(model.now);
    }
    model.map.layers.take(told.into_iter().filter_map(|(id, told)| Some((id, told?))));
    model.map.layers.under_way = (done < of).then_some((done, of));
    // Nobody could be asked: the next time that the map is shown it is tried again.
    model.map.is_asked &= of > 0 || model.listed().containers.is_empty();
    model.map.warn(&model.listed());
    model.removal.invalidate();
    true
}

fn happened(model: &mut Model, mut event: EngineEvent) -> bool {
    if event.destroys_volume() {
        model.sizes.forget(&event.name);
        model.growth.forget(&event.name);
    }
    let is_touched = touch(model, &event);
    if !event.is_news() {
        return is_touched;
    }
    // A mount names its container by id; people know it by name.
    if event.subject == Subject::Volume {
        event.actor = event.actor.map(|id| container_name(model, &id));
    }
    model.activity.push(event);
    true
}

/// What may have written into a volume makes its measurement old; says whether that matters here.
fn touch(model: &mut Model, event: &EngineEvent) -> bool {
    if !event.may_write() {
        return false;
    }
    match event.subject {
        Subject::Volume => model.sizes.touch(&event.name, event.at),
        Subject::Container => {
            let inventory = model.listed();
            let mounts = inventory.container(&event.id).into_iter().flat_map(|container| &container.mounts);
            mounts.filter_map(Mount::volume).for_each(|name| model.sizes.touch(name, event.at));
        }
    }
    model.removal.invalidate();
    model.screen == Screen::Prune
}

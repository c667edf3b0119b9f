//! What follows from measurements, and asking for the past of what is looked at.

use jiff::Timestamp;

use super::{is_details_seen, say};
use crate::app::cursor::Cursor;
use crate::app::details::Tab;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::app::monitor::By;
use crate::app::overlay::{Choice, Item, Menu, Overlay};
use crate::domain::growth::Period;
use crate::domain::growth::past::Past;
use crate::domain::inventory::Inventory;
use crate::domain::remote::Remote;
use crate::domain::trouble::Trouble;

/// Takes in what was measured.
pub(super) fn settle(model: &mut Model, inventory: &Inventory) {
    model.growth.settle(inventory, &model.sizes, model.now);
    if model.screen == Screen::Monitor {
        rank(model, inventory);
    }
}

/// Works out what grew most.
pub(super) fn rank(model: &mut Model, inventory: &Inventory) {
    model.monitor.settle(inventory, &model.sizes, &model.growth, model.now);
}

/// Sorts the Monitor.
pub(super) fn sort_by(model: &mut Model, by: By) {
    model.monitor.by = by;
    rank(model, &model.listed());
}

/// What the Monitor can be sorted by, the present order selected.
pub(super) fn sort_menu(model: &Model) -> Overlay {
    let item = |by: By| Item {
        label: by.name().to_owned(),
        note: if by == model.monitor.by { "greatest first now" } else { "" }.to_owned(),
        choice: Choice::SortMonitor(by),
    };
    let at = By::ALL.into_iter().position(|by| by == model.monitor.by).unwrap_or(0);
    let items = By::ALL.into_iter().map(item).collect();
    Overlay::Menu(Menu { title: "Sort by", items, cursor: Cursor { at, top: 0 } })
}

/// What the History tab or the Monitor is about now, if one of them is seen.
fn looked_at(model: &Model) -> Option<String> {
    match model.screen {
        Screen::Monitor => {
            let at = model.monitor.selected()?;
            model.listed().volumes.get(at).map(|volume| volume.name.clone())
        }
        Screen::Volumes if model.details.tab == Tab::History && is_details_seen(model) => {
            model.home.selected_name().map(str::to_owned)
        }
        _ => None,
    }
}

/// Asks for the past of a volume when it is another one than before.
pub(super) fn ask_if_other(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(name) = looked_at(model) else { return };
    if model.growth.past_name.as_ref() != Some(&name) {
        model.growth.past = Remote::Loading;
        model.growth.past_name = Some(name.clone());
        effects.push(Effect::Past(name));
    }
}

/// Asks once more: what is remembered of the volume may have changed.
pub(super) fn ask_again(model: &mut Model, effects: &mut Vec<Effect>) {
    match looked_at(model) {
        Some(name) if model.growth.past_name.as_ref() == Some(&name) => effects.push(Effect::Past(name)),
        Some(_) => ask_if_other(model, effects),
        None => {}
    }
}

/// When the volume that is looked at was measured last.
pub(super) fn newest(model: &Model) -> Option<Timestamp> {
    let name = looked_at(model)?;
    model.growth.trail(&name)?.last().map(|last| last.until)
}

/// Asks once more when that has changed.
pub(super) fn ask_if_measured(model: &mut Model, before: Option<Timestamp>, effects: &mut Vec<Effect>) {
    if newest(model) != before {
        ask_again(model, effects);
    }
}

/// Takes in what is remembered of a volume; whether it is the one that is looked at.
pub(super) fn past(model: &mut Model, name: &str, outcome: Result<Box<Past>, Trouble>) -> bool {
    if model.growth.past_name.as_deref() != Some(name) {
        return false;
    }
    match outcome {
        Ok(past) => model.growth.past.answered(past, model.now),
        Err(trouble) => model.growth.past.failed(trouble),
    }
    true
}

/// Looks further back, or less far.
pub(super) fn turn_period(model: &mut Model, steps: isize) {
    if model.screen == Screen::Monitor {
        model.monitor.period = model.monitor.period.turned(&Period::BOUNDED, steps);
        rank(model, &model.listed());
    } else if model.screen == Screen::Volumes && model.details.tab == Tab::History {
        model.growth.period = model.growth.period.turned(&Period::ALL, steps);
        model.details.scroll = 0;
    } else {
        say(model, "only in the History tab and on the Monitor (3)");
    }
}

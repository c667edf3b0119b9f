//! What follows from what happens.

mod actions;
mod backing_up;
mod backups;
mod change_news;
mod changing;
mod copy;
mod copying;
mod creating;
mod files;
mod files_news;
mod growth;
mod holders;
mod keep_news;
mod keeping;
mod leaving;
mod map;
mod observed;
mod offers;
mod overlays;
mod pointer;
mod prompts;
mod protecting;
mod removal;
mod removing;
mod restoring;
mod trash;

use jiff::Timestamp;
use tui_input::InputRequest;

use super::details::Tab;
use super::growth::Known;
use super::message::{Effect, Message, Window};
use super::model::{Model, Notice, Screen};
use super::overlay::Overlay;
use crate::domain::inventory::Inventory;
use crate::domain::lifecycle::Act;
use crate::domain::text::is_hostile;

/// How long a notice is shown, in seconds.
const NOTICE_SECONDS: i64 = 5;
/// What a paste may weigh; a filter is a line.
const MAX_PASTE: usize = 1000;

/// Takes in what happened and says what has to be done.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = react(model, message);
    files::follow(model, &mut effects);
    effects.extend(prefer(model));
    effects
}

/// What is seen is measured first: says so whenever something else is seen meanwhile.
fn prefer(model: &mut Model) -> Option<Effect> {
    model.sizes.measuring.as_ref()?;
    let seen = match model.screen {
        Screen::Map => model.map.seen(&model.listed(), model.window.list_rows),
        Screen::Prune => model.removal.wanted.clone(),
        Screen::Volumes | Screen::Monitor | Screen::Backups | Screen::Activity | Screen::Files => {
            model.home.seen(&model.listed(), model.window.list_rows)
        }
    };
    (seen != model.preferred).then(|| {
        model.preferred.clone_from(&seen);
        Effect::Prefer(seen)
    })
}

fn react(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Clock(now) => return tell_time(model, now),
        Message::Window(window) => fit_window(model, window),
        Message::Observed(observation) => return observed::take(model, observation),
        Message::Action(action) => {
            model.notice = None;
            model.is_dirty = true;
            let before = asked_about(model);
            let mut effects = actions::act(model, action);
            inspect_if_other(model, before.as_ref(), &mut effects);
            settle(model);
            return effects;
        }
        Message::Typed(request) => return typed(model, request),
        Message::Pasted(text) => {
            let mut effects = Vec::new();
            for letter in text.chars().filter(|c| !is_hostile(*c)).take(MAX_PASTE) {
                effects = typed(model, InputRequest::InsertChar(letter));
            }
            return effects;
        }
        Message::Clicked(spot) => {
            let before = asked_about(model);
            let mut effects = pointer::clicked(model, spot);
            inspect_if_other(model, before.as_ref(), &mut effects);
            settle(model);
            return effects;
        }
        Message::Wheeled(spot, lines) => {
            let before = asked_about(model);
            let mut effects = Vec::new();
            pointer::wheeled(model, spot, lines, &mut effects);
            inspect_if_other(model, before.as_ref(), &mut effects);
            settle(model);
            return effects;
        }
        Message::Failed(text) => say_trouble(model, text),
    }
    Vec::new()
}

fn tell_time(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    if model.notice.as_ref().is_some_and(|n| now.as_second() - n.since.as_second() >= NOTICE_SECONDS) {
        model.notice = None;
        model.is_dirty = true;
    }
    if model.growth.age(now) {
        model.is_dirty = true;
        growth::settle(model, &model.listed());
    }
    if model.screen == Screen::Prune {
        // What is old enough for the rules is told by the clock.
        model.removal.invalidate();
        model.is_dirty = true;
        settle(model);
    }
    let ages = model.shown_ages();
    if ages != model.ages {
        model.ages = ages;
        model.is_dirty = true;
    }
    vec![Effect::Pulse]
}

fn fit_window(model: &mut Model, window: Window) {
    if model.window != window {
        model.window = window;
        model.is_dirty = true;
        settle(model);
    }
}

/// Edits the line that is being typed.
fn typed(model: &mut Model, request: InputRequest) -> Vec<Effect> {
    model.is_dirty = true;
    match model.overlays.last_mut() {
        Some(Overlay::Palette(palette)) => {
            palette.input.handle(request);
            palette.search();
            Vec::new()
        }
        Some(Overlay::Prompt(prompt)) => {
            prompt.input.handle(request);
            prompt.trouble = None;
            Vec::new()
        }
        Some(Overlay::Form(form)) => {
            form.typed(request);
            Vec::new()
        }
        None if model.files.is_filtering => {
            model.files.filter.handle(request);
            model.files.refilter();
            Vec::new()
        }
        None if model.removal.is_editing => {
            removal::typed(model, request);
            settle(model);
            Vec::new()
        }
        None if model.home.is_filtering => {
            let before = asked_about(model);
            model.home.filter.handle(request);
            model.home.refilter(&model.listed(), &model.sizes);
            let mut effects = Vec::new();
            inspect_if_other(model, before.as_ref(), &mut effects);
            settle(model);
            effects
        }
        None if model.map.is_filtering => {
            model.map.filter.handle(request);
            model.map.lay_out(&model.listed());
            settle(model);
            Vec::new()
        }
        Some(_) | None => Vec::new(),
    }
}

/// What the Inspect tab is about now, if it is seen.
fn asked_about(model: &Model) -> Option<String> {
    let is_seen =
        model.screen == Screen::Volumes && model.details.tab == Tab::Inspect && is_details_seen(model);
    model.home.selected_name().filter(|_| is_seen).map(str::to_owned)
}

/// Whether the details of the selected volume are on the volumes' screen.
const fn is_details_seen(model: &Model) -> bool {
    model.details.is_zoomed || (model.details.is_shown && model.window.has_details)
}

/// Asks for a description when another volume is looked at.
fn inspect_if_other(model: &mut Model, before: Option<&String>, effects: &mut Vec<Effect>) {
    growth::ask_if_other(model, effects);
    let now = asked_about(model);
    if now.as_ref() != before || (now.is_some() && model.details.inspected_name != now) {
        inspect(model, now, effects);
    }
}

fn inspect(model: &mut Model, name: Option<String>, effects: &mut Vec<Effect>) {
    if let Some(name) = name {
        if model.details.inspected_name.as_ref() != Some(&name) {
            model.details.inspected = crate::domain::remote::Remote::Loading;
            model.details.inspected_name = Some(name.clone());
        }
        effects.push(Effect::Inspect(name));
    }
}

/// Brings every position back into what the window shows.
fn settle(model: &mut Model) {
    let window = model.window;
    if model.screen == Screen::Map {
        model.map.refresh(&model.listed(), &model.sizes);
    }
    removal::refresh(model);
    // A list that is not seen, or not laid out yet, stays as it was left.
    match model.screen {
        _ if window.list_rows == 0 => {}
        Screen::Volumes => {
            model.home.cursor.settle(model.home.rows.len(), window.list_rows);
            // A heading just above the selected row is shown with it.
            if model.home.is_grouped && model.home.cursor.at == 1 {
                model.home.cursor.top = 0;
            }
        }
        Screen::Map => model.map.cursor.settle(model.map.rows.len(), window.list_rows),
        Screen::Monitor => model.monitor.cursor.settle(model.monitor.rows.len(), window.list_rows),
        Screen::Activity => model.activity.cursor.settle(model.activity.events.len(), window.list_rows),
        Screen::Backups => model.backups.cursor.settle(model.jobs.kept().len(), window.list_rows),
        Screen::Prune => model.removal.cursor.settle(model.removal.rows.len(), window.list_rows),
        Screen::Files => {}
    }
    model.details.scroll = model.details.scroll.min(window.details_lines.saturating_sub(window.details_rows));
    match model.overlays.last_mut() {
        Some(Overlay::Help { scroll } | Overlay::Warnings { scroll } | Overlay::Words { scroll }) => {
            *scroll = (*scroll).min(window.overlay_lines.saturating_sub(window.overlay_rows));
        }
        Some(Overlay::Palette(palette)) => {
            palette.cursor.settle(palette.found.len(), window.overlay_rows);
        }
        Some(Overlay::Menu(menu)) => menu.cursor.settle(menu.items.len(), window.overlay_rows),
        Some(Overlay::Acts(acts)) => acts.cursor.settle(Act::ALL.len(), window.overlay_rows),
        Some(Overlay::Jobs(cursor)) => cursor.settle(model.jobs.all.len(), window.overlay_rows),
        Some(Overlay::Question(_) | Overlay::Prompt(_) | Overlay::Form(_)) | None => {}
    }
}

/// Puts the list of volumes in order again.
fn reorder(model: &mut Model, inventory: &Inventory) {
    let protection = model.changes.protection.as_deref();
    model.home.reorder(inventory, Known { sizes: &model.sizes, growth: &model.growth, protection });
}

fn say(model: &mut Model, text: impl Into<String>) {
    model.notice = Some(Notice { text: text.into(), is_trouble: false, since: model.now });
    model.is_dirty = true;
}

fn say_trouble(model: &mut Model, text: impl Into<String>) {
    model.notice = Some(Notice { text: text.into(), is_trouble: true, since: model.now });
    model.is_dirty = true;
}

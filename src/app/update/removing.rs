//! From a plan to its carrying out: what is asked, what is answered, what comes of it.

use jiff::Timestamp;
use tui_input::Input;

use super::{leaving, map, removal as screen, say, say_trouble};
use crate::app::message::Effect;
use crate::app::model::{Link, Model, Screen};
use crate::app::overlay::{Overlay, Prompt, Purpose};
use crate::app::removal::words::Beside;
use crate::app::removal::{Phase, Removal, words};
use crate::domain::change::ChangeAsk;
use crate::domain::inventory::Inventory;
use crate::domain::job::JobKind;
use crate::domain::keep::KeepAsk;
use crate::domain::lifecycle::Clearing;
use crate::domain::prune::{Facts, Undo, UndoPlan, Why};
use crate::domain::removal::Report;
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;

/// What No comes to.
pub(super) const NOT_AGREED: &str = "not agreed: nothing was changed";
/// What an answer to a question of before comes to.
const OVERTAKEN: &str = "it has changed meanwhile: look at it again; nothing was done";

/// What plans are made of, as far as the screen knows it.
pub(super) fn facts<'a>(
    model: &'a Model,
    inventory: &'a Inventory,
    usage: &'a dyn Fn(usize) -> Option<&'a Usage>,
    since: Timestamp,
) -> Facts<'a> {
    Facts {
        inventory,
        usage,
        fresh_since: since,
        touched: model.sizes.touched(),
        provenance: &model.provenance,
        protection: model.changes.protection.as_deref(),
        habit: model.prunes(),
        now: model.now,
    }
}

/// Asks whether the plan is to be carried out.
pub(super) fn ask(model: &mut Model) {
    screen::refresh(model);
    if let Some(misread) = &model.removal.misread {
        let why = misread.to_string();
        return say_trouble(model, format!("the rules cannot be read, {why}"));
    }
    if let Some(why) = objection(model) {
        return say_trouble(model, why);
    }
    let inventory = model.listed();
    let mut state = std::mem::take(&mut model.removal);
    let usage = |at: usize| model.sizes.of(at).ok();
    let shown = state.show(&facts(model, &inventory, &usage, state.since));
    match &shown {
        None => say(model, "there is nothing to remove"),
        Some(shown) => {
            let note = words::question(
                &state,
                &inventory,
                &shown.asking,
                &beside(model, &state, &inventory),
                model.units,
            );
            push(model, "Remove", note, Purpose::Remove(shown.asking.clone()));
        }
    }
    state.shown = shown;
    model.removal = state;
}

/// Whether what is removed goes to the trash first.
fn is_kept(model: &Model, removal: &Removal) -> bool {
    removal.undo == Undo::Kept && model.jobs.offered.contains(&JobKind::Undo)
}

/// What of a plan goes to the trash; nothing where nothing does.
fn goes_back(model: &Model, removal: &Removal, inventory: &Inventory) -> Option<UndoPlan> {
    if !is_kept(model, removal) {
        return None;
    }
    let Some(room) = &model.jobs.room else { return Some(UndoPlan::default()) };
    let usage = |at: usize| model.sizes.of(at).ok();
    Some(UndoPlan::of(&removal.plan, &facts(model, inventory, &usage, removal.since), room))
}

fn beside<'a>(model: &'a Model, removal: &Removal, inventory: &Inventory) -> Beside<'a> {
    Beside { jobs: &model.jobs, undo: goes_back(model, removal, inventory), now: model.now }
}

/// Why nothing can be changed now.
pub(super) fn objection(model: &Model) -> Option<&'static str> {
    if model.engine.as_ref().is_some_and(|info| info.is_read_only) {
        Some("volx was told to change nothing (read-only)")
    } else if model.link != Link::Live || model.inventory.trouble().is_some() {
        Some("not now: what is shown is not the engine's present state")
    } else if model.changes.is_removing() {
        Some("a removal is under way")
    } else if model.changes.is_clearing {
        Some("containers are being stopped and removed")
    } else {
        None
    }
}

fn push(model: &mut Model, title: &'static str, note: String, purpose: Purpose) {
    let input = Input::default();
    model.overlays.push(Overlay::Prompt(Box::new(Prompt { title, note, trouble: None, input, purpose })));
}

/// Keeps an open question in step with the plan: what is agreed to is what is shown.
pub(super) fn follow(model: &mut Model, inventory: &Inventory, is_other_plan: bool) {
    let units = model.units;
    let undo = goes_back(model, &model.removal, inventory);
    let beside = Beside { jobs: &model.jobs, undo, now: model.now };
    let is_asked = matches!(model.overlays.last(), Some(Overlay::Prompt(prompt))
        if matches!(prompt.purpose, Purpose::Clear(_)));
    let wanted = is_asked.then(|| wanted_clearing(model, inventory));
    let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut() else { return };
    let is_gone = match &prompt.purpose {
        Purpose::Remove(_) if is_other_plan => true,
        Purpose::Remove(asking) => {
            prompt.note = words::question(&model.removal, inventory, asking, &beside, units);
            false
        }
        Purpose::Clear(clearing) => {
            prompt.note = words::clearing_question(clearing, &model.map.layers, units);
            wanted.as_ref() != Some(clearing)
        }
        _ => false,
    };
    if is_gone {
        prompt.purpose = Purpose::Overtaken;
        "What was asked about has changed meanwhile.\nNothing was done. Esc goes back: look at it again."
            .clone_into(&mut prompt.note);
        prompt.trouble = None;
        model.removal.shown = None;
        say_trouble(model, OVERTAKEN);
    }
}

/// Takes in the answer to a question about a change.
pub(super) fn answered(model: &mut Model, purpose: Purpose, line: &str) -> Vec<Effect> {
    match purpose {
        Purpose::Remove(asking) if asking.is_met(line) => carry_out(model),
        Purpose::Clear(clearing) if clearing.asking().is_met(line) => {
            if let Some(why) = objection(model) {
                say_trouble(model, why);
                return Vec::new();
            }
            model.changes.is_clearing = true;
            say(model, format!("stopping {}", words::counted(clearing.containers.len(), "container")));
            vec![Effect::Change(ChangeAsk::Clear(clearing))]
        }
        Purpose::Overtaken => {
            say_trouble(model, OVERTAKEN);
            Vec::new()
        }
        Purpose::Remove(_) | Purpose::Clear(_) => {
            say(model, NOT_AGREED);
            Vec::new()
        }
        Purpose::Leave => leaving::answered(model, line),
        _ => Vec::new(),
    }
}

fn carry_out(model: &mut Model) -> Vec<Effect> {
    if let Some(why) = objection(model) {
        say_trouble(model, why);
        return Vec::new();
    }
    let inventory = model.listed();
    let usage = |at: usize| model.sizes.of(at).ok();
    let facts = facts(model, &inventory, &usage, model.removal.since);
    let engine = model.engine.as_ref().map_or_else(String::new, |engine| engine.id.clone());
    let undo = if is_kept(model, &model.removal) { Undo::Kept } else { Undo::None };
    let confirmed = model.removal.plan.confirm(&facts, model.removal.is_forced, &engine, undo);
    let due = model.jobs.room.as_ref().filter(|_| undo == Undo::Kept).map(|room| room.due.as_slice());
    let confirmed = confirmed.dropping(due.unwrap_or_default());
    let total = confirmed.targets().len();
    model.changes.report = Some(Report { total, ..Report::default() });
    model.changes.undo = undo;
    model.changes.refusal = None;
    let came_from = model.removal.came_from;
    let mode = std::mem::take(&mut model.removal.mode);
    model.removal.begin(mode, came_from);
    model.removal.phase = Phase::Report;
    model.changes.began_at = Some(model.now);
    model.changes.is_stopping = false;
    screen::refresh(model);
    vec![Effect::Change(ChangeAsk::Remove(Box::new(confirmed)))]
}

/// Stops removing after the volume that is being removed.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    if !model.changes.is_removing() {
        say(model, "nothing is being removed");
        return Vec::new();
    }
    if model.changes.is_stopping {
        say(model, "it stops after the volume that is being removed");
        return Vec::new();
    }
    model.changes.is_stopping = true;
    say(model, "stopping after the volume that is being removed");
    vec![Effect::Change(ChangeAsk::StopRemoving)]
}

/// Takes in that a removal is over, or could not begin.
pub(super) fn ended(model: &mut Model, outcome: Result<(), Trouble>, effects: &mut Vec<Effect>) {
    if let Some(report) = &mut model.changes.report {
        report.is_over = true;
    }
    model.changes.refusal = outcome.err();
    model.changes.is_stopping = false;
    if model.jobs.offered.contains(&JobKind::Undo) {
        effects.push(Effect::Keep(KeepAsk::Trash));
    }
    let is_leaving = model.changes.is_leaving;
    leaving::leave_if_over(model, effects);
    if !is_leaving && model.screen != Screen::Prune {
        let tally = model.changes.report.as_ref().map(Report::tally).unwrap_or_default();
        let back =
            if model.changes.undo == Undo::Kept && tally.freed > 0 { ", and kept in the trash" } else { "" };
        let text = format!("the removal is over: {} removed", tally.freed);
        match &model.changes.refusal {
            Some(trouble) => {
                let text = format!("{}: {}", trouble.summary, trouble.cause);
                say_trouble(model, text);
            }
            None if tally.skipped + tally.failed > 0 => {
                say_trouble(model, format!("{text}, {} not", tally.skipped + tally.failed));
            }
            None => say(model, format!("{text}{back}")),
        }
    }
    model.removal.invalidate();
}

/// The containers that hold the refused volumes and may be removed for them.
fn wanted_clearing(model: &Model, inventory: &Inventory) -> Clearing {
    let held = model.removal.plan.kept.iter().filter(|kept| matches!(kept.why, Why::Used(_)));
    Clearing::needed(inventory, model.changes.protection.as_deref(), held.map(|kept| kept.at))
}

/// Asks whether containers are to be stopped and removed, so that their volumes are free.
pub(super) fn ask_to_clear(model: &mut Model) -> Vec<Effect> {
    if model.removal.is_prune() {
        say(model, "only for volumes that you named: mark them and press d");
        return Vec::new();
    }
    if let Some(why) = objection(model) {
        say_trouble(model, why);
        return Vec::new();
    }
    let inventory = model.listed();
    let clearing = wanted_clearing(model, &inventory);
    if clearing.containers.is_empty() {
        say(model, "there is no container to remove for these volumes");
        return Vec::new();
    }
    let note = words::clearing_question(&clearing, &model.map.layers, model.units);
    push(model, "Stop and remove", note, Purpose::Clear(clearing));
    // What would be lost is worth being asked for.
    map::ask_once(model)
}

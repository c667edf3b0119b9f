//! Leaving volx while something is under way.

use super::prompts::YES;
use super::{keeping, prompts, removing};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{Overlay, Purpose};
use crate::app::question::few;
use crate::app::removal::words::counted;

/// Leaves, or asks first while something is under way. Whoever insists leaves at once.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    let is_asked = matches!(model.overlays.last(), Some(Overlay::Prompt(prompt))
        if prompt.purpose == Purpose::Leave);
    if !is_busy(model) || is_asked || model.changes.is_leaving {
        return vec![Effect::Quit];
    }
    let note = question(model);
    model.overlays.push(prompts::prompt("Quit", &note, String::new(), Purpose::Leave));
    Vec::new()
}

fn is_busy(model: &Model) -> bool {
    model.changes.is_removing() || model.jobs.open().next().is_some()
}

fn question(model: &Model) -> String {
    let jobs = model.jobs.open().count();
    let by_kind = keeping::under_way(model);
    let each = by_kind.iter().map(|(kind, titles)| format!("{kind} of {}", few(titles)));
    let each = each.collect::<Vec<_>>().join("; ");
    let (is, them) = if jobs == 1 { ("is", "it") } else { ("are", "them") };
    let counted = counted(jobs, "job");
    match (model.changes.is_removing(), jobs) {
        (true, 0) => format!("A removal is under way: stop after the current volume and quit? {YES}"),
        (true, _) => format!(
            "A removal and {counted} are under way ({each}): stop after the current volume, cancel {them} and quit? {YES}"
        ),
        (false, _) => format!("{counted} {is} under way ({each}): cancel {them} and quit? {YES}"),
    }
}

/// Ends what is under way and leaves then, if that was the answer.
pub(super) fn answered(model: &mut Model, line: &str) -> Vec<Effect> {
    if !keeping::agrees(line) {
        return Vec::new();
    }
    if !is_busy(model) {
        return vec![Effect::Quit];
    }
    model.changes.is_leaving = true;
    let mut effects = keeping::cancel_all(model);
    if model.changes.is_removing() {
        effects.extend(removing::stop(model));
    }
    effects
}

/// Leaves if the user waits for that and nothing is under way any more.
pub(super) fn leave_if_over(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.changes.is_leaving && !is_busy(model) {
        model.changes.is_leaving = false;
        effects.push(Effect::Quit);
    }
}

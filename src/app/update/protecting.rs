//! Protecting volumes, and lifting it.

use super::{prompts, say_trouble};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::Purpose;
use crate::domain::change::ChangeAsk;
use crate::domain::protection::Guard;

/// Volumes that a question names; the rest is counted.
const TOLD: usize = 4;

/// Protects the marked or selected volumes; lifts it where all of them are protected. What a label or
/// a pattern protects is given up only after a question that names it.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let inventory = model.listed();
    let chosen = model.home.chosen();
    if chosen.is_empty() {
        say_trouble(model, "no volume is selected");
        return Vec::new();
    }
    let Some(protection) = model.changes.protection.clone() else {
        let why = match &model.changes.protection_trouble {
            Some(trouble) => trouble.cause.clone(),
            None => "what is protected is not known yet".to_owned(),
        };
        say_trouble(model, why);
        return Vec::new();
    };
    let volumes = chosen.iter().filter_map(|name| inventory.volumes.get(inventory.position(name)?));
    let guarded: Vec<(String, Option<Guard>)> =
        volumes.map(|volume| (volume.name.clone(), protection.of(volume))).collect();
    let open: Vec<String> =
        guarded.iter().filter(|(_, guard)| guard.is_none()).map(|(name, _)| name.clone()).collect();
    if !open.is_empty() {
        return vec![Effect::Change(ChangeAsk::Protect { names: open, is_on: true })];
    }
    let by_others: Vec<String> = guarded
        .iter()
        .filter_map(|(name, guard)| match guard {
            Some(guard @ (Guard::Label | Guard::Pattern(_))) => Some(format!("{name} is {}", guard.words())),
            Some(Guard::Listed) | None => None,
        })
        .collect();
    let names = guarded.into_iter().map(|(name, _)| name).collect();
    let ask = ChangeAsk::Protect { names, is_on: false };
    if by_others.is_empty() {
        return vec![Effect::Change(ask)];
    }
    let more = by_others.len().saturating_sub(TOLD);
    let mut told: Vec<String> = by_others.iter().take(TOLD).map(|line| format!("{line}.")).collect();
    if more > 0 {
        told.push(format!("And {more} more."));
    }
    let what = if by_others.len() == 1 { "it" } else { "them" };
    told.push(format!(
        "Type y and press Enter to lift it all the same: volx will then remove {what} when asked; anything else leaves it."
    ));
    let note = told.join("\n");
    model.overlays.push(prompts::prompt("Lift the protection", &note, String::new(), Purpose::Agree(ask)));
    Vec::new()
}

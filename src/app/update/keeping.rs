//! Backing up, proving, restoring: from the key to what is asked for.

use std::collections::BTreeMap;

use super::copying::is_yes;
use super::restoring::taken;
use super::{backing_up, backups, prompts, restoring, say, say_trouble, trash};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::app::overlay::{Overlay, Purpose};
use crate::app::question;
use crate::domain::job::JobKind;
use crate::domain::keep::KeepAsk;
use crate::domain::map::What;
use crate::domain::status::Status;
use crate::domain::text::clean;

/// Carries out what is about keeping, and every key of the Backups screen that means something else
/// there; `None` when the action is none of that.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::ShowBackups => return Some(backups::show(model)),
        Action::Restore => return Some(restoring::begin(model)),
        Action::Clone => clone(model),
        Action::Undo => trash::show(model),
        Action::Rename => rename(model),
        Action::Jobs => model.overlays.push(Overlay::Jobs(Cursor::default())),
        _ if model.screen == Screen::Backups => return backups::act(model, action),
        Action::BackUp => backing_up::begin(model),
        _ => return None,
    }
    Some(Vec::new())
}

/// Whether this can be done; says why not.
pub(super) fn may(model: &mut Model, kind: JobKind) -> bool {
    let is_offered = model.jobs.offered.contains(&kind);
    if !is_offered {
        let why = match model.jobs.backups.trouble() {
            Some(trouble) => trouble.to_string(),
            None if model.is_read_only() => "volx was told to change nothing (read-only)".to_owned(),
            None => "no engine is connected".to_owned(),
        };
        say_trouble(model, format!("not possible now: {why}"));
    }
    is_offered
}

/// The marked volumes or the selected one; nothing on a screen without any.
fn chosen(model: &Model, is_one: bool) -> Option<Vec<String>> {
    let inventory = model.listed();
    let name = |at: usize| inventory.volumes.get(at).map(|volume| volume.name.clone());
    Some(match model.screen {
        Screen::Volumes if is_one => model.home.selected_name().map(str::to_owned).into_iter().collect(),
        Screen::Volumes => model.home.chosen().into_iter().map(str::to_owned).collect(),
        Screen::Map => match model.map.selected_what() {
            Some(What::Volume(Some(at), _)) => name(at as usize).into_iter().collect(),
            _ => Vec::new(),
        },
        Screen::Monitor => model.monitor.selected().and_then(name).into_iter().collect(),
        Screen::Files if model.files.kept.is_none() => vec![model.files.volume.clone()],
        Screen::Files | Screen::Backups | Screen::Activity | Screen::Prune => return None,
    })
}

/// The volumes that something is to be done with, if it can be done here; says why not.
pub(super) fn wanted(model: &mut Model, kind: JobKind, is_one: bool) -> Option<Vec<String>> {
    let Some(names) = chosen(model, is_one) else {
        say(model, "not on this screen");
        return None;
    };
    if !may(model, kind) {
        return None;
    }
    if names.is_empty() {
        say_trouble(model, "no volume is selected");
        return None;
    }
    Some(names)
}

fn clone(model: &mut Model) {
    let Some(name) = wanted(model, JobKind::Clone, true).and_then(|names| names.into_iter().next()) else {
        return;
    };
    let inventory = model.listed();
    let at = inventory.position(&name);
    let live = at.is_some_and(|at| inventory.status(at) == Status::InUse);
    let live = if live { "; it is in use: what is written meanwhile may not fit together" } else { "" };
    let note = format!("the name of the new volume, a copy of {}{live}", clean(&name));
    let proposal = format!("{name}-copy");
    model.overlays.push(prompts::prompt("Clone", &note, proposal, Purpose::CloneTo(name)));
}

fn rename(model: &mut Model) {
    let Some(name) = wanted(model, JobKind::Rename, true).and_then(|names| names.into_iter().next()) else {
        return;
    };
    let inventory = model.listed();
    let holders: Vec<String> = inventory
        .position(&name)
        .map(|at| inventory.holders(at).map(|container| container.name.clone()).collect())
        .unwrap_or_default();
    if !holders.is_empty() {
        let holders = question::few(&holders);
        return say_trouble(model, format!("containers refer to it by its name: {holders}"));
    }
    let note = format!(
        "the new name of {}: it is copied, compared entry by entry, and only then removed",
        clean(&name)
    );
    model.overlays.push(prompts::prompt("Rename", &note, name.clone(), Purpose::RenameTo(name)));
}

/// Asks for a name once more, with what is wrong.
fn again(model: &mut Model, purpose: Purpose, line: &str, why: String) -> Vec<Effect> {
    let (title, note) = match &purpose {
        Purpose::CloneTo(_) => ("Clone", "the name of the new volume"),
        _ => ("Rename", "the new name"),
    };
    let mut overlay = prompts::prompt(title, note, line.to_owned(), purpose);
    if let Overlay::Prompt(prompt) = &mut overlay {
        prompt.trouble = Some(why);
    }
    model.overlays.push(overlay);
    Vec::new()
}

/// Goes on by what was typed.
pub(super) fn typed(model: &mut Model, purpose: Purpose, line: &str) -> Vec<Effect> {
    match purpose {
        Purpose::CloneTo(_) | Purpose::RenameTo(_) if taken(model, line.trim()).is_some() => {
            let why = taken(model, line.trim()).unwrap_or_default();
            again(model, purpose, line, why)
        }
        Purpose::CloneTo(from) => vec![Effect::Keep(KeepAsk::Clone { from, to: line.trim().to_owned() })],
        Purpose::RenameTo(from) => {
            let to = line.trim().to_owned();
            model.home.follow(from.clone(), to.clone());
            vec![Effect::Keep(KeepAsk::Rename { from, to })]
        }
        Purpose::Making(wanted, setting) => backing_up::set(model, *wanted, setting, line),
        Purpose::Delete(deleting) => backups::deleted(model, deleting, line),
        purpose => restoring::typed(model, purpose, line),
    }
}

/// Cancels the selected job.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Jobs(cursor)) = model.overlays.last() else { return Vec::new() };
    let job = model.jobs.listed().get(cursor.at).map(|job| (job.id, job.is_open()));
    match job {
        Some((id, true)) => {
            say(model, "cancelling");
            vec![Effect::Keep(KeepAsk::Cancel(id))]
        }
        Some((_, false)) => {
            say(model, "it is over");
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// The open jobs by what is done and with what, for a question.
pub(super) fn under_way(model: &Model) -> BTreeMap<&'static str, Vec<String>> {
    let mut jobs: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for job in model.jobs.open() {
        jobs.entry(job.kind.name()).or_default().push(job.title.clone());
    }
    jobs
}

/// Ends all jobs, so that volx can be left.
pub(super) fn cancel_all(model: &Model) -> Vec<Effect> {
    model.jobs.open().map(|job| Effect::Keep(KeepAsk::Cancel(job.id))).collect()
}

/// Whether the answer to a question about leaving is yes.
pub(super) fn agrees(line: &str) -> bool {
    is_yes(line)
}

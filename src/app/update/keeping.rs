//! Backing up, proving, restoring: from the key to what is asked for.

use std::collections::BTreeMap;

use super::copying::is_yes;
use super::{actions, copy, prompts, say, say_trouble, trash};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::{Item, Menu, Overlay, Purpose, Restoring};
use crate::app::question;
use crate::domain::creation::NewVolume;
use crate::domain::job::JobKind;
use crate::domain::keep::{KeepAsk, Secrets};
use crate::domain::map::What;
use crate::domain::status::Status;
use crate::domain::text::clean;

/// Carries out what is about keeping, and every key of the Backups screen that means something else
/// there; `None` when the action is none of that.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::ShowBackups => return Some(show(model)),
        Action::BackUp => back_up(model),
        Action::Clone => clone(model),
        Action::Undo => trash::show(model),
        Action::Rename => rename(model),
        Action::Jobs => model.overlays.push(Overlay::Jobs(Cursor::default())),
        _ if model.screen != Screen::Backups => return None,
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown => step(model, actions::page(model)),
        Action::PageUp => step(model, -actions::page(model)),
        Action::Top => go_to(model, 0),
        Action::Bottom => go_to(model, usize::MAX),
        Action::ScrollDown => actions::scroll_details(model, 1),
        Action::ScrollUp => actions::scroll_details(model, -1),
        Action::Open | Action::Verify => verify(model),
        Action::Restore => restore(model),
        Action::Copy => match copy_menu(model) {
            Some(menu) => model.overlays.push(menu),
            None => say(model, "no backup is selected"),
        },
        Action::Refresh => {
            say(model, "looking again");
            return Some(vec![Effect::Keep(KeepAsk::List)]);
        }
        Action::FocusNext if model.details.is_shown && model.window.has_details => {
            model.pane = if model.pane == Pane::List { Pane::Details } else { Pane::List };
        }
        Action::FocusNext => say(model, "there is no other pane: the details need a larger window"),
        Action::Back if model.pane == Pane::Details => model.pane = Pane::List,
        _ => return None,
    }
    Some(Vec::new())
}

fn show(model: &mut Model) -> Vec<Effect> {
    actions::show(model, Screen::Backups);
    model.backups.settle(&model.jobs);
    if model.jobs.offered.contains(&JobKind::Backup) { vec![Effect::Keep(KeepAsk::List)] } else { Vec::new() }
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
        Screen::Files => vec![model.files.volume.clone()],
        Screen::Backups | Screen::Activity | Screen::Prune => return None,
    })
}

/// The volumes that something is to be done with, if it can be done here; says why not.
fn wanted(model: &mut Model, kind: JobKind, is_one: bool) -> Option<Vec<String>> {
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

fn back_up(model: &mut Model) {
    let Some(names) = wanted(model, JobKind::Backup, false) else { return };
    let inventory = model.listed();
    let size = |at: usize| model.sizes.of(at).ok().and_then(|usage| usage.apparent.or(usage.allocated));
    let question =
        question::backing_up(&names, &inventory, size, &model.jobs, (model.units, !model.is_read_only()));
    model.overlays.push(Overlay::Question(question));
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

/// Goes to a row of the backups; to the selected one means to prove it.
pub(super) fn click_row(model: &mut Model, row: usize) {
    if model.backups.cursor.at == row { verify(model) } else { go_to(model, row) }
}

fn go_to(model: &mut Model, row: usize) {
    model.backups.go_to(row, &model.jobs);
    model.details.scroll = 0;
}

/// Moves by rows of whatever has the keys.
fn step(model: &mut Model, steps: isize) {
    if model.pane == Pane::Details { actions::scroll_details(model, steps) } else { step_list(model, steps) }
}

/// Moves in the list, whatever has the keys.
pub(super) fn step_list(model: &mut Model, steps: isize) {
    let before = model.backups.cursor.at;
    model.backups.step(steps, &model.jobs);
    if model.backups.cursor.at != before {
        model.details.scroll = 0;
    }
}

fn verify(model: &mut Model) {
    let Some(kept) = model.backups.selected(&model.jobs).cloned() else {
        return say(model, "no backup is selected");
    };
    if may(model, JobKind::Verify) {
        let may_restore = model.jobs.offered.contains(&JobKind::Restore);
        let question = question::verifying(&kept, may_restore, &kept.proven_words(model.now));
        model.overlays.push(Overlay::Question(question));
    }
}

fn restore(model: &mut Model) {
    let Some(kept) = model.backups.selected(&model.jobs).cloned() else {
        return say(model, "no backup is selected");
    };
    if let Some(trouble) = kept.trouble {
        return say_trouble(model, format!("it cannot be restored: {trouble}"));
    }
    if may(model, JobKind::Restore) {
        let asked = Restoring {
            path: kept.path,
            name: String::new(),
            masked: kept.masked,
            secrets: Secrets::default(),
        };
        let trouble = taken(model, &kept.volume);
        ask_name(model, asked, kept.volume, trouble);
    }
}

/// Why a volume cannot have this name.
pub(super) fn taken(model: &Model, name: &str) -> Option<String> {
    let wanted = NewVolume { name: name.to_owned(), ..NewVolume::default() };
    if let Err(why) = wanted.check_name() {
        return Some(why);
    }
    model.listed().position(name).map(|_| "a volume of this name exists; type another one".to_owned())
}

fn ask_name(model: &mut Model, asked: Restoring, name: String, trouble: Option<String>) {
    let note = "the name of the new volume; what exists is never overwritten here";
    let mut overlay = prompts::prompt("Restore", note, name, Purpose::Restore(asked));
    if let Overlay::Prompt(prompt) = &mut overlay {
        prompt.trouble = trouble;
    }
    model.overlays.push(overlay);
}

/// Goes on with a restore by what was typed.
pub(super) fn typed(model: &mut Model, purpose: Purpose, line: &str) -> Vec<Effect> {
    match purpose {
        Purpose::Restore(asked) if line.trim().is_empty() => {
            let why = Some("the name is missing".to_owned());
            ask_name(model, asked, String::new(), why);
            Vec::new()
        }
        Purpose::Restore(asked) => {
            let name = line.trim().to_owned();
            if let Some(why) = taken(model, &name) {
                ask_name(model, asked, name, Some(why));
                return Vec::new();
            }
            go_on(model, Restoring { name, ..asked })
        }
        Purpose::CloneTo(_) | Purpose::RenameTo(_) if taken(model, line.trim()).is_some() => {
            let why = taken(model, line.trim()).unwrap_or_default();
            again(model, purpose, line, why)
        }
        Purpose::CloneTo(from) => vec![Effect::Keep(KeepAsk::Clone { from, to: line.trim().to_owned() })],
        Purpose::RenameTo(from) => vec![Effect::Keep(KeepAsk::Rename { from, to: line.trim().to_owned() })],
        Purpose::Secret(mut asked) => {
            if asked.masked.is_empty() {
                return Vec::new();
            }
            let key = asked.masked.remove(0);
            asked.secrets.0.insert(key, line.to_owned());
            go_on(model, asked)
        }
        _ => Vec::new(),
    }
}

/// Asks for what the backup has masked; then for the volume.
fn go_on(model: &mut Model, asked: Restoring) -> Vec<Effect> {
    if let Some(key) = asked.masked.first() {
        let note = format!(
            "the secret in the driver option '{}': backups do not hold it; it is not shown",
            clean(key)
        );
        model.overlays.push(prompts::prompt("Restore", &note, String::new(), Purpose::Secret(asked)));
        return Vec::new();
    }
    let Restoring { path, name, secrets, .. } = asked;
    vec![Effect::Keep(KeepAsk::Restore { path, name, secrets })]
}

fn copy_menu(model: &Model) -> Option<Overlay> {
    let kept = model.backups.selected(&model.jobs)?;
    let path = kept.path.to_string_lossy().into_owned();
    let items: Vec<Item> = vec![
        copy::item("path", path, 1),
        copy::item("without volx", kept.by_hand(), 1),
        copy::item("volume", kept.volume.clone(), 1),
    ];
    Some(Overlay::Menu(Menu { title: "Copy", items, cursor: Cursor::default() }))
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

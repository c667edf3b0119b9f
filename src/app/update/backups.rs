//! What each key does among the backups.

use super::keeping::may;
use super::{actions, copy, files, prompts, removing, say, say_trouble};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::{Item, Menu, Overlay, Purpose};
use crate::app::question;
use crate::app::wanted::Deleting;
use crate::domain::job::JobKind;
use crate::domain::keep::{KeepAsk, Kept, asking_to_delete};

/// Shows the screen.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    actions::show(model, Screen::Backups);
    model.backups.settle(&model.jobs);
    if model.jobs.offered.contains(&JobKind::Backup) { vec![Effect::Keep(KeepAsk::List)] } else { Vec::new() }
}

/// Carries out an action; `None` when it means here what it means everywhere.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown => step(model, actions::page(model)),
        Action::PageUp => step(model, -actions::page(model)),
        Action::Top => go_to(model, 0),
        Action::Bottom => go_to(model, usize::MAX),
        Action::ScrollDown => actions::scroll_details(model, 1),
        Action::ScrollUp => actions::scroll_details(model, -1),
        Action::Open => return Some(open(model)),
        Action::Verify => verify(model),
        Action::BackUp => super::backing_up::again(model),
        Action::Remove => delete(model),
        Action::Mark => {
            if model.backups.mark(&model.jobs) {
                step_list(model, 1);
            }
        }
        Action::MarkAll => model.backups.mark_all(&model.jobs),
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
        Action::Back if !model.backups.marks.is_empty() => model.backups.marks.clear(),
        _ => return None,
    }
    Some(Vec::new())
}

/// Goes to a row of the backups; the selected one is opened.
pub(super) fn click_row(model: &mut Model, row: usize) -> Vec<Effect> {
    if model.backups.cursor.at == row {
        return open(model);
    }
    go_to(model, row);
    Vec::new()
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

/// Goes into the selected backup.
fn open(model: &mut Model) -> Vec<Effect> {
    let Some(kept) = model.backups.selected(&model.jobs).cloned() else {
        say(model, "no backup is selected");
        return Vec::new();
    };
    match &kept.trouble {
        Some(trouble) => say_trouble(model, format!("it cannot be opened: {trouble}")),
        None => return files::enter_backup(model, kept),
    }
    Vec::new()
}

fn verify(model: &mut Model) {
    if !may(model, JobKind::Verify) {
        return;
    }
    let chosen = model.backups.chosen(&model.jobs);
    if chosen.is_empty() {
        return say(model, "no backup is selected");
    }
    let may_restore = model.jobs.offered.contains(&JobKind::Restore);
    let question = question::verifying(&chosen, may_restore, model.now);
    model.overlays.push(Overlay::Question(question));
}

fn delete(model: &mut Model) {
    let chosen: Vec<Kept> = model.backups.chosen(&model.jobs).into_iter().cloned().collect();
    if chosen.is_empty() {
        return say(model, "no backup is selected");
    }
    if !may(model, JobKind::Delete) {
        return;
    }
    let all: Vec<&Kept> = chosen.iter().collect();
    let asking = asking_to_delete(&all, model.jobs.kept());
    let note = question::deleting(&all, &asking, model.now, model.units);
    let paths = chosen.iter().map(|kept| kept.path.clone()).collect();
    let purpose = Purpose::Delete(Deleting { paths, asking });
    model.overlays.push(prompts::prompt("Delete", &note, String::new(), purpose));
}

/// Takes in the answer to whether backups are deleted.
pub(super) fn deleted(model: &mut Model, deleting: Deleting, line: &str) -> Vec<Effect> {
    if !deleting.asking.is_met(line) {
        say(model, removing::NOT_AGREED);
        return Vec::new();
    }
    model.backups.marks.clear();
    vec![Effect::Keep(KeepAsk::Delete { paths: deleting.paths })]
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

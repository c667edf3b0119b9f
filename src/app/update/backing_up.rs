//! Backing up: from the key to what is asked for, and how it is to be made.

use std::path::PathBuf;

use super::keeping::{may, wanted};
use super::{prompts, say};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{Overlay, Purpose};
use crate::app::question;
use crate::app::wanted::{BackingUp, Setting};
use crate::domain::job::JobKind;
use crate::domain::keep::{LEVELS, Making, THREADS};

/// Asks how the chosen volumes are to be backed up.
pub(super) fn begin(model: &mut Model) {
    if let Some(names) = wanted(model, JobKind::Backup, false) {
        ask(model, &BackingUp { names, making: Making::default() });
    }
}

/// The same for the volumes that the chosen backups are of, as far as they are there.
pub(super) fn again(model: &mut Model) {
    if !may(model, JobKind::Backup) {
        return;
    }
    let inventory = model.listed();
    let mut names: Vec<String> = Vec::new();
    for kept in model.backups.chosen(&model.jobs) {
        if inventory.position(&kept.volume).is_some() && !names.contains(&kept.volume) {
            names.push(kept.volume.clone());
        }
    }
    if names.is_empty() {
        return say(model, "no volume of this name is there to be backed up again");
    }
    ask(model, &BackingUp { names, making: Making::default() });
}

fn ask(model: &mut Model, wanted: &BackingUp) {
    let inventory = model.listed();
    let size = |at: usize| model.sizes.of(at).ok().and_then(|usage| usage.apparent.or(usage.allocated));
    let how = (model.units, !model.is_read_only());
    let question = question::backing_up(wanted, &inventory, size, &model.jobs, how);
    model.overlays.push(Overlay::Question(question));
}

/// Shows what can be set; or sets one of it.
pub(super) fn choose(model: &mut Model, mut wanted: BackingUp, setting: Option<Setting>) -> Vec<Effect> {
    let making = &mut wanted.making;
    let (title, note, line) = match setting {
        None => {
            show(model, &wanted, 0);
            return Vec::new();
        }
        Some(Setting::ReadBack) => {
            making.is_read_back = !making.is_read_back;
            show(model, &wanted, place(Setting::ReadBack));
            return Vec::new();
        }
        Some(Setting::Folder) => {
            let folder = making.folder.as_ref().or(model.jobs.folder.as_ref());
            let folder = folder.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
            ("Folder", "a folder of this machine; nothing is the one of the settings", folder)
        }
        Some(Setting::Level) => ("Level", "1 is fast, 19 is small", making.level.to_string()),
        Some(Setting::Threads) => {
            let line = if making.threads == 0 { String::new() } else { making.threads.to_string() };
            ("Threads", "1 to 8; nothing is as many as there are processors", line)
        }
        Some(Setting::Exclude) => {
            let note = "patterns with * and ?, and spaces between; with a slash of the whole path";
            ("Leave out", note, making.exclude.join(" "))
        }
    };
    // Whatever becomes of the line, there is something to go back to.
    let setting = setting.unwrap_or(Setting::Folder);
    show(model, &wanted, place(setting));
    model.overlays.push(prompts::prompt(title, note, line, Purpose::Making(Box::new(wanted), setting)));
    Vec::new()
}

fn place(setting: Setting) -> usize {
    Setting::ALL.iter().position(|one| *one == setting).unwrap_or(0)
}

/// Shows what can be set over the question, which is asked anew by it.
fn show(model: &mut Model, wanted: &BackingUp, at: usize) {
    model.overlays.clear();
    ask(model, wanted);
    model.overlays.push(question::settings(wanted, &model.jobs, at));
}

/// Sets what was typed, or asks once more.
pub(super) fn set(model: &mut Model, mut wanted: BackingUp, setting: Setting, line: &str) -> Vec<Effect> {
    let making = &mut wanted.making;
    let line = line.trim();
    let mut why = None;
    match setting {
        Setting::Folder => {
            let is_usual = line.is_empty()
                || model.jobs.folder.as_deref().is_some_and(|usual| usual == std::path::Path::new(line));
            making.folder = (!is_usual).then(|| PathBuf::from(line));
        }
        Setting::Level => match line.parse() {
            Ok(level) if LEVELS.contains(&level) => making.level = level,
            _ => why = Some("a number from 1 to 19"),
        },
        Setting::Threads if line.is_empty() => making.threads = 0,
        Setting::Threads => match line.parse() {
            Ok(threads) if THREADS.contains(&threads) => making.threads = threads,
            _ => why = Some("a number from 1 to 8, or nothing"),
        },
        Setting::Exclude => making.exclude = line.split_whitespace().map(str::to_owned).collect(),
        Setting::ReadBack => {}
    }
    show(model, &wanted, place(setting));
    if let Some(why) = why {
        let mut overlay =
            prompts::prompt("Options", "", line.to_owned(), Purpose::Making(Box::new(wanted), setting));
        if let Overlay::Prompt(prompt) = &mut overlay {
            prompt.trouble = Some(why.to_owned());
        }
        model.overlays.push(overlay);
    }
    Vec::new()
}

//! Restoring: from a backup to the volume that is made of it, or whose content gives way to it.

use super::keeping::{may, wanted};
use super::{prompts, removing, say, say_trouble};
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::app::overlay::{Choice, Item, Menu, Overlay, Purpose};
use crate::app::question::{self, Replaced};
use crate::app::wanted::{Replacing, Restoring, Target};
use crate::domain::age::ago;
use crate::domain::creation::NewVolume;
use crate::domain::job::JobKind;
use crate::domain::keep::{KeepAsk, Kept, Secrets};
use crate::domain::prune::Asking;
use crate::domain::size::human;
use crate::domain::text::clean;

/// Begins with the selected backup; of a volume with the one that is chosen among its backups.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    let open = model.files.kept.as_deref().filter(|_| model.screen == Screen::Files);
    let kept = match model.screen {
        Screen::Backups => model.backups.selected(&model.jobs),
        _ => open,
    };
    if let Some(kept) = kept.cloned() {
        return to(model, kept, Target::Asked);
    }
    if model.screen == Screen::Backups {
        say(model, "no backup is selected");
        return Vec::new();
    }
    let Some(name) = wanted(model, JobKind::Restore, true).and_then(|names| names.into_iter().next()) else {
        return Vec::new();
    };
    let all: Vec<Kept> = model.jobs.of(&name).filter(|kept| kept.trouble.is_none()).cloned().collect();
    match <[Kept; 1]>::try_from(all) {
        Ok([only]) => return to(model, only, Target::Asked),
        Err(none) if none.is_empty() => say_trouble(model, format!("there is no backup of {}", clean(&name))),
        Err(all) => {
            let items = all.into_iter().map(|kept| Item {
                label: ago(model.now, kept.at),
                note: format!("{}, {}", human(kept.bytes, model.units), kept.proven_words(model.now)),
                choice: Choice::Restore(Box::new(kept), Target::Asked),
            });
            let items = items.collect();
            model.overlays.push(Overlay::Menu(Menu {
                title: "Restore the backup of",
                items,
                cursor: Cursor::default(),
            }));
        }
    }
    Vec::new()
}

/// Goes on as it was chosen.
pub(super) fn to(model: &mut Model, kept: Kept, target: Target) -> Vec<Effect> {
    if let Some(trouble) = kept.trouble {
        say_trouble(model, format!("it cannot be restored: {trouble}"));
        return Vec::new();
    }
    if !may(model, JobKind::Restore) {
        return Vec::new();
    }
    match target {
        Target::Asked => {
            let there = there(model, &kept.volume);
            let question = question::restoring(&kept, there, model.now, model.units);
            model.overlays.push(Overlay::Question(question));
        }
        Target::New => {
            let mut name = kept.volume.clone();
            if model.listed().position(&name).is_some() {
                name.push_str("-restored");
            }
            let trouble = taken(model, &name);
            let asked = Restoring {
                path: kept.path,
                name: String::new(),
                masked: kept.masked,
                secrets: Secrets::default(),
            };
            ask_name(model, asked, name, trouble);
        }
        Target::Volume(name) => ask_to_replace(model, kept, name, None),
        Target::Other => ask_which(model, kept, String::new(), None),
    }
    Vec::new()
}

/// The volume of this name and why its content must stay, where it must; nothing where there is none.
fn there(model: &Model, name: &str) -> Option<Replaced> {
    let inventory = model.listed();
    let at = inventory.position(name)?;
    let volume = inventory.volumes.get(at)?;
    let users = inventory.holders(at).filter(|container| container.state.is_live());
    let usage = model.sizes.of(at).ok();
    Some(Replaced {
        name: name.to_owned(),
        users: users.map(|container| container.name.clone()).collect(),
        bytes: usage.and_then(|usage| usage.apparent.or(usage.allocated)),
        is_empty: usage.is_some_and(|usage| usage.files == Some(0)),
        guard: model.changes.guard(volume).map(|guard| guard.words()),
    })
}

/// Why a volume cannot have this name.
pub(super) fn taken(model: &Model, name: &str) -> Option<String> {
    let wanted = NewVolume { name: name.to_owned(), ..NewVolume::default() };
    if let Err(why) = wanted.check_name() {
        return Some(why);
    }
    model.listed().position(name).map(|_| "a volume of this name exists; type another one".to_owned())
}

fn push(
    model: &mut Model,
    (title, note): (&'static str, &str),
    line: String,
    purpose: Purpose,
    why: Option<String>,
) {
    let mut overlay = prompts::prompt(title, note, line, purpose);
    if let Overlay::Prompt(prompt) = &mut overlay {
        prompt.trouble = why;
    }
    model.overlays.push(overlay);
}

fn ask_name(model: &mut Model, asked: Restoring, name: String, trouble: Option<String>) {
    let words = ("Restore", "the name of the new volume; what exists stays as it is");
    push(model, words, name, Purpose::Restore(asked), trouble);
}

fn ask_which(model: &mut Model, kept: Kept, name: String, trouble: Option<String>) {
    let words = ("Replace", "the name of the volume whose content gives way; it is asked once more before");
    push(model, words, name, Purpose::ReplaceOf(Box::new(kept)), trouble);
}

/// Asks whether the content of this volume gives way, by its name where it has any.
fn ask_to_replace(model: &mut Model, kept: Kept, name: String, trouble: Option<String>) {
    let Some(there) = there(model, &name) else {
        return ask_which(model, kept, name, Some("there is no volume of this name".to_owned()));
    };
    if let Some(guard) = there.guard {
        return say_trouble(model, format!("{} stays as it is: {guard}", clean(&name)));
    }
    let asking = if there.is_empty { Asking::Yes } else { Asking::Name(name.clone()) };
    let note = question::replacing(&kept, &there, &asking, model.now, model.units);
    let asked = Replacing { kept, name, users: there.users, asking };
    push(model, ("Replace", &note), String::new(), Purpose::ReplaceBy(Box::new(asked)), trouble);
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
        Purpose::Secret(mut asked) => {
            if asked.masked.is_empty() {
                return Vec::new();
            }
            let key = asked.masked.remove(0);
            asked.secrets.0.insert(key, line.to_owned());
            go_on(model, asked)
        }
        Purpose::ReplaceOf(kept) => {
            ask_to_replace(model, *kept, line.trim().to_owned(), None);
            Vec::new()
        }
        Purpose::ReplaceBy(asked) => answered(model, *asked, line),
        _ => Vec::new(),
    }
}

/// Takes in the answer to whether a volume's content gives way.
fn answered(model: &mut Model, asked: Replacing, line: &str) -> Vec<Effect> {
    if !asked.asking.is_met(line) {
        say(model, removing::NOT_AGREED);
        return Vec::new();
    }
    if let Some(why) = removing::objection(model) {
        say_trouble(model, why);
        return Vec::new();
    }
    let Replacing { kept, name, users, .. } = asked;
    // Whoever is stopped was named before.
    if there(model, &name).is_none_or(|there| there.users != users || there.guard.is_some()) {
        let why = "it has changed meanwhile: look at it again; nothing was done".to_owned();
        ask_to_replace(model, kept, name, Some(why));
        return Vec::new();
    }
    let stops_users = !users.is_empty();
    vec![Effect::Keep(KeepAsk::Replace { path: kept.path, name, stops_users })]
}

/// Asks for what the backup has masked; then for the volume.
fn go_on(model: &mut Model, asked: Restoring) -> Vec<Effect> {
    if let Some(key) = asked.masked.first() {
        let note = format!(
            "the secret in the driver option '{}': backups do not hold it; it is not shown",
            clean(key)
        );
        push(model, ("Restore", &note), String::new(), Purpose::Secret(asked), None);
        return Vec::new();
    }
    let Restoring { path, name, secrets, .. } = asked;
    vec![Effect::Keep(KeepAsk::Restore { path, name, secrets })]
}

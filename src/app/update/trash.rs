//! The trash: what can be taken back, one volume of it under another name, emptying it.

use std::collections::BTreeMap;

use super::removing::NOT_AGREED;
use super::{keeping, prompts, restoring, say, say_trouble};
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{Choice, Item, Menu, OfTrash, Overlay, Purpose};
use crate::app::question::few;
use crate::app::removal::words::{asked, counted};
use crate::app::wanted::Returning;
use crate::domain::age::ago;
use crate::domain::job::JobKind;
use crate::domain::keep::{Discarded, KeepAsk};
use crate::domain::prune::Asking;
use crate::domain::size::human;
use crate::domain::text::clean;

/// So many are named, each with its size, before they are dropped.
const NAMED: usize = 8;

/// What is in the trash, as far as that is known.
fn all(model: &Model) -> Vec<Discarded> {
    model.jobs.trash.value().map(|all| all.to_vec()).unwrap_or_default()
}

/// Shows what can be taken back, the last first.
pub(super) fn show(model: &mut Model) {
    if !keeping::may(model, JobKind::Undo) {
        return;
    }
    if model.jobs.trash.value().is_none() {
        let why = model.jobs.trash.trouble().map(ToString::to_string);
        return say_trouble(model, why.unwrap_or_else(|| "the trash is not known yet".to_owned()));
    }
    let all = all(model);
    let mut actions: BTreeMap<i64, (String, String)> = BTreeMap::new();
    for renamed in &model.jobs.renamings {
        let note = format!("{} gets its name {} back", clean(&renamed.to), clean(&renamed.from));
        actions.insert(renamed.action, (format!("rename {}", ago(model.now, renamed.at)), note));
    }
    let mut removed: BTreeMap<i64, Vec<&Discarded>> = BTreeMap::new();
    for one in &all {
        removed.entry(one.action).or_default().push(one);
    }
    for (action, of) in removed {
        let Some(first) = of.first() else { continue };
        let names: Vec<String> = of.iter().map(|one| one.volume.name.clone()).collect();
        let bytes = human(of.iter().map(|one| one.bytes).sum(), model.units);
        let label = format!("{} {}", clean(&first.verb), ago(model.now, first.at));
        actions.insert(action, (label, format!("{} ({bytes} in the trash)", few(&names))));
    }
    if actions.is_empty() {
        return say(model, "there is nothing in the trash");
    }
    let item = |label: String, note: String, what| Item { label, note, choice: Choice::Trash(what) };
    let mut items: Vec<Item> = actions
        .into_iter()
        .rev()
        .map(|(action, (label, note))| item(label, note, OfTrash::Undo(action)))
        .collect();
    if !all.is_empty() {
        let note = "one volume, under its own name or another".to_owned();
        items.push(item("one of them".to_owned(), note, OfTrash::Volumes));
        let expired = expired(model);
        if !expired.is_empty() {
            let note =
                format!("{} past their time, or more than the trash may hold", weighed(model, &expired));
            items.push(item("drop what is due".to_owned(), note, OfTrash::Expired));
        }
        let note = format!("{}: shows what goes, and asks", weighed(model, &all));
        items.push(item("empty the trash".to_owned(), note, OfTrash::All));
    }
    model.overlays.push(Overlay::Menu(Menu { title: "Bring back", items, cursor: Cursor::default() }));
}

fn weighed(model: &Model, rows: &[Discarded]) -> String {
    let bytes = human(rows.iter().map(|row| row.bytes).sum(), model.units);
    format!("{}, {bytes}", counted(rows.len(), "volume"))
}

/// What is past its time, or more than the trash may hold.
fn expired(model: &Model) -> Vec<Discarded> {
    let due = model.jobs.room.as_ref().map(|room| room.due.as_slice()).unwrap_or_default();
    all(model).into_iter().filter(|row| due.iter().any(|due| due.id == row.id)).collect()
}

/// Goes on with what was chosen.
pub(super) fn chosen(model: &mut Model, what: OfTrash) -> Vec<Effect> {
    match what {
        OfTrash::Undo(action) => {
            let taken = taken_of(model, action);
            return go_on(model, action, taken, BTreeMap::new());
        }
        OfTrash::Volumes => volumes(model),
        OfTrash::Volume(id) => {
            let Some(row) = all(model).into_iter().find(|row| row.id == id) else {
                say_trouble(model, "it is not in the trash any more");
                return Vec::new();
            };
            let name = row.volume.name;
            let why = restoring::taken(model, &name);
            ask_name(model, name, Returning::One(id), why);
        }
        OfTrash::Expired => {
            let rows = expired(model);
            ask_to_empty(model, &rows);
        }
        OfTrash::All => {
            let rows = all(model);
            ask_to_empty(model, &rows);
        }
    }
    Vec::new()
}

/// The names of an action's volumes that others have by now.
fn taken_of(model: &Model, action: i64) -> Vec<String> {
    let of = all(model).into_iter().filter(|row| row.action == action && !row.is_replaced());
    let renamed = model.jobs.renamings.iter().find(|renamed| renamed.action == action);
    let names = of.map(|row| row.volume.name).chain(renamed.map(|renamed| renamed.from.clone()));
    names.filter(|name| model.listed().position(name).is_some()).collect()
}

/// What an action took away, in a few words: `shop_db and 3 more`.
fn of_action(model: &Model, action: i64) -> String {
    let of = all(model).into_iter().filter(|row| row.action == action).map(|row| row.volume.name);
    let renamed = model.jobs.renamings.iter().find(|renamed| renamed.action == action);
    let mut names = of.chain(renamed.map(|renamed| renamed.from.clone()));
    let first = names.next().unwrap_or_default();
    match names.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn go_on(model: &mut Model, action: i64, taken: Vec<String>, names: BTreeMap<String, String>) -> Vec<Effect> {
    let Some(first) = taken.first().cloned() else {
        if let Some(renamed) = model.jobs.renamings.iter().find(|renamed| renamed.action == action) {
            let name = names.get(&renamed.from).unwrap_or(&renamed.from).clone();
            model.home.follow(renamed.to.clone(), name);
        }
        let what = of_action(model, action);
        return vec![Effect::Keep(KeepAsk::Undo { action: Some(action), names, what })];
    };
    let why = restoring::taken(model, &first);
    ask_name(model, first, Returning::Action { action, taken, names }, why);
    Vec::new()
}

fn ask_name(model: &mut Model, name: String, what: Returning, trouble: Option<String>) {
    let of = match &what {
        Returning::One(id) => all(model).into_iter().find(|row| row.id == *id).map(|row| row.volume.name),
        Returning::Action { taken, .. } => taken.first().cloned(),
    };
    let note = format!("the name under which {} comes back", clean(&of.unwrap_or_default()));
    let mut overlay = prompts::prompt("Bring back", &note, name, Purpose::BackAs(what));
    if let Overlay::Prompt(prompt) = &mut overlay {
        prompt.trouble = trouble;
    }
    model.overlays.push(overlay);
}

/// Shows every volume that is in the trash.
fn volumes(model: &mut Model) {
    let item = |row: Discarded| {
        let size = row.path.as_ref().map_or_else(|| "no file".to_owned(), |_| human(row.bytes, model.units));
        let note = format!("{size}, {} {}", clean(&row.verb), ago(model.now, row.at));
        let label = clean(&row.volume.name).into_owned();
        Item { label, note, choice: Choice::Trash(OfTrash::Volume(row.id)) }
    };
    let items = all(model).into_iter().map(item).collect();
    model.overlays.push(Overlay::Menu(Menu { title: "In the trash", items, cursor: Cursor::default() }));
}

/// The plan of an emptying: what goes, how much is free then.
fn ask_to_empty(model: &mut Model, rows: &[Discarded]) {
    if rows.is_empty() {
        return say(model, "there is nothing in the trash");
    }
    let bytes = human(rows.iter().map(|row| row.bytes).sum(), model.units);
    let asking = if rows.len() == 1 { Asking::Yes } else { Asking::Count(rows.len()) };
    let mut lines = vec![
        format!("{} of the trash, frees {bytes}.", counted(rows.len(), "volume")),
        asked(&asking.words()),
        "This cannot be undone.".to_owned(),
    ];
    let with_size =
        |row: &Discarded| format!("{} ({})", clean(&row.volume.name), human(row.bytes, model.units));
    let names: Vec<String> = rows.iter().take(NAMED).map(with_size).collect();
    let more = rows.len() - names.len();
    let more = if more > 0 { format!(" and {more} more: 'one of them' lists all") } else { String::new() };
    lines.push(format!("{}{more}", names.join(", ")));
    let purpose = Purpose::Empty(rows.iter().map(|row| row.id).collect(), asking);
    model.overlays.push(prompts::prompt("Drop for good", &lines.join("\n"), String::new(), purpose));
}

/// Goes on with what was typed.
pub(super) fn typed(model: &mut Model, purpose: Purpose, line: &str) -> Vec<Effect> {
    let name = line.trim().to_owned();
    match purpose {
        Purpose::Empty(ids, asking) if asking.is_met(line) => {
            // Only what was shown goes; what left the trash since is not there any more.
            vec![Effect::Keep(KeepAsk::Empty(ids))]
        }
        Purpose::Empty(..) => {
            say(model, NOT_AGREED);
            Vec::new()
        }
        Purpose::BackAs(what) => {
            let own = match &what {
                Returning::One(id) => all(model).into_iter().find(|row| row.id == *id),
                Returning::Action { .. } => None,
            };
            // What was replaced comes back into the volume that is there.
            let is_into = own.is_some_and(|row| row.is_replaced() && row.volume.name == name);
            let is_twice =
                matches!(&what, Returning::Action { names, .. } if names.values().any(|n| *n == name));
            let twice = is_twice.then(|| "another one of them gets this name".to_owned());
            if let Some(why) = restoring::taken(model, &name).filter(|_| !is_into).or(twice) {
                ask_name(model, name, what, Some(why));
                return Vec::new();
            }
            match what {
                Returning::One(id) => vec![Effect::Keep(KeepAsk::BringBack { id, name })],
                Returning::Action { action, mut taken, mut names } if !taken.is_empty() => {
                    names.insert(taken.remove(0), name);
                    go_on(model, action, taken, names)
                }
                Returning::Action { .. } => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

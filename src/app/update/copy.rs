//! Ready lines for the clipboard.

use super::say;
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::app::overlay::{Choice, Item, Menu, Overlay};
use crate::domain::access::Way;
use crate::domain::entry::EntryKind;
use crate::domain::shell::quoted;
use crate::domain::text::is_hostile;

/// The path that a ready line names where no container shows a better one.
const DEFAULT_TARGET: &str = "/data";

/// Copies what the selected row of another screen is about.
pub(super) fn subject(model: &mut Model) -> Vec<Effect> {
    let subject = match model.screen {
        Screen::Monitor => {
            let volume = |at: usize| model.listed().volumes.get(at).map(|volume| volume.name.clone());
            model.monitor.selected().and_then(volume)
        }
        _ => model.activity.events.get(model.activity.cursor.at).map(|event| event.name.clone()),
    };
    match subject {
        Some(subject) => name(model, subject),
        None => {
            say(model, "nothing is selected");
            Vec::new()
        }
    }
}

/// Copies a name, unless it is a trap.
pub(super) fn name(model: &mut Model, name: String) -> Vec<Effect> {
    match item("name", name, 1) {
        Item { choice: Choice::Copy(text), .. } => {
            say(model, sent(&text));
            vec![Effect::Copy(text)]
        }
        Item { note, .. } => {
            say(model, note);
            Vec::new()
        }
    }
}

/// A terminal does not say whether it took the text.
pub(super) fn sent(text: &str) -> String {
    format!("sent to the terminal's clipboard: {}", text.replace('\n', " "))
}

/// What can be copied of the chosen volumes; `None` when none is chosen.
pub(super) fn menu(model: &Model) -> Option<Overlay> {
    let inventory = model.listed();
    let names = model.home.chosen();
    let first = *names.first()?;
    let mut items = vec![item("name", names.join("\n"), names.len())];
    if let ([_], Some(at)) = (names.as_slice(), inventory.position(first)) {
        let volume = inventory.volumes.get(at)?;
        let target = inventory
            .attachments(at)
            .map(|a| a.mount.destination.clone())
            .next()
            .unwrap_or_else(|| DEFAULT_TARGET.to_owned());
        match &volume.mountpoint {
            Some(mountpoint) => items.push(item("mountpoint", mountpoint.clone(), 1)),
            None => items.push(unavailable("mountpoint", "this volume has none")),
        }
        let mount = format!("type=volume,source={first},target={target}");
        items.push(if first.contains(',') || target.contains(',') {
            unavailable("--mount", "a comma in the name or path cannot be written there")
        } else {
            item("--mount", format!("--mount {}", quoted(&mount)), 1)
        });
        items.push(if first.contains(':') || target.contains(':') {
            unavailable("-v", "a colon in the name or path cannot be written there")
        } else {
            item("-v", format!("-v {}", quoted(&format!("{first}:{target}"))), 1)
        });
        if let Some(inspected) = model.details.inspected.value().filter(|i| i.name == first) {
            let json = serde_json::to_string_pretty(&inspected.answer).unwrap_or_default();
            items.push(Item {
                label: "inspect".to_owned(),
                note: "the JSON of the Inspect tab, secrets masked".to_owned(),
                choice: Choice::Copy(json),
            });
        }
    }
    Some(Overlay::Menu(Menu { title: "Copy", items, cursor: Cursor::default() }))
}

/// What can be copied of the selected entry of a volume; `None` when none is selected.
pub(super) fn file_menu(model: &Model) -> Option<Overlay> {
    let place = model.files.selected_place()?;
    let kind = model.files.selected()?.kind;
    let inventory = model.listed();
    let volume = model.files.volume.as_str();
    let mountpoint = inventory
        .position(volume)
        .and_then(|at| inventory.volumes.get(at))
        .and_then(|volume| volume.mountpoint.as_deref())
        .filter(|_| model.files.way.value() == Some(&Way::Direct));
    let verb = if kind == EntryKind::Folder { "files" } else { "cat" };
    let command = format!("volx {verb} {}", quoted(&format!("{volume}:{place}")));
    let mut items = vec![item("path", place.to_string(), 1)];
    items.push(match mountpoint {
        Some(root) => item("on this machine", format!("{root}{place}"), 1),
        None => {
            unavailable("on this machine", "the volume's files are not reached by a path of this machine")
        }
    });
    items.push(item("command", command, 1));
    if std::str::from_utf8(&place.bytes()).is_err() {
        items = items
            .into_iter()
            .map(|item| unavailable(&item.label, "the name is no UTF-8; a copy would name nothing"))
            .collect();
    }
    Some(Overlay::Menu(Menu { title: "Copy", items, cursor: Cursor::default() }))
}

pub(super) fn item(label: &str, text: String, count: usize) -> Item {
    // A line break between names is ours; any other control character is somebody's trap.
    if text.chars().any(|c| is_hostile(c) && !(count > 1 && c == '\n')) {
        return unavailable(label, "it holds control characters that would run in a shell");
    }
    let note = if count > 1 { format!("{count} names, one a line") } else { text.clone() };
    Item { label: label.to_owned(), note, choice: Choice::Copy(text) }
}

fn unavailable(label: &str, why: &str) -> Item {
    Item { label: label.to_owned(), note: why.to_owned(), choice: Choice::Unavailable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_is_not_copied() {
        let item = item("name", "v\nrm -rf ~".to_owned(), 1);
        assert_eq!(item.choice, Choice::Unavailable, "{item:?}");
    }
}

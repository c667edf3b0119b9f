//! Lines that are asked for.

use tui_input::Input;

use crate::app::files::Files;
use crate::app::model::Model;
use crate::app::overlay::{Overlay, Prompt, Purpose};
use crate::domain::files_news::FilesAsk;
use crate::domain::place::{Place, name_text};

const GET: &str = "where to put it on this machine";
const PUT: &str = "a file or folder of this machine, into the folder shown";

/// What the answer yes takes.
pub(super) const YES: &str = "Type y and press Enter to agree";

/// Asks for a path inside the volume.
pub(super) fn go_to(files: &Files) -> Overlay {
    let path = files.place().to_string();
    let path = if path.ends_with('/') { path } else { format!("{path}/") };
    prompt("Go to", "a path inside the volume", path, Purpose::GoTo)
}

/// Asks where an entry is copied to.
pub(super) fn get(model: &Model, place: Place) -> Overlay {
    let name = place.name().map(name_text).unwrap_or_default().into_owned();
    let target = format!("{}/{name}", model.folder.trim_end_matches('/'));
    prompt("Get", GET, target, Purpose::Get(place))
}

/// Asks what is copied into the folder that is shown.
pub(super) fn put(model: &Model) -> Overlay {
    let source = format!("{}/", model.folder.trim_end_matches('/'));
    let place = model.files.place();
    prompt("Put", PUT, source, Purpose::Put(place))
}

/// Asks once more for what was refused, with what was typed and why it was not taken.
pub(super) fn again(asked: &FilesAsk, trouble: &str) -> Option<Overlay> {
    let (title, note, line, purpose) = match asked {
        FilesAsk::Get { place, to, .. } => ("Get", GET, to, Purpose::Get(place.clone())),
        FilesAsk::Put { from, place, .. } => ("Put", PUT, from, Purpose::Put(place.clone())),
        _ => return None,
    };
    let mut overlay = prompt(title, note, line.to_string_lossy().into_owned(), purpose);
    if let Overlay::Prompt(prompt) = &mut overlay {
        prompt.trouble = Some(trouble.to_owned());
    }
    Some(overlay)
}

/// Asks whether what is there gives way.
pub(super) fn replace(asked: &FilesAsk, trouble: &str) -> Option<Overlay> {
    let note = format!("{trouble}: replace it (a folder is merged with)? {YES}");
    let asked = match asked.clone() {
        FilesAsk::Get { place, to, .. } => FilesAsk::Get { place, to, replace: true },
        FilesAsk::Put { from, place, .. } => FilesAsk::Put { from, place, replace: true },
        _ => return None,
    };
    Some(prompt("Replace", &note, String::new(), Purpose::Replace(asked)))
}

pub(super) fn prompt(title: &'static str, note: &str, line: String, purpose: Purpose) -> Overlay {
    let (note, input) = (note.to_owned(), Input::new(line));
    Overlay::Prompt(Box::new(Prompt { title, note, trouble: None, input, purpose }))
}

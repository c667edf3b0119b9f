//! Lines that are asked for.

use tui_input::Input;

use crate::app::files::Files;
use crate::app::model::Model;
use crate::app::overlay::{Overlay, Prompt, Purpose};
use crate::domain::place::{Place, name_text};

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
    prompt("Get", "where to put it on this machine; what is there already stays", target, Purpose::Get(place))
}

/// Asks what is copied into the folder that is shown.
pub(super) fn put(model: &Model) -> Overlay {
    let source = format!("{}/", model.folder.trim_end_matches('/'));
    let place = model.files.place();
    prompt("Put", "a file or folder of this machine, into the folder shown", source, Purpose::Put(place))
}

fn prompt(title: &'static str, note: &'static str, line: String, purpose: Purpose) -> Overlay {
    Overlay::Prompt(Box::new(Prompt { title, note, input: Input::new(line), purpose }))
}

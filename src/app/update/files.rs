//! What each action does among the files of a volume or a backup.

use super::{copy, prompts, say, say_trouble};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::files::folder::Weighing;
use crate::app::files::order::{FileKey, FileOrder};
use crate::app::files::{Fate, Files};
use crate::app::message::Effect;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::{Choice, Item, Menu, Overlay};
use crate::domain::entry::EntryKind;
use crate::domain::files_news::FilesAsk;
use crate::domain::keep::Kept;
use crate::domain::place::Place;
use crate::domain::remote::Remote;

/// Goes into the selected volume.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    let inventory = model.listed();
    let Some(volume) = model.home.selected().and_then(|at| inventory.volumes.get(at)) else {
        say(model, "no volume is selected");
        return Vec::new();
    };
    begin(model, volume.name.clone(), None, FilesAsk::Open(Box::new(volume.clone())))
}

/// Goes into a backup.
pub(super) fn enter_backup(model: &mut Model, kept: Kept) -> Vec<Effect> {
    let kept = Box::new(kept);
    begin(model, kept.volume.clone(), Some(kept.clone()), FilesAsk::OpenBackup(kept))
}

fn begin(model: &mut Model, volume: String, kept: Option<Box<Kept>>, open: FilesAsk) -> Vec<Effect> {
    let (visit, order, job) = (model.files.visit + 1, model.files.order, model.files.job.take());
    model.files = Files { visit, volume, kept, way: Remote::Loading, order, job, ..Files::default() };
    super::actions::show(model, Screen::Files);
    let mut effects = vec![ask(model, open)];
    go_to(model, &Place::root(), &mut effects);
    effects
}

/// Carries out an action; `None` when it means here what it means everywhere.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let mut effects = Vec::new();
    match action {
        Action::Down => step(model, 1, &mut effects),
        Action::Up => step(model, -1, &mut effects),
        Action::PageDown => step(model, page(model), &mut effects),
        Action::PageUp => step(model, -page(model), &mut effects),
        Action::Top => go_to_end(model, false, &mut effects),
        Action::Bottom => go_to_end(model, true, &mut effects),
        Action::ScrollDown => scroll(model, 1, &mut effects),
        Action::ScrollUp => scroll(model, -1, &mut effects),
        Action::Open => open(model, &mut effects),
        Action::Back => back(model, &mut effects),
        Action::FocusNext => focus_next(model),
        Action::Filter if model.files.is_zoomed => say(model, "first close what is open (Esc)"),
        Action::Filter => model.files.is_filtering = true,
        Action::Sort => model.overlays.push(sort_menu(model.files.order)),
        Action::SortReverse => model.files.sort_by(model.files.order.turned()),
        Action::Copy => match copy::file_menu(model) {
            Some(menu) => model.overlays.push(menu),
            None => say_trouble(model, "nothing is selected"),
        },
        // What could not be opened is opened anew.
        Action::Measure | Action::Refresh if model.files.way.trouble().is_some() => {
            reopen(model, &mut effects);
            say(model, "trying again");
        }
        Action::Measure | Action::Refresh => measure(model, &mut effects),
        Action::GoTo => model.overlays.push(prompts::go_to(&model.files)),
        Action::GoToRoot if model.files.place().is_root() => say(model, "this is the root folder"),
        Action::GoToRoot => go_to(model, &Place::root(), &mut effects),
        Action::Get => get(model),
        Action::Put if model.files.kept.is_some() => {
            say(model, "a backup stays as it is: nothing is put into it");
        }
        Action::Put => put(model),
        Action::CancelCopy => cancel(model, &mut effects),
        Action::Mark
        | Action::MarkAll
        | Action::GroupByProject
        | Action::NextTab
        | Action::PreviousTab
        | Action::ToggleDetails => say(model, "only on the volumes' screen (1)"),
        _ => return None,
    }
    Some(effects)
}

/// What follows once anything has happened: what is seen of the selected entry is asked for, and a
/// volume that was left is let go of.
pub(super) fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.screen != Screen::Files {
        if !model.files.folders.is_empty() {
            effects.push(ask(model, FilesAsk::Close));
            model.files.folders.clear();
            model.files.preview.turn_to(None);
        }
        return;
    }
    fit(model);
    let is_seen = model.files.is_zoomed || model.window.has_details;
    let place = model.files.selected_place().filter(|_| is_seen);
    if place != model.files.preview.place {
        model.files.preview.turn_to(place.clone());
        if let Some(place) = place {
            effects.push(ask(model, FilesAsk::Preview { place, from: 0 }));
        }
    }
}

/// Fits everything into the window.
fn fit(model: &mut Model) {
    let window = model.window;
    if let Some(folder) = model.files.folder_mut() {
        let len = folder.rows.len();
        folder.cursor.settle(len, window.list_rows);
    }
    model.files.preview.fit(usize::from(window.preview_width), window.preview_rows);
}

/// Opens the volume anew after the engine came back.
pub(super) fn reopen(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.screen != Screen::Files {
        return;
    }
    let open = match model.files.kept.clone() {
        Some(kept) => FilesAsk::OpenBackup(kept),
        None => {
            let inventory = model.listed();
            let volume = inventory.position(&model.files.volume).and_then(|at| inventory.volumes.get(at));
            let Some(volume) = volume.cloned() else { return };
            FilesAsk::Open(Box::new(volume))
        }
    };
    model.files.visit += 1;
    model.files.fate = Fate::There;
    model.files.way = Remote::Loading;
    model.files.preview.turn_to(None);
    effects.push(ask(model, open));
    measure(model, effects);
}

/// Tells that the volume was removed while it is open; another one of its name is opened instead.
pub(super) fn listed(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.screen != Screen::Files || model.files.kept.is_some() {
        return;
    }
    let is_there = model.listed().position(&model.files.volume).is_some();
    match (model.files.fate, is_there) {
        (Fate::There, false) => {
            model.files.fate = Fate::Removed;
            say_trouble(model, format!("the volume '{}' was removed", model.files.volume));
        }
        (Fate::Removed, true) => reopen(model, effects),
        (Fate::There, true) | (Fate::Removed, false) => {}
    }
}

pub(super) fn ask(model: &Model, ask: FilesAsk) -> Effect {
    Effect::Files(model.files.visit, ask)
}

/// Goes to a place and asks for what is there.
pub(super) fn go_to(model: &mut Model, place: &Place, effects: &mut Vec<Effect>) {
    model.files.go_to(place);
    model.pane = Pane::List;
    arrive(model, effects);
}

/// Asks for what is not known of the folder that is shown.
pub(super) fn arrive(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(folder) = model.files.folder_mut() else { return };
    let place = folder.place.clone();
    // A failure is not the last word: whoever comes again asks again.
    let is_known = matches!(folder.listing, Remote::Ready { .. });
    let is_weighed = folder.weighing == Weighing::Done;
    if !is_known && folder.listing.value().is_none() {
        folder.listing = Remote::Loading;
    }
    if !is_weighed {
        folder.weighing = Weighing::Running;
    }
    if !is_known {
        effects.push(ask(model, FilesAsk::List(place.clone())));
    }
    // Asked for again even if it is known: what was weighed for another folder has ended by this.
    if !is_weighed {
        effects.push(ask(model, FilesAsk::Weigh(place)));
    }
}

/// Looks anew at everything of the shown folder.
pub(super) fn measure(model: &mut Model, effects: &mut Vec<Effect>) {
    let place = model.files.place();
    let Some(folder) = model.files.folder_mut() else { return };
    folder.weighing = Weighing::Running;
    if folder.listing.value().is_none() {
        folder.listing = Remote::Loading;
    }
    model.files.preview.turn_to(None);
    effects.push(ask(model, FilesAsk::List(place.clone())));
    effects.push(ask(model, FilesAsk::Weigh(place)));
}

const fn has_preview_keys(model: &Model) -> bool {
    model.files.is_zoomed || matches!(model.pane, Pane::Details)
}

fn page(model: &Model) -> isize {
    let rows = if has_preview_keys(model) { model.window.preview_rows } else { model.window.list_rows };
    isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1)
}

/// Moves by rows of whatever has the keys.
pub(super) fn step(model: &mut Model, steps: isize, effects: &mut Vec<Effect>) {
    if has_preview_keys(model) { scroll(model, steps, effects) } else { step_list(model, steps) }
}

/// Moves in the list.
pub(super) fn step_list(model: &mut Model, steps: isize) {
    if let Some(folder) = model.files.folder_mut() {
        folder.step(steps);
    }
}

/// Scrolls what is seen of the selected entry.
pub(super) fn scroll(model: &mut Model, lines: isize, effects: &mut Vec<Effect>) {
    let from = model.files.preview.scroll(lines);
    read_on(model, from, effects);
}

fn read_on(model: &Model, from: Option<u64>, effects: &mut Vec<Effect>) {
    if let (Some(from), Some(place)) = (from, model.files.preview.place.clone()) {
        effects.push(ask(model, FilesAsk::Preview { place, from }));
    }
}

fn go_to_end(model: &mut Model, is_bottom: bool, effects: &mut Vec<Effect>) {
    if has_preview_keys(model) {
        let from = model.files.preview.go_to_end(is_bottom);
        read_on(model, from, effects);
    } else {
        step_list(model, if is_bottom { isize::MAX } else { isize::MIN });
    }
}

/// Goes to a row of the list; one that is selected is opened.
pub(super) fn click_row(model: &mut Model, row: usize) -> Vec<Effect> {
    model.pane = Pane::List;
    let mut effects = Vec::new();
    match model.files.folder_mut() {
        Some(folder) if folder.cursor.at != row => folder.select(row),
        _ => open(model, &mut effects),
    }
    effects
}

fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.files.is_filtering {
        model.files.is_filtering = false;
        return;
    }
    let (Some(entry), Some(place)) = (model.files.selected(), model.files.selected_place()) else {
        return say(model, "nothing is selected");
    };
    if entry.kind != EntryKind::Folder {
        model.files.is_zoomed = true;
    } else if entry.is_mount {
        say(model, "another file system begins there; it is not entered");
    } else {
        go_to(model, &place, effects);
    }
}

/// One step back: typing, preview, pane, filter, folder, screen.
fn back(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.files.is_filtering {
        model.files.drop_filter();
    } else if model.files.is_zoomed {
        model.files.is_zoomed = false;
    } else if model.pane == Pane::Details {
        model.pane = Pane::List;
    } else if !model.files.filter.value().is_empty() {
        model.files.drop_filter();
    } else if model.files.up() {
        arrive(model, effects);
    } else {
        let from = if model.files.kept.is_some() { Screen::Backups } else { Screen::Volumes };
        super::actions::show(model, from);
    }
}

fn focus_next(model: &mut Model) {
    if model.files.is_zoomed || !model.window.has_details {
        // Where there is no pane beside it, what is seen of an entry takes the list's place.
        if !model.files.is_zoomed && model.files.selected().is_none() {
            return say(model, "nothing is selected");
        }
        model.files.is_zoomed = !model.files.is_zoomed;
    } else {
        model.pane = if model.pane == Pane::List { Pane::Details } else { Pane::List };
    }
}

/// The keys to sort by, the present one selected.
fn sort_menu(order: FileOrder) -> Overlay {
    let items = FileKey::ALL.map(|key| {
        let note = match (order.key == key, order.is_descending) {
            (true, true) => "greatest first now; again turns it round",
            (true, false) => "least first now; again turns it round",
            (false, _) => "",
        };
        Item { label: key.name().to_owned(), note: note.to_owned(), choice: Choice::SortFiles(key) }
    });
    let at = FileKey::ALL.into_iter().position(|key| key == order.key).unwrap_or(0);
    Overlay::Menu(Menu { title: "Sort by", items: items.into(), cursor: Cursor { at, top: 0 } })
}

fn get(model: &mut Model) {
    if is_copying(model) {
        return;
    }
    match model.files.selected_place() {
        Some(place) => model.overlays.push(prompts::get(model, place)),
        None => say_trouble(model, "nothing is selected"),
    }
}

fn put(model: &mut Model) {
    if !is_copying(model) {
        model.overlays.push(prompts::put(model));
    }
}

fn is_copying(model: &mut Model) -> bool {
    let is_copying = model.files.job.is_some();
    if is_copying {
        say(model, "one copy at a time; x ends the one that is under way");
    }
    is_copying
}

fn cancel(model: &mut Model, effects: &mut Vec<Effect>) {
    match &mut model.files.job {
        Some(job) => {
            job.is_ending = true;
            effects.push(ask(model, FilesAsk::Cancel));
        }
        None => say(model, "nothing is being copied"),
    }
}

//! Keys on the storage map.

use super::{actions, copy, overlays, say};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::map::Opened;
use crate::app::message::Effect;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::{Choice, Item, Menu, Overlay};
use crate::domain::column::Column;
use crate::domain::sort::Sort;

/// What the map can be sorted by.
const COLUMNS: [Column; 2] = [Column::Size, Column::Name];

/// Shows the map; the first time it asks for what only the map shows.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    actions::show(model, Screen::Map);
    ask_once(model)
}

/// Asks, unless it was asked already or there is nobody to ask about.
pub(super) fn ask_once(model: &mut Model) -> Vec<Effect> {
    if model.map.is_asked || model.inventory.value().is_none() {
        return Vec::new();
    }
    ask(model)
}

/// Asks for the writable layers and looks for bound folders.
fn ask(model: &mut Model) -> Vec<Effect> {
    model.map.is_asked = true;
    model.map.layers.under_way = Some((0, model.listed().containers.len()));
    model.map.invalidate();
    vec![Effect::Layers]
}

/// Carries out an action on the map; `None` when it means there what it means everywhere.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let inventory = model.listed();
    let has_details_keys = model.pane == Pane::Details;
    match action {
        Action::Open if model.map.is_filtering => model.map.is_filtering = false,
        Action::Open => match model.map.open(&inventory) {
            Opened::Volume(at) => {
                actions::go_to_volume(model, at);
            }
            Opened::Row => model.details.scroll = 0,
            Opened::Nothing => say(model, "there is nothing to open in it"),
        },
        Action::Fold if has_details_keys => model.pane = Pane::List,
        Action::Fold => {
            model.map.fold(&inventory);
            model.details.scroll = 0;
        }
        Action::FoldAll => model.map.fold_all(&inventory),
        Action::Back => back(model),
        Action::Filter => model.map.is_filtering = true,
        Action::Sort => model.overlays.push(sort_menu(model)),
        Action::SortReverse => {
            let Sort { column, is_descending } = model.map.sort;
            model.map.sort_by(Sort { column, is_descending: !is_descending }, &inventory);
        }
        Action::Copy => return Some(copy_name(model)),
        Action::Measure => {
            let mut effects = vec![Effect::Measure];
            if model.map.layers.under_way.is_none() {
                effects.extend(ask(model));
            }
            return Some(effects);
        }
        Action::FocusNext => {
            if !model.details.is_shown {
                say(model, "there is no other pane: the details are hidden");
            } else if model.window.has_details {
                model.pane = if has_details_keys { Pane::List } else { Pane::Details };
            } else {
                say(model, "there is no other pane: the details need a larger window");
            }
        }
        Action::ToggleDetails => {
            model.details.is_shown = !model.details.is_shown;
            model.pane = Pane::List;
        }
        Action::ScrollDown => actions::scroll_details(model, 1),
        Action::ScrollUp => actions::scroll_details(model, -1),
        _ => return None,
    }
    Some(Vec::new())
}

/// Moves by rows of whatever has the keys.
pub(super) fn step(model: &mut Model, steps: isize) {
    if model.pane == Pane::Details {
        actions::scroll_details(model, steps);
    } else {
        step_list(model, steps);
    }
}

/// Moves in the tree, whatever has the keys.
pub(super) fn step_list(model: &mut Model, steps: isize) {
    let before = model.map.cursor.at;
    model.map.step(steps, &model.listed());
    if model.map.cursor.at != before {
        model.details.scroll = 0;
    }
}

/// Goes to a row; to the selected one means to open it.
pub(super) fn click_row(model: &mut Model, row: usize) -> Vec<Effect> {
    if model.map.cursor.at != row {
        model.map.go_to(row, &model.listed());
        model.details.scroll = 0;
        return Vec::new();
    }
    // By pointing there is no other way to fold.
    if model.map.selected().is_some_and(|row| row.is_open == Some(true)) {
        model.map.fold(&model.listed());
        return Vec::new();
    }
    act(model, Action::Open).unwrap_or_default()
}

/// Sorts by a column that the map has; by the other direction when it was that already.
pub(super) fn sort_by(model: &mut Model, column: Column) {
    if COLUMNS.contains(&column) {
        let sort = model.map.sort.chosen(column);
        model.map.sort_by(sort, &model.listed());
    }
}

/// One step back: typing, pane, filter, screen.
fn back(model: &mut Model) {
    let is_filtered = !model.map.filter.value().is_empty();
    if model.map.is_filtering || (is_filtered && model.pane == Pane::List) {
        model.map.is_filtering = false;
        model.map.filter.reset();
        model.map.lay_out(&model.listed());
    } else if model.pane == Pane::Details {
        model.pane = Pane::List;
    } else {
        actions::show(model, Screen::Volumes);
    }
}

fn copy_name(model: &mut Model) -> Vec<Effect> {
    let inventory = model.listed();
    match model.map.selected_what().map(|what| model.map.tree.name(&inventory, what).to_owned()) {
        Some(name) => copy::name(model, name),
        None => {
            say(model, "nothing is selected");
            Vec::new()
        }
    }
}

fn sort_menu(model: &Model) -> Overlay {
    let sort = model.map.sort;
    let items = COLUMNS
        .into_iter()
        .map(|column| Item {
            label: column.name().to_owned(),
            note: overlays::sort_note(sort, column).to_owned(),
            choice: Choice::Sort(column),
        })
        .collect();
    let at = COLUMNS.into_iter().position(|c| c == sort.column).unwrap_or(0);
    Overlay::Menu(Menu { title: "Sort by", items, cursor: Cursor { at, top: 0 } })
}

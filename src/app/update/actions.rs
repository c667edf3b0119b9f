//! What each action does.

use super::{
    changing, copy, files, growth, keeping, leaving, map, offers, overlays, removal, say, say_trouble,
};
use crate::app::action::Action;
use crate::app::message::Effect;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::{Overlay, Palette};
use crate::domain::column::Column;
use crate::domain::sort::Sort;

/// Carries out an action, whatever it was that asked for it.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if !model.overlays.is_empty() && action != Action::Quit {
        return overlays::act(model, action);
    }
    if let Some(effects) = changing::act(model, action) {
        return effects;
    }
    if let Some(effects) = keeping::act(model, action) {
        return effects;
    }
    if model.screen == Screen::Files
        && let Some(effects) = files::act(model, action)
    {
        return effects;
    }
    if model.screen == Screen::Map
        && let Some(effects) = map::act(model, action)
    {
        return effects;
    }
    if model.screen == Screen::Prune
        && let Some(effects) = removal::act(model, action)
    {
        return effects;
    }
    if model.screen != Screen::Volumes && is_about_volumes(action) && !is_about_monitor(model, action) {
        say(model, "not on this screen");
        return Vec::new();
    }
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown => step(model, page(model)),
        Action::PageUp => step(model, -page(model)),
        Action::Top => go_to_end(model, false),
        Action::Bottom => go_to_end(model, true),
        Action::Open => return open(model),
        Action::Back => back(model),
        Action::FocusNext => focus_next(model),
        Action::Mark => mark(model),
        Action::MarkAll => mark_all(model),
        Action::Filter => model.home.is_filtering = true,
        Action::Sort if model.screen == Screen::Monitor => model.overlays.push(growth::sort_menu(model)),
        Action::Sort => model.overlays.push(overlays::sort_menu(model)),
        Action::SortReverse => {
            let Sort { column, is_descending } = model.home.sort;
            sort_by(model, Sort { column, is_descending: !is_descending });
        }
        Action::GroupByProject => {
            model.home.is_grouped = !model.home.is_grouped;
            model.home.refilter(&model.listed(), &model.sizes);
        }
        Action::Copy if model.screen != Screen::Volumes => return copy::subject(model),
        Action::Copy => match copy::menu(model) {
            Some(menu) => model.overlays.push(menu),
            None => say_trouble(model, "no volume is selected"),
        },
        Action::NextTab if model.screen == Screen::Monitor => growth::turn_period(model, 1),
        Action::PreviousTab if model.screen == Screen::Monitor => growth::turn_period(model, -1),
        Action::NextPeriod => growth::turn_period(model, 1),
        Action::NextTab => turn_tab(model, 1),
        Action::PreviousTab => turn_tab(model, -1),
        Action::ScrollDown => scroll_details(model, 1),
        Action::ScrollUp => scroll_details(model, -1),
        Action::ToggleDetails => {
            model.details.is_shown = !model.details.is_shown;
            model.details.is_zoomed = false;
            model.pane = Pane::List;
        }
        Action::Get | Action::Put | Action::CancelCopy | Action::GoTo | Action::GoToRoot => {
            say(model, "only among the files of a volume (Enter on it)");
        }
        Action::ShowVolumes => show(model, Screen::Volumes),
        Action::ShowMap => return map::show(model),
        Action::Fold | Action::FoldAll => say(model, "only on the map (2)"),
        Action::ShowMonitor => show(model, Screen::Monitor),
        Action::ShowActivity => show(model, Screen::Activity),
        Action::Warnings if model.warnings().is_empty() => say(model, "there is nothing to warn of"),
        Action::Warnings => model.overlays.push(Overlay::Warnings { scroll: 0 }),
        Action::Palette => model.overlays.push(Overlay::Palette(Box::new(Palette::new(offers::all(model))))),
        Action::Help => model.overlays.push(Overlay::Help { scroll: 0 }),
        Action::Measure => return vec![Effect::Measure],
        Action::StopMeasuring if model.sizes.measuring.is_some() => {
            say(model, "measuring stopped; what was measured stays");
            return vec![Effect::StopMeasuring];
        }
        Action::StopMeasuring => say(model, "nothing is being measured"),
        Action::Refresh => {
            if model.is_offline() {
                return vec![Effect::Retry];
            }
            say(model, "listing again");
            return vec![Effect::Refresh];
        }
        Action::Retry => return vec![Effect::Retry],
        Action::OpenDemo => return vec![Effect::Demo],
        Action::Quit => return leaving::quit(model),
        // What is done with these was done by `changing`, or only forms know it.
        Action::Create | Action::Protect | Action::NextField | Action::PreviousField | Action::Submit => {}
        _ => return removal::anywhere(model, action),
    }
    Vec::new()
}

/// Whether an action is about the list of volumes, which another screen hides.
const fn is_about_volumes(action: Action) -> bool {
    matches!(
        action,
        Action::Filter
            | Action::Sort
            | Action::SortReverse
            | Action::GroupByProject
            | Action::Mark
            | Action::MarkAll
            | Action::NextTab
            | Action::PreviousTab
            | Action::ScrollDown
            | Action::ScrollUp
            | Action::ToggleDetails
            | Action::FocusNext
    )
}

/// Sorts what the screen shows by a column; by the other direction when it was that already.
pub(super) fn choose_column(model: &mut Model, column: Column) {
    if model.screen == Screen::Map {
        map::sort_by(model, column);
    } else {
        sort_by(model, model.home.sort.chosen(column));
    }
}

/// Whether an action means something on the Monitor, too.
const fn is_about_monitor(model: &Model, action: Action) -> bool {
    matches!(model.screen, Screen::Monitor)
        && matches!(action, Action::NextTab | Action::PreviousTab | Action::Sort)
}

/// Sorts, keeping the selected volume selected.
pub(super) fn sort_by(model: &mut Model, sort: Sort) {
    model.home.sort = sort;
    super::reorder(model, &model.listed());
}

/// Shows a screen.
pub(super) fn show(model: &mut Model, screen: Screen) {
    removal::left(model);
    if model.screen != screen {
        // How many rows there are is known once it is laid out.
        model.window.list_rows = 0;
    }
    model.screen = screen;
    model.came_from = None;
    model.pane = Pane::List;
    model.details.is_zoomed = false;
    model.home.is_filtering = false;
    model.files.is_filtering = false;
    model.map.is_filtering = false;
    model.details.scroll = 0;
    if screen == Screen::Monitor {
        growth::rank(model, &model.listed());
    }
}

pub(super) fn scroll_details(model: &mut Model, lines: isize) {
    model.details.scroll = model.details.scroll.saturating_add_signed(lines);
}

/// Opens a tab at its beginning.
pub(super) fn open_tab(model: &mut Model, tab: crate::app::details::Tab) {
    model.details.tab = tab;
    model.details.scroll = 0;
}

/// Moves by rows of whatever has the keys.
pub(super) fn step(model: &mut Model, steps: isize) {
    match (model.screen, has_details_keys(model)) {
        (Screen::Activity, _) => {
            let len = model.activity.events.len();
            model.activity.cursor.step(steps, len);
        }
        // What moves there is in `files`, `keeping` and `removal`.
        (Screen::Files | Screen::Backups | Screen::Prune, _) => {}
        (Screen::Map, _) => map::step(model, steps),
        (Screen::Monitor, _) => model.monitor.step(steps, &model.listed()),
        (Screen::Volumes, true) => scroll_details(model, steps),
        (Screen::Volumes, false) => step_list(model, steps),
    }
}

/// Moves in the list of volumes, whatever has the keys.
pub(super) fn step_list(model: &mut Model, steps: isize) {
    let before = model.home.selected_name().map(str::to_owned);
    model.home.step(steps, &model.listed());
    if model.home.selected_name() != before.as_deref() {
        model.details.scroll = 0;
    }
}

/// Goes to a row of the list of volumes.
pub(super) fn go_to(model: &mut Model, row: usize) {
    model.home.go_to(row, &model.listed());
    model.details.scroll = 0;
}

pub(super) const fn has_details_keys(model: &Model) -> bool {
    model.details.is_zoomed || matches!(model.pane, Pane::Details)
}

pub(super) fn page(model: &Model) -> isize {
    let rows = if has_details_keys(model) { model.window.details_rows } else { model.window.list_rows };
    isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1)
}

fn go_to_end(model: &mut Model, is_bottom: bool) {
    let end = |len: usize| if is_bottom { len.saturating_sub(1) } else { 0 };
    match (model.screen, has_details_keys(model)) {
        (Screen::Activity, _) => model.activity.cursor.at = end(model.activity.events.len()),
        (Screen::Monitor, _) => model.monitor.go_to(end(model.monitor.rows.len()), &model.listed()),
        // What moves there is in `files`, `keeping` and `removal`.
        (Screen::Files | Screen::Backups | Screen::Prune, _) => {}
        (Screen::Volumes | Screen::Map, true) => model.details.scroll = end(model.window.details_lines),
        (Screen::Map, false) => {
            let row = end(model.map.rows.len());
            model.map.go_to(row, &model.listed());
            model.details.scroll = 0;
        }
        (Screen::Volumes, false) => {
            let row = end(model.home.rows.len());
            go_to(model, row);
        }
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    if model.home.is_filtering {
        // A filter that cannot be meant is not in force; leaving it would look as if it were.
        model.home.is_filtering = model.home.filter_trouble.is_some();
    } else if model.screen == Screen::Activity {
        open_subject(model);
    } else if model.screen == Screen::Monitor {
        open_history(model);
    } else if has_details_keys(model) && model.home.selected().is_some() {
        model.details.is_zoomed = true;
    } else {
        return files::enter(model);
    }
    Vec::new()
}

/// Goes from a row of the Monitor to its volume's History.
fn open_history(model: &mut Model) {
    let Some(position) = model.monitor.selected() else { return };
    if go_to_volume(model, position) {
        model.growth.period = model.monitor.period;
        open_tab(model, crate::app::details::Tab::History);
        model.details.is_zoomed = true;
        model.came_from = Some((Screen::Monitor, true));
    }
}

/// Goes from an event to its volume.
fn open_subject(model: &mut Model) {
    let Some(event) = model.activity.events.get(model.activity.cursor.at) else { return };
    let inventory = model.listed();
    let by_container = inventory
        .container(&event.id)
        .and_then(|c| c.mounts.iter().find_map(|m| m.volume()))
        .and_then(|name| inventory.position(name));
    let Some(position) = inventory.position(&event.id).or(by_container) else {
        say(model, "it has no volume that still exists");
        return;
    };
    go_to_volume(model, position);
}

/// Goes to the volume at this position, where the list shows it; whether it does.
pub(super) fn go_to_volume(model: &mut Model, position: usize) -> bool {
    let row = model
        .home
        .rows
        .iter()
        .position(|row| matches!(row, crate::app::home::Row::Volume(at) if *at as usize == position));
    match row {
        Some(row) => {
            let from = model.screen;
            show(model, Screen::Volumes);
            model.came_from = Some((from, false));
            go_to(model, row);
            true
        }
        None => {
            say(model, "the filter hides its volume");
            false
        }
    }
}

/// One step back: typing, zoom, pane, the screen that the volume was opened from, filter, marks.
fn back(model: &mut Model) {
    if model.home.is_filtering {
        model.home.is_filtering = false;
        drop_filter(model);
    } else if let Some(screen) = way_back(model) {
        show(model, screen);
    } else if model.details.is_zoomed {
        model.details.is_zoomed = false;
    } else if model.pane == Pane::Details {
        model.pane = Pane::List;
    } else if model.screen != Screen::Volumes {
        show(model, Screen::Volumes);
    } else if !model.home.filter.value().is_empty() {
        drop_filter(model);
    } else {
        model.home.marks.clear();
    }
}

/// The screen that the volume was opened from, once everything opened since is closed.
fn way_back(model: &Model) -> Option<Screen> {
    let (screen, was_zoomed) = model.came_from.filter(|_| model.screen == Screen::Volumes)?;
    let is_as_it_was = model.details.is_zoomed == was_zoomed || !model.details.is_zoomed;
    (is_as_it_was && model.pane == Pane::List).then_some(screen)
}

fn drop_filter(model: &mut Model) {
    model.home.filter.reset();
    model.home.refilter(&model.listed(), &model.sizes);
}

fn focus_next(model: &mut Model) {
    if model.screen != Screen::Volumes {
        return;
    }
    if model.details.is_zoomed || !(model.details.is_shown && model.window.has_details) {
        // Where there is no pane beside it, the details take the list's place.
        if !model.details.is_zoomed && model.home.selected().is_none() {
            return say(model, "no volume is selected");
        }
        model.details.is_zoomed = !model.details.is_zoomed;
        return;
    }
    model.pane = match model.pane {
        Pane::List => Pane::Details,
        Pane::Details => Pane::List,
    };
}

fn mark(model: &mut Model) {
    if model.screen != Screen::Volumes {
        return;
    }
    if let Some(name) = model.home.selected_name().map(str::to_owned) {
        if !model.home.marks.remove(&name) {
            model.home.marks.insert(name);
        }
        if !has_details_keys(model) {
            step(model, 1);
        }
    }
}

fn mark_all(model: &mut Model) {
    if model.screen != Screen::Volumes {
        return;
    }
    let inventory = model.listed();
    let names: Vec<String> =
        model.home.listed().filter_map(|at| inventory.volumes.get(at)).map(|v| v.name.clone()).collect();
    if names.iter().all(|name| model.home.marks.contains(name)) {
        for name in &names {
            model.home.marks.remove(name);
        }
    } else {
        model.home.marks.extend(names);
    }
}

fn turn_tab(model: &mut Model, steps: isize) {
    if model.screen == Screen::Volumes {
        open_tab(model, model.details.tab.turned(steps));
    }
}

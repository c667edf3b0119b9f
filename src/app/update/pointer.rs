//! The mouse: the same as the keys, by pointing.

use super::{actions, backups, files, map, overlays, removal};
use crate::app::action::Action;
use crate::app::message::{Effect, Spot};
use crate::app::model::{Model, Pane, Screen};

/// Carries out a click.
pub(super) fn clicked(model: &mut Model, spot: Spot) -> Vec<Effect> {
    model.is_dirty = true;
    model.notice = None;
    if !model.overlays.is_empty() {
        return match spot {
            Spot::Item(row) => overlays::choose(model, row),
            Spot::Overlay => Vec::new(),
            // A click beside an overlay closes it, as Escape does.
            _ => overlays::act(model, Action::Back),
        };
    }
    match spot {
        Spot::Row(row) if model.screen == Screen::Map => return map::click_row(model, row),
        Spot::Row(row) => return click_row(model, row),
        Spot::FileHeading(key) => model.files.sort_by(model.files.order.chosen(key)),
        Spot::Heading(column) => actions::choose_column(model, column),
        Spot::Tab(tab) => actions::open_tab(model, tab),
        Spot::Details => model.pane = Pane::Details,
        Spot::List => model.pane = Pane::List,
        Spot::Screen(Screen::Map) => return map::show(model),
        Spot::Screen(Screen::Backups) => return actions::act(model, Action::ShowBackups),
        Spot::Screen(screen) => actions::show(model, screen),
        Spot::Hint(action) => return actions::act(model, action),
        Spot::Item(_) | Spot::Overlay | Spot::Nowhere => {}
    }
    Vec::new()
}

/// Selects a row; a click on the selected one opens it.
fn click_row(model: &mut Model, row: usize) -> Vec<Effect> {
    model.pane = Pane::List;
    match model.screen {
        Screen::Activity => model.activity.cursor.at = row,
        Screen::Files => return files::click_row(model, row),
        Screen::Prune => return removal::click_row(model, row),
        Screen::Backups => return backups::click_row(model, row),
        Screen::Monitor if model.monitor.cursor.at == row => return actions::act(model, Action::Open),
        Screen::Monitor => model.monitor.go_to(row, &model.listed()),
        Screen::Volumes if model.home.cursor.at == row => return actions::act(model, Action::Open),
        Screen::Volumes => actions::go_to(model, row),
        Screen::Map => {}
    }
    Vec::new()
}

/// Carries out a turn of the wheel.
pub(super) fn wheeled(model: &mut Model, spot: Spot, lines: isize, effects: &mut Vec<Effect>) {
    model.is_dirty = true;
    if !model.overlays.is_empty() {
        overlays::step(model, lines);
        return;
    }
    match spot {
        Spot::Details if model.screen == Screen::Files => files::scroll(model, lines, effects),
        _ if model.screen == Screen::Files && model.files.is_zoomed => files::scroll(model, lines, effects),
        _ if model.screen == Screen::Files => files::step_list(model, lines),
        Spot::Details | Spot::Tab(_) => actions::scroll_details(model, lines),
        _ if model.details.is_zoomed => actions::scroll_details(model, lines),
        _ if model.screen == Screen::Map => map::step_list(model, lines),
        _ if model.screen == Screen::Backups => backups::step_list(model, lines),
        _ if model.screen == Screen::Volumes => actions::step_list(model, lines),
        _ if model.screen == Screen::Prune => removal::step(model, lines),
        _ => actions::step(model, lines),
    }
}

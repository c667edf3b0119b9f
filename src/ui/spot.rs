//! What is under the pointer.

use ratatui::layout::{Position, Rect};

use super::layout::Areas;
use super::paint::Paint;
use super::{MIN_HEIGHT, MIN_WIDTH, backups, bottom, columns, details, files, header, map, overlay, removal};
use crate::app::details::Tab;
use crate::app::message::Spot;
use crate::app::model::{Model, Screen};
use crate::config::Config;

/// What the view shows at this cell.
#[must_use]
pub fn spot(model: &Model, config: &Config, x: u16, y: u16) -> Spot {
    let area = Rect::new(0, 0, model.window.width, model.window.height);
    let at = Position::new(x, y);
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT || !area.contains(at) {
        return Spot::Nowhere;
    }
    let paint = Paint::new(config);
    let areas = Areas::of(model, area);
    if let Some(spot) = overlay::spot(model, &paint, areas.body, at) {
        return spot;
    }
    if areas.header.contains(at) {
        return if y == areas.header.y { screen_at(model, x, area.width) } else { Spot::Nowhere };
    }
    if areas.bottom.contains(at) {
        return bottom::hint_at(model, &paint, areas.bottom, x).map_or(Spot::Nowhere, Spot::Hint);
    }
    if model.is_offline() {
        return Spot::Nowhere;
    }
    if model.screen == Screen::Prune {
        return removal::spot(model, areas.body, at);
    }
    if model.screen == Screen::Files {
        return match areas.list.filter(|list| list.contains(at)) {
            Some(list) => files::spot(model, list, at),
            None if areas.details.is_some_and(|pane| pane.contains(at)) => Spot::Details,
            None => Spot::Nowhere,
        };
    }
    if let Some(pane) = areas.details.filter(|pane| pane.contains(at)) {
        if matches!(model.screen, Screen::Map | Screen::Backups) {
            return Spot::Details;
        }
        let tabs = details::tabs_area(pane, model);
        return if y < pane.y + 2 {
            tab_at(model, tabs, x).map_or(Spot::Details, Spot::Tab)
        } else {
            Spot::Details
        };
    }
    let list = areas.list.filter(|_| model.screen != Screen::Activity).unwrap_or(areas.body);
    if model.screen == Screen::Map && list.contains(at) {
        return map::spot(model, list, areas.details.is_some(), at);
    }
    if model.screen == Screen::Backups && list.contains(at) {
        let rows = backups::rows(list);
        let row = model.backups.cursor.top + usize::from(at.y.saturating_sub(rows.y));
        let is_row = rows.contains(at) && row < model.jobs.kept().len();
        return if is_row { Spot::Row(row) } else { Spot::List };
    }
    if list.contains(at) { in_list(model, list, at) } else { Spot::Nowhere }
}

fn in_list(model: &Model, list: Rect, at: Position) -> Spot {
    if at.y == list.y {
        if model.screen != Screen::Volumes {
            return Spot::List;
        }
        let placed = columns::of(model, list);
        return placed
            .iter()
            .find(|p| (list.x + p.x..list.x + p.x + p.width).contains(&at.x))
            .map_or(Spot::List, |p| Spot::Heading(p.column));
    }
    let row = usize::from(at.y - list.y - 1);
    let (top, len) = match model.screen {
        Screen::Volumes | Screen::Files => (model.home.cursor.top, model.home.rows.len()),
        Screen::Map => (model.map.cursor.top, model.map.rows.len()),
        Screen::Backups => (model.backups.cursor.top, model.jobs.kept().len()),
        Screen::Monitor => (model.monitor.cursor.top, model.monitor.rows.len()),
        Screen::Prune => (model.removal.cursor.top, model.removal.rows.len()),
        Screen::Activity => (model.activity.cursor.top, model.activity.events.len()),
    };
    if top + row < len { Spot::Row(top + row) } else { Spot::List }
}

fn screen_at(model: &Model, x: u16, width: u16) -> Spot {
    // " volx  Volumes Activity": each with one column between.
    let mut left = header::screens_left(width);
    for screen in Screen::ALL {
        let right =
            left + u16::try_from(header::screen_title(screen, model.screen, width).len()).unwrap_or(0);
        if (left..right).contains(&x) {
            return Spot::Screen(screen);
        }
        left = right + 1;
    }
    Spot::Nowhere
}

fn tab_at(model: &Model, tabs: Rect, x: u16) -> Option<Tab> {
    let mut left = tabs.x;
    // A mark for what is cut is one column wide, as every symbol.
    for (tab, text) in details::tab_row(model.details.tab, tabs.width, "~") {
        let right = left + u16::try_from(text.len()).unwrap_or(0);
        if (left..right).contains(&x) {
            return tab;
        }
        left = right;
    }
    None
}

//! The files of one volume: a line that says where one is, the entries, and what is seen of one.

mod columns;
mod list;
mod place;
mod preview;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::layout::Areas;
use super::paint::Paint;
use crate::app::files::order::FileKey;
use crate::app::message::Spot;
use crate::app::model::Model;

pub(super) use preview::content as preview_content;

/// Draws the screen's two parts, as many as there are.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, areas: &Areas) {
    let line = |row: u16| Rect { y: areas.body.y + row, height: 1, ..areas.body };
    place::draw(model, paint, frame, line(0));
    if model.files.job.is_some() {
        place::draw_job(model, paint, frame, line(1));
    }
    if let Some(area) = areas.list {
        list::draw(model, paint, frame, area);
    }
    if let Some(pane) = areas.details {
        preview::draw(model, paint, frame, pane);
    }
}

/// What of the list is here.
pub(super) fn spot(model: &Model, list: Rect, at: Position) -> Spot {
    if at.y == list.y {
        return columns::key_at(list, at.x).map_or(Spot::List, Spot::FileHeading);
    }
    let Some(folder) = model.files.folder() else { return Spot::List };
    let row = folder.cursor.top + usize::from(at.y - list.y - 1);
    if row < folder.rows.len() { Spot::Row(row) } else { Spot::List }
}

/// The heading of a key, with the arrow where it is sorted by.
fn heading(model: &Model, paint: &Paint<'_>, key: FileKey, title: &str) -> (String, bool) {
    let order = model.files.order;
    if order.key != key {
        return (title.to_owned(), false);
    }
    let arrow = if order.is_descending { paint.glyphs().descending } else { paint.glyphs().ascending };
    (format!("{title} {arrow}"), true)
}

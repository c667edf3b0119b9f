//! Widgets, and nothing else: `view(&Model, &Config, &mut Frame)` draws what the model says.
//!
//! ```text
//! header    volx  Volumes Activity          ● shop-server · Docker 28.5
//!           42 volumes · 212 GB · 13 dangling, 3.2 GB      measuring
//! list      STATUS  NAME            PROJECT       SIZE ▼  CONTAINERS
//!          ▌● in use postgres-data  shop        4.2 GB ██ db-1
//! details   Overview  Containers  Inspect  Labels/Options
//! bottom    ? help  / filter  s sort  Space mark  y copy
//! ```

mod activity;
mod backups;
mod bottom;
mod chart;
mod columns;
mod containers;
mod details;
mod fact;
mod files;
mod form;
mod growth_words;
mod header;
mod history;
mod inspect;
mod jobs;
mod labels;
mod lanes;
mod layout;
mod list;
mod map;
mod monitor;
mod offline;
mod overlay;
mod overview;
mod paint;
mod pane;
mod prompt;
mod question;
mod removal;
mod spot;
mod volume_backups;
mod wrap;

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::widgets::Paragraph;

use crate::app::message::Window;
use crate::app::model::{Model, Screen};
use crate::config::Config;
use crate::config::theme::Role;

pub use layout::{MIN_HEIGHT, MIN_WIDTH};
pub use spot::spot;

use layout::Areas;
use paint::Paint;

/// Draws the whole screen.
pub fn view(model: &Model, config: &Config, frame: &mut Frame<'_>) {
    let area = frame.area();
    let paint = Paint::new(config);
    frame.buffer_mut().set_style(area, paint.style(Role::Text));
    if area.width < MIN_WIDTH || area.height < MIN_HEIGHT {
        too_small(&paint, frame, area);
    } else {
        let areas = Areas::of(model, area);
        header::draw(model, &paint, frame, areas.header);
        if model.is_offline() {
            offline::draw(model, &paint, frame, areas.body);
        } else {
            match model.screen {
                Screen::Volumes => {
                    if let Some(list) = areas.list {
                        list::draw(model, &paint, frame, list);
                    }
                    if let Some(pane) = areas.details {
                        details::draw(model, &paint, frame, pane);
                    }
                }
                Screen::Map => {
                    if let Some(list) = areas.list {
                        map::draw(model, &paint, frame, list, areas.details.is_some());
                    }
                    if let Some(pane) = areas.details {
                        map::details::draw(model, &paint, frame, pane);
                    }
                }
                Screen::Backups => {
                    if let Some(list) = areas.list {
                        backups::draw(model, &paint, frame, list);
                    }
                    if let Some(pane) = areas.details.filter(|_| !model.jobs.kept().is_empty()) {
                        backups::details::draw(model, &paint, frame, pane);
                    }
                }
                Screen::Monitor => monitor::draw(model, &paint, frame, areas.body),
                Screen::Activity => activity::draw(model, &paint, frame, areas.body),
                Screen::Files => files::draw(model, &paint, frame, &areas),
                Screen::Prune => removal::draw(model, &paint, frame, areas.body),
            }
        }
        jobs::draw_strip(model, &paint, frame, areas.jobs);
        bottom::draw(model, &paint, frame, areas.bottom);
        overlay::draw(model, &paint, frame, areas.body);
    }
    if config.glyphs.is_ascii {
        paint::to_ascii(frame.buffer_mut());
    }
}

/// What the view would show in a window of this size: how many lines each part has and holds.
#[must_use]
pub fn window(model: &Model, config: &Config, width: u16, height: u16) -> Window {
    let area = Rect::new(0, 0, width, height);
    if width < MIN_WIDTH || height < MIN_HEIGHT {
        return Window { width, height, ..Window::default() };
    }
    let paint = Paint::new(config);
    let areas = Areas::of(model, area);
    let is_files = model.screen == Screen::Files;
    let list_rows = match (model.screen, areas.list) {
        (Screen::Activity, _) => usize::from(areas.body.height.saturating_sub(1)),
        (Screen::Prune, _) => usize::from(removal::Parts::of(areas.body).rows.height),
        (Screen::Monitor, _) => usize::from(monitor::Parts::of(areas.body).list.height.saturating_sub(1)),
        (Screen::Backups, list) => list.map_or(0, |list| usize::from(backups::rows(list).height)),
        // The heading is no row.
        (Screen::Volumes | Screen::Files, list) => {
            list.map_or(0, |l| usize::from(l.height.saturating_sub(1)))
        }
        (Screen::Map, list) => list.map_or(0, |l| usize::from(map::rows(l, areas.details.is_some()).height)),
    };
    let content = areas.details.filter(|_| !is_files).map(|pane| layout::details_content(pane, model));
    let preview = areas.details.filter(|_| is_files).map(|pane| files::preview_content(model, pane));
    let (overlay_rows, overlay_lines) = overlay::window(model, &paint, areas.body);
    Window {
        width,
        height,
        list_rows,
        has_details: if is_files { Areas::fits_preview(area) } else { Areas::fits_details(area) },
        details_rows: content.map_or(0, |c| usize::from(c.height)),
        details_lines: content.map_or(0, |c| match model.screen {
            Screen::Map => map::details::lines(model, &paint, c.width).len(),
            Screen::Backups => backups::details::lines(model, &paint, c.width).len(),
            _ => details::lines(model, &paint, c.width).len(),
        }),
        preview_width: preview.map_or(0, |c| c.width),
        preview_rows: preview.map_or(0, |c| usize::from(c.height)),
        overlay_rows,
        overlay_lines,
    }
}

fn too_small(paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let text = format!(
        "volx needs {MIN_WIDTH}x{MIN_HEIGHT}, this window has {}x{}. Make it larger, or press q.",
        area.width, area.height
    );
    let lines: Vec<_> = wrap::words(&text, usize::from(area.width)).into_iter().collect();
    let notice =
        Paragraph::new(lines.join("\n")).alignment(Alignment::Left).style(paint.style(Role::Warning));
    frame.render_widget(notice, area);
}

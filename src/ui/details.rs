//! The details of the selected volume: tabs, and the lines of the open one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::{details_content, is_beside};
use super::paint::{Paint, put};
use super::{containers, history, inspect, labels, overview, volume_backups};
use crate::app::details::Tab;
use crate::app::model::{Model, Pane};
use crate::config::theme::Role;

/// Draws the pane.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, pane: Rect) {
    let is_focused = model.details.is_zoomed || model.pane == Pane::Details;
    let role = if is_focused { Role::BorderFocused } else { Role::Border };
    let glyphs = paint.glyphs();
    if is_beside(pane, model) {
        for y in pane.top()..pane.bottom() {
            if let Some(cell) = frame.buffer_mut().cell_mut((pane.x, y)) {
                cell.set_symbol(glyphs.vertical).set_style(paint.style(role));
            }
        }
    }
    let tabs = tabs_area(pane, model);
    let line = Line::from(paint.span(glyphs.horizontal.repeat(usize::from(tabs.width)), role));
    // Below the list the line above the tabs divides them; elsewhere it is under the tabs.
    let (tabs_row, line_row) =
        if is_beside(pane, model) || model.details.is_zoomed { (0, 1) } else { (1, 0) };
    put(frame, tabs, line_row, &line);
    put(frame, tabs, tabs_row, &tab_line(model, paint, tabs.width));
    if !is_beside(pane, model) {
        let used = tab_line(model, paint, tabs.width).width() + 3;
        let name = model.home.selected_name().unwrap_or_default();
        let room = usize::from(tabs.width).saturating_sub(used);
        if room > 8 {
            let shown = Line::from(Span::styled(paint.fit(name, room), paint.style(Role::Title)));
            super::paint::put_right(
                frame,
                Rect { width: tabs.width.saturating_sub(1), ..tabs },
                tabs_row,
                &shown,
            );
        }
    }
    let content = details_content(pane, model);
    let lines = lines(model, paint, content.width);
    let room = usize::from(content.height);
    // A row that is gone to is seen, whatever the scrolling.
    let selected = containers::selected_lines(model, paint, usize::from(content.width).max(1));
    let top = selected.as_ref().map_or(model.details.scroll, |selected| {
        model.details.scroll.max(selected.end.saturating_sub(room)).min(selected.start)
    });
    for ((at, line), row) in lines.iter().enumerate().skip(top).take(room).zip(0..) {
        put(frame, content, row, line);
        if selected.as_ref().is_some_and(|selected| selected.start == at) {
            paint.select_row(frame, content, row, true);
        }
    }
    let bar = Rect { width: content.width + 2, ..content };
    paint.scroll_bar(frame, bar, top, room, lines.len());
}

/// Where the tabs and their line are.
pub(super) const fn tabs_area(pane: Rect, model: &Model) -> Rect {
    let left = if is_beside(pane, model) { 1 } else { 0 };
    Rect { x: pane.x + left, width: pane.width - left, ..pane }
}

/// What a tab is called in a pane of this width.
pub(super) const fn tab_title(tab: Tab, width: u16) -> &'static str {
    match tab {
        Tab::Labels if width < 65 => "Labels",
        tab => tab.title(),
    }
}

/// The tabs that fit, the open one among them; a mark stands for those that do not.
pub(super) fn tab_row(open: Tab, width: u16, mark: &str) -> Vec<(Option<Tab>, String)> {
    let room = usize::from(width);
    let titles = Tab::ALL.map(|tab| tab_title(tab, width));
    // Where they fit with one space between them, none is left out for a second one.
    let is_tight = titles.iter().map(|title| title.len() + 2).sum::<usize>() > room;
    let tabs = Tab::ALL.map(|tab| {
        let title = tab_title(tab, width);
        (tab, if is_tight { format!(" {title}") } else { format!(" {title} ") })
    });
    let open = Tab::ALL.iter().position(|tab| *tab == open).unwrap_or(0);
    let wide = |first: usize, last: usize| {
        let titles: usize = tabs.iter().take(last + 1).skip(first).map(|(_, title)| title.len()).sum();
        titles + usize::from(first > 0) + usize::from(last + 1 < tabs.len())
    };
    let first = (0..open).find(|first| wide(*first, open) <= room).unwrap_or(open);
    let last = (open..tabs.len()).rev().find(|last| wide(first, *last) <= room).unwrap_or(open);
    let mark_if = |is_cut: bool| is_cut.then(|| (None, mark.to_owned()));
    let shown = tabs.iter().take(last + 1).skip(first).map(|(tab, title)| (Some(*tab), title.clone()));
    mark_if(first > 0).into_iter().chain(shown).chain(mark_if(last + 1 < tabs.len())).collect()
}

fn tab_line<'a>(model: &Model, paint: &Paint<'_>, width: u16) -> Line<'a> {
    let spans = tab_row(model.details.tab, width, paint.glyphs().ellipsis).into_iter().map(|(tab, text)| {
        let role = if tab == Some(model.details.tab) { Role::Accent } else { Role::Dim };
        paint.span(text, role)
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// The lines of the open tab at this width.
pub(super) fn lines(model: &Model, paint: &Paint<'_>, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width).max(1);
    let inventory = model.listed();
    let Some(at) = model.home.selected() else {
        return vec![Line::from(paint.span("no volume is selected".to_owned(), Role::Dim))];
    };
    match model.details.tab {
        Tab::Overview => overview::lines(model, &inventory, at, paint, width),
        Tab::Containers => containers::lines(model, at, paint, width),
        Tab::History => history::lines(model, paint, width),
        Tab::Backups => volume_backups::lines(model, paint, width),
        Tab::Inspect => inspect::lines(model, paint, width),
        Tab::Labels => labels::lines(&inventory, at, paint, width),
    }
}

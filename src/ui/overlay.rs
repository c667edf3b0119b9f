//! What lies over the screen: help, warnings, the palette, menus.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders, Clear};

use super::layout::centered;
use super::paint::{Paint, put};
use super::prompt;
use super::wrap;
use super::{containers, form, jobs, question};
use crate::app::action::{Action, Context, Group};
use crate::app::message::Spot;
use crate::app::model::Model;
use crate::app::overlay::{Menu, Overlay, Palette};
use crate::config::theme::Role;
use crate::domain::lifecycle::Act;
use crate::domain::prune::WORDS;
use crate::domain::text::{clean, width};

/// Draws the topmost overlay.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, body: Rect) {
    let Some(overlay) = model.overlays.last() else { return };
    let (area, inner) = place(model, overlay, paint, body);
    frame.render_widget(Clear, area);
    let title = match overlay {
        Overlay::Help { .. } => "Keys",
        Overlay::Warnings { .. } => "Warnings",
        Overlay::Words { .. } => "Rules",
        Overlay::Palette(_) => "Do",
        Overlay::Menu(menu) => menu.title,
        Overlay::Prompt(prompt) => prompt.title,
        Overlay::Form(_) => "New volume",
        Overlay::Question(question) => question.title,
        Overlay::Jobs(_) => "Jobs",
        Overlay::Acts(acts) => &paint.fit(&acts.name, usize::from(inner.width).saturating_sub(4)),
    };
    let border = if paint.glyphs().is_ascii { BorderType::Plain } else { BorderType::Rounded };
    let block = Block::new()
        .borders(Borders::ALL)
        .border_type(border)
        .border_set(if paint.glyphs().is_ascii { ASCII_BORDER } else { border.to_border_set() })
        .border_style(paint.style(if overlay.is_danger() { Role::Error } else { Role::BorderFocused }))
        .style(paint.style(Role::Text))
        .title(title_line(overlay, title, paint));
    frame.render_widget(block, area);
    match overlay {
        Overlay::Help { scroll } => {
            scrolled(paint, frame, inner, &help_lines(model, paint, inner.width), *scroll);
        }
        Overlay::Warnings { scroll } => {
            scrolled(paint, frame, inner, &warning_lines(model, paint, inner.width), *scroll);
        }
        Overlay::Words { scroll } => scrolled(paint, frame, inner, &rule_lines(paint, inner.width), *scroll),
        Overlay::Palette(palette) => draw_palette(palette, model, paint, frame, inner),
        Overlay::Menu(menu) => draw_menu(menu, paint, frame, inner),
        Overlay::Prompt(prompt) => prompt::draw(prompt, paint, frame, inner),
        Overlay::Form(form) => form::draw(form, model, paint, frame, inner),
        Overlay::Acts(acts) => containers::draw_acts(acts, model, paint, frame, inner),
        Overlay::Question(question) => question::draw(question, paint, frame, inner),
        Overlay::Jobs(cursor) => jobs::draw(*cursor, model, paint, frame, inner),
    }
}

/// The title; with a sign that needs no colour where something goes.
fn title_line(overlay: &Overlay, title: &str, paint: &Paint<'_>) -> Line<'static> {
    if overlay.is_danger() {
        return Line::from(paint.span(format!(" {} {title} ", paint.glyphs().warning), Role::Error));
    }
    Line::from(paint.span(format!(" {title} "), Role::Title))
}

const ASCII_BORDER: ratatui::symbols::border::Set<'_> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// How many lines the topmost overlay shows, and how many it has.
pub(super) fn window(model: &Model, paint: &Paint<'_>, body: Rect) -> (usize, usize) {
    let Some(overlay) = model.overlays.last() else { return (0, 0) };
    let (_, inner) = place(model, overlay, paint, body);
    let rows = usize::from(inner.height);
    match overlay {
        Overlay::Help { .. } => (rows, help_lines(model, paint, inner.width).len()),
        Overlay::Warnings { .. } => (rows, warning_lines(model, paint, inner.width).len()),
        Overlay::Words { .. } => (rows, rule_lines(paint, inner.width).len()),
        Overlay::Palette(palette) => (rows.saturating_sub(1), palette.found.len()),
        Overlay::Menu(menu) => (rows, menu.items.len()),
        Overlay::Acts(_) => (rows, Act::ALL.len()),
        Overlay::Jobs(_) => (usize::from(jobs::rows(inner).height), model.jobs.all.len()),
        Overlay::Prompt(_) | Overlay::Form(_) | Overlay::Question(_) => (rows, rows),
    }
}

/// What of the topmost overlay is here; `None` when it is elsewhere.
pub(super) fn spot(model: &Model, paint: &Paint<'_>, body: Rect, pointer: Position) -> Option<Spot> {
    let overlay = model.overlays.last()?;
    let (area, inner) = place(model, overlay, paint, body);
    if !area.contains(pointer) {
        return None;
    }
    let row = pointer.y.checked_sub(inner.y).filter(|_| inner.contains(pointer)).map(usize::from);
    let item = match overlay {
        Overlay::Palette(palette) => row.and_then(|r| r.checked_sub(1)).map(|r| palette.cursor.top + r),
        Overlay::Menu(menu) => row.map(|r| menu.cursor.top + r),
        Overlay::Acts(acts) => row.map(|r| acts.cursor.top + r),
        Overlay::Question(question) => row.and_then(|y| question::answer_at(question, inner, y)),
        Overlay::Jobs(cursor) => {
            let is_row = |at: &usize| *at < model.jobs.all.len() && jobs::rows(inner).contains(pointer);
            row.map(|r| cursor.top + r).filter(is_row)
        }
        Overlay::Form(form) => row.and_then(|y| form::row_at(form, model, paint, inner, y)),
        Overlay::Help { .. } | Overlay::Warnings { .. } | Overlay::Words { .. } | Overlay::Prompt(_) => None,
    };
    Some(item.map_or(Spot::Overlay, Spot::Item))
}

/// The box and the room in it.
fn place(model: &Model, overlay: &Overlay, paint: &Paint<'_>, body: Rect) -> (Rect, Rect) {
    let lines = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).saturating_add(2);
    let (wide, high) = match overlay {
        Overlay::Help { .. } => {
            let wide = body.width.saturating_sub(4).min(96);
            (wide, lines(help_lines(model, paint, wide.saturating_sub(4)).len()))
        }
        Overlay::Warnings { .. } => {
            let wide = body.width.saturating_sub(4).min(96);
            (wide, lines(warning_lines(model, paint, wide.saturating_sub(4)).len()))
        }
        Overlay::Words { .. } => {
            let wide = body.width.saturating_sub(4).min(80);
            (wide, lines(rule_lines(paint, wide.saturating_sub(4)).len()))
        }
        Overlay::Palette(palette) => {
            (body.width.saturating_sub(4).min(84), lines(palette.found.len().clamp(1, 18) + 1))
        }
        Overlay::Prompt(prompt) => {
            let wide = body.width.saturating_sub(4).min(90);
            (wide, lines(prompt::lines(prompt, wide.saturating_sub(4)).len() + 1))
        }
        Overlay::Form(form) => {
            let wide = body.width.saturating_sub(4).min(84);
            (wide, lines(form::height(form, model, paint, wide.saturating_sub(4))))
        }
        Overlay::Acts(_) => (body.width.saturating_sub(4).min(52), lines(Act::ALL.len())),
        Overlay::Question(question) => {
            let wide = body.width.saturating_sub(4).min(90);
            (wide, lines(question::height(question, wide.saturating_sub(4))))
        }
        Overlay::Jobs(_) => (body.width.saturating_sub(4).min(110), lines(jobs::height(model))),
        Overlay::Menu(menu) => {
            let widest = menu.items.iter().map(|i| label_width(menu) + 3 + width(&i.note)).max().unwrap_or(0);
            let wide = u16::try_from(widest + 6).unwrap_or(u16::MAX).clamp(30, 90);
            (wide.min(body.width.saturating_sub(4)), lines(menu.items.len()))
        }
    };
    let area = centered(body, wide, high);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    (area, inner)
}

fn scrolled(paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect, lines: &[Line<'_>], scroll: usize) {
    for (line, row) in lines.iter().skip(scroll).take(usize::from(inner.height)).zip(0..) {
        put(frame, inner, row, line);
    }
    let bar = Rect { width: inner.width + 2, ..inner };
    paint.scroll_bar(frame, bar, scroll, usize::from(inner.height), lines.len());
}

/// The keys, grouped, in two columns where they fit.
fn help_lines(model: &Model, paint: &Paint<'_>, columns: u16) -> Vec<Line<'static>> {
    const KEYS: usize = 18;
    let room = usize::from(columns).saturating_sub(KEYS + 1).max(10);
    let mut lines = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(paint.span(group.title(), Role::Accent)));
        for action in Action::ALL.iter().filter(|a| a.group() == group) {
            let context = *action.contexts().first().unwrap_or(&Context::Main);
            let keys = paint.config.keymap.shown(context, *action).join(" ");
            let keys = if keys.is_empty() { format!(":{}", action.name()) } else { keys };
            let is_off = action.is_changing() && model.is_read_only();
            let doc =
                if is_off { format!("{} (read-only: off)", action.doc()) } else { action.doc().to_owned() };
            let (key_role, role) = if is_off { (Role::Dim, Role::Dim) } else { (Role::HintKey, Role::Text) };
            for (at, doc) in wrap::words(&doc, room).into_iter().enumerate() {
                let shown = if at == 0 { paint.fit(&keys, KEYS).into_owned() } else { String::new() };
                let pad = " ".repeat(KEYS - width(&shown) + 1);
                lines.push(Line::from(vec![
                    paint.span(shown, key_role),
                    Span::raw(pad),
                    paint.span(doc, role),
                ]));
            }
        }
    }
    lines.push(Line::default());
    let legend = [
        (paint.glyphs().in_use, "in use: a running, paused or restarting container has it", Role::InUse),
        (paint.glyphs().attached, "attached: only containers that do not run have it", Role::Attached),
        (paint.glyphs().dangling, "dangling: no container has it", Role::Dangling),
        (
            paint.glyphs().protected,
            "protected: volx does not remove it; the Overview tab says why",
            Role::Accent,
        ),
        (paint.glyphs().times, "with a number, at a file: so many names lead to this one file", Role::Dim),
        (paint.glyphs().unknown, "unknown; the Overview tab says why", Role::Dim),
        (paint.glyphs().volume, "on the map: a volume", Role::Dim),
        (paint.glyphs().layer, "what a container wrote beside its mounts, its writable layer", Role::Dim),
        (paint.glyphs().bind, "a folder or file of the host", Role::Dim),
        (paint.glyphs().tmpfs, "memory", Role::Dim),
    ];
    lines.push(Line::from(paint.span("Signs", Role::Accent)));
    for (glyph, words, role) in legend {
        lines.extend(wrap::words(words, usize::from(columns).saturating_sub(3)).into_iter().enumerate().map(
            |(at, text)| {
                let sign = if at == 0 { glyph } else { " " };
                Line::from(vec![paint.span(format!("{sign}  "), role), paint.span(text, Role::Text)])
            },
        ));
    }
    lines
}

/// What rules can be made of.
fn rule_lines(paint: &Paint<'_>, columns: u16) -> Vec<Line<'static>> {
    const WORD: usize = 14;
    let room = usize::from(columns).saturating_sub(WORD + 1).max(10);
    let intro = wrap::words(
        "All must hold; what containers have or is protected always stays.",
        usize::from(columns),
    );
    let mut lines: Vec<Line<'static>> =
        intro.into_iter().map(|line| Line::from(paint.span(line, Role::Dim))).collect();
    lines.push(Line::default());
    for (word, means) in WORDS {
        for (at, text) in wrap::words(means, room).into_iter().enumerate() {
            let word = if at == 0 { word } else { "" };
            let word = paint.span(format!("{word:<WORD$} "), Role::HintKey);
            lines.push(Line::from(vec![word, paint.span(text, Role::Text)]));
        }
    }
    lines
}

fn warning_lines(model: &Model, paint: &Paint<'_>, columns: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for warning in model.warnings() {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        for text in warning.lines() {
            let wrapped = wrap::words(&clean(text.trim()), usize::from(columns));
            lines.extend(wrapped.into_iter().map(|l| Line::from(paint.span(l, Role::Text))));
        }
    }
    lines
}

fn draw_palette(palette: &Palette, model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let room = usize::from(inner.width.saturating_sub(1));
    let (typed, column) = prompt::typed(&palette.input, room, paint.glyphs().ellipsis);
    put(frame, inner, 0, &Line::from(vec![paint.span(":", Role::Accent), paint.span(typed, Role::Text)]));
    frame.set_cursor_position(Position::new((inner.x + 1 + column).min(inner.right()), inner.y));
    let rows = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if palette.found.is_empty() {
        put(frame, rows, 0, &Line::from(paint.span("no action here has that name", Role::Dim)));
    }
    let shown = palette.found.iter().enumerate().skip(palette.cursor.top).take(usize::from(rows.height));
    for ((at, action), row) in shown.zip(0..) {
        let context = *action.contexts().first().unwrap_or(&Context::Main);
        let keys = paint.config.keymap.shown(context, *action).join(" ");
        let name = format!("{:<20}", action.name());
        let room = usize::from(rows.width).saturating_sub(20 + width(&keys) + 2);
        let is_off = action.is_changing() && model.is_read_only();
        let doc = if is_off { "read-only: off" } else { action.doc() };
        let doc = paint.fit(doc, room).into_owned();
        let pad = " ".repeat(room.saturating_sub(width(&doc)) + 1);
        let line = Line::from(vec![
            paint.span(name, if is_off { Role::Dim } else { Role::Text }),
            paint.span(doc, Role::Dim),
            Span::raw(pad),
            paint.span(keys, Role::HintKey),
        ]);
        put(frame, rows, row, &line);
        paint.select_row(frame, rows, row, at == palette.cursor.at);
    }
}

fn label_width(menu: &Menu) -> usize {
    menu.items.iter().map(|i| width(&i.label)).max().unwrap_or(0)
}

fn draw_menu(menu: &Menu, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let label = label_width(menu);
    let shown = menu.items.iter().enumerate().skip(menu.cursor.top).take(usize::from(inner.height));
    for ((at, item), row) in shown.zip(0..) {
        let pad = " ".repeat(label - width(&item.label) + 2);
        let room = usize::from(inner.width).saturating_sub(label + 2);
        let line = Line::from(vec![
            paint.span(item.label.clone(), Role::Text),
            Span::raw(pad),
            paint.span(paint.fit(&item.note, room).into_owned(), Role::Dim),
        ]);
        put(frame, inner, row, &line);
        paint.select_row(frame, inner, row, at == menu.cursor.at);
    }
    paint.scroll_bar(
        frame,
        Rect { width: inner.width + 2, ..inner },
        menu.cursor.top,
        usize::from(inner.height),
        menu.items.len(),
    );
}

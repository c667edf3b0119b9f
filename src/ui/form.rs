//! The form that makes a volume.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::paint::{Paint, put};
use super::prompt;
use super::wrap;
use crate::app::form::{Checked, Form, Key, Preset, Row, Stage, blinded};
use crate::app::model::Model;
use crate::config::theme::Role;
use crate::domain::secret::masked;
use crate::domain::text::clean;

/// Columns of what a line is called.
const TITLE: usize = 15;

/// One line of the form, and the row that it belongs to.
struct Shown {
    line: Line<'static>,
    row: Option<usize>,
    /// Where the cursor stands in it.
    cursor: Option<u16>,
}

/// How many lines the form takes at this width.
pub(super) fn height(form: &Form, model: &Model, paint: &Paint<'_>, columns: u16) -> usize {
    lines(form, model, paint, columns).len()
}

/// Draws the form, scrolled to the row that has the keys.
pub(super) fn draw(form: &Form, model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let lines = lines(form, model, paint, inner.width);
    let top = top(&lines, form, usize::from(inner.height));
    for (shown, y) in lines.iter().skip(top).take(usize::from(inner.height)).zip(0..) {
        put(frame, inner, y, &shown.line);
        if let Some(column) = shown.cursor {
            frame.set_cursor_position(Position::new(inner.x + column, inner.y + y));
        }
        if shown.row == Some(form.at)
            && let Some(cell) = frame.buffer_mut().cell_mut((inner.x - 1, inner.y + y))
        {
            cell.set_symbol(paint.glyphs().pointer).set_style(paint.style(Role::Accent));
        }
    }
    let bar = Rect { width: inner.width + 2, ..inner };
    paint.scroll_bar(frame, bar, top, usize::from(inner.height), lines.len());
}

/// The row that is shown in this line.
pub(super) fn row_at(form: &Form, model: &Model, paint: &Paint<'_>, inner: Rect, y: usize) -> Option<usize> {
    let lines = lines(form, model, paint, inner.width);
    let top = top(&lines, form, usize::from(inner.height));
    lines.get(top + y)?.row
}

/// The first line shown: the row that has the keys is seen, with what is wrong with it.
fn top(lines: &[Shown], form: &Form, room: usize) -> usize {
    let at = lines.iter().position(|shown| shown.row == Some(form.at)).unwrap_or(0);
    let below = at + room / 2 + 1;
    below.saturating_sub(room).min(lines.len().saturating_sub(room))
}

fn lines(form: &Form, model: &Model, paint: &Paint<'_>, columns: u16) -> Vec<Shown> {
    let columns = usize::from(columns).max(TITLE + 8);
    let checked = form.checked(&model.listed());
    let mut lines = Vec::new();
    for (at, row) in form.rows().into_iter().enumerate() {
        match row {
            Row::Preset => {
                lines.push(Shown { line: presets(form, paint, columns), row: Some(at), cursor: None });
            }
            Row::Line(key, nth) => lines.push(typed(form, at, (key, nth), paint, columns)),
            Row::Make => {
                lines.push(blank());
                lines.push(Shown { line: make(form, at, paint), row: Some(at), cursor: None });
            }
        }
        if let Some(why) = form.shown_flaw(row, &checked) {
            lines.extend(wrapped(why, Role::Error, paint, columns, TITLE));
        }
    }
    if let Stage::Refused(trouble) = &form.stage {
        lines.push(blank());
        for text in trouble.to_string().lines() {
            lines.extend(wrapped(text.trim(), Role::Error, paint, columns, 0));
        }
    }
    lines.push(blank());
    lines.extend(wrapped(form.preset.note(), Role::Dim, paint, columns, 0));
    lines.extend(wrapped(&told(&checked, paint), Role::Dim, paint, columns, 0));
    lines.push(blank());
    lines.extend(wrapped(&form.command(), Role::Text, paint, columns, 0));
    lines
}

const fn blank() -> Shown {
    Shown {
        line: Line { style: ratatui::style::Style::new(), alignment: None, spans: Vec::new() },
        row: None,
        cursor: None,
    }
}

fn wrapped(text: &str, role: Role, paint: &Paint<'_>, columns: usize, indent: usize) -> Vec<Shown> {
    let pad = " ".repeat(indent);
    wrap::words(&clean(text), columns - indent)
        .into_iter()
        .map(|text| Shown {
            line: Line::from(vec![Span::raw(pad.clone()), paint.span(text, role)]),
            row: None,
            cursor: None,
        })
        .collect()
}

/// All kinds, the chosen one stressed by brackets as well as by colour; the chosen one alone where
/// there is no room.
fn presets(form: &Form, paint: &Paint<'_>, columns: usize) -> Line<'static> {
    let mut spans = vec![title("Kind", form.at == 0, paint)];
    let all: usize = Preset::ALL.iter().map(|preset| preset.name().len() + 2).sum();
    let is_short = all > columns - TITLE;
    for preset in Preset::ALL {
        if preset == form.preset {
            spans.push(paint.span(format!("[{}]", preset.name()), Role::Accent));
        } else if !is_short {
            spans.push(paint.span(format!(" {} ", preset.name()), Role::Dim));
        }
    }
    if is_short {
        let at = Preset::ALL.iter().position(|preset| *preset == form.preset).unwrap_or(0) + 1;
        spans.push(paint.span(format!(" {at} of {}", Preset::ALL.len()), Role::Dim));
    }
    Line::from(spans)
}

fn title(text: &str, has_keys: bool, paint: &Paint<'_>) -> Span<'static> {
    paint.span(format!("{text:<TITLE$}"), if has_keys { Role::Title } else { Role::Dim })
}

fn typed(form: &Form, at: usize, (key, nth): (Key, usize), paint: &Paint<'_>, columns: usize) -> Shown {
    let has_keys = form.at == at;
    let name = if nth == 0 { key.title() } else { "" };
    let mut spans = vec![title(name, has_keys, paint)];
    let room = columns - TITLE;
    let line = form.line(key, nth).filter(|line| !line.value().is_empty());
    let column = match line {
        Some(line) => {
            // One sign a letter: how long it is may be seen, what it is may not.
            let stars = || key.is_blind().then(|| "*".repeat(line.value().chars().count()));
            let blind = stars()
                .or_else(|| blinded(key, line.value()))
                .map(|stars| tui_input::Input::new(stars).with_cursor(line.cursor()));
            let (shown, column) =
                prompt::typed(blind.as_ref().unwrap_or(line), room, paint.glyphs().ellipsis);
            spans.push(paint.span(shown, Role::Text));
            column
        }
        None => {
            spans.push(paint.span(paint.fit(key.example(), room).into_owned(), Role::Dim));
            0
        }
    };
    let title = u16::try_from(TITLE).unwrap_or(0);
    Shown { line: Line::from(spans), row: Some(at), cursor: has_keys.then_some(title + column) }
}

fn make(form: &Form, at: usize, paint: &Paint<'_>) -> Line<'static> {
    match &form.stage {
        Stage::Making(_) => Line::from(paint.span("Making it. Esc does not end that.", Role::Accent)),
        Stage::Typing | Stage::Refused(_) => {
            let role = if form.at == at { Role::Accent } else { Role::Text };
            let key = paint
                .config
                .keymap
                .first(&[crate::app::action::Context::Form], crate::app::action::Action::Submit);
            let key = key.map_or_else(String::new, |key| format!("  {key} from anywhere"));
            Line::from(vec![paint.span("[Make it]", role), paint.span(key, Role::Dim)])
        }
    }
}

/// What the engine will be told, secrets masked.
fn told(checked: &Checked, paint: &Paint<'_>) -> String {
    let volume = &checked.volume;
    let driver = if volume.driver.is_empty() { "?" } else { volume.driver.as_str() };
    let options = volume.options.iter().map(|(key, value)| format!("{key}={}", masked(key, value)));
    let parts: Vec<String> = std::iter::once(format!("driver {driver}")).chain(options).collect();
    format!("The engine is told: {}", parts.join(&format!(" {} ", paint.glyphs().dot)))
}

//! A line that is asked for.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_segmentation::UnicodeSegmentation;

use super::paint::{Paint, put};
use super::wrap;
use crate::app::overlay::Prompt;
use crate::app::removal::words::DEFAULT;
use crate::config::theme::Role;
use crate::domain::text::{clean, fit, fit_end, width};

/// What is wrong with what was typed, then what is to be typed, in lines.
pub(super) fn lines(prompt: &Prompt, columns: u16) -> Vec<(String, Role)> {
    let broken = |text: &str, role: Role| {
        let lines = text.lines().flat_map(|line| wrap::words(&clean(line), usize::from(columns)));
        lines.map(|line| (line, role)).collect::<Vec<_>>()
    };
    let mut lines = prompt.trouble.as_deref().map_or_else(Vec::new, |text| broken(text, Role::Error));
    if prompt.purpose.is_danger() {
        // What goes, then what has to be typed, stand out; names in it are clean.
        lines.extend(prompt.note.lines().enumerate().flat_map(|(at, line)| {
            let role = match at {
                0 => Role::Title,
                _ if line.starts_with(DEFAULT) => Role::Warning,
                _ => Role::Text,
            };
            broken(line, role)
        }));
    } else if prompt.purpose.is_change() {
        // Names in it are clean: its line breaks are ours.
        lines.extend(prompt.note.lines().flat_map(|line| broken(line, Role::Text)));
    } else {
        lines.extend(broken(&prompt.note, Role::Dim));
    }
    lines
}

/// Draws what is typed, then what is to be typed.
pub(super) fn draw(prompt: &Prompt, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let blind = prompt.purpose.is_blind().then(|| {
        let stars = "*".repeat(prompt.input.value().chars().count());
        Input::new(stars).with_cursor(prompt.input.cursor())
    });
    let input = blind.as_ref().unwrap_or(&prompt.input);
    let (shown, column) = typed(input, usize::from(inner.width), paint.glyphs().ellipsis);
    put(frame, inner, 0, &Line::from(paint.span(shown, Role::Text)));
    let lines = lines(prompt, inner.width);
    let room = usize::from(inner.height.saturating_sub(1));
    let is_cut = lines.len() > room;
    for ((at, (line, role)), row) in lines.into_iter().enumerate().take(room).zip(1..) {
        // What does not fit leaves a mark.
        let mark = if is_cut && at + 1 == room { paint.glyphs().ellipsis } else { "" };
        let line = paint.fit(&line, usize::from(inner.width).saturating_sub(width(mark))).into_owned();
        put(
            frame,
            inner,
            row,
            &Line::from(vec![paint.span(line, role), Span::styled(mark, paint.style(role))]),
        );
    }
    frame.set_cursor_position(Position::new((inner.x + column).min(inner.right()), inner.y));
}

/// What is shown of a line that is being typed, with a mark on either side where it goes on, and the
/// cursor's column.
pub(super) fn typed(input: &Input, columns: usize, mark: &str) -> (String, u16) {
    let room = columns.saturating_sub(1);
    let value = clean(input.value());
    let cut = input.value().chars().take(input.cursor()).map(char::len_utf8).sum::<usize>();
    let before = input.value().get(..cut).map(clean).unwrap_or_default();
    let at = width(&before);
    if width(&value) <= room {
        return (value.into_owned(), u16::try_from(at).unwrap_or(u16::MAX));
    }
    // The cursor is kept in what is shown, with something of what is after it.
    let after: String = value.graphemes(true).skip(before.graphemes(true).count()).collect();
    let tail = width(&after).min(room / 3);
    let head = fit_end(&before, room - tail, mark).into_owned();
    let column = width(&head);
    let tail = fit(&after, room - column, mark);
    (format!("{head}{tail}"), u16::try_from(column).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use tui_input::InputRequest;

    use super::*;

    #[test]
    fn a_long_line_has_marks_where_it_goes_on_and_the_cursor_in_it() {
        let mut input = Input::new("/home/anna/projects/数据/a-long-name.txt".to_owned());
        let (shown, column) = typed(&input, 20, "…");
        assert!(
            shown.starts_with('…') && shown.ends_with("name.txt") && usize::from(column) == width(&shown)
        );
        input.handle(InputRequest::GoToStart);
        let (shown, column) = typed(&input, 20, "…");
        assert!(shown.starts_with("/home") && shown.ends_with('…') && column == 0, "{shown}");
        for _ in 0..12 {
            input.handle(InputRequest::GoToNextChar);
        }
        let (shown, column) = typed(&input, 16, "…");
        assert!(shown.starts_with('…') && shown.ends_with('…') && width(&shown) < 16, "{shown} {column}");
        assert_eq!(typed(&Input::new("/a".to_owned()), 20, "…"), ("/a".to_owned(), 2));
    }
}

//! A question: what is known, and the answers.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::paint::{Paint, put};
use super::wrap;
use crate::app::overlay::{Choice, Question};
use crate::config::theme::Role;
use crate::domain::text::width;

fn words(question: &Question, columns: u16) -> Vec<String> {
    question.note.lines().flat_map(|line| wrap::words(line, usize::from(columns))).collect()
}

/// The answers' notes as they are drawn: in low windows a line each, so that the words stay.
fn answers_in(question: &Question, inner: Rect) -> Vec<Vec<String>> {
    let mut answers = answers(question, inner.width);
    let wanted = words(question, inner.width).len() + answers.iter().map(Vec::len).sum::<usize>();
    if wanted > usize::from(inner.height) {
        answers = question.items.iter().map(|item| vec![item.note.clone()]).collect();
    }
    answers
}

/// Lines of the answers' notes where there is room for all of them.
fn answers(question: &Question, columns: u16) -> Vec<Vec<String>> {
    let room = usize::from(columns).saturating_sub(label(question) + 2).max(10);
    let lines = |note: &str| {
        let lines = wrap::words(note, room);
        if lines.is_empty() { vec![String::new()] } else { lines }
    };
    question.items.iter().map(|item| lines(&item.note)).collect()
}

fn label(question: &Question) -> usize {
    question.items.iter().map(|item| width(&item.label)).max().unwrap_or(0)
}

/// Lines that it wants.
pub(super) fn height(question: &Question, columns: u16) -> usize {
    words(question, columns).len() + 1 + answers(question, columns).iter().map(Vec::len).sum::<usize>()
}

/// Where the answers begin: they are shown whatever becomes of the words.
fn answers_at(question: &Question, inner: Rect) -> u16 {
    let rows = answers_in(question, inner).iter().map(Vec::len).sum::<usize>();
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(inner.height);
    let words = u16::try_from(words(question, inner.width).len() + 1).unwrap_or(u16::MAX);
    words.min(inner.height - rows)
}

/// The answer in this line.
pub(super) fn answer_at(question: &Question, inner: Rect, row: usize) -> Option<usize> {
    let mut left = row.checked_sub(usize::from(answers_at(question, inner)))?;
    answers_in(question, inner).iter().position(|lines| {
        let is_here = left < lines.len();
        left = left.saturating_sub(lines.len());
        is_here
    })
}

/// Draws it.
pub(super) fn draw(question: &Question, paint: &Paint<'_>, frame: &mut Frame<'_>, inner: Rect) {
    let from = answers_at(question, inner);
    let text = words(question, inner.width);
    let room = usize::from(from);
    for ((at, line), row) in text.iter().enumerate().take(room).zip(0..) {
        // What does not fit leaves a mark.
        let is_cut = at + 1 == room && text.len() > room;
        let mark = if is_cut { paint.glyphs().ellipsis } else { "" };
        let line = paint.fit(line, usize::from(inner.width).saturating_sub(width(mark))).into_owned();
        put(frame, inner, row, &Line::from(vec![paint.span(line, Role::Text), paint.span(mark, Role::Dim)]));
    }
    let label = label(question);
    let mut row = from;
    for (at, (item, lines)) in question.items.iter().zip(answers_in(question, inner)).enumerate() {
        for (nth, note) in lines.into_iter().enumerate() {
            let word = if nth == 0 { item.label.as_str() } else { "" };
            let pad = " ".repeat(label + 2 - width(word));
            let room = usize::from(inner.width).saturating_sub(label + 2);
            let note = paint.fit(&note, room).into_owned();
            // What cannot follow says why.
            let is_off = item.choice == Choice::Unavailable;
            let line = Line::from(vec![
                paint.span(word.to_owned(), if is_off { Role::Dim } else { Role::Text }),
                Span::raw(pad),
                paint.span(note, Role::Dim),
            ]);
            put(frame, inner, row, &line);
            paint.select_row(frame, inner, row, nth == 0 && at == question.cursor.at);
            row += 1;
        }
    }
}

//! Breaking long text into lines that fit.

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Breaks text between words; a word longer than a line is broken within.
pub(super) fn words(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let joined = line.width() + usize::from(!line.is_empty()) + word.width();
        if joined > columns && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if word.width() > columns {
            let mut pieces = letters(word, columns);
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Breaks text anywhere: for paths, names and JSON.
pub(super) fn letters(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(grapheme);
        }
        used += wide;
    }
    lines
}

/// Breaks a path after its slashes; a part longer than a line is broken within.
pub(super) fn path(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in text.split_inclusive('/') {
        if line.width() + part.width() > columns && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(part);
        if line.width() > columns {
            let mut pieces = letters(&line, columns);
            line = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        }
    }
    lines.push(line);
    lines
}

/// Breaks a styled line anywhere, keeping its styles; continued lines are indented.
pub(super) fn line(line: Line<'static>, columns: usize, indent: usize) -> Vec<Line<'static>> {
    if line.width() <= columns {
        return vec![line];
    }
    let indent = indent.min(columns / 2);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for span in line.spans {
        let mut piece = String::new();
        for grapheme in span.content.graphemes(true) {
            if used + grapheme.width() > columns.max(1) {
                spans.push(Span::styled(std::mem::take(&mut piece), span.style));
                lines.push(Line::from(std::mem::take(&mut spans)));
                spans.push(Span::raw(" ".repeat(indent)));
                used = indent;
            }
            piece.push_str(grapheme);
            used += grapheme.width();
        }
        spans.push(Span::styled(piece, span.style));
    }
    lines.push(Line::from(spans));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_between_words_and_long_words_within() {
        assert_eq!(words("one two three", 8), ["one two", "three"]);
        assert_eq!(words("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(path("/var/lib/docker/x", 9), ["/var/lib/", "docker/x"]);
        assert_eq!(letters("数据库", 4), ["数据", "库"]);
    }

    #[test]
    fn a_styled_line_keeps_every_letter() {
        let whole = Line::from(vec![Span::raw("abc"), Span::raw("defgh")]);
        let broken = line(whole, 4, 1);
        let text: Vec<String> =
            broken.iter().map(|l| l.spans.iter().map(|s| s.content.as_ref()).collect()).collect();
        assert_eq!(text, ["abcd", " efg", " h"]);
    }
}

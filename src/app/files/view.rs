//! A file as it is read through: one window of it at a time, so that a huge one costs no more.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::decode::{Line, Part, Writing, lines};
use crate::domain::files_news::WINDOW;

/// How far one goes back at once where nothing was read before.
const STEP_BACK: u64 = 32 * 1024;

/// A row on the screen: a line, or a piece of a long one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    line: u32,
    start: u32,
    end: u32,
}

/// A row of text as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRow<'a> {
    /// The number of its line, on the line's first row and where it is known.
    pub number: Option<u64>,
    /// What it says.
    pub text: &'a str,
    /// Whether it goes on from the row above.
    pub continues: bool,
}

/// Where a window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Start {
    from: u64,
    /// How many lines are before it, where that is known.
    lines_before: Option<u64>,
    begins_line: bool,
}

impl Start {
    const BEGINNING: Self = Self { from: 0, lines_before: Some(0), begins_line: true };
}

/// Which row is on top once a window is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Landing {
    Row(usize),
    /// So many rows before this place.
    Before(u64, usize),
    End,
}

/// A file that is looked into.
#[derive(Debug, Clone)]
pub struct FileView {
    /// How it is read.
    pub writing: Writing,
    /// How large the file is, as its folder says.
    pub size: u64,
    /// The first row shown.
    pub top: usize,
    bytes: Arc<[u8]>,
    start: Start,
    lines: Vec<Line>,
    /// Where in the file the lines end.
    end: u64,
    rows: Vec<Row>,
    columns: usize,
    height: usize,
    /// The windows that were read before this one.
    earlier: Vec<Start>,
    waiting: Option<(Start, Landing)>,
}

impl FileView {
    /// The beginning of a file.
    #[must_use]
    pub fn new(bytes: Arc<[u8]>, size: u64, columns: usize, height: usize) -> Self {
        let mut view = Self {
            writing: Writing::of(&bytes, bytes.len() < WINDOW),
            size,
            top: 0,
            bytes: Arc::new([]),
            start: Start::BEGINNING,
            lines: Vec::new(),
            end: 0,
            rows: Vec::new(),
            columns,
            height,
            earlier: Vec::new(),
            waiting: None,
        };
        view.read(bytes);
        view
    }

    /// Takes in a window that was asked for; another one is of no use.
    pub fn take(&mut self, from: u64, bytes: Arc<[u8]>) {
        let Some((start, landing)) = self.waiting.filter(|(start, _)| start.from == from) else { return };
        self.waiting = None;
        if bytes.is_empty() && from > 0 {
            // The file is shorter than it was said to be.
            self.earlier.pop();
            return;
        }
        self.start = start;
        self.read(bytes);
        self.top = match landing {
            Landing::Row(row) => row,
            Landing::Before(place, rows) => self.row_at(place).saturating_sub(rows),
            Landing::End => usize::MAX,
        };
        self.top = self.top.min(self.last_top());
    }

    /// Fits the text into another window on the screen.
    pub fn fit(&mut self, columns: usize, height: usize) {
        self.height = height;
        if columns != self.columns {
            let place = self.place_of(self.top);
            self.columns = columns;
            self.lay_out();
            self.top = self.row_at(place);
        }
        self.top = self.top.min(self.last_top());
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.writing {
            Writing::Text(_) => self.rows.len(),
            Writing::Binary => self.bytes.len().div_ceil(self.per_row()),
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the file goes on before and behind what is read.
    #[must_use]
    pub fn goes_on(&self) -> (bool, bool) {
        (self.start.from > 0, !self.is_last())
    }

    /// Where in the file the shown part begins.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.place_of(self.top)
    }

    /// Columns for the line numbers and what stands between them and the text.
    #[must_use]
    pub fn gutter(&self) -> usize {
        let last =
            self.start.lines_before.map(|before| before + u64::try_from(self.lines.len()).unwrap_or(0));
        match last {
            Some(last) if self.columns >= 34 => last.to_string().len().max(3) + 1,
            _ => 2,
        }
    }

    /// A row of text.
    #[must_use]
    pub fn text_row(&self, at: usize) -> Option<TextRow<'_>> {
        let row = self.rows.get(at)?;
        let line = self.lines.get(row.line as usize)?;
        let is_first = row.start == 0;
        let number = self.start.lines_before.filter(|_| is_first && !line.is_cut.0 && self.gutter() > 2);
        Some(TextRow {
            number: number.map(|before| before + u64::from(row.line) + 1),
            text: line.text.get(row.start as usize..row.end as usize).unwrap_or_default(),
            continues: !is_first || line.is_cut.0,
        })
    }

    /// A row of bytes, and its place in the file.
    #[must_use]
    pub fn byte_row(&self, at: usize) -> Option<(u64, &[u8])> {
        let first = at.checked_mul(self.per_row())?;
        let bytes = self.bytes.chunks(self.per_row()).nth(at)?;
        Some((self.start.from.saturating_add(u64::try_from(first).ok()?), bytes))
    }

    /// Bytes that one row shows as numbers.
    #[must_use]
    pub const fn per_row(&self) -> usize {
        match self.columns {
            0..44 => 4,
            44..77 => 8,
            _ => 16,
        }
    }

    /// Scrolls; answers where the next window begins when it is needed.
    pub fn scroll(&mut self, rows: isize) -> Option<u64> {
        let (before, last) = (self.top, self.last_top());
        self.top = self.top.saturating_add_signed(rows).min(last);
        if self.waiting.is_some() || self.top != before {
            return None;
        }
        match rows {
            1.. if !self.is_last() => self.ask_next(rows.unsigned_abs()),
            ..=-1 if self.start.from > 0 => Some(self.ask_previous(rows.unsigned_abs())),
            _ => None,
        }
    }

    /// Goes to the beginning or the end of the file; answers where the window begins that is needed.
    pub fn go_to_end(&mut self, is_bottom: bool) -> Option<u64> {
        let window = u64::try_from(WINDOW).unwrap_or(u64::MAX);
        if is_bottom && !self.is_last() {
            // Whole rows of bytes, so that they stand as they did.
            let from = self.size.saturating_sub(window).div_ceil(16) * 16;
            self.earlier.clear();
            let start = Start { from, lines_before: None, begins_line: false };
            return Some(self.ask(start, Landing::End));
        }
        if !is_bottom && self.start.from > 0 {
            self.earlier.clear();
            return Some(self.ask(Start::BEGINNING, Landing::Row(0)));
        }
        self.top = if is_bottom { self.last_top() } else { 0 };
        None
    }

    fn ask(&mut self, start: Start, landing: Landing) -> u64 {
        self.waiting = Some((start, landing));
        start.from
    }

    fn ask_next(&mut self, rows: usize) -> Option<u64> {
        let (start, landing) = match self.writing {
            Writing::Binary => {
                let start = Start { from: self.place_of(self.top), lines_before: None, begins_line: false };
                (start, Landing::Row(rows))
            }
            Writing::Text(_) => self.next_lines(rows)?,
        };
        if start.from <= self.start.from {
            return None;
        }
        self.earlier.push(self.start);
        Some(self.ask(start, landing))
    }

    /// The next window begins with the line that is on top, so that nothing jumps; where that line
    /// fills the window, with what is behind the window.
    fn next_lines(&self, rows: usize) -> Option<(Start, Landing)> {
        let top = self.rows.get(self.top)?;
        let line = self.lines.get(top.line as usize)?;
        let before = |lines: u64| self.start.lines_before.map(|before| before + lines);
        if line.offset > self.start.from && top.line > 0 {
            let start =
                Start { from: line.offset, lines_before: before(u64::from(top.line)), begins_line: true };
            let within = self.rows.get(..self.top)?.iter().rev().take_while(|r| r.line == top.line).count();
            return Some((start, Landing::Row(within + rows)));
        }
        let is_cut = self.lines.last().is_some_and(|line| line.is_cut.1);
        let whole = u64::try_from(self.lines.len()).ok()?.saturating_sub(u64::from(is_cut));
        Some((Start { from: self.end, lines_before: before(whole), begins_line: !is_cut }, Landing::Row(0)))
    }

    fn ask_previous(&mut self, rows: usize) -> u64 {
        let place = self.start.from;
        let start = self.earlier.pop().unwrap_or_else(|| match place.saturating_sub(STEP_BACK) / 16 * 16 {
            0 => Start::BEGINNING,
            from => Start { from, lines_before: None, begins_line: false },
        });
        self.ask(start, Landing::Before(place, rows))
    }

    fn is_last(&self) -> bool {
        let read = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.bytes.len() < WINDOW || self.start.from.saturating_add(read) >= self.size
    }

    fn last_top(&self) -> usize {
        self.len().saturating_sub(self.height.max(1))
    }

    fn read(&mut self, bytes: Arc<[u8]>) {
        self.bytes = bytes;
        if let Writing::Text(encoding) = self.writing {
            let Start { from, begins_line, .. } = self.start;
            let part = Part { bytes: &self.bytes, from, begins_line, is_last: self.is_last() };
            (self.lines, self.end) = lines(part, encoding);
        }
        self.lay_out();
    }

    /// Breaks the lines into rows.
    fn lay_out(&mut self) {
        let room = self.columns.saturating_sub(self.gutter()).max(1);
        self.rows.clear();
        for (line, number) in self.lines.iter().zip(0..) {
            for (start, end) in pieces(&line.text, room) {
                self.rows.push(Row { line: number, start, end });
            }
        }
    }

    /// Where in the file a row begins; rows of a long line begin with their line.
    fn place_of(&self, row: usize) -> u64 {
        match self.writing {
            Writing::Binary => {
                let skipped = row.saturating_mul(self.per_row());
                self.start.from.saturating_add(u64::try_from(skipped).unwrap_or(0))
            }
            Writing::Text(_) => {
                let line = self.rows.get(row).and_then(|row| self.lines.get(row.line as usize));
                line.map_or(self.start.from, |line| line.offset)
            }
        }
    }

    /// The row of what is at this place in the file.
    fn row_at(&self, place: u64) -> usize {
        match self.writing {
            Writing::Binary => {
                let bytes = usize::try_from(place.saturating_sub(self.start.from)).unwrap_or(usize::MAX);
                bytes / self.per_row()
            }
            Writing::Text(_) => {
                let line = self.lines.partition_point(|line| line.offset < place);
                self.rows.partition_point(|row| (row.line as usize) < line)
            }
        }
    }
}

/// The pieces of a line that fit, as positions in it; an empty line is one too.
fn pieces(text: &str, room: usize) -> Vec<(u32, u32)> {
    let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    if text.len() <= room {
        return vec![(0, position(text.len()))];
    }
    let mut pieces = Vec::new();
    let (mut start, mut used) = (0, 0);
    if text.is_ascii() {
        while start < text.len() {
            let end = (start + room).min(text.len());
            pieces.push((position(start), position(end)));
            start = end;
        }
        return pieces;
    }
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme.width();
        if used + wide > room && at > start {
            pieces.push((position(start), position(at)));
            (start, used) = (at, 0);
        }
        used += wide;
    }
    pieces.push((position(start), position(text.len())));
    pieces
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;

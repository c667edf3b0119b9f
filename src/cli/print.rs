//! Printing: tables that align, JSON that is safe on a terminal, and nothing that steers one.

use std::io::{self, IsTerminal, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;

use crate::domain::live::Measuring;
use crate::domain::text::{clean, fit, harmless, width};

/// Prints rows under their headings, each column as wide as its widest cell.
///
/// # Errors
/// When the output is gone.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    table_in(&mut io::stdout().lock(), headings, rows)
}

/// The same elsewhere: what belongs to a question is no output.
///
/// # Errors
/// When that is gone.
pub(super) fn table_in(out: &mut dyn Write, headings: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| clean(cell).into_owned()).collect()).collect();
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(at, heading)| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
                .max(width(heading))
        })
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, wanted) in cells.zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(wanted - width(cell) + 2));
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(&mut headings.iter().copied())?;
    for row in &rows {
        line(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

/// Prints a line of text.
///
/// # Errors
/// When the output is gone.
pub(super) fn line(text: &str) -> io::Result<()> {
    line_in(&mut io::stdout().lock(), text)
}

/// The same elsewhere.
///
/// # Errors
/// When that is gone.
pub(super) fn line_in(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "{}", clean(text))
}

/// Whether nobody reads what is printed any more: the other end of a pipe, or the terminal, is gone.
pub(super) fn is_unread() -> bool {
    let out = io::stdout();
    let mut asked = [PollFd::new(&out, PollFlags::empty())];
    let is_gone = |fd: &PollFd<'_>| fd.revents().intersects(PollFlags::ERR | PollFlags::HUP);
    // Who cannot be asked is not gone.
    poll(&mut asked, Some(&Timespec::default())).is_ok_and(|_| asked.iter().any(is_gone))
}

/// Prints a value as JSON over several lines.
///
/// # Errors
/// When the output is gone.
pub(super) fn json<T: Serialize>(value: &T) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(io::stdout().lock(), "{}", harmless(&text))
}

/// Prints a value as one line of JSON, at once.
///
/// # Errors
/// When the output is gone.
pub(super) fn json_line<T: Serialize>(value: &T) -> io::Result<()> {
    let text = serde_json::to_string(value)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", harmless(&text))?;
    out.flush()
}

/// Says something on standard error.
pub(super) fn complain(text: &str) {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    // Standard error may be closed; there is nowhere else to say so.
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "volx: {}", clean(first));
    for line in lines {
        let _ = writeln!(out, "{}", clean(line));
    }
}

/// A line on standard error that says how far something is; nothing where that is no terminal.
pub(super) struct Meter {
    is_shown: bool,
    has_text: bool,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self { is_shown: io::stderr().is_terminal(), has_text: false }
    }

    /// Says how far a measuring is.
    pub(super) fn measuring(&mut self, far: &Measuring) {
        let current = far
            .current
            .as_deref()
            .map_or_else(String::new, |name| format!(", {name}: {} entries", far.entries));
        self.say(&format!("measured {} of {}{current}", far.done, far.total));
    }

    /// Replaces the line.
    pub(super) fn say(&mut self, text: &str) {
        if self.is_shown {
            // Nothing is lost when it cannot be written.
            let _ = write!(io::stderr(), "\r\x1b[K{}", fit(text, 78, "…"));
            self.has_text = true;
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.has_text {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

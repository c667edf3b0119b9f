//! Shared means of drawing: roles, safe text, bars, scroll bars.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::config::Config;
use crate::config::glyphs::Glyphs;
use crate::config::theme::Role;
use crate::domain::size::human;
use crate::domain::status::Status;
use crate::domain::text;

/// What drawing needs of the configuration.
pub(super) struct Paint<'a> {
    pub(super) config: &'a Config,
}

impl<'a> Paint<'a> {
    /// Marks a row of an area as the selected one, its frame's sides too.
    pub(super) fn select_row(&self, frame: &mut Frame<'_>, area: Rect, row: u16, is_selected: bool) {
        if is_selected && row < area.height {
            let line = Rect { x: area.x - 1, y: area.y + row, width: area.width + 2, height: 1 };
            frame.buffer_mut().set_style(line, self.style(Role::Selection));
            if let Some(cell) = frame.buffer_mut().cell_mut((line.x, line.y)) {
                cell.set_symbol(self.glyphs().pointer);
            }
        }
    }

    pub(super) const fn new(config: &'a Config) -> Self {
        Self { config }
    }

    pub(super) const fn glyphs(&self) -> &'a Glyphs {
        &self.config.glyphs
    }

    pub(super) fn style(&self, role: Role) -> Style {
        self.config.theme.style(role)
    }

    /// A piece of our own text.
    pub(super) fn span<'t>(&self, text: impl Into<Cow<'t, str>>, role: Role) -> Span<'t> {
        Span::styled(text, self.style(role))
    }

    /// Text cleaned and cut to its columns, with the mark for what is missing.
    pub(super) fn fit<'t>(&self, text: &'t str, columns: usize) -> Cow<'t, str> {
        text::fit(text, columns, self.glyphs().ellipsis)
    }

    /// Bytes in the user's units.
    pub(super) fn bytes(&self, bytes: u64) -> String {
        human(bytes, self.config.units)
    }

    pub(super) const fn status_role(status: Status) -> Role {
        match status {
            Status::InUse => Role::InUse,
            Status::Attached => Role::Attached,
            Status::Dangling => Role::Dangling,
        }
    }

    /// A bar of `columns` that shows `part` of `whole`; anything above nothing shows a little.
    pub(super) fn bar(&self, part: u64, whole: u64, columns: usize) -> String {
        let cells = self.glyphs().bar;
        let steps = u128::try_from(columns * cells.len()).unwrap_or(0);
        let filled = match whole {
            0 => 0,
            _ => (u128::from(part) * steps / u128::from(whole)).max(u128::from(part > 0)).min(steps),
        };
        let filled = usize::try_from(filled).unwrap_or(0);
        let (full, rest) = (filled / cells.len(), filled % cells.len());
        let mut bar = cells.last().copied().unwrap_or_default().repeat(full);
        if rest > 0 {
            bar.push_str(cells.get(rest - 1).copied().unwrap_or_default());
        }
        bar
    }

    /// A scroll bar in the last column of `area`, when not everything is shown.
    pub(super) fn scroll_bar(&self, frame: &mut Frame<'_>, area: Rect, top: usize, rows: usize, len: usize) {
        if len <= rows || area.height == 0 || area.width == 0 {
            return;
        }
        let height = usize::from(area.height);
        let thumb = (height * rows / len).clamp(1, height);
        let room = height - thumb;
        let at = (top * room).div_ceil(len - rows).min(room);
        let x = area.right() - 1;
        for (row, y) in (area.top()..area.bottom()).enumerate() {
            // Only the thumb is drawn: a track beside the divider would be two lines.
            if (at..at + thumb).contains(&row)
                && let Some(cell) = frame.buffer_mut().cell_mut((x, y))
            {
                cell.set_symbol(self.glyphs().thumb).set_style(self.style(Role::Scroll));
            }
        }
    }
}

/// Draws one line, cut at the area's edge.
pub(super) fn put(frame: &mut Frame<'_>, area: Rect, row: u16, line: &Line<'_>) {
    if row < area.height {
        frame.buffer_mut().set_line(area.x, area.y + row, line, area.width);
    }
}

/// Draws one line at the right edge and says where it begins.
pub(super) fn put_right(frame: &mut Frame<'_>, area: Rect, row: u16, line: &Line<'_>) -> u16 {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
    let x = area.right() - width;
    if row < area.height {
        frame.buffer_mut().set_line(x, area.y + row, line, width);
    }
    x
}

/// Replaces whatever is not ASCII, for terminals that cannot show it.
pub(super) fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let shown = text::ascii(cell.symbol()).chars().next().unwrap_or('?');
            cell.set_char(shown);
        }
    }
}

//! The columns of the list of files, and which go first when room is short.

use ratatui::layout::Rect;

use crate::app::files::order::FileKey;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Size,
    Bar,
    Percent,
    Modified,
    Owner,
    Mode,
}

impl Column {
    const ALL: [Self; 7] =
        [Self::Name, Self::Size, Self::Bar, Self::Percent, Self::Modified, Self::Owner, Self::Mode];
    /// In narrow windows they go in this order; the name and the size never do.
    const GOING: [Self; 5] = [Self::Owner, Self::Mode, Self::Bar, Self::Modified, Self::Percent];

    const fn width(self) -> u16 {
        match self {
            Self::Name => 18,
            Self::Size => 9,
            Self::Bar | Self::Modified => 8,
            Self::Percent => 4,
            Self::Owner => 11,
            Self::Mode => 10,
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Size => "SIZE",
            Self::Bar | Self::Percent => "",
            Self::Modified => "MODIFIED",
            Self::Owner => "OWNER",
            Self::Mode => "MODE",
        }
    }

    /// What a click on its heading sorts by.
    pub(super) const fn key(self) -> Option<FileKey> {
        match self {
            Self::Name => Some(FileKey::Name),
            Self::Size | Self::Bar | Self::Percent => Some(FileKey::Size),
            Self::Modified => Some(FileKey::Modified),
            Self::Owner | Self::Mode => None,
        }
    }
}

/// Columns for the pointer, before the first column.
const GUTTER: u16 = 2;

/// A column with its place from the list's left edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) column: Column,
    pub(super) x: u16,
    pub(super) width: u16,
}

/// The columns that fit, beside the scroll bar.
pub(super) fn place(width: u16) -> Vec<Placed> {
    let room = width.saturating_sub(GUTTER + 1);
    let mut columns = Column::ALL.to_vec();
    let total = |columns: &[Column]| columns.iter().map(|c| c.width() + gap(*c)).sum::<u16>();
    for going in Column::GOING {
        if total(&columns) <= room {
            break;
        }
        columns.retain(|column| *column != going);
    }
    let spare = room.saturating_sub(total(&columns));
    let mut x = GUTTER;
    columns
        .into_iter()
        .map(|column| {
            x += gap(column);
            let width = column.width() + if column == Column::Name { spare } else { 0 };
            let placed = Placed { column, x, width };
            x += width;
            placed
        })
        .collect()
}

/// Columns between a column and the one before.
const fn gap(column: Column) -> u16 {
    match column {
        Column::Name => 0,
        Column::Bar | Column::Percent => 1,
        _ => 2,
    }
}

/// What a click at this column of the heading sorts by.
pub(super) fn key_at(list: Rect, x: u16) -> Option<FileKey> {
    let is_in = |p: &&Placed| (list.x + p.x..list.x + p.x + p.width).contains(&x);
    place(list.width).iter().find(is_in).and_then(|p| p.column.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_overlap_or_leave_the_list_and_go_in_the_stated_order() {
        for width in 40..260 {
            let placed = place(width);
            for pair in placed.windows(2) {
                assert!(pair[0].x + pair[0].width <= pair[1].x, "{width}: {pair:?}");
            }
            let last = placed.last().expect("columns");
            assert!(last.x + last.width < width, "{width}: {last:?}");
            let is_there = |column| placed.iter().any(|p| p.column == column);
            assert!(is_there(Column::Name) && is_there(Column::Size));
            let first = Column::GOING.into_iter().position(is_there).unwrap_or(Column::GOING.len());
            assert!(Column::GOING.into_iter().skip(first).all(is_there), "{width}: in order");
        }
    }
}

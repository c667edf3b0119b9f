//! A position in a scrolling list.

/// The selected row and the first row shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The selected row.
    pub at: usize,
    /// The first row shown.
    pub top: usize,
}

impl Cursor {
    /// Moves by `steps`, staying within `len` rows.
    pub fn step(&mut self, steps: isize, len: usize) {
        self.at = self.at.saturating_add_signed(steps).min(len.saturating_sub(1));
    }

    /// Makes the selected row visible in a window of `rows`, with as little scrolling as possible
    /// and no empty space below the end.
    pub fn settle(&mut self, len: usize, rows: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        let rows = rows.max(1);
        if self.at < self.top {
            self.top = self.at;
        } else if self.at >= self.top + rows {
            self.top = self.at + 1 - rows;
        }
        self.top = self.top.min(len.saturating_sub(rows));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_selected_row_is_always_shown(
            at in 0_usize..50, top in 0_usize..50, steps in -60_isize..60, len in 0_usize..40, rows in 1_usize..20
        ) {
            let mut cursor = Cursor { at, top };
            cursor.step(steps, len);
            cursor.settle(len, rows);
            prop_assert!(len == 0 || cursor.at < len);
            prop_assert!(cursor.top <= cursor.at && cursor.at < cursor.top + rows);
            prop_assert!(cursor.top == 0 || cursor.top + rows <= len, "no empty space below the end");
        }
    }
}

//! The columns of the map: how wide each is, and which go first when room is short.

/// A sign for the pointer and a gap before the first column.
pub(super) const GUTTER: u16 = 2;
const GAP: u16 = 2;
/// A size, and the bar with its own gap.
const SIZE: u16 = 9;
const BAR: u16 = 9;
/// Below these a column is left out.
const NAME: u16 = 24;
const STATE: u16 = 21;
const PLACE: u16 = 14;
/// More than these helps nobody.
const LONGEST_NAME: u16 = 64;
const LONGEST_PLACE: u16 = 40;

/// Offsets from the left edge and widths; a width of 0 is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) name: (u16, u16),
    /// Size and bar together.
    pub(super) size: (u16, u16),
    pub(super) place: (u16, u16),
    pub(super) state: (u16, u16),
}

impl Columns {
    /// Lays out the columns in `room`. In narrow windows the place goes first, then the bar, then
    /// what becomes of a thing; name and size never go.
    pub(super) fn of(room: u16) -> Self {
        let room = room.saturating_sub(GUTTER);
        let least = NAME + GAP + SIZE;
        let has_state = room >= least + GAP + STATE;
        let has_bar = room >= least + GAP + STATE + BAR;
        let has_place = room >= least + GAP + STATE + BAR + GAP + PLACE;
        let size = if has_bar { SIZE + BAR } else { SIZE };
        let mut state = if has_state { STATE } else { 0 };
        let mut place = if has_place { PLACE } else { 0 };
        let gaps = GAP * (1 + u16::from(has_state) + u16::from(has_place));
        let mut spare = room.saturating_sub(size + state + place + gaps);
        let mut name = spare.min(NAME);
        spare -= name;
        // First the names, then the places, then the words grow to a useful length.
        let mut grow = |width: &mut u16, most: u16| {
            let more = most.saturating_sub(*width).min(spare);
            *width += more;
            spare -= more;
        };
        for (names, places, words) in [(32, 22, 26), (40, 30, 32)] {
            grow(&mut name, names);
            if has_place {
                grow(&mut place, places);
            }
            if has_state {
                grow(&mut state, words);
            }
        }
        grow(&mut name, LONGEST_NAME);
        if has_place {
            grow(&mut place, LONGEST_PLACE);
        }
        if has_state {
            grow(&mut state, u16::MAX);
        }
        let mut x = GUTTER;
        let mut put = |width: u16| {
            let at = x;
            x += if width > 0 { width + GAP } else { 0 };
            (at, width)
        };
        Self { name: put(name), size: put(size), place: put(place), state: put(state) }
    }

    /// Columns for the bar.
    pub(super) fn bar(&self) -> usize {
        usize::from(self.size.1.saturating_sub(SIZE + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_in_the_stated_order() {
        let has = |room| {
            let c = Columns::of(room);
            (c.place.1 > 0, c.bar() > 0, c.state.1 > 0)
        };
        assert_eq!(has(120), (true, true, true));
        assert_eq!(has(79), (false, true, true), "the place goes first");
        assert_eq!(has(62), (false, false, true), "then the bar");
        assert_eq!(has(39), (false, false, false), "then what becomes of a thing");
    }

    #[test]
    fn columns_never_overlap_or_leave_the_map() {
        for room in 30..260 {
            let c = Columns::of(room);
            let shown: Vec<(u16, u16)> =
                [c.name, c.size, c.place, c.state].into_iter().filter(|(_, width)| *width > 0).collect();
            for pair in shown.windows(2) {
                assert!(pair[0].0 + pair[0].1 < pair[1].0, "{room}: {c:?}");
            }
            let last = shown.last().expect("a column");
            assert!(last.0 + last.1 <= room, "{room}: {c:?}");
            assert!(c.name.1 >= 16, "{room}: {c:?}");
        }
    }
}

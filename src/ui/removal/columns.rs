//! The columns of a plan: how wide each is, and which go first when room is short.

/// The pointer, and whether the volume goes.
const BOX: u16 = 5;
const GAP: u16 = 2;
const SIZE: u16 = 9;
const WRITTEN: u16 = 7;
const PROJECT: u16 = 12;
const USER: u16 = 16;
/// Below these a column is left out.
const NAME: u16 = 18;
const WHY: u16 = 24;
/// What goes with a named volume is worth its room.
const WHAT_GOES: u16 = 51;
/// More than these helps nobody.
const LONGEST_NAME: u16 = 64;

/// Offsets from the left edge and widths; a width of 0 is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) name: (u16, u16),
    pub(super) size: (u16, u16),
    pub(super) written: (u16, u16),
    pub(super) project: (u16, u16),
    pub(super) user: (u16, u16),
    pub(super) why: (u16, u16),
}

impl Columns {
    /// Lays out the columns in `room`. In narrow windows the last user goes first, then the
    /// project, the last write, and the reason; name and size never go.
    pub(super) fn of(room: u16, is_prune: bool) -> Self {
        let room = room.saturating_sub(BOX);
        let is_told = !is_prune && room >= NAME + SIZE + WRITTEN + WHAT_GOES + 3 * GAP;
        let mut taken = NAME + GAP + SIZE;
        let mut has = |width: u16| {
            let fits = room >= taken + GAP + width;
            taken += if fits { GAP + width } else { 0 };
            if fits { width } else { 0 }
        };
        let mut why = has(if is_told { WHAT_GOES } else { WHY });
        let written = if why > 0 { has(WRITTEN) } else { 0 };
        let mut project = if written > 0 { has(PROJECT) } else { 0 };
        let mut user = if project > 0 { has(USER) } else { 0 };
        let mut spare = room.saturating_sub(taken);
        let mut name = NAME;
        let mut grow = |width: &mut u16, most: u16| {
            if *width > 0 {
                let more = most.saturating_sub(*width).min(spare);
                *width += more;
                spare -= more;
            }
        };
        for (names, reasons, users) in [(22, 30, 16), (28, 38, 18), (36, 44, 24), (48, 64, 30)] {
            grow(&mut name, names);
            grow(&mut why, reasons);
            grow(&mut user, users);
            grow(&mut project, users.min(20));
        }
        grow(&mut name, LONGEST_NAME);
        grow(&mut why, u16::MAX);
        let mut x = BOX;
        let mut put = |width: u16| {
            let at = x;
            x += if width > 0 { width + GAP } else { 0 };
            (at, width)
        };
        Self {
            name: put(name),
            size: put(SIZE),
            written: put(written),
            project: put(project),
            user: put(user),
            why: put(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_in_the_stated_order() {
        let has = |room| {
            let c = Columns::of(room, true);
            [c.user.1 > 0, c.project.1 > 0, c.written.1 > 0, c.why.1 > 0]
        };
        assert_eq!(has(150), [true, true, true, true]);
        assert_eq!(has(90), [false, true, true, true], "the last user goes first");
        assert_eq!(has(79), [false, false, true, true], "then the project");
        assert_eq!(has(62), [false, false, false, true], "then the last write");
        assert_eq!(has(39), [false, false, false, false], "then the reason");
    }

    #[test]
    fn columns_never_overlap_or_leave_the_screen() {
        for (room, is_prune) in (38..260).flat_map(|room| [(room, true), (room, false)]) {
            let c = Columns::of(room, is_prune);
            let all = [c.name, c.size, c.written, c.project, c.user, c.why];
            let shown: Vec<(u16, u16)> = all.into_iter().filter(|(_, width)| *width > 0).collect();
            for pair in shown.windows(2) {
                assert!(pair[0].0 + pair[0].1 < pair[1].0, "{room}: {c:?}");
            }
            let last = shown.last().expect("a column");
            assert!(last.0 + last.1 <= room, "{room}: {c:?}");
        }
    }
}

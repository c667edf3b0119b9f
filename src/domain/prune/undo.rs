//! Whether a removal can be taken back: what the trash will hold, and what does not go into it.

use super::plan::{Facts, PrunePlan};
use crate::domain::size::{Units, human};
use crate::domain::text::clean;
use crate::domain::volume::Kind;

/// So many are named where a sentence names some.
const NAMED: usize = 10;

/// Whether what is removed can be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undo {
    /// It goes to the trash first; what cannot stays.
    #[default]
    Kept,
    /// It is gone for good.
    None,
}

impl Undo {
    /// Whether what goes is free on the engine's disk at once: what the trash keeps there takes as much.
    /// Where nobody knows where the trash is, nothing is promised.
    #[must_use]
    pub fn is_free_at_once(self, room: Option<&Room>) -> bool {
        self == Self::None || room.is_some_and(|room| room.is_same_disk == Some(false))
    }
}

/// What room the trash has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Room {
    /// The trash's folder, as it is shown.
    pub place: String,
    /// Bytes that are in it.
    pub held: u64,
    /// Bytes that it may hold; nothing where that is not limited.
    pub limit: Option<u64>,
    /// Bytes that are free where it is, where that is known.
    pub free: Option<u64>,
    /// Whether it is on the file system of the volumes, so that nothing is free before it is emptied.
    pub is_same_disk: Option<bool>,
    /// Why no volume's files can be put there.
    pub closed: Option<String>,
    /// What is in it past its time, or is more than it may hold, the oldest first: the next removal that is
    /// agreed to drops it.
    pub due: Vec<Due>,
}

/// Something in the trash that is to go for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its number there.
    pub id: i64,
    /// The volume's name.
    pub name: String,
    /// What goes with it, in bytes.
    pub bytes: u64,
}

/// What the trash holds of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Its files: so many bytes before they are compressed, where that is known.
    Files(Option<u64>),
    /// What it is: its data stays where it is, or there is none.
    Entry,
}

/// Why a volume does not go to the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is larger than what the trash may still hold.
    OverLimit {
        /// Its size, in bytes.
        size: u64,
        /// What may still come.
        left: u64,
    },
    /// There is no room where the trash is.
    NoSpace {
        /// Its size, in bytes.
        size: u64,
        /// What is free there.
        free: u64,
    },
    /// It cannot be read, or the trash not be used.
    Closed(String),
}

impl Unfit {
    /// Why, in a few words.
    #[must_use]
    pub fn words(&self, units: Units) -> String {
        match self {
            Self::OverLimit { size, left } => format!(
                "its {} are more than the trash may still hold ({})",
                human(*size, units),
                human(*left, units)
            ),
            Self::NoSpace { size, free } => format!(
                "its {} may not fit where the trash is ({} free)",
                human(*size, units),
                human(*free, units)
            ),
            Self::Closed(why) => why.clone(),
        }
    }
}

impl Room {
    /// What goes out of the trash for good with the next removal, in a sentence; nothing where nothing does.
    #[must_use]
    pub fn due_words(&self, units: Units) -> Option<String> {
        let names: Vec<_> = self.due.iter().take(NAMED).map(|due| clean(&due.name)).collect();
        let more = self.due.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let bytes = human(self.due.iter().map(|due| due.bytes).sum(), units);
        (!names.is_empty()).then(|| {
            format!(
                "what is past its time in the trash, or more than it may hold, goes for good with it, {bytes}: \
                 {}{more}",
                names.join(", ")
            )
        })
    }

    /// What the trash will hold of a volume, after `before` bytes of others.
    ///
    /// # Errors
    /// Why it does not go there.
    pub fn judge(&self, kind: Kind, size: Option<u64>, before: u64) -> Result<Holding, Unfit> {
        if matches!(kind, Kind::Nfs | Kind::Cifs | Kind::Bind | Kind::Device | Kind::Tmpfs) {
            return Ok(Holding::Entry);
        }
        if let Some(why) = &self.closed {
            return Err(Unfit::Closed(why.clone()));
        }
        let Some(size) = size else { return Ok(Holding::Files(None)) };
        let left = self.limit.map(|limit| limit.saturating_sub(self.held).saturating_sub(before));
        if let Some(left) = left.filter(|left| size > *left) {
            return Err(Unfit::OverLimit { size, left });
        }
        let free = self.free.map(|free| free.saturating_sub(before));
        match free.filter(|free| size > *free) {
            Some(free) => Err(Unfit::NoSpace { size, free }),
            None => Ok(Holding::Files(Some(size))),
        }
    }
}

/// What of a plan can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UndoPlan {
    /// What goes to the trash, by the volume's position.
    pub holds: Vec<(usize, Holding)>,
    /// What does not: it stays, unless it is removed for good.
    pub unfit: Vec<(usize, Unfit)>,
}

impl UndoPlan {
    /// What of a plan can be undone with this room.
    #[must_use]
    pub fn of(plan: &PrunePlan, facts: &Facts<'_>, room: &Room) -> Self {
        let (mut undo, mut before) = (Self::default(), 0_u64);
        for candidate in &plan.candidates {
            let Some(volume) = facts.inventory.volumes.get(candidate.at) else { continue };
            match room.judge(volume.kind(), candidate.frees, before) {
                Ok(holding) => {
                    if let Holding::Files(Some(size)) = holding {
                        before = before.saturating_add(size);
                    }
                    undo.holds.push((candidate.at, holding));
                }
                Err(unfit) => undo.unfit.push((candidate.at, unfit)),
            }
        }
        undo
    }

    /// Bytes that the trash will hold at most, and of how many volumes that is not known.
    #[must_use]
    pub fn bytes(&self) -> (u64, usize) {
        self.holds.iter().fold((0, 0), |(bytes, unknown), (_, holding)| match holding {
            Holding::Files(Some(size)) => (bytes.saturating_add(*size), unknown),
            Holding::Files(None) => (bytes, unknown + 1),
            Holding::Entry => (bytes, unknown),
        })
    }

    /// What the trash will hold and what that means for the disk, in a sentence.
    #[must_use]
    pub fn words(&self, room: &Room, units: Units) -> String {
        let (bytes, unknown) = self.bytes();
        let files = self.holds.iter().filter(|(_, holding)| *holding != Holding::Entry).count();
        if files == 0 {
            return "it can be undone; nothing of it takes room in the trash".to_owned();
        }
        let size = match (bytes, unknown) {
            (_, unknown) if unknown == files => "what was not measured".to_owned(),
            (bytes, 0) => format!("{} at most", human(bytes, units)),
            (bytes, _) => format!("{} and more", human(bytes, units)),
        };
        let disk = match room.is_same_disk {
            Some(true) => {
                "; that is on the same file system: nothing is free there before the trash is emptied"
            }
            Some(false) => "; that is on another file system",
            None => "",
        };
        format!("it can be undone: the trash ({}) will hold {size}{disk}", room.place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn room(limit: Option<u64>, held: u64, free: Option<u64>) -> Room {
        Room { held, limit, free, ..Room::default() }
    }

    #[test]
    fn what_has_its_data_elsewhere_always_fits() {
        let closed = Room { closed: Some("no way in".to_owned()), ..room(Some(0), 10, Some(0)) };
        for kind in [Kind::Nfs, Kind::Cifs, Kind::Bind, Kind::Tmpfs] {
            assert_eq!(closed.judge(kind, Some(1 << 40), 0), Ok(Holding::Entry));
        }
        assert_eq!(closed.judge(Kind::Plain, Some(0), 0), Err(Unfit::Closed("no way in".to_owned())));
    }

    #[test]
    fn nothing_is_free_at_once_where_the_trash_may_be_on_the_same_disk() {
        let on = |is_same_disk| Room { is_same_disk, ..Room::default() };
        assert!(Undo::None.is_free_at_once(None) && Undo::Kept.is_free_at_once(Some(&on(Some(false)))));
        for room in [None, Some(&on(None)), Some(&on(Some(true)))] {
            assert!(!Undo::Kept.is_free_at_once(room));
        }
    }

    #[test]
    fn it_says_why_and_what_it_means() {
        let small = room(Some(1000), 400, Some(10_000));
        let over = small.judge(Kind::Plain, Some(700), 0).expect_err("over");
        assert_eq!(over.words(Units::Decimal), "its 700 B are more than the trash may still hold (600 B)");
        let full = room(None, 0, Some(500)).judge(Kind::Plain, Some(700), 100).expect_err("full");
        assert_eq!(full, Unfit::NoSpace { size: 700, free: 400 });
        let undo = UndoPlan { holds: vec![(0, Holding::Files(Some(500)))], unfit: Vec::new() };
        let place = Room { place: "/t".to_owned(), is_same_disk: Some(true), ..Room::default() };
        let words = undo.words(&place, Units::Decimal);
        assert!(words.contains("500 B at most") && words.contains("same file system"), "{words}");
    }

    proptest! {
        /// Whatever is judged one after the other never passes what the trash may hold.
        #[test]
        fn what_fits_never_passes_the_limit(
            limit in 0_u64..10_000, held in 0_u64..12_000, sizes in proptest::collection::vec(0_u64..4_000, 0..20),
        ) {
            let room = room(Some(limit), held, None);
            let mut before = 0;
            for size in sizes {
                if let Ok(Holding::Files(Some(size))) = room.judge(Kind::Plain, Some(size), before) {
                    before += size;
                }
            }
            prop_assert!(before == 0 || held + before <= limit);
        }
    }
}

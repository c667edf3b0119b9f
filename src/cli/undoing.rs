//! What a removal says of the trash before it is agreed to.

use super::proposal::Ground;
use super::{Failure, Session};
use crate::domain::prune::{Due, PrunePlan, Room, Undo, UndoPlan};
use crate::engine::SharedEngine;
use crate::ops::right::Right;
use crate::ops::trash::room;

/// Whether what is removed goes to the trash, and what room that has.
pub(super) struct Undoing {
    pub(super) undo: Undo,
    /// Nothing where nothing goes there, or where it cannot be looked at.
    room: Option<Room>,
}

impl Undoing {
    /// What is chosen. What is removed from the demo was never anywhere. Without a right, or where nothing
    /// goes, only the settings are asked.
    ///
    /// # Errors
    /// None: whoever waits for it may be told to end.
    pub(super) async fn of(
        session: &Session,
        engine: &SharedEngine,
        right: Option<&Right>,
        plan: &PrunePlan,
        is_refused: bool,
    ) -> Result<Self, Failure> {
        if is_refused || !session.config.trash.is_on || engine.demo().is_some() {
            return Ok(Self { undo: Undo::None, room: None });
        }
        let Some(right) = right.filter(|_| !plan.candidates.is_empty()) else {
            return Ok(Self { undo: Undo::Kept, room: None });
        };
        let room = match room(right).await {
            Ok(room) => Some(room),
            // Each volume says so when its turn comes.
            Err(trouble) => {
                session.warn(&trouble.to_string());
                None
            }
        };
        Ok(Self { undo: Undo::Kept, room })
    }

    /// Whether what goes is free at once.
    pub(super) fn is_free_at_once(&self) -> bool {
        self.undo.is_free_at_once(self.room.as_ref())
    }

    /// Says what the trash will hold, what that means for the disk, what stays as it does not fit, and what
    /// leaves the trash for good: that is the answer.
    pub(super) fn tell(self, session: &Session, ground: &Ground, plan: &PrunePlan) -> Vec<Due> {
        if self.undo == Undo::None {
            session.warn("this cannot be undone: nothing goes to the trash");
        }
        let Some(room) = self.room else { return Vec::new() };
        let units = session.config.units;
        let undo = ground.with(|facts| UndoPlan::of(plan, facts, &room));
        if !undo.holds.is_empty() {
            session.warn(&undo.words(&room, units));
        }
        for (at, unfit) in &undo.unfit {
            if let Some(volume) = ground.inventory.volumes.get(*at) {
                let why = unfit.words(units);
                session.warn(&format!("'{}' will stay: {why}", volume.name));
            }
        }
        if !undo.unfit.is_empty() {
            session.warn(
                "--no-undo removes for good; [trash] dir in the settings names another place for the trash",
            );
        }
        if let Some(words) = room.due_words(units) {
            session.warn(&words);
        }
        room.due
    }
}

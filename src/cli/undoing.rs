//! What a removal says of the trash before it is agreed to.

use super::proposal::Ground;
use super::{Failure, Session};
use crate::domain::prune::{Due, PrunePlan, Undo, UndoPlan};
use crate::ops::right::Right;
use crate::ops::trash::room;

/// Whether what is removed goes to the trash. What is removed from the demo was never anywhere.
pub(super) fn choice(session: &Session, right: &Right, is_refused: bool) -> Undo {
    if is_refused || !session.config.trash.is_on || right.engine().demo().is_some() {
        Undo::None
    } else {
        Undo::Kept
    }
}

/// Says what the trash will hold, what that means for the disk, what stays as it does not fit, and what
/// leaves the trash for good: that is the answer.
pub(super) async fn tell(
    session: &Session,
    right: &Right,
    ground: &Ground,
    plan: &PrunePlan,
    undo: Undo,
) -> Result<Vec<Due>, Failure> {
    if undo == Undo::None {
        session.warn("this cannot be undone: nothing goes to the trash");
        return Ok(Vec::new());
    }
    let room = match room(right).await {
        Ok(room) => room,
        // Each volume says so when its turn comes.
        Err(trouble) => {
            session.warn(&trouble.to_string());
            return Ok(Vec::new());
        }
    };
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
    Ok(room.due)
}

//! Putting volumes into the trash before they are removed, several at once.

use std::fs::File;
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::copy::{self, Places};
use super::still::{lost_by_failing, untouched};
use super::{drop_due, drop_rows, on_thread, parts, room, settle, shared};
use crate::access::content::Content;
use crate::access::open::open;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::keep::Discarded;
use crate::domain::prune::{ConfirmedPlan, Holding, Room, Target};
use crate::domain::removal::{Outcome, Skip};
use crate::domain::size::Units;
use crate::domain::trouble::Trouble;
use crate::history::History;
use crate::ops::copying::compare;
use crate::ops::right::Right;

/// So many volumes are brought onto the disk together.
const TOGETHER: usize = 64;
/// Bytes of volumes that are copied before the first of them is removed.
const BYTES: u64 = 64 << 20;
/// What a volume of unknown size counts for.
const UNKNOWN: u64 = BYTES / 16;

/// The trash while volumes are put into it.
pub(in crate::ops) struct Bin {
    pub(super) history: Arc<History>,
    pub(super) room: Room,
    pub(super) action: i64,
    pub(super) verb: &'static str,
    places: Places,
    /// Says that somebody is at it.
    _lock: File,
}

/// A volume whose copy is in the trash, whole.
pub(in crate::ops) struct Taken {
    pub(super) discarded: Discarded,
    pub(super) content: Option<Arc<dyn Content>>,
    pub(super) began: Timestamp,
    pub(super) was_held: bool,
}

impl Taken {
    /// Somebody had the volume since it was compared with its copy: it is compared once more.
    pub(in crate::ops) const fn was_held(&mut self) {
        self.was_held = true;
    }
}

impl Bin {
    /// Opens the trash for a plan.
    pub(in crate::ops) async fn open(right: &Right, plan: &ConfirmedPlan) -> Result<Self, Trouble> {
        settle::settle(right).await?;
        drop_due(right, plan.dropped()).await?;
        let room = room(right).await?;
        let (trash, history) = parts(right)?;
        let verb = plan.verb();
        let engine = right.engine().info().id.clone();
        on_thread(move || {
            let lock = shared(&trash.dir)?;
            let action = history.begin_action(&engine, verb, Timestamp::now()).map_err(|e| e.trouble())?;
            let places = Places::new(trash.dir.clone(), action);
            Ok(Self { history, room, action, verb, places, _lock: lock })
        })
        .await
    }

    /// Puts copies of the first of these volumes there and reads them back: of one of them at least, and of
    /// as many as are small and fit together. The answer has their order, and may be shorter.
    pub(in crate::ops) async fn take(
        &mut self,
        right: &Right,
        targets: &[&Target],
        stop: &CancellationToken,
    ) -> Vec<Result<Taken, Skip>> {
        let holdings = self.first_few(targets);
        let began = Timestamp::now();
        let places = &mut self.places;
        let fits = |(holding, target): (&Result<Holding, Skip>, &&Target)| {
            let path = || places.next(&target.volume.name, began);
            let holding = holding.as_ref().ok()?;
            Some((target.volume.clone(), (*holding != Holding::Entry).then(path)))
        };
        let going = holdings.iter().zip(targets).filter_map(fits).collect();
        let noted = self.note(going, began).await;
        let mut taken = match noted {
            Ok(rows) => self.fill(right, rows, began, stop).await,
            Err(trouble) => {
                let why = trouble.to_string();
                holdings.iter().flatten().map(|_| Err(Skip::NoUndo(why.clone()))).collect()
            }
        }
        .into_iter();
        let lost = || Err(Skip::NoUndo("nothing came of its copy".to_owned()));
        let outcome = |holding: Result<Holding, Skip>| match holding {
            Ok(_) => taken.next().unwrap_or_else(lost),
            Err(skip) => Err(skip),
        };
        holdings.into_iter().map(outcome).collect()
    }

    /// How many are taken together, and what of each. Judged by what the trash holds by now, before
    /// anything is written.
    fn first_few(&self, targets: &[&Target]) -> Vec<Result<Holding, Skip>> {
        let mut few = Vec::new();
        let mut before = 0_u64;
        for target in targets.iter().take(TOGETHER) {
            let holding = self.room.judge(target.volume.kind(), target.frees, before);
            let weight = match holding {
                Ok(Holding::Files(size)) => size.unwrap_or(UNKNOWN),
                // It may fit when the others are compressed.
                Err(_) if before > 0 => break,
                Ok(Holding::Entry) | Err(_) => 0,
            };
            if before > 0 && before.saturating_add(weight) > BYTES {
                break;
            }
            before = before.saturating_add(weight);
            few.push(holding.map_err(|unfit| Skip::NoUndo(unfit.words(Units::Decimal))));
        }
        few
    }

    /// That nothing was written to the volume since it was copied; the last look before it is removed.
    pub(in crate::ops) async fn unchanged(&self, right: &Right, taken: &mut Taken) -> Result<(), Skip> {
        let has_copy = taken.discarded.path.is_some() || taken.discarded.root.is_some();
        let was_held = std::mem::take(&mut taken.was_held) && has_copy;
        // Whoever has it open holds it: it is let go in any case.
        let content = match taken.content.take() {
            Some(content) => content,
            // A helper would hold it again.
            None if was_held => {
                open(right.engine(), &taken.discarded.volume, Some(Way::Direct)).await.map_err(|closed| {
                    Skip::Changed(format!("somebody had it, and it cannot be compared again: {closed}"))
                })?
            }
            None => return Ok(()),
        };
        let changed = |how: &str| Err(Skip::Changed(format!("written to while it was copied: {how}")));
        if let Some(root) = &taken.discarded.root {
            return match copy::is_root(content.as_ref(), root).await {
                Ok(true) => Ok(()),
                Ok(false) => changed("it is not empty any more, or its root is another"),
                Err(why) => Err(Skip::NoUndo(why)),
            };
        }
        let progress = Arc::new(Progress::default());
        if copy::is_there(&taken.discarded).await && untouched(content.as_ref(), taken.began, &progress).await
        {
            return Ok(());
        }
        let path = taken.discarded.path.clone().unwrap_or_default();
        let unread = |why: String| Skip::NoUndo(why);
        let facts = on_thread(move || {
            copy::facts_in(&path).map_err(|error| Trouble::new("the copy cannot be read", error.to_string()))
        });
        let facts = facts.await.map_err(|error| unread(error.to_string()))?;
        match compare(&facts, content.as_ref(), &progress).await {
            Ok(None) => Ok(()),
            Ok(Some(difference)) => changed(&difference),
            Err(error) => Err(unread(error.to_string())),
        }
    }

    /// What became of the volume decides what becomes of its copy. Where that is not known it stays, and
    /// the next one who looks finds out.
    pub(in crate::ops) async fn settle(
        &mut self,
        right: &Right,
        taken: Taken,
        outcome: &mut Outcome,
    ) -> Result<(), Trouble> {
        match outcome {
            Outcome::Freed(_) | Outcome::Skipped(Skip::Gone) => self.is_removed(taken.discarded.id).await,
            Outcome::Skipped(_) => {
                self.let_go(vec![taken]).await;
                Ok(())
            }
            Outcome::Failed(trouble) => {
                match lost_by_failing(right, &taken.discarded, self.action).await {
                    Ok(None) => self.let_go(vec![taken]).await,
                    Ok(remedy) => {
                        trouble.remedy = remedy;
                        return self.is_removed(taken.discarded.id).await;
                    }
                    Err(_) => {}
                }
                Ok(())
            }
        }
    }

    async fn is_removed(&self, id: i64) -> Result<(), Trouble> {
        let history = Arc::clone(&self.history);
        on_thread(move || history.discard_is_removed(id).map_err(|error| error.trouble())).await
    }

    /// Drops the copies of volumes that stay.
    pub(in crate::ops) async fn let_go(&mut self, taken: Vec<Taken>) {
        self.drop(taken.into_iter().map(|taken| taken.discarded).collect()).await;
    }

    pub(super) async fn drop(&mut self, rows: Vec<Discarded>) {
        if rows.is_empty() {
            return;
        }
        let bytes = rows.iter().map(|row| row.bytes).fold(0, u64::saturating_add);
        self.room.held = self.room.held.saturating_sub(bytes);
        let history = Arc::clone(&self.history);
        // What cannot be dropped now is dropped by the next one who looks.
        let _ = on_thread(move || drop_rows(&history, &rows)).await;
    }

    /// The action by which all of it comes back, where there is anything to come back.
    pub(in crate::ops) async fn close(self) -> Option<i64> {
        let (history, action) = (self.history, self.action);
        let ended = on_thread(move || history.end_action(action).map_err(|error| error.trouble())).await;
        if ended == Ok(true) { None } else { Some(action) }
    }
}

//! Putting volumes into the trash before they are removed.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{copy, drop_row, on_thread, parts, room, settle, shared};
use crate::access::content::Content;
use crate::access::walk::Progress;
use crate::domain::keep::{Discarded, Trash};
use crate::domain::prune::{ConfirmedPlan, Holding, Room, Target};
use crate::domain::removal::{Outcome, Skip};
use crate::domain::size::Units;
use crate::domain::trouble::Trouble;
use crate::history::History;
use crate::ops::copying::{compare, whole};
use crate::ops::right::Right;
use crate::vault;

/// The trash while volumes are put into it.
pub(in crate::ops) struct Bin {
    trash: Trash,
    history: Arc<History>,
    room: Room,
    action: i64,
    verb: &'static str,
    /// Says that somebody is at it.
    _lock: File,
}

/// A volume whose copy is in the trash, whole.
pub(in crate::ops) struct Taken {
    discarded: Discarded,
    content: Option<Arc<dyn Content>>,
    began: Timestamp,
}

impl Bin {
    /// Opens the trash for a plan.
    pub(in crate::ops) async fn open(right: &Right, plan: &ConfirmedPlan) -> Result<Self, Trouble> {
        settle::settle(right).await?;
        let room = room(right).await?;
        let (trash, history) = parts(right)?;
        let verb = plan.verb();
        let engine = right.engine().info().id.clone();
        on_thread(move || {
            let lock = shared(&trash.dir)?;
            let action = history.begin_action(&engine, verb, Timestamp::now()).map_err(|e| e.trouble())?;
            Ok(Self { trash, history, room, action, verb, _lock: lock })
        })
        .await
    }

    /// Puts a copy of a volume there, and reads it back.
    pub(in crate::ops) async fn take(
        &mut self,
        right: &Right,
        target: &Target,
        stop: &CancellationToken,
    ) -> Result<Taken, Skip> {
        let volume = &target.volume;
        let no = |why: String| Skip::NoUndo(why);
        // Judged by what the trash holds by now, before anything is written.
        let holding = self.room.judge(volume.kind(), target.frees, 0);
        let holding = holding.map_err(|unfit| no(unfit.words(Units::Decimal)))?;
        let began = Timestamp::now();
        let folder = self.trash.dir.join(self.action.to_string());
        let is_entry = holding == Holding::Entry;
        let path = (!is_entry).then(|| folder.join(vault::file_name(&volume.name, began)));
        let id =
            self.note(volume.clone(), path.clone(), began).await.map_err(|error| no(error.to_string()))?;
        let discarded = Discarded {
            id,
            action: self.action,
            verb: self.verb.to_owned(),
            at: began,
            volume: volume.clone(),
            path,
            bytes: 0,
        };
        let mut taken = Taken { discarded, content: None, began };
        if let Err(why) = self.fill(right, &mut taken, &folder, is_entry, stop).await {
            self.drop(&taken).await;
            return Err(if stop.is_cancelled() { Skip::Stopped } else { no(why) });
        }
        Ok(taken)
    }

    async fn note(
        &self,
        volume: crate::domain::volume::Volume,
        path: Option<PathBuf>,
        at: Timestamp,
    ) -> Result<i64, Trouble> {
        let (history, action) = (Arc::clone(&self.history), self.action);
        on_thread(move || history.discard(action, &volume, path.as_deref(), at).map_err(|e| e.trouble()))
            .await
    }

    async fn fill(
        &mut self,
        right: &Right,
        taken: &mut Taken,
        folder: &std::path::Path,
        is_entry: bool,
        stop: &CancellationToken,
    ) -> Result<(), String> {
        let mut bytes = 0;
        if !is_entry {
            let volume = &taken.discarded.volume;
            let content = whole(right.engine(), volume).await.map_err(|error| error.to_string())?;
            let progress = Arc::new(Progress::default());
            let info = right.engine().info();
            let written = {
                let writing =
                    copy::write(content.as_ref(), volume, &info.name, taken.began, folder, &progress);
                tokio::pin!(writing);
                tokio::select! {
                    written = &mut writing => written,
                    () = stop.cancelled() => {
                        progress.cancel();
                        writing.await
                    }
                }
            };
            bytes = written?;
            taken.content = Some(content);
            if let Some(limit) = self.room.limit.filter(|limit| self.room.held.saturating_add(bytes) > *limit)
            {
                return Err(format!("the trash may hold {limit} bytes, and there would be more"));
            }
        }
        let (history, id) = (Arc::clone(&self.history), taken.discarded.id);
        let noted = on_thread(move || history.discard_is_whole(id, bytes).map_err(|error| error.trouble()));
        noted.await.map_err(|error| error.to_string())?;
        taken.discarded.bytes = bytes;
        self.room.held = self.room.held.saturating_add(bytes);
        self.room.free = self.room.free.map(|free| free.saturating_sub(bytes));
        Ok(())
    }

    /// That nothing was written to the volume since it was copied; the last look before it is removed.
    pub(in crate::ops) async fn unchanged(&self, taken: &mut Taken) -> Result<(), Skip> {
        // Whoever has it open holds it: it is let go in any case.
        let Some(content) = taken.content.take() else { return Ok(()) };
        let progress = Arc::new(Progress::default());
        if let Ok(walked) = content.scan(&progress).await
            && walked.errors == 0
            && walked.newest_write.is_some_and(|at| at < taken.began)
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
            Ok(Some(difference)) => {
                Err(Skip::Changed(format!("written to while it was copied: {difference}")))
            }
            Err(error) => Err(unread(error.to_string())),
        }
    }

    /// What became of the volume decides what becomes of its copy. Where that is not known it stays, and
    /// the next one who looks finds out.
    pub(in crate::ops) async fn settle(&mut self, taken: Taken, outcome: &Outcome) -> Result<(), Trouble> {
        match outcome {
            Outcome::Freed(_) | Outcome::Skipped(Skip::Gone) => {
                let (history, id) = (Arc::clone(&self.history), taken.discarded.id);
                on_thread(move || history.discard_is_removed(id).map_err(|error| error.trouble())).await
            }
            Outcome::Skipped(_) => {
                self.drop(&taken).await;
                Ok(())
            }
            Outcome::Failed(_) => Ok(()),
        }
    }

    async fn drop(&mut self, taken: &Taken) {
        self.room.held = self.room.held.saturating_sub(taken.discarded.bytes);
        let (history, row) = (Arc::clone(&self.history), taken.discarded.clone());
        // What cannot be dropped now is dropped by the next one who looks.
        let _ = on_thread(move || drop_row(&history, &row)).await;
    }

    /// The action by which all of it comes back, where there is anything to come back.
    pub(in crate::ops) async fn close(self) -> Option<i64> {
        let (history, action) = (self.history, self.action);
        let ended = on_thread(move || history.end_action(action).map_err(|error| error.trouble())).await;
        if ended == Ok(true) { None } else { Some(action) }
    }
}

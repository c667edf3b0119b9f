//! What is done for the next volume while one is removed.

use std::time::Instant;

use super::{Step, Work, entry};
use crate::domain::prune::Target;
use crate::domain::removal::Skip;

/// A volume that was looked at before its turn.
pub(super) struct Prepared {
    pub(super) name: String,
    pub(super) at: Instant,
    /// What keeps it; where nothing does, the log says that it is tried.
    pub(super) kept: Option<Skip>,
}

impl Work<'_> {
    /// Looks at the next volume, and writes into the log that it is tried next, while one is removed.
    pub(super) async fn prepare(&mut self, targets: &[Target]) {
        let next = targets.first().filter(|next| {
            let is_kept = || matches!(self.taken.get(&next.volume.name), Some(Ok(_)));
            let is_ready = self.bin.is_none() || is_kept();
            is_ready && self.prepared.is_none() && next.claimed.is_none() && !self.stop.is_cancelled()
        });
        if let Some(next) = next
            && let Some((at, kept)) = self.lookout.seen(self.right, targets).await
        {
            if kept.is_none() {
                self.unwritten.push(entry(Step::Intent, next));
            }
            self.prepared = Some(Prepared { name: next.volume.name.clone(), at, kept });
        }
        self.write_log().await;
    }

    /// What the log says is tried next is not tried.
    pub(super) fn unprepare(&mut self, targets: &[Target]) {
        let Some(prepared) = self.prepared.take() else { return };
        if let Some(target) = targets.first().filter(|next| next.volume.name == prepared.name)
            && prepared.kept.is_none()
        {
            let ended = entry(Step::Result, target).ended("skipped", Some(Skip::Stopped.words()));
            self.unwritten.push(ended);
        }
    }
}

//! Putting volumes into the trash together, before their turns come.

use futures_util::{StreamExt, stream};

use super::{Work, look};
use crate::domain::prune::Target;
use crate::engine::changes::Changes;

/// So many are looked at before they go into the trash together, and at once.
const GATHERED: usize = 64;
const LOOKED_AT_ONCE: usize = 8;

impl Work<'_> {
    /// Volumes whose turn is next go into the trash together: what is written to the disk for one of them
    /// costs as much as for many.
    pub(super) async fn gather(&mut self, changes: &dyn Changes, targets: &[Target]) {
        let Some(bin) = &mut self.bin else { return };
        // One that had no copy among them has it made when its turn comes.
        if !self.taken.is_empty() {
            return;
        }
        let right = self.right;
        let looks: Vec<_> =
            targets.iter().take(GATHERED).map(|target| look(right, changes, target)).collect();
        let looked: Vec<_> = stream::iter(looks).buffered(LOOKED_AT_ONCE).collect().await;
        let free: Vec<&Target> = targets
            .iter()
            .zip(looked)
            .filter(|(_, looked)| matches!(looked, Ok(None)))
            .map(|(t, _)| t)
            .collect();
        if free.len() > 1 {
            let taken = bin.take(right, &free, self.stop).await;
            let names = free.iter().map(|target| target.volume.name.clone());
            self.taken = names.zip(taken).collect();
        }
    }

    /// Drops the copies of volumes that had no turn.
    pub(super) async fn let_go(&mut self) {
        let taken = std::mem::take(&mut self.taken).into_values().flatten().collect();
        if let Some(bin) = &mut self.bin {
            bin.let_go(taken).await;
        }
    }
}

//! Putting volumes into the trash together, before their turns come.

use super::Work;
use super::look::{Lookout, glance};
use crate::domain::prune::Target;

/// So many are looked at before they go into the trash together.
const GATHERED: usize = 64;

impl Work<'_> {
    /// Volumes whose turn is next go into the trash together: what is written to the disk for one of them
    /// costs as much as for many.
    pub(super) async fn gather(&mut self, targets: &[Target]) {
        let Some(bin) = &mut self.bin else { return };
        // One that had no copy among them has it made when its turn comes.
        if !self.taken.is_empty() {
            return;
        }
        // What is looked at ahead was looked at before its copy was made.
        self.lookout = Lookout::default();
        let these: Vec<Target> = targets.iter().take(GATHERED).cloned().collect();
        let seen = glance(self.right.clone(), these).await.seen;
        let free: Vec<&Target> = targets
            .iter()
            .zip(seen)
            .filter(|(_, (_, kept))| kept.is_none())
            .map(|(target, _)| target)
            .collect();
        if free.len() > 1 {
            let taken = bin.take(self.right, &free, self.stop).await;
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

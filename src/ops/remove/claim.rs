//! Volumes that were chosen for what they hold: whether they hold it still.

use super::{MEASURED_AHEAD, Work};
use crate::domain::prune::{Difference, Target};
use crate::domain::removal::{Outcome, Skip};
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::ops::survey::{Wish, measure_all};

impl Work<'_> {
    /// What was chosen for its content is measured again, shortly before its turn: a few at once, since
    /// one helper measures several.
    pub(super) async fn measure(&mut self, targets: &[Target]) {
        let is_due = |target: &&Target| target.claimed.is_some();
        let Some(first) = targets.first().filter(is_due) else { return };
        if self.measured.contains_key(&first.volume.name) {
            return;
        }
        let next: Vec<Volume> =
            targets.iter().take(MEASURED_AHEAD).filter(is_due).map(|t| t.volume.clone()).collect();
        let names: Vec<String> = next.iter().map(|volume| volume.name.clone()).collect();
        self.write_log().await;
        let outcome = measure_all(self.right.engine(), next, Wish::default(), &mut |_| {}).await;
        let failed = outcome.as_ref().err().map(ToString::to_string);
        let mut outcome = outcome.unwrap_or_default();
        self.measured = names
            .into_iter()
            .map(|name| {
                let why = || failed.clone().unwrap_or_else(|| "nothing came of it".to_owned());
                let measured = outcome.remove(&name).unwrap_or_else(|| Err(why()));
                (name, measured)
            })
            .collect();
    }

    /// Whether what a volume was chosen for holds still; what keeps it where it does not.
    pub(super) fn claim(&self, target: &Target) -> Option<Outcome> {
        target.claimed.as_ref()?;
        match self.measured.get(&target.volume.name) {
            Some(Ok(measured)) if !target.is_written_since(&measured.usage) => None,
            Some(Ok(_)) => Some(Outcome::Skipped(Skip::Changed(Difference::Written.to_string()))),
            Some(Err(why)) => {
                let cause = format!("what it holds could not be measured again: {why}");
                Some(Outcome::Failed(Trouble::new("it was not removed", cause)))
            }
            None => Some(Outcome::Failed(Trouble::new("it was not removed", "it was not measured again"))),
        }
    }
}

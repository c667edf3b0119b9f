//! Looking again after the answer: a question may stand for hours, and the world goes on meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::proposal::Ground;
use super::{Exit, Failure, Session};
use crate::domain::prune::{Facts, PrunePlan};
use crate::domain::trouble::Trouble;
use crate::domain::usage::{Method, Usage};
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::history::History;

/// What was shown when the question was asked.
pub(super) struct Again<'a> {
    /// Whether the rules ask for what was measured.
    pub(super) is_asked: bool,
    /// The facts, and the plan that they made.
    pub(super) shown: (&'a Ground, &'a PrunePlan),
}

impl Again<'_> {
    /// Looks at everything again, and measures again what the plan claims of contents.
    ///
    /// # Errors
    /// When that makes another plan. Else what was shown is what goes: each volume is compared with what
    /// was shown once more before its turn.
    pub(super) async fn look(
        &self,
        session: &Session,
        engine: &SharedEngine,
        history: Option<&Arc<History>>,
        plan: impl Fn(&Facts<'_>) -> PrunePlan,
    ) -> Result<(), Failure> {
        let (ground, shown) = self.shown;
        let mut now = ground.again(session, engine, history).await?;
        let claimed = shown.candidates.iter().filter(|one| self.is_asked || one.because.is_empty);
        let volumes = claimed.filter_map(|one| ground.inventory.volumes.get(one.at));
        let names: BTreeSet<String> = volumes.map(|volume| volume.name.clone()).collect();
        let claims = now.with(|facts| PrunePlan::by_name(facts, &names));
        now.measure(session, engine, history, &claims, self.is_asked).await?;
        match difference((ground, shown), (&now, &now.with(&plan))) {
            None => Ok(()),
            Some(how) => {
                let cause = format!("the plan is another one by now: {how}");
                let trouble =
                    Trouble::new("nothing was removed", cause).with_remedy("run it again to see the plan");
                Err(Failure { exit: Exit::Refused, trouble })
            }
        }
    }
}

/// In what two plans are not the same.
fn difference(then: (&Ground, &PrunePlan), now: (&Ground, &PrunePlan)) -> Option<String> {
    let (before, after) = (candidates(then), candidates(now));
    if let Some(name) = before.keys().find(|name| !after.contains_key(*name)) {
        return Some(format!("'{name}' is not in it any more"));
    }
    if let Some(name) = after.keys().find(|name| !before.contains_key(*name)) {
        return Some(format!("'{name}' is in it now"));
    }
    before.iter().zip(after.values()).find_map(|((name, (volume, usage)), (volume_now, usage_now))| {
        let is_other = (&volume.driver, &volume.options, &volume.labels)
            != (&volume_now.driver, &volume_now.options, &volume_now.labels);
        match (is_other, content(*usage) == content(*usage_now)) {
            (true, _) => Some(format!("'{name}' is another volume")),
            (false, false) => Some(format!("'{name}' was written")),
            (false, true) => None,
        }
    })
}

type Known<'a> = (&'a Volume, Option<&'a Usage>);

fn candidates<'a>((ground, plan): (&'a Ground, &PrunePlan)) -> BTreeMap<&'a str, Known<'a>> {
    let volumes = plan.candidates.iter().filter_map(|candidate| ground.inventory.volumes.get(candidate.at));
    volumes.map(|volume| (volume.name.as_str(), (volume, ground.usages.get(&volume.name)))).collect()
}

/// What tells that something was written.
fn content(usage: Option<&Usage>) -> Option<(Option<u64>, Option<u64>, Option<jiff::Timestamp>)> {
    // The demo's times are told from now backwards.
    let written = |usage: &Usage| usage.newest_write.filter(|_| usage.method != Method::Demo);
    usage.map(|usage| (usage.apparent, usage.files, written(usage)))
}

//! Emptying the trash: for good.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::{drop_rows, on_thread, parts, rows, shared, taking_out};
use crate::domain::keep::Discarded;
use crate::domain::trouble::Trouble;
use crate::ops::right::{Audited, Right};

/// What is in the trash for longer than so many seconds; nothing where there is no such time.
#[must_use]
pub fn overdue(all: &[Discarded], keep: Option<i64>, now: Timestamp) -> Vec<Discarded> {
    let Some(keep) = keep else { return Vec::new() };
    let mut in_order: Vec<&Discarded> = all.iter().collect();
    in_order.sort_by_key(|row| row.id);
    // Nothing was removed before what was removed before it: what says so was dated by a clock that was
    // behind. What is dated in the future says nothing of the others, and its own time comes later.
    let mut latest = None;
    let is_overdue = |row: &&Discarded| {
        latest = latest.max(Some(row.at).filter(|at| *at <= now));
        let at = latest.unwrap_or(row.at).max(row.at);
        now.as_second() - at.as_second() > keep
    };
    let ids: BTreeSet<i64> = in_order.into_iter().filter(is_overdue).map(|row| row.id).collect();
    all.iter().filter(|row| ids.contains(&row.id)).cloned().collect()
}

/// What is in the trash for longer than it is kept, and the oldest of the rest while the trash holds more
/// than it may; the oldest first. `held` is what all of it takes, of other engines too.
#[must_use]
pub fn due(
    all: &[Discarded],
    keep: Option<i64>,
    limit: Option<u64>,
    held: u64,
    now: Timestamp,
) -> Vec<Discarded> {
    let mut due = overdue(all, keep, now);
    let mut left = due.iter().fold(held, |held, row| held.saturating_sub(row.bytes));
    let mut rest: Vec<&Discarded> = all.iter().filter(|row| due.iter().all(|due| due.id != row.id)).collect();
    rest.sort_by_key(|row| row.id);
    for row in rest {
        if limit.is_none_or(|limit| left <= limit) {
            break;
        }
        // What takes nothing gives nothing back.
        if row.bytes > 0 {
            left = left.saturating_sub(row.bytes);
            due.push(row.clone());
        }
    }
    due.sort_by_key(|row| row.id);
    due
}

/// Drops what a plan said would leave the trash.
pub(in crate::ops) async fn drop_due(right: &Right, ids: &[i64]) -> Result<(), Trouble> {
    let is_due = |row: &Discarded| ids.contains(&row.id);
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<Discarded> =
        rows(right).await?.into_iter().map(|row| row.discarded).filter(is_due).collect();
    let names: Vec<String> = rows.iter().map(|row| row.volume.name.clone()).collect();
    let mut details = Map::new();
    details.insert("ids".to_owned(), json!(rows.iter().map(|row| row.id).collect::<Vec<_>>()));
    right.audited("drop_expired_trash", names, details, drop_all(right, rows)).await.outcome
}

/// Drops what was shown, row by row.
pub async fn empty(right: &Right, plan: &[Discarded]) -> Audited {
    let names = plan.iter().map(|row| row.volume.name.clone()).collect();
    let mut details = Map::new();
    details.insert("ids".to_owned(), json!(plan.iter().map(|row| row.id).collect::<Vec<_>>()));
    let plan = plan.to_vec();
    right.audited("empty_trash", names, details, drop_all(right, plan)).await
}

async fn drop_all(right: &Right, plan: Vec<Discarded>) -> Result<(), Trouble> {
    let (trash, history) = parts(right)?;
    on_thread(move || {
        let _one = taking_out(&trash.dir, "nothing was dropped")?;
        let _lock = shared(&trash.dir)?;
        drop_rows(&history, &plan)
    })
    .await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn row(id: i64, second: i64) -> Discarded {
        Discarded {
            id,
            action: 1,
            verb: "rm".to_owned(),
            at: at(second),
            volume: crate::domain::volume::Volume::default(),
            path: None,
            bytes: 0,
            root: None,
        }
    }

    proptest! {
        #[test]
        fn no_more_goes_than_has_to(sizes in proptest::collection::vec(0_u64..100, 0..12), limit in 0_u64..500) {
            let all: Vec<Discarded> =
                sizes.iter().zip(0..).map(|(bytes, id)| Discarded { bytes: *bytes, ..row(id, id) }).collect();
            let held: u64 = sizes.iter().sum();
            let gone = due(&all, None, Some(limit), held, at(10_000));
            let left = held - gone.iter().map(|row| row.bytes).sum::<u64>();
            prop_assert!(left <= limit, "it may be held");
            let newest = gone.last().map_or(0, |row| row.bytes);
            prop_assert!(gone.is_empty() || left + newest > limit, "the last of them had to go, too");
            let kept_is_newer = all.iter().filter(|row| row.bytes > 0 && gone.iter().all(|g| g.id != row.id));
            prop_assert!(kept_is_newer.clone().all(|row| gone.iter().all(|gone| gone.id < row.id)));
        }

        #[test]
        fn only_what_is_past_its_time_goes(ages in proptest::collection::vec(-100_i64..1_000, 0..20), keep in 0_i64..500) {
            let all: Vec<Discarded> = ages.iter().zip(0..).map(|(age, id)| row(id, 10_000 - age)).collect();
            let gone: Vec<i64> = overdue(&all, Some(keep), at(10_000)).iter().map(|row| row.id).collect();
            prop_assert!(gone.iter().all(|id| 10_000 - all[usize::try_from(*id).expect("small")].at.as_second() > keep));
            prop_assert_eq!(overdue(&all, None, at(10_000)), Vec::new());
            // Where the clock went on as it should, just these.
            let mut in_order = ages;
            in_order.sort_unstable_by_key(|age| -age);
            let all: Vec<Discarded> = in_order.iter().zip(0..).map(|(age, id)| row(id, 10_000 - age)).collect();
            let gone: Vec<i64> = overdue(&all, Some(keep), at(10_000)).iter().map(|row| row.id).collect();
            let expected: Vec<i64> = in_order.iter().zip(0..).filter(|(age, _)| **age > keep).map(|(_, id)| id).collect();
            prop_assert_eq!(gone, expected);
        }

        #[test]
        fn a_clock_that_jumps_makes_nothing_old_that_was_removed_just_now(
            before in proptest::collection::vec(0_i64..20_000, 0..10),
            wrong in 0_i64..20_000,
            limit in 1_u64..10,
        ) {
            // One was removed a moment ago, then the clock was wrong, then again right.
            let mut all: Vec<Discarded> = before.iter().zip(0..).map(|(second, id)| row(id, *second)).collect();
            all.extend([row(100, 9_990), row(101, wrong), row(102, 9_995)]);
            for row in &mut all {
                row.bytes = 1;
            }
            let gone = overdue(&all, Some(100), at(10_000));
            prop_assert!(gone.iter().all(|row| row.id < 100), "{gone:?}");
            // Set back, nothing is old.
            let at_once = at(wrong.min(before.iter().copied().min().unwrap_or(wrong)).min(9_000));
            prop_assert_eq!(overdue(&all, Some(0), at_once), Vec::new());
            // What there is no room for goes in the order in which it was removed, whatever the clock said then.
            let gone: Vec<i64> = due(&all, None, Some(limit), all.len() as u64, at(10_000)).iter().map(|row| row.id).collect();
            let ids: Vec<i64> = all.iter().map(|row| row.id).take(gone.len()).collect();
            prop_assert_eq!(gone, ids);
        }
    }
}

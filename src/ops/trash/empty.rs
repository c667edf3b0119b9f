//! Emptying the trash: for good.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::{drop_row, on_thread, parts, shared};
use crate::domain::keep::Discarded;
use crate::domain::trouble::Trouble;
use crate::ops::right::{Audited, Right};

/// What is in the trash for longer than so many seconds; nothing where there is no such time.
#[must_use]
pub fn overdue(all: &[Discarded], keep: Option<i64>, now: Timestamp) -> Vec<Discarded> {
    let Some(keep) = keep else { return Vec::new() };
    all.iter().filter(|row| now.as_second() - row.at.as_second() > keep).cloned().collect()
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
        let _lock = shared(&trash.dir)?;
        let history = Arc::clone(&history);
        plan.iter().try_for_each(|row| drop_row(&history, row))
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
        }
    }

    proptest! {
        #[test]
        fn only_what_is_past_its_time_goes(ages in proptest::collection::vec(-100_i64..1_000, 0..20), keep in 0_i64..500) {
            let all: Vec<Discarded> = ages.iter().zip(0..).map(|(age, id)| row(id, 10_000 - age)).collect();
            let gone: Vec<i64> = overdue(&all, Some(keep), at(10_000)).iter().map(|row| row.id).collect();
            let expected: Vec<i64> = ages.iter().zip(0..).filter(|(age, _)| **age > keep).map(|(_, id)| id).collect();
            prop_assert_eq!(gone, expected);
            prop_assert_eq!(overdue(&all, None, at(10_000)), Vec::new());
        }
    }
}

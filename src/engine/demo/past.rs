//! What the demo's world was like before it was opened: so that a past can be shown.

use jiff::{SignedDuration, Timestamp};

use super::answers;
use super::data::DataSet;
use super::size::Size;
use super::world::World;
use crate::domain::inventory::Inventory;
use crate::domain::usage::{FolderWeight, Usage};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// When it was looked at before: from so long ago on, each so many seconds.
const LOOKS: [(i64, i64); 3] = [(21 * DAY, 12 * HOUR), (DAY, HOUR), (HOUR, 5 * MINUTE)];
/// Containers that came and went: how long ago, and which of them were not there then.
const ABSENT: [(i64, i64, &str); 3] =
    [(9 * DAY, 8 * DAY, "web"), (30 * HOUR, 5 * HOUR, "worker"), (50 * MINUTE, 20 * MINUTE, "db")];
/// Folders in a volume's root: a name and its share, in percent now and three weeks ago.
const FOLDERS: [(&str, u64, u64); 4] = [("base", 55, 70), ("pg_wal", 25, 5), ("log", 12, 20), ("tmp", 8, 5)];

/// The world at one moment of its past.
#[derive(Debug)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What was listed then.
    pub inventory: Inventory,
    /// What was measured then, by volume name.
    pub usages: Vec<(String, Usage)>,
    /// What the folders of some volumes weighed then.
    pub folders: Vec<(String, Vec<FolderWeight>)>,
}

/// Which engine the past belongs to.
#[must_use]
pub fn identity() -> String {
    answers::info().id
}

/// The moments at which the demo's world was looked at before `now`, oldest first.
#[must_use]
pub fn looks(now: Timestamp) -> Vec<Look> {
    let world = World::new(DataSet::embedded().unwrap_or_default(), now);
    let mut ages: Vec<i64> = Vec::new();
    for (at, (farthest, step)) in LOOKS.into_iter().enumerate() {
        // A denser series takes over where it begins.
        let nearest = LOOKS.get(at + 1).map_or(0, |(next, _)| *next);
        let mut age = farthest;
        while age > nearest {
            ages.push(age);
            age -= step;
        }
    }
    ages.into_iter().filter_map(|age| look(&world, now, age)).collect()
}

fn look(world: &World, now: Timestamp, age: i64) -> Option<Look> {
    let at = now.checked_sub(SignedDuration::from_secs(age)).ok()?;
    let seconds = age.unsigned_abs();
    let was_there = |created: Option<Timestamp>| created.is_none_or(|created| created <= at);
    let held: Vec<_> = world.volumes.values().filter(|h| was_there(h.volume.created_at)).collect();
    let is_absent =
        |name: &str| ABSENT.iter().any(|(from, to, part)| name.contains(part) && (*to..*from).contains(&age));
    let containers = world.containers.iter().filter(|c| !is_absent(&c.name)).cloned().collect();
    let inventory = Inventory::join(held.iter().map(|h| h.volume.clone()).collect(), containers, Vec::new());
    let measured = held.iter().filter(|h| h.volume.driver == "local" && h.volume.options.is_empty());
    let sizes: Vec<(&str, u64)> =
        measured.map(|h| (h.volume.name.as_str(), Size::before(&h.size, seconds))).collect();
    let weights = |bytes: u64| {
        FOLDERS.map(|(path, now, then)| {
            // From one share to the other in three weeks.
            let weeks = 21 * DAY.unsigned_abs();
            let percent = (now * (weeks - seconds.min(weeks)) + then * seconds.min(weeks)) * 100 / weeks;
            FolderWeight { path: path.to_owned(), allocated: bytes / 10_000 * percent }
        })
    };
    let is_database = |name: &str| name.contains("postgres") || name.contains("mariadb");
    let folders = sizes
        .iter()
        .filter(|(name, _)| is_database(name))
        .map(|(name, bytes)| ((*name).to_owned(), weights(*bytes).to_vec()))
        .collect();
    let usages =
        sizes.iter().map(|(name, bytes)| ((*name).to_owned(), Usage::from_engine(*bytes, at))).collect();
    Some(Look { at, inventory, usages, folders })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_in_order_and_ends_before_now() {
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let looks = looks(now);
        assert!(looks.is_sorted_by(|a, b| a.at < b.at), "in order");
        assert!((60..150).contains(&looks.len()), "{} looks", looks.len());
        assert!(looks.last().is_some_and(|last| last.at < now));
        assert!(looks.iter().all(|look| !look.usages.is_empty()), "something was measured each time");
        let first = looks.first().expect("one");
        assert!(first.inventory.volumes.len() <= looks.last().expect("one").inventory.volumes.len());
        assert!(looks.iter().any(|look| !look.folders.is_empty()), "folders too");
    }
}

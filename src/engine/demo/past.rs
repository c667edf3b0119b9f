//! What the demo's world was like before it was opened: so that a past can be shown.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::answers;
use super::data::DataSet;
use super::files::Node;
use super::size::Size;
use super::world::World;
use crate::domain::inventory::Inventory;
use crate::domain::place::name_text;
use crate::domain::usage::{FolderWeight, Method, Usage};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// When it was looked at before: from so long ago on, each so many seconds.
const LOOKS: [(i64, i64); 3] = [(21 * DAY, 12 * HOUR), (DAY, HOUR), (HOUR, 5 * MINUTE)];
/// Containers that came and went: how long ago, and which of them were not there then.
const ABSENT: [(i64, i64, &str); 3] =
    [(9 * DAY, 8 * DAY, "web"), (30 * HOUR, 5 * HOUR, "worker"), (50 * MINUTE, 20 * MINUTE, "db")];

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
    let is_database = |name: &&String| name.contains("postgres") || name.contains("mariadb");
    let databases = world.volumes.keys().filter(is_database);
    let folders = databases.filter_map(|name| Some((name.as_str(), folders(&world, name)?))).collect();
    ages.into_iter().filter_map(|age| look(&world, &folders, now, age)).collect()
}

/// The root's folders of a volume: what each weighs.
fn folders(world: &World, name: &str) -> Option<Vec<FolderWeight>> {
    let root = world.files(name)?;
    let weight = |folder: &Node| FolderWeight {
        path: name_text(&folder.entry.name).into_owned(),
        allocated: folder.weight().apparent,
    };
    Some(root.folders().map(weight).collect())
}

fn look(
    world: &World,
    folders: &BTreeMap<&str, Vec<FolderWeight>>,
    now: Timestamp,
    age: i64,
) -> Option<Look> {
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
    // Then as now, in proportion.
    let then = |name: &str, bytes: u64| {
        let known = folders.get(name)?;
        let sum: u64 = known.iter().map(|folder| folder.allocated).sum();
        let part = |folder: &FolderWeight| FolderWeight {
            path: folder.path.clone(),
            allocated: folder.allocated / 1000 * (bytes / 1000) / (sum / 1_000_000).max(1),
        };
        Some((name.to_owned(), known.iter().map(part).collect()))
    };
    let folders = sizes.iter().filter_map(|(name, bytes)| then(name, *bytes)).collect();
    let usages = sizes.iter().map(|(name, bytes)| ((*name).to_owned(), usage(*bytes, at))).collect();
    Some(Look { at, inventory, usages, folders })
}

fn usage(bytes: u64, at: Timestamp) -> Usage {
    Usage { allocated: Some(bytes), method: Method::Demo, ..Usage::from_engine(bytes, at) }
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

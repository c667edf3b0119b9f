//! A plan: every volume is a candidate or kept, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::habit::Habit;
use super::reason::{Because, Why, is_here};
use super::rules::{Preset, Rules};
use crate::domain::inventory::Inventory;
use crate::domain::protection::Protection;
use crate::domain::provenance::Provenance;
use crate::domain::status::Status;
use crate::domain::usage::Usage;
use crate::domain::volume::{ANONYMOUS_LABEL, Kind, Volume};

/// What a plan is made of.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The volumes and their users.
    pub inventory: &'a Inventory,
    /// What is known of the size of the volume at a position.
    pub usage: &'a dyn Fn(usize) -> Option<&'a Usage>,
    /// Measurements before this moment are too old to decide by; they are shown all the same.
    pub fresh_since: Timestamp,
    /// Volumes, by name, that may have been written since they were measured.
    pub touched: &'a BTreeMap<String, Timestamp>,
    /// Who had which volume.
    pub provenance: &'a BTreeMap<String, Provenance>,
    /// What is protected; nothing where that cannot be read, and then nothing is removed.
    pub protection: Option<&'a Protection>,
    /// What the engine's own prune does.
    pub habit: Habit,
    /// The time.
    pub now: Timestamp,
}

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts").field("now", &self.now).finish_non_exhaustive()
    }
}

/// A volume that is to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its position in the inventory.
    pub at: usize,
    /// Why.
    pub because: Because,
    /// What removing it frees on the engine's disk, in bytes; nothing where that is not known.
    pub frees: Option<u64>,
    /// Whether what it frees was measured lately and wholly enough to be promised.
    pub is_fresh: bool,
    /// Whether that is only about so much: not all of it could be read, or only the engine told it.
    pub is_rough: bool,
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
}

/// A volume that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its position in the inventory.
    pub at: usize,
    /// Why.
    pub why: Why,
}

/// What a plan frees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freed {
    /// The known part, in bytes.
    pub bytes: u64,
    /// Candidates whose size is not known.
    pub unknown: usize,
    /// Candidates whose size is known from before only.
    pub stale: usize,
    /// Candidates whose size was measured lately, but not wholly.
    pub rough: usize,
    /// When the oldest measurement in it was made.
    pub since: Option<Timestamp>,
}

impl Freed {
    /// Whether nothing is missing from it and nothing in it is old or only about so much.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.unknown == 0 && self.stale == 0 && self.rough == 0
    }
}

/// What would be removed, what not, and why. Together they are all volumes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrunePlan {
    /// What is to be removed, by name.
    pub candidates: Vec<Candidate>,
    /// What stays, by name.
    pub kept: Vec<Kept>,
}

impl PrunePlan {
    /// What these rules remove, without those that the user took out by name.
    #[must_use]
    pub fn by_rules(facts: &Facts<'_>, rules: &Rules, taken_out: &BTreeSet<String>) -> Self {
        Self::make(facts, 0..facts.inventory.volumes.len(), |volume, at| {
            judge(facts, rules, volume, at).and_then(|because| {
                if taken_out.contains(&volume.name) { Err(Why::TakenOut) } else { Ok(because) }
            })
        })
    }

    /// The volumes of these names, where nothing forbids it. Names that no volume has are the
    /// caller's to tell.
    #[must_use]
    pub fn by_name(facts: &Facts<'_>, names: &BTreeSet<String>) -> Self {
        let positions = names.iter().filter_map(|name| facts.inventory.position(name));
        Self::make(facts, positions, |volume, at| {
            forbidden(facts, volume, at)?;
            Ok(because(facts, volume, at, None))
        })
    }

    fn make(
        facts: &Facts<'_>,
        positions: impl Iterator<Item = usize>,
        judge: impl Fn(&Volume, usize) -> Result<Because, Why>,
    ) -> Self {
        let mut plan = Self::default();
        for at in positions {
            let Some(volume) = facts.inventory.volumes.get(at) else { continue };
            match judge(volume, at) {
                Ok(because) => {
                    plan.candidates.push(candidate(facts, volume, at, because));
                }
                Err(why) => plan.kept.push(Kept { at, why }),
            }
        }
        plan
    }

    /// What it frees.
    #[must_use]
    pub fn freed(&self) -> Freed {
        let mut freed = Freed::default();
        for candidate in &self.candidates {
            match candidate.frees {
                Some(bytes) => freed.bytes = freed.bytes.saturating_add(bytes),
                None => freed.unknown += 1,
            }
            let is_known = candidate.frees.is_some();
            freed.rough += usize::from(is_known && candidate.is_rough);
            freed.stale += usize::from(is_known && !candidate.is_fresh && !candidate.is_rough);
            freed.since = match (freed.since, candidate.measured_at) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        freed
    }
}

/// A candidate, with what removing it frees here.
fn candidate(facts: &Facts<'_>, volume: &Volume, at: usize, because: Because) -> Candidate {
    let kind = volume.kind();
    let unknown = Candidate { at, because, frees: None, is_fresh: false, is_rough: false, measured_at: None };
    // What is on another machine or in a folder of the user's stays there; memory is not disk.
    if !is_here(kind) || kind == Kind::Tmpfs {
        return Candidate { frees: Some(0), is_fresh: true, ..unknown };
    }
    // Only its driver knows what it removes with the volume.
    let Some(usage) = (facts.usage)(at).filter(|_| kind != Kind::Plugin) else { return unknown };
    let is_fresh = is_fresh(facts, volume, usage);
    let is_whole = usage.errors == Some(0) && usage.allocated.is_some();
    Candidate {
        frees: usage.size(),
        is_fresh: is_fresh && is_whole,
        is_rough: is_fresh && !is_whole,
        measured_at: usage.size().map(|_| usage.measured_at),
        ..unknown
    }
}

/// What forbids the removal of a volume, whoever wants it.
fn forbidden(facts: &Facts<'_>, volume: &Volume, at: usize) -> Result<(), Why> {
    match facts.inventory.status(at) {
        Status::Dangling => {}
        used => return Err(Why::Used(used)),
    }
    if facts.inventory.has_service(&volume.name) {
        return Err(Why::Service);
    }
    match facts.protection.map(|protection| protection.of(volume)) {
        None => Err(Why::GuardsUnknown),
        Some(Some(guard)) => Err(Why::Protected(guard)),
        Some(None) => Ok(()),
    }
}

fn because(facts: &Facts<'_>, volume: &Volume, at: usize, preset: Option<Preset>) -> Because {
    let known = facts.provenance.get(&volume.name);
    Because {
        preset,
        is_anonymous: volume.is_anonymous(),
        kind: volume.kind(),
        unused_since: known.and_then(|known| known.free_since),
        is_since_exact: known.is_some_and(|known| known.is_exact),
        written_at: None,
        is_empty: fresh(facts, at).and_then(is_empty) == Some(true),
        is_by_content: false,
    }
}

fn fresh<'a>(facts: &Facts<'a>, at: usize) -> Option<&'a Usage> {
    let volume = facts.inventory.volumes.get(at)?;
    (facts.usage)(at).filter(|usage| is_fresh(facts, volume, usage))
}

/// Whether a measurement is of now: its last user may have written after an older one.
fn is_fresh(facts: &Facts<'_>, volume: &Volume, usage: &Usage) -> bool {
    let free_since = facts.provenance.get(&volume.name).and_then(|known| known.free_since);
    usage.measured_at >= facts.fresh_since
        && free_since.is_none_or(|since| usage.measured_at >= since)
        && !facts.touched.contains_key(&volume.name)
}

/// Whether nothing is in it; unknown unless everything in it could be counted.
pub(super) fn is_empty(usage: &Usage) -> Option<bool> {
    match (usage.files, usage.dirs) {
        (Some(0), Some(0)) if usage.errors == Some(0) => Some(true),
        (Some(files), Some(dirs)) if files + dirs > 0 => Some(false),
        _ if usage.apparent.is_some_and(|bytes| bytes > 0) => Some(false),
        _ => None,
    }
}

fn judge(facts: &Facts<'_>, rules: &Rules, volume: &Volume, at: usize) -> Result<Because, Why> {
    forbidden(facts, volume, at)?;
    if volume.scope == "global" && volume.driver != "local" && volume.mountpoint.is_none() {
        return Err(Why::Cluster);
    }
    let is_plain = volume.driver == "local" && volume.options.is_empty();
    match rules.preset {
        Preset::Volx => {
            if !is_plain && !rules.with_options {
                return Err(Why::Options(volume.kind()));
            }
            if !rules.with_named && !volume.is_anonymous() {
                return Err(Why::Named);
            }
        }
        preset @ (Preset::Engine | Preset::EngineAll) => {
            let is_all = preset == Preset::EngineAll;
            if is_all && !facts.habit.takes_all() {
                return Err(Why::RefusesAll);
            }
            if !is_plain && facts.habit.spares_options() {
                return Err(Why::Options(volume.kind()));
            }
            if !is_all && facts.habit.spares_named() && !volume.labels.contains_key(ANONYMOUS_LABEL) {
                return Err(if volume.is_anonymous() { Why::Unlabelled } else { Why::Named });
            }
        }
    }
    if !rules.query.matches(facts.inventory, at) {
        return Err(Why::Filtered);
    }
    if !rules.names.is_empty()
        && !rules.names.iter().any(|name| crate::domain::threshold::matches(name, &volume.name))
    {
        return Err(Why::NotOfThatName);
    }
    let mut because = because(facts, volume, at, Some(rules.preset));
    if let Some(seconds) = rules.unused_for {
        let since = because.unused_since.ok_or(Why::UnusedSinceUnknown)?;
        if facts.now.as_second() - since.as_second() < seconds {
            return Err(Why::UsedLately(since));
        }
    }
    by_content(facts, rules, at, &mut because)?;
    Ok(because)
}

/// The rules that ask for what was measured.
fn by_content(facts: &Facts<'_>, rules: &Rules, at: usize, because: &mut Because) -> Result<(), Why> {
    if !rules.need_measuring() {
        return Ok(());
    }
    because.is_by_content = true;
    let usage = fresh(facts, at);
    if let Some(wanted) = rules.is_empty {
        match usage.and_then(is_empty) {
            None => return Err(Why::ContentUnknown),
            Some(true) if !wanted => return Err(Why::Empty),
            Some(false) if wanted => return Err(Why::Filled),
            Some(_) => {}
        }
    }
    if let Some(seconds) = rules.older_than {
        // What could not be read may have been written just now.
        let usage = usage.filter(|usage| usage.errors == Some(0));
        let at = usage.and_then(|usage| usage.newest_write).ok_or(Why::WrittenUnknown)?;
        if facts.now.as_second() - at.as_second() < seconds {
            return Err(Why::WrittenLately(at));
        }
        because.written_at = Some(at);
    }
    if rules.larger_than.is_some() || rules.smaller_than.is_some() {
        let usage = usage.ok_or(Why::SizeUnknown)?;
        let size = usage.size().ok_or(Why::SizeUnknown)?;
        if rules.larger_than.is_some_and(|least| size <= least) {
            return Err(Why::Small(size));
        }
        if rules.smaller_than.is_some_and(|most| size >= most) {
            return Err(Why::Large(size));
        }
        // With entries unread the size is a lower bound: it may not be small at all.
        if rules.smaller_than.is_some() && usage.errors.is_some_and(|errors| errors > 0) {
            return Err(Why::SizeUnknown);
        }
    }
    Ok(())
}

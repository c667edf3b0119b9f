//! What the screen says before something is removed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Mode, Removal};
use crate::app::jobs::Jobs;
use crate::domain::age::{JUST_NOW, ago};
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layers;
use crate::domain::lifecycle::Clearing;
use crate::domain::prune::habit::Habit;
use crate::domain::prune::{
    Asking, Candidate, Freed, Preset, PrunePlan, Room, Rules, Undo, UndoPlan, Why, is_here,
};
use crate::domain::shell::quoted;
use crate::domain::size::{Units, human};
use crate::domain::status::Status;
use crate::domain::text::clean;
use crate::domain::volume::{Kind, Volume};

/// So many are named where a sentence names some.
const NAMED: usize = 5;

/// A noun in the number that fits the count.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What a plan frees, at once or when the trash is emptied: exact and of when, or saying that it is not.
#[must_use]
pub fn frees(freed: Freed, candidates: usize, is_free_at_once: bool, now: Timestamp, units: Units) -> String {
    let bytes = human(freed.bytes, units);
    let is_free_at_once = is_free_at_once || (freed.bytes, freed.unknown) == (0, 0);
    let said = |amount: String| {
        if is_free_at_once {
            format!("frees {amount}")
        } else {
            format!("{amount} into the trash, free once emptied")
        }
    };
    if freed.unknown == candidates && candidates > 0 {
        return said("an unknown amount".to_owned());
    }
    let mut doubts = Vec::new();
    for (count, doubt) in
        [(freed.unknown, "unknown"), (freed.rough, "not exact"), (freed.stale, "measured earlier")]
    {
        if count > 0 {
            doubts.push(format!("{count} {doubt}"));
        }
    }
    // Who reads this decides by it: what was measured a while ago says so.
    let since = freed.since.filter(|_| freed.stale == 0);
    let since = since.map(|since| ago(now, since)).filter(|ago| ago != JUST_NOW);
    doubts.extend(since.map(|ago| format!("measured {ago}")));
    let about = match (freed.unknown, freed.stale + freed.rough) {
        (0, 0) => "",
        (_, 0) => "at least ",
        _ => "about ",
    };
    let doubts = if doubts.is_empty() { String::new() } else { format!(" ({})", doubts.join(", ")) };
    format!("{}{doubts}", said(format!("{about}{bytes}")))
}

/// What rules take, on this engine.
#[must_use]
pub fn meaning(rules: &Rules, habit: Habit) -> &'static str {
    match (rules.preset, habit) {
        (Preset::Volx, _) => match (rules.with_named, rules.with_options) {
            (false, false) => "unused anonymous volumes without driver options",
            (true, false) => "unused volumes without driver options, named ones too",
            (false, true) => "unused anonymous volumes, with driver options and of other drivers too",
            (true, true) => "all unused volumes, with driver options and of other drivers too",
        },
        (Preset::Engine, Habit::Labelled) => {
            "this engine takes unused volumes with its anonymous label, plain ones"
        }
        (Preset::Engine, Habit::All) | (Preset::EngineAll, Habit::Labelled) => {
            "this engine takes all unused plain volumes, named ones too"
        }
        (Preset::Engine, Habit::Everything) | (Preset::EngineAll, Habit::LabelledEverything) => {
            "this engine takes all unused volumes, whatever their driver, named ones too"
        }
        (Preset::Engine, Habit::LabelledEverything) => {
            "this engine takes unused volumes with its anonymous label, whatever their driver"
        }
        (Preset::EngineAll, Habit::All | Habit::Everything) => {
            "this engine refuses -a and removes nothing then"
        }
    }
}

/// The reason for which most volumes are kept, and for how many.
fn commonest(plan: &PrunePlan) -> Option<(&Why, usize)> {
    let mut counts: BTreeMap<&'static str, (&Why, usize)> = BTreeMap::new();
    for kept in &plan.kept {
        counts.entry(kept.why.name()).or_insert((&kept.why, 0)).1 += 1;
    }
    counts.into_values().max_by_key(|(_, count)| *count)
}

/// The same as a sentence's end: `most often (30): containers use them`; of one alone why it stays.
#[must_use]
pub fn mostly(plan: &PrunePlan, now: Timestamp, units: Units) -> Option<String> {
    let (why, count) = commonest(plan)?;
    let is_one = plan.kept.len() == 1;
    let words = match why {
        Why::Used(Status::InUse) if is_one => "containers use it".to_owned(),
        Why::Used(Status::InUse) => "containers use them".to_owned(),
        Why::Used(_) if is_one => "stopped containers have it".to_owned(),
        Why::Used(_) => "stopped containers have them".to_owned(),
        why => why.words(now, units),
    };
    Some(if is_one { words } else { format!("most often ({count}): {words}") })
}

/// Who has a volume: `web (running), db (exited)`.
#[must_use]
pub fn holders(inventory: &Inventory, volume: usize) -> String {
    let name = |container: &Container| format!("{} ({})", container.name, container.state);
    let holders: Vec<String> = inventory.holders(volume).map(name).collect();
    holders.join(", ")
}

/// Why a volume stays; of a used one who has it.
#[must_use]
pub fn why(why: &Why, inventory: &Inventory, volume: usize, now: Timestamp, units: Units) -> String {
    match why {
        Why::Used(_) => format!(
            "{} by {}",
            why.words(now, units).replace("a stopped container has it", "held"),
            holders(inventory, volume)
        ),
        Why::Service => {
            let name = inventory.volumes.get(volume).map_or("", |volume| volume.name.as_str());
            let services = inventory.services.get(name).map(|services| services.join(", "));
            format!("mounted by the Swarm service {}", services.unwrap_or_default())
        }
        why => why.words(now, units),
    }
}

/// What else a question tells of.
pub(in crate::app) struct Beside<'a> {
    /// The backups, and the room of the trash.
    pub(in crate::app) jobs: &'a Jobs,
    /// What goes to the trash; nothing where nothing does.
    pub(in crate::app) undo: Option<UndoPlan>,
    /// The time.
    pub(in crate::app) now: Timestamp,
}

/// What the trash will hold, and what stays because it would not.
fn taken_back(undo: &UndoPlan, room: Option<&Room>, units: Units) -> Vec<String> {
    let Some(room) = room else {
        return vec!["It goes to the trash first; what cannot stays.".to_owned()];
    };
    let sentence = |words: String| {
        let mut letters = words.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        format!("{}.", first.into_iter().chain(letters).collect::<String>())
    };
    let mut lines = Vec::new();
    if !undo.holds.is_empty() {
        lines.push(sentence(undo.words(room, units)));
    }
    lines.extend(room.due_words(units).map(sentence));
    if let Some((_, why)) = undo.unfit.first() {
        let count = counted(undo.unfit.len(), "volume");
        let stays = if undo.unfit.len() == 1 { "stays" } else { "stay" };
        let why = why.words(units);
        lines.push(format!("{count} {stays}: {why}. In the plan, no-undo (U) removes for good."));
    }
    lines
}

/// What is asked before the volumes of a plan go.
pub(in crate::app) fn question(
    removal: &Removal,
    inventory: &Inventory,
    asking: &Asking,
    beside: &Beside<'_>,
    units: Units,
) -> String {
    let candidates = &removal.plan.candidates;
    let anonymous = candidates.iter().filter(|candidate| candidate.because.is_anonymous).count();
    let undo = if beside.undo.is_some() { Undo::Kept } else { Undo::None };
    let is_free_at_once = undo.is_free_at_once(beside.jobs.room.as_deref());
    let mut lines = vec![format!(
        "{} ({}), {}.",
        counted(candidates.len(), "volume"),
        match (anonymous, candidates.len() - anonymous) {
            (0, _) => "named".to_owned(),
            (_, 0) => "anonymous".to_owned(),
            (anonymous, named) => format!("{anonymous} anonymous, {named} named"),
        },
        frees(removal.freed, candidates.len(), is_free_at_once, beside.now, units)
    )];
    lines.push(asked(&asking.words()));
    let is_final = beside.undo.is_none();
    match &beside.undo {
        None => lines.push("This cannot be undone.".to_owned()),
        Some(undo) => lines.extend(taken_back(undo, beside.jobs.room.as_deref(), units)),
    }
    lines.push(fate(candidates, is_final));
    if is_final {
        lines.extend(backed_up(candidates, inventory, beside.jobs, beside.now));
    }
    lines.retain(|line| !line.is_empty());
    if removal.is_forced {
        lines.push("The engine forgets a volume when its driver fails.".to_owned());
    }
    lines.push(named(removal, inventory));
    lines.join("\n")
}

/// Whether what somebody named can be had back from a backup; nothing where no backup is known of.
fn backed_up(candidates: &[Candidate], inventory: &Inventory, jobs: &Jobs, now: Timestamp) -> Option<String> {
    let is_worth = |c: &&Candidate| !c.because.is_anonymous && is_here(c.because.kind) && !c.because.is_empty;
    let worth: Vec<&str> = candidates
        .iter()
        .filter(is_worth)
        .filter_map(|candidate| inventory.volumes.get(candidate.at))
        .map(|volume| volume.name.as_str())
        .collect();
    jobs.backups.value()?;
    match worth.as_slice() {
        [] => None,
        [one] => {
            let of = if candidates.len() == 1 { String::new() } else { format!(" of {}", clean(one)) };
            Some(match jobs.last_words(one, now).as_deref() {
                Some("none") | None => format!("There is no backup{of}."),
                Some(words) => format!("Last backup{of}: {words}."),
            })
        }
        many => {
            let proven = many.iter().filter(|name| jobs.is_proven(name)).count();
            Some(match proven {
                0 => format!("None of the {} named ones has a proven backup.", many.len()),
                all if all == many.len() => format!("All {all} named ones have a proven backup."),
                some => format!("{some} of the {} named ones have a proven backup.", many.len()),
            })
        }
    }
}

/// What becomes of what they hold.
fn fate(candidates: &[Candidate], is_final: bool) -> String {
    let is_elsewhere = |candidate: &&Candidate| !is_here(candidate.because.kind);
    let kinds: BTreeSet<Kind> = candidates.iter().filter(is_elsewhere).map(|c| c.because.kind).collect();
    let elsewhere = candidates.iter().filter(is_elsewhere).count();
    let empty = candidates.iter().filter(|c| is_here(c.because.kind) && c.because.is_empty).count();
    let plugins = candidates.iter().filter(|c| c.because.kind == Kind::Plugin && !c.because.is_empty).count();
    let full = candidates.len() - elsewhere - empty - plugins;
    let mut parts = Vec::new();
    match full {
        0 => {}
        _ if !is_final => {}
        1 if candidates.len() == 1 => parts.push("Its files go, for good.".to_owned()),
        full if full == candidates.len() => parts.push("Their files go, for good.".to_owned()),
        full => parts.push(format!("The files of {full} go, for good.")),
    }
    match empty {
        0 => {}
        1 if candidates.len() == 1 => parts.push("It holds nothing.".to_owned()),
        1 => parts.push("1 holds nothing.".to_owned()),
        empty => parts.push(format!("{empty} hold nothing.")),
    }
    match plugins {
        0 => {}
        1 if candidates.len() == 1 => parts.push("Whatever its driver removes goes with it.".to_owned()),
        1 => parts.push("With 1 goes whatever its driver removes.".to_owned()),
        plugins => parts.push(format!("With {plugins} goes whatever their driver removes.")),
    }
    if elsewhere > 0 {
        let kinds: Vec<&str> = kinds.into_iter().map(Kind::name).collect();
        parts.push(format!("The data of {elsewhere} ({}) stays where it is.", kinds.join(", ")));
    }
    parts.join(" ")
}

/// The first names, those that somebody gave before those that the engine made.
fn named(removal: &Removal, inventory: &Inventory) -> String {
    let candidates = &removal.plan.candidates;
    let (anonymous, given): (Vec<_>, Vec<_>) =
        candidates.iter().partition(|candidate| candidate.because.is_anonymous);
    let volumes = given.into_iter().chain(anonymous).filter_map(|c| inventory.volumes.get(c.at));
    let short = |volume: &Volume| {
        let few = if volume.has_generated_name() { volume.name.get(..12) } else { None };
        clean(few.unwrap_or(&volume.name)).into_owned()
    };
    let names: Vec<String> = volumes.take(NAMED).map(short).collect();
    let more = candidates.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// How the line begins that says what has to be typed.
pub const DEFAULT: &str = "The default is No.";

/// What has to be typed, and that it takes Enter, as a sentence. A name may have the words in it, too:
/// ours come first.
pub(in crate::app) fn asked(words: &str) -> String {
    let words = words.strip_prefix("type ").unwrap_or(words);
    format!("{DEFAULT} Type {}", clean(&words.replacen(" to agree", ", then Enter", 1)))
}

/// What is asked before containers go.
pub(in crate::app) fn clearing_question(clearing: &Clearing, layers: &Layers, units: Units) -> String {
    let shown = |container: &Container| {
        let layer = layers.written(&container.id).map_or_else(
            |_| "its layer not measured".to_owned(),
            |bytes| format!("{} in its layer", human(bytes, units)),
        );
        format!("{} ({}, {layer})", container.name, container.state)
    };
    let names: Vec<String> = clearing.containers.iter().take(NAMED * 2).map(shown).collect();
    let more = clearing.containers.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    [
        format!("Stop and remove {}.", counted(clearing.containers.len(), "container")),
        asked(&clearing.asking_words()),
        clean(&format!("{}{more}", names.join(", "))).into_owned(),
        "What they wrote beside their volumes goes with them, for good. Where a volume would go, too, it is \
         asked first."
            .to_owned(),
        "The plan is shown again after that, and asks again.".to_owned(),
    ]
    .join("\n")
}

/// The same plan as a line for a shell.
pub(in crate::app) fn command(removal: &Removal, inventory: &Inventory) -> String {
    if removal.mode == Mode::Prune && !removal.has_taken_out() {
        let words = removal.rules.to_string();
        let words: Vec<String> = words.split_whitespace().map(quoted).collect();
        return ["volx prune".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ");
    }
    let names = removal.plan.candidates.iter().filter_map(|candidate| inventory.volumes.get(candidate.at));
    let names: Vec<&str> = names.map(|volume| volume.name.as_str()).collect();
    let mut words = vec!["volx rm".to_owned()];
    if removal.is_forced {
        words.push("--force".to_owned());
    }
    if names.iter().any(|name| name.starts_with('-')) {
        words.push("--".to_owned());
    }
    words.extend(names.into_iter().map(quoted));
    words.join(" ")
}

//! What is asked before something is kept: words, and a few answers to choose from.

use jiff::Timestamp;

use super::cursor::Cursor;
use super::jobs::Jobs;
use super::overlay::{Choice, Item, Menu, Overlay, Question};
use super::removal::words::asked;
use super::wanted::{BackingUp, Setting, Target};
use crate::domain::age::ago;
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::keep::{KeepAsk, Kept, Making, Writers};
use crate::domain::prune::Asking;
use crate::domain::size::{Units, human};
use crate::domain::text::clean;

/// So many are named where a sentence names some.
const NAMED: usize = 4;

/// The first few of these names, and how many more there are.
#[must_use]
pub fn few(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| clean(name).into_owned()).collect();
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

fn item(label: &str, note: &str, ask: KeepAsk) -> Item {
    Item { label: label.to_owned(), note: note.to_owned(), choice: Choice::Keep(ask) }
}

/// How volumes are to be backed up. `size` tells what each weighs, as far as that is known; containers
/// may be paused or stopped where `may_hold` says so.
#[must_use]
pub fn backing_up(
    wanted: &BackingUp,
    inventory: &Inventory,
    size: impl Fn(usize) -> Option<u64>,
    jobs: &Jobs,
    (units, may_hold): (Units, bool),
) -> Question {
    let BackingUp { names, making } = wanted;
    let places: Vec<usize> = names.iter().filter_map(|name| inventory.position(name)).collect();
    let sizes: Vec<u64> = places.iter().filter_map(|at| size(*at)).collect();
    let unknown = names.len() - sizes.len();
    let bytes = human(sizes.iter().sum(), units);
    let weight = match (unknown, sizes.len()) {
        (0, _) => bytes,
        (_, 0) => "size not known".to_owned(),
        (unknown, _) => format!("{bytes} and {unknown} of unknown size"),
    };
    let what = match names.as_slice() {
        [one] => format!("{} ({weight})", clean(one)),
        many => format!("{} volumes ({weight}): {}", many.len(), few(many)),
    };
    let mut writers: Vec<&Container> = Vec::new();
    for at in places {
        let live = inventory.attachments(at).filter(|a| a.container.state.is_live() && !a.mount.read_only);
        for attachment in live {
            if !writers.iter().any(|known| known.id == attachment.container.id) {
                writers.push(attachment.container);
            }
        }
    }
    let mut lines = vec![what, manner(making, jobs)];
    let ask = |writers| KeepAsk::BackUp { names: names.clone(), writers, making: making.clone() };
    let mut items = if writers.is_empty() {
        lines.push("No running container can write to it meanwhile.".to_owned());
        vec![item("back up", "", ask(Writers::Live))]
    } else {
        let names: Vec<String> = writers.iter().map(|container| container.name.clone()).collect();
        let verb = if names.len() == 1 { "runs and may write" } else { "run and may write" };
        lines.push(format!("{} {verb} meanwhile.", few(&names)));
        vec![
            item("live", "they go on: files written meanwhile may not fit together", ask(Writers::Live)),
            item("pause", "they are paused, and go on afterwards in any case", ask(Writers::Paused)),
            item("stop", "they are stopped, and started afterwards in any case", ask(Writers::Stopped)),
        ]
    };
    if !may_hold {
        items.truncate(1);
    }
    items.push(Item {
        label: "options".to_owned(),
        note: "folder, level, threads, what is left out, reading back".to_owned(),
        choice: Choice::Making(Box::new(wanted.clone()), None),
    });
    Question { title: "Back up", note: lines.join("\n"), items, cursor: Cursor::default() }
}

/// Where a backup goes.
fn folder(making: &Making, jobs: &Jobs) -> String {
    making.folder.as_ref().or(jobs.folder.as_ref()).map_or_else(
        || "the folder of the backups".to_owned(),
        |folder| clean(&folder.to_string_lossy()).into_owned(),
    )
}

/// How a backup is made, in a sentence: what is as always is not told.
fn manner(making: &Making, jobs: &Jobs) -> String {
    let usual = Making::default();
    let mut parts = vec![format!("Into {}", folder(making, jobs))];
    if making.level != usual.level {
        parts.push(format!("level {}", making.level));
    }
    if making.threads != usual.threads {
        parts.push(if making.threads == 1 {
            "1 thread".to_owned()
        } else {
            format!("{} threads", making.threads)
        });
    }
    if !making.exclude.is_empty() {
        parts.push(format!("without {}", few(&making.exclude)));
    }
    let proof =
        if making.is_read_back { "and read back afterwards" } else { "not read back: it stays unproven" };
    parts.push(proof.to_owned());
    format!("{}.", parts.join(", "))
}

/// What can be set for a backup, and how it is set now.
#[must_use]
pub fn settings(wanted: &BackingUp, jobs: &Jobs, at: usize) -> Overlay {
    let making = &wanted.making;
    let items = Setting::ALL.map(|setting| {
        let (label, note) = match setting {
            Setting::Folder => ("folder", folder(making, jobs)),
            Setting::Level => ("level", format!("{} of 1 (fast) to 19 (small)", making.level)),
            Setting::Threads if making.threads == 0 => {
                ("threads", "as many as there are processors".to_owned())
            }
            Setting::Threads => ("threads", making.threads.to_string()),
            Setting::Exclude if making.exclude.is_empty() => ("leave out", "nothing".to_owned()),
            Setting::Exclude => ("leave out", few(&making.exclude)),
            Setting::ReadBack if making.is_read_back => {
                ("read back", "yes: a backup counts once it was read".to_owned())
            }
            Setting::ReadBack => ("read back", "no: it stays unproven".to_owned()),
        };
        let choice = Choice::Making(Box::new(wanted.clone()), Some(setting));
        Item { label: label.to_owned(), note, choice }
    });
    Overlay::Menu(Menu { title: "Options", items: items.into(), cursor: Cursor { at, top: 0 } })
}

/// A volume that is there, for a backup that could take the place of its content.
#[derive(Debug, Clone)]
pub struct Replaced {
    /// Its name.
    pub name: String,
    /// The containers that run with it.
    pub users: Vec<String>,
    /// How much it holds, as far as that is known.
    pub bytes: Option<u64>,
    /// Whether it is known to hold nothing.
    pub is_empty: bool,
    /// Why its content must stay.
    pub guard: Option<String>,
}

impl Replaced {
    fn weight(&self, units: Units) -> String {
        match self.bytes {
            _ if self.is_empty => "empty".to_owned(),
            Some(bytes) => human(bytes, units),
            None => "size not known".to_owned(),
        }
    }
}

/// A backup in a few words: of when, how much, how it was proven.
fn backup(kept: &Kept, now: Timestamp, units: Units) -> String {
    let content = kept.content.map(|bytes| format!("{}, ", human(bytes, units))).unwrap_or_default();
    format!("{} ({content}{})", ago(now, kept.at), kept.proven_words(now))
}

/// Where the content of a backup is to go; `there` is the volume of its name, if there is one.
#[must_use]
pub fn restoring(kept: &Kept, there: Option<Replaced>, now: Timestamp, units: Units) -> Question {
    let item = |label: &str, note: String, target| Item {
        label: label.to_owned(),
        note,
        choice: Choice::Restore(Box::new(kept.clone()), target),
    };
    let is_taken = there.is_some();
    let note =
        if is_taken { "made under another name; what exists stays as it is" } else { "made anew, as it was" };
    let mut items = vec![item("new volume", note.to_owned(), Target::New)];
    if let Some(there) = there {
        let name = clean(&there.name).into_owned();
        items.push(match &there.guard {
            Some(guard) => {
                let note = format!("{name} stays as it is: {guard}");
                Item { label: "replace".to_owned(), note, choice: Choice::Unavailable }
            }
            None => {
                let note = format!("all that is in {name} ({}) gives way", there.weight(units));
                item("replace", note, Target::Volume(there.name))
            }
        });
    }
    let note = "the content of a volume that you name gives way".to_owned();
    items.push(item("replace another", note, Target::Other));
    let note = format!("The backup of {}, {}.", clean(&kept.volume), backup(kept, now, units));
    Question { title: "Restore", note, items, cursor: Cursor::default() }
}

/// What is asked before the content of a volume gives way.
#[must_use]
pub fn replacing(kept: &Kept, there: &Replaced, asking: &Asking, now: Timestamp, units: Units) -> String {
    let name = clean(&there.name);
    let mut lines = vec![format!("All that is in {name} ({}) gives way.", there.weight(units))];
    let of = if kept.volume == there.name { String::new() } else { format!(" of {}", clean(&kept.volume)) };
    lines.push(format!("In its place comes the backup{of} of {}.", backup(kept, now, units)));
    let keeps = "What it is now is kept as a backup first; if anything fails, it is as it was.";
    lines.push(keeps.to_owned());
    if !there.users.is_empty() {
        let verb = if there.users.len() == 1 { "runs with it: it is" } else { "run with it: they are" };
        lines.push(format!("{} {verb} stopped, and started again in any case.", few(&there.users)));
    }
    lines.insert(1, asked(&asking.words()));
    lines.join("\n")
}

/// What is asked before backups are deleted.
#[must_use]
pub fn deleting(all: &[&Kept], asking: &Asking, now: Timestamp, units: Units) -> String {
    let bytes = human(all.iter().map(|kept| kept.bytes).sum(), units);
    let goes = match all.len() {
        1 => "1 backup is".to_owned(),
        many => format!("{many} backups are"),
    };
    let mut lines = vec![format!("{goes} deleted for good ({bytes})."), asked(&asking.words())];
    let shown = all.iter().take(NAMED);
    lines.extend(shown.map(|kept| format!("{}, {}", clean(&kept.volume), backup(kept, now, units))));
    let more = all.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("\n")
}

/// How backups are to be proven.
#[must_use]
pub fn verifying(all: &[&Kept], may_restore: bool, now: Timestamp) -> Question {
    let paths: Vec<_> = all.iter().map(|kept| kept.path.clone()).collect();
    let ask = |restoring| KeepAsk::Verify { paths: paths.clone(), restoring };
    let mut items = vec![item("read back", "every byte is read and each entry checked", ask(false))];
    if may_restore {
        let note = "into a scratch volume that is compared and removed again";
        items.push(item("restore", note, ask(true)));
    }
    let note = match all {
        [one] => format!("The backup of {}: {}.", clean(&one.volume), one.proven_words(now)),
        many => {
            let names: Vec<String> = many.iter().map(|kept| kept.volume.clone()).collect();
            let never = many.iter().filter(|kept| kept.proven.is_none()).count();
            format!("{} backups, {never} of them never proven: {}.", many.len(), few(&names))
        }
    };
    Question { title: "Verify", note, items, cursor: Cursor::default() }
}

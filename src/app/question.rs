//! What is asked before something is kept: words, and a few answers to choose from.

use super::cursor::Cursor;
use super::jobs::Jobs;
use super::overlay::{Choice, Item, Question};
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::keep::{KeepAsk, Kept, Writers};
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
    names: &[String],
    inventory: &Inventory,
    size: impl Fn(usize) -> Option<u64>,
    jobs: &Jobs,
    (units, may_hold): (Units, bool),
) -> Question {
    let places: Vec<usize> = names.iter().filter_map(|name| inventory.position(name)).collect();
    let sizes: Vec<u64> = places.iter().filter_map(|at| size(*at)).collect();
    let unknown = names.len() - sizes.len();
    let bytes = human(sizes.iter().sum(), units);
    let weight = match (unknown, sizes.len()) {
        (0, _) => bytes,
        (_, 0) => "size not known".to_owned(),
        (unknown, _) => format!("{bytes} and {unknown} of unknown size"),
    };
    let folder = jobs.folder.as_ref().map_or_else(
        || "the folder of the backups".to_owned(),
        |folder| clean(&folder.to_string_lossy()).into_owned(),
    );
    let what = match names {
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
    let mut lines = vec![what, format!("Into {folder}, and read back afterwards.")];
    let ask = |writers| KeepAsk::BackUp { names: names.to_vec(), writers };
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
    Question { title: "Back up", note: lines.join("\n"), items, cursor: Cursor::default() }
}

/// How a backup is to be proven.
#[must_use]
pub fn verifying(kept: &Kept, may_restore: bool, proven: &str) -> Question {
    let ask = |restoring| KeepAsk::Verify { paths: vec![kept.path.clone()], restoring };
    let mut items = vec![item("read back", "every byte is read and each entry checked", ask(false))];
    if may_restore {
        let note = "into a scratch volume that is compared and removed again";
        items.push(item("restore", note, ask(true)));
    }
    let note = format!("The backup of {}: {proven}.", clean(&kept.volume));
    Question { title: "Verify", note, items, cursor: Cursor::default() }
}

//! What is seen of the selected entry.

use std::sync::Arc;

use super::view::FileView;
use crate::domain::entry::{Entry, EntryKind, Listing, Weight};
use crate::domain::files_news::Seen;
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;

/// The entries of a folder that are shown.
const CHILDREN: usize = 500;

/// An entry of a folder that is looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Its name, in whatever bytes it has.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Its size with all below it, once that is known.
    pub size: Option<u64>,
    /// The file's number, when it has more names than this one.
    pub shared: Option<u64>,
}

/// What is known.
#[derive(Debug, Clone, Default)]
pub enum Look {
    /// Nothing, and nothing was asked.
    #[default]
    Nothing,
    /// It was asked for.
    Loading,
    /// It cannot be read.
    Failed(Trouble),
    /// A file.
    File(Box<FileView>),
    /// A folder.
    Folder {
        /// The largest entries, those that are not weighed yet first.
        children: Vec<Child>,
        /// How many more there are.
        more: u64,
        /// The first one shown.
        top: usize,
    },
    /// Something that is never opened.
    Described,
}

/// What is seen of the selected entry.
#[derive(Debug, Default)]
pub struct Preview {
    /// Which entry it is about.
    pub place: Option<Place>,
    /// What is known.
    pub look: Look,
    columns: usize,
    rows: usize,
}

impl Preview {
    /// Turns to another entry, or to none.
    pub fn turn_to(&mut self, place: Option<Place>) {
        self.look = if place.is_some() { Look::Loading } else { Look::Nothing };
        self.place = place;
    }

    /// Fits what is shown into another window.
    pub fn fit(&mut self, columns: usize, rows: usize) {
        (self.columns, self.rows) = (columns, rows);
        match &mut self.look {
            Look::File(view) => view.fit(columns, rows),
            Look::Folder { children, top, .. } => {
                *top = (*top).min(children.len().saturating_sub(rows.max(1)));
            }
            _ => {}
        }
    }

    /// Takes in what was seen of the entry; `size` is what its folder says of it.
    pub fn take(&mut self, outcome: Result<Seen, Trouble>, size: u64) {
        match (outcome, &mut self.look) {
            (Err(trouble), _) => self.look = Look::Failed(trouble),
            (Ok(Seen::Bytes { from, bytes }), Look::File(view)) => view.take(from, bytes),
            (Ok(Seen::Bytes { from: 0, bytes }), _) => {
                self.look = Look::File(Box::new(FileView::new(bytes, size, self.columns, self.rows)));
            }
            (Ok(Seen::Bytes { .. }), _) => {}
            (Ok(Seen::Folder { listing, weights, .. }), look) => {
                let before = if let Look::Folder { top, .. } = look { *top } else { 0 };
                let (children, more) = largest(&listing, &weights);
                *look = Look::Folder { children, more, top: before };
            }
            (Ok(Seen::Described(_)), look) => *look = Look::Described,
        }
    }

    /// Scrolls; answers from where on the file must be read when that is needed.
    pub fn scroll(&mut self, lines: isize) -> Option<u64> {
        match &mut self.look {
            Look::File(view) => view.scroll(lines),
            Look::Folder { children, top, .. } => {
                let last = children.len().saturating_sub(self.rows.max(1));
                *top = top.saturating_add_signed(lines).min(last);
                None
            }
            _ => None,
        }
    }

    /// Goes to the beginning or the end.
    pub fn go_to_end(&mut self, is_bottom: bool) -> Option<u64> {
        if let Look::File(view) = &mut self.look {
            return view.go_to_end(is_bottom);
        }
        self.scroll(if is_bottom { isize::MAX } else { isize::MIN })
    }
}

/// The largest entries of a folder, and how many more it has.
fn largest(listing: &Arc<Listing>, weights: &[(Vec<u8>, Weight)]) -> (Vec<Child>, u64) {
    let known: std::collections::HashMap<&[u8], &Weight> =
        weights.iter().map(|(name, weight)| (name.as_slice(), weight)).collect();
    let size = |entry: &Entry| match known.get(entry.name.as_slice()) {
        Some(weight) => Some(weight.allocated.unwrap_or(weight.apparent)),
        None if entry.kind == EntryKind::Folder && !entry.is_mount => None,
        None => Some(entry.allocated.unwrap_or(entry.apparent)),
    };
    let mut children: Vec<Child> = listing
        .entries
        .iter()
        .map(|entry| Child {
            name: entry.name.clone(),
            kind: entry.kind,
            size: size(entry),
            shared: entry.shared(),
        })
        .collect();
    // Folders that are being weighed are probably the largest: they stay on top meanwhile.
    children.sort_by_key(|child| std::cmp::Reverse(child.size.map_or((1, 0), |size| (0, size))));
    let all = u64::try_from(children.len()).unwrap_or(u64::MAX).saturating_add(listing.folded);
    children.truncate(CHILDREN);
    let shown = u64::try_from(children.len()).unwrap_or(0);
    (children, all.saturating_sub(shown))
}

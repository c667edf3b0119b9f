//! One folder: its entries, what they weigh, their order, the filter and the selected one.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::order::{FileKey, FileOrder};
use crate::app::cursor::Cursor;
use crate::domain::entry::{Entry, EntryKind, Listing, Weight};
use crate::domain::place::{Place, name_text};
use crate::domain::remote::Remote;
use crate::domain::trouble::Trouble;

/// Whether the folders in a folder are weighed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Weighing {
    /// Not yet, or it was left off.
    #[default]
    Open,
    /// It is under way.
    Running,
    /// All are.
    Done,
    /// They cannot be.
    Failed(Trouble),
}

/// The sum over a folder's entries and the folder itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Bytes of all that is known.
    pub bytes: u64,
    /// How many entries are not known yet.
    pub unknown: usize,
    /// How many entries below could not be read.
    pub errors: u64,
}

/// One folder.
#[derive(Debug)]
pub struct Folder {
    /// Where it is.
    pub place: Place,
    /// What it holds.
    pub listing: Remote<Arc<Listing>>,
    /// The entries that pass the filter, in order, by position in the listing.
    pub rows: Vec<u32>,
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    /// Whether its folders are weighed.
    pub weighing: Weighing,
    /// The sum over its entries.
    pub sum: Sum,
    weights: HashMap<u32, Weight>,
    /// The same by name: weights may be known before the listing is.
    named: HashMap<Vec<u8>, Weight>,
    by: FileOrder,
    order: Vec<u32>,
    /// The name of the entry that the user went to; until they do, the cursor stays at the top.
    anchor: Option<Vec<u8>>,
    filter: Vec<String>,
    typed: String,
    /// The names in small letters, once a filter was typed.
    small: Vec<String>,
}

impl Folder {
    /// A folder of which nothing is known yet.
    #[must_use]
    pub fn new(place: Place, by: FileOrder) -> Self {
        Self {
            place,
            listing: Remote::NotAsked,
            rows: Vec::new(),
            cursor: Cursor::default(),
            weighing: Weighing::Open,
            sum: Sum::default(),
            weights: HashMap::new(),
            named: HashMap::new(),
            by,
            order: Vec::new(),
            anchor: None,
            filter: Vec::new(),
            typed: String::new(),
            small: Vec::new(),
        }
    }

    /// The entries, in the listing's own order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        self.listing.value().map_or(&[], |listing| listing.entries.as_slice())
    }

    /// The entry of a row.
    #[must_use]
    pub fn entry(&self, row: usize) -> Option<&Entry> {
        self.entries().get(*self.rows.get(row)? as usize)
    }

    /// The selected entry.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.entry(self.cursor.at)
    }

    /// What is known of the weight of a folder in it.
    #[must_use]
    pub fn weight(&self, at: u32) -> Option<&Weight> {
        self.weights.get(&at)
    }

    /// The size of an entry with all below it, in bytes; `None` while unknown.
    #[must_use]
    pub fn size(&self, at: u32) -> Option<u64> {
        let entry = self.entries().get(at as usize)?;
        if entry.kind == EntryKind::Folder && !entry.is_mount {
            let weight = self.weights.get(&at)?;
            return Some(weight.allocated.unwrap_or(weight.apparent));
        }
        Some(entry.allocated.unwrap_or(entry.apparent))
    }

    /// When an entry was last written to.
    #[must_use]
    pub fn modified(&self, at: u32) -> Option<Timestamp> {
        self.entries().get(at as usize).and_then(|entry| entry.modified)
    }

    /// Takes in a new listing; what is known of weights stays.
    pub fn take_listing(&mut self, listing: Arc<Listing>, now: Timestamp) {
        self.named.retain(|name, _| listing.find(name).is_some());
        self.weights = self.named.iter().filter_map(|(n, w)| Some((position(&listing, n)?, *w))).collect();
        self.order = (0..).take(listing.entries.len()).collect();
        self.small.clear();
        self.listing.answered(listing, now);
        self.reorder();
    }

    /// Takes in the weights of some folders.
    pub fn take_weights(&mut self, weights: Vec<(Vec<u8>, Weight)>) {
        let listing = self.listing.value().cloned();
        for (name, weight) in weights {
            if let Some(at) = listing.as_ref().and_then(|listing| position(listing, &name)) {
                self.weights.insert(at, weight);
            }
            self.named.insert(name, weight);
        }
        if listing.is_some() {
            self.reorder();
        }
    }

    /// Sorts, keeping the selected entry selected.
    pub fn sort_by(&mut self, by: FileOrder) {
        self.by = by;
        self.reorder();
    }

    /// Shows only the entries whose names hold all the words that are typed.
    pub fn filter_by(&mut self, typed: &str) {
        if typed == self.typed {
            return;
        }
        if self.small.is_empty() {
            self.small = self.entries().iter().map(|e| name_text(&e.name).to_lowercase()).collect();
        }
        // What did not pass the shorter filter does not pass the longer one.
        let is_narrower = typed.starts_with(&self.typed);
        typed.clone_into(&mut self.typed);
        self.filter = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let from = if is_narrower { std::mem::take(&mut self.rows) } else { self.order.clone() };
        self.rows = from.into_iter().filter(|at| self.passes(*at)).collect();
        self.find_anchor();
    }

    /// Moves by rows.
    pub fn step(&mut self, steps: isize) {
        self.cursor.step(steps, self.rows.len());
        self.remember();
    }

    /// Goes to a row.
    pub fn select(&mut self, row: usize) {
        self.cursor.at = row.min(self.rows.len().saturating_sub(1));
        self.remember();
    }

    /// Selects the entry of this name, now or when it is known; `false` when it is not there.
    pub fn anchor_at(&mut self, name: &[u8]) -> bool {
        self.anchor = Some(name.to_vec());
        self.find_anchor();
        self.selected().is_some_and(|entry| entry.name == name)
    }

    fn remember(&mut self) {
        self.anchor = self.selected().map(|entry| entry.name.clone());
    }

    fn passes(&self, at: u32) -> bool {
        let name = self.small.get(at as usize).map_or("", String::as_str);
        self.filter.iter().all(|word| name.contains(word.as_str()))
    }

    fn reorder(&mut self) {
        let FileOrder { key, is_descending } = self.by;
        let turned = |order: Ordering| if is_descending { order.reverse() } else { order };
        let mut order = std::mem::take(&mut self.order);
        // The listing is in the order of the names; what is nearly in order is sorted fast.
        match key {
            FileKey::Name => order.sort_by(|a, b| turned(a.cmp(b))),
            FileKey::Size => {
                let sizes: Vec<Option<u64>> = (0..).take(order.len()).map(|at| self.size(at)).collect();
                by_key(&mut order, &sizes, turned);
            }
            FileKey::Modified => {
                let times: Vec<Option<Timestamp>> =
                    (0..).take(order.len()).map(|at| self.modified(at)).collect();
                by_key(&mut order, &times, turned);
            }
        }
        self.order = order;
        self.sum = self.summed();
        if self.filter.is_empty() {
            self.rows.clone_from(&self.order);
        } else {
            if self.small.is_empty() {
                self.small = self.entries().iter().map(|e| name_text(&e.name).to_lowercase()).collect();
            }
            self.rows = self.order.iter().copied().filter(|at| self.passes(*at)).collect();
        }
        self.find_anchor();
    }

    fn summed(&self) -> Sum {
        let own = self.listing.value().and_then(|listing| listing.own);
        let mut sum = Sum { bytes: own.unwrap_or(0), ..Sum::default() };
        let mut counted = HashSet::new();
        for (at, entry) in (0..).zip(self.entries()) {
            // Several names of one file weigh what it weighs, once.
            if entry.shared().is_some_and(|inode| !counted.insert(inode)) {
                continue;
            }
            match self.size(at) {
                Some(bytes) => sum.bytes = sum.bytes.saturating_add(bytes),
                None => sum.unknown += 1,
            }
        }
        sum.errors = self.weights.values().map(|weight| weight.errors).sum::<u64>()
            + self.listing.value().map_or(0, |listing| listing.errors);
        sum
    }

    /// Selection is by name, then by position.
    fn find_anchor(&mut self) {
        let wanted = self
            .anchor
            .as_deref()
            .map(|name| self.listing.value().and_then(|listing| position(listing, name)));
        match wanted {
            None => self.cursor.at = 0,
            // Hidden by the filter it is not forgotten.
            Some(Some(at)) => self.cursor.at = self.rows.iter().position(|row| *row == at).unwrap_or(0),
            Some(None) => self.cursor.at = self.cursor.at.min(self.rows.len().saturating_sub(1)),
        }
    }
}

fn position(listing: &Listing, name: &[u8]) -> Option<u32> {
    listing.find(name).and_then(|at| u32::try_from(at).ok())
}

/// Sorts positions by their keys; the unknown come last, and equal ones by name.
fn by_key<K: Ord>(order: &mut [u32], keys: &[Option<K>], turned: impl Fn(Ordering) -> Ordering) {
    let key = |at: &u32| keys.get(*at as usize).and_then(Option::as_ref);
    order.sort_by(|a, b| {
        let by_key = match (key(a), key(b)) {
            (Some(a), Some(b)) => turned(a.cmp(b)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_key.then_with(|| a.cmp(b))
    });
}

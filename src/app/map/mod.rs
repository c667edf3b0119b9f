//! The storage map: the tree, what of it is unfolded, the selected row.

mod rows;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use tui_input::Input;

use super::cursor::Cursor;
use super::sizes::Sizes;
use crate::domain::column::Column;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layers;
use crate::domain::map::{Known, Map, Sources, What, container, layer_warnings, source_warnings, volume};
use crate::domain::size::Units;
use crate::domain::sort::Sort;

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The node that it shows.
    pub node: u32,
    /// How far it is indented.
    pub depth: u16,
    /// Whether what is in it is shown; `None` when nothing is.
    pub is_open: Option<bool>,
}

/// How far the tree is unfolded where nobody said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Level {
    Projects,
    #[default]
    Containers,
    All,
}

/// What the selected row opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It was unfolded, or gone into.
    Row,
    /// A volume, by position in the inventory.
    Volume(usize),
    /// There is nothing to open.
    Nothing,
}

/// The storage map.
#[derive(Debug)]
pub struct MapScreen {
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    /// The order of siblings, by size or by name.
    pub sort: Sort,
    /// The filter as typed.
    pub filter: Input,
    /// Whether the filter is being typed.
    pub is_filtering: bool,
    /// How many names the filter finds.
    pub found: usize,
    /// The tree.
    pub tree: Map,
    /// The rows that are shown.
    pub rows: Vec<Row>,
    /// The writable layers.
    pub layers: Layers,
    /// When the layers were told last.
    pub layers_at: Option<Timestamp>,
    /// The sources of bind mounts.
    pub sources: Sources,
    /// Who writes much beside its volumes, and whose folders are missing.
    pub warnings: Vec<String>,
    /// Whether the layers were asked for since this engine is watched.
    pub is_asked: bool,
    layer_warning: u64,
    units: Units,
    level: Level,
    /// What the user folded or unfolded against the level, by key.
    toggled: HashSet<u64>,
    /// The key of the row that the user went to.
    anchor: Option<u64>,
    is_old: bool,
}

impl MapScreen {
    /// A map that warns of layers of so many bytes, in these units.
    #[must_use]
    pub fn new(layer_warning: u64, units: Units) -> Self {
        Self {
            cursor: Cursor::default(),
            sort: Sort::by(Column::Size),
            filter: Input::default(),
            is_filtering: false,
            found: 0,
            tree: Map::default(),
            rows: Vec::new(),
            layers: Layers::default(),
            layers_at: None,
            sources: Sources::default(),
            warnings: Vec::new(),
            is_asked: false,
            layer_warning,
            units,
            level: Level::default(),
            toggled: HashSet::new(),
            anchor: None,
            is_old: true,
        }
    }

    /// The same map of another engine: nothing is known of it.
    pub fn forget(&mut self) {
        *self = Self { sort: self.sort, ..Self::new(self.layer_warning, self.units) };
    }

    /// Something that it shows has changed; it is worked out anew when it is seen.
    pub const fn invalidate(&mut self) {
        self.is_old = true;
    }

    /// Takes in a new listing: what was known of containers that are gone is forgotten.
    pub fn listed(&mut self, inventory: &Inventory) {
        if self.layers.is_asked() {
            let ids: HashSet<&str> = inventory.containers.iter().map(|c| c.id.as_str()).collect();
            self.layers.keep(|id| ids.contains(id));
        }
        self.warn(inventory);
    }

    /// Works out anew who is warned of.
    pub fn warn(&mut self, inventory: &Inventory) {
        self.warnings = layer_warnings(inventory, &self.layers, self.layer_warning, self.units);
        self.warnings.extend(source_warnings(inventory, &self.sources));
        self.is_old = true;
    }

    /// Builds the tree anew, if anything has changed.
    pub fn refresh(&mut self, inventory: &Inventory, sizes: &Sizes) {
        if !std::mem::take(&mut self.is_old) {
            return;
        }
        let known = Known {
            size: |at| sizes.bytes(at),
            layers: &self.layers,
            sources: &self.sources,
            layer_warning: self.layer_warning,
        };
        // Two trees of thousands at once are not needed.
        self.tree = Map::default();
        self.tree = Map::build(inventory, &known);
        self.tree.sort(inventory, self.sort);
        self.lay_out(inventory);
    }

    /// Sorts siblings by this order.
    pub fn sort_by(&mut self, sort: Sort, inventory: &Inventory) {
        self.sort = sort;
        self.tree.sort(inventory, sort);
        self.lay_out(inventory);
    }

    /// Works out the rows anew, keeping the selected one selected.
    pub fn lay_out(&mut self, inventory: &Inventory) {
        let found = rows::of(self, inventory);
        (self.rows, self.found) = (found.rows, found.hits);
        let wanted = self.anchor;
        let place = wanted.and_then(|wanted| {
            self.rows.iter().position(|row| self.key(inventory, row.node) == Some(wanted))
        });
        self.cursor.at = match (place, wanted) {
            (Some(at), _) => at,
            (None, Some(_)) => self.cursor.at.min(self.rows.len().saturating_sub(1)),
            (None, None) => 0,
        };
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Option<Row> {
        self.rows.get(self.cursor.at).copied()
    }

    /// What the selected row is.
    #[must_use]
    pub fn selected_what(&self) -> Option<What> {
        self.selected().and_then(|row| self.tree.node(row.node)).map(|node| node.what)
    }

    /// The names of the volumes that a window of so many rows shows.
    #[must_use]
    pub fn seen(&self, inventory: &Inventory, rows: usize) -> Vec<String> {
        let shown = self.rows.iter().skip(self.cursor.top).take(rows);
        let what = shown.filter_map(|row| self.tree.node(row.node)).map(|node| node.what);
        what.filter_map(|what| match what {
            What::Volume(Some(at), _) => volume(inventory, at).map(|v| v.name.clone()),
            _ => None,
        })
        .collect()
    }

    /// Moves by rows.
    pub fn step(&mut self, steps: isize, inventory: &Inventory) {
        self.cursor.step(steps, self.rows.len());
        self.remember(inventory);
    }

    /// Goes to a row.
    pub fn go_to(&mut self, row: usize, inventory: &Inventory) {
        self.cursor.at = row.min(self.rows.len().saturating_sub(1));
        self.remember(inventory);
    }

    /// Unfolds the selected row, goes into it when it is unfolded, or says which volume it is.
    pub fn open(&mut self, inventory: &Inventory) -> Opened {
        let Some(row) = self.selected() else { return Opened::Nothing };
        match (row.is_open, self.selected_what()) {
            (Some(true), _) => self.step(1, inventory),
            (Some(false), _) => self.toggle(row, inventory),
            (None, Some(What::Volume(Some(at), _))) => return Opened::Volume(at as usize),
            (None, _) => return Opened::Nothing,
        }
        Opened::Row
    }

    /// Folds the selected row, or goes to the one that it is in. Whether anything happened.
    pub fn fold(&mut self, inventory: &Inventory) -> bool {
        let Some(row) = self.selected() else { return false };
        if row.is_open == Some(true) && self.filter.value().is_empty() {
            self.toggle(row, inventory);
            return true;
        }
        let above = self.rows.iter().take(self.cursor.at).rposition(|above| above.depth < row.depth);
        if let Some(above) = above {
            self.go_to(above, inventory);
        }
        above.is_some()
    }

    /// Unfolds everything; when everything is, folds it down to the projects.
    pub fn fold_all(&mut self, inventory: &Inventory) {
        let is_all = self.rows.iter().all(|row| row.is_open != Some(false));
        self.level = if is_all { Level::Projects } else { Level::All };
        self.toggled.clear();
        if is_all && let Some(at) = self.root_row() {
            self.go_to(at, inventory);
        }
        self.remember(inventory);
        self.lay_out(inventory);
    }

    /// The row of the project that the selected row is in.
    fn root_row(&self) -> Option<usize> {
        self.rows.iter().take(self.cursor.at + 1).rposition(|row| row.depth == 0)
    }

    fn toggle(&mut self, row: Row, inventory: &Inventory) {
        self.remember(inventory);
        if let Some(key) = self.key(inventory, row.node)
            && !self.toggled.remove(&key)
        {
            self.toggled.insert(key);
        }
        self.lay_out(inventory);
    }

    fn remember(&mut self, inventory: &Inventory) {
        self.anchor = self.selected().and_then(|row| self.key(inventory, row.node));
    }

    /// Whether a node is unfolded.
    fn is_open(&self, inventory: &Inventory, at: u32) -> bool {
        let Some(node) = self.tree.node(at) else { return false };
        let level = if node.parent.is_none() { Level::Containers } else { Level::All };
        let is_toggled = !self.toggled.is_empty()
            && self.key(inventory, at).is_some_and(|key| self.toggled.contains(&key));
        (self.level >= level) != is_toggled
    }

    /// What a node is, whatever its position: names and ids outlive a listing.
    fn key(&self, inventory: &Inventory, at: u32) -> Option<u64> {
        let node = self.tree.node(at)?;
        let mut hash = DefaultHasher::new();
        match node.what {
            What::Project(at) => (0, self.tree.projects.get(at as usize)).hash(&mut hash),
            What::Dangling(at) => (1, self.tree.projects.get(at as usize)).hash(&mut hash),
            What::Container(at) => (2, container(inventory, at).map(|c| &c.id)).hash(&mut hash),
            What::Layer(at) => (3, container(inventory, at).map(|c| &c.id)).hash(&mut hash),
            what => {
                let within = node.parent.and_then(|parent| self.key(inventory, parent));
                let place = what.mount(inventory).map(|mount| &mount.destination);
                (4, within, self.tree.name(inventory, what), place).hash(&mut hash);
            }
        }
        Some(hash.finish())
    }
}

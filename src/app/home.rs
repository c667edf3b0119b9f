//! The list of volumes: order, filter, groups, marks and the selected row.

use std::collections::{BTreeMap, BTreeSet};

use tui_input::Input;

use super::cursor::Cursor;
use super::growth::Known;
use super::sizes::{Sizes, Totals};
use crate::domain::column::Column;
use crate::domain::filter::{Filter, Scratch};
use crate::domain::inventory::Inventory;
use crate::domain::sort::{self, Sort, natural};

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The heading of a Compose project (or of the volumes without one).
    Group {
        /// The project.
        project: Option<String>,
        /// Its sums.
        totals: Totals,
    },
    /// A volume, by position in the inventory.
    Volume(u32),
}

/// The list of volumes.
#[derive(Debug, Default)]
pub struct Home {
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    /// The order.
    pub sort: Sort,
    /// Whether projects have headings.
    pub is_grouped: bool,
    /// The filter as typed.
    pub filter: Input,
    /// Whether the filter is being typed.
    pub is_filtering: bool,
    /// What is wrong with the filter; the last good one stays in force.
    pub filter_trouble: Option<String>,
    /// The names of the marked volumes.
    pub marks: BTreeSet<String>,
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// The rows that pass the filter.
    pub rows: Vec<Row>,
    /// The name of the volume under the cursor.
    selected: Option<String>,
    /// The name of the volume that the user went to; until they do, the cursor stays at the top.
    anchor: Option<String>,
    /// The name of the volume that the user asked for and that is not listed yet.
    awaited: Option<String>,
    /// The names that volumes are being given, by those that they have.
    renamed: BTreeMap<String, String>,
    order: Vec<u32>,
    active: Filter,
    scratch: Scratch,
}

impl Home {
    /// A list with this order and these columns.
    #[must_use]
    pub fn new(sort: Sort, columns: Vec<Column>) -> Self {
        Self { sort, columns, ..Self::default() }
    }

    /// Takes in new volumes, sizes or another order, keeping the selected volume selected.
    pub fn reorder(&mut self, inventory: &Inventory, known: Known<'_>) {
        let sizes = known.sizes;
        self.order = sort::order(inventory, &known, self.sort);
        self.marks.retain(|name| inventory.position(name).is_some());
        self.refilter(inventory, sizes);
    }

    /// Applies the filter as it is typed now.
    pub fn refilter(&mut self, inventory: &Inventory, sizes: &Sizes) {
        match Filter::parse(self.filter.value()) {
            Ok(filter) => {
                self.active = filter;
                self.filter_trouble = None;
            }
            Err(trouble) => self.filter_trouble = Some(trouble),
        }
        let passing = self.active.pass(inventory, &self.order, &mut self.scratch);
        self.rows = if self.is_grouped {
            grouped(inventory, sizes, self.sort, passing)
        } else {
            passing.into_iter().map(Row::Volume).collect()
        };
        self.find_selected(inventory);
    }

    /// The position of the selected volume in the inventory.
    #[must_use]
    pub fn selected(&self) -> Option<usize> {
        match self.rows.get(self.cursor.at) {
            Some(Row::Volume(at)) => Some(*at as usize),
            Some(Row::Group { .. }) | None => None,
        }
    }

    /// The names of the volumes in the `rows` rows that are shown, the selected one first.
    #[must_use]
    pub fn seen(&self, inventory: &Inventory, rows: usize) -> Vec<String> {
        let name = |row: &Row| match row {
            Row::Volume(at) => inventory.volumes.get(*at as usize).map(|volume| volume.name.clone()),
            Row::Group { .. } => None,
        };
        let shown = self.rows.iter().skip(self.cursor.top).take(rows).filter_map(name);
        let others = shown.filter(|name| Some(name) != self.selected.as_ref());
        self.selected.iter().cloned().chain(others.collect::<Vec<_>>()).collect()
    }

    /// The name of the selected volume.
    #[must_use]
    pub fn selected_name(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// Moves by rows, over the headings.
    pub fn step(&mut self, steps: isize, inventory: &Inventory) {
        self.cursor.step(steps, self.rows.len());
        self.leave_heading(if steps < 0 { -1 } else { 1 });
        self.remember(inventory);
    }

    /// Goes to a row.
    pub fn go_to(&mut self, row: usize, inventory: &Inventory) {
        self.cursor.at = row.min(self.rows.len().saturating_sub(1));
        self.leave_heading(1);
        self.remember(inventory);
    }

    /// The volumes that the next verb is about: the marked ones, else the selected one.
    #[must_use]
    pub fn chosen(&self) -> Vec<&str> {
        if self.marks.is_empty() {
            self.selected.as_deref().into_iter().collect()
        } else {
            self.marks.iter().map(String::as_str).collect()
        }
    }

    /// The listed volumes, by position in the inventory.
    pub fn listed(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().filter_map(|row| match row {
            Row::Volume(at) => Some(*at as usize),
            Row::Group { .. } => None,
        })
    }

    /// Goes to the volume of this name, now or when it is listed, unless the user goes elsewhere
    /// meanwhile.
    pub fn expect(&mut self, name: String, inventory: &Inventory) {
        self.awaited = Some(name);
        self.find_selected(inventory);
    }

    /// A volume is being given another name: whoever is on it goes with it.
    pub fn follow(&mut self, from: String, to: String) {
        if self.selected.as_ref() == Some(&from) {
            self.anchor = Some(from.clone());
        }
        self.renamed.insert(from, to);
    }

    fn remember(&mut self, inventory: &Inventory) {
        self.awaited = None;
        self.selected = self.name_at(self.cursor.at, inventory);
        self.anchor.clone_from(&self.selected);
    }

    fn name_at(&self, row: usize, inventory: &Inventory) -> Option<String> {
        match self.rows.get(row)? {
            Row::Volume(at) => inventory.volumes.get(*at as usize).map(|v| v.name.clone()),
            Row::Group { .. } => None,
        }
    }

    /// Selection is by identity, then by position. A filter that hides the volume that the user
    /// went to does not forget it.
    fn find_selected(&mut self, inventory: &Inventory) {
        if self.awaited.as_deref().is_some_and(|name| inventory.position(name).is_some()) {
            self.anchor = self.awaited.take();
        }
        let is_listed = |name: &str| inventory.position(name).is_some();
        if let Some(from) = self.anchor.as_ref().filter(|name| !is_listed(name))
            && self.renamed.get(from).is_some_and(|to| is_listed(to))
        {
            self.anchor = self.renamed.remove(from);
        }
        let place = self.anchor.as_deref().map(|name| inventory.position(name));
        let row_of = |wanted: usize| {
            self.rows.iter().position(|row| matches!(row, Row::Volume(at) if *at as usize == wanted))
        };
        match place {
            Some(Some(wanted)) => self.cursor.at = row_of(wanted).unwrap_or(0),
            Some(None) => {
                self.cursor.at = self.cursor.at.min(self.rows.len().saturating_sub(1));
                self.anchor = None;
            }
            None => self.cursor.at = 0,
        }
        self.leave_heading(1);
        self.selected = self.name_at(self.cursor.at, inventory);
        if place == Some(None) {
            self.anchor.clone_from(&self.selected);
        }
    }

    fn leave_heading(&mut self, direction: isize) {
        let is_heading = |home: &Self| matches!(home.rows.get(home.cursor.at), Some(Row::Group { .. }));
        for direction in [direction, -direction] {
            if is_heading(self) {
                self.cursor.step(direction, self.rows.len());
            }
        }
    }
}

fn grouped(inventory: &Inventory, sizes: &Sizes, sort: Sort, passing: Vec<u32>) -> Vec<Row> {
    let mut groups: Vec<(Option<&str>, Totals, Vec<u32>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for at in passing {
        let project = inventory.volumes.get(at as usize).and_then(|v| v.project());
        let place = *places.entry(project).or_insert_with(|| {
            groups.push((project, Totals::default(), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, totals, members)) = groups.get_mut(place) {
            totals.add(sizes.bytes(at as usize));
            members.push(at);
        }
    }
    groups.sort_by(|(a, total_a, _), (b, total_b, _)| {
        let by_size = (sort.column == Column::Size).then(|| {
            let order = total_a.bytes.cmp(&total_b.bytes);
            if sort.is_descending { order.reverse() } else { order }
        });
        a.is_none()
            .cmp(&b.is_none())
            .then(by_size.unwrap_or(std::cmp::Ordering::Equal))
            .then_with(|| natural(a.unwrap_or_default(), b.unwrap_or_default()))
    });
    groups
        .into_iter()
        .flat_map(|(project, totals, members)| {
            std::iter::once(Row::Group { project: project.map(str::to_owned), totals })
                .chain(members.into_iter().map(Row::Volume))
        })
        .collect()
}

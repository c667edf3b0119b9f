//! The screen before a removal and after it: what would go, what stays and why, what came of it.

mod rows;
pub mod words;

use std::collections::BTreeSet;

use jiff::Timestamp;
use tui_input::Input;

use super::cursor::Cursor;
use super::screen::Screen;
use crate::domain::inventory::Inventory;
use crate::domain::prune::{Asking, Facts, Freed, Misread, PrunePlan, Rules, Undo};
use crate::domain::removal::Report;
use crate::domain::status::Status;
use crate::domain::volume::{Kind, Volume};

/// So many volumes are asked to be measured first.
const MEASURED_FIRST: usize = 1_000;

/// What is proposed: what rules find, or what the user named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// What the rules find.
    #[default]
    Prune,
    /// The volumes of these names.
    Named(BTreeSet<String>),
}

/// What the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// What would happen.
    #[default]
    Plan,
    /// What happens, and what happened.
    Report,
}

/// What volumes that stay are shown under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// They were named, and cannot be removed.
    Refused,
    /// They go, beside some that are refused.
    Going,
    /// They stay, for another reason than that they are used.
    Kept,
    /// Containers have them.
    Used,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A heading, and how many volumes are below it.
    Heading(Group, u32),
    /// A volume that goes, by position in the plan.
    Candidate(u32),
    /// A volume that the user took out, by position in the inventory.
    TakenOut(u32),
    /// A volume that stays, by position in the plan.
    Kept(u32),
    /// What came of a volume, by position in the report.
    Done(u32),
}

/// What the user went to, whatever its position.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Anchor {
    Volume(String),
    Heading(Group),
}

/// What was on the screen when the user was asked: what is agreed to must be that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    volumes: Vec<Volume>,
    pub(super) asking: Asking,
}

/// The screen.
#[derive(Debug, Default)]
pub struct Removal {
    /// What is proposed.
    pub mode: Mode,
    /// What is shown.
    pub phase: Phase,
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    /// The rules as typed.
    pub typed: Input,
    /// Whether they are being typed.
    pub is_editing: bool,
    /// Why they cannot be read; the last ones that could are shown meanwhile.
    pub misread: Option<Misread>,
    /// The rules in force.
    pub rules: Rules,
    /// What goes and what stays.
    pub plan: PrunePlan,
    /// What it frees.
    pub freed: Freed,
    /// The named volumes that are gone.
    pub gone: usize,
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether the engine is to forget volumes whose driver fails.
    pub is_forced: bool,
    /// Whether what goes can be brought back, where there is a trash.
    pub undo: Undo,
    /// Since when what was measured counts as measured in this run.
    pub since: Timestamp,
    /// The screen that one came from.
    pub(super) came_from: Screen,
    /// The rules as they were before they were edited.
    pub(super) before: String,
    /// What lies over the screen was asked of this.
    pub(super) shown: Option<Shown>,
    /// The volumes to be measured first.
    pub(super) wanted: Vec<String>,
    taken_out: BTreeSet<String>,
    toggled: BTreeSet<Group>,
    anchor: Option<Anchor>,
    is_old: bool,
}

impl Removal {
    /// A screen for what is measured from this moment on.
    #[must_use]
    pub fn new(since: Timestamp) -> Self {
        Self { since, ..Self::default() }
    }

    /// Begins a plan; the rules of the last one stay.
    pub(super) fn begin(&mut self, mode: Mode, came_from: Screen) {
        let last = std::mem::take(self);
        *self = Self {
            mode,
            came_from,
            typed: last.typed,
            misread: last.misread,
            rules: last.rules,
            since: last.since,
            is_old: true,
            ..Self::default()
        };
    }

    /// Something that it shows has changed; it is worked out anew when it is seen.
    pub const fn invalidate(&mut self) {
        self.is_old = true;
    }

    pub(super) const fn take_old(&mut self) -> bool {
        std::mem::replace(&mut self.is_old, false)
    }

    /// Whether volumes are proposed by rules.
    #[must_use]
    pub const fn is_prune(&self) -> bool {
        matches!(self.mode, Mode::Prune)
    }

    /// Takes in the rules as they are typed now.
    pub(super) fn read(&mut self) {
        match Rules::parse(self.typed.value()) {
            Ok(rules) => {
                self.misread = None;
                self.rules = rules;
                self.is_old = true;
            }
            Err(misread) => self.misread = Some(misread),
        }
    }

    /// Works the plan out anew.
    pub(super) fn refresh(&mut self, facts: &Facts<'_>, report: Option<&Report>) {
        self.plan = match &self.mode {
            Mode::Prune => PrunePlan::by_rules(facts, &self.rules, &self.taken_out),
            Mode::Named(names) => {
                let left: BTreeSet<String> = names.difference(&self.taken_out).cloned().collect();
                PrunePlan::by_name(facts, &left)
            }
        };
        self.freed = self.plan.freed();
        // What was forced for some rows is not forced for others.
        self.is_forced &= self.can_be_forced(facts.inventory, report);
        self.gone = match &self.mode {
            Mode::Prune => 0,
            Mode::Named(names) => {
                names.iter().filter(|name| facts.inventory.position(name).is_none()).count()
            }
        };
        self.want(facts.inventory);
        self.lay_out(facts.inventory, report);
    }

    /// Works the rows out anew, keeping the selected one selected.
    pub(super) fn lay_out(&mut self, inventory: &Inventory, report: Option<&Report>) {
        let rows = match self.phase {
            Phase::Plan => rows::of_plan(self, inventory),
            Phase::Report => rows::of_report(report),
        };
        self.rows = rows;
        let Some(anchor) = &self.anchor else {
            let is_running = report.is_some_and(|report| !report.is_over);
            let is_followed = self.phase == Phase::Report && is_running;
            self.cursor.at = if is_followed { self.rows.len().saturating_sub(1) } else { self.first() };
            return;
        };
        let place = self.rows.iter().position(|row| self.is_at(*row, anchor, inventory, report));
        self.cursor.at = place.unwrap_or_else(|| self.cursor.at.min(self.rows.len().saturating_sub(1)));
    }

    /// The first row that is no heading.
    fn first(&self) -> usize {
        self.rows.iter().position(|row| !matches!(row, Row::Heading(..))).unwrap_or(0)
    }

    /// The position in the inventory of the volume in a row.
    #[must_use]
    pub fn volume_at(&self, row: Row) -> Option<usize> {
        match row {
            Row::Candidate(at) => self.plan.candidates.get(at as usize).map(|candidate| candidate.at),
            Row::TakenOut(at) => Some(at as usize),
            Row::Kept(at) => self.plan.kept.get(at as usize).map(|kept| kept.at),
            Row::Heading(..) | Row::Done(_) => None,
        }
    }

    fn name<'a>(&self, row: Row, inventory: &'a Inventory, report: Option<&'a Report>) -> Option<&'a str> {
        match row {
            Row::Done(at) => report?.done.get(at as usize).map(|done| done.name.as_str()),
            row => inventory.volumes.get(self.volume_at(row)?).map(|volume| volume.name.as_str()),
        }
    }

    fn is_at(&self, row: Row, anchor: &Anchor, inventory: &Inventory, report: Option<&Report>) -> bool {
        match (row, anchor) {
            (Row::Heading(group, _), Anchor::Heading(wanted)) => group == *wanted,
            (row, Anchor::Volume(name)) => self.name(row, inventory, report) == Some(name.as_str()),
            _ => false,
        }
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Option<Row> {
        self.rows.get(self.cursor.at).copied()
    }

    /// The name of the volume in the selected row.
    #[must_use]
    pub fn selected_name<'a>(&self, inventory: &'a Inventory, report: Option<&'a Report>) -> Option<&'a str> {
        self.name(self.selected()?, inventory, report)
    }

    /// Goes to a row.
    pub(super) fn go_to(&mut self, row: usize, inventory: &Inventory, report: Option<&Report>) {
        self.cursor.at = row.min(self.rows.len().saturating_sub(1));
        let is_end = self.phase == Phase::Report && self.cursor.at + 1 >= self.rows.len();
        self.anchor = match self.selected() {
            // Whoever goes to the end of a report follows it.
            _ if is_end => None,
            Some(Row::Heading(group, _)) => Some(Anchor::Heading(group)),
            Some(row) => self.name(row, inventory, report).map(|name| Anchor::Volume(name.to_owned())),
            None => None,
        };
    }

    /// Takes the volume of the selected row out, or in again; whether there was one to be taken.
    pub(super) fn toggle(&mut self, inventory: &Inventory) -> bool {
        let Some(row @ (Row::Candidate(_) | Row::TakenOut(_))) = self.selected() else { return false };
        let Some(name) = self.name(row, inventory, None).map(str::to_owned) else { return false };
        if !self.taken_out.remove(&name) {
            self.taken_out.insert(name);
        }
        self.is_old = true;
        true
    }

    /// Takes all candidates out, or all in again.
    pub(super) fn toggle_all(&mut self, inventory: &Inventory) {
        if self.plan.candidates.is_empty() {
            self.taken_out.clear();
        } else {
            let names = self.plan.candidates.iter().filter_map(|c| inventory.volumes.get(c.at));
            self.taken_out.extend(names.map(|volume| volume.name.clone()));
        }
        self.is_old = true;
    }

    /// Whether a name was taken out.
    #[must_use]
    pub fn has_taken_out(&self) -> bool {
        self.rows.iter().any(|row| matches!(row, Row::TakenOut(_)))
    }

    /// Folds or unfolds what is below a heading.
    pub(super) fn fold(&mut self, group: Group) {
        if !self.toggled.remove(&group) {
            self.toggled.insert(group);
        }
    }

    /// Whether what is below a heading is shown; of the used ones a count does.
    #[must_use]
    pub fn is_open(&self, group: Group) -> bool {
        (group != Group::Used) != self.toggled.contains(&group)
    }

    /// What is to be measured before everything else.
    fn want(&mut self, inventory: &Inventory) {
        self.wanted = match &self.mode {
            Mode::Named(names) => names.iter().take(MEASURED_FIRST).cloned().collect(),
            Mode::Prune => (0..inventory.volumes.len())
                .filter(|at| inventory.status(*at) == Status::Dangling)
                .filter_map(|at| inventory.volumes.get(at))
                .take(MEASURED_FIRST)
                .map(|volume| volume.name.clone())
                .collect(),
        };
    }

    /// Whether it is still what was on the screen when the user was asked.
    pub(super) fn is_as_shown(&self, facts: &Facts<'_>) -> bool {
        let Some(shown) = &self.shown else { return false };
        let volumes = self.plan.candidates.iter().map(|candidate| facts.inventory.volumes.get(candidate.at));
        self.plan.asking(facts).as_ref() == Some(&shown.asking) && volumes.eq(shown.volumes.iter().map(Some))
    }

    /// What is on the screen, for being asked about.
    pub(super) fn show(&self, facts: &Facts<'_>) -> Option<Shown> {
        let asking = self.plan.asking(facts)?;
        let volume = |at: usize| facts.inventory.volumes.get(at).cloned();
        let volumes = self.plan.candidates.iter().filter_map(|candidate| volume(candidate.at)).collect();
        Some(Shown { volumes, asking })
    }

    /// Whether it makes sense to let the engine forget what its driver cannot remove: of every volume
    /// that goes, so that nothing is forced that needs none.
    #[must_use]
    pub fn can_be_forced(&self, inventory: &Inventory, report: Option<&Report>) -> bool {
        use crate::domain::removal::Outcome;
        let failed: BTreeSet<&str> = report
            .into_iter()
            .flat_map(|report| &report.done)
            .filter(|done| matches!(done.outcome, Outcome::Failed(_)))
            .map(|done| done.name.as_str())
            .collect();
        !self.plan.candidates.is_empty()
            && self.plan.candidates.iter().all(|candidate| {
                candidate.because.kind == Kind::Plugin
                    || (!failed.is_empty()
                        && inventory
                            .volumes
                            .get(candidate.at)
                            .is_some_and(|v| failed.contains(v.name.as_str())))
            })
    }
}

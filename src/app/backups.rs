//! The screen of the backups: which one is selected, and which are marked.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::cursor::Cursor;
use super::jobs::Jobs;
use crate::domain::keep::Kept;

/// The screen.
#[derive(Debug, Default)]
pub struct Backups {
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    /// The files that are marked.
    pub marks: BTreeSet<PathBuf>,
    anchor: Option<PathBuf>,
}

impl Backups {
    /// The list is another one: the selected backup stays selected, wherever it is now.
    pub fn settle(&mut self, jobs: &Jobs) {
        let kept = jobs.kept();
        if !self.marks.is_empty() {
            self.marks.retain(|path| kept.iter().any(|one| one.path == *path));
        }
        let place = self.anchor.as_ref().and_then(|path| kept.iter().position(|one| one.path == *path));
        self.cursor.at = place.unwrap_or(self.cursor.at).min(kept.len().saturating_sub(1));
    }

    /// The selected backup.
    #[must_use]
    pub fn selected<'a>(&self, jobs: &'a Jobs) -> Option<&'a Kept> {
        jobs.kept().get(self.cursor.at)
    }

    /// The marked backups, in the list's order; without marks the selected one.
    #[must_use]
    pub fn chosen<'a>(&self, jobs: &'a Jobs) -> Vec<&'a Kept> {
        if self.marks.is_empty() {
            return self.selected(jobs).into_iter().collect();
        }
        jobs.kept().iter().filter(|kept| self.marks.contains(&kept.path)).collect()
    }

    /// Marks the selected backup, or unmarks it; `false` when there is none.
    pub fn mark(&mut self, jobs: &Jobs) -> bool {
        let Some(path) = self.selected(jobs).map(|kept| kept.path.clone()) else { return false };
        if !self.marks.remove(&path) {
            self.marks.insert(path);
        }
        true
    }

    /// Marks all, or none when all are.
    pub fn mark_all(&mut self, jobs: &Jobs) {
        let all: BTreeSet<PathBuf> = jobs.kept().iter().map(|kept| kept.path.clone()).collect();
        self.marks = if self.marks == all { BTreeSet::new() } else { all };
    }

    /// Moves by rows.
    pub fn step(&mut self, steps: isize, jobs: &Jobs) {
        self.cursor.step(steps, jobs.kept().len());
        self.remember(jobs);
    }

    /// Goes to a row.
    pub fn go_to(&mut self, row: usize, jobs: &Jobs) {
        self.cursor.at = row.min(jobs.kept().len().saturating_sub(1));
        self.remember(jobs);
    }

    fn remember(&mut self, jobs: &Jobs) {
        self.anchor = self.selected(jobs).map(|kept| kept.path.clone());
    }
}

//! The screen of the backups: which one is selected.

use std::path::PathBuf;

use super::cursor::Cursor;
use super::jobs::Jobs;
use crate::domain::keep::Kept;

/// The screen.
#[derive(Debug, Default)]
pub struct Backups {
    /// The selected row and the first one shown.
    pub cursor: Cursor,
    anchor: Option<PathBuf>,
}

impl Backups {
    /// The list is another one: the selected backup stays selected, wherever it is now.
    pub fn settle(&mut self, jobs: &Jobs) {
        let kept = jobs.kept();
        let place = self.anchor.as_ref().and_then(|path| kept.iter().position(|one| one.path == *path));
        self.cursor.at = place.unwrap_or(self.cursor.at).min(kept.len().saturating_sub(1));
    }

    /// The selected backup.
    #[must_use]
    pub fn selected<'a>(&self, jobs: &'a Jobs) -> Option<&'a Kept> {
        jobs.kept().get(self.cursor.at)
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

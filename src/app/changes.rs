//! What is being changed on the engine, and what must not be.

use std::sync::Arc;

use jiff::Timestamp;

use super::form::Form;
use crate::domain::lifecycle::Act;
use crate::domain::protection::{Guard, Protection};
use crate::domain::prune::Undo;
use crate::domain::removal::Report;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;

/// What the screen knows of changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// What is protected; nothing where nobody said so yet, or where it cannot be read.
    pub protection: Option<Arc<Protection>>,
    /// Why it cannot be read.
    pub protection_trouble: Option<Trouble>,
    /// The removal that is under way, or the last one.
    pub report: Option<Report>,
    /// Whether what it removes goes to the trash.
    pub undo: Undo,
    /// Why the last removal could not begin or go on.
    pub refusal: Option<Trouble>,
    /// When it began.
    pub began_at: Option<Timestamp>,
    /// Whether the user asked it to stop.
    pub is_stopping: bool,
    /// Whether the user wants to leave once it is over.
    pub is_leaving: bool,
    /// Whether containers are being stopped and removed for their volumes.
    pub is_clearing: bool,
    /// What is being done with containers, by their names.
    pub acting: Vec<(String, Act)>,
    /// The form as it was left, without its password.
    pub draft: Option<Box<Form>>,
}

impl Changes {
    /// What protects this volume, as far as that is known.
    #[must_use]
    pub fn guard(&self, volume: &Volume) -> Option<Guard> {
        self.protection.as_ref()?.of(volume)
    }

    /// What is being done with the container of this name.
    #[must_use]
    pub fn act_on(&self, container: &str) -> Option<Act> {
        self.acting.iter().find(|(name, _)| name == container).map(|(_, act)| *act)
    }

    /// Whether volumes are being removed now.
    #[must_use]
    pub fn is_removing(&self) -> bool {
        self.report.as_ref().is_some_and(|report| !report.is_over)
    }
}

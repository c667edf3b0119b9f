//! The right to change an engine: without it nothing is changed, and whoever has it writes down what
//! is done.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::audit::{Audit, Entry, Step};
use super::protection;
use crate::domain::keep::Trash;
use crate::domain::protection::Protection;
use crate::domain::trouble::Trouble;
use crate::engine::changes::Changes;
use crate::engine::{Error, SharedEngine};
use crate::history::History;

/// What changes are bound to on every engine.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Name patterns of volumes that must not be removed.
    pub patterns: Vec<String>,
    /// Where the audit log is; nothing where none is kept.
    pub audit: Option<PathBuf>,
    /// Where the trash is; nothing where none is kept.
    pub trash: Option<Trash>,
}

/// The right to change one engine.
#[derive(Clone)]
pub struct Right {
    engine: SharedEngine,
    history: Option<Arc<History>>,
    patterns: Vec<String>,
    audit: Option<Audit>,
    trash: Option<Trash>,
}

impl std::fmt::Debug for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Right").field("engine", &self.engine.info().id).finish_non_exhaustive()
    }
}

/// What came of a change, and of writing it down.
#[derive(Debug)]
#[must_use]
pub struct Audited {
    /// What came of the change.
    pub outcome: Result<(), Trouble>,
    /// Why it is not in the audit log, where it is not.
    pub unlogged: Option<Trouble>,
}

impl Right {
    /// The right to change this engine.
    ///
    /// # Errors
    /// When volx was told to change nothing there.
    pub fn of(engine: &SharedEngine, history: Option<Arc<History>>, terms: &Terms) -> Result<Self, Trouble> {
        if engine.changes().is_none() {
            return Err(read_only());
        }
        // What happens in the demo happened nowhere.
        let audit = if engine.demo().is_some() { None } else { terms.audit.clone().map(Audit::at) };
        let trash = if engine.demo().is_some() { None } else { terms.trash.clone() };
        Ok(Self { engine: Arc::clone(engine), history, patterns: terms.patterns.clone(), audit, trash })
    }

    /// The engine.
    #[must_use]
    pub const fn engine(&self) -> &SharedEngine {
        &self.engine
    }

    /// What is protected now.
    ///
    /// # Errors
    /// When that cannot be read; then nothing may be removed.
    pub async fn protection(&self) -> Result<Protection, Trouble> {
        protection::read(self.history.as_ref(), &self.engine.info().id, &self.patterns).await
    }

    /// Where something is kept beside the audit log; nothing where nothing is kept.
    pub(super) fn beside_log(&self, name: &str) -> Option<PathBuf> {
        self.audit.as_ref().map(|audit| audit.path().with_file_name(name))
    }

    pub(super) const fn trash(&self) -> Option<&Trash> {
        self.trash.as_ref()
    }

    pub(super) const fn history(&self) -> Option<&Arc<History>> {
        self.history.as_ref()
    }

    pub(super) fn changes(&self) -> Result<&dyn Changes, Trouble> {
        self.engine.changes().ok_or_else(read_only)
    }

    /// Writes a line into the audit log.
    pub(super) async fn log(&self, entry: Entry) -> Result<(), Trouble> {
        self.log_all(vec![entry]).await
    }

    /// Writes lines into the audit log.
    pub(super) async fn log_all(&self, entries: Vec<Entry>) -> Result<(), Trouble> {
        let Some(audit) = self.audit.clone().filter(|_| !entries.is_empty()) else { return Ok(()) };
        let engine = Arc::clone(&self.engine);
        match tokio::task::spawn_blocking(move || audit.write(engine.info(), &entries)).await {
            Ok(written) => written,
            Err(error) => Err(Trouble::new("the audit log cannot be written", error.to_string())),
        }
    }

    /// Does one change, with a line before it and one after it.
    pub(super) async fn audited(
        &self,
        action: &str,
        subject: Vec<String>,
        details: Map<String, Value>,
        work: impl Future<Output = Result<(), Trouble>>,
    ) -> Audited {
        let intent = Entry::new(Step::Intent, action, subject.clone()).with(details);
        let mut unlogged = self.log(intent).await.err();
        let outcome = work.await;
        let entry = Entry::new(Step::Result, action, subject);
        let entry = match &outcome {
            Ok(()) => entry.ended("done", None),
            Err(trouble) => entry.ended("failed", Some(trouble.cause.clone())),
        };
        unlogged = self.log(entry).await.err().or(unlogged);
        Audited { outcome, unlogged }
    }
}

/// Why nothing is changed.
pub(super) fn read_only() -> Trouble {
    let error = Error::ReadOnly { request: "no change was sent".to_owned() };
    let trouble = Trouble::new("nothing was changed", "volx was told to change nothing (read-only)");
    match error.remedy() {
        Some(remedy) => trouble.with_remedy(remedy),
        None => trouble,
    }
}

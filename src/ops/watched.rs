//! Who watches an engine: only what was watched without a gap is known to be unused.

use std::sync::{Arc, Mutex, PoisonError};

use crate::access::helper::owner::Owner;
use crate::history::{Error, History};

/// Stands for those who watched the demo before it was opened.
pub(super) const DEMO: &str = "demo";

/// Forgets those who died while they watched. Whose life cannot be looked up is not counted on.
pub(super) fn sweep(history: &History, engine: &str) -> Result<(), Error> {
    for owner in history.watchers(engine)? {
        let lives = Owner::read(&owner).is_some_and(|owner| owner.is_dead() == Some(false));
        if !lives && owner != DEMO {
            history.end_watch(engine, &owner)?;
        }
    }
    Ok(())
}

/// One who watches an engine, until it is dropped.
pub(super) struct Watcher {
    history: Arc<History>,
    engine: String,
    /// Begun; never again after the end.
    is_begun: Mutex<Option<bool>>,
}

impl Watcher {
    pub(super) fn new(history: Arc<History>, engine: String) -> Self {
        Self { history, engine, is_begun: Mutex::new(Some(false)) }
    }

    /// From the last listing on nothing happens unseen.
    pub(super) fn begin(&self) -> Result<(), Error> {
        let mut is_begun = self.is_begun.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_begun == Some(false) {
            self.history.begin_watch(&self.engine, &Owner::ours().label())?;
            *is_begun = Some(true);
        }
        Ok(())
    }

    /// From now on things happen unseen.
    pub(super) fn end(&self) {
        let mut is_begun = self.is_begun.lock().unwrap_or_else(PoisonError::into_inner);
        if is_begun.take() == Some(true) {
            // The next listing finds out that we are gone, at the latest with this process.
            let _ = self.history.end_watch(&self.engine, &Owner::ours().label());
        }
    }
}

//! The demo's history: in memory, and begun before the demo was opened.

use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::demo::past;
use crate::history::{Error, History, Seen};
use crate::ops::watched::DEMO;

/// What would have been written down if somebody had watched the demo for three weeks.
///
/// # Errors
/// When SQLite fails.
pub fn history(now: Timestamp) -> Result<Arc<History>, Error> {
    let history = History::in_memory()?;
    let engine = past::identity();
    for (look, is_watched) in
        past::looks(now).into_iter().zip(std::iter::once(false).chain(std::iter::repeat(true)))
    {
        let seen = Seen { at: look.at, is_watched, is_created_stable: true };
        history.record_inventory(&engine, &look.inventory, seen)?;
        history.record_usages(&engine, look.usages.iter().map(|(name, usage)| (name.as_str(), usage)))?;
        for (name, folders) in &look.folders {
            history.record_folders(&engine, name, look.at, folders)?;
        }
    }
    history.begin_watch(&engine, DEMO)?;
    Ok(Arc::new(history))
}

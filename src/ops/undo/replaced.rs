//! Taking back a replacing: what the volume holds by now goes to the trash, what it held comes back.

use std::sync::Arc;

use super::SUMMARY;
use crate::access::walk::Progress;
use crate::domain::keep::Discarded;
use crate::domain::trouble::Trouble;
use crate::ops::copying::NotDone;
use crate::ops::replace;
use crate::ops::restore::{self, Restored};
use crate::ops::right::Right;
use crate::ops::trash::{self, drop_rows, on_thread};
use crate::ops::work::Work;

/// Lets what a volume held before come back. The answer is what went wrong all the same.
pub(super) async fn put_back(
    right: &Right,
    row: &Discarded,
    progress: &Arc<Progress>,
) -> Result<Option<Trouble>, Trouble> {
    let path = row.path.as_ref().ok_or_else(|| Trouble::new(SUMMARY, "there is no file of what it held"))?;
    let source = restore::source(path, None).await?;
    let work = Work::default();
    let replacing = replace::replace(right, &source, &row.volume.name, false, None, &work);
    tokio::pin!(replacing);
    let done: Result<Restored, NotDone> = tokio::select! {
        done = &mut replacing => done,
        () = progress.cancelled() => {
            work.cancel();
            replacing.await
        }
    };
    let in_use = |NotDone { trouble, .. }| match &trouble.remedy {
        // It speaks of an option that undoing has not.
        Some(remedy) if remedy.starts_with("--stop") => {
            Trouble { remedy: None, ..trouble }.with_remedy("stop these containers first, then undo again")
        }
        _ => trouble,
    };
    let restored = done.map_err(in_use)?;
    let (history, row) = (trash::history(right)?, row.clone());
    on_thread(move || drop_rows(&history, &[row])).await?;
    Ok(restored.troubles.into_iter().next())
}

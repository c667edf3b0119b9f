//! Copying out of a volume and into it, with word of how far it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::looking::trouble;
use super::task::Task;
use super::{Opened, Report};
use crate::access::content::{Content, Copied, Error};
use crate::access::walk::Progress;
use crate::domain::files_news::{CopyReport, FilesNews};
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;

/// How far it is, is told at this pace.
const PACE: Duration = Duration::from_millis(250);

/// What is copied, and which way.
#[derive(Debug)]
pub(super) enum Way {
    Out { place: Place, to: PathBuf },
    In { from: PathBuf, place: Place },
}

/// A copy that is under way.
#[derive(Debug)]
pub(super) struct Copying {
    progress: Arc<Progress>,
    _task: Task,
}

impl Copying {
    /// Tells it to end; it says so when it has.
    pub(super) fn cancel(&self) {
        self.progress.cancel();
    }
}

pub(super) fn begin(opened: Opened, way: Way, report: Report) -> Copying {
    let progress = Arc::new(Progress::default());
    let watched = Arc::clone(&progress);
    let task = Task::with(Arc::clone(&progress), async move {
        let outcome = match opened.await {
            Ok(content) => copied(content.as_ref(), &way, &watched, &report).await,
            Err(trouble) => Err(trouble),
        };
        report.tell(FilesNews::CopyEnded(outcome)).await;
    });
    Copying { progress, _task: task }
}

async fn copied(
    content: &dyn Content,
    way: &Way,
    progress: &Arc<Progress>,
    report: &Report,
) -> Result<CopyReport, Trouble> {
    let work = carry_out(content, way, progress);
    tokio::pin!(work);
    let mut tick = tokio::time::interval(PACE);
    loop {
        tokio::select! {
            outcome = &mut work => {
                return outcome.map(reported).map_err(|error| trouble("nothing more is copied", &error));
            }
            _ = tick.tick() => {
                let entries = progress.entries.load(Ordering::Relaxed);
                let bytes = progress.allocated.load(Ordering::Relaxed);
                report.tell(FilesNews::Copying { entries, bytes }).await;
            }
        }
    }
}

/// The one place where files of this machine are touched: `ops::files` will do it.
async fn carry_out(content: &dyn Content, way: &Way, progress: &Arc<Progress>) -> Result<Copied, Error> {
    match way {
        Way::Out { place, to } => {
            let _target: PathBuf = at_home(to);
            content.pack(place, progress).await?;
            Err(not_yet(content, "copy files out"))
        }
        Way::In { from, place } => {
            let _source: PathBuf = at_home(from);
            content.unpack(place, Box::new(tokio::io::empty()), false, progress).await?;
            Err(not_yet(content, "copy files in"))
        }
    }
}

fn not_yet(content: &dyn Content, what: &'static str) -> Error {
    Error::NotThisWay { way: content.way(), what, why: "the screen cannot yet".to_owned() }
}

/// A path with `~` as a shell understands it.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn reported(copied: Copied) -> CopyReport {
    let Copied { entries, bytes, skipped, more_skipped } = copied;
    CopyReport { entries, bytes, skipped, more_skipped }
}

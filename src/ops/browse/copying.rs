//! Copying out of a volume and into it, with word of how far it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::task::Task;
use super::{Opened, Report, told};
use crate::access::content::{Content, Copied};
use crate::access::walk::Progress;
use crate::domain::files_news::{CopyReport, FilesNews};
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::ops::files::{self, Error, Putting, at_home};

/// How far it is, is told at this pace.
const PACE: Duration = Duration::from_millis(250);

/// What is copied, and which way.
pub(super) enum Way {
    Out { volume: String, place: Place, to: PathBuf, replace: bool },
    In { from: PathBuf, place: Place, replace: bool, engine: SharedEngine, volume: Volume },
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
        let news = match opened.await {
            Ok(content) => copied(content.as_ref(), &way, &watched, &report).await,
            Err(trouble) => FilesNews::CopyEnded(Err(trouble)),
        };
        report.tell(news).await;
    });
    Copying { progress, _task: task }
}

async fn copied(content: &dyn Content, way: &Way, progress: &Arc<Progress>, report: &Report) -> FilesNews {
    let work = carry_out(content, way, progress);
    tokio::pin!(work);
    let mut tick = tokio::time::interval(PACE);
    loop {
        tokio::select! {
            outcome = &mut work => {
                return outcome.map_or_else(failed, |copied| FilesNews::CopyEnded(Ok(reported(copied))));
            }
            _ = tick.tick() => {
                let (entries, bytes) = progress.seen();
                report.tell(FilesNews::Copying { entries, bytes }).await;
            }
        }
    }
}

async fn carry_out(content: &dyn Content, way: &Way, progress: &Arc<Progress>) -> Result<Copied, Error> {
    // What is there already stays, unless it was asked whether it may go.
    match way {
        Way::Out { volume, place, to, replace } => {
            files::get(content, volume, place, &at_home(to), *replace, progress).await
        }
        Way::In { from, place, replace, engine, volume } => {
            files::kept(engine, volume).await?;
            let putting = Putting::plan(content, &at_home(from), place, *replace).await?;
            files::put(content, &putting, progress).await
        }
    }
}

/// What was typed is refused by itself; what failed inside the volume is not.
fn failed(error: Error) -> FilesNews {
    match error {
        Error::Content(error) => FilesNews::CopyEnded(Err(told(&error, "not copied"))),
        Error::Exists(what) => {
            let cause = format!("{what} is there already");
            FilesNews::CopyRefused { trouble: Trouble::new("not copied", cause), is_there: true }
        }
        // No other line would help here.
        Error::NotKept(_) | Error::ReadOnly => FilesNews::CopyEnded(Err(Trouble {
            remedy: error.remedy().map(str::to_owned),
            ..Trouble::new("not copied", error.to_string())
        })),
        error => {
            let trouble = Trouble::new("not copied", error.to_string());
            FilesNews::CopyRefused { trouble, is_there: false }
        }
    }
}

fn reported(copied: Copied) -> CopyReport {
    let Copied { entries, bytes, skipped, more_skipped } = copied;
    CopyReport { entries, bytes, skipped, more_skipped }
}

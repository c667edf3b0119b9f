//! Looking about in a volume for the screen: one task that has it open and answers.
//!
//! Each ask is work of its own that reports by itself; a newer one of its kind ends it. Whatever is
//! asked before the volume is open waits for that.

mod copying;
mod looking;
mod task;
mod words;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::mpsc;

use crate::access::content::Content;
use crate::access::open::{open, open_backup};
use crate::domain::access::Way;
use crate::domain::files_news::{FilesAsk, FilesNews};
use crate::domain::keep::Kept;
use crate::domain::live::Observation;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use task::Task;
pub use words::told;

/// Asks that may wait; each is taken up at once.
const BACKLOG: usize = 64;

/// The open volume, or why it is not.
type Opened = Shared<BoxFuture<'static, Result<Arc<dyn Content>, Trouble>>>;

/// The one who looks about in volumes; with it everything that it does ends. Nothing runs before the
/// first ask.
#[derive(Debug, Default)]
pub struct Browser {
    /// The only way to take.
    forced: Option<Way>,
    running: Option<(mpsc::Sender<(u64, FilesAsk)>, Task)>,
}

impl Browser {
    /// One that takes this way alone, where one is named.
    #[must_use]
    pub const fn by(forced: Option<Way>) -> Self {
        Self { forced, running: None }
    }

    /// Takes up an ask; whatever comes of it, and that it cannot be taken up, is told to `out`.
    pub async fn take(
        &mut self,
        engine: &SharedEngine,
        out: &mpsc::Sender<Observation>,
        visit: u64,
        ask: FilesAsk,
    ) {
        let forced = self.forced;
        let (asks, _) = self.running.get_or_insert_with(|| {
            let (asks, asked) = mpsc::channel(BACKLOG);
            (asks, Task::spawn(run(Arc::clone(engine), out.clone(), asked, forced)))
        });
        if let Err(error) = asks.try_send((visit, ask)) {
            let trouble = Trouble::new("not possible now", "too much was asked at once");
            let report = Report { visit, out: out.clone() };
            if let Some(news) = refused(error.into_inner().1, trouble) {
                report.tell(news).await;
            }
        }
    }
}

/// The news that an ask was refused, so that nobody waits for an answer.
#[must_use]
pub fn refused(ask: FilesAsk, trouble: Trouble) -> Option<FilesNews> {
    Some(match ask {
        FilesAsk::Open(_) | FilesAsk::OpenBackup(_) => FilesNews::Opened(Err(trouble)),
        FilesAsk::List(place) => FilesNews::Listed { place, outcome: Err(trouble) },
        FilesAsk::Weigh(place) => FilesNews::AllWeighed { place, outcome: Err(trouble) },
        FilesAsk::Preview { place, .. } => FilesNews::Previewed { place, outcome: Err(trouble) },
        FilesAsk::Get { .. } | FilesAsk::Put { .. } => FilesNews::CopyEnded(Err(trouble)),
        FilesAsk::Cancel | FilesAsk::Close => return None,
    })
}

/// Where a piece of work reports to.
#[derive(Debug, Clone)]
struct Report {
    visit: u64,
    out: mpsc::Sender<Observation>,
}

impl Report {
    /// Reports; `false` when nobody listens any more.
    async fn tell(&self, news: FilesNews) -> bool {
        self.out.send(Observation::Files(self.visit, news)).await.is_ok()
    }
}

/// What is under way; what is replaced ends.
#[derive(Default)]
struct Work {
    /// The only way to take.
    forced: Option<Way>,
    /// The volume that is open.
    volume: Volume,
    opened: Option<Opened>,
    opening: Option<Task>,
    listing: Option<Task>,
    weighing: Option<Task>,
    looking: Option<Task>,
    copying: Option<copying::Copying>,
}

async fn run(
    engine: SharedEngine,
    out: mpsc::Sender<Observation>,
    mut asked: mpsc::Receiver<(u64, FilesAsk)>,
    forced: Option<Way>,
) {
    let mut work = Work { forced, ..Work::default() };
    while let Some((visit, ask)) = asked.recv().await {
        let report = Report { visit, out: out.clone() };
        work.take(&engine, ask, report).await;
    }
}

impl Work {
    async fn take(&mut self, engine: &SharedEngine, ask: FilesAsk, report: Report) {
        match ask {
            FilesAsk::Open(volume) => {
                self.close();
                self.volume.clone_from(&volume);
                self.open(opened(Arc::clone(engine), *volume, self.forced), report);
            }
            FilesAsk::OpenBackup(kept) => {
                self.close();
                self.volume = Volume { name: kept.volume.clone(), ..Volume::default() };
                self.open(opened_backup(Arc::clone(engine), *kept), report);
            }
            FilesAsk::Cancel => {
                if let Some(copying) = &self.copying {
                    copying.cancel();
                }
            }
            FilesAsk::Close => self.close(),
            ask => match self.opened.clone() {
                Some(opened) => self.begin(engine, opened, ask, report),
                None => {
                    let trouble = Trouble::new("not possible now", "no volume is open");
                    if let Some(news) = refused(ask, trouble) {
                        report.tell(news).await;
                    }
                }
            },
        }
    }

    fn open(&mut self, opened: Opened, report: Report) {
        self.opened = Some(opened.clone());
        self.opening = Some(Task::spawn(async move {
            let way = opened.await.map(|content| content.way());
            report.tell(FilesNews::Opened(way)).await;
        }));
    }

    fn begin(&mut self, engine: &SharedEngine, opened: Opened, ask: FilesAsk, report: Report) {
        match ask {
            FilesAsk::List(place) => {
                self.weighing = None;
                self.listing = Some(Task::spawn(looking::list(opened, place, report)));
            }
            FilesAsk::Weigh(place) => self.weighing = Some(looking::weigh(opened, place, report)),
            FilesAsk::Preview { place, from } => {
                self.looking = Some(looking::preview(opened, place, from, report));
            }
            FilesAsk::Get { place, to, replace } => {
                self.copying = Some(copying::begin(
                    opened,
                    copying::Way::Out { volume: self.volume.name.clone(), place, to, replace },
                    report,
                ));
            }
            FilesAsk::Put { from, place, replace } => {
                let (engine, volume) = (Arc::clone(engine), self.volume.clone());
                let way = copying::Way::In { from, place, replace, engine, volume };
                self.copying = Some(copying::begin(opened, way, report));
            }
            FilesAsk::Open(_) | FilesAsk::OpenBackup(_) | FilesAsk::Cancel | FilesAsk::Close => {}
        }
    }

    /// Lets go of the volume; copying has its own hold on it.
    fn close(&mut self) {
        self.opened = None;
        self.opening = None;
        self.listing = None;
        self.weighing = None;
        self.looking = None;
    }
}

fn opened(engine: SharedEngine, volume: Volume, forced: Option<Way>) -> Opened {
    async move {
        open(&engine, &volume, forced).await.map_err(|error| told(&error, "the volume cannot be opened"))
    }
    .boxed()
    .shared()
}

fn opened_backup(engine: SharedEngine, kept: Kept) -> Opened {
    async move {
        open_backup(&engine, &kept).await.map_err(|error| told(&error, "the backup cannot be opened"))
    }
    .boxed()
    .shared()
}

#[cfg(test)]
mod tests;

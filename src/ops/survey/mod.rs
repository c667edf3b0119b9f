//! Measuring volumes, each by the best way that is open: directly, through a helper container,
//! and where neither can, by asking the engine.

mod helping;
pub mod queue;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::measure;
use crate::access::archive::ArchiveContent;
use crate::access::content::Content;
use crate::access::demo::DemoContent;
use crate::access::direct::{self, Direct};
use crate::access::walk::Walked;
use crate::access::{backing, ways};
use crate::domain::access::Way;
use crate::domain::backing::Backing;
use crate::domain::live::Measuring;
use crate::domain::usage::{DiskUsage, Measured, Method, Sized, Usage};
use crate::domain::volume::Volume;
use crate::engine::demo::Demo;
use crate::engine::{Error, SharedEngine};
use queue::Queue;

/// Volumes that are walked at once; each walk has several threads of its own.
const AT_ONCE: usize = 2;
/// How often it is told how far it is.
const TELL: Duration = Duration::from_millis(250);

/// How to measure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// The only way to take.
    pub forced: Option<Way>,
}

/// One piece of news of a survey.
#[derive(Debug)]
pub enum News {
    /// What came of one volume.
    One(Sized),
    /// How full the file system of the volumes is.
    Backing(Backing),
}

/// What a way made of a volume.
enum Tried {
    /// It is measured, or cannot be by any way.
    Settled(Result<Measured, String>),
    /// This way is closed to it.
    Closed(Volume, String),
}

/// What every step of a survey needs.
struct Survey {
    engine: SharedEngine,
    queue: Queue,
    out: mpsc::Sender<News>,
    /// Why the ways so far were closed to a volume, by its name.
    reasons: Mutex<BTreeMap<String, Vec<String>>>,
    /// The volumes that the way under way cannot measure.
    left: Mutex<Vec<Volume>>,
    /// Whether any way measured anything.
    has_measured: AtomicBool,
}

/// Measures the volumes of the queue, telling each as it is done. Dropping the future ends it.
///
/// # Errors
/// When the engine had to be asked and did not answer.
pub async fn survey(
    engine: SharedEngine,
    queue: Queue,
    wish: Wish,
    out: mpsc::Sender<News>,
) -> Result<(), Error> {
    let (reasons, left, has_measured) = Default::default();
    let survey = Survey { engine, queue, out, reasons, left, has_measured };
    if survey.engine.demo().is_some() {
        return survey.of_demo().await;
    }
    let may = |way: Way| wish.forced.is_none_or(|forced| forced == way);
    // More may be asked for meanwhile.
    while !survey.queue.is_empty() {
        if may(Way::Direct) {
            survey.directly().await;
        }
        if may(Way::Helper) {
            survey.by_helpers().await;
        }
        if wish.forced == Some(Way::Archive) {
            survey.by_archive().await;
        }
        match wish.forced {
            None => survey.by_engine().await?,
            Some(_) => survey.give_up().await,
        }
    }
    Ok(())
}

impl Survey {
    async fn tell(&self, news: News) {
        // Nobody listens any more: the survey is about to be dropped.
        let _ = self.out.send(news).await;
    }

    async fn take(&self, name: String, tried: Tried) {
        match tried {
            Tried::Settled(outcome) => {
                self.has_measured.fetch_or(outcome.is_ok(), Ordering::Relaxed);
                self.tell(News::One(Sized { name, outcome })).await;
            }
            Tried::Closed(volume, why) => {
                lock(&self.reasons).entry(name).or_default().push(why);
                lock(&self.left).push(volume);
            }
        }
    }

    /// What this way left is the next one's work.
    fn next_way(&self) {
        self.queue.refill(std::mem::take(&mut *lock(&self.left)));
    }

    async fn directly(&self) {
        let proof = Direct::prove(self.engine.info()).await.map(Arc::new).map_err(|error| error.to_string());
        if let (Ok(_), Some(root)) = (&proof, &self.engine.info().root_dir)
            && let Ok(backing) = backing::of(root.as_ref())
        {
            self.tell(News::Backing(backing)).await;
        }
        let work = || async {
            while let Some(volume) = self.queue.pop() {
                let name = volume.name.clone();
                let tried = match &proof {
                    Ok(direct) => self.walk(direct, self.of_now(direct, volume).await).await,
                    Err(why) => Tried::Closed(volume, why.clone()),
                };
                self.take(name, tried).await;
            }
        };
        join_all((0..AT_ONCE).map(|_| work())).await;
        self.next_way();
    }

    /// The volume as the engine tells it now, where that changes: Docker 20.10 moves a volume's
    /// creation time with each entry that is made in its root.
    async fn of_now(&self, direct: &Direct, volume: Volume) -> Volume {
        if self.engine.info().capabilities.created_is_stable || direct.folder(&volume).is_ok() {
            return volume;
        }
        match self.engine.inspect_volume(&volume.name).await {
            Ok(inspected) => Volume { created_at: inspected.created_at(), ..volume },
            Err(_) => volume,
        }
    }

    async fn walk(&self, direct: &Arc<Direct>, volume: Volume) -> Tried {
        let running = self.queue.begin(&volume.name);
        let (direct, progress) = (Arc::clone(direct), Arc::clone(&running.progress));
        let walking = tokio::task::spawn_blocking(move || (direct.measure(&volume, &progress), volume));
        match walking.await {
            Ok((Ok(walked), _)) => Tried::Settled(Ok(measured(walked, Method::Direct, Timestamp::now()))),
            Ok((Err(_), _)) if running.progress.is_over_limit() => Tried::Settled(Err(Self::over_limit())),
            Ok((Err(direct::Error::Walk { source, .. }), volume)) => {
                Tried::Closed(volume, format!("its folder cannot be opened: {source}"))
            }
            Ok((Err(error), volume)) => Tried::Closed(volume, error.to_string()),
            Err(error) => Tried::Settled(Err(format!("the measuring broke: {error}"))),
        }
    }

    fn over_limit() -> String {
        "it has more entries than are measured without being asked for (measure_limit)".to_owned()
    }

    /// Reads the engine's archive of each: all its bytes, so only when that is asked for.
    async fn by_archive(&self) {
        let open = ways::archive(self.engine.info());
        while let Some(volume) = self.queue.pop() {
            if !open.is_open {
                self.take(volume.name.clone(), Tried::Closed(volume, open.why.clone())).await;
                continue;
            }
            let running = self.queue.begin(&volume.name);
            let scanned = match ArchiveContent::open(&self.engine, &volume).await {
                Ok(content) => content.scan(&running.progress).await,
                Err(error) => Err(error),
            };
            let tried = match scanned {
                Ok(walked) => Tried::Settled(Ok(of_archive(&walked))),
                Err(error) => Tried::Closed(volume.clone(), error.to_string()),
            };
            self.take(volume.name, tried).await;
        }
        self.next_way();
    }

    /// Asks the engine for what is left.
    async fn by_engine(&self) -> Result<(), Error> {
        let volumes: Vec<Volume> = std::iter::from_fn(|| self.queue.pop()).collect();
        if volumes.is_empty() {
            return Ok(());
        }
        let running: Vec<_> = volumes.iter().map(|v| self.queue.begin(&v.name)).collect();
        let answer = measure::disk_usage(self.engine.as_ref(), || self.queue.wait(true)).await;
        self.queue.wait(false);
        drop(running);
        match answer {
            Ok(answer) => self.told_by(&answer, volumes).await,
            // What was measured otherwise stays measured; the engine's refusal is about the rest.
            Err(error) if self.has_measured.load(Ordering::Relaxed) && !error.is_unreachable() => {
                for volume in volumes {
                    let outcome = Err(self.reason(&volume.name, Some(&error.to_string())));
                    self.tell(News::One(Sized { name: volume.name, outcome })).await;
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn told_by(&self, answer: &DiskUsage, volumes: Vec<Volume>) {
        let at = Timestamp::now();
        for volume in volumes {
            let outcome = match answer.of(&volume) {
                Ok(bytes) => Ok(Measured::sums(Usage::from_engine(bytes, at))),
                Err(unknown) => Err(self.reason(&volume.name, Some(unknown.reason()))),
            };
            self.tell(News::One(Sized { name: volume.name, outcome })).await;
        }
    }

    /// Says of all that is left why it was not measured.
    async fn give_up(&self) {
        while let Some(volume) = self.queue.pop() {
            let why = self.reason(&volume.name, None);
            self.tell(News::One(Sized { name: volume.name, outcome: Err(why) })).await;
        }
    }

    fn reason(&self, name: &str, last: Option<&str>) -> String {
        let mut reasons = lock(&self.reasons).remove(name).unwrap_or_default();
        reasons.extend(last.map(str::to_owned));
        reasons.join("; ")
    }

    async fn of_demo(&self) -> Result<(), Error> {
        let answer = self.engine.disk_usage().await?;
        let Some(demo) = self.engine.demo() else { return Ok(()) };
        while let Some(volume) = self.queue.pop() {
            let (engine, name) = (Arc::clone(&self.engine), volume.name.clone());
            let making = move || {
                let demo = engine.demo().ok_or("no demo")?;
                made_up(demo, &name, Timestamp::now())
            };
            let outcome = match answer.of(&volume) {
                Ok(_) => tokio::task::spawn_blocking(making).await.unwrap_or_else(|e| Err(e.to_string())),
                Err(unknown) => Err(unknown.reason().to_owned()),
            };
            self.tell(News::One(Sized { name: volume.name, outcome })).await;
        }
        self.tell(News::Backing(demo.backing())).await;
        Ok(())
    }
}

/// What measuring a volume of the demo finds.
///
/// # Errors
/// When it is no volume of the demo.
pub fn made_up(demo: &Demo, name: &str, at: Timestamp) -> Result<Measured, String> {
    let content = demo.files(name).map(DemoContent::new).ok_or("no such volume")?;
    Ok(measured(content.walked(), Method::Demo, at))
}

/// Measures these volumes to the end: what came of each, by its name.
///
/// # Errors
/// As for [`survey`].
pub async fn measure_all(
    engine: &SharedEngine,
    volumes: Vec<Volume>,
    wish: Wish,
    on_far: &mut (dyn FnMut(Measuring) + Send),
) -> Result<BTreeMap<String, Result<Measured, String>>, Error> {
    let (out, mut news) = mpsc::channel(64);
    let queue = Queue::of(volumes);
    let work = survey(Arc::clone(engine), queue.clone(), wish, out);
    tokio::pin!(work);
    let mut outcome = BTreeMap::new();
    let mut over = None;
    let mut clock = tokio::time::interval(TELL);
    while over.is_none() || !news.is_empty() {
        tokio::select! {
            Some(told) = news.recv() => {
                if let News::One(sized) = told {
                    outcome.insert(sized.name, sized.outcome);
                }
            }
            ended = &mut work, if over.is_none() => over = Some(ended),
            _ = clock.tick() => on_far(queue.measuring()),
        }
    }
    over.unwrap_or(Ok(()))?;
    Ok(outcome)
}

/// What a walk found, as a usage of a moment.
fn measured(walked: Walked, method: Method, at: Timestamp) -> Measured {
    Measured {
        usage: Usage {
            apparent: Some(walked.apparent),
            allocated: Some(walked.allocated),
            files: Some(walked.files),
            dirs: Some(walked.dirs),
            newest_write: walked.newest_write,
            errors: Some(walked.errors),
            method,
            measured_at: at,
        },
        largest: walked.largest,
        folders: walked.folders,
        remark: walked.links_overflowed.then(|| {
            "it has more hard links than can be remembered: some files are counted twice".to_owned()
        }),
    }
}

/// What an archive tells: neither what is taken on disk, nor when anything changed, nor what the
/// engine left out without a word.
fn of_archive(walked: &Walked) -> Measured {
    let usage = Usage::from_engine(walked.apparent, Timestamp::now());
    let (files, dirs) = (Some(walked.files), Some(walked.dirs));
    Measured::sums(Usage { files, dirs, method: Method::Archive, ..usage })
}

/// Whether a helper can run on this engine at all, else why not.
fn helper_way(engine: &SharedEngine) -> Result<(), String> {
    let report = ways::helper(engine.info());
    if report.is_open { Ok(()) } else { Err(report.why) }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

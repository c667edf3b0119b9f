//! Watching an engine: connect, list, follow its events, measure; reconnect when it is lost.
//!
//! One task, one `select!`: nothing is asked twice at once, and when nothing happens it sleeps.

mod changing;
pub mod demo;
mod echo;
mod gauge;
mod hearing;
mod keeping;
mod make_believe;
mod map;
mod pace;
mod remember;
mod session;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::domain::change::ChangeAsk;
use crate::domain::files_news::FilesAsk;
use crate::domain::keep::KeepAsk;
use crate::domain::live::Observation;
use crate::domain::trouble::Trouble;
use crate::engine::Error;
use crate::engine::connect::{Candidate, Target, Unreached, reach};
use crate::history::History;
use crate::ops::browse;
use crate::ops::jobs::Jobs;
use crate::ops::right::Terms;

use changing::Desk;
pub use gauge::Automatic;
use hearing::{Heard, hearing};
use session::{End, Memory, Session};

/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// What the watcher can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// List again now.
    Refresh,
    /// Measure everything again now.
    Measure,
    /// Stop measuring.
    StopMeasuring,
    /// Measure these first: the user sees them.
    Prefer(Vec<String>),
    /// Measure this volume soon: what was measured of it is of what it was.
    Weigh(String),
    /// Describe one volume; a newer request replaces an unanswered one.
    Inspect(String),
    /// Something about a volume's files, for the visit with this number.
    Files(u64, FilesAsk),
    /// Ask for the writable layers and look for bound folders.
    Layers,
    /// Tell what is remembered of a volume; a newer request replaces an unanswered one.
    Past(String),
    /// Try to reach the engine now instead of waiting.
    Retry,
    /// See whether a silent engine still answers.
    Pulse,
    /// Something with backups, copies or the trash.
    Keep(KeepAsk),
    /// Change something on the engine.
    Change(ChangeAsk),
    /// Watch the demo instead.
    Demo,
}

/// How to watch.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Which engine.
    pub target: Target,
    /// Where to remember what is seen.
    pub history: Option<Arc<History>>,
    /// What to measure without being asked.
    pub automatic: Automatic,
    /// What changes are bound to.
    pub terms: Terms,
    /// Where backups are; nothing where nobody looks for any.
    pub backups: Option<PathBuf>,
}

/// The watcher's two ends.
struct Line {
    out: mpsc::Sender<Observation>,
    requests: mpsc::Receiver<Request>,
    desk: Desk,
    jobs: Jobs,
}

impl Line {
    /// Reports; `Err` means that nobody listens any more.
    async fn tell(&self, observation: Observation) -> Result<(), Gone> {
        self.out.send(observation).await.map_err(|_closed| Gone)
    }
}

/// Nobody listens any more.
#[derive(Debug)]
struct Gone;

/// Watches until nobody listens to `out` or `requests` is closed; then what is being removed has its
/// end, and jobs are ended.
pub async fn watch(watch: Watch, out: mpsc::Sender<Observation>, requests: mpsc::Receiver<Request>) {
    let mut line = Line { out, requests, desk: Desk::default(), jobs: Jobs::default() };
    // `Gone` is how watching ends; there is nobody left to tell.
    let _ = run(watch, &mut line).await;
    // What is being removed is not left half removed.
    line.desk.close().await;
    // Nor is anything left paused or half written.
    line.jobs.close().await;
}

async fn run(mut watch: Watch, line: &mut Line) -> Result<(), Gone> {
    let mut attempt = 1;
    let mut wait = FIRST_WAIT;
    let mut memory = Memory::default();
    let mut place: Option<Candidate> = None;
    loop {
        line.tell(Observation::Connecting { attempt }).await?;
        let unreached = match hearing(reach(&watch.target, place.as_ref()), line).await? {
            Heard::Done(Ok(found)) => {
                place = found.place.or(place);
                let began = Instant::now();
                let mut session = Session::new(found.engine, &watch, std::mem::take(&mut memory));
                let end = session.run(line).await?;
                memory = session.into_memory();
                match end {
                    End::Demo => {
                        line.desk.stop();
                        to_demo(&mut watch).await;
                        (attempt, wait) = (1, FIRST_WAIT);
                        continue;
                    }
                    End::Lost { error, has_listed } => {
                        if has_listed {
                            attempt = 0;
                        }
                        // One that is lost again and again is not asked for everything twice a second.
                        if has_listed && began.elapsed() > LONGEST_WAIT {
                            wait = FIRST_WAIT;
                        }
                        Unreached::from(error)
                    }
                }
            }
            Heard::Demo => {
                to_demo(&mut watch).await;
                continue;
            }
            Heard::Done(Err(unreached)) => unreached,
        };
        let retry_at = soon(wait);
        let trouble = unreached.error.trouble("the engine cannot be reached");
        line.tell(Observation::Unreachable { trouble, tried: unreached.tried, retry_at }).await?;
        match pause(wait, line).await? {
            Pause::Over => {}
            Pause::Demo => to_demo(&mut watch).await,
        }
        wait = (wait * 2).min(LONGEST_WAIT);
        attempt += 1;
    }
}

enum Pause {
    Over,
    Demo,
}

async fn pause(wait: Duration, line: &mut Line) -> Result<Pause, Gone> {
    let waiting = tokio::time::sleep(wait);
    tokio::pin!(waiting);
    loop {
        tokio::select! {
            () = &mut waiting => return Ok(Pause::Over),
            request = line.requests.recv() => match request.ok_or(Gone)? {
                Request::Retry | Request::Refresh => return Ok(Pause::Over),
                Request::Demo => return Ok(Pause::Demo),
                request => refuse(request, line).await?,
            },
        }
    }
}

/// Answers what cannot be done without an engine.
async fn refuse(request: Request, line: &Line) -> Result<(), Gone> {
    let trouble = Trouble::new("not possible now", "no engine is connected");
    match request {
        Request::Inspect(name) => line.tell(Observation::Inspected(name, Err(trouble))).await,
        Request::Past(name) => line.tell(Observation::Past(name, Err(trouble))).await,
        Request::Measure => line.tell(Observation::MeasureEnded(Err(trouble))).await,
        Request::Files(visit, ask) => tell_refused(visit, ask, trouble, line).await,
        Request::Layers => line.tell(Observation::Layers { told: Vec::new(), done: 0, of: 0 }).await,
        Request::Change(ask) => changing::refuse(ask, trouble, line).await,
        Request::Keep(ask) => keeping::refuse(ask, trouble, line).await,
        Request::Refresh
        | Request::Retry
        | Request::Pulse
        | Request::Demo
        | Request::StopMeasuring
        | Request::Weigh(_)
        | Request::Prefer(_) => Ok(()),
    }
}

/// Says that something about files cannot be done.
async fn tell_refused(visit: u64, ask: FilesAsk, trouble: Trouble, line: &Line) -> Result<(), Gone> {
    match browse::refused(ask, trouble) {
        Some(news) => line.tell(Observation::Files(visit, news)).await,
        None => Ok(()),
    }
}

async fn to_demo(watch: &mut Watch) {
    watch.target.choice.is_demo = true;
    // What the demo tells never reaches the user's own history.
    let begun = tokio::task::spawn_blocking(|| demo::history(Timestamp::now())).await;
    watch.history = begun.ok().and_then(Result::ok);
}

fn soon(wait: Duration) -> Timestamp {
    let now = Timestamp::now();
    SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(now)
}

/// The history of a watch: the user's own, but never for the demo.
///
/// # Errors
/// When the file cannot be opened.
pub fn history_for(target: &Target, path: &std::path::Path) -> Result<Arc<History>, crate::history::Error> {
    if target.choice.is_demo { demo::history(Timestamp::now()) } else { History::open(path).map(Arc::new) }
}

/// Whether an error means that the connection is of no more use.
const fn is_lost(error: &Error) -> bool {
    error.is_unreachable()
}

/// Waits for that moment; for ever when there is none.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

//! One connection to one engine, from its first listing to its loss.

mod news;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Fuse, FutureExt};
use jiff::Timestamp;
use tokio::time::Instant;

use super::changing::Hand;
use super::echo::Echoes;
use super::gauge::{Gauge, Reading};
use super::hearing::{Heard, hearing};
use super::keeping::Keeper;
use super::map::MapAsker;
use super::pace::Pace;
use super::remember::{Note, Noted, Scribe};
use super::{Gone, Line, Request, Watch, is_lost, until};
use crate::domain::event::EngineEvent;
use crate::domain::inventory::Inventory;
use crate::domain::live::Observation;
use crate::domain::volume::Inspected;
use crate::engine::{Error, Events, Result, SharedEngine};
use crate::ops::browse::Browser;

/// Events come in bunches (a `run` is five): wait this long for the bunch, then list once.
const DEBOUNCE: Duration = Duration::from_millis(80);
/// After a listing that failed, and between two measurements nobody asked for.
const CALM: Duration = Duration::from_secs(3);

/// Why a session ended.
pub(super) enum End {
    /// The engine is gone.
    Lost { error: Error, has_listed: bool },
    /// The user wants the demo.
    Demo,
}

/// What outlives a session, for the next one with the same engine.
#[derive(Default)]
pub(super) struct Memory {
    engine: String,
    /// The last event, from which the next session goes on.
    last_event: Option<EngineEvent>,
    pace: Pace,
}

type Asked<T> = Fuse<BoxFuture<'static, T>>;

/// One answer that was waited for.
enum Answer {
    Event(Option<Result<EngineEvent>>),
    Listed(Result<Inventory>),
    Read(Reading),
    Opened(Result<Events>),
    Inspected(String, Result<Inspected>),
    Alive(Result<()>),
    Noted(Noted),
    ForMap(Observation),
    ListDue,
    MeasureDue,
    Asked(Option<Request>),
}

pub(super) struct Session {
    engine: SharedEngine,
    last_event: Option<EngineEvent>,
    listing: Asked<Result<Inventory>>,
    listing_began: (Instant, Timestamp),
    list_due: Option<Instant>,
    /// Whether something happened while a listing was under way.
    is_outrun: bool,
    last_list_took: Duration,
    inventory: Option<Arc<Inventory>>,
    echoes: Echoes,
    gauge: Gauge,
    /// Why the event stream ended before anything was listed; the list is told first.
    ended: Option<Error>,
    /// Whether the engine tells no events: then it is listed at each pulse.
    is_deaf: bool,
    /// Another attempt to hear events.
    opening: Asked<Result<Events>>,
    inspecting: Asked<(String, Result<Inspected>)>,
    pulse: Asked<Result<()>>,
    map: MapAsker,
    scribe: Scribe,
    browser: Browser,
    hand: Hand,
    keeper: Keeper,
    /// When the last listing that was written down began.
    noted: Option<Instant>,
    /// When a volume was destroyed last: its name may be another volume's by now.
    destroyed: Option<Instant>,
}

impl Session {
    pub(super) fn new(engine: SharedEngine, watch: &Watch, memory: Memory) -> Self {
        // Another engine's past is none of this one's.
        let memory = if memory.engine == engine.info().id { memory } else { Memory::default() };
        let scribe = Scribe::new(watch.history.clone(), engine.info());
        let gauge = Gauge::new(Arc::clone(&engine), watch.automatic, memory.pace);
        let now = Instant::now();
        Self {
            hand: Hand::new(&engine, watch),
            keeper: Keeper::new(&engine, watch),
            engine,
            last_event: memory.last_event,
            listing: Fuse::terminated(),
            listing_began: (now, Timestamp::UNIX_EPOCH),
            list_due: Some(now),
            is_outrun: false,
            last_list_took: Duration::ZERO,
            inventory: None,
            echoes: Echoes::default(),
            gauge,
            ended: None,
            is_deaf: false,
            opening: Fuse::terminated(),
            inspecting: Fuse::terminated(),
            pulse: Fuse::terminated(),
            map: MapAsker::new(),
            scribe,
            browser: Browser::by(watch.automatic.forced),
            noted: None,
            destroyed: None,
        }
    }

    /// What the next session should know.
    pub(super) fn into_memory(self) -> Memory {
        Memory {
            engine: self.engine.info().id.clone(),
            last_event: self.last_event,
            pace: self.gauge.into_pace(),
        }
    }

    /// Runs until the engine is lost or something else is wanted.
    pub(super) async fn run(&mut self, line: &mut Line) -> std::result::Result<End, Gone> {
        let since = self.last_event.as_ref().map(|event| event.at);
        // The stream comes first, so that nothing happens between the list and the stream.
        let engine = Arc::clone(&self.engine);
        let (mut events, refusal) = match hearing(engine.events(since), line).await? {
            Heard::Done(Ok(events)) => (events, None),
            Heard::Done(Err(error)) if is_lost(&error) => return Ok(self.lost(error)),
            Heard::Done(Err(error)) => (futures_util::stream::pending().boxed(), Some(error)),
            Heard::Demo => return Ok(End::Demo),
        };
        line.tell(Observation::Connected(Box::new(self.engine.info().clone()))).await?;
        if let Some(error) = refusal {
            self.is_deaf = true;
            line.tell(Observation::EventsFailed(error.trouble("changes are not seen at once"))).await?;
        }
        self.hand.tell_protection(line, true);
        self.keeper.offer(line).await?;
        self.scribe.note(Note::Trails);
        let remembered = self.scribe.usages();
        match remembered.await {
            Ok(known) if known.is_empty() => {}
            Ok(known) => line.tell(Observation::Remembered(Arc::new(known))).await?,
            Err(trouble) => line.tell(Observation::HistoryFailed(trouble)).await?,
        }
        loop {
            let answer = match self.next(&mut events, line).await {
                Answer::Opened(opened) => {
                    if let Ok(opened) = opened {
                        events = opened;
                        self.is_deaf = false;
                        self.list_due = Some(Instant::now());
                        line.tell(Observation::Connected(Box::new(self.engine.info().clone()))).await?;
                    }
                    continue;
                }
                answer => answer,
            };
            if let Some(end) = self.take(answer, line).await? {
                return Ok(end);
            }
        }
    }

    async fn next(&mut self, events: &mut Events, line: &mut Line) -> Answer {
        tokio::select! {
            event = events.next(), if self.ended.is_none() => Answer::Event(event),
            listed = &mut self.listing => Answer::Listed(listed),
            opened = &mut self.opening => Answer::Opened(opened),
            (name, inspected) = &mut self.inspecting => Answer::Inspected(name, inspected),
            alive = &mut self.pulse => Answer::Alive(alive),
            noted = &mut self.scribe.writing => Answer::Noted(noted),
            answer = self.map.next() => Answer::ForMap(answer),
            () = until(self.list_due) => Answer::ListDue,
            () = until(self.gauge.due) => Answer::MeasureDue,
            reading = self.gauge.next() => Answer::Read(reading),
            request = line.requests.recv() => Answer::Asked(request),
        }
    }

    async fn take(&mut self, answer: Answer, line: &Line) -> std::result::Result<Option<End>, Gone> {
        match answer {
            Answer::Event(Some(Ok(event))) => self.take_event(event, line).await?,
            Answer::Event(Some(Err(error))) => return Ok(self.stream_ended(error)),
            Answer::Event(None) => {
                let detail = "the engine ended the stream".to_owned();
                let error = Error::CutShort { request: "/events".to_owned(), detail };
                return Ok(self.stream_ended(error));
            }
            Answer::Alive(Err(error)) => return Ok(Some(self.lost(error))),
            Answer::ListDue => self.begin_list(),
            Answer::Listed(Ok(inventory)) => {
                self.take_list(inventory, line).await?;
                self.list_again();
                return Ok(self.ended.take().map(|error| self.lost(error)));
            }
            Answer::Listed(Err(error)) if is_lost(&error) => return Ok(Some(self.lost(error))),
            Answer::Listed(Err(error)) => {
                self.is_outrun = false;
                self.list_due = Some(Instant::now() + CALM);
                line.tell(Observation::ListFailed(error.trouble("the volumes cannot be listed"))).await?;
            }
            Answer::MeasureDue => self.measure(false, line).await?,
            Answer::Read(reading) => self.take_reading(reading, line).await?,
            Answer::Inspected(name, inspected) => {
                let outcome =
                    inspected.map(Box::new).map_err(|e| e.trouble("the volume cannot be inspected"));
                line.tell(Observation::Inspected(name, outcome)).await?;
            }
            Answer::Alive(Ok(())) | Answer::Opened(_) => {}
            Answer::Noted(noted) => self.take_noted(noted, line).await?,
            Answer::ForMap(observation) => line.tell(observation).await?,
            Answer::Asked(None) => return Err(Gone),
            Answer::Asked(Some(request)) => return self.take_request(request, line).await,
        }
        Ok(None)
    }

    fn lost(&self, error: Error) -> End {
        End::Lost { error, has_listed: self.inventory.is_some() }
    }

    /// The end of the stream is the end of the session, but not before something was listed.
    fn stream_ended(&mut self, error: Error) -> Option<End> {
        if self.inventory.is_some() {
            return Some(self.lost(error));
        }
        self.ended = Some(error);
        None
    }

    async fn take_request(
        &mut self,
        request: Request,
        line: &Line,
    ) -> std::result::Result<Option<End>, Gone> {
        match request {
            Request::Refresh | Request::Retry => self.list_due = Some(Instant::now()),
            Request::Past(name) => self.scribe.note(Note::Past(name)),
            Request::Measure => self.measure(true, line).await?,
            Request::StopMeasuring => {
                if self.gauge.stop() {
                    line.tell(Observation::MeasureEnded(Ok(()))).await?;
                }
            }
            Request::Prefer(names) => self.gauge.prefer(names),
            Request::Weigh(name) => {
                self.gauge.forget(&name);
                if let Some(inventory) = &self.inventory {
                    self.gauge.consider(inventory, false);
                }
            }
            Request::Layers => self.map.begin(&self.engine, self.inventory.as_ref()),
            Request::Inspect(name) => {
                let engine = Arc::clone(&self.engine);
                let asked = async move {
                    let inspected = engine.inspect_volume(&name).await;
                    (name, inspected)
                };
                self.inspecting = asked.boxed().fuse();
            }
            Request::Pulse if self.is_deaf => {
                self.list_due = Some(Instant::now());
                let (engine, since) = (Arc::clone(&self.engine), self.last_event.as_ref().map(|e| e.at));
                self.opening = async move { engine.events(since).await }.boxed().fuse();
            }
            Request::Pulse => {
                let engine = Arc::clone(&self.engine);
                self.pulse = async move { engine.ping().await }.boxed().fuse();
            }
            Request::Change(ask) => self.hand.take(ask, line).await?,
            Request::Keep(ask) => self.keeper.take(ask, line).await?,
            Request::Demo => return Ok(Some(End::Demo)),
            Request::Files(visit, ask) => self.browser.take(&self.engine, &line.out, visit, ask).await,
        }
        Ok(None)
    }

    /// Measures what is due, or everything when it was asked for.
    async fn measure(&mut self, is_asked: bool, line: &Line) -> std::result::Result<(), Gone> {
        let Some(inventory) = self.inventory.clone() else { return Ok(()) };
        match self.gauge.begin(&inventory, is_asked) {
            Some(far) => line.tell(Observation::Measuring(far)).await,
            None => Ok(()),
        }
    }
}

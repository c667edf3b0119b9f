//! The event stream: one JSON object a line, in one wording for every engine.
//!
//! bollard's event types are closed, and its stream ends at Podman's `pod` events.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http_body_util::BodyStream;
use hyper::body::Incoming;
use jiff::Timestamp;
use serde::Deserialize;

use super::answers::null_is_default;
use super::error::{Error, chain};
use crate::domain::container::HELPER_LABEL;
use crate::domain::event::{EngineEvent, Subject};
use crate::domain::volume::PROJECT_LABEL;

/// A line longer than this is no event.
const MAX_LINE: usize = 1 << 20;
/// How many of our own helpers are remembered to drop their mounts.
const MAX_HELPERS: usize = 4096;

/// The path that asks for what volumes care about, from `since` on.
#[must_use]
pub fn path(since: Option<Timestamp>) -> String {
    // {"type":["volume","container"]}
    let filters = "%7B%22type%22%3A%5B%22volume%22%2C%22container%22%5D%7D";
    match since {
        Some(at) => {
            format!("/events?filters={filters}&since={}.{:09}", at.as_second(), at.subsec_nanosecond().max(0))
        }
        None => format!("/events?filters={filters}"),
    }
}

#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(rename = "Action", default)]
    action: String,
    #[serde(rename = "Actor", default, deserialize_with = "null_is_default")]
    actor: Actor,
    #[serde(rename = "timeNano", default)]
    time_nano: i64,
    #[serde(default)]
    time: i64,
}

#[derive(Debug, Default, Deserialize)]
struct Actor {
    #[serde(rename = "ID", default, deserialize_with = "null_is_default")]
    id: String,
    #[serde(rename = "Attributes", default, deserialize_with = "null_is_default")]
    attributes: HashMap<String, Option<String>>,
}

/// Reads event lines and knows which containers are our own helpers.
#[derive(Debug, Default)]
pub struct Reader {
    helpers: HashSet<String>,
    /// The same, the oldest first: an unmount may follow a destroy, so none is forgotten at once.
    order: VecDeque<String>,
}

impl Reader {
    fn remember(&mut self, helper: &str) {
        if self.helpers.insert(helper.to_owned()) {
            self.order.push_back(helper.to_owned());
            if self.order.len() > MAX_HELPERS
                && let Some(oldest) = self.order.pop_front()
            {
                self.helpers.remove(&oldest);
            }
        }
    }

    /// Reads one line; `None` for what is neither about a volume nor about a container.
    ///
    /// # Errors
    /// Says what is wrong with a line that is no event.
    pub fn read(&mut self, line: &[u8]) -> Result<Option<EngineEvent>, String> {
        let line: Line = match serde_json::from_slice(line) {
            Ok(line) => line,
            // JSON of another shape: one odd event must not cost the others.
            Err(error) if error.is_data() => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let subject = match line.kind.as_str() {
            "volume" => Subject::Volume,
            "container" => Subject::Container,
            _ => return Ok(None),
        };
        let raw = |key: &str| line.actor.attributes.get(key);
        let attribute = |key: &str| raw(key).and_then(Option::as_ref).filter(|v| !v.is_empty());
        let is_ours = match subject {
            Subject::Container => {
                let is_helper = raw(HELPER_LABEL).is_some() || self.helpers.contains(&line.actor.id);
                if is_helper {
                    self.remember(&line.actor.id);
                }
                is_helper
            }
            Subject::Volume => attribute("container").is_some_and(|id| self.helpers.contains(id)),
        };
        let at = match line.time_nano {
            0 => Timestamp::from_second(line.time),
            nanos => Timestamp::from_nanosecond(i128::from(nanos)),
        }
        .map_err(|e| e.to_string())?;
        let name = attribute("name").cloned().unwrap_or_else(|| line.actor.id.clone());
        let id = if line.actor.id.is_empty() { name.clone() } else { line.actor.id.clone() };
        let actor = match subject {
            Subject::Volume => attribute("container").cloned(),
            Subject::Container => attribute("image").cloned(),
        };
        Ok(Some(EngineEvent {
            at,
            subject,
            actor,
            project: attribute(PROJECT_LABEL).cloned(),
            exit_code: attribute("exitCode").and_then(|code| code.parse().ok()),
            is_ours,
            id,
            name,
            // Podman's word for Docker's `destroy`.
            action: if line.action == "remove" { "destroy".to_owned() } else { line.action },
        }))
    }
}

struct State {
    body: BodyStream<Incoming>,
    buffer: BytesMut,
    reader: Reader,
    ready: VecDeque<Result<EngineEvent, Error>>,
    is_over: bool,
}

/// The events of an answer's body. Its last item is the error that ended it; the engine ending it
/// is one too, as the stream has no end of its own.
#[must_use]
pub fn stream(body: Incoming) -> BoxStream<'static, Result<EngineEvent, Error>> {
    let state = State {
        body: BodyStream::new(body),
        buffer: BytesMut::new(),
        reader: Reader::default(),
        ready: VecDeque::new(),
        is_over: false,
    };
    futures_util::stream::unfold(state, next).boxed()
}

async fn next(mut state: State) -> Option<(Result<EngineEvent, Error>, State)> {
    let request = || "/events".to_owned();
    loop {
        if let Some(event) = state.ready.pop_front() {
            return Some((event, state));
        }
        if state.is_over {
            return None;
        }
        let frame: Option<Result<Bytes, Error>> = match state.body.next().await {
            Some(Ok(frame)) => Some(Ok(frame.into_data().unwrap_or_default())),
            Some(Err(e)) => Some(Err(Error::CutShort { request: request(), detail: chain(&e) })),
            None => None,
        };
        let outcome = match frame {
            Some(Ok(data)) => {
                state.buffer.extend_from_slice(&data);
                take_lines(&mut state).map_err(|detail| Error::Garbage { request: request(), detail })
            }
            Some(Err(error)) => Err(error),
            None => {
                Err(Error::CutShort { request: request(), detail: "the engine ended the stream".to_owned() })
            }
        };
        if let Err(error) = outcome {
            // After the events that were whole before it.
            state.is_over = true;
            state.ready.push_back(Err(error));
        }
    }
}

fn take_lines(state: &mut State) -> Result<(), String> {
    while let Some(end) = state.buffer.iter().position(|b| *b == b'\n') {
        let line = state.buffer.split_to(end);
        state.buffer.advance(1);
        let line = line.trim_ascii();
        if !line.is_empty() {
            state.ready.extend(state.reader.read(line)?.map(Ok));
        }
    }
    if state.buffer.len() > MAX_LINE {
        return Err("a line is longer than 1 MiB".to_owned());
    }
    Ok(())
}

//! Opening the event stream of an engine that may take its time.

use jiff::Timestamp;

use super::{Gone, Line, Request, refuse};
use crate::engine::{Engine, Error, Events};

/// What came of it.
pub(super) enum Opened {
    Events(Events),
    Failed(Error),
    /// The user does not want to wait any more.
    Demo,
}

/// Opens the stream, listening for the wish to see the demo meanwhile.
pub(super) async fn events(
    engine: &dyn Engine,
    since: Option<Timestamp>,
    line: &mut Line,
) -> Result<Opened, Gone> {
    let opening = engine.events(since);
    tokio::pin!(opening);
    loop {
        tokio::select! {
            opened = &mut opening => return Ok(match opened {
                Ok(events) => Opened::Events(events),
                Err(error) => Opened::Failed(error),
            }),
            request = line.requests.recv() => match request.ok_or(Gone)? {
                Request::Demo => return Ok(Opened::Demo),
                request => refuse(request, line).await?,
            },
        }
    }
}

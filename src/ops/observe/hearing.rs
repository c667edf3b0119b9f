//! Waiting for an engine that may take its time, without going deaf to the user.

use super::{Gone, Line, Request, refuse};

/// What came of the waiting.
pub(super) enum Heard<T> {
    /// The work is done.
    Done(T),
    /// The user does not want to wait any more, but to see the demo.
    Demo,
}

/// Does the work; meanwhile the wish to see the demo ends it, and other requests are refused.
pub(super) async fn hearing<T>(work: impl Future<Output = T>, line: &mut Line) -> Result<Heard<T>, Gone> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return Ok(Heard::Done(done)),
            request = line.requests.recv() => match request.ok_or(Gone)? {
                Request::Demo => return Ok(Heard::Demo),
                request => refuse(request, line).await?,
            },
        }
    }
}

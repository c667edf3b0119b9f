//! One HTTP/1 connection, and the one that is kept for a moment.
//!
//! Most questions have a connection of their own: it ends with them. Removals come by the thousand,
//! and share one.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use bollard::BollardRequest;
use futures_util::future::{Either, select};
use hyper::Response;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// How long nobody may need a connection that is kept. An engine that ends when nobody is connected
/// must not wait for longer.
const IDLE: Duration = Duration::from_secs(1);

trait Asks {
    type Body;
}

impl<B> Asks for hyper::Request<B> {
    type Body = B;
}

type Body = <BollardRequest as Asks>::Body;

/// A connection. It is driven by whoever asks, up to the head of the answer: a task of its own would
/// cost more than most answers.
pub(super) struct Line {
    sender: SendRequest<Body>,
    connection: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>,
    since: Instant,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("since", &self.since).finish_non_exhaustive()
    }
}

/// Why a request has no answer.
pub(super) struct Unanswered {
    pub(super) error: hyper::Error,
    /// The request, where not a letter of it was sent.
    pub(super) unsent: Option<BollardRequest>,
}

impl Line {
    pub(super) async fn over(
        wire: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> hyper::Result<Self> {
        let (sender, connection) = handshake(TokioIo::new(wire)).await?;
        Ok(Self { sender, connection: Box::pin(connection.with_upgrades()), since: Instant::now() })
    }

    /// Asks, and waits for the head of the answer; with it comes the line, where it can serve again.
    pub(super) async fn ask(
        mut self,
        request: BollardRequest,
    ) -> Result<(Response<Incoming>, Option<Self>), Unanswered> {
        let answer = {
            let answer = pin!(self.sender.try_send_request(request));
            match select(answer, &mut self.connection).await {
                Either::Left((answer, _)) => answer.map(|response| (response, true)),
                Either::Right((_, answer)) => answer.await.map(|response| (response, false)),
            }
        };
        match answer {
            Ok((response, true)) if response.body().is_end_stream() => {
                self.since = Instant::now();
                Ok((response, Some(self)))
            }
            Ok((response, true)) => {
                tokio::spawn(self.connection);
                Ok((response, None))
            }
            Ok((response, false)) => Ok((response, None)),
            Err(mut failure) => {
                let unsent = failure.take_message();
                Err(Unanswered { error: failure.into_error(), unsent })
            }
        }
    }

    /// Whether the other side is still there, as far as it is heard of.
    async fn is_alive(&mut self) -> bool {
        let is_over = poll_fn(|context| Poll::Ready(self.connection.as_mut().poll(context).is_ready())).await;
        !is_over && self.sender.is_ready()
    }
}

/// The line that is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    line: Option<Line>,
    is_watched: bool,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The line, while nobody else uses it.
    pub(super) async fn take(&self) -> Option<Line> {
        let mut line = self.lock().line.take()?;
        (line.since.elapsed() < IDLE && line.is_alive().await).then_some(line)
    }

    /// Keeps a line until nobody needed it for a while.
    pub(super) fn put(&self, line: Line) {
        let mut held = self.lock();
        held.line = Some(line);
        if !std::mem::replace(&mut held.is_watched, true) {
            let kept = self.clone();
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(IDLE).await;
                    let mut held = kept.lock();
                    if held.line.as_ref().is_none_or(|line| line.since.elapsed() >= IDLE) {
                        *held = Held::default();
                        break;
                    }
                }
            });
        }
    }
}

//! One HTTP/1 connection, and the few that are kept for a moment.
//!
//! Most questions have a connection of their own: it ends with them. Removals, and the looks at what is
//! removed next, come by the thousand: they share a few.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use bollard::BollardRequest;
use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// How long nobody may need a connection that is kept. An engine that ends when nobody is connected
/// must not wait for longer.
const IDLE: Duration = Duration::from_secs(1);
/// So many are kept: one for removals, one for the looks ahead.
const KEPT: usize = 2;
/// What comes over one connection is bounded: so many answers of this many bytes.
const ANSWERS: u32 = 2_000;
const SMALL: usize = 64 << 10;

trait Asks {
    type Body;
}

impl<B> Asks for hyper::Request<B> {
    type Body = B;
}

type Body = <BollardRequest as Asks>::Body;

/// A connection. It is driven by whoever asks: a task of its own would cost more than most answers.
pub(super) struct Line {
    sender: SendRequest<Body>,
    connection: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>,
    since: Instant,
    answers_left: u32,
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

impl Unanswered {
    fn unsent(mut failure: TrySendError<BollardRequest>) -> Self {
        let unsent = failure.take_message();
        Self { error: failure.into_error(), unsent }
    }
}

impl From<hyper::Error> for Unanswered {
    fn from(error: hyper::Error) -> Self {
        Self { error, unsent: None }
    }
}

impl Line {
    pub(super) async fn over(
        wire: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> hyper::Result<Self> {
        let (sender, connection) = handshake(TokioIo::new(wire)).await?;
        let connection = Box::pin(connection.with_upgrades());
        Ok(Self { sender, connection, since: Instant::now(), answers_left: ANSWERS })
    }

    /// Asks, and waits for the head of the answer; what follows comes as it is read.
    pub(super) async fn ask(mut self, request: BollardRequest) -> Result<Response<Incoming>, Unanswered> {
        let answer = pin!(self.sender.try_send_request(request));
        let response = match select(answer, &mut self.connection).await {
            Either::Left((answer, _)) => answer,
            Either::Right((_, answer)) => return answer.await.map_err(Unanswered::unsent),
        };
        let response = response.map_err(Unanswered::unsent)?;
        tokio::spawn(self.connection);
        Ok(response)
    }

    /// Asks, and waits for the whole answer; with it comes the line, where it can serve again.
    pub(super) async fn ask_whole(
        mut self,
        request: BollardRequest,
    ) -> Result<(Response<Bytes>, Option<Self>), Unanswered> {
        let (answer, is_over) = {
            let sender = &mut self.sender;
            let answer = pin!(async move {
                let response = sender.try_send_request(request).await.map_err(Unanswered::unsent)?;
                let (head, body) = response.into_parts();
                Ok::<_, Unanswered>(Response::from_parts(head, body.collect().await?.to_bytes()))
            });
            match select(answer, &mut self.connection).await {
                Either::Left((answer, _)) => (answer?, false),
                Either::Right((_, answer)) => (answer.await?, true),
            }
        };
        self.since = Instant::now();
        self.answers_left = self.answers_left.saturating_sub(1);
        let is_spent = is_over || self.answers_left == 0 || answer.body().len() > SMALL;
        Ok((answer, (!is_spent).then_some(self)))
    }

    /// Whether the other side is still there, as far as it is heard of.
    async fn is_alive(&mut self) -> bool {
        let is_over = poll_fn(|context| Poll::Ready(self.connection.as_mut().poll(context).is_ready())).await;
        !is_over && self.sender.is_ready()
    }
}

/// The lines that are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    lines: Vec<Line>,
    is_watched: bool,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line that nobody else uses.
    pub(super) async fn take(&self) -> Option<Line> {
        loop {
            let mut line = self.lock().lines.pop()?;
            if line.since.elapsed() < IDLE && line.is_alive().await {
                return Some(line);
            }
        }
    }

    /// Keeps a line until nobody needed it for a while.
    pub(super) fn put(&self, line: Line) {
        let mut held = self.lock();
        if held.lines.len() < KEPT {
            held.lines.push(line);
        }
        if !std::mem::replace(&mut held.is_watched, true) {
            let kept = self.clone();
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(IDLE).await;
                    let mut held = kept.lock();
                    held.lines.retain(|line| line.since.elapsed() < IDLE);
                    if held.lines.is_empty() {
                        held.is_watched = false;
                        break;
                    }
                }
            });
        }
    }
}

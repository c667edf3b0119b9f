//! The wire: HTTP/1 to a Unix socket or a TCP port.
//!
//! Serves bollard and our own questions alike. It puts the negotiated version before every path
//! (bollard 0.21.1 sends none), bounds what an answer may weigh, and names failures.

use std::io;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::BollardRequest;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue};
use hyper::{Method, Response, Uri};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

pub use super::address::Address;
use super::error::{Error, Excess, chain};
use super::line::{Kept, Line, Unanswered};
use super::peer;
use crate::domain::engine::ApiVersion;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// What one answer may weigh, streams aside. 10,000 volumes are 5 MB.
pub const MAX_ANSWER: u64 = 256 << 20;
/// A TCP peer that is silent this long is asked by the kernel whether it lives; the event stream
/// has no keep-alive of its own.
const KEEPALIVE: Duration = Duration::from_secs(20);

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A way to one engine.
#[derive(Debug)]
pub struct Transport {
    address: Address,
    version: OnceLock<ApiVersion>,
    is_read_only: bool,
    kept: Kept,
}

impl Transport {
    /// A transport that sends unversioned paths until [`Transport::settle`] is called.
    #[must_use]
    ///
    /// One that is read-only refuses whatever may change something, whoever asks.
    pub fn new(address: Address, is_read_only: bool) -> Self {
        Self { address, version: OnceLock::new(), is_read_only, kept: Kept::default() }
    }

    /// Where it leads.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// From now on every path carries this version. The first call counts.
    pub fn settle(&self, version: ApiVersion) {
        let _ = self.version.set(version);
    }

    /// Sends a request and waits for the head of its answer. It has a connection of its own.
    ///
    /// Dropping the answer closes the connection, which ends the engine's work on it.
    ///
    /// # Errors
    /// When nobody answers, or what answers is no HTTP.
    pub async fn send(&self, mut request: BollardRequest) -> Result<Response<Incoming>, Error> {
        let path = self.address_request(&mut request)?;
        let limit = if is_stream(&path) { u64::MAX } else { MAX_ANSWER };
        let line = self.line(limit, &path).await?;
        line.ask(request).await.map_err(|unanswered| self.name_failure(&unanswered.error, &path))
    }

    /// Sends a request and waits for its whole answer, which is short. Questions of this kind come by
    /// the thousand, and share a few connections.
    ///
    /// # Errors
    /// As [`Transport::send`], and when the answer breaks off.
    pub async fn exchange(&self, mut request: BollardRequest) -> Result<Response<Bytes>, Error> {
        let path = self.address_request(&mut request)?;
        while let Some(line) = self.kept.take().await {
            match line.ask_whole(request).await {
                Ok(answered) => return Ok(self.keep(answered)),
                // The line had ended; nothing was said on it.
                Err(Unanswered { unsent: Some(unsent), .. }) => request = unsent,
                Err(Unanswered { error, unsent: None }) => return Err(self.name_failure(&error, &path)),
            }
        }
        let line = self.line(MAX_ANSWER, &path).await?;
        let answered = line.ask_whole(request).await;
        answered
            .map(|answered| self.keep(answered))
            .map_err(|unanswered| self.name_failure(&unanswered.error, &path))
    }

    fn keep(&self, (response, line): (Response<Bytes>, Option<Line>)) -> Response<Bytes> {
        if let Some(line) = line {
            self.kept.put(line);
        }
        response
    }

    /// Makes it a request to this engine, where it may be one; its path, as it was asked for.
    fn address_request(&self, request: &mut BollardRequest) -> Result<String, Error> {
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
        if self.is_read_only && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Error::ReadOnly { request: format!("{} {path}", request.method()) });
        }
        let versioned = match self.version.get() {
            Some(version) if !has_version(&path) => format!("/v{version}{path}"),
            _ => path.clone(),
        };
        *request.uri_mut() = versioned
            .parse::<Uri>()
            .map_err(|e| Error::Garbage { request: path.clone(), detail: e.to_string() })?;
        request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
        Ok(path)
    }

    async fn line(&self, limit: u64, path: &str) -> Result<Line, Error> {
        let wire = Bounded { wire: self.open().await?, left: limit };
        Line::over(wire).await.map_err(|error| self.name_failure(&error, path))
    }

    fn name_failure(&self, error: &hyper::Error, path: &str) -> Error {
        if error.is_parse() {
            Error::NotAnEngine { address: self.address.to_string(), detail: chain(error) }
        } else {
            Error::broken(error, path)
        }
    }

    async fn open(&self) -> Result<Box<dyn Wire>, Error> {
        let opening = async {
            Ok(match &self.address {
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?) as Box<dyn Wire>,
                Address::Tcp { host, port } => {
                    let stream = TcpStream::connect((host.as_str(), *port)).await?;
                    stream.set_nodelay(true)?;
                    let keepalive =
                        socket2::TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
                    socket2::SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
                    Box::new(stream)
                }
            })
        };
        match tokio::time::timeout(CONNECT, opening).await {
            Ok(Ok(wire)) => Ok(wire),
            Ok(Err(error)) => Err(self.name_refusal(error)),
            Err(_) => Err(Error::Silent {
                request: format!("a connection to {}", self.address),
                seconds: CONNECT.as_secs(),
            }),
        }
    }

    fn name_refusal(&self, error: io::Error) -> Error {
        match (&self.address, error.kind()) {
            (Address::Unix(path), io::ErrorKind::NotFound) => Error::NoSocket { path: path.clone() },
            (Address::Unix(path), io::ErrorKind::PermissionDenied) => {
                let (group, is_new_member) = peer::socket_group(path);
                Error::Permission { path: path.clone(), group, is_new_member }
            }
            _ => Error::Unreachable { address: self.address.to_string(), source: error },
        }
    }
}

/// Whether the answer to this path may go on for ever.
fn is_stream(path: &str) -> bool {
    let route = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = route.split('/').skip(if has_version(route) { 2 } else { 1 }).collect();
    matches!(parts.as_slice(), ["events"] | ["containers", _, "archive" | "attach"])
}

/// Whether a path begins with `/v1.41/`.
fn has_version(path: &str) -> bool {
    path.strip_prefix("/v")
        .and_then(|rest| rest.split('/').next())
        .is_some_and(|first| first.parse::<ApiVersion>().is_ok())
}

/// A wire that breaks when more comes than any honest answer weighs.
struct Bounded {
    wire: Box<dyn Wire>,
    left: u64,
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.wire).poll_read(cx, buf);
        let read = u64::try_from(buf.filled().len() - before).unwrap_or(u64::MAX);
        match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                polled
            }
            None => Poll::Ready(Err(io::Error::other(Excess { limit: MAX_ANSWER }))),
        }
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_put_once() {
        assert!(has_version("/v1.41/volumes"));
        assert!(!has_version("/volumes"));
        assert!(!has_version("/verbose"));
    }

    #[test]
    fn only_streams_are_without_end() {
        for path in ["/events?since=1", "/containers/a/archive?path=%2Fv", "/v1.41/containers/a/attach?x=1"] {
            assert!(is_stream(path), "{path}");
        }
        for path in ["/volumes/archive", "/volumes/attach", "/images/x/archive", "/volumes/events", "/df"] {
            assert!(!is_stream(path), "{path}");
        }
    }

    #[tokio::test]
    async fn one_that_is_read_only_lets_questions_through_alone() {
        let address = Address::Unix("/nowhere/engine.sock".into());
        let transport = Transport::new(address, true);
        for (method, is_refused) in [
            ("GET", false),
            ("HEAD", false),
            ("POST", true),
            ("PUT", true),
            ("DELETE", true),
            ("PATCH", true),
        ] {
            let request = hyper::Request::builder().method(method).uri("/volumes/v");
            let request = request.body(bollard::body_full(Bytes::new())).expect("a request");
            let error = transport.send(request).await.expect_err("there is no engine");
            assert_eq!(matches!(error, Error::ReadOnly { .. }), is_refused, "{method}: {error}");
        }
    }
}

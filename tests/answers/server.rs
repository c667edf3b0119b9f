//! An engine made of answers: HTTP/1.1 on a Unix socket, one question a connection.
//!
//! What it answers is a function of the question; every question is written down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};

/// One question as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// How it is asked: `GET`.
    pub method: String,
    /// The version before the path: `1.41`.
    pub version: Option<String>,
    /// The path without version and query: `/volumes`.
    pub route: String,
    /// What stands after the question mark.
    pub query: String,
}

impl Asked {
    fn parse(head: &str) -> Self {
        let mut words = head.split_whitespace();
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let versioned = path.strip_prefix("/v").and_then(|rest| {
            let (version, path) = rest.split_once('/')?;
            let is_version =
                version.contains('.') && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            is_version.then(|| (version.to_owned(), format!("/{path}")))
        });
        let (version, route) = match versioned {
            Some((version, route)) => (Some(version), route),
            None => (None, path.to_owned()),
        };
        Self { method, version, route, query: query.to_owned() }
    }
}

/// What is done with a question.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer.
    Answer { status: u16, kind: &'static str, body: Vec<u8> },
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// An answer without end: these bytes first, then what [`Server::send`] is given.
    Events(Vec<u8>),
    /// Nothing, with the connection open.
    Silence,
    /// An honest head, then zeros as long as anybody takes them.
    Flood,
    /// The reply, this much later.
    Late(Duration, Box<Self>),
}

impl Reply {
    /// JSON with status 200.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, body)
    }

    /// JSON with this status.
    pub fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, kind: "application/json", body: body.into() }
    }
}

/// What has been asked, and how much of it at once.
#[derive(Debug, Default)]
pub struct Log {
    asked: Mutex<Vec<Asked>>,
    open: Mutex<BTreeMap<String, usize>>,
    most: Mutex<BTreeMap<String, usize>>,
}

impl Log {
    fn begin(&self, asked: &Asked) {
        self.asked.lock().unwrap().push(asked.clone());
        let mut open = self.open.lock().unwrap();
        let now = open.entry(asked.route.clone()).or_default();
        *now += 1;
        let mut most = self.most.lock().unwrap();
        let most = most.entry(asked.route.clone()).or_default();
        *most = (*most).max(*now);
    }

    fn end(&self, asked: &Asked) {
        *self.open.lock().unwrap().entry(asked.route.clone()).or_default() -= 1;
    }
}

type Script = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The engine. Dropping it ends it and every connection to it.
pub struct Server {
    /// Where it listens.
    pub socket: PathBuf,
    /// The folder that goes with it.
    dir: Option<TempDir>,
    log: Arc<Log>,
    count: watch::Receiver<usize>,
    events: broadcast::Sender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.socket);
    }
}

impl Server {
    /// Starts one in a folder of its own.
    pub fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let dir = TempDir::new().expect("a folder");
        let mut server = Self::start_at(&dir.path().join("engine.sock"), script);
        server.dir = Some(dir);
        server
    }

    /// Starts one at this place.
    pub fn start_at(socket: &Path, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = UnixListener::bind(socket).expect("a socket");
        let log = Arc::new(Log::default());
        let (counter, count) = watch::channel(0);
        let (events, _) = broadcast::channel(4096);
        let (script, kept, sender): (Script, _, _) = (Arc::new(script), Arc::clone(&log), events.clone());
        let counter = Arc::new(counter);
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&kept));
                let (events, counter) = (sender.subscribe(), Arc::clone(&counter));
                open.spawn(async move {
                    let _ = serve(stream, &script, &log, &counter, events).await;
                });
            }
        });
        Self { socket: socket.to_owned(), dir: None, log, count, events, task }
    }

    /// Sends these bytes on every open event stream.
    pub fn send(&self, bytes: impl Into<Vec<u8>>) {
        let _ = self.events.send(bytes.into());
    }

    /// Everything asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.asked.lock().unwrap().clone()
    }

    /// How often a route was asked.
    pub fn times(&self, route: &str) -> usize {
        self.asked().iter().filter(|asked| asked.route == route).count()
    }

    /// How often a route was asked at the same time, at most.
    pub fn most_at_once(&self, route: &str) -> usize {
        self.log.most.lock().unwrap().get(route).copied().unwrap_or(0)
    }

    /// Waits until a route has been asked this often.
    pub async fn until_asked(&self, route: &str, times: usize) {
        let mut count = self.count.clone();
        while self.times(route) < times {
            count.changed().await.expect("the server runs");
        }
    }
}

async fn serve(
    mut stream: UnixStream,
    script: &Script,
    log: &Log,
    counter: &watch::Sender<usize>,
    mut events: broadcast::Receiver<Vec<u8>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let asked = Asked::parse(&String::from_utf8_lossy(&head));
    log.begin(&asked);
    counter.send_modify(|count| *count += 1);
    let mut reply = script(&asked);
    while let Reply::Late(wait, later) = reply {
        tokio::time::sleep(wait).await;
        reply = *later;
    }
    // Done before its last byte: who has the answer may ask again at once.
    if !matches!(reply, Reply::Silence | Reply::Events(_) | Reply::Flood) {
        log.end(&asked);
    }
    match reply {
        Reply::Answer { status, kind, body } => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
        }
        Reply::Raw(bytes) => stream.write_all(&bytes).await?,
        Reply::Events(first) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            write_chunk(&mut stream, &first).await?;
            let mut unread = [0; 1];
            loop {
                tokio::select! {
                    more = events.recv() => match more {
                        Ok(more) => write_chunk(&mut stream, &more).await?,
                        Err(_) => break,
                    },
                    // The client closed: nobody reads any more.
                    _ = stream.read(&mut unread) => break,
                }
            }
        }
        Reply::Flood => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n").await?;
            let zeros = vec![b' '; 1 << 20];
            while stream.write_all(&zeros).await.is_ok() {}
        }
        Reply::Silence => std::future::pending().await,
        Reply::Late(..) => {}
    }
    stream.shutdown().await
}

async fn write_chunk(stream: &mut UnixStream, bytes: &[u8]) -> std::io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await?;
    stream.write_all(bytes).await?;
    stream.write_all(b"\r\n").await
}

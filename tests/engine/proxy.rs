//! A socket in front of the engine that can be cut and mended, and one that lets only some through.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

/// The proxy.
pub(crate) struct Proxy {
    path: PathBuf,
    engine: PathBuf,
    serving: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens at `path` for the engine at `engine`.
    pub(crate) fn start(path: PathBuf, engine: &Path) -> Self {
        let mut proxy = Self { path, engine: engine.to_owned(), serving: None };
        proxy.mend();
        proxy
    }

    /// Its address.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.path.display())
    }

    /// Breaks every connection and listens no more; the socket's file stays, as after a crash.
    pub(crate) async fn cut(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // Dropping the task drops its connections; after this they are closed.
            let _ = serving.await;
        }
    }

    /// Takes the file away too, as after an orderly end.
    pub(crate) fn remove(&self) {
        std::fs::remove_file(&self.path).expect("the socket's file is there");
    }

    /// Listens again.
    pub(crate) fn mend(&mut self) {
        if self.path.exists() {
            self.remove();
        }
        let listener = UnixListener::bind(&self.path).expect("the proxy listens");
        self.serving = Some(tokio::spawn(serve(listener, self.engine.clone())));
    }
}

async fn serve(listener: UnixListener, engine: PathBuf) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let engine = engine.clone();
        connections.spawn(async move {
            if let Ok(mut far) = UnixStream::connect(engine).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}

/// Listens at `path` for the engine at `engine` and refuses this `METHOD /route`, as socket proxies do.
pub(crate) fn refusing(
    path: &Path,
    engine: &Path,
    refused: (&'static str, &'static str),
    status: &'static str,
) -> JoinHandle<()> {
    let body = format!(r#"{{"message":"the proxy allows no {} {}"}}"#, refused.0, refused.1);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    gate(path, engine, move |question| {
        let answer = is_this(question, refused).then(|| answer.clone());
        async move { answer }
    })
}

/// Listens at `path` for the engine at `engine`; before it passes on the first `METHOD /route` it acts.
pub(crate) fn acting<F: Future<Output = ()> + Send + 'static>(
    path: &Path,
    engine: &Path,
    awaited: (&'static str, &'static str),
    act: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> JoinHandle<()> {
    let has_acted = Arc::new(AtomicBool::new(false));
    gate(path, engine, move |question| {
        let (act, has_acted) = (act.clone(), Arc::clone(&has_acted));
        let is_awaited = is_this(question, awaited);
        async move {
            if is_awaited && !has_acted.swap(true, Ordering::SeqCst) {
                act().await;
            }
            None
        }
    })
}

fn is_this(question: &str, (method, route): (&str, &str)) -> bool {
    question.starts_with(method) && question.contains(route)
}

/// Listens at `path` for the engine at `engine`, and passes on each question, known by its first line,
/// that is not answered here.
pub(crate) fn gate<F: Future<Output = Option<String>> + Send + 'static>(
    path: &Path,
    engine: &Path,
    answer: impl Fn(&str) -> F + Clone + Send + 'static,
) -> JoinHandle<()> {
    let listener = UnixListener::bind(path).expect("the proxy listens");
    let engine = engine.to_owned();
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((near, _)) = listener.accept().await {
            if let Ok(far) = UnixStream::connect(&engine).await {
                connections.spawn(pass(near, far, answer.clone()));
            }
        }
    })
}

async fn pass<F: Future<Output = Option<String>>>(
    mut near: UnixStream,
    mut far: UnixStream,
    answer: impl Fn(&str) -> F,
) -> std::io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        tokio::select! {
            read = near.read(&mut asked) => match read? {
                0 => return Ok(()),
                read => {
                    // volx asks nothing before it has its answer: a question begins what is read.
                    let piece = &asked[..read];
                    let line = String::from_utf8_lossy(piece.split(|byte| *byte == b'\r').next().unwrap_or_default());
                    let answer = if line.ends_with(" HTTP/1.1") { answer(&line).await } else { None };
                    match answer {
                        Some(answer) => near.write_all(answer.as_bytes()).await?,
                        None => far.write_all(piece).await?,
                    }
                }
            },
            read = far.read(&mut answered) => match read? {
                0 => return Ok(()),
                read => near.write_all(&answered[..read]).await?,
            },
        }
    }
}

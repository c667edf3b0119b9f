//! A socket in front of the engine that can be cut and mended, and one that lets only some through.

use std::path::{Path, PathBuf};

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
    let listener = UnixListener::bind(path).expect("the proxy listens");
    let engine = engine.to_owned();
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let engine = engine.clone();
            connections.spawn(async move {
                // volx asks one question a connection.
                let mut head = Vec::new();
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    if near.read_buf(&mut head).await.is_ok_and(|read| read == 0) {
                        return;
                    }
                }
                let line = String::from_utf8_lossy(&head);
                if line.starts_with(refused.0) && line.contains(refused.1) {
                    let body = format!(r#"{{"message":"the proxy allows no {} {}"}}"#, refused.0, refused.1);
                    let answer = format!(
                        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = near.write_all(answer.as_bytes()).await;
                } else if let Ok(mut far) = UnixStream::connect(engine).await
                    && far.write_all(&head).await.is_ok()
                {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    })
}

/// Listens at `path` for the engine at `engine`; before it passes on the first `METHOD /route` it acts.
pub(crate) fn acting<F: Future<Output = ()> + Send + 'static>(
    path: &Path,
    engine: &Path,
    awaited: (&'static str, &'static str),
    act: impl Fn() -> F + Clone + Send + 'static,
) -> JoinHandle<()> {
    let listener = UnixListener::bind(path).expect("the proxy listens");
    let engine = engine.to_owned();
    let has_acted = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let (engine, act, has_acted) = (engine.clone(), act.clone(), has_acted.clone());
            connections.spawn(async move {
                // volx asks one question a connection.
                let mut head = Vec::new();
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    if near.read_buf(&mut head).await.is_ok_and(|read| read == 0) {
                        return;
                    }
                }
                let line = String::from_utf8_lossy(&head);
                let is_awaited = line.starts_with(awaited.0) && line.contains(awaited.1);
                if is_awaited && !has_acted.swap(true, std::sync::atomic::Ordering::SeqCst) {
                    act().await;
                }
                if let Ok(mut far) = UnixStream::connect(engine).await
                    && far.write_all(&head).await.is_ok()
                {
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    })
}

//! What runs inside a helper container: this executable with the hidden subcommand `agent`.

mod answer;
mod keeping;
pub mod serve;
pub mod wire;

use std::io::{self, Write};
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

/// Keeps a container alive until it is told to end.
///
/// The first process of a container has no default signal handlers: without this, `docker stop`
/// would wait ten seconds and kill.
///
/// # Errors
/// When signals cannot be listened to.
pub async fn hold() -> io::Result<()> {
    told_to_end().await
}

/// Answers what comes on standard input until that ends, or until told to end.
///
/// # Errors
/// When what comes is no question of volx.
pub async fn serve_until_end() -> io::Result<()> {
    let open = serve::Open::default();
    let working = open.clone();
    let serving = tokio::task::spawn_blocking(move || {
        serve::serve_among(&working, &mut io::stdin().lock(), io::stdout(), Path::new("/"))
    });
    tokio::select! {
        served = serving => served.map_err(io::Error::other)?,
        ended = told_to_end() => {
            // What is half written goes before we do.
            tokio::task::spawn_blocking(move || open.end()).await.map_err(io::Error::other)?;
            ended
        }
    }
}

async fn told_to_end() -> io::Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = end.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Writes a new file of `bytes` bytes.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn fill(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    let block = [b'v'; 8 * 1024];
    let mut left = bytes;
    while left > 0 {
        let now = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        file.write_all(block.get(..now).unwrap_or(&block))?;
        left -= u64::try_from(now).map_err(io::Error::other)?;
    }
    file.sync_all()
}

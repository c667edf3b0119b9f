//! Bringing the image of this very program to an engine, once.

use std::io::{self, Read};
use std::sync::OnceLock;

use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio_util::io::{ReaderStream, SyncIoBridge};

use super::Error;
use crate::access::image;
use crate::engine::containers::Containers;

/// What the names of all helper images begin with.
const NAME: &str = "localhost/volx-helper:";
/// Bytes between the one who makes the archive and the engine that takes it.
const PIPE: usize = 256 * 1024;

/// The image's name: that of this executable's content.
fn tag() -> io::Result<&'static str> {
    static TAG: OnceLock<String> = OnceLock::new();
    if let Some(tag) = TAG.get() {
        return Ok(tag);
    }
    let (mut digest, mut block) = (Sha256::new(), vec![0; PIPE]);
    let mut executable = std::fs::File::open("/proc/self/exe")?;
    loop {
        let read = executable.read(&mut block)?;
        match block.get(..read) {
            Some(bytes) if read > 0 => digest.update(bytes),
            _ => break,
        }
    }
    let hash = image::hex(digest.finalize().get(..8).unwrap_or_default());
    Ok(TAG.get_or_init(|| format!("{NAME}{hash}")))
}

/// The name of the helper's image, which is on the engine afterwards. Images of other versions go.
///
/// # Errors
/// When the executable cannot be read or the engine does not take it.
pub(super) async fn ensure(containers: &dyn Containers) -> Result<&'static str, Error> {
    let tag = tokio::task::spawn_blocking(tag)
        .await
        .map_err(io::Error::other)
        .flatten()
        .map_err(Error::Executable)?;
    if containers.has_image(tag).await? {
        return Ok(tag);
    }
    load(containers, tag).await?;
    for old in containers.images(NAME, image::LABEL).await?.iter().filter(|name| *name != tag) {
        // Another volx may need it this moment; then it stays.
        let _ = containers.remove_image(old).await;
    }
    Ok(tag)
}

async fn load(containers: &dyn Containers, tag: &'static str) -> Result<(), Error> {
    let (near, far) = tokio::io::duplex(PIPE);
    let writing = tokio::task::spawn_blocking(move || {
        let bridge = SyncIoBridge::new(near);
        image::write_archive(tag, io::BufWriter::with_capacity(PIPE, bridge))
    });
    let loaded = containers.load_image(ReaderStream::with_capacity(far, PIPE).boxed()).await;
    match (loaded, writing.await) {
        // An archive that broke off is why the engine did not take it.
        (_, Ok(Err(error))) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Executable(error)),
        (Err(error), _) => Err(error.into()),
        (Ok(()), Err(error)) => Err(Error::Executable(io::Error::other(error))),
        (Ok(()), Ok(_)) if containers.has_image(tag).await? => Ok(()),
        (Ok(()), Ok(_)) => {
            Err(Error::Refused("the engine took the helper's image and does not have it".to_owned()))
        }
    }
}

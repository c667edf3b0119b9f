//! The helper way: this very program in a container on the engine, with the volume mounted.
//!
//! The container has no network, a read-only root and the rights it needs alone. It ends when its
//! standard input does, so it is gone a moment after us whatever happens to us, and the engine
//! removes it then.

mod connection;
mod owner;
mod supply;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::agent::serve::mount_of;
use super::agent::wire::{Ask, Far, Kind as FrameKind, Scanned, Verb};
use super::walk::Progress;
use crate::domain::container::HELPER_LABEL;
use crate::domain::volume::{Kind, Volume};
use crate::engine::containers::{ContainerSpec, Containers, MountSpec, Source};
use crate::engine::{self, SharedEngine};
use connection::Connection;
use owner::{OWNER_LABEL, Owner, is_leftover};

/// How long the mounting of one volume may take before it is given up.
const MOUNT: Duration = Duration::from_secs(30);
/// Another version of volx takes the image away for its own; it may be at work this moment.
const ATTEMPTS: usize = 4;
/// What reading every file takes.
const READING: &[&str] = &["DAC_READ_SEARCH"];

/// Why a helper cannot work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine runs no containers of ours.
    #[error("{0}")]
    NoContainers(String),
    /// This program cannot be read.
    #[error("cannot make an image of this program: {0}")]
    Executable(io::Error),
    /// The engine refused.
    #[error("{0}")]
    Engine(#[from] engine::Error),
    /// The engine did something else than was asked.
    #[error("{0}")]
    Refused(String),
    /// The volume's file system does not answer.
    #[error("the engine could not mount it within {} seconds: its server does not answer", .0.as_secs())]
    Mount(Duration),
    /// The volume is not there any more.
    #[error("no such volume: {0}")]
    Gone(String),
    /// It was told to end, or saw more than it may.
    #[error("cancelled")]
    Cancelled,
    /// The work inside failed.
    #[error("{0}")]
    Work(#[from] io::Error),
}

/// A running helper. Dropping it ends the container.
pub struct Helper {
    connection: Connection,
}

impl Helper {
    /// Starts a helper that reads these volumes.
    ///
    /// # Errors
    /// When the engine cannot run it, or one of the volumes is gone or cannot be mounted.
    pub async fn start(engine: &SharedEngine, volumes: &[Volume]) -> Result<Self, Error> {
        let Some(containers) = engine.containers() else {
            return Err(Error::NoContainers("this engine runs no containers".to_owned()));
        };
        let image = supply::ensure(containers).await?;
        let mounts = (0_u16..).zip(volumes).map(|(root, volume)| MountSpec {
            source: source_of(volume, engine),
            target: mount_of(root),
            read_only: true,
        });
        let spec = ContainerSpec {
            image: image.to_owned(),
            command: vec!["agent".to_owned(), "serve".to_owned()],
            mounts: mounts.collect(),
            capabilities: READING.to_vec(),
            labels: labels(),
            is_started: true,
        };
        let id = create(containers, &spec, engine, volumes).await?;
        let mut guard = Guard { engine: Arc::clone(engine), id: Some(id.clone()) };
        let attached = containers.attach(&id).await?;
        let connection = Connection::open(attached);
        // A volume whose server is silent keeps the engine waiting, not us.
        let is_slow = spec.mounts.iter().any(|mount| matches!(mount.source, Source::Volume(_)));
        let limit = if is_slow { MOUNT } else { MOUNT * 4 };
        match tokio::time::timeout(limit, containers.start(&id)).await {
            Ok(started) => started?,
            Err(_) => return Err(Error::Mount(limit)),
        }
        // From here on the engine removes it when its input ends.
        guard.id = None;
        Ok(Self { connection })
    }

    /// Measures the volume at this place of the list that it was started with.
    ///
    /// # Errors
    /// When its root cannot be read, or the helper ended.
    pub async fn scan(&self, root: u16, progress: &Progress) -> Result<Scanned, Error> {
        let mut replies = self.connection.ask(&Ask { root, verb: Verb::Scan }).await?;
        loop {
            let frame = replies.next().await?;
            match frame.kind {
                FrameKind::Progress => {
                    let far: Far = frame.value()?;
                    progress.tell(far.entries, far.allocated);
                }
                FrameKind::Done => return Ok(frame.value()?),
                _ => {}
            }
            if progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
    }
}

/// Removes a container that was made and will not run.
struct Guard {
    engine: SharedEngine,
    id: Option<String>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current()) else { return };
        let engine = Arc::clone(&self.engine);
        runtime.spawn(async move {
            if let Some(containers) = engine.containers() {
                // What cannot be removed now is swept by the next volx.
                let _ = containers.remove(&id).await;
            }
        });
    }
}

/// Makes the container. What is mounted as a volume must exist: the engine would make it again.
async fn create(
    containers: &dyn Containers,
    spec: &ContainerSpec,
    engine: &SharedEngine,
    volumes: &[Volume],
) -> Result<String, Error> {
    for (mount, volume) in spec.mounts.iter().zip(volumes) {
        if matches!(mount.source, Source::Volume(_)) {
            match engine.inspect_volume(&volume.name).await {
                Ok(_) => {}
                Err(engine::Error::NotFound { .. }) => return Err(Error::Gone(volume.name.clone())),
                Err(error) => return Err(error.into()),
            }
        }
    }
    for _ in 1..ATTEMPTS {
        match containers.create(spec).await {
            // Another volx took the image away between our look and now.
            Err(engine::Error::NotFound { .. }) => supply::ensure(containers).await?,
            other => return Ok(other?),
        };
    }
    Ok(containers.create(spec).await?)
}

/// How a volume comes into a helper.
///
/// A plain one by its folder: so the engine does not count us as a user, nobody's removal fails
/// because of us, and a volume that was just removed is not made again. What has to be mounted
/// only the engine can mount.
fn source_of(volume: &Volume, engine: &SharedEngine) -> Source {
    let folder = volume.mountpoint.as_deref().filter(|path| path.starts_with('/'));
    match folder {
        Some(folder) if volume.kind() == Kind::Plain && engine.info().capabilities.binds_are_its_own => {
            Source::Folder(folder.to_owned())
        }
        _ => Source::Volume(volume.name.clone()),
    }
}

/// What marks a container as ours.
pub(super) fn labels() -> BTreeMap<String, String> {
    BTreeMap::from([
        (HELPER_LABEL.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        (OWNER_LABEL.to_owned(), Owner::ours().label()),
    ])
}

/// What dead volx left on the engine, by id; what a living one needs is not among it.
///
/// # Errors
/// When the engine does not list its containers.
pub async fn leftovers(engine: &SharedEngine) -> Result<Vec<String>, Error> {
    let Some(containers) = engine.containers() else { return Ok(Vec::new()) };
    let now = Timestamp::now();
    let helpers = containers.labelled(HELPER_LABEL).await?;
    Ok(helpers.into_iter().filter(|helper| is_leftover(helper, now)).map(|helper| helper.id).collect())
}

/// Removes what dead volx left on the engine. The answer is how many are gone; what cannot be
/// removed now stays for the next one.
///
/// # Errors
/// As for [`leftovers`].
pub async fn sweep(engine: &SharedEngine) -> Result<usize, Error> {
    let Some(containers) = engine.containers() else { return Ok(0) };
    let mut swept = 0;
    for id in leftovers(engine).await? {
        swept += usize::from(containers.remove(&id).await.is_ok());
    }
    Ok(swept)
}

/// Sweeps beside all else. Nobody asked for it, so nobody is told when it fails; `volx doctor`
/// counts what is left.
pub fn sweep_aside(engine: &SharedEngine) -> tokio::task::JoinHandle<()> {
    let engine = Arc::clone(engine);
    tokio::spawn(async move {
        let _ = sweep(&engine).await;
    })
}

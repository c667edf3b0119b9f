//! The helper way: this very program in a container on the engine, with the volume mounted.
//!
//! The container has no network, a read-only root and the rights it needs alone. It ends when its
//! standard input does, so it is gone a moment after us whatever happens to us, and the engine
//! removes it then.

mod beside;
mod connection;
mod in_helper;
mod keeping;
mod never;
pub mod owner;
mod supply;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::task::TaskTracker;

use super::agent::serve::{FILE_MOUNT, mount_of};
use super::agent::wire::{Ask, Scanned, Verb};
use super::content;
use super::walk::Progress;
use crate::domain::container::HELPER_LABEL;
use crate::domain::engine::Product;
use crate::domain::place::Place;
use crate::domain::secret;
use crate::domain::volume::{Kind, Volume};
use crate::engine::containers::{ContainerSpec, MountSpec, Source};
use crate::engine::{self, SharedEngine};
use connection::{Connection, Replies};
pub use in_helper::HelperContent;
use in_helper::to_the_end;
pub use never::Never;
pub use owner::Owner;
use owner::{OWNER_LABEL, is_leftover};

/// How long the mounting of one volume may take before it is given up.
const MOUNT: Duration = Duration::from_secs(30);
/// Another version of volx takes the image away for its own; it may be at work this moment.
const ATTEMPTS: usize = 4;
/// How long the end of the process waits for removals.
const TIDY: Duration = Duration::from_secs(5);

/// What a helper may do in its volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Read everything.
    Read,
    /// Make, change and replace anything.
    Write,
    /// Read everything there is of an entry, for a backup.
    ReadAll,
    /// Write everything there is of an entry, from a backup.
    WriteAll,
}

impl Rights {
    /// Whether it only reads.
    pub(super) const fn is_reading(self) -> bool {
        matches!(self, Self::Read | Self::ReadAll)
    }

    /// The capabilities that it takes. [measured: without them owners, devices or closed folders fail]
    const fn capabilities(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["DAC_READ_SEARCH"],
            Self::Write => {
                &["DAC_READ_SEARCH", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP"]
            }
            // Attributes named trusted.* are shown to nobody else. [xattr(7)]
            Self::ReadAll => &["DAC_READ_SEARCH", "SYS_ADMIN"],
            Self::WriteAll => &[
                "DAC_READ_SEARCH",
                "CHOWN",
                "DAC_OVERRIDE",
                "FOWNER",
                "FSETID",
                "MKNOD",
                "SETFCAP",
                "SYS_ADMIN",
            ],
        }
    }
}

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
}

impl Error {
    /// Which of the volumes is the cause, when one of them is.
    #[must_use]
    pub fn culprit(&self, volumes: &[Volume]) -> Option<usize> {
        match self {
            Self::Gone(name) => volumes.iter().position(|volume| volume.name == *name),
            Self::Engine(error) => {
                let words = error.to_string();
                volumes.iter().position(|v| v.mountpoint.as_ref().is_some_and(|path| words.contains(path)))
            }
            _ => None,
        }
    }
}

/// The failure without these volumes' secrets, which engines repeat.
fn discreet(error: Error, volumes: &[Volume]) -> Error {
    let text = error.to_string();
    let hide = |text: String, volume: &Volume| secret::hidden(&text, &volume.options).into_owned();
    let shown = volumes.iter().fold(text.clone(), hide);
    if shown == text { error } else { Error::Refused(shown) }
}

/// A running helper. Dropping it ends the container.
pub struct Helper {
    connection: Connection,
}

impl Helper {
    /// Starts a helper that has these volumes.
    ///
    /// # Errors
    /// When the engine cannot run it, or one of the volumes is gone or cannot be mounted.
    pub async fn start(engine: &SharedEngine, volumes: &[Volume], rights: Rights) -> Result<Self, Error> {
        Self::begin(engine, volumes, rights, None).await.map_err(|error| discreet(error, volumes))
    }

    /// Starts a helper that has a file of this machine beside its volume, to read what it writes there or
    /// the other way round. Whether the engine's machine is this one it can say itself.
    ///
    /// # Errors
    /// As for [`Helper::start`], and when there is no such file where the engine is.
    pub(super) async fn start_beside(
        engine: &SharedEngine,
        volume: &Volume,
        rights: Rights,
        file: &str,
    ) -> Result<Self, Error> {
        let volumes = std::slice::from_ref(volume);
        Self::begin(engine, volumes, rights, Some(file)).await.map_err(|error| discreet(error, volumes))
    }

    async fn begin(
        engine: &SharedEngine,
        volumes: &[Volume],
        rights: Rights,
        file: Option<&str>,
    ) -> Result<Self, Error> {
        let containers = engine.containers().ok_or_else(no_containers)?;
        let image = supply::ensure(containers).await?;
        let mounts = (0_u16..).zip(volumes).map(|(root, volume)| MountSpec {
            source: source_of(volume, engine),
            target: mount_of(root),
            read_only: rights.is_reading(),
        });
        let beside = file.map(|file| MountSpec {
            source: Source::Folder(file.to_owned()),
            target: FILE_MOUNT.to_owned(),
            read_only: !rights.is_reading(),
        });
        // It is its asker's, who may be anybody.
        let writing = file.filter(|_| rights.is_reading()).map(|_| "DAC_OVERRIDE");
        let spec = ContainerSpec {
            image: image.to_owned(),
            command: vec!["agent".to_owned(), "serve".to_owned()],
            mounts: mounts.chain(beside).collect(),
            capabilities: rights.capabilities().iter().copied().chain(writing).collect(),
            labels: labels(),
            is_started: true,
        };
        let mut guard = create(spec.clone(), engine, volumes).await?;
        let id = guard.id.clone().unwrap_or_default();
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
    /// When its root cannot be read, the helper ended, or it was told to end.
    pub async fn scan(&self, root: u16, progress: &Progress) -> Result<Scanned, content::Error> {
        let mut replies = self.ask(root, &Place::root(), Verb::Scan).await?;
        let last = to_the_end(&mut replies, progress, |_| Ok(())).await?;
        last.value().map_err(|error| content::Error::Engine(error.to_string()))
    }

    async fn ask(&self, root: u16, place: &Place, verb: Verb) -> Result<Replies, content::Error> {
        self.connection.ask(&Ask { root, place: place.bytes(), verb }).await
    }
}

/// The removals under way.
fn removals() -> &'static TaskTracker {
    static REMOVALS: OnceLock<TaskTracker> = OnceLock::new();
    REMOVALS.get_or_init(TaskTracker::new)
}

/// Waits, not for long, until the containers that nobody needs any more are removed. To be called
/// before the process ends; what remains then is swept by the next volx.
pub async fn tidied() {
    removals().close();
    let _ = tokio::time::timeout(TIDY, removals().wait()).await;
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
        removals().spawn_on(
            async move {
                if let Some(containers) = engine.containers() {
                    // What cannot be removed now is swept by the next volx.
                    let _ = containers.remove(&id).await;
                }
            },
            &runtime,
        );
    }
}

/// Makes the container. What is mounted must exist: an engine makes a volume again, and Podman a
/// folder.
async fn create(spec: ContainerSpec, engine: &SharedEngine, volumes: &[Volume]) -> Result<Guard, Error> {
    let is_podman = engine.info().capabilities.product == Product::Podman;
    for (mount, volume) in spec.mounts.iter().zip(volumes) {
        // libpod removes a container's unused anonymous volumes with it, those mounted by name too.
        if is_podman && volume.is_anonymous() && matches!(mount.source, Source::Volume(_)) {
            let why = "Podman removes an anonymous volume with the container that looks into it";
            return Err(Error::Refused(why.to_owned()));
        }
        if is_podman || matches!(mount.source, Source::Volume(_)) {
            match engine.inspect_volume(&volume.name).await {
                Ok(_) => {}
                Err(engine::Error::NotFound { .. }) => return Err(Error::Gone(volume.name.clone())),
                Err(error) => return Err(error.into()),
            }
        }
    }
    // A task of its own: whoever stops waiting must not leave a container that nobody knows.
    let (engine, theirs) = (Arc::clone(engine), Arc::clone(engine));
    let creating = tokio::spawn(async move {
        let containers = theirs.containers().ok_or_else(no_containers)?;
        let mut attempt = 1;
        let id = loop {
            match containers.create(&spec).await {
                // Another volx took the image away between our look and now.
                Err(engine::Error::NotFound { .. }) if spec.is_started && attempt < ATTEMPTS => {
                    attempt += 1;
                    supply::ensure(containers).await?;
                }
                other => break other?,
            }
        };
        Ok(Guard { engine, id: Some(id) })
    });
    creating.await.map_err(|error| Error::Refused(error.to_string()))?
}

fn no_containers() -> Error {
    Error::NoContainers("there is nothing here that may run a container of ours".to_owned())
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

/// Whether a helper may have the volume together with others: one that the engine mounts is held by it
/// as long as the helper runs, and one that cannot be mounted spoils the whole container.
pub fn is_shareable(volume: &Volume, engine: &SharedEngine) -> bool {
    matches!(source_of(volume, engine), Source::Folder(_))
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

/// Sweeps beside all else; [`tidied`] waits for it. Nobody asked for it, so nobody is told when it
/// fails; `volx doctor` counts what is left.
pub fn sweep_aside(engine: &SharedEngine) -> tokio::task::JoinHandle<()> {
    let engine = Arc::clone(engine);
    removals().spawn(async move {
        let _ = sweep(&engine).await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volume_that_a_failure_names_is_its_cause() {
        let volume = |name: &str| Volume {
            name: name.to_owned(),
            mountpoint: Some(format!("/data/volumes/{name}/_data")),
            ..Volume::default()
        };
        let volumes = ["ab", "b", "a"].map(volume);
        let refused = |message: &str| {
            let request = "/containers/create".to_owned();
            Error::Engine(engine::Error::Refused { request, status: 400, message: message.to_owned() })
        };
        let path = "bind source path does not exist: /data/volumes/b/_data";
        assert_eq!(refused(path).culprit(&volumes), Some(1));
        assert_eq!(refused("no space left on device").culprit(&volumes), None);
        assert_eq!(Error::Gone("a".to_owned()).culprit(&volumes), Some(2));
        assert_eq!(Error::Gone("c".to_owned()).culprit(&volumes), None);
    }
}

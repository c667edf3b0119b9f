//! The engine under test and what the whole run shares: its number, its image.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use crate::private::Private;
use crate::raw;

/// The label of everything that a run makes; its value is the run.
pub(crate) const LABEL: &str = "volx.test";
/// The image's name without its tag, which is the run.
pub(crate) const IMAGE: &str = "localhost/volx-test";
const DEFAULT: &str = "/var/run/docker.sock";

/// The engine under test.
pub(crate) struct Ground {
    /// Its address, as `DOCKER_HOST` has it.
    pub(crate) host: String,
    /// This run: the second it began, and the process.
    pub(crate) run: String,
    /// The image of all containers.
    pub(crate) image: String,
    /// Whether it is Podman.
    pub(crate) is_podman: bool,
    /// The newest API version it speaks.
    pub(crate) api: (u16, u16),
    /// Whether its process sees the files that we see: then the direct way has to be open to root.
    pub(crate) sees_our_files: bool,
    /// Everything that the run keeps on this machine.
    folder: TempDir,
    /// Volumes whose label the engine could not be given.
    unlabelled: Mutex<Vec<String>>,
    /// The images that the programs under test made for their helpers.
    images: Mutex<Vec<String>>,
    private: Mutex<Option<Private>>,
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = if self.is_podman { "Podman" } else { "Docker" };
        write!(f, "{product} at {}, API {}.{}, run {}", self.host, self.api.0, self.api.1, self.run)
    }
}

impl Ground {
    /// Finds or starts an engine and loads the image into it.
    pub(crate) fn find() -> Result<Self, String> {
        if Command::new("docker").arg("--version").output().is_err() {
            return Err("there is no Docker CLI, the tests' second opinion".to_owned());
        }
        let named = std::env::var("DOCKER_HOST").ok().filter(|host| !host.trim().is_empty());
        let is_named = named.is_some();
        let mut host = named.unwrap_or_else(|| format!("unix://{DEFAULT}"));
        let mut private = None;
        let silence = match raw::get(&host, "/_ping") {
            Ok((200, _)) => None,
            Ok((status, _)) => Some(format!("{host} answers {status}")),
            Err(error) => Some(format!("{host} does not answer: {error}")),
        };
        if let Some(silence) = silence {
            // Another engine than the one that was named would prove nothing.
            if is_named {
                return Err(silence);
            }
            let started = Private::start().map_err(|why| format!("{silence}; {why}"))?;
            host = started.host();
            private = Some(started);
        }
        let version = raw::json(&host, "/version").map_err(|e| e.to_string())?;
        let api = version["ApiVersion"].as_str().unwrap_or_default();
        let api = api.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let second = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?.as_secs();
        let run = format!("{second:x}-{}", std::process::id());
        let ground = Self {
            image: format!("{IMAGE}:{run}"),
            is_podman: version["Components"].to_string().contains("Podman"),
            api: api.ok_or("the engine names no API version")?,
            sees_our_files: sees_our_files(&host),
            folder: open_folder("volx-test-").map_err(|e| e.to_string())?,
            unlabelled: Mutex::default(),
            images: Mutex::default(),
            private: Mutex::new(private),
            host,
            run,
        };
        ground.load()?;
        Ok(ground)
    }

    /// Makes the image of the program under test: no registry is needed.
    fn load(&self) -> Result<(), String> {
        let mut packing = Command::new(env!("CARGO_BIN_EXE_volx"))
            .args(["agent", "image", &self.image])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let archive = packing.stdout.take().ok_or("no archive")?;
        let loaded = self.command().arg("load").stdin(archive).output().map_err(|e| e.to_string())?;
        let packed = packing.wait().map_err(|e| e.to_string())?;
        if loaded.status.success() && packed.success() {
            return Ok(());
        }
        Err(format!("the image cannot be loaded: {}", String::from_utf8_lossy(&loaded.stderr)))
    }

    /// The Docker CLI, pointed at the engine and at nothing else.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command.env("DOCKER_CONFIG", self.folder.path().join("docker")).env_remove("DOCKER_HOST");
        for name in ["DOCKER_CONTEXT", "DOCKER_API_VERSION", "DOCKER_TLS", "DOCKER_TLS_VERIFY"] {
            command.env_remove(name);
        }
        command.args(["-H", &self.host]).stdin(Stdio::null());
        command
    }

    /// Runs the Docker CLI.
    pub(crate) fn docker(&self, arguments: &[&str]) -> std::io::Result<Output> {
        self.command().args(arguments).output()
    }

    /// The engine's socket, when it has one.
    pub(crate) fn socket(&self) -> Option<&Path> {
        self.host.strip_prefix("unix://").map(Path::new)
    }

    /// Whether a client that chooses nothing finds it.
    pub(crate) fn is_at_default(&self) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        self.socket()
            .is_some_and(|socket| real(socket).is_some() && real(socket) == real(&PathBuf::from(DEFAULT)))
    }

    /// Where the run keeps what it keeps on this machine.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Remembers a volume that has no label, to remove it all the same.
    pub(crate) fn remember(&self, volume: &str) {
        self.unlabelled.lock().unwrap_or_else(PoisonError::into_inner).push(volume.to_owned());
    }

    /// The volumes that have no label.
    pub(crate) fn unlabelled(&self) -> Vec<String> {
        self.unlabelled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over an image that is to be removed with the rest.
    pub(crate) fn own_image(&self, image: String) {
        self.images.lock().unwrap_or_else(PoisonError::into_inner).push(image);
    }

    /// The images that are to be removed with the rest.
    pub(crate) fn images(&self) -> Vec<String> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the engine when it is our own.
    pub(crate) fn end(&self) {
        drop(self.private.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Whether who listens at a socket has the same mounts as we have.
fn sees_our_files(host: &str) -> bool {
    let Some(socket) = host.strip_prefix("unix://") else { return false };
    let asked = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let listener = asked.and_then(|asked| {
        let stream = asked.block_on(tokio::net::UnixStream::connect(socket))?;
        stream.peer_cred()
    });
    let Some(process) = listener.ok().and_then(|listener| listener.pid()) else { return false };
    let mounts = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/mnt")).ok();
    let ours = mounts("self");
    ours.is_some() && ours == mounts(&process.to_string())
}

/// A temporary folder that other users can go through, but not look around in.
pub(crate) fn open_folder(prefix: &str) -> std::io::Result<TempDir> {
    let folder = TempDir::with_prefix(prefix)?;
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711))?;
    Ok(folder)
}

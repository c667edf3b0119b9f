//! What a test needs of the engine and the machine; where it is missing the test is not run.

use std::os::unix::fs::MetadataExt;
use std::pin::Pin;

use crate::ground::Ground;
use crate::private::Private;
use crate::rig::Rig;

/// A test of the table.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(Rig) -> Pin<Box<dyn Future<Output = ()>>>,
}

/// Something that not every engine or machine has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// Docker itself.
    Docker,
    /// A Unix socket of its own.
    UnixSocket,
    /// The engine at the default socket, so that choosing nothing finds it.
    DefaultSocket,
    /// An engine that computes one disk usage at a time and lets us into its volumes.
    ExclusiveDf,
    /// The volumes' files here, to make and to read.
    Files,
    /// An engine whose process sees the files that we see, so that the direct way is open.
    Direct,
    /// An engine of our own can be started here.
    PrivateEngine,
    /// An engine whose volumes are nobody's: one of our own, or this one by `VOLX_TEST_THROWAWAY=1`.
    ThrowAway,
    /// Root here, and a socket that a group may open.
    GroupSocket,
    /// Root here, and a socket that not everybody may open.
    Strangers,
}

impl Need {
    /// Why it is missing, or `None` when it is there.
    pub(crate) fn missing(self, ground: &Ground) -> Option<String> {
        const GROUP_MAY_WRITE: u32 = 0o020;
        const ALL_MAY_WRITE: u32 = 0o002;
        let unless = |holds: bool, why: &str| (!holds).then(|| why.to_owned());
        let mode = ground.socket().and_then(|path| path.metadata().ok()).map_or(0, |meta| meta.mode());
        match self {
            Self::Docker => unless(!ground.is_podman, "Podman does that in another way"),
            Self::UnixSocket => unless(ground.socket().is_some(), "the engine is not at a Unix socket"),
            Self::DefaultSocket => {
                unless(ground.is_at_default(), "the tested engine is not at the default socket")
            }
            Self::ExclusiveDf if ground.is_podman || ground.api >= (1, 42) => {
                Some("this engine answers several disk usages at once".to_owned())
            }
            Self::ExclusiveDf => unless(is_root(), "only root reaches the files of a volume"),
            Self::Files => needs_files(ground),
            Self::Direct => needs_files(ground).or_else(|| {
                unless(ground.sees_our_files, "the engine lives among other mounts: the direct way is closed")
            }),
            Self::ThrowAway if is_thrown_away() => None,
            Self::PrivateEngine | Self::ThrowAway => Private::missing(),
            Self::GroupSocket => needs_other_users(ground)
                .or_else(|| unless(mode & GROUP_MAY_WRITE != 0, "no group may open the socket")),
            Self::Strangers => needs_other_users(ground)
                .or_else(|| unless(mode & ALL_MAY_WRITE == 0, "everybody may open the socket")),
        }
    }
}

/// A test that makes files looks whether they are the engine's too; here is said where it can try.
fn needs_files(ground: &Ground) -> Option<String> {
    let told = ground.docker(&["info", "--format", "{{.DockerRootDir}}"]).ok();
    let root = told.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default();
    let volumes = std::path::Path::new(&root).join("volumes");
    let is_here = !root.is_empty() && volumes.is_dir() && is_root();
    (!is_here).then(|| format!("{} is not here to be written to", volumes.display()))
}

fn needs_other_users(ground: &Ground) -> Option<String> {
    if ground.socket().is_none() {
        return Some("the engine is not at a Unix socket".to_owned());
    }
    if !is_root() {
        return Some("only root can become another user".to_owned());
    }
    let has_setpriv = std::process::Command::new("setpriv").arg("--version").output().is_ok();
    (!has_setpriv).then(|| "there is no setpriv".to_owned())
}

/// Whether the engine under test may be pruned: somebody says so who started it for that.
pub(crate) fn is_thrown_away() -> bool {
    std::env::var_os("VOLX_TEST_THROWAWAY").is_some_and(|value| value == "1")
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

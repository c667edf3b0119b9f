//! An engine of our own, for a machine where none answers: `dockerd` in namespaces of its own, so
//! that nothing of the machine is touched and nothing outlives it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::ground::open_folder;
use crate::needs::is_root;
use crate::raw;

const START: Duration = Duration::from_secs(40);

/// In order: private mounts, own processes, own `/run` (containerd's socket), a loopback.
const INSIDE: &str = "mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run \
                      && (ip link set lo up || true) && exec dockerd --config-file \"$1/daemon.json\" --data-root \"$1/data\" \
                      --exec-root \"$1/exec\" --pidfile \"$1/dockerd.pid\" -H \"unix://$1/engine.sock\" \
                      --bridge=none --iptables=false --ip6tables=false";

/// A running engine; dropping it ends it and deletes all it had.
pub(crate) struct Private {
    child: Child,
    folder: TempDir,
}

impl Private {
    /// Why none can be started here, or `None`.
    pub(crate) fn missing() -> Option<String> {
        if !is_root() {
            return Some("not root, so none can be started".to_owned());
        }
        let is_there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
        let needed = ["dockerd", "unshare"].into_iter().find(|name| !is_there(name))?;
        Some(format!("there is no {needed} to start one with"))
    }

    /// Starts one, or says why that is impossible.
    pub(crate) fn start() -> Result<Self, String> {
        Self::start_with("true")
    }

    /// Starts one whose data nobody outside sees, although its paths exist there too.
    pub(crate) fn start_hidden() -> Result<Self, String> {
        Self::start_with("mkdir -p \"$1/data\" && mount -t tmpfs tmpfs \"$1/data\"")
    }

    fn start_with(first: &str) -> Result<Self, String> {
        if let Some(missing) = Self::missing() {
            return Err(missing);
        }
        // Other users must come as far as its socket.
        let folder = open_folder("volx-engine-").map_err(|e| e.to_string())?;
        // The machine's own settings are not for it.
        std::fs::write(folder.path().join("daemon.json"), "{}").map_err(|e| e.to_string())?;
        let child = Self::spawn(folder.path(), first)?;
        let mut private = Self { child, folder };
        private.wait()?;
        Ok(private)
    }

    fn spawn(folder: &Path, first: &str) -> Result<Child, String> {
        let log = std::fs::File::create(folder.join("log")).map_err(|e| e.to_string())?;
        // With it the engine ends even when this run is killed.
        let has_setpriv = Command::new("setpriv").arg("--version").output().is_ok();
        let words: &[&str] =
            if has_setpriv { &["setpriv", "--pdeathsig", "KILL", "unshare"] } else { &["unshare"] };
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(["--mount", "--net", "--pid", "--fork", "--kill-child=KILL", "sh", "-c"])
            .arg(format!("{first} && {INSIDE}"))
            .arg("sh")
            .arg(folder)
            .env_remove("DOCKER_HOST")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        born(command)
    }

    /// Kills it with all that it runs, and starts it again on what it had.
    pub(crate) fn restart(&mut self) -> Result<(), String> {
        self.child.kill().and_then(|()| self.child.wait()).map_err(|e| e.to_string())?;
        // The numbers in them may be other processes' in the new namespace: it would wait for a
        // containerd that is none.
        let _ = std::fs::remove_file(self.folder.path().join("dockerd.pid"));
        let _ = std::fs::remove_dir_all(self.folder.path().join("exec"));
        self.child = Self::spawn(self.folder.path(), "true")?;
        self.wait()
    }

    /// Where it listens.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("engine.sock").display())
    }

    fn wait(&mut self) -> Result<(), String> {
        let began = Instant::now();
        let clock = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let clock = clock.map_err(|e| e.to_string())?;
        while began.elapsed() < START {
            if raw::get(&self.host(), "/_ping").is_ok_and(|(status, _)| status == 200) {
                return Ok(());
            }
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            // Made inside: a sleep needs its clock from the beginning.
            clock.block_on(async { tokio::time::sleep(Duration::from_millis(100)).await });
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(3).collect();
        Err(format!("a private dockerd did not come up: {}", last.join(" / ")))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // `unshare` takes its child along, and that is the first process of its namespace: every
        // shim and container ends with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a command from a thread that never ends: the signal that ends the engine with its parent is
/// sent when the thread ends that started it.
fn born(command: Command) -> Result<Child, String> {
    type Order = (Command, mpsc::Sender<std::io::Result<Child>>);
    static MIDWIFE: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    let midwife = MIDWIFE.get_or_init(|| {
        let (orders, ordered) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in ordered {
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let (answer, answered) = mpsc::channel();
    let sent = midwife.lock().unwrap_or_else(PoisonError::into_inner).send((command, answer));
    sent.map_err(|e| e.to_string())?;
    answered.recv().map_err(|e| e.to_string())?.map_err(|e| e.to_string())
}

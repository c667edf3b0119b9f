//! What one test has: names of its own, a home of its own, the Docker CLI, volx, and a watcher.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;
use volx::domain::inventory::Inventory;
use volx::engine::SharedEngine;
use volx::engine::connect::{Choice, Target, connect};
use volx::engine::environment::Environment;

use crate::ground::{Ground, LABEL};

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a condition may take, unless a test says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One test's belongings.
pub(crate) struct Rig {
    pub(crate) ground: Arc<Ground>,
    prefix: String,
    home: TempDir,
}

/// How a run of volx ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The output as JSON, of a run that did what it was told.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "volx does what it is told, instead: {}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("volx prints JSON ({e}): {}", self.out))
    }
}

impl Rig {
    pub(crate) fn new(ground: Arc<Ground>, test: &str) -> std::io::Result<Self> {
        // The whole name of a test is long; its own words are enough.
        let short: String = test.split("::").last().unwrap_or(test).chars().take(24).collect();
        let prefix = format!("volx-test-{}-{short}", ground.run);
        let home = TempDir::with_prefix_in("home-", ground.folder())?;
        Ok(Self { ground, prefix, home })
    }

    /// A name of this test.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{}.{what}", self.prefix)
    }

    /// What the names of this test begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The part of a name that the test gave.
    pub(crate) fn short<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(&format!("{}.", self.prefix)).unwrap_or(name)
    }

    /// The label of the run, as the CLI takes it.
    pub(crate) fn label(&self) -> String {
        format!("{LABEL}={}", self.ground.run)
    }

    /// The home of the volx that the test runs.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// The history of the volx that the test runs.
    pub(crate) fn history(&self) -> PathBuf {
        self.home.path().join("state/volx/history.db")
    }

    /// Runs the Docker CLI, whatever comes of it.
    pub(crate) async fn try_docker(&self, arguments: &[&str]) -> Output {
        let mut command = Command::from(self.ground.command());
        command.args(arguments).output().await.expect("the Docker CLI runs")
    }

    /// Runs the Docker CLI and returns what it says.
    pub(crate) async fn docker(&self, arguments: &[&str]) -> String {
        let output = self.try_docker(arguments).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "docker {} does not fail: {words}", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes a volume; `what` names it.
    pub(crate) async fn volume(&self, what: &str, options: &[&str]) -> String {
        let (name, label) = (self.name(what), self.label());
        let mut arguments = vec!["volume", "create", "--label", &label];
        arguments.extend_from_slice(options);
        arguments.push(&name);
        self.docker(&arguments).await;
        name
    }

    /// Makes a container without network; the answer is its id.
    ///
    /// `verb` is `create` or `run`, `options` come before the image, `words` are what it does.
    pub(crate) async fn container(&self, verb: &str, what: &str, options: &[&str], words: &[&str]) -> String {
        let (name, label) = (self.name(what), self.label());
        let mut arguments = vec![verb, "--network", "none", "--label", &label, "--name", &name];
        arguments.extend_from_slice(options);
        arguments.push(&self.ground.image);
        arguments.extend_from_slice(words);
        self.docker(&arguments).await
    }

    /// Starts a container that lasts, with these volumes (`NAME:/PLACE`).
    pub(crate) async fn holder(&self, what: &str, volumes: &[&str]) -> String {
        let mut options = vec!["--detach"];
        options.extend(volumes.iter().flat_map(|volume| ["--volume", *volume]));
        self.container("run", what, &options, &["agent", "hold"]).await
    }

    /// Writes a file of `bytes` bytes into a volume, through a container that is gone afterwards.
    pub(crate) async fn fill(&self, volume: &str, file: &str, bytes: u64) {
        let mount = format!("{volume}:/data");
        let (path, bytes) = (format!("/data/{file}"), bytes.to_string());
        let what = format!("fill-{}-{file}", self.short(volume));
        self.container("run", &what, &["--rm", "--volume", &mount], &["agent", "fill", &path, &bytes]).await;
    }

    /// `docker volume inspect` of one volume.
    pub(crate) async fn inspected(&self, volume: &str) -> Value {
        let text = self.docker(&["volume", "inspect", volume]).await;
        serde_json::from_str::<Value>(&text).expect("the CLI prints JSON")[0].take()
    }

    /// volx in an environment of the test's own, pointed at the engine.
    pub(crate) fn volx(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_volx"));
        self.surround(&mut command);
        command
    }

    /// Puts the test's own environment around a command.
    pub(crate) fn surround(&self, command: &mut Command) {
        let home = self.home.path();
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("DOCKER_HOST", &self.ground.host)
            .stdin(Stdio::null())
            .kill_on_drop(true);
    }

    /// Sends a signal to a process of the test's.
    pub(crate) async fn signal(&self, signal: &str, process: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), process]).status().await;
        assert!(sent.expect("kill runs").success(), "the process is there");
    }

    /// Runs volx to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        ended(self.volx().args(arguments)).await
    }

    /// `volx ls --json` with more arguments: the entries by name.
    pub(crate) async fn listed(&self, more: &[&str]) -> BTreeMap<String, Value> {
        let mut arguments = vec!["ls", "--json"];
        arguments.extend_from_slice(more);
        let ran = self.run(&arguments).await;
        // What others made beside it may be impossible to measure.
        assert!(matches!(ran.code, 0 | 3), "volx lists: {}", ran.err);
        let json: Value = serde_json::from_str(&ran.out).expect("JSON");
        let entries = json.as_array().expect("ls prints an array").iter();
        entries.map(|e| (e["name"].as_str().expect("a name").to_owned(), e.clone())).collect()
    }

    /// The ways into a volume that keep everything, those that are open here.
    pub(crate) fn whole_ways(&self) -> &'static [&'static str] {
        if self.ground.sees_our_files { &["direct", "helper"] } else { &["helper"] }
    }

    /// All ways into a volume that are open here.
    pub(crate) fn every_way(&self) -> Vec<&'static str> {
        [self.whole_ways(), &["archive"]].concat()
    }

    /// The engine under test, as the command line's `--host` would name it.
    pub(crate) fn target(&self) -> Target {
        self.target_at(&self.ground.host)
    }

    /// An engine at another address.
    pub(crate) fn target_at(&self, host: &str) -> Target {
        let choice = Choice { host: Some(host.to_owned()), ..Choice::default() };
        Target { choice, environment: Environment::made_of(&[], Some(self.home())) }
    }

    /// The library's connection to the engine.
    pub(crate) async fn engine(&self) -> SharedEngine {
        connect(&self.target()).await.expect("the engine is reached")
    }

    /// What the library lists now.
    pub(crate) async fn inventory(&self) -> Inventory {
        self.engine().await.list().await.expect("the engine lists")
    }
}

/// Runs a command to its end.
pub(crate) async fn ended(command: &mut Command) -> Ran {
    let output = command.output().await.expect("the program runs");
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Looks until `look` sees something; `what` says what is waited for.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(GLANCE).await;
    }
}

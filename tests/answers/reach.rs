//! Ways to a server: the engine alone, the whole choice, the watcher.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use volx::domain::live::Observation;
use volx::engine::connect::{Candidate, Choice, Target, Unreached, connect};
use volx::engine::docker::Docker;
use volx::engine::environment::Environment;
use volx::engine::transport::Address;
use volx::engine::{Error, SharedEngine};
use volx::ops::observe::{Automatic, Request, Watch, watch};
use volx::ops::right::Terms;

/// Long enough for a machine that does two other things, short enough to wait for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The engine at this socket.
pub async fn docker(socket: &Path) -> Result<Docker, Error> {
    let candidate = Candidate {
        address: Address::Unix(socket.to_owned()),
        context: None,
        chosen_by: "a test".to_owned(),
    };
    Docker::connect(&candidate, None, false).await
}

/// A target that means this socket and nothing else of this machine.
pub fn target(socket: &Path) -> Target {
    Target {
        choice: Choice { host: Some(format!("unix://{}", socket.display())), ..Choice::default() },
        environment: Environment::made_of(&[], None),
    }
}

/// The engine as a user reaches it.
pub async fn chosen(socket: &Path) -> Result<SharedEngine, Unreached> {
    connect(&target(socket)).await
}

/// A watcher of a socket.
pub struct Watcher {
    observed: mpsc::Receiver<Observation>,
    /// For asking it.
    pub requests: mpsc::Sender<Request>,
}

impl Watcher {
    /// Starts one, without a history.
    pub fn start(socket: &Path, is_measuring: bool) -> Self {
        let (out, observed) = mpsc::channel(4096);
        let (requests, asked) = mpsc::channel(64);
        let automatic = Automatic { is_on: is_measuring, ..Automatic::default() };
        tokio::spawn(watch(
            Watch {
                target: target(socket),
                history: None,
                automatic,
                terms: Terms::default(),
                backups: None,
            },
            out,
            asked,
        ));
        Self { observed, requests }
    }

    /// The next news for which `wanted` has a value.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Observation) -> Option<T>) -> T {
        let mut passed = Vec::new();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let news = self.observed.recv().await.expect("the watcher runs");
                if let Some(found) = wanted(&news) {
                    return found;
                }
                passed.push(short(&news));
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("waited for {what}, saw {passed:?}"))
    }

    /// The next listing's names.
    pub async fn until_listed(&mut self) -> Vec<String> {
        self.until("a listing", |news| match news {
            Observation::Listed { inventory, .. } => {
                Some(inventory.volumes.iter().map(|v| v.name.clone()).collect())
            }
            _ => None,
        })
        .await
    }

    /// What has come and was not waited for.
    pub fn waiting(&mut self) -> Vec<Observation> {
        std::iter::from_fn(|| self.observed.try_recv().ok()).collect()
    }
}

/// A word for a piece of news.
pub fn short(news: &Observation) -> String {
    format!("{news:?}").chars().take(60).collect()
}

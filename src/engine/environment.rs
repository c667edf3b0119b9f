//! What the process was given: variables and folders, read once and passed on.

use std::collections::HashMap;
use std::path::PathBuf;

/// The part of the environment that chooses an engine.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: HashMap<String, String>,
    home: Option<PathBuf>,
}

/// The variables that matter, as `volx doctor` lists them.
pub const VARIABLES: [&str; 8] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
    "XDG_RUNTIME_DIR",
];

impl Environment {
    /// Reads the process's own.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = VARIABLES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        Self { variables, home: etcetera::home_dir().ok() }
    }

    /// One made up for a purpose.
    #[must_use]
    pub fn made_of(variables: &[(&str, &str)], home: Option<PathBuf>) -> Self {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { variables, home }
    }

    /// A variable that is set and not blank: Docker treats an empty one as unset.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    /// The user's home.
    #[must_use]
    pub const fn home(&self) -> Option<&PathBuf> {
        self.home.as_ref()
    }

    /// The Docker CLI's folder: `$DOCKER_CONFIG` or `~/.docker`.
    #[must_use]
    pub fn docker_config_dir(&self) -> Option<PathBuf> {
        self.get("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(self.home.as_ref()?.join(".docker")))
    }

    /// Whether TLS is asked for: either variable set and not empty. [docker/cli `opts`]
    #[must_use]
    pub fn wants_tls(&self) -> bool {
        self.get("DOCKER_TLS").is_some() || self.get("DOCKER_TLS_VERIFY").is_some()
    }
}

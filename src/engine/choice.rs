//! Which engine: as the Docker CLI chooses, then the well-known sockets.
//!
//! `--context`, `--host`, `DOCKER_HOST` (not empty), `DOCKER_CONTEXT`, `currentContext`, default.
//! [docker/cli `cli/command/cli.go`, `resolveContextName`]
//! Only when nothing was chosen are other sockets looked for.

use std::path::{Path, PathBuf};

use super::address::Address;
use super::context;
use super::environment::Environment;
use super::error::Error;

/// The default socket of Docker Engine.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// What the user asked for on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// `--host`.
    pub host: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// `--demo`.
    pub is_demo: bool,
    /// `--read-only`, or so configured: nothing may be changed there.
    pub is_read_only: bool,
}

/// Where to look for an engine: the user's choice and the environment it is read in.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The command line's part.
    pub choice: Choice,
    /// The environment's part.
    pub environment: Environment,
}

/// One place where an engine may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where.
    pub address: Address,
    /// The context that led here.
    pub context: Option<String>,
    /// What chose it, in words.
    pub chosen_by: String,
}

/// The places to try, best first: one when something was chosen, else the default and the
/// well-known sockets.
///
/// # Errors
/// When the choice cannot be meant: a missing context, an unreadable file, a malformed address.
pub fn candidates(target: &Target) -> Result<Vec<Candidate>, Error> {
    let Target { choice, environment } = target;
    if choice.context.is_some() && choice.host.is_some() {
        return Err(Error::TwoChoices);
    }
    if let Some(name) = &choice.context {
        return of_context(environment, name, "--context").map(|c| vec![c]);
    }
    if let Some(host) = &choice.host {
        return of_host(environment, host, "--host").map(|c| vec![c]);
    }
    if let Some(host) = environment.get("DOCKER_HOST") {
        return of_host(environment, host, "DOCKER_HOST").map(|c| vec![c]);
    }
    if let Some(name) = environment.get("DOCKER_CONTEXT") {
        return of_context(environment, name, "DOCKER_CONTEXT").map(|c| vec![c]);
    }
    if let Some(dir) = environment.docker_config_dir()
        && let Some(name) = context::current(&dir)?
    {
        let chosen_by = format!("currentContext in {}", context::config_file(&dir).display());
        return of_context(environment, &name, &chosen_by).map(|c| vec![c]);
    }
    Ok(std::iter::once((PathBuf::from(DEFAULT_SOCKET), "the default socket".to_owned()))
        .chain(well_known(environment))
        .map(|(path, chosen_by)| Candidate { address: Address::Unix(path), context: None, chosen_by })
        .collect())
}

fn of_context(environment: &Environment, name: &str, chosen_by: &str) -> Result<Candidate, Error> {
    if name == "default" {
        return match environment.get("DOCKER_HOST") {
            Some(host) => of_host(environment, host, &format!("{chosen_by} default, DOCKER_HOST")),
            None => Ok(Candidate {
                address: Address::Unix(PathBuf::from(DEFAULT_SOCKET)),
                context: Some(name.to_owned()),
                chosen_by: format!("{chosen_by} default"),
            }),
        };
    }
    let dir = environment.docker_config_dir().unwrap_or_else(|| PathBuf::from(".docker"));
    let context = context::find(&dir, name, chosen_by)?;
    let address = Address::parse(&context.host, &format!("the context '{name}'"))?;
    if context.has_tls && matches!(address, Address::Tcp { .. }) {
        return Err(Error::NotSupported { what: "TLS", address: context.host });
    }
    Ok(Candidate { address, context: Some(context.name), chosen_by: chosen_by.to_owned() })
}

fn of_host(environment: &Environment, host: &str, chosen_by: &str) -> Result<Candidate, Error> {
    let address = Address::parse(host, chosen_by)?;
    if environment.wants_tls() && matches!(address, Address::Tcp { .. }) {
        return Err(Error::NotSupported { what: "TLS", address: host.to_owned() });
    }
    Ok(Candidate { address, context: None, chosen_by: chosen_by.to_owned() })
}

/// Where rootless, Desktop, Colima, OrbStack, Rancher Desktop and Podman put their sockets.
fn well_known(environment: &Environment) -> Vec<(PathBuf, String)> {
    let mut places: Vec<(PathBuf, &str)> = Vec::new();
    if let Some(runtime) = environment.get("XDG_RUNTIME_DIR").map(Path::new) {
        places.push((runtime.join("docker.sock"), "rootless Docker"));
    }
    if let Some(home) = environment.home() {
        places.extend([
            (home.join(".docker/run/docker.sock"), "Docker Desktop or rootless Docker"),
            (home.join(".docker/desktop/docker.sock"), "Docker Desktop"),
            (home.join(".colima/default/docker.sock"), "Colima"),
            (home.join(".orbstack/run/docker.sock"), "OrbStack"),
            (home.join(".rd/docker.sock"), "Rancher Desktop"),
        ]);
    }
    if let Some(runtime) = environment.get("XDG_RUNTIME_DIR").map(Path::new) {
        places.push((runtime.join("podman/podman.sock"), "rootless Podman"));
    }
    places.push((PathBuf::from("/run/podman/podman.sock"), "Podman"));
    if let Some(home) = environment.home() {
        places.push((home.join(".local/share/containers/podman/machine/podman.sock"), "Podman machine"));
    }
    places.into_iter().map(|(path, owner)| (path, format!("well-known socket of {owner}"))).collect()
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;

//! Reaching the chosen engine.

use std::path::PathBuf;
use std::sync::Arc;

use super::SharedEngine;
use super::choice::DEFAULT_SOCKET;
pub use super::choice::{Candidate, Choice, Target, candidates};
use super::demo::Demo;
use super::docker::Docker;
use super::error::Error;

/// Why no engine was reached.
#[derive(Debug)]
pub struct Unreached {
    /// The error that says most.
    pub error: Error,
    /// Every place tried, with its outcome.
    pub tried: Vec<String>,
}

impl From<Error> for Unreached {
    fn from(error: Error) -> Self {
        Self { tried: Vec::new(), error }
    }
}

/// An engine and the place where it was reached.
pub struct Reached {
    /// The engine.
    pub engine: SharedEngine,
    /// Where; nothing for the demo.
    pub place: Option<Candidate>,
}

/// Reaches the engine that `target` means.
///
/// # Errors
/// When there is none, with everything that was tried.
pub async fn connect(target: &Target) -> Result<SharedEngine, Unreached> {
    reach(target, None).await.map(|reached| reached.engine)
}

/// Reaches the engine that `target` means; `place` is where it was before, and then the only place
/// to look: another engine that happens to run is not this one come back.
///
/// Where nothing was chosen, the next place is tried only when nobody is at the one before: a
/// socket that refuses us or hangs is an answer, not an absence.
///
/// # Errors
/// When there is none, with everything that was tried.
pub async fn reach(target: &Target, place: Option<&Candidate>) -> Result<Reached, Unreached> {
    if target.choice.is_demo {
        let demo = Demo::start();
        let demo = if target.choice.is_read_only { demo.read_only() } else { demo };
        return Ok(Reached { engine: Arc::new(demo), place: None });
    }
    let candidates = match place {
        Some(place) => vec![place.clone()],
        None => candidates(target)?,
    };
    let is_chosen = candidates.len() == 1;
    let pinned = target.environment.get("DOCKER_API_VERSION");
    let mut tried = Vec::new();
    let mut first: Option<Error> = None;
    for candidate in candidates {
        // A socket that nobody chose and that is not there is no news; the default one is.
        if !is_chosen && !tried.is_empty() && !candidate.address.may_exist() {
            continue;
        }
        match Docker::connect(&candidate, pinned, target.choice.is_read_only).await {
            Ok(docker) => return Ok(Reached { engine: Arc::new(docker), place: Some(candidate) }),
            Err(error) => {
                tried.push(format!("{} ({}): {error}", candidate.address, candidate.chosen_by));
                let is_nobody = matches!(error, Error::NoSocket { .. } | Error::Unreachable { .. });
                let says_more = first.as_ref().is_none_or(|first| matches!(first, Error::NoSocket { .. }));
                if says_more {
                    first = Some(error);
                }
                if !is_nobody {
                    break;
                }
            }
        }
    }
    let error = first.unwrap_or_else(|| Error::NoSocket { path: PathBuf::from(DEFAULT_SOCKET) });
    Err(Unreached { error, tried })
}

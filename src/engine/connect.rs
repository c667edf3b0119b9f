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

/// Reaches the engine that `target` means.
///
/// # Errors
/// When there is none, with everything that was tried.
pub async fn connect(target: &Target) -> Result<SharedEngine, Unreached> {
    if target.choice.is_demo {
        return Ok(Arc::new(Demo::start()));
    }
    let candidates = candidates(target)?;
    let is_chosen = candidates.len() == 1;
    let pinned = target.environment.get("DOCKER_API_VERSION");
    let mut tried = Vec::new();
    let mut telling: Option<Error> = None;
    for candidate in candidates {
        // A socket that nobody chose and that is not there is no news; the default one is.
        if !is_chosen && !tried.is_empty() && !candidate.address.may_exist() {
            continue;
        }
        match Docker::connect(&candidate, pinned).await {
            Ok(docker) => return Ok(Arc::new(docker)),
            Err(error) => {
                tried.push(format!("{} ({}): {error}", candidate.address, candidate.chosen_by));
                let says_more = telling.as_ref().is_none_or(|t| matches!(t, Error::NoSocket { .. }));
                if says_more {
                    telling = Some(error);
                }
            }
        }
    }
    let error = telling.unwrap_or_else(|| Error::NoSocket { path: PathBuf::from(DEFAULT_SOCKET) });
    Err(Unreached { error, tried })
}

//! `volx agent`: what runs inside a container.

use std::io::{self, BufWriter, IsTerminal};

use super::arguments::Agent;
use super::{Exit, Failure};
use crate::access::{agent, image};

pub(super) async fn run(verb: &Agent) -> Result<Exit, Failure> {
    match verb {
        Agent::Serve => agent::serve_until_end().await?,
        Agent::Hold => agent::hold().await?,
        Agent::Fill { path, bytes } => agent::fill(path, *bytes)?,
        Agent::Image { .. } if io::stdout().is_terminal() => {
            return Err(Failure::usage("an image is no text: redirect it, or pipe it into 'docker load'"));
        }
        Agent::Image { tag } => image::write_archive(tag, BufWriter::new(io::stdout().lock()))?,
    }
    Ok(Exit::Done)
}

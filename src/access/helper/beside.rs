//! A helper that has a file of this machine beside its volume, where the engine runs on this machine: what
//! is in the file need not come through the engine's stream.

use std::fs::File;
use std::path::Path;

use super::in_helper::{to_the_end, value};
use super::{Helper, Rights};
use crate::access::agent::wire::Verb;
use crate::access::content::Error;
use crate::access::same_file::SameFile;
use crate::access::walk::Progress;
use crate::domain::engine::{EngineInfo, Product};
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::engine::address::Address;
use crate::engine::{SharedEngine, peer};

/// A helper, and whether it has the file.
pub(super) struct Beside {
    pub(super) helper: Helper,
    pub(super) has_file: bool,
}

/// Starts a helper that has the file, which is at this path, or else one without.
pub(super) async fn start(
    engine: &SharedEngine,
    volume: &Volume,
    rights: Rights,
    file: &File,
    path: &Path,
) -> Result<Beside, Error> {
    let (known, text) = (SameFile::of(file), path.to_str());
    if let (Ok(known), Some(text)) = (known, text)
        && may_have_it(engine.info()).await
        // What refuses the file, or the volume, says the latter again.
        && let Ok(helper) = Helper::start_beside(engine, volume, rights, text).await
    {
        let verb = Verb::HasFile { file: known, writes: rights.is_reading() };
        let mut replies = helper.ask(0, &Place::root(), verb).await?;
        let has_file = value(&to_the_end(&mut replies, &Progress::default(), |_| Ok(())).await?)?;
        return Ok(Beside { helper, has_file });
    }
    let started = Helper::start(engine, std::slice::from_ref(volume), rights).await;
    let helper = started.map_err(|error| Error::Engine(error.to_string()))?;
    Ok(Beside { helper, has_file: false })
}

/// Whether a path of ours can be one of the engine's. An engine that is elsewhere refuses a path that is
/// not there, but Podman makes a folder of it.
async fn may_have_it(engine: &EngineInfo) -> bool {
    let Ok(address) = Address::parse(&engine.address, "the engine") else { return false };
    match engine.capabilities.product {
        Product::Podman => peer::shares_our_files(&address).await.is_ok(),
        _ => address.socket().is_some() && engine.capabilities.binds_are_its_own,
    }
}

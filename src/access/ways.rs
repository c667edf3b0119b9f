//! Which ways into a volume are open on an engine, and what decides that.

use std::path::Path;

use crate::domain::access::{Way, WayReport};
use crate::domain::engine::{EngineInfo, Product};
use crate::engine::address::Address;
use crate::engine::peer;

/// Why a way that makes a container is closed where nothing may be changed.
const READ_ONLY: &str = "it makes a container, and volx was told to change nothing (read-only)";

/// Looks at each way; starts nothing and changes nothing on the engine.
pub async fn report(engine: &EngineInfo) -> Vec<WayReport> {
    if engine.capabilities.product == Product::Demo {
        let why = "the demo's files are made up";
        return [Way::Direct, Way::Helper, Way::Archive].map(|way| closed(way, why)).into();
    }
    vec![direct(engine).await, helper(engine), archive(engine)]
}

async fn direct(engine: &EngineInfo) -> WayReport {
    let Ok(address) = Address::parse(&engine.address, "the engine") else {
        return closed(Way::Direct, "its address is not understood");
    };
    let proof = match peer::shares_our_files(&address).await {
        Ok(proof) => proof,
        Err(why) => return closed(Way::Direct, why),
    };
    let Some(root) = &engine.root_dir else {
        return closed(Way::Direct, "the engine does not say where it keeps its data");
    };
    let volumes = Path::new(root).join("volumes");
    match std::fs::read_dir(&volumes) {
        Ok(_) => open(Way::Direct, format!("{} can be read, and {proof}", volumes.display())),
        Err(error) => closed(Way::Direct, format!("{}: {error}", volumes.display())),
    }
}

/// The helper is this very executable: it runs where the engine's platform is ours.
#[must_use]
pub fn helper(engine: &EngineInfo) -> WayReport {
    if engine.is_read_only {
        return closed(Way::Helper, READ_ONLY);
    }
    let theirs = (engine.capabilities.os.as_str(), engine.capabilities.arch.as_str());
    let ours = (std::env::consts::OS, go_arch(std::env::consts::ARCH));
    if theirs == ours {
        open(Way::Helper, format!("the engine runs {}/{} containers, as this volx is", theirs.0, theirs.1))
    } else {
        closed(
            Way::Helper,
            format!(
                "the engine runs {}/{} containers, this volx is built for {}/{}",
                theirs.0, theirs.1, ours.0, ours.1
            ),
        )
    }
}

/// The archive calls need a container to be called on.
#[must_use]
pub fn archive(engine: &EngineInfo) -> WayReport {
    if engine.is_read_only {
        return closed(Way::Archive, READ_ONLY);
    }
    let owners = match engine.capabilities.product {
        Product::Podman => "; Podman's tell no owners",
        _ => "",
    };
    open(Way::Archive, format!("every engine has the archive calls{owners}"))
}

fn open(way: Way, why: impl Into<String>) -> WayReport {
    WayReport { way, is_open: true, why: why.into() }
}

fn closed(way: Way, why: impl Into<String>) -> WayReport {
    WayReport { way, is_open: false, why: why.into() }
}

/// Rust's word for a processor in Go's, which the Engine API uses.
#[must_use]
pub fn go_arch(arch: &str) -> &str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

//! How full the file system is that the engine keeps its volumes on.

use crate::access::backing;
use crate::access::direct::Direct;
use crate::domain::backing::Backing;
use crate::engine::Engine;

/// Looks at it, where the engine's paths are provably this machine's; elsewhere it is unknown.
pub async fn backing(engine: &dyn Engine) -> Option<Backing> {
    Direct::prove(engine.info()).await.ok()?;
    let volumes = std::path::Path::new(engine.info().root_dir.as_deref()?).join("volumes");
    // A file system on a network may be slow to answer.
    tokio::task::spawn_blocking(move || backing::of(&volumes)).await.ok()?.ok()
}

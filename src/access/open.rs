//! Opening a volume's content: which way is taken.

use std::sync::Arc;

use super::content::{Content, Error};
use super::direct::Direct;
use super::direct_content::DirectContent;
use super::tree::Tree;
use crate::domain::access::Way;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;

/// Opens a volume's content; `forced` allows one way only.
///
/// # Errors
/// When no way is open, with what each lacks.
pub async fn open(
    engine: &SharedEngine,
    volume: &Volume,
    forced: Option<Way>,
) -> Result<Arc<dyn Content>, Error> {
    match forced {
        None | Some(Way::Direct) => direct(engine, volume).await,
        Some(way @ (Way::Helper | Way::Archive)) => Err(closed(way, "it is not known here".to_owned())),
    }
}

/// Through the mountpoint, where it is proven to be this volume's.
async fn direct(engine: &SharedEngine, volume: &Volume) -> Result<Arc<dyn Content>, Error> {
    let no = |error: &dyn std::error::Error| closed(Way::Direct, error.to_string());
    let direct = Direct::prove(engine.info()).await.map_err(|error| no(&error))?;
    let folder = direct.folder(volume).map_err(|error| no(&error))?;
    let tree = tokio::task::spawn_blocking(move || {
        Tree::open(&folder).map_err(|error| closed(Way::Direct, format!("{}: {error}", folder.display())))
    });
    let tree = tree.await.map_err(|error| no(&error))??;
    Ok(Arc::new(DirectContent::new(tree)))
}

fn closed(way: Way, why: String) -> Error {
    Error::NotThisWay { way, what: "open this volume", why }
}

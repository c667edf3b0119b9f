//! Opening a volume's content: which way is taken.

use std::sync::Arc;

use super::archive::ArchiveContent;
use super::backup::BackupContent;
use super::content::{Content, Error};
use super::demo::DemoContent;
use super::direct::Direct;
use super::direct_content::DirectContent;
use super::helper::HelperContent;
use super::tree::Tree;
use super::ways;
use crate::domain::access::Way;
use crate::domain::keep::Kept;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::engine::demo::Demo;

/// Opens a volume's content; `forced` allows one way only.
///
/// # Errors
/// When no way is open, with what each lacks.
pub async fn open(
    engine: &SharedEngine,
    volume: &Volume,
    forced: Option<Way>,
) -> Result<Arc<dyn Content>, Error> {
    if let Some(demo) = engine.demo() {
        return made_up(demo, volume, forced);
    }
    match forced {
        Some(way) => by(way, engine, volume).await,
        None => {
            let mut closed = Vec::new();
            for way in [Way::Direct, Way::Helper, Way::Archive] {
                match by(way, engine, volume).await {
                    Ok(content) => return Ok(content),
                    Err(error) => closed.push(error.to_string()),
                }
            }
            Err(Error::Engine(closed.join("; ")))
        }
    }
}

/// Opens what is in a backup; the demo's backups are made up as its volumes are.
///
/// # Errors
/// When it is none, not whole, or damaged at its end.
pub async fn open_backup(engine: &SharedEngine, kept: &Kept) -> Result<Arc<dyn Content>, Error> {
    if let Some(demo) = engine.demo() {
        let root = demo.keeping().files_of_backup(&kept.path);
        let root = root.ok_or_else(|| Error::Engine("there is no such backup any more".to_owned()))?;
        return Ok(Arc::new(DemoContent::new(root)));
    }
    Ok(Arc::new(BackupContent::open(kept.path.clone()).await?))
}

/// Opens it by one way.
async fn by(way: Way, engine: &SharedEngine, volume: &Volume) -> Result<Arc<dyn Content>, Error> {
    match way {
        Way::Direct => direct(engine, volume).await,
        Way::Helper => helper(engine, volume).await,
        Way::Archive => archive(engine, volume).await,
        Way::Demo => Err(closed(way, "this engine is no demo".to_owned())),
        Way::Backup => Err(closed(way, "a volume is no backup".to_owned())),
    }
}

/// Through a helper container.
async fn helper(engine: &SharedEngine, volume: &Volume) -> Result<Arc<dyn Content>, Error> {
    let report = ways::helper(engine.info());
    if !report.is_open {
        return Err(closed(Way::Helper, report.why));
    }
    let opened = HelperContent::open(engine, volume).await;
    opened
        .map(|content| Arc::new(content) as Arc<dyn Content>)
        .map_err(|error| closed(Way::Helper, error.to_string()))
}

/// Through the engine's archive calls.
async fn archive(engine: &SharedEngine, volume: &Volume) -> Result<Arc<dyn Content>, Error> {
    let report = ways::archive(engine.info());
    if !report.is_open {
        return Err(closed(Way::Archive, report.why));
    }
    let opened = ArchiveContent::open(engine, volume).await;
    opened
        .map(|content| Arc::new(content) as Arc<dyn Content>)
        .map_err(|error| closed(Way::Archive, error.to_string()))
}

/// What the demo says is in its volume.
fn made_up(demo: &Demo, volume: &Volume, forced: Option<Way>) -> Result<Arc<dyn Content>, Error> {
    if let Some(way) = forced.filter(|way| *way != Way::Demo) {
        return Err(closed(way, "the demo's files are made up".to_owned()));
    }
    let root = demo.files(&volume.name);
    let root = root.ok_or_else(|| closed(Way::Demo, "there is no such volume any more".to_owned()))?;
    Ok(Arc::new(DemoContent::new(root)))
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

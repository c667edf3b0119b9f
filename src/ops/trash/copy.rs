//! A proven copy of a volume in the trash.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::super::copying::missing;
use crate::access::content::Content;
use crate::access::direct_content::blocking;
use crate::access::facts::Facts;
use crate::access::walk::Progress;
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::vault::{About, Archive, Backup, Done, Error, How, Taken};

/// Writes a volume into a folder and reads it back; answers the file's size. Nothing is left of a copy
/// that failed.
pub(super) async fn write(
    content: &dyn Content,
    volume: &Volume,
    engine: &str,
    at: Timestamp,
    folder: &Path,
    progress: &Arc<Progress>,
) -> Result<u64, String> {
    let about = About::of(volume, engine, content.way().name(), Taken::Unused, at);
    let archive = content.pack(&Place::root(), &Arc::new(Progress::default())).await;
    let mut archive = blocking(archive.map_err(|error| error.to_string())?, progress);
    let (folder, progress) = (folder.to_owned(), Arc::clone(progress));
    let writing = spawn_blocking(move || {
        let mut backup = Backup::create(&folder, about, &How::default())?;
        io::copy(&mut archive, &mut backup)?;
        let done = backup.finish()?;
        let proven = prove(&done, &progress);
        if proven.is_err() {
            remove(&done.path);
        }
        proven.map(|()| done.bytes)
    });
    let written = writing.await.map_err(|error| error.to_string())?;
    written.map_err(|error: Error| error.to_string())
}

/// Reads all of it back.
fn prove(done: &Done, progress: &Progress) -> Result<(), Error> {
    if let Some(remark) = missing(&done.manifest.counted.left_out) {
        return Err(Error::Partial(remark.clone()));
    }
    let archive = Archive::open(File::open(&done.path)?)?;
    archive.verify(&mut |_| !progress.is_cancelled()).map(drop)
}

/// Removes a copy and what stands beside it; a row that is left says that it was none.
fn remove(path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for name in [name.clone(), format!("{name}.json"), format!("{name}.sha256")] {
        let _ = std::fs::remove_file(path.with_file_name(name));
    }
}

/// What is in a copy.
pub(super) fn facts_in(path: &Path) -> Result<Facts, Error> {
    let archive = Archive::open(File::open(path)?)?;
    Ok(Facts::of(archive.whole()?)?)
}

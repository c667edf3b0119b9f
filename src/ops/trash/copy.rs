//! Proven copies of volumes in the trash.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;

use super::super::copying::missing;
use crate::access::content::Content;
use crate::access::direct_content::blocking;
use crate::access::facts::Facts;
use crate::access::walk::Progress;
use crate::domain::keep::Discarded;
use crate::domain::place::Place;
use crate::domain::volume::Volume;
use crate::vault::{self, About, Archive, Backup, Error, How, Taken, Unnamed};

/// A root with as much beside it as fits into so many bytes of tar needs no file.
const SMALL: u64 = 16 * 1024;
/// So many files are brought onto the disk at once: the file system does much of it together.
const SYNCED_AT_ONCE: usize = 8;

/// A copy that was read back.
pub(super) enum Copy {
    /// There is nothing in the volume: the tar of its root.
    Root(Vec<u8>),
    /// A file that has no name yet, and may not be on the disk.
    File(Box<Unnamed>),
}

/// Where the copies of an action go, each to a file that no other one has or had.
pub(super) struct Places {
    trash: PathBuf,
    action: i64,
    given: BTreeSet<(u64, String)>,
}

impl Places {
    pub(super) const fn new(trash: PathBuf, action: i64) -> Self {
        Self { trash, action, given: BTreeSet::new() }
    }

    /// The file for the next one. Names of files are cut, and the trash may be on a file system that takes
    /// two of them for one: then it is in a folder beside the others.
    pub(super) fn next(&mut self, volume: &str, at: Timestamp) -> PathBuf {
        let name = vault::file_name(volume, at);
        let mut number = 0;
        loop {
            let folder = match number {
                0 => self.action.to_string(),
                _ => format!("{}-{number}", self.action),
            };
            let path = self.trash.join(folder).join(&name);
            if self.given.insert((number, name.to_lowercase())) && path.symlink_metadata().is_err() {
                return path;
            }
            number += 1;
        }
    }
}

/// Whether the file of a copy is where it was put, and as long as it was.
pub(super) async fn is_there(row: &Discarded) -> bool {
    let Some(path) = &row.path else { return false };
    tokio::fs::metadata(path).await.is_ok_and(|meta| meta.len() == row.bytes)
}

/// Copies a volume into a folder and reads the copy back. Nothing is left of one that failed.
pub(super) async fn write(
    content: &dyn Content,
    volume: &Volume,
    engine: &str,
    at: Timestamp,
    folder: &Path,
    progress: &Arc<Progress>,
) -> Result<Copy, String> {
    let about = About::of(volume, engine, content.way().name(), Taken::Unused, at);
    let archive = content.pack(&Place::root(), &Arc::new(Progress::default())).await;
    let mut archive = blocking(archive.map_err(|error| error.to_string())?, progress);
    // There and nowhere else: it is noted already.
    let path = folder.join(vault::file_name(&volume.name, at));
    let progress = Arc::clone(progress);
    let writing = spawn_blocking(move || {
        let mut first = Vec::new();
        archive.by_ref().take(SMALL).read_to_end(&mut first)?;
        if let Some(root) = root_alone(&first)? {
            return Ok(Copy::Root(root));
        }
        let mut backup = Backup::at(path, about, &How::default())?;
        io::copy(&mut first.as_slice().chain(archive), &mut backup)?;
        let copy = backup.close()?;
        prove(&copy, &progress)?;
        Ok(Copy::File(Box::new(copy)))
    });
    let written = writing.await.map_err(|error| error.to_string())?;
    written.map_err(|error: Error| error.to_string())
}

/// The tar, where it is whole and nothing but a root is in it or was left out of it.
fn root_alone(tar: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    if tar.len() as u64 >= SMALL {
        return Ok(None);
    }
    let facts = Facts::of(tar)?;
    Ok((facts.len() == 1 && facts.remarks().is_empty()).then(|| tar.to_vec()))
}

/// Whether a volume is as empty as it was, its root like it was to the last attribute.
pub(super) async fn is_root(content: &dyn Content, root: &[u8]) -> Result<bool, String> {
    let progress = Arc::new(Progress::default());
    let archive = content.pack(&Place::root(), &progress).await;
    let archive = blocking(archive.map_err(|error| error.to_string())?, &progress);
    let reading = spawn_blocking(move || {
        let mut now = Vec::new();
        archive.take(SMALL).read_to_end(&mut now).map(|_| now)
    });
    let now = reading.await.map_err(|error| error.to_string())?;
    Ok(now.map_err(|error| error.to_string())? == root)
}

/// Reads all of it back.
fn prove(copy: &Unnamed, progress: &Progress) -> Result<(), Error> {
    if let Some(remark) = missing(&copy.manifest.counted.left_out) {
        return Err(Error::Partial(remark.clone()));
    }
    copy.open()?.verify(&mut |_| !progress.is_cancelled()).map(drop)
}

/// Gives files their names, once all of them are on the disk.
pub(super) fn name(copies: Vec<Unnamed>) -> io::Result<Vec<PathBuf>> {
    for some in copies.chunks(SYNCED_AT_ONCE) {
        std::thread::scope(|scope| {
            let syncing: Vec<_> = some.iter().map(|copy| scope.spawn(|| copy.sync())).collect();
            let broken = |_panicked| Err(io::Error::other("the thread that syncs is gone"));
            syncing.into_iter().try_for_each(|one| one.join().unwrap_or_else(broken))
        })?;
    }
    let named: Vec<PathBuf> = copies.into_iter().map(Unnamed::name).collect::<io::Result<_>>()?;
    let folders: BTreeSet<&Path> = named.iter().filter_map(|path| path.parent()).collect();
    for folder in &folders {
        File::open(folder)?.sync_all()?;
    }
    // The folders themselves may be new.
    folders
        .first()
        .and_then(|folder| folder.parent())
        .map_or(Ok(()), |above| File::open(above)?.sync_all())?;
    Ok(named)
}

/// What is in a copy.
pub(in crate::ops) fn facts_in(path: &Path) -> Result<Facts, Error> {
    let archive = Archive::open(File::open(path)?)?;
    Ok(Facts::of(archive.whole()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::tree::Tree;

    fn packed(root: &Path) -> Vec<u8> {
        let mut tar = Vec::new();
        let tree = Tree::open(root).expect("a tree");
        tree.pack(&Place::root(), &mut tar, &Progress::default()).expect("packed");
        tar
    }

    #[test]
    fn no_two_copies_have_one_file() {
        let trash = tempfile::tempdir().expect("a folder");
        let (now, mut places) = (Timestamp::now(), Places::new(trash.path().to_owned(), 7));
        let long = "v".repeat(200);
        let names = [format!("{long}-one"), format!("{long}-two"), "Data".to_owned(), "data".to_owned()];
        let given: BTreeSet<String> = names
            .iter()
            .chain(&names)
            .map(|name| places.next(name, now).display().to_string().to_lowercase())
            .collect();
        assert_eq!(given.len(), 8, "{given:?}");
        assert!(places.next("other", now).starts_with(trash.path().join("7")), "the others stay together");
        let there = Places::new(trash.path().to_owned(), 7).next("there", now);
        std::fs::create_dir_all(there.parent().expect("a folder")).expect("made");
        std::fs::write(&there, "somebody's").expect("a file");
        assert_ne!(Places::new(trash.path().to_owned(), 7).next("there", now), there);
    }

    #[test]
    fn only_what_is_provably_empty_needs_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let tar = packed(folder.path());
        assert_eq!(root_alone(&tar).expect("read"), Some(tar.clone()));
        assert!(root_alone(&tar[..tar.len() / 2]).is_err(), "half of it proves nothing");
        let socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
        assert_eq!(root_alone(&packed(folder.path())).expect("read"), None, "something was left out");
        drop(socket);
        std::fs::remove_file(folder.path().join("socket")).expect("removed");
        std::fs::create_dir(folder.path().join("sub")).expect("a folder");
        assert_eq!(root_alone(&packed(folder.path())).expect("read"), None);
    }
}

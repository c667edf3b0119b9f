//! Out of a volume onto this machine, as `cp -a` would.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use tokio::task::spawn_blocking;

use super::{Error, broken, here, together};
use crate::access::content::{self, Content, Copied};
use crate::access::direct_content::blocking;
use crate::access::tree::{Tree, Unpacking};
use crate::access::walk::Progress;
use crate::domain::entry::EntryKind;
use crate::domain::place::Place;

/// Copies an entry of a volume, and all below it, to this machine. Into `destination` when that is
/// a folder, else it becomes that path itself. What is new appears under its name when it is
/// whole; folders that are there are merged with when `replace`.
///
/// # Errors
/// When something is there and not to be replaced, or either end fails.
pub async fn get(
    content: &dyn Content,
    volume: &str,
    place: &Place,
    destination: &Path,
    replace: bool,
    progress: &Arc<Progress>,
) -> Result<Copied, Error> {
    let kind = tokio::select! {
        looked = content.look(place) => looked?.kind,
        () = progress.cancelled() => return Err(content::Error::Cancelled.into()),
    };
    let name = place.name().unwrap_or(volume.as_bytes());
    let target = if std::fs::metadata(destination).is_ok_and(|there| there.is_dir()) {
        destination.join(OsStr::from_bytes(name))
    } else {
        destination.to_owned()
    };
    let how = how(&target, kind, replace)?;
    let other = Arc::new(Progress::default());
    let packing = Arc::clone(&other);
    together(progress, other, async {
        let archive = content.pack(place, &packing).await?;
        let (place, progress) = (place.clone(), Arc::clone(progress));
        let archive = Archive { reader: blocking(archive, &progress), place, progress };
        let copying = spawn_blocking(move || match how {
            How::New => archive.appear(&target, false),
            How::Instead => archive.appear(&target, true),
            How::Merged => archive.merge(&target),
        });
        copying.await.map_err(|error| broken(&error))?
    })
    .await
}

/// What happens at the target.
#[derive(Clone, Copy)]
enum How {
    New,
    Instead,
    Merged,
}

fn how(target: &Path, kind: EntryKind, replace: bool) -> Result<How, Error> {
    let there: Option<Metadata> = match std::fs::symlink_metadata(target) {
        Ok(there) => Some(there),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(here(target, error)),
    };
    match (there, kind) {
        (None, _) => Ok(How::New),
        (Some(_), _) if !replace => Err(Error::Exists(target.display().to_string())),
        (Some(there), EntryKind::Folder) if there.is_dir() => Ok(How::Merged),
        (Some(_), EntryKind::Folder) => Err(Error::Mismatch(format!(
            "{} is no folder, and a folder does not replace it",
            target.display()
        ))),
        (Some(there), _) if there.is_dir() => {
            Err(Error::Mismatch(format!("{} is a folder, which only a folder replaces", target.display())))
        }
        (Some(_), _) => Ok(How::Instead),
    }
}

/// What comes out of the volume.
struct Archive<R> {
    reader: R,
    place: Place,
    progress: Arc<Progress>,
}

impl<R: io::Read> Archive<R> {
    /// Unpacks beside the target and gives it its name when it is whole.
    fn appear(mut self, target: &Path, replace: bool) -> Result<Copied, Error> {
        let partial = Partial::beside(target)?;
        let tree = Tree::open(&partial.0)?;
        let how = Unpacking { is_tame: true, ..Unpacking::default() };
        let copied = tree.unpack_with(&Place::root(), &mut self.reader, how, &self.progress)?;
        let made = match self.place.name() {
            Some(name) => partial.0.join(OsStr::from_bytes(name)),
            None => partial.0.clone(),
        };
        let closed = Closed::opened(&made).map_err(|error| here(target, error))?;
        let flags = if replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        let renamed = match renameat_with(CWD, &made, CWD, target, flags) {
            // Not every file system can refuse to replace: then it is looked at once more.
            Err(Errno::INVAL | Errno::NOSYS) if std::fs::symlink_metadata(target).is_err() => {
                std::fs::rename(&made, target)
            }
            other => other.map_err(io::Error::from),
        };
        match renamed {
            Ok(()) => closed.restored().map(|()| copied).map_err(|error| here(target, error)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::Exists(target.display().to_string()))
            }
            Err(error) => Err(here(target, error)),
        }
    }

    /// Unpacks into a folder that is there.
    fn merge(mut self, target: &Path) -> Result<Copied, Error> {
        let tree = Tree::open(target)?;
        let how = Unpacking { replace: true, strip: u8::from(!self.place.is_root()), is_tame: true };
        Ok(tree.unpack_with(&Place::root(), &mut self.reader, how, &self.progress)?)
    }
}

/// A folder that nobody may write to, opened for a moment: only so the system moves it.
struct Closed(Option<(File, Permissions)>);

impl Closed {
    fn opened(path: &Path) -> io::Result<Self> {
        let meta = std::fs::symlink_metadata(path)?;
        if !meta.is_dir() || meta.permissions().mode() & 0o200 != 0 {
            return Ok(Self(None));
        }
        let mode = Permissions::from_mode(meta.permissions().mode() | 0o700);
        std::fs::set_permissions(path, mode)?;
        Ok(Self(Some((File::open(path)?, meta.permissions()))))
    }

    /// Gives it its own permissions back, wherever it is by now.
    fn restored(self) -> io::Result<()> {
        self.0.map_or(Ok(()), |(folder, permissions)| folder.set_permissions(permissions))
    }
}

/// A folder for what is not whole; gone when it is dropped, unless it got another name.
struct Partial(PathBuf);

impl Partial {
    fn beside(target: &Path) -> Result<Self, Error> {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
        let name = format!(".volx-{}-{now:x}.partial", std::process::id());
        let path = folder.unwrap_or(Path::new(".")).join(name);
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| here(&path, error))?;
        Ok(Self(path))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if std::fs::remove_dir_all(&self.0).is_err() {
            open_all(&self.0);
            // What cannot be removed has a name that says what it is.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// Makes folders writable, so that what is in them can be removed.
fn open_all(root: &Path) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        // What cannot be opened or read stays, and its folder with it.
        let _ = std::fs::set_permissions(&folder, Permissions::from_mode(0o700));
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let below = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.extend(below.map(|entry| entry.path()));
    }
}

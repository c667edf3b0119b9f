//! From this machine into a volume, as `cp -a` would.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Error, here, host, together};
use crate::access::content::{self, Content, Copied};
use crate::access::direct_content::packed;
use crate::access::walk::Progress;
use crate::domain::entry::EntryKind;
use crate::domain::place::Place;

/// What is to be put where; known before anything is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Putting {
    /// What.
    pub source: PathBuf,
    /// What it will be.
    pub target: Place,
    /// Whether something is there, which gives way or is merged with.
    pub exists: bool,
}

impl Putting {
    /// Finds out where `source` goes: into `place` when that is a folder, else it becomes that.
    ///
    /// # Errors
    /// When `source` is not there, or something is there that is not to be replaced.
    pub async fn plan(
        content: &dyn Content,
        source: &Path,
        place: &Place,
        replace: bool,
    ) -> Result<Self, Error> {
        let meta = std::fs::symlink_metadata(source).map_err(|error| here(source, error))?;
        let mut there = found(content, place).await?;
        let mut target = place.clone();
        if there == Some(EntryKind::Folder) {
            // `.` and `..` have names of their own.
            let own = match source.file_name() {
                Some(name) => name.to_owned(),
                None => {
                    let whole = std::fs::canonicalize(source).map_err(|error| here(source, error))?;
                    whole.file_name().unwrap_or_default().to_owned()
                }
            };
            target = place.child(own.as_bytes()).ok_or_else(|| {
                Error::Mismatch(format!("{} has no name: say what it is to become", source.display()))
            })?;
            there = found(content, &target).await?;
        }
        match there {
            Some(_) if !replace => Err(Error::Exists(target.to_string())),
            Some(kind) if (kind == EntryKind::Folder) != meta.is_dir() => Err(Error::Mismatch(format!(
                "{target} is {}, which {} does not replace",
                kind.name(),
                source.display()
            ))),
            there => Ok(Self { source: source.to_owned(), target, exists: there.is_some() }),
        }
    }
}

async fn found(content: &dyn Content, place: &Place) -> Result<Option<EntryKind>, Error> {
    match content.look(place).await {
        Ok(entry) => Ok(Some(entry.kind)),
        // Only the last part may be missing: nothing is made on the way to it.
        Err(content::Error::Missing(missing)) if missing == *place => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Copies into the volume what was planned.
///
/// # Errors
/// When either end fails; what was written before stays.
pub async fn put(
    content: &dyn Content,
    putting: &Putting,
    progress: &Arc<Progress>,
) -> Result<Copied, Error> {
    let parent = putting.target.parent().unwrap_or_default();
    let name = putting.target.name().unwrap_or_default().to_vec();
    let source = putting.source.clone();
    let other = Arc::new(Progress::default());
    let packing = Arc::clone(&other);
    let left_out: Arc<Mutex<Copied>> = Arc::default();
    let told = Arc::clone(&left_out);
    together(progress, other, async move {
        let archive = packed(move |pipe| {
            let copied = host::pack(&source, &name, pipe, &packing)?;
            told.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&copied);
            Ok(copied)
        });
        let unpacking = content.unpack(&parent, Box::new(archive), putting.exists, progress);
        let mut copied = unpacking.await?;
        let left_out = std::mem::take(&mut *left_out.lock().unwrap_or_else(PoisonError::into_inner));
        left_out.skipped.into_iter().for_each(|what| copied.leave_out(what));
        copied.more_skipped += left_out.more_skipped;
        Ok(copied)
    })
    .await
}

//! The backups that are there: read from what stands beside them, or from their ends.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use walkdir::WalkDir;

use super::verify::DAMAGED;
use crate::domain::age::ago;
use crate::domain::keep::Kept;
use crate::domain::trouble::Trouble;
use crate::history::History;
use crate::vault::{self, Archive, Manifest, Taken};

/// How the name of a backup ends.
const ENDING: &str = ".tar.zst";

/// The backups that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The newest first.
    pub kept: Vec<Kept>,
    /// What could not be looked into, where others may be.
    pub unread: Vec<Trouble>,
}

/// The backups in a folder and below it, the newest first. Blocks.
///
/// # Errors
/// When the folder itself cannot be read. One that is not there has none.
pub fn list(folder: &Path, history: Option<&Arc<History>>) -> Result<Listed, Trouble> {
    let summary = "the backups cannot be listed";
    let failed =
        |error: &dyn std::fmt::Display| Trouble::new(summary, format!("{}: {error}", folder.display()));
    match std::fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Listed::default()),
        Err(error) => return Err(failed(&error)),
        Ok(meta) if meta.is_file() => {
            return Ok(Listed { kept: vec![look(folder, history)], unread: Vec::new() });
        }
        Ok(_) => {}
    }
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(folder) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(failed(&error)),
            Err(error) => {
                unread.push(Trouble::new("not all backups are listed", error.to_string()));
                continue;
            }
        };
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_file() && name.ends_with(ENDING) && !name.starts_with('.') {
            found.push(look(entry.path(), history));
        }
    }
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.path.cmp(&b.path)));
    Ok(Listed { kept: found, unread })
}

/// One backup. What is wrong with it is said in it.
#[must_use]
pub fn look(path: &Path, history: Option<&Arc<History>>) -> Kept {
    let (bytes, written) =
        std::fs::metadata(path).map_or((0, None), |meta| (meta.len(), meta.modified().ok()));
    let at_its_end = || {
        let file = File::open(path)?;
        Archive::open(file).map(|archive| archive.manifest().clone())
    };
    // What stands beside it tells what it was; whether it still is that, only its end does.
    let (manifest, wrong) = match (vault::read_beside(path), at_its_end()) {
        (Ok(manifest), ended) => (Ok(manifest), ended.err()),
        (Err(_missing), ended) => (ended, None),
    };
    let canonical = std::fs::canonicalize(path).unwrap_or_else(|_gone| path.to_owned());
    let proven = history.and_then(|history| history.proof(&canonical, bytes).ok().flatten());
    let damaged = proven.as_ref().filter(|(_, how)| how == DAMAGED);
    let damaged =
        damaged.map(|(at, _)| format!("it is damaged: that was found {}", ago(Timestamp::now(), *at)));
    let proven = proven.filter(|(_, how)| how != DAMAGED);
    match manifest {
        Ok(manifest) => Kept {
            trouble: wrong.map(|error| cut(path, &error)).or(damaged),
            ..of(path, bytes, manifest, proven)
        },
        Err(error) => Kept {
            path: path.to_owned(),
            volume: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .trim_end_matches(ENDING)
                .to_owned(),
            at: written.and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_default(),
            bytes,
            content: None,
            entries: None,
            taken: None,
            engine: None,
            access: None,
            losses: Vec::new(),
            masked: Vec::new(),
            proven: None,
            trouble: Some(cut(path, &error)),
        },
    }
}

/// Why it is no backup; one whose name says that it was one was cut off.
fn cut(path: &Path, error: &vault::Error) -> String {
    match error {
        vault::Error::NoIndex if vault::is_named(path) => {
            "it is not whole: what volx writes at a backup's end is missing".to_owned()
        }
        error => error.to_string(),
    }
}

fn of(path: &Path, bytes: u64, manifest: Manifest, proven: Option<(Timestamp, String)>) -> Kept {
    let Manifest { about, counted, .. } = manifest;
    let mut losses = about.losses;
    losses.extend(counted.left_out);
    Kept {
        path: path.to_owned(),
        volume: about.volume,
        at: about.at,
        bytes,
        content: Some(counted.bytes),
        entries: Some(counted.entries),
        taken: Some(taken(about.taken).to_owned()),
        engine: Some(about.engine),
        access: Some(about.access),
        losses,
        masked: about.masked,
        proven,
        trouble: None,
    }
}

/// The word for what a volume's users did meanwhile.
#[must_use]
pub const fn taken(taken: Taken) -> &'static str {
    match taken {
        Taken::Unused => "unused",
        Taken::Live => "live",
        Taken::Paused => "paused",
        Taken::Stopped => "stopped",
    }
}

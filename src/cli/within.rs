//! What the subcommands share that go into a volume: where, by which way, how far, and asking first.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::Access;
use super::{Exit, Failure, Session, print};
use crate::access::backup::BackupContent;
use crate::access::content::{Content, Copied, Error};
use crate::access::helper;
use crate::access::open::open;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::place::Place;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;
use crate::ops::browse::told;
use crate::ops::files;
use crate::vault;

/// How often it is said how far a copy is.
const TELL: Duration = Duration::from_millis(200);
/// How long something that was told to end may take for it.
const ENDING: Duration = Duration::from_secs(5);

/// How the name of a backup ends.
const KEPT: &[u8] = b".tar.zst";

/// How names of files end that somebody may take for a backup.
const ARCHIVES: [&str; 8] = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2", ".zst", ".zip"];

/// A volume and a place in it, as `NAME[:PATH]` says; or a backup and a place in that, as
/// `FILE.tar.zst[:PATH]` does where there is such a file.
pub(super) struct Within {
    pub(super) volume: String,
    pub(super) place: Place,
    /// The backup, where it is one.
    backup: Option<PathBuf>,
}

impl Within {
    pub(super) fn parse(text: &OsStr) -> Result<Self, Failure> {
        let bytes = text.as_bytes();
        if let Some((file, path)) = backup(bytes) {
            let name = file.file_name().unwrap_or_default().as_bytes();
            let name = name.strip_suffix(KEPT).unwrap_or(name);
            let volume = String::from_utf8_lossy(name).into_owned();
            let place = Place::parse(path).map_err(Failure::usage)?;
            return Ok(Self { volume, place, backup: Some(file) });
        }
        let colon = bytes.iter().position(|byte| *byte == b':').unwrap_or(bytes.len());
        let (name, path) = bytes.split_at(colon);
        let volume = std::str::from_utf8(name).ok().filter(|name| !name.is_empty());
        let volume =
            volume.ok_or_else(|| Failure::usage("a volume is named as NAME or NAME:PATH"))?.to_owned();
        let place = Place::parse(path.strip_prefix(b":").unwrap_or(path)).map_err(Failure::usage)?;
        Ok(Self { volume, place, backup: None })
    }

    /// Opens what is in it, also when it is a backup; that takes no engine.
    pub(super) async fn content(
        &self,
        session: &Session,
        access: Option<Access>,
    ) -> Result<Arc<dyn Content>, Failure> {
        match &self.backup {
            None => match self.open(session, access).await {
                Ok(opened) => Ok(opened.content),
                Err(failure) => Err(self.as_a_file().unwrap_or(failure)),
            },
            Some(_) if access.is_some() => {
                Err(Failure::usage("--access is the way into a volume; a backup is read from its file"))
            }
            Some(file) => match BackupContent::open(file.clone()).await {
                // What was a backup once says itself that it was cut off.
                Err(Error::Kept { source: vault::Error::NoIndex, .. }) if !vault::is_named(file) => {
                    Err(foreign(file))
                }
                opened => Ok(Arc::new(opened?)),
            },
        }
    }

    /// Why it cannot be looked into, where a file was meant.
    fn as_a_file(&self) -> Option<Failure> {
        let file = Path::new(&self.volume);
        if file.is_file() {
            return Some(foreign(file));
        }
        let name = self.volume.to_ascii_lowercase();
        let is_meant = self.volume.contains('/') || ARCHIVES.iter().any(|ending| name.ends_with(ending));
        is_meant.then(|| {
            let cause = if file.is_dir() {
                format!("{} is a folder of this machine, no volume and no backup", file.display())
            } else {
                format!("there is no file {}, and no volume of that name", file.display())
            };
            let trouble =
                Trouble::new("nothing was done", cause).with_remedy("'volx backups' lists the backups");
            Failure { exit: Exit::Failed, trouble }
        })
    }

    /// Opens the volume's content.
    pub(super) async fn open(&self, session: &Session, access: Option<Access>) -> Result<Opened, Failure> {
        let access = session.way(access)?;
        let engine = session.engine().await?;
        // What is not gone when we are goes with the next one.
        drop(helper::sweep_aside(&engine));
        let inventory = engine.list().await?;
        let volume = inventory.position(&self.volume).and_then(|at| inventory.volumes.get(at));
        let volume = volume.ok_or_else(|| {
            let near = inventory.nearest(&self.volume);
            let hint = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
            let cause = format!("no such volume: {}{hint}", self.volume);
            Failure { exit: Exit::Failed, trouble: Trouble::new("nothing was done", cause) }
        })?;
        let volume = volume.clone();
        let content = open(&engine, &volume, access).await?;
        Ok(Opened { engine, volume, content })
    }
}

/// A file that is no backup of volx.
fn foreign(file: &Path) -> Failure {
    let cause =
        format!("{} is a file, and no backup that volx made: only those are looked into", file.display());
    let remedy = "'volx restore FILE --as NAME' makes a volume of what another program packed; tar lists it";
    Failure { exit: Exit::Failed, trouble: Trouble::new("nothing was done", cause).with_remedy(remedy) }
}

/// The file of a backup that is there, and the path in it.
fn backup(text: &[u8]) -> Option<(PathBuf, &[u8])> {
    let ends = text.windows(KEPT.len()).enumerate().filter(|(_, part)| *part == KEPT);
    for end in ends.map(|(at, _)| at + KEPT.len()) {
        let (file, path) = text.split_at(end);
        let path = if path.is_empty() { Some(path) } else { path.strip_prefix(b":") };
        let file = Path::new(OsStr::from_bytes(file));
        if let Some(path) = path.filter(|_| file.is_file()) {
            return Some((file.to_owned(), path));
        }
    }
    None
}

/// A volume that is open.
pub(super) struct Opened {
    pub(super) engine: SharedEngine,
    pub(super) volume: Volume,
    pub(super) content: Arc<dyn Content>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let summary = match &error {
            Error::NotThisWay { .. } => "the volume cannot be entered",
            Error::Cancelled => "it was not finished",
            Error::Kept { .. } => "the backup did not give it",
            _ => "the volume did not give it",
        };
        Self { exit: Exit::Failed, trouble: told(&error, summary) }
    }
}

impl From<files::Error> for Failure {
    fn from(error: files::Error) -> Self {
        let cause = error.to_string();
        match error {
            // Copying goes both ways: the volume may be the one that takes.
            files::Error::Content(error @ (Error::Cancelled | Error::NotThisWay { .. })) => error.into(),
            files::Error::Content(error) => {
                Self { exit: Exit::Failed, trouble: told(&error, "it was not copied") }
            }
            files::Error::Here { .. } => {
                Self { exit: Exit::Failed, trouble: Trouble::new("nothing was copied", cause) }
            }
            files::Error::Exists(_) => {
                let trouble =
                    Trouble::new("nothing was copied", cause).with_remedy("--replace lets it give way");
                Self { exit: Exit::Refused, trouble }
            }
            files::Error::Mismatch(_) => {
                Self { exit: Exit::Refused, trouble: Trouble::new("nothing was copied", cause) }
            }
            files::Error::NotKept(_) | files::Error::ReadOnly => {
                let mut trouble = Trouble::new("nothing was copied", cause);
                trouble.remedy = error.remedy().map(str::to_owned);
                Self { exit: Exit::Refused, trouble }
            }
        }
    }
}

/// What a copy did, for scripts.
#[derive(Debug, Serialize)]
struct Report<'a> {
    entries: u64,
    bytes: u64,
    skipped: &'a [String],
    more_skipped: u64,
    method: Way,
}

/// Says what a copy did; what was left out makes it done in part.
pub(super) fn report(session: &Session, copied: &Copied, method: Way) -> Result<Exit, Failure> {
    if session.is_json {
        print::json(&Report {
            entries: copied.entries,
            bytes: copied.bytes,
            skipped: &copied.skipped,
            more_skipped: copied.more_skipped,
            method,
        })?;
    } else if !session.is_quiet {
        let size = human(copied.bytes, session.config.units);
        let noun = if copied.entries == 1 { "entry" } else { "entries" };
        print::line(&format!("{} {noun}, {size}, the {} way", copied.entries, method.name()))?;
    }
    for what in &copied.skipped {
        session.warn(&format!("left out: {what}"));
    }
    if copied.more_skipped > 0 {
        session.warn(&format!("left out: {} more", copied.more_skipped));
    }
    Ok(if copied.skipped.is_empty() { Exit::Done } else { Exit::Partly })
}

/// Waits for a copy, says how far it is where somebody looks, and ends it in order when it is told
/// to end: what is half done is removed first. Not for ever: told twice, or after a while, it is
/// left as it is.
pub(super) async fn watched<T>(
    session: &Session,
    progress: &Progress,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let is_shown = io::stderr().is_terminal() && !session.is_quiet;
    let mut meter = print::Meter::new();
    tokio::pin!(work);
    let patience = tokio::time::sleep(Duration::MAX);
    tokio::pin!(patience);
    let mut is_told = false;
    loop {
        tokio::select! {
            done = &mut work => return Ok(done),
            () = async { tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} } } => {
                if std::mem::replace(&mut is_told, true) {
                    return Err(abandoned());
                }
                progress.cancel();
                patience.as_mut().reset(tokio::time::Instant::now() + ENDING);
            }
            () = &mut patience => return Err(abandoned()),
            () = tokio::time::sleep(TELL), if is_shown => {
                let bytes = human(progress.allocated.load(Ordering::Relaxed), session.config.units);
                let volumes = progress.volumes().map(|(done, of)| format!("{done} of {of} volumes, "));
                let entries = progress.entries.load(Ordering::Relaxed);
                meter.say(&format!("{}{entries} entries, {bytes}", volumes.unwrap_or_default()));
            }
        }
    }
}

/// It was told to end and does not.
fn abandoned() -> Failure {
    let trouble = Trouble::new("it was not finished", "it was told to end, and something does not answer")
        .with_remedy("what was half done may be left behind: look for names that end in .partial");
    Failure { exit: Exit::Failed, trouble }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Within {
        Within::parse(OsStr::new(text)).unwrap_or_else(|_| panic!("'{text}' can be read"))
    }

    #[test]
    fn a_file_of_a_backup_is_told_from_a_volume_by_being_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a:b-20261121T120000Z.tar.zst");
        std::fs::write(&file, "x").expect("written");
        let text = file.to_str().expect("text");
        let within = parsed(text);
        assert_eq!((within.backup.as_deref(), within.place.is_root()), (Some(file.as_path()), true));
        let within = parsed(&format!("{text}:conf/x.tar.zst"));
        assert_eq!((within.backup, within.place.to_string()), (Some(file), "/conf/x.tar.zst".to_owned()));
        assert_eq!(within.volume, "a:b-20261121T120000Z");
        // A volume may have such a name.
        let within = parsed("data.tar.zst:f");
        assert_eq!((within.backup, within.volume.as_str()), (None, "data.tar.zst"));
    }
}

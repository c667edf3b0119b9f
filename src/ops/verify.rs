//! Proving backups: every byte read, each entry compared with the index; or restored into a scratch
//! volume and compared with that.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Map;
use tokio::task::spawn_blocking;

use super::browse::told;
use super::create::create;
use super::right::Right;
use super::work::Work;
use crate::access::content::{self, Content};
use crate::access::direct_content::blocking;
use crate::access::helper::Owner;
use crate::access::open::open;
use crate::access::order::{Form, Tape};
use crate::domain::access::Way;
use crate::domain::creation::NewVolume;
use crate::domain::job::READING_BACK;
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;
use crate::engine::changes::Removed;
use crate::history::History;
use crate::vault::{Archive, Error, Manifest, Verified};

/// How a backup was proven by being read.
pub const READ_BACK: &str = "read back";
/// How a backup was proven by being restored.
pub const RESTORED: &str = "restored";
/// How the names of volumes begin that are made to be compared.
const SCRATCH: &str = "volx-scratch-";
/// What was found of a backup that is not what was written.
pub(super) const DAMAGED: &str = "damaged";
/// The label of the volumes that are made to be compared; it names who made them.
pub const SCRATCH_LABEL: &str = "volx.scratch";
/// How long a helper of ours may take to let go of a volume.
const LETTING_GO: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(200);

/// A backup that was proven.
#[derive(Debug)]
pub struct Proof {
    /// What was read.
    pub verified: Verified,
    /// Its manifest.
    pub manifest: Manifest,
    /// What went wrong all the same.
    pub troubles: Vec<Trouble>,
}

/// Why a file is no backup that can be used, and what helps.
pub(super) fn refused(path: &Path, error: &Error, summary: &str) -> Trouble {
    let trouble = Trouble::new(summary, format!("{}: {error}", path.display()));
    match error {
        Error::Newer { .. } => trouble.with_remedy("update volx"),
        Error::NoIndex => trouble.with_remedy("a tar of another program can be restored, not verified"),
        Error::Partial(_) | Error::Damaged(_) | Error::Entry { .. } => {
            trouble.with_remedy("take an older backup of this volume: 'volx backups' lists them")
        }
        _ => trouble,
    }
}

/// Reads a backup back and notes that it was.
///
/// # Errors
/// When it is not what was written, or it was told to end.
pub async fn verify(path: &Path, history: Option<&Arc<History>>, work: &Work) -> Result<Proof, Trouble> {
    let (verified, manifest) = proven(path, history, work).await?;
    let troubles = note(history, path, READ_BACK).await;
    Ok(Proof { verified, manifest, troubles })
}

/// How many bytes of content are read or written of a backup: holes are neither.
pub(super) fn to_read(manifest: &Manifest) -> u64 {
    manifest.counted.bytes.min(manifest.counted.tar_bytes)
}

/// Reads all of a backup, and notes it where it is damaged.
async fn proven(
    path: &Path,
    history: Option<&Arc<History>>,
    work: &Work,
) -> Result<(Verified, Manifest), Trouble> {
    match read(path, work).await {
        Ok(read) => Ok(read),
        Err((trouble, true)) => {
            let troubles = note(history, path, DAMAGED).await;
            Err(trouble.and(&troubles))
        }
        Err((trouble, false)) => Err(trouble),
    }
}

/// The steps of a proof by restoring.
pub const STEPS: &[&str] = &[READING_BACK, "restoring", "comparing"];

/// Reads all of a backup.
pub(super) async fn read_back(path: &Path, work: &Work) -> Result<(Verified, Manifest), Trouble> {
    read(path, work).await.map_err(|(trouble, _)| trouble)
}

/// Reads all of a backup; with what went wrong comes whether it is damaged.
async fn read(path: &Path, work: &Work) -> Result<(Verified, Manifest), (Trouble, bool)> {
    let summary = "the backup is not proven";
    let told = |error: &Error| {
        let is_damaged = matches!(error, Error::Partial(_) | Error::Damaged(_) | Error::Entry { .. });
        (refused(path, error, summary), is_damaged)
    };
    let lost = |error: tokio::task::JoinError| (Trouble::new(summary, error.to_string()), false);
    let (ours, opened) = (path.to_owned(), path.to_owned());
    let opening = spawn_blocking(move || {
        Ok::<u64, Error>(Archive::open(File::open(&opened)?)?.manifest().counted.tar_bytes)
    });
    let bytes = opening.await.map_err(lost)?.map_err(|error| told(&error))?;
    let progress = work.begin(READING_BACK, Some(bytes));
    let reading = spawn_blocking(move || {
        let archive = Archive::open(File::open(&ours)?)?;
        let verified = archive.verify(&mut |bytes| {
            progress.allocated.store(bytes, Ordering::Relaxed);
            !progress.is_cancelled()
        })?;
        Ok((verified, archive.manifest().clone()))
    });
    reading.await.map_err(lost)?.map_err(|error| told(&error))
}

/// Notes in the history that a backup was proven.
pub(super) async fn note(history: Option<&Arc<History>>, path: &Path, how: &'static str) -> Vec<Trouble> {
    let Some(history) = history.map(Arc::clone) else { return Vec::new() };
    let path = path.to_owned();
    let noting = spawn_blocking(move || {
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
        history.record_proof(&path, bytes, Timestamp::now(), how)
    });
    match noting.await {
        Ok(Ok(())) => Vec::new(),
        Ok(Err(error)) => vec![error.trouble()],
        Err(error) => vec![Trouble::new("the proof is not noted", error.to_string())],
    }
}

/// Restores a backup into a volume that is made for it, compares the two, and removes the volume.
///
/// # Errors
/// When it cannot be restored, or something of it is not as it was; the volume is gone all the same.
pub async fn verify_by_restoring(
    right: &Right,
    path: &Path,
    access: Option<Way>,
    history: Option<&Arc<History>>,
    work: &Work,
) -> Result<Proof, Trouble> {
    let (verified, manifest) = proven(path, history, work).await?;
    let scratch = scratch();
    let summary = "the backup is not proven by restoring";
    let made = create(right, &scratch).await;
    made.outcome.map_err(|trouble| Trouble { summary: summary.to_owned(), ..trouble })?;
    let compared = restored(right, &scratch.name, (path, to_read(&manifest)), access, work).await;
    let removed = remove(right, &scratch.name).await;
    let mut troubles: Vec<Trouble> = removed.err().into_iter().chain(made.unlogged).collect();
    match compared {
        Ok(()) => {
            troubles.extend(note(history, path, RESTORED).await);
            Ok(Proof { verified, manifest, troubles })
        }
        Err(trouble) => Err(Trouble { summary: summary.to_owned(), ..trouble }.and(&troubles)),
    }
}

fn scratch() -> NewVolume {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (process, now) = (std::process::id(), Timestamp::now().as_millisecond());
    let name = format!("{SCRATCH}{process}-{now}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let labels = BTreeMap::from([(SCRATCH_LABEL.to_owned(), Owner::ours().label())]);
    NewVolume { name, driver: "local".to_owned(), options: BTreeMap::new(), labels }
}

async fn restored(
    right: &Right,
    name: &str,
    (path, bytes): (&Path, u64),
    access: Option<Way>,
    work: &Work,
) -> Result<(), Trouble> {
    let summary = "it was not restored";
    let volume = right.changes()?.volume(name).await.map_err(|error| error.trouble(summary))?;
    let volume = volume.ok_or_else(|| Trouble::new(summary, "the volume made for it is gone"))?;
    let engine = right.engine();
    let content = open(engine, &volume, access).await.map_err(|error| told(&error, summary))?;
    if content.way() == Way::Archive {
        let cause = "the archive way cannot give everything back, so that nothing would be proven by it";
        return Err(Trouble::new(summary, cause).with_remedy("'volx doctor' says what the other ways lack"));
    }
    let tape = Tape { path: path.to_owned(), form: Form::Backup, strip: 0 };
    let progress = work.begin("restoring", Some(bytes));
    let copied = content.restore(tape, &progress).await.map_err(|error| told(&error, summary))?;
    if let Some(first) = copied.skipped.first() {
        return Err(Trouble::new(summary, format!("not all of it came back: {first}")));
    }
    compare(content.as_ref(), path, bytes, work).await
}

/// Compares a volume with a backup of so many bytes, entry by entry.
///
/// # Errors
/// Names the first entry that differs.
pub async fn compare(content: &dyn Content, backup: &Path, bytes: u64, work: &Work) -> Result<(), Trouble> {
    let summary = "it was not compared";
    let progress = work.begin("comparing", Some(bytes));
    let packed = content.pack(&Place::root(), &progress).await.map_err(|error| told(&error, summary))?;
    let (path, mut packed) = (backup.to_owned(), blocking(packed, &progress));
    let comparing = spawn_blocking(move || {
        let archive = Archive::open(File::open(&path)?)?;
        archive.compare(&mut packed, &mut |entries| {
            progress.entries.store(entries, Ordering::Relaxed);
            !progress.is_cancelled()
        })
    });
    let compared = comparing.await.map_err(|error| Trouble::new(summary, error.to_string()))?;
    compared
        .map(drop)
        .map_err(|error| refused(backup, &error, "what was restored is not what is in the backup"))
}

/// Removes a volume of ours.
pub(super) async fn remove(right: &Right, name: &str) -> Result<(), Trouble> {
    let work = async {
        let began = tokio::time::Instant::now();
        loop {
            match right.changes()?.remove_volume(name, false).await {
                Ok(Removed::Removed | Removed::Gone) => return Ok(()),
                Ok(Removed::InUse(_)) if began.elapsed() < LETTING_GO => tokio::time::sleep(GLANCE).await,
                Ok(Removed::InUse(words)) => {
                    return Err(
                        Trouble::new(format!("'{name}' stays"), words).with_remedy(format!("volx rm {name}"))
                    );
                }
                Err(error) => return Err(error.trouble(&format!("'{name}' stays"))),
            }
        }
    };
    right.audited("remove_volume", vec![name.to_owned()], Map::new(), work).await.outcome
}

/// Removes what a dead volx made to compare with, and left. Answers their names.
pub async fn sweep(right: &Right) -> Vec<String> {
    let Ok(inventory) = right.engine().list().await else { return Vec::new() };
    let is_left = |label: &String| Owner::read(label).and_then(|owner| owner.is_dead()) == Some(true);
    let mut swept = Vec::new();
    for volume in &inventory.volumes {
        // The label alone may have come with a copy of such a one.
        let is_scratch =
            volume.name.starts_with(SCRATCH) && volume.labels.get(SCRATCH_LABEL).is_some_and(is_left);
        if is_scratch && remove(right, &volume.name).await.is_ok() {
            swept.push(volume.name.clone());
        }
    }
    swept
}

/// The file as it is meant everywhere.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_unknown| path.to_owned())
}

/// The failure of a way, of a backup when it is one.
pub(super) fn of_content(error: &content::Error, summary: &str) -> Trouble {
    match error {
        content::Error::Kept { path, source } => refused(path, source, summary),
        other => told(other, summary),
    }
}

//! Restoring: a volume made of a backup.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::browse::told;
use super::create::create;
use super::making::Filling;
use super::right::Right;
use super::verify::{absolute, of_content, remove, to_read};
use super::work::Work;
use crate::access::content::{Copied, Room};
use crate::access::keep::losses_of_restoring;
use crate::access::open::open;
use crate::access::order::{Form, Tape};
use crate::access::tape::{Foreign, Found, examine};
use crate::domain::access::Way;
use crate::domain::creation::{NewVolume, said_once};
use crate::domain::size::{Units, human};
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::vault::Manifest;

/// What a file is that may be restored.
#[derive(Debug)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Its manifest, when it is a backup of ours.
    pub manifest: Option<Manifest>,
    /// What is known of it otherwise.
    pub foreign: Option<Foreign>,
    /// Bytes of its content, at least; of another program's archive that is not asked for.
    bytes: u64,
    tape: Tape,
}

impl Source {
    /// The options whose values the backup does not hold: they have to be given.
    #[must_use]
    pub fn masked(&self) -> &[String] {
        self.manifest.as_ref().map_or(&[], |manifest| &manifest.about.masked)
    }

    /// The volume that it is to become. `options` are given for those that are masked, or others.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn volume(
        &self,
        name: Option<&str>,
        options: &BTreeMap<String, String>,
    ) -> Result<NewVolume, String> {
        let Some(Manifest { about, .. }) = &self.manifest else {
            let name = name.ok_or("another program made it, which does not say of which volume: name it")?;
            let (driver, options) = ("local".to_owned(), options.clone());
            return Ok(NewVolume { name: name.to_owned(), driver, options, labels: BTreeMap::new() });
        };
        if let Some(missing) = about.masked.iter().find(|key| !options.contains_key(*key)) {
            return Err(format!("the option '{missing}' holds a secret, which no backup has"));
        }
        let mut all = about.options.clone();
        all.extend(options.clone());
        let all = said_once(all);
        Ok(NewVolume {
            name: name.unwrap_or(&about.volume).to_owned(),
            driver: about.driver.clone(),
            options: all,
            labels: about.labels.clone(),
        })
    }
}

/// Looks at a file that is to be restored; `strip` says how many parts of the names to take off, where
/// another program made it.
///
/// # Errors
/// When it is no archive, not whole, or cannot be meant.
pub async fn source(path: &Path, strip: Option<u8>) -> Result<Source, Trouble> {
    let summary = "it cannot be restored";
    let (path, ours) = (absolute(path), absolute(path));
    let looking = spawn_blocking(move || examine(&ours, strip));
    let looked = looking.await.map_err(|error| Trouble::new(summary, error.to_string()))?;
    match looked.map_err(|error| of_content(&error, summary))? {
        Found::Backup(manifest, bytes) => {
            let tape = Tape { path: path.clone(), form: Form::Backup, strip: 0 };
            Ok(Source { path, manifest: Some(*manifest), foreign: None, bytes, tape })
        }
        Found::Foreign(foreign) => {
            let tape = Tape { path: path.clone(), form: foreign.form, strip: foreign.strip };
            Ok(Source { path, manifest: None, foreign: Some(foreign), bytes: 0, tape })
        }
    }
}

/// What came of a restoring.
#[derive(Debug)]
pub struct Restored {
    /// The volume.
    pub volume: String,
    /// What was unpacked, and what was left out.
    pub copied: Copied,
    /// The way that was taken.
    pub way: Way,
    /// What that way could not give back.
    pub losses: Vec<String>,
    /// A backup of what was replaced.
    pub replaced: Option<PathBuf>,
    /// The action by which the replacing is taken back.
    pub undo: Option<i64>,
    /// What went wrong all the same.
    pub troubles: Vec<Trouble>,
}

/// Makes a volume of a file. A name that is taken is refused.
///
/// # Errors
/// When it cannot be made or filled; then there is none.
pub async fn restore(
    right: &Right,
    source: &Source,
    wanted: &NewVolume,
    access: Option<Way>,
    work: &Work,
) -> Result<Restored, Trouble> {
    let summary = format!("'{}' was not restored", wanted.name);
    work.begin("making the volume", None);
    let file = source.path.file_name().unwrap_or_default().to_string_lossy();
    let mut filling = Filling::begin(right, wanted, format!("restored of {file}"))
        .await
        .map_err(|trouble| Trouble { summary: summary.clone(), ..trouble })?;
    let made = create(right, wanted).await;
    if let Err(trouble) = made.outcome {
        filling.over().await;
        return Err(Trouble { summary, ..trouble });
    }
    let filled = async {
        let volume = right.changes()?.volume(&wanted.name).await.map_err(|error| error.trouble(&summary))?;
        let volume = volume.ok_or_else(|| Trouble::new(summary.clone(), "it was removed meanwhile"))?;
        filling.made(right, &volume).await?;
        fill(right, source, &volume, access, &summary, work).await
    };
    match filled.await {
        Ok((copied, way)) => {
            filling.over().await;
            Ok(Restored {
                volume: wanted.name.clone(),
                copied,
                way,
                losses: losses_of_restoring(way),
                replaced: None,
                undo: None,
                troubles: made.unlogged.into_iter().collect(),
            })
        }
        Err(trouble) => {
            let stays = remove(right, &wanted.name).await.err();
            if stays.is_none() {
                filling.over().await;
            }
            Err(trouble.and(&stays.into_iter().collect::<Vec<_>>()))
        }
    }
}

/// That there is room for what is in a file, as far as that can be known beforehand.
fn fits(source: &Source, room: Option<Room>, summary: &str) -> Result<(), Trouble> {
    let size = |bytes| human(bytes, Units::default());
    match room.filter(|room| room.is_exact && room.bytes < source.bytes) {
        None => Ok(()),
        Some(room) => {
            let (free, wanted) = (size(room.bytes), size(source.bytes));
            let cause = format!(
                "no space left: {free} are free where the volume lies, and it takes {wanted} at least"
            );
            Err(Trouble::new(summary, cause)
                .with_remedy("make room there first: 'volx prune --dry-run' says what could go"))
        }
    }
}

/// Unpacks into an empty volume.
pub(super) async fn fill(
    right: &Right,
    source: &Source,
    volume: &Volume,
    access: Option<Way>,
    summary: &str,
    work: &Work,
) -> Result<(Copied, Way), Trouble> {
    let content = open(right.engine(), volume, access).await.map_err(|error| told(&error, summary))?;
    let room = content.room().await.map_err(|error| told(&error, summary))?;
    fits(source, room, summary)?;
    let expected = source.manifest.as_ref().map(to_read);
    let progress = work.begin("restoring", expected);
    let copied = content.restore(source.tape.clone(), &progress).await;
    let copied = copied.map_err(|error| of_content(&error, summary))?;
    let way = content.way();
    // Whatever a stream says of its end: all that is in it has to have come.
    let wanted = source.manifest.as_ref().map(|manifest| manifest.counted.entries);
    let is_counted = way != Way::Archive && copied.skipped.is_empty();
    match wanted.filter(|wanted| is_counted && *wanted > copied.entries) {
        Some(wanted) => {
            let cause = format!("{} of {wanted} entries came back", copied.entries);
            Err(Trouble::new(summary, cause))
        }
        None => {
            // Whoever is told that it is back may remove the file it came from.
            let synced = content.sync(&work.begin("writing to the disk", None)).await;
            synced.map_err(|error| told(&error, summary))?;
            Ok((copied, way))
        }
    }
}

//! Restoring: a volume made of a backup, or one whose content gives way to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::backup::{self, back_up, found};
use super::browse::told;
use super::copying::NotDone;
use super::create::create;
use super::held::{Hold, Replacing};
use super::making::{Filling, mark_now};
use super::right::Right;
use super::trash::{self, Replaced};
use super::verify::{absolute, of_content, read_back, remove, to_read};
use super::work::Work;
use crate::access::content::{Copied, Room};
use crate::access::keep::losses_of_restoring;
use crate::access::open::open;
use crate::access::order::{Form, Tape};
use crate::access::tape::{Foreign, Found, examine};
use crate::domain::access::Way;
use crate::domain::creation::NewVolume;
use crate::domain::keep::Writers;
use crate::domain::size::{Units, human};
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::vault::{self, Manifest};

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
        .map_err(|trouble| Trouble { summary: summary.clone(), ..trouble })?;
    let made = create(right, wanted).await;
    if let Err(trouble) = made.outcome {
        filling.over();
        return Err(Trouble { summary, ..trouble });
    }
    let filled = async {
        let volume = right.changes()?.volume(&wanted.name).await.map_err(|error| error.trouble(&summary))?;
        let volume = volume.ok_or_else(|| Trouble::new(summary.clone(), "it was removed meanwhile"))?;
        filling.made(right, &volume)?;
        fill(right, source, &volume, access, &summary, work).await
    };
    match filled.await {
        Ok((copied, way)) => {
            filling.over();
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
                filling.over();
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
async fn fill(
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
        None => Ok((copied, way)),
    }
}

/// Lets the content of a volume give way to a file's. What it was is kept as a backup first; when anything
/// fails it is as it was. Containers that run with it are refused, or stopped and started again.
///
/// # Errors
/// When it is protected, in use, or cannot be replaced.
pub async fn replace(
    right: &Right,
    source: &Source,
    name: &str,
    stops_users: bool,
    access: Option<Way>,
    work: &Work,
) -> Result<Restored, NotDone> {
    let summary = format!("'{name}' was not replaced");
    let inventory = right.engine().list().await.map_err(|error| error.trouble(&summary))?;
    let (volume, users) =
        found(&inventory, name).ok_or_else(|| Trouble::new(summary.clone(), "there is no such volume"))?;
    let protection = right.protection().await.map_err(NotDone::refused)?;
    if let Some(guard) = protection.of(volume) {
        return Err(NotDone::refused(guard.refusal(&summary, name)));
    }
    if !users.is_empty() && !stops_users {
        let names: Vec<&str> = users.iter().map(|container| container.name.as_str()).collect();
        let trouble = Trouble::new(summary, format!("it is in use by {}", names.join(", ")));
        let remedy = "--stop stops them first and starts them again afterwards";
        return Err(NotDone::refused(trouble.with_remedy(remedy)));
    }
    // Nothing is touched for a file that cannot be restored.
    if source.manifest.is_some() {
        read_back(&source.path, work)
            .await
            .map_err(|trouble| Trouble { summary: summary.clone(), ..trouble })?;
    }
    let trash = Replaced::begin(right, &summary).await?;
    let mut hold = match Hold::take(right, &users, Writers::Stopped).await {
        Ok(hold) => hold,
        Err(not_done) => {
            trash.close().await;
            return Err(not_done.about(&summary));
        }
    };
    let mut outcome = Err(Trouble::new(summary.clone(), "cancelled"));
    if !work.is_cancelled() {
        outcome = exchange(right, source, volume, &trash, access, &summary, &mut hold, work).await;
    }
    trash.close().await;
    let troubles = hold.release().await;
    match outcome {
        Ok(mut restored) => {
            restored.troubles.extend(troubles);
            Ok(restored)
        }
        Err(trouble) => Err(trouble.and(&troubles).into()),
    }
}

#[expect(clippy::too_many_arguments, reason = "it is one step of one function")]
async fn exchange(
    right: &Right,
    source: &Source,
    volume: &Volume,
    trash: &Replaced,
    access: Option<Way>,
    summary: &str,
    hold: &mut Hold<'_>,
    work: &Work,
) -> Result<Restored, Trouble> {
    let wanted = backup::Wanted { access, ..backup::Wanted::new(&volume.name, trash.folder().to_owned()) };
    let kept = back_up(right.engine(), Some(right), None, &wanted, work).await;
    let kept = kept.map_err(|not_done| not_done.about(summary).trouble)?;
    let replacing = Replacing {
        volume: volume.name.clone(),
        mark: Some(mark_now(right.engine().as_ref(), volume)),
        snapshot: kept.done.path.clone(),
    };
    hold.replacing(replacing.clone())?;
    let mut troubles = kept.troubles;
    let undo = match trash.note(volume, &kept.done.path, kept.done.bytes).await {
        Ok(undo) => undo,
        Err(trouble) => {
            let remedy = format!("'volx undo' does not know of it; it is in {}", kept.done.path.display());
            let noted = Trouble::new("what it was is kept, and not noted", trouble.cause);
            troubles.push(noted.with_remedy(remedy));
            None
        }
    };
    let mut details = Map::new();
    details.insert("backup".to_owned(), Value::from(source.path.display().to_string()));
    details.insert("was".to_owned(), Value::from(kept.done.path.display().to_string()));
    let mut done = None;
    let exchanging = async {
        clear(right, volume, access, summary, work).await?;
        done = Some(fill(right, source, volume, access, summary, work).await?);
        Ok(())
    };
    let exchanged = right.audited("replace_volume", vec![volume.name.clone()], details, exchanging).await;
    let failed = match (exchanged.outcome, done) {
        (Ok(()), Some((copied, way))) => {
            hold.replaced();
            return Ok(Restored {
                volume: volume.name.clone(),
                copied,
                way,
                losses: losses_of_restoring(way),
                replaced: Some(kept.done.path),
                undo,
                troubles: exchanged.unlogged.into_iter().chain(troubles).collect(),
            });
        }
        (Err(trouble), _) => trouble,
        (Ok(()), None) => Trouble::new(summary, "the work ended without an answer"),
    };
    match take_back(right, &replacing).await {
        Ok(()) => {
            hold.replaced();
            Err(Trouble { cause: format!("{}\n  it is as it was", failed.cause), ..failed })
        }
        Err(NotBack::Yet(trouble) | NotBack::Gone(trouble)) => Err(failed.and(&[trouble])),
    }
}

async fn clear(
    right: &Right,
    volume: &Volume,
    access: Option<Way>,
    summary: &str,
    work: &Work,
) -> Result<(), Trouble> {
    let content = open(right.engine(), volume, access).await.map_err(|error| told(&error, summary))?;
    let progress = work.begin("emptying", None);
    content.clear(&progress).await.map_err(|error| told(&error, summary))
}

/// Why a volume is not what it was before it was replaced.
pub(super) enum NotBack {
    /// It may be later.
    Yet(Trouble),
    /// There is no such volume any more, or another one of its name.
    Gone(Trouble),
}

/// Gives a volume back what it was before it was replaced. Nobody ends that.
pub(super) async fn take_back(right: &Right, replacing: &Replacing) -> Result<(), NotBack> {
    let Replacing { volume: name, mark, snapshot } = replacing;
    let summary = format!("'{name}' is not as it was");
    let remedy = |trouble: Trouble| {
        Trouble { summary: summary.clone(), ..trouble }
            .with_remedy(format!("what it was is in {}", snapshot.display()))
    };
    let gone = |cause: &str| Err(NotBack::Gone(remedy(Trouble::new(summary.clone(), cause))));
    let looked = async { right.changes()?.volume(name).await.map_err(|error| error.trouble(&summary)) };
    let volume = match looked.await.map_err(|trouble| NotBack::Yet(remedy(trouble)))? {
        None => return gone("it was removed"),
        Some(now) if mark.as_ref().is_some_and(|mark| *mark != mark_now(right.engine().as_ref(), &now)) => {
            return gone("another volume has its name now");
        }
        Some(volume) => volume,
    };
    let taken = async {
        let work = Work::default();
        clear(right, &volume, None, &summary, &work).await?;
        let source = source(snapshot, None).await?;
        fill(right, &source, &volume, None, &summary, &work).await
    };
    taken.await.map_err(|trouble| NotBack::Yet(remedy(trouble)))?;
    trash::forget(right, snapshot).await;
    let snapshot = snapshot.clone();
    // It is in the volume again.
    let _ = spawn_blocking(move || {
        vault::forget(&snapshot)?;
        snapshot.parent().map_or(Ok(()), std::fs::remove_dir)
    })
    .await;
    Ok(())
}

//! Making a volume like another one, with all that is in it, on the engine's side.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::copying::{NotDone, copy, whole};
use super::create::create;
use super::making::Filling;
use super::right::Right;
use crate::access::content::{Content, Error};
use crate::access::facts::Facts;
use crate::access::walk::Progress;
use crate::domain::access::Way;
use crate::domain::creation::NewVolume;
use crate::domain::trouble::Trouble;
use crate::domain::volume::{ANONYMOUS_LABEL, Kind, PROJECT_LABEL, Volume};
use crate::engine::Error as EngineError;

/// Which volume, and what the new one is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The volume.
    pub from: String,
    /// The name of the new one.
    pub to: String,
    /// Labels that the new one has besides, or otherwise.
    pub labels: BTreeMap<String, String>,
    /// The Compose project that the new one is of; that of the volume where none is named.
    pub project: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloned {
    /// Entries that were copied and compared.
    pub entries: u64,
    /// Bytes of files.
    pub bytes: u64,
    /// The way the content was read; nothing where none was copied.
    pub way: Option<Way>,
    /// The containers that had the volume meanwhile: what they wrote then may not fit together.
    pub holders: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// What could not be written to the audit log.
    pub unlogged: Option<Trouble>,
}

/// The new volume, and what is in the old one.
pub(super) struct Copy {
    pub(super) cloned: Cloned,
    /// All that was read, where content was copied.
    pub(super) facts: Option<Facts>,
}

/// Makes a volume like another one, and copies and compares its content.
///
/// # Errors
/// When the name is taken or the volume cannot be cloned; then nothing was changed. When the copy
/// failed; then the new volume is removed again, or the error says that it is not.
pub async fn clone(right: &Right, wanted: &Wanted, progress: &Arc<Progress>) -> Result<Cloned, NotDone> {
    copied(right, wanted, progress).await.map(|copy| copy.cloned)
}

pub(super) async fn copied(
    right: &Right,
    wanted: &Wanted,
    progress: &Arc<Progress>,
) -> Result<Copy, NotDone> {
    let changes = right.changes().map_err(NotDone::refused)?;
    let asked = |error: EngineError| NotDone::from(error.trouble("nothing was copied"));
    let refused = |cause: String, remedy: &str| {
        NotDone::refused(Trouble::new("nothing was copied", cause).with_remedy(remedy))
    };
    let source = changes.volume(&wanted.from).await.map_err(asked)?.ok_or_else(|| {
        NotDone::from(Trouble::new("nothing was copied", format!("no such volume: {}", wanted.from)))
    })?;
    let new = like(&source, wanted);
    new.check_name().map_err(|cause| NotDone::misnamed("nothing was copied", cause))?;
    if changes.volume(&wanted.to).await.map_err(asked)?.is_some() {
        let cause = format!("a volume '{}' is there already", wanted.to);
        return Err(refused(cause, "choose another name, or remove that one first"));
    }
    let what = what_of(&source).map_err(|(cause, remedy)| refused(cause, remedy))?;
    // Opened before anything is made: what cannot be read is not copied.
    let from = match what {
        What::Files => Some(whole(right.engine(), &source).await.map_err(|error| unread(&error))?),
        What::Nothing(_) => None,
    };
    let holders = changes.holders(&wanted.from).await.map_err(asked)?;
    let mut details = Map::new();
    details.insert("to".to_owned(), Value::from(wanted.to.as_str()));
    let mut made = None;
    let work = async {
        let mut filling = Filling::begin(right, &new, format!("a copy of '{}'", wanted.from)).await?;
        let created = create(right, &new).await;
        let (Ok(()), Some(from)) = (&created.outcome, &from) else {
            filling.over().await;
            return created.outcome;
        };
        match fill(right, from.as_ref(), &new, &mut filling, progress).await {
            Ok(done) => {
                filling.over().await;
                made = Some(done);
                Ok(())
            }
            Err(trouble) => {
                let left = undone(right, &new, trouble).await;
                // What could not be removed now is tried again by the next volx.
                if matches!(changes.volume(&new.name).await, Ok(None)) {
                    filling.over().await;
                }
                Err(left)
            }
        }
    };
    let audited = right.audited("clone_volume", vec![wanted.from.clone()], details, work).await;
    audited.outcome?;
    let mut cloned = Cloned {
        entries: 0,
        bytes: 0,
        way: from.as_ref().map(|from| from.way()),
        holders,
        notes: Vec::new(),
        unlogged: audited.unlogged,
    };
    if let What::Nothing(note) = what {
        cloned.notes.push(note.to_owned());
    }
    let Some((bytes, facts)) = made else { return Ok(Copy { cloned, facts: None }) };
    (cloned.entries, cloned.bytes) = (facts.len(), bytes);
    cloned.notes.extend(facts.remarks().iter().map(|remark| format!("left out: {remark}")));
    Ok(Copy { cloned, facts: Some(facts) })
}

/// What there is to copy of a volume.
enum What {
    Files,
    /// Nothing, for a reason that is to be known.
    Nothing(&'static str),
}

fn what_of(source: &Volume) -> Result<What, (String, &'static str)> {
    match source.kind() {
        Kind::Plain => Ok(What::Files),
        Kind::Nfs | Kind::Cifs | Kind::Bind | Kind::Device => {
            Ok(What::Nothing("both lead to the same data: nothing was copied"))
        }
        Kind::Tmpfs => Ok(What::Nothing("it is memory: nothing was copied")),
        Kind::Plugin => Err((
            format!(
                "only the driver '{}' knows whether a second volume like '{}' has data of its own",
                source.driver, source.name
            ),
            "make the new one with 'volx create', then copy with 'volx get' and 'volx put'",
        )),
    }
}

/// The volume that is to be made.
fn like(source: &Volume, wanted: &Wanted) -> NewVolume {
    let mut labels = source.labels.clone();
    // Whoever gets a name is not anonymous.
    labels.remove(ANONYMOUS_LABEL);
    if let Some(project) = &wanted.project {
        labels.insert(PROJECT_LABEL.to_owned(), project.clone());
    }
    labels.extend(wanted.labels.clone());
    NewVolume {
        name: wanted.to.clone(),
        driver: source.driver.clone(),
        options: source.options.clone(),
        labels,
    }
}

/// Copies, and compares what was made with what was read.
async fn fill(
    right: &Right,
    from: &dyn Content,
    new: &NewVolume,
    filling: &mut Filling,
    progress: &Arc<Progress>,
) -> Result<(u64, Facts), Trouble> {
    let failed = |error: &Error| Trouble::new("it was not copied", error.to_string());
    let volume = right.changes()?.volume(&new.name).await;
    let volume = volume.map_err(|error| error.trouble("it was not copied"))?;
    let volume = volume.ok_or_else(|| Trouble::new("it was not copied", "the new volume is gone already"))?;
    filling.made(right, &volume).await?;
    let to = whole(right.engine(), &volume).await.map_err(|error| failed(&error))?;
    copy(from, to.as_ref(), progress).await
}

/// Removes what was made for nothing.
pub(super) async fn undone(right: &Right, new: &NewVolume, trouble: Trouble) -> Trouble {
    let left = |why: &str| {
        let remedy = format!("'{}' is left behind ({why}): look at it, then remove it", new.name);
        trouble.clone().with_remedy(remedy)
    };
    let Ok(changes) = right.changes() else { return left("volx may change nothing") };
    match (changes.volume(&new.name).await, changes.holders(&new.name).await) {
        (Ok(None), _) => trouble,
        (Ok(Some(there)), Ok(holders)) if new.difference(&there).is_none() && holders.is_empty() => {
            // A helper of ours may have it for a moment longer.
            for _ in 0..25 {
                match changes.remove_volume(&new.name, false).await {
                    Ok(crate::engine::changes::Removed::InUse(_)) => {}
                    Ok(_) => return trouble,
                    Err(error) => return left(&error.to_string()),
                }
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            left("it is in use")
        }
        (Ok(Some(_)), Ok(_)) => left("somebody has it or made it otherwise"),
        (Err(error), _) | (_, Err(error)) => left(&error.to_string()),
    }
}

fn unread(error: &Error) -> NotDone {
    NotDone::refused(Trouble::new("nothing was copied", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_no_longer_anonymous_and_its_project_is_changed_on_request_alone() {
        let labels = [(ANONYMOUS_LABEL, ""), (PROJECT_LABEL, "shop"), ("team", "a")];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let source = Volume { driver: "local".to_owned(), labels: labels.into(), ..Volume::default() };
        let mut wanted = Wanted { to: "copy".to_owned(), ..Wanted::default() };
        let new = like(&source, &wanted);
        assert_eq!(new.labels.get(PROJECT_LABEL).map(String::as_str), Some("shop"));
        assert!(!new.labels.contains_key(ANONYMOUS_LABEL));
        wanted.project = Some("other".to_owned());
        wanted.labels.insert("team".to_owned(), "b".to_owned());
        let new = like(&source, &wanted);
        assert_eq!((new.labels[PROJECT_LABEL].as_str(), new.labels["team"].as_str()), ("other", "b"));
    }
}

//! Volumes that are being filled: written down first, so that the half of a volume that a killed volx left
//! is known as one, and is taken away by the next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::notes::{Making, Note, discard, write_note};
use super::right::Right;
use super::signs::{Signs, is_before};
use super::verify::remove;
use crate::access::open::open;
use crate::access::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::creation::NewVolume;
use crate::domain::protection::Guard;
use crate::domain::trouble::Trouble;
use crate::domain::volume::{Kind, Volume};
use crate::engine::Engine;

/// How far the engine's clock may be from ours to be the same one; volumes are made to the second.
pub(super) const SAME: SignedDuration = SignedDuration::from_secs(2);

/// Somebody fills a volume, until this is told that it is over.
pub(super) struct Filling {
    note: Note,
    /// Nothing where nothing is kept.
    path: Option<PathBuf>,
    began: Timestamp,
    signs: Option<Signs>,
}

impl Filling {
    /// Writes down that a volume is going to be made and filled.
    pub(super) async fn begin(right: &Right, new: &NewVolume, what: String) -> Result<Self, Trouble> {
        let driver = if new.driver.is_empty() { "local" } else { &new.driver };
        let like = Volume {
            name: new.name.clone(),
            driver: driver.to_owned(),
            options: new.options.clone(),
            labels: new.labels.clone(),
            ..Volume::default()
        };
        let making = Making {
            volume: new.name.clone(),
            what,
            wanted: mark(&like, false),
            made: None,
            is_our_clock: false,
        };
        let note = Note::of_making(right, making);
        let mut filling = Self { note, path: None, began: Timestamp::now(), signs: None };
        filling.write(right).await?;
        Ok(filling)
    }

    /// Writes down what the engine made; only now anything may be written into it.
    pub(super) async fn made(&mut self, right: &Right, volume: &Volume) -> Result<(), Trouble> {
        let around = (self.began - SAME)..=(Timestamp::now() + SAME);
        if let Some(making) = &mut self.note.making {
            making.made = Some(mark_now(right.engine().as_ref(), volume));
            making.is_our_clock = volume.created_at.is_some_and(|made| around.contains(&made));
        }
        self.write(right).await?;
        self.signs = self.path.clone().map(Signs::beside);
        Ok(())
    }

    /// It is whole, or gone again.
    pub(super) async fn over(self) {
        if let Some(path) = &self.path {
            discard(path).await;
        }
    }

    async fn write(&mut self, right: &Right) -> Result<(), Trouble> {
        write_note(right, &mut self.path, &self.note).await.map_err(|(folder, error)| {
            Trouble::new("nothing was made", format!("{}: {error}", folder.display())).with_remedy(
                "what is being made has to be written down first, so that no half of it is left after a crash",
            )
        })
    }
}

/// What makes a volume this one and no other of its name.
fn mark(volume: &Volume, is_created_stable: bool) -> String {
    let created = volume.created_at.filter(|_| is_created_stable).map(Timestamp::as_nanosecond);
    let all = serde_json::json!([volume.name, volume.driver, volume.options, volume.labels, created]);
    blake3::hash(all.to_string().as_bytes()).to_hex().to_string()
}

/// The same, as far as this engine's word of a volume lasts.
pub(super) fn mark_now(engine: &dyn Engine, volume: &Volume) -> String {
    mark(volume, engine.info().capabilities.created_is_stable)
}

/// Takes a half-filled volume away that a dead volx made, where it is that beyond doubt. `Ok` says what was
/// done, if anything was; the error says why it stays, and whether to look again later.
pub(super) async fn take_away(
    right: &Right,
    making: &Making,
    note: &Path,
) -> Result<Option<String>, (Trouble, bool)> {
    let Making { volume: name, what, .. } = making;
    let stays = |cause: String, is_passing: bool| {
        let trouble = Trouble::new(format!("'{name}' may be the half of what it was to be ({what})"), cause);
        (trouble.with_remedy(format!("look at it; 'volx rm {name}' removes it")), is_passing)
    };
    let engine = right.engine();
    let unasked = |error: crate::engine::Error| stays(error.to_string(), true);
    let changes = right.changes().map_err(|trouble| (trouble, true))?;
    let Some(volume) = changes.volume(name).await.map_err(unasked)? else { return Ok(None) };
    let Some(made) = &making.made else {
        if making.wanted != mark(&volume, false) {
            return Ok(None);
        }
        // Nothing in a volume says who made it, and this one is whoever asked for it first.
        let cause = "volx was killed before it heard whether it made it, so that somebody else may have; \
                     volx wrote nothing into it";
        return Err(stays(cause.to_owned(), false));
    };
    if *made != mark_now(engine.as_ref(), &volume) {
        // Another one has the name by now.
        return Ok(None);
    }
    let mut holders = changes.holders(name).await.map_err(unasked)?;
    let services = changes.services_of(&[name.as_str()]).await.map_err(unasked)?;
    holders.extend(services.into_values().flatten());
    if !holders.is_empty() {
        return Err(stays(
            format!("volx was killed meanwhile, and {} has it now", holders.join(", ")),
            false,
        ));
    }
    // A label came with the backup; what was decided of the name may be meant for this volume.
    match right.protection().await.map_err(|trouble| (trouble, true))?.of(&volume) {
        Some(guard) if guard != Guard::Label => {
            return Err(stays(format!("volx was killed meanwhile, and it is {}", guard.words()), false));
        }
        _ => {}
    }
    if volume.kind() != Kind::Plain {
        let cause = "volx was killed meanwhile, and what was written lies outside of the engine".to_owned();
        return Err(stays(cause, false));
    }
    let walked = walked(right, &volume).await.map_err(|cause| stays(cause, true))?;
    if !making.is_our_clock || !is_before(&walked, note) {
        let cause = "volx was killed meanwhile, and somebody else may have written to it since".to_owned();
        return Err(stays(cause, false));
    }
    remove(right, name).await.map_err(|trouble| (trouble, true))?;
    Ok(Some(format!("'{name}', the half of what it was to be ({what}) when volx was killed, is removed")))
}

/// What is in a volume now, and when it was written to last.
pub(super) async fn walked(right: &Right, volume: &Volume) -> Result<Walked, String> {
    let content = open(right.engine(), volume, None).await.map_err(|error| error.to_string())?;
    if content.way() == Way::Archive {
        return Err("it cannot be told what was written to it since volx was killed".to_owned());
    }
    content.scan(&Arc::new(Progress::default())).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_made_again_is_another_one_where_the_engine_says_when_it_was_made() {
        let one =
            Volume { name: "v".to_owned(), created_at: Some(Timestamp::UNIX_EPOCH), ..Volume::default() };
        let two = Volume { created_at: Some(Timestamp::now()), ..one.clone() };
        assert_ne!(mark(&one, true), mark(&two, true));
        assert_eq!(mark(&one, false), mark(&two, false));
        let labelled = Volume { labels: [("a".to_owned(), "b".to_owned())].into(), ..one.clone() };
        assert_ne!(mark(&one, false), mark(&labelled, false));
    }
}

//! Holding the users of a volume still: what is paused or stopped is written down first, and goes on
//! afterwards whatever happens; after a kill by the next volx.

use std::path::PathBuf;

use super::copying::NotDone;
use super::lifecycle::act;
use super::notes::{Note, Replacing, discard, not_noted, replaced, write_note};
use super::right::Right;
use super::signs::Signs;
use crate::domain::container::{Container, State};
use crate::domain::keep::Writers;
use crate::domain::lifecycle::Act;
use crate::domain::trouble::Trouble;
use crate::engine::changes::Stopping;

/// Somebody is held, or something is being replaced, until this is released.
pub(super) struct Hold<'a> {
    right: &'a Right,
    note: Note,
    path: Option<PathBuf>,
    /// As long as something is being replaced.
    signs: Option<Signs>,
}

impl<'a> Hold<'a> {
    /// Pauses or stops these containers, those that run. When that fails they all go on; what would not
    /// survive being stopped is refused before anybody is touched.
    pub(super) async fn take(
        right: &'a Right,
        containers: &[&Container],
        writers: Writers,
    ) -> Result<Self, NotDone> {
        let is_paused = writers == Writers::Paused;
        let is_free = |container: &&&Container| {
            container.state == State::Running || (!is_paused && container.state.is_live())
        };
        let containers: Vec<(String, String)> =
            containers.iter().filter(is_free).map(|c| (c.id.clone(), c.name.clone())).collect();
        if !is_paused {
            stoppable(right, &containers).await?;
        }
        let note = Note { is_paused, containers, ..Note::of(right) };
        let mut hold = Self { right, note, path: None, signs: None };
        if hold.note.containers.is_empty() {
            return Ok(hold);
        }
        hold.put(hold.note.clone()).await?;
        let what = if is_paused { Act::Pause } else { Act::Stop };
        for (id, name) in hold.note.containers.clone() {
            if let Err(trouble) = act(right, &id, &name, what).await.outcome {
                hold.release().await;
                return Err(trouble.into());
            }
        }
        Ok(hold)
    }

    /// Writes down what is being replaced; what is not written down is not begun.
    pub(super) async fn replacing(&mut self, replacing: Replacing) -> Result<(), Trouble> {
        self.put(Note { replacing: Some(replacing), ..self.note.clone() }).await?;
        if self.signs.is_none() {
            self.signs = self.path.clone().map(Signs::beside);
        }
        Ok(())
    }

    /// The replacing is over, or taken back, and nobody takes it back from now on.
    ///
    /// # Errors
    /// When that cannot be written: the next volx takes it back once more, where nobody used it since.
    pub(super) async fn replaced(&mut self) -> Result<(), Trouble> {
        // Whatever comes of the note, what they write into is not half.
        let replacing = self.note.replacing.take();
        self.signs = None;
        let (Some(path), Some(replacing)) = (&self.path, replacing) else { return Ok(()) };
        replaced(path, &self.note).await.map(drop).map_err(|error| not_noted(path, &replacing, &error))
    }

    /// Lets everybody go on, unless what they would write into is half. The answer is what did not.
    pub(super) async fn release(self) -> Vec<Trouble> {
        let names =
            || self.note.containers.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(replacing) = &self.note.replacing {
            if self.note.containers.is_empty() {
                return Vec::new();
            }
            let cause = format!("what is in '{}' is not whole", replacing.volume);
            let trouble = Trouble::new(format!("these stay stopped: {}", names()), cause);
            return vec![trouble.with_remedy("the next volx tries to put it in order")];
        }
        let (troubles, is_settled) = go_on(self.right, &self.note).await;
        // What does not go on now is tried again by the next volx.
        if let Some(path) = self.path.as_ref().filter(|_| is_settled) {
            discard(path).await;
        }
        troubles
    }

    async fn put(&mut self, note: Note) -> Result<(), Trouble> {
        write_note(self.right, &mut self.path, &note).await.map_err(|(folder, error)| {
            Trouble::new("no container was touched", format!("{}: {error}", folder.display())).with_remedy(
                "what is paused or stopped has to be written down first, so that it goes on after a crash",
            )
        })?;
        self.note = note;
        Ok(())
    }
}

/// That all of these can be stopped and started again: nothing that is stopped by us is lost by it.
async fn stoppable(right: &Right, containers: &[(String, String)]) -> Result<(), NotDone> {
    let summary = "no container was stopped";
    let (mut causes, mut remedies) = (Vec::new(), Vec::new());
    for (id, name) in containers {
        let stopping = right.changes().map_err(NotDone::refused)?.stopping(id).await;
        match stopping.map_err(|error| NotDone::from(error.trouble(summary)))? {
            Stopping::Stays => {}
            Stopping::Leaves => {
                causes.push(format!(
                    "'{name}' was run with --rm: the engine would remove it, with what is in its writable layer"
                ));
                remedies.push(format!("pause it instead (--pause), or end '{name}' yourself first"));
            }
            Stopping::IsReplaced(service) => {
                causes.push(format!(
                    "'{name}' is a task of the service '{service}': the swarm would start another one in its place"
                ));
                remedies
                    .push(format!("pause it instead (--pause), or 'docker service scale {service}=0' first"));
            }
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    let trouble = Trouble::new(summary, causes.join("\n  ")).with_remedy(remedies.join("\n  "));
    Err(NotDone::refused(trouble))
}

/// Lets go on what is still as it was held. Says what did not, and whether that is all that can be done.
pub(super) async fn go_on(right: &Right, note: &Note) -> (Vec<Trouble>, bool) {
    let (mut troubles, mut is_settled) = (Vec::new(), true);
    if note.containers.is_empty() {
        return (troubles, is_settled);
    }
    let inventory = match right.engine().list().await {
        Ok(inventory) => inventory,
        Err(error) => return (vec![error.trouble("what was held does not go on yet")], false),
    };
    for (id, name) in &note.containers {
        let Some(container) = inventory.container(id) else {
            if !note.is_paused {
                let cause = format!("'{name}' was stopped and is not there any more");
                troubles.push(Trouble::new("a container does not go on", cause));
            }
            continue;
        };
        let what = match (&container.state, note.is_paused) {
            (State::Paused, true) => Act::Unpause,
            (State::Exited | State::Created, false) => Act::Start,
            // Somebody else let it go on, or did something else with it.
            _ => continue,
        };
        if let Err(trouble) = act(right, id, name, what).await.outcome {
            troubles.push(trouble);
            is_settled = false;
        }
    }
    (troubles, is_settled)
}

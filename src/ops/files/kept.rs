//! Whether what is put into a volume stays there.

use super::Error;
use crate::access::content;
use crate::domain::container::State;
use crate::domain::inventory::Inventory;
use crate::domain::volume::{Kind, Volume};
use crate::engine::SharedEngine;

/// Refuses a volume in memory that nobody holds: the engine would mount an empty one for us, and
/// drop it with all that was put into it.
///
/// # Errors
/// When nothing may be changed, it is such a volume, or the engine does not say who has it.
pub async fn kept(engine: &SharedEngine, volume: &Volume) -> Result<(), Error> {
    allowed(engine)?;
    if volume.kind() != Kind::Tmpfs {
        return Ok(());
    }
    let listed = engine.list().await;
    let inventory = listed.map_err(|error| content::Error::Engine(error.to_string()))?;
    if is_held(&inventory, &volume.name) { Ok(()) } else { Err(Error::NotKept(volume.name.clone())) }
}

/// Refuses where nothing may be changed, by whatever way.
///
/// # Errors
/// When volx was told to change nothing.
pub fn allowed(engine: &SharedEngine) -> Result<(), Error> {
    if engine.info().is_read_only { Err(Error::ReadOnly) } else { Ok(()) }
}

/// Whether a container has it mounted now; one that restarts has not, in between.
fn is_held(inventory: &Inventory, volume: &str) -> bool {
    inventory.position(volume).is_some_and(|at| {
        let mut holders = inventory.attachments(at);
        holders.any(|held| matches!(held.container.state, State::Running | State::Paused))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::container::Container;
    use crate::domain::mount::{Mount, Source};

    #[test]
    fn memory_is_held_by_whoever_runs() {
        for (state, is_kept) in [
            (State::Running, true),
            (State::Paused, true),
            (State::Restarting, false),
            (State::Exited, false),
            (State::Created, false),
        ] {
            let volume = Volume { name: "v".to_owned(), ..Volume::default() };
            let mount = Mount {
                source: Source::Volume("v".to_owned()),
                destination: "/data".to_owned(),
                read_only: false,
            };
            let container = Container {
                id: "1".to_owned(),
                name: "c".to_owned(),
                image: "i".to_owned(),
                state: state.clone(),
                project: None,
                service: None,
                is_helper: false,
                mounts: vec![mount],
            };
            let inventory = Inventory::join(vec![volume], vec![container], Vec::new());
            assert_eq!(is_held(&inventory, "v"), is_kept, "{state}");
            assert!(!is_held(&inventory, "w"));
        }
    }
}

//! Starting, stopping and removing containers, so that a volume gets free without leaving volx.

use std::time::Duration;

use serde_json::Map;

use super::right::{Audited, Right};
use crate::domain::container::Container;
use crate::domain::lifecycle::{Act, Clearing};
use crate::domain::secret::{hidden, masked};
use crate::domain::trouble::Trouble;
use crate::engine::Error;

/// How long a container that is being removed by somebody else may take for it.
const GOING: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(200);

/// Does something with a container.
pub async fn act(right: &Right, id: &str, name: &str, act: Act) -> Audited {
    let mut details = Map::new();
    details.insert("id".to_owned(), id.into());
    let work = async {
        let done = right.changes()?.act(id, act).await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => {
                let trouble = error.trouble(&format!("'{name}' is not {}", act.done()));
                Err(without_secrets(right, trouble).await)
            }
        }
    };
    right.audited(&format!("{}_container", act.name()), vec![name.to_owned()], details, work).await
}

/// Docker 20.10 repeats a share's password where its mount fails.
async fn without_secrets(right: &Right, trouble: Trouble) -> Trouble {
    let mut cause = masked("", &trouble.cause).into_owned();
    if let Ok(inventory) = right.engine().list().await {
        for volume in inventory.volumes.iter().filter(|volume| !volume.options.is_empty()) {
            cause = hidden(&cause, &volume.options).into_owned();
        }
    }
    Trouble { cause, ..trouble }
}

/// Stops and removes containers, one after the other; ends at the first that does not go.
pub async fn clear(right: &Right, clearing: &Clearing) -> Audited {
    let mut unlogged = None;
    for container in &clearing.containers {
        match take_away(right, container, &mut unlogged).await {
            Ok(()) => {}
            Err(trouble) => return Audited { outcome: Err(trouble), unlogged },
        }
    }
    Audited { outcome: Ok(()), unlogged }
}

async fn take_away(right: &Right, shown: &Container, unlogged: &mut Option<Trouble>) -> Result<(), Trouble> {
    let Some(now) = look(right, shown).await? else { return Ok(()) };
    if now.state.is_live() {
        let stopped = act(right, &now.id, &now.name, Act::Stop).await;
        *unlogged = stopped.unlogged.or(unlogged.take());
        stopped.outcome?;
    }
    // One that was run with --rm goes by itself.
    if look(right, shown).await?.is_none() {
        return Ok(());
    }
    let removed = act(right, &now.id, &now.name, Act::Remove).await;
    *unlogged = removed.unlogged.or(unlogged.take());
    match removed.outcome {
        Ok(()) => Ok(()),
        Err(trouble) => gone_by_itself(right, shown).await.then_some(()).ok_or(trouble),
    }
}

/// The container as it is now; nothing when it is gone. The id is its alone.
async fn look(right: &Right, shown: &Container) -> Result<Option<Container>, Trouble> {
    let summary = format!("'{}' was not removed", shown.name);
    let listed: Result<_, Error> = right.engine().list().await;
    let inventory = listed.map_err(|error| error.trouble(&summary))?;
    Ok(inventory.container(&shown.id).cloned())
}

/// Whether it goes within a while although it could not be removed.
async fn gone_by_itself(right: &Right, shown: &Container) -> bool {
    let watching = async {
        while !matches!(look(right, shown).await, Ok(None)) {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::time::timeout(GOING, watching).await.is_ok()
}

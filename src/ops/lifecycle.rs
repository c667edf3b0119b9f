//! Starting, stopping and removing containers, so that a volume gets free without leaving volx.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, json};

use super::right::{Audited, Right};
use crate::domain::container::Container;
use crate::domain::lifecycle::{Act, Clearing};
use crate::domain::secret::{hidden, masked};
use crate::domain::trouble::Trouble;
use crate::engine::Error;

/// How long a container that is being removed by somebody else may take for it.
const GOING: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(200);

/// Does something with a container. One that would take volumes with it is not stopped.
pub async fn act(right: &Right, id: &str, name: &str, act: Act) -> Audited {
    do_it(right, id, name, act, &BTreeSet::new()).await.0
}

/// Stops a container that removes itself then, together with these volumes: those that were agreed to.
pub async fn stop_with(right: &Right, id: &str, name: &str, volumes: &BTreeSet<String>) -> Audited {
    do_it(right, id, name, Act::Stop, volumes).await.0
}

/// The volumes that would go by themselves with these containers if they were stopped.
///
/// # Errors
/// When that cannot be found out, or when one of them is protected: then nothing may be stopped.
pub async fn takes(right: &Right, containers: &[Container]) -> Result<BTreeSet<String>, Trouble> {
    let mut volumes = BTreeSet::new();
    for container in containers.iter().filter(|container| container.state.is_live()) {
        volumes.extend(leaving(right, &container.id, &container.name).await?.unwrap_or_default());
    }
    Ok(volumes)
}

/// What goes when this container ends; nothing where it stays itself.
async fn leaving(right: &Right, id: &str, name: &str) -> Result<Option<Vec<String>>, Trouble> {
    let changes = right.changes()?;
    let summary = format!("'{name}' is not stopped");
    let Some(volumes) = changes.leaving(id).await.map_err(|error| error.trouble(&summary))? else {
        return Ok(None);
    };
    if volumes.is_empty() {
        return Ok(Some(volumes));
    }
    let protection = right.protection().await?;
    for volume in &volumes {
        let listed = changes.volume(volume).await.map_err(|error| error.trouble(&summary))?;
        if let Some(guard) = listed.and_then(|listed| protection.of(&listed)) {
            let cause =
                format!("it was run with --rm: volume '{volume}' would go with it, but is {}", guard.words());
            let remedy = format!("'volx unprotect {volume}' first, or let another container have the volume");
            return Err(Trouble::new(summary, cause).with_remedy(remedy));
        }
    }
    Ok(Some(volumes))
}

/// Does it; says also whether the container goes by itself then.
async fn do_it(right: &Right, id: &str, name: &str, act: Act, agreed: &BTreeSet<String>) -> (Audited, bool) {
    let leaving = if act == Act::Stop { leaving(right, id, name).await } else { Ok(None) };
    let (leaving, objection) = match leaving {
        Ok(leaving) => {
            let is_more = leaving.iter().flatten().any(|volume| !agreed.contains(volume));
            let objection = is_more.then(|| not_agreed(name, leaving.as_deref().unwrap_or_default()));
            (leaving, objection)
        }
        Err(trouble) => (None, Some(trouble)),
    };
    let mut details = Map::new();
    details.insert("id".to_owned(), id.into());
    let goes = leaving.is_some();
    if let Some(volumes) = leaving {
        details.insert("removes_itself".to_owned(), true.into());
        details.insert("volumes".to_owned(), json!(volumes));
    }
    let work = async {
        if let Some(objection) = objection {
            return Err(objection);
        }
        match right.changes()?.act(id, act).await {
            Ok(()) => Ok(()),
            // One that was run with --rm, or that somebody else removes, goes by itself.
            Err(error) if act == Act::Remove && is_going(&error) && gone_by_itself(right, id).await => Ok(()),
            Err(error) => {
                let trouble = error.trouble(&format!("'{name}' is not {}", act.done()));
                Err(without_secrets(right, trouble).await)
            }
        }
    };
    let action = format!("{}_container", act.name());
    (right.audited(&action, vec![name.to_owned()], details, work).await, goes)
}

fn not_agreed(name: &str, volumes: &[String]) -> Trouble {
    let cause = format!("it was run with --rm: the engine removes {} with it", volumes.join(", "));
    Trouble::new(format!("'{name}' is not stopped"), cause).with_remedy("agree to that, or leave it running")
}

/// Whether the engine says that somebody removes the container already.
fn is_going(error: &Error) -> bool {
    match error {
        Error::NotFound { .. } => true,
        Error::Refused { status: 409, message, .. } => message.contains("already in progress"),
        _ => false,
    }
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
        match take_away(right, container, &clearing.volumes, &mut unlogged).await {
            Ok(()) => {}
            Err(trouble) => return Audited { outcome: Err(trouble), unlogged },
        }
    }
    Audited { outcome: Ok(()), unlogged }
}

async fn take_away(
    right: &Right,
    shown: &Container,
    agreed: &BTreeSet<String>,
    unlogged: &mut Option<Trouble>,
) -> Result<(), Trouble> {
    let Some(now) = look(right, &shown.id).await.map_err(|error| stays(shown, &error))? else {
        return Ok(());
    };
    if now.state.is_live() {
        let (stopped, goes) = do_it(right, &now.id, &now.name, Act::Stop, agreed).await;
        *unlogged = stopped.unlogged.or(unlogged.take());
        stopped.outcome?;
        if goes && gone_by_itself(right, &now.id).await {
            return Ok(());
        }
    }
    if look(right, &now.id).await.map_err(|error| stays(shown, &error))?.is_none() {
        return Ok(());
    }
    let removed = act(right, &now.id, &now.name, Act::Remove).await;
    *unlogged = removed.unlogged.or(unlogged.take());
    removed.outcome
}

fn stays(shown: &Container, error: &Error) -> Trouble {
    error.trouble(&format!("'{}' was not removed", shown.name))
}

/// The container as it is now; nothing when it is gone. The id is its alone.
async fn look(right: &Right, id: &str) -> Result<Option<Container>, Error> {
    Ok(right.engine().list().await?.container(id).cloned())
}

/// Whether it goes within a while.
async fn gone_by_itself(right: &Right, id: &str) -> bool {
    let watching = async {
        while !matches!(look(right, id).await, Ok(None)) {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::time::timeout(GOING, watching).await.is_ok()
}

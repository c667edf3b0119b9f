//! What comes of a volume that the engine did not simply remove.

use std::time::{Duration, Instant};

use super::GLANCE;
use crate::domain::prune::Target;
use crate::domain::removal::{Outcome, Skip};
use crate::domain::secret::hidden;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Kind;
use crate::engine::Error;
use crate::engine::changes::Changes;

/// How long an engine that was lost may take to say what became of the volume.
const LOST_PATIENCE: Duration = Duration::from_secs(10);

/// The engine failed. Told to, it may have forgotten the volume all the same; and Podman fails where
/// somebody else removed it at the same time.
pub(super) async fn failed(
    changes: &dyn Changes,
    target: &Target,
    error: &Error,
    is_forced: bool,
) -> Outcome {
    match changes.volume(&target.volume.name).await {
        Ok(None) if is_forced => Outcome::Freed(None),
        Ok(None) if left_files(error) => {
            let summary = "the engine forgot it, but could not remove all its files".to_owned();
            Outcome::Failed(Trouble { summary, ..told(target, error) })
        }
        Ok(None) => Outcome::Skipped(Skip::Gone),
        _ => Outcome::Failed(told(target, error)),
    }
}

/// Podman forgets a volume before it removes the files; a new one of its name then has what is left of them.
/// [libpod `runtime_volume_common.go`, `removeVolume`; seen of 5.8]
fn left_files(error: &Error) -> bool {
    matches!(error, Error::Refused { message, .. } if message.contains("cleaning up volume storage"))
}

/// Containers have it; or nobody that the engine lists has, and only its own words are left.
pub(super) fn in_use(holders: Vec<String>, words: &str) -> Outcome {
    if holders.is_empty() {
        let trouble = Trouble::new("it was not removed", words)
            .with_remedy("no container of the list has it: a helper of volx, or one that is being removed");
        Outcome::Failed(trouble)
    } else {
        Outcome::Skipped(Skip::InUse(holders))
    }
}

/// It could not even be looked at; a driver that does not answer is what keeps an engine from that, and
/// then it forgets the volume by no force either.
pub(super) fn unseen(target: &Target, error: &Error) -> Trouble {
    let trouble = told(target, error);
    match error {
        Error::Refused { status: 500, .. } if target.volume.kind() == Kind::Plugin => trouble
            .with_remedy("its driver has to answer: start or install the driver, or restart the engine"),
        _ => trouble,
    }
}

pub(super) fn told(target: &Target, error: &Error) -> Trouble {
    let trouble = error.trouble("it was not removed");
    Trouble { cause: hidden(&trouble.cause, &target.volume.options).into_owned(), ..trouble }
}

/// The engine was lost while it was asked to remove a volume: it is asked what became of it.
pub(super) async fn after_loss(changes: &dyn Changes, target: &Target, error: &Error) -> Outcome {
    let began = Instant::now();
    while began.elapsed() < LOST_PATIENCE {
        match changes.volume(&target.volume.name).await {
            Ok(None) => return Outcome::Freed(target.frees),
            Ok(Some(_)) => return Outcome::Failed(told(target, error)),
            Err(_) => tokio::time::sleep(GLANCE).await,
        }
    }
    let trouble = Trouble::new("it is not known whether it was removed", error.to_string())
        .with_remedy("look when the engine is back");
    Outcome::Failed(trouble)
}

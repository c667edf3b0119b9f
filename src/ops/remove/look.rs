//! The last look at a volume before it is removed.
//!
//! Volumes that are removed one directly after the other are looked at a few at a time, while those
//! before them are being removed; a look that became old in the meantime counts for nothing.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tokio_util::task::AbortOnDropHandle;

use crate::domain::protection::Protection;
use crate::domain::prune::Target;
use crate::domain::removal::{Outcome, Skip};
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::engine::Error;
use crate::engine::changes::Changes;
use crate::ops::right::Right;

/// So many volumes are looked at together.
const AHEAD: usize = 16;
/// How old a look may be when the engine is asked to remove the volume. Whoever begins to use it after
/// that is found by the engine itself, which removes no volume that is in use.
pub(super) const FRESH: Duration = Duration::from_millis(100);

/// What was seen of volumes, and when the looking began.
pub(super) struct Glance {
    began: Instant,
    /// What keeps a volume from being removed, if anything does.
    pub(super) seen: VecDeque<(String, Option<Skip>)>,
}

/// Looks at volumes before their turn.
#[derive(Default)]
pub(super) struct Lookout {
    now: Option<Glance>,
    next: Option<AbortOnDropHandle<Glance>>,
}

impl Lookout {
    /// What was seen of the first of these volumes, and when, lately enough; nothing when nobody looked.
    /// Those after it are looked at meanwhile.
    pub(super) async fn seen(
        &mut self,
        right: &Right,
        targets: &[Target],
    ) -> Option<(Instant, Option<Skip>)> {
        let target = targets.first()?;
        if self.now.as_ref().is_none_or(|glance| glance.seen.is_empty()) {
            self.now = match self.next.take() {
                Some(next) => next.await.ok(),
                None => None,
            };
        }
        let known = self.now.as_ref().map_or(0, |glance| glance.seen.len()).max(1);
        let ahead = targets.get(known..).unwrap_or_default();
        if self.next.is_none() && !ahead.is_empty() {
            let (right, ahead) = (right.clone(), ahead.iter().take(AHEAD).cloned().collect());
            self.next = Some(AbortOnDropHandle::new(tokio::spawn(glance(right, ahead))));
        }
        let glance = self.now.as_mut()?;
        // Those before it had no need of a look.
        let at = glance.seen.iter().position(|(name, _)| *name == target.volume.name)?;
        let (_, seen) = glance.seen.drain(..=at).next_back()?;
        (glance.began.elapsed() < FRESH).then_some((glance.began, seen))
    }
}

/// A look at several volumes. It ends at the first failure: whoever looks at that volume alone meets it
/// again, and tells it.
pub(super) async fn glance(right: Right, targets: Vec<Target>) -> Glance {
    let mut glance = Glance { began: Instant::now(), seen: VecDeque::new() };
    let Ok(changes) = right.changes() else { return glance };
    let Ok(ties) = Ties::read(&right, changes, &targets).await else { return glance };
    for target in &targets {
        let Ok(volume) = changes.volume(&target.volume.name).await else { break };
        let seen = match is_it(&right, target, volume) {
            Ok(volume) => ties.keep(&volume),
            Err(skip) => Some(skip),
        };
        glance.seen.push_back((target.volume.name.clone(), seen));
    }
    glance
}

/// What keeps the volume from being removed now, if anything does.
pub(super) async fn look(
    right: &Right,
    changes: &dyn Changes,
    target: &Target,
) -> Result<Option<Outcome>, Error> {
    let these = std::slice::from_ref(target);
    let (volume, ties) = tokio::join!(changes.volume(&target.volume.name), Ties::read(right, changes, these));
    let volume = match is_it(right, target, volume?) {
        Ok(volume) => volume,
        Err(skip) => return Ok(Some(Outcome::Skipped(skip))),
    };
    match ties {
        Ok(ties) => Ok(ties.keep(&volume).map(Outcome::Skipped)),
        Err(Unread::Protection(trouble)) => Ok(Some(Outcome::Failed(trouble))),
        Err(Unread::Engine(error)) => Err(error),
    }
}

/// Whether it is the volume that was shown.
fn is_it(right: &Right, target: &Target, volume: Option<Volume>) -> Result<Volume, Skip> {
    let volume = volume.ok_or(Skip::Gone)?;
    let is_created_stable = right.engine().info().capabilities.created_is_stable;
    match target.difference(&volume, is_created_stable) {
        Some(how) => Err(Skip::Changed(how.to_string())),
        None => Ok(volume),
    }
}

/// What may keep volumes.
struct Ties {
    protection: Protection,
    holders: BTreeMap<String, Vec<String>>,
    services: BTreeMap<String, Vec<String>>,
}

enum Unread {
    Protection(Trouble),
    Engine(Error),
}

impl Ties {
    async fn read(right: &Right, changes: &dyn Changes, targets: &[Target]) -> Result<Self, Unread> {
        let names: Vec<&str> = targets.iter().map(|target| target.volume.name.as_str()).collect();
        let (holders, services, protection) =
            tokio::join!(changes.holders_of(&names), changes.services_of(&names), right.protection());
        let protection = protection.map_err(Unread::Protection)?;
        let (holders, services) = (holders.map_err(Unread::Engine)?, services.map_err(Unread::Engine)?);
        Ok(Self { protection, holders, services })
    }

    fn keep(&self, volume: &Volume) -> Option<Skip> {
        if let Some(guard) = self.protection.of(volume) {
            return Some(Skip::Protected(guard.words()));
        }
        if let Some(holders) = self.holders.get(&volume.name) {
            return Some(Skip::InUse(holders.clone()));
        }
        // Its tasks need not run here now, and want their volume when they do.
        self.services.get(&volume.name).map(|services| Skip::Service(services.clone()))
    }
}

//! The part of a survey that helper containers do.

use std::time::Duration;

use futures_util::future::{BoxFuture, join};
use futures_util::stream;
use futures_util::{FutureExt, StreamExt};

use super::{AT_ONCE, News, Survey, Tried, helper_way, measured};
use crate::access::content::Error;
use crate::access::helper::{Helper, Rights};
use crate::access::walk::Progress;
use crate::domain::status::Status;
use crate::domain::usage::Method;
use crate::domain::volume::{Kind, Volume};

/// Plain volumes that one helper measures: starting one costs as much as walking 100,000 files.
const BATCH: usize = 64;
/// After so long without a new entry a volume is given up.
const STALLED: Duration = Duration::from_secs(60);

impl Survey {
    /// Measures what is left by helpers: plain volumes many at once, the others one by one, since
    /// one that cannot be mounted spoils its whole container.
    pub(super) async fn by_helpers(&self) {
        let open = helper_way(&self.engine);
        if let Err(why) = open {
            while let Some(volume) = self.queue.pop() {
                self.take(volume.name.clone(), Tried::Closed(volume, why.clone())).await;
            }
        } else {
            join(self.plain_ones(), self.mounted_ones()).await;
        }
        self.next_way();
    }

    async fn plain_ones(&self) {
        let mut last_failure = None;
        loop {
            let batch = self.queue.take(BATCH, |volume| volume.kind() == Kind::Plain);
            if batch.is_empty() {
                return;
            }
            self.groups(batch, &mut last_failure).await;
        }
    }

    /// A volume that its group's failure names is left out; where none is named, the group is halved:
    /// one volume that vanished spoils no other. The same failure twice is the engine's, and no
    /// group's.
    async fn groups(&self, batch: Vec<Volume>, last_failure: &mut Option<String>) {
        let mut groups = vec![batch];
        while let Some(mut group) = groups.pop() {
            let running: Vec<_> = group.iter().map(|v| self.queue.begin(&v.name)).collect();
            let failure = match Helper::start(&self.engine, &group, Rights::Read).await {
                Ok(helper) => {
                    let scans: Vec<BoxFuture<'_, ()>> = (0_u16..)
                        .zip(group.iter().zip(&running))
                        .map(|(root, (volume, running))| {
                            self.scan_one(&helper, root, volume, &running.progress).boxed()
                        })
                        .collect();
                    stream::iter(scans).buffer_unordered(AT_ONCE).collect::<()>().await;
                    continue;
                }
                Err(failure) => {
                    if let Some(culprit) = failure.culprit(&group) {
                        let volume = group.remove(culprit);
                        self.take(volume.name.clone(), Tried::Closed(volume, failure.to_string())).await;
                        groups.extend((!group.is_empty()).then_some(group));
                        continue;
                    }
                    failure.to_string()
                }
            };
            let is_everywhere = last_failure.as_ref() == Some(&failure);
            if group.len() > 1 && !is_everywhere {
                let rest = group.split_off(group.len() / 2);
                groups.extend([rest, group]);
                *last_failure = Some(failure);
                continue;
            }
            for volume in group {
                self.take(volume.name.clone(), Tried::Closed(volume, failure.clone())).await;
            }
            *last_failure = Some(failure);
        }
    }

    async fn mounted_ones(&self) {
        let work = || async {
            while let Some(volume) = self.queue.take(1, |volume| volume.kind() != Kind::Plain).pop() {
                let running = self.queue.begin(&volume.name);
                if volume.kind() == Kind::Tmpfs && !self.is_in_use(&volume.name).await {
                    // What would be mounted for us is new, and gone with us.
                    let why = "it is memory: it holds nothing until a container runs with it".to_owned();
                    self.take(volume.name, Tried::Settled(Err(why))).await;
                    continue;
                }
                let tried =
                    match Helper::start(&self.engine, std::slice::from_ref(&volume), Rights::Read).await {
                        Ok(helper) => self.scan(&helper, 0, &volume, &running.progress).await,
                        Err(error) => Tried::Closed(volume.clone(), error.to_string()),
                    };
                self.take(volume.name, tried).await;
            }
        };
        join(work(), work()).await;
    }

    /// Whether a running container has the volume now.
    async fn is_in_use(&self, name: &str) -> bool {
        let listed = self.engine.list().await;
        listed.is_ok_and(|inventory| {
            inventory.position(name).is_some_and(|at| inventory.status(at) == Status::InUse)
        })
    }

    async fn scan_one(&self, helper: &Helper, root: u16, volume: &Volume, progress: &Progress) {
        let tried = self.scan(helper, root, volume, progress).await;
        self.take(volume.name.clone(), tried).await;
    }

    async fn scan(&self, helper: &Helper, root: u16, volume: &Volume, progress: &Progress) -> Tried {
        let scanned = tokio::select! {
            scanned = helper.scan(root, progress) => scanned,
            () = stalled(progress) => {
                let seconds = STALLED.as_secs();
                return Tried::Closed(volume.clone(), format!("nothing of it was read for {seconds} seconds"));
            }
        };
        match scanned {
            Ok(scanned) => {
                if let Some(backing) = scanned.backing.filter(|_| volume.kind() == Kind::Plain) {
                    self.tell(News::Backing(backing)).await;
                }
                Tried::Settled(Ok(measured(scanned.walked, Method::Helper, jiff::Timestamp::now())))
            }
            Err(Error::Cancelled) if progress.is_over_limit() => Tried::Settled(Err(Self::over_limit())),
            Err(error) => Tried::Closed(volume.clone(), error.to_string()),
        }
    }
}

/// Waits until nothing new was seen for long: the file system's server is gone.
async fn stalled(progress: &Progress) {
    let mut seen = progress.seen();
    loop {
        tokio::time::sleep(STALLED).await;
        let now = progress.seen();
        if now == seen {
            return;
        }
        seen = now;
    }
}

//! Backups and jobs, made up: the demo has no files that could be kept. What is asked for is answered
//! as the watcher answers it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use volx::domain::creation::NewVolume;
use volx::domain::job::{Job, JobId, JobKind, JobState, Progress};
use volx::domain::keep::{Discarded, KeepAsk, KeepNews, Kept, Writers};
use volx::domain::live::Observation;
use volx::domain::prune::Room;
use volx::domain::volume::Volume;
use volx::engine::Engine;

use super::{Stage, now};

/// The folder of the backups.
pub const FOLDER: &str = "/home/anna/volx-backups";

/// The name that the demo gives itself.
const ENGINE: &str = "demo-host";

/// What there is.
#[derive(Debug, Default)]
pub struct Keeping {
    pub kept: Vec<Kept>,
    /// What was removed and can be brought back.
    pub trash: Vec<Discarded>,
    /// The room that the trash has.
    pub room: Room,
    has_trash: bool,
    jobs: BTreeMap<u64, Job>,
}

/// A backup of a volume, so many hours ago.
pub fn kept(volume: &str, hours: i64, bytes: u64) -> Kept {
    let at = now() - SignedDuration::from_hours(hours);
    let stamp = at.strftime("%Y%m%dT%H%M%SZ");
    Kept {
        path: PathBuf::from(format!("{FOLDER}/{volume}-{stamp}.tar.zst")),
        volume: volume.to_owned(),
        at,
        bytes,
        content: Some(bytes * 3),
        entries: Some(1204),
        taken: Some("unused".to_owned()),
        engine: Some(ENGINE.to_owned()),
        access: Some("direct".to_owned()),
        losses: Vec::new(),
        masked: Vec::new(),
        proven: Some((at, "read back".to_owned())),
        trouble: None,
    }
}

#[allow(dead_code, reason = "each test crate uses its part")]
impl Stage {
    /// From now on everything is offered, with a few backups in the folder.
    pub fn keep(&mut self) {
        self.keeping.kept = vec![
            kept("shop_postgres-data", 3, 1_420_000_000),
            Kept {
                taken: Some("live".to_owned()),
                proven: None,
                ..kept("nextcloud_data", 26, 48_700_000_000)
            },
            Kept {
                access: Some("archive".to_owned()),
                losses: vec![
                    "extended attributes and ACLs".to_owned(),
                    "times finer than a second".to_owned(),
                ],
                proven: Some((now() - SignedDuration::from_hours(30), "restored".to_owned())),
                ..kept("shop_postgres-data", 75, 1_390_000_000)
            },
            Kept {
                masked: vec!["o".to_owned()],
                content: Some(0),
                entries: Some(1),
                ..kept("media-share", 400, 2_100)
            },
            Kept {
                trouble: Some("it is not whole: it ends before its index".to_owned()),
                proven: None,
                content: None,
                entries: None,
                taken: None,
                engine: None,
                access: None,
                ..kept("wiki", 900, 12_000)
            },
        ];
        self.offer();
    }

    /// From now on what is removed can be brought back.
    pub fn offer_undo(&mut self, limit: Option<u64>) {
        let place = "/home/anna/.local/state/volx/trash".to_owned();
        self.keeping.room = Room { place, limit, is_same_disk: Some(true), ..Room::default() };
        self.keeping.has_trash = true;
        self.offer();
    }

    /// A volume of a plan was removed: it goes to the trash.
    pub(super) fn discard(&mut self, volume: &Volume, bytes: u64) {
        let id = i64::try_from(self.keeping.trash.len()).expect("few") + 1;
        self.keeping.trash.insert(
            0,
            Discarded {
                id,
                action: 7,
                verb: "rm".to_owned(),
                at: now(),
                volume: volume.clone(),
                path: None,
                bytes,
                root: None,
            },
        );
    }

    /// From now on everything is offered.
    pub fn offer(&mut self) {
        let undo = self.keeping.has_trash.then_some(JobKind::Undo);
        let all = [
            JobKind::Backup,
            JobKind::Verify,
            JobKind::Restore,
            JobKind::Clone,
            JobKind::Rename,
            JobKind::Delete,
        ];
        self.kept(KeepNews::Offered(all.into_iter().chain(undo).collect()));
    }

    /// Tells news.
    pub fn kept(&mut self, news: KeepNews) {
        self.observe(Observation::Kept(news));
    }

    /// Tells how a job is.
    pub fn job(&mut self, id: u64, kind: JobKind, title: &str, state: JobState) {
        let job = Job {
            id: JobId(id),
            kind,
            title: title.to_owned(),
            state,
            progress: Progress {
                bytes: 420_000_000,
                total: Some(1_000_000_000),
                entries: 512,
                since: None,
                step: "packing",
                part: Some((1, 2)),
                volumes: None,
            },
            began_at: now() - SignedDuration::from_secs(10),
        };
        self.keeping.jobs.insert(id, job.clone());
        self.kept(KeepNews::Job(job));
    }

    /// Tells that a job is at a step.
    pub fn job_at(&mut self, id: u64, kind: JobKind, title: &str, step: &'static str) {
        self.job(id, kind, title, JobState::Running);
        let mut job = self.keeping.jobs[&id].clone();
        (job.progress.step, job.progress.part) = (step, None);
        self.kept(KeepNews::Job(job));
    }

    /// What was asked for so far.
    pub fn asked_to_keep(&self) -> Vec<&KeepAsk> {
        use volx::app::message::Effect;
        let mut asked = Vec::new();
        for effect in &self.effects {
            if let Effect::Keep(ask) = effect {
                asked.push(ask);
            }
        }
        asked
    }

    /// A volume has another name by now.
    pub fn renamed(&mut self, from: &str, to: &str) {
        let changes = self.demo.changes().expect("the demo may be changed");
        let wanted = NewVolume { name: to.to_owned(), ..NewVolume::default() };
        super::block_on(changes.make_volume(&wanted)).expect("made");
        super::block_on(changes.remove_volume(from, false)).expect("removed");
        self.list();
    }

    pub(super) fn answer_keeping(&mut self, ask: KeepAsk) {
        let next = self.keeping.jobs.keys().max().copied().unwrap_or(0) + 1;
        match ask {
            KeepAsk::List => {
                let kept = Arc::new(self.keeping.kept.clone());
                self.kept(KeepNews::Backups(Ok((PathBuf::from(FOLDER), kept))));
            }
            KeepAsk::BackUp { names, writers, .. } => {
                for (name, id) in names.iter().zip(next..) {
                    let taken = if writers == Writers::Live { "live" } else { "paused" };
                    let new = Kept { taken: Some(taken.to_owned()), ..kept(name, 0, 1000) };
                    self.keeping.kept.insert(0, new);
                    self.job(id, JobKind::Backup, name, JobState::Done("1.0 kB, read back".to_owned()));
                }
            }
            KeepAsk::Verify { paths, restoring } => {
                let how = if restoring { "restored" } else { "read back" };
                for kept in self.keeping.kept.iter_mut().filter(|kept| paths.contains(&kept.path)) {
                    kept.proven = Some((now(), how.to_owned()));
                }
                self.job(next, JobKind::Verify, "it", JobState::Done(format!("{how}, nothing wrong")));
            }
            KeepAsk::Restore { name, .. } => {
                self.job(next, JobKind::Restore, &name, JobState::Done("1204 entries".to_owned()));
            }
            KeepAsk::Replace { name, .. } => {
                let text = "1204 entries, 4.3 GB, direct way; what it was is kept".to_owned();
                self.job(next, JobKind::Restore, &name, JobState::Done(text));
            }
            KeepAsk::Delete { paths } => {
                self.keeping.kept.retain(|kept| !paths.contains(&kept.path));
                let title = format!("{} backups", paths.len());
                self.job(next, JobKind::Delete, &title, JobState::Done("done".to_owned()));
            }
            KeepAsk::Clone { from, to } => {
                let done = JobState::Done("1204 entries copied and compared".to_owned());
                self.job(next, JobKind::Clone, &format!("{from} to {to}"), done);
            }
            KeepAsk::Rename { from, to } => {
                self.renamed(&from, &to);
                let done = JobState::Done("1204 entries copied and compared".to_owned());
                self.job(next, JobKind::Rename, &format!("{from} to {to}"), done);
            }
            KeepAsk::Cancel(JobId(id)) => {
                if let Some(job) = self.keeping.jobs.get(&id).cloned() {
                    self.kept(KeepNews::Job(Job { state: JobState::Cancelled, ..job }));
                }
            }
            KeepAsk::Trash => {
                self.kept(KeepNews::Trash(Ok(Arc::new(self.keeping.trash.clone()))));
                self.kept(KeepNews::Room(Box::new(self.keeping.room.clone())));
            }
            KeepAsk::Empty(ids) => {
                self.keeping.trash.retain(|row| !ids.contains(&row.id));
                let done = JobState::Done(format!("{} volumes dropped for good", ids.len()));
                self.job(next, JobKind::Empty, "the trash", done);
            }
            KeepAsk::BringBack { id, name } => {
                self.keeping.trash.retain(|row| row.id != id);
                let changes = self.demo.changes().expect("the demo may be changed");
                let wanted = NewVolume { name: name.clone(), ..NewVolume::default() };
                super::block_on(changes.make_volume(&wanted)).expect("made");
                self.list();
                self.job(next, JobKind::Undo, &name, JobState::Done(format!("{name} back")));
            }
            KeepAsk::Undo { names, what, .. } => {
                for back in std::mem::take(&mut self.keeping.trash) {
                    let Volume { name, driver, options, labels, .. } = back.volume;
                    let name = names.get(&name).cloned().unwrap_or(name);
                    let changes = self.demo.changes().expect("the demo may be changed");
                    let wanted = NewVolume { name, driver, options, labels };
                    super::block_on(changes.make_volume(&wanted)).expect("made");
                }
                self.list();
                self.job(next, JobKind::Undo, &what, JobState::Done("1 back".to_owned()));
            }
        }
    }
}

//! Jobs that are under way or were, backups that are there, and the trash.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::age::ago;
use crate::domain::job::{Job, JobId, JobKind, JobState, READING_BACK};
use crate::domain::keep::{Discarded, KeepNews, Kept, Renamed};
use crate::domain::prune::Room;
use crate::domain::remote::Remote;
use crate::domain::text::clean;
use crate::domain::trouble::Trouble;

/// How many jobs that are over are kept for reading.
const OVER: usize = 50;

/// What the screen knows of jobs and of what they keep.
#[derive(Debug, Default)]
pub struct Jobs {
    /// What can be done here at all.
    pub offered: BTreeSet<JobKind>,
    /// The name of the engine: another one's volumes are others, whatever their names.
    pub engine: String,
    /// The jobs, the newest last.
    pub all: Vec<Job>,
    /// The folder of the backups.
    pub folder: Option<PathBuf>,
    /// The backups, the newest first.
    pub backups: Remote<Arc<Vec<Kept>>>,
    /// The trash, what was removed last first.
    pub trash: Remote<Arc<Vec<Discarded>>>,
    /// The renamings that can be taken back, the last first.
    pub renamings: Vec<Renamed>,
    /// What room it has.
    pub room: Option<Box<Room>>,
}

impl Jobs {
    /// Those that are not over.
    pub fn open(&self) -> impl Iterator<Item = &Job> {
        self.all.iter().filter(|job| job.is_open())
    }

    /// All of them, those that are not over first, then the newest.
    #[must_use]
    pub fn listed(&self) -> Vec<&Job> {
        let mut jobs: Vec<&Job> = self.all.iter().rev().collect();
        jobs.sort_by_key(|job| !job.is_open());
        jobs
    }

    /// The job of this number.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.all.iter().find(|job| job.id == id)
    }

    /// The backups as far as they are known, the newest first.
    #[must_use]
    pub fn kept(&self) -> &[Kept] {
        self.backups.value().map_or(&[], |kept| kept.as_slice())
    }

    /// The backups of a volume of this name, the newest first.
    pub fn of<'a>(&'a self, volume: &'a str) -> impl Iterator<Item = &'a Kept> {
        let is_here = |kept: &&Kept| kept.engine.as_ref().is_none_or(|engine| *engine == self.engine);
        self.kept().iter().filter(move |kept| kept.volume == volume).filter(is_here)
    }

    /// The newest usable backup of a volume in a few words; nothing where the backups are not known.
    #[must_use]
    pub fn last_words(&self, volume: &str, now: Timestamp) -> Option<String> {
        self.backups.value()?;
        let last = self.of(volume).find(|kept| kept.trouble.is_none());
        Some(last.map_or_else(
            || "none".to_owned(),
            |kept| format!("{}, {}", ago(now, kept.at), self.proven_words(kept, now)),
        ))
    }

    /// Whether this backup is being read back at this moment.
    #[must_use]
    pub fn is_being_read(&self, kept: &Kept) -> bool {
        let file = kept.path.file_name().unwrap_or_default().to_string_lossy();
        self.open().filter(|job| job.state == JobState::Running).any(|job| match job.kind {
            JobKind::Verify => job.title == clean(&file),
            JobKind::Backup => {
                job.progress.step == READING_BACK
                    && job.title == clean(&kept.volume)
                    && kept.at.as_second() >= job.began_at.as_second()
            }
            _ => false,
        })
    }

    /// When a backup was proven last, and how; of one that never was, whether that is being done.
    #[must_use]
    pub fn proven_words(&self, kept: &Kept, now: Timestamp) -> String {
        if kept.proven.is_none() && self.is_being_read(kept) {
            return "being read back now".to_owned();
        }
        kept.proven_words(now)
    }

    /// Whether there is a backup of a volume of this name that was proven.
    #[must_use]
    pub fn is_proven(&self, volume: &str) -> bool {
        self.of(volume).any(|kept| kept.trouble.is_none() && kept.proven.is_some())
    }

    /// Takes in news; what has to be told at once is the answer.
    pub fn take(&mut self, news: KeepNews, now: Timestamp) -> Option<Trouble> {
        match news {
            KeepNews::Offered(kinds) => self.offered = kinds,
            KeepNews::Job(job) => self.take_job(job),
            KeepNews::Backups(Ok((folder, backups))) => {
                self.folder = Some(folder);
                self.backups.answered(backups, now);
            }
            KeepNews::Backups(Err(trouble)) => self.backups.failed(trouble),
            KeepNews::Trash(Ok(trash)) => self.trash.answered(trash, now),
            KeepNews::Trash(Err(trouble)) => self.trash.failed(trouble),
            KeepNews::Renamings(renamings) => self.renamings = renamings,
            KeepNews::Room(room) => self.room = Some(room),
            // It is said, and changes nothing here.
            KeepNews::Settled(_) => {}
            KeepNews::Refused(trouble) => return Some(trouble),
        }
        None
    }

    fn take_job(&mut self, job: Job) {
        match self.all.iter_mut().find(|known| known.id == job.id) {
            Some(known) => *known = job,
            None => self.all.push(job),
        }
        let over = self.all.iter().filter(|job| !job.is_open()).count();
        if over > OVER
            && let Some(oldest) = self.all.iter().position(|job| !job.is_open())
        {
            self.all.remove(oldest);
        }
    }
}

//! Jobs that are under way or were, backups that are there, and the trash.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::job::Job;
use crate::domain::keep::{Discarded, KeepNews, Kept};
use crate::domain::remote::Remote;
use crate::domain::trouble::Trouble;
use jiff::Timestamp;

/// How many jobs that are over are kept for reading.
const OVER: usize = 50;

/// What the screen knows of jobs and of what they keep.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The jobs, the newest last.
    pub all: Vec<Job>,
    /// The folder of the backups.
    pub folder: Option<PathBuf>,
    /// The backups, the newest first.
    pub backups: Remote<Arc<Vec<Kept>>>,
    /// The trash, what was removed last first.
    pub trash: Remote<Arc<Vec<Discarded>>>,
}

impl Jobs {
    /// Those that are not over.
    pub fn open(&self) -> impl Iterator<Item = &Job> {
        self.all.iter().filter(|job| job.is_open())
    }

    /// Takes in news; what has to be told at once is the answer.
    pub fn take(&mut self, news: KeepNews, now: Timestamp) -> Option<Trouble> {
        match news {
            KeepNews::Job(job) => self.take_job(job),
            KeepNews::Backups(Ok((folder, backups))) => {
                self.folder = Some(folder);
                self.backups.answered(backups, now);
            }
            KeepNews::Backups(Err(trouble)) => self.backups.failed(trouble),
            KeepNews::Trash(Ok(trash)) => self.trash.answered(trash, now),
            KeepNews::Trash(Err(trouble)) => self.trash.failed(trouble),
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

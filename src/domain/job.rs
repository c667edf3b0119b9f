//! Work that takes its time: what it is, how far it is, how it ended.

use jiff::Timestamp;

use super::trouble::Trouble;

/// Which job, counted from 1 in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    /// A backup is made.
    Backup,
    /// A backup is read back.
    Verify,
    /// A volume is made of a backup.
    Restore,
    /// A volume is copied.
    Clone,
    /// A volume gets another name.
    Rename,
    /// What was removed is brought back.
    Undo,
    /// Something of the trash goes for good.
    Empty,
    /// Backups are deleted.
    Delete,
}

impl JobKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Verify => "verify",
            Self::Restore => "restore",
            Self::Clone => "clone",
            Self::Rename => "rename",
            Self::Undo => "undo",
            Self::Empty => "emptying",
            Self::Delete => "deletion",
        }
    }
}

/// What stands between two names in a title.
pub const TO: &str = " to ";

/// The step of a backup that proves it.
pub const READING_BACK: &str = "reading back";

/// How far it is. It is all done only when the job says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of content done.
    pub bytes: u64,
    /// Of so many, where that is known.
    pub total: Option<u64>,
    /// Entries done.
    pub entries: u64,
    /// What it is at, in a few words: `packing`, `reading back`.
    pub step: &'static str,
    /// Which of its steps that is, and how many there are, where they were told: each counts anew.
    pub part: Option<(usize, usize)>,
    /// How many volumes are done, and of how many, where there are several.
    pub volumes: Option<(u64, u64)>,
    /// When that began, where it was told: bytes are counted from there.
    pub since: Option<Timestamp>,
}

impl Progress {
    /// The step, which of how many it is, or how many volumes are done: `reading back 2/2`,
    /// `bringing back, 3 of 40`.
    #[must_use]
    pub fn step_words(&self) -> String {
        match (self.part, self.volumes) {
            (Some((at, of)), _) => format!("{} {at}/{of}", self.step),
            (None, Some((done, of))) => format!("{}, {done} of {of}", self.step),
            (None, None) => self.step.to_owned(),
        }
    }

    /// The done part of the whole in thousandths; never all of it before the job says so.
    #[must_use]
    pub fn share(&self) -> Option<u64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((u128::from(self.bytes) * 1000 / u128::from(total)).min(999) as u64)
    }

    /// Of so many bytes it is, unless it has proven to be more.
    #[must_use]
    pub fn of(&self) -> Option<u64> {
        self.total.filter(|total| *total >= self.bytes)
    }

    /// Bytes a second since a moment; nothing before a second is over.
    #[must_use]
    pub fn rate(&self, since: Timestamp, now: Timestamp) -> Option<u64> {
        let millis = u64::try_from(now.as_millisecond() - since.as_millisecond()).ok()?;
        (millis >= 1000).then(|| self.bytes.saturating_mul(1000) / millis)
    }

    /// Seconds left at the rate since a moment; nothing where it is not known how much there is.
    #[must_use]
    pub fn left(&self, since: Timestamp, now: Timestamp) -> Option<u64> {
        let rate = self.rate(since, now).filter(|rate| *rate > 0)?;
        Some((self.of()? - self.bytes) / rate)
    }
}

/// How a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Others come first.
    Waiting,
    /// It is under way.
    Running,
    /// It is done; what came of it, in a sentence.
    Done(String),
    /// It failed.
    Failed(Trouble),
    /// It was told to end.
    Cancelled,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// What.
    pub kind: JobKind,
    /// With what: a volume or a file, made safe to show.
    pub title: String,
    /// How it is.
    pub state: JobState,
    /// How far it is.
    pub progress: Progress,
    /// When it began.
    pub began_at: Timestamp,
}

impl Job {
    /// Whether it may still change.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Running)
    }

    /// The volume that it makes or fills, where it is one.
    #[must_use]
    pub fn made(&self) -> Option<&str> {
        match self.kind {
            JobKind::Restore => Some(&self.title),
            // No name of a volume has a space in it.
            JobKind::Clone | JobKind::Rename => self.title.rsplit_once(TO).map(|(_, to)| to),
            _ => None,
        }
    }

    /// Bytes a second so far; nothing before a second is over.
    #[must_use]
    pub fn rate(&self, now: Timestamp) -> Option<u64> {
        self.progress.rate(self.since(), now)
    }

    /// Seconds left at the rate so far.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<u64> {
        self.progress.left(self.since(), now)
    }

    /// When what it counts began.
    fn since(&self) -> Timestamp {
        self.progress.since.unwrap_or(self.began_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_not_done_before_it_says_so() {
        let progress = Progress { bytes: 2000, total: Some(1000), ..Progress::default() };
        assert_eq!(progress.share(), Some(999));
        assert_eq!(Progress::default().share(), None);
        let began_at = Timestamp::from_second(100).expect("in range");
        let job = Job {
            id: JobId(1),
            kind: JobKind::Backup,
            title: "db".to_owned(),
            state: JobState::Running,
            progress: Progress { bytes: 500, total: Some(1500), ..Progress::default() },
            began_at,
        };
        let at = |second| Timestamp::from_second(second).expect("in range");
        assert_eq!(job.rate(at(100)), None, "nothing is said before a second is over");
        assert_eq!((job.rate(at(105)), job.left(at(105))), (Some(100), Some(10)));
        assert_eq!(job.rate(at(90)), None, "a clock that was set back");
        let second = Progress { since: Some(at(104)), ..job.progress };
        let second = Job { progress: second, ..job };
        assert_eq!(
            (second.rate(at(109)), second.left(at(109))),
            (Some(100), Some(10)),
            "from its own beginning"
        );
        let more = Progress { bytes: 2000, ..second.progress };
        assert_eq!((more.of(), more.left(at(104), at(109))), (None, None), "it is more than was measured");
    }
}

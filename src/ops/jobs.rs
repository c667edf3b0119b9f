//! Work that takes its time, for the screen: a few at once, told as it goes on, ended when asked to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::work::Work;
use crate::domain::job::{Job, JobId, JobKind, JobState};
use crate::domain::keep::KeepNews;
use crate::domain::live::Observation;
use crate::domain::text::clean;
use crate::domain::trouble::Trouble;

/// So many jobs are under way at once; the others wait.
const AT_ONCE: usize = 2;
/// How often it is told how far a job is.
const PACE: Duration = Duration::from_millis(250);

struct Running {
    work: Arc<Work>,
    end: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn cancel(&self) {
        self.work.cancel();
        self.end.cancel();
    }
}

/// The jobs of one run of volx.
pub struct Jobs {
    next: AtomicU64,
    permits: Arc<Semaphore>,
    running: Mutex<BTreeMap<JobId, Running>>,
}

impl Default for Jobs {
    fn default() -> Self {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        Self { next: AtomicU64::new(1), permits, running: Mutex::default() }
    }
}

impl Jobs {
    /// Begins a job, as soon as it has its turn. What `doing` answers is told as what came of it;
    /// `work` says how far it is, and ends it.
    pub fn begin<F>(
        &self,
        (kind, title): (JobKind, &str),
        work: Arc<Work>,
        out: mpsc::Sender<Observation>,
        doing: F,
    ) -> JobId
    where
        F: Future<Output = Result<String, Trouble>> + Send + 'static,
    {
        let id = JobId(self.next.fetch_add(1, Ordering::Relaxed));
        let job = Job {
            id,
            kind,
            title: clean(title).into_owned(),
            state: JobState::Waiting,
            progress: work.progress(),
            began_at: Timestamp::now(),
        };
        let end = CancellationToken::new();
        let turn = Turn { permits: Arc::clone(&self.permits), end: end.clone() };
        let task = tokio::spawn(run(job, Arc::clone(&work), turn, out, doing));
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, job| !job.task.is_finished());
        running.insert(id, Running { work, end, task });
        id
    }

    /// Ends a job as soon as it can be ended.
    pub fn cancel(&self, id: JobId) {
        if let Some(job) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            job.cancel();
        }
    }

    /// Ends all of them and waits until each has put things in order.
    pub async fn close(&self) {
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        for job in running.values() {
            job.cancel();
        }
        for job in running.into_values() {
            // It broke: there is nothing to wait for.
            let _ = job.task.await;
        }
    }
}

/// What a job waits for.
struct Turn {
    permits: Arc<Semaphore>,
    end: CancellationToken,
}

async fn run<F>(mut job: Job, work: Arc<Work>, turn: Turn, out: mpsc::Sender<Observation>, doing: F)
where
    F: Future<Output = Result<String, Trouble>> + Send + 'static,
{
    tell(&out, &job).await;
    let permit = tokio::select! {
        biased;
        () = turn.end.cancelled() => None,
        permit = turn.permits.acquire() => permit.ok(),
    };
    if permit.is_none() {
        job.state = JobState::Cancelled;
        return tell(&out, &job).await;
    }
    job.state = JobState::Running;
    job.began_at = Timestamp::now();
    let mut doing = std::pin::pin!(doing);
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let outcome = loop {
        tokio::select! {
            outcome = &mut doing => break outcome,
            _ = pace.tick() => {
                job.progress = work.progress();
                // Nobody may look any more; what was begun is ended all the same.
                drop(out.try_send(Observation::Kept(KeepNews::Job(job.clone()))));
            }
        }
    };
    job.progress = work.progress();
    job.state = match outcome {
        Ok(words) => JobState::Done(words),
        // What could not be put in order has to be told.
        Err(trouble) if work.is_cancelled() && trouble.remedy.is_none() => JobState::Cancelled,
        Err(trouble) => JobState::Failed(trouble),
    };
    tell(&out, &job).await;
}

async fn tell(out: &mpsc::Sender<Observation>, job: &Job) {
    // Nobody may look any more; what was begun is ended all the same.
    let _ = out.send(Observation::Kept(KeepNews::Job(job.clone()))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn states(news: &mut mpsc::Receiver<Observation>, id: JobId) -> Vec<JobState> {
        let mut states = Vec::new();
        while let Some(Observation::Kept(KeepNews::Job(job))) = news.recv().await {
            if job.id != id {
                continue;
            }
            let is_open = job.is_open();
            if states.last() != Some(&job.state) {
                states.push(job.state);
            }
            if !is_open {
                break;
            }
        }
        states
    }

    /// Work that lasts until it is told to end.
    fn lasting(work: &Arc<Work>, trouble: Trouble) -> impl Future<Output = Result<String, Trouble>> + use<> {
        let progress = work.begin("packing", None);
        async move {
            progress.cancelled().await;
            Err(trouble)
        }
    }

    #[tokio::test]
    async fn a_job_is_told_from_its_beginning_to_its_end() {
        let (out, mut news) = mpsc::channel(100);
        let jobs = Jobs::default();
        let doing = async { Ok("10 bytes".to_owned()) };
        let id = jobs.begin((JobKind::Backup, "db"), Arc::default(), out, doing);
        let told = states(&mut news, id).await;
        assert_eq!(told.first(), Some(&JobState::Waiting));
        assert_eq!(told.last(), Some(&JobState::Done("10 bytes".to_owned())));
    }

    #[tokio::test]
    async fn those_beyond_the_first_two_wait_and_can_be_cancelled_meanwhile() {
        let (out, mut news) = mpsc::channel(100);
        let jobs = Jobs::default();
        for name in ["a", "b"] {
            let work = Arc::new(Work::default());
            let doing = lasting(&work, Trouble::new("not done", "cancelled"));
            jobs.begin((JobKind::Backup, name), work, out.clone(), doing);
        }
        let doing = async { Ok("must not run".to_owned()) };
        let third = jobs.begin((JobKind::Backup, "c"), Arc::default(), out.clone(), doing);
        tokio::time::sleep(Duration::from_millis(20)).await;
        jobs.cancel(third);
        assert_eq!(states(&mut news, third).await, [JobState::Waiting, JobState::Cancelled]);
        jobs.cancel(JobId(1));
        assert_eq!(states(&mut news, JobId(1)).await.last(), Some(&JobState::Cancelled));
        jobs.close().await;
        assert!(jobs.running.lock().expect("no panic").is_empty());
    }

    #[tokio::test]
    async fn what_a_cancelled_job_left_behind_is_a_failure() {
        let (out, mut news) = mpsc::channel(100);
        let jobs = Jobs::default();
        let left = Trouble::new("nothing was copied", "cancelled").with_remedy("'b' is left behind");
        let work = Arc::new(Work::default());
        let doing = lasting(&work, left.clone());
        let id = jobs.begin((JobKind::Clone, "a"), work, out, doing);
        // Not before it has its turn.
        while !matches!(news.recv().await, Some(Observation::Kept(KeepNews::Job(job))) if job.state == JobState::Running)
        {
        }
        jobs.cancel(id);
        assert_eq!(states(&mut news, id).await.last(), Some(&JobState::Failed(left)));
    }
}

//! News of jobs, backups and the trash.

use super::{leaving, say, say_trouble};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::domain::job::{Job, JobKind, JobState};
use crate::domain::keep::{KeepAsk, KeepNews};

/// Takes in one piece of news; says whether it changes what is shown.
pub(super) fn take(model: &mut Model, news: KeepNews, effects: &mut Vec<Effect>) -> bool {
    let ended = match &news {
        KeepNews::Offered(kinds) => {
            if kinds.contains(&JobKind::Backup) {
                effects.push(Effect::Keep(KeepAsk::List));
            }
            if kinds.contains(&JobKind::Undo) {
                effects.push(Effect::Keep(KeepAsk::Trash));
            }
            None
        }
        KeepNews::Job(job) => {
            let was_open = model.jobs.job(job.id).is_none_or(Job::is_open);
            (was_open && !job.is_open()).then(|| job.clone())
        }
        KeepNews::Settled(words) => {
            say(model, words.clone());
            None
        }
        _ => None,
    };
    if let Some(trouble) = model.jobs.take(news, model.now) {
        say_trouble(model, format!("{}: {}", trouble.summary, trouble.cause));
    }
    model.backups.settle(&model.jobs);
    if let Some(job) = ended {
        over(model, &job, effects);
    }
    true
}

/// A job is over: says so, and asks for what it changed.
fn over(model: &mut Model, job: &Job, effects: &mut Vec<Effect>) {
    let what = format!("{} of {}", job.kind.name(), job.title);
    match &job.state {
        JobState::Done(outcome) => {
            // The first line says what came of it; the list of jobs tells the rest.
            let first = outcome.lines().next().unwrap_or_default();
            say(model, format!("{what}: {first}"));
        }
        JobState::Failed(trouble) => {
            say_trouble(model, format!("{} failed: {}: {}", job.kind.name(), job.title, trouble.cause));
        }
        JobState::Cancelled => say(model, format!("{what}: cancelled")),
        JobState::Waiting | JobState::Running => {}
    }
    if model.jobs.offered.contains(&JobKind::Undo)
        && matches!(job.kind, JobKind::Undo | JobKind::Rename | JobKind::Restore | JobKind::Empty)
    {
        effects.push(Effect::Keep(KeepAsk::Trash));
    }
    match job.kind {
        JobKind::Empty => {}
        JobKind::Backup | JobKind::Verify | JobKind::Delete => effects.push(Effect::Keep(KeepAsk::List)),
        JobKind::Restore | JobKind::Clone | JobKind::Rename | JobKind::Undo => effects.push(Effect::Refresh),
    }
    if let Some(name) = job.made() {
        // What was measured of it is of what it was, or of a part of it.
        model.sizes.touch(name, model.now);
        model.removal.invalidate();
        effects.push(Effect::Weigh(name.to_owned()));
    }
    leaving::leave_if_over(model, effects);
}

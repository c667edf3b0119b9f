//! News of what was to be changed.

use super::{creating, holders, removing, reorder, say, say_trouble};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::domain::change::ChangeNews;
use crate::domain::column::Column;
use crate::domain::removal::Report;
use crate::domain::trouble::Trouble;

/// Takes in one piece of news; says whether it changes what is shown.
pub(super) fn take(model: &mut Model, news: ChangeNews, effects: &mut Vec<Effect>) -> bool {
    model.removal.invalidate();
    match news {
        // What another engine still does is not told of this one.
        ChangeNews::RemovalBegan(_)
        | ChangeNews::RemovalRefused(_)
        | ChangeNews::RemovalEnded(_)
        | ChangeNews::Removed(_)
            if model.changes.report.is_none() => {}
        ChangeNews::RemovalBegan(total) => {
            model.changes.report = Some(Report { total, ..Report::default() });
        }
        ChangeNews::Removed(done) => {
            if let Some(report) = &mut model.changes.report {
                report.done.extend(done);
            }
        }
        ChangeNews::Unlogged(trouble) => {
            match model.changes.report.as_mut().filter(|report| !report.is_over) {
                Some(report) => report.unlogged = Some(trouble),
                // It was a change of another kind, and its own news tells of no log.
                None => say_trouble(model, format!("{}: {}", trouble.summary, trouble.cause)),
            }
        }
        ChangeNews::RemovalRefused(trouble) => removing::ended(model, Err(trouble), effects),
        ChangeNews::RemovalEnded(outcome) => removing::ended(model, outcome, effects),
        ChangeNews::Made(name, outcome) => {
            if !creating::made(model, &name, &outcome) {
                tell(model, outcome, Some(format!("{name} is made")));
            }
        }
        ChangeNews::Protected { names, is_on, outcome } => {
            let what = match names.as_slice() {
                [one] => one.clone(),
                many => format!("{} volumes", many.len()),
            };
            let how = if is_on { "protected" } else { "not protected any more" };
            tell(model, outcome, Some(format!("{what}: {how}")));
        }
        ChangeNews::Acted { name, act, outcome } => {
            model.changes.acting.retain(|acting| *acting != (name.clone(), act));
            tell(model, outcome, Some(format!("{name} is {}", act.done())));
        }
        ChangeNews::TakesVolumes(ask) => holders::ask_for_volumes(model, ask),
        ChangeNews::Cleared(outcome) => {
            model.changes.is_clearing = false;
            if outcome.is_ok() {
                effects.push(Effect::Refresh);
            }
            tell(model, outcome, Some("the containers are gone; look at the plan again".to_owned()));
        }
        ChangeNews::Protection(Ok(protection)) => {
            model.changes.protection = Some(protection);
            model.changes.protection_trouble = None;
            if model.home.sort.column == Column::Protected {
                reorder(model, &model.listed());
            }
        }
        ChangeNews::Protection(Err(trouble)) => {
            model.changes.protection = None;
            model.changes.protection_trouble = Some(trouble);
        }
    }
    true
}

fn tell(model: &mut Model, outcome: Result<(), Trouble>, done: Option<String>) {
    match outcome {
        Ok(()) => {
            if let Some(done) = done {
                say(model, done);
            }
        }
        Err(trouble) => say_trouble(model, format!("{}: {}", trouble.summary, trouble.cause)),
    }
}

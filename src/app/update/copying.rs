//! Copying out of a volume and into it: from the line that is typed to the word of its end.

use std::path::PathBuf;

use super::{files, prompts, say, say_trouble};
use crate::app::files::Job;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::app::overlay::Purpose;
use crate::domain::files_news::{CopyReport, FilesAsk};
use crate::domain::place::Place;
use crate::domain::remote::Remote;
use crate::domain::trouble::Trouble;

/// Does what a line was typed for.
pub(super) fn typed(model: &mut Model, purpose: Purpose, line: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if line.trim().is_empty() {
        return effects;
    }
    match purpose {
        Purpose::GoTo => match Place::parse(line.as_bytes()) {
            Ok(place) => {
                model.files.is_jump = true;
                files::go_to(model, &place, &mut effects);
            }
            Err(why) => say_trouble(model, why),
        },
        Purpose::Get(place) => {
            let asked = FilesAsk::Get { place, to: PathBuf::from(line), replace: false };
            begin(model, asked, &mut effects);
        }
        Purpose::Put(place) => {
            let asked = FilesAsk::Put { from: PathBuf::from(line), place, replace: false };
            begin(model, asked, &mut effects);
        }
        Purpose::Replace(asked) if is_yes(line) => {
            // What was refused is asked for below the question.
            model.overlays.clear();
            begin(model, asked, &mut effects);
        }
        // The others are carried out elsewhere.
        _ => {}
    }
    effects
}

pub(super) fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn begin(model: &mut Model, asked: FilesAsk, effects: &mut Vec<Effect>) {
    let name = &model.files.volume;
    let title = match &asked {
        FilesAsk::Get { place, .. } => format!("getting {name}:{place}"),
        FilesAsk::Put { place, .. } => format!("putting into {name}:{place}"),
        _ => return,
    };
    let visit = model.files.visit;
    model.files.job = Some(Job {
        title,
        entries: 0,
        bytes: 0,
        is_ending: false,
        asked: asked.clone(),
        visit,
        volume: name.clone(),
    });
    effects.push(files::ask(model, asked));
}

/// What was typed is not taken: it is asked for once more, unless one is elsewhere by now.
pub(super) fn refused(model: &mut Model, trouble: &Trouble, is_there: bool) {
    let job = model.files.job.take();
    let job = job.filter(|job| {
        model.screen == Screen::Files && model.files.visit == job.visit && model.overlays.is_empty()
    });
    let again = job.as_ref().and_then(|job| prompts::again(&job.asked, &trouble.cause));
    let (Some(job), Some(again)) = (job, again) else {
        return say_trouble(model, format!("not copied: {}", trouble.cause));
    };
    model.files.is_filtering = false;
    model.overlays.push(again);
    if is_there {
        model.overlays.extend(prompts::replace(&job.asked, &trouble.cause));
    }
    model.is_dirty = true;
}

/// Takes in how a copy ended.
pub(super) fn ended(model: &mut Model, outcome: Result<CopyReport, Trouble>, effects: &mut Vec<Effect>) {
    let job = model.files.job.take();
    written(model, job.as_ref());
    match outcome {
        Ok(report) => {
            let what = job.as_ref().map_or("the copying", |job| job.title.as_str());
            let left_out = u64::try_from(report.skipped.len()).unwrap_or(0) + report.more_skipped;
            let noun = if report.entries == 1 { "entry" } else { "entries" };
            let count = format!("{what}: done, {} {noun}", report.entries);
            match report.skipped.first() {
                Some(first) => say_trouble(model, format!("{count}; {left_out} left out: {first}")),
                None => say(model, count),
            }
            if let Some(job) = job {
                go_to_new(model, &job);
            }
        }
        Err(trouble) => {
            // The first line says why; the engine's own words would not fit beside it.
            let why = trouble.cause.lines().next().unwrap_or_default();
            let what = if trouble.summary == "not copied" { "" } else { trouble.summary.as_str() };
            let colon = if what.is_empty() { "" } else { ": " };
            say_trouble(model, format!("not copied: {what}{colon}{why}"));
        }
    }
    // What was put in is shown.
    if model.screen == Screen::Files && matches!(model.files.way, Remote::Ready { .. }) {
        files::measure(model, effects);
    }
}

/// What was put into a volume, also in part, makes what was measured of it old.
pub(super) fn written(model: &mut Model, job: Option<&Job>) {
    if let Some(Job { asked: FilesAsk::Put { .. }, volume, .. }) = job {
        model.sizes.touch(volume, model.now);
        model.removal.invalidate();
    }
}

/// Selects what was put into the folder that is shown, now or when it is listed.
fn go_to_new(model: &mut Model, job: &Job) {
    use std::os::unix::ffi::OsStrExt;

    let FilesAsk::Put { from, place, .. } = &job.asked else { return };
    let is_here = model.screen == Screen::Files && model.files.visit == job.visit;
    if let (Some(name), true) = (from.file_name(), is_here && model.files.place() == *place)
        && let Some(folder) = model.files.folder_mut()
    {
        folder.anchor_at(name.as_bytes());
    }
}

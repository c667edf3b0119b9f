//! News of a volume's files.

use super::{copying, files, say_trouble};
use crate::app::files::folder::Weighing;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::domain::files_news::{FilesNews, Seen};
use crate::domain::place::{Place, name_text};
use crate::domain::trouble::Trouble;

/// Takes in one piece of news; says whether it changes what is shown.
pub(super) fn take(model: &mut Model, visit: u64, news: FilesNews, effects: &mut Vec<Effect>) -> bool {
    match news {
        FilesNews::Copying { entries, bytes } => {
            if let Some(job) = &mut model.files.job {
                (job.entries, job.bytes) = (entries, bytes);
            }
            return true;
        }
        FilesNews::CopyEnded(outcome) => {
            copying::ended(model, outcome, effects);
            return true;
        }
        FilesNews::CopyRefused { trouble, is_there } => {
            copying::refused(model, &trouble, is_there);
            return true;
        }
        _ => {}
    }
    // News of a volume that was left is of no use.
    if visit != model.files.visit || model.screen != Screen::Files {
        return false;
    }
    let now = model.now;
    match news {
        FilesNews::Opened(Ok(way)) => model.files.way.answered(way, now),
        FilesNews::Opened(Err(trouble)) => {
            for folder in &mut model.files.folders {
                folder.listing.failed(trouble.clone());
                folder.weighing = Weighing::Failed(trouble.clone());
            }
            model.files.way.failed(trouble);
        }
        FilesNews::Listed { place, outcome: Ok(listing) } => {
            if let Some(folder) = model.files.folder_at(&place) {
                folder.take_listing(listing, now);
            }
            if place == model.files.place() {
                model.files.is_jump = false;
            }
        }
        FilesNews::Listed { place, outcome: Err(trouble) } => not_listed(model, &place, trouble, effects),
        FilesNews::Weighed { place, weights } => {
            if let Some(folder) = model.files.folder_at(&place) {
                folder.take_weights(weights);
            }
        }
        FilesNews::AllWeighed { place, outcome } => {
            if let Some(folder) = model.files.folder_at(&place) {
                folder.weighing = outcome.map_or_else(Weighing::Failed, |()| Weighing::Done);
            }
        }
        FilesNews::Previewed { place, outcome } => previewed(model, &place, outcome),
        FilesNews::Copying { .. } | FilesNews::CopyRefused { .. } | FilesNews::CopyEnded(_) => {}
    }
    true
}

/// The engine is gone, and whatever was asked with it.
pub(super) fn lost(model: &mut Model, trouble: &Trouble) {
    let job = model.files.job.take();
    copying::written(model, job.as_ref());
    if job.is_some() {
        say_trouble(model, format!("the copying ended: {}", trouble.cause));
    }
    if model.screen == Screen::Files {
        model.files.way.failed(trouble.clone());
    }
}

fn not_listed(model: &mut Model, place: &Place, trouble: Trouble, effects: &mut Vec<Effect>) {
    if model.files.is_jump && *place == model.files.place() {
        // A path that was typed may lead to a file: then its folder is shown, with it selected.
        if let (Some(above), Some(name)) = (place.parent(), place.name()) {
            let name = name.to_vec();
            files::go_to(model, &above, effects);
            let is_there = model.files.folder_mut().is_some_and(|folder| folder.anchor_at(&name));
            let is_known = model.files.folder().is_some_and(|folder| folder.listing.value().is_some());
            if is_known {
                model.files.is_jump = false;
            }
            if !is_there {
                say_trouble(model, format!("{}: {}", name_text(&name), trouble.cause));
            }
            return;
        }
    }
    if let Some(folder) = model.files.folder_at(place) {
        folder.listing.failed(trouble);
    }
}

fn previewed(model: &mut Model, place: &Place, outcome: Result<Seen, Trouble>) {
    if model.files.preview.place.as_ref() != Some(place) {
        return;
    }
    let size = model.files.selected().map_or(0, |entry| entry.apparent);
    model.files.preview.take(outcome, size);
}

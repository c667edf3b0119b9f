//! Listing, weighing and looking into entries.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::task::Task;
use super::{Opened, Report, told};
use crate::access::content::{Content, Error};
use crate::access::walk::Progress;
use crate::domain::entry::{EntryKind, Listing, Weight};
use crate::domain::files_news::{FilesNews, Seen, WINDOW};
use crate::domain::place::Place;
use crate::domain::trouble::Trouble;

/// Weights are told at this pace.
const PACE: Duration = Duration::from_millis(100);
/// A folder under the cursor is weighed when the cursor rests.
const REST: Duration = Duration::from_millis(300);
/// Weights of this many folders are not told each time that one more is known.
const MANY: usize = 1000;

/// Some weights, each with its folder's name.
type Bunch = Vec<(Vec<u8>, Weight)>;

pub(super) async fn list(opened: Opened, place: Place, report: Report) {
    let outcome = match opened.await {
        Ok(content) => listed(content.as_ref(), &place).await,
        Err(trouble) => Err(trouble),
    };
    report.tell(FilesNews::Listed { place, outcome }).await;
}

/// Lists a folder and puts the entries in order, away from the screen.
async fn listed(content: &dyn Content, place: &Place) -> Result<Arc<Listing>, Trouble> {
    let mut listing =
        content.list(place).await.map_err(|error| told(&error, "the folder cannot be listed"))?;
    let sorted = tokio::task::spawn_blocking(move || {
        listing.put_in_order();
        Arc::new(listing)
    });
    sorted.await.map_err(|error| Trouble::new("the folder cannot be listed", error.to_string()))
}

pub(super) fn weigh(opened: Opened, place: Place, report: Report) -> Task {
    let progress = Arc::new(Progress::default());
    let watched = Arc::clone(&progress);
    Task::with(watched, async move {
        let outcome = match opened.await {
            Ok(content) => {
                let news = |weights| Some(FilesNews::Weighed { place: place.clone(), weights });
                weighed(content.as_ref(), &place, &progress, &report, news).await
            }
            Err(trouble) => Err(trouble),
        };
        report.tell(FilesNews::AllWeighed { place, outcome }).await;
    })
}

/// Weighs a folder's folders; what is found is told in bunches, at a pace that can be looked at.
async fn weighed(
    content: &dyn Content,
    place: &Place,
    progress: &Arc<Progress>,
    report: &Report,
    mut news: impl FnMut(Bunch) -> Option<FilesNews> + Send,
) -> Result<(), Trouble> {
    let (sender, mut found) = unbounded_channel();
    let mut bunch = Bunch::new();
    let mut tick = interval_at(Instant::now() + PACE, PACE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = content.weigh(place, progress, sender);
    tokio::pin!(work);
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            Some(weight) = found.recv() => bunch.push(weight),
            _ = tick.tick() => {
                if !bunch.is_empty()
                    && let Some(news) = news(std::mem::take(&mut bunch))
                    && !report.tell(news).await
                {
                    return Ok(());
                }
            }
        }
    };
    while let Ok(weight) = found.try_recv() {
        bunch.push(weight);
    }
    if !bunch.is_empty()
        && let Some(news) = news(bunch)
    {
        report.tell(news).await;
    }
    outcome.map_err(|error| told(&error, "the folders cannot be weighed"))
}

pub(super) fn preview(opened: Opened, place: Place, from: u64, report: Report) -> Task {
    let progress = Arc::new(Progress::default());
    let watched = Arc::clone(&progress);
    Task::with(watched, async move {
        let outcome = match opened.await {
            Ok(content) => seen(content.as_ref(), &place, from, &progress, &report).await,
            Err(trouble) => Err(trouble),
        };
        report.tell(FilesNews::Previewed { place, outcome }).await;
    })
}

/// Looks into an entry. Only files and folders are opened.
async fn seen(
    content: &dyn Content,
    place: &Place,
    from: u64,
    progress: &Arc<Progress>,
    report: &Report,
) -> Result<Seen, Trouble> {
    let failed = |error: Error| told(&error, "it cannot be read");
    let entry = content.look(place).await.map_err(failed)?;
    match entry.kind {
        EntryKind::File => {
            let bytes = content.read(place, from, WINDOW).await.map_err(failed)?;
            Ok(Seen::Bytes { from, bytes: bytes.into() })
        }
        EntryKind::Folder if !entry.is_mount => {
            let listing = listed(content, place).await?;
            let mut known = Bunch::new();
            let mut next = 0;
            // All that is known is told each time, so of much it is told only when it has doubled.
            let mut news = |weights: Bunch| {
                known.extend(weights);
                if known.len() < next {
                    return None;
                }
                next = if known.len() < MANY { 0 } else { 2 * known.len() };
                let weights = known.clone();
                let seen = Seen::Folder { listing: Arc::clone(&listing), weights, is_whole: false };
                Some(FilesNews::Previewed { place: place.clone(), outcome: Ok(seen) })
            };
            if let Some(begun) = news(Bunch::new()) {
                report.tell(begun).await;
            }
            tokio::time::sleep(REST).await;
            weighed(content, place, progress, report, news).await?;
            Ok(Seen::Folder { listing, weights: known, is_whole: true })
        }
        _ => Ok(Seen::Described(Box::new(entry))),
    }
}

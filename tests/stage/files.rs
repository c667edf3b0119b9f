//! Asks about files, answered at once from the still demo.

use std::sync::Arc;

use tokio::sync::mpsc::unbounded_channel;
use volx::access::content::{Content, Error};
use volx::access::demo::DemoContent;
use volx::access::walk::Progress;
use volx::domain::access::Way;
use volx::domain::entry::{EntryKind, Listing, Weight};
use volx::domain::files_news::{FilesAsk, FilesNews, Seen, WINDOW};
use volx::domain::place::Place;
use volx::domain::trouble::Trouble;
use volx::engine::demo::Demo;

use super::block_on;

/// The volume that is open.
#[derive(Default)]
pub struct Open(Option<DemoContent>);

impl Open {
    /// Does what is asked, and tells what the worker would.
    pub fn answer(&mut self, demo: &Demo, ask: FilesAsk) -> Vec<FilesNews> {
        if let FilesAsk::Open(volume) = &ask {
            self.0 = demo.files(&volume.name).map(DemoContent::new);
            let missing = || Trouble::new("the volume cannot be opened", "it is gone");
            return vec![FilesNews::Opened(self.0.as_ref().map(Content::way).ok_or_else(missing))];
        }
        if let FilesAsk::OpenBackup(kept) = &ask {
            // What was backed up is as large as the volume is now: a backup's own files are made up, too.
            self.0 = demo.files(&kept.volume).map(DemoContent::new);
            let missing = || Trouble::new("the backup cannot be opened", "it is gone");
            return vec![FilesNews::Opened(self.0.as_ref().map(|_| Way::Backup).ok_or_else(missing))];
        }
        let Some(content) = &self.0 else { return Vec::new() };
        let progress = Arc::new(Progress::default());
        let failed = |error: Error| Trouble::new("it cannot be read", error.to_string());
        match ask {
            FilesAsk::List(place) => {
                let outcome = listing(content, &place).map_err(failed);
                vec![FilesNews::Listed { place, outcome }]
            }
            FilesAsk::Weigh(place) => {
                let (weights, outcome) = weights(content, &place);
                let outcome = outcome.map_err(failed);
                vec![
                    FilesNews::Weighed { place: place.clone(), weights },
                    FilesNews::AllWeighed { place, outcome },
                ]
            }
            FilesAsk::Preview { place, from } => {
                let outcome = seen(content, &place, from).map_err(failed);
                vec![FilesNews::Previewed { place, outcome }]
            }
            FilesAsk::Get { place, .. } => {
                let refused = block_on(content.pack(&place, &progress)).map(|_| ()).expect_err("made up");
                vec![FilesNews::CopyEnded(Err(failed(refused)))]
            }
            FilesAsk::Close => {
                self.0 = None;
                Vec::new()
            }
            FilesAsk::Open(_) | FilesAsk::OpenBackup(_) | FilesAsk::Put { .. } | FilesAsk::Cancel => {
                Vec::new()
            }
        }
    }
}

fn listing(content: &DemoContent, place: &Place) -> Result<Arc<Listing>, Error> {
    let mut listing = block_on(content.list(place))?;
    listing.put_in_order();
    Ok(Arc::new(listing))
}

type Weights = Vec<(Vec<u8>, Weight)>;

fn weights(content: &DemoContent, place: &Place) -> (Weights, Result<(), Error>) {
    let (sender, mut found) = unbounded_channel();
    let outcome = block_on(content.weigh(place, &Arc::new(Progress::default()), sender));
    let mut weights = Vec::new();
    while let Ok(weight) = found.try_recv() {
        weights.push(weight);
    }
    (weights, outcome)
}

fn seen(content: &DemoContent, place: &Place, from: u64) -> Result<Seen, Error> {
    let entry = block_on(content.look(place))?;
    Ok(match entry.kind {
        EntryKind::File => {
            let bytes = block_on(content.read(place, from, WINDOW))?;
            Seen::Bytes { from, bytes: bytes.into() }
        }
        EntryKind::Folder => {
            let listing = listing(content, place)?;
            Seen::Folder { listing, weights: weights(content, place).0, is_whole: true }
        }
        _ => Seen::Described(Box::new(entry)),
    })
}

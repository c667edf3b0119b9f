//! What a session does with what the engine told.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::FusedFuture;
use jiff::Timestamp;
use tokio::time::Instant;

use super::super::gauge::Reading;
use super::super::remember::{Note, Noted};
use super::{DEBOUNCE, Gone, Line, Session};
use crate::domain::event::EngineEvent;
use crate::domain::inventory::Inventory;
use crate::domain::live::Observation;
use crate::ops::survey::News;

impl Session {
    pub(super) async fn take_reading(&mut self, reading: Reading, line: &Line) -> Result<(), Gone> {
        let inventory = self.inventory.clone().unwrap_or_default();
        match reading {
            Reading::Far(far) => line.tell(Observation::Measuring(far)).await,
            Reading::Over(outcome) => {
                self.gauge.over(&inventory);
                let outcome = outcome.map_err(|error| error.trouble("sizes cannot be measured"));
                line.tell(Observation::MeasureEnded(outcome)).await
            }
            Reading::News(news) => {
                let (mut told, mut backing) = (Vec::new(), None);
                for news in news {
                    match news {
                        News::One(sized) if self.gauge.take(&sized, &inventory) => told.push(sized),
                        News::One(_) => {}
                        News::Backing(seen) => backing = Some(seen),
                    }
                }
                if let Some(backing) = backing {
                    line.tell(Observation::Backing(backing)).await?;
                }
                self.scribe.note_sizes(&told);
                line.tell(Observation::Measured(told)).await
            }
        }
    }

    pub(super) async fn take_event(&mut self, event: EngineEvent, line: &Line) -> Result<(), Gone> {
        // `since` is inclusive: after a reconnect the last event comes again.
        if self.last_event.as_ref() == Some(&event) {
            return Ok(());
        }
        self.last_event = Some(event.clone());
        if self.echoes.is_one(&event, self.inventory.as_deref()) {
            return Ok(());
        }
        if event.changes_inventory() && self.list_due.is_none() {
            // A listing that is slow must not follow itself without a breath.
            let soonest = self.listing_began.0 + self.last_list_took * 2;
            self.list_due = Some((Instant::now() + DEBOUNCE).max(soonest));
        }
        if event.destroys_volume() {
            self.destroyed = Some(Instant::now());
            self.gauge.forget(&event.name);
            // Our own clock: it is compared with when we first saw the volume.
            self.scribe.note(Note::Gone { name: event.name.clone(), at: Timestamp::now() });
        }
        if event.uses_volume()
            && let Some(inventory) = &self.inventory
        {
            self.gauge.touch(&event.name, inventory);
            self.scribe.note(Note::Used { name: event.name.clone(), at: Timestamp::now() });
        }
        line.tell(Observation::Happened(Box::new(event))).await
    }

    pub(super) fn begin_list(&mut self) {
        self.list_due = None;
        if !self.listing.is_terminated() {
            // One listing at a time; what happened meanwhile asks for the next one.
            self.is_outrun = true;
            return;
        }
        self.listing_began = (Instant::now(), Timestamp::now());
        let engine = Arc::clone(&self.engine);
        self.listing = async move { engine.list().await }.boxed().fuse();
    }

    /// Lists once more when something happened during the last listing.
    pub(super) fn list_again(&mut self) {
        if std::mem::take(&mut self.is_outrun) && self.list_due.is_none() {
            self.list_due = Some(Instant::now() + DEBOUNCE.max(self.last_list_took));
        }
    }

    pub(super) async fn take_list(&mut self, inventory: Inventory, line: &Line) -> Result<(), Gone> {
        let (began, at) = self.listing_began;
        self.last_list_took = began.elapsed();
        let inventory = Arc::new(inventory);
        let is_first = self.inventory.is_none();
        let has_changed = self.inventory.as_ref() != Some(&inventory);
        // A listing that began before a volume was destroyed may still show it; another follows.
        let is_outdated = self.destroyed.is_some_and(|destroyed| destroyed >= began);
        if (has_changed || self.destroyed > self.noted || self.scribe.has_uses) && !is_outdated {
            let is_watched = self.noted.replace(began).is_some() && !self.is_deaf;
            let (inventory, is_deaf) = (Arc::clone(&inventory), self.is_deaf);
            self.scribe.note(Note::Listing { inventory, at, is_watched, is_deaf });
        }
        if !is_outdated {
            self.echoes.settle(&inventory);
        }
        self.inventory = Some(Arc::clone(&inventory));
        self.gauge.consider(&inventory, is_first);
        self.hand.tell_protection(line, false);
        line.tell(Observation::Listed { inventory, at }).await
    }

    pub(super) async fn take_noted(&mut self, noted: Noted, line: &Line) -> Result<(), Gone> {
        self.scribe.go_on();
        match noted.news() {
            Some(news) => line.tell(news).await,
            None => Ok(()),
        }
    }
}

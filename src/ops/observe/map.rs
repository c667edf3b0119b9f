//! What only the map asks for: writable layers, and whether bound folders are there.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, Fuse, FutureExt};
use futures_util::stream::BoxStream;
use tokio::time::Instant;

use super::until;
use crate::domain::inventory::Inventory;
use crate::domain::live::Observation;
use crate::domain::map::Sources;
use crate::engine::SharedEngine;
use crate::ops::map::{self, Answer};

/// Answers are told in bunches: thousands of containers must not be thousands of messages.
const PACE: Duration = Duration::from_millis(120);

/// The one who asks, one round at a time.
pub(super) struct MapAsker {
    running: Option<BoxStream<'static, Answer>>,
    looking: Fuse<BoxFuture<'static, Sources>>,
    told: Vec<Answer>,
    done: usize,
    of: usize,
    /// When what came is told.
    due: Option<Instant>,
}

impl MapAsker {
    pub(super) fn new() -> Self {
        let looking = Fuse::terminated();
        Self { running: None, looking, told: Vec::new(), done: 0, of: 0, due: None }
    }

    /// Begins, unless one is under way.
    pub(super) fn begin(&mut self, engine: &SharedEngine, inventory: Option<&Arc<Inventory>>) {
        if self.running.is_some() {
            return;
        }
        self.done = 0;
        self.of = 0;
        self.due = Some(Instant::now());
        let Some(inventory) = inventory.map(Arc::clone) else { return };
        let containers = map::containers(&inventory);
        self.of = containers.len();
        self.running = Some(map::layers(Arc::clone(engine), containers));
        let engine = Arc::clone(engine);
        let look = async move { map::bind_sources(engine.info(), &inventory).await };
        self.looking = look.boxed().fuse();
    }

    /// The next news; never, when nothing is under way. May be dropped and asked for again.
    pub(super) async fn next(&mut self) -> Observation {
        loop {
            let answer = async {
                match &mut self.running {
                    Some(running) => running.next().await,
                    None => pending().await,
                }
            };
            tokio::select! {
                answer = answer => {
                    let now = Instant::now();
                    match answer {
                        Some(answer) => {
                            self.done += 1;
                            self.told.push(answer);
                            self.due.get_or_insert(now + PACE);
                        }
                        None => {
                            self.running = None;
                            self.due = Some(now);
                        }
                    }
                }
                sources = &mut self.looking => return Observation::Sources(Arc::new(sources)),
                () = until(self.due) => {
                    self.due = None;
                    let told = std::mem::take(&mut self.told);
                    return Observation::Layers { told, done: self.done, of: self.of };
                }
            }
        }
    }
}

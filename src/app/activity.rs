//! What happened on the engine while we watched.

use std::collections::VecDeque;

use super::cursor::Cursor;
use crate::domain::event::EngineEvent;

/// How many events are kept.
pub const CAPACITY: usize = 1000;

/// The list of events, newest first.
#[derive(Debug, Default)]
pub struct Activity {
    /// The events, newest first.
    pub events: VecDeque<EngineEvent>,
    /// How many fell off the end.
    pub dropped: usize,
    /// The selected row and the first one shown.
    pub cursor: Cursor,
}

impl Activity {
    /// Takes in an event. A cursor that left the top stays on its event.
    pub fn push(&mut self, event: EngineEvent) {
        self.events.push_front(event);
        if self.cursor.at > 0 {
            self.cursor.at += 1;
            self.cursor.top += 1;
        }
        if self.events.len() > CAPACITY {
            self.events.pop_back();
            self.dropped += 1;
        }
        self.cursor.at = self.cursor.at.min(self.events.len().saturating_sub(1));
    }
}

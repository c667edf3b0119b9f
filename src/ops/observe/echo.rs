//! Events that tell nothing new: what our own helpers do, and volumes that are said to be made
//! although they were there.

use std::collections::HashSet;

use crate::domain::event::{EngineEvent, Subject};
use crate::domain::inventory::Inventory;

/// Knows which events are no news.
#[derive(Debug, Default)]
pub(super) struct Echoes {
    /// Volumes that were destroyed and not made since; only their making is one.
    destroyed: HashSet<String>,
}

impl Echoes {
    /// Takes in an event; `true` when nobody needs to hear of it.
    pub(super) fn is_one(&mut self, event: &EngineEvent, known: Option<&Inventory>) -> bool {
        // A helper older than this watch is known from the listing alone.
        let of_helper = |known: &Inventory| {
            known.helpers.iter().any(|id| *id == event.id || Some(id) == event.actor.as_ref())
        };
        if event.is_ours || known.is_some_and(of_helper) {
            return true;
        }
        if event.destroys_volume() {
            self.destroyed.insert(event.name.clone());
        }
        // Docker 20.10 says `create` of a volume for every container that is made with it.
        event.subject == Subject::Volume
            && event.action == "create"
            && !self.destroyed.remove(&event.name)
            && known.is_some_and(|known| known.position(&event.name).is_some())
    }

    /// Takes in a listing that is younger than the last event.
    pub(super) fn settle(&mut self, inventory: &Inventory) {
        // One that is listed was made again; that is about to be told.
        self.destroyed.retain(|name| inventory.position(name).is_some());
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::volume::Volume;

    fn event(action: &str) -> EngineEvent {
        EngineEvent {
            at: Timestamp::UNIX_EPOCH,
            subject: Subject::Volume,
            id: "v".to_owned(),
            name: "v".to_owned(),
            action: action.to_owned(),
            actor: None,
            project: None,
            exit_code: None,
            is_ours: false,
        }
    }

    #[test]
    fn a_volume_is_made_once() {
        let volume = Volume { name: "v".to_owned(), ..Volume::default() };
        let without = Inventory::join(Vec::new(), Vec::new(), Vec::new());
        let with = Inventory::join(vec![volume], Vec::new(), Vec::new());
        let mut echoes = Echoes::default();
        assert!(!echoes.is_one(&event("create"), None), "before anything is known all is news");
        assert!(!echoes.is_one(&event("create"), Some(&without)), "it is new");
        assert!(echoes.is_one(&event("create"), Some(&with)), "it was there");
        assert!(!echoes.is_one(&event("mount"), Some(&with)));
        assert!(!echoes.is_one(&event("destroy"), Some(&with)));
        // A listing that began before its end may still show it.
        assert!(!echoes.is_one(&event("create"), Some(&with)), "made again, whatever is listed");
        assert!(echoes.is_one(&event("create"), Some(&with)), "and then it is there");
        echoes.is_one(&event("destroy"), Some(&with));
        echoes.settle(&without);
        assert!(echoes.destroyed.is_empty(), "nothing is kept for ever");
    }

    #[test]
    fn what_a_helper_does_is_no_news() {
        let mut known = Inventory::join(Vec::new(), Vec::new(), Vec::new());
        known.helpers.push("h".to_owned());
        let mounted = EngineEvent { actor: Some("h".to_owned()), ..event("mount") };
        assert!(Echoes::default().is_one(&mounted, Some(&known)), "it was started before we watched");
        assert!(!Echoes::default().is_one(&mounted, None));
        assert!(Echoes::default().is_one(&EngineEvent { is_ours: true, ..mounted }, None));
    }
}

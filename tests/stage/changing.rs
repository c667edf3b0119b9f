//! Changes, carried out at once on the still demo and told as the watcher tells them.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::container::Container;
use volx::domain::lifecycle::Act;
use volx::domain::live::Observation;
use volx::domain::protection::Protection;
use volx::domain::prune::{Target, Undo};
use volx::domain::removal::{Done, Outcome, Skip};
use volx::domain::trouble::Trouble;
use volx::engine::changes::Removed;
use volx::engine::{Engine, Error};

use super::{Stage, block_on};

impl Stage {
    /// Does what is asked, tells what came of it, then what happened on the engine, then a listing.
    pub fn change(&mut self, ask: ChangeAsk) {
        let mut events = block_on(self.demo.events(None)).expect("the demo tells");
        let kept = match &ask {
            ChangeAsk::Remove(plan) if plan.undo() == Undo::Kept => plan.targets().to_vec(),
            _ => Vec::new(),
        };
        let news = self.changed(ask);
        for target in kept {
            self.discard(&target.volume, target.frees.unwrap_or(0));
        }
        for news in news {
            self.observe(Observation::Changed(news));
        }
        while let Some(Some(Ok(event))) = events.next().now_or_never() {
            self.observe(Observation::Happened(Box::new(event)));
        }
        self.list();
    }

    /// Says what is protected.
    pub fn protect(&mut self, protection: Protection) {
        self.observe(Observation::Changed(ChangeNews::Protection(Ok(Arc::new(protection)))));
    }

    fn changed(&self, ask: ChangeAsk) -> Vec<ChangeNews> {
        match ask {
            ChangeAsk::Remove(plan) => {
                let done: Vec<Done> =
                    plan.targets().iter().map(|target| self.removed(target, plan.is_forced())).collect();
                vec![
                    ChangeNews::RemovalBegan(done.len()),
                    ChangeNews::Removed(done),
                    ChangeNews::RemovalEnded(Ok(())),
                ]
            }
            // Here a removal is over before anybody can stop it.
            ChangeAsk::StopRemoving => Vec::new(),
            ChangeAsk::Make(wanted) => {
                let changes = self.demo.changes().expect("the demo may be changed");
                let outcome = block_on(changes.make_volume(&wanted));
                vec![ChangeNews::Made(
                    wanted.name,
                    outcome.map_err(|e| refused("the volume is not made", &e)),
                )]
            }
            ChangeAsk::Protect { names, is_on } => {
                let known = self.model.changes.protection.as_deref();
                let mut protection = known.cloned().unwrap_or_default();
                protection.decided.extend(names.iter().map(|name| (name.clone(), is_on)));
                vec![
                    ChangeNews::Protection(Ok(Arc::new(protection))),
                    ChangeNews::Protected { names, is_on, outcome: Ok(()) },
                ]
            }
            ChangeAsk::Act { id, name, act } => {
                let changes = self.demo.changes().expect("the demo may be changed");
                let outcome = block_on(changes.act(&id, act));
                let outcome = outcome.map_err(|e| refused("the container is as it was", &e));
                vec![ChangeNews::Acted { name, act, outcome }]
            }
            // No container of the demo goes with its end.
            ChangeAsk::StopWith { id, name, .. } => self.changed(ChangeAsk::Act { id, name, act: Act::Stop }),
            ChangeAsk::Clear(clearing) => {
                let outcome = clearing.containers.iter().try_for_each(|container| self.cleared(container));
                vec![ChangeNews::Cleared(outcome.map_err(|e| refused("not all containers are gone", &e)))]
            }
        }
    }

    fn removed(&self, target: &Target, is_forced: bool) -> Done {
        let changes = self.demo.changes().expect("the demo may be changed");
        let name = target.volume.name.clone();
        let now = block_on(changes.volume(&name)).expect("the demo looks");
        let guard = self.model.changes.protection.as_deref().and_then(|p| p.of(&target.volume));
        let outcome = match now {
            None => Outcome::Skipped(Skip::Gone),
            Some(now) => match (target.difference(&now, true), guard) {
                (Some(how), _) => Outcome::Skipped(Skip::Changed(how.to_string())),
                (None, Some(guard)) => Outcome::Skipped(Skip::Protected(guard.words())),
                (None, None) => match block_on(changes.remove_volume(&name, is_forced)) {
                    Ok(Removed::Removed) => Outcome::Freed(target.frees),
                    Ok(Removed::Gone) => Outcome::Skipped(Skip::Gone),
                    Ok(Removed::InUse(_)) => {
                        Outcome::Skipped(Skip::InUse(block_on(changes.holders(&name)).expect("the holders")))
                    }
                    Err(error) => Outcome::Failed(refused("not removed", &error)),
                },
            },
        };
        Done { name, outcome, is_fresh: true }
    }

    fn cleared(&self, container: &Container) -> Result<(), Error> {
        let changes = self.demo.changes().expect("the demo may be changed");
        if container.state.is_live() {
            block_on(changes.act(&container.id, Act::Stop))?;
        }
        block_on(changes.act(&container.id, Act::Remove))
    }
}

fn refused(what: &str, error: &Error) -> Trouble {
    error.trouble(what)
}

//! What a removal is decided by: the volumes, what is known of them, and what is protected.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::du::measured;
use super::{Exit, Failure, Session};
use crate::access::helper;
use crate::config::trash::TrashSettings;
use crate::domain::inventory::Inventory;
use crate::domain::keep::Trash;
use crate::domain::protection::Protection;
use crate::domain::provenance::Provenance;
use crate::domain::prune::habit::Habit;
use crate::domain::prune::{Facts, PrunePlan, is_here};
use crate::domain::usage::Usage;
use crate::domain::volume::{Kind, Volume};
use crate::engine::SharedEngine;
use crate::history::History;
use crate::ops::right::Terms;
use crate::ops::survey::Wish;
use crate::ops::{protection, snapshot};

/// What changes are bound to here.
pub(super) fn terms(session: &Session) -> Terms {
    let config = &session.config;
    let TrashSettings { dir, keep, limit, .. } = config.trash.clone();
    let trash = Some(Trash { dir, limit, keep });
    Terms { patterns: config.protect.clone(), audit: Some(config.paths.audit()), trash }
}

/// Everything that a plan is made of.
pub(super) struct Ground {
    pub(super) inventory: Inventory,
    pub(super) usages: BTreeMap<String, Usage>,
    pub(super) provenance: BTreeMap<String, Provenance>,
    pub(super) protection: Protection,
    habit: Habit,
    /// When this began: what was measured before is shown, but nothing is decided by it.
    began: Timestamp,
}

impl Ground {
    pub(super) async fn gather(
        session: &Session,
        engine: &SharedEngine,
        history: Option<&Arc<History>>,
    ) -> Result<Self, Failure> {
        let began = Timestamp::now();
        // What is not gone when we are goes with the next one.
        drop(helper::sweep_aside(engine));
        let (identity, terms) = (&engine.info().id, terms(session));
        let protection = protection::read(history, identity, &terms.patterns).await;
        let protection = protection.map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
        let snapshot = snapshot::take(engine, history.map(Arc::as_ref), None).await?;
        let mut trouble = snapshot.history_trouble;
        let provenance = match history.map(|history| history.provenance(identity)) {
            Some(Ok(known)) => known,
            Some(Err(error)) => {
                trouble = Some(error.trouble());
                BTreeMap::new()
            }
            None => BTreeMap::new(),
        };
        if let Some(trouble) = trouble {
            session.warn(&trouble.to_string());
        }
        for warning in &snapshot.inventory.warnings {
            session.warn(&format!("the engine warns: {warning}"));
        }
        let (inventory, usages) = (snapshot.inventory, snapshot.usages);
        let habit = engine.info().capabilities.prunes;
        Ok(Self { inventory, usages, provenance, protection, habit, began })
    }

    /// Looks again at the volumes and their users; what was measured stays.
    pub(super) async fn again(
        &self,
        session: &Session,
        engine: &SharedEngine,
        history: Option<&Arc<History>>,
    ) -> Result<Self, Failure> {
        let now = Self::gather(session, engine, history).await?;
        Ok(Self { usages: self.usages.clone(), began: self.began, ..now })
    }

    /// Asks something of the facts.
    pub(super) fn with<T>(&self, asked: impl FnOnce(&Facts<'_>) -> T) -> T {
        let usage = |at: usize| self.usages.get(&self.inventory.volumes.get(at)?.name);
        asked(&Facts {
            inventory: &self.inventory,
            usage: &usage,
            fresh_since: self.began,
            touched: &BTreeMap::new(),
            provenance: &self.provenance,
            protection: Some(&self.protection),
            habit: self.habit,
            now: Timestamp::now(),
        })
    }

    /// Measures the candidates of a plan; those that free nothing here only where the rules ask.
    pub(super) async fn measure(
        &mut self,
        session: &Session,
        engine: &SharedEngine,
        history: Option<&Arc<History>>,
        plan: &PrunePlan,
        is_asked: bool,
    ) -> Result<(), Failure> {
        let matters = |volume: &&Volume| is_asked || is_here(volume.kind()) && volume.kind() != Kind::Tmpfs;
        let candidates = plan.candidates.iter().filter_map(|c| self.inventory.volumes.get(c.at));
        let volumes: Vec<Volume> = candidates.filter(matters).cloned().collect();
        if volumes.is_empty() {
            return Ok(());
        }
        let history = history.map(Arc::as_ref);
        for (name, measured) in measured(session, engine, history, volumes, Wish::default()).await? {
            match measured {
                Ok(measured) => drop(self.usages.insert(name, measured.usage)),
                Err(why) => session.warn(&format!("the size of '{name}' is unknown: {why}")),
            }
        }
        Ok(())
    }

    /// The containers that have a volume, each with its state.
    pub(super) fn holders(&self, at: usize) -> String {
        let holders = self.inventory.holders(at).map(|c| format!("{} ({})", c.name, c.state));
        holders.collect::<Vec<_>>().join(", ")
    }
}

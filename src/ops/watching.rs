//! Measuring again and again, and what changed each time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::survey::{Wish, measure_all};
use super::{free, watched};
use crate::domain::backing::Backing;
use crate::domain::growth::rate::{self, Rate};
use crate::domain::growth::trail::Trail;
use crate::domain::growth::{Period, Sample, back, difference};
use crate::domain::inventory::Inventory;
use crate::domain::threshold::{Rules, until_full};
use crate::domain::trouble::Trouble;
use crate::domain::usage::Usage;
use crate::domain::volume::Volume;
use crate::engine::{Engine, Error, SharedEngine};
use crate::history::{History, Seen};

/// How far back rates look, and a little more.
const REMEMBERED: i64 = 36 * 3600;

/// What a round found of one volume.
#[derive(Debug, Clone)]
pub struct Found {
    /// What was measured, or why nothing was.
    pub usage: Result<Usage, String>,
    /// By how much it changed since it was measured before; unknown the first time.
    pub change: Option<i64>,
    /// How fast it grew since it was measured before; unknown the first time.
    pub rate: Option<Rate>,
    /// The threshold that it is past.
    pub passed: Option<u64>,
}

/// One round of measurements.
#[derive(Debug)]
pub struct Round {
    /// When it ended.
    pub at: Timestamp,
    /// What was listed.
    pub inventory: Inventory,
    /// What was found, by volume name.
    pub found: BTreeMap<String, Found>,
    /// How full the file system is.
    pub backing: Option<Backing>,
    /// Seconds until it is full at the present rate.
    pub full_in: Option<i64>,
    /// The same, when that is soon enough to be warned of.
    pub fills: Option<i64>,
    /// Names that were asked for and are not there.
    pub missing: Vec<String>,
    /// Why the history did not help, when it did not.
    pub history_trouble: Option<Trouble>,
}

impl Round {
    /// Whether something is larger, or fills up sooner, than is allowed.
    #[must_use]
    pub fn is_alarming(&self) -> bool {
        self.fills.is_some() || self.found.values().any(|found| found.passed.is_some())
    }
}

/// One who measures again and again.
#[derive(Debug)]
pub struct Watching {
    names: Vec<String>,
    rules: Rules,
    wish: Wish,
    history: Option<Arc<History>>,
    trails: HashMap<String, Trail>,
    is_begun: bool,
}

impl Watching {
    /// Measures these volumes, or all of them where none is named.
    #[must_use]
    pub fn new(names: Vec<String>, rules: Rules, wish: Wish, history: Option<Arc<History>>) -> Self {
        Self { names, rules, wish, history, trails: HashMap::new(), is_begun: false }
    }

    /// Measures once.
    ///
    /// # Errors
    /// When the engine does not list or does not answer; what a single volume lacks is told beside it.
    pub async fn round(&mut self, engine: &SharedEngine) -> Result<Round, Error> {
        let began = Timestamp::now();
        let inventory = engine.list().await?;
        let mut trouble = self.begin(engine.as_ref(), &inventory, began);
        let mut missing = Vec::new();
        let mut wanted: Vec<Volume> = Vec::new();
        for name in &self.names {
            match inventory.position(name).and_then(|at| inventory.volumes.get(at)) {
                Some(volume) => wanted.push(volume.clone()),
                None => missing.push(name.clone()),
            }
        }
        if self.names.is_empty() {
            wanted.clone_from(&inventory.volumes);
        }
        let outcome = measure_all(engine, wanted, self.wish, &mut |_| {}).await?;
        if let Some(history) = &self.history {
            let measured = outcome.iter().filter_map(|(name, m)| Some((name.as_str(), m.as_ref().ok()?)));
            if let Err(error) = history.record_measured(&engine.info().id, measured) {
                trouble = Some(error.trouble());
            }
        }
        // A name that is another volume's by now has no past.
        self.trails.retain(|name, _| inventory.position(name).is_some());
        let at = Timestamp::now();
        let found =
            outcome.into_iter().map(|(name, m)| (name.clone(), self.found(&name, m.map(|m| m.usage), at)));
        let found = found.collect();
        let backing = free::backing(engine.as_ref()).await;
        let total = rate::sum(self.trails.values().map(|trail| rate::rate(trail, Period::Day, at)));
        Ok(Round {
            at,
            found,
            backing,
            full_in: until_full(backing, total.ok()),
            fills: self.rules.fills(backing, total.ok()),
            missing,
            history_trouble: trouble,
            inventory,
        })
    }

    /// Writes the listing down, and reads what earlier runs measured before the first round.
    fn begin(&mut self, engine: &dyn Engine, inventory: &Inventory, at: Timestamp) -> Option<Trouble> {
        let history = self.history.as_ref()?;
        let info = engine.info();
        let seen = Seen { at, is_watched: false, is_created_stable: info.capabilities.created_is_stable };
        let recorded = watched::sweep(history, &info.id)
            .and_then(|()| history.record_inventory(&info.id, inventory, seen));
        if let Err(error) = recorded {
            return Some(error.trouble());
        }
        if std::mem::replace(&mut self.is_begun, true) {
            return None;
        }
        match history.trails(&info.id, back(at, REMEMBERED), at) {
            Ok(trails) => {
                self.trails = trails.into_iter().collect();
                None
            }
            Err(error) => Some(error.trouble()),
        }
    }

    fn found(&mut self, name: &str, usage: Result<Usage, String>, now: Timestamp) -> Found {
        let sample = usage.as_ref().ok().and_then(Sample::of);
        let Some(sample) = sample else {
            return Found { usage, change: None, rate: None, passed: None };
        };
        let trail = self.trails.entry(name.to_owned()).or_default();
        let before = trail.last().copied().filter(|last| last.counted == sample.counted);
        trail.push(sample);
        trail.thin(now);
        Found {
            usage,
            change: before.map(|before| difference(sample.bytes, before.bytes)),
            rate: before
                .and_then(|before| rate::between((before.until, before.bytes), (sample.at, sample.bytes))),
            passed: self.rules.passed(name, Some(sample.bytes)),
        }
    }
}

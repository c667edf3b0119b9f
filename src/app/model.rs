//! Everything that is on the screen.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::action::Context;
use super::activity::Activity;
use super::backups::Backups;
use super::changes::Changes;
use super::details::Details;
use super::files::Files;
use super::growth::Growth;
use super::holders::Acts;
use super::home::Home;
use super::jobs::Jobs;
use super::map::MapScreen;
use super::monitor::Monitor;
use super::overlay::Overlay;
use super::removal::Removal;
pub use super::screen::{Pane, Screen, Window};
use super::sizes::Sizes;
use crate::domain::age::{age, span};
use crate::domain::column::Column;
use crate::domain::engine::EngineInfo;
use crate::domain::inventory::Inventory;
use crate::domain::job::JobKind;
use crate::domain::lifecycle::Act;
use crate::domain::map::What;
use crate::domain::provenance::Provenance;
use crate::domain::prune::Undo;
use crate::domain::prune::habit::Habit;
use crate::domain::remote::Remote;
use crate::domain::size::Units;
use crate::domain::sort::Sort;
use crate::domain::threshold::Rules;
use crate::domain::trouble::Trouble;

/// How often ages are looked at while all is well.
const CALM_TICK: Duration = Duration::from_secs(30);
/// How often while waiting for an engine: seconds are on the screen then.
const WAITING_TICK: Duration = Duration::from_secs(1);

/// How the engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// An attempt to reach it is under way.
    Connecting {
        /// Since when.
        since: Timestamp,
    },
    /// It answers.
    Live,
    /// It does not.
    Lost {
        /// What, why, and what to do.
        trouble: Trouble,
        /// What was tried.
        tried: Vec<String>,
        /// When the next attempt begins.
        retry_at: Timestamp,
    },
}

/// A short word to the user that goes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The word.
    pub text: String,
    /// Whether something went wrong.
    pub is_trouble: bool,
    /// Since when it is shown.
    pub since: Timestamp,
}

/// What the configuration sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The order at the start.
    pub sort: Sort,
    /// The columns.
    pub columns: Vec<Column>,
    /// Whether projects have headings at the start.
    pub is_grouped: bool,
    /// Whether the details pane is shown at the start.
    pub has_details: bool,
    /// What a container may write into its own layer before it is warned of, in bytes.
    pub layer_warning: u64,
    /// What is watched for.
    pub rules: Rules,
    /// In which units warnings name sizes.
    pub units: Units,
}

/// The writable layer that is warned of where nobody sets another.
pub const LAYER_WARNING: u64 = 1_000_000_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            sort: Sort::default(),
            columns: Column::SCREEN.to_vec(),
            is_grouped: false,
            has_details: true,
            layer_warning: LAYER_WARNING,
            rules: Rules::default(),
            units: Units::default(),
        }
    }
}

/// Everything that is on the screen.
#[derive(Debug)]
pub struct Model {
    /// The time, as far as it was told.
    pub now: Timestamp,
    /// The window.
    pub window: Window,
    /// How the engine is.
    pub link: Link,
    /// Which engine it is, once one answered.
    pub engine: Option<Box<EngineInfo>>,
    /// What it holds.
    pub inventory: Remote<Arc<Inventory>>,
    /// Volumes that containers have and the last two listings did not show.
    pub missing: Vec<String>,
    /// The volumes that were last said to be seen, for the measuring.
    pub(super) preferred: Vec<String>,
    /// What that weighs.
    pub sizes: Sizes,
    /// How that changes.
    pub growth: Growth,
    /// The Monitor screen.
    pub monitor: Monitor,
    /// In which units warnings tell sizes.
    pub units: Units,
    /// Who had which volume.
    pub provenance: Arc<BTreeMap<String, Provenance>>,
    /// Why the history is not kept, when it is not.
    pub history_trouble: Option<Trouble>,
    /// Why changes are not seen at once, when they are not.
    pub events_trouble: Option<Trouble>,
    /// The screen.
    pub screen: Screen,
    /// The screen that the volume was opened from, and whether its details filled the screen then:
    /// the way back.
    pub(super) came_from: Option<(Screen, bool)>,
    /// Where the keys go.
    pub pane: Pane,
    /// The list of volumes.
    pub home: Home,
    /// The details of the selected one.
    pub details: Details,
    /// The storage map.
    pub map: MapScreen,
    /// The events.
    pub activity: Activity,
    /// The files of the volume that one went into.
    pub files: Files,
    /// The folder that volx was started in.
    pub folder: String,
    /// Jobs, backups and the trash.
    pub jobs: Jobs,
    /// The screen of the backups.
    pub backups: Backups,
    /// What is being changed, and what must not be.
    pub changes: Changes,
    /// What is to be removed, and what came of it.
    pub removal: Removal,
    /// What lies over the screen, newest last.
    pub overlays: Vec<Overlay>,
    /// A short word.
    pub notice: Option<Notice>,
    pub(super) is_dirty: bool,
    pub(super) ages: u64,
}

impl Model {
    /// The screen before anything is known.
    #[must_use]
    pub fn new(settings: Settings, now: Timestamp) -> Self {
        let mut home = Home::new(settings.sort, settings.columns);
        home.is_grouped = settings.is_grouped;
        Self {
            now,
            window: Window::default(),
            link: Link::Connecting { since: now },
            engine: None,
            inventory: Remote::NotAsked,
            missing: Vec::new(),
            preferred: Vec::new(),
            sizes: Sizes::default(),
            growth: Growth::new(settings.rules),
            monitor: Monitor::default(),
            units: settings.units,
            provenance: Arc::default(),
            history_trouble: None,
            events_trouble: None,
            screen: Screen::default(),
            came_from: None,
            pane: Pane::default(),
            home,
            details: Details { is_shown: settings.has_details, ..Details::default() },
            map: MapScreen::new(settings.layer_warning, settings.units),
            activity: Activity::default(),
            files: Files::default(),
            folder: ".".to_owned(),
            jobs: Jobs::default(),
            backups: Backups::default(),
            changes: Changes::default(),
            removal: Removal::new(now),
            overlays: Vec::new(),
            notice: None,
            is_dirty: true,
            ages: 0,
        }
    }

    /// Whether something on the screen has changed since the last call.
    pub fn take_dirty(&mut self) -> bool {
        if self.is_dirty {
            // What is drawn now shows the ages of now.
            self.ages = self.shown_ages();
        }
        std::mem::replace(&mut self.is_dirty, false)
    }

    /// The contexts in which a key is looked up, first match first.
    #[must_use]
    pub fn contexts(&self) -> &'static [Context] {
        match self.overlays.last() {
            Some(Overlay::Palette(_) | Overlay::Prompt(_)) => &[Context::Text],
            Some(Overlay::Form(_)) => &[Context::Form, Context::Text],
            Some(_) => &[Context::Menu],
            None if self.is_typing() => &[Context::Text],
            None if self.is_offline() => &[Context::Offline, Context::Main],
            None if matches!(self.screen, Screen::Map) => &[Context::Map, Context::Main],
            None if matches!(self.screen, Screen::Prune) => &[Context::Prune, Context::Main],
            None if matches!(self.screen, Screen::Backups) => &[Context::Backups, Context::Main],
            None => &[Context::Main],
        }
    }

    /// Whether a filter is being typed.
    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.home.is_filtering || self.map.is_filtering || self.files.is_filtering || self.removal.is_editing
    }

    /// Whether volx was told to change nothing on this engine.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.is_read_only)
    }

    /// Whether what the plan removes goes to the trash first.
    #[must_use]
    pub fn goes_to_trash(&self) -> bool {
        self.removal.undo == Undo::Kept && self.jobs.offered.contains(&JobKind::Undo)
    }

    /// Why this cannot be done with a container now; nothing where it can.
    #[must_use]
    pub fn objection(&self, acts: &Acts, act: Act) -> Option<String> {
        if self.is_read_only() {
            return Some("read-only".to_owned());
        }
        acts.objection(act, &self.changes, &self.listed())
    }

    /// Whether there is nothing to show but the lack of an engine.
    #[must_use]
    pub const fn is_offline(&self) -> bool {
        self.inventory.value().is_none() && !matches!(self.link, Link::Live)
    }

    /// What the engine holds, empty while unknown; ask `inventory` itself what is known.
    #[must_use]
    pub fn listed(&self) -> Arc<Inventory> {
        self.inventory.value().cloned().unwrap_or_default()
    }

    /// What the engine's own prune does; as long as nobody answered, what spares most.
    #[must_use]
    pub fn prunes(&self) -> Habit {
        self.engine.as_ref().map_or(Habit::Labelled, |info| info.capabilities.prunes)
    }

    /// Everything that is warned of.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(inventory) = self.inventory.value() {
            warnings.extend(inventory.warnings.iter().map(|w| format!("The engine warns: {w}")));
            warnings.extend(
                inventory.missing.iter().map(|name| {
                    format!("A container has the volume '{name}', which the engine does not list.")
                }),
            );
        }
        warnings.extend(self.map.warnings.iter().cloned());
        let troubles = [
            self.inventory.trouble(),
            self.events_trouble.as_ref(),
            self.sizes.trouble.as_ref(),
            self.history_trouble.as_ref(),
            self.changes.protection_trouble.as_ref(),
        ];
        warnings.extend(self.growth.warnings(&self.listed(), &self.sizes, self.units));
        warnings.extend(troubles.into_iter().flatten().map(ToString::to_string));
        warnings
    }

    /// How long until time is worth telling again.
    #[must_use]
    pub fn tick(&self) -> Duration {
        let is_calm = matches!(self.link, Link::Live) && self.notice.is_none();
        if is_calm && self.jobs.open().next().is_none() { CALM_TICK } else { WAITING_TICK }
    }

    /// A fingerprint of every age that is on the screen: time that changes none is no news.
    pub(super) fn shown_ages(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        let inventory = self.inventory.value();
        if let Some(inventory) = inventory {
            let shown = self.home.rows.iter().skip(self.home.cursor.top).take(self.window.list_rows);
            for row in shown {
                if let super::home::Row::Volume(at) = row {
                    let created = inventory.volumes.get(*at as usize).and_then(|v| v.created_at);
                    created.map(|at| age(self.now, at)).hash(&mut hash);
                    if self.home.columns.contains(&Column::Written) {
                        let written = self.sizes.of(*at as usize).ok().and_then(|u| u.newest_write);
                        written.map(|at| age(self.now, at)).hash(&mut hash);
                    }
                }
            }
            let selected = self.home.selected();
            let measured = selected.and_then(|at| self.sizes.of(at).ok()).map(|u| u.measured_at);
            let known = self.home.selected_name().and_then(|name| self.provenance.get(name));
            for time in [measured, known.and_then(|k| k.free_since), known.and_then(|k| k.first_seen)] {
                time.map(|at| age(self.now, at)).hash(&mut hash);
            }
        }
        if matches!(self.screen, Screen::Map) {
            let measured = match self.map.selected_what() {
                Some(What::Volume(Some(at), _)) => self.sizes.of(at as usize).ok().map(|u| u.measured_at),
                _ => None,
            };
            for time in [self.map.layers_at, measured] {
                time.map(|at| age(self.now, at)).hash(&mut hash);
            }
        }
        if matches!(self.screen, Screen::Activity) {
            for event in
                self.activity.events.iter().skip(self.activity.cursor.top).take(self.window.list_rows)
            {
                age(self.now, event.at).hash(&mut hash);
            }
        }
        if let (Screen::Files, Some(folder)) = (self.screen, self.files.folder()) {
            for row in folder.rows.iter().skip(folder.cursor.top).take(self.window.list_rows) {
                folder.modified(*row).map(|at| age(self.now, at)).hash(&mut hash);
            }
        }
        for job in self.jobs.open() {
            (job.rate(self.now), job.left(self.now)).hash(&mut hash);
        }
        if matches!(self.screen, Screen::Backups) {
            for kept in self.jobs.kept().iter().skip(self.backups.cursor.top).take(self.window.list_rows) {
                (age(self.now, kept.at), kept.proven_words(self.now)).hash(&mut hash);
            }
        }
        match &self.link {
            Link::Live if self.inventory.trouble().is_some() => {
                self.inventory.at().map(|at| span(self.now.as_second() - at.as_second())).hash(&mut hash);
            }
            Link::Live => {}
            Link::Connecting { since } => span(self.now.as_second() - since.as_second()).hash(&mut hash),
            Link::Lost { retry_at, .. } => {
                span(retry_at.as_second() - self.now.as_second()).hash(&mut hash);
                self.inventory.at().map(|at| span(self.now.as_second() - at.as_second())).hash(&mut hash);
            }
        }
        hash.finish()
    }
}

//! The details of the selected volume.

use super::holders::Holder;
use crate::domain::remote::Remote;
use crate::domain::volume::Inspected;

/// A tab of the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// What matters most.
    #[default]
    Overview,
    /// The containers that have it.
    Containers,
    /// The engine's own description.
    Inspect,
    /// How its size changed, and who had it.
    History,
    /// Its backups.
    Backups,
    /// Labels and driver options.
    Labels,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 6] =
        [Self::Overview, Self::Containers, Self::Inspect, Self::History, Self::Backups, Self::Labels];

    /// The tab's title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Containers => "Containers",
            Self::Inspect => "Inspect",
            Self::History => "History",
            Self::Backups => "Backups",
            Self::Labels => "Labels/Options",
        }
    }

    /// The tab `steps` further, round the end.
    #[must_use]
    pub fn turned(self, steps: isize) -> Self {
        let count = Self::ALL.len();
        let here = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        let there = here.saturating_add(count).saturating_add_signed(steps) % count;
        Self::ALL.get(there).copied().unwrap_or_default()
    }
}

/// The details pane.
#[derive(Debug, Default)]
pub struct Details {
    /// The tab that is open.
    pub tab: Tab,
    /// The first line shown.
    pub scroll: usize,
    /// Whether the pane is shown beside or below the list.
    pub is_shown: bool,
    /// Whether it fills the screen.
    pub is_zoomed: bool,
    /// The engine's own description of `inspected_name`.
    pub inspected: Remote<Box<Inspected>>,
    /// What `inspected` is about.
    pub inspected_name: Option<String>,
    /// The row of the Containers tab that was gone to.
    pub holder: Option<Holder>,
}

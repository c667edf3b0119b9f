//! The screens, the panes, and the window that they are in.

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// The volumes.
    #[default]
    Volumes,
    /// The storage map.
    Map,
    /// What grows.
    Monitor,
    /// The backups.
    Backups,
    /// The engine's events.
    Activity,
    /// The files of one volume, reached from the list of volumes.
    Files,
    /// What is to be removed, and what came of it; reached from the others.
    Prune,
}

impl Screen {
    /// Every screen, in the order of the header.
    pub const ALL: [Self; 5] = [Self::Volumes, Self::Map, Self::Monitor, Self::Backups, Self::Activity];

    /// The screen's name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Volumes => "Volumes",
            Self::Map => "Map",
            Self::Monitor => "Monitor",
            Self::Backups => "Backups",
            Self::Activity => "Activity",
            Self::Files => "Files",
            Self::Prune => "Prune",
        }
    }

    /// The name where there is little room.
    #[must_use]
    pub const fn short_title(self) -> &'static str {
        match self {
            Self::Volumes => "Vol",
            Self::Monitor => "Mon",
            Self::Backups => "Bak",
            Self::Activity => "Act",
            other => other.title(),
        }
    }
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// The main list.
    #[default]
    List,
    /// The details.
    Details,
}

/// The shape of the window, as the view lays it out: how many lines each part shows and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Columns.
    pub width: u16,
    /// Lines.
    pub height: u16,
    /// Rows of the main list.
    pub list_rows: usize,
    /// Whether the details fit beside or below the list.
    pub has_details: bool,
    /// Lines of the details that are shown.
    pub details_rows: usize,
    /// Lines of the details that there are.
    pub details_lines: usize,
    /// Columns of what is seen of a file.
    pub preview_width: u16,
    /// Lines of it that are shown.
    pub preview_rows: usize,
    /// Lines of the topmost overlay that are shown.
    pub overlay_rows: usize,
    /// Lines of the topmost overlay that there are.
    pub overlay_lines: usize,
}

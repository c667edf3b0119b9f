//! The symbols of the screen, once with everything a terminal can draw and once in ASCII.

use crate::domain::status::Status;

/// A set of symbols, each one column wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Whether everything drawn must be ASCII.
    pub is_ascii: bool,
    /// A volume in use.
    pub in_use: &'static str,
    /// A volume that only stopped containers have.
    pub attached: &'static str,
    /// A volume that no container has.
    pub dangling: &'static str,
    /// A protected volume.
    pub protected: &'static str,
    /// A marked row.
    pub mark: &'static str,
    /// The selected row.
    pub pointer: &'static str,
    /// What stands for text that is cut.
    pub ellipsis: &'static str,
    /// The least first.
    pub ascending: &'static str,
    /// The greatest first.
    pub descending: &'static str,
    /// What is unknown.
    pub unknown: &'static str,
    /// What is not there.
    pub none: &'static str,
    /// A warning.
    pub warning: &'static str,
    /// Between facts of a line.
    pub dot: &'static str,
    /// A horizontal line.
    pub horizontal: &'static str,
    /// A vertical line.
    pub vertical: &'static str,
    /// The thumb of a scroll bar.
    pub thumb: &'static str,
    /// Parts of a bar's cell, from one eighth (or the whole) up.
    pub bar: &'static [&'static str],
    /// A live connection.
    pub live: &'static str,
    /// A connection that is not.
    pub lost: &'static str,
    /// This or more.
    pub at_least: &'static str,
    /// So many times.
    pub times: &'static str,
    /// A row with more in it than is shown.
    pub folded: &'static str,
    /// A row above what is in it.
    pub unfolded: &'static str,
    /// A volume in the map.
    pub volume: &'static str,
    /// A folder of the host.
    pub bind: &'static str,
    /// Memory.
    pub tmpfs: &'static str,
    /// A writable layer.
    pub layer: &'static str,
    /// Levels of a small chart of one line, the lowest first.
    pub levels: &'static [&'static str],
    /// A line over time: where it began, went on and ended.
    pub lane: Lane,
}

/// How it is drawn that something lasted for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// It began here.
    pub begin: &'static str,
    /// It went on.
    pub line: &'static str,
    /// It ended here.
    pub end: &'static str,
    /// It began before what is shown.
    pub before: &'static str,
    /// It goes on after what is shown.
    pub after: &'static str,
    /// It began or ended here or some time before.
    pub unsure: &'static str,
    /// It began and ended within this one cell.
    pub point: &'static str,
}

impl Glyphs {
    /// Symbols that every UTF-8 terminal font has.
    pub const UNICODE: Self = Self {
        is_ascii: false,
        in_use: "●",
        attached: "◐",
        dangling: "○",
        protected: "§",
        mark: "◆",
        pointer: "▌",
        ellipsis: "…",
        ascending: "▲",
        descending: "▼",
        unknown: "?",
        none: "–",
        warning: "!",
        dot: "·",
        horizontal: "─",
        vertical: "│",
        thumb: "┃",
        bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
        live: "●",
        lost: "○",
        at_least: "≥",
        times: "×",
        folded: "►",
        unfolded: "▼",
        volume: "■",
        bind: "→",
        tmpfs: "≈",
        layer: "≡",
        levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        lane: Lane {
            begin: "├", line: "─", end: "┤", before: "◂", after: "▸", unsure: "┊", point: "◆"
        },
    };

    /// ASCII alone.
    pub const ASCII: Self = Self {
        is_ascii: true,
        in_use: "*",
        attached: "+",
        dangling: "o",
        protected: "$",
        mark: "#",
        pointer: ">",
        ellipsis: "~",
        ascending: "^",
        descending: "v",
        unknown: "?",
        none: "-",
        warning: "!",
        dot: "-",
        horizontal: "-",
        vertical: "|",
        thumb: "#",
        bar: &["="],
        live: "*",
        lost: "o",
        at_least: ">",
        times: "x",
        folded: "+",
        unfolded: "-",
        volume: "v",
        bind: "b",
        tmpfs: "t",
        layer: "l",
        levels: &["_", ".", ":", "-", "=", "+", "*", "#"],
        lane: Lane { begin: "|", line: "-", end: "|", before: "<", after: ">", unsure: ":", point: "#" },
    };

    /// The symbol of a status.
    #[must_use]
    pub const fn status(&self, status: Status) -> &'static str {
        match status {
            Status::InUse => self.in_use,
            Status::Attached => self.attached,
            Status::Dangling => self.dangling,
        }
    }
}

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
}

impl Glyphs {
    /// Symbols that every UTF-8 terminal font has.
    pub const UNICODE: Self = Self {
        is_ascii: false,
        in_use: "●",
        attached: "◐",
        dangling: "○",
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
        folded: "►",
        unfolded: "▼",
        volume: "■",
        bind: "→",
        tmpfs: "≈",
        layer: "≡",
    };

    /// ASCII alone.
    pub const ASCII: Self = Self {
        is_ascii: true,
        in_use: "*",
        attached: "+",
        dangling: "o",
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
        folded: "+",
        unfolded: "-",
        volume: "v",
        bind: "b",
        tmpfs: "t",
        layer: "l",
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

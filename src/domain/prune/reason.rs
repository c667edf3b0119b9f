//! Why a volume is proposed, and why it is kept.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::rules::Preset;
use crate::domain::age::{ago, span};
use crate::domain::protection::Guard;
use crate::domain::size::{Units, human};
use crate::domain::status::Status;
use crate::domain::volume::Kind;

/// Why a volume is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Containers have it.
    Used(Status),
    /// Swarm services mount it.
    Service,
    /// It is protected.
    Protected(Guard),
    /// It belongs to a cluster, not to this engine.
    Cluster,
    /// Somebody named it, and only anonymous ones are asked for.
    Named,
    /// The engine would take it only with its label for anonymous volumes.
    Unlabelled,
    /// It has driver options or another driver.
    Options(Kind),
    /// The engine refuses `prune -a`, and does nothing then.
    RefusesAll,
    /// A filter leaves it out.
    Filtered,
    /// Its name matches no pattern.
    NotOfThatName,
    /// A container had it not so long ago.
    UsedLately(Timestamp),
    /// Nobody knows since when it is unused.
    UnusedSinceUnknown,
    /// It was written not so long ago.
    WrittenLately(Timestamp),
    /// Nobody knows when it was last written.
    WrittenUnknown,
    /// It is not large enough.
    Small(u64),
    /// It is not small enough.
    Large(u64),
    /// Its size is not known, and the rules ask for it.
    SizeUnknown,
    /// It holds something.
    Filled,
    /// It holds nothing.
    Empty,
    /// Nobody knows whether it holds something.
    ContentUnknown,
    /// The user took it out.
    TakenOut,
    /// Who stands guard over volumes cannot be read.
    GuardsUnknown,
}

impl Why {
    /// Why, in a few words.
    #[must_use]
    pub fn words(&self, now: Timestamp, units: Units) -> String {
        match self {
            Self::Used(Status::InUse) => "in use".to_owned(),
            Self::Used(_) => "a stopped container has it".to_owned(),
            Self::Service => "a Swarm service mounts it".to_owned(),
            Self::Protected(guard) => guard.words(),
            Self::Cluster => "a cluster volume: not this engine's alone".to_owned(),
            Self::Named => "named; 'all' takes it too".to_owned(),
            Self::Unlabelled => "without the engine's label for anonymous volumes".to_owned(),
            Self::Options(Kind::Plugin) => "of another driver; 'options' takes it too".to_owned(),
            Self::Options(kind) => format!("has driver options ({}); 'options' takes it too", kind.name()),
            Self::RefusesAll => "this engine refuses 'docker volume prune -a'".to_owned(),
            Self::Filtered => "the filter leaves it out".to_owned(),
            Self::NotOfThatName => "of another name".to_owned(),
            Self::UsedLately(since) => format!("unused only for {}", since_then(now, *since)),
            Self::UnusedSinceUnknown => "unused, but not known for how long".to_owned(),
            Self::WrittenLately(at) => format!("written {}", ago(now, *at)),
            Self::WrittenUnknown => "not known when it was written".to_owned(),
            Self::Small(bytes) => format!("only {}", human(*bytes, units)),
            Self::Large(bytes) => format!("as large as {}", human(*bytes, units)),
            Self::SizeUnknown => "size not measured".to_owned(),
            Self::Filled => "holds something".to_owned(),
            Self::Empty => "holds nothing".to_owned(),
            Self::ContentUnknown => "not known whether it is empty".to_owned(),
            Self::TakenOut => "taken out by you".to_owned(),
            Self::GuardsUnknown => "the list of protected volumes cannot be read".to_owned(),
        }
    }

    /// The word for it in scripts.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Used(Status::InUse) => "in_use",
            Self::Used(_) => "attached",
            Self::Service => "service",
            Self::Protected(_) => "protected",
            Self::Cluster => "cluster",
            Self::Named => "named",
            Self::Unlabelled => "unlabelled",
            Self::Options(_) => "options",
            Self::RefusesAll => "refused_by_engine",
            Self::Filtered => "filtered",
            Self::NotOfThatName => "name",
            Self::UsedLately(_) => "used_lately",
            Self::UnusedSinceUnknown => "unused_since_unknown",
            Self::WrittenLately(_) => "written_lately",
            Self::WrittenUnknown => "written_unknown",
            Self::Small(_) => "smaller",
            Self::Large(_) => "larger",
            Self::SizeUnknown => "size_unknown",
            Self::Filled => "not_empty",
            Self::Empty => "empty",
            Self::ContentUnknown => "content_unknown",
            Self::TakenOut => "taken_out",
            Self::GuardsUnknown => "protection_unknown",
        }
    }
}

/// Why a volume is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the volume")]
pub struct Because {
    /// Whose meaning of "prune" it was; nothing when it was named.
    pub preset: Option<Preset>,
    /// Whether nobody named it.
    pub is_anonymous: bool,
    /// What it is, where that is not a plain folder.
    pub kind: Kind,
    /// Since when no container has it, where that is known.
    pub unused_since: Option<Timestamp>,
    /// Whether that moment was watched: it may be unused for longer otherwise.
    pub is_since_exact: bool,
    /// When it was last written, where the rules ask.
    pub written_at: Option<Timestamp>,
    /// Whether it is known to hold nothing.
    pub is_empty: bool,
    /// Whether a rule about its content chose it.
    pub is_by_content: bool,
}

impl Because {
    /// Why, in a few words: `anonymous, unused for 41d`.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        let mut text = match self.preset {
            None => "named by you".to_owned(),
            Some(_) if self.is_anonymous => "anonymous".to_owned(),
            Some(_) => "named".to_owned(),
        };
        if self.is_empty {
            text.push_str(", empty");
        }
        match self.unused_since {
            // A String never refuses.
            Some(since) => {
                let least = if self.is_since_exact { "" } else { "at least " };
                let _ = write!(text, ", unused for {least}{}", since_then(now, since));
            }
            None => text.push_str(", no container has it"),
        }
        if let Some(at) = self.written_at {
            let _ = write!(text, ", written {}", ago(now, at));
        }
        if !is_here(self.kind) {
            let _ = write!(text, ", {}: its data stays where it is", self.kind.name());
        } else if self.kind == Kind::Tmpfs {
            text.push_str(", tmpfs: it holds nothing without a container");
        }
        text
    }
}

/// Whether removing such a volume removes its data.
#[must_use]
pub const fn is_here(kind: Kind) -> bool {
    match kind {
        Kind::Plain | Kind::Plugin | Kind::Tmpfs => true,
        Kind::Nfs | Kind::Cifs | Kind::Bind | Kind::Device => false,
    }
}

fn since_then(now: Timestamp, since: Timestamp) -> String {
    span(now.as_second() - since.as_second())
}

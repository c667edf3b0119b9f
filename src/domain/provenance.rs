//! Who had a volume last, and since when nobody has.

use jiff::Timestamp;

/// What the history knows of a volume's users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// When volx first saw the volume.
    pub first_seen: Option<Timestamp>,
    /// The name of the container that had it last (or has it).
    pub last_user: Option<String>,
    /// That container's image.
    pub last_image: Option<String>,
    /// Since when no container has it; `None` while one has.
    ///
    /// The latest moment that is possible: where nobody watched the release, it is the moment at
    /// which the volume was first seen free, and never before the last time in which nobody watched at
    /// all, so that "unused for" never claims too much.
    pub free_since: Option<Timestamp>,
    /// Whether the release itself was watched, so that `free_since` is exact.
    pub is_exact: bool,
}

//! The columns a list of volumes can have: one table for the screen, the scripts and the sort menu.

use std::str::FromStr;

use strsim::damerau_levenshtein;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// Held or free.
    Status,
    /// The volume's name.
    Name,
    /// The Compose project.
    Project,
    /// What it holds.
    Size,
    /// By how much that changed since a day ago.
    Change,
    /// When anything in it was last written.
    Written,
    /// The containers that have it.
    Containers,
    /// The driver.
    Driver,
    /// What the local driver mounts.
    Kind,
    /// When it was made.
    Created,
    /// Where the engine mounts it.
    Mountpoint,
    /// `local` or `global`.
    Scope,
    /// Whether nobody named it.
    Anonymous,
    /// Whether it must not be removed.
    Protected,
    /// Its labels.
    Labels,
    /// Its driver options.
    Options,
}

impl Column {
    /// Every column, in the order menus show them.
    pub const ALL: [Self; 16] = [
        Self::Status,
        Self::Name,
        Self::Project,
        Self::Size,
        Self::Change,
        Self::Written,
        Self::Containers,
        Self::Driver,
        Self::Kind,
        Self::Created,
        Self::Mountpoint,
        Self::Scope,
        Self::Anonymous,
        Self::Protected,
        Self::Labels,
        Self::Options,
    ];

    /// The columns of the screen unless the configuration names others.
    pub const SCREEN: [Self; 9] = [
        Self::Status,
        Self::Name,
        Self::Project,
        Self::Size,
        Self::Change,
        Self::Written,
        Self::Containers,
        Self::Driver,
        Self::Created,
    ];

    /// The name in the configuration, `--columns` and `--sort`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Name => "name",
            Self::Project => "project",
            Self::Size => "size",
            Self::Change => "change",
            Self::Written => "written",
            Self::Containers => "containers",
            Self::Driver => "driver",
            Self::Kind => "kind",
            Self::Created => "created",
            Self::Mountpoint => "mountpoint",
            Self::Scope => "scope",
            Self::Anonymous => "anonymous",
            Self::Protected => "protected",
            Self::Labels => "labels",
            Self::Options => "options",
        }
    }

    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Status => "STATUS",
            Self::Name => "NAME",
            Self::Project => "PROJECT",
            Self::Size => "SIZE",
            Self::Change => "CHANGE",
            Self::Written => "WRITTEN",
            Self::Containers => "CONTAINERS",
            Self::Driver => "DRIVER",
            Self::Kind => "KIND",
            Self::Created => "CREATED",
            Self::Mountpoint => "MOUNTPOINT",
            Self::Scope => "SCOPE",
            Self::Anonymous => "ANONYMOUS",
            Self::Protected => "PROTECTED",
            Self::Labels => "LABELS",
            Self::Options => "OPTIONS",
        }
    }

    /// Whether the greatest come first when the column is first sorted by.
    #[must_use]
    pub const fn starts_descending(self) -> bool {
        matches!(self, Self::Size | Self::Change | Self::Written | Self::Containers | Self::Created)
    }
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|c| c.name() == text).ok_or_else(|| {
            let nearest = Self::ALL.into_iter().min_by_key(|c| damerau_levenshtein(c.name(), &text));
            let all = Self::ALL.map(Self::name).join(", ");
            match nearest {
                Some(near) if damerau_levenshtein(near.name(), &text) <= 2 => {
                    format!("no column '{text}', did you mean '{}'? There are: {all}", near.name())
                }
                _ => format!("no column '{text}'. There are: {all}"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_answered_with_the_nearest() {
        assert_eq!("SIZE".parse(), Ok(Column::Size));
        let error = "naem".parse::<Column>().expect_err("a typo");
        assert!(error.contains("'name'"), "{error}");
    }
}

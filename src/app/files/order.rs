//! In which order the entries of a folder stand.

/// What entries are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FileKey {
    /// What an entry and all below it weighs.
    #[default]
    Size,
    /// The name, as people read it.
    Name,
    /// The last write.
    Modified,
}

impl FileKey {
    /// Every key, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Size, Self::Name, Self::Modified];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Name => "name",
            Self::Modified => "modified",
        }
    }
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOrder {
    /// By what.
    pub key: FileKey,
    /// Whether the greatest (or newest) comes first.
    pub is_descending: bool,
}

impl Default for FileOrder {
    fn default() -> Self {
        Self { key: FileKey::Size, is_descending: true }
    }
}

impl FileOrder {
    /// The order after this key was chosen: chosen again, it turns round.
    #[must_use]
    pub fn chosen(self, key: FileKey) -> Self {
        if self.key == key { self.turned() } else { Self { key, is_descending: key != FileKey::Name } }
    }

    /// The other way round.
    #[must_use]
    pub const fn turned(self) -> Self {
        Self { key: self.key, is_descending: !self.is_descending }
    }
}

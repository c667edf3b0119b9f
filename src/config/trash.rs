//! Where the trash is, and how much it keeps how long: the `[trash]` section.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::watch::Within;
use crate::domain::size;

/// The section. Everything may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Whether what is removed goes to the trash unless told otherwise.
    pub undo: Option<bool>,
    /// Its folder.
    pub dir: Option<Folder>,
    /// How long what is in it stays at least.
    pub keep: Option<Within>,
    /// What it may hold.
    pub size: Option<Limit>,
}

/// What follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrashSettings {
    /// Whether what is removed goes to the trash unless told otherwise.
    pub is_on: bool,
    /// Its folder.
    pub dir: PathBuf,
    /// Seconds after which what is in it is dropped.
    pub keep: Option<i64>,
    /// Bytes that it may hold.
    pub limit: Option<u64>,
}

impl Section {
    /// Takes over what `other` sets.
    pub fn overlay(&mut self, other: Self) {
        self.undo = other.undo.or(self.undo);
        self.dir = other.dir.or(self.dir.take());
        self.keep = other.keep.or(self.keep);
        self.size = other.size.or(self.size);
    }

    /// What follows from it; `state` is the folder for what volx remembers.
    #[must_use]
    pub fn settings(self, state: &Path) -> TrashSettings {
        TrashSettings {
            is_on: self.undo.unwrap_or(true),
            dir: self.dir.and_then(|dir| dir.0).unwrap_or_else(|| state.join("trash")),
            keep: self.keep.and_then(|keep| keep.0),
            limit: self.size.and_then(|size| size.0),
        }
    }
}

/// An absolute path; nothing where it is empty.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Folder(Option<PathBuf>);

impl TryFrom<String> for Folder {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match PathBuf::from(&text) {
            _ if text.is_empty() => Ok(Self(None)),
            path if path.is_absolute() => Ok(Self(Some(path))),
            _ => Err(format!("the trash's folder is a path from / on, not \"{text}\"")),
        }
    }
}

/// A size, or `unlimited`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct Limit(Option<u64>);

impl TryFrom<String> for Limit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "unlimited" { Ok(Self(None)) } else { size::parse(&text).map(|bytes| Self(Some(bytes))) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::{ConfigFile, Source};
    use super::*;

    fn read(text: &str) -> Result<TrashSettings, String> {
        let source = Source { name: "my.toml".to_owned(), text: text.to_owned() };
        let mut file = ConfigFile::defaults().map_err(|e| e.to_string())?;
        file.overlay(ConfigFile::parse(&source).map_err(|e| e.to_string())?);
        Ok(file.trash.unwrap_or_default().settings(Path::new("/state")))
    }

    #[test]
    fn what_is_set_counts_and_the_rest_is_as_shipped() {
        let shipped = read("").expect("read");
        let (keep, limit) = (Some(14 * 86_400), Some(20_000_000_000));
        assert_eq!(shipped, TrashSettings { is_on: true, dir: "/state/trash".into(), keep, limit });
        let mine =
            read("[trash]\nundo = false\ndir = \"/mnt/trash\"\nkeep = \"never\"\nsize = \"unlimited\"");
        let expected = TrashSettings { is_on: false, dir: "/mnt/trash".into(), keep: None, limit: None };
        assert_eq!(mine, Ok(expected));
        assert_eq!(read("[trash]\nsize = \"1 GB\"").expect("read").keep, keep);
        assert!(read("[trash]\ndir = \"here\"").expect_err("wrong").starts_with("my.toml:2:"));
    }
}

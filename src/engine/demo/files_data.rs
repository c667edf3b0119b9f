//! The data set of the demo's files: trees in a small language of paths.

use std::collections::BTreeMap;

use std::sync::OnceLock;

use serde::Deserialize;

use crate::domain::size;

const TEXT: &str = include_str!("../../../assets/demo-files.toml");

/// All of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesData {
    /// What volumes hold; the last one is for all that no other fits.
    #[serde(rename = "tree")]
    pub(super) trees: Vec<TreeData>,
    /// Texts by name.
    pub(super) texts: BTreeMap<String, String>,
    /// Lines of logs by name.
    pub(super) logs: BTreeMap<String, Vec<String>>,
}

/// What one sort of volume holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TreeData {
    /// Looked for in the volume's name and in the images of its containers.
    pub(super) words: Vec<String>,
    /// User and group.
    pub(super) owner: (u32, u32),
    /// The permission bits of files and of folders, octal.
    modes: (String, String),
    entries: String,
}

/// A line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The paths that it stands for, in parts.
    pub(super) paths: Vec<Vec<Vec<u8>>>,
    pub(super) size: LineSize,
    /// What it is, and of which name.
    pub(super) kind: (String, String),
    pub(super) mode: Option<u32>,
}

/// How large each path of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineSize {
    /// What its text has.
    Own,
    Bytes(u64),
    /// A share of what is left.
    Share(u64),
}

impl FilesData {
    /// Reads the embedded one.
    ///
    /// # Errors
    /// When it is no valid data set; a test makes sure that it is.
    pub(super) fn embedded() -> Result<&'static Self, &'static toml::de::Error> {
        static READ: OnceLock<Result<FilesData, toml::de::Error>> = OnceLock::new();
        READ.get_or_init(|| toml::from_str(TEXT)).as_ref()
    }
}

impl TreeData {
    /// The permission bits of files and of folders.
    pub(super) fn modes(&self) -> (u32, u32) {
        let octal = |text: &str| u32::from_str_radix(text, 8).unwrap_or(0);
        (octal(&self.modes.0), octal(&self.modes.1))
    }

    /// Its lines; `None` for one that cannot be read, which a test excludes.
    pub(super) fn lines(&self) -> impl Iterator<Item = Option<Line>> {
        self.entries.lines().filter(|line| !line.trim().is_empty()).map(line)
    }
}

fn line(text: &str) -> Option<Line> {
    let mut words = text.split_whitespace();
    let (path, size, kind) = (words.next()?, words.next()?, words.next()?);
    let mode = match words.next() {
        Some(octal) => Some(u32::from_str_radix(octal, 8).ok()?),
        None => None,
    };
    let size = match (size, size.strip_prefix('*')) {
        ("-", _) => LineSize::Own,
        (_, Some(share)) => LineSize::Share(share.parse().ok()?),
        (size, None) => LineSize::Bytes(size::parse(size).ok()?),
    };
    let (kind, name) = kind.split_once(':').unwrap_or((kind, ""));
    let paths = expanded(path)?
        .iter()
        .map(|path| path.split('/').map(unescaped).collect::<Option<Vec<_>>>())
        .collect::<Option<Vec<_>>>()?;
    Some(Line { paths, size, kind: (kind.to_owned(), name.to_owned()), mode })
}

/// Every path that a pattern with `{…}` stands for.
fn expanded(pattern: &str) -> Option<Vec<String>> {
    let Some((before, rest)) = pattern.split_once('{') else { return Some(vec![pattern.to_owned()]) };
    let (inside, after) = rest.split_once('}')?;
    let tails = expanded(after)?;
    let mut paths = Vec::new();
    for word in inside.split(',').map(choices).collect::<Option<Vec<_>>>()?.into_iter().flatten() {
        paths.extend(tails.iter().map(|tail| format!("{before}{word}{tail}")));
    }
    Some(paths)
}

/// `a`, or what `1-9`, `001-120`, `a-f`, `1a-1f` or `x00-3F` stand for.
fn choices(text: &str) -> Option<Vec<String>> {
    let Some((from, to)) = text.split_once('-') else { return Some(vec![text.to_owned()]) };
    if let (Some(from), width) = (from.strip_prefix('x'), to.len())
        && width == from.len()
    {
        let range = u32::from_str_radix(from, 16).ok()?..=u32::from_str_radix(to, 16).ok()?;
        return Some(range.map(|n| format!("{n:0width$X}")).collect());
    }
    if let (Ok(first), Ok(last)) = (from.parse::<u32>(), to.parse::<u32>()) {
        let width = if from.starts_with('0') { from.len() } else { 0 };
        return Some((first..=last).map(|n| format!("{n:0width$}")).collect());
    }
    // Only the last letter or digit runs; a hyphen between other words is a hyphen.
    let (stem, first) = from.split_at_checked(from.len().checked_sub(1)?)?;
    let Some(last) = to.strip_prefix(stem).filter(|last| last.len() == 1) else {
        return Some(vec![text.to_owned()]);
    };
    Some((first.chars().next()?..=last.chars().next()?).map(|letter| format!("{stem}{letter}")).collect())
}

/// A name with its `%XX` as bytes.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let (code, tail) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_trees_are_whole() {
        let data = FilesData::embedded().expect("valid");
        assert!(data.trees.last().is_some_and(|tree| tree.words.is_empty()), "the last fits everything");
        for tree in &data.trees {
            assert_ne!(tree.modes(), (0, 0));
            for (at, line) in tree.lines().enumerate() {
                let line = line.unwrap_or_else(|| panic!("{:?}: line {at} can be read", tree.words));
                let (kind, name) = &line.kind;
                match kind.as_str() {
                    "text" | "latin1" | "utf16" => assert!(data.texts.contains_key(name), "{name}"),
                    "log" => assert!(data.logs.contains_key(name), "{name}"),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn the_language_of_paths() {
        let all = |pattern| expanded(pattern).expect("a pattern").join(" ");
        assert_eq!(all("a/{1-3}.{x,y}"), "a/1.x a/1.y a/2.x a/2.y a/3.x a/3.y");
        assert_eq!(all("{008-010}{xE-F}"), "008E 008F 009E 009F 010E 010F");
        assert_eq!(all("_{1a-1c}"), "_1a _1b _1c");
        assert_eq!(all("{react-dom}"), "react-dom");
        assert_eq!(unescaped("caf%e9"), Some(b"caf\xe9".to_vec()));
        assert_eq!(unescaped("50%"), None);
    }
}

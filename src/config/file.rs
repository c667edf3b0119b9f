//! Reading TOML with errors that help: file, line, what is wrong, what was nearest.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use strsim::damerau_levenshtein;

use super::trash::Section;
use super::watch::Watch;
use crate::domain::access::Way;
use crate::domain::column::Column;
use crate::domain::size::{self, Units};
use crate::domain::sort::Sort;

/// A settings file larger than this is none.
const MAX_FILE: u64 = 1 << 20;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user has no home folder.
    #[error("cannot find your home folder: {0}")]
    NoHome(String),
    /// A file cannot be read.
    #[error("cannot read {}: {detail}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A file says something that cannot be meant.
    #[error("{file}:{line}: {detail}")]
    Wrong {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what could be meant.
        detail: String,
    },
    /// There is no such theme.
    #[error("there is no theme '{name}': neither shipped (calm, light, mono) nor at {}", path.display())]
    NoTheme {
        /// The name.
        name: String,
        /// Where one was looked for.
        path: PathBuf,
    },
}

/// The text of a file and what to call it.
#[derive(Debug, Clone)]
pub struct Source {
    /// What to call it in errors.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// A file that is part of the program.
    #[must_use]
    pub fn shipped(name: &str, text: &str) -> Self {
        Self { name: format!("(shipped) {name}"), text: text.to_owned() }
    }

    /// Reads a file; `None` when it is missing and may be.
    ///
    /// # Errors
    /// When it cannot be read, is missing although `is_needed`, or is far too large.
    pub fn read(path: &Path, is_needed: bool) -> Result<Option<Self>, Error> {
        let failed = |detail: String| Error::Unreadable { path: path.to_owned(), detail };
        match std::fs::metadata(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !is_needed => return Ok(None),
            Err(e) => return Err(failed(e.to_string())),
            Ok(meta) if meta.len() > MAX_FILE => return Err(failed("it is larger than 1 MiB".to_owned())),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
        Ok(Some(Self { name: path.display().to_string(), text }))
    }

    /// Reads its TOML.
    ///
    /// # Errors
    /// With file, line and the nearest key.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        toml::from_str(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.wrong(at, with_nearest(error.message()))
        })
    }

    /// An error at a byte of the text.
    #[must_use]
    pub fn wrong(&self, at: usize, detail: impl Into<String>) -> Error {
        let line = self.text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        Error::Wrong { file: self.name.clone(), line, detail: detail.into() }
    }
}

/// serde says "unknown field `x`, expected one of `a`, `b`": adds which of those is nearest.
fn with_nearest(message: &str) -> String {
    let message = message.trim();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (true, Some(wrong)) = (message.starts_with("unknown "), quoted.next()) else {
        return message.to_owned();
    };
    match quoted.min_by_key(|word| damerau_levenshtein(word, wrong)) {
        Some(near) if damerau_levenshtein(near, wrong) <= near.len().div_ceil(2) => {
            format!("unknown '{wrong}', did you mean '{near}'? ({message})")
        }
        _ => message.to_owned(),
    }
}

/// The settings file. Everything may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// The theme's name.
    pub theme: Option<String>,
    /// The units of sizes.
    pub units: Option<UnitsWord>,
    /// ASCII only.
    pub ascii: Option<Ascii>,
    /// The mouse.
    pub mouse: Option<bool>,
    /// Measuring without being asked.
    pub measure: Option<bool>,
    /// Entries beyond which a volume is not measured without being asked.
    pub measure_limit: Option<u64>,
    /// The way into volumes.
    pub access: Option<AccessWord>,
    /// The order at the start.
    pub sort: Option<SortWord>,
    /// The columns.
    pub columns: Option<Vec<ColumnWord>>,
    /// Grouping at the start.
    pub group_by_project: Option<bool>,
    /// The details pane at the start.
    pub details: Option<bool>,
    /// What a container may write into its own layer before it is warned of.
    pub layer_warning: Option<SizeWord>,
    /// Whether nothing may be changed.
    pub read_only: Option<bool>,
    /// Name patterns of volumes that must not be removed.
    pub protect: Option<Vec<String>>,
    /// The folder of the backups.
    pub backup_dir: Option<PathBuf>,
    /// What is watched for.
    pub watch: Option<Watch>,
    /// The trash.
    pub trash: Option<Section>,
}

impl ConfigFile {
    /// The shipped settings.
    ///
    /// # Errors
    /// When they are broken, which a test excludes.
    pub fn defaults() -> Result<Self, Error> {
        Self::parse(&Source::shipped("config.toml", include_str!("../../assets/config.toml")))
    }

    /// Reads a settings file.
    ///
    /// # Errors
    /// With file, line and the nearest key.
    pub fn parse(source: &Source) -> Result<Self, Error> {
        source.parse()
    }

    /// Takes over what `other` sets.
    pub fn overlay(&mut self, other: Self) {
        fn take<T>(own: &mut Option<T>, other: Option<T>) {
            if other.is_some() {
                *own = other;
            }
        }
        take(&mut self.theme, other.theme);
        take(&mut self.units, other.units);
        take(&mut self.ascii, other.ascii);
        take(&mut self.mouse, other.mouse);
        take(&mut self.measure, other.measure);
        take(&mut self.measure_limit, other.measure_limit);
        take(&mut self.access, other.access);
        take(&mut self.sort, other.sort);
        take(&mut self.columns, other.columns);
        take(&mut self.group_by_project, other.group_by_project);
        take(&mut self.details, other.details);
        take(&mut self.layer_warning, other.layer_warning);
        take(&mut self.read_only, other.read_only);
        take(&mut self.protect, other.protect);
        take(&mut self.backup_dir, other.backup_dir);
        if let Some(watch) = other.watch {
            self.watch.get_or_insert_default().overlay(watch);
        }
        if let Some(trash) = other.trash {
            self.trash.get_or_insert_default().overlay(trash);
        }
    }
}

/// `"decimal"` or `"binary"`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitsWord {
    /// Powers of 1000.
    Decimal,
    /// Powers of 1024.
    Binary,
}

impl From<UnitsWord> for Units {
    fn from(word: UnitsWord) -> Self {
        match word {
            UnitsWord::Decimal => Self::Decimal,
            UnitsWord::Binary => Self::Binary,
        }
    }
}

/// `true`, `false` or `"auto"`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Ascii {
    /// As the locale says.
    Auto,
    /// As the user says.
    Is(bool),
}

impl TryFrom<toml::Value> for Ascii {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Boolean(is_ascii) => Ok(Self::Is(is_ascii)),
            toml::Value::String(word) if word == "auto" => Ok(Self::Auto),
            other => Err(format!("ascii is true, false or \"auto\", not {other}")),
        }
    }
}

/// `"auto"`, or the only way to take.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct AccessWord(pub Option<Way>);

impl TryFrom<String> for AccessWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = [Way::Direct, Way::Helper, Way::Archive].into_iter().find(|way| way.name() == text);
        match known {
            Some(way) => Ok(Self(Some(way))),
            None if text == "auto" => Ok(Self(None)),
            None => Err(format!("access is \"auto\", \"direct\", \"helper\" or \"archive\", not \"{text}\"")),
        }
    }
}

/// A size as people write it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct SizeWord(pub u64);

impl TryFrom<String> for SizeWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        size::parse(&text).map(Self)
    }
}

/// A column's name.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct ColumnWord(pub Column);

impl TryFrom<String> for ColumnWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

/// A column's name, with `-` before it for the greatest first and `+` for the least.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct SortWord(pub Sort);

impl TryFrom<String> for SortWord {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl std::str::FromStr for SortWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (is_descending, column) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(column), _) => (Some(true), column),
            (None, Some(column)) => (Some(false), column),
            (None, None) => (None, text),
        };
        let sort = Sort::by(column.parse()?);
        Ok(Self(Sort { is_descending: is_descending.unwrap_or(sort.is_descending), ..sort }))
    }
}

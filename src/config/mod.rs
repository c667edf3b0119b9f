//! What the user set: defaults, then files, then the environment, then flags.
//!
//! The defaults are files too, in `assets/`, read by the same parser as the user's own.

pub mod file;
pub mod glyphs;
pub mod keymap;
pub mod paths;
pub mod theme;
pub mod trash;
pub mod watch;

use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::app::model::{LAYER_WARNING, Settings};
use crate::domain::access::Way;
use crate::domain::column::Column;
use crate::domain::size::Units;
use crate::domain::sort::Sort;

use file::{Ascii, ConfigFile, Error, Source};
use glyphs::Glyphs;
use keymap::Keymap;
use paths::Paths;
use theme::Theme;
use trash::TrashSettings;

/// Everything that is set.
#[derive(Debug, Clone)]
pub struct Config {
    /// How things look.
    pub theme: Theme,
    /// Which keys do what.
    pub keymap: Keymap,
    /// Which symbols are drawn.
    pub glyphs: Glyphs,
    /// In which units sizes are shown.
    pub units: Units,
    /// Whether the mouse is listened to.
    pub has_mouse: bool,
    /// What is measured without being asked for.
    pub measuring: Measuring,
    /// The zone in which clock times are shown.
    pub timezone: TimeZone,
    /// How the screen begins.
    pub settings: Settings,
    /// Whether nothing may be changed anywhere.
    pub is_read_only: bool,
    /// The name patterns of volumes that must not be removed.
    pub protect: Vec<String>,
    /// The folder of the backups.
    pub backups: PathBuf,
    /// The trash.
    pub trash: TrashSettings,
    /// Where files are.
    pub paths: Paths,
}

/// What is measured without being asked for, and how anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measuring {
    /// Whether anything is.
    pub is_on: bool,
    /// Entries beyond which a volume is left alone; 0 is no limit.
    pub limit: u64,
    /// The only way to take.
    pub forced: Option<Way>,
}

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--read-only`.
    pub read_only: bool,
}

/// The part of the environment that configures volx.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `VOLX_CONFIG`.
    pub config: Option<PathBuf>,
    /// `VOLX_THEME`.
    pub theme: Option<String>,
    /// Whether `NO_COLOR` is set and not empty. [no-color.org]
    pub no_color: bool,
    /// Whether the locale's letters are UTF-8.
    pub is_utf8: bool,
}

impl Surroundings {
    /// Reads the process's own.
    #[must_use]
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        Self {
            config: set("VOLX_CONFIG").map(PathBuf::from),
            theme: set("VOLX_THEME"),
            no_color: set("NO_COLOR").is_some(),
            // An unset locale says nothing about the terminal; only a set one that is not UTF-8 does.
            is_utf8: locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8"),
        }
    }
}

impl Config {
    /// Reads everything.
    ///
    /// # Errors
    /// Names file, line and the nearest thing that could be meant.
    pub fn load(flags: &Flags, surroundings: &Surroundings) -> Result<Self, Error> {
        let paths = Paths::find(flags.config.clone().or_else(|| surroundings.config.clone()))?;
        let mut settings = ConfigFile::defaults()?;
        // A file that was named must be there; the usual place may be empty.
        let is_named = flags.config.is_some() || surroundings.config.is_some();
        if let Some(source) = Source::read(&paths.config, is_named)? {
            settings.overlay(ConfigFile::parse(&source)?);
        }
        let mut keymap = Keymap::defaults()?;
        if let Some(source) = Source::read(&paths.keymap, false)? {
            keymap.overlay(&source)?;
        }
        let without_colour = surroundings.no_color.then(|| "mono".to_owned());
        let theme = flags
            .theme
            .clone()
            .or(without_colour)
            .or_else(|| surroundings.theme.clone())
            .or_else(|| settings.theme.clone())
            .unwrap_or_default();
        let is_ascii = flags.ascii
            || match settings.ascii {
                Some(Ascii::Is(is_ascii)) => is_ascii,
                Some(Ascii::Auto) | None => !surroundings.is_utf8,
            };
        Ok(Self {
            theme: Theme::named(&theme, &paths.themes)?,
            keymap,
            glyphs: if is_ascii { Glyphs::ASCII } else { Glyphs::UNICODE },
            units: settings.units.map_or(Units::Decimal, Into::into),
            has_mouse: settings.mouse.unwrap_or(true),
            measuring: Measuring {
                is_on: settings.measure.unwrap_or(true),
                limit: settings.measure_limit.unwrap_or(0),
                forced: settings.access.and_then(|access| access.0),
            },
            timezone: TimeZone::system(),
            is_read_only: flags.read_only || settings.read_only.unwrap_or(false),
            protect: settings.protect.unwrap_or_default(),
            backups: paths.backups(settings.backup_dir.as_deref()),
            trash: settings.trash.unwrap_or_default().settings(&paths.state),
            settings: Settings {
                sort: settings.sort.map_or_else(Sort::default, |s| s.0),
                columns: settings.columns.filter(|c| !c.is_empty()).map_or_else(
                    || Column::SCREEN.to_vec(),
                    |columns| columns.into_iter().map(|c| c.0).collect(),
                ),
                is_grouped: settings.group_by_project.unwrap_or(false),
                has_details: settings.details.unwrap_or(true),
                layer_warning: settings.layer_warning.map_or(LAYER_WARNING, |size| size.0),
                rules: settings.watch.unwrap_or_default().rules(),
                units: settings.units.map_or(Units::Decimal, Into::into),
            },
            paths,
        })
    }

    /// The defaults alone, for tests and examples.
    ///
    /// # Errors
    /// When the shipped files are broken, which a test excludes.
    pub fn defaults() -> Result<Self, Error> {
        let nowhere = PathBuf::from("/nonexistent/volx");
        let paths = Paths {
            home: nowhere.clone(),
            config: nowhere.join("config.toml"),
            keymap: nowhere.join("keymap.toml"),
            themes: nowhere.join("themes"),
            state: nowhere.join("state"),
        };
        let settings = ConfigFile::defaults()?;
        Ok(Self {
            theme: Theme::named(settings.theme.as_deref().unwrap_or("calm"), &paths.themes)?,
            keymap: Keymap::defaults()?,
            glyphs: Glyphs::UNICODE,
            units: Units::Decimal,
            has_mouse: true,
            measuring: Measuring { is_on: true, limit: 0, forced: None },
            timezone: TimeZone::UTC,
            is_read_only: false,
            protect: Vec::new(),
            backups: nowhere.join("backups"),
            trash: settings.trash.unwrap_or_default().settings(&paths.state),
            settings: Settings::default(),
            paths,
        })
    }
}

#[cfg(test)]
mod tests;

//! Where the user's files are: the XDG folders, on every Unix.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::file::Error;

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The user's home.
    pub home: PathBuf,
    /// The settings.
    pub config: PathBuf,
    /// The keys.
    pub keymap: PathBuf,
    /// The folder of the user's own themes.
    pub themes: PathBuf,
    /// The folder for what volx remembers.
    pub state: PathBuf,
}

impl Paths {
    /// Finds them; `config` names the settings file where it is not in its usual place. The keymap
    /// and the themes are beside it.
    ///
    /// # Errors
    /// When the user has no home.
    pub fn find(config: Option<PathBuf>) -> Result<Self, Error> {
        let base = etcetera::choose_base_strategy().map_err(|e| Error::NoHome(e.to_string()))?;
        let folder = base.config_dir().join("volx");
        let config = config.unwrap_or_else(|| folder.join("config.toml"));
        let beside = config.parent().map_or(folder, Path::to_path_buf);
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("volx");
        let home = etcetera::home_dir().map_err(|e| Error::NoHome(e.to_string()))?;
        Ok(Self { home, config, keymap: beside.join("keymap.toml"), themes: beside.join("themes"), state })
    }

    /// The history's file.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.state.join("history.db")
    }

    /// The folder of the backups: the one of the settings, in which `~/` is the home, else one in the home.
    #[must_use]
    pub fn backups(&self, chosen: Option<&Path>) -> PathBuf {
        match chosen {
            Some(chosen) => match chosen.strip_prefix("~") {
                Ok(below) => self.home.join(below),
                Err(_) => self.home.join(chosen),
            },
            None => self.home.join("volx-backups"),
        }
    }

    /// The audit log's file.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.state.join("audit.jsonl")
    }
}

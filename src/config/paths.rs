//! Where the user's files are: the XDG folders, on every Unix.

use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::file::Error;

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
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
        let beside = config.parent().map_or(folder, std::path::Path::to_path_buf);
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("volx");
        Ok(Self { config, keymap: beside.join("keymap.toml"), themes: beside.join("themes"), state })
    }

    /// The history's file.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.state.join("history.db")
    }

    /// The audit log's file.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.state.join("audit.jsonl")
    }
}

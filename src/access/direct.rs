//! The direct way: through the mountpoint on this machine, where that is provably the engine's.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::walk::{Progress, Walked, walk};
use super::ways;
use crate::domain::access::Way;
use crate::domain::engine::EngineInfo;
use crate::domain::volume::{Kind, Volume};

/// How far the engine's creation time may be from the folder's own: it is told in whole seconds.
const SECONDS_APART: i64 = 2;

/// Why a volume cannot be reached directly.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine's paths are not ours.
    #[error("{0}")]
    NotOurs(String),
    /// The folder is empty until something is mounted on it, or no folder of the engine at all.
    #[error("a volume of kind {0} holds its data elsewhere until a container mounts it")]
    NotAFolder(&'static str),
    /// The folder at that path is not this volume's.
    #[error("{}: {reason}", path.display())]
    Unproven {
        /// The path.
        path: PathBuf,
        /// What speaks against it.
        reason: String,
    },
    /// The walk failed.
    #[error("{}: {source}", path.display())]
    Walk {
        /// The path.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
}

/// Proof that this engine's paths are this machine's.
#[derive(Debug, Clone)]
pub struct Direct {
    root: PathBuf,
}

impl Direct {
    /// Proves it: the process behind the socket is an engine and sees the same file system.
    ///
    /// # Errors
    /// When that cannot be proven; a tunnelled socket never is.
    pub async fn prove(engine: &EngineInfo) -> Result<Self, Error> {
        let report = ways::report(engine).await;
        match (report.into_iter().find(|r| r.way == Way::Direct), &engine.root_dir) {
            (Some(report), Some(root)) if report.is_open => Ok(Self { root: PathBuf::from(root) }),
            (Some(report), _) => Err(Error::NotOurs(report.why)),
            (None, _) => Err(Error::NotOurs("the direct way is not known here".to_owned())),
        }
    }

    /// The folder of a volume, proven to be this volume's.
    ///
    /// # Errors
    /// When the volume is no plain folder, its path is outside the engine's own, or the folder
    /// was made at another time than the volume.
    pub fn folder(&self, volume: &Volume) -> Result<PathBuf, Error> {
        if volume.kind() != Kind::Plain {
            return Err(Error::NotAFolder(volume.kind().name()));
        }
        let path = volume.mountpoint.as_deref().map(PathBuf::from).unwrap_or_default();
        let unproven = |reason: String| Error::Unproven { path: path.clone(), reason };
        let is_plain = path.components().all(|c| !matches!(c, std::path::Component::ParentDir));
        if !is_plain || !path.starts_with(&self.root) {
            return Err(unproven(format!("not below the engine's own {}", self.root.display())));
        }
        let created =
            volume.created_at.ok_or_else(|| unproven("the engine tells no creation time".to_owned()))?;
        let agrees = |path: &Path| made_at(path).map(|at| is_near(at, created));
        // Docker 20.10 tells when the folder itself changed, later ones when its parent was made.
        let parent = path.parent().unwrap_or(&path);
        match (agrees(parent), agrees(&path)) {
            (Ok(true), _) | (_, Ok(true)) => Ok(path),
            (Err(error), _) | (_, Err(error)) => Err(unproven(error.to_string())),
            (Ok(false), Ok(false)) => {
                Err(unproven("the folder there was not made when the volume was".to_owned()))
            }
        }
    }

    /// Measures a volume. Blocks: call it on a thread that may.
    ///
    /// # Errors
    /// As for [`Direct::folder`], and when the folder cannot be opened.
    pub fn measure(&self, volume: &Volume, progress: &Progress) -> Result<Walked, Error> {
        let path = self.folder(volume)?;
        walk(&path, progress).map_err(|source| Error::Walk { path, source })
    }
}

fn made_at(path: &Path) -> io::Result<i64> {
    std::fs::symlink_metadata(path).map(|meta| meta.ctime())
}

fn is_near(made: i64, created: Timestamp) -> bool {
    (made - created.as_second()).abs() <= SECONDS_APART
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(path: &Path, created: i64) -> Volume {
        Volume {
            name: "v".to_owned(),
            driver: "local".to_owned(),
            mountpoint: Some(path.display().to_string()),
            created_at: Timestamp::from_second(created).ok(),
            ..Volume::default()
        }
    }

    #[test]
    fn a_folder_that_is_not_the_volume_s_is_refused() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let data = folder.path().join("volumes/v/_data");
        std::fs::create_dir_all(&data).expect("folders");
        std::fs::write(data.join("file"), vec![1; 5000]).expect("a file");
        let now = made_at(&data).expect("there");
        let direct = Direct { root: folder.path().to_owned() };
        let walked = direct.measure(&volume(&data, now), &Progress::default()).expect("measured");
        assert_eq!((walked.files, walked.apparent), (1, 5000));

        let refused = |volume: &Volume| direct.folder(volume).expect_err("refused").to_string();
        assert!(refused(&volume(&data, now - 60)).contains("was not made when the volume was"));
        assert!(refused(&volume(Path::new("/etc"), now)).contains("not below"));
        assert!(refused(&volume(&data.join("../../../.."), now)).contains("not below"));
        assert!(refused(&volume(&folder.path().join("volumes/w/_data"), now)).contains("No such file"));
        let mut nfs = volume(&data, now);
        nfs.options = [("type".to_owned(), "nfs".to_owned()), ("device".to_owned(), ":/x".to_owned())].into();
        assert!(refused(&nfs).contains("kind nfs"), "an unmounted folder is not the share");
    }
}

//! Whether the folders that containers bind are there: looked at here, where the engine's file
//! system is provably ours.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;

use super::direct::Direct;
use crate::domain::engine::EngineInfo;
use crate::domain::map::Sources;

/// A file system that does not answer (an NFS share whose server is gone) is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks for each of these paths, without following a last link.
pub async fn look(engine: &EngineInfo, paths: Vec<String>) -> Sources {
    match Direct::prove(engine).await {
        Ok(_) => looked(paths).await,
        Err(why) => Sources::unknown(why.to_string()),
    }
}

async fn looked(paths: Vec<String>) -> Sources {
    let wanted = paths.len();
    let (sender, mut told) = mpsc::unbounded_channel();
    // A thread that a dead file system holds is left behind; what it told until then counts.
    tokio::task::spawn_blocking(move || {
        for path in paths {
            let found = is_there(Path::new(&path));
            if sender.send((path, found)).is_err() {
                return;
            }
        }
    });
    let mut sources = Sources::default();
    let mut answered = 0;
    let gathering = async {
        while let Some((path, found)) = told.recv().await {
            answered += 1;
            match found {
                Ok(found) => drop(sources.found.insert(path, found)),
                Err(why) => sources.reason = Some(format!("{path}: {why}")),
            }
        }
    };
    let is_late = tokio::time::timeout(PATIENCE, gathering).await.is_err();
    if is_late && answered < wanted {
        sources.reason = Some(format!("a file system did not answer within {} seconds", PATIENCE.as_secs()));
    }
    sources
}

/// Whether something is there; an error says why that cannot be known.
fn is_there(path: &Path) -> std::io::Result<bool> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    if !path.is_absolute() {
        return Err(std::io::Error::other("it is no absolute path"));
    }
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn present_missing_and_unknown_are_told_apart() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("file"), b"x").expect("a file");
        std::os::unix::fs::symlink("/nowhere/at/all", path("link")).expect("a link");
        let paths = ["file", "link", "gone", "file/below"].map(path);
        let asked = paths.iter().cloned().chain(["C:\\data".to_owned()]).collect();
        let sources = looked(asked).await;
        assert_eq!(sources.of(&paths[0]), Some(true));
        assert_eq!(sources.of(&paths[1]), Some(true), "the link itself is there; it is not followed");
        assert_eq!(sources.of(&paths[2]), Some(false));
        assert_eq!(sources.of(&paths[3]), Some(false), "nothing is below a file");
        assert_eq!(sources.of("C:\\data"), None, "a path of another system is unknown");
        assert!(sources.reason.expect("a reason").contains("C:\\data"));
    }
}

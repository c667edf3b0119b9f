//! Deleting backups, with what stands beside them.

use std::path::{Path, PathBuf};

use crate::domain::trouble::Trouble;
use crate::vault;

/// How the name of a backup ends.
const ENDING: &str = ".tar.zst";

/// Deletes a backup. Blocks.
///
/// # Errors
/// When it is none by its name, or cannot be removed.
pub fn delete(path: &Path) -> Result<(), Trouble> {
    let failed =
        |cause: String| Trouble::new("a backup was not deleted", format!("{}: {cause}", path.display()));
    let is_backup = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING));
    if !is_backup {
        return Err(failed(format!("no backup has a name that does not end in {ENDING}")));
    }
    match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Err(failed("it is no file".to_owned())),
        Err(error) => return Err(failed(error.to_string())),
    }
    vault::forget(path).map_err(|error| failed(error.to_string()))
}

/// Deletes backups, one after the other; answers which stay, each with its reason. Blocks.
#[must_use]
pub fn delete_all(paths: &[PathBuf]) -> Vec<Trouble> {
    paths.iter().filter_map(|path| delete(path).err()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_goes_with_what_stands_beside_it_and_nothing_else_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["a.tar.zst", "a.tar.zst.json", "a.tar.zst.sha256", "b.tar.zst", "notes.txt"] {
            std::fs::write(at(name), "x").expect("written");
        }
        std::os::unix::fs::symlink(at("notes.txt"), at("link.tar.zst")).expect("linked");
        let stay = delete_all(&[at("a.tar.zst"), at("notes.txt"), at("link.tar.zst"), at("gone.tar.zst")]);
        assert_eq!(stay.len(), 3, "{stay:?}");
        let mut left: Vec<String> = std::fs::read_dir(folder.path())
            .expect("listed")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, ["b.tar.zst", "link.tar.zst", "notes.txt"]);
    }
}

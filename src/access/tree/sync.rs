//! Bringing what was written onto the disk.

use std::os::fd::AsFd;

use rustix::fs::{Dir, FileType, fsync, syncfs};
use rustix::io::Errno;

use super::read::Opened;
use super::{Tree, failed, is_entry};
use crate::access::content::Error;
use crate::domain::place::Place;

/// So few entries are brought onto the disk one after the other: all of a file system waits for whatever
/// anybody writes to it.
pub const FEW: usize = 64;

impl Tree {
    /// Waits until all that was written into it is on the disk.
    ///
    /// # Errors
    /// When it is not there, or the disk refuses it.
    pub fn sync(&self) -> Result<(), Error> {
        if self.sync_few(&mut { FEW })? {
            return Ok(());
        }
        let root = Place::root();
        syncfs(self.folder(&root)?).map_err(|errno| failed(&root, errno))
    }

    /// The same of a few files and folders, at most as many as are left; `false` where there are more, or
    /// what can be brought there with its file system alone.
    ///
    /// # Errors
    /// As for [`Tree::sync`].
    pub fn sync_few(&self, left: &mut usize) -> Result<bool, Error> {
        let synced =
            self.folder(&Place::root()).map(|root| Dir::new(root).and_then(|root| self.each(root, left)))?;
        synced.map_err(|errno| failed(&Place::root(), errno))
    }

    /// With no call deeper for a folder deeper; a folder after what is in it. What cannot be opened, or not be
    /// brought there alone, is left to its file system.
    fn each(&self, root: Dir, left: &mut usize) -> Result<bool, Errno> {
        let mut levels = vec![root];
        while let Some(names) = levels.last_mut() {
            let Some(entry) = names.read().transpose()? else {
                if !alone(names.fd()?)? {
                    return Ok(false);
                }
                levels.pop();
                continue;
            };
            if !is_entry(entry.file_name()) {
                continue;
            }
            let Some(fewer) = left.checked_sub(1) else { return Ok(false) };
            *left = fewer;
            let folder = names.fd()?;
            match entry.file_type() {
                FileType::RegularFile => match self.open_file(folder, entry.file_name()) {
                    Ok(Opened::File(file, _)) if alone(&file)? => {}
                    _ => return Ok(false),
                },
                FileType::Directory => match self.enter(folder, entry.file_name()) {
                    Ok(below) => levels.push(Dir::new(below)?),
                    Err(_) => return Ok(false),
                },
                // A link or a device cannot be opened to be brought there.
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Brings one onto the disk; `false` where its file system does that for no single one. A disk that fails
/// says so but once, so that is no reason to ask again.
fn alone(open: impl AsFd) -> Result<bool, Errno> {
    match fsync(open) {
        Err(Errno::INVAL | Errno::NOTSUP | Errno::ROFS) => Ok(false),
        synced => synced.map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_brought_there_alone_and_what_cannot_be_is_said() {
        let folder = tempfile::TempDir::new().expect("a folder");
        std::fs::create_dir_all(folder.path().join("a/b")).expect("folders");
        std::fs::write(folder.path().join("a/b/file"), "content").expect("a file");
        let few = |mut left: usize| {
            let tree = Tree::open(folder.path()).expect("a tree");
            tree.sync().expect("synced");
            let is_done = tree.sync_few(&mut left).expect("synced");
            (is_done, left)
        };
        assert_eq!(few(5), (true, 2));
        assert_eq!(few(3), (true, 0));
        assert_eq!(few(2), (false, 0), "there are more");
        std::os::unix::fs::symlink("b", folder.path().join("a/link")).expect("a link");
        assert!(!few(100).0, "a link cannot be opened");
        std::fs::remove_file(folder.path().join("a/link")).expect("no link");
        assert!(few(100).0);
        // Somebody else's file system, or what is like it to whoever only looks at numbers.
        let elsewhere = Tree { device: (0, 0), ..Tree::open(folder.path()).expect("a tree") };
        assert!(
            !elsewhere.sync_few(&mut { 100 }).expect("no failure"),
            "what is mounted in it is not entered"
        );
        elsewhere.sync().expect("its file system is");
    }
}

//! Emptying a volume: all entries go, and what the root itself was given.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, Dir, unlinkat};
use rustix::io::Errno;

use super::attributes::{self, Held};
use super::{Tree, failed, is_entry};
use crate::access::content::Error;
use crate::access::walk::Progress;
use crate::domain::place::Place;

impl Tree {
    /// Removes everything in it. Other file systems are not entered, and keep it from being empty.
    ///
    /// # Errors
    /// When something cannot be removed; what was removed before is gone.
    pub fn clear(&self, progress: &Progress) -> Result<(), Error> {
        let root = self.folder(&Place::root())?;
        // A default ACL would be inherited by whatever comes into it next.
        attributes::remove_all(&Held::Open(root.as_fd()));
        self.empty(root, progress)
    }

    /// With no call deeper for a folder deeper.
    fn empty(&self, root: OwnedFd, progress: &Progress) -> Result<(), Error> {
        let refused = |errno| failed(&Place::root(), errno);
        let mut levels = vec![(Dir::new(root).map_err(refused)?, Vec::new())];
        while let Some((names, _)) = levels.last_mut() {
            if progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            match names.read() {
                Some(Ok(entry)) if is_entry(entry.file_name()) => {
                    let name = entry.file_name();
                    let folder = names.fd().map_err(refused)?;
                    match unlinkat(folder, name, AtFlags::empty()) {
                        Ok(()) | Err(Errno::NOENT) => {
                            progress.entries.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(Errno::ISDIR | Errno::PERM) => {
                            let below = self.enter(folder, name).map_err(refused)?;
                            levels.push((Dir::new(below).map_err(refused)?, name.to_bytes().to_vec()));
                        }
                        Err(errno) => return Err(refused(errno)),
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(errno)) => return Err(refused(errno)),
                None => {
                    let Some((_, name)) = levels.pop() else { break };
                    if let Some((above, _)) = levels.last_mut() {
                        let folder = above.fd().map_err(refused)?;
                        match unlinkat(folder, name.as_slice(), AtFlags::REMOVEDIR) {
                            Ok(()) | Err(Errno::NOENT) => {
                                progress.entries.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(errno) => return Err(refused(errno)),
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it_goes_and_what_is_beside_it_stays() {
        let around = tempfile::tempdir().expect("a folder");
        let inside = around.path().join("in");
        std::fs::create_dir_all(inside.join("a/b/c")).expect("folders");
        std::fs::write(around.path().join("beside"), "stays").expect("a file");
        for file in ["x", "a/y", "a/b/c/z"] {
            std::fs::write(inside.join(file), "goes").expect("a file");
        }
        std::os::unix::fs::symlink(around.path(), inside.join("a/out")).expect("a link");
        Tree::open(&inside).expect("a tree").clear(&Progress::default()).expect("cleared");
        assert_eq!(std::fs::read_dir(&inside).expect("there").count(), 0);
        assert_eq!(std::fs::read(around.path().join("beside")).expect("there"), b"stays");
    }
}

//! Whether two processes mean the same file: a path may lead elsewhere in another container, or on another
//! machine.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

/// Told anew at each start of a system, and the same for all its containers. [random(4)]
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// What no two files have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameFile {
    /// The system that has it open.
    boot: String,
    /// The file system, as that system counts them.
    device: u64,
    inode: u64,
}

impl SameFile {
    /// Of an open file.
    ///
    /// # Errors
    /// When the system does not say it.
    pub fn of(file: &File) -> io::Result<Self> {
        let (boot, meta) = (std::fs::read_to_string(BOOT)?, file.metadata()?);
        Ok(Self { boot, device: meta.dev(), inode: meta.ino() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_itself_by_whatever_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let [a, b, c] = ["a", "b", "c"].map(|name| folder.path().join(name));
        std::fs::write(&a, b"x").expect("a file");
        std::fs::hard_link(&a, &b).expect("a link");
        std::fs::write(&c, b"x").expect("a file");
        let of = |path| SameFile::of(&File::open(path).expect("open")).expect("known");
        assert_eq!(of(&a), of(&b));
        assert_ne!(of(&a), of(&c));
    }
}

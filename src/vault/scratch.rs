//! Where an index grows that is too large for memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags, open};

/// What is held in memory before a file is taken.
const MEMORY: usize = 8 * 1024 * 1024;

/// Where there is room for what does not fit into memory.
#[derive(Debug, Clone)]
pub enum Scratch {
    /// A folder; the file in it has no name.
    Folder(PathBuf),
    /// Nowhere: it is held in memory all the same.
    Memory,
}

/// Bytes that are written once and then read once.
pub(super) struct Spill {
    scratch: Scratch,
    memory: Vec<u8>,
    file: Option<File>,
}

impl Spill {
    pub(super) const fn new(scratch: Scratch) -> Self {
        Self { scratch, memory: Vec::new(), file: None }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.memory.extend_from_slice(bytes);
        let Scratch::Folder(folder) = &self.scratch else { return Ok(()) };
        if self.memory.len() < MEMORY {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(nameless(folder)?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.memory)?;
            self.memory.clear();
        }
        Ok(())
    }

    /// Writes all of it on.
    pub(super) fn pour(mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file.take(u64::MAX), out)?;
        }
        out.write_all(&self.memory)
    }
}

/// A file that is gone when it is closed, also when we are killed.
fn nameless(folder: &PathBuf) -> io::Result<File> {
    let mode = Mode::RUSR | Mode::WUSR;
    if let Ok(file) = open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode) {
        return Ok(file.into());
    }
    // Not every file system can do that.
    let path = folder.join(format!(".volx-index-{}.partial", std::process::id()));
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
    let file = open(&path, flags, mode)?;
    std::fs::remove_file(&path)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_poured_is_what_was_added() {
        let folder = tempfile::tempdir().expect("a folder");
        for scratch in [Scratch::Memory, Scratch::Folder(folder.path().to_owned())] {
            let mut spill = Spill::new(scratch);
            let mut expected = Vec::new();
            for part in 0..25_u8 {
                let bytes = vec![part; 1 << 20];
                spill.add(&bytes).expect("added");
                expected.extend(bytes);
            }
            assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0, "it has no name");
            let mut poured = Vec::new();
            spill.pour(&mut poured).expect("poured");
            assert!(poured == expected);
        }
    }
}

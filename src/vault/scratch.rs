//! Where an index grows that is too large for memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, mem};

use rustix::fs::{Mode, OFlags, open};

/// What is held in memory before a file is taken.
const MEMORY: usize = 8 * 1024 * 1024;
/// What is sent away at once.
const PIECE: usize = 256 * 1024;

/// Where there is room for what does not fit into memory.
#[derive(Debug, Clone)]
pub enum Scratch {
    /// A folder; the file in it has no name.
    Folder(PathBuf),
    /// Nowhere: it is held in memory all the same.
    Memory,
    /// Elsewhere: it is sent there as it grows.
    Away(Away),
}

impl Scratch {
    /// Where this machine has room for what is needed for a while: `TMPDIR`, or else a folder that outlives a
    /// restart, for the other one is often memory.
    #[must_use]
    pub fn spare() -> Self {
        let told = std::env::var_os("TMPDIR").map(PathBuf::from);
        let usual = ["/var/tmp", "/tmp"].map(PathBuf::from);
        let mut folders = told.into_iter().chain(usual);
        folders.find(|folder| nameless(folder).is_ok()).map_or(Self::Memory, Self::Folder)
    }
}

/// Takes pieces of an index to where it grows.
#[derive(Clone)]
pub struct Away(pub Arc<dyn Fn(Vec<u8>) -> io::Result<()> + Send + Sync>);

impl fmt::Debug for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Away")
    }
}

/// Bytes that are written once and then read.
pub(super) struct Spill {
    scratch: Scratch,
    memory: Vec<u8>,
    file: Option<File>,
    /// How many are in the file.
    written: u64,
}

impl Spill {
    pub(super) const fn new(scratch: Scratch) -> Self {
        Self { scratch, memory: Vec::new(), file: None, written: 0 }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.memory.extend_from_slice(bytes);
        match &self.scratch {
            Scratch::Memory => Ok(()),
            Scratch::Away(_) => self.send(PIECE),
            Scratch::Folder(_) if self.memory.len() < MEMORY => Ok(()),
            Scratch::Folder(folder) => {
                let file = match &mut self.file {
                    Some(file) => file,
                    none => none.insert(nameless(folder)?),
                };
                file.write_all(&self.memory)?;
                self.written += self.memory.len() as u64;
                self.memory.clear();
                Ok(())
            }
        }
    }

    /// Sends what is here away, in pieces, when there are so many bytes at least.
    pub(super) fn send(&mut self, least: usize) -> io::Result<()> {
        let Scratch::Away(away) = &self.scratch else { return Ok(()) };
        if self.memory.len() < least.max(1) {
            return Ok(());
        }
        let mut memory = mem::take(&mut self.memory);
        while memory.len() > PIECE {
            let rest = memory.split_off(PIECE);
            (away.0)(mem::replace(&mut memory, rest))?;
        }
        (away.0)(memory)
    }

    /// How many bytes are here.
    pub(super) const fn len(&self) -> u64 {
        self.written + self.memory.len() as u64
    }

    /// Some of what was added at once, from a byte on.
    pub(super) fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        match (&self.file, at.checked_sub(self.written)) {
            (Some(file), None) => file.read_exact_at(&mut bytes, at)?,
            (_, from) => {
                let from = from.and_then(|from| usize::try_from(from).ok()).unwrap_or(usize::MAX);
                self.memory.get(from..).unwrap_or_default().read_exact(&mut bytes)?;
            }
        }
        Ok(bytes)
    }

    /// Writes all of it on; of one that is elsewhere, nothing.
    pub(super) fn pour(mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file.take(u64::MAX), out)?;
        }
        out.write_all(&self.memory)
    }
}

/// How many files got a name for a moment.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A file that is gone when it is closed, also when we are killed.
pub(super) fn nameless(folder: &Path) -> io::Result<File> {
    let mode = Mode::RUSR | Mode::WUSR;
    if let Ok(file) = open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode) {
        return Ok(file.into());
    }
    // Not every file system can do that.
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".volx-index-{}-{number}.partial", std::process::id()));
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
            assert_eq!(spill.len(), expected.len() as u64);
            for part in 0..25_u8 {
                let at = u64::from(part) << 20;
                assert_eq!(spill.read_at(at + 7, 3).expect("read"), [part; 3]);
            }
            assert!(spill.read_at(spill.len(), 1).is_err());
            assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0, "it has no name");
            let mut poured = Vec::new();
            spill.pour(&mut poured).expect("poured");
            assert!(poured == expected);
        }
    }
}

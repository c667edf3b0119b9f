//! What one thread counted, and the sum of all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use rustix::fs::{FileType, Stat, Statx, StatxAttributes, major, minor};

use super::{LARGEST, Walked};
use crate::domain::text::shortened;
use crate::domain::usage::{FolderWeight, Largest};

/// The unit of `stx_blocks`, whatever the file system's own is. [statx(2)]
const BLOCK: u64 = 512;
/// Bytes of a path that are told; folders may be nested without end.
const MAX_PATH: usize = 16 * 1024;

/// The counts of one thread.
#[derive(Default)]
pub(super) struct Tally {
    walked: Walked,
    /// Newest write in seconds and nanoseconds since 1970.
    newest: Option<(i64, u32)>,
    /// The largest so far, the least of them on top.
    heap: BinaryHeap<Reverse<(u64, u64, Vec<u8>)>>,
    /// Bytes on disk in each of the root's folders.
    tops: Vec<u64>,
}

/// Bytes on disk.
pub(in crate::access) const fn allocated(stat: &Statx) -> u64 {
    stat.stx_blocks.saturating_mul(BLOCK)
}

/// What is counted of an entry, whichever call told it.
pub(super) struct Facts {
    pub(super) allocated: u64,
    pub(super) size: u64,
    pub(super) links: u64,
    pub(super) device: (u32, u32),
    pub(super) inode: u64,
    pub(super) is_folder: bool,
    /// Whether another file system begins here, or what was bound here.
    pub(super) is_mount: bool,
    /// The later of modification and change.
    newest: (i64, u32),
}

impl From<&Statx> for Facts {
    fn from(stat: &Statx) -> Self {
        let time = |time: rustix::fs::StatxTimestamp| (time.tv_sec, time.tv_nsec);
        Self {
            allocated: allocated(stat),
            size: stat.stx_size,
            links: stat.stx_nlink.into(),
            device: (stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            is_folder: FileType::from_raw_mode(stat.stx_mode.into()) == FileType::Directory,
            is_mount: stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
            newest: time(stat.stx_mtime).max(time(stat.stx_ctime)),
        }
    }
}

impl From<&Stat> for Facts {
    #[allow(clippy::useless_conversion, reason = "the fields' types differ between architectures")]
    fn from(stat: &Stat) -> Self {
        let time = |seconds, nanos| (seconds, u32::try_from(nanos).unwrap_or(0));
        Self {
            allocated: u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(BLOCK),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            links: stat.st_nlink.into(),
            device: (major(stat.st_dev), minor(stat.st_dev)),
            inode: stat.st_ino,
            is_folder: FileType::from_raw_mode(stat.st_mode) == FileType::Directory,
            is_mount: false,
            newest: time(stat.st_mtime, stat.st_mtime_nsec).max(time(stat.st_ctime, stat.st_ctime_nsec)),
        }
    }
}

impl Tally {
    pub(super) fn add_root(&mut self, root: &Facts) {
        self.walked.allocated += root.allocated;
        self.newest = self.newest.max(Some(root.newest));
    }

    pub(super) fn add_folder(&mut self, folder: &Facts, top: Option<usize>) {
        self.walked.dirs += 1;
        self.walked.allocated += folder.allocated;
        self.add_to_top(top, folder.allocated);
        self.newest = self.newest.max(Some(folder.newest));
    }

    pub(super) fn add_error(&mut self) {
        self.walked.errors += 1;
    }

    /// Counts a file; `path` is asked for only if it is one of the largest.
    pub(super) fn add_file(&mut self, file: &Facts, top: Option<usize>, path: impl FnOnce() -> Vec<u8>) {
        let bytes = file.allocated;
        self.add_to_top(top, bytes);
        self.walked.files += 1;
        self.walked.allocated += bytes;
        self.walked.apparent = self.walked.apparent.saturating_add(file.size);
        self.newest = self.newest.max(Some(file.newest));
        let is_large =
            self.heap.len() < LARGEST || self.heap.peek().is_some_and(|Reverse(least)| least.0 < bytes);
        if bytes > 0 && is_large {
            if self.heap.len() >= LARGEST {
                self.heap.pop();
            }
            self.heap.push(Reverse((bytes, file.size, path())));
        }
    }

    fn add_to_top(&mut self, top: Option<usize>, bytes: u64) {
        let Some(top) = top else { return };
        if self.tops.len() <= top {
            self.tops.resize(top + 1, 0);
        }
        if let Some(sum) = self.tops.get_mut(top) {
            *sum += bytes;
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.walked.apparent = self.walked.apparent.saturating_add(other.walked.apparent);
        self.walked.allocated += other.walked.allocated;
        self.walked.files += other.walked.files;
        self.walked.dirs += other.walked.dirs;
        self.walked.errors += other.walked.errors;
        self.newest = self.newest.max(other.newest);
        self.heap.extend(other.heap);
        for (top, bytes) in other.tops.into_iter().enumerate() {
            self.add_to_top(Some(top), bytes);
        }
    }

    pub(super) fn finish(self, now: Timestamp, links_overflowed: bool, tops: &[Vec<u8>]) -> Walked {
        let mut folders: Vec<_> = self.tops.into_iter().zip(tops).collect();
        folders.sort_unstable_by(|a, b| b.cmp(a));
        folders.truncate(LARGEST);
        let mut largest: Vec<_> = self.heap.into_iter().map(|Reverse(entry)| entry).collect();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        largest.truncate(LARGEST);
        Walked {
            // A clock that ran ahead wrote nothing in the future.
            newest_write: self
                .newest
                .map(|(seconds, nanos)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos))
                .and_then(|n| Timestamp::from_nanosecond(n.min(now.as_nanosecond())).ok()),
            links_overflowed,
            largest: largest
                .into_iter()
                .map(|(allocated, apparent, path)| Largest {
                    path: shortened(String::from_utf8_lossy(&path).into_owned(), MAX_PATH),
                    allocated,
                    apparent,
                })
                .collect(),
            folders: folders
                .into_iter()
                .map(|(allocated, name)| FolderWeight {
                    path: String::from_utf8_lossy(name).into_owned(),
                    allocated,
                })
                .collect(),
            ..self.walked
        }
    }
}

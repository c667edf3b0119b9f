//! What one thread counted, and the sum of all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use rustix::fs::Statx;

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
    /// Newest write in nanoseconds since 1970.
    newest: Option<i128>,
    /// The largest so far, the least of them on top.
    heap: BinaryHeap<Reverse<(u64, u64, Vec<u8>)>>,
    /// Bytes on disk in each of the root's folders.
    tops: Vec<u64>,
}

/// Bytes on disk.
pub(in crate::access) const fn allocated(stat: &Statx) -> u64 {
    stat.stx_blocks.saturating_mul(BLOCK)
}

impl Tally {
    pub(super) fn add_root(&mut self, stat: &Statx) {
        self.walked.allocated += allocated(stat);
        self.touch(stat);
    }

    pub(super) fn add_folder(&mut self, stat: &Statx, top: Option<usize>) {
        self.walked.dirs += 1;
        self.walked.allocated += allocated(stat);
        self.add_to_top(top, allocated(stat));
        self.touch(stat);
    }

    pub(super) fn add_error(&mut self) {
        self.walked.errors += 1;
    }

    /// Counts a file; `path` is asked for only if it is one of the largest.
    pub(super) fn add_file(&mut self, stat: &Statx, top: Option<usize>, path: impl FnOnce() -> Vec<u8>) {
        let bytes = allocated(stat);
        self.add_to_top(top, bytes);
        self.walked.files += 1;
        self.walked.allocated += bytes;
        self.walked.apparent = self.walked.apparent.saturating_add(stat.stx_size);
        self.touch(stat);
        let is_large =
            self.heap.len() < LARGEST || self.heap.peek().is_some_and(|Reverse(least)| least.0 < bytes);
        if bytes > 0 && is_large {
            if self.heap.len() >= LARGEST {
                self.heap.pop();
            }
            self.heap.push(Reverse((bytes, stat.stx_size, path())));
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

    fn touch(&mut self, stat: &Statx) {
        for time in [stat.stx_mtime, stat.stx_ctime] {
            let nanos = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
            self.newest = self.newest.max(Some(nanos));
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

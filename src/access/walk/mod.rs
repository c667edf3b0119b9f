//! The measuring walk: every entry below a folder, by folder descriptors, with several threads.
//!
//! A volume is hostile and changes underfoot. Nothing is opened but folders, and those relative to
//! their parent's descriptor with `O_NOFOLLOW`: a link swapped in during the walk leads nowhere.
//! Whatever vanishes is no error. Paths are never resolved again, which also makes it fast: the
//! kernel looks up one name an entry. Folders are taken from a shared stack, the deepest first; a
//! huge folder is shared out in batches of names.

mod folder;
mod tally;

use std::collections::HashSet;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatxFlags, openat, statx};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::domain::usage::{FolderWeight, Largest};
use folder::{Folder, Task, Worker};
pub(super) use tally::allocated;
use tally::{Facts, Tally};

/// How many of the largest files and folders are kept.
const LARGEST: usize = crate::domain::usage::LISTED;
/// How many of the root's folders are weighed; more of them are nobody's to look at one by one.
const MAX_TOPS: usize = 4096;
/// Locks among which hard links are spread.
const LINK_LOCKS: usize = 16;
/// Hard links remembered in all; beyond it a link may be counted twice, and that is said.
const MAX_LINKS: usize = 4_000_000;
/// Threads: the kernel's own locks make more of them useless.
const MAX_THREADS: usize = 8;

/// What a walk found. All sums count a file with several links once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Walked {
    /// Sum of the sizes of all but folders, in bytes, as the engine's df counts.
    pub apparent: u64,
    /// Bytes on disk of every entry, the root included, as `du` counts.
    pub allocated: u64,
    /// Entries that are no folders.
    pub files: u64,
    /// Folders below the root.
    pub dirs: u64,
    /// The newest of all modification and change times, the future clamped.
    pub newest_write: Option<Timestamp>,
    /// Entries that could not be read.
    pub errors: u64,
    /// Whether there were more hard links than can be remembered.
    pub links_overflowed: bool,
    /// The largest files, the largest first.
    pub largest: Vec<Largest>,
    /// The largest of the root's own folders with all below them, the largest first.
    pub folders: Vec<FolderWeight>,
}

/// How far a walk is, readable while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Entries seen.
    pub entries: AtomicU64,
    /// Bytes on disk seen; where content is copied, bytes of content.
    pub allocated: AtomicU64,
    /// Where it is one of several volumes: how many are done, and of how many.
    volumes: (AtomicU64, AtomicU64),
    is_cancelled: AtomicBool,
    /// Entries beyond which it ends by itself; 0 is no limit.
    limit: AtomicU64,
    /// For those who wait instead of asking.
    end: CancellationToken,
}

impl Progress {
    /// One that ends by itself beyond so many entries.
    #[must_use]
    pub fn limited(limit: u64) -> Self {
        Self { limit: AtomicU64::new(limit), ..Self::default() }
    }

    /// Whether it saw more than it may.
    #[must_use]
    pub fn is_over_limit(&self) -> bool {
        let limit = self.limit.load(Ordering::Relaxed);
        limit > 0 && self.entries.load(Ordering::Relaxed) > limit
    }

    /// Ends the walk as soon as each thread has finished its folder's batch.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.end.cancel();
    }

    /// Waits until it is told to end.
    pub fn cancelled(&self) -> WaitForCancellationFutureOwned {
        self.end.clone().cancelled_owned()
    }

    /// Takes over what another walk says of itself.
    pub fn tell(&self, entries: u64, allocated: u64) {
        self.entries.store(entries, Ordering::Relaxed);
        self.allocated.store(allocated, Ordering::Relaxed);
    }

    /// Entries and bytes on disk seen so far.
    #[must_use]
    pub fn seen(&self) -> (u64, u64) {
        (self.entries.load(Ordering::Relaxed), self.allocated.load(Ordering::Relaxed))
    }

    /// So many volumes will come.
    pub fn expect_volumes(&self, count: u64) {
        self.volumes.1.store(count, Ordering::Relaxed);
    }

    /// One of them is done.
    pub fn volume_done(&self) {
        self.volumes.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many are done, and of how many; nothing where there are not several.
    #[must_use]
    pub fn volumes(&self) -> Option<(u64, u64)> {
        let of = self.volumes.1.load(Ordering::Relaxed);
        (of > 1).then(|| (self.volumes.0.load(Ordering::Relaxed).min(of), of))
    }

    /// Whether it was told to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed) || self.is_over_limit()
    }
}

/// What the threads share.
struct Shared<'p> {
    stack: Mutex<Vec<Task>>,
    wake: Condvar,
    /// Tasks on the stack or in work; at 0 the walk is over.
    pending: AtomicUsize,
    /// Threads that wait for a task.
    hungry: AtomicUsize,
    links: [Mutex<HashSet<(u64, u64)>>; LINK_LOCKS],
    link_count: AtomicUsize,
    /// The names of the root's folders, as they are found.
    tops: Mutex<Vec<Vec<u8>>>,
    /// The device that must not be left.
    device: (u32, u32),
    progress: &'p Progress,
}

/// Measures everything below `root`, on this thread and as many more as help.
///
/// # Errors
/// When `root` itself cannot be opened as a folder, or is removed before the end. `Interrupted`
/// when it was cancelled: a part of a walk is no measurement.
pub fn walk(root: &Path, progress: &Progress) -> io::Result<Walked> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    walk_at(openat(CWD, root, flags, Mode::empty())?, progress)
}

/// Measures everything below an open folder.
///
/// # Errors
/// As for [`walk`].
pub fn walk_at(descriptor: OwnedFd, progress: &Progress) -> io::Result<Walked> {
    allow_many_descriptors();
    let mask = StatxFlags::BASIC_STATS;
    let stat = statx(&descriptor, c"", AtFlags::EMPTY_PATH, mask)?;
    let root = Arc::new(Folder::root(descriptor));
    let shared = Shared {
        stack: Mutex::new(vec![Task::Folder(Arc::clone(&root))]),
        wake: Condvar::new(),
        pending: AtomicUsize::new(1),
        hungry: AtomicUsize::new(0),
        links: std::array::from_fn(|_| Mutex::new(HashSet::new())),
        link_count: AtomicUsize::new(0),
        tops: Mutex::default(),
        device: (stat.stx_dev_major, stat.stx_dev_minor),
        progress,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let mut total = Tally::default();
    total.add_root(&Facts::from(&stat));
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| Worker::new(&shared).run())).collect();
        total.merge(Worker::new(&shared).run());
        for other in others {
            match other.join() {
                Ok(tally) => total.merge(tally),
                // A thread that broke took its counts along: the sum would be a lie.
                Err(_) => progress.cancel(),
            }
        }
    });
    if progress.is_cancelled() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    if root.is_removed() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it was removed meanwhile"));
    }
    let overflowed = shared.link_count.load(Ordering::Relaxed) >= MAX_LINKS;
    let tops = shared.tops.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(total.finish(Timestamp::now(), overflowed, &tops))
}

/// A descriptor is open for each level of a deep tree: takes all that the system allows at most.
pub(super) fn allow_many_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum {
        // Where it is refused the walk counts what it cannot open.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
}

impl Shared<'_> {
    fn lock(&self) -> MutexGuard<'_, Vec<Task>> {
        self.stack.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts tasks up for anybody.
    fn push(&self, tasks: &mut Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        self.pending.fetch_add(tasks.len(), Ordering::AcqRel);
        let many = tasks.len() > 1;
        self.lock().append(tasks);
        if self.hungry.load(Ordering::Acquire) > 0 {
            if many { self.wake.notify_all() } else { self.wake.notify_one() }
        }
    }

    /// The next task; `None` when all is done or the walk was cancelled.
    fn pop(&self) -> Option<Task> {
        let mut stack = self.lock();
        loop {
            if self.progress.is_cancelled() {
                return None;
            }
            if let Some(task) = stack.pop() {
                return Some(task);
            }
            if self.pending.load(Ordering::Acquire) == 0 {
                return None;
            }
            self.hungry.fetch_add(1, Ordering::AcqRel);
            stack = self.wake.wait(stack).unwrap_or_else(PoisonError::into_inner);
            self.hungry.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// One task less; the last one wakes everybody to go home.
    fn done(&self) {
        if self.pending.fetch_sub(1, Ordering::AcqRel) == 1 || self.progress.is_cancelled() {
            // With the lock, so that nobody who is about to wait misses it.
            let _stack = self.lock();
            self.wake.notify_all();
        }
    }

    /// The number of one more of the root's folders; `None` when there are too many.
    fn top(&self, name: &[u8]) -> Option<usize> {
        let mut tops = self.tops.lock().unwrap_or_else(PoisonError::into_inner);
        (tops.len() < MAX_TOPS).then(|| {
            tops.push(name.to_vec());
            tops.len() - 1
        })
    }

    /// Whether this is the first link to the file that is seen.
    fn is_first_link(&self, device: (u32, u32), inode: u64) -> bool {
        let key = ((u64::from(device.0) << 32) | u64::from(device.1), inode);
        let lock = usize::try_from(inode).unwrap_or(0) % LINK_LOCKS;
        let Some(links) = self.links.get(lock) else { return true };
        if self.link_count.load(Ordering::Relaxed) >= MAX_LINKS {
            return true;
        }
        let is_first = links.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        if is_first {
            self.link_count.fetch_add(1, Ordering::Relaxed);
        }
        is_first
    }
}

#[cfg(test)]
mod tests;

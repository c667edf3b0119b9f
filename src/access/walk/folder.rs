//! One thread's work: open a folder, read its names, ask for each entry's facts.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, StatxFlags, openat, statat, statx};
use rustix::io::Errno;

use super::Shared;
use super::tally::{Facts, Tally};

/// Room for the names that the kernel hands over at once; some thousand.
const NAMES: usize = 128 * 1024;
/// Names of a huge folder that are shared out together.
const BATCH: usize = 1024;

/// An open folder; its descriptor lives as long as something below it is to be done.
pub(super) struct Folder {
    descriptor: OwnedFd,
    name: CString,
    parent: Option<Arc<Self>>,
    /// Which of the root's folders it is in.
    top: Option<usize>,
}

impl Folder {
    pub(super) fn root(descriptor: OwnedFd) -> Self {
        Self { descriptor, name: CString::default(), parent: None, top: None }
    }

    /// Whether it has no name any more: what was found in it says nothing.
    pub(super) fn is_removed(&self) -> bool {
        statx(&self.descriptor, c"", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS)
            .is_ok_and(|stat| stat.stx_nlink == 0)
    }

    /// The path below the root of an entry in this folder.
    fn path_of(&self, name: &CStr) -> Vec<u8> {
        let mut parts = vec![name.to_bytes()];
        let mut folder = Some(self);
        while let Some(here) = folder {
            if here.parent.is_some() {
                parts.push(here.name.to_bytes());
            }
            folder = here.parent.as_deref();
        }
        parts.reverse();
        parts.join(&b'/')
    }
}

/// Something to be done by any thread.
pub(super) enum Task {
    /// Walk a folder that is open.
    Folder(Arc<Folder>),
    /// Open and walk a folder.
    Open(Arc<Folder>, CString, Option<usize>),
    /// Look at some names of a huge folder, each ended by a zero.
    Names(Arc<Folder>, Vec<u8>),
}

/// One thread.
pub(super) struct Worker<'s, 'p> {
    shared: &'s Shared<'p>,
    tally: Tally,
    found: Vec<Task>,
    buffer: Vec<MaybeUninit<u8>>,
    seen: u64,
    seen_bytes: u64,
}

impl<'s, 'p> Worker<'s, 'p> {
    pub(super) fn new(shared: &'s Shared<'p>) -> Self {
        let buffer = vec![MaybeUninit::uninit(); NAMES];
        Self { shared, tally: Tally::default(), found: Vec::new(), buffer, seen: 0, seen_bytes: 0 }
    }

    /// Works until nothing is left.
    pub(super) fn run(mut self) -> Tally {
        while let Some(task) = self.shared.pop() {
            match task {
                Task::Folder(folder) => self.read(&folder),
                Task::Open(parent, name, top) => self.open(&parent, name, top),
                Task::Names(folder, names) => self.look_at_all(&folder, &names),
            }
            self.report();
            self.shared.push(&mut self.found);
            self.shared.done();
        }
        self.tally
    }

    fn report(&mut self) {
        let progress = self.shared.progress;
        progress.entries.fetch_add(std::mem::take(&mut self.seen), Ordering::Relaxed);
        progress.allocated.fetch_add(std::mem::take(&mut self.seen_bytes), Ordering::Relaxed);
    }

    fn open(&mut self, parent: &Arc<Folder>, name: CString, top: Option<usize>) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&parent.descriptor, &name, flags, Mode::empty()) {
            Ok(descriptor) => {
                let folder = Folder { descriptor, name, parent: Some(Arc::clone(parent)), top };
                self.read(&Arc::new(folder));
            }
            // Gone, or something else by now: the tree changes underfoot.
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => {}
            Err(_) => self.tally.add_error(),
        }
    }

    fn read(&mut self, folder: &Arc<Folder>) {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut names: Vec<u8> = Vec::new();
        let mut count = 0;
        let mut entries = RawDir::new(folder.descriptor.as_fd(), &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                // The folder itself was removed while it was read.
                Err(Errno::NOENT) => break,
                Err(_) => {
                    self.tally.add_error();
                    break;
                }
            };
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            count += 1;
            // The first names are looked at here; a folder that goes on and on is shared out
            // while somebody waits for work.
            if count > BATCH && self.shared.hungry.load(Ordering::Relaxed) > 0 {
                names.extend_from_slice(name.to_bytes_with_nul());
                if names.len() >= BATCH * 16 {
                    let mut batch = vec![Task::Names(Arc::clone(folder), std::mem::take(&mut names))];
                    self.shared.push(&mut batch);
                }
            } else {
                self.look_at(folder, name, entry.file_type());
            }
            // Others begin with what was found while more is found.
            if self.found.len() >= BATCH {
                self.shared.push(&mut self.found);
            }
            if self.seen >= BATCH as u64 {
                self.report();
                if self.shared.progress.is_cancelled() {
                    break;
                }
            }
        }
        self.buffer = buffer;
        self.look_at_all(folder, &names);
    }

    fn look_at_all(&mut self, folder: &Arc<Folder>, names: &[u8]) {
        for name in names.split_inclusive(|byte| *byte == 0) {
            if let Ok(name) = CStr::from_bytes_with_nul(name) {
                self.look_at(folder, name, FileType::Unknown);
            }
        }
    }

    /// `kind` is what the folder says of the entry; it may be another one by now.
    fn look_at(&mut self, folder: &Arc<Folder>, name: &CStr, kind: FileType) {
        self.seen += 1;
        let facts = match facts_of(folder, name, kind) {
            Ok(facts) => facts,
            Err(Errno::NOENT) => return,
            Err(_) => return self.tally.add_error(),
        };
        self.seen_bytes += facts.allocated;
        if facts.is_folder {
            self.found_folder(folder, name, &facts);
        } else if facts.links < 2 || self.shared.is_first_link(facts.device, facts.inode) {
            self.tally.add_file(&facts, folder.top, || folder.path_of(name));
        }
    }

    fn found_folder(&mut self, folder: &Arc<Folder>, name: &CStr, facts: &Facts) {
        // Another file system below the volume is not the volume, nor is what was bound there.
        if facts.is_mount || facts.device != self.shared.device {
            return;
        }
        let top = if folder.parent.is_none() { self.shared.top(name.to_bytes()) } else { folder.top };
        self.tally.add_folder(facts, top);
        self.found.push(Task::Open(Arc::clone(folder), name.to_owned(), top));
    }
}

/// Asks the kernel for an entry's facts. Only `statx` says what is mounted on a folder; for all
/// else the older call tells the same in less time.
fn facts_of(folder: &Folder, name: &CStr, kind: FileType) -> Result<Facts, Errno> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    if !matches!(kind, FileType::Directory | FileType::Unknown) {
        let facts = Facts::from(&statat(&folder.descriptor, name, flags)?);
        if !facts.is_folder {
            return Ok(facts);
        }
    }
    statx(&folder.descriptor, name, flags, StatxFlags::BASIC_STATS).map(|stat| Facts::from(&stat))
}

//! Owners, permissions and times, as the archive has them.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use rustix::fs::{
    AtFlags, CWD, Gid, Mode, Timespec, Timestamps, UTIME_OMIT, Uid, chmodat, chownat, fchmod, fchown,
    futimens, utimensat,
};
use rustix::io::Errno;

use super::attributes::{Held, hold};
use super::stat_of;
use crate::pax::{Attribute, Head, Time};

/// Set-user-id and set-group-id: kept only together with the owner they speak of.
const SET_IDS: u32 = 0o6000;

/// What a program may do that its user may not.
const CAPABILITIES: &[u8] = b"security.capability";
/// Attributes that say nothing to the machine itself; its own labels stay as it gives them.
const HARMLESS: [&[u8]; 2] = [b"user.", b"system.posix_acl_"];

/// What an entry is to be like.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    mode: u32,
    attributes: Vec<Attribute>,
    owner: Option<(u32, u32)>,
    modified: Option<Time>,
}

impl Wish {
    pub(super) fn of(head: &Head) -> Self {
        Self {
            mode: head.mode,
            attributes: head.attributes.clone(),
            owner: Some((head.uid, head.gid)),
            modified: Some(head.modified),
        }
    }

    /// Nothing but permissions.
    pub(super) const fn plain(mode: u32) -> Self {
        Self { mode, attributes: Vec::new(), owner: None, modified: None }
    }
}

/// Sets what entries are to be like, and counts what could not be set.
#[derive(Debug, Default)]
pub(super) struct Restorer {
    owners: Refused,
    modes: Refused,
    times: Refused,
    attributes: Refused,
    /// Files that would run as their owner, and do not.
    tamed: u64,
    /// Files that would be capable of more than their user, and are not.
    uncapable: u64,
}

#[derive(Debug, Default)]
struct Refused {
    count: u64,
    first: Option<Errno>,
}

impl Refused {
    fn note(&mut self, done: Result<(), Errno>) -> bool {
        if let Err(errno) = done {
            self.count += 1;
            self.first.get_or_insert(errno);
        }
        done.is_ok()
    }

    fn told(&self, what: &str) -> Option<String> {
        self.first.map(|errno| format!("{what} of {} entries could not be set: {errno}", self.count))
    }
}

impl Restorer {
    /// Through an open file or folder.
    pub(super) fn open(&mut self, open: BorrowedFd<'_>, wish: &Wish) {
        // To be told what is so already is a write for the file system all the same.
        let is = stat_of(open).ok();
        let has_owner = is.as_ref().is_some_and(|is| wish.owner == Some((is.stx_uid, is.stx_gid)));
        let is_owned = has_owner || self.owner(wish, |uid, gid| fchown(open, Some(uid), Some(gid)));
        // A new owner takes some away, so they come after it; permissions may forbid them, so they come
        // before those.
        self.attributes(&Held::Open(open), wish);
        let wanted = mode(wish, is_owned);
        // A change of the owner may have taken bits away, so then it is not known what it has.
        let has_mode = is.is_some_and(|is| u32::from(is.stx_mode) & 0o7777 == wanted.as_raw_mode());
        if !has_owner || !has_mode || !wish.attributes.is_empty() {
            self.modes.note(fchmod(open, wanted));
        }
        if let Some(modified) = wish.modified {
            self.times.note(futimens(open, &times(modified)));
        }
    }

    /// By name, for what must not be opened. A link has no permissions of its own.
    pub(super) fn named(&mut self, parent: BorrowedFd<'_>, name: &[u8], has_mode: bool, wish: &Wish) {
        // Held without being opened, so that all goes to the same entry whatever happens to its name.
        let held = match hold(parent, name) {
            Ok(held) => held,
            Err(errno) => {
                self.owners.note(Err(errno));
                return;
            }
        };
        let is_owned = self
            .owner(wish, |uid, gid| chownat(held.as_fd(), c"", Some(uid), Some(gid), AtFlags::EMPTY_PATH));
        self.attributes(&Held::path(&held), wish);
        if has_mode {
            let path = format!("/proc/self/fd/{}", held.as_raw_fd());
            self.modes.note(chmodat(CWD, path.as_str(), mode(wish, is_owned), AtFlags::empty()));
        }
        if let Some(modified) = wish.modified {
            self.times.note(utimensat(parent, name, &times(modified), AtFlags::SYMLINK_NOFOLLOW));
        }
    }

    fn attributes(&mut self, held: &Held<'_>, wish: &Wish) {
        let mut refused = Ok(());
        for attribute in &wish.attributes {
            let set = held.set(attribute);
            refused = refused.and(set);
        }
        // Entries are counted, not attributes.
        self.attributes.note(refused);
    }

    fn owner(&mut self, wish: &Wish, set: impl FnOnce(Uid, Gid) -> Result<(), Errno>) -> bool {
        match wish.owner {
            None => true,
            // The number that means "leave it", which is also how unknown owners are written.
            Some((u32::MAX, _) | (_, u32::MAX)) => self.owners.note(Err(Errno::INVAL)),
            Some((uid, gid)) => self.owners.note(set(Uid::from_raw(uid), Gid::from_raw(gid))),
        }
    }

    /// What could not be set, each kind said once.
    pub(super) fn troubles(&self) -> impl Iterator<Item = String> {
        let tamed = (self.tamed > 0)
            .then(|| format!("set-user-id and set-group-id of {} files were not set", self.tamed));
        let refused = [
            self.owners.told("owners"),
            self.modes.told("permissions"),
            self.attributes.told("attributes"),
            self.times.told("times"),
        ];
        let uncapable =
            (self.uncapable > 0).then(|| format!("capabilities of {} files were not set", self.uncapable));
        refused.into_iter().chain([tamed, uncapable]).flatten()
    }

    /// What a file is to be like where none may run as somebody else.
    pub(super) fn tame(&mut self, mut wish: Wish) -> Wish {
        let may_run = wish.attributes.iter().any(|attribute| attribute.name == CAPABILITIES);
        self.tamed += u64::from(wish.mode & SET_IDS != 0);
        self.uncapable += u64::from(may_run);
        wish.attributes.retain(|attribute| HARMLESS.iter().any(|known| attribute.name.starts_with(known)));
        Wish { mode: wish.mode & !SET_IDS, ..wish }
    }
}

const fn mode(wish: &Wish, is_owned: bool) -> Mode {
    Mode::from_bits_truncate(if is_owned { wish.mode } else { wish.mode & !SET_IDS })
}

fn times(modified: Time) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: modified.seconds, tv_nsec: modified.nanos.into() },
    }
}

//! Extended attributes, ACLs among them: read from and set on whatever is held open.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    Mode, OFlags, XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, getxattr, listxattr, openat,
    removexattr, setxattr,
};
use rustix::io::Errno;
use rustix::path::Arg;

use crate::pax::Attribute;

/// What a list of names, or a value, mostly fits into.
const SMALL: usize = 1024;
/// What the kernel gives at most, of either.
const LARGEST: usize = 64 * 1024;
/// Names and values of one entry; an archive has bounds too.
const MAX_TOTAL: usize = 1024 * 1024;

/// How an entry is held whose attributes are meant.
pub(super) enum Held<'a> {
    /// Open for reading or writing.
    Open(BorrowedFd<'a>),
    /// Only held, for it must not be opened: a link, a device, a pipe.
    Path(CString),
}

impl<'a> Held<'a> {
    /// Through a descriptor that only holds an entry. What is done to this path is done to that very
    /// entry, to a link itself.
    pub(super) fn path(held: &'a OwnedFd) -> Self {
        let path = format!("/proc/self/fd/{}", held.as_raw_fd());
        Self::Path(CString::new(path).unwrap_or_default())
    }

    fn list(&self, room: &mut [u8]) -> Result<usize, Errno> {
        match self {
            Self::Open(open) => flistxattr(open, room),
            Self::Path(path) => listxattr(path.as_c_str(), room),
        }
    }

    fn get(&self, name: &CStr, room: &mut [u8]) -> Result<usize, Errno> {
        match self {
            Self::Open(open) => fgetxattr(open, name, room),
            Self::Path(path) => getxattr(path.as_c_str(), name, room),
        }
    }

    fn remove(&self, name: &CStr) -> Result<(), Errno> {
        match self {
            Self::Open(open) => fremovexattr(open, name),
            Self::Path(path) => removexattr(path.as_c_str(), name),
        }
    }

    /// Sets an attribute.
    pub(super) fn set(&self, attribute: &Attribute) -> Result<(), Errno> {
        let (name, flags) = (attribute.name.as_slice(), XattrFlags::empty());
        match self {
            Self::Open(open) => fsetxattr(open, name, &attribute.value, flags),
            Self::Path(path) => setxattr(path.as_c_str(), name, &attribute.value, flags),
        }
    }
}

/// Holds an entry without opening it.
pub(super) fn hold(parent: BorrowedFd<'_>, name: impl Arg) -> Result<OwnedFd, Errno> {
    openat(parent, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Attributes of an entry by name, and why some of them are missing.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) attributes: Vec<Attribute>,
    pub(super) missing: Option<String>,
}

/// All attributes of an entry that can be read.
pub(super) fn read(held: &Held<'_>) -> Read {
    let names = match filled(|room| held.list(room)) {
        Ok(names) => names,
        Err(Errno::OPNOTSUPP | Errno::NOENT) => return Read::default(),
        Err(errno) => {
            return Read {
                missing: Some(format!("its attributes could not be read: {errno}")),
                ..Read::default()
            };
        }
    };
    let mut read = Read::default();
    let mut total = 0;
    for name in names.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let missing = |why: &str| Some(format!("its attribute {}: {why}", name.to_string_lossy()));
        match filled(|room| held.get(name, room)) {
            Ok(value) => {
                total += name.count_bytes() + value.len();
                if total > MAX_TOTAL {
                    read.missing = missing("there are more than an archive can hold");
                    break;
                }
                read.attributes.push(Attribute { name: name.to_bytes().to_vec(), value });
            }
            // Gone since its name was read.
            Err(Errno::NODATA) => {}
            Err(errno) => read.missing = missing(&errno.to_string()),
        }
    }
    read.attributes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    read
}

/// Takes all attributes away that may be taken; the machine's own labels stay.
pub(super) fn remove_all(held: &Held<'_>) {
    for attribute in read(held).attributes {
        if let Ok(name) = CString::new(attribute.name) {
            // What stays is what the system keeps for itself.
            let _ = held.remove(&name);
        }
    }
}

/// What a call fills in, with more room if it wants that.
fn filled(mut call: impl FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut small = [0; SMALL];
    match call(&mut small) {
        Ok(length) => Ok(small.get(..length).unwrap_or_default().to_vec()),
        Err(Errno::RANGE) => {
            let mut large = vec![0; LARGEST];
            let length = call(&mut large)?;
            large.truncate(length);
            Ok(large)
        }
        Err(errno) => Err(errno),
    }
}

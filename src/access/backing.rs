//! How full the file system below a folder is, and what fits into it.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{fstatfs, fstatvfs, statvfs};

use super::content::Room;
use crate::domain::backing::Backing;

/// Reads it.
///
/// # Errors
/// When the folder is not there.
pub fn of(folder: &Path) -> io::Result<Backing> {
    let stat = statvfs(folder)?;
    Ok(Backing {
        total: stat.f_blocks.saturating_mul(stat.f_frsize),
        available: stat.f_bavail.saturating_mul(stat.f_frsize),
        at: Timestamp::now(),
    })
}

/// File systems that keep content as it is, so that it takes no less room than it has bytes: ext, XFS and
/// memory. [linux `include/uapi/linux/magic.h`]
const AS_IS: [u64; 3] = [0xef53, 0x5846_5342, 0x0102_1994];

/// What may still be written into a folder that is open.
///
/// # Errors
/// When the system does not say.
pub fn room(folder: impl AsFd) -> io::Result<Room> {
    let folder = folder.as_fd();
    let stat = fstatvfs(folder)?;
    let kind = u64::try_from(fstatfs(folder)?.f_type).unwrap_or(0);
    let bytes = stat.f_bavail.saturating_mul(stat.f_frsize);
    Ok(Room { bytes, is_exact: AS_IS.contains(&kind) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_has_a_size() {
        let backing = of(Path::new("/")).expect("the root is there");
        assert!(backing.total > 0 && backing.available <= backing.total);
        assert!(of(Path::new("/nonexistent")).is_err());
        let room = room(std::fs::File::open("/").expect("opened")).expect("the root is there");
        assert!(room.bytes <= backing.total);
    }
}

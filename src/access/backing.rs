//! How full the file system below a folder is.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::statvfs;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_has_a_size() {
        let backing = of(Path::new("/")).expect("the root is there");
        assert!(backing.total > 0 && backing.available <= backing.total);
        assert!(of(Path::new("/nonexistent")).is_err());
    }
}

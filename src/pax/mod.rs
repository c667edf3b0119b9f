//! PAX tar, entry by entry: heads and content as bytes. No files are touched here.
//!
//! Written as POSIX has it: a ustar block, and before it a block of records for whatever does not
//! fit into one. Read tolerantly: GNU's long names and big numbers too, and what Docker makes.
//! What an archive says is believed to be nothing but bytes: names may be absolute or have `..`;
//! whoever unpacks has to refuse that.

mod block;
mod reader;
mod record;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::Reader;
pub use writer::{Short, Writer};

/// What an archive says of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its name with `/` between the parts, in whatever bytes it has.
    pub name: Vec<u8>,
    /// What it is.
    pub body: Body,
    /// The permission bits, `0o7777` at most.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// When its content was last written.
    pub modified: Time,
}

/// What an entry is, and what only such entries have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A file with so many bytes, which follow.
    File(u64),
    /// A folder.
    Folder,
    /// A symbolic link and where it leads.
    Link(Vec<u8>),
    /// Another name of the entry that has this name in the archive.
    Same(Vec<u8>),
    /// A named pipe.
    Fifo,
    /// A character device with its major and minor number.
    CharDevice(u32, u32),
    /// A block device with its major and minor number.
    BlockDevice(u32, u32),
}

/// A moment as file systems keep it: `nanos` after `seconds`, also before 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Time {
    /// Whole seconds since 1970, rounded down.
    pub seconds: i64,
    /// Nanoseconds, below 1,000,000,000.
    pub nanos: u32,
}

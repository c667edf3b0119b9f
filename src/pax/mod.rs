//! PAX tar, entry by entry: heads and content as bytes. No files are touched here.
//!
//! Written as POSIX has it: a ustar block, and before it a block of records for whatever does not
//! fit into one; files with holes as GNU tar's version 1.0. Read tolerantly: GNU's long names, big
//! numbers and all its forms of holes too, and what Docker makes.
//! What an archive says is believed to be nothing but bytes: names may be absolute or have `..`;
//! whoever unpacks has to refuse that.

mod acl;
mod block;
#[cfg(test)]
mod gnu_tests;
mod reader;
mod record;
mod sparse;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::{MAX_RECORDS, Reader};
pub use record::MAX_NAME;
pub use sparse::{MAX_PIECES, Piece};
pub use writer::{Short, Writer};

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What an archive says of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Its extended attributes by name; ACLs are among them, as the kernel has them. Where heads are kept
    /// they are kept without.
    #[serde(deserialize_with = "none")]
    pub attributes: Vec<Attribute>,
}

/// An extended attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name with its namespace.
    pub name: Vec<u8>,
    /// Its value, which may be empty.
    pub value: Vec<u8>,
}

/// What an entry is, and what only such entries have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A file with so many bytes, which follow; what are holes in it is read as zeros.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Time {
    /// Whole seconds since 1970, rounded down.
    pub seconds: i64,
    /// Nanoseconds, below 1,000,000,000.
    pub nanos: u32,
}

/// Of a head that was kept. Empty attributes take 24 times the memory of what is read, and that may be
/// compressed; so not even one is gathered.
fn none<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Attribute>, D::Error> {
    struct Nothing;
    impl<'de> Visitor<'de> for Nothing {
        type Value = Vec<Attribute>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no attributes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            match seq.next_element::<Attribute>()? {
                None => Ok(Vec::new()),
                Some(_) => Err(A::Error::custom("a head that was kept has attributes")),
            }
        }
    }
    from.deserialize_seq(Nothing)
}

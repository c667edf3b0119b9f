//! How volx and its agent in a container speak: frames over standard input and output.
//!
//! A frame is a kind (one byte), the number of the question it belongs to and a length (four bytes
//! each, big end first), and that many bytes. Questions and answers are postcard; several questions
//! may be open at once.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::content::{Error, Room};
use crate::access::order::{Form, Squeeze};
use crate::access::same_file::SameFile;
use crate::access::walk::Walked;
use crate::domain::backing::Backing;
use crate::domain::place::Place;
use crate::vault;

/// Bytes before a frame's payload.
pub const HEAD: usize = 9;
/// The longest payload. Whoever sends more is not an agent.
pub const MAX_PAYLOAD: usize = 1 << 20;

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A question.
    Ask,
    /// The asker does not want the answer any more.
    Cancel,
    /// Bytes of a file or an archive, in either direction.
    Data,
    /// The end of such bytes.
    End,
    /// How far the work is.
    Progress,
    /// A part of an answer.
    Part,
    /// The answer's last part.
    Done,
    /// Why there is none.
    Failed,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Ask,
        Self::Cancel,
        Self::Data,
        Self::End,
        Self::Progress,
        Self::Part,
        Self::Done,
        Self::Failed,
    ];

    const fn byte(self) -> u8 {
        match self {
            Self::Ask => b'?',
            Self::Cancel => b'x',
            Self::Data => b'd',
            Self::End => b'.',
            Self::Progress => b'p',
            Self::Part => b'+',
            Self::Done => b'!',
            Self::Failed => b'e',
        }
    }
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it carries.
    pub kind: Kind,
    /// The question it belongs to.
    pub id: u32,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame around a value.
    ///
    /// # Errors
    /// When the value is too large for one.
    pub fn of<T: Serialize>(kind: Kind, id: u32, value: &T) -> io::Result<Self> {
        let payload = postcard::to_stdvec(value).map_err(io::Error::other)?;
        if payload.len() > MAX_PAYLOAD {
            return Err(io::Error::other("too much for one frame"));
        }
        Ok(Self { kind, id, payload })
    }

    /// The value in it.
    ///
    /// # Errors
    /// When it is none of this type.
    pub fn value<T: DeserializeOwned>(&self) -> io::Result<T> {
        postcard::from_bytes(&self.payload).map_err(io::Error::other)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// When the payload is too long.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let len = u32::try_from(self.payload.len()).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(HEAD + self.payload.len());
        bytes.push(self.kind.byte());
        bytes.extend_from_slice(&self.id.to_be_bytes());
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(&self.payload);
        Ok(bytes)
    }

    /// Writes it and flushes.
    ///
    /// # Errors
    /// When that fails.
    pub fn write_to(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(&self.to_bytes()?)?;
        out.flush()
    }

    /// Reads one; `None` at the end.
    ///
    /// # Errors
    /// When reading fails or what is read is no frame.
    pub fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; HEAD];
        match input.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let (kind, id, len) = read_head(head)?;
        let mut payload = vec![0; len];
        input.read_exact(&mut payload)?;
        Ok(Some(Self { kind, id, payload }))
    }
}

/// Kind, question and length of a frame.
///
/// # Errors
/// When it is no head of a frame.
pub fn read_head(head: [u8; HEAD]) -> io::Result<(Kind, u32, usize)> {
    let [kind, numbers @ ..] = head;
    let numbers = u64::from_be_bytes(numbers);
    let (id, len) = (numbers >> 32, numbers & u64::from(u32::MAX));
    let known = Kind::ALL.into_iter().find(|known| known.byte() == kind);
    match (known, u32::try_from(id), usize::try_from(len)) {
        (Some(kind), Ok(id), Ok(len)) if len <= MAX_PAYLOAD => Ok((kind, id, len)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "this is no agent of volx")),
    }
}

/// A question to the agent about one of the volumes it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The volume, counted from 0 in the order of its mounts.
    pub root: u16,
    /// The place in it, as its bytes.
    pub place: Vec<u8>,
    /// What is asked.
    pub verb: Verb,
}

/// What an agent can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// Measure all of the volume: [`Scanned`].
    Scan,
    /// What is at the place: an `Entry`.
    Look,
    /// What a folder holds: parts are `Vec<Entry>`, the end is a `Listing` without entries.
    List,
    /// What the folders of a folder weigh: parts are `(Vec<u8>, Weight)`.
    Weigh,
    /// Bytes of a file, as data.
    Read {
        /// The first.
        from: u64,
        /// How many at most.
        len: u64,
    },
    /// A tar of the place, as data; the end is a `Copied`.
    Pack,
    /// Unpacks the tar that follows as data: a `Copied`.
    Unpack {
        /// Whether what is there gives way.
        replace: bool,
    },
    /// Whether the file that is mounted beside the volumes is this one and can be used: a `bool`.
    HasFile {
        /// The file.
        file: SameFile,
        /// Whether it is to be written.
        writes: bool,
    },
    /// Writes a backup's frames, as data or into the file beside; parts are [`Aside`], the end is a `Tail`.
    BackUp {
        /// What and how.
        squeeze: Box<Squeeze>,
        /// Whether they go into the file that is mounted beside.
        is_beside: bool,
    },
    /// Unpacks the file that follows as data, or is mounted beside, into the root: a `Copied`.
    Restore {
        /// How it holds a tar.
        form: Form,
        /// How many parts are taken off the names.
        strip: u8,
        /// Whether it is mounted beside.
        is_beside: bool,
    },
    /// Brings what was written onto the disk.
    Sync,
    /// Removes all that is in it.
    Clear,
}

/// What comes beside a backup's frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aside {
    /// A piece of its index.
    Index(Vec<u8>),
    /// A piece of its seek table.
    Table(Vec<u8>),
}

/// The answer to [`Verb::Scan`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scanned {
    /// What was found.
    pub walked: Walked,
    /// The file system it is on.
    pub backing: Option<Backing>,
    /// What may still be written there.
    pub room: Option<Room>,
}

/// How far the work is: entries and bytes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Far {
    /// Entries seen.
    pub entries: u64,
    /// Bytes on disk seen.
    pub allocated: u64,
}

/// Why there is no answer, so that the asker can say it as if it had happened here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// There is no such entry.
    Missing(Vec<u8>),
    /// It is something else.
    Other(Vec<u8>, String),
    /// The system refused, by its number or in its words.
    Io(Vec<u8>, Option<i32>, String),
    /// The file that holds a backup is not what it should be, or cannot be written: by the system's number,
    /// or in words.
    Kept(Option<i32>, String),
    /// It was told to end.
    Cancelled,
    /// Anything else.
    Said(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Missing(place) => Self::Missing(place.bytes()),
            Error::Other { place, what } => Self::Other(place.bytes(), what),
            Error::Io { place, source } => Self::Io(place.bytes(), source.raw_os_error(), source.to_string()),
            Error::Kept { source: vault::Error::Damaged(what), .. } => Self::Kept(None, what),
            Error::Kept { source: vault::Error::Io(error), .. } => {
                Self::Kept(error.raw_os_error(), error.to_string())
            }
            Error::Kept { source, .. } => Self::Kept(None, source.to_string()),
            Error::Cancelled => Self::Cancelled,
            other => Self::Said(other.to_string()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let place = |bytes: Vec<u8>| Place::parse(&bytes).unwrap_or_default();
        match failure {
            Failure::Missing(at) => Self::Missing(place(at)),
            Failure::Other(at, what) => Self::Other { place: place(at), what },
            Failure::Io(at, number, text) => {
                let source = number.map_or_else(|| io::Error::other(text), io::Error::from_raw_os_error);
                Self::Io { place: place(at), source }
            }
            Failure::Kept(number, what) => {
                let damaged = || vault::Error::Damaged(what);
                let source = number.map_or_else(damaged, |n| io::Error::from_raw_os_error(n).into());
                Self::Kept { path: PathBuf::new(), source }
            }
            Failure::Cancelled => Self::Cancelled,
            Failure::Said(text) => Self::Engine(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_reads_back() {
        let ask = Ask { root: 3, place: b"a/b".to_vec(), verb: Verb::Scan };
        let frame = Frame::of(Kind::Ask, 7, &ask).expect("small");
        let bytes = frame.to_bytes().expect("small");
        let read = Frame::read_from(&mut bytes.as_slice()).expect("a frame").expect("one");
        assert_eq!(read.value::<Ask>().expect("a question"), ask);
        assert_eq!(Frame::read_from(&mut [].as_slice()).expect("an end"), None);
        assert!(Frame::read_from(&mut &bytes[..bytes.len() - 1]).is_err(), "half a frame is an error");
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut input = bytes.as_slice();
            while let Ok(Some(frame)) = Frame::read_from(&mut input) {
                let _ = frame.value::<Ask>();
                let _ = frame.value::<Scanned>();
            }
        }
    }
}

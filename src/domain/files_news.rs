//! What is asked of a volume's files, and what is told of them.

use std::path::PathBuf;
use std::sync::Arc;

use super::access::Way;
use super::entry::{Entry, Listing, Weight};
use super::keep::Kept;
use super::place::Place;
use super::trouble::Trouble;
use super::volume::Volume;

/// Bytes of a file that are looked at at once.
pub const WINDOW: usize = 64 * 1024;

/// Something to do with a volume's files, or a backup's. One is open at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesAsk {
    /// Open a volume; what is open is closed.
    Open(Box<Volume>),
    /// Open a backup; what is open is closed.
    OpenBackup(Box<Kept>),
    /// List a folder; an older listing or weighing that is under way ends.
    List(Place),
    /// Weigh what a folder's folders hold; an older one ends.
    Weigh(Place),
    /// Look into an entry from this byte on; an older look ends.
    Preview {
        /// The entry.
        place: Place,
        /// The first byte.
        from: u64,
    },
    /// Copy an entry out.
    Get {
        /// The entry.
        place: Place,
        /// Where to, on this machine.
        to: PathBuf,
        /// Whether what is there gives way.
        replace: bool,
    },
    /// Copy something in.
    Put {
        /// What, on this machine.
        from: PathBuf,
        /// The folder that it is put into.
        place: Place,
        /// Whether what is there gives way.
        replace: bool,
    },
    /// End the copying.
    Cancel,
    /// Let go of the volume. Copying goes on.
    Close,
}

/// One piece of news about a volume's files.
#[derive(Debug, Clone, PartialEq)]
pub enum FilesNews {
    /// The volume is open, or cannot be opened.
    Opened(Result<Way, Trouble>),
    /// What a folder holds.
    Listed {
        /// The folder.
        place: Place,
        /// Its entries in the order of [`Listing::put_in_order`].
        outcome: Result<Arc<Listing>, Trouble>,
    },
    /// What some folders in a folder weigh.
    Weighed {
        /// The folder they are in.
        place: Place,
        /// Each with its name.
        weights: Vec<(Vec<u8>, Weight)>,
    },
    /// All folders in a folder are weighed, or cannot be.
    AllWeighed {
        /// The folder.
        place: Place,
        /// Why they cannot be.
        outcome: Result<(), Trouble>,
    },
    /// What was seen of an entry.
    Previewed {
        /// The entry.
        place: Place,
        /// What is in it.
        outcome: Result<Seen, Trouble>,
    },
    /// How far the copying is.
    Copying {
        /// Entries done.
        entries: u64,
        /// Bytes done.
        bytes: u64,
    },
    /// What was typed cannot be copied from or to.
    CopyRefused {
        /// Why not.
        trouble: Trouble,
        /// Whether it is only that something is there already.
        is_there: bool,
    },
    /// The copying has ended.
    CopyEnded(Result<CopyReport, Trouble>),
}

/// What was seen of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Up to [`WINDOW`] bytes of a file.
    Bytes {
        /// The first byte's place.
        from: u64,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// A folder's entries, and what is known of the weights of the folders among them.
    Folder {
        /// The entries.
        listing: Arc<Listing>,
        /// The weights so far, by name.
        weights: Vec<(Vec<u8>, Weight)>,
        /// Whether these are all.
        is_whole: bool,
    },
    /// Something that is never opened: a link, a fifo, a socket, a device.
    Described(Box<Entry>),
}

/// What a copy did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyReport {
    /// Entries written.
    pub entries: u64,
    /// Bytes of file content written.
    pub bytes: u64,
    /// What was left out or changed, each with its reason.
    pub skipped: Vec<String>,
    /// How many more were left out than `skipped` names.
    pub more_skipped: u64,
}

//! One question's answer: the verbs of a tree, put into frames.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::serve::Output;
use super::wire::{Ask, Far, Frame, Kind, Scanned, Verb};
use crate::access::backing;
use crate::access::content::Error;
use crate::access::keep;
use crate::access::order::Tape;
use crate::access::tree::Tree;
use crate::access::walk::Progress;
use crate::domain::entry::Listing;
use crate::domain::place::Place;

/// How often it says how far it is.
const TELL: Duration = Duration::from_millis(200);
/// Bytes of file or archive in a frame.
pub(super) const PIECE: usize = 256 * 1024;
/// Bytes of names and targets in a part of a listing.
const PART: usize = 256 * 1024;
/// What an entry weighs in a frame besides its name and target, at most.
const ENTRY: usize = 160;

/// Answers one question.
pub(super) struct Answer<'a> {
    pub(super) id: u32,
    pub(super) output: &'a Output,
    pub(super) progress: &'a Arc<Progress>,
    /// Where a file may be mounted beside the volumes.
    pub(super) file: &'a Path,
}

impl Answer<'_> {
    /// Does what is asked; the frame that is returned is the answer's last.
    pub(super) fn to(&self, ask: &Ask, root: &Path, data: &mut impl Read) -> Result<Frame, Error> {
        let place = Place::parse(&ask.place).map_err(Error::Engine)?;
        let tree = Tree::open(root)?;
        match &ask.verb {
            Verb::Scan => {
                let walked = self.telling(|| tree.scan(self.progress))?;
                self.done(&Scanned { walked, backing: backing::of(root).ok(), room: tree.room() })
            }
            Verb::Look => self.done(&tree.look(&place)?),
            Verb::List => self.list(tree.list_unless(&place, self.progress)?),
            Verb::Weigh => {
                tree.weigh(&place, self.progress, &mut |name, weight| {
                    let part = Frame::of(Kind::Part, self.id, &(name, weight));
                    if part.and_then(|part| self.output.say(&part)).is_err() {
                        self.progress.cancel();
                    }
                })?;
                self.done(&())
            }
            Verb::Read { from, len } => {
                let (from, len) = (*from, usize::try_from(*len).unwrap_or(usize::MAX));
                let bytes = tree.read_unless(&place, from, len, self.progress)?;
                Pieces::of(self).write_all(&bytes).map_err(gone)?;
                self.done(&())
            }
            Verb::Pack => {
                let mut out = io::BufWriter::with_capacity(PIECE, Pieces::of(self));
                let copied = self.telling(|| {
                    let copied = tree.pack(&place, &mut out, self.progress)?;
                    out.flush().map_err(gone)?;
                    Ok(copied)
                })?;
                self.done(&copied)
            }
            Verb::Unpack { replace } => {
                let copied = self.telling(|| tree.unpack(&place, data, *replace, self.progress))?;
                self.done(&copied)
            }
            Verb::HasFile { file, writes } => self.done(&self.has_file(file, *writes)),
            Verb::BackUp { squeeze, is_beside } => self.back_up(&tree, squeeze, *is_beside),
            Verb::Restore { form, strip, is_beside } => {
                let how = keep::unpacking(*form, *strip);
                let unpack = |tar: &mut dyn Read| tree.unpack_with(&place, tar, how, self.progress);
                let copied = self.telling(|| {
                    if *is_beside {
                        let tape = Tape { path: self.file.to_owned(), form: *form, strip: *strip };
                        return keep::play(&tape, unpack);
                    }
                    unpack(&mut *keep::decoded(data, *form).map_err(gone)?)
                })?;
                self.done(&copied)
            }
            Verb::Sync => {
                self.telling(|| tree.sync())?;
                self.done(&())
            }
            Verb::Clear => {
                self.telling(|| tree.clear(self.progress))?;
                self.done(&())
            }
        }
    }

    pub(super) fn done<T: serde::Serialize>(&self, value: &T) -> Result<Frame, Error> {
        Frame::of(Kind::Done, self.id, value).map_err(gone)
    }

    fn list(&self, listing: Listing) -> Result<Frame, Error> {
        let (mut part, mut size) = (Vec::new(), 0);
        let say = |part: &mut Vec<_>| {
            let frame = Frame::of(Kind::Part, self.id, part)?;
            part.clear();
            self.output.say(&frame)
        };
        for entry in listing.entries {
            size += ENTRY + entry.name.len() + entry.target.as_ref().map_or(0, Vec::len);
            part.push(entry);
            if size > PART {
                say(&mut part).map_err(gone)?;
                size = 0;
            }
            if self.progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
        }
        say(&mut part).map_err(gone)?;
        self.done(&Listing { entries: Vec::new(), ..listing })
    }

    /// Does the work, saying now and then how far it is.
    pub(super) fn telling<T: Send>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let (done, waiting) = channel::<()>();
        let (id, output, progress) = (self.id, self.output.clone(), Arc::clone(self.progress));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while waiting.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout) {
                    let (entries, allocated) = progress.seen();
                    let told = Frame::of(Kind::Progress, id, &Far { entries, allocated });
                    if told.and_then(|frame| output.say(&frame)).is_err() {
                        progress.cancel();
                    }
                }
            });
            let outcome = work();
            drop(done);
            outcome
        })
    }
}

/// The asker cannot be told.
pub(super) fn gone(error: io::Error) -> Error {
    Error::Io { place: Place::root(), source: error }
}

/// Bytes, as frames of data.
pub(super) struct Pieces {
    id: u32,
    output: Output,
    progress: Arc<Progress>,
}

impl Pieces {
    pub(super) fn of(answer: &Answer<'_>) -> Self {
        Self { id: answer.id, output: answer.output.clone(), progress: Arc::clone(answer.progress) }
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.progress.is_cancelled() {
            // Not as an interruption: after that they try again.
            return Err(io::Error::other(Error::Cancelled));
        }
        let piece = bytes.get(..bytes.len().min(PIECE)).unwrap_or_default();
        self.output.say(&Frame { kind: Kind::Data, id: self.id, payload: piece.to_vec() })?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

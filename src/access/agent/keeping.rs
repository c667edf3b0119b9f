//! Backups in a helper: their frames go into a file that is mounted beside the volume, or back to the asker.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::sync::Arc;

use super::answer::{Answer, PIECE, Pieces, gone};
use super::wire::{Aside, Frame, Kind};
use crate::access::content::Error;
use crate::access::keep::Into;
use crate::access::order::Squeeze;
use crate::access::same_file::SameFile;
use crate::access::tree::Tree;
use crate::domain::place::Place;
use crate::vault::{Away, How, Scratch, Tail, Writing};

impl Answer<'_> {
    /// Whether the file beside is this one, and can be opened as it is to be.
    pub(super) fn has_file(&self, wanted: &SameFile, writes: bool) -> bool {
        let file = OpenOptions::new().read(!writes).write(writes).open(self.file);
        file.and_then(|file| SameFile::of(&file)).is_ok_and(|found| found == *wanted)
    }

    pub(super) fn back_up(&self, tree: &Tree, squeeze: &Squeeze, is_beside: bool) -> Result<Frame, Error> {
        let (tail, table) = self.telling(|| {
            if is_beside {
                let file = OpenOptions::new().write(true).open(self.file).map_err(gone)?;
                return self.frames(tree, squeeze, file).map(|(_, tail, table)| (tail, table));
            }
            let out = io::BufWriter::with_capacity(PIECE, Pieces::of(self));
            let (out, tail, table) = self.frames(tree, squeeze, out)?;
            out.into_inner().map_err(|error| gone(error.into_error()))?;
            Ok((tail, table))
        })?;
        for piece in table.chunks(PIECE) {
            let part = Frame::of(Kind::Part, self.id, &Aside::Table(piece.to_vec()));
            part.and_then(|part| self.output.say(&part)).map_err(gone)?;
        }
        self.done(&tail)
    }

    /// Writes all frames; the index is sent as it grows, for there is nowhere here where it could.
    fn frames<W: Write + Send + 'static>(
        &self,
        tree: &Tree,
        squeeze: &Squeeze,
        out: W,
    ) -> Result<(W, Tail, Vec<u8>), Error> {
        let refused = |source| Error::Kept { path: self.file.to_owned(), source };
        let (id, output) = (self.id, self.output.clone());
        let away = Away(Arc::new(move |piece| output.say(&Frame::of(Kind::Part, id, &Aside::Index(piece))?)));
        let how = How { scratch: Scratch::Away(away), ..squeeze.how() };
        let writing = Writing::new(out, how).map_err(refused)?;
        let mut into = Into { inner: writing, folder: self.file };
        tree.pack_but(&Place::root(), &squeeze.exclude, &mut into, self.progress)?;
        Ok(into.inner.end().map_err(refused)?.apart())
    }
}

#[cfg(test)]
#[path = "keeping_tests.rs"]
mod tests;

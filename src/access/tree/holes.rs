//! Where a file has data, and reading only that.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{SeekFrom, Statx, seek};
use rustix::io::{Errno, pread};

use crate::pax::{MAX_PIECES, Piece};

/// The unit of an archive's pieces.
const BLOCK: u64 = 512;

/// The pieces of a file that hold data; `None` when it has no holes, or nobody knows.
pub(super) fn pieces(file: BorrowedFd<'_>, stat: &Statx) -> Option<Vec<Piece>> {
    let size = stat.stx_size;
    if stat.stx_blocks.saturating_mul(512) >= size {
        return None;
    }
    let mut pieces = Vec::new();
    let mut end = 0;
    while end < size {
        let at = match seek(file, SeekFrom::Data(end)) {
            Ok(at) => at.max(end),
            // Nothing but a hole is left.
            Err(Errno::NXIO) => break,
            Err(_) => return None,
        };
        // The rest in one piece: its holes are packed as zeros.
        let is_last = pieces.len() + 1 >= MAX_PIECES;
        let next = if is_last { size } else { seek(file, SeekFrom::Hole(at)).ok()? };
        if at >= size || next <= at {
            break;
        }
        // Archives have whole blocks; nearly all file systems do anyway.
        let at = (at - at % BLOCK).max(end);
        end = next.next_multiple_of(BLOCK).min(size);
        pieces.push(Piece { at, length: end - at });
    }
    let is_whole = pieces.first() == Some(&Piece { at: 0, length: size });
    (!is_whole).then_some(pieces)
}

/// Reads pieces of a file, one after the other.
pub(super) struct Data<F: AsFd> {
    file: F,
    pieces: std::vec::IntoIter<Piece>,
    here: Piece,
}

impl<F: AsFd> Data<F> {
    pub(super) fn new(file: F, pieces: Vec<Piece>) -> Self {
        Self { file, pieces: pieces.into_iter(), here: Piece { at: 0, length: 0 } }
    }
}

impl<F: AsFd> Read for Data<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.here.length == 0 {
            match self.pieces.next() {
                Some(piece) => self.here = piece,
                None => return Ok(0),
            }
        }
        let wanted = usize::try_from(self.here.length).unwrap_or(usize::MAX).min(buffer.len());
        let read = pread(&self.file, buffer.get_mut(..wanted).unwrap_or_default(), self.here.at)?;
        self.here.at += read as u64;
        self.here.length -= read as u64;
        Ok(read)
    }
}

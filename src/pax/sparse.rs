//! Files with holes: where their pieces are, in all of GNU tar's forms.
//! [GNU tar manual, Storing Sparse Files]

use std::io::{self, Read};

use super::block::{BLOCK, Block, Field, broken, padding};

/// The most pieces of one file that are held in memory. Whoever writes puts the rest into one piece.
pub const MAX_PIECES: usize = 1_000_000;

/// A part of a file that is there; between them are holes. Those that are written begin with a block of
/// 512 bytes, and end with one or with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins.
    pub at: u64,
    /// How long it is.
    pub length: u64,
}

/// What records say of a file with holes.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// The beginning of the piece whose length comes next.
    pub(super) offset: Option<u64>,
    pub(super) pieces: Vec<Piece>,
}

impl Claims {
    pub(super) fn piece(&mut self, length: u64) -> io::Result<()> {
        let at = self.offset.take().ok_or_else(|| broken("a piece of a sparse file has no beginning"))?;
        add(&mut self.pieces, at, length)
    }
}

fn add(pieces: &mut Vec<Piece>, at: u64, length: u64) -> io::Result<()> {
    if pieces.len() >= MAX_PIECES {
        return Err(broken("a sparse file has too many pieces"));
    }
    pieces.push(Piece { at, length });
    Ok(())
}

/// Version 0.1: all in one record.
pub(super) fn listed(value: &[u8]) -> io::Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut numbers = value.split(|byte| *byte == b',').filter(|part| !part.is_empty());
    while let Some(at) = numbers.next() {
        let length = numbers.next().ok_or_else(|| broken("the map of a sparse file is cut off"))?;
        add(&mut pieces, decimal(at)?, decimal(length)?)?;
    }
    Ok(pieces)
}

/// Version 1.0: the map is at the beginning of the content. Answers how long that was.
pub(super) fn mapped(from: &mut impl Read) -> io::Result<(Vec<Piece>, u64)> {
    let mut block = [0; BLOCK];
    let mut read = 0;
    let mut line = Vec::new();
    let mut pieces = Vec::new();
    let (mut count, mut at) = (None, None);
    loop {
        from.read_exact(&mut block)?;
        read += BLOCK as u64;
        for byte in block {
            if byte != b'\n' {
                if line.len() > 20 {
                    return Err(broken("a number in the map of a sparse file is too long"));
                }
                line.push(byte);
                continue;
            }
            let number = decimal(&line)?;
            line.clear();
            match (count, at.take()) {
                (None, _) if number > MAX_PIECES as u64 => {
                    return Err(broken("a sparse file has too many pieces"));
                }
                (None, _) => count = Some(number),
                (Some(_), None) => at = Some(number),
                (Some(_), Some(at)) => add(&mut pieces, at, number)?,
            }
            if count == Some(pieces.len() as u64) {
                return Ok((pieces, read));
            }
        }
    }
}

/// GNU's form from before PAX: in the head, and in blocks that follow it. Answers the size too.
pub(super) fn in_head(
    head: &Block,
    mut next: impl FnMut() -> io::Result<Block>,
) -> io::Result<(Vec<Piece>, u64)> {
    const FIRST: usize = 386;
    const MORE: usize = 482;
    const SIZE: Field = Field(483, 12);
    const MORE_IN_NEXT: usize = 504;
    let mut pieces = Vec::new();
    take_from(head, FIRST, 4, &mut pieces)?;
    let mut has_more = head.0.get(MORE).is_some_and(|byte| *byte != 0);
    while has_more {
        let block = next()?;
        take_from(&block, 0, 21, &mut pieces)?;
        has_more = block.0.get(MORE_IN_NEXT).is_some_and(|byte| *byte != 0);
    }
    Ok((pieces, unsigned(head, SIZE)?))
}

fn take_from(block: &Block, first: usize, count: usize, pieces: &mut Vec<Piece>) -> io::Result<()> {
    for slot in 0..count {
        let (at, length) = (Field(first + slot * 24, 12), Field(first + slot * 24 + 12, 12));
        if block.raw(at).first().is_none_or(|byte| *byte == 0) {
            break;
        }
        add(pieces, unsigned(block, at)?, unsigned(block, length)?)?;
    }
    Ok(())
}

fn unsigned(block: &Block, field: Field) -> io::Result<u64> {
    u64::try_from(block.number(field)?).map_err(|_negative| broken("a number in a head is negative"))
}

fn decimal(text: &[u8]) -> io::Result<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| broken("a number in the map of a sparse file is none"))
}

/// That pieces are in order and within the size; answers how much they hold.
pub(super) fn check(pieces: &[Piece], size: u64) -> io::Result<u64> {
    let mut end = 0;
    let mut held: u64 = 0;
    for piece in pieces {
        let next = piece.at.checked_add(piece.length).filter(|next| piece.at >= end && *next <= size);
        end = next.ok_or_else(|| broken("the pieces of a sparse file are not in order"))?;
        held += piece.length;
    }
    Ok(held)
}

/// That they can be written: where pieces do not begin and end with blocks, but for a file's end, some
/// readers expect each to be filled up and others do not.
pub(super) fn is_by_blocks(pieces: &[Piece], size: u64) -> bool {
    let is_even = |at: u64| at.is_multiple_of(BLOCK as u64);
    pieces.iter().all(|piece| is_even(piece.at) && (is_even(piece.length) || piece.at + piece.length == size))
}

/// The map of version 1.0. As GNU tar has it, an empty piece at the end stands for a hole there.
pub(super) fn map(pieces: &[Piece], size: u64) -> Vec<u8> {
    let ends = pieces.last().map_or(0, |last| last.at + last.length);
    let tail = (ends < size).then_some(Piece { at: size, length: 0 });
    let mut text = format!("{}\n", pieces.len() + usize::from(tail.is_some())).into_bytes();
    for piece in pieces.iter().chain(&tail) {
        text.extend_from_slice(format!("{}\n{}\n", piece.at, piece.length).as_bytes());
    }
    text.resize(text.len() + usize::try_from(padding(text.len() as u64)).unwrap_or(0), 0);
    text
}

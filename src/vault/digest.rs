//! Digests of what entries hold.
//!
//! BLAKE3, for it costs a few percent of what compressing costs also where the processor has no
//! instructions for SHA-256; the file as a whole has a SHA-256 beside it, for stock tools.

use blake3::Hasher;
use serde::{Deserialize, Serialize};

use crate::pax::Head;

/// What blocks of zeros are looked for in.
const BLOCK: usize = 4096;
const ZEROS: [u8; BLOCK] = [0; BLOCK];

/// A digest of a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// BLAKE3 of all its bytes.
    Whole([u8; 32]),
    /// For a file with holes, BLAKE3 of those of its blocks of 4 KiB that are not all zeros, each after
    /// its position, and of its size: the same wherever its holes are, and no work for them.
    Blocks([u8; 32]),
}

/// Computes a digest as content comes.
pub(super) enum Digest {
    Whole(Hasher),
    Blocks { hasher: Hasher, at: u64, block: Vec<u8> },
}

impl Digest {
    pub(super) fn new(has_holes: bool) -> Self {
        if has_holes {
            Self::Blocks { hasher: Hasher::new(), at: 0, block: Vec::with_capacity(BLOCK) }
        } else {
            Self::Whole(Hasher::new())
        }
    }

    /// Takes in content.
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        match self {
            Self::Whole(hasher) => drop(hasher.update(bytes)),
            Self::Blocks { hasher, at, block } => {
                while !bytes.is_empty() {
                    let room = BLOCK - block.len();
                    let (now, later) = bytes.split_at(room.min(bytes.len()));
                    block.extend_from_slice(now);
                    bytes = later;
                    flush(hasher, at, block, BLOCK);
                }
            }
        }
    }

    /// Takes in a hole.
    pub(super) fn skip(&mut self, hole: u64) {
        match self {
            Self::Whole(hasher) => {
                let mut left = hole;
                while left > 0 {
                    let now = left.min(BLOCK as u64);
                    hasher.update(ZEROS.get(..usize::try_from(now).unwrap_or(BLOCK)).unwrap_or(&ZEROS));
                    left -= now;
                }
            }
            Self::Blocks { hasher, at, block } => {
                let room = if block.is_empty() { 0 } else { BLOCK - block.len() };
                let first = usize::try_from(hole).unwrap_or(usize::MAX).min(room);
                block.resize(block.len() + first, 0);
                flush(hasher, at, block, BLOCK);
                let left = hole - first as u64;
                let rest = left % BLOCK as u64;
                *at += left - rest;
                block.resize(block.len() + usize::try_from(rest).unwrap_or(0), 0);
            }
        }
    }

    pub(super) fn finish(self) -> Content {
        match self {
            Self::Whole(hasher) => Content::Whole(hasher.finalize().into()),
            Self::Blocks { mut hasher, mut at, mut block } => {
                let size = at + block.len() as u64;
                flush(&mut hasher, &mut at, &mut block, 1);
                hasher.update(&u64::MAX.to_le_bytes()).update(&size.to_le_bytes());
                Content::Blocks(hasher.finalize().into())
            }
        }
    }
}

/// Takes in a block that has so many bytes at least.
fn flush(hasher: &mut Hasher, at: &mut u64, block: &mut Vec<u8>, least: usize) {
    if block.len() < least {
        return;
    }
    if ZEROS.get(..block.len()) != Some(block) {
        hasher.update(&at.to_le_bytes()).update(block);
    }
    *at += block.len() as u64;
    block.clear();
}

/// A short digest of all that is said of an entry.
pub(super) fn of_head(head: &Head) -> Result<[u8; 8], postcard::Error> {
    let digest = blake3::hash(&postcard::to_stdvec(head)?);
    Ok(digest.as_bytes().first_chunk().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(parts: &[(bool, Vec<u8>)]) -> Content {
        let mut digest = Digest::new(true);
        for (is_hole, bytes) in parts {
            if *is_hole {
                digest.skip(bytes.len() as u64);
            } else {
                digest.add(bytes);
            }
        }
        digest.finish()
    }

    proptest! {
        #[test]
        fn where_the_holes_are_makes_no_difference(
            parts in proptest::collection::vec((any::<bool>(), 0_usize..10_000, 1_u8..), 0..8),
        ) {
            let parts: Vec<(bool, Vec<u8>)> = parts
                .into_iter()
                .map(|(is_hole, length, byte)| (is_hole, vec![if is_hole { 0 } else { byte }; length]))
                .collect();
            let whole: Vec<u8> = parts.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
            let expected = blocks(&[(false, whole.clone())]);
            prop_assert_eq!(blocks(&parts), expected);
            let mut other = whole.clone();
            if let Some(byte) = other.last_mut() {
                *byte ^= 1;
                prop_assert_ne!(blocks(&[(false, other)]), expected);
            }
            prop_assert_ne!(blocks(&[(false, [whole, vec![0]].concat())]), expected);
        }
    }
}

//! The footer: the last thing before the seek table, always as long. What is where, and digests.

use super::{Error, VERSION};

/// How long it is.
pub(super) const FOOTER: usize = 7 * 8 + 3 * 32 + 8;
/// Its last bytes, in every version; the version itself is before them.
const MAGIC: &[u8; 8] = b"VOLXTAIL";

/// What is where. All numbers are little-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Footer {
    /// Where the index begins; the data frames end there.
    pub(super) index_at: u64,
    /// Where the manifest's frame begins; the index ends there.
    pub(super) manifest_at: u64,
    /// Bytes of the manifest.
    pub(super) manifest: u64,
    pub(super) tar_bytes: u64,
    pub(super) entries: u64,
    pub(super) frames: u64,
    /// BLAKE3 of the data frames.
    pub(super) data_digest: [u8; 32],
    /// BLAKE3 of the index's frames.
    pub(super) index_digest: [u8; 32],
    /// BLAKE3 of the manifest, of what is above, and of the seek table.
    pub(super) digest: [u8; 32],
}

impl Footer {
    fn numbers(&self) -> [u64; 6] {
        [self.index_at, self.manifest_at, self.manifest, self.tar_bytes, self.entries, self.frames]
    }

    /// The digest that it should have.
    pub(super) fn sum(&self, manifest: &[u8], table: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(manifest);
        for number in self.numbers() {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(&self.data_digest).update(&self.index_digest).update(table);
        hasher.finalize().into()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FOOTER);
        for number in self.numbers() {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.data_digest);
        bytes.extend_from_slice(&self.index_digest);
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(MAGIC);
        bytes
    }

    pub(super) fn read(bytes: &[u8; FOOTER]) -> Result<Self, Error> {
        let mut rest: &[u8] = bytes.strip_suffix(MAGIC).ok_or(Error::NoIndex)?;
        let mut numbers = [0; 6];
        let mut taken = [[0; 32]; 3];
        for number in &mut numbers {
            let (first, after) = rest.split_first_chunk().ok_or(Error::NoIndex)?;
            (*number, rest) = (u64::from_le_bytes(*first), after);
        }
        for digest in &mut taken {
            let (first, after) = rest.split_first_chunk().ok_or(Error::NoIndex)?;
            (*digest, rest) = (*first, after);
        }
        let found = u64::from_le_bytes(rest.first_chunk().copied().unwrap_or_default());
        if found > VERSION {
            return Err(Error::Newer { found });
        }
        let [index_at, manifest_at, manifest, tar_bytes, entries, frames] = numbers;
        let [data_digest, index_digest, digest] = taken;
        Ok(Self {
            index_at,
            manifest_at,
            manifest,
            tar_bytes,
            entries,
            frames,
            data_digest,
            index_digest,
            digest,
        })
    }
}

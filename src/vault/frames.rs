//! Independent zstd frames, compressed by several threads and written in order; and the frames
//! that stock tools pass over.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};
use sha2::{Digest as _, Sha256};
use zeekstd::SeekTable;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::Error;
use super::workers::{Workers, gone};

/// Bytes of the tar in a frame.
pub(super) const FRAME: usize = 2 * 1024 * 1024;
/// The largest frame that is read: other writers of this format may choose differently, in bounds.
pub(super) const MAX_FRAME: usize = 16 * 1024 * 1024;
/// The head of a frame that is passed over: what it is, and its length.
pub(super) const HEAD: usize = 8;
/// Index chunks, and the manifest with the footer. Of 16 such numbers the last is the seek table's.
/// [RFC 8878, Skippable Frames]
pub(super) const INDEX: u32 = 0x184D_2A51;
pub(super) const MANIFEST: u32 = 0x184D_2A52;

/// The head of a frame that is passed over.
pub(super) fn head(magic: u32, length: usize) -> io::Result<[u8; HEAD]> {
    let length = u32::try_from(length).map_err(io::Error::other)?;
    let mut bytes = [0; HEAD];
    for (byte, new) in bytes.iter_mut().zip(magic.to_le_bytes().into_iter().chain(length.to_le_bytes())) {
        *byte = new;
    }
    Ok(bytes)
}

/// Reads the head of a frame of ours; answers its length.
pub(super) fn read_head(from: &mut impl Read, magic: u32, longest: usize) -> Result<usize, Error> {
    let (mut found, mut length) = ([0; 4], [0; 4]);
    from.read_exact(&mut found)?;
    from.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if u32::from_le_bytes(found) != magic {
        return Err(Error::damaged("a part of its index is not where it should be"));
    }
    if length > longest {
        return Err(Error::TooLarge(format!("{length} bytes of its index at once")));
    }
    Ok(length)
}

/// A compressor whose frames know their size and have a checksum.
pub(super) fn compressor(level: i32) -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(level)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}

/// The content of a frame, which must be that long.
pub(super) fn decompressed(frame: &[u8], length: usize) -> Result<Vec<u8>, Error> {
    decompressed_by(&mut Decompressor::new()?, frame, length)
}

/// The same, by one that is kept.
pub(super) fn decompressed_by(
    decompressor: &mut Decompressor<'_>,
    frame: &[u8],
    length: usize,
) -> Result<Vec<u8>, Error> {
    let wrong = |why: String| Error::damaged(format!("a frame cannot be read: {why}"));
    let bytes = decompressor.decompress(frame, length).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() == length { Ok(bytes) } else { Err(wrong("it is shorter than it should be".to_owned())) }
}

/// Counts and hashes what is written.
pub(super) struct Sealed<W> {
    pub(super) out: W,
    pub(super) written: u64,
    pub(super) sha256: Sha256,
}

impl<W: Write> Sealed<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, written: 0, sha256: Sha256::new() }
    }

    /// How far the digest is, for whoever goes on with it.
    pub(super) fn state(&self) -> Vec<u8> {
        self.sha256.serialize().to_vec()
    }

    /// Goes on behind what somebody else wrote.
    pub(super) fn behind(out: W, written: u64, state: &[u8]) -> Result<Self, Error> {
        let wrong = || Error::damaged("the digest of what was written cannot be understood");
        let state = SerializedState::<Sha256>::try_from(state).map_err(|_length| wrong())?;
        let sha256 = Sha256::deserialize(&state).map_err(|_state| wrong())?;
        Ok(Self { out, written, sha256 })
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sha256.update(bytes.get(..written).unwrap_or_default());
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A frame as it comes out of a thread: how long it was, and what it became.
type Compressed = (usize, io::Result<Vec<u8>>);

/// Compresses frames and writes them in their order, by threads of their own.
pub(super) struct Frames<W> {
    workers: Workers<Arc<Vec<u8>>, Compressed>,
    /// To the thread that writes: where the frames come out, in their order.
    coming: Option<SyncSender<Receiver<Compressed>>>,
    laying: Option<JoinHandle<io::Result<Laid<W>>>>,
}

/// Frames that are written.
pub(super) struct Laid<W> {
    pub(super) out: Sealed<W>,
    pub(super) table: SeekTable,
    /// Of all frames.
    pub(super) digest: blake3::Hasher,
}

impl<W: Write + Send + 'static> Frames<W> {
    pub(super) fn new(out: W, level: i32, threads: usize) -> io::Result<Self> {
        let workers = Workers::new("compress", threads, || {
            let mut compressor = compressor(level)?;
            Ok(move |bytes: Arc<Vec<u8>>| (bytes.len(), compressor.compress(&bytes)))
        })?;
        // Each compresses one, and one is ready for the first of them.
        let (coming, frames) = sync_channel(workers.threads());
        let laid = Laid { out: Sealed::new(out), table: SeekTable::new(), digest: blake3::Hasher::new() };
        let laying = std::thread::Builder::new().name("lay".to_owned()).spawn(move || laid.all(frames))?;
        Ok(Self { workers, coming: Some(coming), laying: Some(laying) })
    }
}

impl<W> Frames<W> {
    /// Adds a frame; waits when enough of them are under way.
    pub(super) fn add(&mut self, bytes: Arc<Vec<u8>>) -> io::Result<()> {
        let frame = self.workers.hand_in(bytes)?;
        if self.coming.as_ref().is_some_and(|coming| coming.send(frame).is_ok()) {
            return Ok(());
        }
        // It says why it is gone.
        self.end().and_then(|_laid| Err(gone()))
    }

    /// Waits until all that is under way is written.
    pub(super) fn end(&mut self) -> io::Result<Laid<W>> {
        self.coming = None;
        self.laying.take().ok_or_else(gone)?.join().map_err(|_panicked| gone())?
    }
}

impl<W> Drop for Frames<W> {
    fn drop(&mut self) {
        // What it writes into is the caller's again, or gone, when this is.
        let _ = self.end();
    }
}

impl<W: Write> Laid<W> {
    /// Writes all frames.
    fn all(mut self, frames: Receiver<Receiver<Compressed>>) -> io::Result<Self> {
        for frame in frames {
            let (length, frame) = frame.recv().map_err(|_gone| gone())?;
            let frame = frame?;
            self.digest.update(&frame);
            self.out.write_all(&frame)?;
            let frame = u32::try_from(frame.len()).map_err(io::Error::other)?;
            let length = u32::try_from(length).map_err(io::Error::other)?;
            self.table.log_frame(frame, length).map_err(io::Error::other)?;
        }
        Ok(self)
    }
}

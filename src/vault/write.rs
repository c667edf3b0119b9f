//! Writing a backup: a tar goes in, compressed and indexed it comes out.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::about::{About, Counted, Manifest};
use super::footer::{FOOTER, Footer};
use super::frames::{self, FRAME, Frames, Laid, Sealed};
use super::scan::{self, Scanned};
use super::scratch::Spill;
use super::{Error, Scratch};

/// Frames that may wait for being indexed.
const AHEAD: usize = 4;
/// The largest manifest.
pub(super) const MAX_MANIFEST: usize = 4 * 1024 * 1024;

/// How a backup is written.
#[derive(Debug, Clone)]
pub struct How {
    /// The level of compression, as `zstd` has it.
    pub level: i32,
    /// How many threads compress, 8 at most.
    pub threads: usize,
    /// Where an index grows that is too large for memory.
    pub scratch: Scratch,
}

impl Default for How {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, Into::into);
        Self { level: zstd::DEFAULT_COMPRESSION_LEVEL, threads, scratch: Scratch::Memory }
    }
}

/// Takes in a tar, written to it, and writes a backup; that is whole only when it was finished.
pub struct Writing<W> {
    frames: Frames<W>,
    frame: Vec<u8>,
    /// To the thread that indexes.
    chunks: Option<SyncSender<Arc<Vec<u8>>>>,
    indexing: Option<JoinHandle<Result<Scanned, Error>>>,
    tar_bytes: u64,
}

/// A backup that was written.
pub struct Written<W> {
    /// Where it went.
    pub out: W,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl<W: Write + Send + 'static> Writing<W> {
    /// Begins a backup.
    ///
    /// # Errors
    /// When no threads can be had.
    pub fn new(out: W, how: How) -> Result<Self, Error> {
        let (chunks, received) = sync_channel(AHEAD);
        let scratch = how.scratch;
        let indexing = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || scan::index(received, scratch))?;
        Ok(Self {
            frames: Frames::new(out, how.level, how.threads)?,
            frame: Vec::with_capacity(FRAME),
            chunks: Some(chunks),
            indexing: Some(indexing),
            tar_bytes: 0,
        })
    }
}

impl<W: Write> Writing<W> {
    fn end_frame(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let frame = Arc::new(std::mem::replace(&mut self.frame, Vec::with_capacity(FRAME)));
        self.tar_bytes += frame.len() as u64;
        let taken = self.chunks.as_ref().is_some_and(|chunks| chunks.send(Arc::clone(&frame)).is_ok());
        if !taken {
            // It says why it is gone.
            self.indexed()?;
            return Err(io::Error::other("what was written is no archive"));
        }
        self.frames.add(frame)
    }

    fn indexed(&mut self) -> Result<Scanned, Error> {
        self.chunks = None;
        let gone = || Error::damaged("the thread that indexes is gone");
        self.indexing.take().ok_or_else(gone)?.join().map_err(|_panicked| gone())?
    }

    /// Ends the tar.
    ///
    /// # Errors
    /// When what was written is not one whole tar, or it cannot be written.
    pub fn end(mut self) -> Result<Ended<W>, Error> {
        self.end_frame()?;
        let Scanned { mut counted, mut index, index_digest } = self.indexed()?;
        let Laid { mut out, table, digest } = self.frames.end()?;
        index.send(0)?;
        counted.tar_bytes = self.tar_bytes;
        out.flush()?;
        let frames = table.num_frames().into();
        let mut sealed = Vec::new();
        table.into_serializer().read_to_end(&mut sealed)?;
        let data_digest = digest.finalize().into();
        let (written, sha256) = (out.written, out.state());
        let tail = Tail { counted, frames, data_digest, index_digest, written, sha256 };
        Ok(Ended { out, index, table: sealed, tail })
    }

    /// Ends the backup.
    ///
    /// # Errors
    /// As for [`Writing::end`].
    pub fn finish(self, about: About) -> Result<Written<W>, Error> {
        self.end()?.seal(about)
    }
}

/// What is known of a backup's data frames when all are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    counted: Counted,
    frames: u64,
    data_digest: [u8; 32],
    index_digest: [u8; 32],
    /// Bytes of the frames, and how far the digest of the file is by them.
    pub(super) written: u64,
    pub(super) sha256: Vec<u8>,
}

/// A backup of which all data frames are written, and nothing behind them.
pub struct Ended<W> {
    pub(super) out: Sealed<W>,
    pub(super) index: Spill,
    pub(super) table: Vec<u8>,
    pub(super) tail: Tail,
}

impl<W: Write> Ended<W> {
    /// For whoever writes what is behind the frames, and got the index by now: where they went, what is
    /// known of them, and the seek table.
    pub fn apart(self) -> (W, Tail, Vec<u8>) {
        (self.out.out, self.tail, self.table)
    }

    /// Writes what is behind the frames.
    pub(super) fn seal(self, about: About) -> Result<Written<W>, Error> {
        let Self { mut out, index, table, tail } = self;
        let Tail { counted, frames, data_digest, index_digest, .. } = tail;
        let (entries, tar_bytes) = (counted.entries, counted.tar_bytes);
        let manifest = Manifest::new(about, counted);
        let json = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other)?;
        if json.len() > MAX_MANIFEST {
            return Err(Error::TooLarge(format!("a manifest of {} bytes", json.len())));
        }
        let index_at = out.written;
        index.pour(&mut out)?;
        let mut footer = Footer {
            index_at,
            manifest_at: out.written,
            manifest: json.len() as u64,
            tar_bytes,
            entries,
            frames,
            data_digest,
            index_digest,
            digest: [0; 32],
        };
        footer.digest = footer.sum(&json, &table);
        out.write_all(&frames::head(frames::MANIFEST, json.len() + FOOTER)?)?;
        out.write_all(&json)?;
        out.write_all(&footer.to_bytes())?;
        out.write_all(&table)?;
        out.flush()?;
        let sha256 = hexadecimal(&out.sha256.finalize());
        Ok(Written { out: out.out, manifest, bytes: out.written, sha256 })
    }
}

impl<W: Write> Write for Writing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = FRAME - self.frame.len();
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.frame.extend_from_slice(taken);
        if self.frame.len() >= FRAME {
            self.end_frame()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes as their digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

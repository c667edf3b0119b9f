//! Backups of a way that hands out and takes in nothing but a tar.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;

use super::content::{ByteStream, Content, Copied, Error, of_stream};
use super::direct_content::{Leaving, blocking, packed};
use super::keep::{Into, play};
use super::order::{Order, Tape};
use super::walk::Progress;
use crate::domain::place::{Place, parts};
use crate::pax::{Body, Reader, Writer};
use crate::vault::{Backup, Done};

/// What is read or gathered at once.
const BUFFER: usize = 128 * 1024;
/// How many things that were left out are named.
const MAX_REMARKS: usize = 100;

/// Makes a backup of what comes as a tar.
pub(super) fn back_up_stream<'a, C: Content + ?Sized>(
    content: &'a C,
    order: Order,
    progress: &'a Arc<Progress>,
) -> BoxFuture<'a, Result<Done, Error>> {
    async move {
        let root = Place::root();
        let about = order.squeeze.about.clone();
        let archive = content.pack(&root, progress).await?;
        let (ours, leaving) = (Arc::clone(progress), Leaving::new(progress));
        let mut archive = blocking(archive, progress);
        let writing = spawn_blocking(move || {
            let refused = |source| Error::Kept { path: order.folder.clone(), source };
            let mut backup = Backup::create(&order.folder, about, &order.squeeze.how()).map_err(refused)?;
            let mut into = Into { inner: &mut backup, folder: &order.folder };
            let mut counted = Counting { inner: &mut archive, progress: &ours };
            let exclude = &order.squeeze.exclude;
            let copied = if exclude.0.is_empty() {
                io::copy(&mut counted, &mut into).map(drop)
            } else {
                retold(&mut counted, &mut into, |name| {
                    let parts: Vec<Vec<u8>> = parts(name).map(<[u8]>::to_vec).collect();
                    (!exclude.holds_any(&parts)).then(|| name.to_vec())
                })
            };
            copied.map_err(|error| of_stream(&root, error))?;
            backup.finish().map_err(refused)
        });
        let done = writing.await.map_err(|error| Error::Engine(error.to_string()))?;
        leaving.stay();
        done
    }
    .boxed()
}

/// Tells how many bytes were read.
pub(super) struct Counting<'a, R> {
    pub(super) inner: R,
    pub(super) progress: &'a Progress,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.allocated.fetch_add(read as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(read)
    }
}

/// A file's tar as a stream.
pub(super) fn played(tape: Tape) -> ByteStream {
    Box::new(packed(move |out| {
        play(&tape, |tar| {
            let strip = usize::from(tape.strip);
            let copied = if strip == 0 {
                io::copy(tar, out).map(drop)
            } else {
                retold(tar, out, |name| Some(parts(name).skip(strip).collect::<Vec<_>>().join(&b'/')))
            };
            copied.map_err(|error| of_stream(&Place::root(), error))?;
            Ok(Copied::default())
        })
    }))
}

/// Writes a tar again under other names; an entry without one is left out. Holes become zeros.
fn retold(
    from: &mut dyn Read,
    out: &mut dyn Write,
    rename: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> io::Result<()> {
    let mut reader = Reader::new(BufReader::with_capacity(BUFFER, from));
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, out));
    let mut left_out = Vec::new();
    while let Some(mut head) = reader.next_head()? {
        let Some(name) = rename(&head.name) else { continue };
        head.name = if name.is_empty() { b"./".to_vec() } else { name };
        if let Body::Same(first) = &head.body {
            let Some(first) = rename(first) else {
                if left_out.len() < MAX_REMARKS {
                    let name = String::from_utf8_lossy(&head.name);
                    left_out.push(format!("{name}: its first name is left out"));
                }
                continue;
            };
            head.body = Body::Same(first);
        }
        writer.begin(&head)?;
        if let Body::File(size) = head.body
            && let Some(short) = writer.copy(&mut (&mut reader).take(size), |_| Ok(()))?
        {
            return Err(short.error.unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
        }
    }
    left_out.splice(0..0, reader.remarks().iter().cloned());
    left_out.truncate(MAX_REMARKS);
    writer.remark(&left_out)?;
    writer.finish()?.flush()
}

//! What a backup needs of a volume's content, whichever way leads to it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::content::{ByteStream, Content, Copied, Error, of_stream};
use super::direct_content::{Leaving, blocking, packed};
use super::tree::Unpacking;
use super::walk::Progress;
use crate::domain::access::Way;
use crate::domain::engine::{EngineInfo, Product};
use crate::domain::exclude::Exclude;
use crate::domain::place::Place;
use crate::pax::{Body, Reader, Writer};
use crate::vault::{self, About, Archive, Backup, Done, How, Scratch};

/// What is read or gathered at once.
const BUFFER: usize = 128 * 1024;
/// How many things that were left out are named.
const MAX_REMARKS: usize = 100;

/// A backup to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// Where to.
    pub folder: PathBuf,
    /// What and how.
    pub squeeze: Squeeze,
}

/// What goes into a backup, and how it is compressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Squeeze {
    /// What is known of it beforehand.
    pub about: About,
    /// The level of compression, as `zstd` has it.
    pub level: i32,
    /// How many threads compress.
    pub threads: u16,
    /// What is left out.
    pub exclude: Exclude,
}

impl Squeeze {
    /// How it is written.
    #[must_use]
    pub fn how(&self) -> How {
        How { level: self.level, threads: self.threads.into(), scratch: Scratch::Memory }
    }
}

/// How a file holds a tar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A backup of ours.
    Backup,
    /// As it is.
    Plain,
    /// In zstd frames that somebody else wrote.
    Zstd,
    /// As gzip.
    Gzip,
}

impl Form {
    /// How a tar in this form is unpacked into an empty volume. In a backup nothing is there twice; in what
    /// others made the later entry counts, as for every tar.
    #[must_use]
    pub fn unpacking(self, strip: u8) -> Unpacking {
        Unpacking { replace: self != Self::Backup, strip, is_tame: false }
    }
}

/// A file whose tar is unpacked into a volume.
#[derive(Debug, Clone)]
pub struct Tape {
    /// The file.
    pub path: PathBuf,
    /// How it holds the tar.
    pub form: Form,
    /// How many parts are taken off the beginning of each name.
    pub strip: u8,
}

impl Tape {
    /// Hands the tar to somebody; what they answer counts only if the file was whole.
    ///
    /// # Errors
    /// Theirs, or that the file cannot be read, or is not what was written.
    pub fn play<T>(&self, to: impl FnOnce(&mut dyn Read) -> Result<T, Error>) -> Result<T, Error> {
        let failed = |source: vault::Error| Error::Kept { path: self.path.clone(), source };
        let file = File::open(&self.path).map_err(|error| failed(error.into()))?;
        if self.form == Form::Backup {
            let archive = Archive::open(file).map_err(failed)?;
            let mut tar = archive.tar(0);
            let done = to(&mut Told { inner: &mut tar, path: &self.path })?;
            tar.whole().map_err(failed)?;
            return Ok(done);
        }
        let mut reader = decoded(BufReader::new(file), self.form).map_err(|error| failed(error.into()))?;
        to(&mut Told { inner: &mut reader, path: &self.path })
    }
}

/// What is in a stream.
///
/// # Errors
/// When it cannot be decoded.
pub fn decoded<'a>(from: impl Read + 'a, form: Form) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match form {
        Form::Plain => Box::new(from),
        Form::Gzip => Box::new(flate2::read::MultiGzDecoder::new(from)),
        Form::Backup | Form::Zstd => Box::new(zstd::stream::read::Decoder::new(from)?),
    })
}

/// A reader whose errors say which file they are of.
struct Told<'a, R: ?Sized> {
    inner: &'a mut R,
    path: &'a Path,
}

impl<R: Read + ?Sized> Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| of_file(self.path, error))
    }
}

/// A writer whose errors say which folder they are of.
pub(super) struct Into<'a, W> {
    pub(super) inner: W,
    pub(super) folder: &'a Path,
}

impl<W: Write> Write for Into<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes).map_err(|error| of_file(self.folder, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().map_err(|error| of_file(self.folder, error))
    }
}

fn of_file(path: &Path, error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    let source = error.downcast::<vault::Error>().unwrap_or_else(vault::Error::Io);
    io::Error::other(Error::Kept { path: path.to_owned(), source })
}

/// What a way cannot keep, for the manifest.
#[must_use]
pub fn losses(way: Way, engine: &EngineInfo) -> Vec<String> {
    if way != Way::Archive {
        return Vec::new();
    }
    let mut losses = vec![
        "sockets, and paths beyond 4,096 bytes".to_owned(),
        "extended attributes other than capabilities, and ACLs".to_owned(),
        "fractions of seconds, and times before 1970 or after 2242".to_owned(),
        "where files have holes".to_owned(),
    ];
    if engine.capabilities.product == Product::Podman {
        losses.push("owners".to_owned());
        losses.push("entries named dev, proc or sys in the root".to_owned());
    }
    losses
}

/// What is lost when a backup is unpacked by that way.
#[must_use]
pub fn losses_of_restoring(way: Way) -> Vec<String> {
    if way != Way::Archive {
        return Vec::new();
    }
    vec![
        "the owner, permissions and times of the root itself".to_owned(),
        "where files have holes, and times before 1970 or after 2242".to_owned(),
    ]
}

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
        tape.play(|tar| {
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

/// The parts of a name.
fn parts(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".")
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
                left_out.push(format!("{}: its first name is left out", String::from_utf8_lossy(&head.name)));
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

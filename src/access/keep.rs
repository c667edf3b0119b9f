//! What a backup needs of a volume's content, whichever way leads to it.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use super::content::Error;
use super::order::{Form, Tape};
use super::tree::Unpacking;
use crate::domain::access::Way;
use crate::domain::engine::{EngineInfo, Product};
use crate::vault::{self, Archive};

/// How a tar in this form is unpacked into an empty volume. In a backup nothing is there twice; in what
/// others made the later entry counts, as for every tar.
#[must_use]
pub fn unpacking(form: Form, strip: u8) -> Unpacking {
    Unpacking { replace: form != Form::Backup, strip, is_tame: false }
}

/// Hands the tar in a file to somebody; what they answer counts only if the file was whole.
///
/// # Errors
/// Theirs, or that the file cannot be read, or is not what was written.
pub fn play<T>(tape: &Tape, to: impl FnOnce(&mut dyn Read) -> Result<T, Error>) -> Result<T, Error> {
    let failed = |source: vault::Error| Error::Kept { path: tape.path.clone(), source };
    let file = File::open(&tape.path).map_err(|error| failed(error.into()))?;
    if tape.form == Form::Backup {
        let archive = Archive::open(file).map_err(failed)?;
        let mut tar = archive.whole().map_err(failed)?;
        let done = to(&mut Told { inner: &mut tar, path: &tape.path })?;
        tar.proven().map_err(failed)?;
        return Ok(done);
    }
    let mut reader = decoded(BufReader::new(file), tape.form).map_err(|error| failed(error.into()))?;
    to(&mut Told { inner: &mut reader, path: &tape.path })
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
    let ours = error.downcast::<Error>().unwrap_or_else(|error| {
        let source = error.downcast::<vault::Error>().unwrap_or_else(vault::Error::Io);
        Error::Kept { path: path.to_owned(), source }
    });
    io::Error::other(ours)
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

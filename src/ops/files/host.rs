//! Packing a tree of this machine: the user's own, so walked by path.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags, major, minor};
use walkdir::{DirEntry, WalkDir};

use crate::access::content::{Copied, Error};
use crate::access::walk::Progress;
use crate::domain::place::Place;
use crate::pax::{Body, Head, Time, Writer};

/// What is gathered before it is handed on.
const BUFFER: usize = 128 * 1024;

/// Writes a tar of a file or folder under a name. What cannot be read below it is left out.
pub(super) fn pack(
    source: &Path,
    name: &[u8],
    out: &mut dyn Write,
    progress: &Progress,
) -> Result<Copied, Error> {
    let writer = Writer::new(BufWriter::with_capacity(BUFFER, out));
    let mut packing =
        Packing { source, name, writer, links: HashMap::new(), copied: Copied::default(), progress };
    for entry in WalkDir::new(source).follow_root_links(false) {
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        match entry {
            Ok(entry) => packing.entry(&entry)?,
            Err(error) if error.depth() == 0 => return Err(failed(error.into())),
            Err(error) => {
                let path = error.path().unwrap_or(source).display().to_string();
                packing.copied.leave_out(format!("{path}: {}", io::Error::from(error)));
            }
        }
    }
    packing.writer.finish().map_err(failed)?;
    Ok(packing.copied)
}

struct Packing<'a, W: Write> {
    source: &'a Path,
    name: &'a [u8],
    writer: Writer<W>,
    /// Files with several names, by device and inode: the name under which they were packed.
    links: HashMap<(u64, u64), Vec<u8>>,
    copied: Copied,
    progress: &'a Progress,
}

impl<W: Write> Packing<'_, W> {
    fn entry(&mut self, entry: &DirEntry) -> Result<(), Error> {
        let below = entry.path().strip_prefix(self.source).unwrap_or(Path::new("")).as_os_str().as_bytes();
        let name = if below.is_empty() { self.name.to_vec() } else { [self.name, b"/", below].concat() };
        match self.packed(entry, name) {
            Ok(Some(why)) => self.copied.leave_out(format!("{}: {why}", entry.path().display())),
            Ok(None) => self.copied.entries += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Packs an entry, or says why it was left out.
    fn packed(&mut self, entry: &DirEntry, name: Vec<u8>) -> Result<Option<String>, Error> {
        let meta = match entry.metadata() {
            Ok(meta) => meta,
            Err(error) => return Ok(Some(io::Error::from(error).to_string())),
        };
        let kind = meta.file_type();
        let identity = (meta.dev(), meta.ino());
        let is_linked = !kind.is_dir() && meta.nlink() > 1;
        let device = (major(meta.rdev()), minor(meta.rdev()));
        let body = if let Some(first) = self.links.get(&identity).filter(|_| is_linked) {
            Body::Same(first.clone())
        } else if kind.is_file() {
            return self.file(entry.path(), name);
        } else if kind.is_dir() {
            Body::Folder
        } else if kind.is_symlink() {
            match std::fs::read_link(entry.path()) {
                Ok(target) => Body::Link(target.as_os_str().as_bytes().to_vec()),
                Err(error) => return Ok(Some(error.to_string())),
            }
        } else if kind.is_fifo() {
            Body::Fifo
        } else if kind.is_char_device() {
            Body::CharDevice(device.0, device.1)
        } else if kind.is_block_device() {
            Body::BlockDevice(device.0, device.1)
        } else {
            return Ok(Some("a socket".to_owned()));
        };
        self.writer.begin(&head(name.clone(), body, &meta)).map_err(failed)?;
        if is_linked {
            self.links.entry(identity).or_insert(name);
        }
        Ok(None)
    }

    fn file(&mut self, path: &Path, name: Vec<u8>) -> Result<Option<String>, Error> {
        // What became a pipe meanwhile must not keep us waiting.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from).map(File::from);
        let (mut file, meta) = match opened.and_then(|file| file.metadata().map(|meta| (file, meta))) {
            Ok((file, meta)) if meta.is_file() => (file, meta),
            Ok(_) => return Ok(Some("it is no file any more".to_owned())),
            Err(error) => return Ok(Some(error.to_string())),
        };
        let head = head(name.clone(), Body::File(meta.len()), &meta);
        self.writer.begin(&head).map_err(failed)?;
        if meta.nlink() > 1 {
            self.links.entry((meta.dev(), meta.ino())).or_insert(name);
        }
        let (progress, copied) = (self.progress, &mut self.copied);
        let short = self.writer.copy(&mut file, |bytes| {
            copied.bytes += bytes;
            if progress.is_cancelled() { Err(io::Error::other(Error::Cancelled)) } else { Ok(()) }
        });
        if let Some(short) = short.map_err(failed)? {
            let why = short.error.map_or_else(|| "it shrank".to_owned(), |error| error.to_string());
            let what = format!("{}: the last {} bytes are zeros: {why}", path.display(), short.missing);
            self.copied.leave_out(what);
        }
        Ok(None)
    }
}

fn head(name: Vec<u8>, body: Body, meta: &Metadata) -> Head {
    Head {
        name,
        body,
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        modified: Time { seconds: meta.mtime(), nanos: u32::try_from(meta.mtime_nsec()).unwrap_or(0) },
        attributes: Vec::new(),
    }
}

/// The stream's word, or ours where it carries that.
fn failed(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => ours,
        Err(source) => Error::Io { place: Place::root(), source },
    }
}

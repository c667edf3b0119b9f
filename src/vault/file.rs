//! A backup in a folder: it has its name only when it is whole.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use super::about::{About, Manifest};
use super::archive::Archive;
use super::write::{How, MAX_MANIFEST, Writing};
use super::{Error, Scratch, VERSION};

/// Bytes of a volume's name that are kept in a file's name.
const MAX_NAME: usize = 180;
/// How the name of a file ends that is not whole.
const PARTIAL: &str = ".volx.partial";
/// Nobody else's business.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// How the name of a backup ends.
const ENDING: &str = ".tar.zst";
/// So many backups of one volume have room in one second.
const MOST: u32 = 1000;

/// `VOLUME-YYYYMMDDTHHMMSSZ.tar.zst`; what is no plain letter of the volume's name is written as `%XX`.
#[must_use]
pub fn file_name(volume: &str, at: Timestamp) -> String {
    let mut name = String::new();
    for byte in volume.bytes() {
        let is_plain =
            byte.is_ascii_alphanumeric() || (matches!(byte, b'_' | b'.' | b'-') && !name.is_empty());
        if name.len() >= MAX_NAME {
            break;
        }
        if is_plain {
            name.push(char::from(byte));
        } else {
            let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0').to_ascii_uppercase();
            name.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        }
    }
    format!("{name}-{}{ENDING}", at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ"))
}

/// The same for the second and further ones of one second: `VOLUME-YYYYMMDDTHHMMSSZ-2.tar.zst`.
fn numbered(name: &str, number: u32) -> String {
    match number {
        1 => name.to_owned(),
        _ => format!("{}-{number}{ENDING}", unnumbered(name.strip_suffix(ENDING).unwrap_or(name))),
    }
}

/// A name up to its moment.
fn unnumbered(name: &str) -> &str {
    let is_number =
        |text: &str| (1..5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit_once('-').filter(|(_, number)| is_number(number)).map_or(name, |(first, _)| first)
}

/// Whether a file has such a name: `….tar.zst` after a moment, and a number where it was not the first of it.
#[must_use]
pub fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(name) = name.strip_suffix(ENDING) else { return false };
    let first = unnumbered(name);
    let Some((volume, moment)) = first.rsplit_once('-') else { return false };
    let is_digit = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    !volume.is_empty() && moment.len() == 16 && moment.bytes().enumerate().all(is_digit)
}

/// The line that restores a backup without volx, for root.
#[must_use]
pub fn restore_line(backup: &Path, folder: &Path) -> String {
    crate::domain::keep::restore_line(backup, folder)
}

/// A file under another name until it is whole; gone when it is dropped before that.
pub(super) struct Partial {
    pub(super) file: File,
    pub(super) path: PathBuf,
    is_named: bool,
}

impl Partial {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(format!(".{name}.{}{PARTIAL}", std::process::id()));
        let file = File::options().write(true).create_new(true).mode(FILE_MODE).open(&path)?;
        // By this a sweep knows that somebody still writes it.
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { file, path, is_named: false })
    }

    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::create(path.parent().unwrap_or(Path::new(".")), &name)
    }

    /// Begins a new backup of a volume in a folder, which is made if it is not there, and says where it is
    /// to be: nothing is there, and nobody of this process is about to put something there.
    pub(super) fn of(folder: &Path, volume: &str, at: Timestamp) -> io::Result<(Self, PathBuf)> {
        make(folder)?;
        let name = file_name(volume, at);
        for number in 1..=MOST {
            let path = folder.join(numbered(&name, number));
            if path.try_exists()? {
                continue;
            }
            match Self::beside(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                begun => return Ok((begun?, path)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Gives it its name, which nothing else has; all of it is on the disk by then.
    fn name(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        self.rename(target)?;
        let folder = target.parent().unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }

    /// The same for a backup, whose name another process may have taken meanwhile: then it gets the next one.
    fn name_first_free(mut self, target: &Path) -> io::Result<PathBuf> {
        self.file.sync_all()?;
        let folder = target.parent().unwrap_or(Path::new("."));
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut free = target.to_owned();
        for number in 2..=MOST {
            match self.rename(&free) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    free = folder.join(numbered(&name, number));
                }
                named => {
                    named?;
                    File::open(folder)?.sync_all()?;
                    return Ok(free);
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn rename(&mut self, target: &Path) -> io::Result<()> {
        match renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE) {
            // Not every file system knows that; a second name is refused everywhere.
            Err(Errno::INVAL | Errno::NOSYS) => {
                std::fs::hard_link(&self.path, target)?;
                std::fs::remove_file(&self.path)?;
            }
            other => other?,
        }
        self.is_named = true;
        Ok(())
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_named {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A backup that is being written into a folder. Dropped before its end it leaves nothing.
pub struct Backup {
    writing: Writing<Partial>,
    path: PathBuf,
    about: About,
}

/// A backup that is there.
#[derive(Debug, Clone)]
pub struct Done {
    /// The file.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Backup {
    /// Begins a backup in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(folder: &Path, about: About, how: &How) -> Result<Self, Error> {
        let (partial, path) = Partial::of(folder, &about.volume, about.at)?;
        Self::begin(partial, path, folder, about, how)
    }

    /// The same for whoever knows already where it is to be.
    ///
    /// # Errors
    /// When the folder cannot be written, or something is there.
    pub fn at(path: PathBuf, about: About, how: &How) -> Result<Self, Error> {
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        make(&folder)?;
        if path.try_exists()? {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
        }
        Self::begin(Partial::beside(&path)?, path, &folder, about, how)
    }

    fn begin(partial: Partial, path: PathBuf, folder: &Path, about: About, how: &How) -> Result<Self, Error> {
        let how = How { scratch: Scratch::Folder(folder.to_owned()), ..*how };
        Ok(Self { writing: Writing::new(partial, how)?, path, about })
    }

    /// Ends it without a name, for whoever has many to bring onto the disk together.
    ///
    /// # Errors
    /// When what was written is not one whole tar, or it cannot be written.
    pub fn close(self) -> Result<Unnamed, Error> {
        let written = self.writing.finish(self.about)?;
        Ok(Unnamed { file: written.out, path: self.path, manifest: written.manifest, bytes: written.bytes })
    }

    /// Ends it: the file gets its name, and beside it `.json` and `.sha256`. The file comes first: it is
    /// whole without them, and they can be made from it.
    ///
    /// # Errors
    /// When what was written is not one whole tar, or the folder cannot be written.
    pub fn finish(self) -> Result<Done, Error> {
        let written = self.writing.finish(self.about)?;
        settle(
            written.out,
            Done {
                path: self.path,
                manifest: written.manifest,
                bytes: written.bytes,
                sha256: written.sha256,
            },
        )
    }
}

/// A backup with all that belongs into it, but for its name and the certainty that it is on the disk.
/// Dropped before it is named it leaves nothing.
pub struct Unnamed {
    file: Partial,
    path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its size.
    pub bytes: u64,
}

impl Unnamed {
    /// It, to be read back.
    ///
    /// # Errors
    /// When it cannot be opened, or there is no backup in it.
    pub fn open(&self) -> Result<Archive<File>, Error> {
        Archive::open(File::open(&self.file.path)?)
    }

    /// Waits until all of it is on the disk.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub fn sync(&self) -> io::Result<()> {
        self.file.file.sync_all()
    }

    /// Gives it its name, with nothing beside it. That the folder is on the disk is the caller's business.
    ///
    /// # Errors
    /// When the folder refuses it.
    pub fn name(mut self) -> io::Result<PathBuf> {
        self.file.rename(&self.path)?;
        Ok(self.path)
    }
}

/// Gives a whole backup its name and what stands beside it.
pub(super) fn settle(file: Partial, done: Done) -> Result<Done, Error> {
    let done = Done { path: file.name_first_free(&done.path)?, ..done };
    let json = serde_json::to_vec_pretty(&done.manifest).map_err(io::Error::other)?;
    beside(&done.path, "json", &json)?;
    let name = done.path.file_name().unwrap_or_default().to_string_lossy();
    beside(&done.path, "sha256", format!("{}  {name}\n", done.sha256).as_bytes())?;
    Ok(done)
}

/// Makes a folder for backups, if it is not there.
fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)
}

impl Write for Backup {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writing.flush()
    }
}

/// Removes a backup and what stands beside it.
///
/// # Errors
/// When the backup itself cannot be removed.
pub fn forget(backup: &Path) -> io::Result<()> {
    std::fs::remove_file(backup)?;
    let name = backup.file_name().unwrap_or_default().to_string_lossy();
    for ending in ["json", "sha256"] {
        // One that is missing is gone.
        let _ = std::fs::remove_file(backup.with_file_name(format!("{name}.{ending}")));
    }
    Ok(())
}

/// The manifest that stands beside a backup. It says what the backup was when it was made; whether it
/// still is that, only the backup itself can say.
///
/// # Errors
/// When there is none, or it is no manifest.
pub fn read_beside(backup: &Path) -> Result<Manifest, Error> {
    let name = format!("{}.json", backup.file_name().unwrap_or_default().to_string_lossy());
    let file = File::open(backup.with_file_name(name))?;
    let manifest: Manifest = serde_json::from_reader(io::BufReader::new(file.take(MAX_MANIFEST as u64)))
        .map_err(|error| Error::Manifest(error.to_string()))?;
    if manifest.format > VERSION {
        return Err(Error::Newer { found: manifest.format });
    }
    Ok(manifest)
}

/// Removes what a writer left that was killed; answers how many files. What somebody still writes stays.
///
/// # Errors
/// When the folder cannot be read.
pub fn sweep(folder: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_ours = name.as_encoded_bytes().starts_with(b".")
            && name.as_encoded_bytes().ends_with(PARTIAL.as_bytes());
        if !is_ours || !entry.file_type()?.is_file() {
            continue;
        }
        let Ok(file) = File::open(entry.path()) else { continue };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            swept += usize::from(std::fs::remove_file(entry.path()).is_ok());
        }
    }
    Ok(swept)
}

/// Writes a small file beside a backup.
fn beside(backup: &Path, ending: &str, bytes: &[u8]) -> io::Result<()> {
    let name = format!("{}.{ending}", backup.file_name().unwrap_or_default().to_string_lossy());
    let mut partial = Partial::create(backup.parent().unwrap_or(Path::new(".")), &name)?;
    partial.write_all(bytes)?;
    partial.name(&backup.with_file_name(name))
}

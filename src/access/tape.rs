//! What a file is that is to be restored: a backup of ours, or another program's tar.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use super::content::Error;
use super::keep::decoded;
use super::order::Form;
use crate::domain::place::parts;
use crate::pax::Reader;
use crate::vault::{self, Archive, Manifest};

/// What zstd frames begin with, and those that are passed over.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What known programs put before the names in a volume: vackup, offen, the documented recipe of Docker.
const KNOWN: [&[u8]; 3] = [b"vackup-volume", b"backup", b"dbdata"];

/// What a file is.
#[derive(Debug)]
pub enum Found {
    /// A backup of ours, and how many bytes its content has at least: holes take none.
    Backup(Box<Manifest>, u64),
    /// Another program's archive.
    Foreign(Foreign),
}

/// An archive that another program made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// How the file holds it.
    pub form: Form,
    /// How many parts are taken off its names.
    pub strip: u8,
    /// What all its names begin with, where they do.
    pub prefix: Option<String>,
    /// How many entries it has.
    pub entries: u64,
}

/// Looks at a file; a foreign one is read to its end.
///
/// # Errors
/// When it is no archive, not whole, or it is not clear what in it is the volume.
pub fn examine(path: &Path, strip: Option<u8>) -> Result<Found, Error> {
    look(path, strip).map_err(|source| Error::Kept { path: path.to_owned(), source })
}

fn look(path: &Path, strip: Option<u8>) -> Result<Found, vault::Error> {
    let mut file = File::open(path)?;
    let mut begin = Vec::new();
    (&mut file).take(4).read_to_end(&mut begin)?;
    let form = if begin == ZSTD {
        match Archive::open(File::open(path)?) {
            Ok(archive) => {
                // What is in it is checked as it is unpacked; what is only said of it, here.
                let bytes = archive
                    .entries()
                    .try_fold(0_u64, |sum, entry| entry.map(|entry| sum.saturating_add(entry.least())))?;
                return Ok(Found::Backup(Box::new(archive.manifest().clone()), bytes));
            }
            // One of ours that was cut off has no index, but its name or the file beside it tells: cut off
            // between two frames it would pass for another program's.
            Err(vault::Error::NoIndex) if vault::is_named(path) || vault::read_beside(path).is_ok() => {
                let what = "what volx writes at a backup's end is missing: it was cut off";
                return Err(vault::Error::Partial(what.to_owned()));
            }
            Err(vault::Error::NoIndex) => Form::Zstd,
            Err(error) => return Err(error),
        }
    } else if begin.starts_with(&GZIP) {
        Form::Gzip
    } else {
        Form::Plain
    };
    file.rewind()?;
    let (tops, entries) = names(decoded(BufReader::new(file), form)?)?;
    let (strip, prefix) = stripped(&tops, strip)?;
    Ok(Found::Foreign(Foreign { form, strip, prefix, entries }))
}

/// What the names of an archive begin with.
#[derive(Debug, Default)]
struct Tops {
    /// Whether the root itself is there.
    has_root: bool,
    first: Option<Vec<u8>>,
    /// Whether others follow.
    are_several: bool,
    second: Option<Vec<u8>>,
    seconds_are_several: bool,
}

impl Tops {
    fn see(&mut self, name: &[u8]) {
        let mut parts = parts(name);
        let Some(first) = parts.next() else {
            self.has_root = true;
            return;
        };
        match &self.first {
            None => self.first = Some(first.to_vec()),
            Some(known) => self.are_several |= known != first,
        }
        if let Some(second) = parts.next() {
            match &self.second {
                None => self.second = Some(second.to_vec()),
                Some(known) => self.seconds_are_several |= known != second,
            }
        }
    }
}

fn names(archive: impl Read) -> Result<(Tops, u64), vault::Error> {
    let mut reader = Reader::new(archive);
    let (mut tops, mut entries) = (Tops::default(), 0);
    loop {
        match reader.next_head() {
            Ok(Some(head)) => tops.see(&head.name),
            Ok(None) if entries == 0 => {
                return Err(vault::Error::Damaged("there is nothing in it, or it is no tar".to_owned()));
            }
            Ok(None) => {
                // What was cut off behind the tar's end was cut off too.
                io::copy(&mut reader.into_rest(), &mut io::sink()).map_err(|error| {
                    vault::Error::Partial(format!("what follows the last entry cannot be read: {error}"))
                })?;
                return Ok((tops, entries));
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                // GNU tar takes one without the empty blocks at its end without a word; but nothing else
                // tells it from one that was cut off between two entries.
                return Err(vault::Error::Partial(
                    "it ends before the two empty blocks that end a tar: it was cut off".to_owned(),
                ));
            }
            Err(error) if entries == 0 => {
                return Err(vault::Error::Damaged(format!("it is no tar: {error}")));
            }
            Err(error) => return Err(vault::Error::Damaged(error.to_string())),
        }
        entries += 1;
    }
}

fn stripped(tops: &Tops, wanted: Option<u8>) -> Result<(u8, Option<String>), vault::Error> {
    let text = |parts: &[&[u8]]| String::from_utf8_lossy(&parts.join(&b'/')).into_owned();
    let one = tops.first.as_deref().filter(|_| !tops.are_several && !tops.has_root);
    let prefix = one.map(|first| text(&[first]));
    if let Some(strip) = wanted {
        return Ok((strip, prefix));
    }
    match (one, &tops.second) {
        // offen puts each volume into a folder of its own.
        (Some(b"backup"), Some(second)) if !tops.seconds_are_several => {
            Err(unclear(&text(&[b"backup", second]), 2))
        }
        (Some(first), _) if KNOWN.contains(&first) => Ok((1, prefix)),
        (Some(first), Some(_)) => Err(unclear(&text(&[first]), 1)),
        // One entry alone is that entry.
        _ => Ok((0, None)),
    }
}

fn unclear(prefix: &str, parts: u8) -> vault::Error {
    vault::Error::Manifest(format!(
        "all its names begin with '{prefix}/', and it does not say whether that is a folder of the volume; \
         --strip {parts} takes it off, --strip 0 keeps it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(names: &[&str]) -> Result<u8, String> {
        let mut tops = Tops::default();
        for name in names {
            tops.see(name.as_bytes());
        }
        stripped(&tops, None).map(|(strip, _)| strip).map_err(|error| error.to_string())
    }

    #[test]
    fn what_stands_before_the_names_is_taken_off_where_that_is_clear() {
        assert_eq!(strip(&["./", "./a", "./a/b"]), Ok(0), "tar -C volume .");
        assert_eq!(strip(&["a", "b/c"]), Ok(0));
        assert_eq!(strip(&["vackup-volume/", "vackup-volume/a"]), Ok(1));
        assert_eq!(strip(&["dbdata/", "dbdata/a", "dbdata/b"]), Ok(1), "the documented recipe");
        assert_eq!(strip(&["/backup/", "/backup/a", "/backup/b"]), Ok(1));
        assert!(strip(&["backup/", "backup/db/", "backup/db/x"]).expect_err("unclear").contains("--strip 2"));
        assert!(strip(&["data/", "data/x"]).expect_err("unclear").contains("--strip 1"));
        assert_eq!(strip(&["only"]), Ok(0));
    }
}

//! What the engine's archive says, entry by entry, with names as they are inside the volume.

use std::io::{self, Read};

use crate::access::content::{Copied, Error, of_stream};
use crate::access::walk::{Progress, Walked};
use crate::domain::entry::{Entry, EntryKind, Listing, MAX_ENTRIES, Weight};
use crate::domain::place::{self, Place};
use crate::pax::{Body, Head, Reader, Writer};

/// A name's parts below the folder that was asked for.
pub(super) type Name = Vec<Vec<u8>>;

/// An archive of a folder's content, or of one entry.
pub(super) struct Entries<R: Read> {
    reader: Reader<io::BufReader<R>>,
    place: Place,
}

impl<R: Read> Entries<R> {
    pub(super) fn new(from: R, place: &Place) -> Self {
        Self { reader: Reader::new(io::BufReader::with_capacity(128 * 1024, from)), place: place.clone() }
    }

    /// The next entry with the parts of its name below the folder that was asked for.
    pub(super) fn next(&mut self, progress: &Progress) -> Result<Option<(Name, Head)>, Error> {
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let head = self.reader.next_head().map_err(|source| self.failed(source))?;
        Ok(head.map(|head| (parts(&head.name), head)))
    }

    /// Bytes of the entry that came last.
    pub(super) fn read(&mut self, from: u64, len: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let skipped = io::copy(&mut (&mut self.reader).take(from), &mut io::sink());
        let read = skipped.and_then(|_| (&mut self.reader).take(len as u64).read_to_end(&mut bytes));
        read.map_err(|source| self.failed(source))?;
        Ok(bytes)
    }

    /// Counts everything.
    pub(super) fn scan(&mut self, progress: &Progress) -> Result<Walked, Error> {
        let mut walked = Walked::default();
        while let Some((name, head)) = self.next(progress)? {
            match head.body {
                _ if name.is_empty() => {}
                Body::Folder => walked.dirs += 1,
                // Another name of what is counted already.
                Body::Same(_) => {}
                body => {
                    walked.files += 1;
                    walked.apparent = walked.apparent.saturating_add(size(&body));
                }
            }
            progress.tell(walked.files + walked.dirs, walked.apparent);
        }
        Ok(walked)
    }

    /// The entries of the folder itself, and the names of those whose size is told elsewhere: they
    /// are other names of a file that came before. All below is read past.
    pub(super) fn list(&mut self, progress: &Progress) -> Result<(Listing, Vec<Vec<u8>>), Error> {
        let (mut listing, mut links) = (Listing::default(), Vec::new());
        while let Some((mut name, head)) = self.next(progress)? {
            if name.len() == 1 && listing.entries.len() < MAX_ENTRIES {
                if let ([name], Body::Same(_)) = (name.as_slice(), &head.body) {
                    links.push(name.clone());
                }
                listing.entries.extend(name.pop().map(|name| entry(name, &head)));
            } else if name.len() == 1 {
                listing.folded += 1;
            }
        }
        Ok((listing, links))
    }

    /// What each folder of the folder weighs, as each is passed.
    pub(super) fn weigh(
        &mut self,
        progress: &Progress,
        found: &mut dyn FnMut(Vec<u8>, Weight),
    ) -> Result<(), Error> {
        let mut now: Option<(Vec<u8>, Weight)> = None;
        let mut told = 0;
        while let Some((name, head)) = self.next(progress)? {
            let Some(top) = name.first() else { continue };
            if now.as_ref().is_some_and(|(other, _)| other != top)
                && let Some((name, weight)) = now.take()
            {
                told += 1;
                found(name, weight);
                // A listing has no more either.
                if told >= MAX_ENTRIES {
                    return Ok(());
                }
            }
            match (&mut now, &head.body) {
                (Some((_, weight)), Body::Folder) => weight.dirs += 1,
                (Some(_), Body::Same(_)) => {}
                (Some((_, weight)), body) => {
                    weight.files += 1;
                    weight.apparent = weight.apparent.saturating_add(size(body));
                }
                (None, Body::Folder) if name.len() == 1 => {
                    now = Some((top.clone(), Weight { dirs: 1, ..Weight::default() }));
                }
                (None, _) => {}
            }
        }
        if let Some((name, weight)) = now {
            found(name, weight);
        }
        Ok(())
    }

    /// Writes it again with names that begin with `own`, or with the entries' names without one.
    ///
    /// The answer is how much was written. Owners that nobody knows are written as the number that
    /// means "leave it", and that is said.
    pub(super) fn rename(
        &mut self,
        own: Option<&[u8]>,
        knows_owners: bool,
        out: &mut dyn io::Write,
        progress: &Progress,
        check: &mut Check<'_>,
    ) -> Result<Copied, Error> {
        let place = self.place.clone();
        let failed = move |error: io::Error| of_stream(&place, error);
        let mut copied = Copied::default();
        let named = |mut name: Name| {
            if let Some((first, own)) = name.first_mut().zip(own) {
                *first = own.to_vec();
            }
            name.join(&b'/')
        };
        let mut writer = Writer::new(io::BufWriter::with_capacity(128 * 1024, out));
        while let Some((name, mut head)) = self.next(progress)? {
            check(&name)?;
            head.name = match named(name) {
                root if root.is_empty() => b"./".to_vec(),
                name if head.body == Body::Folder => [name.as_slice(), b"/"].concat(),
                name => name,
            };
            if let Body::Same(other) = &head.body {
                head.body = Body::Same(named(parts(other)));
            }
            if !knows_owners {
                (head.uid, head.gid) = (u32::MAX, u32::MAX);
            }
            writer.begin(&head).map_err(&failed)?;
            copied.entries += 1;
            if let Body::File(size) = head.body {
                copied.bytes += size;
                let short = writer.copy(&mut (&mut self.reader).take(size), |_| Ok(())).map_err(&failed)?;
                if let Some(error) = short.and_then(|short| short.error) {
                    return Err(failed(error));
                }
            }
        }
        if !knows_owners {
            let said = super::OWNERLESS.to_owned();
            writer.remark(std::slice::from_ref(&said)).map_err(&failed)?;
            copied.leave_out(said);
        }
        writer.finish().map_err(&failed)?;
        Ok(copied)
    }

    fn failed(&self, error: io::Error) -> Error {
        of_stream(&self.place, error)
    }
}

/// Sees the parts of a name before it is written and may refuse it.
pub(super) type Check<'a> = dyn FnMut(&[Vec<u8>]) -> Result<(), Error> + 'a;

/// An entry as an archive has it: without what archives do not say.
pub(super) fn entry(name: Vec<u8>, head: &Head) -> Entry {
    let (kind, target, device) = match head.body {
        Body::File(_) | Body::Same(_) => (EntryKind::File, None, None),
        Body::Folder => (EntryKind::Folder, None, None),
        Body::Link(ref target) => (EntryKind::Link, Some(target.clone()), None),
        Body::Fifo => (EntryKind::Fifo, None, None),
        Body::CharDevice(major, minor) => (EntryKind::CharDevice, None, Some((major, minor))),
        Body::BlockDevice(major, minor) => (EntryKind::BlockDevice, None, Some((major, minor))),
    };
    let nanos = i32::try_from(head.modified.nanos).unwrap_or(0);
    Entry {
        name,
        kind,
        apparent: size(&head.body),
        allocated: None,
        mode: head.mode,
        uid: head.uid,
        gid: head.gid,
        links: None,
        inode: None,
        modified: jiff::Timestamp::new(head.modified.seconds, nanos).ok(),
        changed: None,
        target,
        device,
        is_mount: false,
    }
}

fn size(body: &Body) -> u64 {
    match body {
        Body::File(size) => *size,
        Body::Link(target) => target.len() as u64,
        _ => 0,
    }
}

fn parts(name: &[u8]) -> Name {
    place::parts(name).map(<[u8]>::to_vec).collect()
}

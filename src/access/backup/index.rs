//! What the index of a backup says of a folder and of one entry. Each goes through it once, and keeps no
//! more than it answers.

use std::collections::HashMap;
use std::io::{Read, Seek};

use jiff::Timestamp;

use super::Failed;
use crate::access::content::Error;
use crate::access::walk::Progress;
use crate::domain::entry::{Entry, EntryKind, Listing, MAX_ENTRIES, Weight};
use crate::domain::place::Place;
use crate::pax::{Body, Time};
use crate::vault::{self, Archive};

/// What is below a place; nothing where it is not, an empty iterator where it is the place itself.
fn below<'p>(here: &'p Place, place: &Place) -> Option<impl Iterator<Item = &'p [u8]> + use<'p>> {
    let mut parts = here.parts();
    place.parts().all(|part| parts.next() == Some(part)).then_some(parts)
}

fn moment(time: Time) -> Option<Timestamp> {
    Timestamp::new(time.seconds, i32::try_from(time.nanos).ok()?).ok()
}

/// A folder of which nothing is known but its name.
fn unknown_folder(name: &[u8]) -> Entry {
    Entry {
        name: name.to_vec(),
        kind: EntryKind::Folder,
        apparent: 0,
        allocated: None,
        mode: 0o755,
        uid: 0,
        gid: 0,
        links: None,
        inode: None,
        modified: None,
        changed: None,
        target: None,
        device: None,
        is_mount: false,
    }
}

/// An entry as it is listed; of another name of a file the size is still to be found.
fn listed(name: &[u8], found: &vault::Entry) -> Entry {
    let head = &found.head;
    let mut entry = Entry {
        mode: head.mode,
        uid: head.uid,
        gid: head.gid,
        modified: moment(head.modified),
        ..unknown_folder(name)
    };
    match &head.body {
        Body::Folder => {}
        Body::File(size) => (entry.kind, entry.apparent) = (EntryKind::File, *size),
        Body::Same(_) => entry.kind = EntryKind::File,
        Body::Link(target) => {
            entry.kind = EntryKind::Link;
            entry.apparent = target.len() as u64;
            entry.target = Some(target.clone());
        }
        Body::Fifo => entry.kind = EntryKind::Fifo,
        Body::CharDevice(major, minor) => {
            (entry.kind, entry.device) = (EntryKind::CharDevice, Some((*major, *minor)));
        }
        Body::BlockDevice(major, minor) => {
            (entry.kind, entry.device) = (EntryKind::BlockDevice, Some((*major, *minor)));
        }
    }
    entry
}

/// What a folder of the backup holds, as far as one walk through the index tells.
#[derive(Default)]
struct Folder {
    entries: HashMap<Vec<u8>, Entry>,
    /// Where the content of each file begins, by its name; of another name of a file what the first is.
    files: HashMap<Vec<u8>, Place>,
    /// How many other names each file has.
    others: HashMap<Place, u64>,
    folded: u64,
    errors: u64,
}

/// The entries of a folder.
pub(super) fn list(archive: &Archive<impl Read + Seek>, place: &Place) -> Result<Listing, Failed> {
    Folder::read(archive, place)
}

impl Folder {
    fn read(archive: &Archive<impl Read + Seek>, place: &Place) -> Result<Listing, Failed> {
        let mut folder = Self::default();
        let mut is_there = place.is_root();
        for found in archive.entries() {
            let found = found?;
            let Ok(here) = Place::parse(&found.head.name) else {
                folder.errors += 1;
                continue;
            };
            let first = match &found.head.body {
                Body::Same(first) => Place::parse(first).ok(),
                _ => None,
            };
            if let Some(first) = &first
                && (folder.others.len() < MAX_ENTRIES || folder.others.contains_key(first))
            {
                *folder.others.entry(first.clone()).or_default() += 1;
            }
            let Some(mut parts) = below(&here, place) else { continue };
            is_there = true;
            let Some(name) = parts.next() else {
                if found.head.body == Body::Folder {
                    continue;
                }
                let what = "no folder".to_owned();
                return Err(Error::Other { place: place.clone(), what }.into());
            };
            let is_itself = parts.next().is_none();
            folder.see(name, is_itself.then_some((&found, first.unwrap_or_else(|| here.clone()))));
        }
        if !is_there {
            return Err(Error::Missing(place.clone()).into());
        }
        folder.named_twice(archive)?;
        let Self { entries, folded, errors, .. } = folder;
        Ok(Listing { entries: entries.into_values().collect(), folded, errors, own: None })
    }

    /// Takes in an entry, or that there is a folder of this name.
    fn see(&mut self, name: &[u8], found: Option<(&vault::Entry, Place)>) {
        let is_known = self.entries.contains_key(name);
        if !is_known && self.entries.len() >= MAX_ENTRIES {
            self.folded += u64::from(found.is_some());
            return;
        }
        match found {
            Some((found, first)) => {
                let entry = listed(name, found);
                if entry.kind == EntryKind::File {
                    self.files.insert(name.to_vec(), first);
                }
                self.entries.insert(name.to_vec(), entry);
            }
            None if !is_known => drop(self.entries.insert(name.to_vec(), unknown_folder(name))),
            None => {}
        }
    }

    /// Gives the names of one file what they share: its number, and its size.
    fn named_twice(&mut self, archive: &Archive<impl Read + Seek>) -> Result<(), Failed> {
        let mut wanted: HashMap<Place, Vec<Vec<u8>>> = HashMap::new();
        for (name, first) in self.files.drain() {
            if self.others.contains_key(&first) {
                wanted.entry(first).or_default().push(name);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        for found in archive.entries() {
            let found = found?;
            let Some(names) = Place::parse(&found.head.name).ok().and_then(|here| wanted.remove_entry(&here))
            else {
                continue;
            };
            let (first, names) = names;
            let Body::File(size) = found.head.body else { continue };
            for name in names {
                if let Some(entry) = self.entries.get_mut(&name) {
                    (entry.apparent, entry.inode) = (size, Some(found.at));
                    entry.links = self.others.get(&first).map(|others| others + 1);
                }
            }
        }
        Ok(())
    }
}

/// What each folder in a folder holds.
pub(super) fn weights(
    archive: &Archive<impl Read + Seek>,
    place: &Place,
    progress: &Progress,
) -> Result<HashMap<Vec<u8>, Weight>, Failed> {
    let mut weights: HashMap<Vec<u8>, Weight> = HashMap::new();
    for found in archive.entries() {
        if progress.is_cancelled() {
            return Err(Error::Cancelled.into());
        }
        let found = found?;
        let Ok(here) = Place::parse(&found.head.name) else { continue };
        let Some(mut parts) = below(&here, place) else { continue };
        let Some(name) = parts.next() else { continue };
        let is_folder = found.head.body == Body::Folder;
        if parts.next().is_none() && !is_folder {
            continue;
        }
        if !weights.contains_key(name) && weights.len() >= MAX_ENTRIES {
            continue;
        }
        let weight = weights.entry(name.to_vec()).or_default();
        weight.dirs += u64::from(is_folder);
        weight.files += u64::from(!is_folder);
        weight.newest_write = weight.newest_write.max(moment(found.head.modified));
        match &found.head.body {
            Body::File(size) => weight.apparent = weight.apparent.saturating_add(*size),
            Body::Link(target) => weight.apparent = weight.apparent.saturating_add(target.len() as u64),
            _ => {}
        }
    }
    Ok(weights)
}

/// One entry.
pub(super) fn look(archive: &Archive<impl Read + Seek>, place: &Place) -> Result<Entry, Failed> {
    let name = place.name().unwrap_or_default();
    let mut is_way = place.is_root();
    for found in archive.entries() {
        let found = found?;
        let Ok(here) = Place::parse(&found.head.name) else { continue };
        if here == *place {
            let mut entry = listed(name, &found);
            if let (Body::Same(_), Body::File(size)) = (&found.head.body, archive.first(&found)?.head.body) {
                entry.apparent = size;
            }
            return Ok(entry);
        }
        is_way |= below(&here, place).is_some();
    }
    if is_way { Ok(unknown_folder(name)) } else { Err(Error::Missing(place.clone()).into()) }
}

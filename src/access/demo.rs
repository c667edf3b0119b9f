//! The content of the demo's volumes, which is made up.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;

use super::content::{ByteStream, Content, Copied, Error};
use super::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::entry::{Entry, EntryKind, Listing, Weight};
use crate::domain::place::{Place, name_text};
use crate::domain::usage::{FolderWeight, LISTED, Largest};
use crate::engine::demo::Node;

/// One volume's made-up content, as it was when it was opened.
#[derive(Debug)]
pub struct DemoContent {
    root: Node,
}

impl DemoContent {
    /// The content below this root.
    #[must_use]
    pub const fn new(root: Node) -> Self {
        Self { root }
    }

    fn node(&self, place: &Place) -> Result<&Node, Error> {
        self.root.at(place).ok_or_else(|| Error::Missing(place.clone()))
    }

    fn of_kind(&self, place: &Place, kind: EntryKind) -> Result<&Node, Error> {
        let node = self.node(place)?;
        if node.entry.kind == kind {
            return Ok(node);
        }
        let what = format!("a {}, no {}", node.entry.kind.name(), kind.name());
        Err(Error::Other { place: place.clone(), what })
    }

    /// What the root's folders weigh, the largest first.
    fn folders(&self) -> Vec<FolderWeight> {
        let mut folders: Vec<FolderWeight> = self
            .root
            .folders()
            .map(|folder| FolderWeight {
                path: name_text(&folder.entry.name).into_owned(),
                allocated: folder.weight().apparent,
            })
            .collect();
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.allocated));
        folders.truncate(LISTED);
        folders
    }

    /// Measures it.
    #[must_use]
    pub fn walked(&self) -> Walked {
        let weight = self.root.weight();
        let mut largest: Vec<Largest> = files(&self.root, &Place::root());
        largest.sort_by_key(|file| std::cmp::Reverse(file.allocated));
        largest.truncate(LISTED);
        Walked {
            apparent: weight.apparent,
            allocated: weight.apparent,
            files: weight.files,
            // The root itself does not count.
            dirs: weight.dirs.saturating_sub(1),
            newest_write: weight.newest_write,
            folders: self.folders(),
            largest,
            ..Walked::default()
        }
    }
}

fn files(node: &Node, place: &Place) -> Vec<Largest> {
    let mut found = Vec::new();
    for entry in node.listing().entries {
        let Some(place) = place.child(&entry.name) else { continue };
        let Some(child) = node.at(&Place::root().child(&entry.name).unwrap_or_default()) else { continue };
        if entry.kind == EntryKind::Folder {
            found.extend(files(child, &place));
        } else {
            let size = entry.apparent;
            found.push(Largest { path: place.text(), allocated: size, apparent: size });
        }
    }
    found
}

fn not_here(what: &'static str) -> Error {
    Error::NotThisWay { way: Way::Demo, what, why: "the demo's files are made up".to_owned() }
}

impl Content for DemoContent {
    fn way(&self) -> Way {
        Way::Demo
    }

    fn scan<'a>(&'a self, _progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>> {
        Box::pin(async { Ok(self.walked()) })
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>> {
        Box::pin(async { self.of_kind(place, EntryKind::Folder).map(Node::listing) })
    }

    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>> {
        Box::pin(async { self.node(place).map(|node| node.entry.clone()) })
    }

    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        _progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            for folder in self.of_kind(place, EntryKind::Folder)?.folders() {
                // Whoever does not listen any more does not want the rest.
                if found.send((folder.entry.name.clone(), folder.weight())).is_err() {
                    break;
                }
            }
            Ok(())
        })
    }

    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(async move { self.of_kind(place, EntryKind::File).map(|node| node.read(from, len)) })
    }

    fn pack<'a>(
        &'a self,
        _place: &'a Place,
        _progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>> {
        Box::pin(async { Err(not_here("copy files out")) })
    }

    fn unpack<'a>(
        &'a self,
        _place: &'a Place,
        _archive: ByteStream,
        _replace: bool,
        _progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        Box::pin(async { Err(not_here("copy files in")) })
    }
}

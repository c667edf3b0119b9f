use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedSender;

use super::*;
use crate::access::direct_content::DirectContent;
use crate::access::tree::Tree;
use crate::access::walk::Walked;
use crate::domain::entry::{Entry, Listing, Weight};

/// A volume that notes what is done with it, and whose disk may fail.
struct Noting {
    inner: DirectContent,
    done: Mutex<Vec<&'static str>>,
    is_failing: bool,
}

impl Noting {
    fn of(folder: &TempDir, is_failing: bool) -> Self {
        let inner = DirectContent::new(Tree::open(folder.path()).expect("a tree"));
        Self { inner, done: Mutex::default(), is_failing }
    }

    fn note(&self, what: &'static str) {
        self.done.lock().expect("no panic").push(what);
    }
}

impl Content for Noting {
    fn way(&self) -> Way {
        self.inner.way()
    }
    fn scan<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, Error>> {
        self.inner.scan(progress)
    }
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, Error>> {
        self.inner.list(place)
    }
    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, Error>> {
        self.inner.look(place)
    }
    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.weigh(place, progress, found)
    }
    fn read<'a>(&'a self, place: &'a Place, from: u64, len: usize) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        self.inner.read(place, from, len)
    }
    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, Error>> {
        self.note("read");
        self.inner.pack(place, progress)
    }
    fn unpack<'a>(
        &'a self,
        place: &'a Place,
        archive: ByteStream,
        replace: bool,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, Error>> {
        self.note("written");
        self.inner.unpack(place, archive, replace, progress)
    }
    fn sync<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), Error>> {
        self.note("synced");
        if self.is_failing {
            return async { Err(Error::Engine("the disk is broken".to_owned())) }.boxed();
        }
        self.inner.sync(progress)
    }
}

#[tokio::test]
async fn a_copy_is_on_the_disk_before_anybody_hears_of_it() {
    let (from, to) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    std::fs::write(from.path().join("file"), "content").expect("a file");
    let source = Noting::of(&from, false);
    for is_failing in [false, true] {
        let target = Noting::of(&to, is_failing);
        let copied = copy(&source, &target, &Arc::default()).await;
        assert_eq!(*target.done.lock().expect("no panic"), ["written", "read", "synced"]);
        match copied {
            Ok((bytes, facts)) => assert_eq!((is_failing, bytes, facts.len()), (false, 7, 2)),
            Err(trouble) => assert!(is_failing && trouble.cause.contains("the disk is broken"), "{trouble}"),
        }
    }
    assert_eq!(*source.done.lock().expect("no panic"), ["read", "read"], "it is as it was");
}

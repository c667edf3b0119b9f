use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::UnboundedSender;

use super::*;
use crate::access::content::{ByteStream, Content, Copied};
use crate::access::direct_content::{DirectContent, packed};
use crate::access::tree::Tree;
use crate::access::walk::Walked;
use crate::domain::access::Way;
use crate::domain::entry::{Entry, Listing, Weight};
use crate::domain::place::Place;

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn volume(folder: &TempDir) -> DirectContent {
    DirectContent::new(Tree::open(folder.path()).expect("a tree"))
}

fn place(path: &str) -> Place {
    Place::parse(path.as_bytes()).expect("a path")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("read");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("a file")
}

/// A volume with a folder, a file in it, another name of that, and a link.
fn some() -> TempDir {
    let volume = folder();
    std::fs::create_dir(volume.path().join("etc")).expect("a folder");
    std::fs::write(volume.path().join("etc/conf"), "new").expect("a file");
    std::fs::hard_link(volume.path().join("etc/conf"), volume.path().join("etc/same")).expect("a link");
    symlink("conf", volume.path().join("etc/link")).expect("a link");
    volume
}

async fn got(from: &TempDir, path: &str, to: &Path, replace: bool) -> Result<Copied, Error> {
    get(&volume(from), "vol", &place(path), to, replace, &Arc::default()).await
}

async fn have(source: &Path, to: &TempDir, path: &str, replace: bool) -> Result<Copied, Error> {
    let content = volume(to);
    let putting = Putting::plan(&content, source, &place(path), replace).await?;
    put(&content, &putting, &Arc::default()).await
}

#[tokio::test]
async fn a_copy_goes_where_cp_would_put_it() {
    let (from, to) = (some(), folder());
    got(&from, "etc", to.path(), false).await.expect("copied");
    assert_eq!(names(to.path()), ["etc"], "into a folder that is there");
    assert_eq!(names(&to.path().join("etc")), ["conf", "link", "same"]);
    assert_eq!(to.path().join("etc/same").metadata().expect("there").nlink(), 2);
    got(&from, "etc", &to.path().join("other"), false).await.expect("copied");
    assert_eq!(names(&to.path().join("other")), ["conf", "link", "same"], "or under a new name");
    got(&from, "etc/conf", &to.path().join("file"), false).await.expect("copied");
    assert_eq!(text(to.path().join("file")), "new");
    got(&from, "", to.path(), false).await.expect("copied");
    assert_eq!(names(&to.path().join("vol")), ["etc"], "all of it has the volume's name");
    assert_eq!(names(to.path()), ["etc", "file", "other", "vol"], "and nothing partial is left");
}

#[tokio::test]
async fn what_is_there_is_kept_unless_told() {
    let (from, to) = (some(), folder());
    std::fs::create_dir(to.path().join("etc")).expect("a folder");
    std::fs::write(to.path().join("etc/conf"), "old").expect("a file");
    std::fs::write(to.path().join("etc/own"), "own").expect("a file");
    let refused = got(&from, "etc", to.path(), false).await;
    assert!(matches!(refused, Err(Error::Exists(_))), "{refused:?}");
    assert_eq!(text(to.path().join("etc/conf")), "old");
    got(&from, "etc", to.path(), true).await.expect("merged");
    assert_eq!(names(&to.path().join("etc")), ["conf", "link", "own", "same"]);
    assert_eq!(text(to.path().join("etc/conf")), "new");
    std::fs::write(to.path().join("file"), "old").expect("a file");
    got(&from, "etc/conf", &to.path().join("file"), true).await.expect("replaced");
    assert_eq!(text(to.path().join("file")), "new");
    let mismatch = got(&from, "etc", &to.path().join("file"), true).await;
    assert!(matches!(mismatch, Err(Error::Mismatch(_))), "{mismatch:?}");
}

#[tokio::test]
async fn putting_is_the_same_the_other_way() {
    let (from, to) = (some(), folder());
    let source = from.path().join("etc");
    std::fs::set_permissions(&source, std::fs::Permissions::from_mode(0o750)).expect("permissions");
    let copied = have(&source, &to, "", false).await.expect("copied");
    assert_eq!((copied.entries, copied.bytes, copied.skipped.len()), (4, 3, 0));
    assert_eq!(names(&to.path().join("etc")), ["conf", "link", "same"]);
    assert_eq!(to.path().join("etc").metadata().expect("there").mode() & 0o7777, 0o750);
    assert_eq!(to.path().join("etc/same").metadata().expect("there").nlink(), 2);
    assert!(matches!(have(&source, &to, "", false).await, Err(Error::Exists(_))));
    have(&source, &to, "new", false).await.expect("under a new name");
    assert_eq!(names(to.path()), ["etc", "new"]);
    std::fs::write(source.join("conf"), "newer").expect("a file");
    have(&source.join("conf"), &to, "etc/conf", true).await.expect("replaced");
    assert_eq!(
        (text(to.path().join("etc/conf")), text(to.path().join("etc/same"))),
        ("newer".to_owned(), "new".to_owned())
    );
    assert!(matches!(have(&source, &to, "etc/conf", true).await, Err(Error::Mismatch(_))));
    let missing = have(&source, &to, "no/such/folder", false).await.expect_err("nothing is made on the way");
    assert_eq!(missing.to_string(), "/no is not there");
}

#[tokio::test]
async fn a_link_in_the_volume_is_not_put_through() {
    let (from, to, outside) = (some(), folder(), folder());
    symlink(outside.path(), to.path().join("out")).expect("a link");
    let source = from.path().join("etc/conf");
    assert!(have(&source, &to, "out", false).await.is_err(), "a link is no folder to put into");
    assert!(have(&source, &to, "out/conf", false).await.is_err());
    have(&source, &to, "out", true).await.expect("the link itself gives way");
    assert_eq!(text(to.path().join("out")), "new");
    assert!(names(outside.path()).is_empty());
}

#[tokio::test]
async fn what_was_left_out_is_told_once() {
    let (from, to, back) = (some(), folder(), folder());
    let _socket = std::os::unix::net::UnixListener::bind(from.path().join("etc/socket")).expect("a socket");
    let copied = have(&from.path().join("etc"), &to, "", false).await.expect("copied");
    assert_eq!(copied.skipped.len(), 1, "{copied:?}");
    assert!(copied.skipped[0].ends_with("etc/socket: a socket"), "{copied:?}");
    let copied = got(&from, "etc", back.path(), false).await.expect("copied");
    assert_eq!(copied.skipped, ["not packed: etc/socket: a socket"]);
}

/// A volume whose stream breaks in its middle, or never goes on.
struct Breaking {
    inner: DirectContent,
    keeps_waiting: bool,
}

impl Content for Breaking {
    fn way(&self) -> Way {
        self.inner.way()
    }
    fn scan<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<Walked, content::Error>> {
        self.inner.scan(progress)
    }
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Listing, content::Error>> {
        self.inner.list(place)
    }
    fn look<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Entry, content::Error>> {
        self.inner.look(place)
    }
    fn weigh<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
        found: UnboundedSender<(Vec<u8>, Weight)>,
    ) -> BoxFuture<'a, Result<(), content::Error>> {
        self.inner.weigh(place, progress, found)
    }
    fn read<'a>(
        &'a self,
        place: &'a Place,
        from: u64,
        len: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, content::Error>> {
        self.inner.read(place, from, len)
    }
    fn pack<'a>(
        &'a self,
        place: &'a Place,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<ByteStream, content::Error>> {
        Box::pin(async move {
            let begun = self.inner.pack(place, progress).await?.take(2000);
            if self.keeps_waiting {
                let (silent, held) = tokio::io::duplex(1);
                std::mem::forget(held);
                return Ok(Box::new(begun.chain(silent)) as ByteStream);
            }
            let broken = packed(|_| Err(content::Error::Engine("the engine went away".to_owned())));
            Ok(Box::new(begun.chain(broken)) as ByteStream)
        })
    }
    fn unpack<'a>(
        &'a self,
        place: &'a Place,
        archive: ByteStream,
        replace: bool,
        progress: &'a Arc<Progress>,
    ) -> BoxFuture<'a, Result<Copied, content::Error>> {
        self.inner.unpack(place, archive, replace, progress)
    }
    fn clear<'a>(&'a self, progress: &'a Arc<Progress>) -> BoxFuture<'a, Result<(), content::Error>> {
        self.inner.clear(progress)
    }
}

#[tokio::test]
async fn a_broken_stream_is_an_error_and_leaves_nothing() {
    let (from, to) = (folder(), folder());
    std::fs::write(from.path().join("large"), vec![1; 100_000]).expect("a file");
    let content = Breaking { inner: volume(&from), keeps_waiting: false };
    for path in ["large", ""] {
        let done = get(&content, "vol", &place(path), to.path(), false, &Arc::default()).await;
        assert_eq!(done.expect_err("broken").to_string(), "the engine went away", "in its own words");
        assert!(names(to.path()).is_empty(), "{:?}", names(to.path()));
    }
}

#[tokio::test]
async fn a_cancelled_copy_leaves_nothing_and_ends_at_once() {
    let (from, to) = (folder(), folder());
    std::fs::write(from.path().join("large"), vec![1; 100_000]).expect("a file");
    let content = Breaking { inner: volume(&from), keeps_waiting: true };
    let progress = Arc::new(Progress::default());
    let at = place("large");
    let work = get(&content, "vol", &at, to.path(), false, &progress);
    let cancel = async {
        while names(to.path()).is_empty() {
            tokio::task::yield_now().await;
        }
        progress.cancel();
    };
    let (done, ()) = tokio::join!(work, cancel);
    assert!(matches!(done, Err(Error::Content(content::Error::Cancelled))), "{done:?}");
    assert!(names(to.path()).is_empty());
}

#[tokio::test]
async fn dropping_a_copy_ends_the_work_behind_it() {
    let (from, to) = (folder(), folder());
    std::fs::write(from.path().join("large"), vec![1; 100_000]).expect("a file");
    let content = Breaking { inner: volume(&from), keeps_waiting: true };
    let progress = Arc::new(Progress::default());
    let at = place("large");
    {
        let work = get(&content, "vol", &at, to.path(), false, &progress);
        tokio::pin!(work);
        while names(to.path()).is_empty() {
            assert!(futures_util::poll!(work.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    }
    assert!(progress.is_cancelled());
    while !names(to.path()).is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stream_that_nobody_reads_on_ends_its_thread() {
    let from = folder();
    std::fs::File::create(from.path().join("huge")).and_then(|file| file.set_len(1 << 40)).expect("a hole");
    let (ended, mut end) = tokio::sync::oneshot::channel();
    let tree = Tree::open(from.path()).expect("a tree");
    let mut stream = packed(move |pipe| {
        let done = tree.pack(&Place::root(), pipe, &Progress::default());
        let _ = ended.send(done.is_err());
        done
    });
    let mut begun = [0; 1000];
    stream.read_exact(&mut begun).await.expect("it begins");
    drop(stream);
    while end.try_recv().is_err_and(|e| e == tokio::sync::oneshot::error::TryRecvError::Empty) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_folder_that_nobody_may_write_to_is_got_as_it_is() {
    let (from, to) = (some(), folder());
    std::fs::create_dir(from.path().join("etc/sub")).expect("a folder");
    for closed in ["etc/sub", "etc"] {
        let mode = std::fs::Permissions::from_mode(0o555);
        std::fs::set_permissions(from.path().join(closed), mode).expect("permissions");
    }
    got(&from, "etc", to.path(), false).await.expect("copied");
    assert_eq!(names(to.path()), ["etc"]);
    for closed in ["etc/sub", "etc"] {
        assert_eq!(to.path().join(closed).metadata().expect("there").mode() & 0o7777, 0o555, "{closed}");
    }
}

#[tokio::test]
async fn nothing_that_runs_as_somebody_else_comes_out_of_a_volume() {
    let (from, to, back) = (some(), folder(), folder());
    let mode = std::fs::Permissions::from_mode(0o6755);
    std::fs::set_permissions(from.path().join("etc/conf"), mode).expect("permissions");
    let copied = got(&from, "etc", to.path(), false).await.expect("copied");
    assert_eq!(to.path().join("etc/conf").metadata().expect("there").mode() & 0o7777, 0o755);
    assert_eq!(copied.skipped, ["set-user-id and set-group-id of 1 files were not set"]);
    have(&from.path().join("etc"), &back, "", false).await.expect("copied");
    let kept = back.path().join("etc/conf").metadata().expect("there").mode();
    assert_eq!(kept & 0o7777, 0o6755, "what a volume gains is its own");
}

//! Notes of who is held and of what is made or replaced: on the disk before it is begun, gone when it is over.
//! One that is left of a dead volx says what has to be put in order.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::right::Right;
use crate::access::helper::Owner;
use crate::domain::trouble::Trouble;

/// The folder of what is held, beside the audit log.
pub(super) const FOLDER: &str = "held";
/// How a note ends that is being written.
const PARTIAL: &str = "partial";
/// The largest note that is read.
const LARGE: u64 = 1 << 20;

/// What is written down before anybody is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) owner: String,
    /// Which machine the owner is on.
    pub(super) machine: String,
    pub(super) engine: String,
    pub(super) is_paused: bool,
    /// Ids and names.
    pub(super) containers: Vec<(String, String)>,
    /// What is being replaced, and where it is as it was.
    pub(super) replacing: Option<Replacing>,
    /// What is being made and filled.
    #[serde(default)]
    pub(super) making: Option<Making>,
}

/// A volume whose content is being replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replacing {
    pub(super) volume: String,
    /// Which one: another volume may have its name since.
    #[serde(default)]
    pub(super) mark: Option<String>,
    /// A backup of it as it was.
    pub(super) snapshot: PathBuf,
    /// Whether what is written there is dated by the clock that dates our signs of life.
    #[serde(default)]
    pub(super) is_our_clock: bool,
}

/// A volume that is being filled, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Making {
    pub(super) volume: String,
    /// What it is to be, in a few words.
    pub(super) what: String,
    /// What the engine is told to make.
    pub(super) wanted: String,
    /// What it made; nothing before it has.
    pub(super) made: Option<String>,
    /// Whether what is written there is dated by the clock that dates our signs of life.
    pub(super) is_our_clock: bool,
}

impl Note {
    pub(super) fn of(right: &Right) -> Self {
        Self {
            owner: Owner::ours().label(),
            machine: machine(),
            engine: right.engine().info().id.clone(),
            is_paused: false,
            containers: Vec::new(),
            replacing: None,
            making: None,
        }
    }

    pub(super) fn of_making(right: &Right, making: Making) -> Self {
        Self { making: Some(making), ..Self::of(right) }
    }
}

/// Rewrites a note as one that nothing is to be taken back of; one that cannot be rewritten goes, for who is
/// held goes on now. The answer is the lock of what is there.
pub(super) async fn replaced(path: &Path, note: &Note) -> io::Result<Option<File>> {
    let (path, note) = (path.to_owned(), Note { replacing: None, ..note.clone() });
    on_thread(move || {
        let folder = path.parent().unwrap_or(Path::new("."));
        if note.containers.is_empty() {
            return end(&path).map(|()| None);
        }
        write(folder, &path, &note).map(Some).or_else(|_full| end(&path).map(|()| None))
    })
    .await
}

/// Why a note still says that something is to be taken back.
pub(super) fn not_noted(path: &Path, replacing: &Replacing, error: &io::Error) -> Trouble {
    let cause = format!("{}: {error}", path.display());
    Trouble::new("the next volx may take the replacing back once more", cause).with_remedy(format!(
        "remove that file; what '{}' was stays in {}",
        replacing.volume,
        replacing.snapshot.display()
    ))
}

/// Writes a note down, where notes are kept: what is the demo's ends with it. It is on the disk before what
/// it speaks of is begun.
pub(super) async fn write_note(
    right: &Right,
    path: &mut Option<PathBuf>,
    note: &Note,
) -> Result<(), (PathBuf, io::Error)> {
    let Some(folder) = right.beside_log(FOLDER) else { return Ok(()) };
    let path = path.get_or_insert_with(|| new_path(&folder)).clone();
    let (into, note) = (folder.clone(), note.clone());
    on_thread(move || write(&into, &path, &note).map(drop)).await.map_err(|error| (folder, error))
}

/// What a note was for is over.
pub(super) async fn discard(path: &Path) {
    let path = path.to_owned();
    // One that stays is looked into by the next volx, which finds nothing to be done.
    let _ = on_thread(move || end(&path)).await;
}

/// A disk may take seconds to say that something is on it; what draws and what answers does not wait for it.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Removes a note. One that came back after a power cut would speak of what is whole by then.
fn end(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn machine() -> String {
    std::fs::read_to_string("/etc/machine-id").unwrap_or_default().trim().to_owned()
}

fn new_path(folder: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = jiff::Timestamp::now().as_millisecond();
    folder.join(format!("{}-{now}-{number}.json", std::process::id()))
}

/// Writes a note; nobody else looks into it as long as the answer is there.
fn write(folder: &Path, path: &Path, note: &Note) -> io::Result<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let partial = path.with_extension(PARTIAL);
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    // Where that is not known, the owner in it says as much.
    let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
    file.write_all(&serde_json::to_vec(note).map_err(io::Error::other)?)?;
    file.sync_all()?;
    std::fs::rename(&partial, path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

/// Removes what a volx that died while it wrote left; the note before it, if there is one, stays.
pub(super) fn sweep_half(path: &Path) {
    if path.extension().is_none_or(|ending| ending != PARTIAL) {
        return;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let writer = name.split('-').next().unwrap_or_default();
    // Between making and locking it a living one is known by its process alone.
    let is_alive = writer.parse::<u32>().is_ok_and(|id| Path::new(&format!("/proc/{id}")).exists());
    let Ok(file) = File::open(path) else { return };
    if !is_alive && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        let _ = std::fs::remove_file(path);
    }
}

/// The note of a dead volx about this engine.
pub(super) fn left(path: &Path, engine: &str) -> Option<(Note, File)> {
    let file = File::open(path).ok().filter(|_| path.extension().is_some_and(|ending| ending == "json"))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    // Whoever had it until now may have rewritten or removed it since it was opened.
    let (held, there) = (file.metadata().ok()?, std::fs::metadata(path).ok()?);
    if (held.dev(), held.ino()) != (there.dev(), there.ino()) {
        return None;
    }
    let note: Note = serde_json::from_reader(io::Read::take(&file, LARGE)).ok()?;
    let is_dead = Owner::read(&note.owner).and_then(|owner| owner.is_dead());
    // After a restart of this machine nobody of before lives.
    let is_dead = is_dead.unwrap_or_else(|| {
        note.machine == machine() && Owner::read(&note.owner).is_some_and(|owner| owner.is_of_another_boot())
    });
    (is_dead && note.engine == engine).then_some((note, file))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;
    use crate::ops::signs::Signs;

    fn note(owner: &str) -> Note {
        Note {
            owner: owner.to_owned(),
            machine: machine(),
            engine: "e".to_owned(),
            is_paused: true,
            containers: vec![("id".to_owned(), "name".to_owned())],
            replacing: None,
            making: None,
        }
    }

    #[test]
    fn what_a_living_volx_holds_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let ours = Owner::ours().label();
        let (head, _) = ours.rsplit_once(' ').expect("words");
        let path = new_path(folder.path());
        write(folder.path(), &path, &note(&ours)).expect("written");
        let left = |engine| left(&path, engine).map(|(note, _)| note);
        assert_eq!(left("e"), None, "we live");
        let dead = note(&format!("{head} 1"));
        write(folder.path(), &path, &dead).expect("written");
        assert_eq!(left("e"), Some(dead));
        assert_eq!(left("other"), None, "another engine's");
    }

    #[test]
    fn what_was_being_written_when_its_writer_died_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let ours = format!("{}-1-1.partial", std::process::id());
        // No process has such a number.
        for name in [ours.as_str(), "4194999-1-1.partial", "4194999-1-2.partial", "4194999-1-1.json"] {
            std::fs::write(at(name), "{").expect("written");
        }
        let locked = File::open(at("4194999-1-2.partial")).expect("there");
        flock(&locked, FlockOperation::NonBlockingLockExclusive).expect("locked");
        let paths =
            std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("one").path());
        paths.collect::<Vec<_>>().iter().for_each(|path| sweep_half(path));
        assert!(!at("4194999-1-1.partial").exists());
        assert!(
            [ours.as_str(), "4194999-1-2.partial", "4194999-1-1.json"]
                .map(at)
                .iter()
                .all(|path| path.exists())
        );
    }

    #[tokio::test]
    async fn on_a_full_disk_a_note_goes_rather_than_that_it_says_what_is_no_longer_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = new_path(folder.path());
        let was = note(&Owner::ours().label());
        write(folder.path(), &path, &was).expect("written");
        let is_there = || path.symlink_metadata().is_ok();
        // What is written there finds no room.
        std::os::unix::fs::symlink("/dev/full", path.with_extension("partial")).expect("a link");
        assert!(write(folder.path(), &path, &was).is_err_and(|e| e.kind() == io::ErrorKind::StorageFull));
        assert!(is_there(), "one that cannot be written leaves the one before");
        assert!(replaced(&path, &was).await.expect("over").is_none());
        assert!(!is_there(), "nobody takes back what is whole");
        // One of nobody who is held is over without any room.
        std::fs::remove_file(path.with_extension("partial")).expect("no link");
        write(folder.path(), &path, &was).expect("written");
        let nobody = Note { containers: Vec::new(), ..was };
        assert!(replaced(&path, &nobody).await.expect("over").is_none() && !is_there());
        assert!(replaced(&path, &nobody).await.is_err(), "that it cannot be removed is told");
    }

    #[tokio::test]
    async fn a_disk_that_does_not_answer_yet_holds_nobody_up_but_who_waits_for_the_note() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = new_path(folder.path());
        // Whoever opens it waits until somebody reads.
        let disk = path.with_extension("partial");
        mknodat(CWD, &disk, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        let note = note(&Owner::ours().label());
        let (at, wanted) = (path.clone(), note.clone());
        let noting = tokio::spawn(async move { replaced(&at, &wanted).await });
        let signing = Signs::beside(disk.clone());
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        assert!(!noting.is_finished(), "what comes after it is not begun");
        drop(signing);
        let reading = spawn_blocking(move || std::fs::read(disk));
        let _ = noting.await.expect("it ends");
        let written = reading.await.expect("it ends").expect("read");
        assert_eq!(serde_json::from_slice::<Note>(&written).expect("a note"), note);
    }
}

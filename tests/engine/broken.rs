//! Files that are to be restored and are not what they should be: each a clear error, and nothing touched.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use tokio::io::AsyncWriteExt;
use volx::domain::volume::Volume;
use volx::vault::{About, Archive, Backup, How, Taken};

use crate::backup::{backed_up, folder, large, names};
use crate::files::text;
use crate::rig::{Rig, until};
use crate::whole::{facts, fill};

async fn exists(rig: &Rig, volume: &str) -> bool {
    rig.try_docker(&["volume", "inspect", volume]).await.status.success()
}

fn sh(at: &Path, line: &str) {
    let ran = Command::new("sh").args(["-c", line]).current_dir(at).status().expect("sh runs");
    assert!(ran.success(), "{line}");
}

/// A backup of ours of somebody else's tar: whole, and with all that is in that.
fn ours(tar: &[u8], to: &Path) -> PathBuf {
    let volume = Volume { name: "made".to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let about = About::of(&volume, "here", "direct", Taken::Unused, Timestamp::now());
    let mut backup = Backup::create(to, about, &How::default()).expect("begun");
    backup.write_all(tar).expect("written");
    backup.finish().expect("a backup").path
}

/// A volume, its folder, and what is in it.
struct Target {
    volume: String,
    root: PathBuf,
    known: std::collections::BTreeMap<String, String>,
}

impl Target {
    async fn new(rig: &Rig) -> Self {
        let volume = rig.volume("target", &[]).await;
        let root = folder(rig, &volume).await;
        fill(&root);
        let known = facts(&root);
        Self { volume, root, known }
    }

    /// That a file is refused, both for a new volume and in place of this one.
    async fn refuses(&self, rig: &Rig, file: &Path, words: &str) {
        let (file, name) = (text(file), rig.name("new"));
        let ran = rig.run(&["restore", &file, "--as", &name]).await;
        assert_eq!((ran.code, exists(rig, &name).await), (1, false), "{file}: {}", ran.err);
        assert!(ran.err.contains(words), "{file}: '{words}' in {}", ran.err);
        let ran = rig.run(&["restore", &file, "--as", &self.volume, "--replace", "--yes"]).await;
        assert_eq!((ran.code, facts(&self.root) == self.known), (1, true), "{file}: {}", ran.err);
        assert!(ran.err.contains(words), "{file}: '{words}' in {}", ran.err);
    }
}

pub(crate) async fn what_is_not_as_it_was_written_touches_nothing(rig: Rig) {
    let target = Target::new(&rig).await;
    let backup = backed_up(&rig, &target.volume, &rig.home().join("b"), &[]).await;
    let whole = std::fs::read(&backup).expect("a file");
    let broken = rig.home().join("broken.tar.zst");
    let with = |bytes: &[u8]| std::fs::write(&broken, bytes).expect("written");
    let frames =
        u32::from_le_bytes(whole[whole.len() - 9..whole.len() - 5].try_into().expect("four")) as usize;
    let table = whole.len() - (frames * 8 + 17);
    // Cut just before a seek table that is whole.
    with(&[&whole[..table - 100], &whole[table..]].concat());
    target.refuses(&rig, &broken, "broken.tar.zst").await;
    let mut flipped = whole.clone();
    flipped[whole.len() / 4] ^= 0x40;
    with(&flipped);
    target.refuses(&rig, &broken, "").await;
    let tail = whole.windows(8).rposition(|bytes| bytes == b"VOLXTAIL").expect("a footer");
    let mut newer = whole.clone();
    newer[tail - 8] = 9;
    with(&newer);
    target.refuses(&rig, &broken, "update volx").await;
    let name = target.volume.as_bytes();
    let manifest = whole.windows(name.len()).rposition(|bytes| bytes == name).expect("a manifest");
    let mut other = whole.clone();
    other[manifest] ^= 1;
    with(&other);
    target.refuses(&rig, &broken, "manifest").await;

    // Cut off between two frames it is a tar like another program's; its name tells.
    let data = Archive::open(std::fs::File::open(&backup).expect("opened")).expect("a backup").data_bytes();
    let cut = rig.home().join("cut");
    std::fs::create_dir(&cut).expect("a folder");
    let named = cut.join(backup.file_name().expect("a name"));
    std::fs::write(&named, &whole[..usize::try_from(data).expect("small")]).expect("written");
    target.refuses(&rig, &named, "cut off").await;
    let listed = rig.run(&["backups", &text(&cut), "--json"]).await.json();
    assert!(listed[0]["error"].as_str().is_some_and(|error| error.contains("not whole")), "{listed}");
    // With the word of the file beside it too, which alone tells nothing of the file.
    let beside =
        |path: &Path| path.with_file_name(format!("{}.json", path.file_name().expect("").to_string_lossy()));
    std::fs::copy(beside(&backup), beside(&named)).expect("copied");
    target.refuses(&rig, &named, "cut off").await;
    let listed = rig.run(&["backups", &text(&cut), "--json"]).await.json();
    assert_eq!((&listed[0]["volume"], listed[0]["error"].is_null()), (&target.volume.as_str().into(), false));
}

pub(crate) async fn what_leads_elsewhere_touches_nothing(rig: Rig) {
    let target = Target::new(&rig).await;
    let at = rig.home().join("tars");
    std::fs::create_dir_all(at.join("a")).expect("folders");
    let outside = rig.home().join("outside");
    std::fs::create_dir(&outside).expect("a folder");
    sh(&at, "echo good > a/good && echo evil > evil && mkdir b && echo evil > b/x && ln a/good a/same");
    let through = format!(
        "ln -s {} a/x && tar --format=posix -cf through.tar -C a good x && rm a/x",
        outside.display()
    );
    sh(&at, &through);
    sh(&at, "mkdir -p c/x && echo evil > c/x/evil && tar --format=posix -rf through.tar -C c x/evil");
    sh(&at, "tar --format=posix -cPf dots.tar --transform 's,^evil,../evil,' -C a good -C .. evil");
    sh(&at, "tar --format=posix -cPf absolute.tar -C a good && tar -rPf absolute.tar $PWD/evil");
    sh(&at, "tar --format=posix -cPf link.tar --transform 's,^good,../../../etc/passwd,RSh' -C a good same");
    for (file, words) in [
        ("dots.tar", "leads out of"),
        ("absolute.tar", "absolute name"),
        ("link.tar", ""),
        ("through.tar", ""),
    ] {
        let tar = std::fs::read(at.join(file)).expect("a file");
        // The same in a backup whose digests all agree.
        target.refuses(&rig, &ours(&tar, &rig.home().join(format!("ours-{file}"))), words).await;
        if file != "through.tar" {
            target.refuses(&rig, &at.join(file), words).await;
        }
    }
    // In another program's tar the later entry counts, so that the link gives way.
    let name = rig.name("through");
    assert_eq!(rig.run(&["restore", &text(at.join("through.tar")), "--as", &name]).await.code, 0);
    assert!(folder(&rig, &name).await.join("x/evil").is_file());
    assert_eq!(names(&outside), [""; 0], "nothing was written through a link");
    // Twice the same name: in another program's tar the later one counts, a backup has none.
    sh(
        &at,
        "tar --format=posix -cf twice.tar -C b x && echo later > b/x && tar --format=posix -rf twice.tar -C b x",
    );
    let name = rig.name("twice");
    assert_eq!(rig.run(&["restore", &text(at.join("twice.tar")), "--as", &name]).await.code, 0);
    assert_eq!(std::fs::read(folder(&rig, &name).await.join("x")).expect("there"), b"later\n");
    let backup = ours(&std::fs::read(at.join("twice.tar")).expect("a file"), &rig.home().join("ours-twice"));
    target.refuses(&rig, &backup, "x").await;
    // GNU tar takes a tar without its end, volx does not: it may have been cut off.
    let whole = std::fs::read(at.join("twice.tar")).expect("a file");
    let content = whole.iter().rposition(|byte| *byte != 0).expect("content") + 1;
    std::fs::write(at.join("endless.tar"), &whole[..content.div_ceil(512) * 512]).expect("written");
    sh(&at, "tar -tf endless.tar > listed");
    target.refuses(&rig, &at.join("endless.tar"), "cut off").await;
    // What is made of another program's tar has no label by which it is known as a test's.
    rig.docker(&["volume", "rm", &rig.name("through"), &rig.name("twice")]).await;
}

pub(crate) async fn what_does_not_fit_makes_no_volume(rig: Rig) {
    let volume = large(&rig, 8).await;
    let backup = text(backed_up(&rig, &volume, &rig.home().join("b"), &[]).await);
    let name = rig.name("small");
    let small = ["--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m"];
    let mut arguments = vec!["restore", &backup, "--as", &name];
    arguments.extend(small);
    let ran = rig.run(&arguments).await;
    assert_eq!((ran.code, exists(&rig, &name).await), (1, false), "{}", ran.err);
    assert!(ran.err.contains("no space left") && ran.err.contains("8.4 MB at least"), "{}", ran.err);
    // A little file that becomes a large one.
    sh(&rig.home(), "yes | head -c 64000000 > yes && tar -czf bomb.tar.gz yes && rm yes");
    let bomb = text(rig.home().join("bomb.tar.gz"));
    let mut arguments = vec!["restore", &bomb, "--as", &name];
    arguments.extend(small);
    let ran = rig.run(&arguments).await;
    assert_eq!((ran.code, exists(&rig, &name).await), (1, false), "{}", ran.err);
    assert!(ran.err.contains("No space left"), "{}", ran.err);
}

pub(crate) async fn a_file_that_shrinks_is_said_and_the_backup_is_one(rig: Rig) {
    let volume = large(&rig, 100).await;
    let to = rig.home().join("b");
    let way = rig.whole_ways()[0];
    let arguments = ["backup", &volume, "--access", way, "--level", "9", "--to", &text(&to)];
    let mut volx = rig.volx();
    volx.args(arguments).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let running = volx.spawn().expect("volx runs");
    // A helper may be started only when the file is there.
    let is_written_to = |name: &String| to.join(name).metadata().is_ok_and(|meta| meta.len() > 0);
    until("it writes", || async { names(&to).iter().any(is_written_to).then_some(()) }).await;
    let file = std::fs::File::options().write(true).open(folder(&rig, &volume).await.join("noise"));
    file.and_then(|file| file.set_len(1)).expect("shrunk");
    let ended = running.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), said.contains("it shrank")), (Some(0), true), "{said}");
    let listed = rig.run(&["backups", &text(&to), "--json"]).await.json();
    let path = listed[0]["path"].as_str().expect("a path").to_owned();
    assert!(listed[0]["losses"].to_string().contains("it shrank"), "{listed}");
    assert_eq!(rig.run(&["verify", &path]).await.code, 0);
}

pub(crate) async fn a_password_is_in_no_backup_and_comes_back(rig: Rig) {
    // Memory whose device is called like a share: the engine mounts it without a server.
    let options = ["--opt", "type=tmpfs", "--opt", "device=smb://me:hunter2@nas/x", "--opt", "o=size=1m"];
    let volume = rig.volume("v", &options).await;
    let backup = backed_up(&rig, &volume, &rig.home().join("b"), &[]).await;
    for name in names(&rig.home().join("b")) {
        let bytes = std::fs::read(rig.home().join("b").join(&name)).expect("a file");
        assert!(!bytes.windows(7).any(|bytes| bytes == b"hunter2"), "{name}");
    }
    // Helpers let go of it within a moment.
    let gone = async || rig.try_docker(&["volume", "rm", &volume]).await.status.success().then_some(());
    until("it is removed", gone).await;
    let ran = rig.run(&["restore", &text(&backup)]).await;
    assert_eq!((ran.code, exists(&rig, &volume).await), (2, false), "{}", ran.err);
    assert!(ran.err.contains("'device'") && ran.err.contains("--password-stdin"), "{}", ran.err);
    let mut volx = rig.volx();
    volx.args(["restore", &text(&backup), "--password-stdin"]).stdin(std::process::Stdio::piped());
    let mut running = volx.stderr(std::process::Stdio::piped()).spawn().expect("volx runs");
    let mut stdin = running.stdin.take().expect("an input");
    stdin.write_all(b"hunter2\n").await.expect("written");
    drop(stdin);
    let ended = running.wait_with_output().await.expect("it ends");
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(rig.inspected(&volume).await["Options"]["device"], "smb://me:hunter2@nas/x");
    for name in names(&rig.home().join("state/volx")) {
        let bytes = std::fs::read(rig.home().join("state/volx").join(&name)).unwrap_or_default();
        assert!(!bytes.windows(7).any(|bytes| bytes == b"hunter2"), "{name}");
    }
}

/// Folders that no path is long enough for: not even root reads them by one.
fn too_deep(at: &Path) {
    let name = "d".repeat(250);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut here = rustix::fs::open(at, flags, Mode::empty()).expect("opened");
    for _ in 0..20 {
        mkdirat(&here, name.as_str(), Mode::RWXU).expect("a folder");
        here = openat(&here, name.as_str(), flags, Mode::empty()).expect("opened");
    }
}

pub(crate) async fn what_cannot_be_read_hides_no_other_backup(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let to = rig.home().join("b");
    let backup = backed_up(&rig, &volume, &to, &[]).await;
    std::fs::write(to.join("other.tar.zst"), "nonsense").expect("written");
    too_deep(&to);
    let ran = rig.run(&["backups", &text(&to), "--json"]).await;
    assert!(ran.code == 3 && ran.err.contains("not all backups are listed"), "{}", ran.err);
    let listed: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let listed = listed.as_array().expect("several").clone();
    assert!(listed.iter().any(|line| line["path"] == text(&backup).as_str() && line["error"].is_null()));
    assert!(
        listed.iter().any(|line| line["path"].as_str().is_some_and(|path| path.ends_with("other.tar.zst"))
            && !line["error"].is_null())
    );
    let all = rig.run(&["backup", &volume, "--to", &text(to.join("b2")), "--json"]).await.json();
    let (wrote, restored) = (all[0]["entries"].as_u64(), rig.name("again"));
    let path = all[0]["path"].as_str().expect("a path").to_owned();
    let ran = rig.run(&["restore", &path, "--as", &restored, "--json"]).await.json();
    assert_eq!(ran["entries"].as_u64(), wrote, "the root is an entry in both");
}

pub(crate) async fn what_is_found_damaged_is_proven_no_more(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    fill(&folder(&rig, &volume).await);
    let store = rig.home().join("store");
    let backup = backed_up(&rig, &volume, &store, &[]).await;
    let listed = async || {
        let listed = rig.run(&["backups", &text(&store), "--json"]).await.json();
        (listed[0]["proven_by"].clone(), listed[0]["error"].clone())
    };
    assert_eq!(rig.run(&["verify", "--restore", &text(&backup)]).await.code, 0);
    assert_eq!(rig.run(&["verify", &text(&backup)]).await.code, 0);
    assert_eq!(listed().await, ("restored".into(), serde_json::Value::Null), "the stronger proof counts");
    let mut bytes = std::fs::read(&backup).expect("a file");
    bytes[1000] ^= 1;
    std::fs::write(&backup, &bytes).expect("written");
    assert_eq!(rig.run(&["verify", &text(&backup)]).await.code, 1);
    let (proven, error) = listed().await;
    assert!(proven.is_null() && error.as_str().is_some_and(|text| text.contains("damaged")), "{error}");
    bytes[1000] ^= 1;
    std::fs::write(&backup, &bytes).expect("written");
    assert_eq!(rig.run(&["verify", &text(&backup)]).await.code, 0);
    assert_eq!(listed().await, ("read back".into(), serde_json::Value::Null));
    let ran = rig.run(&["backups", "/nowhere/at/all"]).await;
    assert!(ran.code == 1 && ran.err.contains("there is no /nowhere/at/all"), "{}", ran.err);
}

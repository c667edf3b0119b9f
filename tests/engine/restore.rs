//! Restoring on a real engine: into new volumes, in place of others, from other programs' archives, and
//! from what is broken.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::backup::{backed_up, folder, large};
use crate::files::text;
use crate::helper::helpers_of;
use crate::rig::{PATIENCE, Rig, until};
use crate::whole::{facts, fill};

async fn exists(rig: &Rig, volume: &str) -> bool {
    rig.try_docker(&["volume", "inspect", volume]).await.status.success()
}

pub(crate) async fn a_name_that_is_taken_is_refused(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    std::fs::write(folder(&rig, &volume).await.join("file"), "old").expect("a file");
    let backup = backed_up(&rig, &volume, &rig.home().join("b"), &[]).await;
    std::fs::write(folder(&rig, &volume).await.join("file"), "new").expect("a file");
    let ran = rig.run(&["restore", &text(&backup)]).await;
    assert!(ran.code == 5 && ran.err.contains("--as NAME"), "{}", ran.err);
    assert_eq!(std::fs::read(folder(&rig, &volume).await.join("file")).expect("there"), b"new");
    rig.docker(&["volume", "rm", &volume]).await;
    let ran = rig.run(&["restore", &text(&backup)]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(std::fs::read(folder(&rig, &volume).await.join("file")).expect("there"), b"old");
}

pub(crate) async fn what_is_broken_is_refused_before_anything_is_touched(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let backup = backed_up(&rig, &volume, &rig.home().join("b"), &[]).await;
    let known = facts(&root);
    let whole = std::fs::read(&backup).expect("a file");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 3;
    flipped[middle] ^= 0x10;
    let broken = rig.home().join("broken.tar.zst");
    for bytes in [&whole[..whole.len() / 2], &whole[..whole.len() - 9], &flipped[..], b"nonsense"] {
        std::fs::write(&broken, bytes).expect("written");
        let name = rig.name("new");
        let ran = rig.run(&["restore", &text(&broken), "--as", &name]).await;
        assert_eq!((ran.code, exists(&rig, &name).await), (1, false), "{}", ran.err);
        let ran = rig.run(&["restore", &text(&broken), "--as", &volume, "--replace", "--yes"]).await;
        assert_eq!((ran.code, facts(&root) == known), (1, true), "{}", ran.err);
        assert_eq!(rig.run(&["verify", &text(&broken)]).await.code, 1);
    }
}

pub(crate) async fn what_gives_way_is_kept_and_its_users_go_on(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let known = facts(&root);
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    for &way in rig.whole_ways() {
        let backup = backed_up(&rig, &volume, &rig.home().join(way), &[]).await;
        std::fs::write(root.join("later"), "x").expect("a file");
        std::fs::remove_file(root.join("file")).expect("removed");
        let changed = facts(&root);
        let ran = rig.run(&["restore", &text(&backup), "--replace", "--yes"]).await;
        assert!(ran.code == 5 && ran.err.contains(&rig.name("user")), "the user is named: {}", ran.err);
        assert_eq!(facts(&root), changed);
        let arguments =
            ["restore", &text(&backup), "--replace", "--stop", "--yes", "--access", way, "--json"];
        let json = rig.run(&arguments).await.json();
        assert_eq!(facts(&root), known, "{way}");
        let state = rig.docker(&["inspect", "--format", "{{.State.Status}}", &user]).await;
        assert_eq!(state, "running");
        // What it was is there, whole.
        let kept = json["replaced"].as_str().expect("kept").to_owned();
        let was = rig.name(&format!("was-{way}"));
        assert_eq!(rig.run(&["restore", &kept, "--as", &was]).await.code, 0);
        assert_eq!(facts(&folder(&rig, &was).await), changed);
    }
    let ran =
        rig.run(&["restore", &text(Path::new("/nowhere")), "--replace", "--as", &volume, "--yes"]).await;
    assert_eq!(ran.code, 1);
}

/// A tar whose last entry leads out of the volume: it can be read, and not be unpacked.
fn leaving(at: &Path, around: &Path) {
    let run = |line: &str| {
        let ran = Command::new("sh").args(["-c", line]).current_dir(around).status().expect("sh runs");
        assert!(ran.success(), "{line}");
    };
    let at = at.display();
    run("mkdir -p one two && echo a > one/x && echo b > two/evil");
    run(&format!("tar -cf {at} -C one . && tar -rPf {at} --transform 's,^,../,' -C two evil"));
}

pub(crate) async fn what_fails_half_way_is_taken_back(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let known = facts(&root);
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    let broken = rig.home().join("broken.tar");
    leaving(&broken, &rig.home());
    for &way in rig.whole_ways() {
        let arguments =
            ["restore", &text(&broken), "--as", &volume, "--replace", "--stop", "--yes", "--access", way];
        let ran = rig.run(&arguments).await;
        assert!(ran.code == 1 && ran.err.contains("it is as it was"), "{way}: {}", ran.err);
        assert_eq!(facts(&root), known, "{way}");
        let state = rig.docker(&["inspect", "--format", "{{.State.Status}}", &user]).await;
        assert_eq!(state, "running");
        let name = rig.name("new");
        let ran = rig.run(&["restore", &text(&broken), "--as", &name, "--access", way]).await;
        assert_eq!((ran.code, exists(&rig, &name).await), (1, false), "{way}: {}", ran.err);
    }
    let trash = std::fs::read_dir(rig.home().join("state/volx/trash")).expect("a folder");
    let kept = trash.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir())).count();
    assert_eq!(kept, 0, "what is in the volume again is not kept twice");
}

/// A backup with many small files: it takes a while to restore.
async fn many(rig: &Rig) -> PathBuf {
    let many = rig.volume("many", &[]).await;
    let from = folder(rig, &many).await;
    for number in 0..30_000 {
        std::fs::write(from.join(number.to_string()), "x").expect("a file");
    }
    backed_up(rig, &many, &rig.home().join("b"), &["--no-verify"]).await
}

/// Replaces what is in a volume by that, and kills it half way.
async fn killed_half_way(rig: &Rig, volume: &str, root: &Path, backup: &Path) {
    let known = facts(root);
    let arguments = ["restore", &text(backup), "--as", volume, "--replace", "--stop", "--yes"];
    let mut running =
        rig.volx().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
    let began = std::time::Instant::now();
    while !root.join("0").exists() && std::fs::read_dir(root).expect("there").count() < 20 {
        assert!(began.elapsed() < PATIENCE, "it restores");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let process = running.id().expect("it runs");
    running.kill().await.expect("killed");
    // Its helper, where it has one, writes on for a moment.
    until("its helper is gone", || async { helpers_of(rig, process).await.is_empty().then_some(()) }).await;
    assert_ne!(facts(root), known, "it was half way");
}

/// The note of what is held, and of what is being replaced.
fn note(rig: &Rig) -> PathBuf {
    let notes = std::fs::read_dir(rig.home().join("state/volx/held")).expect("a folder");
    let mut notes = notes.map(|entry| entry.expect("an entry").path());
    notes.find(|path| path.extension().is_some_and(|ending| ending == "json")).expect("a note")
}

/// The files in the trash.
fn in_trash(rig: &Rig) -> usize {
    let entries = walkdir::WalkDir::new(rig.home().join("state/volx/trash")).into_iter();
    entries
        .filter(|entry| entry.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|e| e == "zst")))
        .count()
}

pub(crate) async fn one_that_is_killed_is_taken_back_by_the_next(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let known = facts(&root);
    let backup = many(&rig).await;
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    killed_half_way(&rig, &volume, &root, &backup).await;
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(ran.code == 0 && ran.err.contains("as it was before it was replaced"), "{}", ran.err);
    assert_eq!(facts(&root), known);
    assert_eq!(rig.docker(&["inspect", "--format", "{{.State.Status}}", &user]).await, "running");
}

pub(crate) async fn a_helper_that_outlives_its_volx_writes_no_more(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let known = facts(&root);
    let backup = text(many(&rig).await);
    let arguments = ["restore", &backup, "--as", &volume, "--replace", "--yes", "--access", "helper"];
    let mut running =
        rig.volx().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
    let process = running.id().expect("it runs");
    let is_so_far = || std::fs::read_dir(&root).is_ok_and(|entries| entries.count() > 100);
    until("it restores", || async { is_so_far().then_some(()) }).await;
    // So it cannot end with its volx, and has something to write still.
    let helpers = helpers_of(&rig, process).await;
    for (helper, _) in &helpers {
        rig.docker(&["kill", "--signal", "STOP", helper]).await;
    }
    running.kill().await.expect("killed");
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(ran.code == 0 && ran.err.contains("as it was before it was replaced"), "{}", ran.err);
    for (helper, _) in &helpers {
        rig.try_docker(&["kill", "--signal", "CONT", helper]).await;
    }
    until("its helper is gone", || async { helpers_of(&rig, process).await.is_empty().then_some(()) }).await;
    assert_eq!(facts(&root), known, "nothing came after what was put in order");
}

pub(crate) async fn what_was_taken_back_is_not_taken_back_again(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let known = facts(&root);
    let backup = many(&rig).await;
    // A user that cannot go on as long as this is not there. It is in another volume: that is there
    // wherever the engine is.
    let beside = rig.volume("beside", &[]).await;
    let needed = folder(&rig, &beside).await.join("needed");
    std::fs::create_dir(&needed).expect("a folder");
    let (mount, bind) = (format!("{volume}:/data"), format!("type=bind,src={},dst=/needed", text(&needed)));
    let options = ["--detach", "--volume", &mount, "--mount", &bind];
    let user = rig.container("run", "user", &options, &["agent", "hold"]).await;
    killed_half_way(&rig, &volume, &root, &backup).await;
    let early = std::fs::read(note(&rig)).expect("a note");
    std::fs::remove_dir(&needed).expect("removed");
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(ran.err.contains("as it was before it was replaced"), "{}", ran.err);
    assert_eq!((facts(&root) == known, in_trash(&rig)), (true, 0));
    // It does not go on yet, and nothing else is to be done.
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!(facts(&root), known, "{}", ran.err);
    std::fs::create_dir(&needed).expect("a folder");
    let ran = rig.run(&["ls", "--json"]).await;
    let state = rig.docker(&["inspect", "--format", "{{.State.Status}}", &user]).await;
    assert_eq!((state.as_str(), facts(&root) == known), ("running", true), "{}", ran.err);
    // Whoever is killed between the two: what it was is gone, and the note is there.
    rig.docker(&["rm", "--force", &user]).await;
    std::fs::write(rig.home().join("state/volx/held/1-1-1.json"), early).expect("written");
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!(facts(&root), known, "{}", ran.err);
    assert!(ran.err.contains("any more"), "{}", ran.err);
    assert_eq!(std::fs::read_dir(rig.home().join("state/volx/held")).expect("there").count(), 0);
}

pub(crate) async fn what_somebody_has_or_wrote_since_is_not_taken_back(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    fill(&root);
    let backup = many(&rig).await;
    let again = async |told: &str| {
        let left = facts(&root);
        let ran = rig.run(&["ls", "--json"]).await;
        assert!(ran.code == 0 && ran.err.contains(told) && ran.err.contains("puts it back"), "{}", ran.err);
        assert_eq!((facts(&root) == left, in_trash(&rig)), (true, 1), "{told}");
        let ran = rig.run(&["ls", "--json"]).await;
        assert!(!ran.err.contains(&volume) && facts(&root) == left, "it is told once: {}", ran.err);
    };
    let known = facts(&root);
    killed_half_way(&rig, &volume, &root, &backup).await;
    rig.holder("other", &[&format!("{volume}:/data")]).await;
    again("other runs with it now").await;
    rig.docker(&["rm", "--force", &rig.name("other")]).await;
    let ran = rig.run(&["undo"]).await;
    assert_eq!((ran.code, facts(&root) == known), (0, true), "what it was is there: {}", ran.err);
    for entry in std::fs::read_dir(rig.home().join("state/volx/trash")).expect("there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).expect("removed");
        }
    }
    // Written to long after the last sign of life.
    killed_half_way(&rig, &volume, &root, &backup).await;
    let note = std::fs::File::options().append(true).open(note(&rig)).expect("opened");
    note.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(600)).expect("a time");
    again("somebody else may have written").await;
}

pub(crate) async fn what_cannot_be_kept_whole_does_not_give_way(rig: Rig) {
    let small = rig.volume("small", &[]).await;
    std::fs::write(folder(&rig, &small).await.join("file"), "x").expect("a file");
    let backup = text(backed_up(&rig, &small, &rig.home().join("b"), &["--no-verify"]).await);
    let volume = large(&rig, 120).await;
    let root = folder(&rig, &volume).await;
    // Another file system within it would be left out. An engine among other mounts never sees it.
    if rig.ground.sees_our_files {
        let inner = root.join("inner");
        std::fs::create_dir(&inner).expect("a folder");
        let run = |program: &str, arguments: &[&str]| {
            let ran = Command::new(program).args(arguments).status().expect("it runs");
            assert!(ran.success(), "{program} {arguments:?}");
        };
        run("mount", &["-t", "tmpfs", "volx-test", &text(&inner)]);
        let ran = rig.run(&["restore", &backup, "--as", &volume, "--replace", "--yes"]).await;
        run("umount", &[&text(&inner)]);
        std::fs::remove_dir(&inner).expect("removed");
        assert!(ran.code == 1 && ran.err.contains("not all that is in it can be kept"), "{}", ran.err);
        assert!(!root.join("file").exists() && in_trash(&rig) == 0, "nothing was touched");
    }
    // Somebody starts with it, or writes to it, while it is kept.
    let known = facts(&root);
    for is_started in [true, false] {
        let mut volx = rig.volx();
        volx.args(["restore", &backup, "--as", &volume, "--replace", "--yes"]);
        let running = volx.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("runs");
        let process = running.id().expect("it runs").to_string();
        let is_kept = || {
            let entries = walkdir::WalkDir::new(rig.home().join("state/volx/trash")).into_iter();
            entries.flatten().any(|e| e.file_name().to_string_lossy().ends_with(".volx.partial"))
        };
        let began = std::time::Instant::now();
        while !is_kept() {
            assert!(began.elapsed() < PATIENCE, "it is kept");
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        rig.signal("STOP", &process).await;
        if is_started {
            rig.holder("late", &[&format!("{volume}:/data")]).await;
        } else {
            std::fs::write(root.join("late"), "x").expect("a file");
        }
        rig.signal("CONT", &process).await;
        let ended = running.wait_with_output().await.expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        if is_started {
            assert!(said.contains("was started meanwhile") && facts(&root) == known, "{said}");
            rig.docker(&["rm", "--force", &rig.name("late")]).await;
        } else if ended.status.success() {
            // It came before it was read: then it is kept with the rest.
            assert_eq!(in_trash(&rig), 1);
        } else {
            assert!(said.contains("written to while it was kept") && root.join("late").exists(), "{said}");
        }
    }
}

pub(crate) async fn archives_of_other_programs_are_taken(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = folder(&rig, &volume).await;
    std::fs::create_dir_all(root.join("a/b")).expect("folders");
    std::fs::write(root.join("a/b/file"), "content").expect("a file");
    std::fs::write(root.join("other"), "x").expect("a file");
    let known = facts(&root);
    let run = |line: String| {
        let ran = Command::new("sh").args(["-c", &line]).current_dir(rig.home()).status().expect("sh runs");
        assert!(ran.success(), "{line}");
    };
    let tree = root.display();
    let lines = [
        ("dot.tar", format!("tar --format=posix -C {tree} -cf dot.tar .")),
        ("dot.tar.gz", format!("tar --format=posix -C {tree} -czf dot.tar.gz .")),
        ("dot.tar.zst", format!("tar --format=posix -C {tree} -cf - . | zstd -q > dot.tar.zst")),
        ("recipe.tar", format!("tar --format=posix --transform 's,^\\.,dbdata,' -C {tree} -cf recipe.tar .")),
        (
            "vackup.tgz",
            format!("tar --format=posix --transform 's,^\\.,vackup-volume,' -C {tree} -czf vackup.tgz ."),
        ),
        (
            "offen.tar.gz",
            format!("tar --format=posix --transform 's,^\\.,backup/db,' -C {tree} -czf offen.tar.gz ."),
        ),
    ];
    for (at, (file, line)) in lines.into_iter().enumerate() {
        run(line);
        let (path, name) = (text(rig.home().join(file)), rig.name(&format!("n{at}")));
        let mut arguments = vec!["restore", &path, "--as", &name];
        if file.starts_with("offen") {
            let ran = rig.run(&arguments).await;
            assert!(ran.code == 1 && ran.err.contains("--strip 2"), "{}", ran.err);
            arguments.extend(["--strip", "2"]);
        }
        for way in rig.every_way() {
            let ran = rig.run(&[&arguments[..], &["--access", way]].concat()).await;
            assert_eq!(ran.code, 0, "{file} {way}: {}", ran.err);
            let again = folder(&rig, &name).await;
            assert_eq!(std::fs::read(again.join("a/b/file")).expect("there"), b"content", "{file} {way}");
            if way != "archive" {
                assert_eq!(facts(&again), known, "{file} {way}");
            }
            rig.docker(&["volume", "rm", &name]).await;
        }
    }
    let whole = std::fs::read(rig.home().join("dot.tar")).expect("a file");
    let cut = rig.home().join("cut.tar");
    std::fs::write(&cut, &whole[..whole.len() / 2 / 512 * 512]).expect("written");
    let name = rig.name("cut");
    let ran = rig.run(&["restore", &text(&cut), "--as", &name]).await;
    assert_eq!((ran.code, exists(&rig, &name).await), (1, false), "{}", ran.err);
}

//! The trash and undo on a real engine: what comes back is what was removed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::clone::is_there;
use crate::files::{mountpoint, text};
use crate::full::Small;
use crate::making::{begun, beside, held};
use crate::proxy::Proxy;
use crate::rig::Rig;
use crate::whole::{facts, fill};

fn trash(rig: &Rig) -> PathBuf {
    rig.home().join("state/volx/trash")
}

fn configure(rig: &Rig, text: &str) {
    let config = rig.home().join("config/volx/config.toml");
    std::fs::create_dir_all(config.parent().expect("a folder")).expect("made");
    std::fs::write(&config, text).expect("written");
}

/// Bytes that do not become fewer by compressing.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut noise: Vec<u8> = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        noise.extend(next());
    }
    noise.truncate(bytes);
    noise
}

async fn listed(rig: &Rig) -> Vec<Value> {
    rig.run(&["trash", "--json"]).await.json().as_array().expect("an array").clone()
}

/// The names of all files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let is_lock = |entry: &walkdir::DirEntry| [".lock", ".out"].iter().any(|lock| entry.file_name() == *lock);
    let files = entries.filter(|entry| entry.file_type().is_file() && !is_lock(entry));
    files.map(|entry| entry.path().display().to_string()).collect()
}

pub(crate) async fn what_is_removed_comes_back_in_every_fact(rig: Rig) {
    let volume = rig.volume("v", &["--label", "team=a", "--label", "com.docker.compose.project=shop"]).await;
    fill(&mountpoint(&rig, &volume).await);
    let (before, was) = (facts(&mountpoint(&rig, &volume).await), rig.inspected(&volume).await);
    let ran = rig.run(&["rm", &volume, "--yes", "--json"]).await.json();
    let action = ran["undo_id"].as_i64().expect("it can be undone");
    assert!(!is_there(&rig, &volume).await, "{ran}");
    let inside = listed(&rig).await;
    assert_eq!(
        (inside.len(), inside[0]["undo_id"].as_i64(), &inside[0]["name"]),
        (1, Some(action), &volume.as_str().into())
    );
    let file = PathBuf::from(inside[0]["file"].as_str().expect("a file"));
    assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(trash(&rig).metadata().expect("there").permissions().mode() & 0o777, 0o700);

    let ran = rig.run(&["undo", "--json"]).await.json();
    assert_eq!((ran["undo_id"].as_i64(), &ran["restored"][0]), (Some(action), &volume.as_str().into()));
    assert_eq!(facts(&mountpoint(&rig, &volume).await), before);
    let is = rig.inspected(&volume).await;
    // The engine tells no options in two ways.
    let options = |of: &Value| of["Options"].as_object().cloned().unwrap_or_default();
    assert_eq!((&is["Labels"], &is["Driver"], options(&is)), (&was["Labels"], &was["Driver"], options(&was)));
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()), "it is in one place");
    let ran = rig.run(&["undo"]).await;
    assert_eq!((ran.code, ran.err.contains("nothing to take back")), (5, true), "{}", ran.err);
}

pub(crate) async fn several_come_back_together_and_a_taken_name_is_refused(rig: Rig) {
    let (one, two) = (rig.volume("one", &[]).await, rig.volume("two", &[]).await);
    for volume in [&one, &two] {
        rig.fill(volume, "data", 50_000).await;
    }
    let before = (facts(&mountpoint(&rig, &one).await), facts(&mountpoint(&rig, &two).await));
    let ran = rig.run(&["rm", &one, &two, "--yes"]).await;
    assert_eq!((ran.code, ran.out.contains("volx undo")), (0, true), "{}{}", ran.out, ran.err);
    rig.volume("two", &["--label", "somebody=else"]).await;
    let ran = rig.run(&["undo"]).await;
    assert_eq!((ran.code, ran.err.contains("=NAME")), (5, true), "{}", ran.err);
    assert!(!is_there(&rig, &one).await, "nothing is done by halves");
    assert_eq!(rig.inspected(&two).await["Labels"]["somebody"], "else", "what has the name stays as it is");

    let id = |rows: &[Value], name: &str| {
        rows.iter()
            .find(|row| row["name"] == name)
            .and_then(|row| row["id"].as_i64())
            .expect("a row")
            .to_string()
    };
    let (other, rows) = (rig.name("other"), listed(&rig).await);
    let ran = rig.run(&["trash", "restore", &id(&rows, &two), "--as", &other]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(facts(&mountpoint(&rig, &other).await), before.1);
    assert_eq!(rig.run(&["undo"]).await.code, 0, "the rest of it");
    assert_eq!(facts(&mountpoint(&rig, &one).await), before.0);
    assert_eq!(files(&trash(&rig)), Vec::<String>::new());
}

pub(crate) async fn a_kill_in_the_middle_loses_nothing(rig: Rig) {
    for after in [40, 90, 150, 220, 300, 400, 550] {
        let mut before = BTreeMap::new();
        let mut names = Vec::new();
        for at in 0..5 {
            let volume = rig.volume(&format!("v{after}-{at}"), &[]).await;
            let root = mountpoint(&rig, &volume).await;
            std::fs::write(root.join("noise"), noise(3_000_000)).expect("a file");
            std::fs::write(root.join("name"), &volume).expect("a file");
            before.insert(volume.clone(), facts(&root));
            names.push(volume);
        }
        let pattern = rig.name(&format!("v{after}-*"));
        let words = ["prune", "--all", "--name", &pattern, "--yes", "--no-measure"];
        let mut child =
            rig.volx().args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("volx runs");
        tokio::time::sleep(Duration::from_millis(after)).await;
        // It may be over by then.
        let _ = child.start_kill();
        child.wait().await.expect("ended");

        let inside = listed(&rig).await;
        for volume in &names {
            let in_trash = inside.iter().filter(|row| row["name"] == volume.as_str()).count();
            let there = is_there(&rig, volume).await;
            assert_eq!(
                (there, in_trash),
                (there, usize::from(!there)),
                "{volume} after {after} ms: {inside:?}"
            );
        }
        let partial = files(&trash(&rig)).into_iter().filter(|name| name.ends_with(".partial")).count();
        assert_eq!(partial, 0, "halves are swept");
        if !inside.is_empty() {
            assert_eq!(rig.run(&["undo"]).await.code, 0);
        }
        for (volume, before) in &before {
            assert_eq!(&facts(&mountpoint(&rig, volume).await), before, "{volume} after {after} ms");
        }
        assert_eq!(files(&trash(&rig)), Vec::<String>::new(), "after {after} ms");
        let mut remove = vec!["volume", "rm"];
        remove.extend(names.iter().map(String::as_str));
        rig.docker(&remove).await;
    }
}

pub(crate) async fn what_does_not_fit_into_the_trash_is_not_removed(rig: Rig) {
    configure(&rig, "[trash]\nsize = \"1 MB\"\n");
    let (large, small) = (rig.volume("large", &[]).await, rig.volume("small", &[]).await);
    std::fs::write(mountpoint(&rig, &large).await.join("noise"), noise(3_000_000)).expect("a file");
    std::fs::write(mountpoint(&rig, &small).await.join("file"), "x").expect("a file");
    for more in [&[][..], &["--no-measure"]] {
        let ran = rig.run(&[&["rm", &large, "--yes"], more].concat()).await;
        assert_eq!((ran.code, ran.err.contains("--no-undo")), (5, true), "{}", ran.err);
        assert!(is_there(&rig, &large).await);
        assert_eq!(files(&trash(&rig)), Vec::<String>::new());
    }
    let ran = rig.run(&["rm", &large, &small, "--yes", "--json"]).await;
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((ran.code, &json["skipped"][0]["why"]), (3, &"no_undo".into()), "{json}");
    assert!(ran.err.contains("will stay"), "it is said before: {}", ran.err);
    assert!(is_there(&rig, &large).await && !is_there(&rig, &small).await);
    let ran = rig.run(&["rm", &large, "--yes", "--no-undo", "--json"]).await.json();
    assert_eq!(ran["undo_id"], Value::Null);
    assert!(!is_there(&rig, &large).await);
}

pub(crate) async fn a_full_disk_removes_nothing(rig: Rig) {
    let at = rig.home().join("small");
    let small = Small::mount(&at);
    configure(&rig, &format!("[trash]\ndir = {:?}\n", text(&at)));
    let volume = rig.volume("v", &[]).await;
    std::fs::write(mountpoint(&rig, &volume).await.join("noise"), noise(3_000_000)).expect("a file");
    let before = facts(&mountpoint(&rig, &volume).await);
    let ran = rig.run(&["rm", &volume, "--yes", "--no-measure"]).await;
    assert_eq!((ran.code, ran.err.contains("No space left")), (5, true), "{}", ran.err);
    assert_eq!(facts(&mountpoint(&rig, &volume).await), before);
    assert_eq!(files(&at), Vec::<String>::new(), "nothing half is left");
    assert_eq!(listed(&rig).await, Vec::<Value>::new());
    drop(small);
}

pub(crate) async fn what_has_its_data_elsewhere_takes_no_room(rig: Rig) {
    let data = rig.home().join("data");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("file"), "x").expect("a file");
    let device = format!("device={}", data.display());
    let volume = rig.volume("v", &["--opt", "type=none", "--opt", "o=bind", "--opt", &device]).await;
    let (before, was) = (facts(&data), rig.inspected(&volume).await["Options"].clone());
    assert_eq!(rig.run(&["rm", &volume, "--yes"]).await.code, 0);
    assert_eq!((files(&trash(&rig)), facts(&data)), (Vec::new(), before.clone()));
    assert_eq!(rig.run(&["undo"]).await.code, 0);
    assert_eq!((rig.inspected(&volume).await["Options"].clone(), facts(&data)), (was, before));
}

pub(crate) async fn a_password_comes_back_and_is_not_told(rig: Rig) {
    let options = "o=addr=nas.invalid,username=anna,password=hunter2";
    let device = "device=//nas.invalid/media";
    let volume = rig.volume("v", &["--opt", "type=cifs", "--opt", options, "--opt", device]).await;
    let was = rig.inspected(&volume).await["Options"].clone();
    assert_eq!(rig.run(&["rm", &volume, "--yes"]).await.code, 0);
    let mut said = rig.run(&["trash", "--json"]).await.out;
    said.push_str(&rig.run(&["undo", "--json"]).await.out);
    said.push_str(&std::fs::read_to_string(rig.home().join("state/volx/audit.jsonl")).expect("a log"));
    assert!(said.contains(&volume) && !said.contains("hunter2"), "{said}");
    assert_eq!(rig.inspected(&volume).await["Options"], was, "the engine has it again");
}

pub(crate) async fn the_trash_is_emptied_by_a_plan_and_by_time(rig: Rig) {
    let (one, two) = (rig.volume("one", &[]).await, rig.volume("two", &[]).await);
    for volume in [&one, &two] {
        rig.fill(volume, "data", 1000).await;
        assert_eq!(rig.run(&["rm", volume, "--yes"]).await.code, 0);
    }
    let ran = rig.run(&["trash"]).await;
    assert!(
        ran.out.starts_with("ACTION ") && ran.err.contains("'volx undo ACTION'"),
        "{}{}",
        ran.out,
        ran.err
    );
    let ran = rig.run(&["trash", "empty"]).await;
    assert_eq!((ran.code, ran.out.contains(&one), ran.err.contains("--yes")), (5, true, true), "{}", ran.err);
    assert_eq!(rig.run(&["trash", "empty", "--older-than", "1h", "--yes"]).await.code, 0);
    assert_eq!(listed(&rig).await.len(), 2, "nothing is that old");
    let ran = rig.run(&["trash", "empty", "--yes"]).await;
    assert_eq!((ran.code, ran.out.contains("2 volumes dropped for good")), (0, true), "{}", ran.out);
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));

    let three = rig.volume("three", &[]).await;
    rig.fill(&three, "data", 1000).await;
    assert_eq!(rig.run(&["rm", &three, "--yes"]).await.code, 0);
    configure(&rig, "[trash]\nkeep = \"1s\"\n");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let ran = rig.run(&["trash"]).await;
    assert!(ran.out.contains(&three) && ran.err.contains("past their time"), "{}{}", ran.out, ran.err);
    let four = rig.volume("four", &[]).await;
    rig.fill(&four, "data", 1000).await;
    let ran = rig.run(&["rm", &four]).await;
    assert_eq!((ran.code, ran.err.contains("for good with it")), (5, true), "{}", ran.err);
    assert!(ran.err.contains(&three), "by name: {}", ran.err);
    assert_eq!(listed(&rig).await.len(), 1, "nothing goes that was not agreed to");
    assert_eq!(rig.run(&["rm", &four, "--yes"]).await.code, 0);
    let left = listed(&rig).await;
    assert_eq!((left.len(), &left[0]["name"]), (1, &four.as_str().into()), "what was past its time is gone");
    let log = crate::removing::lines(&rig.home().join("state/volx/audit.jsonl"));
    let dropped = log
        .iter()
        .filter(|line| line["action"] == "drop_expired_trash" && line["subject"][0] == three.as_str());
    assert_eq!(dropped.count(), 2, "that is told in the log, before and after");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(rig.run(&["trash", "empty", "--expired", "--yes"]).await.code, 0);
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
}

/// A root that is unlike any other.
fn odd(root: &Path, at: u32) {
    use rustix::fs::{XattrFlags, lsetxattr};
    lsetxattr(root, "user.root", format!("{at}").as_bytes(), XattrFlags::empty()).expect("an attribute");
    std::os::unix::fs::chown(root, Some(1000 + at), Some(998)).expect("an owner");
    std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o2700 | (at % 64))).expect("a mode");
    let time = std::time::UNIX_EPOCH + Duration::new(1_000_000_000 + u64::from(at), 5);
    std::fs::File::open(root).and_then(|root| root.set_modified(time)).expect("a time");
}

/// Empty ones, each with a root of its own, and some with a few files.
async fn many(rig: &Rig, words: &str, empty: u32, full: u32) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for at in 0..empty + full {
        let volume = rig.volume(&format!("{words}{at:03}"), &[]).await;
        let root = mountpoint(rig, &volume).await;
        for file in 0..if at < full { 5 } else { 0 } {
            std::fs::write(root.join(file.to_string()), format!("{volume}/{file}")).expect("a file");
        }
        odd(&root, at);
        all.insert(volume, facts(&root));
    }
    all
}

pub(crate) async fn many_go_together_and_come_back_together(rig: Rig) {
    let before = many(&rig, "v", 60, 12).await;
    let pattern = rig.name("v*");
    let ran = rig.run(&["prune", "--all", "--name", &pattern, "--yes", "--json"]).await.json();
    assert_eq!(ran["freed"].as_array().map(Vec::len), Some(72), "{ran}");
    let inside = listed(&rig).await;
    let in_files = inside.iter().filter(|row| !row["file"].is_null()).count();
    assert_eq!((inside.len(), in_files, files(&trash(&rig)).len()), (72, 12, 12), "the empty need no file");
    let ran = rig.run(&["undo", "--json"]).await.json();
    assert_eq!(ran["restored"].as_array().map(Vec::len), Some(72), "{ran}");
    for (volume, before) in &before {
        assert_eq!(&facts(&mountpoint(&rig, volume).await), before, "{volume}");
    }
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
}

pub(crate) async fn a_kill_among_many_loses_nothing(rig: Rig) {
    let before = many(&rig, "v", 30, 20).await;
    let pattern = rig.name("v*");
    let words = ["prune", "--all", "--name", &pattern, "--yes", "--no-measure"];
    let kill = async |words: &[&str], after: u64| {
        let mut child =
            rig.volx().args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("volx runs");
        tokio::time::sleep(Duration::from_millis(after)).await;
        // It may be over by then.
        let _ = child.start_kill();
        child.wait().await.expect("ended");
    };
    for after in [60, 120, 200, 320, 500, 900] {
        kill(&words, after).await;
        let inside = listed(&rig).await;
        for volume in before.keys() {
            let in_trash = inside.iter().filter(|row| row["name"] == volume.as_str()).count();
            let there = is_there(&rig, volume).await;
            assert_eq!(in_trash, usize::from(!there), "{volume} after {after} ms");
        }
        let known: Vec<String> =
            inside.iter().filter_map(|row| row["file"].as_str().map(str::to_owned)).collect();
        let mut there = files(&trash(&rig));
        there.retain(|file| !known.contains(file));
        assert_eq!(there, Vec::<String>::new(), "no file is nobody's after {after} ms");
        if !inside.is_empty() {
            kill(&["undo"], after).await;
        }
        if !listed(&rig).await.is_empty() {
            let ran = rig.run(&["undo"]).await;
            assert_eq!(ran.code, 0, "after {after} ms: {}", ran.err);
        }
        for (volume, before) in &before {
            assert_eq!(&facts(&mountpoint(&rig, volume).await), before, "{volume} after {after} ms");
        }
        assert_eq!(files(&trash(&rig)), Vec::<String>::new(), "after {after} ms");
    }
}

pub(crate) async fn what_a_backup_replaced_comes_back(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = mountpoint(&rig, &volume).await;
    fill(&root);
    let backup = crate::backup::backed_up(&rig, &volume, &rig.home().join("b"), &[]).await;
    let first = facts(&root);
    std::fs::write(root.join("later"), "x").expect("a file");
    let second = facts(&root);
    let ran = rig.run(&["restore", &text(&backup), "--replace", "--yes", "--json"]).await.json();
    let action = ran["undo_id"].as_i64().expect("it can be taken back");
    assert_eq!(facts(&root), first);
    let inside = listed(&rig).await;
    assert_eq!(
        (inside.len(), inside[0]["undo_id"].as_i64(), &inside[0]["verb"]),
        (1, Some(action), &"restore".into())
    );
    let ran = rig.run(&["undo", "--json"]).await.json();
    assert_eq!((ran["undo_id"].as_i64(), facts(&root) == second), (Some(action), true), "{ran}");
    // What gave way to that is in the trash in turn.
    let inside = listed(&rig).await;
    assert_eq!((inside.len(), &inside[0]["name"]), (1, &volume.as_str().into()));
    let (id, other) = (inside[0]["id"].to_string(), rig.name("other"));
    assert_eq!(rig.run(&["trash", "restore", &id, "--as", &other]).await.code, 0);
    assert_eq!(facts(&mountpoint(&rig, &other).await), first);
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
    // A user keeps it as it is.
    assert_eq!(rig.run(&["restore", &text(&backup), "--replace", "--yes"]).await.code, 0);
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    let ran = rig.run(&["undo"]).await;
    assert!(
        ran.code != 0 && ran.err.contains(&rig.name("user")) && !ran.err.contains("--stop"),
        "{}",
        ran.err
    );
    assert_eq!(facts(&root), first);
    rig.docker(&["rm", "--force", &user]).await;
    assert_eq!(rig.run(&["undo"]).await.code, 0);
    assert_eq!(facts(&root), second);
}

pub(crate) async fn a_taken_name_gives_way_to_another(rig: Rig) {
    let (one, two) = (rig.volume("one", &[]).await, rig.volume("two", &[]).await);
    for volume in [&one, &two] {
        rig.fill(volume, "data", 50_000).await;
    }
    let before = (facts(&mountpoint(&rig, &one).await), facts(&mountpoint(&rig, &two).await));
    assert_eq!(rig.run(&["rm", &one, &two, "--yes"]).await.code, 0);
    rig.volume("two", &[]).await;
    let ran = rig.run(&["undo"]).await;
    assert!(ran.code == 5 && ran.err.contains(&format!("--as {two}=NAME")), "{}", ran.err);
    let (other, strange) = (rig.name("other"), rig.name("strange"));
    let ran = rig.run(&["undo", "--as", &other]).await;
    assert!(ran.code == 5 && ran.err.contains("--as NAME=OTHER"), "one name for two: {}", ran.err);
    assert_eq!(rig.run(&["undo", "--as", &format!("{strange}={other}")]).await.code, 5);
    assert!(!is_there(&rig, &one).await, "nothing is done by halves");
    let ran = rig.run(&["undo", "--as", &format!("{two}={other}")]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(facts(&mountpoint(&rig, &one).await), before.0);
    assert_eq!(facts(&mountpoint(&rig, &other).await), before.1);
    assert_eq!(rig.run(&["rm", &one, "--yes"]).await.code, 0);
    rig.volume("one", &[]).await;
    let third = rig.name("third");
    assert_eq!(rig.run(&["undo", "--as", &third]).await.code, 0);
    assert_eq!(facts(&mountpoint(&rig, &third).await), before.0);
}

pub(crate) async fn a_damaged_copy_makes_no_volume(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    std::fs::write(mountpoint(&rig, &volume).await.join("noise"), noise(1_000_000)).expect("a file");
    assert_eq!(rig.run(&["rm", &volume, "--yes"]).await.code, 0);
    let file = PathBuf::from(listed(&rig).await[0]["file"].as_str().expect("a file"));
    let whole = std::fs::read(&file).expect("read");
    let mut broken = whole.clone();
    broken[whole.len() / 2] ^= 1;
    std::fs::write(&file, &broken).expect("written");
    let ran = rig.run(&["undo"]).await;
    assert_eq!((ran.code, ran.err.contains("damaged")), (1, true), "{}", ran.err);
    assert!(!is_there(&rig, &volume).await);
    std::fs::write(&file, &whole).expect("written");
    assert_eq!(rig.run(&["undo"]).await.code, 0, "it is in the trash still");
    let content = std::fs::read(mountpoint(&rig, &volume).await.join("noise")).expect("read");
    assert_eq!(content, noise(1_000_000));
}

pub(crate) async fn a_renaming_is_taken_back(rig: Rig) {
    let (old, new) = (rig.volume("old", &[]).await, rig.name("new"));
    fill(&mountpoint(&rig, &old).await);
    let before = facts(&mountpoint(&rig, &old).await);
    assert_eq!(rig.run(&["rename", &old, &new, "--yes"]).await.code, 0);
    let ran = rig.run(&["undo"]).await;
    assert_eq!((ran.code, ran.out.trim()), (0, old.as_str()), "{}", ran.err);
    assert!(!is_there(&rig, &new).await);
    assert_eq!(facts(&mountpoint(&rig, &old).await), before);
    assert_eq!(rig.run(&["undo"]).await.code, 5, "once");
}

pub(crate) async fn an_undoing_that_is_killed_is_taken_up_again(rig: Rig) {
    let mut before = BTreeMap::new();
    let mut words = vec!["rm".to_owned(), "--yes".to_owned()];
    for at in 0..4 {
        let volume = rig.volume(&format!("v{at}"), &[]).await;
        let root = mountpoint(&rig, &volume).await;
        std::fs::write(root.join("noise"), noise(6_000_000)).expect("a file");
        before.insert(volume.clone(), facts(&root));
        words.push(volume);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    for after in [60, 120, 200, 300, 450] {
        let ran = rig.run(&words).await;
        assert_eq!(ran.code, 0, "{}", ran.err);
        let mut child =
            rig.volx().arg("undo").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("volx runs");
        tokio::time::sleep(Duration::from_millis(after)).await;
        // It may be over by then.
        let _ = child.start_kill();
        child.wait().await.expect("ended");
        if !listed(&rig).await.is_empty() {
            let ran = rig.run(&["undo"]).await;
            assert_eq!(ran.code, 0, "after {after} ms: {}", ran.err);
        }
        for (volume, before) in &before {
            assert_eq!(&facts(&mountpoint(&rig, volume).await), before, "{volume} after {after} ms");
        }
        assert_eq!(files(&trash(&rig)), Vec::<String>::new(), "after {after} ms");
    }
}

pub(crate) async fn by_a_helper_it_comes_back_in_every_fact_too(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    fill(&mountpoint(&rig, &volume).await);
    let before = facts(&mountpoint(&rig, &volume).await);
    let socket = rig.ground.socket().expect("an engine at a socket").to_path_buf();
    // Who is behind a socket of somebody else's is not known: so no path is read here.
    let proxy = Proxy::start(rig.home().join("proxy.sock"), &socket);
    let host = proxy.host();
    let copy = rig.name("copy");
    let ran = rig.run(&["--host", &host, "clone", &volume, &copy, "--json"]).await.json();
    assert_eq!(ran["method"], "helper");
    assert_eq!(facts(&mountpoint(&rig, &copy).await), before);
    let others = many(&rig, "m", 4, 3).await;
    let mut words = vec!["--host", &host, "rm", &volume, "--yes", "--no-measure"];
    words.extend(others.keys().map(String::as_str));
    let ran = rig.run(&words).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!is_there(&rig, &volume).await);
    assert_eq!(files(&trash(&rig)).len(), 4, "the empty need no file");
    let ran = rig.run(&["--host", &host, "undo"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(facts(&mountpoint(&rig, &volume).await), before);
    for (volume, before) in &others {
        assert_eq!(&facts(&mountpoint(&rig, volume).await), before, "{volume}");
    }
}

pub(crate) async fn what_is_written_to_while_it_is_copied_stays(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let root = mountpoint(&rig, &volume).await;
    std::fs::write(root.join("noise"), noise(2_000_000)).expect("a file");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writing = {
        let (stop, file) = (std::sync::Arc::clone(&stop), root.join("counter"));
        std::thread::spawn(move || {
            for at in 0_u64.. {
                if stop.load(std::sync::atomic::Ordering::Relaxed)
                    || std::fs::write(&file, at.to_string()).is_err()
                {
                    return;
                }
                std::thread::park_timeout(Duration::from_millis(2));
            }
        })
    };
    let ran = rig.run(&["rm", &volume, "--yes", "--json"]).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    writing.join().expect("ended");
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let why = json["skipped"][0]["why"].as_str().expect("it was skipped");
    assert!(ran.code != 0 && matches!(why, "changed" | "no_undo"), "{json}");
    assert!(is_there(&rig, &volume).await && root.join("noise").exists(), "nothing of it is lost");
    assert_eq!(files(&trash(&rig)), Vec::<String>::new(), "and nothing is left in the trash");
    assert_eq!(rig.run(&["rm", &volume, "--yes"]).await.code, 0, "once it is left alone it goes");
}

/// A file that nobody can remove, not even root, until this is dropped.
pub(crate) struct Immutable(PathBuf);

impl Immutable {
    pub(crate) fn make(path: PathBuf) -> Self {
        let changed =
            std::process::Command::new("chattr").arg("+i").arg(&path).status().expect("chattr runs");
        assert!(changed.success(), "the file system knows that");
        Self(path)
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        let _ = std::process::Command::new("chattr").arg("-i").arg(&self.0).status();
    }
}

pub(crate) async fn what_a_failed_removal_left_half_is_in_the_trash_whole(rig: Rig) {
    let (volume, other) = (rig.volume("v", &[]).await, rig.name("other"));
    let root = mountpoint(&rig, &volume).await;
    for name in ["a", "m", "z"] {
        std::fs::create_dir(root.join(name)).expect("a folder");
        std::fs::write(root.join(name).join("noise"), noise(100_000)).expect("a file");
    }
    let immutable = Immutable::make(root.join("m/noise"));
    let before = facts(&root);
    let ran = rig.run(&["rm", &volume, "--yes"]).await;
    assert!(ran.code != 0 && ran.err.contains("a whole copy is in the trash"), "{}{}", ran.out, ran.err);
    assert_ne!(facts(&root), before, "the engine removed some of it");
    assert_eq!(listed(&rig).await.len(), 1, "all of it is in the trash");
    // Podman forgets it all the same, and what is left of its files is in the next one of that name.
    let is_forgotten = rig.ground.is_podman;
    assert_eq!(is_there(&rig, &volume).await, !is_forgotten);
    let back = if is_forgotten {
        assert!(ran.err.contains("could not remove all its files"), "{}", ran.err);
        drop(immutable);
        let ran = rig.run(&["undo"]).await;
        assert_eq!(ran.code, 0, "{}", ran.err);
        volume
    } else {
        let ran = rig.run(&["undo"]).await;
        assert_eq!((ran.code, ran.err.contains("--as NAME")), (5, true), "{}", ran.err);
        drop(immutable);
        assert_eq!(rig.run(&["undo", "--as", &other]).await.code, 0);
        other
    };
    assert_eq!(facts(&mountpoint(&rig, &back).await), before);
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
}

/// The volume that they are of, what it was, and where it will be.
async fn many_files_in_the_trash(rig: &Rig) -> (String, BTreeMap<String, String>, PathBuf) {
    let volume = rig.volume("v", &[]).await;
    let root = mountpoint(rig, &volume).await;
    for number in 0..8_000 {
        std::fs::write(root.join(number.to_string()), "x").expect("a file");
    }
    let before = facts(&root);
    assert_eq!(rig.run(&["rm", &volume, "--yes", "--no-measure"]).await.code, 0);
    let other = rig.volume("beside", &[]).await;
    let root = beside(&mountpoint(rig, &other).await, &volume);
    (volume, before, root)
}

pub(crate) async fn two_undoings_at_once_do_not_meet(rig: Rig) {
    let (volume, before, root) = many_files_in_the_trash(&rig).await;
    let mut running = begun(&rig, &["undo"], &root, Some(1)).await;
    let words: [&[&str]; 3] = [&["undo"], &["undo", "--as", &rig.name("w")], &["trash", "empty", "--yes"]];
    let mut refused = Vec::new();
    for words in words {
        let ran = rig.run(words).await;
        // The first may be over by then.
        if running.try_wait().expect("known").is_none() {
            assert!(ran.code != 0 && ran.err.contains("just now"), "{words:?}: {}{}", ran.out, ran.err);
            refused.push(words);
        }
    }
    assert!(!refused.is_empty(), "one of them came while the first was at it");
    assert!(running.wait().await.expect("ended").success());
    assert_eq!(facts(&mountpoint(&rig, &volume).await), before);
    assert!(!is_there(&rig, &rig.name("w")).await);
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
}

pub(crate) async fn what_somebody_wrote_into_a_half_that_came_back_stays(rig: Rig) {
    let other = rig.name("other");
    let (_, before, root) = many_files_in_the_trash(&rig).await;
    let mut running = begun(&rig, &["undo"], &root, Some(100)).await;
    running.kill().await.expect("killed");
    let note = std::fs::read_dir(held(&rig)).expect("there").next().expect("a note").expect("a note").path();
    // Long after the last sign of life.
    let note = std::fs::File::options().append(true).open(note).expect("opened");
    note.set_modified(std::time::SystemTime::now() - Duration::from_secs(600)).expect("a time");
    std::fs::write(root.join("work"), "of days").expect("a file");
    for _ in 0..2 {
        let ran = rig.run(&["undo"]).await;
        assert_eq!((ran.code, ran.err.contains("--as NAME")), (5, true), "{}", ran.err);
        assert!(ran.err.contains("what is in it is not what was removed"), "{}", ran.err);
        assert_eq!(std::fs::read_to_string(root.join("work")).expect("there"), "of days");
    }
    assert_eq!(rig.run(&["undo", "--as", &other]).await.code, 0);
    assert_eq!(facts(&mountpoint(&rig, &other).await), before);
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
}

pub(crate) async fn names_that_begin_alike_are_kept_apart(rig: Rig) {
    let long = "x".repeat(200 - rig.prefix().len());
    let mut before = BTreeMap::new();
    for end in ["one", "two", "Three", "three"] {
        let name = if end.ends_with("hree") { end.to_owned() } else { format!("{long}{end}") };
        let volume = rig.volume(&name, &[]).await;
        let root = mountpoint(&rig, &volume).await;
        std::fs::write(root.join("name"), &volume).expect("a file");
        before.insert(volume, facts(&root));
    }
    let mut words = vec!["rm", "--yes"];
    words.extend(before.keys().map(String::as_str));
    let ran = rig.run(&words).await;
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(rig.run(&["undo"]).await.code, 0);
    for (volume, before) in &before {
        assert_eq!(&facts(&mountpoint(&rig, volume).await), before, "{volume}");
    }
    assert_eq!((listed(&rig).await.len(), files(&trash(&rig))), (0, Vec::new()));
}

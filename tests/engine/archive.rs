//! Files by the ways that need a container: the helper and the engine's archive calls.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use volx::access::content::Content;
use volx::access::helper::HelperContent;
use volx::access::walk::Progress;
use volx::domain::place::Place;

use crate::files::{mountpoint, text};
use crate::helper::volumes;
use crate::rig::{Rig, until};

const WAYS: [&str; 2] = ["helper", "archive"];
/// A name that is no text.
const ODD: &[u8] = b"odd\xff\xfe";

/// A tree of what a copy may get wrong.
fn plant(root: &Path) {
    std::fs::create_dir_all(root.join("sub/empty")).expect("folders");
    std::fs::write(root.join("page"), "hello\n").expect("a file");
    std::fs::write(root.join("sub/data"), vec![7; 3_000_000]).expect("a file");
    std::fs::hard_link(root.join("page"), root.join("sub/same")).expect("a link");
    std::fs::hard_link(root.join("page"), root.join("twin")).expect("a link");
    symlink("/etc/passwd", root.join("out")).expect("a link");
    std::fs::write(root.join(OsStr::from_bytes(ODD)), "odd").expect("a file");
    std::fs::set_permissions(root.join("page"), Permissions::from_mode(0o640)).expect("permissions");
    std::fs::set_permissions(root.join("sub"), Permissions::from_mode(0o751)).expect("permissions");
}

/// What a tree is, name by name.
fn facts(root: &Path) -> Vec<String> {
    let walk = walkdir::WalkDir::new(root).sort_by_file_name();
    walk.into_iter()
        .map(|entry| {
            let entry = entry.expect("an entry");
            let meta = entry.metadata().expect("there");
            let name = entry.path().strip_prefix(root).expect("below").as_os_str().as_bytes().escape_ascii();
            let content =
                if meta.is_file() { std::fs::read(entry.path()).expect("read") } else { Vec::new() };
            let sum =
                content.iter().fold(content.len(), |sum, byte| sum.wrapping_mul(31) ^ usize::from(*byte));
            let links = if meta.is_file() { meta.nlink() } else { 0 };
            let target = std::fs::read_link(entry.path()).ok();
            let (mode, time) = (meta.mode(), if meta.is_file() { meta.mtime() } else { 0 });
            format!("{name} {mode:o} {}:{} {time} {links} {sum:x} {target:?}", meta.uid(), meta.gid())
        })
        .collect()
}

/// Waits until no container of volx has the folder.
async fn nobody_is_left_in(rig: &Rig, folder: &Path) {
    until("no container of ours is left", || async {
        let filter = "label=volx.helper.owner";
        let listed = rig.docker(&["ps", "--all", "--quiet", "--filter", filter]).await;
        for id in listed.split_whitespace() {
            let described = rig.try_docker(&["inspect", id]).await.stdout;
            let described: Value = serde_json::from_slice(&described).unwrap_or_default();
            let mounts = described[0]["Mounts"].as_array().cloned().unwrap_or_default();
            if mounts.iter().any(|mount| mount["Source"] == *text(folder)) {
                return None;
            }
        }
        Some(())
    })
    .await;
}

pub(crate) async fn every_way_copies_the_same(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    plant(&inside.join("site"));
    let all = facts(&inside.join("site"));
    // Podman's archive knows no owners, and says so.
    let ways = if rig.ground.is_podman { &WAYS[..1] } else { &WAYS[..] };
    for &way in ways {
        let by = ["--access", way];
        let run = async |words: &[&str]| rig.run(&[words, &by[..]].concat()).await;
        let listed = run(&["files", &format!("{volume}:site"), "--json"]).await.json();
        let listed = listed.as_array().expect("an array");
        let shown: Vec<(&str, u64)> = listed
            .iter()
            .filter(|entry| entry["kind"] == "file")
            .filter_map(|entry| Some((entry["name"].as_str()?, entry["apparent_bytes"].as_u64()?)))
            .collect();
        assert!(shown.contains(&("page", 6)) && shown.contains(&("twin", 6)), "{way}: {shown:?}");
        assert!(listed.iter().any(|entry| entry["name_hex"] == "6f6464fffe"), "{way}: {listed:?}");
        let folder = listed.iter().find(|entry| entry["name"] == "sub").expect("a folder");
        assert!(folder["total"]["apparent_bytes"].as_u64() >= Some(3_000_000), "{way}: {folder}");

        for path in ["site/page", "site/sub/same"] {
            let ran = run(&["cat", &format!("{volume}:{path}")]).await;
            assert_eq!((ran.code, ran.out.as_str()), (0, "hello\n"), "{way} {path}: {}", ran.err);
        }
        let ran = run(&["cat", &format!("{volume}:site/sub/data")]).await;
        assert!(ran.out.len() == 3_000_000 && ran.out.bytes().all(|byte| byte == 7), "{way}");
        for path in ["site/out", "site/sub", "site/missing"] {
            let ran = run(&["cat", &format!("{volume}:{path}")]).await;
            assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{way} {path}: {}", ran.err);
        }

        let back = rig.home().join(format!("back-{way}"));
        let ran = run(&["get", &format!("{volume}:site"), &text(&back)]).await;
        assert_eq!(ran.code, 0, "{way}: {}", ran.err);
        assert_eq!(facts(&back), all, "{way}: out");

        let into = format!("{volume}:in-{way}");
        let ran = run(&["put", &text(&back), &into, "--yes", "--json"]).await.json();
        assert_eq!((&ran["method"], &ran["skipped"]), (&json!(way), &json!([])), "{ran}");
        assert_eq!(facts(&inside.join(format!("in-{way}"))), all, "{way}: in");
        let page = rig.home().join(format!("page-{way}"));
        std::fs::write(&page, "other").expect("a file");
        let there = format!("{volume}:in-{way}/page");
        let ran = run(&["put", &text(&page), &there, "--yes"]).await;
        assert_eq!((ran.code, ran.err.contains("--replace")), (5, true), "{way}: {}", ran.err);
        assert_eq!(facts(&inside.join(format!("in-{way}"))), all, "{way}: what is there stays");
        let ran = run(&["put", &text(&page), &there, "--yes", "--replace"]).await;
        assert_eq!(ran.code, 0, "{way}: {}", ran.err);
        assert_eq!(std::fs::read_to_string(inside.join(format!("in-{way}/page"))).expect("there"), "other");
    }
    nobody_is_left_in(&rig, &inside).await;
}

pub(crate) async fn what_the_archive_does_not_show_is_not_replaced(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    let _socket = std::os::unix::net::UnixListener::bind(inside.join("mysql.sock")).expect("a socket");
    let file = rig.home().join("mysql.sock");
    std::fs::write(&file, "no socket").expect("a file");
    for way in WAYS {
        let ran = rig.run(&["put", &text(&file), &volume, "--yes", "--access", way]).await;
        assert!(ran.code != 0 && ran.err.contains("there already"), "{way}: {} {}", ran.code, ran.err);
        let there = inside.join("mysql.sock").symlink_metadata().expect("there");
        assert!(there.file_type().is_socket(), "{way}: a server would never be reached again");
    }
    nobody_is_left_in(&rig, &inside).await;
}

pub(crate) async fn a_cancelled_put_leaves_no_half_file(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    let source = rig.home().join("big");
    std::fs::create_dir(&source).expect("a folder");
    std::fs::set_permissions(&source, Permissions::from_mode(0o751)).expect("permissions");
    let huge = std::fs::File::create(source.join("huge")).expect("a file");
    huge.set_len(1 << 40).expect("a hole");
    let mut command = rig.volx();
    command.args(["put", &text(&source), &volume, "--yes", "--access", "helper"]);
    command.stderr(std::process::Stdio::piped());
    let put = command.spawn().expect("volx runs");
    let half = inside.join("big/huge");
    until("it is at work", || async { half.exists().then_some(()) }).await;
    let number = put.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &number]).status().expect("kill").success());
    let ended = tokio::time::timeout(Duration::from_secs(15), put.wait_with_output()).await;
    let ended = ended.expect("it ends").expect("its end");
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), words.contains("cancelled")), (Some(1), true), "{words}");
    assert!(!half.exists(), "half a file has no name");
    let folder = inside.join("big").metadata().expect("there");
    assert_eq!(folder.mode() & 0o7777, 0o751, "and its folder is not closed");
    nobody_is_left_in(&rig, &inside).await;
}

pub(crate) async fn a_killed_put_leaves_no_half_file(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    let source = rig.home().join("big");
    std::fs::create_dir(&source).expect("a folder");
    let huge = std::fs::File::create(source.join("huge")).expect("a file");
    huge.set_len(1 << 40).expect("a hole");
    let mut command = rig.volx();
    command.args(["put", &text(&source), &volume, "--yes", "--access", "helper"]);
    let mut put = command.spawn().expect("volx runs");
    let half = inside.join("big/huge");
    until("it is at work", || async { half.exists().then_some(()) }).await;
    put.kill().await.expect("killed");
    nobody_is_left_in(&rig, &inside).await;
    assert!(!half.exists(), "the helper takes it away when nobody feeds it");
    assert_eq!(inside.join("big").metadata().expect("there").mode() & 0o700, 0o700);
}

pub(crate) async fn memory_that_nobody_holds_takes_nothing(rig: Rig) {
    let volume = rig.volume("v", &["--opt", "type=tmpfs", "--opt", "device=tmpfs"]).await;
    let file = rig.home().join("file");
    std::fs::write(&file, "seen inside").expect("a file");
    let ran = rig.run(&["put", &text(&file), &volume, "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains("tmpfs")), (5, true), "{}", ran.err);
    assert!(ran.err.contains("start a container"), "and what helps: {}", ran.err);
    rig.holder("c", &[&format!("{volume}:/data")]).await;
    let ran = rig.run(&["put", &text(&file), &volume, "--yes"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = rig.run(&["cat", &format!("{volume}:file")]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "seen inside"), "{}", ran.err);
}

pub(crate) async fn a_copy_that_stalls_keeps_nobody_from_looking(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "large", 64 << 20).await;
    let engine = rig.engine().await;
    let known = volumes(&rig, &[&volume]).await;
    let content = HelperContent::open(&engine, &known[0]).await.expect("a helper");
    let (root, progress) = (Place::root(), Arc::new(Progress::default()));
    let mut stalled = content.pack(&root, &progress).await.expect("packed");
    let mut begun = [0; 1000];
    stalled.read_exact(&mut begun).await.expect("it begins");
    // Time for all that may wait on its way to be there.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let listed = tokio::time::timeout(Duration::from_secs(10), content.list(&root)).await;
    let listed = listed.expect("nobody waits for it").expect("listed");
    assert_eq!(listed.entries.len(), 1);
    drop((stalled, content));
    nobody_is_left_in(&rig, Path::new(known[0].mountpoint.as_deref().expect("a path"))).await;
}

pub(crate) async fn told_twice_it_ends_at_once_whatever_hangs(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    let huge = rig.home().join("huge");
    std::fs::File::create(&huge).and_then(|file| file.set_len(1 << 40)).expect("a hole");
    let mut command = rig.volx();
    command.args(["put", &text(&huge), &volume, "--yes", "--access", "helper"]);
    let mut put = command.spawn().expect("volx runs");
    until("it is at work", || async { std::fs::read_dir(&inside).ok()?.next().map(drop) }).await;
    let process = put.id().expect("it runs").to_string();
    let format = r#"{{.ID}} {{.Label "volx.helper.owner"}} {{.Status}}"#;
    let filter = "label=volx.helper.owner";
    let listed = rig.docker(&["ps", "--filter", filter, "--format", format]).await;
    let of_it = |line: &&str| line.split(' ').nth(3) == Some(process.as_str());
    let helpers: Vec<&str> = listed.lines().filter(of_it).filter_map(|line| line.split(' ').next()).collect();
    assert!(!helpers.is_empty(), "it has a helper: {listed}");
    for helper in &helpers {
        rig.docker(&["pause", helper]).await;
    }
    for _ in 0..2 {
        assert!(
            std::process::Command::new("kill").args(["-INT", &process]).status().expect("kill").success()
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let ended = tokio::time::timeout(Duration::from_secs(3), put.wait()).await;
    for helper in &helpers {
        rig.docker(&["unpause", helper]).await;
    }
    assert_eq!(ended.expect("it ends at once").expect("its end").code(), Some(1));
    nobody_is_left_in(&rig, &inside).await;
    assert_eq!(std::fs::read_dir(&inside).expect("read").count(), 0, "nothing half is left even so");
}

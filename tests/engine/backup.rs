//! Backups on a real engine: what comes back is what was there, and whatever happens nothing half is left.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::files::text;
use crate::rig::{PATIENCE, Rig};
use crate::whole::{facts, fill};

/// The folder of a volume on this machine.
pub(crate) async fn folder(rig: &Rig, volume: &str) -> PathBuf {
    PathBuf::from(rig.inspected(volume).await["Mountpoint"].as_str().expect("a mountpoint"))
}

/// Backs a volume up and answers the file.
pub(crate) async fn backed_up(rig: &Rig, volume: &str, to: &Path, more: &[&str]) -> PathBuf {
    let to = text(to);
    let mut arguments = vec!["backup", volume, "--to", &to, "--json"];
    arguments.extend_from_slice(more);
    let json = rig.run(&arguments).await.json();
    PathBuf::from(json[0]["path"].as_str().expect("a path"))
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// A volume with so many bytes that do not compress.
pub(crate) async fn large(rig: &Rig, megabytes: usize) -> String {
    let volume = rig.volume("large", &[]).await;
    let mut bytes = vec![0_u8; megabytes << 20];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for chunk in bytes.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        chunk.copy_from_slice(&state.to_le_bytes()[..chunk.len()]);
    }
    std::fs::write(folder(rig, &volume).await.join("noise"), bytes).expect("written");
    volume
}

pub(crate) async fn state_of(rig: &Rig, container: &str) -> String {
    rig.docker(&["inspect", "--format", "{{.State.Status}}", container]).await
}

pub(crate) async fn what_is_backed_up_comes_back_whole(rig: Rig) {
    let volume = rig.volume("v", &["--label", "a=b"]).await;
    let source = folder(&rig, &volume).await;
    fill(&source);
    let known = facts(&source);
    for &way in rig.whole_ways() {
        let to = rig.home().join(way);
        let backup = backed_up(&rig, &volume, &to, &["--access", way]).await;
        let ran = rig.run(&["verify", &text(&backup), "--restore", "--access", way]).await;
        assert_eq!(ran.code, 0, "{way}: {}", ran.err);
        for by in rig.whole_ways() {
            let name = rig.name(&format!("{way}-{by}"));
            let ran = rig.run(&["restore", &text(&backup), "--as", &name, "--access", by]).await;
            assert_eq!(ran.code, 0, "{way} to {by}: {}", ran.err);
            assert_eq!(facts(&folder(&rig, &name).await), known, "{way} to {by}");
            assert_eq!(rig.inspected(&name).await["Labels"]["a"], "b", "labels come back");
        }
        // The line that is printed, for tools that every machine has.
        let plain = rig.home().join(format!("{way}-plain"));
        std::fs::create_dir(&plain).expect("a folder");
        let listed = rig.run(&["backups", &text(&to), "--json"]).await.json();
        assert_eq!(
            (&listed[0]["proven_by"], &listed[0]["volume"]),
            (&"restored".into(), &volume.as_str().into())
        );
        let line = volx::vault::restore_line(&backup, &plain);
        let unpacked = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status().await;
        assert!(unpacked.expect("tar runs").success(), "{line}");
        assert_eq!(facts(&plain), known, "{way} by tar");
        let summed = Command::new("sha256sum")
            .args(["--check", "--quiet", &format!("{}.sha256", text(&backup))])
            .current_dir(&to)
            .status()
            .await;
        assert!(summed.expect("sha256sum runs").success());
    }
    let left = rig.docker(&["volume", "ls", "--quiet", "--filter", "label=volx.scratch"]).await;
    assert_eq!(left, "", "no scratch volume is left");
}

pub(crate) async fn what_the_archive_way_loses_is_written_down(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let source = folder(&rig, &volume).await;
    fill(&source);
    let backup = backed_up(&rig, &volume, &rig.home().join("b"), &["--access", "archive"]).await;
    let listed = rig.run(&["backups", &text(&backup), "--json"]).await.json();
    let losses = listed[0]["losses"].to_string();
    assert!(losses.contains("extended attributes") && losses.contains("holes"), "{losses}");
    let name = rig.name("again");
    let ran = rig.run(&["restore", &text(&backup), "--as", &name, "--access", "archive"]).await;
    assert!(ran.code == 0 && ran.err.contains("the root itself"), "{}", ran.err);
    let again = folder(&rig, &name).await;
    for file in ["file", "folder/large", "folder/same", "holes"] {
        let read = |root: &Path| std::fs::read(root.join(file)).expect("a file");
        assert!(read(&again) == read(&source), "{file}");
    }
    assert_eq!(std::fs::read_link(again.join("link")).expect("a link"), Path::new("/etc/passwd"));
}

pub(crate) async fn its_users_are_held_and_go_on(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    let to = rig.home().join("b");
    for (flag, taken) in [(None, "live"), (Some("--pause"), "paused"), (Some("--stop"), "stopped")] {
        let mut arguments = vec!["backup", &volume, "--json"];
        let to = text(to.join(taken));
        arguments.extend(["--to", &to]);
        arguments.extend(flag);
        let ran = rig.run(&arguments).await;
        assert_eq!(ran.json()[0]["taken"], taken);
        assert_eq!(ran.err.contains("was in use"), taken == "live", "{}", ran.err);
        assert_eq!(state_of(&rig, &user).await, "running", "{taken}");
    }
    assert_eq!(names(&rig.home().join("state/volx/held")), [""; 0]);
    let log = std::fs::read_to_string(rig.home().join("state/volx/audit.jsonl")).expect("a log");
    for action in ["pause_container", "unpause_container", "stop_container", "start_container"] {
        assert!(log.contains(action), "{action}");
    }
}

pub(crate) async fn one_that_is_killed_leaves_nothing_half(rig: Rig) {
    let volume = large(&rig, 200).await;
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    let ways = rig.whole_ways();
    for (way, held) in [(ways[0], "--pause"), ("helper", "--stop")] {
        let to = rig.home().join(held);
        let arguments = ["backup", &volume, held, "--access", way, "--level", "19", "--to", &text(&to)];
        let mut running =
            rig.volx().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
        let began = std::time::Instant::now();
        while !names(&to).iter().any(|name| name.ends_with(".partial")) {
            assert!(began.elapsed() < PATIENCE, "{way}: it writes");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_ne!(state_of(&rig, &user).await, "running", "{way}");
        running.kill().await.expect("killed");
        assert!(names(&to).iter().all(|name| name.ends_with(".partial")), "{way}: {:?}", names(&to));
        // Another one that lives is asked for something else, and puts that in order first.
        let ran = rig.run(&["ls", "--json"]).await;
        assert!(ran.code == 0 && ran.err.contains("goes on"), "{way}: {}", ran.err);
        assert_eq!(state_of(&rig, &user).await, "running", "{way}");
        let small = rig.volume(held.trim_matches('-'), &[]).await;
        backed_up(&rig, &small, &to, &[]).await;
        assert!(!names(&to).iter().any(|name| name.ends_with(".partial")), "{way}: {:?}", names(&to));
    }
}

pub(crate) async fn one_that_is_told_to_end_ends_in_order(rig: Rig) {
    let volume = large(&rig, 100).await;
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    let to = rig.home().join("b");
    let arguments = ["backup", &volume, "--pause", "--level", "19", "--to", &text(&to)];
    let running =
        rig.volx().args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("runs");
    let began = std::time::Instant::now();
    while names(&to).is_empty() {
        assert!(began.elapsed() < PATIENCE, "it writes");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    rig.signal("INT", &running.id().expect("runs").to_string()).await;
    let ended = running.wait_with_output().await.expect("ends");
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!((names(&to), state_of(&rig, &user).await.as_str()), (Vec::new(), "running"));
}

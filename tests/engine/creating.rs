//! `volx create` on the real engine, against the Docker CLI's own word.

use std::process::Stdio;

use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::rig::{Ran, Rig};

/// Runs `volx create` with the run's label, so that what it makes is removed at the end.
async fn create(rig: &Rig, name: &str, more: &[&str]) -> Ran {
    let label = rig.label();
    rig.run(&[&["create", name, "--label", &label], more].concat()).await
}

pub(crate) async fn what_is_told_is_what_is_made(rig: Rig) {
    let plain = rig.name("plain");
    let ran = create(&rig, &plain, &["--label", "team=a b", "--label", "bare"]).await;
    assert_eq!(
        (ran.code, ran.out.trim()),
        (0, plain.as_str()),
        "as docker does, it prints the name: {}",
        ran.err
    );
    let seen = rig.inspected(&plain).await;
    assert_eq!((&seen["Driver"], &seen["Labels"]["team"]), (&json!("local"), &json!("a b")));
    assert_eq!(seen["Labels"]["bare"], "");

    let memory = rig.name("memory");
    let printed = create(&rig, &memory, &["--tmpfs=1m", "--json"]).await.json();
    assert_eq!(printed["name"], memory.as_str());
    let mut options = json!({ "device": "tmpfs", "o": "size=1m", "type": "tmpfs" });
    if rig.ground.is_podman {
        // It says the size once more, by itself.
        options["SIZE"] = json!("1m");
    }
    assert_eq!(printed["options"], options);
    assert_eq!(rig.inspected(&memory).await["Options"], printed["options"], "the engine was told the same");

    let share = rig.name("nfs");
    let ran =
        create(&rig, &share, &["--nfs", "nas.invalid:/export/a", "--mount-options", "ro,nfsvers=4.1"]).await;
    assert_eq!(ran.code, 0, "nothing is mounted yet: {}", ran.err);
    let options = json!({ "device": ":/export/a", "o": "addr=nas.invalid,ro,nfsvers=4.1", "type": "nfs" });
    assert_eq!(rig.inspected(&share).await["Options"], options);
}

pub(crate) async fn a_name_that_is_taken_is_refused_and_left_as_it_is(rig: Rig) {
    let there = rig.volume("there", &["--label", "keep=me"]).await;
    let before = rig.inspected(&there).await;
    let ran = create(&rig, &there, &["--tmpfs"]).await;
    assert_eq!(ran.code, 5, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("exists already") && ran.err.contains("volx inspect"), "{}", ran.err);
    assert_eq!(rig.inspected(&there).await, before);
    for wrong in
        [&["--nfs", "nowhere"][..], &["--user", "me"], &["-o", "half"], &["--size", "1G", "--bind", "/a"]]
    {
        let name = rig.name("wrong");
        let ran = create(&rig, &name, wrong).await;
        assert_eq!(ran.code, 2, "{wrong:?}: {}", ran.err);
        assert!(
            !rig.try_docker(&["volume", "inspect", &name]).await.status.success(),
            "{wrong:?} makes nothing"
        );
    }
}

pub(crate) async fn an_unknown_driver_is_told_in_the_engine_s_words(rig: Rig) {
    let name = rig.name("plugin");
    let secret = "hunter2-in-an-option";
    let ran = create(&rig, &name, &["--driver", "volx-no-such", "-o", &format!("password={secret}")]).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("volx-no-such"), "{}", ran.err);
    assert!(!ran.err.contains(secret), "{}", ran.err);
}

pub(crate) async fn a_password_comes_from_standard_input_and_is_shown_nowhere(rig: Rig) {
    let (name, label, secret) = (rig.name("share"), rig.label(), "hunter2 with spaces");
    let mut child = rig
        .volx()
        .args(["create", &name, "--label", &label, "--cifs", "//nas.invalid/media", "--user", "anna"])
        .args(["--password-stdin", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("volx runs");
    let mut input = child.stdin.take().expect("an input");
    input.write_all(format!("{secret}\nanother line\n").as_bytes()).await.expect("written");
    drop(input);
    let output = child.wait_with_output().await.expect("ended");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("username=anna") && !said.contains("hunter2"), "{said}");
    let told = rig.inspected(&name).await["Options"]["o"].clone();
    assert_eq!(told, format!("addr=nas.invalid,username=anna,password={secret}"), "the engine was told");
    let log = std::fs::read_to_string(rig.home().join("state/volx/audit.jsonl")).expect("the audit log");
    assert!(log.contains(&name) && log.contains("create_volume") && !log.contains("hunter2"), "{log}");
}

pub(crate) async fn what_protects_a_volume_is_told(rig: Rig) {
    let label = rig.name("label");
    assert_eq!(create(&rig, &label, &["--label", "volx.protect"]).await.code, 0);
    let list = rig.volume("list", &[]).await;
    let pattern = rig.volume("pattern", &[]).await;
    let open = rig.volume("open", &[]).await;
    assert_eq!(rig.run(&["protect", &list]).await.code, 0);
    let config = rig.home().join("config/volx/config.toml");
    std::fs::create_dir_all(config.parent().expect("a folder")).expect("made");
    std::fs::write(&config, format!("protect = [\"{}*\"]\n", rig.name("pat"))).expect("written");
    let listed = rig.listed(&[]).await;
    for (name, by) in [
        (&label, json!("label")),
        (&list, json!("list")),
        (&pattern, json!("pattern")),
        (&open, serde_json::Value::Null),
    ] {
        assert_eq!(listed[name]["protected"], by, "{name}");
        let described = rig.run(&["inspect", name, "--json"]).await.json();
        assert_eq!(described[0]["protected"], by, "{name}");
    }
    let ran = rig.run(&["ls", "--columns", "name,protected", "--sort", "-protected"]).await;
    let row = |name: &str| ran.out.lines().position(|line| line.starts_with(name)).expect("listed");
    assert!(row(&label) < row(&open), "protected ones come first:\n{}", ran.out);
    assert!(ran.out.lines().nth(row(&pattern)).expect("a row").ends_with("pattern"), "{}", ran.out);
    assert_eq!(rig.run(&["unprotect", &label]).await.code, 0);
    assert_eq!(rig.listed(&[]).await[&label]["protected"], serde_json::Value::Null, "lifted by the user");
}

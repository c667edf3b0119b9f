//! Which engine is used and why, and who may.

use std::os::unix::fs::{PermissionsExt, chown};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::rig::{Ran, Rig, ended};

/// A user without any right of their own: nobody.
const NOBODY: &str = "65534";

pub(crate) async fn doctor_names_the_engine_and_what_chose_it(rig: Rig) {
    rig.volume("v", &[]).await;
    let report = rig.run(&["doctor", "--json"]).await.json();
    let engine = &report["engine"];
    let product = if rig.ground.is_podman { "Podman" } else { "Docker" };
    let version = rig.docker(&["version", "--format", "{{.Server.Version}}"]).await;
    assert_eq!(engine["product"], json!(product), "the product is named");
    assert_eq!(engine["version"], json!(version), "with the version that the CLI sees");
    assert_eq!(engine["address"], json!(rig.ground.host), "and the address");
    assert_eq!(engine["chosen_by"], json!("DOCKER_HOST"), "and what chose it");
    let api = format!("{}.{}", rig.ground.api.0, rig.ground.api.1);
    assert_eq!(engine["api_max"], json!(api), "and the newest API it speaks");
    assert_eq!(report["trouble"], Value::Null, "nothing is wrong");
    assert_eq!(report["environment"], json!([["DOCKER_HOST", rig.ground.host]]), "and what is set");
    let listing = &report["listing"];
    assert!(listing["error"].is_null() && listing["volumes"].as_u64() > Some(0), "it lists: {listing}");
    let ways: Vec<&str> =
        report["access"].as_array().into_iter().flatten().filter_map(|w| w["way"].as_str()).collect();
    assert_eq!(ways, ["direct", "helper", "archive"], "every way is judged");
    for way in report["access"].as_array().into_iter().flatten() {
        let why = way["why"].as_str().unwrap_or_default();
        assert!(way["is_open"].is_boolean() && !why.is_empty(), "and every judgement has a reason: {way}");
    }
    let text = rig.run(&["doctor"]).await;
    assert_eq!(text.code, 0, "the text is printed: {}", text.err);
    let line = format!("{} (chosen by DOCKER_HOST)", rig.ground.host);
    for words in [&format!("{product} {version}"), &line, &api, "direct", "helper", "archive"] {
        assert!(text.out.contains(words), "the text has '{words}':\n{}", text.out);
    }
    let mut flag = rig.volx();
    flag.env("DOCKER_HOST", "unix:///nowhere").args(["--host", &rig.ground.host, "doctor", "--json"]);
    let chosen = ended(&mut flag).await.json()["engine"]["chosen_by"].take();
    assert_eq!(chosen, json!("--host"), "the flag is stronger than the variable");
}

pub(crate) async fn contexts_of_the_docker_cli_are_obeyed(rig: Rig) {
    let config = rig.home().join(".docker");
    let docker = |arguments: &[&str]| {
        let mut command = Command::new("docker");
        command.env("DOCKER_CONFIG", &config).env_remove("DOCKER_HOST").env_remove("DOCKER_CONTEXT");
        command.args(arguments);
        async move { ended(&mut command).await }
    };
    let host = format!("host={}", rig.ground.host);
    let made = docker(&["context", "create", "tested", "--docker", &host]).await;
    assert_eq!(made.code, 0, "the CLI makes a context: {}", made.err);
    docker(&["context", "create", "wrong", "--docker", "host=unix:///nowhere.sock"]).await;
    let chosen = |ran: Ran| {
        let engine = ran.json()["engine"].take();
        (engine["context"].clone(), engine["chosen_by"].as_str().unwrap_or_default().to_owned())
    };
    let plain = || {
        let mut command = rig.volx();
        command.env_remove("DOCKER_HOST").args(["doctor", "--json"]);
        command
    };
    let (context, by) = chosen(ended(plain().args(["--context", "tested"])).await);
    assert_eq!((context, by.as_str()), (json!("tested"), "--context"), "the flag names a context");
    let (context, by) = chosen(ended(plain().env("DOCKER_CONTEXT", "tested")).await);
    assert_eq!((context, by.as_str()), (json!("tested"), "DOCKER_CONTEXT"), "so does the variable");
    docker(&["context", "use", "tested"]).await;
    let (context, by) = chosen(ended(&mut plain()).await);
    assert!(by.contains("currentContext"), "'docker context use' is obeyed: {by}");
    assert_eq!(context, json!("tested"), "with the context it names");
    docker(&["context", "use", "wrong"]).await;
    let (context, by) = chosen(ended(plain().env("DOCKER_HOST", &rig.ground.host)).await);
    assert_eq!((context, by.as_str()), (Value::Null, "DOCKER_HOST"), "DOCKER_HOST is stronger than that");
    let wrong = ended(&mut plain()).await;
    assert_eq!(wrong.code, 4, "a chosen context that leads nowhere is not replaced by another engine");
    let known = ended(plain().args(["--context", "testde"])).await;
    assert_eq!(known.code, 4, "a context that is not there reaches nothing");
    assert!(known.out.contains("did you mean 'tested'"), "the nearest one is offered: {}", known.out);
}

/// volx as another user, in these groups besides their own.
async fn as_nobody(rig: &Rig, groups: &str, arguments: &[&str]) -> Ran {
    let home = rig.home();
    let program = home.join("volx");
    if !program.exists() {
        // The one that was built may be in a folder that is closed to others.
        std::fs::copy(env!("CARGO_BIN_EXE_volx"), &program).expect("the program can be copied");
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("and opened");
        chown(&home, NOBODY.parse().ok(), NOBODY.parse().ok()).expect("the home is given away");
    }
    let mut command = Command::new("setpriv");
    rig.surround(&mut command);
    command.args(["--reuid", NOBODY, "--regid", NOBODY]);
    if groups.is_empty() {
        command.arg("--clear-groups");
    } else {
        command.args(["--groups", groups]);
    }
    // Not even a right that root had.
    command.args(["--inh-caps", "-all", "--bounding-set", "-all"]);
    ended(command.arg(program).args(arguments)).await
}

/// What `stat` says about the socket.
async fn stat(rig: &Rig, format: &str) -> String {
    let socket = rig.ground.socket().expect("a socket");
    ended(Command::new("stat").args(["--dereference", "--format", format]).arg(socket))
        .await
        .out
        .trim()
        .to_owned()
}

pub(crate) async fn a_member_of_the_socket_s_group_needs_no_root(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 5000).await;
    let group = stat(&rig, "%g").await;
    let only = format!("name={volume}");
    let ran = as_nobody(&rig, &group, &["ls", "--json", "--measure", "--filter", &only]).await;
    assert_eq!(ran.code, 0, "a member of the group lists: {}", ran.err);
    assert!(ran.err.is_empty(), "without complaints: {}", ran.err);
    let entries = ran.json();
    let entry = entries.as_array().into_iter().flatten().find(|e| e["name"] == *volume);
    let size = entry.map(|e| &e["usage"]["apparent_bytes"]);
    assert_eq!(size, Some(&json!(5000)), "and measures, as the engine does it");
    let report = as_nobody(&rig, &group, &["doctor", "--json"]).await.json();
    let direct = &report["access"][0];
    assert_eq!(
        (&direct["way"], &direct["is_open"]),
        (&json!("direct"), &json!(false)),
        "the files are closed"
    );
    assert!(!direct["why"].as_str().unwrap_or_default().is_empty(), "with a reason: {direct}");
    assert_eq!(report["access"][1]["is_open"], json!(true), "a helper is open: {}", report["access"][1]);
}

pub(crate) async fn a_stranger_is_told_which_group_to_join(rig: Rig) {
    const GROUP_MAY_WRITE: u32 = 0o020;
    let mode = u32::from_str_radix(&stat(&rig, "%a").await, 8).expect("a mode");
    let ran = as_nobody(&rig, "", &["ls", "--json"]).await;
    assert_eq!(ran.code, 4, "who may not open the socket reaches nothing: {}", ran.out);
    assert!(ran.err.contains("permission denied"), "the cause is named: {}", ran.err);
    assert!(ran.out.is_empty(), "nothing is printed, least of all an empty list: {}", ran.out);
    let name = stat(&rig, "%G").await;
    // Nobody is told to join root's group: that would give away the machine.
    let remedy = if mode & GROUP_MAY_WRITE == 0 || name == "root" {
        "run volx as its owner".to_owned()
    } else {
        format!("usermod -aG {name} ")
    };
    assert!(!ran.err.contains("-aG root"), "root's group is nobody's to join: {}", ran.err);
    assert!(ran.err.contains(&remedy), "what helps is '{remedy}': {}", ran.err);
    let doctor = as_nobody(&rig, "", &["doctor"]).await;
    assert_eq!(doctor.code, 4, "doctor says it too");
    assert!(doctor.out.contains(&remedy), "with the same words: {}", doctor.out);
}

pub(crate) async fn who_may_open_the_socket_measures_by_a_helper(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 50_000).await;
    let group = stat(&rig, "%g").await;
    let ran = as_nobody(&rig, &group, &["du", "--json", &volume]).await;
    assert!(ran.err.is_empty(), "nothing is complained of: {}", ran.err);
    let measured = ran.json()[0].clone();
    assert_eq!(measured["method"], "helper", "what is closed here is open to a container: {measured}");
    assert_eq!((&measured["apparent_bytes"], &measured["files"]), (&json!(50_000), &json!(1)));
    assert!(measured["allocated_bytes"].as_u64() >= Some(50_000), "with its bytes on disk: {measured}");
    let refused = as_nobody(&rig, &group, &["du", "--access", "direct", &volume]).await;
    assert_eq!(refused.code, 1, "directly it is not: {}", refused.out);
}

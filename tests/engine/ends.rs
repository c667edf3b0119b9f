//! The bad ends: each with an exit code, a cause, and what helps.

use std::path::Path;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::rig::{Ran, Rig, ended};

/// Every subcommand that needs an engine, against this address.
async fn fails_everywhere(rig: &Rig, host: &str, cause: &str, remedy: &str) {
    let verbs: [&[&str]; 4] = [&["ls"], &["ls", "--json"], &["inspect", "some"], &["events"]];
    for verb in verbs {
        let ran = ended(rig.volx().env("DOCKER_HOST", host).args(verb)).await;
        assert_eq!(ran.code, 4, "volx {verb:?} ends as 'engine unreachable': {}", ran.err);
        assert!(ran.err.contains(cause), "volx {verb:?} names the cause '{cause}': {}", ran.err);
        assert!(ran.err.contains(remedy), "volx {verb:?} says what helps, '{remedy}': {}", ran.err);
        assert!(ran.out.is_empty(), "volx {verb:?} prints no list that is none: {}", ran.out);
    }
    let doctor = ended(rig.volx().env("DOCKER_HOST", host).args(["doctor", "--json"])).await;
    assert_eq!(doctor.code, 4, "doctor ends so too");
    let report: Value = serde_json::from_str(&doctor.out).expect("and still reports");
    assert_eq!(report["engine"], Value::Null, "there is no engine");
    let words = report["trouble"].to_string();
    assert!(words.contains(cause) && words.contains(remedy), "doctor names both: {words}");
}

fn at(path: &Path) -> String {
    format!("unix://{}", path.display())
}

pub(crate) async fn a_missing_socket_has_cause_and_remedy(rig: Rig) {
    let path = rig.home().join("no.sock");
    fails_everywhere(&rig, &at(&path), &format!("there is no socket at {}", path.display()), "--host").await;
}

pub(crate) async fn a_dead_socket_has_cause_and_remedy(rig: Rig) {
    let path = rig.home().join("dead.sock");
    drop(UnixListener::bind(&path).expect("a socket"));
    fails_everywhere(&rig, &at(&path), "cannot connect", "start the engine").await;
}

pub(crate) async fn what_is_no_engine_is_named(rig: Rig) {
    let answers = [
        ("ssh.sock", "SSH-2.0-OpenSSH_9.2\r\n"),
        ("web.sock", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope"),
        ("page.sock", "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>"),
    ];
    for (name, answer) in answers {
        let path = rig.home().join(name);
        let listener = UnixListener::bind(&path).expect("a socket");
        let serving = tokio::spawn(async move {
            while let Ok((mut wire, _)) = listener.accept().await {
                let _ = wire.read(&mut [0; 1024]).await;
                let _ = wire.write_all(answer.as_bytes()).await;
            }
        });
        fails_everywhere(&rig, &at(&path), "does not speak the Docker API", "check the address").await;
        serving.abort();
    }
}

pub(crate) async fn an_empty_docker_host_is_no_choice(rig: Rig) {
    for empty in ["", "  "] {
        let doctor = ended(rig.volx().env("DOCKER_HOST", empty).args(["doctor", "--json"])).await.json();
        assert_eq!(doctor["engine"]["chosen_by"], json!("the default socket"), "'{empty}' is as if not set");
        assert_eq!(doctor["environment"], json!([]), "and not reported as set");
    }
}

pub(crate) async fn a_missing_context_is_named(rig: Rig) {
    let named = |ran: &Ran, chosen_by: &str| {
        assert_eq!(ran.code, 4, "a missing context reaches nothing: {}", ran.err);
        assert!(ran.err.contains("'prod-eu'"), "it is named: {}", ran.err);
        assert!(ran.err.contains(chosen_by), "with what named it, {chosen_by}: {}", ran.err);
        assert!(ran.err.contains("docker context create"), "and what helps: {}", ran.err);
    };
    named(&rig.run(&["--context", "prod-eu", "ls"]).await, "--context");
    let variable =
        ended(rig.volx().env_remove("DOCKER_HOST").env("DOCKER_CONTEXT", "prod-eu").arg("ls")).await;
    named(&variable, "DOCKER_CONTEXT");
    let config = rig.home().join(".docker");
    std::fs::create_dir(&config).expect("a folder");
    std::fs::write(config.join("config.json"), r#"{"currentContext":"prod-eu"}"#).expect("a file");
    named(&ended(rig.volx().env_remove("DOCKER_HOST").arg("ls")).await, "currentContext");
    std::fs::write(config.join("config.json"), "{").expect("a file");
    let broken = ended(rig.volx().env_remove("DOCKER_HOST").arg("ls")).await;
    assert_eq!(broken.code, 4, "a broken file is no reason to guess: {}", broken.err);
    assert!(broken.err.contains("config.json"), "the file is named: {}", broken.err);
}

pub(crate) async fn an_impossible_choice_is_refused(rig: Rig) {
    let two = rig.run(&["--host", &rig.ground.host, "--context", "default", "ls"]).await;
    assert_eq!(two.code, 2, "two choices at once are wrong usage: {}", two.err);
    assert!(two.err.contains("--host and --context exclude each other"), "it says so: {}", two.err);
    let addresses = [
        ("gopher://x", "unknown scheme"),
        ("unix://", "it names no socket"),
        ("ssh://root@host", "ssh is not supported"),
        ("https://host:2376", "TLS is not supported"),
    ];
    for (address, cause) in addresses {
        let ran = rig.run(&["--host", address, "ls"]).await;
        assert_eq!(ran.code, 4, "{address} reaches nothing: {}", ran.err);
        assert!(ran.err.contains(cause), "{address}: the cause is '{cause}': {}", ran.err);
    }
    let tls =
        ended(rig.volx().env("DOCKER_HOST", "tcp://127.0.0.1:1").env("DOCKER_TLS_VERIFY", "1").arg("ls"))
            .await;
    assert!(tls.code == 4 && tls.err.contains("TLS is not supported"), "never in clear instead: {}", tls.err);
    let closed = ended(rig.volx().env("DOCKER_HOST", "tcp://127.0.0.1:1").arg("ls")).await;
    assert!(
        closed.code == 4 && closed.err.contains("cannot connect"),
        "a closed port is said: {}",
        closed.err
    );
}

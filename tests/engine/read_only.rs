//! `--read-only` on the real engine: nothing but questions, and what that costs is said.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use crate::proxy::gate;
use crate::rig::Rig;

/// A socket in front of the engine that writes down the first line of every request.
struct Witness {
    host: String,
    lines: Arc<Mutex<Vec<String>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Witness {
    fn start(rig: &Rig) -> Self {
        let path = rig.home().join("witness.sock");
        let engine = rig.ground.socket().expect("the engine is at a socket").to_owned();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&lines);
        let serving = gate(&path, &engine, move |question| {
            kept.lock().expect("no panic").push(question.to_owned());
            std::future::ready(None)
        });
        Self { host: format!("unix://{}", path.display()), lines, _serving: AbortOnDropHandle::new(serving) }
    }

    fn heard(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }
}

pub(crate) async fn sizes_are_the_engine_s_and_nothing_is_sent_but_questions(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 4321).await;
    let bound = rig.volume("t", &["--opt", "type=tmpfs", "--opt", "device=tmpfs"]).await;
    let witness = Witness::start(&rig);
    let volx = ["--read-only", "--host", &witness.host];
    let with = |more: &[&'static str]| [&volx[..], more].concat();

    // Behind the witness the direct way is closed, and a helper would have to be made.
    let mut du = with(&["du", "--json"]);
    du.push(&volume);
    let measured = rig.run(&du).await.json()[0].clone();
    assert_eq!(measured["method"], "engine", "the engine's own df is left: {measured}");
    assert_eq!(measured["apparent_bytes"], 4321);
    let mut du = with(&["du", "--json"]);
    du.push(&bound);
    let ran = rig.run(&du).await;
    let unknown: Value = serde_json::from_str(&ran.out).expect("JSON all the same");
    let why = unknown[0]["unknown"].as_str().expect("a reason");
    assert!(why.contains("read-only") && why.contains("makes a container"), "the cost is told: {why}");

    let ran = rig.run(&with(&["doctor"])).await;
    assert!(
        ran.out.contains("read-only") && ran.out.contains("volx was told to change nothing"),
        "{}",
        ran.out
    );
    let ran = rig.run(&with(&["ls", "--measure", "--json"])).await;
    assert!(matches!(ran.code, 0 | 3), "{}", ran.err);

    let heard = witness.heard();
    assert!(heard.len() > 8, "it was asked: {heard:?}");
    let is_question = |line: &String| line.starts_with("GET ") || line.starts_with("HEAD ");
    let others: Vec<_> = heard.iter().filter(|line| !is_question(line)).collect();
    assert!(others.is_empty(), "nothing but questions: {others:?}");
}

pub(crate) async fn what_would_change_something_is_refused_with_a_remedy(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let file = rig.home().join("file");
    std::fs::write(&file, "text").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let before = rig.inspected(&volume).await;
    let made = rig.name("made");
    for arguments in [
        vec!["put", file, &volume, "--yes"],
        vec!["du", &volume, "--access", "helper"],
        vec!["files", &volume, "--access", "archive"],
        vec!["create", &made],
    ] {
        let ran = rig.run(&[&["--read-only"], arguments.as_slice()].concat()).await;
        assert_eq!(ran.code, 5, "{arguments:?} is refused: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("(read-only)"), "{arguments:?} says why: {}", ran.err);
        assert!(ran.err.contains("without --read-only"), "{arguments:?} says what helps: {}", ran.err);
    }
    assert_eq!(rig.inspected(&volume).await, before);
    let listed = rig.listed(&[]).await;
    assert!(!listed.contains_key(&made), "nothing was made");
    // In the settings it counts as well.
    let config = rig.home().join("config/volx/config.toml");
    std::fs::create_dir_all(config.parent().expect("a folder")).expect("made");
    std::fs::write(&config, "read_only = true\n").expect("written");
    let ran = rig.run(&["put", file, &volume, "--yes"]).await;
    assert_eq!(ran.code, 5, "{}", ran.err);
    std::fs::remove_file(&config).expect("removed");
}

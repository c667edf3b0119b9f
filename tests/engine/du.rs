//! The direct way into a volume: the truth where it is proven, a refusal elsewhere.

use std::path::Path;

use serde_json::Value;

use crate::away::proxy;
use crate::needs;
use crate::rig::Rig;

/// Bytes on disk of a folder, as `du` says.
pub(crate) async fn du(path: &str) -> u64 {
    let out =
        tokio::process::Command::new("du").args(["-sx", "--block-size=1", path]).output().await.expect("du");
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    text.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number")
}

/// Whether doctor says that the direct way is open, and why.
pub(crate) async fn direct(rig: &Rig) -> (bool, String) {
    let report = rig.run(&["doctor", "--json"]).await.json();
    let ways = report["access"].as_array().cloned().unwrap_or_default();
    let way = ways.into_iter().find(|w| w["way"] == "direct").expect("the direct way is judged");
    (way["is_open"] == true, way["why"].as_str().unwrap_or_default().to_owned())
}

pub(crate) async fn the_direct_way_agrees_with_du(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "small", 10).await;
    rig.fill(&volume, "large", 1_234_567).await;
    let (is_open, why) = direct(&rig).await;
    if needs::is_root() {
        assert_eq!(is_open, rig.ground.sees_our_files, "it is open where it can be: {why}");
    }
    let measured = rig.run(&["du", &volume, "--json"]).await.json()[0].clone();
    assert_eq!(measured["apparent_bytes"], 1_234_577, "both ways count the bytes written");
    if !is_open {
        assert_eq!(measured["method"], "helper", "the way that is taken is told; direct is closed: {why}");
        return;
    }
    let mountpoint = rig.inspected(&volume).await["Mountpoint"].as_str().expect("a path").to_owned();
    assert_eq!(measured["method"], "direct");
    assert_eq!(measured["allocated_bytes"], du(&mountpoint).await, "byte for byte what du says");
    assert_eq!((&measured["files"], &measured["dirs"]), (&Value::from(2), &Value::from(0)));
    assert_eq!(measured["largest"][0]["path"], "large", "the largest file is named");
    assert!(measured["newest_write"].is_string(), "the last write is known");
    let listed = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    assert_eq!(listed["usage"]["allocated_bytes"], measured["allocated_bytes"], "and remembered");
}

pub(crate) async fn an_unmounted_volume_is_not_measured_by_its_empty_folder(rig: Rig) {
    let tmpfs = rig.volume("t", &["--opt", "type=tmpfs", "--opt", "device=tmpfs"]).await;
    // What is bound is another volume's folder: that one is there wherever the engine is.
    let behind = rig.volume("behind", &[]).await;
    rig.fill(&behind, "file", 7777).await;
    let folder = rig.inspected(&behind).await["Mountpoint"].as_str().expect("a path").to_owned();
    let device = format!("device={folder}");
    let bound = rig.volume("bound", &["--opt", "type=none", "--opt", "o=bind", "--opt", &device]).await;
    for volume in [&tmpfs, &bound] {
        let ran = rig.run(&["du", volume, "--access", "direct", "--json"]).await;
        assert_eq!(ran.code, 1, "its folder is never read instead of it: {}", ran.out);
        let printed: Value = serde_json::from_str(&ran.out).expect("JSON all the same");
        assert!(
            printed[0].get("allocated_bytes").is_none_or(Value::is_null),
            "unknown is no zero: {printed}"
        );
        assert!(printed[0]["unknown"].is_string(), "it is unknown, with a reason: {printed}");
    }
    let ran = rig.run(&["du", &tmpfs]).await;
    assert!(ran.err.contains("until a container runs with it"), "nothing is there to measure: {}", ran.err);
    let holder = rig.holder("h", &[&format!("{tmpfs}:/memory")]).await;
    rig.docker(&["exec", &holder, "/volx/volx", "agent", "fill", "/memory/file", "4321"]).await;
    for (volume, bytes, files) in [(&tmpfs, 4321, 1), (&bound, 7777, 1)] {
        let measured = rig.run(&["du", volume, "--json"]).await.json()[0].clone();
        assert_eq!(measured["method"], "helper", "mounted by the engine it is measured: {measured}");
        assert_eq!((&measured["apparent_bytes"], &measured["files"]), (&bytes.into(), &files.into()));
    }
    let truth = rig.run(&["du", &behind, "--json"]).await.json()[0].clone();
    let measured = rig.run(&["du", &bound, "--json"]).await.json()[0].clone();
    assert_eq!(measured["allocated_bytes"], truth["allocated_bytes"], "the bound folder's truth");
    if direct(&rig).await.0 {
        assert_eq!(measured["allocated_bytes"], du(&folder).await, "byte for byte what du says");
        let why = rig.run(&["du", &bound, "--access", "direct"]).await.err;
        assert!(why.contains("kind bind"), "and the direct way says why it does not: {why}");
    }
}

pub(crate) async fn a_tunnelled_engine_s_paths_are_never_read_here(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 4096).await;
    let proxy = proxy(&rig);
    let mountpoint = rig.inspected(&volume).await["Mountpoint"].as_str().expect("a path").to_owned();
    let ran = rig.run(&["--host", &proxy.host(), "du", "--access", "direct", &volume]).await;
    assert_eq!(
        ran.code,
        1,
        "refused although {mountpoint} may exist here ({}): {}",
        Path::new(&mountpoint).exists(),
        ran.out
    );
    assert!(ran.err.contains("which is no engine"), "and it is said who holds the socket: {}", ran.err);
    let ran = rig.run(&["--host", &proxy.host(), "du", "--json", &volume]).await.json();
    assert_eq!(ran[0]["method"], "helper", "a container on the engine reads what is there");
    assert_eq!(ran[0]["apparent_bytes"], 4096, "and that is the truth");
}

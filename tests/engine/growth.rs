//! `volx watch` and what it remembers: changes are exact, thresholds end in exit code 3.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use volx::domain::live::Observation;

use crate::rig::{Ran, Rig};
use crate::watcher::Watcher;

/// The printed lines.
fn lines(ran: &Ran) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("a line of JSON ({e}): {line}"));
    ran.out.lines().map(read).collect()
}

/// The value of a metric for a volume.
fn metric(text: &str, family: &str, volume: &str) -> Option<f64> {
    let label = format!("name=\"{volume}\"");
    let line = text.lines().find(|l| l.starts_with(&format!("{family}{{")) && l.contains(&label))?;
    Some(line.rsplit(' ').next()?.parse().expect("a number"))
}

pub(crate) async fn watching_once_tells_writes_metrics_and_fails_past_a_threshold(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let empty = rig.volume("empty", &[]).await;
    rig.fill(&volume, "file", 123_456).await;
    let file = rig.home().join("volx.prom");
    let metrics = file.display().to_string();
    let limit = format!("{volume}=100kB");
    let arguments =
        ["watch", &volume, &empty, "--once", "--json", "--metrics", &metrics, "--threshold", &limit];
    let ran = rig.run(&arguments).await;
    assert_eq!(ran.code, 3, "it is past its threshold: {}", ran.err);
    let printed = lines(&ran);
    let of = |name: &str| printed.iter().find(|line| line["name"] == name).expect("a line each");
    let keys: Vec<&String> = of(&volume).as_object().expect("an object").keys().collect();
    let documented = [
        "at",
        "name",
        "size_bytes",
        "allocated_bytes",
        "apparent_bytes",
        "change_bytes",
        "rate_bytes_per_second",
        "method",
        "warnings",
    ];
    assert_eq!(keys, documented.each_ref().map(|k| *k), "the documented keys");
    assert_eq!(of(&volume)["apparent_bytes"], 123_456);
    assert_eq!(of(&volume)["change_bytes"], Value::Null, "the first measurement is no change");
    assert!(
        of(&volume)["warnings"][0].as_str().is_some_and(|w| w.contains("threshold")),
        "{:?}",
        of(&volume)
    );
    assert_eq!(of(&empty)["warnings"], json!([]));

    let text = std::fs::read_to_string(&file).expect("the metrics");
    assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o644);
    assert_eq!(metric(&text, "volx_volume_apparent_bytes", &volume), Some(123_456.0));
    assert_eq!(metric(&text, "volx_volume_measure_failed", &empty), Some(0.0));
    assert_eq!(metric(&text, "volx_volume_dangling", &volume), Some(1.0));
    let is_walked = of(&volume)["method"] != "engine";
    assert_eq!(metric(&text, "volx_volume_files", &volume), is_walked.then_some(1.0), "known or left out");
    let is_direct = of(&volume)["method"] == "direct";
    assert!(!is_direct || text.contains("volx_filesystem_available_bytes{"), "known: {text}");

    let ran = rig.run(&["watch", &volume, "--once", "--threshold", "1GB", "--full-within", "1s"]).await;
    assert_eq!(ran.code, 0, "nothing is passed: {}", ran.err);
    let ran = rig.run(&["watch", "no-such", "--once"]).await;
    assert_eq!(ran.code, 1, "what is not there is no success: {}", ran.out);
    let ran = rig.run(&["watch", &volume, "--once", "--metrics", "/nonexistent/volx.prom"]).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("/nonexistent/volx.prom"), "{}", ran.err);
}

pub(crate) async fn growth_between_two_measurements_is_exact(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "first", 100_000).await;
    let first = lines(&rig.run(&["watch", &volume, "--once", "--json"]).await).remove(0);
    rig.fill(&volume, "second", 1_050_000).await;
    let second = lines(&rig.run(&["watch", &volume, "--once", "--json"]).await).remove(0);
    let grown = |key: &str| second[key].as_i64().zip(first[key].as_i64()).map(|(b, a)| b - a);
    assert_eq!(grown("apparent_bytes"), Some(1_050_000), "to the byte");
    assert_eq!(second["change_bytes"].as_i64(), grown("size_bytes"), "what the history remembers");
    assert!(second["rate_bytes_per_second"].as_i64().is_some_and(|rate| rate > 0), "{second}");
    let third = lines(&rig.run(&["watch", &volume, "--once", "--json"]).await).remove(0);
    assert_eq!(third["change_bytes"], 0, "nothing was written since");

    let listed = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    assert_eq!(listed["change_day_bytes"], Value::Null, "nobody knows what was a day ago: that is not zero");

    let mut watcher = Watcher::start(rig.target(), Some(&rig.history()));
    let trail = watcher
        .see("how it changed lately", |o| match o {
            Observation::Trails(trails) => trails.get(&volume).cloned(),
            _ => None,
        })
        .await;
    let sizes: Vec<u64> = trail.comparable().map(|sample| sample.bytes).collect();
    let told = [&first, &second].map(|line| line["size_bytes"].as_u64().expect("a size"));
    assert_eq!(sizes, told, "the screen goes on from there");
}

pub(crate) async fn a_watch_that_is_ended_tells_what_it_saw(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "first", 5000).await;
    let limit = format!("{volume}=1MB");
    let mut child = rig
        .volx()
        .args(["watch", &volume, "--interval", "1s", "--json", "--threshold", &limit])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut out = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut next = async || -> Value {
        let line = out.next_line().await.expect("read").expect("a line");
        serde_json::from_str(&line).expect("JSON")
    };
    let first = next().await;
    assert_eq!((&first["apparent_bytes"], &first["warnings"]), (&json!(5000), &json!([])));
    rig.fill(&volume, "second", 2_000_000).await;
    let mut second = next().await;
    while second["apparent_bytes"] != json!(2_005_000) {
        second = next().await;
    }
    assert_eq!(second["warnings"].as_array().map(Vec::len), Some(1), "past its threshold now: {second}");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id().expect("it runs")).expect("a pid"));
    rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::TERM).expect("told to end");
    let status = child.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(3), "and its exit code says so");
}

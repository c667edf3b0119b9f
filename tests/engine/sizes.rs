//! Sizes: the engine's own, or a reason.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use volx::domain::live::Observation;
use volx::domain::usage::{DiskUsage, Unknown};
use volx::ops::measure::disk_usage;

use crate::raw;
use crate::rig::{Rig, until};
use crate::watcher::Watcher;

/// The size that the engine's own answer has for a volume.
async fn engine_says(rig: &Rig, volume: &str) -> Option<i64> {
    let answer = until("the engine computes its disk usage", || async {
        let host = rig.ground.host.clone();
        // Docker 20.10 refuses while it computes for another test.
        tokio::task::spawn_blocking(move || raw::json(&host, "/system/df")).await.ok()?.ok()
    })
    .await;
    let volumes = answer["Volumes"].as_array().cloned().unwrap_or_default();
    let entry: Value = volumes.into_iter().find(|v| v["Name"] == *volume)?;
    entry["UsageData"]["Size"].as_i64()
}

async fn measured(rig: &Rig) -> DiskUsage {
    disk_usage(rig.engine().await.as_ref(), || {}).await.expect("the engine measures")
}

pub(crate) async fn a_filled_volume_has_the_size_the_engine_says(rig: Rig) {
    let filled = rig.volume("filled", &[]).await;
    let empty = rig.volume("empty", &[]).await;
    rig.fill(&filled, "file", 123_456).await;
    assert_eq!(engine_says(&rig, &filled).await, Some(123_456), "the engine counts the bytes written");
    assert_eq!(engine_says(&rig, &empty).await, Some(0), "the engine knows the empty volume");
    let (usage, inventory) = (measured(&rig).await, rig.inventory().await);
    let size = |name: &str| usage.of(&inventory.volumes[inventory.position(name).expect("it is listed")]);
    assert_eq!(size(&filled), Ok(123_456), "volx says what the engine says");
    assert_eq!(size(&empty), Ok(0), "an empty volume is zero, not unknown");
    rig.fill(&filled, "more", 10_000).await;
    let entry = rig.listed(&["--measure"]).await.remove(&filled).expect("it is listed");
    assert_eq!(entry["usage"]["apparent_bytes"], 133_456, "measured again, it has grown");
}

pub(crate) async fn volumes_with_options_have_no_size_and_say_why(rig: Rig) {
    // What is bound is another volume's folder: that one is there wherever the engine is.
    let behind = rig.volume("behind", &[]).await;
    rig.fill(&behind, "file", 7).await;
    let folder = rig.inspected(&behind).await["Mountpoint"].as_str().expect("a path").to_owned();
    let device = format!("device={folder}");
    let volumes = [
        rig.volume("bind", &["--opt", "type=none", "--opt", "o=bind", "--opt", &device]).await,
        rig.volume("nfs", &["--opt", "type=nfs", "--opt", "o=addr=192.0.2.1", "--opt", "device=:/x"]).await,
        rig.volume("tmpfs", &["--opt", "type=tmpfs", "--opt", "device=tmpfs"]).await,
    ];
    let (usage, inventory) = (measured(&rig).await, rig.inventory().await);
    let printed = rig.listed(&["--measure"]).await;
    for name in volumes {
        let at = inventory.position(&name).expect("it is listed");
        let size = usage.of(&inventory.volumes[at]);
        assert_eq!(
            size,
            Err(Unknown::HasOptions),
            "{name}: what the engine does not measure is unknown, with the reason"
        );
        let shown = &printed[&name]["usage"];
        if name.ends_with("bind") {
            assert_eq!(shown["method"], "helper", "{name}: a helper mounts what the engine does not look at");
            assert_eq!(shown["apparent_bytes"], 7, "{name}");
        } else {
            assert_eq!(*shown, Value::Null, "{name}: what cannot be mounted, or is memory that nobody has");
        }
    }
}

pub(crate) async fn several_at_once_all_get_an_answer(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 77).await;
    let engine = rig.engine().await;
    let ask = || disk_usage(engine.as_ref(), || {});
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    for (nth, usage) in [a, b, c, d].into_iter().enumerate() {
        let usage = usage.unwrap_or_else(|e| panic!("question {nth} is answered in the end: {e}"));
        assert_eq!(usage.sizes.get(&volume), Some(&Some(77)), "answer {nth} is the whole truth");
    }
}

pub(crate) async fn a_volume_made_again_is_measured_again(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 1000).await;
    let mut watcher = Watcher::measuring(rig.target());
    let size = |o: &Observation, wanted: u64| match o {
        Observation::Measured(sizes) => sizes
            .iter()
            .any(|s| s.name == volume && s.outcome.as_ref().is_ok_and(|m| m.usage.apparent == Some(wanted)))
            .then_some(()),
        _ => None,
    };
    watcher.see("the size, without being asked", |o| size(o, 1000)).await;
    // Made again at once, it is never missing in any listing: only the event tells.
    watcher.mark();
    rig.docker(&["volume", "rm", &volume]).await;
    rig.volume("v", &[]).await;
    watcher.see("the size of the new volume, without being asked", |o| size(o, 0)).await;
}

/// Gives the engine something to walk, when its files are ours to make.
pub(crate) fn make_work(mountpoint: &Path) -> bool {
    const FILES: usize = 15_000;
    mountpoint.is_dir() && (0..FILES).all(|n| std::fs::write(mountpoint.join(format!("f{n}")), "").is_ok())
}

pub(crate) async fn whoever_must_wait_is_told(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mountpoint = rig.inspected(&volume).await["Mountpoint"].as_str().unwrap_or_default().to_owned();
    let has_work = tokio::task::spawn_blocking(move || make_work(Path::new(&mountpoint))).await;
    assert!(has_work.expect("no panic"), "root can make files in a volume of this machine");
    let engine = rig.engine().await;
    let waits = AtomicUsize::new(0);
    let ask = || {
        disk_usage(engine.as_ref(), || {
            waits.fetch_add(1, Ordering::Relaxed);
        })
    };
    until("one of several askers has to wait", || async {
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        for usage in [a, b, c] {
            let usage = usage.expect("a busy engine is waited for, not failed");
            assert_eq!(usage.sizes.get(&volume), Some(&Some(0)), "empty files weigh nothing");
        }
        (waits.load(Ordering::Relaxed) > 0).then_some(())
    })
    .await;
    println!("sizes: three askers waited {} times", waits.load(Ordering::Relaxed));
}

//! What a dead volx left on the engine, and what only looks like it.

use crate::rig::{Rig, until};
use crate::watcher::Watcher;

fn link(path: &str) -> String {
    std::fs::read_link(path).expect("a link").display().to_string()
}

/// Whose a container is, in the words of its label.
fn owner(boot: &str, process: u32, started: &str) -> String {
    format!("{boot} {} {process} {started}", link("/proc/self/ns/pid"))
}

/// A helper as one is made before it is started.
async fn helper(rig: &Rig, what: &str, owner: &str) -> String {
    let label = format!("volx.helper.owner={owner}");
    let options = ["--label", "volx.helper=0.0.1", "--label", &label];
    rig.container("create", what, &options, &["agent", "serve"]).await
}

pub(crate) async fn what_a_dead_volx_left_is_swept(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("a boot");
    let mut child = std::process::Command::new("true").spawn().expect("a process");
    child.wait().expect("that ended");
    let dead = owner(boot.trim(), child.id(), "1");
    let own = std::fs::read_to_string("/proc/self/stat").expect("our own state");
    let started = own.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(19)).expect("a time");
    let living = helper(&rig, "living", &owner(boot.trim(), std::process::id(), started)).await;
    let elsewhere = helper(&rig, "elsewhere", &owner("00000000-another-machine", 1, "1")).await;
    let rig = &rig;
    let is_there = async |id: &str| {
        let listed = rig.docker(&["ps", "--all", "--quiet", "--no-trunc"]).await;
        listed.lines().any(|line| line == id)
    };
    // Every volx of the other tests sweeps too: it is made again until doctor was the first.
    let mut round = 0;
    until("doctor counts what is left behind", || {
        round += 1;
        let (what, dead) = (format!("counted-{round}"), dead.clone());
        async move {
            helper(rig, &what, &dead).await;
            (rig.run(&["doctor", "--json"]).await.json()["leftovers"].as_u64()? > 0).then_some(())
        }
    })
    .await;
    let left = helper(rig, "du", &dead).await;
    assert_eq!(rig.run(&["du", &volume]).await.code, 0);
    assert!(!is_there(&left).await, "who measures sweeps first");
    let left = helper(rig, "watch", &dead).await;
    let _watcher = Watcher::begun(rig.target(), None).await;
    until("who watches sweeps too", || async { (!is_there(&left).await).then_some(()) }).await;
    assert!(is_there(&living).await, "what a living volx needs stays");
    assert!(is_there(&elsewhere).await, "and what nobody here can judge");
}

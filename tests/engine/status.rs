//! Whether a volume is used, by whom, and how.

use serde_json::{Value, json};
use volx::domain::container::State;
use volx::domain::status::Status;

use crate::rig::{Rig, until};

/// Status and reason of a volume, as the library sees them now.
async fn status(rig: &Rig, volume: &str) -> (Status, String) {
    let inventory = rig.inventory().await;
    let at = inventory.position(volume).expect("the volume is listed");
    (inventory.status(at), inventory.reason(at))
}

pub(crate) async fn each_state_of_a_container_gives_its_status_and_reason(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let web = rig.name("web");
    let none = (Status::Dangling, "no container has it".to_owned());
    assert_eq!(status(&rig, &volume).await, none, "a new volume is dangling");

    rig.container("create", "web", &["--volume", &format!("{volume}:/data")], &["agent", "hold"]).await;
    let created = (Status::Attached, format!("{web} has it and does not run (created)"));
    assert_eq!(status(&rig, &volume).await, created, "a container that never ran keeps it");
    rig.docker(&["start", &web]).await;
    let running = (Status::InUse, format!("{web} is running"));
    assert_eq!(status(&rig, &volume).await, running, "a running container uses it");
    rig.docker(&["pause", &web]).await;
    let paused = (Status::InUse, format!("{web} is paused"));
    assert_eq!(status(&rig, &volume).await, paused, "a paused container holds its files");
    let entry = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    assert_eq!(entry["status"], json!("in_use"), "scripts see it too");
    assert_eq!(entry["attached"][0]["state"], json!("paused"), "with the state of the container");
    rig.docker(&["unpause", &web]).await;
    rig.docker(&["stop", &web]).await;
    let exited = (Status::Attached, format!("{web} has it and does not run (exited)"));
    assert_eq!(status(&rig, &volume).await, exited, "an ended container keeps it");
    let entry = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    assert_eq!(entry["status"], json!("attached"), "scripts see it too");

    rig.holder("other", &[&format!("{volume}:/data")]).await;
    let other = (Status::InUse, format!("{} is running, 1 more have it", rig.name("other")));
    assert_eq!(status(&rig, &volume).await, other, "the most alive container decides");
    rig.docker(&["rm", "--force", &web, &rig.name("other")]).await;
    assert_eq!(status(&rig, &volume).await, none, "when they are gone it is dangling again");
    let entry = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    assert_eq!((&entry["status"], &entry["attached"]), (&json!("dangling"), &json!([])), "for scripts too");
}

pub(crate) async fn our_own_helpers_do_not_count(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mount = format!("{volume}:/data");
    let options = ["--detach", "--label", "volx.helper=scan", "--volume", &mount];
    let id = rig.container("run", "helper", &options, &["agent", "hold"]).await;
    let inventory = rig.inventory().await;
    let at = inventory.position(&volume).expect("it is listed");
    assert_eq!(inventory.status(at), Status::Dangling, "a helper of volx is no user");
    assert_eq!(inventory.attachment_count(at), 0, "and not attached");
    assert!(inventory.container(&id).is_none(), "it is no container among the others");
    assert!(inventory.helpers.contains(&id), "but it is known");
    let found = rig.listed(&["--filter", "dangling=true"]).await;
    assert!(found.contains_key(&volume), "the filter sees through helpers");
    let theirs = rig.docker(&["volume", "ls", "--quiet", "--filter", "dangling=true"]).await;
    assert!(!theirs.lines().any(|line| line == volume), "the engine itself counts it, or nothing was proven");
}

pub(crate) async fn mounts_are_seen_with_their_place_and_mode(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let folder = rig.home();
    let (read, write) = (format!("{volume}:/read:ro"), format!("{volume}:/write"));
    let bind = format!("{}:/host:ro", folder.display());
    let options = ["--volume", &read, "--volume", &write, "--volume", &bind, "--tmpfs", "/tmp"];
    rig.container("create", "c", &options, &["agent", "hold"]).await;
    let entry = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    let attached = entry["attached"].as_array().expect("an array");
    let place = |entry: &Value| {
        (entry["destination"].as_str().unwrap_or_default().to_owned(), entry["read_only"] == json!(true))
    };
    let mut places: Vec<(String, bool)> = attached.iter().map(place).collect();
    places.sort();
    let expected = [("/read".to_owned(), true), ("/write".to_owned(), false)];
    assert_eq!(places, expected, "both mounts of the volume are there, other mounts are not");
    let inventory = rig.inventory().await;
    let at = inventory.position(&volume).expect("it is listed");
    assert_eq!(inventory.holders(at).count(), 1, "one container holds it, however often");
}

pub(crate) async fn a_container_that_restarts_holds_its_volume(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mount = format!("{volume}:/data");
    let options = ["--detach", "--restart", "always", "--volume", &mount];
    // Nothing can be written there: it fails at once, and again and again.
    rig.container("run", "c", &options, &["agent", "fill", "/nowhere/file", "1"]).await;
    let engine = rig.engine().await;
    let (engine, volume, name) = (&engine, &volume, rig.name("c"));
    let seen = until("the container is seen restarting", || async move {
        let inventory = engine.list().await.expect("the engine lists");
        let at = inventory.position(volume).expect("it is listed");
        let state = inventory.holders(at).next()?.state.clone();
        (state == State::Restarting).then(|| (inventory.status(at), inventory.reason(at)))
    })
    .await;
    assert_eq!(seen, (Status::InUse, format!("{name} is restarting")), "it will be back in a moment");
}

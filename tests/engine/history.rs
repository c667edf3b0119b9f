//! Who had a volume last and since when nobody has; what was measured.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use volx::domain::live::Observation;
use volx::domain::provenance::Provenance;

use crate::rig::Rig;
use crate::watcher::{Watcher, status_in};

/// The history keeps milliseconds.
fn at_least(time: Timestamp, earliest: Timestamp) -> bool {
    time.as_millisecond() >= earliest.as_millisecond()
}

fn provenance(observation: &Observation) -> Option<&Arc<BTreeMap<String, Provenance>>> {
    match observation {
        Observation::Provenance(known) => Some(known),
        _ => None,
    }
}

pub(crate) async fn a_release_that_was_watched_is_exact(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.holder("web", &[&format!("{volume}:/data")]).await;
    let web = rig.name("web");
    let mut watcher = Watcher::start(rig.target(), Some(&rig.history()));
    let of = |o: &Observation| provenance(o)?.get(&volume).cloned();
    let held = watcher.see("what is known while it is held", of).await;
    assert_eq!(held.last_user.as_deref(), Some(web.as_str()), "the holder is known");
    assert_eq!(held.free_since, None, "a held volume is not free");
    assert_eq!(held.last_image.as_deref(), Some(rig.ground.image.as_str()), "with its image");

    watcher.mark();
    let before = Timestamp::now();
    rig.docker(&["rm", "--force", &web]).await;
    let after = Timestamp::now();
    let free = |o: &Observation| of(o).filter(|p| p.free_since.is_some());
    let known = watcher.see("that it is free", free).await;
    assert_eq!(known.last_user.as_deref(), Some(web.as_str()), "the last user is remembered");
    assert!(known.is_exact, "it was watched: {known:?}");
    let since = known.free_since.expect("free");
    let latest = after.checked_add(SignedDuration::from_secs(2)).expect("a time");
    assert!(at_least(since, before) && since <= latest, "free since the removal: {before} {since} {after}");
}

pub(crate) async fn a_release_that_nobody_saw_is_not_exact(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.holder("web", &[&format!("{volume}:/data")]).await;
    rig.listed(&[]).await;
    rig.docker(&["rm", "--force", &rig.name("web")]).await;
    let unseen = Timestamp::now();
    let mut watcher = Watcher::start(rig.target(), Some(&rig.history()));
    let of = |o: &Observation| provenance(o)?.get(&volume).cloned();
    let known = watcher.see("what an earlier run remembered", of).await;
    assert_eq!(known.last_user, Some(rig.name("web")), "a plain list remembered the user");
    assert!(!known.is_exact, "nobody saw the end: {known:?}");
    assert!(known.free_since.is_some_and(|s| at_least(s, unseen)), "free since it was seen: {known:?}");
    let first = known.first_seen.expect("it was seen");
    assert!(first < unseen, "it was first seen by the earlier run");
}

pub(crate) async fn helpers_leave_no_trace(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mut watcher = Watcher::begun(rig.target(), Some(&rig.history())).await;
    watcher.mark();
    let (mount, helper) = (format!("{volume}:/data"), rig.name("helper"));
    let options = ["--detach", "--label", "volx.helper=scan", "--volume", &mount];
    let id = rig.container("run", "helper", &options, &["agent", "hold"]).await;
    // Something else happens, so that a listing is made while the helper is there.
    let during = rig.volume("during", &[]).await;
    watcher.see("a listing while the helper is there", |o| status_in(o, &during)).await;
    rig.docker(&["rm", "--force", &helper]).await;
    let after = rig.volume("after", &[]).await;
    let known = |o: &Observation| provenance(o).filter(|p| p.contains_key(&after)).cloned();
    let known = watcher.see("what is known afterwards", known).await;
    assert_eq!(known[&volume].last_user, None, "a helper is nobody's user");
    assert_eq!(known[&volume].free_since, known[&volume].first_seen, "and the volume was free all the time");
    let traces: Vec<String> = watcher
        .all()
        .filter_map(|o| match o {
            Observation::Happened(e) => Some(e),
            _ => None,
        })
        .filter(|e| e.name == helper || e.id == id || e.actor.as_deref() == Some(&id))
        .map(|e| format!("{} {}", e.subject.name(), e.action))
        .collect();
    assert!(traces.is_empty(), "nothing that a helper does is told: {traces:?}");
}

pub(crate) async fn sizes_are_remembered_between_runs(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "a", 1000).await;
    rig.listed(&["--measure"]).await;
    let mut watcher = Watcher::start(rig.target(), Some(&rig.history()));
    let remembered = |o: &Observation| match o {
        Observation::Remembered(known) => known.get(&volume).cloned(),
        _ => None,
    };
    let usage = watcher.see("the size of the earlier run", remembered).await;
    assert_eq!(usage.apparent, Some(1000), "the screen begins with the last known size");

    // The same name, another volume: what was known of the first says nothing about it.
    // Made again at once, it is never missing in any listing: only the event tells.
    watcher.mark();
    let removed = Timestamp::now();
    rig.docker(&["volume", "rm", &volume]).await;
    rig.volume("v", &[]).await;
    let again = |o: &Observation| {
        let first = provenance(o)?.get(&volume)?.first_seen?;
        (first >= removed).then_some(())
    };
    watcher.see("the volume made anew", again).await;
    let entry = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    assert_eq!(entry["usage"], Value::Null, "a new volume has no size of the old one");
}

/// What `volx prune --dry-run` knows of a volume.
async fn unused_since(rig: &Rig, volume: &str) -> Timestamp {
    let ran = rig.run(&["prune", "--dry-run", "--json", "--all", "--no-measure", "--name", volume]).await;
    let plan: Value = serde_json::from_str(&ran.out).expect("JSON");
    let since = plan["candidates"][0]["unused_since"].as_str();
    since.unwrap_or_else(|| panic!("known: {ran:?}")).parse().expect("a time")
}

pub(crate) async fn unused_is_known_only_for_the_time_that_somebody_watched(rig: Rig) {
    let (volume, still) = (rig.volume("v", &[]).await, rig.volume("still", &[]).await);
    rig.listed(&[]).await;
    let unwatched = Timestamp::now();
    rig.fill(&volume, "a", 5).await;
    let since = unused_since(&rig, &volume).await;
    assert!(at_least(since, unwatched), "a container had it while nobody watched: {since} {unwatched}");

    // What a watcher sees of containers that come and go counts, and only for their volume.
    let mut watcher = Watcher::begun(rig.target(), Some(&rig.history())).await;
    let of = |o: &Observation, v: &String| provenance(o)?.get(v).cloned();
    watcher.see("what is known", |o| of(o, &volume)).await;
    let begun = Timestamp::now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let used = Timestamp::now();
    watcher.mark();
    rig.fill(&volume, "b", 5).await;
    watcher
        .see("that it was used", |o| {
            of(o, &volume)?.free_since.filter(|since| at_least(*since, used)).map(drop)
        })
        .await;
    let since = unused_since(&rig, &still).await;
    assert!(since <= begun, "listing beside one who watches forgets nothing: {since} {begun}");
    assert!(at_least(unused_since(&rig, &volume).await, used));
    watcher.end(std::time::Duration::from_secs(10)).await;
    let over = Timestamp::now();
    assert!(at_least(unused_since(&rig, &still).await, over), "nobody watches any more");
}

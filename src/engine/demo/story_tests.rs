//! The story and the event stream.

use std::collections::BTreeSet;
use std::sync::Weak;

use futures_util::FutureExt;

use super::tests::{list, still, usage};
use super::*;
use crate::domain::container::State;
use crate::domain::event::Subject;

fn listen(demo: &Demo, since: Option<Timestamp>) -> Events {
    demo.events(since).now_or_never().expect("at once").expect("a stream")
}

fn heard(events: &mut Events) -> Vec<EngineEvent> {
    let mut all = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        all.push(event.expect("an event"));
    }
    all
}

#[test]
fn everybody_in_the_story_exists() {
    let data = DataSet::embedded().expect("a valid data set");
    let (world, story) = (list(&still()), data.story);
    let state = |name: &String| world.containers.iter().find(|c| c.name == *name).map(|c| &c.state);
    let running = story.restarts.iter().chain(&story.pauses).chain(&story.crashes);
    assert!(running.clone().all(|name| state(name) == Some(&State::Running)));
    assert!(story.reruns.iter().all(|name| state(name) == Some(&State::Exited)));
    assert!(story.flaps.iter().all(|name| state(name) == Some(&State::Restarting)));
    let once: BTreeSet<_> = running.clone().collect();
    assert_eq!(once.len(), running.count(), "two plots must not share a container");
    let known = |name: &str| world.position(name).is_some();
    let of_jobs = story.jobs.iter().flat_map(|job| &job.mounts);
    let of_backups = story.backups.iter().flat_map(|backup| &backup.mounts);
    assert!(of_jobs.chain(of_backups).filter_map(|m| m.volume()).all(known));
    assert!(story.backups.iter().all(|b| known(&b.target) && b.mounts.iter().any(|m| m.read_only)));
    for trial in &story.trials {
        let mut volumes = trial.mounts.iter().filter_map(|m| m.volume());
        assert!(volumes.all(|v| v == trial.volume || known(v)), "{}", trial.volume);
    }
}

#[test]
fn two_still_demos_are_the_same_for_ever() {
    let (one, other) = (still(), still());
    assert_eq!(list(&one), list(&other));
    let (mut hears_one, mut hears_other) = (listen(&one, None), listen(&other, None));
    for _ in 0..50 {
        one.step();
        other.step();
        let _ = usage(&one);
    }
    assert_eq!(list(&one), list(&other));
    assert_eq!(usage(&one), usage(&other));
    assert_eq!(heard(&mut hears_one), heard(&mut hears_other));
    assert_ne!(list(&one), list(&still()), "something happened");
}

#[test]
fn what_events_say_is_what_is_listed_and_the_world_stays_bounded() {
    let demo = still();
    let mut events = listen(&demo, None);
    let (first, at_first) = (list(&demo), usage(&demo));
    let mut actions = BTreeSet::new();
    let mut last = Timestamp::UNIX_EPOCH;
    for step in 0..2000 {
        demo.step();
        let now = list(&demo);
        let said = heard(&mut events);
        assert!(said.iter().any(EngineEvent::changes_inventory), "step {step}: nothing happened");
        for event in &said {
            assert!(event.at > last, "events are in order, each at its own moment");
            last = event.at;
            actions.insert((event.subject.name(), event.action.clone()));
            let container = now.container(&event.id);
            match (event.subject, event.action.as_str()) {
                (Subject::Volume, "create") => assert!(now.position(&event.name).is_some()),
                (Subject::Volume, "destroy") => assert!(now.position(&event.name).is_none()),
                (Subject::Container, "destroy") => assert!(container.is_none()),
                (Subject::Container, "pause") => assert_eq!(container.expect("it").state, State::Paused),
                (Subject::Container, "create" | "unpause" | "restart") => {
                    assert_eq!(container.expect("it").state, State::Running);
                }
                (Subject::Container, "stop") if !said.iter().any(|e| e.action == "start") => {
                    assert_eq!(container.expect("it").state, State::Exited);
                }
                _ => {}
            }
        }
        assert!(now.volumes.len() <= first.volumes.len() + 10, "{} volumes", now.volumes.len());
        assert!(now.containers.len() <= first.containers.len() + 3);
        assert!(now.missing.is_empty(), "no container has a volume that is gone");
        for volume in &first.volumes {
            assert!(now.position(&volume.name).is_some(), "the data set itself stays");
        }
    }
    for action in ["create", "start", "die", "stop", "destroy", "restart", "pause", "unpause", "kill", "oom"]
    {
        assert!(actions.contains(&("container", action.to_owned())), "no container {action} in 2000 steps");
    }
    for action in ["create", "mount", "unmount", "destroy"] {
        assert!(actions.contains(&("volume", action.to_owned())), "no volume {action} in 2000 steps");
    }
    let grown = usage(&demo);
    assert!(grown.sizes["shop_postgres-data"] > at_first.sizes["shop_postgres-data"]);
    assert!(grown.sizes["backups"] < Some(100_000_000_000), "old archives are thrown away");
}

#[test]
fn who_asks_since_hears_it_again() {
    let demo = still();
    let mut first = listen(&demo, None);
    (0..5).for_each(|_| demo.step());
    let said = heard(&mut first);
    let third = said.get(2).expect("three events at least");
    assert_eq!(heard(&mut listen(&demo, Some(third.at))), said[2..], "inclusive");
    assert_eq!(heard(&mut listen(&demo, None)), [], "from now on");
}

#[test]
fn a_listener_that_lags_skips() {
    let demo = still();
    let mut slow = listen(&demo, None);
    (0..1000).for_each(|_| demo.step());
    let said = heard(&mut slow);
    assert!(said.len() >= 1000 && said.len() <= 1024, "{}", said.len());
    drop(demo);
    let end = slow.next().now_or_never().expect("at once");
    assert!(matches!(end, Some(Err(Error::CutShort { .. }))), "the last item says why it ended");
    assert!(slow.next().now_or_never().expect("at once").is_none());
}

#[tokio::test(start_paused = true)]
async fn the_living_one_lives_and_dies() {
    let demo = Demo::start();
    let mut events = demo.events(None).await.expect("a stream");
    let begun = tokio::time::Instant::now();
    let first = events.next().await.expect("an event").expect("no error");
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(2) && waited <= Duration::from_secs(7), "{waited:?}");
    assert!(first.at >= Timestamp::now() - jiff::SignedDuration::from_secs(60));
    let begun = tokio::time::Instant::now();
    demo.disk_usage().await.expect("measured");
    assert!(begun.elapsed() >= WALK);
    let play: Weak<Mutex<Play>> = Arc::downgrade(&demo.play);
    drop(demo);
    while let Some(event) = events.next().await {
        if event.is_err() {
            break;
        }
    }
    assert_eq!(play.strong_count(), 0, "its task ended with it");
}

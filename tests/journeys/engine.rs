//! The engine comes, goes, and comes back.

use jiff::SignedDuration;
use volx::app::message::{Effect, Message};
use volx::domain::live::{Measuring, Observation};
use volx::domain::trouble::Trouble;
use volx::domain::usage::{Measured, Sized, Usage};

use super::stage::{Stage, now};
use super::{listed, selected};

fn lost() -> Observation {
    Observation::Unreachable {
        trouble: Trouble::new("the engine cannot be reached", "there is no socket at /var/run/docker.sock")
            .with_remedy("start the engine (sudo systemctl start docker)"),
        tried: vec![
            "unix:///var/run/docker.sock (the default socket): there is no socket".to_owned(),
            "unix:///run/podman/podman.sock (well-known socket of Podman): permission denied".to_owned(),
        ],
        retry_at: now() + SignedDuration::from_secs(4),
    }
}

#[test]
fn without_an_engine_the_screen_says_what_was_tried_why_and_what_to_do() {
    let mut stage = Stage::dark(80, 24);
    assert!(stage.text().contains("Reaching the engine"), "the first frame waits for nobody");
    stage.observe(lost());
    let text = stage.text();
    for part in [
        "cannot be reached",
        "there is no socket",
        "systemctl start docker",
        "podman.sock",
        "in 4s",
        "retry now",
        "demo",
    ] {
        assert!(text.contains(part), "'{part}' is on the screen:\n{text}");
    }
    assert!(!text.contains("no volumes"), "an error is not an empty list");
    stage.press("r");
    assert_eq!(stage.effects.last(), Some(&Effect::Retry));
    stage.press("D");
    assert_eq!(stage.effects.last(), Some(&Effect::Demo));
    stage.press("q");
    assert_eq!(stage.effects.last(), Some(&Effect::Quit));
}

#[test]
fn a_lost_engine_leaves_its_last_state_with_its_age() {
    let mut stage = Stage::demo(120, 40);
    let all = listed(&stage);
    stage.press("j j");
    let name = selected(&stage);
    stage.tell(Message::Clock(now() + SignedDuration::from_secs(90)));
    stage.observe(lost());
    let text = stage.text();
    assert!(text.contains("lost, state of 1m ago"), "marked stale with its age:\n{text}");
    assert_eq!(listed(&stage), all, "the last state stays");
    assert!(text.contains("1 warning"), "and the reason can be read");
    stage.press("!");
    assert!(stage.text().contains("systemctl start docker"), "{}", stage.text());
    stage.press("esc");
    stage.observe(Observation::Connecting { attempt: 2 });
    stage.connect();
    stage.list();
    let text = stage.text();
    assert!(!text.contains("lost"), "all is right again by itself:\n{text}");
    assert_eq!(selected(&stage), name);
}

#[test]
fn a_failed_listing_is_no_empty_list() {
    let mut stage = Stage::dark(80, 24);
    stage.connect();
    stage.observe(Observation::ListFailed(Trouble::new(
        "the volumes cannot be listed",
        "the engine answered 500",
    )));
    let text = stage.text();
    assert!(text.contains("the engine answered 500"), "{text}");
    assert!(!text.contains("has no volumes"), "{text}");
}

#[test]
fn an_engine_without_volumes_says_so() {
    let stage = Stage::with(volx::domain::inventory::Inventory::default(), 80, 24);
    assert!(stage.text().contains("This engine has no volumes."), "{}", stage.text());
}

#[test]
fn what_happens_is_listed_newest_first_with_time_subject_and_actor() {
    let mut stage = Stage::demo(120, 40);
    for _ in 0..6 {
        stage.beat();
    }
    stage.press("5");
    let text = stage.text();
    let newest = &stage.model.activity.events[0];
    assert!(text.contains(&newest.action), "{text}");
    assert!(
        stage
            .model
            .activity
            .events
            .iter()
            .zip(stage.model.activity.events.iter().skip(1))
            .all(|(a, b)| a.at >= b.at)
    );
    for heading in ["TIME", "AGE", "WHAT", "NAME", "ACTION", "BY"] {
        assert!(text.contains(heading), "{heading}:\n{text}");
    }
    stage.press("1");
    assert!(stage.text().contains("SIZE"), "and back");
}

#[test]
fn time_alone_changes_nothing_that_is_not_an_age() {
    // By the engine, which does not say when files were written: that is an age, too.
    let mut stage = Stage::dark(120, 40);
    stage.connect();
    stage.list();
    let usage = Usage::from_engine(5, now());
    let sized = Sized { name: selected(&stage), outcome: Ok(Measured::sums(usage)) };
    stage.observe(Observation::Measured(vec![sized]));
    stage.tell(Message::Clock(now()));
    stage.model.take_dirty();
    for second in 1..30 {
        stage.tell(Message::Clock(now() + SignedDuration::from_secs(second)));
        assert!(!stage.model.take_dirty(), "no frame for a second that no age shows");
    }
    stage.tell(Message::Clock(now() + SignedDuration::from_secs(61)));
    assert!(stage.model.take_dirty(), "'just now' became '1m ago'");
}

#[test]
fn a_failed_measurement_keeps_what_was_known() {
    let mut stage = Stage::demo(120, 40);
    let before = stage.model.sizes.all;
    stage.observe(Observation::Measuring(Measuring { is_waiting: true, ..Measuring::default() }));
    assert!(stage.text().contains("waiting for another df"), "{}", stage.text());
    stage.observe(Observation::MeasureEnded(Err(Trouble::new("sizes cannot be measured", "it broke"))));
    assert_eq!(stage.model.sizes.all, before, "known sizes stay");
    assert!(stage.text().contains("it broke"), "and it is said:\n{}", stage.text());
}

#[test]
fn a_volume_made_again_under_its_name_has_no_size_until_it_is_measured() {
    let mut stage = Stage::demo(120, 40);
    let name = selected(&stage);
    let at = stage.model.home.selected().expect("selected");
    assert!(stage.model.sizes.bytes(at).is_some());
    stage.observe(Observation::Happened(Box::new(volx::domain::event::EngineEvent {
        at: now(),
        subject: volx::domain::event::Subject::Volume,
        id: name.clone(),
        name: name.clone(),
        action: "destroy".to_owned(),
        actor: None,
        project: None,
        exit_code: None,
        is_ours: false,
    })));
    let mut inventory = (*stage.model.listed()).clone();
    inventory.volumes[at].created_at = Some(now());
    stage.observe(Observation::Listed { inventory: std::sync::Arc::new(inventory), at: now() });
    let at = stage.model.listed().position(&name).expect("listed again");
    assert_eq!(stage.model.sizes.bytes(at), None, "the old one's size is not the new one's");
}

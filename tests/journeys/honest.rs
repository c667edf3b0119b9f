//! What the screen says of sizes, contents and changes is what is known, not more.

use jiff::SignedDuration;
use volx::app::message::{Effect, Message};
use volx::app::model::Screen;
use volx::app::overlay::Purpose;
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::engine::EngineInfo;
use volx::domain::event::{EngineEvent, Subject};
use volx::domain::inventory::Inventory;
use volx::domain::live::Observation;
use volx::domain::protection::Protection;

use volx::domain::removal::{Done, Outcome};
use volx::domain::trouble::Trouble;
use volx::domain::volume::Volume;

use super::prune::{asked, changes, going, line, notice};
use super::stage::{Stage, now};

fn rules(stage: &mut Stage, text: &str) {
    stage.press("/ ctrl-u");
    stage.type_text(text);
    stage.press("enter");
}

fn mounted(name: &str) -> Observation {
    Observation::Happened(Box::new(EngineEvent {
        at: now(),
        subject: Subject::Volume,
        id: name.to_owned(),
        name: name.to_owned(),
        action: "mount".to_owned(),
        actor: Some("one-that-came-and-went".to_owned()),
        project: None,
        exit_code: None,
        is_ours: false,
    }))
}

#[test]
fn a_container_that_came_and_went_makes_a_measurement_old() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all empty name:scratch");
    assert_eq!(going(&stage), ["scratch"], "it was measured and is empty");
    stage.observe(mounted("scratch"));
    assert!(going(&stage).is_empty(), "it may hold something by now");
    assert!(line(&stage, "scratch ").contains("not known whether it is empty"));
    rules(&mut stage, "all name:scratch");
    assert!(line(&stage, "[x] scratch").contains('~'), "its size is from before");
    line(&stage, "(1 measured earlier)");
    assert!(!stage.text().contains("it is empty"), "{}", stage.text());
    // Whoever looks again has it measured.
    let before = stage.effects.iter().filter(|effect| **effect == Effect::Measure).count();
    stage.press("esc p");
    assert_eq!(stage.effects.iter().filter(|effect| **effect == Effect::Measure).count(), before + 1);
}

#[test]
fn what_was_measured_a_while_ago_says_so() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all name:old-*");
    let fresh = line(&stage, "2 of 44 volumes go");
    assert!(fresh.contains("frees 2.6 GB") && !fresh.contains("measured"), "{fresh}");
    stage.tell(Message::Clock(now() + SignedDuration::from_mins(65)));
    line(&stage, "2 of 44 volumes go, frees 2.6 GB (measured 1h ago)");
    stage.press("enter");
    line(&stage, "frees 2.6 GB (measured 1h ago).");
}

fn plugin(name: &str) -> Volume {
    Volume { name: name.to_owned(), driver: "rclone".to_owned(), ..Volume::default() }
}

#[test]
fn what_a_driver_removes_is_said_in_one_wording_and_force_is_for_its_volumes_alone() {
    let plain = Volume { name: "plain".to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let dashed = plugin("-rf");
    let inventory = Inventory::join(vec![dashed, plugin("far"), plain], Vec::new(), Vec::new());
    let mut stage = Stage::with(inventory, 120, 40);
    stage.press("a d");
    assert_eq!(going(&stage), ["-rf", "far", "plain"]);
    stage.press("f");
    assert!(!stage.model.removal.is_forced, "a plain volume needs no force");
    stage.press("G space f");
    assert_eq!(going(&stage), ["-rf", "far"]);
    assert!(stage.model.removal.is_forced);
    stage.press("enter");
    line(&stage, "With 2 goes whatever their driver removes.");
    line(&stage, "frees an unknown amount");
    assert!(!stage.text().contains("for good"), "nobody knows that: {}", stage.text());
    stage.press("esc y j enter");
    assert_eq!(stage.effects.last(), Some(&Effect::Copy("volx rm --force -- -rf far".to_owned())));
    stage.press("G space");
    assert!(!stage.model.removal.is_forced, "what was forced for some is not forced for others");
}

#[test]
fn a_log_that_cannot_be_written_is_told_whatever_was_changed() {
    let mut stage = Stage::demo(120, 40);
    let trouble = Trouble::new("the audit log cannot be written", "disk full");
    stage.observe(Observation::Changed(ChangeNews::Unlogged(trouble)));
    assert!(notice(&stage).contains("disk full"), "{}", notice(&stage));
}

#[test]
fn what_another_engine_still_does_is_not_told_of_this_one() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.protect(Protection::default());
    stage.press("p enter");
    stage.type_text("9");
    stage.press("enter");
    assert!(matches!(changes(&stage)[..], [ChangeAsk::Remove(_)]));
    let info = stage.model.engine.as_deref().cloned().expect("an engine");
    let other = EngineInfo { id: "another".to_owned(), ..info };
    stage.observe(Observation::Connected(Box::new(other)));
    assert_eq!(stage.model.changes.protection, None, "nobody said yet what is protected there");
    let late = [
        ChangeNews::RemovalBegan(9),
        ChangeNews::Removed(vec![Done {
            name: "a".to_owned(),
            outcome: Outcome::Freed(Some(1)),
            is_fresh: true,
        }]),
        ChangeNews::RemovalEnded(Ok(())),
    ];
    for news in late {
        stage.observe(Observation::Changed(news));
    }
    assert_eq!(stage.model.changes.report, None);
    assert!(!notice(&stage).contains("removed"), "{}", notice(&stage));
}

#[test]
fn what_is_still_being_typed_when_the_plan_changes_is_no_command() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p enter");
    let name = going(&stage)[0].clone();
    let protection =
        Protection { decided: std::collections::BTreeMap::from([(name, true)]), ..Protection::default() };
    stage.protect(protection);
    stage.type_text("q1d");
    assert_eq!(asked(&stage), Some(Purpose::Overtaken), "the keys go nowhere else");
    assert_eq!(stage.model.screen, Screen::Prune);
    line(&stage, "What was asked about has changed meanwhile.");
    stage.press("enter");
    assert_eq!(asked(&stage), None);
    assert!(changes(&stage).is_empty() && !stage.effects.contains(&Effect::Quit));
}

#[test]
fn what_is_protected_and_used_says_both_and_offers_no_way_that_is_none() {
    let mut stage = Stage::demo(160, 40);
    stage.protect(Protection {
        decided: std::collections::BTreeMap::from([("nextcloud_data".to_owned(), true)]),
        ..Protection::default()
    });
    stage.press("/ ctrl-u");
    stage.type_text("name:nextcloud_data");
    stage.press("enter d");
    let row = line(&stage, "in use by nextcloud-app-1");
    assert!(row.contains("protected"), "{row}");
    assert!(!stage.text().contains("x removes"), "{}", stage.text());
}

#[test]
fn a_rule_that_is_added_is_a_word_of_its_own() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all name:old-*");
    stage.press("/");
    stage.type_text("empty");
    stage.press("enter");
    assert_eq!(stage.model.removal.rules.to_string(), "all empty name:old-*");
    stage.press("/");
    stage.type_text("unused:3");
    stage.press("enter");
    assert!(notice(&stage).contains("no span of time"), "Enter says why it stays: {}", notice(&stage));
    assert!(stage.model.removal.is_editing);
}

#[test]
fn unused_for_says_at_least_where_nobody_watched() {
    use volx::domain::provenance::Provenance;
    let mut stage = Stage::demo(160, 40);
    let free_since = Some(now() - SignedDuration::from_hours(50));
    let known = |is_exact| Provenance { free_since, is_exact, ..Provenance::default() };
    let all = [("scratch".to_owned(), known(false)), ("old-blog_mysql-data".to_owned(), known(true))];
    stage.observe(Observation::Provenance(std::sync::Arc::new(all.into())));
    stage.press("p");
    rules(&mut stage, "all");
    assert!(line(&stage, "[x] scratch").contains("unused for at least 2d"));
    assert!(line(&stage, "[x] old-blog_mysql-data").contains("unused for 2d"));
}

#[test]
fn the_hints_offer_what_can_be_done() {
    let stage = Stage::demo(80, 24);
    let last = stage.text().lines().last().map(str::to_owned).expect("a line of hints");
    assert!(last.contains("d remove") && last.contains("p prune"), "{last}");
    let mut stage = Stage::demo(120, 40);
    stage.press("/ ctrl-u");
    stage.type_text("name:nextcloud_data");
    stage.press("enter d");
    let text = stage.text();
    let last = text.lines().last().expect("a line of hints");
    assert!(!last.contains("Enter remove") && last.contains("x "), "{last}");
    stage.press("esc / ctrl-u");
    stage.type_text("name:scratch");
    stage.press("enter d");
    let text = stage.text();
    let last = text.lines().last().expect("a line of hints");
    assert!(last.contains("Enter remove") && !last.contains("x "), "{last}");
}

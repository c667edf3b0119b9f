//! Pruning: rules that the plan follows, what is asked, what is carried out, the report.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use volx::app::action::Action;
use volx::app::message::{Effect, Message};
use volx::app::model::Screen;
use volx::app::overlay::{Overlay, Purpose};
use volx::app::removal::Phase;
use volx::app::update::update;
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::inventory::Inventory;
use volx::domain::live::{Measuring, Observation};
use volx::domain::protection::Protection;
use volx::domain::provenance::Provenance;
use volx::domain::prune::{Asking, WORDS};
use volx::domain::removal::{Done, Outcome, Skip};
use volx::domain::text::is_hostile;
use volx::domain::trouble::Trouble;
use volx::domain::usage::{Method, Usage};
use volx::domain::volume::Volume;

use super::stage::{Stage, now};

/// The names of what goes.
pub(super) fn going(stage: &Stage) -> Vec<String> {
    let inventory = stage.model.listed();
    let candidates = &stage.model.removal.plan.candidates;
    candidates.iter().map(|candidate| inventory.volumes[candidate.at].name.clone()).collect()
}

pub(super) fn line(stage: &Stage, words: &str) -> String {
    let text = stage.text();
    let found = text.lines().find(|line| line.contains(words));
    found.unwrap_or_else(|| panic!("'{words}' is on the screen:\n{text}")).to_owned()
}

pub(super) fn notice(stage: &Stage) -> String {
    stage.model.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
}

/// What was sent to be changed.
pub(super) fn changes(stage: &Stage) -> Vec<ChangeAsk> {
    let changes = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Change(ask) => Some(ask.clone()),
        _ => None,
    });
    changes.collect()
}

/// What is being asked.
pub(super) fn asked(stage: &Stage) -> Option<Purpose> {
    match stage.model.overlays.last() {
        Some(Overlay::Prompt(prompt)) => Some(prompt.purpose.clone()),
        _ => None,
    }
}

fn rules(stage: &mut Stage, text: &str) {
    stage.press("/ ctrl-u");
    stage.type_text(text);
}

#[test]
fn p_shows_what_would_go_and_why_the_rest_stays() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    assert_eq!(stage.model.screen, Screen::Prune);
    assert!(!going(&stage).is_empty() && going(&stage).iter().all(|name| name.len() == 64), "anonymous ones");
    line(&stage, "9 of 44 volumes go, frees 9.3 GB");
    assert!(line(&stage, "old-blog_mysql-data").contains("named; 'all' takes it too"));
    assert!(line(&stage, "30 volumes stay: containers have them").contains('►'), "a count of the used ones");
    assert!(!stage.text().contains("nextcloud_data"), "is enough");
    stage.resize(120, 70);
    stage.press("G enter");
    assert!(line(&stage, "nextcloud_data").contains("in use by nextcloud-app-1"), "unless asked for");
    assert!(changes(&stage).is_empty(), "and nothing else happened");
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Volumes);
    stage.press("3 p esc");
    assert_eq!(stage.model.screen, Screen::Monitor, "back to where one came from");
}

#[test]
fn the_plan_follows_each_key_of_the_rules() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    let anonymous = going(&stage);
    rules(&mut stage, "all");
    assert!(going(&stage).contains(&"scratch".to_owned()) && going(&stage).len() > anonymous.len());
    stage.type_text(" empty");
    assert!(going(&stage).contains(&"scratch".to_owned()), "it holds nothing");
    assert!(!going(&stage).contains(&"old-blog_mysql-data".to_owned()));
    assert!(line(&stage, "old-blog_mysql-data").contains("holds something"));
    stage.press("enter");
    assert!(!stage.model.removal.is_editing);
    rules(&mut stage, "options");
    stage.press("esc");
    assert_eq!(stage.model.removal.typed.value(), "all empty", "Escape takes the typing back");
    assert!(going(&stage).contains(&"scratch".to_owned()));
}

#[test]
fn rules_that_cannot_be_read_say_so_and_cannot_be_agreed_to() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all unsed:30d");
    line(&stage, "'unsed:30d': did you mean unused:30d?");
    let greyed = line(&stage, "(the last rules that could be read)");
    assert!(greyed.contains("13 of 44 volumes go"), "the last good plan stays to be seen: {greyed}");
    stage.press("enter");
    assert!(stage.model.removal.is_editing, "leaving them would look as if they were in force");
    assert!(asked(&stage).is_none());
    stage.press("esc enter");
    assert!(asked(&stage).is_some(), "what was typed before is in force again");
    // Half a word is no mistake: what it can become is shown.
    stage.press("esc");
    rules(&mut stage, "all unu");
    line(&stage, "unused:30d: no container had it for so long");
}

#[test]
fn what_the_words_mean_is_a_key_away() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p w");
    for (word, means) in WORDS {
        assert!(line(&stage, means).contains(word));
    }
    stage.press("esc");
    assert!(stage.model.overlays.is_empty() && stage.model.screen == Screen::Prune);
}

#[test]
fn presets_say_what_they_mean_on_this_engine() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p s");
    assert!(line(&stage, "as 'docker volume prune' ").contains("this engine takes unused volumes"));
    stage.press("j enter");
    assert_eq!(stage.model.removal.typed.value(), "docker");
    line(&stage, "this engine takes unused volumes with its anonymous label");
    let unlabelled = line(&stage, "without the engine's label");
    assert!(!unlabelled.contains("[x]"));
    stage.press("s");
    let Some(Overlay::Menu(menu)) = stage.model.overlays.last() else { panic!("the menu") };
    assert_eq!(menu.cursor.at, 1, "the one in force is selected");
}

#[test]
fn space_takes_a_volume_out_and_in_where_it_is() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    let before = going(&stage);
    stage.press("j space");
    assert_eq!(going(&stage).len(), before.len() - 1);
    assert!(!going(&stage).contains(&before[1]));
    let row = line(&stage, &before[1][..20]);
    assert!(row.contains("[ ]") && row.contains("taken out by you"), "{row}");
    assert_eq!(stage.model.removal.cursor.at, 2, "and goes on");
    stage.press("k space");
    assert_eq!(going(&stage), before, "in again");
    stage.press("a");
    assert!(going(&stage).is_empty());
    line(&stage, "none of 44 volumes goes");
    stage.press("enter");
    assert!(asked(&stage).is_none() && notice(&stage).contains("nothing to remove"));
    stage.press("a");
    assert_eq!(going(&stage), before);
    stage.press("G space");
    assert!(notice(&stage).contains("stays"), "what stays cannot be taken in");
}

#[test]
fn nothing_happens_unless_what_is_asked_for_is_typed() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p enter");
    assert_eq!(asked(&stage), Some(Purpose::Remove(Asking::Count(9))));
    line(&stage, "This cannot be undone.");
    stage.press("enter");
    assert!(notice(&stage).contains("nothing was changed"), "the default is No");
    stage.press("enter");
    stage.type_text("8");
    stage.press("enter");
    assert!(notice(&stage).contains("nothing was changed"));
    stage.press("enter");
    stage.type_text("9");
    stage.press("esc");
    assert!(changes(&stage).is_empty(), "nothing was asked of the engine");
    assert_eq!(stage.model.removal.phase, Phase::Plan);
}

#[test]
fn what_was_agreed_to_is_removed_and_reported() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all name:old-blog*");
    stage.press("enter");
    let names = going(&stage);
    assert_eq!(names.len(), 2);
    stage.press("enter");
    line(&stage, "Type their number, then Enter: 2");
    stage.type_text("2");
    stage.press("enter");
    let [ChangeAsk::Remove(plan)] = &changes(&stage)[..] else {
        panic!("one removal: {:?}", changes(&stage))
    };
    let confirmed: Vec<&str> = plan.targets().iter().map(|target| target.volume.name.as_str()).collect();
    assert_eq!(confirmed, names, "what was shown, name by name");
    assert!(!plan.is_forced());
    line(&stage, "Removed 2 volumes");
    line(&stage, "2 removed, 2.6 GB freed");
    assert!(line(&stage, "old-blog_mysql-data").contains("removed"));
    let left = &stage.model.listed().volumes;
    assert!(left.len() == 42 && !left.iter().any(|volume| names.contains(&volume.name)), "they are gone");
    stage.press("enter");
    assert_eq!(changes(&stage).len(), 1, "Enter on a report does nothing");
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Volumes);
    stage.press("p");
    assert_eq!(stage.model.removal.phase, Phase::Plan, "and a new plan begins");
    line(&stage, "Nothing to remove.");
    assert!(line(&stage, "42 volumes stay, most often").contains("containers use them"));
}

#[test]
fn a_plan_that_changes_while_it_is_asked_about_is_asked_anew() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p enter");
    assert!(asked(&stage).is_some());
    stage.type_text("9");
    stage.observe(Observation::Listed { inventory: Arc::new(one_less(&stage)), at: now() });
    assert_eq!(asked(&stage), Some(Purpose::Overtaken), "what was shown is not what there is");
    assert!(notice(&stage).contains("changed"), "{}", notice(&stage));
    stage.press("esc enter");
    line(&stage, "Type their number, then Enter: 8");
    // A protection that comes meanwhile counts as well.
    let name = going(&stage)[0].clone();
    stage.protect(Protection { decided: BTreeMap::from([(name, true)]), ..Protection::default() });
    assert_eq!(asked(&stage), Some(Purpose::Overtaken));
    assert_eq!(going(&stage).len(), 7);
    assert!(changes(&stage).is_empty());
}

/// The listing without the first volume of the plan.
fn one_less(stage: &Stage) -> Inventory {
    let inventory = stage.model.listed();
    let gone = going(stage)[0].clone();
    let volumes = inventory.volumes.iter().filter(|volume| volume.name != gone).cloned().collect();
    Inventory::join(volumes, inventory.containers.clone(), Vec::new())
}

#[test]
fn sizes_that_come_meanwhile_change_the_sum_and_keep_the_question() {
    let mut stage = Stage::dark(120, 40);
    stage.connect();
    stage.list();
    stage.observe(Observation::Measuring(Measuring { total: 44, ..Measuring::default() }));
    stage.press("p enter");
    line(&stage, "frees an unknown amount");
    stage.type_text("9");
    let sizes = super::stage::measured(&stage.demo);
    let one = sizes.into_iter().find(|sized| sized.name == going(&stage)[0]).expect("measured");
    stage.observe(Observation::Measured(vec![one]));
    line(&stage, "frees at least 4.8 GB (8 unknown)");
    assert!(asked(&stage).is_some(), "the same volumes are asked about");
    stage.press("enter");
    assert_eq!(changes(&stage).len(), 1);
}

#[test]
fn what_earlier_runs_measured_is_said_to_be_old() {
    let mut stage = Stage::dark(120, 40);
    stage.connect();
    stage.list();
    let names: Vec<String> = stage.model.listed().volumes.iter().map(|v| v.name.clone()).collect();
    let usage = Usage {
        apparent: Some(1_000_000),
        allocated: Some(1_000_000),
        files: Some(0),
        dirs: Some(0),
        newest_write: None,
        errors: Some(0),
        method: Method::Direct,
        measured_at: now() - SignedDuration::from_hours(50),
    };
    let known: BTreeMap<String, Usage> = names.into_iter().map(|name| (name, usage.clone())).collect();
    stage.observe(Observation::Remembered(Arc::new(known)));
    // What the screen asks for is left without an answer.
    let effects = update(&mut stage.model, Message::Action(Action::Prune));
    assert!(effects.contains(&Effect::Measure), "nothing was measured in this run");
    let first = effects.iter().find(|effect| matches!(effect, Effect::Prefer(_)));
    let Some(Effect::Prefer(first)) = first else { panic!("what may go is measured first: {effects:?}") };
    assert!(first.len() == 14 && first.contains(&going(&stage)[0]), "the dangling ones");
    stage.resize(120, 41);
    line(&stage, "frees about 9.0 MB (9 measured earlier)");
    assert!(line(&stage, "[x]").contains("~1.0 MB"));
    assert!(!line(&stage, "[x]").contains("empty"), "it may be full by now");
    rules(&mut stage, "all empty");
    assert!(going(&stage).is_empty(), "nothing is decided by what is old");
    assert!(line(&stage, "scratch").contains("not known whether it is empty"));
}

#[test]
fn measuring_is_asked_for_only_when_nothing_was_measured() {
    let mut stage = Stage::demo(120, 40);
    let before = stage.effects.iter().filter(|effect| **effect == Effect::Measure).count();
    stage.press("p");
    assert_eq!(stage.effects.iter().filter(|effect| **effect == Effect::Measure).count(), before);
}

#[test]
fn the_clock_brings_in_what_has_become_old_enough() {
    let mut stage = Stage::demo(120, 40);
    let free_since = now() - SignedDuration::from_mins(50);
    let known = Provenance {
        free_since: Some(free_since),
        last_user: Some("blog".to_owned()),
        ..Provenance::default()
    };
    stage.observe(Observation::Provenance(Arc::new(BTreeMap::from([("scratch".to_owned(), known)]))));
    stage.press("p");
    rules(&mut stage, "all unused:1h");
    stage.press("enter");
    assert!(going(&stage).is_empty());
    assert!(line(&stage, "scratch").contains("unused only for 50m"));
    stage.tell(Message::Clock(now() + SignedDuration::from_mins(11)));
    assert_eq!(going(&stage), ["scratch"]);
    assert!(line(&stage, "scratch").contains("blog"), "with its last user");
}

#[test]
fn what_was_measured_before_its_last_user_went_decides_nothing() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all empty name:scratch");
    stage.press("enter");
    assert_eq!(going(&stage), ["scratch"], "it was measured and is empty");
    let free_since = Some(now() + SignedDuration::from_hours(1));
    let known = Provenance { free_since, last_user: Some("job".to_owned()), ..Provenance::default() };
    stage.tell(Message::Clock(now() + SignedDuration::from_hours(2)));
    stage.observe(Observation::Provenance(Arc::new(BTreeMap::from([("scratch".to_owned(), known)]))));
    assert!(going(&stage).is_empty(), "a container had it since then");
    assert!(line(&stage, "scratch ").contains("not known whether it is empty"));
}

#[test]
fn where_nothing_may_be_removed_it_is_said() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    let trouble = Trouble::new("the list of protected volumes cannot be read", "permission denied");
    stage.observe(Observation::Changed(ChangeNews::Protection(Err(trouble))));
    assert!(going(&stage).is_empty(), "who is protected is not known");
    line(&stage, "cannot be read: permission denied");
    stage.protect(Protection::default());
    assert!(!going(&stage).is_empty());
    stage.model.engine.as_mut().expect("an engine").is_read_only = true;
    stage.press("enter");
    assert!(asked(&stage).is_none() && notice(&stage).contains("read-only"));
    stage.model.engine.as_mut().expect("an engine").is_read_only = false;
    stage.press("enter");
    let sure = asked(&stage);
    assert!(sure.is_some());
    stage.observe(Observation::Unreachable {
        trouble: Trouble::new("lost", "gone"),
        tried: Vec::new(),
        retry_at: now(),
    });
    stage.type_text("9");
    stage.press("enter");
    assert!(changes(&stage).is_empty() && notice(&stage).contains("not now"), "{}", notice(&stage));
}

/// A removal of nine volumes that the test tells of.
fn running(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.is_silent = true;
    stage.press("p enter");
    stage.type_text("9");
    stage.press("enter");
    stage.observe(Observation::Changed(ChangeNews::RemovalBegan(9)));
    stage
}

fn done(name: &str, outcome: Outcome) -> Observation {
    Observation::Changed(ChangeNews::Removed(vec![Done { name: name.to_owned(), outcome, is_fresh: true }]))
}

#[test]
fn a_running_removal_is_seen_everywhere_and_p_leads_back() {
    let mut stage = running(120, 40);
    line(&stage, "Removing 0 of 9");
    stage.model.now = now() + SignedDuration::from_secs(2);
    stage.observe(done("a", Outcome::Freed(Some(2_000_000_000))));
    stage.observe(done("b", Outcome::Freed(None)));
    assert!(line(&stage, "2 removed, at least 2.0 GB freed (1 of unknown size)").contains("1 a second"));
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Volumes);
    line(&stage, "removing 2 of 9");
    stage.press("d");
    assert_eq!(stage.model.removal.phase, Phase::Report, "no second plan beside it");
    stage.press("esc p");
    line(&stage, "Removing 2 of 9");
    stage.press("ctrl-g ctrl-g");
    assert_eq!(changes(&stage).last(), Some(&ChangeAsk::StopRemoving));
    assert_eq!(changes(&stage).len(), 2, "once is enough");
    line(&stage, "stopping after this one");
    stage.press("esc");
    stage.observe(done("c", Outcome::Skipped(Skip::InUse(vec!["web".to_owned()]))));
    stage.observe(done("d", Outcome::Failed(Trouble::new("not removed", "device busy"))));
    stage.observe(done("e", Outcome::Skipped(Skip::Stopped)));
    stage.observe(Observation::Changed(ChangeNews::Unlogged(Trouble::new("not written", "disk full"))));
    stage.observe(Observation::Changed(ChangeNews::RemovalEnded(Ok(()))));
    assert!(notice(&stage).contains("2 removed, 3 not"), "{}", notice(&stage));
    assert!(!stage.text().contains("removing"));
}

#[test]
fn a_report_says_what_came_of_each_and_what_was_not_logged() {
    let mut stage = running(120, 40);
    stage.observe(done("a", Outcome::Freed(Some(2_000_000_000))));
    stage.observe(done("c", Outcome::Skipped(Skip::InUse(vec!["web".to_owned()]))));
    stage.observe(done("d", Outcome::Failed(Trouble::new("not removed", "device busy"))));
    stage.observe(Observation::Changed(ChangeNews::Unlogged(Trouble::new("not written", "disk full"))));
    stage.observe(Observation::Changed(ChangeNews::RemovalEnded(Ok(()))));
    line(&stage, "Removed 1 of 9 volumes");
    line(&stage, "1 removed, 2.0 GB freed · 1 left alone · 1 failed");
    line(&stage, "not in the audit log: disk full");
    let text = stage.text();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(at("device busy") < at("in use by web") && at("in use by web") < at("removed   a"), "{text}");
    // What could not begin says why.
    let mut stage = running(120, 40);
    let trouble = Trouble::new("nothing is removed", "the journal cannot be written");
    stage.observe(Observation::Changed(ChangeNews::RemovalRefused(trouble)));
    line(&stage, "nothing is removed: the journal cannot be written");
    line(&stage, "No volume had its turn.");
}

#[test]
fn quitting_while_volumes_are_removed_asks_first() {
    let mut stage = running(120, 40);
    stage.press("q");
    assert_eq!(asked(&stage), Some(Purpose::Leave));
    stage.press("enter");
    assert!(!stage.effects.contains(&Effect::Quit), "No is the default");
    stage.press("q");
    stage.type_text("y");
    stage.press("enter");
    assert_eq!(changes(&stage).last(), Some(&ChangeAsk::StopRemoving));
    assert!(!stage.effects.contains(&Effect::Quit), "the volume that is being removed has its time");
    stage.observe(Observation::Changed(ChangeNews::RemovalEnded(Ok(()))));
    assert!(stage.effects.contains(&Effect::Quit));
    let mut stage = running(120, 40);
    stage.press("ctrl-c ctrl-c");
    assert!(stage.effects.contains(&Effect::Quit), "whoever insists leaves");
}

#[test]
fn the_plan_is_copied_as_names_or_as_a_command() {
    let copied = |stage: &Stage| match stage.effects.last() {
        Some(Effect::Copy(text)) => text.clone(),
        other => panic!("copied: {other:?}"),
    };
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    rules(&mut stage, "all name:old-*");
    stage.press("enter y enter");
    assert_eq!(copied(&stage), "old-blog_mysql-data\nold-blog_wordpress-html");
    stage.press("y j enter");
    assert_eq!(copied(&stage), "volx prune all 'name:old-*'");
    stage.press("space y j enter");
    assert_eq!(copied(&stage), "volx rm old-blog_wordpress-html", "rules cannot say what was taken out");
}

#[test]
fn the_mouse_selects_and_takes_out() {
    let mut stage = Stage::demo(120, 40);
    stage.press("p");
    let before = going(&stage);
    stage.click_on(&before[2][..20]);
    assert_eq!(stage.model.removal.cursor.at, 2);
    stage.click_on(&before[2][..20]);
    assert_eq!(going(&stage).len(), before.len() - 1);
    stage.click_on("5 volumes stay");
    stage.click_on("5 volumes stay");
    assert!(!stage.text().contains("old-blog_mysql-data"), "folded");
}

#[test]
fn hostile_names_stay_in_their_cells() {
    let names = [
        "\x1b[31mred\x1b[0m\x07",
        "line\nbreak\ttab",
        "\u{202e}gnp.exe",
        "数据库数据库数据库数据库数据库数据库",
    ];
    let volume =
        |name: &str| Volume { name: name.to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let inventory = Inventory::join(names.map(volume).into(), Vec::new(), Vec::new());
    for (width, height) in [(40, 12), (80, 24), (160, 45)] {
        let mut stage = Stage::with(inventory.clone(), width, height);
        stage.press("p");
        rules(&mut stage, "all");
        stage.press("enter");
        assert_eq!(going(&stage).len(), 4);
        for keys in ["j", "j", "enter", "esc", "y", "esc space"] {
            stage.press(keys);
            let text = stage.text();
            assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)), "{text:?}");
        }
    }
}

#[test]
fn ten_thousand_volumes_follow_the_typing() {
    let volumes = (0..10_000).map(|at| Volume {
        name: format!("ci-{at:05}"),
        driver: "local".to_owned(),
        ..Volume::default()
    });
    let mut stage = Stage::with(Inventory::join(volumes.collect(), Vec::new(), Vec::new()), 120, 40);
    stage.press("p");
    rules(&mut stage, "all name:ci-*");
    assert_eq!(going(&stage).len(), 10_000);
    let began = Instant::now();
    stage.press("backspace");
    stage.type_text("7*");
    let took = began.elapsed() / 3;
    assert_eq!(going(&stage).len(), 0, "ci-7* begins no name: {:?}", stage.model.removal.typed.value());
    // 10 ms without optimization, with three layouts a key; the rest is for a busy machine.
    assert!(took.as_millis() < 150, "{took:?} a key");
}

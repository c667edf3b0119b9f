//! Removing volumes by name: what is refused and why, containers that go first, force.

use std::sync::Arc;

use volx::app::message::Effect;
use volx::app::model::Screen;
use volx::app::overlay::Purpose;
use volx::app::removal::{Mode, Phase};
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::inventory::Inventory;
use volx::domain::lifecycle::Act;
use volx::domain::live::Observation;
use volx::domain::protection::Protection;
use volx::domain::prune::Asking;
use volx::domain::removal::Outcome;
use volx::domain::volume::Volume;

use super::prune::{asked, changes, going, line, notice};
use super::stage::{Stage, now};

/// Selects this volume.
fn select(stage: &mut Stage, name: &str) {
    stage.press("/ ctrl-u");
    stage.type_text(&format!("name:{name}"));
    stage.press("enter");
    assert_eq!(stage.model.home.selected_name(), Some(name));
}

#[test]
fn d_never_removes_and_a_volume_with_data_is_asked_for_by_its_name() {
    let mut stage = Stage::demo(120, 40);
    select(&mut stage, "old-blog_mysql-data");
    stage.press("d");
    assert_eq!(stage.model.screen, Screen::Prune);
    line(&stage, "Remove old-blog_mysql-data");
    assert!(line(&stage, "[x]").contains("all its files, for good"));
    stage.press("d enter");
    assert_eq!(asked(&stage), Some(Purpose::Remove(Asking::Name("old-blog_mysql-data".to_owned()))));
    stage.type_text("y");
    stage.press("enter");
    assert!(changes(&stage).is_empty() && notice(&stage).contains("nothing was changed"));
    stage.press("enter");
    stage.type_text("old-blog_mysql-data");
    stage.press("enter");
    line(&stage, "Removed 1 volume");
    assert!(stage.model.listed().position("old-blog_mysql-data").is_none());
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Volumes);
}

#[test]
fn of_the_marked_ones_the_refused_come_first_with_who_has_them() {
    let mut stage = Stage::demo(120, 40);
    for name in ["nextcloud_data", "scratch", "office-share"] {
        select(&mut stage, name);
        stage.press("space");
    }
    stage.press("d");
    line(&stage, "Remove 3 volumes");
    line(&stage, "1 cannot be removed, x removes its containers, and asks first");
    let text = stage.text();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(at("nextcloud_data") < at("office-share"), "apart and first");
    assert!(line(&stage, "  nextcloud_data ").contains("in use by nextcloud-app-1 (running)"));
    assert!(line(&stage, "[x] office-share").contains("its data stays where it is"));
    assert!(line(&stage, "[x] scratch").contains("nothing: it is empty"));
    assert_eq!(going(&stage), ["office-share", "scratch"]);
    stage.press("enter");
    line(&stage, "The data of 1 (cifs) stays where it is.");
    stage.type_text("y");
    stage.press("enter esc");
    assert_eq!(
        stage.model.home.marks.iter().collect::<Vec<_>>(),
        ["nextcloud_data"],
        "what is gone is unmarked"
    );
}

#[test]
fn containers_go_only_after_a_plan_of_their_own() {
    let mut stage = Stage::demo(120, 40);
    select(&mut stage, "nextcloud_data");
    stage.press("d enter");
    assert!(asked(&stage).is_none() && notice(&stage).contains("nothing to remove"));
    stage.press("x");
    let Some(Purpose::Clear(clearing)) = asked(&stage) else { panic!("asked: {:?}", asked(&stage)) };
    let names: Vec<&str> = clearing.containers.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["nextcloud-app-1", "nextcloud-cron-1"]);
    line(&stage, "nextcloud-app-1 (running,");
    line(&stage, "What they wrote beside their volumes goes with them");
    assert!(stage.effects.contains(&Effect::Layers), "what dies is asked for");
    assert!(stage.text().contains("in its layer"), "and shown: {}", stage.text());
    stage.type_text("y");
    stage.press("enter");
    assert!(changes(&stage).is_empty() && notice(&stage).contains("nothing was changed"));
    stage.press("x");
    stage.type_text("2");
    stage.press("enter");
    assert!(matches!(changes(&stage)[..], [ChangeAsk::Clear(_)]));
    // The plan follows by itself, and asks all the same.
    assert_eq!(going(&stage), ["nextcloud_data"]);
    assert!(stage.model.listed().position("nextcloud_data").is_some(), "nothing else went");
    stage.press("enter");
    assert_eq!(asked(&stage), Some(Purpose::Remove(Asking::Name("nextcloud_data".to_owned()))));
}

#[test]
fn containers_that_change_while_they_are_asked_about_are_asked_about_anew() {
    let mut stage = Stage::demo(120, 40);
    select(&mut stage, "nextcloud_data");
    stage.press("d x");
    stage.type_text("2");
    let id = stage
        .model
        .listed()
        .containers
        .iter()
        .find(|c| c.name == "nextcloud-cron-1")
        .expect("there")
        .id
        .clone();
    stage.change(ChangeAsk::Act { id, name: "nextcloud-cron-1".to_owned(), act: Act::Stop });
    assert_eq!(asked(&stage), Some(Purpose::Overtaken), "another state, another question");
    stage.press("esc x");
    line(&stage, "nextcloud-cron-1 (exited");
}

#[test]
fn a_volume_that_gets_a_user_meanwhile_is_not_removed() {
    let mut stage = Stage::demo(120, 40);
    select(&mut stage, "scratch");
    stage.press("d enter");
    assert_eq!(asked(&stage), Some(Purpose::Remove(Asking::Yes)), "it is empty");
    let inventory = stage.model.listed();
    let mut containers = inventory.containers.clone();
    containers[0].mounts = vec![volx::domain::mount::Mount {
        source: volx::domain::mount::Source::Volume("scratch".to_owned()),
        destination: "/x".to_owned(),
        read_only: false,
    }];
    let taken = Inventory::join(inventory.volumes.clone(), containers, Vec::new());
    stage.observe(Observation::Listed { inventory: Arc::new(taken), at: now() });
    assert_eq!(asked(&stage), Some(Purpose::Overtaken));
    stage.press("esc");
    assert!(going(&stage).is_empty() && changes(&stage).is_empty());
    line(&stage, "1 cannot be removed");
}

#[test]
fn what_is_protected_is_refused_and_its_containers_stay() {
    let mut stage = Stage::demo(120, 40);
    stage.protect(Protection { patterns: vec!["nextcloud_*".to_owned()], ..Protection::default() });
    select(&mut stage, "nextcloud_data");
    stage.press("d x");
    assert!(
        asked(&stage).is_none() && notice(&stage).contains("no container to remove"),
        "{}",
        notice(&stage)
    );
}

#[test]
fn force_is_off_and_offered_only_where_a_driver_could_fail() {
    let mut stage = Stage::demo(120, 40);
    select(&mut stage, "scratch");
    stage.press("d f");
    assert!(!stage.model.removal.is_forced && notice(&stage).contains("nothing to force"));
    let plugin = Volume { name: "shared".to_owned(), driver: "rclone".to_owned(), ..Volume::default() };
    let mut stage = Stage::with(Inventory::join(vec![plugin], Vec::new(), Vec::new()), 120, 40);
    stage.press("d");
    line(&stage, "f: let the engine forget it when its driver fails; off");
    stage.press("f");
    line(&stage, "forced: let the engine forget it when its driver fails; a volume in use stays");
    stage.is_silent = true;
    stage.press("enter");
    line(&stage, "The engine forgets a volume when its driver fails.");
    stage.type_text("shared");
    stage.press("enter");
    let [ChangeAsk::Remove(plan)] = &changes(&stage)[..] else { panic!("a removal") };
    assert!(plan.is_forced());
    stage.observe(Observation::Changed(ChangeNews::RemovalEnded(Ok(()))));
    stage.press("esc d");
    assert!(!stage.model.removal.is_forced, "off again");
}

#[test]
fn d_is_about_what_is_selected_on_the_map_and_the_monitor() {
    let mut stage = Stage::demo(120, 40);
    stage.press("2 l l l d");
    assert_eq!(stage.model.removal.mode, Mode::Named(["shop_media-uploads".to_owned()].into()));
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Map);
    stage.press("3 d");
    assert_eq!(stage.model.screen, Screen::Prune);
    stage.press("esc 5 d");
    assert!(stage.model.screen == Screen::Activity && notice(&stage).contains("not on this screen"));
}

#[test]
fn what_the_engine_refuses_after_all_is_in_the_report() {
    let mut stage = Stage::demo(120, 40);
    select(&mut stage, "old-blog_mysql-data");
    stage.press("d enter");
    // Somebody else protects it between the question and the answer; the screen has not heard of it.
    stage.type_text("old-blog_mysql-data");
    stage.is_silent = true;
    stage.press("enter");
    assert_eq!(stage.model.removal.phase, Phase::Report);
    let Some(ChangeAsk::Remove(plan)) = changes(&stage).pop() else { panic!("a removal") };
    block_and_remove(&stage);
    stage.is_silent = false;
    stage.change(ChangeAsk::Remove(plan));
    let report = stage.model.changes.report.as_ref().expect("a report");
    assert!(matches!(report.done[0].outcome, Outcome::Skipped(_)), "{report:?}");
    line(&stage, "gone already");
}

/// Somebody else removes it first.
fn block_and_remove(stage: &Stage) {
    use futures_util::FutureExt;
    use volx::engine::Engine;
    let changes = stage.demo.changes().expect("the demo may be changed");
    changes.remove_volume("old-blog_mysql-data", false).now_or_never().expect("at once").expect("removed");
}

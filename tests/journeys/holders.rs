//! What can be done with a volume's containers, in its Containers tab.

use std::collections::BTreeSet;

use volx::app::message::Effect;
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::lifecycle::Act;
use volx::domain::live::Observation;

use crate::stage::Stage;

/// The Containers tab of a volume, with the keys in it.
fn tab(volume: &str, width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.press("/");
    stage.type_text(&format!("name:{volume}"));
    stage.press("enter ] tab");
    stage
}

fn acts(stage: &Stage) -> Vec<(String, Act)> {
    let act = |effect: &Effect| match effect {
        Effect::Change(ChangeAsk::Act { name, act, .. }) => Some((name.clone(), *act)),
        _ => None,
    };
    stage.effects.iter().filter_map(act).collect()
}

#[test]
fn a_container_is_stopped_and_removed_without_leaving() {
    let mut stage = tab("shop_postgres-data", 120, 40);
    let name = {
        let inventory = stage.model.listed();
        let at = stage.model.home.selected().expect("a volume");
        inventory.holders(at).next().expect("a container").name.clone()
    };
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("start     (it is running)"), "what cannot be done says why:\n{text}");
    assert!(text.contains("remove    (it is running: stop it first)"), "{text}");
    // The first that can be done is selected: stop.
    stage.press("enter");
    assert_eq!(acts(&stage), [(name.clone(), Act::Stop)]);
    assert!(stage.text().contains(&format!("{name} is stopped")), "{}", stage.text());
    stage.press("enter G enter");
    let text = stage.text();
    assert!(text.contains("Remove the container") && text.contains("gone for ever"), "{text}");
    assert!(text.contains("stays") || text.contains("stay"), "{text}");
    stage.press("enter");
    assert_eq!(acts(&stage).len(), 1, "no answer is no");
    stage.press("enter G enter y enter");
    assert_eq!(acts(&stage).last(), Some(&(name.clone(), Act::Remove)));
    assert!(stage.model.listed().containers.iter().all(|c| c.name != name), "it is gone");
}

#[test]
fn volumes_that_go_with_a_container_are_asked_for() {
    let with = ChangeAsk::StopWith {
        id: "0123".to_owned(),
        name: "job".to_owned(),
        volumes: BTreeSet::from(["scratch-of-job".to_owned()]),
    };
    let news = || Observation::Changed(ChangeNews::TakesVolumes(with.clone()));
    let sent = |stage: &Stage| stage.effects.iter().any(|e| *e == Effect::Change(with.clone()));
    let mut stage = tab("shop_postgres-data", 120, 40);
    stage.observe(news());
    let text = stage.text();
    assert!(text.contains("scratch-of-job") && text.contains("for good"), "it is named:\n{text}");
    stage.press("enter");
    assert!(!sent(&stage), "no answer is no");
    stage.observe(news());
    stage.press("y enter");
    assert!(sent(&stage));

    let mut stage = tab("shop_postgres-data", 120, 40);
    stage.press("/");
    stage.observe(news());
    stage.type_text("y");
    stage.press("enter");
    assert!(!sent(&stage), "what is typed elsewhere answers nothing");
}

#[test]
fn what_cannot_be_done_is_not_sent() {
    let mut stage = tab("shop_postgres-data", 120, 40);
    stage.press("enter g enter");
    assert_eq!(acts(&stage), []);
    assert!(stage.text().contains("cannot be started: it is running"), "{}", stage.text());
}

#[test]
fn while_it_runs_a_word_is_shown_and_nothing_else_is_sent() {
    let mut stage = tab("shop_postgres-data", 120, 40);
    stage.is_silent = true;
    stage.press("enter enter");
    assert!(stage.text().contains("running, stopping it"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.text().contains("(stopping it now)"), "{}", stage.text());
    stage.press("enter");
    assert_eq!(acts(&stage).len(), 1);
}

/// The volume that most containers have.
fn most_held() -> String {
    let stage = Stage::demo(120, 40);
    let inventory = stage.model.listed();
    let at = (0..inventory.volumes.len()).max_by_key(|at| inventory.holders(*at).count()).expect("volumes");
    assert!(inventory.holders(at).count() > 1);
    inventory.volumes[at].name.clone()
}

#[test]
fn rows_are_selected_by_who_they_are_and_always_seen() {
    let mut stage = tab(&most_held(), 80, 24);
    let inventory = stage.model.listed();
    let at = stage.model.home.selected().expect("a volume");
    let names: Vec<String> = inventory.holders(at).map(|c| c.name.clone()).collect();
    for name in &names {
        let text = stage.text();
        let row = text.lines().find(|line| line.starts_with('▌') && line.contains(name.as_str()));
        assert!(row.is_some(), "{name} is selected and seen:\n{text}");
        stage.press("j");
    }
    stage.press("enter");
    let last = names.last().expect("containers");
    assert!(stage.text().contains(&format!(" {last} ")), "its menu is open:\n{}", stage.text());
    stage.press("esc g enter");
    assert!(stage.text().contains(&format!(" {} ", names[0])), "{}", stage.text());
}

#[test]
fn on_the_map_it_is_the_details_that_offer_it() {
    let mut stage = Stage::demo(160, 45);
    // Into the first project: its first row is a container.
    stage.press("2 l l");
    let row = stage.model.map.selected_what();
    assert!(matches!(row, Some(volx::domain::map::What::Container(_))), "{row:?}\n{}", stage.text());
    stage.press("tab enter");
    let text = stage.text();
    assert!(text.contains("(it is running: stop it first)"), "{text}");
    stage.press("enter");
    assert_eq!(acts(&stage).len(), 1);
    assert!(stage.text().contains(" is stopped"), "{}", stage.text());
    // In the tree Enter folds and unfolds as before.
    stage.press("tab enter");
    assert!(stage.model.overlays.is_empty());
}

//! Protecting volumes, and lifting it.

use volx::app::message::Effect;
use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::live::Observation;
use volx::domain::protection::{Guard, Protection};
use volx::domain::trouble::Trouble;

use crate::stage::Stage;

fn on(volume: &str) -> Stage {
    let mut stage = Stage::demo(120, 40);
    stage.press("/");
    stage.type_text(&format!("name:{volume}"));
    stage.press("enter");
    stage
}

fn guard(stage: &Stage, name: &str) -> Option<Guard> {
    let inventory = stage.model.listed();
    stage.model.changes.guard(&inventory.volumes[inventory.position(name).expect("there")])
}

fn asked(stage: &Stage) -> usize {
    stage.effects.iter().filter(|effect| matches!(effect, Effect::Change(ChangeAsk::Protect { .. }))).count()
}

#[test]
fn a_volume_is_protected_and_shows_it_and_it_is_lifted() {
    let mut stage = on("shop_postgres-data");
    stage.press("P");
    assert_eq!(guard(&stage, "shop_postgres-data"), Some(Guard::Listed));
    let text = stage.text();
    assert!(text.contains("shop_postgres-data §"), "{text}");
    assert!(text.contains("§ yes, protected by you"), "{text}");
    stage.press("P");
    assert_eq!(guard(&stage, "shop_postgres-data"), None);
    assert!(!stage.text().contains('§'), "{}", stage.text());
}

#[test]
fn of_the_marked_those_that_are_open_are_protected_first() {
    let mut stage = Stage::demo(120, 40);
    stage.press("P j P space");
    let selected = stage.model.home.marks.iter().next().expect("marked").clone();
    stage.press("space P");
    let marked: Vec<String> = stage.model.home.marks.iter().cloned().collect();
    assert_eq!(marked.len(), 2, "{selected}");
    assert!(marked.iter().all(|name| guard(&stage, name).is_some()));
    stage.press("P");
    assert!(marked.iter().all(|name| guard(&stage, name).is_none()), "all were protected: it is lifted");
}

#[test]
fn what_a_pattern_protects_is_lifted_only_after_a_question() {
    let mut stage = on("shop_postgres-data");
    stage.protect(Protection { patterns: vec!["shop_*".to_owned()], ..Protection::default() });
    stage.press("P");
    let text = stage.text();
    assert!(text.contains("Lift the protection") && text.contains("by the pattern 'shop_*'"), "{text}");
    stage.press("enter");
    assert_eq!(asked(&stage), 0, "no answer is no");
    stage.press("P n enter");
    assert_eq!(asked(&stage), 0);
    assert!(stage.text().contains("nothing was changed"), "{}", stage.text());
    stage.press("P y enter");
    assert_eq!(asked(&stage), 1);
    assert_eq!(guard(&stage, "shop_postgres-data"), None, "what the user decided counts first");
    stage.press("P");
    assert_eq!(guard(&stage, "shop_postgres-data"), Some(Guard::Listed));
}

#[test]
fn what_is_protected_must_be_known() {
    let mut stage = on("shop_postgres-data");
    let trouble = Trouble::new("what is protected cannot be read", "the history is locked");
    stage.observe(Observation::Changed(ChangeNews::Protection(Err(trouble))));
    stage.press("P");
    assert_eq!(asked(&stage), 0);
    assert!(stage.text().contains("the history is locked"), "{}", stage.text());
}

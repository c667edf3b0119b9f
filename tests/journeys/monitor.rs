//! The Monitor and the History tab: what grew, over which period, and whose past is asked for.

use jiff::SignedDuration;
use volx::app::details::Tab;
use volx::app::message::{Effect, Message};
use volx::app::model::Screen;
use volx::domain::backing::Backing;
use volx::domain::event::{EngineEvent, Subject};
use volx::domain::growth::Period;
use volx::domain::live::Observation;
use volx::domain::sort::Sort;
use volx::domain::threshold::Threshold;
use volx::domain::trouble::Trouble;
use volx::domain::usage::{Measured, Sized, Usage};

use super::stage::{Stage, now};
use super::{listed, selected};

/// The name of the Monitor's selected volume.
fn watched(stage: &Stage) -> String {
    let at = stage.model.monitor.selected().expect("a row");
    stage.model.listed().volumes[at].name.clone()
}

fn pasts(stage: &Stage) -> usize {
    stage.effects.iter().filter(|effect| matches!(effect, Effect::Past(_))).count()
}

#[test]
fn what_grew_most_is_on_top_and_enter_opens_its_history() {
    let mut stage = Stage::demo(120, 40);
    stage.press("3");
    assert_eq!(stage.model.screen, Screen::Monitor);
    let gained: Vec<Option<i64>> = (stage.model.monitor.rows.iter())
        .map(|at| stage.model.growth.facts(*at as usize).change(Period::Day).map(|c| c.bytes))
        .collect();
    assert!(gained.is_sorted_by(|a, b| a >= b), "those that gained most first: {gained:?}");
    assert!(gained[0] > Some(0) && gained.contains(&None), "and the unknown last");
    stage.press("j j k");
    let name = watched(&stage);
    assert_eq!(stage.effects.last(), Some(&Effect::Past(name.clone())), "its past is asked for");
    stage.press("enter");
    assert_eq!((stage.model.screen, stage.model.details.tab), (Screen::Volumes, Tab::History));
    assert_eq!(selected(&stage), name);
    let text = stage.text();
    assert!(text.contains("had by") && text.contains("Rate"), "{text}");
    stage.press("esc 3");
    assert_eq!(watched(&stage), name, "the Monitor stays where it was");
    stage.press("y");
    assert_eq!(stage.effects.last(), Some(&Effect::Copy(name)), "what is selected here is copied");
}

#[test]
fn the_period_turns_and_moves_the_rows() {
    let mut stage = Stage::demo(120, 40);
    stage.press("3");
    assert!(stage.text().contains("[Day]"), "{}", stage.text());
    stage.press("]");
    assert!(stage.text().contains("[Week]"), "{}", stage.text());
    stage.press("]");
    assert!(stage.text().contains("[Hour]"), "round the end");
    stage.press("[ [");
    assert!(stage.text().contains("[Day]"), "and back");
    stage.press("w");
    assert_eq!(stage.model.monitor.period, Period::Week);
    stage.press("enter");
    assert_eq!(stage.model.growth.period, Period::Week, "the History goes on with it");
    stage.press("w");
    assert!(stage.text().contains("[All]"), "and has one more: {}", stage.text());
    stage.press("1 ] w");
    assert!(stage.text().contains("only in the History tab"), "{}", stage.text());
}

#[test]
fn measurements_move_it_and_the_selected_volume_stays_selected() {
    let mut stage = Stage::demo(120, 40);
    stage.press("3 ] ] j j j");
    let name = watched(&stage);
    let before = stage.text();
    let later = now() + SignedDuration::from_secs(60);
    let measured = |(at, volume): (usize, &volx::domain::volume::Volume)| {
        // What stood last by name gains most now.
        let gain = u64::try_from(at).expect("small") * 3_000_000_000;
        let usage = Usage::from_engine(stage.model.sizes.bytes(at)? + gain, later);
        Some(Sized { name: volume.name.clone(), outcome: Ok(Measured::sums(usage)) })
    };
    let sizes: Vec<Sized> = stage.model.listed().volumes.iter().enumerate().filter_map(measured).collect();
    stage.model.now = later;
    let asked = pasts(&stage);
    stage.observe(Observation::Measured(sizes));
    assert_ne!(stage.text(), before, "it is live");
    assert_eq!(watched(&stage), name, "under the user's cursor is the same volume");
    assert_eq!(pasts(&stage), asked + 1, "its past is read once more");
}

#[test]
fn nobody_looks_nobody_asks() {
    let mut stage = Stage::demo(120, 40);
    stage.press("j j ctrl-r ] j");
    assert_eq!(pasts(&stage), 0);
    stage.press("] ]");
    assert_eq!(stage.model.details.tab, Tab::History);
    assert_eq!(stage.effects.last(), Some(&Effect::Past(selected(&stage))));
    stage.press("j");
    assert_eq!(stage.effects.last(), Some(&Effect::Past(selected(&stage))));
    let count = pasts(&stage);
    stage.press("J K w w");
    assert_eq!(pasts(&stage), count, "once is enough");
}

#[test]
fn without_a_history_what_was_measured_since_is_shown_and_the_reason_said() {
    let mut stage = Stage::demo(80, 24);
    stage.press("] ] ] tab enter");
    let trouble = Trouble::new("the history cannot be kept", "the disk is gone");
    stage.observe(Observation::Past(selected(&stage), Err(trouble)));
    assert!(stage.text().contains("the disk is gone"), "{}", stage.text());
    stage.observe(Observation::Past("another".to_owned(), Err(Trouble::new("x", "nothing of ours"))));
    assert!(!stage.text().contains("nothing of ours"));
}

#[test]
fn the_list_sorts_by_change_with_the_unknown_last() {
    let mut stage = Stage::demo(160, 45);
    stage.model.home.sort = Sort::by(volx::domain::column::Column::Change);
    stage.press("S S");
    let inventory = stage.model.listed();
    let changes: Vec<Option<i64>> = listed(&stage)
        .iter()
        .map(|name| {
            let facts = stage.model.growth.facts(inventory.position(name).expect("listed"));
            volx::domain::growth::Change::over_all(facts.change(Period::Day))
        })
        .collect();
    let known: Vec<i64> = changes.iter().copied().map_while(|c| c).collect();
    assert!(known.len() > 10 && known.is_sorted_by(|a, b| a >= b), "{changes:?}");
    assert!(changes[known.len()..].iter().all(Option::is_none), "{changes:?}");
}

#[test]
fn what_is_too_large_or_fills_up_is_warned_of_and_no_more_when_it_ends() {
    let mut stage = Stage::demo(120, 40);
    assert_eq!(stage.model.warnings(), Vec::<String>::new());
    stage.model.growth.rules.thresholds = vec![Threshold::parse("backups=70GB").expect("a threshold")];
    stage.press("ctrl-r");
    assert_eq!(stage.model.warnings().len(), 1, "{:?}", stage.model.warnings());
    assert!(stage.text().contains("!73.1 GB"), "a sign on its row: {}", stage.text());
    stage.model.growth.rules.full_within = Some(7 * 86_400);
    let backing = |available| Backing { total: 1 << 42, available, at: now() };
    stage.observe(Observation::Backing(backing(10_000_000_000)));
    assert!(stage.model.warnings()[0].contains("full within"), "{:?}", stage.model.warnings());
    stage.observe(Observation::Backing(backing(1 << 50)));
    assert_eq!(stage.model.warnings().len(), 1, "there is room again");
}

#[test]
fn the_periods_move_on_although_nothing_is_measured() {
    let mut stage = Stage::demo(120, 40);
    let hour = |stage: &Stage| {
        stage.model.growth.facts(stage.model.home.selected().expect("one")).change(Period::Hour)
    };
    assert!(hour(&stage).is_some());
    stage.tell(Message::Clock(now() + SignedDuration::from_hours(2)));
    assert_eq!(hour(&stage), None, "of an hour in which nothing was measured nothing is known");
}

#[test]
fn escape_goes_back_where_enter_came_from() {
    let mut stage = Stage::demo(80, 24);
    stage.press("3 j j j");
    let (name, cursor) = (watched(&stage), stage.model.monitor.cursor);
    stage.press("enter");
    assert_eq!(stage.model.screen, Screen::Volumes);
    stage.press("] esc");
    assert_eq!((stage.model.screen, stage.model.monitor.cursor), (Screen::Monitor, cursor));
    assert_eq!(watched(&stage), name);
    stage.press("enter 1 esc");
    assert_eq!(stage.model.screen, Screen::Volumes, "who goes there by its own key is there");
    let event = EngineEvent {
        at: now(),
        subject: Subject::Volume,
        id: name.clone(),
        name: name.clone(),
        action: "update".to_owned(),
        actor: None,
        project: None,
        exit_code: None,
        is_ours: false,
    };
    stage.observe(Observation::Happened(Box::new(event)));
    stage.press("5");
    assert_eq!(stage.model.screen, Screen::Activity);
    stage.press("enter");
    assert_eq!((stage.model.screen, selected(&stage)), (Screen::Volumes, name));
    stage.press("tab tab esc");
    assert_eq!(stage.model.screen, Screen::Activity);
}

#[test]
fn the_list_stays_where_it_was_while_something_else_is_seen() {
    let mut stage = Stage::demo(80, 24);
    stage.press("j j j j j");
    let before = stage.model.home.cursor;
    assert_eq!(before.top, 0);
    for keys in ["tab enter esc", "tab enter esc esc", "3 1", "5 1", "2 1"] {
        stage.press(keys);
        stage.press("1");
        assert_eq!(stage.model.home.cursor, before, "after {keys}");
    }
}

#[test]
fn the_monitor_sorts_and_its_heading_says_by_what() {
    let mut stage = Stage::demo(120, 40);
    stage.press("3");
    assert!(stage.text().contains("CHANGE ▼"), "{}", stage.text());
    stage.press("s j j enter");
    let sizes: Vec<Option<u64>> =
        stage.model.monitor.rows.iter().map(|at| stage.model.sizes.bytes(*at as usize)).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert!(stage.text().contains("SIZE ▼"), "{}", stage.text());
    stage.press(": s o r t");
    assert!(stage.text().contains("sort"), "the palette offers it: {}", stage.text());
    stage.press("enter");
    assert!(stage.text().contains("greatest first now"), "and does it: {}", stage.text());
    stage.press("esc space");
    assert!(stage.text().contains("not on this screen"), "{}", stage.text());
}

#[test]
fn folders_that_are_missing_are_warned_of_once_that_is_known() {
    let mut stage = Stage::demo(120, 40);
    assert_eq!(stage.model.warnings(), Vec::<String>::new());
    stage.survey();
    let warnings = stage.model.warnings();
    assert!(warnings.iter().any(|w| w.contains("which is missing")), "{warnings:?}");
    stage.press("!");
    assert!(stage.text().contains("which is missing"), "{}", stage.text());
}

#[test]
fn nothing_overlaps_in_the_narrowest_window() {
    let mut stage = Stage::demo(40, 12);
    stage.model.growth.rules.thresholds = vec![Threshold::parse("1GB").expect("a threshold")];
    stage.press("ctrl-r");
    let text = stage.text();
    assert!(text.lines().next().is_some_and(|line| line.contains("Act ") && line.contains('!')), "{text}");
    stage.press("/ s t a t u s : f o o");
    let text = stage.text();
    let last = text.lines().last().expect("a line");
    assert!(last.contains("no status 'foo'") && last.trim_end().ends_with('…'), "cut with a mark: {last}");
}

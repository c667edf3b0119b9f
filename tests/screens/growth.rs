//! The History tab and the Monitor at several sizes.

use rstest::rstest;
use volx::config::glyphs::Glyphs;
use volx::domain::backing::Backing;
use volx::domain::inventory::Inventory;
use volx::domain::live::Observation;
use volx::domain::threshold::Threshold;
use volx::domain::usage::{Measured, Sized, Usage};
use volx::domain::volume::Volume;

use super::stage::{Stage, now};

/// The demo with a file system, and with a threshold that one of its volumes is past.
fn watched(width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.model.growth.rules.thresholds = vec![
        Threshold::parse("shop_elastic*=60GB").expect("a threshold"),
        Threshold::parse("shop_*=100GB").expect("a threshold"),
    ];
    stage.model.growth.rules.full_within = Some(7 * 86_400);
    let backing = Backing { total: 2_000_000_000_000, available: 400_000_000_000, at: now() };
    stage.observe(Observation::Backing(backing));
    stage.press("ctrl-r");
    stage
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(160, 45)]
fn history(#[case] width: u16, #[case] height: u16) {
    let mut stage = watched(width, height);
    stage.press("j ] ] ]");
    insta::assert_snapshot!(format!("history_{width}x{height}"), stage.picture());
    stage.press("tab enter w");
    insta::assert_snapshot!(format!("history_{width}x{height}_zoomed"), stage.text());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!(format!("history_{width}x{height}_ascii"), stage.text());
}

#[rstest]
#[case(40, 12)]
#[case(80, 24)]
#[case(120, 40)]
#[case(160, 45)]
fn monitor(#[case] width: u16, #[case] height: u16) {
    let mut stage = watched(width, height);
    stage.press("3 j");
    insta::assert_snapshot!(format!("monitor_{width}x{height}"), stage.picture());
    stage.config.glyphs = Glyphs::ASCII;
    insta::assert_snapshot!(format!("monitor_{width}x{height}_ascii"), stage.text());
}

#[test]
fn one_sample_is_no_chart() {
    let volume = Volume { name: "v".to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let mut stage = Stage::with(Inventory::join(vec![volume], vec![], vec![]), 80, 24);
    stage.press("] ] ] tab enter");
    insta::assert_snapshot!("no_sample_is_no_chart", stage.text());
    let outcome = Ok(Measured::sums(Usage::from_engine(4096, now())));
    stage.observe(Observation::Measured(vec![Sized { name: "v".to_owned(), outcome }]));
    insta::assert_snapshot!(stage.text());
}

#[test]
fn what_is_past_its_threshold_is_warned_of() {
    let mut stage = watched(120, 40);
    stage.press("!");
    insta::assert_snapshot!(stage.text());
}

/// A home that is minutes old has no past to draw, and no rate.
#[test]
fn what_was_measured_once_has_no_past() {
    let volume = Volume { name: "v".to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let mut stage = Stage::with(Inventory::join(vec![volume], vec![], vec![]), 80, 24);
    let measure = |stage: &mut Stage, minute: i64, bytes: u64| {
        let at = now() + jiff::SignedDuration::from_mins(minute);
        stage.tell(volx::app::message::Message::Clock(at));
        let outcome = Ok(Measured::sums(Usage::from_engine(bytes, at)));
        stage.observe(Observation::Measured(vec![Sized { name: "v".to_owned(), outcome }]));
    };
    measure(&mut stage, 0, 1_100_000);
    let overview = stage.text();
    assert!(overview.contains("unknown: measured once, at 12:00"), "{overview}");
    stage.press("3");
    let text = stage.text();
    assert!(text.contains("change and rate unknown: measured once, last at 12:00"), "{text}");
    measure(&mut stage, 200, 1_900_000);
    insta::assert_snapshot!("a_short_past", stage.text());
    let text = stage.text();
    assert!(text.contains("+800.0 kB since 12:00, rate unknown: measured too seldom"), "{text}");
    let first = text.lines().find(|line| line.contains('⠒')).expect("a line is drawn");
    let before = first.chars().skip(12).take_while(|letter| *letter == ' ').count();
    assert!(before > 40, "it begins where it was first measured: {text}");
}

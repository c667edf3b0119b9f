use jiff::SignedDuration;

use super::*;
use crate::domain::container::{Container, State};
use crate::domain::growth::past::FolderGrowth;
use crate::domain::growth::{Counted, Period};
use crate::domain::inventory::Inventory;
use crate::domain::mount::{Mount, Source};
use crate::domain::usage::{FolderWeight, Method, Usage};
use crate::domain::volume::Volume;

const ENGINE: &str = "engine-a";
const NOW: i64 = 1_800_000_000;

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW - seconds).expect("a time")
}

fn usage(allocated: Option<u64>, apparent: Option<u64>, at: Timestamp) -> Usage {
    let method = if allocated.is_some() { Method::Direct } else { Method::Engine };
    Usage { apparent, allocated, method, ..Usage::from_engine(0, at) }
}

fn listing(holders: &[&str]) -> Inventory {
    let volume = |n: &str| Volume { name: n.to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let container = |name: &&str| Container {
        id: format!("id-{name}"),
        name: (*name).to_owned(),
        image: "postgres:16".to_owned(),
        state: State::Running,
        project: None,
        service: None,
        is_helper: false,
        mounts: vec![Mount {
            source: Source::Volume("v".to_owned()),
            destination: "/data".to_owned(),
            read_only: false,
        }],
    };
    Inventory::join(vec![volume("v"), volume("w")], holders.iter().map(container).collect(), vec![])
}

fn seen(at: Timestamp, is_watched: bool) -> Seen {
    Seen { at, is_watched, is_created_stable: false }
}

/// A history with the volumes `v` and `w`.
fn history() -> History {
    let history = History::in_memory().expect("a history");
    history.record_inventory(ENGINE, &listing(&[]), seen(ago(90 * 86_400), false)).expect("recorded");
    history
}

fn count(history: &History, table: &str) -> i64 {
    history.lock().query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).expect("counted")
}

#[test]
fn a_file_of_the_first_version_becomes_one_of_this_and_keeps_what_it_knows() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).expect("made");
    old.execute_batch(schema::FIRST).expect("the first tables");
    old.pragma_update(None, "user_version", 1).expect("set");
    old.execute_batch(&format!(
        "INSERT INTO engine (id, identity) VALUES (1, '{ENGINE}');
         INSERT INTO volume (id, engine, name, first_seen) VALUES (7, 1, 'v', 0);
         INSERT INTO sample (volume, at, confirmed_at, apparent, method)
         VALUES (7, {0}, {0}, 4096, 'engine')",
        ago(60).as_millisecond()
    ))
    .expect("filled");
    drop(old);
    let history = History::open(&path).expect("brought up to date");
    assert_eq!(history.usages(ENGINE).expect("read")["v"].apparent, Some(4096));
    let weight = [FolderWeight { path: "a".to_owned(), allocated: 1 }];
    history.record_folders(ENGINE, "v", ago(0), &weight).expect("the new table is there");
    drop(history);
    History::open(&path).expect("and opened again");
    let version: i64 = Connection::open(&path)
        .expect("opened")
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("read");
    assert_eq!(version, schema::VERSION);
}

#[test]
fn samples_thin_out_with_age_and_the_newest_stays() {
    let history = history();
    let minutes = |days: i64| days * 24 * 60;
    // A sample each ten minutes for 40 days, each of another size.
    for ten in (0..minutes(40) / 10).rev() {
        let minute = ten * 10;
        let size = (minutes(40) - minute).unsigned_abs();
        let usage = usage(Some(size), None, ago(minute * 60));
        history.record_usages(ENGINE, [("v", &usage)]).expect("recorded");
    }
    let long_ago = usage(Some(5), None, ago(500 * 86_400));
    history.record_usages(ENGINE, [("w", &long_ago)]).expect("recorded");
    history.lock().execute("DELETE FROM tidied", []).expect("so that it is due");
    history.forget_old(ago(0)).expect("tidied");
    let kept = history.samples(ENGINE, "v", Timestamp::MIN).expect("read");
    let between = |from: i64, to: i64| {
        kept.iter().filter(|s| s.at >= ago(from * 3600) && s.at < ago(to * 3600)).count()
    };
    assert_eq!(between(24, 0) + 1, 145, "all of the last day");
    assert!((29 * 24..=31 * 24).contains(&between(31 * 24, 24)), "one an hour: {}", between(31 * 24, 24));
    assert!((8..=10).contains(&between(40 * 24, 31 * 24)), "one a day: {}", between(40 * 24, 31 * 24));
    assert_eq!(kept.last().map(|s| s.at), Some(ago(0)), "the newest stays");
    assert_eq!(history.usages(ENGINE).expect("read")["w"].allocated, Some(5), "however old it is");
    let before = count(&history, "sample");
    history.forget_old(ago(-60)).expect("tidied");
    assert_eq!(count(&history, "sample"), before, "not again within hours");
    let tidied = || -> i64 {
        history.lock().query_row("SELECT at FROM tidied", [], |row| row.get(0)).expect("one row")
    };
    let set_back = ago(3600);
    assert_eq!(tidied(), ago(0).as_millisecond());
    history.forget_old(set_back).expect("tidied");
    assert_eq!(tidied(), set_back.as_millisecond(), "a clock that was set back does not stop it");
}

#[test]
fn what_a_volume_weighed_at_a_moment_is_what_was_measured_before() {
    let history = history();
    for (seconds, size) in [(7200, 10), (3600, 20), (60, 30)] {
        history.record_usages(ENGINE, [("v", &usage(Some(size), Some(1), ago(seconds)))]).expect("recorded");
    }
    let at = |seconds| history.sizes_at(ENGINE, ago(seconds)).expect("read").get("v").map(|s| s.bytes);
    assert_eq!([at(8000), at(7200), at(3601), at(0)], [None, Some(10), Some(10), Some(30)]);
    let sizes = |since| -> Vec<u64> {
        history.samples(ENGINE, "v", ago(since)).expect("read").iter().map(|s| s.bytes).collect()
    };
    assert_eq!(sizes(3000), [20, 30], "with the one before");
    assert_eq!(sizes(9000), [10, 20, 30]);
    assert!(history.samples("engine-b", "v", Timestamp::MIN).expect("read").is_empty());
}

#[test]
fn trails_are_of_living_volumes_and_never_mix_what_was_counted() {
    let history = history();
    for (seconds, allocated, apparent) in
        [(90_000, None, Some(70)), (5000, Some(4096), Some(80)), (60, Some(8192), Some(90))]
    {
        history.record_usages(ENGINE, [("v", &usage(allocated, apparent, ago(seconds)))]).expect("recorded");
    }
    let trails = history.trails(ENGINE, ago(100_000), ago(0)).expect("read");
    assert_eq!(trails.len(), 1, "only what was measured");
    let trail = &trails["v"];
    assert_eq!((trail.len(), trail.counted()), (3, Some(Counted::Allocated)));
    assert_eq!(trail.change(Period::Hour, ago(0)).map(|c| (c.bytes, c.is_whole)), Some((4096, true)));
    assert_eq!(trail.change(Period::Day, ago(0)).map(|c| (c.bytes, c.is_whole)), Some((4096, false)));
    history.record_gone(ENGINE, "v", ago(0)).expect("recorded");
    assert!(history.trails(ENGINE, ago(100_000), ago(0)).expect("read").is_empty());
}

#[test]
fn who_had_a_volume_is_told_with_open_ends_and_how_sure_it_is() {
    let history = history();
    let record = |holders: &[&str], seconds, watched| {
        history.record_inventory(ENGINE, &listing(holders), seen(ago(seconds), watched)).expect("recorded");
    };
    record(&["web"], 5000, false);
    record(&["web", "job"], 4000, true);
    record(&["job"], 3000, true);
    let stays = history.stays(ENGINE, "v").expect("read");
    let told: Vec<_> = stays.iter().map(|s| (s.container.as_str(), s.from.is_exact, s.until)).collect();
    assert_eq!(told[0].0, "web");
    assert!(!told[0].1, "nobody watched when it came");
    assert_eq!(told[0].2.map(|m| (m.at, m.is_exact)), Some((ago(3000), true)));
    assert_eq!(told[1], ("job", true, None), "it has it still");
    assert!(history.stays(ENGINE, "w").expect("read").is_empty());
}

#[test]
fn folders_that_grew_are_found_and_unchanged_ones_written_once() {
    let history = history();
    let record = |seconds: i64, folders: &[(&str, u64)]| {
        let weights: Vec<FolderWeight> = folders
            .iter()
            .map(|(path, allocated)| FolderWeight { path: (*path).to_owned(), allocated: *allocated })
            .collect();
        history.record_folders(ENGINE, "v", ago(seconds), &weights).expect("recorded");
    };
    let grown = |seconds| history.grown_folders(ENGINE, "v", ago(seconds), ago(0)).expect("read");
    assert!(grown(9000).is_empty(), "nobody looked");
    record(8000, &[("base", 100), ("pg_wal", 50), ("old", 9)]);
    assert!(grown(9000).is_empty(), "one look is no growth");
    record(4000, &[("base", 100), ("pg_wal", 80), ("old", 9)]);
    record(60, &[("base", 101), ("pg_wal", 200), ("fresh", 40)]);
    assert_eq!(count(&history, "folder"), 3 + 1 + 4, "only changes are written, and that one is gone");
    let of = |path: &str, before, bytes| FolderGrowth { path: path.to_owned(), before, bytes };
    assert_eq!(
        grown(5000),
        [of("pg_wal", Some(50), 200), of("fresh", None, 40), of("base", Some(100), 101)],
        "those that gained most first"
    );
    assert_eq!(grown(3900).first(), Some(&of("pg_wal", Some(80), 200)));
    assert_eq!(grown(9000).first(), Some(&of("pg_wal", Some(50), 200)), "since the first look");
    let past = history.past(ENGINE, "v", ago(0)).expect("read");
    assert_eq!(past.grown(Period::Hour).len(), 3);
    history.record_folders(ENGINE, "ghost", ago(0), &[]).expect("what was never listed is left out");
}

#[test]
fn a_root_of_thousands_of_folders_stays_small() {
    let history = history();
    let weights: Vec<FolderWeight> =
        (0..5000).map(|i| FolderWeight { path: format!("f{i}"), allocated: i }).collect();
    history.record_folders(ENGINE, "v", ago(60), &weights).expect("recorded");
    assert_eq!(count(&history, "folder"), 256);
    let heaviest: String = history
        .lock()
        .query_row("SELECT path FROM folder ORDER BY allocated DESC LIMIT 1", [], |r| r.get(0))
        .expect("read");
    assert_eq!(heaviest, "f4999");
}

#[test]
fn what_a_cut_list_left_out_is_neither_gone_nor_new() {
    let history = history();
    let record = |seconds: i64, first: u64| {
        let weights: Vec<FolderWeight> = (first..first + 32)
            .map(|i| FolderWeight { path: format!("f{i}"), allocated: 1000 + i })
            .collect();
        history.record_folders(ENGINE, "v", ago(seconds), &weights).expect("recorded");
    };
    record(5000, 0);
    record(60, 1);
    assert_eq!(history.grown_folders(ENGINE, "v", ago(5000), ago(0)).expect("read"), [], "f32 may be old");
    assert_eq!(count(&history, "folder"), 33, "and f0 may still be there");
}

#[test]
fn ten_thousand_volumes_are_read_in_one_go() {
    let history = History::in_memory().expect("a history");
    let volumes: Vec<Volume> = (0..10_000)
        .map(|i| Volume { name: format!("v{i}"), driver: "local".to_owned(), ..Volume::default() })
        .collect();
    let inventory = Inventory::join(volumes, vec![], vec![]);
    history.record_inventory(ENGINE, &inventory, seen(ago(9000), false)).expect("recorded");
    for round in 0..3 {
        let usage = usage(Some(round), None, ago(5000 - i64::try_from(round).expect("small")));
        let all = inventory.volumes.iter().map(|v| (v.name.as_str(), &usage));
        history.record_usages(ENGINE, all).expect("recorded");
    }
    let since = ago(0) - SignedDuration::from_hours(24);
    let trails = history.trails(ENGINE, since, ago(0)).expect("read");
    assert_eq!(trails.len(), 10_000);
    assert!(trails.values().all(|trail| trail.len() <= 3));
}

use super::*;
use crate::domain::container::{Container, State};
use crate::domain::inventory::Inventory;
use crate::domain::mount::{Mount, Source};
use crate::domain::usage::Usage;
use crate::domain::volume::Volume;

const ENGINE: &str = "engine-a";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
}

fn seen(seconds: i64, is_watched: bool) -> Seen {
    Seen { at: at(seconds), is_watched, is_created_stable: false }
}

fn listing(volumes: &[&str], holds: &[(&str, &str)]) -> Inventory {
    let volume = |n: &&str| Volume { name: (*n).to_owned(), driver: "local".to_owned(), ..Volume::default() };
    let container = |(name, volume): &(&str, &str)| Container {
        id: format!("id-{name}"),
        name: (*name).to_owned(),
        image: "postgres:16".to_owned(),
        state: State::Running,
        project: None,
        service: None,
        is_helper: false,
        mounts: vec![Mount {
            source: Source::Volume((*volume).to_owned()),
            destination: "/data".to_owned(),
            read_only: false,
        }],
    };
    Inventory::join(volumes.iter().map(volume).collect(), holds.iter().map(container).collect(), vec![])
}

#[test]
fn a_watched_release_is_exact_and_an_unwatched_one_the_latest_possible() {
    let history = History::in_memory().expect("a history");
    let record = |listing: &Inventory, when, watched| {
        history.record_inventory(ENGINE, listing, seen(when, watched)).expect("recorded");
    };
    record(&listing(&["db", "cache"], &[("web", "db"), ("job", "cache")]), 0, false);
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["db"].free_since, None, "it is held");
    assert_eq!(known["db"].last_user.as_deref(), Some("web"));

    record(&listing(&["db", "cache"], &[("web", "db")]), 100, true);
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["cache"].free_since, Some(at(100)));
    assert!(known["cache"].is_exact, "somebody watched");
    assert_eq!(known["cache"].last_user.as_deref(), Some("job"), "and the last user is known");

    record(&listing(&["db", "cache"], &[]), 9_000, false);
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["db"].free_since, Some(at(9_000)), "free at the latest when first seen free");
    assert!(!known["db"].is_exact);
    assert_eq!(known["cache"].free_since, Some(at(9_000)), "nobody knows what happened meanwhile");
    assert!(!known["cache"].is_exact);
}

#[test]
fn a_volume_never_seen_held_is_free_since_it_was_first_seen() {
    let history = History::in_memory().expect("a history");
    history.record_inventory(ENGINE, &listing(&["v"], &[]), seen(0, false)).expect("recorded");
    history.record_inventory(ENGINE, &listing(&["v"], &[]), seen(500, true)).expect("recorded");
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["v"].free_since, Some(at(0)));
    assert_eq!(known["v"].last_user, None);
}

#[test]
fn a_name_made_again_is_another_volume() {
    let history = History::in_memory().expect("a history");
    let held = listing(&["v"], &[("web", "v")]);
    history.record_inventory(ENGINE, &held, seen(0, false)).expect("recorded");
    history.record_inventory(ENGINE, &listing(&[], &[]), seen(10, true)).expect("recorded");
    history.record_inventory(ENGINE, &listing(&["v"], &[]), seen(20, true)).expect("recorded");
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["v"].last_user, None, "the old life's user is not the new one's");
    assert_eq!(known["v"].free_since, Some(at(20)));

    // The same unseen: the creation time gives it away.
    let mut again = listing(&["v"], &[]);
    again.volumes[0].created_at = Some(at(5_000));
    history.record_inventory(ENGINE, &again, seen(6_000, false)).expect("recorded");
    assert_eq!(history.provenance(ENGINE).expect("read")["v"].free_since, Some(at(6_000)));
}

#[test]
fn unused_is_known_only_for_the_time_that_somebody_watched() {
    let history = History::in_memory().expect("a history");
    let record = |when, watched| {
        let listed = listing(&["v"], &[]);
        history.record_inventory(ENGINE, &listed, seen(when, watched)).expect("recorded");
    };
    let free_since = || history.provenance(ENGINE).expect("read")["v"].free_since;
    record(0, false);
    record(100, false);
    assert_eq!(free_since(), Some(at(100)), "a container may have come and gone between two listings");
    history.begin_watch(ENGINE, "one").expect("begun");
    record(200, true);
    record(300, false);
    assert_eq!(free_since(), Some(at(100)), "one watches while another lists");
    history.begin_watch(ENGINE, "two").expect("begun");
    history.end_watch(ENGINE, "one").expect("ended");
    record(400, false);
    assert_eq!(free_since(), Some(at(100)), "two took over without a gap");
    history.record_use(ENGINE, "v", at(450)).expect("recorded");
    record(460, true);
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!((known["v"].free_since, known["v"].is_exact), (Some(at(450)), true), "it was used meanwhile");
    history.end_watch(ENGINE, "two").expect("ended");
    assert!(history.watchers(ENGINE).expect("read").is_empty());
    record(500, false);
    assert_eq!(free_since(), Some(at(500)));
}

#[test]
fn a_destroyed_volume_takes_its_past_along_even_if_no_listing_missed_it() {
    let history = History::in_memory().expect("a history");
    let record = |holds: &[(&str, &str)], when| {
        history.record_inventory(ENGINE, &listing(&["v"], holds), seen(when, true)).expect("recorded");
    };
    record(&[("web", "v")], 0);
    let usage = Usage::from_engine(7, at(1));
    history.record_usages(ENGINE, [("v", &usage)]).expect("recorded");
    history.record_gone(ENGINE, "v", at(50)).expect("recorded");
    record(&[], 51);
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["v"].last_user, None, "the new volume never had a user");
    assert_eq!(known["v"].free_since, Some(at(51)));
    assert!(history.usages(ENGINE).expect("read").is_empty(), "nor a size");

    history.record_gone(ENGINE, "v", at(50)).expect("recorded");
    assert_eq!(
        history.provenance(ENGINE).expect("read")["v"].first_seen,
        Some(at(51)),
        "another volx that tells it later does not end the new life"
    );
}

#[test]
fn a_sum_of_sizes_does_not_hide_what_is_taken_on_disk() {
    let history = History::in_memory().expect("a history");
    history.record_inventory(ENGINE, &listing(&["v"], &[]), seen(0, false)).expect("recorded");
    let day = 24 * 3600;
    let walked = Usage {
        allocated: Some(1_100_000),
        method: crate::domain::usage::Method::Direct,
        ..Usage::from_engine(2_100_000_000, at(10))
    };
    let told = |when| Usage::from_engine(2_100_000_000, at(when));
    history.record_usages(ENGINE, [("v", &walked)]).expect("recorded");
    history.record_usages(ENGINE, [("v", &told(20))]).expect("recorded");
    assert_eq!(history.usages(ENGINE).expect("read")["v"].allocated, Some(1_100_000), "known a moment ago");
    history.record_usages(ENGINE, [("v", &told(20 + 2 * day))]).expect("recorded");
    let late = history.usages(ENGINE).expect("read")["v"].clone();
    assert_eq!((late.allocated, late.apparent), (None, Some(2_100_000_000)), "days later it is no more");
}

#[test]
fn engines_do_not_mix() {
    let history = History::in_memory().expect("a history");
    history.record_inventory(ENGINE, &listing(&["v"], &[("web", "v")]), seen(0, false)).expect("recorded");
    assert!(history.provenance("engine-b").expect("read").is_empty());
    assert!(history.usages("engine-b").expect("read").is_empty());
}

#[test]
fn sizes_are_remembered_and_a_flat_line_stays_small() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("deep/history.db");
    let history = History::open(&path).expect("a history");
    history.record_inventory(ENGINE, &listing(&["v", "w"], &[]), seen(0, false)).expect("recorded");
    for second in 0..50 {
        let usage = Usage::from_engine(4096, at(second));
        history.record_usages(ENGINE, [("v", &usage), ("ghost", &usage)]).expect("recorded");
    }
    let grown = Usage::from_engine(8192, at(60));
    history.record_usages(ENGINE, [("v", &grown)]).expect("recorded");
    drop(history);

    let history = History::open(&path).expect("opened again");
    let known = history.usages(ENGINE).expect("read");
    assert_eq!(known.len(), 1, "only what was measured: {known:?}");
    assert_eq!(known["v"], grown);
    let samples: i64 =
        history.lock().query_row("SELECT count(*) FROM sample", [], |row| row.get(0)).expect("counted");
    assert_eq!(samples, 2, "an unchanged size is not written again");
}

#[test]
fn a_newer_or_broken_file_is_an_error_that_says_so() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let newer = folder.path().join("newer.db");
    Connection::open(&newer).expect("made").pragma_update(None, "user_version", 99).expect("set");
    assert!(matches!(History::open(&newer), Err(Error::Newer { found: 99, .. })));
    let broken = folder.path().join("broken.db");
    std::fs::write(&broken, "this is no database, and long enough to be looked at by SQLite".repeat(40))
        .expect("written");
    let error = History::open(&broken).expect_err("no database");
    assert!(error.to_string().contains("broken.db"), "{error}");
    assert!(broken.exists(), "and nothing was deleted");
}

#[test]
fn two_programs_share_one_file() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("history.db");
    let one = History::open(&path).expect("first");
    let two = History::open(&path).expect("second");
    let held = listing(&["v"], &[("web", "v")]);
    one.record_inventory(ENGINE, &held, seen(0, true)).expect("recorded");
    two.record_inventory(ENGINE, &held, seen(1, true)).expect("recorded");
    let rows: i64 =
        one.lock().query_row("SELECT count(*) FROM attachment", [], |r| r.get(0)).expect("counted");
    assert_eq!(rows, 1, "the second saw that it was known");
}

#[test]
fn where_creation_times_are_stable_another_one_is_another_volume() {
    let history = History::in_memory().expect("a history");
    let made = |created, holds: &[(&str, &str)]| {
        let mut listing = listing(&["v"], holds);
        listing.volumes[0].created_at = Some(at(created));
        listing
    };
    let stable = |seconds| Seen { is_created_stable: true, ..seen(seconds, false) };
    history.record_inventory(ENGINE, &made(0, &[("web", "v")]), stable(10)).expect("recorded");
    let usage = Usage::from_engine(7, at(11));
    history.record_usages(ENGINE, [("v", &usage)]).expect("recorded");
    history.record_inventory(ENGINE, &made(5_000, &[]), stable(6_000)).expect("recorded");
    let known = history.provenance(ENGINE).expect("read");
    assert_eq!(known["v"].last_user, None, "the old volume's user is not the new one's");
    assert!(history.usages(ENGINE).expect("read").is_empty(), "nor is its size");
}

#[test]
fn a_listing_that_was_overtaken_is_not_written_down() {
    let history = History::in_memory().expect("a history");
    history.record_inventory(ENGINE, &listing(&["v"], &[("web", "v")]), seen(20, true)).expect("recorded");
    history.record_inventory(ENGINE, &listing(&[], &[]), seen(10, false)).expect("recorded");
    assert_eq!(history.provenance(ENGINE).expect("read")["v"].free_since, None, "web still has it");
}

#[test]
fn an_unchanged_size_is_as_fresh_as_its_last_measurement() {
    let history = History::in_memory().expect("a history");
    history.record_inventory(ENGINE, &listing(&["v"], &[]), seen(0, false)).expect("recorded");
    for second in [1, 500] {
        let usage = Usage::from_engine(7, at(second));
        history.record_usages(ENGINE, [("v", &usage)]).expect("recorded");
    }
    assert_eq!(history.usages(ENGINE).expect("read")["v"].measured_at, at(500));
}

#[cfg(unix)]
#[test]
fn the_file_is_the_user_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("deep/history.db");
    drop(History::open(&path).expect("a history"));
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("a folder")), 0o700);
}

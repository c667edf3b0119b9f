use std::collections::BTreeMap;

use super::*;
use crate::domain::inventory::Inventory;
use crate::domain::volume::Volume;

const ENGINE: &str = "engine-a";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
}

fn seen(seconds: i64) -> Seen {
    Seen { at: at(seconds), is_watched: false, is_created_stable: true }
}

fn volume(name: &str, created: i64) -> Volume {
    Volume { name: name.to_owned(), created_at: Some(at(created)), ..Volume::default() }
}

fn listing(volumes: Vec<Volume>) -> Inventory {
    Inventory::join(volumes, Vec::new(), Vec::new())
}

fn decided(pairs: &[(&str, bool)]) -> BTreeMap<String, bool> {
    pairs.iter().map(|(name, is)| ((*name).to_owned(), *is)).collect()
}

#[test]
fn a_protection_is_of_the_name_and_a_lifting_of_one_life() {
    let history = History::in_memory().expect("a history");
    let (kept, lifted) = (volume("kept", 0), volume("lifted", 0));
    history
        .record_inventory(ENGINE, &listing(vec![kept.clone(), lifted.clone()]), seen(1))
        .expect("recorded");
    history.decide_protection(ENGINE, &[kept], true, seen(1)).expect("decided");
    history.decide_protection(ENGINE, std::slice::from_ref(&lifted), false, seen(1)).expect("decided");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[("kept", true), ("lifted", false)]));
    assert_eq!(history.protections("engine-b").expect("read"), decided(&[]), "engines do not mix");

    history.record_gone(ENGINE, "kept", at(5)).expect("recorded");
    history.record_gone(ENGINE, "lifted", at(5)).expect("recorded");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[("kept", true)]));
    let again = listing(vec![volume("kept", 9), volume("lifted", 9)]);
    history.record_inventory(ENGINE, &again, seen(10)).expect("recorded");
    assert_eq!(
        history.protections(ENGINE).expect("read"),
        decided(&[("kept", true)]),
        "another volume by now"
    );
}

#[test]
fn what_is_decided_last_counts_also_of_a_volume_that_no_listing_recorded() {
    let history = History::in_memory().expect("a history");
    let unknown = volume("v", 3);
    history.decide_protection(ENGINE, std::slice::from_ref(&unknown), true, seen(4)).expect("decided");
    history.decide_protection(ENGINE, std::slice::from_ref(&unknown), false, seen(5)).expect("decided");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[("v", false)]));
    let other = volume("v", 6);
    history.decide_protection(ENGINE, std::slice::from_ref(&other), false, seen(7)).expect("decided");
    history.record_inventory(ENGINE, &listing(vec![other]), seen(8)).expect("the same life goes on");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[("v", false)]));
    history.decide_protection(ENGINE, &[unknown], true, seen(9)).expect("decided");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[("v", true)]));
}

#[test]
fn a_life_that_is_forgotten_takes_its_lifting_along() {
    let history = History::in_memory().expect("a history");
    history.decide_protection(ENGINE, &[volume("v", 0)], false, seen(0)).expect("decided");
    history.record_gone(ENGINE, "v", at(1)).expect("recorded");
    history.lock().execute("DELETE FROM tidied", []).expect("cleared");
    history.forget_old(at(500 * 86_400)).expect("no row refers to what is gone");
    let left: i64 =
        history.lock().query_row("SELECT count(*) FROM protection", [], |row| row.get(0)).expect("counted");
    assert_eq!(left, 0);
}

#[test]
fn a_file_of_the_second_version_learns_to_protect() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("history.db");
    let old = Connection::open(&path).expect("made");
    old.execute_batch(&format!("{}{}", schema::FIRST, schema::GROWTH)).expect("the tables of then");
    old.pragma_update(None, "user_version", 2).expect("set");
    old.execute_batch(&format!(
        "INSERT INTO engine (id, identity) VALUES (1, '{ENGINE}');
         INSERT INTO volume (id, engine, name, first_seen) VALUES (7, 1, 'v', 0);"
    ))
    .expect("filled");
    drop(old);
    let history = History::open(&path).expect("brought up to date");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[]));
    history.decide_protection(ENGINE, &[volume("v", 0)], false, seen(0)).expect("decided");
    drop(history);
    let history = History::open(&path).expect("opened again");
    assert_eq!(history.protections(ENGINE).expect("read"), decided(&[("v", false)]));
    assert!(history.provenance(ENGINE).expect("read").contains_key("v"), "what was known stays");
}

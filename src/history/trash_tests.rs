use std::path::Path;

use jiff::Timestamp;

use super::*;
use crate::domain::keep::Discarded;
use crate::domain::volume::Volume;

fn volume(name: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        driver: "local".to_owned(),
        scope: "local".to_owned(),
        created_at: "2026-11-21T04:11:38.123456789Z".parse().ok(),
        labels: [("team".to_owned(), "a".to_owned())].into(),
        options: [("o".to_owned(), "password=open".to_owned())].into(),
        ..Volume::default()
    }
}

#[test]
fn a_volume_is_known_as_it_was_until_it_is_forgotten() {
    let history = History::in_memory().expect("a history");
    let at = Timestamp::from_second(1000).expect("a time");
    let action = history.begin_action("e", "rm", at).expect("begun");
    let path = Path::new("/t/1/v.tar.zst");
    let id = history.discard(action, [(&volume("v"), Some(path))], at).expect("noted")[0];
    let row = || history.trash("e").expect("read").into_iter().next();
    let there = row().expect("there");
    assert_eq!((there.is_whole, there.is_removed, &there.discarded.volume), (false, false, &volume("v")));
    let copied = Discarded { bytes: 77, ..there.discarded };
    history.discards_are_whole(&[copied]).expect("noted");
    history.discard_is_removed(id).expect("noted");
    history.discard_is_restoring(id, Some("w")).expect("noted");
    let there = row().expect("there");
    assert_eq!((there.is_whole, there.is_removed, there.restoring.as_deref()), (true, true, Some("w")));
    assert_eq!((there.discarded.bytes, history.trash_bytes().expect("summed")), (77, 77));
    assert_eq!(history.trash("another").expect("read"), [], "each engine has its own");
    history.discards_are_over(&[id]).expect("noted");
    let there = row().expect("there");
    assert_eq!((there.is_whole, there.is_removed, there.restoring), (false, false, None));
    history.forget_discarded(&[id]).expect("forgotten");
    assert_eq!(row(), None);
    assert!(history.begin_action("e", "rm", at).expect("begun") > action, "no id is used again");
}

#[test]
fn an_empty_volume_is_whole_without_a_file() {
    let history = History::in_memory().expect("a history");
    let at = Timestamp::UNIX_EPOCH;
    let action = history.begin_action("e", "prune", at).expect("begun");
    let path = Path::new("/t/1/v.tar.zst");
    history.discard(action, [(&volume("v"), Some(path))], at).expect("noted");
    let noted = history.trash("e").expect("read").remove(0).discarded;
    assert_eq!(
        (noted.path.as_deref(), &noted.root),
        (Some(path), &None),
        "nobody knows yet that it is empty"
    );
    let empty = Discarded { path: None, root: Some(vec![1, 2, 3]), ..noted };
    history.discards_are_whole(std::slice::from_ref(&empty)).expect("noted");
    assert_eq!(history.trash("e").expect("read").remove(0).discarded, empty);
}

#[test]
fn what_was_replaced_is_never_seen_half() {
    let history = History::in_memory().expect("a history");
    let at = Timestamp::UNIX_EPOCH;
    let action = history.begin_action("e", "replace", at).expect("begun");
    let path = Path::new("/t/1/v.tar.zst");
    let id = history.discard_replaced(action, &volume("v"), path, 77, at).expect("noted");
    let row = history.trash("e").expect("read").remove(0);
    assert_eq!((row.discarded.id, row.is_whole, row.is_removed, row.restoring), (id, true, true, None));
    assert_eq!((row.discarded.path.as_deref(), row.discarded.bytes), (Some(path), 77));
}

#[test]
fn an_action_ends_with_the_last_of_its_volumes() {
    let history = History::in_memory().expect("a history");
    let at = Timestamp::UNIX_EPOCH;
    let empty = history.begin_action("e", "prune", at).expect("begun");
    assert!(history.end_action(empty).expect("ended"), "nothing came of it");
    let action = history.begin_action("e", "prune", at).expect("begun");
    let path = Path::new("/t/2/two.tar.zst");
    let ids =
        history.discard(action, [(&volume("one"), None), (&volume("two"), Some(path))], at).expect("noted");
    let [one, two] = ids[..] else { panic!("a number each: {ids:?}") };
    assert!(!history.end_action(action).expect("asked"), "it can be taken back");
    history.forget_discarded(&[one]).expect("forgotten");
    assert_eq!(history.trash("e").expect("read").len(), 1);
    assert_eq!(history.trash("e").expect("read")[0].discarded.id, two);
    history.forget_discarded_at(Path::new("/t/2/other")).expect("nothing to forget");
    assert_eq!(history.trash("e").expect("read").len(), 1);
    history.forget_discarded_at(path).expect("forgotten");
    assert!(!history.end_action(action).expect("asked"), "it is gone by itself");
    let renamed = history.record_rename("e", ("a", "b"), Some("m"), at).expect("noted");
    assert!(!history.end_action(renamed).expect("asked"), "a renaming has no volumes");
    assert_eq!(history.renamings("e").expect("read").len(), 1);
    history.forget_rename(renamed).expect("forgotten");
    assert_eq!(history.renamings("e").expect("read"), []);
}

//! Backing up, proving, restoring, cloning and renaming on the screen, and leaving meanwhile.

use std::collections::BTreeMap;

use volx::app::message::Effect;
use volx::app::model::Screen;
use volx::app::overlay::Overlay;
use volx::domain::change::ChangeAsk;
use volx::domain::creation::NewVolume;
use volx::domain::job::{JobId, JobKind, JobState};
use volx::domain::keep::{KeepAsk, KeepNews, Kept, Making, Renamed, Secrets, Writers};
use volx::domain::prune::{Due, Room, Undo};
use volx::domain::trouble::Trouble;
use volx::engine::Engine as _;

use crate::stage::Stage;
use crate::stage::keeping::kept;

pub(crate) fn on(volume: &str) -> Stage {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("/");
    stage.type_text(&format!("name:{volume}"));
    stage.press("enter");
    assert_eq!(stage.model.home.selected_name(), Some(volume));
    stage
}

pub(crate) fn last(stage: &Stage) -> KeepAsk {
    let asked = stage.asked_to_keep();
    (*asked.iter().rev().find(|ask| ***ask != KeepAsk::List).expect("something was asked")).clone()
}

#[test]
fn a_volume_in_use_is_backed_up_only_after_its_writers_were_named() {
    let mut stage = on("shop_postgres-data");
    stage.press("b");
    let text = stage.text();
    assert!(text.contains("Into /home/anna/volx-backups"), "where to:\n{text}");
    assert!(text.contains("may write meanwhile"), "{text}");
    assert!(text.contains("live") && text.contains("pause") && text.contains("stop"), "{text}");
    assert!(stage.asked_to_keep().iter().all(|ask| **ask == KeepAsk::List), "asking does nothing");
    stage.press("j enter");
    let (names, making) = (vec!["shop_postgres-data".to_owned()], Making::default());
    assert_eq!(last(&stage), KeepAsk::BackUp { names, writers: Writers::Paused, making });
    assert!(stage.text().contains("backup of shop_postgres-data: 1.0 kB, read back"), "{}", stage.text());
    // What is there is asked for anew, and seen beside the volume.
    assert!(stage.text().contains("Last backup"), "{}", stage.text());
    assert!(stage.text().contains("just now, read back just now"), "{}", stage.text());
}

#[test]
fn escape_takes_the_question_back() {
    let mut stage = on("shop_postgres-data");
    stage.press("b esc");
    assert!(stage.model.overlays.is_empty());
    assert!(stage.asked_to_keep().iter().all(|ask| **ask == KeepAsk::List));
}

#[test]
fn marked_volumes_are_backed_up_together() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("space space b");
    assert!(stage.text().contains("2 volumes ("), "{}", stage.text());
    stage.press("enter");
    let KeepAsk::BackUp { names, writers, .. } = last(&stage) else { panic!("{:?}", last(&stage)) };
    assert_eq!((names.len(), writers), (2, Writers::Live));
    assert_eq!(stage.model.jobs.all.len(), 2, "each is a job of its own");
}

#[test]
fn what_is_not_offered_is_neither_shown_nor_done() {
    let mut stage = Stage::demo(200, 50);
    assert!(!stage.text().contains("back up"), "{}", stage.text());
    for keys in ["b", "C", "R"] {
        stage.press(keys);
        assert!(stage.model.overlays.is_empty(), "{keys}");
        assert!(stage.text().contains("not possible now"), "{}", stage.text());
    }
    stage.press(":");
    stage.type_text("clone");
    assert!(!stage.text().contains("Copy the selected volume, with"), "{}", stage.text());
    assert_eq!(stage.asked_to_keep(), [] as [&KeepAsk; 0]);
}

#[test]
fn the_selected_backup_stays_selected_when_newer_ones_come() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 j j");
    let before = stage.model.backups.selected(&stage.model.jobs).expect("selected").path.clone();
    stage.keeping.kept.insert(0, kept("aa-new", 0, 10));
    stage.press("f5");
    assert_eq!(stage.model.backups.selected(&stage.model.jobs).expect("selected").path, before);
    assert_eq!(stage.model.backups.cursor.at, 3);
    // One that is gone leaves its place.
    stage.keeping.kept.remove(3);
    stage.press("f5");
    assert_eq!(stage.model.backups.cursor.at, 3);
    stage.press("G");
    assert_eq!(stage.model.backups.selected(&stage.model.jobs).expect("selected").volume, "wiki");
}

#[test]
fn a_backup_is_proven_in_one_of_two_ways() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 j v");
    assert!(stage.text().contains("never proven"), "{}", stage.text());
    stage.press("j enter");
    let path = kept("nextcloud_data", 26, 0).path;
    assert_eq!(last(&stage), KeepAsk::Verify { paths: vec![path], restoring: true });
    assert!(stage.text().contains("restored now"), "{}", stage.text());
}

#[test]
fn a_restore_takes_another_name_where_the_old_one_is_taken() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 r");
    assert!(stage.text().contains("made under another name; what exists stays"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.text().contains("shop_postgres-data-restored"), "a name that is free: {}", stage.text());
    stage.press("ctrl-u");
    stage.type_text("shop_postgres-data");
    stage.press("enter");
    assert!(stage.text().contains("a volume of this name exists"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.text().contains("a volume of this name exists"), "asked again");
    stage.type_text("-back");
    stage.press("enter");
    let path = kept("shop_postgres-data", 3, 0).path;
    let name = "shop_postgres-data-back".to_owned();
    assert_eq!(last(&stage), KeepAsk::Restore { path, name, secrets: Secrets::default() });
    assert!(stage.effects.contains(&Effect::Refresh), "the new volume is listed");
}

#[test]
fn a_masked_secret_is_asked_for_blind_and_kept_nowhere() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 j j j r enter enter");
    assert!(stage.text().contains("the secret in the driver option 'o'"), "{}", stage.text());
    stage.type_text("hunter2");
    let text = stage.text();
    assert!(text.contains("*******") && !text.contains("hunter2"), "{text}");
    assert!(!format!("{:?}", stage.model).contains("hunter2"), "no debug text has it");
    stage.is_silent = true;
    stage.press("enter");
    assert!(!format!("{:?}", stage.effects).contains("hunter2"));
    let KeepAsk::Restore { name, secrets, .. } = last(&stage) else { panic!("{:?}", last(&stage)) };
    assert_eq!((name.as_str(), secrets.0["o"].as_str()), ("media-share", "hunter2"));
}

#[test]
fn a_broken_backup_is_not_restored() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 G r");
    assert!(stage.model.overlays.is_empty());
    assert!(stage.text().contains("it ends before its index"), "{}", stage.text());
}

#[test]
fn the_path_and_the_line_without_volx_are_copied() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 y j enter");
    let Some(Effect::Copy(line)) = stage.effects.last() else { panic!("{:?}", stage.effects.last()) };
    assert!(line.starts_with("tar --zstd --xattrs") && line.contains("shop_postgres-data-"), "{line}");
}

#[test]
fn a_hostile_name_is_neither_shown_raw_nor_copied() {
    let mut stage = Stage::demo(120, 40);
    stage.keeping.kept = vec![Kept { losses: vec!["\u{1b}[2Jx".to_owned()], ..kept("v\u{1b}[31mx", 1, 10) }];
    stage.offer();
    stage.press("4");
    assert!(!stage.text().contains('\u{1b}'), "{}", stage.text());
    stage.press("y j j enter");
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::Copy(_))));
}

#[test]
fn jobs_are_told_and_cancelled_from_their_list() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.is_silent = true;
    stage.job(1, JobKind::Backup, "shop_postgres-data", JobState::Running);
    stage.job(2, JobKind::Backup, "nextcloud_data", JobState::Waiting);
    let text = stage.text();
    assert!(text.contains("42%") && text.contains("42.0 MB/s") && text.contains("13s left"), "{text}");
    assert!(text.contains("waits"), "{text}");
    stage.press("B j x");
    assert_eq!(last(&stage), KeepAsk::Cancel(JobId(1)), "the newest is first");
    let trouble = Trouble::new("not backed up", "no space left on device").with_remedy("make room");
    stage.job(1, JobKind::Backup, "shop_postgres-data", JobState::Failed(trouble));
    let text = stage.text();
    assert!(text.contains("no space left on device") && text.contains("make room"), "{text}");
    stage.press("x");
    assert!(stage.text().contains("it is over"), "{}", stage.text());
}

#[test]
fn a_list_that_fails_keeps_what_was_known_and_says_so() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4");
    stage.kept(KeepNews::Backups(Err(Trouble::new("the folder cannot be read", "permission denied"))));
    let text = stage.text();
    assert!(text.contains("permission denied") && text.contains("nextcloud_data"), "{text}");
}

#[test]
fn what_was_put_in_order_is_news_and_no_trouble() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.kept(KeepNews::Settled("what an earlier volx held goes on: web".to_owned()));
    assert!(stage.text().contains("what an earlier volx held goes on: web"), "{}", stage.text());
    assert!(stage.model.notice.as_ref().is_some_and(|notice| !notice.is_trouble));
}

#[test]
fn leaving_with_jobs_asks_cancels_and_waits_for_their_end() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.is_silent = true;
    stage.job(1, JobKind::Backup, "shop_postgres-data", JobState::Running);
    stage.press("q");
    assert!(!stage.effects.contains(&Effect::Quit));
    assert!(stage.text().contains("1 job is under way (backup of shop_postgres-data)"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.asked_to_keep().iter().all(|ask| **ask == KeepAsk::List), "the default is No");
    stage.press("q y enter");
    assert_eq!(last(&stage), KeepAsk::Cancel(JobId(1)));
    assert!(!stage.effects.contains(&Effect::Quit), "not before it is over");
    stage.job(1, JobKind::Backup, "shop_postgres-data", JobState::Cancelled);
    assert!(stage.effects.contains(&Effect::Quit));
}

#[test]
fn whoever_insists_leaves_at_once() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.job(1, JobKind::Backup, "shop_postgres-data", JobState::Running);
    stage.press("q ctrl-c");
    assert!(stage.effects.contains(&Effect::Quit));
}

#[test]
fn a_clone_gets_a_free_name() {
    let mut stage = on("nextcloud_data");
    stage.press("C");
    assert!(matches!(stage.model.overlays.last(), Some(Overlay::Prompt(_))));
    stage.press("enter");
    let (from, to) = ("nextcloud_data".to_owned(), "nextcloud_data-copy".to_owned());
    assert_eq!(last(&stage), KeepAsk::Clone { from, to });
}

#[test]
fn a_rename_is_refused_while_containers_refer_to_the_volume() {
    let mut stage = on("nextcloud_data");
    stage.press("R");
    assert!(stage.model.overlays.is_empty());
    assert!(stage.text().contains("containers refer to it by its name: "), "{}", stage.text());
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("/");
    stage.type_text("status:dangling");
    stage.press("enter R");
    stage.type_text("-2");
    stage.press("enter");
    let KeepAsk::Rename { from, to } = last(&stage) else { panic!("{:?}", last(&stage)) };
    assert_eq!(format!("{from}-2"), to);
}

#[test]
fn the_cursor_goes_with_a_volume_to_its_new_name_and_that_is_measured() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    while stage.model.home.selected_name() != Some("scratch") {
        stage.press("j");
    }
    stage.press("R ctrl-u");
    stage.type_text("a-new-name");
    stage.press("enter");
    assert_eq!(stage.model.home.selected_name(), Some("a-new-name"));
    assert!(stage.effects.contains(&Effect::Weigh("a-new-name".to_owned())), "its size is asked for");
    // Whoever went elsewhere stays there.
    stage.press("R ctrl-u");
    stage.is_silent = true;
    stage.type_text("scratch");
    stage.press("enter k");
    let here = stage.model.home.selected_name().map(str::to_owned);
    stage.is_silent = false;
    stage.renamed("a-new-name", "scratch");
    assert_eq!(stage.model.home.selected_name().map(str::to_owned), here);
}

#[test]
fn a_removal_says_whether_there_is_a_backup() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("/");
    stage.type_text("status:dangling");
    stage.press("enter");
    let name = stage.model.home.selected_name().expect("selected").to_owned();
    stage.press("d enter");
    assert!(stage.text().contains("There is no backup."), "{}", stage.text());
    stage.press("esc");
    stage.keeping.kept.push(kept(&name, 80, 10));
    stage.offer();
    stage.press("enter");
    assert!(stage.text().contains("3d ago, read back 3d ago"), "{}", stage.text());
}

#[test]
fn the_backups_of_a_volume_are_a_tab_of_it() {
    let mut stage = on("shop_postgres-data");
    stage.press("] ] ] ]");
    let text = stage.text();
    assert!(
        text.contains("3h ago") && text.contains("restored 30h ago") || text.contains("restored 1d ago"),
        "{text}"
    );
    assert_eq!(stage.model.screen, Screen::Volumes);
}

#[test]
fn a_backup_that_is_being_read_back_is_not_said_to_be_never_proven() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.keeping.kept.insert(0, Kept { proven: None, ..kept("nextcloud_data", 0, 1000) });
    stage.offer();
    stage.press("4");
    let never = stage.text().matches("never").count();
    stage.job_at(1, JobKind::Backup, "nextcloud_data", "reading back");
    assert!(stage.text().contains("being read now") && stage.text().contains("being read back now"));
    assert_eq!(stage.text().matches("never").count() + 2, never, "{}", stage.text());
    // An older one is not meant.
    assert_eq!(stage.text().matches("being read now").count(), 1, "{}", stage.text());
    stage.job_at(1, JobKind::Backup, "nextcloud_data", "packing");
    assert!(!stage.text().contains("being read"), "{}", stage.text());
    let file = stage.keeping.kept[0].path.file_name().expect("a name").to_string_lossy().into_owned();
    stage.job_at(2, JobKind::Verify, &file, "reading back");
    assert!(stage.text().contains("being read now"), "{}", stage.text());
}

fn undoing(action: i64, names: BTreeMap<String, String>, what: &str) -> KeepAsk {
    KeepAsk::Undo { action: Some(action), names, what: what.to_owned() }
}

/// On a volume that no container has, whose removal is asked about.
fn removing(limit: Option<u64>) -> (Stage, String) {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.offer_undo(limit);
    stage.press("/");
    stage.type_text("status:dangling");
    stage.press("enter d");
    let name = stage.model.removal.selected_name(&stage.model.listed(), None).expect("one goes").to_owned();
    (stage, name)
}

fn removed(stage: &Stage) -> Vec<Undo> {
    let undo = |effect: &Effect| match effect {
        Effect::Change(ChangeAsk::Remove(plan)) => Some(plan.undo()),
        _ => None,
    };
    stage.effects.iter().filter_map(undo).collect()
}

#[test]
fn what_was_removed_is_brought_back_from_the_trash() {
    let (mut stage, name) = removing(None);
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("It can be undone: the trash") && text.contains("22.8 GB at"), "{text}");
    assert!(text.contains("nothing is free there before"), "{text}");
    assert!(!text.contains("cannot be undone") && !text.contains("for good"), "{text}");
    stage.type_text(&name);
    stage.press("enter");
    assert_eq!(removed(&stage), [Undo::Kept]);
    assert!(stage.model.listed().position(&name).is_none());
    stage.press("u");
    assert!(stage.text().contains("Bring back") && stage.text().contains("rm just now"), "{}", stage.text());
    stage.press("enter");
    assert_eq!(last(&stage), KeepAsk::Trash, "the trash is looked at again");
    assert!(stage.asked_to_keep().contains(&&undoing(7, BTreeMap::new(), &name)));
    assert!(stage.text().contains(&format!("undo of {name}: 1 back")), "{}", stage.text());
    assert!(stage.model.listed().position(&name).is_some(), "it is back");
    stage.press("u");
    assert!(stage.text().contains("there is nothing in the trash"), "{}", stage.text());
}

/// A volume that was removed, and another of its name made meanwhile.
fn taken() -> (Stage, String) {
    let (mut stage, name) = removing(None);
    stage.press("enter");
    stage.type_text(&name);
    stage.press("enter esc");
    let wanted = NewVolume { name: name.clone(), ..NewVolume::default() };
    crate::stage::block_on(stage.demo.changes().expect("the demo may be changed").make_volume(&wanted))
        .expect("made");
    stage.list();
    (stage, name)
}

#[test]
fn a_name_that_is_taken_by_then_is_asked_for() {
    let (mut stage, name) = taken();
    stage.press("u enter");
    let text = stage.text();
    assert!(text.contains("a volume of this name exists") && text.contains("comes back"), "{text}");
    stage.press("enter");
    assert!(stage.text().contains("a volume of this name exists"), "it is asked again");
    stage.press("ctrl-u");
    stage.type_text("another");
    stage.press("enter");
    let names = BTreeMap::from([(name.clone(), "another".to_owned())]);
    assert!(stage.asked_to_keep().contains(&&undoing(7, names, &name)));
    assert!(stage.model.listed().position("another").is_some());
}

#[test]
fn one_of_the_trash_comes_back_under_another_name() {
    let (mut stage, name) = taken();
    stage.press("u j enter");
    assert!(stage.text().contains("In the trash") && stage.text().contains(&name), "{}", stage.text());
    stage.press("enter ctrl-u");
    stage.type_text("another");
    stage.press("enter");
    let asked = KeepAsk::BringBack { id: 1, name: "another".to_owned() };
    assert!(stage.asked_to_keep().contains(&&asked));
}

#[test]
fn the_trash_is_emptied_by_a_plan_and_not_by_default() {
    let (mut stage, name) = taken();
    stage.press("u G enter");
    let text = stage.text();
    assert!(text.contains("1 volume of the trash, frees") && text.contains(&name), "{text}");
    assert!(text.contains("The default is No") && text.contains("cannot be undone"), "{text}");
    stage.press("enter");
    assert!(!stage.asked_to_keep().iter().any(|ask| matches!(ask, KeepAsk::Empty(_))), "No is the default");
    stage.press("u G enter");
    stage.press("y enter");
    assert!(stage.asked_to_keep().contains(&&KeepAsk::Empty(vec![1])));
    stage.press("u");
    assert!(stage.text().contains("there is nothing in the trash"), "{}", stage.text());
}

#[test]
fn a_renaming_is_taken_back_from_the_same_list() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.offer_undo(None);
    let at = stage.model.now;
    let renamed = Renamed { action: 9, at, from: "old".to_owned(), to: "new".to_owned(), mark: None };
    stage.kept(KeepNews::Renamings(vec![renamed]));
    stage.press("u");
    assert!(stage.text().contains("new gets its name old back"), "{}", stage.text());
    stage.press("enter");
    assert!(stage.asked_to_keep().contains(&&undoing(9, BTreeMap::new(), "old")));
}

#[test]
fn what_is_past_its_time_is_said_before_it_goes_with_a_removal() {
    let (mut stage, name) = removing(None);
    let due = vec![Due { id: 1, name: "ancient".to_owned(), bytes: 5_000_000 }];
    let room = Room { due, ..*stage.model.jobs.room.clone().expect("a room") };
    stage.kept(KeepNews::Room(Box::new(room)));
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("past its time") && text.contains("ancient") && text.contains("5.0 MB"), "{text}");
    stage.type_text(&name);
    stage.press("enter");
    let dropped = stage.effects.iter().find_map(|effect| match effect {
        Effect::Change(ChangeAsk::Remove(plan)) => Some(plan.dropped().to_vec()),
        _ => None,
    });
    assert_eq!(dropped, Some(vec![1]));
}

#[test]
fn what_the_trash_keeps_is_nowhere_said_to_be_free() {
    let (mut stage, name) = removing(None);
    let head = "1 of 1 volume goes, 22.8 GB into the trash, free once emptied";
    assert!(stage.text().contains(head), "{}", stage.text());
    stage.press("enter");
    assert!(stage.text().contains("1 volume (named), 22.8 GB into the trash, free once emptied."));
    stage.type_text(&name);
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("22.8 GB into the trash") && text.contains("IN TRASH"), "{text}");
    assert!(!text.to_lowercase().contains("freed"), "{text}");
    let (mut stage, _) = removing(None);
    let room = Room { is_same_disk: Some(false), ..*stage.model.jobs.room.clone().expect("a room") };
    stage.kept(KeepNews::Room(Box::new(room)));
    assert!(stage.text().contains("goes, frees 22.8 GB"), "the trash is elsewhere: {}", stage.text());
}

#[test]
fn past_the_trash_it_is_said_that_it_is_for_good() {
    let (mut stage, name) = removing(None);
    stage.press("U");
    assert!(stage.text().contains("1 of 1 volume goes, frees 22.8 GB"), "{}", stage.text());
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("This cannot be undone.") && text.contains("There is no backup."), "{text}");
    stage.type_text(&name);
    stage.press("enter");
    assert_eq!(removed(&stage), [Undo::None]);
    let text = stage.text();
    assert!(text.contains("22.8 GB freed") && text.contains("FREED"), "{text}");
    // The next plan begins with the trash again.
    stage.press("esc");
    assert_eq!(stage.model.removal.undo, Undo::Kept);
}

#[test]
fn what_does_not_fit_the_trash_is_said_before_it_is_agreed_to() {
    let (mut stage, _) = removing(Some(1_000_000));
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("1 volume stays: its 22.8 GB are more than the trash may still hold"), "{text}");
    assert!(text.contains("no-undo (U)"), "{text}");
}

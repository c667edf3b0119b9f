//! Restoring, replacing and deleting on the screen, how a backup is made, and the files of one.

use volx::app::message::Effect;
use volx::app::model::Screen;
use volx::app::overlay::Overlay;
use volx::domain::keep::{KeepAsk, Making, Writers};
use volx::domain::lifecycle::Act;
use volx::domain::live::Observation;
use volx::domain::protection::Protection;
use volx::engine::Engine;

use crate::keeping::{last, on};
use crate::stage::Stage;
use crate::stage::keeping::kept;

/// The still demo answers at once.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("at once")
}

/// On the Backups screen, at the backup of a volume that containers run with.
fn replacing() -> Stage {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 r j enter");
    stage
}

#[test]
fn the_content_of_a_volume_gives_way_only_after_its_name_was_typed() {
    let mut stage = replacing();
    let text = stage.text();
    assert!(text.contains("! Replace"), "it looks like what it is:\n{text}");
    assert!(text.contains("All that is in shop_postgres-data (38.4 GB) gives way."), "{text}");
    assert!(text.contains("comes the backup of 3h ago (4.3 GB, read back 3h ago)"), "{text}");
    assert!(text.contains("kept as a backup first; if anything fails, it is as it was"), "{text}");
    assert!(text.contains("shop-db-1 runs with it: it is stopped, and started again"), "{text}");
    assert!(text.contains("The default is No. Type the volume's name"), "{text}");
    for line in ["", "y", "shop_postgres"] {
        stage.type_text(line);
        stage.press("enter");
        assert!(stage.asked_to_keep().iter().all(|ask| **ask == KeepAsk::List), "{line}");
        assert!(stage.text().contains("not agreed: nothing was changed"), "{}", stage.text());
        stage.press("r j enter");
    }
    stage.type_text("shop_postgres-data");
    stage.press("enter");
    let (path, name) = (kept("shop_postgres-data", 3, 0).path, "shop_postgres-data".to_owned());
    assert_eq!(last(&stage), KeepAsk::Replace { path, name, stops_users: true });
    assert!(stage.text().contains("what it was is kept"), "{}", stage.text());
    assert!(stage.effects.contains(&Effect::Refresh));
}

#[test]
fn whoever_came_to_a_volume_after_the_question_is_not_stopped_by_its_answer() {
    let mut stage = replacing();
    block_on(stage.demo.changes().expect("it may").act("shop-db-1", Act::Stop)).expect("stopped");
    stage.list();
    stage.type_text("shop_postgres-data");
    stage.press("enter");
    assert!(stage.asked_to_keep().iter().all(|ask| **ask == KeepAsk::List));
    let text = stage.text();
    assert!(text.contains("it has changed meanwhile") && !text.contains("shop-db-1 runs with it"), "{text}");
    stage.type_text("shop_postgres-data");
    stage.press("enter");
    let KeepAsk::Replace { stops_users, .. } = last(&stage) else { panic!("{:?}", last(&stage)) };
    assert!(!stops_users, "nobody was named");
}

#[test]
fn a_protected_volume_keeps_its_content() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    let decided = [("shop_postgres-data".to_owned(), true)].into();
    stage.protect(Protection { decided, ..Protection::default() });
    stage.press("4 r");
    assert!(stage.text().contains("stays as it is: protected by you"), "{}", stage.text());
    stage.press("j enter");
    assert!(stage.model.overlays.is_empty(), "{}", stage.text());
    // Nor by its name.
    stage.press("r j j enter");
    stage.type_text("shop_postgres-data");
    stage.press("enter");
    assert!(stage.model.overlays.is_empty() && stage.text().contains("protected by you"), "{}", stage.text());
    assert!(stage.asked_to_keep().iter().all(|ask| **ask == KeepAsk::List));
}

#[test]
fn another_volume_may_give_way_if_it_is_there() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 r j j enter");
    stage.type_text("nowhere");
    stage.press("enter");
    assert!(stage.text().contains("there is no volume of this name"), "{}", stage.text());
    stage.press("esc r j j enter");
    stage.type_text("old-blog_mysql-data");
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("All that is in old-blog_mysql-data"), "{text}");
    assert!(text.contains("the backup of shop_postgres-data of 3h ago"), "{text}");
}

#[test]
fn nothing_is_replaced_where_nothing_may_be_changed() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4");
    let info = volx::domain::engine::EngineInfo { is_read_only: true, ..stage.demo.info().clone() };
    stage.observe(Observation::Connected(Box::new(info)));
    for keys in ["r", "d"] {
        stage.press(keys);
        assert!(stage.model.overlays.is_empty());
        assert!(stage.text().contains("is off (read-only)"), "{}", stage.text());
    }
}

#[test]
fn a_volume_is_restored_from_where_it_is_seen() {
    let mut stage = on("shop_postgres-data");
    stage.press("r");
    let text = stage.text();
    assert!(
        text.contains("Restore the backup of") && text.contains("3h ago") && text.contains("3d ago"),
        "{text}"
    );
    stage.press("j enter");
    assert!(stage.text().contains("The backup of shop_postgres-data, 3d ago"), "{}", stage.text());
    let mut stage = on("gitea_data");
    stage.press("r");
    assert!(stage.text().contains("there is no backup of gitea_data"), "{}", stage.text());
}

#[test]
fn how_a_backup_is_made_is_set_beside_the_question() {
    let mut stage = on("shop_postgres-data");
    stage.press("b j j j enter");
    let text = stage.text();
    assert!(text.contains("Options") && text.contains("3 of 1 (fast) to 19 (small)"), "{text}");
    stage.press("j enter ctrl-u");
    for _ in 0..4 {
        stage.press("backspace");
    }
    stage.type_text("99");
    stage.press("enter");
    assert!(stage.text().contains("a number from 1 to 19"), "{}", stage.text());
    stage.press("backspace backspace");
    stage.type_text("12");
    stage.press("enter");
    assert!(stage.text().contains("12 of 1 (fast)"), "{}", stage.text());
    stage.press("j j enter");
    stage.type_text("*.log cache/*");
    stage.press("enter j enter");
    assert!(stage.text().contains("no: it stays unproven"), "{}", stage.text());
    stage.press("k k k k enter");
    stage.type_text("/deep");
    stage.press("enter esc");
    let text = stage.text();
    let manner = "Into /home/anna/volx-backups/deep, level 12, without *.log, cache/*, not read back";
    assert!(text.contains(manner), "{text}");
    stage.press("j enter");
    let making = Making {
        folder: Some("/home/anna/volx-backups/deep".into()),
        level: 12,
        threads: 0,
        exclude: vec!["*.log".to_owned(), "cache/*".to_owned()],
        is_read_back: false,
    };
    let names = vec!["shop_postgres-data".to_owned()];
    assert_eq!(last(&stage), KeepAsk::BackUp { names, writers: Writers::Paused, making });
}

#[test]
fn marked_backups_are_proven_together() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 space space v");
    let text = stage.text();
    assert!(text.contains("2 backups, 1 of them never proven"), "{text}");
    assert!(text.contains("2 marked, 50.1 GB"), "{text}");
    stage.press("enter");
    let KeepAsk::Verify { paths, restoring: false } = last(&stage) else { panic!("{:?}", last(&stage)) };
    assert_eq!(paths.len(), 2);
    stage.press("esc");
    assert!(stage.model.backups.marks.is_empty(), "Esc drops the marks");
}

#[test]
fn a_backup_is_deleted_after_it_was_shown() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 d");
    let text = stage.text();
    assert!(text.contains("! Delete") && text.contains("1 backup is deleted for good (1.4 GB)."), "{text}");
    stage.press("enter");
    assert_eq!(stage.keeping.kept.len(), 5, "the default is No");
    stage.press("d y enter");
    let path = kept("shop_postgres-data", 3, 0).path;
    assert!(stage.asked_to_keep().contains(&&KeepAsk::Delete { paths: vec![path] }));
    assert!(!stage.text().contains("3h"), "{}", stage.text());
    // The only one that a volume has is worth its name.
    stage.press("d y enter");
    assert_eq!(stage.keeping.kept.len(), 4);
    stage.press("d");
    stage.type_text("nextcloud_data");
    stage.press("enter");
    assert_eq!(stage.keeping.kept.len(), 3);
}

#[test]
fn the_files_of_a_backup_are_gone_through_like_a_volumes() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 j enter");
    assert_eq!(stage.model.screen, Screen::Files);
    let text = stage.text();
    assert!(
        text.contains("backup of nextcloud_data, 26h ago:/")
            || text.contains("backup of nextcloud_data, 1d ago:/"),
        "{text}"
    );
    let before = stage.model.files.place();
    stage.press("/");
    stage.type_text("ben");
    stage.press("enter enter");
    assert_ne!(stage.model.files.place(), before, "{}", stage.text());
    for keys in ["i", "b", "C", "R"] {
        stage.press(keys);
        assert!(stage.model.overlays.is_empty(), "{keys}");
    }
    stage.press("o");
    assert!(matches!(stage.model.overlays.last(), Some(Overlay::Prompt(_))), "one file is taken out");
    stage.press("esc esc esc");
    assert_eq!(stage.model.screen, Screen::Backups, "{}", stage.text());
    assert_eq!(stage.model.backups.cursor.at, 1, "where one was");
    // One that is broken is not opened.
    stage.press("G enter");
    assert_eq!(stage.model.screen, Screen::Backups);
    assert!(stage.text().contains("it cannot be opened"), "{}", stage.text());
}

#[test]
fn a_volume_of_the_same_name_is_not_the_backup_that_is_open() {
    let mut stage = Stage::demo(120, 40);
    stage.keep();
    stage.press("4 enter");
    stage.press("r");
    assert!(stage.text().contains("The backup of shop_postgres-data, 3h ago"), "{}", stage.text());
    stage.press("esc");
    // That its volume goes does not matter to it.
    let inventory = volx::domain::inventory::Inventory::default();
    stage.observe(Observation::Listed { inventory: std::sync::Arc::new(inventory), at: crate::stage::now() });
    assert!(!stage.text().contains("removed"), "{}", stage.text());
}

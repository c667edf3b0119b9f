//! Walking a volume like a folder.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;
use volx::app::files::preview::Look;
use volx::app::message::Effect;
use volx::app::model::Screen;
use volx::domain::access::Way;
use volx::domain::entry::{Entry, EntryKind, Listing, Weight};
use volx::domain::files_news::{FilesAsk, FilesNews, Seen};
use volx::domain::live::Observation;
use volx::domain::place::{Place, name_text};
use volx::domain::text::is_hostile;
use volx::domain::trouble::Trouble;

use super::selected;
use super::stage::Stage;

/// The demo's volume of that name, gone into.
pub(crate) fn inside(volume: &str, width: u16, height: u16) -> Stage {
    let mut stage = Stage::demo(width, height);
    stage.press("/");
    stage.type_text(&format!("name:{volume}"));
    stage.press("enter enter");
    assert_eq!(stage.model.screen, Screen::Files, "{}", stage.text());
    assert_eq!(stage.model.files.volume, volume);
    stage
}

fn names(stage: &Stage) -> Vec<String> {
    let folder = stage.model.files.folder().expect("a folder is shown");
    (0..folder.rows.len())
        .filter_map(|row| folder.entry(row))
        .map(|e| name_text(&e.name).into_owned())
        .collect()
}

pub(crate) fn entry(stage: &Stage) -> String {
    name_text(&stage.model.files.selected().expect("an entry is selected").name).into_owned()
}

/// Goes to an entry by its path.
fn go(stage: &mut Stage, path: &str) {
    stage.press("f ctrl-u");
    for _ in 0..80 {
        stage.press("backspace");
    }
    stage.type_text(path);
    stage.press("enter");
}

pub(crate) fn asked(stage: &Stage) -> Vec<&FilesAsk> {
    stage
        .effects
        .iter()
        .filter_map(|e| if let Effect::Files(_, ask) = e { Some(ask) } else { None })
        .collect()
}

pub(crate) fn answer(stage: &mut Stage, news: FilesNews) {
    let visit = stage.model.files.visit;
    stage.observe(Observation::Files(visit, news));
}

#[test]
fn a_volume_is_gone_into_walked_and_left_with_the_cursor_where_it_was() {
    let mut stage = Stage::demo(100, 30);
    stage.press("j j j");
    let volume = selected(&stage);
    stage.press("enter");
    assert!(stage.text().contains(&format!("{volume}:/")), "where one is:\n{}", stage.text());
    assert!(stage.text().contains("demo"), "and by which way");
    let root = names(&stage);
    let sizes: Vec<u64> = {
        let folder = stage.model.files.folder().expect("shown");
        folder.rows.iter().map(|at| folder.size(*at).expect("weighed")).collect()
    };
    assert!(sizes.is_sorted_by(|a, b| a >= b), "the largest first");
    stage.press("j l");
    let deeper = stage.model.files.place();
    assert_eq!(deeper.name().map(name_text).expect("a folder"), root[1]);
    stage.press("h");
    assert_eq!(entry(&stage), root[1], "going up one is where one was");
    stage.press("esc");
    assert_eq!(stage.model.screen, Screen::Volumes);
    assert_eq!(selected(&stage), volume, "the list is as it was");
    assert_eq!(asked(&stage).last(), Some(&&FilesAsk::Close), "and the volume is let go of");
}

#[test]
fn enter_zooms_the_details_where_they_have_the_keys() {
    let mut stage = Stage::demo(160, 45);
    stage.press("tab enter");
    assert!(stage.model.details.is_zoomed && stage.model.screen == Screen::Volumes);
}

#[test]
fn the_files_add_up_to_the_volume() {
    let stage = inside("shop_postgres-data", 120, 40);
    let folder = stage.model.files.folder().expect("shown");
    let at = stage.model.home.selected().expect("selected");
    assert_eq!(Some(folder.sum.bytes), stage.model.sizes.bytes(at));
    assert!(stage.text().contains("38.4 GB"), "{}", stage.text());
}

#[test]
fn entries_are_sorted_by_size_name_and_time_both_ways() {
    let mut stage = inside("shop_postgres-data", 120, 40);
    stage.press("j j");
    let here = entry(&stage);
    stage.press("s j enter");
    let by_name = names(&stage);
    assert_eq!(entry(&stage), here, "the cursor stays on its entry");
    assert_eq!(by_name[..2], [".s.PGSQL.5432", "base"]);
    stage.press("S");
    assert_eq!(names(&stage).last().map(String::as_str), Some(".s.PGSQL.5432"));
    stage.press("s j enter");
    let folder = stage.model.files.folder().expect("shown");
    let times: Vec<_> = folder.rows.iter().map(|at| folder.modified(*at)).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "the newest first");
    assert_eq!(entry(&stage), here);
}

#[test]
fn typing_narrows_the_folder_and_escape_undoes_it() {
    let mut stage = inside("shop_postgres-data", 100, 30);
    let all = names(&stage);
    stage.press("j j j");
    let before = entry(&stage);
    stage.press("/");
    stage.type_text("PG_ s");
    assert!(
        names(&stage).iter().all(|n| n.to_lowercase().contains("pg_") && n.to_lowercase().contains('s')),
        "both words"
    );
    let narrow = names(&stage).len();
    assert!(stage.text().contains(&format!("{narrow} of {}", all.len())), "{}", stage.text());
    stage.press("backspace backspace");
    assert!(names(&stage).len() > narrow, "less typed is more shown");
    stage.press("enter");
    assert!(stage.text().contains("/PG_"), "the filter in force stays visible:\n{}", stage.text());
    stage.press("esc");
    assert_eq!((names(&stage), entry(&stage)), (all, before));
    stage.press("/");
    stage.type_text("zzz");
    assert!(stage.text().contains("None of"), "an empty list says why:\n{}", stage.text());
}

#[test]
fn a_path_is_gone_to_whether_it_is_a_folder_a_file_or_nothing() {
    let mut stage = inside("shop_postgres-data", 100, 30);
    go(&mut stage, "/base/16384");
    assert_eq!(stage.model.files.place().to_string(), "/base/16384");
    stage.press("h");
    assert_eq!(stage.model.files.place().to_string(), "/base", "the folders between are there");
    go(&mut stage, "pg_wal/00000001000000A40000000A");
    assert_eq!(stage.model.files.place().to_string(), "/pg_wal");
    assert_eq!(entry(&stage), "00000001000000A40000000A", "a file is selected in its folder");
    go(&mut stage, "base/nothing");
    assert_eq!(stage.model.files.place().to_string(), "/base");
    assert!(stage.text().contains("is not there"), "{}", stage.text());
    go(&mut stage, "../etc");
    assert!(stage.text().contains("no path inside a volume"), "{}", stage.text());
    stage.press("~");
    assert!(stage.model.files.place().is_root());
}

#[test]
fn text_in_any_encoding_is_read() {
    for (width, height) in [(160, 45), (80, 24)] {
        let mut stage = inside("nextcloud_data", width, height);
        go(&mut stage, "anna/files/Documents/letter-latin1.txt");
        stage.press("enter");
        assert!(stage.text().contains("Sehr geehrte Frau Müller"), "{}", stage.text());
        assert!(stage.text().contains("windows-1252"), "{}", stage.text());
        stage.press("esc");
        go(&mut stage, "anna/files/Documents/export-utf16.csv");
        stage.press("enter");
        assert!(stage.text().contains("mast    11.7    2025"), "{}", stage.text());
        stage.press("esc");
        go(&mut stage, "anna/files/Documents/notes.md");
        stage.press("enter");
        let text = stage.text();
        assert!(text.contains("数据 logger") && text.contains("  3 "), "with line numbers:\n{text}");
    }
}

#[test]
fn a_long_log_is_read_on_to_its_end_and_back() {
    let mut stage = inside("nextcloud_data", 100, 30);
    go(&mut stage, "nextcloud.log");
    stage.press("enter");
    assert!(stage.text().contains("\"reqId\""), "{}", stage.text());
    let mut reads = 0;
    for _ in 0..160 {
        stage.press("pagedown");
        reads = asked(&stage).iter().filter(|a| matches!(a, FilesAsk::Preview { from: 1.., .. })).count();
    }
    assert!(reads >= 2, "further windows are read: {reads}");
    let Look::File(view) = &stage.model.files.preview.look else { panic!("a file") };
    assert!(view.place() > 65_536);
    stage.press("G");
    let Look::File(view) = &stage.model.files.preview.look else { panic!("a file") };
    assert!(!view.goes_on().1, "the end of hundreds of megabytes is one key away");
    stage.press("g");
    let Look::File(view) = &stage.model.files.preview.look else { panic!("a file") };
    assert_eq!(view.place(), 0);
    stage.press("esc");
    assert_eq!(entry(&stage), "nextcloud.log");
}

#[test]
fn bytes_are_dumped() {
    let mut stage = inside("nextcloud_data", 100, 30);
    go(&mut stage, "anna/files/Photos/2024/IMG_1001.jpg");
    stage.press("enter");
    let text = stage.text();
    assert!(text.contains("00000000  ff d8 ff e0") && text.contains("JFIF"), "{text}");
    stage.resize(60, 20);
    assert!(stage.text().contains("00000008  "), "eight a row where it is narrow:\n{}", stage.text());
}

#[test]
fn what_is_no_file_is_described_and_never_read() {
    let mut stage = inside("nextcloud_data", 140, 40);
    for (name, words) in [
        ("measure.fifo", "A fifo."),
        ("agent.sock", "A socket."),
        ("latest", "A link to ../../Documents/plan-v3.svg"),
        ("empty", "This file is empty."),
    ] {
        go(&mut stage, &format!("ben/files/Projects/boat/{name}"));
        assert_eq!(entry(&stage), name);
        assert!(stage.text().contains(words), "{name}:\n{}", stage.text());
    }
    assert!(stage.text().contains("latest -> ../../Documents/pl"), "{}", stage.text());
    go(&mut stage, "ben/files");
    stage.press("j");
    assert!(matches!(stage.model.files.preview.look, Look::Folder { .. }), "a folder shows what is in it");
}

#[test]
fn hostile_names_stay_in_their_cells_at_every_size() {
    for (width, height) in [(40, 12), (80, 24), (130, 40), (250, 70)] {
        let mut stage = inside("nextcloud_data", width, height);
        go(&mut stage, "ben/files/Projects/boat");
        for _ in 0..14 {
            for keys in ["enter", "esc", "y", "esc", "o", "esc", "down"] {
                stage.press(keys);
                for cell in &stage.buffer().content {
                    assert!(!cell.symbol().chars().any(is_hostile), "{keys}: {:?}", cell.symbol());
                }
                for line in stage.text().lines() {
                    assert!(line.width() <= usize::from(width), "{keys}: {line}");
                }
            }
        }
    }
}

#[test]
fn what_can_be_copied_names_the_entry() {
    let mut stage = inside("shop_postgres-data", 100, 30);
    go(&mut stage, "postgresql.conf");
    stage.press("y j j enter");
    assert!(stage.effects.contains(&Effect::Copy("volx cat shop_postgres-data:/postgresql.conf".to_owned())));
    stage.press("y j enter");
    assert!(stage.text().contains("not reached by a path"), "the demo has no path here:\n{}", stage.text());
    let mut stage = inside("nextcloud_data", 100, 30);
    go(&mut stage, "ben/files/Projects/boat");
    stage.press("/");
    stage.type_text("caf");
    stage.press("enter y enter");
    assert!(
        !stage.effects.iter().any(|e| matches!(e, Effect::Copy(_))),
        "a name that is no UTF-8 is not copied"
    );
}

#[test]
fn copying_out_asks_where_to_and_says_how_it_went() {
    let mut stage = inside("shop_postgres-data", 100, 30);
    stage.model.folder = "/home/anna".to_owned();
    stage.press("o");
    assert!(stage.text().contains("/home/anna/base"), "this folder is proposed:\n{}", stage.text());
    stage.press("esc");
    assert!(stage.model.files.job.is_none(), "Escape asks for nothing");
    stage.press("o enter");
    assert!(stage.text().contains("made up"), "the demo says why not:\n{}", stage.text());
    stage.is_silent = true;
    stage.press("o enter");
    answer(&mut stage, FilesNews::Copying { entries: 120, bytes: 4_200_000 });
    assert!(stage.text().contains("120 entries, 4.2 MB"), "{}", stage.text());
    stage.press("i");
    assert!(stage.model.overlays.is_empty(), "one copy at a time");
    stage.press("x");
    assert_eq!(asked(&stage).last(), Some(&&FilesAsk::Cancel));
    answer(&mut stage, FilesNews::CopyEnded(Err(Trouble::new("not copied", "cancelled"))));
    assert!(stage.model.files.job.is_none() && stage.text().contains("cancelled"), "{}", stage.text());
    stage.press("i backspace");
    stage.type_text("/x.txt");
    stage.press("enter");
    let put = FilesAsk::Put { from: "/home/anna/x.txt".into(), place: Place::root(), replace: false };
    assert!(asked(&stage).contains(&&put), "{:?}", asked(&stage).last());
}

#[test]
fn what_is_not_weighed_yet_is_no_zero_and_the_cursor_stays_while_it_comes() {
    let mut stage = Stage::demo(100, 30);
    stage.is_silent = true;
    stage.press("enter");
    assert!(stage.text().contains("Opening the volume"), "{}", stage.text());
    answer(&mut stage, FilesNews::Opened(Ok(Way::Direct)));
    let names = ["a", "b", "c", "d"];
    let mut listing =
        Listing { entries: names.map(|n| made(n, EntryKind::Folder)).into(), ..Listing::default() };
    listing.put_in_order();
    let place = Place::root();
    answer(&mut stage, FilesNews::Listed { place: place.clone(), outcome: Ok(Arc::new(listing)) });
    assert!(stage.text().contains("weighing 4 folders"), "{}", stage.text());
    assert!(!stage.text().contains("0 B  "), "unknown is no zero:\n{}", stage.text());
    stage.press("j j");
    assert_eq!(entry(&stage), "c");
    for (name, apparent) in [("d", 400), ("b", 900), ("c", 1), ("a", 500)] {
        let weights = vec![(name.as_bytes().to_vec(), Weight { apparent, errors: 1, ..Weight::default() })];
        answer(&mut stage, FilesNews::Weighed { place: place.clone(), weights });
        assert_eq!(entry(&stage), "c", "the order settles under the cursor");
    }
    answer(&mut stage, FilesNews::AllWeighed { place, outcome: Ok(()) });
    assert_eq!(self::names(&stage), ["b", "a", "d", "c"]);
    assert!(stage.text().contains("4 unreadable"), "{}", stage.text());
}

#[test]
fn weights_that_come_before_the_listing_are_not_lost() {
    let mut stage = Stage::demo(100, 30);
    stage.is_silent = true;
    stage.press("enter");
    let weights = vec![(b"a".to_vec(), Weight { apparent: 7, ..Weight::default() })];
    answer(&mut stage, FilesNews::Weighed { place: Place::root(), weights });
    answer(&mut stage, FilesNews::AllWeighed { place: Place::root(), outcome: Ok(()) });
    let listing = Arc::new(Listing { entries: vec![made("a", EntryKind::Folder)], ..Listing::default() });
    answer(&mut stage, FilesNews::Listed { place: Place::root(), outcome: Ok(listing) });
    assert!(stage.text().contains("7 B"), "{}", stage.text());
}

#[test]
fn a_folder_that_cannot_be_opened_says_why_and_is_no_empty_one() {
    let mut stage = inside("shop_postgres-data", 100, 30);
    stage.is_silent = true;
    stage.press("enter");
    let place = stage.model.files.place();
    let trouble = Trouble::new("the folder cannot be listed", "permission denied");
    answer(&mut stage, FilesNews::Listed { place, outcome: Err(trouble) });
    assert!(
        stage.text().contains("permission denied") && !stage.text().contains("empty"),
        "{}",
        stage.text()
    );
    stage.press("h");
    assert_eq!(entry(&stage), "base");
}

#[test]
fn late_news_of_a_volume_that_was_left_is_of_no_use() {
    let mut stage = inside("shop_postgres-data", 140, 30);
    let visit = stage.model.files.visit;
    stage.press("esc k enter");
    let before = stage.text();
    let listing = Arc::new(Listing { entries: vec![made("late", EntryKind::File)], ..Listing::default() });
    let news = FilesNews::Listed { place: Place::root(), outcome: Ok(listing) };
    stage.observe(Observation::Files(visit, news));
    let seen = Seen::Bytes { from: 0, bytes: b"late"[..].into() };
    stage
        .observe(Observation::Files(visit, FilesNews::Previewed { place: Place::root(), outcome: Ok(seen) }));
    assert_eq!(stage.text(), before);
}

#[test]
fn a_folder_of_a_hundred_thousand_entries_opens_sorts_filters_and_scrolls() {
    let mut stage = Stage::demo(120, 40);
    stage.is_silent = true;
    stage.press("enter");
    answer(&mut stage, FilesNews::Opened(Ok(Way::Direct)));
    let entries = (0..100_000).map(|n| made(&format!("file-{n}.dat"), EntryKind::File)).collect();
    let mut listing = Listing { entries, folded: 7, errors: 2, own: None };
    listing.put_in_order();
    answer(&mut stage, FilesNews::Listed { place: Place::root(), outcome: Ok(Arc::new(listing)) });
    let text = stage.text();
    assert!(text.contains("100000 entries") && text.contains("7 more not shown"), "{text}");
    stage.press("G");
    assert!(stage.text().contains(&entry(&stage)), "the end is shown");
    stage.press("s j enter g");
    assert_eq!(entry(&stage), "file-0.dat");
    stage.press("/");
    stage.type_text("9999");
    assert_eq!(names(&stage).len(), 19, "{:?}", names(&stage));
}

pub(crate) fn made(name: &str, kind: EntryKind) -> Entry {
    Entry {
        name: name.as_bytes().to_vec(),
        kind,
        apparent: u64::try_from(name.len()).expect("short"),
        allocated: None,
        mode: 0o755,
        uid: 1,
        gid: 1,
        links: None,
        inode: None,
        modified: None,
        changed: None,
        target: None,
        device: None,
        is_mount: false,
    }
}

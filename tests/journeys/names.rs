//! Files with several names and files with holes, from a real folder.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use volx::access::tree::Tree;
use volx::access::walk::Progress;
use volx::config::glyphs::Glyphs;
use volx::domain::access::Way;
use volx::domain::files_news::{FilesNews, Seen};
use volx::domain::live::Observation;
use volx::domain::place::Place;

use super::stage::Stage;

/// The screen on a folder of this machine, with what weighs in it.
fn shown(tree: &Tree, place: &Place, size: (u16, u16)) -> Stage {
    let mut stage = Stage::demo(size.0, size.1);
    stage.is_silent = true;
    stage.press("enter");
    let visit = stage.model.files.visit;
    let mut listing = tree.list(place).expect("a listing");
    listing.put_in_order();
    let mut weights = Vec::new();
    tree.weigh(place, &Progress::default(), &mut |name, weight| weights.push((name, weight)))
        .expect("weighed");
    let root = Place::root();
    for news in [
        FilesNews::Opened(Ok(Way::Direct)),
        FilesNews::Listed { place: root.clone(), outcome: Ok(Arc::new(listing)) },
        FilesNews::Weighed { place: root.clone(), weights },
        FilesNews::AllWeighed { place: root, outcome: Ok(()) },
    ] {
        stage.observe(Observation::Files(visit, news));
    }
    stage
}

#[test]
fn a_file_of_six_names_weighs_once_and_each_name_says_so() {
    let home = tempfile::tempdir().expect("a folder");
    let first = home.path().join("name-1");
    std::fs::write(&first, vec![7_u8; 5_000_000]).expect("a file");
    for n in 2..=6 {
        std::fs::hard_link(&first, home.path().join(format!("name-{n}"))).expect("a link");
    }
    let tree = Tree::open(home.path()).expect("opened");
    let whole = tree.scan(&Progress::default()).expect("measured").allocated;
    let stage = shown(&tree, &Place::root(), (140, 30));
    let sum = stage.model.files.folder().expect("shown").sum.bytes;
    assert_eq!(sum, whole, "the folder weighs what its volume weighs");
    let text = stage.text();
    assert!(text.contains("5.0 MB") && !text.contains("30.0 MB"), "{text}");
    assert_eq!(text.matches("×6").count(), 6, "every name is marked:\n{text}");
    assert!(text.contains("one of 6 names of this file"), "{text}");
    let mut narrow = shown(&tree, &Place::root(), (40, 12));
    narrow.config.glyphs = Glyphs::ASCII;
    assert!(narrow.text().contains("name-1 x6"), "{}", narrow.text());
}

#[test]
fn what_is_seen_of_a_folder_counts_a_file_once_too() {
    let home = tempfile::tempdir().expect("a folder");
    let inside = home.path().join("in");
    std::fs::create_dir(&inside).expect("a folder");
    std::fs::write(inside.join("a"), vec![7_u8; 400_000]).expect("a file");
    std::fs::hard_link(inside.join("a"), inside.join("b")).expect("a link");
    let tree = Tree::open(home.path()).expect("opened");
    let mut stage = shown(&tree, &Place::root(), (160, 30));
    let place = Place::parse(b"in").expect("a path");
    let listing = Arc::new(tree.list(&place).expect("a listing"));
    let seen = Seen::Folder { listing, weights: Vec::new(), is_whole: true };
    let visit = stage.model.files.visit;
    stage.observe(Observation::Files(visit, FilesNews::Previewed { place, outcome: Ok(seen) }));
    let full = Glyphs::UNICODE.bar.last().expect("a cell").repeat(8);
    let text = stage.text();
    let rows = text.lines().filter(|line| line.ends_with(" a") || line.ends_with(" b"));
    assert!(rows.filter(|line| line.contains(&full)).count() == 2, "each is all of it:\n{text}");
}

#[test]
fn a_folder_weighs_in_its_parent_what_it_weighs_when_gone_into() {
    let home = tempfile::tempdir().expect("a folder");
    let inside = home.path().join("in");
    std::fs::create_dir(&inside).expect("a folder");
    std::fs::write(inside.join("a"), vec![7_u8; 8_000]).expect("a file");
    let tree = Tree::open(home.path()).expect("opened");
    let above = shown(&tree, &Place::root(), (100, 30));
    let below = shown(&tree, &Place::parse(b"in").expect("a path"), (100, 30));
    let folder = above.model.files.folder().expect("shown");
    let sum = below.model.files.folder().expect("shown").sum.bytes;
    assert_eq!(folder.size(0), Some(sum));
    let blocks = |path: &std::path::Path| path.metadata().expect("there").blocks() * 512;
    assert_eq!(sum, blocks(&inside) + blocks(&inside.join("a")), "the folder's own blocks are in it");
}

#[test]
fn a_file_of_holes_tells_how_long_it_is() {
    let home = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::create(home.path().join("sparse.img")).expect("a file");
    file.set_len(2_147_483_648).expect("a hole");
    let tree = Tree::open(home.path()).expect("opened");
    let wide = shown(&tree, &Place::root(), (160, 30)).text();
    assert!(wide.contains("sparse.img 2.1 GB long"), "{wide}");
    assert!(wide.contains("0 B of 2.1 GB on disk"), "{wide}");
    let narrow = shown(&tree, &Place::root(), (40, 12)).text();
    assert!(narrow.contains("sparse.img") && !narrow.contains("GB l\n"), "whole or not at all:\n{narrow}");
}

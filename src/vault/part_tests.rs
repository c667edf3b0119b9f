use std::io::Read;

use super::tests::{noise, open, tar, written};
use crate::domain::place::Place;
use crate::pax::{Body, Head, Reader};

fn place(path: &str) -> Place {
    Place::parse(path.as_bytes()).expect("a place")
}

/// The entries of a part, with the content of small files.
fn part(path: &str) -> Vec<(Head, Vec<u8>)> {
    let bytes = written(&tar());
    let archive = open(&bytes).expect("a backup");
    let mut out = Vec::new();
    archive.part(&place(path), &mut out, &mut |_, _| Ok(())).expect("a part");
    let mut reader = Reader::new(out.as_slice());
    let mut entries = Vec::new();
    while let Some(head) = reader.next_head().expect("a tar") {
        let mut content = Vec::new();
        if let Body::File(size) = head.body
            && size < 10_000_000
        {
            (&mut reader).take(size).read_to_end(&mut content).expect("its content");
        }
        entries.push((head, content));
    }
    assert!(reader.remarks().is_empty(), "{:?}", reader.remarks());
    entries
}

#[test]
fn a_window_of_a_file_is_what_is_there() {
    let bytes = written(&tar());
    let archive = open(&bytes).expect("a backup");
    let large = noise(5_000_000, 1);
    // Another name of it, too.
    for path in ["large", "same"] {
        let entry = archive.find(&place(path)).expect("there");
        for from in [0, 1, 131_071, 2_097_152, 4_999_990, 5_000_000, 6_000_000] {
            let window = archive.window(&entry, from, 64).expect("a window");
            let from = usize::try_from(from).expect("small").min(large.len());
            assert_eq!(window, large[from..(from + 64).min(large.len())], "{path} from {from}");
        }
    }
    let folder = archive.find(&place("pipe")).expect("there");
    assert!(archive.window(&folder, 0, 1).expect_err("no file").to_string().contains("it is no file"));
}

#[test]
fn a_window_of_a_file_with_holes_has_zeros_where_they_are() {
    let bytes = written(&tar());
    let archive = open(&bytes).expect("a backup");
    let entry = archive.find(&place("folder/sparse")).expect("there");
    let window = archive.window(&entry, 4090, 12).expect("a window");
    assert_eq!(window, b"\0\0\0\0\0\0ssssss");
    let window = archive.window(&entry, 4096 + 5120 - 3, 6).expect("a window");
    assert_eq!(window, b"sss\0\0\0");
    let window = archive.window(&entry, (9 << 30) - 514, 1000).expect("a window");
    assert_eq!((window.len(), &window[..4]), (514, &b"\0\0ss"[..]));
}

#[test]
fn a_folder_comes_out_with_all_below_it_under_its_own_name() {
    let entries = part("folder");
    let names: Vec<&[u8]> = entries.iter().map(|(head, _)| head.name.as_slice()).collect();
    assert_eq!(names, [&b"folder/sparse"[..], b"folder/link"]);
    assert_eq!(entries[0].0.body, Body::File(9 << 30));
    assert_eq!(entries[0].0.attributes.len(), 1, "its attributes come along");
    assert_eq!(entries[1].0.body, Body::Link(b"../small".to_vec()));
    assert_eq!(part("many").len(), 3000);
}

#[test]
fn another_name_of_a_file_that_stays_behind_becomes_a_file() {
    let entries = part("same");
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].0.name.as_slice(), &entries[0].0.body), (&b"same"[..], &Body::File(5_000_000)));
    assert_eq!(entries[0].1, noise(5_000_000, 1));
    // With its first name it stays one.
    let all = part("");
    let same = all.iter().find(|(head, _)| head.name == b"same").expect("there");
    assert_eq!(same.0.body, Body::Same(b"large".to_vec()));
    assert_eq!(all[0].0.name, b"./");
}

#[test]
fn what_is_not_there_or_not_what_was_written_is_an_error() {
    let bytes = written(&tar());
    let archive = open(&bytes).expect("a backup");
    let mut seen = |_, _| Ok(());
    let missing = archive.part(&place("nowhere"), &mut Vec::new(), &mut seen);
    assert!(missing.expect_err("missing").to_string().contains("there is no 'nowhere'"));
    let mut hurt = bytes.clone();
    hurt[3_000_000] ^= 1;
    let archive = open(&hurt).expect("its end is whole");
    assert!(archive.part(&place("large"), &mut Vec::new(), &mut seen).is_err());
    // What is elsewhere can be had all the same.
    archive.part(&place("many/2999"), &mut Vec::new(), &mut seen).expect("it is whole");
}

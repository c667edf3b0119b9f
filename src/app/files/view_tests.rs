//! Walking through files larger than a window.

use super::*;

fn numbered() -> String {
    let lines: Vec<String> = (1..=9_000).map(|n| format!("line number {n}\n")).collect();
    lines.concat()
}

/// A file in memory that answers what a view asks for.
fn walk(file: &[u8], view: &mut FileView, rows: isize) -> bool {
    let before = (view.start, view.top);
    if let Some(from) = view.scroll(rows) {
        let first = usize::try_from(from).expect("small").min(file.len());
        let last = (first + WINDOW).min(file.len());
        view.take(from, file[first..last].into());
    }
    (view.start, view.top) != before
}

fn open(file: &[u8], columns: usize) -> FileView {
    let size = u64::try_from(file.len()).expect("small");
    FileView::new(file[..file.len().min(WINDOW)].into(), size, columns, 20)
}

fn shown(view: &FileView) -> Vec<String> {
    (view.top..view.top + 20).filter_map(|at| view.text_row(at)).map(|row| row.text.to_owned()).collect()
}

#[test]
fn a_huge_text_is_walked_through_line_by_line_and_back() {
    let file = numbered();
    let mut view = open(file.as_bytes(), 80);
    let mut steps = 0;
    loop {
        let first = steps + 1;
        assert_eq!(shown(&view)[0], format!("line number {first}"), "no line is left out or comes twice");
        assert_eq!(view.text_row(view.top).expect("a row").number, Some(first));
        if !walk(file.as_bytes(), &mut view, 1) {
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 9_000 - 20, "down to the last line");
    assert!(view.bytes.len() <= WINDOW && view.goes_on() == (true, false));
    while walk(file.as_bytes(), &mut view, -1) {
        steps -= 1;
        assert_eq!(shown(&view)[0], format!("line number {}", steps + 1));
    }
    assert_eq!(steps, 0, "and back to the first");
}

#[test]
fn the_end_of_a_huge_text_is_one_key_away() {
    let file = numbered();
    let mut view = open(file.as_bytes(), 80);
    let from = view.go_to_end(true).expect("another window");
    view.take(from, file.as_bytes()[usize::try_from(from).expect("small")..].into());
    assert_eq!(shown(&view).last().map(String::as_str), Some("line number 9000"));
    assert!(walk(file.as_bytes(), &mut view, -1_000_000));
    assert!(walk(file.as_bytes(), &mut view, -1), "and one can go back from there");
    assert_eq!(view.go_to_end(false), Some(0));
}

#[test]
fn one_line_longer_than_a_window_is_walked_through() {
    let file = "ü0123456789".repeat(30_000);
    let mut view = open(file.as_bytes(), 80);
    let mut rows = 1;
    while walk(file.as_bytes(), &mut view, 1) {
        rows += 1;
        assert!(rows < 10_000, "it ends");
    }
    assert!(shown(&view).last().expect("rows").ends_with('9'));
    assert_eq!(view.goes_on(), (true, false));
}

#[test]
fn bytes_stand_in_rows_that_do_not_shift() {
    let file: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut view = open(&file, 100);
    assert_eq!((view.writing, view.per_row()), (Writing::Binary, 16));
    while walk(&file, &mut view, 7) {
        let (place, bytes) = view.byte_row(view.top).expect("a row");
        let place = usize::try_from(place).expect("small");
        assert_eq!(place % 16, 0);
        assert_eq!(bytes, &file[place..place + 16]);
    }
    view.fit(50, 20);
    assert_eq!(view.per_row(), 8);
}

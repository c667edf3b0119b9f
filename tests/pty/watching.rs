//! `volx watch` and `volx map` in a pipe: what is missing is said, and who is not read ends.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use super::seat::Home;

#[test]
fn what_was_not_measured_is_no_success() {
    let home = Home::new();
    let output = home.command(&["--demo", "watch", "--once"], &[]).output().expect("volx");
    let (out, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("'www-static' was not measured: the engine"), "{said}");
    let heading = out.lines().next().expect("a heading");
    assert!(heading.starts_with("TIME") && heading.ends_with("RATE"), "{out}");
    let row = out.lines().find(|line| line.contains("old-blog_mysql-data")).expect("a row");
    assert_eq!(row.len(), heading.len(), "they align: {out}");
}

#[test]
fn a_watch_that_nobody_reads_ends() {
    let home = Home::new();
    // It does not grow: after the first line nothing is printed any more.
    let arguments = ["--demo", "watch", "old-blog_mysql-data", "--interval", "1s"];
    let mut child =
        home.command(&arguments, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("volx");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    for _ in 0..2 {
        out.read_line(&mut String::new()).expect("a line");
    }
    drop(out);
    // Its standard error ends with it.
    let (mut errors, (ended, end)) = (child.stderr.take().expect("its errors"), mpsc::channel());
    std::thread::spawn(move || ended.send(errors.read_to_end(&mut Vec::new())));
    if end.recv_timeout(Duration::from_secs(20)).is_err() {
        child.kill().expect("ended");
    }
    let status = child.wait().expect("its state");
    assert_eq!(status.code(), Some(0), "it ends by itself");
}

#[test]
fn a_project_that_is_not_there_is_no_empty_table() {
    let home = Home::new();
    let output = home.command(&["--demo", "map", "--filter", "project=nope"], &[]).output().expect("volx");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no such project: nope") && output.stdout.is_empty(), "{said}");
}

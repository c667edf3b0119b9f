//! Removing 1,000 volumes, against the same `DELETE`s sent one after the other by one curl.
//!
//! `cargo bench --bench removals` makes volumes of its own on the local engine, round after round, and
//! removes them in turn by both; it prints medians and their ratio. Nothing else is touched.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
const MANY: usize = 1_000;
const VOLX: &str = env!("CARGO_BIN_EXE_volx");
const SOCKET: &str = "/var/run/docker.sock";

fn names(round: usize) -> Vec<String> {
    (0..MANY).map(|n| format!("volx-bench-{}-{round}-{n:04}", std::process::id())).collect()
}

/// One curl that sends these requests over one connection, one after the other.
fn curl(folder: &Path, requests: &[(&str, String, String)]) -> Duration {
    let mut text = String::new();
    for (at, (method, path, body)) in requests.iter().enumerate() {
        let next = if at == 0 { "" } else { "next\n" };
        let _ = write!(
            text,
            "{next}url = \"http://engine{path}\"\nrequest = {method}\nunix-socket = {SOCKET}\noutput = /dev/null\nfail\n"
        );
        if !body.is_empty() {
            let _ = write!(text, "header = \"Content-Type: application/json\"\ndata = {body:?}\n");
        }
    }
    let file = folder.join("requests");
    std::fs::write(&file, text).expect("written");
    let began = Instant::now();
    let status = Command::new("curl").args(["--silent", "--config"]).arg(&file).status().expect("curl runs");
    assert!(status.success(), "curl gets what it asks for");
    began.elapsed()
}

fn make(folder: &Path, names: &[String]) {
    let body = |name: &String| format!("{{\"Name\":\"{name}\",\"Labels\":{{\"volx.bench\":\"\"}}}}");
    let requests: Vec<_> =
        names.iter().map(|name| ("POST", "/volumes/create".to_owned(), body(name))).collect();
    curl(folder, &requests);
}

fn by_curl(folder: &Path, names: &[String]) -> Duration {
    let requests: Vec<_> =
        names.iter().map(|name| ("DELETE", format!("/volumes/{name}"), String::new())).collect();
    curl(folder, &requests)
}

/// The whole program: it connects, lists, plans, looks at each volume again, and writes its log.
fn by_volx(folder: &Path, names: &[String]) -> Duration {
    let mut command = Command::new(VOLX);
    command.args(["rm", "--yes", "--no-measure", "--no-undo", "--quiet"]).args(names);
    command.env("XDG_STATE_HOME", folder).env_remove("DOCKER_HOST").stdout(Stdio::null());
    let began = Instant::now();
    assert!(command.status().expect("volx runs").success(), "volx removes them");
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64)
}

fn main() {
    let ping = ["--silent", "--fail", "--unix-socket", SOCKET, "http://engine/_ping"];
    if !Command::new("curl").args(ping).output().is_ok_and(|out| out.status.success()) {
        println!("no engine answers: nothing to compare on");
        return;
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let (mut curl, mut volx) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let names = names(round);
        make(folder.path(), &names);
        curl.push(by_curl(folder.path(), &names));
        make(folder.path(), &names);
        volx.push(by_volx(folder.path(), &names));
    }
    let (curl, volx) = (median(curl), median(volx));
    println!("{MANY} removals: curl, one after the other {curl:.2} s; volx rm {volx:.2} s");
    println!("ratio {:.2} (goal: at most 1.2)", volx / curl);
}

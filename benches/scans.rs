//! How long measuring a volume takes, against the tools that people use for it, paired in one run.
//!
//! `cargo bench --bench scans` makes trees in volumes of its own on the local engine (as root, so
//! that their mountpoints can be written), runs every tool in turn, round after round, warm, and
//! prints medians as ratios. Tools that are not installed are said to be missing. It removes what
//! it made.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use volx::access::walk::{Progress, walk};

const ROUNDS: usize = 9;
const VOLX: &str = env!("CARGO_BIN_EXE_volx");

/// A volume of ours; removed when this is dropped.
struct Volume {
    name: String,
    path: PathBuf,
}

impl Volume {
    fn make(name: &str) -> Self {
        let name = format!("volx-bench-{}-{name}", std::process::id());
        said(Command::new("docker").args(["volume", "create", "--label", "volx.bench", &name]));
        let path = said(Command::new("docker").args(["volume", "inspect", "-f", "{{.Mountpoint}}", &name]));
        Self { name, path: PathBuf::from(path.trim()) }
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // It is told by name if it stays.
        if Command::new("docker").args(["volume", "rm", &self.name]).output().is_err() {
            println!("could not remove the volume {}", self.name);
        }
    }
}

fn said(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("the Docker CLI runs");
    assert!(output.status.success(), "the Docker CLI does what it is told");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// `files` small files in `folders` folders.
fn fill(root: &Path, folders: usize, files: usize) {
    for folder in 0..folders {
        let folder_path =
            if folders == 1 { root.to_owned() } else { root.join(format!("folder-{folder:05}")) };
        std::fs::create_dir_all(&folder_path).expect("a folder");
        for file in 0..files / folders {
            std::fs::write(folder_path.join(format!("file-{file:06}")), b"some bytes").expect("a file");
        }
    }
}

struct Tool {
    name: &'static str,
    command: Vec<String>,
    times: Vec<Duration>,
}

impl Tool {
    fn new(name: &'static str, command: &[&str]) -> Self {
        Self { name, command: command.iter().map(|word| (*word).to_owned()).collect(), times: Vec::new() }
    }

    /// Runs it once; `false` when it is not installed or fails.
    fn run(&mut self) -> bool {
        let Some((program, words)) = self.command.split_first() else { return false };
        let began = Instant::now();
        let ran = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let took = began.elapsed();
        let is_done = ran.is_ok_and(|status| status.success());
        if is_done {
            self.times.push(took);
        }
        is_done
    }

    fn median(&self) -> Option<Duration> {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).copied()
    }
}

fn compare(title: &str, volume: &Volume) {
    // What was just written is on its way to the disk still, and whoever runs first pays for it.
    said(&mut Command::new("sync"));
    let own = std::env::current_exe().expect("this program").display().to_string();
    let path = volume.path.display().to_string();
    let mut tools = vec![
        Tool::new("volx, the walk alone", &[&own, "--walk", &path]),
        Tool::new("volx du --access direct", &[VOLX, "du", "--access", "direct", &volume.name]),
        Tool::new("GNU du -s", &["du", "-s", &path]),
        Tool::new("diskus", &["diskus", &path]),
        Tool::new("gdu -npc", &["gdu", "-npc", &path]),
        Tool::new("dua", &["dua", &path]),
        Tool::new(
            "the engine's /system/df",
            &["curl", "-sf", "--unix-socket", "/var/run/docker.sock", "http://engine/system/df?type=volume"],
        ),
        Tool::new("volx du --access helper", &[VOLX, "du", "--access", "helper", &volume.name]),
    ];
    // Warm, and without those that are missing.
    tools.retain_mut(|tool| {
        let is_there = tool.run();
        tool.times.clear();
        if !is_there {
            println!("  ({} is not installed or failed)", tool.name);
        }
        is_there
    });
    for _ in 0..ROUNDS {
        for tool in &mut tools {
            tool.run();
            // The engine still clears a container away when its helper is done, and whoever runs
            // next would pay for it.
            if tool.name.ends_with("helper") {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    }
    let fastest_other = tools
        .iter()
        .filter(|tool| ["GNU du -s", "diskus", "gdu -npc", "dua"].contains(&tool.name))
        .filter_map(Tool::median)
        .min()
        .expect("du is everywhere");
    println!("\n{title}: fastest of du, diskus, gdu and dua = 1.00");
    println!("| tool | ratio | median |\n|---|---|---|");
    for tool in &tools {
        let Some(median) = tool.median() else { continue };
        let ratio = median.as_secs_f64() / fastest_other.as_secs_f64();
        println!("| {} | {ratio:.2} | {:.3} s |", tool.name, median.as_secs_f64());
    }
}

/// What a container costs that does nothing.
fn container_start() {
    let images = said(Command::new("docker").args(["images", "-q", "localhost/volx-helper"]));
    let Some(image) = images.split_whitespace().next() else { return };
    let mut start = Tool::new("", &["docker", "run", "--rm", "--network", "none", image, "--version"]);
    for _ in 0..ROUNDS {
        start.run();
    }
    if let Some(median) = start.median() {
        println!("\na container that does nothing, start to end: {:.3} s", median.as_secs_f64());
    }
}

/// The first sizes of many volumes.
fn many() {
    let volumes: Vec<Volume> = (0..100)
        .map(|n| {
            let volume = Volume::make(&format!("many-{n}"));
            fill(&volume.path, 1, 50);
            volume
        })
        .collect();
    let names: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    for way in ["direct", "helper"] {
        let words = [&[VOLX, "du", "--access", way], names.as_slice()].concat();
        let mut tool = Tool::new("", &words);
        for _ in 0..ROUNDS {
            tool.run();
        }
        if let Some(median) = tool.median() {
            println!("100 volumes, all sizes, {way}, whole program: {:.3} s", median.as_secs_f64());
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let [_, verb, path] = words.as_slice()
        && verb == "--walk"
    {
        let walked = walk(Path::new(path), &Progress::default()).expect("the tree can be read");
        println!("{}", walked.allocated);
        return;
    }
    if !Command::new("docker")
        .arg("info")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
    {
        println!("no engine answers: nothing to compare on");
        return;
    }
    for (title, name, folders, files) in [
        ("100,000 files in 1,000 folders", "spread", 1_000, 100_000),
        ("500,000 files in 5,000 folders", "large", 5_000, 500_000),
        ("one folder of 100,000 files", "flat", 1, 100_000),
    ] {
        let volume = Volume::make(name);
        fill(&volume.path, folders, files);
        compare(title, &volume);
    }
    container_start();
    many();
}

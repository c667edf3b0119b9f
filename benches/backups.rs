//! How long backups and restores take, and how much memory, against GNU tar with zstd and the recipe that
//! Docker documents, paired in one run.
//!
//! `cargo bench --bench backups` (as root, beside a local Docker) fills volumes of its own and removes
//! them. Whole programs, warm, round after round; medians and ratios. Words choose parts of it: `big`,
//! `small`, `sparse`, `memory`. `BUSYBOX` names a static busybox for the recipe, `/bin/busybox`
//! otherwise; `VOLX` another volx to be measured.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
/// What GNU tar is told so that it keeps what volx keeps.
const FAITHFUL: &str = "--xattrs --xattrs-include='*' --acls --numeric-owner";

/// A volume of ours; removed when this is dropped.
struct Volume {
    name: String,
    path: PathBuf,
}

impl Volume {
    fn make(name: &str) -> Self {
        let name = format!("volx-bench-{}-{name}", std::process::id());
        said(Command::new("docker").args(["volume", "create", "--label", "volx.bench", &name]));
        Self::of(name)
    }

    /// One that somebody made.
    fn of(name: String) -> Self {
        let path = said(Command::new("docker").args(["volume", "inspect", "-f", "{{.Mountpoint}}", &name]));
        Self { name, path: PathBuf::from(path.trim()) }
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // It is told by name if it stays.
        if !Command::new("docker")
            .args(["volume", "rm", &self.name])
            .output()
            .is_ok_and(|o| o.status.success())
        {
            println!("could not remove the volume {}", self.name);
        }
    }
}

/// An image of nothing but busybox; removed when this is dropped.
struct Recipe(String);

impl Recipe {
    fn make(folder: &Path) -> Option<Self> {
        let busybox =
            std::env::var_os("BUSYBOX").map_or_else(|| PathBuf::from("/bin/busybox"), PathBuf::from);
        let root = folder.join("image");
        std::fs::create_dir_all(root.join("bin")).expect("a folder");
        std::fs::copy(busybox, root.join("bin/busybox")).ok()?;
        // Which its tar runs.
        std::os::unix::fs::symlink("busybox", root.join("bin/gzip")).ok()?;
        let name = format!("volx-bench-{}:busybox", std::process::id());
        let line = format!("tar -C '{}' -c bin | docker import - {name}", root.display());
        said(Command::new("sh").args(["-c", &line]));
        Some(Self(name))
    }
}

impl Drop for Recipe {
    fn drop(&mut self) {
        said(Command::new("docker").args(["rmi", &self.0]));
    }
}

fn said(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("it runs");
    assert!(output.status.success(), "{command:?} does what it is told");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs what is timed. What was written before is on the disk by then, and nobody pays for it.
fn timed(command: &mut Command) -> Duration {
    said(&mut Command::new("sync"));
    let began = Instant::now();
    said(command.stdin(Stdio::null()));
    began.elapsed()
}

fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", line]);
    command
}

fn volx(home: &Path, words: &[&str]) -> Command {
    let program = std::env::var_os("VOLX").unwrap_or_else(|| env!("CARGO_BIN_EXE_volx").into());
    let mut command = Command::new(program);
    command.args(words).env("XDG_STATE_HOME", home).env_remove("DOCKER_HOST");
    command
}

/// Half noise, half text, in turn every 512 bytes.
fn half(bytes: &mut [u8], state: &mut u64) {
    for (at, part) in bytes.chunks_mut(512).enumerate() {
        for (byte, text) in
            part.iter_mut().zip(b"a line of a log, much like the one before it\n".iter().cycle())
        {
            *byte = *text;
        }
        if at % 2 == 0 {
            for part in part.chunks_mut(8) {
                *state ^= *state << 13;
                *state ^= *state >> 7;
                *state ^= *state << 17;
                part.copy_from_slice(state.to_le_bytes().get(..part.len()).unwrap_or_default());
            }
        }
    }
}

fn fill_big(root: &Path) {
    let (mut bytes, mut state) = (vec![0; 1 << 20], 0x9e37_79b9_7f4a_7c15);
    for file in 0..4 {
        let mut out = BufWriter::new(File::create(root.join(format!("file-{file}"))).expect("a file"));
        for _ in 0..256 {
            half(&mut bytes, &mut state);
            out.write_all(&bytes).expect("written");
        }
    }
}

fn fill_small(root: &Path, folders: usize, files: usize) {
    let (mut bytes, mut state) = (vec![0; 4096], 0x9e37_79b9_7f4a_7c15);
    for folder in 0..folders {
        let folder = root.join(format!("folder-{folder:05}"));
        std::fs::create_dir(&folder).expect("a folder");
        for file in 0..files / folders {
            half(&mut bytes, &mut state);
            std::fs::write(folder.join(format!("file-{file:06}")), &bytes).expect("a file");
        }
    }
}

fn fill_links(root: &Path, links: usize) {
    for folder in ["first", "second"] {
        std::fs::create_dir(root.join(folder)).expect("a folder");
    }
    for file in 0..links {
        let name = format!("file-{file:06}");
        std::fs::write(root.join("first").join(&name), b"some bytes").expect("a file");
        std::fs::hard_link(root.join("first").join(&name), root.join("second").join(&name)).expect("a link");
    }
}

/// What one way took, round after round.
struct Runs {
    name: &'static str,
    goal: &'static str,
    times: Vec<Duration>,
}

impl Runs {
    const fn new(name: &'static str, goal: &'static str) -> Self {
        Self { name, goal, times: Vec::new() }
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64)
    }
}

fn table(title: &str, runs: &[Runs]) {
    let first = runs.first().map_or(1.0, Runs::median);
    println!("\n{title}\n\n| | ratio | median | goal |\n|---|---|---|---|");
    for run in runs.iter().filter(|run| !run.times.is_empty()) {
        println!("| {} | {:.2} | {:.2} s | {} |", run.name, run.median() / first, run.median(), run.goal);
    }
}

/// The one backup in a folder.
fn backup_in(folder: &Path) -> PathBuf {
    let mut entries =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.find(|path| path.extension().is_some_and(|end| end == "zst")).expect("a backup")
}

fn compare(title: &str, volume: &Volume, home: &Path) {
    let recipe = Recipe::make(home);
    let [tar, to, source] = [home.join("tar.zst"), home.join("recipe"), volume.path.clone()]
        .map(|path| path.display().to_string());
    std::fs::create_dir_all(&to).expect("a folder");
    let mut out = [
        Runs::new("tar \\| zstd -3 -T2", ""),
        Runs::new("the same with all that volx keeps", ""),
        Runs::new("volx backup, direct", "1.15"),
        Runs::new("volx backup, by a helper", "1.5 times direct"),
        Runs::new("docker run ... busybox tar czf", "6 times direct"),
    ];
    let mut read = [Runs::new("zstd -d \\| tar -x to /dev/null", ""), Runs::new("volx verify", "")];
    let mut back = [
        Runs::new("zstd -d \\| tar -x", ""),
        Runs::new("the same, and onto the disk (sync -f)", ""),
        Runs::new("volx restore, direct, onto the disk", "1.25"),
        Runs::new("volx restore, by a helper", ""),
    ];
    for round in 0..=ROUNDS {
        let mut times = Vec::new();
        // Nobody is the one who reads it from the disk.
        said(&mut shell(&format!("tar -C {source} -c . | cat > /dev/null")));
        for more in ["", &format!("{FAITHFUL} --sparse")] {
            let line = format!("tar --format=posix {more} -C {source} -c . | zstd -q -f -3 -T2 -o {tar}");
            times.push(timed(&mut shell(&line)));
        }
        let ways = ["direct", "helper"];
        let folders = ways.map(|way| home.join(way));
        for (way, folder) in ways.iter().zip(&folders) {
            let _ = std::fs::remove_dir_all(folder);
            let folder = folder.display().to_string();
            let words = ["backup", &volume.name, "--no-verify", "--access", way, "--to", &folder];
            times.push(timed(&mut volx(home, &words)));
        }
        // Once in a while is enough for what takes ten times as long.
        if let Some(Recipe(image)) = recipe.as_ref().filter(|_| round % 3 == 1) {
            let (from, into) = (format!("{}:/v:ro", volume.name), format!("{to}:/b"));
            let words = ["run", "--rm", "-v", &from, "-v", &into, image, "/bin/busybox", "tar", "czf"];
            times.push(timed(Command::new("docker").args(words).args(["/b/v.tar.gz", "-C", "/v", "."])));
        }
        let [direct, ..] = folders.each_ref().map(|folder| backup_in(folder).display().to_string());
        let reads = [
            timed(&mut shell(&format!("zstd -q -dc {tar} | tar -tf - > /dev/null"))),
            timed(&mut volx(home, &["verify", &direct])),
        ];
        // The first round warms, and of what is written there is nothing to be warmed.
        if round == 0 {
            continue;
        }
        let mut backs = Vec::new();
        for more in ["", " && sync -f {}"] {
            let plain = Volume::make("plain");
            let into = plain.path.display().to_string();
            let line = format!("zstd -q -dc {tar} | tar {FAITHFUL} --same-owner -xpf - -C {into}");
            backs.push(timed(&mut shell(&(line + &more.replace("{}", &into)))));
        }
        for way in ways {
            let name = format!("volx-bench-{}-{way}", std::process::id());
            let words = ["restore", &direct, "--as", &name, "--access", way];
            backs.push(timed(&mut volx(home, &words)));
            drop(Volume::of(name));
        }
        out.iter_mut().zip(times).for_each(|(run, time)| run.times.push(time));
        read.iter_mut().zip(reads).for_each(|(run, time)| run.times.push(time));
        back.iter_mut().zip(backs).for_each(|(run, time)| run.times.push(time));
    }
    table(&format!("{title}: out"), &out);
    table(&format!("{title}: read"), &read);
    table(&format!("{title}: in"), &back);
}

fn sparse(home: &Path) {
    let volume = Volume::make("sparse");
    let file = File::create(volume.path.join("file")).expect("a file");
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![7; 1 << 20], 5 << 30).expect("written");
    file.set_len(9 << 30).expect("a size");
    for way in ["direct", "helper"] {
        let folder = home.join(format!("sparse-{way}")).display().to_string();
        let took = timed(&mut volx(
            home,
            &["backup", &volume.name, "--no-verify", "--access", way, "--to", &folder],
        ));
        println!("9 GiB with 1 MiB of data, {way}: {:.2} s (goal: below a second)", took.as_secs_f64());
    }
}

/// The most memory of a process so far, in kB, if it is there.
fn peak(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .trim()
        .strip_suffix(" kB")?
        .trim()
        .parse()
        .ok()
}

/// The helper that has a volume of ours mounted.
fn helper() -> Option<String> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.file_name().into_string());
    processes.flatten().find(|process| {
        let read = |what: &str| std::fs::read(format!("/proc/{process}/{what}")).unwrap_or_default();
        let ours = format!("volx-bench-{}-", std::process::id());
        read("cmdline").ends_with(b"agent\0serve\0")
            && read("mountinfo").windows(ours.len()).any(|part| part == ours.as_bytes())
    })
}

/// Runs volx and answers how much memory it took at most, and its helper.
fn weighed(mut command: Command) -> (u64, u64) {
    let mut running = command.stdout(Stdio::null()).spawn().expect("volx runs");
    let process = running.id().to_string();
    let (mut own, mut helpers, mut known) = (0, 0, None);
    loop {
        own = peak(&process).unwrap_or(own);
        known = known.or_else(helper);
        helpers = known.as_deref().and_then(peak).unwrap_or(helpers);
        if let Some(status) = running.try_wait().expect("it runs") {
            assert!(status.success(), "volx does what it is told");
            return (own / 1024, helpers / 1024);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn memory(title: &str, volume: &Volume, home: &Path) {
    println!("\n{title}: most memory, in MiB (goal: below 143, which are 150 MB)\n");
    println!("| | volx | its helper |\n|---|---|---|");
    for way in ["direct", "helper"] {
        let folder = home.join(format!("memory-{way}"));
        let _ = std::fs::remove_dir_all(&folder);
        let to = folder.display().to_string();
        let words = ["backup", &volume.name, "--no-verify", "--access", way, "--to", &to];
        let (own, helpers) = weighed(volx(home, &words));
        println!("| backup, {way} | {own} | {helpers} |");
        let backup = backup_in(&folder).display().to_string();
        if way == "direct" {
            println!("| verify | {} | |", weighed(volx(home, &["verify", &backup])).0);
        }
        let name = format!("volx-bench-{}-memory-{way}", std::process::id());
        let (own, helpers) = weighed(volx(home, &["restore", &backup, "--as", &name, "--access", way]));
        drop(Volume::of(name));
        println!("| restore, {way} | {own} | {helpers} |");
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let info = Command::new("docker").arg("info").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !info.is_ok_and(|status| status.success()) {
        println!("no engine answers: nothing to compare on");
        return;
    }
    let home = tempfile::TempDir::new().expect("a folder");
    if is_wanted("big") {
        let volume = Volume::make("big");
        fill_big(&volume.path);
        compare("4 files of 256 MiB", &volume, home.path());
        memory("4 files of 256 MiB", &volume, home.path());
    }
    if is_wanted("small") {
        let volume = Volume::make("small");
        fill_small(&volume.path, 1_000, 100_000);
        compare("100,000 files of 4 KiB in 1,000 folders", &volume, home.path());
    }
    if is_wanted("sparse") {
        sparse(home.path());
    }
    if is_wanted("memory") {
        let volume = Volume::make("many");
        fill_small(&volume.path, 5_000, 500_000);
        memory("500,000 files of 4 KiB", &volume, home.path());
        drop(volume);
        let volume = Volume::make("links");
        fill_links(&volume.path, 100_000);
        memory("100,000 files with two names each", &volume, home.path());
    }
}

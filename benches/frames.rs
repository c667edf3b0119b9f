//! What the screen costs with 10,000 volumes and 5,000 containers, in ratios and medians of one run.
//!
//! `cargo bench --bench frames` prints a table; `BENCHMARKS.md` holds one and how to read it.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tui_input::InputRequest;
use volx::app::action::Action;
use volx::app::message::Message;
use volx::app::model::{Model, Screen};
use volx::app::update::update;
use volx::config::Config;
use volx::domain::container::Container;
use volx::domain::entry::{Entry, EntryKind, Listing, Weight};
use volx::domain::files_news::FilesNews;
use volx::domain::inventory::Inventory;
use volx::domain::layer::{Layer, Told};
use volx::domain::live::Observation;
use volx::domain::place::Place;
use volx::domain::protection::Protection;
use volx::domain::provenance::Provenance;
use volx::domain::prune::habit::Habit;
use volx::domain::prune::{Facts, PrunePlan, Rules};
use volx::domain::usage::{Measured, Sized, Usage};
use volx::domain::volume::Volume;
use volx::engine::answers::ListedContainer;
use volx::engine::volumes::volume;
use volx::ui;

const VOLUMES: usize = 10_000;
const CONTAINERS: usize = 5_000;
const ENTRIES: u64 = 100_000;
const SIZE: (u16, u16) = (200, 50);

/// The engine's own JSON for that many volumes, as Docker 28 writes it.
fn volumes_json() -> String {
    let volumes: Vec<String> = (0..VOLUMES)
        .map(|i| {
            let name = if i % 5 == 0 { format!("{i:064x}") } else { format!("project{}_data-{i}", i % 300) };
            format!(
                r#"{{"CreatedAt":"2026-11-{:02}T06:06:40Z","Driver":"local","Labels":{{"com.docker.compose.project":"project{}","com.docker.compose.version":"2.29.7","com.docker.compose.volume":"data-{i}"}},"Mountpoint":"/var/lib/docker/volumes/{name}/_data","Name":"{name}","Options":null,"Scope":"local"}}"#,
                1 + i % 20,
                i % 300
            )
        })
        .collect();
    format!(r#"{{"Volumes":[{}],"Warnings":null}}"#, volumes.join(","))
}

fn containers_json(volumes: &[String]) -> String {
    let containers: Vec<String> = (0..CONTAINERS)
        .map(|i| {
            let mounts: Vec<String> = (0..2)
                .map(|m| {
                    let name = volumes.get((i * 2 + m) % volumes.len()).map_or("", String::as_str);
                    format!(r#"{{"Type":"volume","Name":"{name}","Source":"/var/lib/docker/volumes/{name}/_data","Destination":"/data{m}","Driver":"local","Mode":"z","RW":true,"Propagation":""}}"#)
                })
                .collect();
            format!(
                r#"{{"Id":"{i:064x}","Names":["/project{}-web-{i}"],"Image":"nginx:1.27-alpine","ImageID":"sha256:{i:064x}","Command":"/docker-entrypoint.sh nginx -g 'daemon off;'","Created":1795241200,"Ports":[{{"PrivatePort":80,"Type":"tcp"}}],"Labels":{{"com.docker.compose.project":"project{}","com.docker.compose.service":"web","com.docker.compose.config-hash":"{i:064x}","com.docker.compose.oneoff":"False"}},"State":"{}","Status":"Up 2 seconds","HostConfig":{{"NetworkMode":"none"}},"NetworkSettings":{{"Networks":{{"none":{{"IPAMConfig":null,"Links":null,"Aliases":null,"NetworkID":"{i:064x}","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"MacAddress":"","DriverOpts":null}}}}}},"Mounts":[{}]}}"#,
                i % 300,
                i % 300,
                if i % 3 == 0 { "exited" } else { "running" },
                mounts.join(",")
            )
        })
        .collect();
    format!("[{}]", containers.join(","))
}

fn parse(volumes: &str, containers: &str) -> (Vec<Volume>, Vec<Container>) {
    let listed: bollard::models::VolumeListResponse = serde_json::from_str(volumes).expect("volumes");
    let containers: Vec<ListedContainer> = serde_json::from_str(containers).expect("containers");
    let volumes = listed.volumes.unwrap_or_default().into_iter().map(volume).collect();
    (volumes, containers.into_iter().map(Container::from).collect())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn timed(rounds: usize, mut work: impl FnMut()) -> Duration {
    work();
    median(
        (0..rounds)
            .map(|_| {
                let start = Instant::now();
                work();
                start.elapsed()
            })
            .collect(),
    )
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The most memory this process ever held, in MB.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// One folder of 100,000 entries, half of them folders that are weighed.
fn files(config: &Config) {
    let entry = |n: u64| Entry {
        name: format!("entry-{:06}.dat", n * 7_919 % 100_000).into_bytes(),
        kind: if n.is_multiple_of(2) { EntryKind::Folder } else { EntryKind::File },
        apparent: n * 104_729 % 1_000_003,
        allocated: None,
        mode: 0o644,
        uid: 0,
        gid: 0,
        links: None,
        inode: None,
        modified: Some(Timestamp::UNIX_EPOCH),
        changed: None,
        target: None,
        device: None,
        is_mount: false,
    };
    let mut listing = Listing { entries: (0..ENTRIES).map(entry).collect(), ..Listing::default() };
    listing.put_in_order();
    let weight = |e: &Entry| (e.name.clone(), Weight { apparent: e.apparent * 3, ..Weight::default() });
    let weights: Vec<_> =
        listing.entries.iter().filter(|e| e.kind == EntryKind::Folder).map(weight).collect();
    let listing = Arc::new(listing);
    let mut model = Model::new(config.settings.clone(), Timestamp::UNIX_EPOCH);
    model.inventory.answered(Arc::default(), Timestamp::UNIX_EPOCH);
    model.screen = Screen::Files;
    model.files.go_to(&Place::root());
    let tell = |model: &mut Model, news| {
        update(model, Message::Observed(Observation::Files(0, news)));
    };
    let place = Place::root();
    let listed = timed(5, || {
        let outcome = Ok(Arc::clone(&listing));
        tell(&mut model, FilesNews::Listed { place: place.clone(), outcome });
    });
    let mut bunches = Vec::new();
    for bunch in weights.chunks(2_000) {
        let start = Instant::now();
        tell(&mut model, FilesNews::Weighed { place: place.clone(), weights: bunch.to_vec() });
        bunches.push(start.elapsed());
    }
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a buffer");
    let mut draw = |model: &mut Model| {
        let window = ui::window(model, config, SIZE.0, SIZE.1);
        update(model, Message::Window(window));
        terminal.draw(|frame| ui::view(model, config, frame)).expect("drawn");
    };
    let frame = timed(101, || {
        update(&mut model, Message::Action(Action::PageDown));
        draw(&mut model);
    });
    update(&mut model, Message::Action(Action::Filter));
    let mut keys = Vec::new();
    for word in ["entry", "999", "dat 42", "zzz"] {
        for letter in word.chars() {
            let start = Instant::now();
            update(&mut model, Message::Typed(InputRequest::InsertChar(letter)));
            draw(&mut model);
            keys.push(start.elapsed());
        }
        update(&mut model, Message::Action(Action::Back));
        update(&mut model, Message::Action(Action::Filter));
    }
    let worst = keys.iter().max().copied().unwrap_or_default();
    println!("folder of {ENTRIES}: take in    {:8.2} ms", millis(listed));
    println!("  2,000 weights to new order {:8.2} ms", millis(median(bunches)));
    println!("  page key to drawn frame    {:8.2} ms   (goal: below 1)", millis(frame));
    println!(
        "  filter key to drawn frame  {:8.2} ms   worst {:.2} (goal: below 16)",
        millis(median(keys)),
        millis(worst)
    );
}

/// The storage map of all of them, with everything unfolded.
fn map(model: &mut Model, inventory: &Inventory, draw: &mut impl FnMut(&mut Model)) {
    update(model, Message::Action(Action::ShowMap));
    update(model, Message::Action(Action::FoldAll));
    let told: Vec<(String, Option<Told>)> = inventory
        .containers
        .iter()
        .zip(0_u64..)
        .map(|(c, i)| (c.id.clone(), Some(Ok(Layer { writable: Some(i * 977), root_fs: None }))))
        .collect();
    let of = told.len();
    let bunch = timed(11, || {
        let told = told.clone();
        update(model, Message::Observed(Observation::Layers { told, done: of, of }));
    });
    println!("all layers to new map rows   {:8.2} ms   {} rows", millis(bunch), model.map.rows.len());
    let frame = timed(101, || draw(model));
    println!("one frame of the map         {:8.2} ms   (goal: below 1)", millis(frame));
    let mut keys = Vec::new();
    for word in ["data-77", "project12", "web-4", "zzz"] {
        update(model, Message::Action(Action::Filter));
        for letter in word.chars() {
            let start = Instant::now();
            update(model, Message::Typed(InputRequest::InsertChar(letter)));
            draw(model);
            keys.push(start.elapsed());
        }
        update(model, Message::Action(Action::Back));
    }
    let worst = keys.iter().max().copied().unwrap_or_default();
    println!("map's filter key to frame    {:8.2} ms   worst {:.2}", millis(median(keys)), millis(worst));
}

/// The plan of a prune, made again for each change of its rules.
fn plan(all_used: &Inventory) {
    let now = Timestamp::now();
    // Every second volume is free.
    let mut containers = all_used.containers.clone();
    for container in &mut containers {
        container.mounts.truncate(1);
    }
    let inventory = &Inventory::join(all_used.volumes.clone(), containers, Vec::new());
    let usages: Vec<Usage> = (0..inventory.volumes.len() as u64)
        .map(|i| Usage::from_engine(i * 7_919 % 1_000_000_007, now))
        .collect();
    let known = |volume: &Volume| {
        let since = Timestamp::from_second(now.as_second() - 40 * 86_400).ok();
        (volume.name.clone(), Provenance { free_since: since, ..Provenance::default() })
    };
    let provenance = inventory.volumes.iter().map(known).collect();
    let protection = Protection {
        decided: (0..20).map(|i| (format!("project{i}_data-{i}"), true)).collect(),
        patterns: vec!["prod-*".to_owned(), "*_backup-?".to_owned()],
    };
    let facts = Facts {
        inventory,
        usage: &|at| usages.get(at),
        fresh_since: now,
        touched: &BTreeMap::new(),
        provenance: &provenance,
        protection: Some(&protection),
        habit: Habit::Labelled,
        now,
    };
    let rules = [
        "",
        "all",
        "docker-all",
        "all unused:30d larger:1MB",
        "all name:project*_data-* !label:keep",
        "all options written:1d",
    ];
    let mut times = Vec::new();
    let mut most = 0;
    for _ in 0..21 {
        for text in rules {
            let start = Instant::now();
            let rules = Rules::parse(text).expect("rules");
            let plan = PrunePlan::by_rules(&facts, &rules, &BTreeSet::new());
            black_box(plan.freed());
            times.push(start.elapsed());
            most = most.max(plan.candidates.len());
        }
    }
    let worst = times.iter().max().copied().unwrap_or_default();
    println!(
        "a rule to its plan           {:8.2} ms   worst {:.2}, up to {most} candidates (goal: below 4)",
        millis(median(times)),
        millis(worst)
    );
}

fn main() {
    let volumes = volumes_json();
    let names: Vec<String> = parse(&volumes, "[]").0.into_iter().map(|v| v.name).collect();
    let containers = containers_json(&names);
    println!(
        "{VOLUMES} volumes, {CONTAINERS} containers, {:.1} MB of JSON",
        (volumes.len() + containers.len()) as f64 / 1e6
    );

    // Alternating, so that a slow moment of the machine hits both.
    let (mut parsing, mut joining) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        let start = Instant::now();
        let (v, c) = parse(&volumes, &containers);
        parsing.push(start.elapsed());
        let start = Instant::now();
        black_box(Inventory::join(v, c, Vec::new()));
        joining.push(start.elapsed());
    }
    let (parsing, joining) = (median(parsing), median(joining));
    let ratio = joining.as_secs_f64() / parsing.as_secs_f64();
    println!("parse the engine's JSON      {:8.2} ms", millis(parsing));
    println!(
        "join volumes and containers  {:8.2} ms   {ratio:.2} of parsing (goal: below 1)",
        millis(joining)
    );

    let config = Config::defaults().expect("shipped");
    let mut model = Model::new(config.settings.clone(), Timestamp::UNIX_EPOCH);
    let (v, c) = parse(&volumes, &containers);
    drop((volumes, containers));
    let sizes = v
        .iter()
        .enumerate()
        .map(|(i, v)| Sized {
            name: v.name.clone(),
            outcome: Ok(Measured::sums(Usage::from_engine(
                (i as u64 * 7_919) % 1_000_000_007,
                Timestamp::UNIX_EPOCH,
            ))),
        })
        .collect::<Vec<_>>();
    let inventory = Arc::new(Inventory::join(v, c, Vec::new()));
    let at = Timestamp::UNIX_EPOCH;
    update(&mut model, Message::Observed(Observation::Listed { inventory: Arc::clone(&inventory), at }));
    update(&mut model, Message::Observed(Observation::Measured(sizes.clone())));
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a buffer");

    let relist = timed(11, || {
        let message = Message::Observed(Observation::Measured(sizes.clone()));
        update(&mut model, message);
    });
    let mut draw = |model: &mut Model| {
        let window = ui::window(model, &config, SIZE.0, SIZE.1);
        update(model, Message::Window(window));
        terminal.draw(|frame| ui::view(model, &config, frame)).expect("drawn");
    };
    let frame = timed(101, || draw(&mut model));
    println!("new sizes to new order       {:8.2} ms", millis(relist));
    println!("one frame at {}x{}          {:8.2} ms   (goal: below 1)", SIZE.0, SIZE.1, millis(frame));

    update(&mut model, Message::Action(Action::Filter));
    let mut keys = Vec::new();
    for word in ["data-77", "project12", "web-4", "status:dangling", "prjt9", "zzz", "label:compose 99"] {
        for letter in word.chars() {
            let start = Instant::now();
            update(&mut model, Message::Typed(InputRequest::InsertChar(letter)));
            draw(&mut model);
            keys.push(start.elapsed());
        }
        update(&mut model, Message::Action(Action::Back));
        update(&mut model, Message::Action(Action::Filter));
    }
    let worst = keys.iter().max().copied().unwrap_or_default();
    println!(
        "filter key to drawn frame    {:8.2} ms   worst {:.2} (goal: below 4)",
        millis(median(keys)),
        millis(worst)
    );
    update(&mut model, Message::Action(Action::Back));
    map(&mut model, &inventory, &mut draw);
    if let Some(peak) = peak_memory() {
        println!(
            "peak memory                  {peak:8.1} MB   with the JSON texts themselves (goal: below 60)"
        );
    }
    // It makes a world of its own.
    plan(&inventory);
    files(&config);
}

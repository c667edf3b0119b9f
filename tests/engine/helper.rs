//! Helper containers: what they may, whom they bother, how they end.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use volx::access::helper::{Helper, Rights};
use volx::access::walk::Progress;
use volx::domain::access::Way;
use volx::domain::usage::Method;
use volx::domain::volume::Volume;
use volx::ops::survey::{Wish, measure_all};

use crate::du::direct;
use crate::proxy::refusing;
use crate::rig::{Rig, ended, until};
use crate::sizes::make_work;
use crate::sweep::{helper_images, helper_tag};

/// A second is promised; a machine that also compiles may be slower.
const A_MOMENT: Duration = Duration::from_secs(3);

/// The volumes of these names, as the library lists them.
pub(crate) async fn volumes(rig: &Rig, names: &[&str]) -> Vec<Volume> {
    let inventory = rig.inventory().await;
    let volume = |name: &&str| inventory.volumes[inventory.position(name).expect("it is listed")].clone();
    names.iter().map(volume).collect()
}

/// The containers that this process started for its helpers, with the state of each.
pub(crate) async fn helpers_of(rig: &Rig, process: u32) -> Vec<(String, String)> {
    let format = r#"{{.ID}} {{.State}} {{.Label "volx.helper.owner"}}"#;
    let filter = "label=volx.helper.owner";
    let listed = rig.docker(&["ps", "--all", "--no-trunc", "--filter", filter, "--format", format]).await;
    let of_process = |line: &str| {
        let mut words = line.split(' ');
        let (id, state, owner) = (words.next()?, words.next()?, words.nth(2)?);
        (owner.parse() == Ok(process)).then(|| (id.to_owned(), state.to_owned()))
    };
    listed.lines().filter_map(of_process).collect()
}

/// This process's helper that has the volume, as `docker inspect` describes it.
pub(crate) async fn helper_with(rig: &Rig, volume: &Volume) -> Option<Value> {
    for (id, _) in helpers_of(rig, std::process::id()).await {
        // Other tests' helpers come and go meanwhile.
        let text = rig.try_docker(&["inspect", &id]).await.stdout;
        let Ok(mut described) = serde_json::from_slice::<Value>(&text) else { continue };
        let mounts = described[0]["Mounts"].as_array().cloned().unwrap_or_default();
        let folder = volume.mountpoint.as_deref().unwrap_or_default();
        if mounts.iter().any(|m| m["Source"] == *folder || m["Name"] == *volume.name) {
            return Some(described[0].take());
        }
    }
    None
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

pub(crate) async fn it_is_locked_down_and_nobody_s_user(rig: Rig) {
    let plain = rig.volume("plain", &[]).await;
    let mounted = rig.volume("mounted", &["--opt", "type=tmpfs", "--opt", "device=tmpfs"]).await;
    let wanted = volumes(&rig, &[&plain, &mounted]).await;
    let helper = Helper::start(&rig.engine().await, &wanted, Rights::Read).await.expect("a helper starts");
    let described = helper_with(&rig, &wanted[0]).await.expect("it runs");
    let (host, config) = (&described["HostConfig"], &described["Config"]);
    assert_eq!(described["State"]["Running"], true, "it waits for questions");
    assert_eq!(host["NetworkMode"], "none", "it reaches no network");
    assert_eq!(host["ReadonlyRootfs"], true, "it writes nowhere");
    assert_eq!(host["AutoRemove"], true, "it leaves nothing");
    assert_eq!(host["Privileged"], false, "it is not privileged");
    assert_eq!(host["LogConfig"]["Type"], "none", "what it says of the volumes is kept nowhere");
    let security = words(&host["SecurityOpt"]).join(" ");
    assert!(security.contains("no-new-privileges") && security.contains("label=disable"), "{security}");
    if !rig.ground.is_podman {
        assert_eq!(words(&host["CapDrop"]), ["ALL"], "every right is dropped");
    }
    let rights: Vec<&str> = words(&host["CapAdd"]).iter().map(|c| c.trim_start_matches("CAP_")).collect();
    assert_eq!(rights, ["DAC_READ_SEARCH"], "but the one to read");
    let mounts = described["Mounts"].as_array().expect("mounts");
    assert_eq!(mounts.len(), 2, "it has the volumes and nothing else: {mounts:?}");
    assert!(mounts.iter().all(|m| m["RW"] == false), "and cannot write to them: {mounts:?}");
    let labels = config["Labels"].as_object().expect("labels");
    assert_eq!(labels["volx.helper"], env!("CARGO_PKG_VERSION"));
    assert!(labels.contains_key("volx.helper.owner"), "it says whose it is");
    if rig.ground.is_at_default() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", described["State"]["Pid"]));
        let status = status.expect("its process is one of this machine");
        let line = |name: &str| status.lines().find(|l| l.starts_with(name)).expect(name);
        assert!(line("CapEff").ends_with("0000000004"), "the kernel sees it so: {}", line("CapEff"));
        assert!(line("NoNewPrivs").ends_with('1'), "for good: {}", line("NoNewPrivs"));
    }
    let listed = rig.listed(&[]).await;
    for volume in [&plain, &mounted] {
        assert_eq!(listed[volume]["status"], "dangling", "a helper is nobody's user");
        assert_eq!(listed[volume]["attached"], json!([]));
    }
    let free = rig.docker(&["volume", "ls", "--quiet", "--filter", "dangling=true"]).await;
    assert!(free.lines().any(|line| line == plain), "the engine itself counts no user of a plain one");
    drop(helper);
    let wanted = &wanted;
    until("it is gone with us", || async { helper_with(&rig, &wanted[0]).await.is_none().then_some(()) })
        .await;
}

pub(crate) async fn one_that_writes_has_no_more_than_that_takes(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let wanted = volumes(&rig, &[&volume]).await;
    let helper = Helper::start(&rig.engine().await, &wanted, Rights::Write).await.expect("a helper starts");
    let described = helper_with(&rig, &wanted[0]).await.expect("it runs");
    let host = &described["HostConfig"];
    assert_eq!((&host["NetworkMode"], &host["Privileged"]), (&json!("none"), &json!(false)));
    assert_eq!((&host["ReadonlyRootfs"], &host["AutoRemove"]), (&json!(true), &json!(true)));
    let mut rights: Vec<&str> =
        words(&host["CapAdd"]).iter().map(|right| right.trim_start_matches("CAP_")).collect();
    rights.sort_unstable();
    let expected = ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "MKNOD", "SETFCAP"];
    assert_eq!(rights, expected, "what files take, and nothing of the machine");
    let mounts = described["Mounts"].as_array().expect("mounts");
    assert!(mounts.len() == 1 && mounts[0]["RW"] == true, "it writes to its volume alone: {mounts:?}");
    drop(helper);
}

pub(crate) async fn it_does_not_hold_what_it_measures(rig: Rig) {
    let (volume, other) = (rig.volume("v", &[]).await, rig.volume("other", &[]).await);
    rig.fill(&volume, "file", 4321).await;
    rig.fill(&other, "file", 1234).await;
    let wanted = volumes(&rig, &[&volume, &other]).await;
    let helper = Helper::start(&rig.engine().await, &wanted, Rights::Read).await.expect("a helper starts");
    let size =
        async |root| helper.scan(root, &Progress::default()).await.map(|scanned| scanned.walked.apparent);
    assert_eq!(size(0).await.expect("measured"), 4321);
    rig.docker(&["volume", "rm", &volume]).await;
    let gone = size(0).await.expect_err("what is gone has no size, not even zero");
    println!("helper: of a removed volume it says: {gone}");
    assert_eq!(size(1).await.expect("measured"), 1234, "and the others go on");
}

pub(crate) async fn a_volume_that_was_removed_is_not_made_again(rig: Rig) {
    let tmpfs = ["--opt", "type=tmpfs", "--opt", "device=tmpfs"];
    let (plain, mounted) = (rig.volume("plain", &[]).await, rig.volume("mounted", &tmpfs).await);
    let (gone, kept) = (rig.volume("gone", &[]).await, many(&rig, 12).await);
    rig.fill(&kept[0], "file", 99).await;
    let mut names = vec![plain.as_str(), &mounted, &kept[0], &gone];
    names.extend(kept[1..].iter().map(String::as_str));
    let wanted = volumes(&rig, &names).await;
    rig.docker(&["volume", "rm", &plain, &mounted, &gone]).await;
    let wish = Wish { forced: Some(Way::Helper) };
    let outcome = measure_all(&rig.engine().await, wanted, wish, &mut |_| {}).await.expect("it is measured");
    let there = rig.docker(&["volume", "ls", "--quiet"]).await;
    for name in [&plain, &mounted, &gone] {
        let why = outcome[name].as_ref().expect_err("what is gone has no size");
        println!("helper: of {} it says: {why}", rig.short(name));
        assert!(!why.is_empty(), "and it is said why");
        assert!(!there.lines().any(|line| line == name), "nothing is made again by looking at it: {name}");
    }
    for (nth, name) in kept.iter().enumerate() {
        let measured = outcome[name].as_ref().expect("those beside them are measured");
        let bytes = if nth == 0 { 99 } else { 0 };
        assert_eq!((measured.usage.method, measured.usage.apparent), (Method::Helper, Some(bytes)));
    }
}

async fn signal(process: u32, name: &str) {
    let ran = ended(Command::new("kill").args(["-s", name, &process.to_string()])).await;
    assert_eq!(ran.code, 0, "the signal is sent: {}", ran.err);
}

/// A run of `du` by a helper that is stopped while the helper runs; the helper's id.
async fn caught(rig: &Rig, volumes: &[&str]) -> (Child, String) {
    for _ in 0..20 {
        let mut command = rig.volx();
        command.args(["du", "--json", "--access", "helper"]).args(volumes);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("volx runs");
        let process = child.id().expect("it runs");
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            let running = |(id, state): &(String, String)| (state == "running").then(|| id.clone());
            if helpers_of(rig, process).await.iter().any(|helper| running(helper).is_some()) {
                signal(process, "STOP").await;
                // It may have ended between the look and the signal.
                if let Some(id) = helpers_of(rig, process).await.iter().find_map(running) {
                    return (child, id);
                }
                break;
            }
            let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            if state.contains(") Z ") {
                break;
            }
        }
    }
    panic!("a helper is caught at work");
}

/// Work for a helper, where the files are ours to make.
async fn give_work(rig: &Rig, volume: &str) {
    let folder = rig.inspected(volume).await["Mountpoint"].as_str().map(PathBuf::from).unwrap_or_default();
    tokio::task::spawn_blocking(move || make_work(&folder)).await.expect("no panic");
}

pub(crate) async fn one_that_is_killed_tells_no_wrong_number(rig: Rig) {
    let (large, small) = (rig.volume("large", &[]).await, rig.volume("small", &[]).await);
    rig.fill(&large, "file", 1_000_000).await;
    rig.fill(&small, "file", 10).await;
    give_work(&rig, &large).await;
    let (child, helper) = caught(&rig, &[&large, &small]).await;
    rig.docker(&["kill", &helper]).await;
    signal(child.id().expect("it is stopped"), "CONT").await;
    let output = child.wait_with_output().await.expect("it ends");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let right = [(large.as_str(), 1_000_000), (small.as_str(), 10)];
    for line in printed.as_array().expect("lines") {
        let (name, bytes) = *right.iter().find(|(name, _)| line["name"] == **name).expect("one of ours");
        match line["unknown"].as_str() {
            Some(why) => assert!(why.contains("helper container ended"), "{name}: it is said why: {why}"),
            None => assert_eq!(line["apparent_bytes"], bytes, "{name}: what was told before is right"),
        }
    }
    let unknown = printed.as_array().into_iter().flatten().filter(|line| line["unknown"].is_string()).count();
    let code = output.status.code();
    let expected = [Some(0), Some(3), Some(1)][unknown];
    assert_eq!(code, expected, "{unknown} of two are unknown: {}", String::from_utf8_lossy(&output.stderr));
    println!("helper: killed at work, {unknown} of two volumes stay unknown");
    let again = rig.run(&["du", "--json", "--access", "helper", &large, &small]).await.json();
    assert_eq!(again[0]["apparent_bytes"], 1_000_000, "the next one measures them: {again}");
    assert_eq!(again[1]["apparent_bytes"], 10);
}

pub(crate) async fn it_ends_with_volx_however_that_ends(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    give_work(&rig, &volume).await;
    for name in ["KILL", "INT", "TERM"] {
        let (mut child, helper) = caught(&rig, &[&volume]).await;
        let process = child.id().expect("it is stopped");
        let began = Instant::now();
        signal(process, name).await;
        if name != "KILL" {
            signal(process, "CONT").await;
        }
        child.wait().await.expect("it ends");
        while !helpers_of(&rig, process).await.is_empty() {
            assert!(began.elapsed() < A_MOMENT, "after SIG{name} its helper {helper} is gone in a moment");
        }
        println!("helper: {} ms after SIG{name} nothing of it is left", began.elapsed().as_millis());
    }
}

pub(crate) async fn a_volume_that_cannot_be_mounted_spoils_no_other(rig: Rig) {
    let plain = many(&rig, 10).await;
    let options = ["--opt", "type=nfs", "--opt", "o=addr=127.0.0.1,port=1,soft", "--opt", "device=:/nowhere"];
    let nfs = rig.volume("nfs", &options).await;
    let mut arguments = vec!["du", "--json", "--access", "helper", &nfs];
    arguments.extend(plain.iter().map(String::as_str));
    let ran = rig.run(&arguments).await;
    assert_eq!(ran.code, 3, "it is done in part: {}", ran.err);
    let printed: Value = serde_json::from_str(&ran.out).expect("JSON");
    let lines = printed.as_array().expect("lines");
    assert_eq!(lines.len(), 11, "each has its line");
    for line in lines {
        if line["name"] == *nfs {
            let why = line["unknown"].as_str().expect("it cannot be measured");
            assert!(why.contains("mount"), "the engine's own reason is told: {why}");
            assert!(line.get("allocated_bytes").is_none_or(Value::is_null), "unknown is no zero");
        } else {
            assert_eq!(line["method"], "helper", "the others are measured: {line}");
        }
    }
}

pub(crate) async fn where_no_container_starts_the_engine_is_asked(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 2468).await;
    let socket = rig.ground.socket().expect("the engine is at a socket");
    for status in ["403 Forbidden", "500 Internal Server Error"] {
        let path = rig.home().join("proxy.sock");
        let host = format!("unix://{}", path.display());
        let proxy = refusing(&path, socket, ("POST", "/containers/create"), status);
        let measured = rig.run(&["--host", &host, "du", &volume, "--json"]).await.json()[0].clone();
        assert_eq!(measured["method"], "engine", "{status}: what is left is the engine's own word");
        assert_eq!(measured["apparent_bytes"], 2468);
        let ran = rig.run(&["--host", &host, "du", &volume, "--access", "helper"]).await;
        assert_eq!(ran.code, 1, "{status}: a helper alone measures nothing: {}", ran.out);
        assert!(ran.err.contains("allows no POST"), "{status}: and the refusal is told: {}", ran.err);
        proxy.abort();
        std::fs::remove_file(&path).expect("the socket's file is there");
    }
}

pub(crate) async fn what_the_engine_refuses_spoils_nothing_measured(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 1357).await;
    let nowhere = ["--opt", "type=none", "--opt", "o=bind", "--opt", "device=/nowhere/at/all"];
    let unknown = rig.volume("unknown", &nowhere).await;
    let path = rig.home().join("proxy.sock");
    let socket = rig.ground.socket().expect("the engine is at a socket");
    let proxy = refusing(&path, socket, ("GET", "/system/df"), "500 Internal Server Error");
    let host = format!("unix://{}", path.display());
    let ran = rig.run(&["--host", &host, "du", "--json", &volume, &unknown]).await;
    assert_eq!(ran.code, 3, "it is done in part: {}", ran.err);
    let printed: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&printed[0]["name"], &printed[0]["apparent_bytes"]), (&json!(volume), &json!(1357)));
    let why = printed[1]["unknown"].as_str().expect("it is unknown");
    assert!(why.contains("allows no GET /system/df"), "with the last of its reasons: {why}");
    proxy.abort();
}

/// Makes so many volumes.
pub(crate) async fn many(rig: &Rig, count: usize) -> Vec<String> {
    let names = (0..count).map(|n| async move { rig.volume(&format!("n{n:03}"), &[]).await });
    stream::iter(names).buffered(4).collect().await
}

pub(crate) async fn a_hundred_volumes_take_two_containers(rig: Rig) {
    let volumes = many(&rig, 100).await;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    for way in ["direct", "helper"] {
        if way == "direct" && !direct(&rig).await.0 {
            continue;
        }
        let (since, began) = (now(), Instant::now());
        let mut command = rig.volx();
        command.args(["du", "--json", "--access", way]).args(&volumes).stdout(Stdio::piped());
        let child = command.stderr(Stdio::piped()).spawn().expect("volx runs");
        let process = child.id().expect("it runs").to_string();
        let output = child.wait_with_output().await.expect("it ends");
        let took = began.elapsed();
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "all are measured: {words}");
        let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let lines = printed.as_array().expect("lines");
        assert_eq!(lines.iter().filter(|line| line["method"] == way).count(), 100);
        let (since, to) = (format!("--since={since:.3}"), format!("--until={:.3}", now() + 0.1));
        let filters = ["--filter", "type=container", "--filter", "event=create"];
        let format = ["--format", r#"{{index .Actor.Attributes "volx.helper.owner"}}"#];
        let told = rig.docker(&[&["events", &since, &to], &filters[..], &format[..]].concat()).await;
        let made = told.lines().filter(|line| line.split(' ').nth(2) == Some(&process)).count();
        println!("helper: 100 volumes by {way}: {} ms, {made} containers", took.as_millis());
        assert_eq!(made, if way == "helper" { 2 } else { 0 }, "{told}");
    }
}

pub(crate) async fn images_of_other_versions_go(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 11).await;
    let old = format!("localhost/volx-helper:old-{}", rig.ground.run);
    rig.docker(&["tag", &rig.ground.image, &old]).await;
    rig.ground.own_image(old.clone());
    let (nothing, theirs) =
        (rig.home().join("nothing.tar"), format!("localhost/volx-helper:x-{}", rig.ground.run));
    std::fs::write(&nothing, [0; 1024]).expect("an empty archive");
    rig.docker(&["import", &nothing.display().to_string(), &theirs]).await;
    rig.ground.own_image(theirs.clone());
    // Another version of volx: what stands behind the program does not change what it does.
    let mut program = std::fs::read(env!("CARGO_BIN_EXE_volx")).expect("the program can be read");
    program.extend_from_slice(rig.ground.run.as_bytes());
    let tag = helper_tag(&program);
    rig.ground.own_image(tag.clone());
    let path = rig.home().join("volx");
    std::fs::write(&path, &program).expect("a copy");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it runs");
    // Other tests load theirs meanwhile: the old one may be gone by now, but this one is not there.
    assert!(!helper_images(&rig.ground).contains(&tag), "it has to be loaded");
    let mut command = Command::new(path);
    rig.surround(&mut command);
    let measured = ended(command.args(["du", "--json", "--access", "helper", &volume])).await.json();
    assert_eq!((&measured[0]["method"], &measured[0]["apparent_bytes"]), (&json!("helper"), &json!(11)));
    assert!(!helper_images(&rig.ground).contains(&old), "nobody needs the old one any more");
    assert!(helper_images(&rig.ground).contains(&theirs), "what is not ours stays, whatever its name is");
}

//! A volx that is killed while it fills a volume: the next one takes the half away, if it is one beyond
//! doubt, and tells of it otherwise.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Child;

use crate::backup::{backed_up, folder, large, names};
use crate::files::text;
use crate::proxy::Proxy;
use crate::rig::{Rig, until};

const MANY: usize = 12_000;
/// How long a helper may take to begin on a machine that has much to do.
const LONG: Duration = Duration::from_secs(60);

async fn exists(rig: &Rig, volume: &str) -> bool {
    rig.try_docker(&["volume", "inspect", volume]).await.status.success()
}

pub(crate) fn held(rig: &Rig) -> PathBuf {
    rig.home().join("state/volx/held")
}

/// A volume with many files, and a backup of it.
async fn many(rig: &Rig) -> (String, PathBuf) {
    let many = rig.volume("many", &["--label", "a=b"]).await;
    let from = folder(rig, &many).await;
    for number in 0..MANY {
        std::fs::write(from.join(number.to_string()), "x").expect("a file");
    }
    let backup = backed_up(rig, &many, &rig.home().join("b"), &["--no-verify"]).await;
    (many, backup)
}

/// Begins and waits until so many entries are in the new volume; without a number until it is written down
/// that it is made.
pub(crate) async fn begun(rig: &Rig, arguments: &[&str], root: &Path, least: Option<usize>) -> Child {
    let said = rig.home().join("said");
    let err = std::fs::File::create(&said).expect("a file");
    let running = rig.volx().args(arguments).stdout(Stdio::null()).stderr(err).spawn();
    let running = running.expect("volx runs");
    let began = Instant::now();
    let is_so_far = || match least {
        None => names(&held(rig)).iter().any(|name| name.contains(".json")),
        Some(least) => std::fs::read_dir(root).is_ok_and(|entries| entries.count() >= least),
    };
    while !is_so_far() {
        let said = || std::fs::read_to_string(&said).unwrap_or_default();
        assert!(began.elapsed() < LONG, "{arguments:?} comes as far as {least:?}: {}", said());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    running
}

/// The folder that a volume will have beside another one.
pub(crate) fn beside(other: &Path, volume: &str) -> PathBuf {
    let volumes = other.ancestors().nth(2).expect("the engine's volumes");
    volumes.join(volume).join("_data")
}

/// Kills it at these moments: nothing is left of it, and then it can be done. Killed before it heard that the
/// volume is made, it tells of it: nobody else could know that it is not somebody's.
async fn killed_at(rig: &Rig, verb: impl Fn(&str, &str, &str) -> Vec<String>, moments: &[Option<usize>]) {
    let (many, backup) = many(rig).await;
    let from = folder(rig, &many).await;
    let new = rig.name("new");
    let root = beside(&from, &new);
    let verb = verb(&text(&backup), &many, &new);
    let verb: Vec<&str> = verb.iter().map(String::as_str).collect();
    for least in moments {
        let mut running = begun(rig, &verb, &root, *least).await;
        running.kill().await.expect("killed");
        let was_there = exists(rig, &new).await;
        let is_told = was_there && !is_known_as_made(rig);
        // Whatever is asked for, this comes first.
        let ran = rig.run(&["ls", "--json"]).await;
        assert_eq!((ran.code, exists(rig, &new).await), (0, is_told), "{verb:?} {least:?}: {}", ran.err);
        assert_eq!(ran.err.contains("is removed"), was_there && !is_told, "{verb:?} {least:?}: {}", ran.err);
        assert_eq!(ran.err.contains(&format!("volx rm {new}")), is_told, "{verb:?} {least:?}: {}", ran.err);
        if is_told {
            rig.docker(&["volume", "rm", &new]).await;
        }
        assert_eq!(names(&held(rig)), [""; 0], "{verb:?} {least:?}");
    }
    assert_eq!(std::fs::read_dir(&from).expect("there").count(), MANY, "the source is as it was");
    let ran = rig.run(&verb).await;
    assert_eq!(ran.code, 0, "it can be made now: {}", ran.err);
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!((ran.code, exists(rig, &new).await), (0, true), "what is whole stays: {}", ran.err);
    assert_eq!(std::fs::read_dir(&root).expect("there").count(), MANY);
    assert_eq!(rig.inspected(&new).await["Labels"]["a"], "b");
}

fn note(rig: &Rig) -> PathBuf {
    let name = names(&held(rig)).into_iter().find(|name| name.contains(".json")).expect("a note");
    held(rig).join(name)
}

fn noted(rig: &Rig) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(note(rig)).expect("a note")).expect("a note")
}

fn is_known_as_made(rig: &Rig) -> bool {
    !noted(rig)["making"]["made"].is_null()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(crate) async fn a_killed_restore_leaves_no_half(rig: Rig) {
    let moments = [None, Some(0), Some(1), Some(2_000), Some(MANY / 2)];
    let verb =
        |backup: &str, _: &str, new: &str| words(&["restore", backup, "--as", new, "--access", "direct"]);
    killed_at(&rig, verb, &moments).await;
}

pub(crate) async fn what_somebody_made_under_the_name_is_told_and_stays(rig: Rig) {
    let (many, backup) = many(&rig).await;
    let (new, backup) = (rig.name("new"), text(&backup));
    let root = beside(&folder(&rig, &many).await, &new);
    let mut running = begun(&rig, &["restore", &backup, "--as", &new], &root, Some(100)).await;
    running.kill().await.expect("killed");
    // As if it had been killed before the engine had it, and somebody else made one like it.
    let labels = rig.inspected(&new).await["Labels"].as_object().expect("labels").clone();
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("--label={name}={}", value.as_str().expect("text")))
        .collect();
    rig.docker(&["volume", "rm", &new]).await;
    let mut told = noted(&rig);
    told["making"]["made"] = serde_json::Value::Null;
    std::fs::write(note(&rig), told.to_string()).expect("written");
    let create = ["volume", "create"].into_iter().chain(labels.iter().map(String::as_str));
    rig.docker(&create.chain([new.as_str()]).collect::<Vec<_>>()).await;
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!((ran.code, exists(&rig, &new).await), (0, true), "{}", ran.err);
    assert!(
        ran.err.contains("somebody else may have") && ran.err.contains(&format!("volx rm {new}")),
        "{}",
        ran.err
    );
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(!ran.err.contains(&new), "it is told once: {}", ran.err);
    assert_eq!(names(&held(&rig)), [""; 0]);
    rig.docker(&["volume", "rm", &new]).await;
}

pub(crate) async fn a_killed_restore_by_helper_leaves_no_half(rig: Rig) {
    let verb =
        |backup: &str, _: &str, new: &str| words(&["restore", backup, "--as", new, "--access", "helper"]);
    killed_at(&rig, verb, &[Some(0), Some(500)]).await;
}

pub(crate) async fn a_killed_clone_leaves_no_half(rig: Rig) {
    let verb = |_: &str, many: &str, new: &str| words(&["clone", many, new]);
    killed_at(&rig, verb, &[None, Some(1), Some(MANY / 2)]).await;
}

pub(crate) async fn what_a_living_volx_fills_is_left_alone(rig: Rig) {
    let (many, backup) = many(&rig).await;
    let (new, backup) = (rig.name("new"), text(&backup));
    let root = beside(&folder(&rig, &many).await, &new);
    let mut running = begun(&rig, &["restore", &backup, "--as", &new], &root, Some(100)).await;
    let process = running.id().expect("it runs").to_string();
    rig.signal("STOP", &process).await;
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!((ran.code, ran.err.contains(&new), exists(&rig, &new).await), (0, false, true), "{}", ran.err);
    rig.signal("CONT", &process).await;
    let ended = running.wait().await.expect("it ends");
    assert!(ended.success());
    assert_eq!(std::fs::read_dir(&root).expect("there").count(), MANY);
    assert_eq!(names(&held(&rig)), [""; 0]);
}

pub(crate) async fn what_somebody_else_has_by_now_is_told_and_stays(rig: Rig) {
    let (many, backup) = many(&rig).await;
    let (new, backup) = (rig.name("new"), text(&backup));
    let root = beside(&folder(&rig, &many).await, &new);
    let killed = async || {
        let mut running = begun(&rig, &["restore", &backup, "--as", &new], &root, Some(100)).await;
        running.kill().await.expect("killed");
    };
    killed().await;
    rig.holder("user", &[&format!("{new}:/data")]).await;
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(ran.code == 0 && ran.err.contains(&rig.name("user")), "{}", ran.err);
    assert!(ran.err.contains(&format!("volx rm {new}")) && exists(&rig, &new).await, "{}", ran.err);
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(!ran.err.contains(&new), "it is told once: {}", ran.err);
    rig.docker(&["rm", "--force", &rig.name("user")]).await;
    rig.docker(&["volume", "rm", &new]).await;
    // Written to long after the last sign of life.
    killed().await;
    let note = note(&rig);
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(600);
    let note = std::fs::File::options().append(true).open(note).expect("opened");
    note.set_modified(long_ago).expect("a time");
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(ran.code == 0 && ran.err.contains("somebody else may have written"), "{}", ran.err);
    assert!(exists(&rig, &new).await);
    rig.docker(&["volume", "rm", &new]).await;
    // Another one of its name.
    killed().await;
    rig.docker(&["volume", "rm", &new]).await;
    rig.volume("new", &["--label", "somebody=else"]).await;
    let ran = rig.run(&["ls", "--json"]).await;
    assert!(ran.code == 0 && !ran.err.contains(&new) && exists(&rig, &new).await, "{}", ran.err);
}

pub(crate) async fn an_engine_that_is_cut_off_in_the_middle_leaves_nothing_half(rig: Rig) {
    let volume = large(&rig, 120).await;
    let user = rig.holder("user", &[&format!("{volume}:/data")]).await;
    let backup = text(backed_up(&rig, &volume, &rig.home().join("b"), &["--no-verify"]).await);
    let socket = rig.ground.socket().expect("the engine is at a socket").to_owned();
    let mut proxy = Proxy::start(rig.home().join("proxy.sock"), &socket);
    let to = rig.home().join("cut");
    let arguments = ["backup", &volume, "--pause", "--access", "helper", "--level", "19", "--to", &text(&to)];
    let begin = |arguments: &[&str]| {
        let mut volx = rig.volx();
        volx.env("DOCKER_HOST", proxy.host()).args(arguments);
        volx.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("volx runs")
    };
    let running = begin(&arguments);
    until("it writes", || async { (!names(&to).is_empty()).then_some(()) }).await;
    let new = rig.name("new");
    let root = beside(&folder(&rig, &volume).await, &new);
    proxy.cut().await;
    let ended = running.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(matches!(ended.status.code(), Some(1 | 4)), "{said}");
    assert_eq!(names(&to), [""; 0], "no half of a file: {said}");
    // Who could not be told to go on is told now.
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(crate::backup::state_of(&rig, &user).await, "running", "{}", ran.err);

    proxy.mend();
    let mut volx = rig.volx();
    volx.env("DOCKER_HOST", proxy.host()).args(["restore", &backup, "--as", &new, "--access", "helper"]);
    let running = volx.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("volx runs");
    let is_begun = || async { std::fs::read_dir(&root).is_ok_and(|mut e| e.next().is_some()).then_some(()) };
    until("it restores", is_begun).await;
    proxy.cut().await;
    let ended = running.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(matches!(ended.status.code(), Some(1 | 4)), "{said}");
    let ran = rig.run(&["ls", "--json"]).await;
    assert_eq!((ran.code, exists(&rig, &new).await), (0, false), "{}", ran.err);
}

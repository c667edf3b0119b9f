//! Removing volumes from engines that make it hard: odd names, a dead plugin, a volume that is held
//! by nobody who is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio_util::sync::CancellationToken;
use volx::domain::protection::Protection;
use volx::domain::prune::{Facts, PrunePlan, Undo};
use volx::domain::removal::{Done, Outcome, Skip};
use volx::history::History;
use volx::ops::remove::{Removal, remove};
use volx::ops::right::{Right, Terms};

use super::server::{Asked, Reply, Server};
use super::{fixtures, reach};

/// An engine's volumes, by the route that each has on the wire.
type Volumes = Arc<Mutex<BTreeMap<String, String>>>;

/// What the engine says of a volume whose driver it does not find any more.
const DEAD: &str =
    r#"{"message":"get dead: error while looking up volume plugin odd: plugin \"odd\" not found"}"#;

fn described(name: &str) -> String {
    json!({"Name": name, "Driver": "odd", "Scope": "local", "CreatedAt": "2026-11-01T00:00:00Z",
           "Mountpoint": "", "Labels": null, "Options": null})
    .to_string()
}

/// An engine with these volumes: a name and its route. `odd` answers a removal, or lets it happen.
fn engine(
    names: &[(&str, &str)],
    odd: impl Fn(&Asked, &Volumes) -> Option<Reply> + Send + Sync + 'static,
) -> (Server, Volumes) {
    let volumes: Volumes = Arc::new(Mutex::new(
        names.iter().map(|(name, route)| ((*route).to_owned(), (*name).to_owned())).collect(),
    ));
    let held = Arc::clone(&volumes);
    let server = fixtures::but(move |asked| {
        if asked.route == "/volumes" {
            let all: Vec<String> = held.lock().unwrap().values().map(|name| described(name)).collect();
            return Some(Reply::json(format!(r#"{{"Volumes":[{}],"Warnings":null}}"#, all.join(","))));
        }
        if asked.route == "/containers/json" {
            return Some(odd(asked, &held).unwrap_or_else(|| Reply::json("[]")));
        }
        if !asked.route.starts_with("/volumes/") {
            return None;
        }
        let Some(name) = held.lock().unwrap().get(&asked.route).cloned() else {
            return Some(Reply::status(404, r#"{"message":"no such volume"}"#));
        };
        if asked.method == "GET" && name == "dead" {
            return Some(Reply::status(500, DEAD));
        }
        if asked.method == "GET" {
            return Some(Reply::json(described(&name)));
        }
        Some(odd(asked, &held).unwrap_or_else(|| {
            held.lock().unwrap().remove(&asked.route);
            Reply::Answer { status: 204, kind: "application/json", body: Vec::new() }
        }))
    });
    (server, volumes)
}

async fn removed(server: &Server, names: &[&str], is_forced: bool) -> Vec<Done> {
    removal(server, names, is_forced, None).await.report.done
}

/// `other` is the engine whose volumes were shown, where it is not this one.
async fn removal(server: &Server, names: &[&str], is_forced: bool, other: Option<&str>) -> Removal {
    let engine = reach::chosen(&server.socket).await.expect("an engine");
    let inventory = engine.list().await.expect("listed");
    let facts = Facts {
        inventory: &inventory,
        usage: &|_| None,
        fresh_since: jiff::Timestamp::now(),
        touched: &BTreeMap::new(),
        provenance: &BTreeMap::new(),
        protection: Some(&Protection::default()),
        habit: engine.info().capabilities.prunes,
        now: jiff::Timestamp::now(),
    };
    let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let engine_id = other.unwrap_or(&engine.info().id);
    let plan = PrunePlan::by_name(&facts, &names).confirm(&facts, is_forced, engine_id, Undo::None);
    assert_eq!(plan.targets().len(), names.len(), "all may go");
    let history = Some(Arc::new(History::in_memory().expect("a history")));
    let right = Right::of(&engine, history, &Terms::default()).expect("a right");
    remove(&right, &plan, &CancellationToken::new(), &mut |_| {}).await
}

fn deletes(server: &Server) -> Vec<String> {
    server.asked().into_iter().filter(|asked| asked.method == "DELETE").map(|asked| asked.route).collect()
}

#[tokio::test]
async fn a_name_that_needs_escaping_names_no_other_volume() {
    let odd = "a?x=1/../y #%41";
    let route = "/volumes/a%3Fx%3D1%2F..%2Fy%20%23%2541";
    let (server, volumes) = engine(&[(odd, route), ("y", "/volumes/y")], |_, _| None);
    let done = removed(&server, &[odd], false).await;
    assert_eq!(done[0].outcome, Outcome::Freed(None));
    assert_eq!(deletes(&server), [route], "one removal, of that name");
    assert_eq!(volumes.lock().unwrap().values().collect::<Vec<_>>(), ["y"]);
}

#[tokio::test]
async fn a_driver_that_fails_to_remove_fails_alone_and_the_volume_may_be_forgotten() {
    const FAILED: &str = r#"{"message":"VolumeDriver.Remove: the share is gone"}"#;
    let names = [("failing", "/volumes/failing"), ("free", "/volumes/free")];
    let odd = |asked: &Asked, volumes: &Volumes| {
        if asked.route != "/volumes/failing" {
            return None;
        }
        // Told to, the engine forgets it and says all the same that its driver failed.
        if asked.query.contains("force=true") {
            volumes.lock().unwrap().remove(&asked.route);
        }
        Some(Reply::status(500, FAILED))
    };
    let (server, volumes) = engine(&names, odd);
    let done = removed(&server, &["failing", "free"], false).await;
    let Outcome::Failed(trouble) = &done[0].outcome else { panic!("it fails: {done:?}") };
    assert!(trouble.cause.contains("the share is gone"), "{trouble}");
    assert_eq!(done[1].outcome, Outcome::Freed(None), "the next one goes");
    assert!(volumes.lock().unwrap().contains_key("/volumes/failing"));
    let done = removed(&server, &["failing"], true).await;
    assert_eq!(done[0].outcome, Outcome::Freed(None), "forgotten; what that frees is not known");
}

/// A volume is looked at through its driver: where there is none any more, so says the engine, and even
/// a forced `DELETE` of Docker 20.10 forgets nothing.
#[tokio::test]
async fn a_dead_plugin_s_volume_fails_alone_whatever_is_forced() {
    let names = [("dead", "/volumes/dead"), ("free", "/volumes/free")];
    for is_forced in [false, true] {
        let (server, _) = engine(&names, |_, _| None);
        let done = removed(&server, &["dead", "free"], is_forced).await;
        let Outcome::Failed(trouble) = &done[0].outcome else { panic!("it fails: {done:?}") };
        assert!(trouble.cause.contains("not found"), "{trouble}");
        assert!(trouble.remedy.as_deref().is_some_and(|remedy| remedy.contains("driver")), "{trouble}");
        assert!(matches!(done[1].outcome, Outcome::Freed(_)), "the next one goes");
    }
}

#[tokio::test]
async fn one_that_only_a_helper_can_have_is_tried_again() {
    let tries = Arc::new(Mutex::new(0));
    let odd = {
        let tries = Arc::clone(&tries);
        move |asked: &Asked, _: &Volumes| {
            if asked.method != "DELETE" {
                return None;
            }
            let mut tries = tries.lock().unwrap();
            *tries += 1;
            let used = r#"{"message":"remove v: volume is in use - [0123]"}"#;
            (*tries < 3).then(|| Reply::status(409, used))
        }
    };
    let (server, _) = engine(&[("v", "/volumes/v")], odd);
    let done = removed(&server, &["v"], false).await;
    assert_eq!(done[0].outcome, Outcome::Freed(None));
    assert_eq!(*tries.lock().unwrap(), 3);
}

#[tokio::test]
async fn holders_that_cannot_be_listed_are_not_nobody() {
    let odd = |asked: &Asked, _: &Volumes| {
        let is_look = asked.route == "/containers/json" && asked.query.contains("filters");
        is_look.then(|| Reply::status(500, r#"{"message":"out of order"}"#))
    };
    let (server, volumes) = engine(&[("v", "/volumes/v")], odd);
    let done = removed(&server, &["v"], false).await;
    assert!(matches!(done[0].outcome, Outcome::Failed(_)), "{done:?}");
    assert!(deletes(&server).is_empty() && !volumes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn one_that_somebody_has_by_the_engine_s_word_stays_with_its_holder() {
    let holder = json!([{"Id": "0123", "Names": ["/web"], "Image": "i", "State": "running", "Labels": {},
        "Mounts": [{"Type": "volume", "Name": "v", "Destination": "/d", "RW": true}]}]);
    let is_taken = Arc::new(Mutex::new(false));
    let odd = move |asked: &Asked, _: &Volumes| {
        let mut is_taken = is_taken.lock().unwrap();
        match asked.method.as_str() {
            "DELETE" => {
                *is_taken = true;
                Some(Reply::status(409, r#"{"message":"remove v: volume is in use - [0123]"}"#))
            }
            _ => is_taken.then(|| Reply::json(holder.to_string())),
        }
    };
    let (server, _) = engine(&[("v", "/volumes/v")], odd);
    let done = removed(&server, &["v"], true).await;
    assert_eq!(done[0].outcome, Outcome::Skipped(Skip::InUse(vec!["web".to_owned()])));
}

#[tokio::test]
async fn what_was_shown_of_another_engine_is_not_removed_here() {
    let (server, volumes) = engine(&[("v", "/volumes/v")], |_, _| None);
    let removal = removal(&server, &["v"], false, Some("another engine")).await;
    assert!(removal.lost.is_some_and(|trouble| trouble.cause.contains("another engine")));
    assert_eq!(removal.report.done[0].outcome, Outcome::Skipped(Skip::Stopped));
    assert!(deletes(&server).is_empty() && !volumes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_volume_that_a_service_mounts_by_now_stays() {
    let looks = Arc::new(Mutex::new(0));
    let services = json!([{"Spec": {"Name": "db", "TaskTemplate": {"ContainerSpec": {"Mounts": [
        {"Type": "volume", "Source": "v", "Target": "/d"}]}}}}]);
    let removed_at = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&removed_at);
    let server = fixtures::but(move |asked| match (asked.method.as_str(), asked.route.as_str()) {
        (_, "/info") => {
            let mut info = fixtures::json("d28", "info.json");
            info["Swarm"] = json!({"ControlAvailable": true, "LocalNodeState": "active"});
            Some(Reply::json(info.to_string()))
        }
        (_, "/services") => {
            let mut looks = looks.lock().unwrap();
            *looks += 1;
            // The service came after the volumes were listed.
            Some(Reply::json(if *looks > 1 { services.to_string() } else { "[]".to_owned() }))
        }
        (_, "/volumes") => {
            Some(Reply::json(format!(r#"{{"Volumes":[{}],"Warnings":null}}"#, described("v"))))
        }
        (_, "/containers/json") => Some(Reply::json("[]")),
        ("GET", "/volumes/v") => Some(Reply::json(described("v"))),
        ("DELETE", _) => {
            *counted.lock().unwrap() += 1;
            Some(Reply::Answer { status: 204, kind: "application/json", body: Vec::new() })
        }
        _ => None,
    });
    let done = removed(&server, &["v"], false).await;
    assert_eq!(done[0].outcome, Outcome::Skipped(Skip::Service(vec!["db".to_owned()])));
    assert_eq!(*removed_at.lock().unwrap(), 0);
}

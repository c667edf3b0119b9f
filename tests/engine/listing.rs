//! The list against the Docker CLI's own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};
use volx::domain::secret::MASK;
use volx::domain::volume::{ANONYMOUS_LABEL, Volume};

use crate::rig::Rig;

const PASSWORD: &str = "open-sesame-4711";

/// One volume of each kind, by the part of its name that tells them apart.
async fn every_kind(rig: &Rig) -> BTreeMap<&'static str, String> {
    let folder = rig.home().join("bound");
    std::fs::create_dir(&folder).expect("a folder to bind");
    let device = format!("device={}", folder.display());
    let secret = format!("o=addr=192.0.2.2,username=app,password={PASSWORD},vers=3.0");
    let compose = "com.docker.compose.project=shop";
    let kinds: [(&str, Vec<&str>); 7] = [
        ("plain", vec![]),
        ("labels", vec!["--label", "env=prod", "--label", "bare", "--label", "text=a=b, c"]),
        ("compose", vec!["--label", compose, "--label", "com.docker.compose.volume=db"]),
        ("nfs", vec!["--opt", "type=nfs", "--opt", "o=addr=192.0.2.1,rw", "--opt", "device=:/export"]),
        ("cifs", vec!["--opt", "type=cifs", "--opt", &secret, "--opt", "device=//192.0.2.2/share"]),
        ("tmpfs", vec!["--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m"]),
        ("bind", vec!["--opt", "type=none", "--opt", "o=bind", "--opt", &device]),
    ];
    let mut made = BTreeMap::new();
    for (kind, options) in kinds {
        made.insert(kind, rig.volume(kind, &options).await);
    }
    let nameless = rig.docker(&["volume", "create", "--label", &rig.label()]).await;
    made.insert("nameless", nameless);
    // The volume of a bare mount point gets no label of ours: it goes with its container, and is
    // remembered in case it does not.
    let container = rig.container("create", "anonymous", &["--volume", "/data"], &["agent", "hold"]).await;
    let name = rig.docker(&["inspect", "--format", "{{(index .Mounts 0).Name}}", &container]).await;
    rig.ground.remember(&name);
    made.insert("anonymous", name);
    made
}

/// The engine's word for "none" is `null`, an empty map, or nothing.
fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect()
}

fn created(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(|text| text.parse().ok())
}

fn agrees(volume: &Volume, raw: &Value) {
    let name = &volume.name;
    assert_eq!(Some(volume.driver.as_str()), raw["Driver"].as_str(), "{name}: the driver is the engine's");
    assert_eq!(Some(volume.scope.as_str()), raw["Scope"].as_str(), "{name}: the scope is the engine's");
    let mountpoint = raw["Mountpoint"].as_str().filter(|path| !path.is_empty());
    assert_eq!(volume.mountpoint.as_deref(), mountpoint, "{name}: the mountpoint is the engine's");
    assert_eq!(volume.labels, map(&raw["Labels"]), "{name}: the labels are the engine's");
    assert_eq!(volume.options, map(&raw["Options"]), "{name}: the options are the engine's");
    assert!(volume.created_at.is_some(), "{name}: its creation is known");
    assert_eq!(volume.created_at, created(&raw["CreatedAt"]), "{name}: the creation is the engine's");
}

pub(crate) async fn every_volume_is_listed_as_the_docker_cli_says(rig: Rig) {
    let made = every_kind(&rig).await;
    let inventory = rig.inventory().await;
    let printed = rig.listed(&[]).await;
    let table = rig.docker(&["volume", "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}"]).await;
    for (kind, name) in &made {
        let at = inventory.position(name).unwrap_or_else(|| panic!("the {kind} volume is listed"));
        let volume = &inventory.volumes[at];
        let raw = rig.inspected(name).await;
        agrees(volume, &raw);
        let line = format!("{name} {} {}", volume.driver, volume.scope);
        assert!(table.lines().any(|l| l == line), "{kind}: 'docker volume ls' has the line '{line}'");

        let entry = &printed[name];
        assert_eq!(entry["driver"], raw["Driver"], "{kind}: the printed driver is the engine's");
        assert_eq!(entry["scope"], raw["Scope"], "{kind}: the printed scope is the engine's");
        assert_eq!(entry["mountpoint"], raw["Mountpoint"], "{kind}: the printed mountpoint is the engine's");
        assert_eq!(map(&entry["labels"]), map(&raw["Labels"]), "{kind}: the printed labels are the engine's");
        assert_eq!(created(&entry["created_at"]), created(&raw["CreatedAt"]), "{kind}: so is the creation");
        let options: BTreeMap<String, String> =
            map(&raw["Options"]).into_iter().map(|(k, v)| (k, v.replace(PASSWORD, MASK))).collect();
        assert_eq!(map(&entry["options"]), options, "{kind}: the printed options hide the password alone");
        let is_anonymous = matches!(*kind, "nameless" | "anonymous");
        assert_eq!(
            entry["anonymous"],
            json!(is_anonymous),
            "{kind}: who has no name of its own is anonymous"
        );
        let project = if *kind == "compose" { json!("shop") } else { Value::Null };
        assert_eq!(entry["project"], project, "{kind}: the project is Compose's label");
    }
    if rig.engine().await.info().capabilities.labels_anonymous {
        let raw = rig.inspected(&made["anonymous"]).await;
        assert!(map(&raw["Labels"]).contains_key(ANONYMOUS_LABEL), "this engine labels anonymous volumes");
    }
    let all: BTreeSet<&str> = table.lines().filter_map(|line| line.split(' ').next()).collect();
    let of_test = |name: &&str| name.starts_with(rig.prefix());
    let ours: BTreeSet<&str> = printed.keys().map(String::as_str).filter(of_test).collect();
    assert_eq!(ours, all.into_iter().filter(of_test).collect(), "no volume is missing and none is made up");
}

pub(crate) async fn the_json_has_exactly_the_documented_keys(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let id = rig.holder("c", &[&format!("{volume}:/data:ro")]).await;
    rig.fill(&volume, "file", 4096).await;
    let before = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
    };
    let expected = [
        "name",
        "driver",
        "scope",
        "mountpoint",
        "created_at",
        "labels",
        "options",
        "project",
        "anonymous",
        "protected",
        "status",
        "attached",
        "usage",
        "change_day_bytes",
    ];
    assert_eq!(keys(&before), expected, "a volume has these keys and no others");
    let attached = json!([{
        "container_id": id,
        "container_name": rig.name("c"),
        "state": "running",
        "destination": "/data",
        "read_only": true,
    }]);
    assert_eq!(before["attached"], attached, "an attachment says who, how and where");
    assert_eq!(keys(&before["attached"][0]), keys(&attached[0]), "and nothing else");
    assert_eq!(before["usage"], Value::Null, "what was never measured is unknown, not zero");

    let measured = rig.listed(&["--measure"]).await.remove(&volume).expect("it is listed");
    let expected = [
        "apparent_bytes",
        "allocated_bytes",
        "files",
        "dirs",
        "newest_write",
        "errors",
        "method",
        "measured_at",
    ];
    assert_eq!(keys(&measured["usage"]), expected, "a usage has these keys and no others");
    assert_eq!(measured["usage"]["apparent_bytes"], json!(4096), "its size is what was written");
    // Directly where that is open, else by a helper; the engine's own word is for where none starts.
    let method = measured["usage"]["method"].as_str().unwrap_or_default();
    assert!(["direct", "helper"].contains(&method), "it says how: {measured}");
    assert!(measured["usage"]["allocated_bytes"].is_u64(), "both know the blocks");
    assert!(created(&measured["usage"]["measured_at"]).is_some(), "it says when");

    let after = rig.listed(&[]).await.remove(&volume).expect("it is listed");
    let (then, now) = (&measured["usage"], &after["usage"]);
    assert_eq!(then["apparent_bytes"], now["apparent_bytes"], "the next list remembers the size");
    let millis = |usage: &Value| created(&usage["measured_at"]).map(Timestamp::as_millisecond);
    assert_eq!(millis(then), millis(now), "and when it was measured");
}

pub(crate) async fn a_password_is_never_printed(rig: Rig) {
    let volume = every_kind(&rig).await.remove("cifs").expect("made");
    let all =
        "status,name,project,size,containers,driver,kind,created,mountpoint,scope,anonymous,labels,options";
    let ways: [&[&str]; 6] = [
        &["ls", "--json"],
        &["ls", "--columns", all],
        &["inspect", "--json", &volume],
        &["inspect", &volume],
        &["ls", "--json", "--measure"],
        &["ls", "--measure"],
    ];
    for arguments in ways {
        let ran = rig.run(arguments).await;
        // The share cannot be mounted: measured, the list is not whole.
        let is_measured = arguments.contains(&"--measure");
        assert_eq!(ran.code, if is_measured { 3 } else { 0 }, "volx {arguments:?} succeeds: {}", ran.err);
        assert!(ran.out.contains("cifs"), "volx {arguments:?} shows the volume");
        assert!(!ran.out.contains(PASSWORD), "volx {arguments:?} prints no password");
        assert!(!ran.err.contains(PASSWORD), "volx {arguments:?} complains without the password");
    }
    let raw = rig.inspected(&volume).await;
    assert!(raw.to_string().contains(PASSWORD), "the engine itself gives it away, or nothing was proven");
}

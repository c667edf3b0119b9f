//! The same objects on eight engines: product, volumes, containers, inspect.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rstest::rstest;
use volx::domain::container::State;
use volx::domain::engine::{EngineInfo, Product};
use volx::domain::inventory::Inventory;
use volx::domain::mount::Source;
use volx::domain::status::Status;
use volx::domain::volume::{ANONYMOUS_LABEL, Kind, Volume};
use volx::engine::Engine;

use super::{fixtures, reach};

async fn listed(engine: &'static str) -> (EngineInfo, Inventory) {
    let server = fixtures::engine(engine);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let inventory = docker.list().await.expect("a listing");
    (docker.info().clone(), inventory)
}

fn volume<'a>(inventory: &'a Inventory, name: &str) -> &'a Volume {
    &inventory.volumes[position(inventory, name)]
}

fn position(inventory: &Inventory, name: &str) -> usize {
    inventory.position(name).unwrap_or_else(|| panic!("{name} is not listed"))
}

fn anonymous(inventory: &Inventory) -> usize {
    let found: Vec<usize> =
        (0..inventory.volumes.len()).filter(|at| inventory.volumes[*at].is_anonymous()).collect();
    assert_eq!(found.len(), 1, "one volume has no name: {found:?}");
    found[0]
}

#[rstest]
#[case::d20("d20", "20.10.24+dfsg1", "1.41", "1.12", [false, false, false, false])]
#[case::d26("d26", "26.1.5+dfsg1", "1.45", "1.24", [true, true, false, true])]
#[case::d28("d28", "28.5.2+dfsg4", "1.51", "1.24", [true, true, false, true])]
#[case::d28c("d28c", "28.5.2+dfsg4", "1.51", "1.24", [true, true, false, true])]
#[case::d29("d29", "29.7.2", "1.55", "1.40", [true, true, true, true])]
#[case::p43("p43", "4.3.1", "1.41", "1.24", [false, true, false, false])]
#[case::p54("p54", "5.4.2", "1.41", "1.24", [false, true, false, false])]
#[case::p58("p58", "5.8.6", "1.44", "1.24", [false, true, false, false])]
#[tokio::test]
async fn the_engine_is_known_for_what_it_is(
    #[case] engine: &'static str,
    #[case] version: &str,
    #[case] api: &str,
    #[case] oldest: &str,
    #[case] can: [bool; 4],
) {
    let server = fixtures::engine(engine);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let info = docker.info();
    let is = &info.capabilities;
    let is_podman = engine.starts_with('p');
    assert_eq!(is.product, if is_podman { Product::Podman } else { Product::Docker });
    assert_eq!(is.version, version);
    assert_eq!(is.api.to_string(), api, "the newest that both know");
    assert_eq!((is.api_max.to_string(), is.api_min.to_string()), (api.to_owned(), oldest.to_owned()));
    assert_eq!((is.os.as_str(), is.arch.as_str()), ("linux", "amd64"));
    assert_eq!(
        [is.df_by_type, is.df_shared, is.df_verbose, is.labels_anonymous],
        can,
        "df by type, df shared, df verbose, anonymous label"
    );
    let root = if is_podman { "/var/lib/containers/storage" } else { "/var/lib/docker" };
    assert_eq!(info.root_dir.as_deref(), Some(root));
    assert_eq!(info.name, "host");
    assert!(!info.is_swarm_manager);
    assert!(info.address.starts_with("unix://"), "{}", info.address);
    let recorded = fixtures::json(engine, "info.json")["ID"].as_str().unwrap_or_default().to_owned();
    assert_eq!(info.id == recorded, !is_podman, "Podman makes a new ID for each answer: {}", info.id);
}

#[rstest]
#[tokio::test]
async fn every_path_after_the_first_carries_the_settled_version(
    #[values("d20", "d26", "d28", "d28c", "d29", "p43", "p54", "p58")] engine: &'static str,
) {
    let server = fixtures::engine(engine);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    docker.list().await.expect("a listing");
    docker.inspect_volume("fx-shop_db").await.expect("a description");
    docker.disk_usage().await.expect("a usage");
    docker.ping().await.expect("alive");
    drop(docker.events(None).await.expect("a stream"));
    let api = docker.info().capabilities.api.to_string();
    let asked = server.asked();
    assert_eq!(
        (asked[0].route.as_str(), asked[0].version.as_ref()),
        ("/version", None),
        "asked of any engine"
    );
    let expected =
        ["/_ping", "/containers/json", "/events", "/info", "/system/df", "/volumes", "/volumes/fx-shop_db"];
    for route in expected {
        assert_eq!(server.times(route), 1, "{route} is asked once, of {asked:?}");
    }
    assert_eq!(asked.len(), 1 + expected.len(), "and nothing else is");
    for asked in &asked[1..] {
        assert_eq!(asked.version.as_deref(), Some(api.as_str()), "{asked:?}");
    }
}

#[rstest]
#[tokio::test]
async fn the_seven_volumes_are_read(
    #[values("d20", "d26", "d28", "d28c", "d29", "p43", "p54", "p58")] engine: &'static str,
) {
    let (info, inventory) = listed(engine).await;
    assert_eq!(inventory.volumes.len(), 7);
    assert!(inventory.warnings.is_empty());
    assert!(inventory.missing.is_empty(), "every mounted volume is listed: {:?}", inventory.missing);
    let kinds: BTreeMap<&str, Kind> =
        inventory.volumes.iter().filter(|v| !v.is_anonymous()).map(|v| (v.name.as_str(), v.kind())).collect();
    let expected = BTreeMap::from([
        ("fx-bind", Kind::Bind),
        ("fx-cifs", Kind::Cifs),
        ("fx-files", Kind::Plain),
        ("fx-nfs", Kind::Nfs),
        ("fx-shop_db", Kind::Plain),
        ("fx-tmpfs", Kind::Tmpfs),
    ]);
    assert_eq!(kinds, expected);
    let times: BTreeMap<String, Timestamp> = fixtures::json(engine, "volumes.json")["Volumes"]
        .as_array()
        .expect("volumes")
        .iter()
        .map(|v| {
            (
                v["Name"].as_str().expect("a name").to_owned(),
                v["CreatedAt"].as_str().expect("a time").parse().expect("a time"),
            )
        })
        .collect();
    for volume in &inventory.volumes {
        assert_eq!((volume.driver.as_str(), volume.scope.as_str()), ("local", "local"), "{}", volume.name);
        assert_eq!(volume.created_at.as_ref(), times.get(&volume.name), "{}", volume.name);
        let mountpoint = volume.mountpoint.as_deref().expect("a mountpoint");
        let root = info.root_dir.as_deref().expect("a root");
        assert_eq!(mountpoint, format!("{root}/volumes/{}/_data", volume.name));
    }
}

#[rstest]
#[tokio::test]
async fn labels_tell_the_project_and_the_anonymous_one(
    #[values("d20", "d26", "d28", "d28c", "d29", "p43", "p54", "p58")] engine: &'static str,
) {
    let (info, inventory) = listed(engine).await;
    let shop = volume(&inventory, "fx-shop_db");
    assert_eq!((shop.project(), shop.compose_name()), (Some("shop"), Some("db")));
    assert_eq!(shop.labels.len(), 2);
    assert!(inventory.volumes.iter().filter(|v| v.name != shop.name).all(|v| v.project().is_none()));
    let nameless = &inventory.volumes[anonymous(&inventory)];
    assert!(nameless.has_generated_name(), "{}", nameless.name);
    assert_eq!(
        nameless.labels.contains_key(ANONYMOUS_LABEL),
        info.capabilities.labels_anonymous,
        "the label where the engine writes one, the name where it does not"
    );
}

#[rstest]
#[tokio::test]
async fn containers_of_every_state_are_joined(
    #[values("d20", "d26", "d28", "d28c", "d29", "p43", "p54", "p58")] engine: &'static str,
) {
    let (_, inventory) = listed(engine).await;
    let states: BTreeMap<&str, &State> =
        inventory.containers.iter().map(|c| (c.name.as_str(), &c.state)).collect();
    let expected = BTreeMap::from([
        ("fx-created", &State::Created),
        ("fx-exited", &State::Exited),
        ("fx-paused", &State::Paused),
        ("fx-run", &State::Running),
    ]);
    assert_eq!(states, expected);
    let holds = [
        (position(&inventory, "fx-shop_db"), Status::InUse, "fx-run", "/data", true),
        (position(&inventory, "fx-files"), Status::Attached, "fx-created", "/files", false),
        (anonymous(&inventory), Status::Attached, "fx-exited", "/scratch", false),
        (position(&inventory, "fx-tmpfs"), Status::InUse, "fx-paused", "/tmpvol", false),
    ];
    for (at, status, holder, destination, read_only) in holds {
        let name = &inventory.volumes[at].name;
        assert_eq!(inventory.status(at), status, "{name}");
        let attached: Vec<_> = inventory.attachments(at).collect();
        assert_eq!(attached.len(), 1, "{name}");
        assert_eq!(attached[0].container.name, holder);
        assert_eq!(
            (attached[0].mount.destination.as_str(), attached[0].mount.read_only),
            (destination, read_only)
        );
    }
    for name in ["fx-nfs", "fx-cifs", "fx-bind"] {
        let at = position(&inventory, name);
        assert_eq!((inventory.status(at), inventory.attachment_count(at)), (Status::Dangling, 0), "{name}");
    }
    let run = inventory.containers.iter().find(|c| c.name == "fx-run").expect("fx-run");
    assert_eq!((run.project.as_deref(), run.service.as_deref()), (Some("shop"), Some("db")));
    assert!(run.image.contains("fx-bb"), "{}", run.image);
    assert_eq!(run.id.len(), 64);
    let bind = run.mounts.iter().find(|m| m.destination == "/host").expect("the bind mount");
    assert_eq!(bind.source, Source::Bind("/srv/fx-bind".to_owned()), "a bind is no volume of that name");
    let has_tmpfs = run.mounts.iter().any(|m| m.source == Source::Tmpfs);
    assert_eq!(has_tmpfs, engine.starts_with('d'), "Podman leaves tmpfs mounts out");
}

#[rstest]
#[tokio::test]
async fn inspect_masks_the_password_and_keeps_the_rest(
    #[values("d20", "d26", "d28", "d28c", "d29", "p43", "p54", "p58")] engine: &'static str,
) {
    let server = fixtures::engine(engine);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let cifs = docker.inspect_volume("fx-cifs").await.expect("a description");
    assert_eq!(cifs.name, "fx-cifs");
    let shown = cifs.answer.to_string();
    assert!(!shown.contains("not-a-real-secret"), "{shown}");
    assert_eq!(cifs.answer["Options"]["o"], "addr=192.0.2.2,username=app,password=*****,vers=3.0");
    let mut recorded = fixtures::json(engine, "volume-fx-cifs.json");
    recorded["Options"]["o"] = cifs.answer["Options"]["o"].clone();
    assert_eq!(shown, recorded.to_string(), "all else as the engine said it, in its order");
    let shop = docker.inspect_volume("fx-shop_db").await.expect("a description");
    assert_eq!(shop.answer, fixtures::json(engine, "volume-fx-shop_db.json"));
    let list = docker.list().await.expect("a listing");
    let shown: Vec<String> = volume(&list, "fx-cifs").shown_options().map(|(_, v)| v.into_owned()).collect();
    assert!(!shown.concat().contains("not-a-real-secret"), "{shown:?}");
}

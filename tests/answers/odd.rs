//! One odd object never costs a whole list, and a hostile name stays a name.

use rstest::rstest;
use volx::domain::container::State;
use volx::domain::inventory::Inventory;
use volx::domain::mount::Source;
use volx::domain::status::Status;
use volx::domain::text::{clean, is_hostile};
use volx::domain::volume::Kind;
use volx::engine::Engine;

use super::server::Reply;
use super::{fixtures, reach};

const PLAIN: &str = r#"{"Name":"plain","Driver":"local","Mountpoint":"/m","CreatedAt":"2026-11-21T06:03:51Z","Labels":null,"Options":null,"Scope":"local"}"#;

async fn list(volumes: &str, containers: &str) -> Inventory {
    let volumes = format!(
        r#"{{"Volumes":[{PLAIN}{}{volumes}],"Warnings":null}}"#,
        if volumes.is_empty() { "" } else { "," }
    );
    let containers = format!("[{containers}]");
    let server = fixtures::but(move |asked| match asked.route.as_str() {
        "/volumes" => Some(Reply::json(volumes.clone())),
        "/containers/json" => Some(Reply::json(containers.clone())),
        _ => None,
    });
    let docker = reach::docker(&server.socket).await.expect("the engine");
    docker.list().await.expect("one odd object does not cost the list")
}

#[rstest]
#[case::podman_s_word(
    r#"{"Id":"0123456789abcdef","Names":["/web"],"Image":"i","State":"unknown","Labels":{},"Mounts":[]}"#,
    "web",
    "unknown"
)]
#[case::nulls(
    r#"{"Id":"0123456789abcdef","Names":null,"Image":"i","State":"running","Labels":null,"Mounts":null}"#,
    "0123456789ab",
    "running"
)]
#[case::all_null(
    r#"{"Id":"0123456789abcdef","Names":null,"Image":null,"State":null,"Labels":null,"Mounts":null}"#,
    "0123456789ab",
    ""
)]
#[case::bare(r#"{"Id":"0123456789abcdef"}"#, "0123456789ab", "")]
#[case::more(r#"{"Id":"0123456789abcdef","Names":["/web"],"State":"running","Health":{"Status":7},"Ports":null,"Labels":{"a":"b"},"Mounts":[{"Type":"image","Source":"x","Destination":"/i"},{"Type":"npipe"},{}]}"#, "web", "running")]
#[tokio::test]
async fn an_odd_container(#[case] odd: &str, #[case] name: &str, #[case] state: &str) {
    let whole = r#"{"Id":"fedcba9876543210","Names":["/db"],"Image":"i","State":"running","Labels":{},"Mounts":[{"Type":"volume","Name":"plain","Source":"/s","Destination":"/d","RW":true}]}"#;
    let inventory = list("", &format!("{odd},{whole}")).await;
    assert_eq!(inventory.containers.len(), 2);
    assert_eq!((inventory.containers[0].name.as_str(), inventory.containers[0].state.name()), (name, state));
    assert_eq!(inventory.status(0), Status::InUse, "the other one is joined all the same");
}

#[tokio::test]
async fn states_of_podman() {
    let of = |state: &str| {
        format!(
            r#"{{"Id":"{state}","Names":["/{state}"],"State":"{state}","Mounts":[{{"Type":"volume","Name":"plain","Destination":"/d","RW":false}}]}}"#
        )
    };
    let all = ["initialized", "stopped", "stopping", "configured"].map(of).join(",");
    let inventory = list("", &all).await;
    let states: Vec<&State> = inventory.containers.iter().map(|c| &c.state).collect();
    assert_eq!(states, [&State::Created, &State::Exited, &State::Stopping, &State::Created]);
    assert_eq!(inventory.status(0), Status::InUse, "what is stopping still has its files open");
}

#[tokio::test]
async fn a_mount_without_a_name_is_no_volume_s() {
    let inventory = list("", r#"{"Id":"1","Names":["/web"],"State":"running","Mounts":[{"Type":"bind","Source":"plain","Destination":"/plain"},{"Type":"volume","Name":"elsewhere","Destination":"/e"}]}"#).await;
    assert_eq!(inventory.status(0), Status::Dangling, "a bind of that path is not the volume");
    assert_eq!(inventory.missing, ["elsewhere"], "a volume that is not listed is said to be missing");
    assert_eq!(inventory.containers[0].mounts[0].source, Source::Bind("plain".to_owned()));
}

#[rstest]
#[case::status_map(r#"{"Name":"odd","Driver":"rclone","Mountpoint":"","Labels":null,"Options":null,"Scope":"global","Status":{"size":"10G","nested":{"a":[1]}}}"#, Kind::Plugin)]
#[case::cluster(r#"{"Name":"odd","Driver":"csi","Mountpoint":"","CreatedAt":"2026-11-21 04:11:38.1 +0000 UTC","Labels":null,"Options":null,"Scope":"global","ClusterVolume":{"ID":"x","Version":{"Index":7},"CreatedAt":"2026-11-21T04:11:38.1Z","UpdatedAt":"2026-11-21T04:11:38.1Z","Spec":{"Group":"g","AccessMode":{"Scope":"single","Sharing":"none","BlockVolume":{}},"Availability":"active"},"PublishStatus":[{"NodeID":"n","State":"published"}],"Info":{"CapacityBytes":7,"VolumeID":"v"}}}"#, Kind::Plugin)]
#[case::future_cluster(r#"{"Name":"odd","Driver":"csi","Mountpoint":"","Labels":null,"Options":null,"Scope":"global","ClusterVolume":{"Spec":{"AccessMode":{"Scope":"shared","Sharing":"yes"},"Availability":"dreaming"},"PublishStatus":[{"State":"thinking"}]}}"#, Kind::Plugin)]
#[case::other_scope(
    r#"{"Name":"odd","Driver":"local","Mountpoint":"/m","Labels":{},"Options":{},"Scope":"machine"}"#,
    Kind::Plain
)]
#[case::bare(r#"{"Name":"odd","Driver":"local"}"#, Kind::Plain)]
#[case::null_mountpoint(r#"{"Name":"odd","Driver":"local","Mountpoint":null,"CreatedAt":null,"Labels":null,"Options":null,"Scope":null}"#, Kind::Plain)]
#[case::no_date(r#"{"Name":"odd","Driver":"local","Mountpoint":"/m","CreatedAt":"0001-01-01T00:00:00Z","Labels":null,"Options":null,"Scope":"local"}"#, Kind::Plain)]
#[case::usage(r#"{"Name":"odd","Driver":"local","Mountpoint":"/m","CreatedAt":"soon","Labels":null,"Options":null,"Scope":"","UsageData":{"Size":-1,"RefCount":-1},"Future":[1]}"#, Kind::Plain)]
#[tokio::test]
async fn an_odd_volume(#[case] odd: &str, #[case] kind: Kind) {
    let inventory = list(odd, "").await;
    assert_eq!(inventory.volumes.len(), 2);
    let volume = &inventory.volumes[0];
    assert_eq!((volume.name.as_str(), volume.kind()), ("odd", kind));
    assert_eq!(volume.created_at.is_some(), odd.contains("2026"), "a date that is none is unknown");
    assert_eq!(volume.mountpoint.is_some(), odd.contains("\"/m\""));
    assert!(!volume.scope.is_empty());
}

#[tokio::test]
async fn no_volumes_is_an_answer_too() {
    for body in
        [r#"{"Volumes":[],"Warnings":null}"#, r#"{"Volumes":null,"Warnings":["a plugin does not answer"]}"#]
    {
        let server = fixtures::but(move |asked| match asked.route.as_str() {
            "/volumes" => Some(Reply::json(body)),
            "/containers/json" => Some(Reply::json("[]")),
            _ => None,
        });
        let docker = reach::docker(&server.socket).await.expect("the engine");
        let inventory = docker.list().await.expect("an empty list");
        assert!(inventory.volumes.is_empty() && inventory.containers.is_empty());
        assert_eq!(inventory.warnings.len(), usize::from(body.contains("plugin")), "warnings are kept");
    }
}

#[tokio::test]
async fn a_plugin_s_status_is_shown_as_it_is() {
    let body = r#"{"Name":"odd","Driver":"rclone","Mountpoint":"","Labels":null,"Options":{"token":"hush"},"Scope":"global","Status":{"size":"10G","nested":{"a":[1]}}}"#;
    let server = fixtures::but(move |asked| (asked.route == "/volumes/odd").then(|| Reply::json(body)));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let shown = docker.inspect_volume("odd").await.expect("a description").answer;
    assert_eq!(shown["Status"]["nested"]["a"][0], 1);
    assert_eq!(shown["Options"]["token"], "*****");
}

#[rstest]
#[case::up("../containers/json")]
#[case::dots("..")]
#[case::query("a?force=1#x")]
#[case::lines("a\r\nHost: evil\r\n\r\nGET /boom HTTP/1.1")]
#[case::percent("a%2F..%2Fb")]
#[case::letters("données")]
#[tokio::test]
async fn a_name_cannot_leave_its_path(#[case] name: &'static str) {
    let server = fixtures::engine("d28");
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let before = server.asked().len();
    docker.inspect_volume(name).await.expect_err("there is none");
    let asked = server.asked();
    assert_eq!(asked.len(), before + 1, "one question: {asked:?}");
    let asked = &asked[before];
    let segment = asked.route.strip_prefix("/volumes/").expect("under /volumes");
    assert!(!segment.contains('/') && asked.query.is_empty(), "{asked:?}");
}

#[tokio::test]
async fn hostile_names_are_kept_and_cleaned() {
    let hostile = r#"{"Name":"a\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egpj","Driver":"lo\u001b[31mcal","Mountpoint":"/m","Labels":{"\u001bk":"\u001bv"},"Options":null,"Scope":"local"}"#;
    let container = r#"{"Id":"1","Names":["/\u001b[2Jweb"],"State":"\u001b[31m","Mounts":[{"Type":"volume","Name":"a\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egpj","Destination":"/\u001bd"}]}"#;
    let inventory = list(hostile, container).await;
    let volume = &inventory.volumes[0];
    assert_eq!(
        volume.name, "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}gpj",
        "the engine's name is its identity"
    );
    assert!(!clean(&volume.name).chars().any(is_hostile));
    assert_eq!(inventory.attachment_count(0), 1, "and joins by it");
}

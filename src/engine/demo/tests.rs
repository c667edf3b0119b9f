//! The data set and the answers.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use serde_json::Value;

use super::*;
use crate::domain::mount::Source;
use crate::domain::status::Status;
use crate::domain::volume::Kind;

const PASSWORD: &str = "Tr4ntor-1951";

pub(super) fn still() -> Demo {
    Demo::still("2026-07-18T09:30:00Z".parse().expect("a time"))
}

/// The still demo never waits.
pub(super) fn list(demo: &Demo) -> Inventory {
    demo.list().now_or_never().expect("at once").expect("listed")
}

pub(super) fn usage(demo: &Demo) -> DiskUsage {
    demo.disk_usage().now_or_never().expect("at once").expect("measured")
}

#[test]
fn the_data_set_holds_each_kind() {
    DataSet::embedded().expect("a valid data set");
    let demo = still();
    let inventory = list(&demo);
    assert_eq!(inventory.volumes.len(), 44);
    assert_eq!(inventory.containers.len(), 30);
    assert!(inventory.missing.is_empty(), "{:?}", inventory.missing);
    for kind in [Kind::Plain, Kind::Nfs, Kind::Cifs, Kind::Tmpfs, Kind::Bind, Kind::Plugin] {
        assert!(inventory.volumes.iter().any(|v| v.kind() == kind), "{kind:?}");
    }
    for status in Status::ALL {
        assert!((0..inventory.volumes.len()).any(|at| inventory.status(at) == status), "{status:?}");
    }
    let states: BTreeSet<&str> = inventory.containers.iter().map(|c| c.state.name()).collect();
    assert_eq!(states, BTreeSet::from(["created", "dead", "exited", "paused", "restarting", "running"]));
    let mounts = || inventory.containers.iter().flat_map(|c| &c.mounts);
    assert!(mounts().any(|m| m.source == Source::Tmpfs));
    assert!(mounts().any(|m| matches!(m.source, Source::Bind(_))));
    let media = inventory.position("shop_media-uploads").expect("listed");
    assert!(inventory.holders(media).count() > 2);
    assert!(inventory.attachments(media).any(|a| a.mount.read_only));
    let anonymous: Vec<_> = inventory.volumes.iter().filter(|v| v.is_anonymous()).collect();
    assert!(anonymous.iter().all(|v| v.has_generated_name()));
    assert_eq!(anonymous.iter().filter(|v| v.labels.is_empty()).count(), 3, "from before 23.0");
    let names: BTreeSet<&str> = inventory.volumes.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names.len(), inventory.volumes.len());
    assert!(inventory.volumes.iter().all(|v| v.created_at.is_some()), "every age is understood");
    let sizes: Vec<u64> = usage(&demo).sizes.into_values().flatten().collect();
    assert_eq!((sizes.iter().min(), sizes.iter().max()), (Some(&0), Some(&184_200_000_000)));
}

#[test]
fn df_leaves_out_what_docker_leaves_out() {
    let demo = still();
    let (sizes, inventory) = (usage(&demo).sizes, list(&demo));
    for volume in &inventory.volumes {
        let is_measured = volume.kind() == Kind::Plain;
        assert_eq!(sizes.contains_key(&volume.name), is_measured, "{}", volume.name);
    }
}

#[tokio::test]
async fn inspect_is_docker_s_answer_without_the_password() {
    let demo = still();
    let inventory = list(&demo);
    assert!(inventory.volumes.iter().any(|v| v.options.values().any(|o| o.contains(PASSWORD))));
    for volume in &inventory.volumes {
        let inspected = demo.inspect_volume(&volume.name).await.expect("there");
        let keys: Vec<&str> =
            inspected.answer.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"]);
        assert!(!inspected.answer.to_string().contains(PASSWORD));
    }
    let scratch = demo.inspect_volume("scratch").await.expect("there").answer;
    assert_eq!((&scratch["Labels"], &scratch["Options"]), (&Value::Null, &Value::Null));
    assert_eq!(scratch["CreatedAt"], "2026-07-11T18:30:00Z");
    assert_eq!(scratch["Mountpoint"], "/var/lib/docker/volumes/scratch/_data");
    let error = demo.inspect_volume("nope").await.expect_err("no such volume");
    assert!(matches!(error, Error::NotFound { message } if message == "get nope: no such volume"));
}

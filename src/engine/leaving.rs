//! What goes by itself when a container ends, and what becomes of one that is stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use super::Result;
use super::asking::{encoded, get_json};
use super::changes::Stopping;
use super::docker::Docker;
use super::error::Error;
use crate::domain::volume::Volume;

const ASK: Duration = Duration::from_secs(60);
/// Swarm's labels on the containers of its tasks. [moby `daemon/cluster/executor/container/container.go`]
const TASK_LABEL: &str = "com.docker.swarm.task.id";
const SERVICE_LABEL: &str = "com.docker.swarm.service.name";

/// What inspecting a container tells; an engine leaves out or nulls what is empty.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    #[serde(default)]
    host_config: Host,
    #[serde(default)]
    config: Config,
    mounts: Option<Vec<Mounted>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Host {
    auto_remove: Option<bool>,
    binds: Option<Vec<String>>,
    mounts: Option<Vec<Wanted>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mounted {
    r#type: Option<String>,
    name: Option<String>,
}

impl Inspected {
    fn stopping(&self) -> Stopping {
        let labels = self.config.labels.iter().flatten();
        let label = |wanted| labels.clone().find(|(key, _)| key.as_str() == wanted).map(|(_, value)| value);
        if self.host_config.auto_remove == Some(true) {
            Stopping::Leaves
        } else if let Some(task) = label(TASK_LABEL) {
            Stopping::IsReplaced(label(SERVICE_LABEL).unwrap_or(task).clone())
        } else {
            Stopping::Stays
        }
    }

    /// The volumes that nobody named. [moby `daemon/mounts.go`, `removeMountPoints`]
    fn unnamed(self) -> Vec<String> {
        let binds = self.host_config.binds.unwrap_or_default();
        let mut named: BTreeSet<String> =
            binds.iter().filter_map(|bind| Some(bind.split(':').next()?.to_owned())).collect();
        named.extend(self.host_config.mounts.unwrap_or_default().into_iter().filter_map(|w| w.source));
        // Podman lists the anonymous ones among those that were named.
        let is_anonymous = |name: &String| {
            Volume { name: name.clone(), ..Volume::default() }.is_anonymous() || !named.contains(name)
        };
        let mounts = self.mounts.unwrap_or_default().into_iter();
        let volumes = mounts.filter(|mount| mount.r#type.as_deref() == Some("volume"));
        let unnamed: BTreeSet<String> = volumes
            .filter_map(|mount| mount.name)
            .filter(|name| !name.is_empty() && is_anonymous(name))
            .collect();
        unnamed.into_iter().collect()
    }
}

impl Docker {
    pub(super) async fn stopping_now(&self, container: &str) -> Result<Stopping> {
        let path = format!("/containers/{}/json", encoded(container));
        match get_json::<Inspected>(self.transport(), &path, ASK).await {
            Ok(inspected) => Ok(inspected.stopping()),
            // There is nothing to be lost any more.
            Err(Error::NotFound { .. }) => Ok(Stopping::Stays),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn leaving_now(&self, container: &str) -> Result<Option<Vec<String>>> {
        let path = format!("/containers/{}/json", encoded(container));
        let inspected: Inspected = match get_json(self.transport(), &path, ASK).await {
            Ok(inspected) => inspected,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if inspected.host_config.auto_remove != Some(true) {
            return Ok(None);
        }
        let mut leaving = Vec::new();
        for name in inspected.unnamed() {
            // What another container has stays.
            if self.holders_now(&[&name]).await?.get(&name).map_or(0, Vec::len) < 2 {
                leaving.push(name);
            }
        }
        Ok(Some(leaving))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_stays_and_nulls_are_nothing() {
        let anonymous = "a".repeat(64);
        let json = serde_json::json!({
            "HostConfig": { "AutoRemove": true, "Binds": ["data:/a:ro", "/srv:/b"],
                            "Mounts": [{ "Type": "volume", "Source": "more", "Target": "/c" },
                                       { "Type": "volume", "Target": "/d" }] },
            "Mounts": [{ "Type": "volume", "Name": "data" }, { "Type": "bind", "Source": "/srv" },
                       { "Type": "volume", "Name": "more" }, { "Type": "volume", "Name": anonymous }],
        });
        let inspected: Inspected = serde_json::from_value(json).expect("read");
        assert_eq!(inspected.unnamed(), [anonymous]);
        let json = serde_json::json!({ "HostConfig": { "Binds": null, "Mounts": null }, "Mounts": null });
        let inspected: Inspected = serde_json::from_value(json).expect("read");
        assert!(inspected.host_config.auto_remove.is_none() && inspected.unnamed().is_empty());
    }

    #[test]
    fn what_is_stopped_stays_goes_or_is_replaced() {
        let stopping = |json| serde_json::from_value::<Inspected>(json).expect("read").stopping();
        assert_eq!(
            stopping(serde_json::json!({ "HostConfig": {}, "Config": { "Labels": null } })),
            Stopping::Stays
        );
        let json = serde_json::json!({ "HostConfig": { "AutoRemove": true } });
        assert_eq!(stopping(json), Stopping::Leaves);
        let json = serde_json::json!({ "Config": { "Labels": {
            "com.docker.swarm.task.id": "t", "com.docker.swarm.service.name": "web" } } });
        assert_eq!(stopping(json), Stopping::IsReplaced("web".to_owned()));
    }
}

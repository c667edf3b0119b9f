//! `GET /services`: what Swarm services mount. Their tasks need not run here now, and want their
//! volumes when they do.

use serde::Deserialize;

use super::answers::null_is_default;

/// One service.
#[derive(Debug, Deserialize)]
pub(super) struct ListedService {
    #[serde(rename = "Spec", default, deserialize_with = "null_is_default")]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
struct Spec {
    #[serde(rename = "Name", default, deserialize_with = "null_is_default")]
    name: String,
    #[serde(rename = "TaskTemplate", default, deserialize_with = "null_is_default")]
    task: Task,
}

#[derive(Debug, Default, Deserialize)]
struct Task {
    #[serde(rename = "ContainerSpec", default, deserialize_with = "null_is_default")]
    container: ContainerSpec,
}

#[derive(Debug, Default, Deserialize)]
struct ContainerSpec {
    #[serde(rename = "Mounts", default, deserialize_with = "null_is_default")]
    mounts: Vec<Mount>,
}

#[derive(Debug, Deserialize)]
struct Mount {
    #[serde(rename = "Type", default, deserialize_with = "null_is_default")]
    kind: String,
    #[serde(rename = "Source", default, deserialize_with = "null_is_default")]
    source: String,
}

/// Pairs of a volume and the service that mounts it.
pub(super) fn mounts(services: Vec<ListedService>) -> impl Iterator<Item = (String, String)> {
    services.into_iter().flat_map(|service| {
        let name = service.spec.name;
        let mounts = service.spec.task.container.mounts.into_iter();
        mounts
            .filter(|mount| matches!(mount.kind.as_str(), "volume" | "cluster") && !mount.source.is_empty())
            .map(move |mount| (mount.source, name.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volumes_of_services_are_read() {
        let answer = r#"[{"Spec":{"Name":"db","TaskTemplate":{"ContainerSpec":{"Mounts":[
            {"Type":"volume","Source":"data","Target":"/d"},{"Type":"bind","Source":"/srv","Target":"/s"},
            {"Type":"volume","Target":"/anonymous"}]}}}},
            {"Spec":{"Name":"net","TaskTemplate":{"NetworkAttachmentSpec":{}}}}]"#;
        let services: Vec<ListedService> = serde_json::from_str(answer).expect("services");
        assert_eq!(mounts(services).collect::<Vec<_>>(), [("data".to_owned(), "db".to_owned())]);
    }
}

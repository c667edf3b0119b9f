//! `GET /system/df` in both of its shapes.
//!
//! Up to API 1.51 (and on Podman) `Volumes` lists them; from 1.52 `VolumeUsage.Items` does, with
//! zero values left out. bollard 0.21.1 reads the new shape only and cannot send `type`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::answers::null_is_default;
use crate::domain::engine::Capabilities;
use crate::domain::usage::DiskUsage;

/// Docker 20.10's answer to a second question at the same time, with status 500.
pub const BUSY: &str = "a disk usage operation is already running";

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(rename = "Volumes", default)]
    volumes: Option<Vec<Measured>>,
    #[serde(rename = "VolumeUsage", default)]
    usage: Option<VolumeUsage>,
}

#[derive(Debug, Deserialize)]
struct VolumeUsage {
    #[serde(rename = "Items", default, deserialize_with = "null_is_default")]
    items: Vec<Measured>,
    #[serde(rename = "TotalCount", default)]
    total_count: u64,
}

#[derive(Debug, Deserialize)]
struct Measured {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "UsageData", default)]
    usage: Option<UsageData>,
}

#[derive(Debug, Deserialize)]
struct UsageData {
    #[serde(rename = "Size", default)]
    size: Option<i64>,
}

/// The path to ask this engine with, volumes alone where it can.
#[must_use]
pub const fn path(capabilities: &Capabilities) -> &'static str {
    match (capabilities.df_by_type, capabilities.df_verbose) {
        (true, true) => "/system/df?type=volume&verbose=1",
        (true, false) => "/system/df?type=volume",
        (false, _) => "/system/df",
    }
}

/// Reads an answer of any engine.
///
/// # Errors
/// Says what is wrong when it is neither shape: missing volumes are not "no volumes".
pub fn parse(body: &[u8]) -> Result<DiskUsage, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    let items = match (answer.usage, answer.volumes) {
        (Some(usage), None) if usage.items.is_empty() && usage.total_count > 0 => {
            return Err(format!("it counts {} volumes and lists none", usage.total_count));
        }
        (Some(usage), legacy) if usage.items.is_empty() => legacy.unwrap_or_default(),
        (Some(usage), _) => usage.items,
        (None, Some(volumes)) => volumes,
        // Docker sends `"Volumes": null` when there are none; a JSON object with neither key is
        // no usage at all.
        (None, None) if mentions_volumes(body) => Vec::new(),
        (None, None) => return Err("it holds neither 'Volumes' nor 'VolumeUsage'".to_owned()),
    };
    let sizes: BTreeMap<String, Option<u64>> = items
        .into_iter()
        .map(|item| {
            let size = item.usage.and_then(|u| match u.size {
                // Zero values are left out of the new shape.
                None => Some(0),
                Some(size) => u64::try_from(size).ok(),
            });
            (item.name, size)
        })
        .collect();
    Ok(DiskUsage { sizes })
}

fn mentions_volumes(body: &[u8]) -> bool {
    let key = b"\"Volume";
    body.windows(key.len()).any(|window| window == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_one_and_missing_are_unknown_and_zero_is_zero() {
        let old = br#"{"Volumes":[{"Name":"a","UsageData":{"RefCount":1,"Size":-1}},{"Name":"b","UsageData":{"RefCount":0,"Size":7}},{"Name":"c"}]}"#;
        let usage = parse(old).expect("the old shape");
        assert_eq!(usage.sizes["a"], None, "-1 is unknown");
        assert_eq!(usage.sizes["b"], Some(7));
        assert_eq!(usage.sizes["c"], None, "no UsageData is unknown");
        let new = br#"{"VolumeUsage":{"TotalCount":1,"Items":[{"Name":"a","UsageData":{"RefCount":1}}]}}"#;
        assert_eq!(parse(new).expect("the new shape").sizes["a"], Some(0), "a left-out Size is zero");
    }

    #[test]
    fn no_volumes_and_no_answer_differ() {
        assert!(parse(br#"{"LayersSize":0,"Volumes":null}"#).expect("none").sizes.is_empty());
        assert!(parse(br#"{"VolumeUsage":{}}"#).expect("none").sizes.is_empty());
        assert!(parse(br#"{"LayersSize":0}"#).is_err(), "an answer without volumes is an error");
        assert!(parse(br#"{"VolumeUsage":{"TotalCount":3}}"#).is_err(), "three counted, none listed");
        assert!(parse(b"garbage").is_err());
    }
}

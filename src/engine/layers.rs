//! What a container wrote into its own layer: `GET /containers/{id}/json?size=1`.
//!
//! The list's `size=1` tells all at once, but leaves out what is zero and what is unknown alike
//! (Go's `omitempty`), and answers only when the last layer was walked. One container's inspect
//! says zero, says `-1` where its driver cannot tell, and can be asked for one after the other.
//! [moby `api/types/types.go`, `ContainerJSONBase.SizeRw`; `daemon/images/image_unix.go`]

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::domain::layer::Layer;

#[derive(Debug, Deserialize)]
struct Answer {
    /// What has none describes no container.
    #[serde(rename = "Id")]
    _id: IgnoredAny,
    #[serde(rename = "SizeRw", default)]
    writable: Option<i64>,
    #[serde(rename = "SizeRootFs", default)]
    root_fs: Option<i64>,
}

/// The path that asks for a container's sizes; its id must already be one path segment.
pub(super) fn path(id: &str) -> String {
    format!("/containers/{id}/json?size=1")
}

/// Reads an answer.
///
/// # Errors
/// Says what is wrong when it describes no container.
pub fn parse(body: &[u8]) -> Result<Layer, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    let told = |size: Option<i64>| size.and_then(|bytes| u64::try_from(bytes).ok());
    Ok(Layer {
        writable: told(answer.writable),
        // Podman says 0 where it did not look; no image is that small.
        root_fs: told(answer.root_fs).filter(|bytes| *bytes > 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_zero_and_minus_one_is_unknown() {
        let read = |body: &str| parse(body.as_bytes()).expect("an answer");
        let layer = |writable, root_fs| Layer { writable, root_fs };
        assert_eq!(read(r#"{"Id":"x","SizeRw":0,"SizeRootFs":61895928}"#), layer(Some(0), Some(61_895_928)));
        assert_eq!(read(r#"{"Id":"x","SizeRw":-1,"SizeRootFs":61895928}"#), layer(None, Some(61_895_928)));
        assert_eq!(read(r#"{"Id":"x","SizeRootFs":0}"#), layer(None, None), "Podman without size");
        assert_eq!(read(r#"{"SizeRw":null,"Id":"x"}"#), layer(None, None));
        assert!(parse(b"[]").is_err(), "a list describes no container");
        assert!(parse(br#"{"Id":"x","SizeRw":"many"}"#).is_err());
    }
}

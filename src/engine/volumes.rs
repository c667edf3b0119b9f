//! `GET /volumes`: through bollard, and tolerantly where bollard's closed types refuse.

use bollard::errors::Error as BollardError;
use bollard::query_parameters::ListVolumesOptions;

use super::answers::ListedVolumes;
use super::error::Error;
use crate::domain::volume::{Volume, parse_created};

/// The volumes and the engine's warnings as bollard reads them; `None` where its types refuse what
/// the engine sent (a plugin's `Status`, a new scope, a cluster volume's newer words) or cannot
/// tell "none" from "not said".
pub(super) async fn by_bollard(
    client: &bollard::Docker,
) -> Result<Option<(Vec<Volume>, Vec<String>)>, Error> {
    match client.list_volumes(None::<ListVolumesOptions>).await {
        Ok(listed) => Ok(listed
            .volumes
            .map(|volumes| (volumes.into_iter().map(volume).collect(), listed.warnings.unwrap_or_default()))),
        Err(BollardError::JsonDataError { .. }) => Ok(None),
        Err(error) => Err(Error::from_bollard(error, "/volumes")),
    }
}

/// The same from the tolerant answer.
pub(super) fn tolerant(listed: ListedVolumes) -> (Vec<Volume>, Vec<String>) {
    (listed.volumes.into_iter().map(Volume::from).collect(), listed.warnings)
}

/// A volume as bollard reads it, in our words.
#[must_use]
pub fn volume(listed: bollard::models::Volume) -> Volume {
    Volume {
        name: listed.name,
        driver: listed.driver,
        scope: listed
            .scope
            .map(|s| s.to_string())
            .filter(|s| !s.is_empty())
            .unwrap_or_else(|| "local".to_owned()),
        mountpoint: Some(listed.mountpoint).filter(|m| !m.is_empty()),
        created_at: listed.created_at.as_deref().and_then(parse_created),
        labels: listed.labels.into_iter().collect(),
        options: listed.options.into_iter().collect(),
    }
}

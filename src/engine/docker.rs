//! A real engine: Docker, Podman, and what else speaks their API.

use std::sync::Arc;
use std::time::Duration;

use bollard::models::SystemVersion;
use bollard::{API_DEFAULT_VERSION, BollardRequest};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::answers::{Info, ListedContainer, ListedVolumes};
use super::asking::{accepted, ask, encoded, get, get_json, timed};
use super::changes::Changes;
use super::choice::Candidate;
use super::containers::Containers;
use super::error::Error;
use super::transport::Transport;
use super::{Engine, Events, Result, df, events, layers, services, volumes};
use crate::domain::container::Container;
use crate::domain::engine::{ApiVersion, Capabilities, EngineInfo, Product};
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layer;
use crate::domain::secret::mask_inspect;
use crate::domain::usage::DiskUsage;
use crate::domain::volume::Inspected;

/// The newest API version whose answers are known; recorded from Docker 29.7.
const NEWEST: ApiVersion = ApiVersion::new(1, 55);
/// Questions that an engine answers from memory.
pub(super) const QUICK: Duration = Duration::from_secs(10);
/// Listing waits for every volume plugin, each up to 30 s. [moby `pkg/plugins/client.go`]
const LIST: Duration = Duration::from_secs(60);
/// A disk usage walks every volume.
pub(super) const WALK: Duration = Duration::from_secs(24 * 3600);

/// What Docker Desktop calls its operating system.
const DESKTOP: &str = "Docker Desktop";

/// A connected engine.
pub struct Docker {
    client: bollard::Docker,
    transport: Arc<Transport>,
    info: EngineInfo,
}

impl std::fmt::Debug for Docker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Docker").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Docker {
    /// Asks the candidate who it is and settles the API version.
    ///
    /// # Errors
    /// When it is not there, is no engine, or shares no API version with us.
    pub async fn connect(candidate: &Candidate, pinned: Option<&str>, is_read_only: bool) -> Result<Self> {
        let transport = Arc::new(Transport::new(candidate.address.clone(), is_read_only));
        let client = client(&transport)?;
        let version = timed("/version", QUICK, async {
            client.version().await.map_err(|e| Error::from_bollard(e, "/version"))
        })
        .await
        .map_err(|error| not_an_engine(error, &transport))?;
        let (api, range) = negotiate(&version, pinned).map_err(|error| not_an_engine(error, &transport))?;
        transport.settle(api);
        let product = product(&version);
        let text = |field: Option<String>| field.unwrap_or_default();
        let mut capabilities = Capabilities::derive(
            product,
            text(version.version),
            api,
            range,
            (text(version.os), text(version.arch)),
        );
        // A socket proxy may refuse it; it only names the engine.
        let engine: Info = match get_json(&transport, "/info", QUICK).await {
            Err(Error::Refused { .. } | Error::NotFound { .. } | Error::Garbage { .. }) => Info::default(),
            other => other?,
        };
        capabilities.binds_are_its_own = !engine.system.contains(DESKTOP);
        let id = match product {
            Product::Docker if !engine.id.is_empty() => engine.id,
            // Podman makes a new ID for each answer.
            _ if !engine.name.is_empty() => {
                format!("{}|{}|{}", product.name(), engine.name, engine.root_dir)
            }
            _ => format!("{}|{}", product.name(), transport.address()),
        };
        let info = EngineInfo {
            id,
            name: engine.name,
            address: transport.address().to_string(),
            context: candidate.context.clone(),
            chosen_by: candidate.chosen_by.clone(),
            root_dir: Some(engine.root_dir).filter(|dir| !dir.is_empty()),
            is_swarm_manager: engine.swarm.is_manager,
            is_read_only,
            capabilities,
        };
        Ok(Self { client, transport, info })
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(super) const fn client(&self) -> &bollard::Docker {
        &self.client
    }

    async fn list_now(&self) -> Result<Inventory> {
        let volumes = timed("/volumes", LIST, async {
            match volumes::by_bollard(&self.client).await? {
                Some(listed) => Ok(listed),
                None => {
                    Ok(volumes::tolerant(get_json::<ListedVolumes>(&self.transport, "/volumes", LIST).await?))
                }
            }
        });
        let containers = get_json::<Vec<ListedContainer>>(&self.transport, "/containers/json?all=1", LIST);
        let ((volumes, warnings), containers, services) =
            futures_util::try_join!(volumes, containers, self.services_now())?;
        let containers = containers.into_iter().map(Container::from).collect();
        Ok(Inventory::join(volumes, containers, warnings).with_services(services))
    }

    pub(super) async fn services_now(&self) -> Result<Vec<(String, String)>> {
        if !self.info.is_swarm_manager {
            return Ok(Vec::new());
        }
        Ok(services::mounts(get_json(&self.transport, "/services", LIST).await?).collect())
    }

    async fn inspect_now(&self, name: &str) -> Result<Inspected> {
        let path = format!("/volumes/{}", encoded(name));
        let mut answer: Value = get_json(&self.transport, &path, LIST).await?;
        mask_inspect(&mut answer);
        Ok(Inspected { name: name.to_owned(), answer })
    }

    async fn disk_usage_now(&self) -> Result<DiskUsage> {
        let path = df::path(&self.info.capabilities);
        let body = match get(&self.transport, path, WALK).await {
            Err(Error::Refused { status: 500, message, .. }) if message.contains(df::BUSY) => {
                return Err(Error::Busy);
            }
            other => other?,
        };
        df::parse(&body).map_err(|detail| Error::Garbage { request: path.to_owned(), detail })
    }

    async fn layer_now(&self, container: &str) -> Result<Option<Layer>> {
        let path = layers::path(&encoded(container));
        let body = match get(&self.transport, &path, WALK).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        layers::parse(&body).map(Some).map_err(|detail| Error::Garbage { request: path, detail })
    }

    async fn events_now(&self, since: Option<Timestamp>) -> Result<Events> {
        let path = events::path(since);
        let response = timed(&path, QUICK, ask(&self.transport, &path)).await?;
        Ok(events::stream(accepted(response, &path).await?.into_body()))
    }
}

impl Engine for Docker {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn list(&self) -> BoxFuture<'_, Result<Inventory>> {
        Box::pin(self.list_now())
    }

    fn inspect_volume<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Inspected>> {
        Box::pin(self.inspect_now(name))
    }

    fn disk_usage(&self) -> BoxFuture<'_, Result<DiskUsage>> {
        Box::pin(self.disk_usage_now())
    }

    fn layer<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Option<Layer>>> {
        Box::pin(self.layer_now(container))
    }

    fn events(&self, since: Option<Timestamp>) -> BoxFuture<'_, Result<Events>> {
        Box::pin(self.events_now(since))
    }

    fn containers(&self) -> Option<&dyn Containers> {
        (!self.info.is_read_only).then_some(self)
    }

    fn changes(&self) -> Option<&dyn Changes> {
        (!self.info.is_read_only).then_some(self)
    }

    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { get(&self.transport, "/_ping", QUICK).await.map(|_| ()) })
    }
}

/// bollard over our transport. Its own time-out is set beyond ours, which name the question.
fn client(transport: &Arc<Transport>) -> Result<bollard::Docker> {
    let wire = Arc::clone(transport);
    let send = move |request: BollardRequest| {
        let wire = Arc::clone(&wire);
        async move {
            wire.send(request)
                .await
                .map_err(|e| bollard::errors::Error::IOError { err: std::io::Error::other(e) })
        }
    };
    bollard::Docker::connect_with_custom_transport(
        send,
        Some("http://docker"),
        WALK.as_secs(),
        API_DEFAULT_VERSION,
    )
    .map_err(|e| Error::from_bollard(e, "the client"))
}

fn product(version: &SystemVersion) -> Product {
    let is_podman = version
        .components
        .iter()
        .flatten()
        .any(|component| component.name.to_ascii_lowercase().contains("podman"));
    if is_podman { Product::Podman } else { Product::Docker }
}

/// The version to speak: the newest that both know, unless `DOCKER_API_VERSION` pins one.
fn negotiate(
    version: &SystemVersion,
    pinned: Option<&str>,
) -> Result<(ApiVersion, (ApiVersion, ApiVersion))> {
    let read = |field: &Option<String>| field.as_deref().unwrap_or_default().parse::<ApiVersion>();
    let max = read(&version.api_version).map_err(|detail| Error::Garbage {
        request: "/version".to_owned(),
        detail: format!("it names no API version ({detail})"),
    })?;
    let min = read(&version.min_api_version).unwrap_or(max);
    if let Some(text) = pinned {
        let api: ApiVersion = text.parse().map_err(|_none: String| Error::BadPin(text.to_owned()))?;
        if api < min || api > max {
            return Err(Error::PinOutside {
                pinned: api.to_string(),
                min: min.to_string(),
                max: max.to_string(),
            });
        }
        return Ok((api, (min, max)));
    }
    let api = max.min(NEWEST);
    if api < min {
        return Err(Error::VersionGap { min: min.to_string(), max: max.to_string(), ours: api.to_string() });
    }
    Ok((api, (min, max)))
}

/// A first answer that is no version is no engine's.
fn not_an_engine(error: Error, transport: &Transport) -> Error {
    let address = transport.address().to_string();
    match error {
        Error::Garbage { detail, .. } => Error::NotAnEngine { address, detail },
        Error::NotFound { message } => {
            Error::NotAnEngine { address, detail: format!("it answers 404 to /version: {message}") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_both_know_is_spoken() {
        let engine = |max: &str, min: &str| SystemVersion {
            api_version: Some(max.to_owned()),
            min_api_version: Some(min.to_owned()),
            ..SystemVersion::default()
        };
        let spoken = |max, min, pin| negotiate(&engine(max, min), pin).map(|(api, _)| api.to_string());
        assert_eq!(spoken("1.41", "1.12", None).expect("shared"), "1.41");
        assert_eq!(spoken("1.99", "1.44", None).expect("shared"), "1.55");
        assert_eq!(spoken("1.51", "1.24", Some("1.43")).expect("pinned"), "1.43");
        assert!(matches!(spoken("1.99", "1.60", None), Err(Error::VersionGap { .. })));
        assert!(matches!(spoken("1.51", "1.24", Some("1.60")), Err(Error::PinOutside { .. })));
        assert!(matches!(spoken("1.51", "1.24", Some("x")), Err(Error::BadPin(_))));
        assert!(spoken("", "", None).is_err(), "an answer without version is no engine's");
    }
}

//! Changing a real engine.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{
    RemoveContainerOptionsBuilder, RestartContainerOptions, StartContainerOptions, StopContainerOptions,
};
use futures_util::future::BoxFuture;
use hyper::Method;

use super::Result;
use super::answers::{ListedContainer, ListedVolume};
use super::asking::{ask_shortly, encoded, encoded_bytes, get_json, read_json, timed};
use super::changes::{ByVolume, Changes, Removed, Stopping};
use super::docker::Docker;
use super::error::Error;
use crate::domain::container::Container;
use crate::domain::creation::NewVolume;
use crate::domain::lifecycle::Act;
use crate::domain::volume::Volume;

/// What an engine answers at once, unless a driver has to be asked.
const ASK: Duration = Duration::from_secs(60);
/// A volume may be as large as a disk.
const REMOVE: Duration = Duration::from_secs(3600);
/// A container may take its time to end; the engine kills it after ten seconds, or after what the
/// container itself says.
const STOP: Duration = Duration::from_secs(900);

impl Docker {
    async fn volume_now(&self, name: &str) -> Result<Option<Volume>> {
        let path = format!("/volumes/{}", encoded(name));
        match ask_shortly(self.transport(), Method::GET, &path, ASK).await {
            Ok(body) => Ok(Some(Volume::from(read_json::<ListedVolume>(&body, &path)?))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Containers of any state that may have one of these volumes.
    async fn around(&self, volumes: &[&str]) -> Result<impl Iterator<Item = Container>> {
        let filters = serde_json::json!({ "volume": volumes }).to_string();
        let path = format!("/containers/json?all=1&filters={}", encoded_bytes(filters.as_bytes()));
        let listed: Vec<ListedContainer> = get_json(self.transport(), &path, ASK).await?;
        Ok(listed.into_iter().map(Container::from))
    }

    async fn is_held_by_ours_now(&self, volume: &str) -> Result<bool> {
        let has_it = |c: &Container| c.mounts.iter().any(|mount| mount.volume() == Some(volume));
        Ok(self.around(&[volume]).await?.any(|container| container.is_helper && has_it(&container)))
    }

    pub(super) async fn holders_now(&self, volumes: &[&str]) -> Result<ByVolume> {
        let mut holders = ByVolume::new();
        for container in self.around(volumes).await?.filter(|container| !container.is_helper) {
            // The filter also finds destinations of this name, and Podman finds more than is asked for.
            let mounted: BTreeSet<&str> =
                container.mounts.iter().filter_map(|mount| mount.volume()).collect();
            for volume in mounted.into_iter().filter(|mounted| volumes.contains(mounted)) {
                holders.entry(volume.to_owned()).or_default().push(container.name.clone());
            }
        }
        Ok(holders)
    }

    async fn remove_volume_now(&self, name: &str, is_forced: bool) -> Result<Removed> {
        let path = format!("/volumes/{}?force={is_forced}", encoded(name));
        match ask_shortly(self.transport(), Method::DELETE, &path, REMOVE).await {
            Ok(_) => Ok(Removed::Removed),
            Err(Error::NotFound { .. }) => Ok(Removed::Gone),
            Err(Error::Refused { status: 409, message, .. }) => Ok(Removed::InUse(message)),
            Err(error) => Err(error),
        }
    }

    async fn make_volume_now(&self, wanted: &NewVolume) -> Result<()> {
        let body = VolumeCreateRequest {
            name: Some(wanted.name.clone()),
            driver: Some(wanted.driver.clone()).filter(|driver| !driver.is_empty()),
            driver_opts: Some(wanted.options.clone().into_iter().collect::<HashMap<_, _>>()),
            labels: Some(wanted.labels.clone().into_iter().collect::<HashMap<_, _>>()),
            ..VolumeCreateRequest::default()
        };
        let made = timed("the making", ASK, async {
            let made = self.client().create_volume(body).await;
            made.map(drop).map_err(|e| Error::from_bollard(e, "/volumes/create"))
        });
        match made.await {
            // bollard refuses a plugin's words about a volume that was made all the same.
            Err(Error::Garbage { .. }) => Ok(()),
            other => other,
        }
    }

    async fn act_now(&self, id: &str, act: Act) -> Result<()> {
        let (client, id) = (self.client(), encoded(id));
        timed(act.name(), STOP, async {
            let outcome = match act {
                Act::Start => client.start_container(&id, None::<StartContainerOptions>).await,
                Act::Stop => client.stop_container(&id, None::<StopContainerOptions>).await,
                Act::Pause => client.pause_container(&id).await,
                Act::Unpause => client.unpause_container(&id).await,
                Act::Restart => client.restart_container(&id, None::<RestartContainerOptions>).await,
                Act::Remove => {
                    let options = RemoveContainerOptionsBuilder::new().force(false).v(false).build();
                    client.remove_container(&id, Some(options)).await
                }
            };
            outcome.map_err(|e| Error::from_bollard(e, act.name()))
        })
        .await
    }
}

impl Changes for Docker {
    fn volume<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Volume>>> {
        Box::pin(self.volume_now(name))
    }

    fn holders<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(self.holders_now(&[volume]).await?.remove(volume).unwrap_or_default()) })
    }

    fn holders_of<'a>(&'a self, volumes: &'a [&'a str]) -> BoxFuture<'a, Result<ByVolume>> {
        Box::pin(self.holders_now(volumes))
    }

    fn is_held_by_ours<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.is_held_by_ours_now(volume))
    }

    fn services_of<'a>(&'a self, volumes: &'a [&'a str]) -> BoxFuture<'a, Result<ByVolume>> {
        Box::pin(async move {
            let mut services = ByVolume::new();
            for (volume, service) in self.services_now().await? {
                if volumes.contains(&volume.as_str()) {
                    services.entry(volume).or_default().push(service);
                }
            }
            Ok(services)
        })
    }

    fn remove_volume<'a>(&'a self, name: &'a str, is_forced: bool) -> BoxFuture<'a, Result<Removed>> {
        Box::pin(self.remove_volume_now(name, is_forced))
    }

    fn make_volume<'a>(&'a self, wanted: &'a NewVolume) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.make_volume_now(wanted))
    }

    fn leaving<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Option<Vec<String>>>> {
        Box::pin(self.leaving_now(container))
    }

    fn stopping<'a>(&'a self, container: &'a str) -> BoxFuture<'a, Result<Stopping>> {
        Box::pin(self.stopping_now(container))
    }

    fn act<'a>(&'a self, container: &'a str, act: Act) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.act_now(container, act))
    }
}

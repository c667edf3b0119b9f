//! A container that is made and never started, so that the engine's archive calls have something
//! to look into.

use std::io;
use std::pin::Pin;

use futures_util::StreamExt;
use tokio::io::AsyncRead;

use super::{Error, Guard, Rights, create, discreet, labels, no_containers, source_of};
use crate::access::image;
use crate::domain::volume::Volume;
use crate::engine::containers::{ContainerSpec, MountSpec, Upload};
use crate::engine::{self, SharedEngine};

/// An image of nothing. It is never started, so it only has to claim the engine's platform.
const IMAGE: &str = "localhost/volx-nothing:1";

/// The container; it is removed when this is dropped.
pub struct Never {
    guard: Guard,
}

impl Never {
    /// Makes one with the volume at `/v`.
    ///
    /// # Errors
    /// When the engine does not make it, or the volume is gone.
    pub async fn make(engine: &SharedEngine, volume: &Volume, rights: Rights) -> Result<Self, Error> {
        let containers = engine.containers().ok_or_else(no_containers)?;
        if !containers.has_image(IMAGE).await? {
            let mut archive = Vec::new();
            let platform = &engine.info().capabilities;
            image::write_empty(IMAGE, &platform.os, &platform.arch, &mut archive)
                .map_err(Error::Executable)?;
            let upload = futures_util::stream::once(async { Ok::<_, io::Error>(archive.into()) });
            containers.load_image(upload.boxed()).await?;
        }
        let spec = ContainerSpec {
            image: IMAGE.to_owned(),
            command: vec!["/never".to_owned()],
            mounts: vec![MountSpec {
                source: source_of(volume, engine),
                target: "/v".to_owned(),
                read_only: rights.is_reading(),
            }],
            labels: labels(),
            ..ContainerSpec::default()
        };
        let volumes = std::slice::from_ref(volume);
        let guard = create(spec, engine, volumes).await.map_err(|error| discreet(error, volumes))?;
        Ok(Self { guard })
    }

    /// The engine's archive of a path in it.
    ///
    /// # Errors
    /// When the engine has none.
    pub async fn download(&self, path: &[u8]) -> engine::Result<Pin<Box<dyn AsyncRead + Send>>> {
        let (containers, id) = self.parts()?;
        containers.download(id, path).await
    }

    /// Has the engine unpack an archive into a folder in it.
    ///
    /// # Errors
    /// When the engine does not, or not all of it.
    pub async fn upload(&self, path: &[u8], archive: Upload) -> engine::Result<()> {
        let (containers, id) = self.parts()?;
        containers.upload(id, path, archive).await
    }

    fn parts(&self) -> engine::Result<(&dyn engine::containers::Containers, &str)> {
        let missing = || engine::Error::NotFound { message: "the container is gone".to_owned() };
        let containers = self.guard.engine.containers().ok_or_else(missing)?;
        Ok((containers, self.guard.id.as_deref().ok_or_else(missing)?))
    }
}

//! Containers of our own on a real engine.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bollard::body_try_stream;
use bollard::container::LogOutput;
use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountBindOptions, MountType,
    MountVolumeOptions,
};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
    RemoveImageOptionsBuilder, StartContainerOptions,
};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt};
use http_body_util::BodyExt;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use super::Result;
use super::answers::null_is_default;
use super::asking::{accepted, ask, collected, encoded_bytes, get_json, timed};
use super::containers::{
    Attached, Complaints, ContainerSpec, Containers, MountSpec, OwnContainer, Source, Upload,
};
use super::docker::{Docker, QUICK, WALK};
use super::error::Error;
use crate::domain::container::State;

/// An engine that starts a container waits for its volumes' servers.
const START: Duration = Duration::from_secs(120);
/// Removing waits for the container's end and for the unmounting.
const REMOVE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct ListedImage {
    #[serde(rename = "RepoTags", default, deserialize_with = "null_is_default")]
    tags: Vec<String>,
    #[serde(rename = "Labels", default, deserialize_with = "null_is_default")]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "Id", default, deserialize_with = "null_is_default")]
    id: String,
    #[serde(rename = "State", default, deserialize_with = "null_is_default")]
    state: String,
    #[serde(rename = "Created", default, deserialize_with = "null_is_default")]
    created: i64,
    #[serde(rename = "Labels", default, deserialize_with = "null_is_default")]
    labels: BTreeMap<String, String>,
}

impl Docker {
    async fn load_now(&self, archive: Upload) -> Result<()> {
        let path = "/images/load?quiet=1";
        let moved = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&moved);
        let pieces = archive.inspect(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(CONTENT_TYPE, "application/x-tar")
            .body(body_try_stream(pieces))
            .map_err(|e| Error::Garbage { request: path.to_owned(), detail: e.to_string() })?;
        let answer = while_moving(path, START, &moved, async {
            collected(accepted(self.transport().send(request).await?, path).await?, path).await
        })
        .await?;
        // 200 says nothing: a failure stands in the stream of messages.
        let text = String::from_utf8_lossy(&answer);
        match text.lines().find(|line| line.contains("\"errorDetail\"")) {
            None => Ok(()),
            Some(line) => Err(Error::Refused {
                request: path.to_owned(),
                status: 200,
                message: line.trim().chars().take(500).collect(),
            }),
        }
    }

    async fn images_now(&self, prefix: &str, label: &str) -> Result<Vec<String>> {
        let images: Vec<ListedImage> = get_json(self.transport(), "/images/json", QUICK).await?;
        // A name may be anybody's; the label is ours.
        let ours = images.into_iter().filter(|image| image.labels.contains_key(label));
        Ok(ours.flat_map(|image| image.tags).filter(|tag| tag.starts_with(prefix)).collect())
    }

    async fn create_now(&self, spec: &ContainerSpec) -> Result<String> {
        let body = body_of(spec);
        timed("/containers/create", START, async {
            let made = self.client().create_container(None, body).await;
            made.map(|made| made.id).map_err(|e| Error::from_bollard(e, "/containers/create"))
        })
        .await
    }

    async fn attach_now(&self, id: &str) -> Result<Attached> {
        let options = AttachContainerOptionsBuilder::new().stream(true).stdin(true).stdout(true).stderr(true);
        let attached = timed("the attaching", QUICK, async {
            let attached = self.client().attach_container(id, Some(options.build())).await;
            attached.map_err(|e| Error::from_bollard(e, "the attaching"))
        })
        .await?;
        let complaints = Complaints::default();
        let heard = complaints.clone();
        let output = attached.output.map_err(io::Error::other).try_filter_map(move |piece| {
            let kept = match piece {
                LogOutput::StdErr { message } => {
                    heard.add(&message);
                    None
                }
                LogOutput::StdOut { message } | LogOutput::Console { message } => Some(message),
                LogOutput::StdIn { .. } => None,
            };
            std::future::ready(Ok(kept))
        });
        Ok(Attached { output: Box::pin(StreamReader::new(output)), complaints, input: attached.input })
    }

    async fn remove_now(&self, id: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(false).build();
        let removed = timed("the removing", REMOVE, async {
            let removed = self.client().remove_container(id, Some(options)).await;
            removed.map_err(|e| Error::from_bollard(e, "the removing"))
        })
        .await;
        match removed {
            // Gone, or about to be.
            Err(Error::NotFound { .. } | Error::Refused { status: 409, .. }) => Ok(()),
            other => other,
        }
    }

    async fn labelled_now(&self, label: &str) -> Result<Vec<OwnContainer>> {
        let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let query = serde_json::to_string(&options.filters).unwrap_or_default();
        let path = format!("/containers/json?all=1&filters={}", encoded_bytes(query.as_bytes()));
        let listed: Vec<Listed> = get_json(self.transport(), &path, QUICK).await?;
        Ok(listed
            .into_iter()
            // What comes of it may be their end: the engine's word for it is not enough.
            .filter(|l| l.labels.contains_key(label))
            .map(|l| OwnContainer {
                id: l.id,
                state: State::from_engine(&l.state),
                created: Timestamp::from_second(l.created).ok().filter(|_| l.created > 0),
                labels: l.labels,
            })
            .collect())
    }

    async fn download_now(&self, id: &str, path: &[u8]) -> Result<Pin<Box<dyn AsyncRead + Send>>> {
        let path = format!("/containers/{id}/archive?path={}", encoded_bytes(path));
        let response =
            timed(&path, START, async { accepted(ask(self.transport(), &path).await?, &path).await }).await?;
        let body = response.into_body().into_data_stream().map_err(io::Error::other);
        Ok(Box::pin(StreamReader::new(body)))
    }

    async fn upload_now(&self, id: &str, path: &[u8], archive: Upload) -> Result<()> {
        let path = format!("/containers/{id}/archive?path={}", encoded_bytes(path));
        let request = Request::builder()
            .method(Method::PUT)
            .uri(&path)
            .header(CONTENT_TYPE, "application/x-tar")
            .body(body_try_stream(archive))
            .map_err(|e| Error::Garbage { request: path.clone(), detail: e.to_string() })?;
        timed(&path, WALK, async {
            collected(accepted(self.transport().send(request).await?, &path).await?, &path).await.map(drop)
        })
        .await
    }
}

impl Containers for Docker {
    fn has_image<'a>(&'a self, tag: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let path = format!("/images/{tag}/json");
            match get_json::<serde::de::IgnoredAny>(self.transport(), &path, QUICK).await {
                Ok(_) => Ok(true),
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    fn load_image(&self, archive: Upload) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.load_now(archive))
    }

    fn images<'a>(&'a self, prefix: &'a str, label: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(self.images_now(prefix, label))
    }

    fn remove_image<'a>(&'a self, tag: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let options = RemoveImageOptionsBuilder::new().build();
            let removed = timed("the image's removal", REMOVE, async {
                let removed = self.client().remove_image(tag, Some(options), None).await;
                removed.map(drop).map_err(|e| Error::from_bollard(e, "the image's removal"))
            });
            match removed.await {
                Err(Error::NotFound { .. } | Error::Refused { status: 409, .. }) => Ok(()),
                other => other,
            }
        })
    }

    fn create<'a>(&'a self, spec: &'a ContainerSpec) -> BoxFuture<'a, Result<String>> {
        Box::pin(self.create_now(spec))
    }

    fn attach<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Attached>> {
        Box::pin(self.attach_now(id))
    }

    fn start<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(timed("the starting", START, async move {
            let started = self.client().start_container(id, None::<StartContainerOptions>).await;
            started.map_err(|e| Error::from_bollard(e, "the starting"))
        }))
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.remove_now(id))
    }

    fn labelled<'a>(&'a self, label: &'a str) -> BoxFuture<'a, Result<Vec<OwnContainer>>> {
        Box::pin(self.labelled_now(label))
    }

    fn download<'a>(
        &'a self,
        id: &'a str,
        path: &'a [u8],
    ) -> BoxFuture<'a, Result<Pin<Box<dyn AsyncRead + Send>>>> {
        Box::pin(self.download_now(id, path))
    }

    fn upload<'a>(&'a self, id: &'a str, path: &'a [u8], archive: Upload) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.upload_now(id, path, archive))
    }
}

/// Waits for an upload as long as it goes on, however slow the line is; `moved` counts its pieces.
async fn while_moving<T>(
    request: &str,
    idle: Duration,
    moved: &AtomicU64,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::pin!(work);
    let mut before = moved.load(Ordering::Relaxed);
    loop {
        match tokio::time::timeout(idle, &mut work).await {
            Ok(outcome) => return outcome,
            Err(_) => {
                let now = moved.load(Ordering::Relaxed);
                if std::mem::replace(&mut before, now) == now {
                    return Err(Error::Silent { request: request.to_owned(), seconds: idle.as_secs() });
                }
            }
        }
    }
}

/// The container in the engine's words.
fn body_of(spec: &ContainerSpec) -> ContainerCreateBody {
    let host = HostConfig {
        mounts: Some(spec.mounts.iter().map(mount_of).collect()),
        network_mode: Some("none".to_owned()),
        // One that is never started is written through the engine's archive calls.
        readonly_rootfs: Some(spec.is_started),
        cap_drop: Some(vec!["ALL".to_owned()]),
        cap_add: Some(spec.capabilities.iter().map(|c| (*c).to_owned()).collect()),
        security_opt: Some(vec!["no-new-privileges".to_owned(), "label=disable".to_owned()]),
        log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
        auto_remove: Some(spec.is_started),
        ..HostConfig::default()
    };
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        cmd: Some(spec.command.clone()),
        user: Some("0:0".to_owned()),
        labels: Some(spec.labels.clone().into_iter().collect()),
        network_disabled: Some(true),
        tty: Some(false),
        open_stdin: Some(spec.is_started),
        // The container's input ends with our connection.
        stdin_once: Some(spec.is_started),
        attach_stdin: Some(spec.is_started),
        attach_stdout: Some(spec.is_started),
        attach_stderr: Some(spec.is_started),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    }
}

fn mount_of(spec: &MountSpec) -> Mount {
    let (typ, source, bind, volume) = match &spec.source {
        Source::Volume(name) => {
            // Nothing of the image is copied into an empty volume.
            let options = MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() };
            (MountType::VOLUME, name, None, Some(options))
        }
        Source::Folder(path) => {
            // What is mounted below the folder is not the folder's.
            let options = MountBindOptions { non_recursive: Some(true), ..MountBindOptions::default() };
            (MountType::BIND, path, Some(options), None)
        }
    };
    Mount {
        typ: Some(typ),
        source: Some(source.clone()),
        target: Some(spec.target.clone()),
        read_only: Some(spec.read_only),
        bind_options: bind,
        volume_options: volume,
        ..Mount::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_upload_has_its_time_and_a_silent_one_has_not() {
        let (idle, moved) = (Duration::from_secs(120), AtomicU64::new(0));
        let slow = async {
            for _ in 0..30 {
                tokio::time::sleep(Duration::from_secs(60)).await;
                moved.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        while_moving("an upload", idle, &moved, slow).await.expect("half an hour is no reason");
        let silent = while_moving("an upload", idle, &moved, std::future::pending::<Result<()>>()).await;
        assert!(matches!(silent, Err(Error::Silent { seconds: 120, .. })));
    }
}

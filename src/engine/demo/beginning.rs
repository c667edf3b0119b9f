//! The data set's entries as the volumes and containers that there are at first.

use std::collections::HashMap;

use jiff::{SpanRelativeTo, Timestamp};

use super::data::{Anonymous, ContainerEntry, DataSet, VolumeEntry};
use super::dice::Dice;
use super::size::Size;
use super::world::Held;
use crate::domain::container::{Container, State};
use crate::domain::mount::{Mount, Source};
use crate::domain::volume::{ANONYMOUS_LABEL, COMPOSE_VOLUME_LABEL, PROJECT_LABEL, Volume};

/// The Compose that made the projects.
const COMPOSE: (&str, &str) = ("com.docker.compose.version", "2.29.7");

/// The names that the engine gave to what has another name in the data set, or none.
#[derive(Debug)]
pub(super) struct GeneratedNames {
    seed: u64,
    names: HashMap<String, String>,
}

impl GeneratedNames {
    /// The ones of this data set.
    pub(super) fn of(data: &DataSet) -> Self {
        let anonymous = data.volumes.iter().filter(|entry| entry.anonymous.is_some());
        let names = anonymous
            .map(|entry| (entry.name.clone(), Dice::named(data.seed, &entry.name).hex(64)))
            .collect();
        Self { seed: data.seed, names }
    }

    /// A container of the data set.
    pub(super) fn container(&self, entry: ContainerEntry) -> Container {
        let resolved = |mount: Mount| match mount.volume().and_then(|volume| self.names.get(volume)) {
            Some(name) => Mount { source: Source::Volume(name.clone()), ..mount },
            None => mount,
        };
        Container {
            id: Dice::named(self.seed, &entry.name).hex(64),
            name: entry.name,
            image: entry.image,
            state: State::from_engine(&entry.state),
            project: entry.project,
            service: entry.service,
            is_helper: false,
            mounts: entry.mounts.into_iter().map(resolved).collect(),
        }
    }
}

/// A volume of the data set as it is at `now`.
pub(super) fn held(entry: VolumeEntry, generated: &GeneratedNames, now: Timestamp) -> Held {
    let name = generated.names.get(&entry.name).cloned().unwrap_or(entry.name);
    let mut labels = entry.labels;
    if let Some(project) = entry.project {
        let short = name.strip_prefix(&format!("{project}_")).unwrap_or(&name).to_owned();
        labels.insert(COMPOSE_VOLUME_LABEL.to_owned(), short);
        labels.insert(COMPOSE.0.to_owned(), COMPOSE.1.to_owned());
        labels.insert(PROJECT_LABEL.to_owned(), project);
    }
    if entry.anonymous == Some(Anonymous::Labelled) {
        labels.insert(ANONYMOUS_LABEL.to_owned(), String::new());
    }
    let age = entry.created.to_duration(SpanRelativeTo::days_are_24_hours());
    let created_at = age.ok().and_then(|age| now.checked_add(age).ok()).map(whole_second);
    Held {
        volume: Volume {
            mountpoint: Some(entry.mountpoint.unwrap_or_else(|| local_mountpoint(&name))),
            name,
            driver: entry.driver,
            scope: "local".to_owned(),
            created_at,
            labels,
            options: entry.options,
        },
        size: Size::new(entry.size, entry.per_second, entry.falls_after, now),
        first: entry.size,
        is_of_story: false,
        like: None,
    }
}

/// Where the local driver keeps a volume.
pub(super) fn local_mountpoint(name: &str) -> String {
    format!("{}/volumes/{name}/_data", super::ROOT)
}

/// Engines tell creation times in whole seconds.
pub(super) fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

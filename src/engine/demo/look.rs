//! Looking at the world without changing it.

use super::dice::Dice;
use jiff::{SignedDuration, Timestamp};

use super::files::Node;
use super::world::{Like, World};
use crate::domain::container::{Container, State};
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layer;
use crate::domain::usage::DiskUsage;
use crate::domain::volume::Volume;

impl World {
    /// All volumes and containers.
    pub(super) fn inventory(&self) -> Inventory {
        Inventory::join(
            self.volumes.values().map(|held| held.volume.clone()).collect(),
            self.containers.clone(),
            Vec::new(),
        )
    }

    /// The sizes, of the volumes that Docker measures: local ones without options.
    pub(super) fn disk_usage(&self) -> DiskUsage {
        let is_measured = |volume: &Volume| volume.driver == "local" && volume.options.is_empty();
        let measured = self.volumes.values().filter(|held| is_measured(&held.volume));
        DiskUsage {
            sizes: measured.map(|held| (held.volume.name.clone(), Some(held.size.at(self.now())))).collect(),
        }
    }

    /// The files of a volume at this moment.
    pub(super) fn files(&self, name: &str) -> Option<Node> {
        let held = self.volumes.get(name)?;
        self.files_at(name, held.size.at(self.now()), self.now())
    }

    /// The files of a volume when it was as large as this.
    pub(super) fn files_at(&self, name: &str, size: u64, now: Timestamp) -> Option<Node> {
        let held = self.volumes.get(name)?;
        // Nothing is written any more to what does not grow.
        let written = match held.volume.created_at {
            Some(created) if !held.size.is_growing() => {
                let age = now.duration_since(created).as_secs().max(0);
                let idle = Dice::named(held.first, name).below(age.unsigned_abs().max(2));
                now - SignedDuration::from_secs(i64::try_from(idle).unwrap_or(0))
            }
            _ => now,
        };
        let Like { name, about } = self.like(name)?;
        // Seeded by what never changes of a volume: its files stay as they are while it grows.
        Some(Node::tree(held.first, &name, &about, size, written))
    }

    /// What a volume's files follow from.
    pub(super) fn like(&self, name: &str) -> Option<Like> {
        let held = self.volumes.get(name)?;
        if let Some(like) = &held.like {
            return Some(like.clone());
        }
        let containers = self.containers.iter();
        let holders = containers.filter(|c| c.mounts.iter().any(|mount| mount.volume() == Some(name)));
        let mut about = name.to_owned();
        for container in holders {
            about.push(' ');
            about.push_str(&container.image);
        }
        Some(Like { name: name.to_owned(), about })
    }

    /// What a container wrote beside its mounts; a dead one's layer cannot be walked.
    pub(super) fn layer(&self, id: &str) -> Option<Layer> {
        let container = self.containers.iter().find(|container| container.id == id)?;
        let image = 8_000_000 + Dice::named(0, &container.image).below(900_000_000);
        let little = Dice::named(0, id).below(96_000);
        let writable = match container.state {
            State::Dead => None,
            State::Created => Some(0),
            _ => Some(self.wrote.get(id).copied().unwrap_or(little)),
        };
        Some(Layer { writable, root_fs: Some(image + writable.unwrap_or(0)) })
    }

    /// The container of this name.
    pub(super) fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// Whether any container has the volume.
    pub(super) fn is_held(&self, volume: &str) -> bool {
        self.containers.iter().flat_map(|container| &container.mounts).any(|m| m.volume() == Some(volume))
    }

    /// The anonymous volumes that the story left behind, oldest first.
    pub(super) fn leftovers(&self) -> Vec<String> {
        let mut left: Vec<&Volume> = self
            .volumes
            .values()
            .filter(|held| held.is_of_story && held.volume.is_anonymous())
            .map(|held| &held.volume)
            .filter(|volume| !self.is_held(&volume.name))
            .collect();
        left.sort_by_key(|volume| volume.created_at);
        left.into_iter().map(|volume| volume.name.clone()).collect()
    }
}

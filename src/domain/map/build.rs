//! From the inventory and what is known of sizes to the tree. Linear in volumes plus mounts.

use std::collections::{HashMap, HashSet};

use super::sources::Sources;
use super::weight::{Sum, Weight};
use super::{Map, Node, Place, What};
use crate::domain::container::Container;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Layers;
use crate::domain::mount::{Mount, Source};

/// What is known beside the inventory.
#[derive(Debug)]
pub struct Known<'a, F> {
    /// The size of the volume at a position.
    pub size: F,
    /// The writable layers.
    pub layers: &'a Layers,
    /// The sources of bind mounts.
    pub sources: &'a Sources,
    /// What a writable layer may hold before it is warned of.
    pub layer_warning: u64,
}

/// What belongs to a project.
#[derive(Debug, Default)]
struct Members {
    containers: Vec<u32>,
    dangling: Vec<u32>,
}

/// The project in which a volume was seen first, and whether another one has it too.
#[derive(Debug, Clone, Copy, Default)]
struct Home {
    first: Option<u32>,
    is_shared: bool,
}

struct Builder<'a, F> {
    inventory: &'a Inventory,
    known: &'a Known<'a, F>,
    map: Map,
    /// By volume: the listed ones, then the missing ones.
    homes: Vec<Home>,
    /// By volume: the last sum that counted it.
    counted: Vec<u32>,
    sums: u32,
}

impl Map {
    /// Builds the tree, unsorted.
    #[must_use]
    pub fn build<F: Fn(usize) -> Option<u64>>(inventory: &Inventory, known: &Known<'_, F>) -> Self {
        let volumes = inventory.volumes.len() + inventory.missing.len();
        let mut builder = Builder {
            inventory,
            known,
            map: Self::default(),
            homes: vec![Home::default(); volumes],
            counted: vec![0; volumes],
            sums: 0,
        };
        let members = builder.members();
        for (project, members) in (0..).zip(&members) {
            builder.project(project, members);
        }
        builder.total();
        builder.map
    }
}

impl<F: Fn(usize) -> Option<u64>> Builder<'_, F> {
    /// Sorts containers and free volumes into projects, and sees which volumes projects share.
    fn members(&mut self) -> Vec<Members> {
        let inventory = self.inventory;
        let mut places: HashMap<Option<&str>, u32> = HashMap::new();
        let mut members: Vec<Members> = Vec::new();
        for (at, container) in (0..).zip(&inventory.containers) {
            let project = place(&mut places, &mut members, container.project.as_deref());
            for volume in self.volumes_of(at) {
                if let Some(home) = self.homes.get_mut(volume) {
                    home.is_shared |= home.first.is_some_and(|first| first != project);
                    home.first = Some(project);
                }
            }
            if let Some(members) = members.get_mut(project as usize) {
                members.containers.push(at);
            }
        }
        for (at, volume) in (0..).zip(&inventory.volumes) {
            if inventory.attachment_count(at as usize) == 0 {
                let project = place(&mut places, &mut members, volume.project());
                if let Some(members) = members.get_mut(project as usize) {
                    members.dangling.push(at);
                }
            }
        }
        let mut names: Vec<(Option<&str>, u32)> = places.into_iter().collect();
        names.sort_unstable_by_key(|(_, at)| *at);
        self.map.projects = names.into_iter().map(|(name, _)| name.map(str::to_owned)).collect();
        members
    }

    fn project(&mut self, project: u32, members: &Members) {
        let node = self.push(What::Project(project), None, Weight::default());
        self.map.roots.push(node);
        for container in &members.containers {
            self.container(*container, node);
        }
        if !members.dangling.is_empty() {
            self.dangling(project, &members.dangling, node);
        }
        let (mut weight, mut shared) = (Weight::default(), Sum::default());
        let mut heavy = 0;
        self.sums += 1;
        for container in &members.containers {
            for volume in self.volumes_of(*container) {
                if self.count(volume) {
                    weight.volumes.add(self.size(volume));
                    if self.homes.get(volume).is_some_and(|home| home.is_shared) {
                        shared.add(self.size(volume));
                    }
                }
            }
        }
        let children = self.map.node(node).map(|n| n.children.clone()).unwrap_or_default();
        for child in children.iter().filter_map(|child| self.map.node(*child)) {
            weight.layers = weight.layers.with(child.weight.layers);
            heavy += child.heavy;
            if matches!(child.what, What::Dangling(_)) {
                weight.volumes = weight.volumes.with(child.weight.volumes);
            }
        }
        let missing = u32::try_from(self.missing(&members.containers)).unwrap_or(u32::MAX);
        if let Some(node) = self.map.nodes.get_mut(node as usize) {
            (node.weight, node.shared, node.heavy, node.missing) = (weight, shared, heavy, missing);
        }
    }

    fn container(&mut self, at: u32, parent: u32) {
        let Some(container) = self.inventory.containers.get(at as usize) else { return };
        let node = self.push(What::Container(at), Some(parent), Weight::default());
        let (mut weight, mut missing) = (Weight::default(), 0);
        self.sums += 1;
        for (mount_at, mount) in (0..).zip(&container.mounts) {
            let place = Place { container: at, mount: mount_at };
            let (what, volume) = match &mount.source {
                Source::Volume(_) => {
                    let volume = self.volume_of(mount);
                    let listed = volume.filter(|v| *v < self.inventory.volumes.len());
                    (What::Volume(listed.and_then(|v| u32::try_from(v).ok()), Some(place)), volume)
                }
                Source::Bind(_) => (What::Bind(place), None),
                Source::Tmpfs => (What::Tmpfs(place), None),
                Source::Other(_) => (What::Other(place), None),
            };
            let mut own = Weight::default();
            if let Some(volume) = volume {
                own.volumes = Sum::of(self.size(volume));
                if self.count(volume) {
                    weight.volumes = weight.volumes.with(own.volumes);
                }
            }
            let is_missing = matches!(&mount.source, Source::Bind(path) if self.is_missing(path));
            missing += u32::from(is_missing);
            let leaf = self.push(what, Some(node), own);
            if let Some(leaf) = self.map.nodes.get_mut(leaf as usize) {
                leaf.missing = u32::from(is_missing);
            }
        }
        let written = self.known.layers.written(&container.id).ok();
        let heavy = u32::from(written.is_some_and(|bytes| bytes >= self.known.layer_warning));
        weight.layers = Sum::of(written);
        let layer = Weight { layers: weight.layers, ..Weight::default() };
        let leaf = self.push(What::Layer(at), Some(node), layer);
        if let Some(leaf) = self.map.nodes.get_mut(leaf as usize) {
            leaf.heavy = heavy;
        }
        if let Some(node) = self.map.nodes.get_mut(node as usize) {
            (node.weight, node.heavy, node.missing) = (weight, heavy, missing);
        }
    }

    fn dangling(&mut self, project: u32, volumes: &[u32], parent: u32) {
        let node = self.push(What::Dangling(project), Some(parent), Weight::default());
        let mut weight = Weight::default();
        for volume in volumes {
            let own = Sum::of((self.known.size)(*volume as usize));
            weight.volumes = weight.volumes.with(own);
            let leaf = Weight { volumes: own, ..Weight::default() };
            self.push(What::Volume(Some(*volume), None), Some(node), leaf);
        }
        if let Some(node) = self.map.nodes.get_mut(node as usize) {
            node.weight = weight;
        }
    }

    /// Everything there is: each volume once, each layer, each folder of the host once.
    fn total(&mut self) {
        let mut total = Weight::default();
        for volume in 0..self.homes.len() {
            total.volumes.add(self.size(volume));
        }
        for container in &self.inventory.containers {
            total.layers.add(self.known.layers.written(&container.id).ok());
        }
        self.map.total = total;
        let sources: HashSet<&str> = self.inventory.containers.iter().flat_map(bound).collect();
        self.map.missing = sources.iter().filter(|path| self.is_missing(path)).count();
        self.map.sources = sources.len();
    }

    /// How many different folders that these containers bind are missing.
    fn missing(&self, containers: &[u32]) -> usize {
        let containers = containers.iter().filter_map(|at| self.inventory.containers.get(*at as usize));
        let missing: HashSet<&str> =
            containers.flat_map(bound).filter(|path| self.is_missing(path)).collect();
        missing.len()
    }

    fn is_missing(&self, path: &str) -> bool {
        self.known.sources.of(path) == Some(false)
    }

    fn push(&mut self, what: What, parent: Option<u32>, weight: Weight) -> u32 {
        let at = u32::try_from(self.map.nodes.len()).unwrap_or(u32::MAX);
        let node =
            Node { what, parent, children: Vec::new(), weight, shared: Sum::default(), heavy: 0, missing: 0 };
        self.map.nodes.push(node);
        if let Some(parent) = parent.and_then(|at| self.map.nodes.get_mut(at as usize)) {
            parent.children.push(at);
        }
        at
    }

    /// Whether the sum that is being made counts this volume now: each one once.
    fn count(&mut self, volume: usize) -> bool {
        match self.counted.get_mut(volume) {
            Some(last) if *last != self.sums => {
                *last = self.sums;
                true
            }
            _ => false,
        }
    }

    fn volumes_of(&self, container: u32) -> Vec<usize> {
        let container = self.inventory.containers.get(container as usize);
        container.into_iter().flat_map(|c| &c.mounts).filter_map(|mount| self.volume_of(mount)).collect()
    }

    /// A volume's position; those that the engine did not list follow the listed ones.
    fn volume_of(&self, mount: &Mount) -> Option<usize> {
        let name = mount.volume()?;
        self.inventory.position(name).or_else(|| {
            let missing = self.inventory.missing.binary_search_by(|m| m.as_str().cmp(name)).ok()?;
            Some(self.inventory.volumes.len() + missing)
        })
    }

    fn size(&self, volume: usize) -> Option<u64> {
        if volume < self.inventory.volumes.len() { (self.known.size)(volume) } else { None }
    }
}

/// The folders of the host that a container binds.
fn bound(container: &Container) -> impl Iterator<Item = &str> {
    container.mounts.iter().filter_map(|mount| match &mount.source {
        Source::Bind(path) => Some(path.as_str()),
        _ => None,
    })
}

/// A project's number, a new one for a new name.
fn place<'a>(
    places: &mut HashMap<Option<&'a str>, u32>,
    members: &mut Vec<Members>,
    name: Option<&'a str>,
) -> u32 {
    *places.entry(name).or_insert_with(|| {
        members.push(Members::default());
        u32::try_from(members.len() - 1).unwrap_or(u32::MAX)
    })
}

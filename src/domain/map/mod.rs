//! The storage map: what holds the disk, and what dies with what.
//!
//! A tree of Compose project, container, and what the container sees: volumes, folders of the
//! host, memory, and the writable layer. Volumes that no container has stand in a group of their
//! own. A volume that several containers have stands with each and is counted once in every sum.

mod build;
mod sources;
#[cfg(test)]
mod tests;
mod warning;
mod weight;

use super::column::Column;
use super::container::Container;
use super::inventory::Inventory;
use super::mount::{Mount, Source};
use super::sort::{Sort, natural};
use super::volume::{Kind, Volume};

pub use build::Known;
pub use sources::Sources;
pub use warning::{layer_warnings, layer_words, source_warnings};
pub use weight::{Sum, Weight};

/// What becomes of a thing's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It outlives its containers.
    Stays,
    /// It is gone when the container is removed.
    DiesWithContainer,
    /// It is gone when the container stops.
    DiesWhenItStops,
    /// It is the host's own.
    HostFolder,
}

impl Fate {
    /// The words for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::DiesWithContainer => "dies with container",
            Self::DiesWhenItStops => "dies when it stops",
            Self::HostFolder => "host folder",
        }
    }

    /// The word for scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::DiesWithContainer => "dies_with_container",
            Self::DiesWhenItStops => "dies_when_it_stops",
            Self::HostFolder => "host_folder",
        }
    }
}

/// A mount, by position in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The container.
    pub container: u32,
    /// The mount in it.
    pub mount: u32,
}

impl Place {
    /// The mount there.
    #[must_use]
    pub fn mount(self, inventory: &Inventory) -> Option<&Mount> {
        inventory.containers.get(self.container as usize)?.mounts.get(self.mount as usize)
    }
}

/// What a node is; numbers are positions in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A Compose project, by position in [`Map::projects`].
    Project(u32),
    /// A container.
    Container(u32),
    /// The volumes of a project that no container has.
    Dangling(u32),
    /// A volume, where the engine lists it, and the mount through which a container has it.
    Volume(Option<u32>, Option<Place>),
    /// A folder or file of the host.
    Bind(Place),
    /// Memory.
    Tmpfs(Place),
    /// What else an engine mounts.
    Other(Place),
    /// The writable layer of a container.
    Layer(u32),
}

/// One node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub what: What,
    /// The node that it is in.
    pub parent: Option<u32>,
    /// What is in it, in the order of the last [`Map::sort`].
    pub children: Vec<u32>,
    /// What it holds.
    pub weight: Weight,
    /// Of a project's volumes, those that another project has as well.
    pub shared: Sum,
    /// Writable layers in it that hold more than they should.
    pub heavy: u32,
    /// Different sources of bind mounts in it that are missing.
    pub missing: u32,
}

/// The tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map {
    /// All nodes; a parent comes before its children.
    pub nodes: Vec<Node>,
    /// The projects, in the order of the last [`Map::sort`].
    pub roots: Vec<u32>,
    /// The projects' names; `None` is what has no project.
    pub projects: Vec<Option<String>>,
    /// Everything: each volume once, and every layer.
    pub total: Weight,
    /// How many different folders of the host are bound.
    pub sources: usize,
    /// How many of them are missing.
    pub missing: usize,
}

impl Map {
    /// The node at this position.
    #[must_use]
    pub fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    /// What a node is called.
    #[must_use]
    pub fn name<'a>(&'a self, inventory: &'a Inventory, what: What) -> &'a str {
        let source = |place: Place| place.mount(inventory).map(|mount| &mount.source);
        match what {
            What::Project(at) => {
                self.projects.get(at as usize).and_then(Option::as_deref).unwrap_or("no project")
            }
            What::Container(at) => container(inventory, at).map_or("", |c| c.name.as_str()),
            What::Dangling(_) => "dangling",
            What::Volume(Some(at), _) => volume(inventory, at).map_or("", |v| v.name.as_str()),
            What::Volume(None, place) => {
                place.and_then(|place| place.mount(inventory)?.volume()).unwrap_or_default()
            }
            What::Bind(place) => match source(place) {
                Some(Source::Bind(path)) => path,
                _ => "",
            },
            What::Tmpfs(_) => "tmpfs",
            What::Other(place) => match source(place) {
                Some(Source::Other(kind)) => kind,
                _ => "",
            },
            What::Layer(_) => "writable layer",
        }
    }

    /// Sorts siblings by size or by name; what has no size comes last both ways, and so does what
    /// has no project.
    pub fn sort(&mut self, inventory: &Inventory, sort: Sort) {
        let order = |map: &Self, a: u32, b: u32| {
            let (Some(a), Some(b)) = (map.node(a), map.node(b)) else { return std::cmp::Ordering::Equal };
            let is_homeless = |node: &Node| map.is_homeless(node.what);
            let directed = |o: std::cmp::Ordering| if sort.is_descending { o.reverse() } else { o };
            let by_name = || natural(map.name(inventory, a.what), map.name(inventory, b.what));
            let by_order = if sort.column == Column::Name {
                directed(by_name())
            } else {
                match (a.weight.all().known(), b.weight.all().known()) {
                    (Some(a), Some(b)) => directed(a.cmp(&b)),
                    (a, b) => b.is_some().cmp(&a.is_some()),
                }
            };
            // Of what has no size at all, what might have one comes first.
            let is_weightless = |node: &Node| node.weight.all().parts == 0;
            is_homeless(a)
                .cmp(&is_homeless(b))
                .then(by_order)
                .then_with(|| is_weightless(a).cmp(&is_weightless(b)))
                .then_with(by_name)
        };
        let mut roots = std::mem::take(&mut self.roots);
        roots.sort_by(|a, b| order(self, *a, *b));
        self.roots = roots;
        for at in 0..self.nodes.len() {
            let Some(node) = self.nodes.get_mut(at) else { break };
            if node.children.len() < 2 {
                continue;
            }
            let mut children = std::mem::take(&mut node.children);
            children.sort_by(|a, b| order(self, *a, *b));
            if let Some(node) = self.nodes.get_mut(at) {
                node.children = children;
            }
        }
    }

    fn is_homeless(&self, what: What) -> bool {
        matches!(what, What::Project(at) if self.projects.get(at as usize).is_some_and(Option::is_none))
    }
}

/// The container at this position.
#[must_use]
pub fn container(inventory: &Inventory, at: u32) -> Option<&Container> {
    inventory.containers.get(at as usize)
}

/// The volume at this position.
#[must_use]
pub fn volume(inventory: &Inventory, at: u32) -> Option<&Volume> {
    inventory.volumes.get(at as usize)
}

impl What {
    /// The mount through which a container has it.
    #[must_use]
    pub fn mount(self, inventory: &Inventory) -> Option<&Mount> {
        match self {
            Self::Volume(_, place) => place?.mount(inventory),
            Self::Bind(place) | Self::Tmpfs(place) | Self::Other(place) => place.mount(inventory),
            Self::Project(_) | Self::Container(_) | Self::Dangling(_) | Self::Layer(_) => None,
        }
    }

    /// What becomes of its content; `None` for what has many fates, or one that volx does not know.
    #[must_use]
    pub fn fate(self, inventory: &Inventory) -> Option<Fate> {
        match self {
            // The local driver's tmpfs is unmounted with its last user.
            Self::Volume(Some(at), _) if volume(inventory, at).is_some_and(|v| v.kind() == Kind::Tmpfs) => {
                Some(Fate::DiesWhenItStops)
            }
            Self::Volume(..) => Some(Fate::Stays),
            Self::Bind(_) => Some(Fate::HostFolder),
            Self::Tmpfs(_) => Some(Fate::DiesWhenItStops),
            Self::Layer(_) => Some(Fate::DiesWithContainer),
            Self::Project(_) | Self::Container(_) | Self::Dangling(_) | Self::Other(_) => None,
        }
    }

    /// The other containers that have the same volume.
    pub fn sharers(self, inventory: &Inventory) -> impl Iterator<Item = &Container> {
        let (volume, own) = match self {
            Self::Volume(Some(at), place) => (Some(at), place.map(|p| p.container)),
            _ => (None, None),
        };
        let own = own.and_then(|at| container(inventory, at)).map(|c| c.id.as_str());
        volume
            .into_iter()
            .flat_map(|at| inventory.holders(at as usize))
            .filter(move |holder| Some(holder.id.as_str()) != own)
    }
}

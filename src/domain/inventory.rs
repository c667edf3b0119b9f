//! All volumes of an engine joined with the containers that have them.

use std::collections::{BTreeMap, HashMap};

use strsim::damerau_levenshtein;

use super::container::Container;
use super::mount::Mount;
use super::status::{Status, reason};
use super::volume::Volume;

/// One container's hold on a volume, by position in the [`Inventory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hold {
    container: u32,
    mount: u32,
}

/// One container's hold on a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// The container.
    pub container: &'a Container,
    /// The mount through which it has the volume.
    pub mount: &'a Mount,
}

/// The volumes and containers of an engine at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    /// The volumes, by name.
    pub volumes: Vec<Volume>,
    /// The containers of every state, our own helpers left out.
    pub containers: Vec<Container>,
    /// What the engine warned of while listing (a volume plugin that does not answer).
    pub warnings: Vec<String>,
    /// Ids of our own helpers, whose events are not news.
    pub helpers: Vec<String>,
    /// Volumes that containers name but the engine did not list.
    pub missing: Vec<String>,
    /// The Swarm services that mount a volume, by the volume's name. Their tasks need not run here.
    pub services: BTreeMap<String, Vec<String>>,
    holds: Vec<Box<[Hold]>>,
}

impl Inventory {
    /// Joins what the engine listed. Linear in volumes plus mounts.
    #[must_use]
    pub fn join(mut volumes: Vec<Volume>, containers: Vec<Container>, warnings: Vec<String>) -> Self {
        volumes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let (helpers, containers): (Vec<_>, Vec<_>) = containers.into_iter().partition(|c| c.is_helper);
        let by_name: HashMap<&str, usize> =
            volumes.iter().enumerate().map(|(i, v)| (v.name.as_str(), i)).collect();
        let mut holds: Vec<Vec<Hold>> = vec![Vec::new(); volumes.len()];
        let mut missing: Vec<String> = Vec::new();
        for (container_at, container) in (0_u32..).zip(&containers) {
            for (mount_at, mount) in (0_u32..).zip(&container.mounts) {
                let Some(name) = mount.volume() else { continue };
                match by_name.get(name).and_then(|at| holds.get_mut(*at)) {
                    Some(list) => list.push(Hold { container: container_at, mount: mount_at }),
                    None => missing.push(name.to_owned()),
                }
            }
        }
        missing.sort_unstable();
        missing.dedup();
        Self {
            holds: holds.into_iter().map(Vec::into_boxed_slice).collect(),
            helpers: helpers.into_iter().map(|h| h.id).collect(),
            volumes,
            containers,
            warnings,
            missing,
            services: BTreeMap::new(),
        }
    }

    /// The same with what Swarm services mount: pairs of a volume and a service.
    #[must_use]
    pub fn with_services(mut self, mounts: impl IntoIterator<Item = (String, String)>) -> Self {
        for (volume, service) in mounts {
            self.services.entry(volume).or_default().push(service);
        }
        self
    }

    /// Whether a Swarm service mounts the volume of this name.
    #[must_use]
    pub fn has_service(&self, name: &str) -> bool {
        self.services.contains_key(name)
    }

    /// The containers that have the volume at this position.
    pub fn attachments(&self, volume: usize) -> impl Iterator<Item = Attachment<'_>> {
        self.holds.get(volume).into_iter().flat_map(|list| list.iter()).filter_map(|hold| {
            let container = self.containers.get(hold.container as usize)?;
            let mount = container.mounts.get(hold.mount as usize)?;
            Some(Attachment { container, mount })
        })
    }

    /// How many mounts hold the volume at this position.
    #[must_use]
    pub fn attachment_count(&self, volume: usize) -> usize {
        self.holds.get(volume).map_or(0, |list| list.len())
    }

    /// The status of the volume at this position.
    #[must_use]
    pub fn status(&self, volume: usize) -> Status {
        Status::of(self.attachments(volume).map(|a| a.container))
    }

    /// Why it has that status.
    #[must_use]
    pub fn reason(&self, volume: usize) -> String {
        reason(self.holders(volume))
    }

    /// The containers that have the volume, each once.
    pub fn holders(&self, volume: usize) -> impl Iterator<Item = &Container> {
        let mut last: Option<&str> = None;
        self.attachments(volume).map(|a| a.container).filter(move |c| {
            let is_new = last != Some(c.id.as_str());
            last = Some(c.id.as_str());
            is_new
        })
    }

    /// The position of the volume of this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.volumes.binary_search_by(|v| v.name.as_str().cmp(name)).ok()
    }

    /// The volume whose name is nearly this one.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let names = self.volumes.iter().map(|volume| volume.name.as_str());
        let far = |other: &&str| damerau_levenshtein(other, name);
        names.min_by_key(far).filter(|other| far(other) <= 2)
    }

    /// The container with this id.
    #[must_use]
    pub fn container(&self, id: &str) -> Option<&Container> {
        self.containers.iter().find(|c| c.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::container::State;
    use super::super::mount::Source;
    use super::*;

    fn volume(name: &str) -> Volume {
        Volume { name: name.to_owned(), driver: "local".to_owned(), ..Volume::default() }
    }

    fn container(name: &str, state: State, volumes: &[&str]) -> Container {
        Container {
            id: format!("id-{name}"),
            name: name.to_owned(),
            image: "img".to_owned(),
            state,
            project: None,
            service: None,
            is_helper: false,
            mounts: volumes
                .iter()
                .map(|v| Mount {
                    source: Source::Volume((*v).to_owned()),
                    destination: format!("/{v}"),
                    read_only: false,
                })
                .collect(),
        }
    }

    #[test]
    fn a_volume_has_the_status_of_its_most_alive_container() {
        let inventory = Inventory::join(
            vec![volume("used"), volume("held"), volume("free")],
            vec![
                container("old", State::Exited, &["used", "held"]),
                container("web", State::Paused, &["used"]),
            ],
            vec![],
        );
        let status = |name| inventory.status(inventory.position(name).expect("listed"));
        assert_eq!(status("used"), Status::InUse, "a paused container holds its files");
        assert_eq!(status("held"), Status::Attached);
        assert_eq!(status("free"), Status::Dangling);
        let at = inventory.position("used").expect("listed");
        assert_eq!(inventory.reason(at), "web is paused, 1 more have it");
    }

    #[test]
    fn our_own_helpers_do_not_count() {
        let helper = Container { is_helper: true, ..container("h", State::Running, &["v"]) };
        let inventory = Inventory::join(vec![volume("v")], vec![helper], vec![]);
        assert_eq!(inventory.status(0), Status::Dangling);
        assert_eq!(inventory.helpers, ["id-h"], "but are known, to drop their events");
        assert!(inventory.containers.is_empty());
    }

    #[test]
    fn a_container_is_one_holder_however_often_it_mounts() {
        let mut twice = container("web", State::Running, &["v", "v"]);
        if let Some(mount) = twice.mounts.get_mut(1) {
            mount.destination = "/elsewhere".to_owned();
        }
        let inventory = Inventory::join(vec![volume("v")], vec![twice], vec![]);
        assert_eq!(inventory.attachment_count(0), 2, "both destinations are shown");
        assert_eq!(inventory.holders(0).count(), 1);
    }

    #[test]
    fn a_volume_the_engine_did_not_list_is_said_to_be_missing() {
        let inventory = Inventory::join(vec![], vec![container("web", State::Running, &["ghost"])], vec![]);
        assert_eq!(inventory.missing, ["ghost"]);
    }
}

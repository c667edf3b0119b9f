//! The laws of the sums, and what is said of shared, dangling and unknown things.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::container::State;
use crate::domain::layer::{Layer, Layers};
use crate::domain::size::Units;
use crate::domain::volume::PROJECT_LABEL;

const WARNING: u64 = 1000;

fn volume(name: &str, project: Option<&str>) -> Volume {
    let labels = project.map(|p| (PROJECT_LABEL.to_owned(), p.to_owned())).into_iter().collect();
    Volume { name: name.to_owned(), driver: "local".to_owned(), labels, ..Volume::default() }
}

fn holder(name: &str, project: Option<&str>, mounts: &[Source]) -> Container {
    let mount = |(at, source): (usize, &Source)| Mount {
        source: source.clone(),
        destination: format!("/{at}"),
        read_only: false,
    };
    Container {
        id: format!("id-{name}"),
        name: name.to_owned(),
        image: "img".to_owned(),
        state: State::Running,
        project: project.map(str::to_owned),
        service: None,
        is_helper: false,
        mounts: mounts.iter().enumerate().map(mount).collect(),
    }
}

fn named(name: &str) -> Source {
    Source::Volume(name.to_owned())
}

#[derive(Debug)]
struct World {
    inventory: Inventory,
    sizes: BTreeMap<String, u64>,
    layers: Layers,
    sources: Sources,
}

impl World {
    fn map(&self) -> Map {
        let known = Known {
            size: |at: usize| self.sizes.get(&self.inventory.volumes[at].name).copied(),
            layers: &self.layers,
            sources: &self.sources,
            layer_warning: WARNING,
        };
        let mut map = Map::build(&self.inventory, &known);
        map.sort(&self.inventory, Sort::by(Column::Size));
        map
    }

    /// The tree as text, one node a line.
    fn shown(&self) -> Vec<String> {
        fn walk(world: &World, map: &Map, at: u32, depth: usize, lines: &mut Vec<String>) {
            let node = map.node(at).expect("a node");
            let all = node.weight.all();
            let bytes = all.known().map_or("?".to_owned(), |b| b.to_string());
            let more = if all.unknown > 0 && all.known().is_some() { "+" } else { "" };
            let name = map.name(&world.inventory, node.what);
            lines.push(format!("{}{name} {bytes}{more}", "  ".repeat(depth)));
            for child in &node.children {
                walk(world, map, *child, depth + 1, lines);
            }
        }
        let map = self.map();
        let mut lines = Vec::new();
        for root in &map.roots {
            walk(self, &map, *root, 0, &mut lines);
        }
        lines
    }
}

fn layers(told: &[(&str, Option<u64>)]) -> Layers {
    let mut layers = Layers::default();
    layers.take(told.iter().map(|(name, writable)| {
        (format!("id-{name}"), Ok(Layer { writable: *writable, root_fs: Some(50) }))
    }));
    layers
}

fn shop() -> World {
    let (shop, blog) = (Some("shop"), Some("blog"));
    World {
        inventory: Inventory::join(
            vec![volume("db", shop), volume("media", shop), volume("old", blog), volume("odd", None)],
            vec![
                holder("web", shop, &[named("media"), Source::Bind("/srv".to_owned()), Source::Tmpfs]),
                holder("db", shop, &[named("db"), named("media"), named("media")]),
                holder("cron", None, &[named("media"), named("ghost")]),
            ],
            vec![],
        ),
        sizes: [("db", 500), ("media", 70), ("old", 9)].map(|(n, b)| (n.to_owned(), b)).into(),
        layers: layers(&[("web", Some(2000)), ("db", Some(0)), ("cron", None)]),
        sources: Sources { found: [("/srv".to_owned(), false)].into(), reason: None },
    }
}

#[test]
fn the_tree_says_what_holds_the_disk() {
    assert_eq!(
        shop().shown(),
        [
            "shop 2570",
            "  web 2070",
            "    writable layer 2000",
            "    media 70",
            "    /srv ?",
            "    tmpfs ?",
            "  db 570",
            "    db 500",
            "    media 70",
            "    media 70",
            "    writable layer 0",
            "blog 9",
            "  dangling 9",
            "    old 9",
            "no project 70+",
            "  cron 70+",
            "    media 70",
            "    ghost ?",
            "    writable layer ?",
            "  dangling ?",
            "    odd ?",
        ],
        "shared volumes once a sum, what is unknown or homeless last"
    );
}

#[test]
fn what_is_shared_is_told_and_named() {
    let world = shop();
    let map = world.map();
    let root = |name: Option<&str>| {
        map.roots
            .iter()
            .filter_map(|at| map.node(*at))
            .find(|node| matches!(node.what, What::Project(p) if map.projects[p as usize].as_deref() == name))
            .expect("a project")
    };
    assert_eq!(root(Some("shop")).shared, Sum { parts: 1, bytes: 70, unknown: 0 }, "media, with cron");
    assert_eq!(root(Some("blog")).shared, Sum::default());
    assert_eq!((root(Some("shop")).heavy, root(Some("shop")).missing), (1, 1), "rolled up");
    let media = map.nodes.iter().find(|n| map.name(&world.inventory, n.what) == "media").expect("media");
    let others: Vec<&str> = media.what.sharers(&world.inventory).map(|c| c.name.as_str()).collect();
    assert_eq!(others, ["db", "cron"], "each other container once");
    assert_eq!((map.sources, map.missing), (1, 1));
}

#[test]
fn what_dies_with_what() {
    let mut world = shop();
    world.inventory.volumes[0].options =
        [("type", "tmpfs"), ("device", "tmpfs")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let map = world.map();
    let fates: BTreeSet<(&str, Option<&str>)> = map
        .nodes
        .iter()
        .map(|n| (map.name(&world.inventory, n.what), n.what.fate(&world.inventory).map(Fate::words)))
        .collect();
    for expected in [
        ("media", Some("stays")),
        ("/srv", Some("host folder")),
        ("tmpfs", Some("dies when it stops")),
        ("writable layer", Some("dies with container")),
        ("web", None),
    ] {
        assert!(fates.contains(&expected), "{expected:?} in {fates:?}");
    }
    assert!(fates.contains(&("db", Some("dies when it stops"))), "a volume in memory");
}

#[test]
fn without_layers_the_sums_are_of_volumes_and_say_so() {
    let world = World { layers: Layers::default(), ..shop() };
    let map = world.map();
    assert_eq!(map.total.layers, Sum { parts: 3, bytes: 0, unknown: 3 });
    assert_eq!(map.total.volumes, Sum { parts: 5, bytes: 579, unknown: 2 });
}

#[test]
fn who_writes_much_is_warned_of() {
    let mut world = shop();
    let warned = |world: &World| layer_warnings(&world.inventory, &world.layers, WARNING, Units::Decimal);
    assert_eq!(
        warned(&world),
        ["The container 'web' has 2.0 kB in the writable layer: gone when the container is removed; \
          give it a volume for what it writes."]
    );
    let many = (0..25).map(|i| holder(&format!("c{i}"), None, &[])).collect();
    world.inventory = Inventory::join(vec![], many, vec![]);
    let written: Vec<String> = (0..25).map(|i| format!("c{i}")).collect();
    world.layers = layers(&written.iter().map(|n| (n.as_str(), Some(WARNING))).collect::<Vec<_>>());
    let said = warned(&world);
    assert_eq!(said.len(), 21, "a flood of them is counted, not listed");
    assert!(said[20].starts_with("5 more"), "{}", said[20]);
}

prop_compose! {
    fn any_world()(
        owners in prop::collection::vec(0_u8..4, 0..12),
        holders in prop::collection::vec((0_u8..4, prop::collection::vec(0_usize..14, 0..6), prop::option::of(0_u64..3000)), 0..10),
        sizes in prop::collection::vec(prop::option::of(0_u64..1_000_000), 12),
    ) -> World {
        let project = |p: u8| (p > 0).then(|| format!("p{p}"));
        let volumes = owners.iter().enumerate().map(|(i, p)| volume(&format!("v{i}"), project(*p).as_deref()));
        let containers = holders.iter().enumerate().map(|(i, (p, mounts, _))| {
            // Some name volumes that are not listed.
            let mounts: Vec<Source> = mounts.iter().map(|v| named(&format!("v{v}"))).collect();
            holder(&format!("c{i}"), project(*p).as_deref(), &mounts)
        });
        let mut known = Layers::default();
        known.take(holders.iter().enumerate().map(|(i, (_, _, writable))| {
            (format!("id-c{i}"), Ok(Layer { writable: *writable, root_fs: None }))
        }));
        World {
            inventory: Inventory::join(volumes.collect(), containers.collect(), vec![]),
            sizes: sizes.iter().enumerate().filter_map(|(i, s)| Some((format!("v{i}"), (*s)?))).collect(),
            layers: known,
            sources: Sources::default(),
        }
    }
}

proptest! {
    #[test]
    fn the_whole_is_each_volume_once_and_every_layer(world in any_world()) {
        let map = world.map();
        let volumes = world.inventory.volumes.iter().map(|v| world.sizes.get(&v.name).copied());
        let missing = world.inventory.missing.iter().map(|_| None);
        let mut sum = Sum::default();
        volumes.chain(missing).for_each(|size| sum.add(size));
        prop_assert_eq!(map.total.volumes, sum);
        let mut layers = Sum::default();
        world.inventory.containers.iter().for_each(|c| layers.add(world.layers.written(&c.id).ok()));
        prop_assert_eq!(map.total.layers, layers);
    }

    #[test]
    fn every_sum_counts_each_volume_once(world in any_world()) {
        let map = world.map();
        for node in &map.nodes {
            let mut distinct: BTreeMap<&str, Option<u64>> = BTreeMap::new();
            let mut layers = Sum::default();
            let mut todo = vec![node];
            while let Some(node) = todo.pop() {
                match node.what {
                    What::Volume(..) => {
                        let name = map.name(&world.inventory, node.what);
                        distinct.insert(name, node.weight.volumes.known());
                    }
                    What::Layer(_) => layers = layers.with(node.weight.layers),
                    _ => {}
                }
                todo.extend(node.children.iter().filter_map(|at| map.node(*at)));
            }
            let mut volumes = Sum::default();
            for size in distinct.values() {
                volumes.add(*size);
            }
            prop_assert_eq!(node.weight, Weight { volumes, layers });
        }
    }

    #[test]
    fn nothing_is_left_out_or_lost_by_sorting(world in any_world(), by_name in any::<bool>(), down in any::<bool>()) {
        let mut map = world.map();
        let column = if by_name { Column::Name } else { Column::Size };
        map.sort(&world.inventory, Sort { column, is_descending: down });
        let mut seen = BTreeSet::new();
        let mut todo: Vec<u32> = map.roots.clone();
        while let Some(at) = todo.pop() {
            prop_assert!(seen.insert(at), "each node once");
            todo.extend(&map.node(at).expect("a node").children);
        }
        prop_assert_eq!(seen.len(), map.nodes.len());
        for (at, _) in world.inventory.volumes.iter().enumerate() {
            let times = map.nodes.iter().filter(|n| matches!(n.what, What::Volume(Some(v), _) if v as usize == at)).count();
            prop_assert_eq!(times, world.inventory.attachment_count(at).max(1), "with each mount, or as dangling");
        }
        if let Some(at) = map.projects.iter().position(Option::is_none) {
            let last = map.roots.last().and_then(|at| map.node(*at)).map(|n| n.what);
            prop_assert_eq!(last, Some(What::Project(u32::try_from(at).expect("few"))), "no project comes last");
        }
    }
}

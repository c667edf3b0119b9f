//! `volx map`.

use serde::Serialize;

use super::arguments::MapWanted;
use super::{Exit, Failure, Session, print};
use crate::domain::column::Column;
use crate::domain::inventory::Inventory;
use crate::domain::layer::Unmeasured;
use crate::domain::map::{self, Map, Node, Sum, What};
use crate::domain::mount::Source;
use crate::domain::query::Query;
use crate::domain::size::human;
use crate::domain::sort::Sort;
use crate::domain::trouble::Trouble;
use crate::ops::map::{Findings, find};
use crate::ops::snapshot::{self, Snapshot};

/// A project for scripts. The keys are documented and stable.
#[derive(Debug, Serialize)]
struct Project<'a> {
    #[serde(rename = "project")]
    name: Option<&'a str>,
    #[serde(flatten)]
    sum: Total,
    shared_bytes: u64,
    containers: Vec<Holder<'a>>,
    dangling: Vec<Mounted<'a>>,
}

/// The known bytes of several things, and how many of them are unknown.
#[derive(Debug, Serialize)]
struct Total {
    known_bytes: u64,
    unknown_parts: usize,
}

impl From<Sum> for Total {
    fn from(sum: Sum) -> Self {
        Self { known_bytes: sum.bytes, unknown_parts: sum.unknown }
    }
}

#[derive(Debug, Serialize)]
struct Holder<'a> {
    container_id: &'a str,
    container_name: &'a str,
    image: &'a str,
    state: &'a str,
    #[serde(flatten)]
    sum: Total,
    mounts: Vec<Mounted<'a>>,
    layer: Written<'a>,
}

#[derive(Debug, Serialize)]
struct Mounted<'a> {
    r#type: &'a str,
    /// The volume's name or the folder's path.
    source: Option<&'a str>,
    destination: Option<&'a str>,
    read_only: Option<bool>,
    size_bytes: Option<u64>,
    is_present: Option<bool>,
    shared_with: Vec<&'a str>,
    fate: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Written<'a> {
    writable_bytes: Option<u64>,
    root_fs_bytes: Option<u64>,
    unknown: Option<&'a str>,
    is_heavy: bool,
    fate: &'static str,
}

/// Everything that is printed.
struct Sheet<'a> {
    session: &'a Session,
    snapshot: &'a Snapshot,
    findings: &'a Findings,
    map: &'a Map,
    /// The projects that pass the filter.
    roots: Vec<&'a Node>,
}

pub(super) async fn run(session: &Session, wanted: &MapWanted) -> Result<Exit, Failure> {
    let projects = projects(&wanted.filter).map_err(Failure::usage)?;
    let engine = session.engine().await?;
    let history = session.history();
    let snapshot =
        snapshot::take(&engine, history.as_deref(), wanted.measure.then_some(&Query::default())).await?;
    if let Some(trouble) = &snapshot.history_trouble {
        session.warn(&trouble.to_string());
    }
    for warning in &snapshot.inventory.warnings {
        session.warn(&format!("the engine warns: {warning}"));
    }
    let inventory = &snapshot.inventory;
    let findings = find(&engine, inventory, wanted.layers).await;
    let size = |at: usize| inventory.volumes.get(at).and_then(|v| snapshot.usages.get(&v.name)?.size());
    let mut map = findings.map(inventory, size, session.config.settings.layer_warning);
    map.sort(inventory, Sort::by(Column::Size));
    let is_there = |wanted: &&str| map.projects.iter().any(|p| p.as_deref().unwrap_or_default() == *wanted);
    if let Some(name) = projects.iter().find(|wanted| !wanted.is_empty() && !is_there(wanted)) {
        let trouble = Trouble::new("there is nothing to show", format!("no such project: {name}"));
        return Err(Failure { exit: Exit::Failed, trouble });
    }
    let passes = |node: &&Node| match node.what {
        What::Project(at) => {
            let name = map.projects.get(at as usize).and_then(Option::as_deref).unwrap_or_default();
            projects.is_empty() || projects.contains(&name)
        }
        _ => false,
    };
    let roots = map.roots.iter().filter_map(|at| map.node(*at)).filter(passes).collect();
    let sheet = Sheet { session, snapshot: &snapshot, findings: &findings, map: &map, roots };
    if session.is_json {
        print::json(&sheet.projects())?;
    } else {
        sheet.print(wanted.layers)?;
    }
    let is_failed = |c: &crate::domain::container::Container| {
        matches!(findings.layers.written(&c.id), Err(Unmeasured::Failed(_)))
    };
    let is_partly = wanted.layers && inventory.containers.iter().any(is_failed);
    Ok(if is_partly { Exit::Partly } else { Exit::Done })
}

/// The projects that are asked for; an empty name is what has none.
fn projects(filter: &[String]) -> Result<Vec<&str>, String> {
    filter
        .iter()
        .map(|argument| match argument.split_once('=') {
            Some(("project", name)) => Ok(name),
            Some((key, _)) => Err(format!("no filter '{key}' for the map; there is project")),
            None => Err(format!("'{argument}' is no filter; write project=NAME")),
        })
        .collect()
}

impl<'a> Sheet<'a> {
    fn inventory(&self) -> &'a Inventory {
        &self.snapshot.inventory
    }

    fn children(&self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        let map = self.map;
        node.children.iter().filter_map(move |at| map.node(*at))
    }

    fn projects(&self) -> Vec<Project<'a>> {
        self.roots.iter().map(|node| self.project(node)).collect()
    }

    fn project(&self, node: &'a Node) -> Project<'a> {
        let name = match node.what {
            What::Project(at) => self.map.projects.get(at as usize).and_then(Option::as_deref),
            _ => None,
        };
        let is_group = |node: &&Node| matches!(node.what, What::Dangling(_));
        Project {
            name,
            sum: node.weight.all().into(),
            shared_bytes: node.shared.bytes,
            containers: self.children(node).filter_map(|child| self.holder(child)).collect(),
            dangling: self
                .children(node)
                .filter(is_group)
                .flat_map(|group| self.children(group))
                .map(|volume| self.mounted(volume))
                .collect(),
        }
    }

    fn holder(&self, node: &'a Node) -> Option<Holder<'a>> {
        let What::Container(at) = node.what else { return None };
        let container = map::container(self.inventory(), at)?;
        let is_layer = |node: &&Node| matches!(node.what, What::Layer(_));
        let layer = self.children(node).find(is_layer)?;
        let written = self.findings.layers.written(&container.id);
        Some(Holder {
            container_id: &container.id,
            container_name: &container.name,
            image: &container.image,
            state: container.state.name(),
            sum: node.weight.all().into(),
            mounts: self.children(node).filter(|n| !is_layer(n)).map(|n| self.mounted(n)).collect(),
            layer: Written {
                writable_bytes: written.ok(),
                root_fs_bytes: self.findings.layers.of(&container.id).and_then(|layer| layer.root_fs),
                unknown: written.err().map(|why| match why {
                    Unmeasured::Failed(why) => why,
                    Unmeasured::NotAsked => "not asked for",
                    Unmeasured::Pending | Unmeasured::Untold => "this engine does not tell it",
                }),
                is_heavy: layer.heavy > 0,
                fate: map::Fate::DiesWithContainer.name(),
            },
        })
    }

    fn mounted(&self, node: &'a Node) -> Mounted<'a> {
        let inventory = self.inventory();
        let mount = node.what.mount(inventory);
        let name = self.map.name(inventory, node.what);
        let (kind, source) = match node.what {
            What::Volume(..) => ("volume", Some(name)),
            What::Bind(_) => ("bind", Some(name)),
            What::Tmpfs(_) => ("tmpfs", None),
            _ => (name, None),
        };
        Mounted {
            r#type: kind,
            source,
            destination: mount.map(|m| m.destination.as_str()),
            read_only: mount.map(|m| m.read_only),
            size_bytes: node.weight.volumes.known(),
            is_present: self.is_present(node.what),
            shared_with: node.what.sharers(inventory).map(|c| c.name.as_str()).collect(),
            fate: node.what.fate(inventory).map(map::Fate::name),
        }
    }

    /// Whether its source is there: a folder as far as it can be looked at, a volume as listed.
    fn is_present(&self, what: What) -> Option<bool> {
        match (what, what.mount(self.inventory()).map(|m| &m.source)) {
            (What::Volume(at, _), _) => Some(at.is_some()),
            (_, Some(Source::Bind(path))) => self.findings.sources.of(path),
            _ => None,
        }
    }

    /// The tree as text.
    fn print(&self, with_layers: bool) -> Result<(), Failure> {
        let mut rows = Vec::new();
        for root in &self.roots {
            self.rows(root, 0, with_layers, &mut rows);
        }
        let is_whole = self.roots.len() == self.map.roots.len();
        if is_whole && !rows.is_empty() {
            let total = self.map.total;
            let sum = if with_layers { total.all() } else { total.volumes };
            rows.push(vec![self.bytes(sum), "total, each volume once".to_owned()]);
        }
        for warning in map::layer_warnings(
            self.inventory(),
            &self.findings.layers,
            self.session.config.settings.layer_warning,
            self.session.config.units,
        ) {
            self.session.warn(&warning);
        }
        print::table(&["     SIZE", "WHAT", "WHERE", "STATE"], &rows)?;
        if !with_layers {
            self.session.warn("the writable layers are not in it; volx map --layers asks the engine");
        }
        if let Some(reason) = self.findings.sources.reason.as_ref().filter(|_| self.map.sources > 0) {
            self.session.warn(&format!("whether all host folders are there is unknown: {reason}"));
        }
        Ok(())
    }

    fn rows(&self, node: &'a Node, depth: usize, with_layers: bool, rows: &mut Vec<Vec<String>>) {
        let inventory = self.inventory();
        if !with_layers && matches!(node.what, What::Layer(_)) {
            return;
        }
        let sum = if with_layers { node.weight.all() } else { node.weight.volumes };
        let name = self.map.name(inventory, node.what);
        let kind = match node.what {
            What::Volume(..) => "volume ",
            What::Bind(_) => "bind ",
            _ => "",
        };
        let place = node.what.mount(inventory).map_or_else(String::new, |mount| {
            format!("{}{}", mount.destination, if mount.read_only { " (ro)" } else { "" })
        });
        rows.push(vec![
            self.bytes(sum),
            format!("{}{kind}{name}", "  ".repeat(depth)),
            place,
            self.state(node),
        ]);
        for child in self.children(node) {
            self.rows(child, depth + 1, with_layers, rows);
        }
    }

    fn bytes(&self, sum: Sum) -> String {
        let text = match sum.known() {
            _ if sum.parts == 0 => String::new(),
            None => "?".to_owned(),
            Some(bytes) => human(bytes, self.session.config.units),
        };
        let more = if sum.known().is_some() && sum.unknown > 0 { " and more" } else { "" };
        format!("{text:>9}{more}")
    }

    fn state(&self, node: &Node) -> String {
        let inventory = self.inventory();
        let units = self.session.config.units;
        let mut words: Vec<String> = Vec::new();
        match node.what {
            What::Container(at) => {
                words.extend(
                    map::container(inventory, at).map(|c| format!("{}, {}", c.state.name(), c.image)),
                );
            }
            What::Project(_) if node.shared.parts > 0 => {
                let shared = node.shared.known().map_or_else(|| "?".to_owned(), |b| human(b, units));
                words.push(format!("{shared} of it shared with other projects"));
            }
            What::Volume(None, _) => words.push("not listed by the engine".to_owned()),
            _ => {}
        }
        if node.heavy > 0 && !matches!(node.what, What::Layer(_)) {
            words.push(heavy(node.heavy));
        }
        words.extend(node.what.fate(inventory).map(|fate| fate.words().to_owned()));
        match self.is_present(node.what) {
            Some(false) if matches!(node.what, What::Bind(_)) => words.push("MISSING".to_owned()),
            _ => {}
        }
        let others: Vec<&str> = node.what.sharers(inventory).map(|c| c.name.as_str()).collect();
        if !others.is_empty() && matches!(node.what, What::Volume(_, Some(_))) {
            words.push(format!("shared with {}", others.join(", ")));
        }
        if let What::Layer(at) = node.what {
            let id = map::container(inventory, at).map_or("", |c| c.id.as_str());
            if let Err(why) = self.findings.layers.written(id) {
                words.push(why.reason().to_owned());
            }
            if node.heavy > 0 {
                words.push("! give it a volume for what it writes".to_owned());
            }
        }
        words.join(", ")
    }
}

fn heavy(count: u32) -> String {
    match count {
        1 => "! 1 container writes much into its layer".to_owned(),
        _ => format!("! {count} containers write much into their layers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_is_filtered_by_project_alone() {
        let read = |text: &str| projects(&[text.to_owned()]).map(|p| p.join("|"));
        assert_eq!(read("project=shop"), Ok("shop".to_owned()));
        assert_eq!(read("project="), Ok(String::new()), "what has no project");
        assert!(read("name=x").expect_err("no such filter").contains("project"));
        assert!(read("shop").expect_err("no filter").contains("project=NAME"));
    }
}

//! Docker's own `--filter KEY=VALUE`, evaluated by us.
//!
//! The engine's answers differ: its `dangling` counts our helpers as users, and Podman joins
//! filters with OR. Here it is always Docker's documented meaning: values of one key are
//! alternatives (for labels: all must hold), different keys must all hold.
//! [moby `volume/service/convert.go`, `filtersToBy`]

use regex::Regex;

use super::inventory::Inventory;
use super::status::Status;

/// The keys that `--filter` knows.
pub const KEYS: [&str; 8] =
    ["name", "driver", "label", "label!", "dangling", "project", "status", "anonymous"];

/// The filters that choose by a text: with nothing after the `=` they leave nothing out.
const TEXTUAL: [&str; 5] = ["name", "driver", "label", "label!", "project"];

/// Refuses a filter with nothing to look for: `label!=$UNSET` would take everything. A listing may
/// have it (`project=` finds what belongs to no project), what removes may not.
///
/// # Errors
/// Names the filter.
pub fn must_narrow(argument: &str) -> Result<(), String> {
    let Some((key, value)) = argument.split_once('=') else { return Ok(()) };
    let key = key.trim().to_ascii_lowercase();
    let value = value.trim();
    // '=x' as a label has no key, and no volume has such a one.
    let is_empty = value.is_empty() || key.starts_with("label") && value.starts_with('=');
    if is_empty && TEXTUAL.contains(&key.as_str()) {
        return Err(format!("'{argument}' names nothing to look for; write {key}=VALUE"));
    }
    Ok(())
}

/// A set of `--filter` arguments.
#[derive(Debug, Clone, Default)]
pub struct Query {
    names: Vec<(String, Option<Regex>)>,
    drivers: Vec<String>,
    labels: Vec<(String, Option<String>)>,
    without_labels: Vec<(String, Option<String>)>,
    projects: Vec<String>,
    statuses: Vec<Status>,
    dangling: Option<bool>,
    anonymous: Option<bool>,
}

impl Query {
    /// Reads the arguments, each `KEY=VALUE` (or `label!=VALUE`).
    ///
    /// # Errors
    /// Names the argument that cannot be meant, and what could be.
    pub fn parse<S: AsRef<str>>(arguments: &[S]) -> Result<Self, String> {
        let mut query = Self::default();
        for argument in arguments {
            query.add(argument.as_ref())?;
        }
        Ok(query)
    }

    fn add(&mut self, argument: &str) -> Result<(), String> {
        let (key, value) = argument.split_once('=').ok_or_else(|| {
            format!("'{argument}' is no filter; write KEY=VALUE, for example dangling=true")
        })?;
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "name" => self.names.push((value.to_owned(), Regex::new(value).ok())),
            "driver" => self.drivers.push(value.to_owned()),
            "label" => self.labels.push(label(value)),
            "label!" => self.without_labels.push(label(value)),
            "project" => self.projects.push(value.to_owned()),
            "dangling" => set_once(&mut self.dangling, &key, boolean(&key, value)?)?,
            "anonymous" => set_once(&mut self.anonymous, &key, boolean(&key, value)?)?,
            "status" => {
                let wanted = value.replace('-', "_");
                let status = Status::ALL.into_iter().find(|s| s.name() == wanted).ok_or_else(|| {
                    format!("no status '{value}'; there are {}", Status::ALL.map(Status::name).join(", "))
                })?;
                self.statuses.push(status);
            }
            _ => return Err(format!("no filter '{key}'; there are {}", KEYS.join(", "))),
        }
        Ok(())
    }

    /// Whether the volume at this position passes.
    #[must_use]
    pub fn matches(&self, inventory: &Inventory, at: usize) -> bool {
        let Some(volume) = inventory.volumes.get(at) else { return false };
        let any = |list: &[String], text: &str| list.is_empty() || list.iter().any(|one| one == text);
        let has = |(key, wanted): &(String, Option<String>)| {
            volume.labels.get(key).is_some_and(|value| wanted.as_ref().is_none_or(|w| w == value))
        };
        let status = inventory.status(at);
        (self.names.is_empty()
            || self.names.iter().any(|(exact, regex)| {
                *exact == volume.name || regex.as_ref().is_some_and(|r| r.is_match(&volume.name))
            }))
            && any(&self.drivers, &volume.driver)
            && any(&self.projects, volume.project().unwrap_or_default())
            && self.labels.iter().all(has)
            && !self.without_labels.iter().any(has)
            && self.dangling.is_none_or(|wanted| wanted == (status == Status::Dangling))
            && self.anonymous.is_none_or(|wanted| wanted == volume.is_anonymous())
            && (self.statuses.is_empty() || self.statuses.contains(&status))
    }
}

fn label(value: &str) -> (String, Option<String>) {
    match value.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (value.to_owned(), None),
    }
}

/// Two answers to one question are a mistake.
fn set_once(field: &mut Option<bool>, key: &str, value: bool) -> Result<(), String> {
    match field.replace(value) {
        Some(other) if other != value => Err(format!("'{key}' is asked for as both true and false")),
        _ => Ok(()),
    }
}

/// Go's `strconv.ParseBool` words, which Docker takes.
fn boolean(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("'{key}' is true or false, not '{value}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::volume::Volume;
    use super::*;

    fn world() -> Inventory {
        let volume = |name: &str, labels: &[(&str, &str)]| Volume {
            name: name.to_owned(),
            driver: "local".to_owned(),
            labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Volume::default()
        };
        Inventory::join(
            vec![
                volume("apires-v1", &[("a", "1"), ("b", "2")]),
                volume("apires-v2", &[("a", "1")]),
                volume("other", &[]),
            ],
            vec![],
            vec![],
        )
    }

    fn found(arguments: &[&str]) -> Vec<String> {
        let world = world();
        let query = Query::parse(arguments).expect("filters");
        (0..3).filter(|at| query.matches(&world, *at)).map(|at| world.volumes[at].name.clone()).collect()
    }

    #[test]
    fn docker_s_documented_meaning() {
        assert_eq!(
            found(&["name=^apires-v.$"]),
            ["apires-v1", "apires-v2"],
            "a name is an unanchored regexp"
        );
        assert_eq!(found(&["name=other", "name=v1"]), ["apires-v1", "other"], "names are alternatives");
        assert_eq!(found(&["label=a=1", "label=b"]), ["apires-v1"], "labels must all hold");
        assert_eq!(found(&["label!=b"]), ["apires-v2", "other"]);
        assert_eq!(found(&["name=apires", "label=b=2"]), ["apires-v1"], "different keys must all hold");
        assert_eq!(found(&["dangling=0"]), [""; 0]);
    }

    #[test]
    fn a_broken_filter_is_said() {
        assert!(Query::parse(&["dangling"]).is_err());
        assert!(Query::parse(&["dangling=maybe"]).expect_err("no boolean").contains("true or false"));
        assert!(Query::parse(&["dangling=true", "dangling=0"]).is_err());
        assert!(Query::parse(&["colour=red"]).expect_err("no such key").contains("there are name"));
    }
}

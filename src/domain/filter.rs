//! The filter that is typed: `post !driver:local project:shop status:dangling label:env=prod`.
//!
//! Plain words are looked for fuzzily in names, projects and containers, and literally in labels
//! and generated names (in 64 hex digits every short word would be found fuzzily). All words
//! must be found.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::inventory::Inventory;
use super::status::Status;
use super::volume::Volume;

/// The fields that a word can name before a colon.
pub const FIELDS: [&str; 7] = ["name", "driver", "project", "status", "label", "container", "kind"];

/// A filter, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone)]
struct Term {
    is_negated: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Word { fuzzy: Atom, lower: String },
    Name(String),
    Driver(String),
    Project(String),
    Status(Vec<Status>),
    Label(String, Option<String>),
    Container(String),
    Kind(String),
}

/// Buffers that matching needs; one serves any number of filters.
pub struct Scratch {
    matcher: Matcher,
    letters: Vec<char>,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), letters: Vec::new() }
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Says which word cannot be meant, and what could be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = text.split_whitespace().map(Term::parse).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether it lets everything through.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the volume at this position passes.
    #[must_use]
    pub fn matches(&self, inventory: &Inventory, at: usize, scratch: &mut Scratch) -> bool {
        let Some(volume) = inventory.volumes.get(at) else { return false };
        self.terms.iter().all(|term| term.test.holds(inventory, at, volume, scratch) != term.is_negated)
    }
}

impl Term {
    fn parse(word: &str) -> Result<Self, String> {
        let (is_negated, word) = match word.strip_prefix('!') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        let test = match word.split_once(':') {
            Some((field, value)) if FIELDS.contains(&field.to_ascii_lowercase().as_str()) => {
                Test::of_field(&field.to_ascii_lowercase(), value)?
            }
            _ => Test::Word {
                fuzzy: Atom::new(word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false),
                lower: word.to_ascii_lowercase(),
            },
        };
        Ok(Self { is_negated, test })
    }
}

impl Test {
    fn of_field(field: &str, value: &str) -> Result<Self, String> {
        let lower = value.to_ascii_lowercase();
        Ok(match field {
            "name" => Self::Name(lower),
            "driver" => Self::Driver(lower),
            "project" => Self::Project(lower),
            "container" => Self::Container(lower),
            "kind" => Self::Kind(lower),
            "label" => match value.split_once('=') {
                Some((key, wanted)) => Self::Label(key.to_owned(), Some(wanted.to_owned())),
                None => Self::Label(value.to_owned(), None),
            },
            _ => {
                let wanted = lower.replace(['-', ' '], "_");
                let found: Vec<Status> =
                    Status::ALL.into_iter().filter(|s| s.name().starts_with(&wanted)).collect();
                if found.is_empty() {
                    let all = Status::ALL.map(Status::name).join(", ");
                    return Err(format!("no status '{value}'; there are {all}"));
                }
                Self::Status(found)
            }
        })
    }

    fn holds(&self, inventory: &Inventory, at: usize, volume: &Volume, scratch: &mut Scratch) -> bool {
        match self {
            Self::Word { fuzzy, lower } => word_holds(fuzzy, lower, inventory, at, volume, scratch),
            Self::Name(text) => contains(&volume.name, text),
            Self::Driver(text) => contains(&volume.driver, text),
            Self::Project(text) => {
                volume.project().is_some_and(|p| contains(p, text))
                    || (text == "-" && volume.project().is_none())
            }
            Self::Status(wanted) => wanted.contains(&inventory.status(at)),
            Self::Label(key, wanted) => volume.labels.iter().any(|(k, v)| match wanted {
                Some(value) => k == key && v.starts_with(value.as_str()),
                None => contains(k, &key.to_ascii_lowercase()),
            }),
            Self::Container(text) => inventory
                .attachments(at)
                .any(|a| contains(&a.container.name, text) || a.container.id.starts_with(text.as_str())),
            Self::Kind(text) => volume.kind().name().starts_with(text.as_str()),
        }
    }
}

fn word_holds(
    fuzzy: &Atom,
    lower: &str,
    inventory: &Inventory,
    at: usize,
    volume: &Volume,
    scratch: &mut Scratch,
) -> bool {
    let mut is_fuzzy = |text: &str| {
        let haystack = Utf32Str::new(text, &mut scratch.letters);
        fuzzy.score(haystack, &mut scratch.matcher).is_some()
    };
    let by_name =
        if volume.has_generated_name() { contains(&volume.name, lower) } else { is_fuzzy(&volume.name) };
    by_name
        || volume.project().is_some_and(&mut is_fuzzy)
        || inventory.attachments(at).any(|a| is_fuzzy(&a.container.name))
        || volume.labels.iter().any(|(key, value)| contains(key, lower) || contains(value, lower))
}

/// Whether `text` holds `lower` (given in lower case), ASCII case aside, without a copy.
fn contains(text: &str, lower: &str) -> bool {
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    lower.is_empty() || text.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::container::{Container, State};
    use super::super::mount::{Mount, Source};
    use super::super::volume::PROJECT_LABEL;
    use super::*;

    fn world() -> Inventory {
        let volume = |name: &str, driver: &str, labels: &[(&str, &str)]| Volume {
            name: name.to_owned(),
            driver: driver.to_owned(),
            labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Volume::default()
        };
        Inventory::join(
            vec![
                volume("shop_postgres", "local", &[(PROJECT_LABEL, "shop"), ("env", "prod")]),
                volume("cache", "local", &[]),
                volume("media", "rclone", &[("tier", "cold")]),
                volume(&"0badcafe".repeat(8), "local", &[]),
            ],
            vec![Container {
                id: "c1".to_owned(),
                name: "shop-db-1".to_owned(),
                image: "postgres".to_owned(),
                state: State::Running,
                project: Some("shop".to_owned()),
                service: Some("db".to_owned()),
                is_helper: false,
                mounts: vec![Mount {
                    source: Source::Volume("shop_postgres".to_owned()),
                    destination: "/data".to_owned(),
                    read_only: false,
                }],
            }],
            vec![],
        )
    }

    fn found(text: &str) -> Vec<String> {
        let world = world();
        let filter = Filter::parse(text).expect("a filter");
        let mut scratch = Scratch::default();
        (0..world.volumes.len())
            .filter(|at| filter.matches(&world, *at, &mut scratch))
            .map(|at| world.volumes[at].name.chars().take(13).collect())
            .collect()
    }

    #[rstest]
    #[case("", &["0badcafe0badc", "cache", "media", "shop_postgres"])]
    #[case("pgr", &["shop_postgres"])]
    #[case("SHOP", &["shop_postgres"])]
    #[case("db-1", &["shop_postgres"])]
    #[case("cafe0", &["0badcafe0badc"])]
    #[case("bce", &[])]
    #[case("cold", &["media"])]
    #[case("driver:rclone", &["media"])]
    #[case("!driver:rclone status:dang", &["0badcafe0badc", "cache"])]
    #[case("status:in-use", &["shop_postgres"])]
    #[case("label:env=pr", &["shop_postgres"])]
    #[case("label:tier", &["media"])]
    #[case("project:-", &["0badcafe0badc", "cache", "media"])]
    #[case("container:shop-db kind:plain", &["shop_postgres"])]
    fn words_find(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(found(text), expected, "{text}");
    }

    #[test]
    fn an_impossible_status_is_said() {
        let error = Filter::parse("status:gone").expect_err("no such status");
        assert_eq!(error, "no status 'gone'; there are in_use, attached, dangling");
    }
}

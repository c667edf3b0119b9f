//! The filter that is typed: `post !driver:local project:shop status:dangling label:env=prod`.
//!
//! Plain words are looked for in names, projects, containers and labels: literally, and only where
//! nothing is found so, fuzzily in names that people gave, projects and containers. All words must
//! be found. `field=value` means the same as `field:value`.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use strsim::damerau_levenshtein;

use super::inventory::Inventory;
use super::status::Status;
use super::volume::Volume;

/// The fields that a word can name before a colon.
pub const FIELDS: [&str; 9] =
    ["name", "driver", "project", "status", "label", "container", "kind", "anonymous", "dangling"];

/// So many letters wrong are a slip.
const NEAR: usize = 2;

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
    Anonymous(bool),
}

/// How near a plain word must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closeness {
    /// Letter by letter.
    Literal,
    /// With letters between.
    Fuzzy,
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
    pub fn matches(
        &self,
        inventory: &Inventory,
        at: usize,
        closeness: Closeness,
        scratch: &mut Scratch,
    ) -> bool {
        let Some(volume) = inventory.volumes.get(at) else { return false };
        self.terms.iter().all(|term| {
            // What must not be there must not be there literally.
            let closeness = if term.is_negated { Closeness::Literal } else { closeness };
            term.test.holds(inventory, at, volume, closeness, scratch) != term.is_negated
        })
    }

    /// The volumes of `order` that pass: by the letter, or nearly where none does.
    #[must_use]
    pub fn pass(&self, inventory: &Inventory, order: &[u32], scratch: &mut Scratch) -> Vec<u32> {
        if self.is_empty() {
            return order.to_vec();
        }
        let mut passing = |closeness| -> Vec<u32> {
            let is_in = |at: &u32| self.matches(inventory, *at as usize, closeness, scratch);
            order.iter().copied().filter(is_in).collect()
        };
        let literal = passing(Closeness::Literal);
        if literal.is_empty() { passing(Closeness::Fuzzy) } else { literal }
    }
}

impl Term {
    fn parse(word: &str) -> Result<Self, String> {
        let (is_negated, word) = match word.strip_prefix('!') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        let field = word
            .split_once([':', '='])
            .filter(|(field, _)| !field.is_empty() && field.bytes().all(|b| b.is_ascii_alphabetic()));
        let test = match field {
            Some((field, value)) => Test::of_field(&field.to_ascii_lowercase(), value)?,
            None => Test::Word {
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
            "anonymous" => Self::Anonymous(boolean(&lower)?),
            "dangling" => {
                let is_wanted = boolean(&lower)?;
                let fits = |s: &Status| (*s == Status::Dangling) == is_wanted;
                Self::Status(Status::ALL.into_iter().filter(fits).collect())
            }
            "status" => {
                let wanted = lower.replace(['-', ' '], "_");
                let found: Vec<Status> =
                    Status::ALL.into_iter().filter(|s| s.name().starts_with(&wanted)).collect();
                if found.is_empty() {
                    return Err(no_status(value, &wanted));
                }
                Self::Status(found)
            }
            _ => return Err(format!("no field '{field}'; there are {}", FIELDS.join(" "))),
        })
    }

    fn holds(
        &self,
        inventory: &Inventory,
        at: usize,
        volume: &Volume,
        closeness: Closeness,
        scratch: &mut Scratch,
    ) -> bool {
        match self {
            Self::Word { lower, .. } if closeness == Closeness::Literal => {
                literally_holds(lower, inventory, at, volume)
            }
            Self::Word { fuzzy, .. } => fuzzily_holds(fuzzy, inventory, at, volume, scratch),
            Self::Name(text) => contains(&volume.name, text),
            // What the local driver mounts is shown in the driver's column too.
            Self::Driver(text) => contains(&volume.driver, text) || contains(volume.kind().name(), text),
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
            Self::Anonymous(wanted) => volume.is_anonymous() == *wanted,
        }
    }
}

/// What is near is suggested; else the words are listed.
fn no_status(value: &str, wanted: &str) -> String {
    let far = |status: &Status| damerau_levenshtein(status.name(), wanted);
    match Status::ALL.into_iter().min_by_key(far).filter(|status| far(status) <= NEAR) {
        Some(near) => format!("no status '{value}', did you mean {}?", near.name()),
        None => format!("no status '{value}'; there are {}", Status::ALL.map(Status::name).join(" ")),
    }
}

fn literally_holds(lower: &str, inventory: &Inventory, at: usize, volume: &Volume) -> bool {
    contains(&volume.name, lower)
        || volume.project().is_some_and(|project| contains(project, lower))
        || inventory.attachments(at).any(|a| contains(&a.container.name, lower))
        || volume.labels.iter().any(|(key, value)| contains(key, lower) || contains(value, lower))
}

/// In the 64 hex digits of a generated name every short word would be found so, and in labels too
/// much would.
fn fuzzily_holds(
    fuzzy: &Atom,
    inventory: &Inventory,
    at: usize,
    volume: &Volume,
    scratch: &mut Scratch,
) -> bool {
    let mut is_near = |text: &str| {
        let haystack = Utf32Str::new(text, &mut scratch.letters);
        fuzzy.score(haystack, &mut scratch.matcher).is_some()
    };
    (!volume.has_generated_name() && is_near(&volume.name))
        || volume.project().is_some_and(&mut is_near)
        || inventory.attachments(at).any(|a| is_near(&a.container.name))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "" | "t" | "tr" | "tru" | "true" | "1" | "yes" => Ok(true),
        "f" | "fa" | "fal" | "fals" | "false" | "0" | "no" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
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
        let order: Vec<u32> = (0..4).collect();
        filter
            .pass(&world, &order, &mut Scratch::default())
            .into_iter()
            .map(|at| world.volumes[at as usize].name.chars().take(13).collect())
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
    #[case("driver:plug", &["media"])]
    #[case("status=dangling !anonymous:true", &["cache", "media"])]
    #[case("dangling:true anonymous:yes", &["0badcafe0badc"])]
    #[case("che", &["cache"])]
    fn words_find(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(found(text), expected, "{text}");
    }

    #[test]
    fn an_impossible_status_is_said() {
        let error = Filter::parse("status:gone").expect_err("no such status");
        assert_eq!(error, "no status 'gone'; there are in_use attached dangling");
        let error = Filter::parse("status:dnagling").expect_err("a typo");
        assert!(error.contains("did you mean dangling?"), "{error}");
        let error = Filter::parse("foo:bar").expect_err("no such field");
        assert!(error.contains("no field 'foo'; there are name driver"), "{error}");
    }
}

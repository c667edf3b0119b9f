//! The house rules, read from the source itself: who may import whom, what each layer must not
//! know, how long a file may be.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// What each layer may import directly; the arrows of `src/lib.rs`, which are transitive.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("engine", &["domain"]),
    ("pax", &["domain"]),
    ("vault", &["pax"]),
    ("history", &["domain"]),
    ("app", &["domain"]),
    ("access", &["engine", "vault"]),
    ("ops", &["access", "history", "engine"]),
    ("config", &["app"]),
    ("ui", &["config"]),
    ("cli", &["ops", "config", "app"]),
    ("runtime", &["ops", "config", "app", "ui"]),
];

/// What a pure layer must not know.
const PURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "tokio",
    "futures",
    "async ",
    "::now()",
    "ratatui",
    "crossterm",
    "bollard",
    "rusqlite",
    "hyper",
];

/// Words that a layer must not contain, and why.
const FORBIDDEN: [(&str, &[&str], &str); 10] = [
    ("domain", PURE, "the domain is pure: no IO, async, clock or terminal"),
    ("app", PURE, "the app is pure: no IO, async, clock or terminal"),
    ("history", &["bollard", "hyper", "ratatui", "crossterm", "tokio"], "the history knows SQLite alone"),
    (
        "ops",
        &["bollard", "hyper", "ratatui", "crossterm", "rusqlite"],
        "ops speak through engine and history",
    ),
    ("pax", &["std::fs", "rustix", "tokio", "bollard", "hyper"], "pax knows bytes, no files"),
    (
        "vault",
        &["bollard", "hyper", "ratatui", "crossterm", "rusqlite", "tokio"],
        "the vault knows files alone",
    ),
    ("access", &["bollard", "hyper", "ratatui", "crossterm", "rusqlite"], "access speaks through engine"),
    ("ui", &["bollard", "hyper", "rusqlite", "tokio", "std::fs", "async ", "::now()"], "a view only draws"),
    (
        "config",
        &["bollard", "hyper", "rusqlite", "tokio", "ratatui::widgets", "ratatui::Frame"],
        "no widgets, no engine",
    ),
    ("cli", &["bollard", "hyper", "rusqlite", "ratatui", "crossterm"], "scripts get text and JSON"),
];

const LONGEST_FILE: usize = 400;

struct Source {
    path: PathBuf,
    layer: String,
    text: String,
    /// Without its tests and comments.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.expect("the sources can be read");
        if entry.path().extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let inside = entry.path().strip_prefix(&root).expect("below src");
        let mut parts = inside.components();
        let first = parts.next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let layer = if parts.next().is_some() { first } else { String::new() };
        let text = std::fs::read_to_string(entry.path()).expect("UTF-8");
        let code = without_tests_and_comments(&text);
        sources.push(Source { path: inside.to_owned(), layer, text, code });
    }
    assert!(sources.len() > 50, "the sources were found");
    sources
}

fn is_test_file(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n == "tests.rs" || n.to_string_lossy().ends_with("_tests.rs"))
}

fn without_tests_and_comments(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn allowed(layer: &str) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![layer];
    while let Some(layer) = todo.pop() {
        let direct =
            MAY_IMPORT.iter().find(|(name, _)| *name == layer).map_or(&[][..], |(_, direct)| *direct);
        for import in direct {
            if seen.insert(*import) {
                todo.push(import);
            }
        }
    }
    seen
}

/// The modules below `crate::` (or `volx::`) that a text names.
fn imports(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = code.get(at + prefix.len()..).unwrap_or_default();
        if let Some(group) = rest.strip_prefix('{') {
            let inside = group.split('}').next().unwrap_or_default();
            found.extend(inside.split(',').map(|m| word(m.trim())).filter(|m| !m.is_empty()));
        } else {
            found.insert(word(rest));
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn every_layer_imports_only_what_its_arrows_allow() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.layer.is_empty()) {
        assert!(
            MAY_IMPORT.iter().any(|(name, _)| *name == source.layer),
            "{} is a known layer",
            source.layer
        );
        let allowed = allowed(&source.layer);
        for import in imports(&source.code, "crate::") {
            if import != source.layer && !allowed.contains(import.as_str()) {
                wrong.push(format!("{} imports {import}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not exist:\n{}", wrong.join("\n"));
}

#[test]
fn the_arrows_have_no_cycle() {
    for (layer, _) in MAY_IMPORT {
        assert!(!allowed(layer).contains(layer), "{layer} leads back to itself");
    }
}

#[test]
fn every_layer_is_ignorant_of_what_it_must_not_know() {
    let mut wrong = Vec::new();
    for source in &sources() {
        if is_test_file(&source.path) {
            continue;
        }
        for (layer, words, why) in FORBIDDEN {
            for word in words.iter().filter(|_| source.layer == layer) {
                for line in source.code.lines().filter(|line| line.contains(word)) {
                    wrong.push(format!("{}: `{}` ({why})", source.path.display(), line.trim()));
                }
            }
        }
        let is_engine = source.layer == "engine";
        if !is_engine && source.code.contains("bollard") {
            wrong.push(format!("{}: bollard is seen in engine alone", source.path.display()));
        }
        if source.layer != "ui" && source.code.contains("ratatui::widgets") {
            wrong.push(format!("{}: widgets are seen in ui alone", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_their_names_say_what_they_are() {
    let mut lengths: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for source in sources() {
        let name = source.path.file_stem().expect("a name").to_string_lossy().into_owned();
        for vague in ["util", "utils", "helper", "helpers", "manager", "common", "misc"] {
            assert_ne!(name, vague, "{} says nothing", source.path.display());
        }
        lengths.insert(source.path, source.text.lines().count());
    }
    let long: Vec<_> = lengths.iter().filter(|(_, lines)| **lines > LONGEST_FILE).collect();
    assert!(long.is_empty(), "files over {LONGEST_FILE} lines: {long:?}");
    let mut all: Vec<usize> = lengths.values().copied().collect();
    all.sort_unstable();
    let most = all.get(all.len() * 3 / 4).copied().unwrap_or_default();
    assert!(most <= 260, "three quarters of the files have at most 260 lines, now {most}");
}

#[test]
fn modules_of_a_layer_do_not_import_each_other_in_a_circle() {
    for (layer, _) in MAY_IMPORT {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources().iter().filter(|s| s.layer == layer && !is_test_file(&s.path)) {
            let mut parts = source.path.components().skip(1);
            let module = parts.next().expect("a module").as_os_str().to_string_lossy().replace(".rs", "");
            if module == "mod" {
                continue;
            }
            let targets = imports(&source.code, &format!("crate::{layer}::"));
            let beside = if source.path.components().count() == 2 {
                imports(&source.code, "super::")
            } else {
                BTreeSet::new()
            };
            graph.entry(module).or_default().extend(targets.into_iter().chain(beside));
        }
        for start in graph.keys() {
            let mut seen = BTreeSet::new();
            let mut todo: Vec<&String> = graph.get(start).into_iter().flatten().collect();
            while let Some(next) = todo.pop() {
                assert!(next != start, "{layer}::{start} leads back to itself");
                if graph.contains_key(next) && seen.insert(next) {
                    todo.extend(graph.get(next).into_iter().flatten());
                }
            }
        }
    }
}

#[test]
fn the_design_packages_are_all_used() {
    let code: String = sources().iter().map(|s| s.code.as_str()).collect();
    for package in ["ratatui::", "crossterm::", "bollard::", "tokio::", "humansize::", "walkdir::"] {
        assert!(code.contains(package), "{package} is used");
    }
}

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::*;
use crate::domain::backing::Backing;
use crate::domain::inventory::Inventory;
use crate::domain::usage::{Method, Usage};
use crate::domain::volume::{PROJECT_LABEL, Volume};

/// A sample: its labels and its value.
type Read = (BTreeMap<String, String>, f64);

/// Reads the text format as its description says; anything else is an error.
fn parse(text: &str) -> Result<BTreeMap<String, Vec<Read>>, String> {
    let (mut families, mut open, mut typed) = (BTreeMap::new(), String::new(), BTreeSet::new());
    for line in text.split_terminator('\n') {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or("a HELP has a text")?;
            if help.is_empty() || families.insert(name.to_owned(), Vec::new()).is_some() {
                return Err(format!("{name} begins twice, or has no help"));
            }
            name.clone_into(&mut open);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            if rest != format!("{open} gauge") || !typed.insert(open.clone()) {
                return Err(format!("a TYPE follows its HELP, once: {line}"));
            }
        } else {
            let (name, rest) = line.split_once('{').ok_or_else(|| format!("no labels: {line}"))?;
            if name != open || !typed.contains(name) {
                return Err(format!("{name} is not in its family"));
            }
            let (labels, value) = labels(rest)?;
            let value = value.strip_prefix(' ').ok_or("a space before the value")?;
            let value = value.parse::<f64>().map_err(|e| format!("{value}: {e}"))?;
            families.get_mut(name).ok_or("a family")?.push((labels, value));
        }
    }
    if !text.ends_with('\n') || families.values().any(Vec::is_empty) {
        return Err("the last line ends, and no family is empty".to_owned());
    }
    Ok(families)
}

fn labels(text: &str) -> Result<(BTreeMap<String, String>, &str), String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("a label has a value")?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(format!("'{name}' is no label"));
        }
        let mut value = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next().ok_or("a value ends")? {
                (at, '"') => break at,
                (_, '\\') => value.push(match letters.next().ok_or("an escape")?.1 {
                    'n' => '\n',
                    letter @ ('\\' | '"') => letter,
                    other => return Err(format!("no such escape: {other}")),
                }),
                (_, letter) => value.push(letter),
            }
        };
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("{name} twice"));
        }
        rest = after.get(end + 1..).ok_or("more after a value")?;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok((labels, rest.strip_prefix('}').ok_or("labels end")?)),
        }
    }
}

fn volume(name: &str, project: Option<&str>) -> Volume {
    Volume {
        name: name.to_owned(),
        driver: "local".to_owned(),
        labels: project.map(|p| (PROJECT_LABEL.to_owned(), p.to_owned())).into_iter().collect(),
        ..Volume::default()
    }
}

fn found(usage: Result<Usage, String>) -> Found {
    Found { usage, change: None, rate: None, passed: None }
}

fn round(project: &str) -> Round {
    let at = Timestamp::from_millisecond(1_800_000_000_250).expect("a time");
    let whole = Usage {
        allocated: Some(8192),
        files: Some(3),
        newest_write: Some(at),
        method: Method::Direct,
        ..Usage::from_engine(5000, at)
    };
    let volumes = vec![volume("broken", None), volume("df", None), volume("whole", Some(project))];
    Round {
        at,
        inventory: Inventory::join(volumes, vec![], vec![]),
        found: [
            ("whole".to_owned(), found(Ok(whole))),
            ("df".to_owned(), found(Ok(Usage::from_engine(0, at)))),
            ("broken".to_owned(), found(Err("it is gone".to_owned()))),
        ]
        .into(),
        backing: Some(Backing { total: 1000, available: 100, at }),
        full_in: None,
        fills: None,
        missing: Vec::new(),
        history_trouble: None,
    }
}

#[test]
fn every_line_is_in_the_format_and_nothing_unknown_is_zero() {
    let read = parse(&text("server", &round("shop"))).expect("the text format");
    let of = |family: &str, name: &str| {
        let samples = read.get(family)?;
        samples.iter().find(|(labels, _)| labels["name"] == name).map(|(_, value)| *value)
    };
    assert_eq!(of("volx_volume_allocated_bytes", "whole"), Some(8192.0));
    assert_eq!(of("volx_volume_allocated_bytes", "df"), None, "unknown is left out");
    assert_eq!(of("volx_volume_apparent_bytes", "df"), Some(0.0), "an empty volume is zero");
    assert_eq!(of("volx_volume_last_write_timestamp_seconds", "whole"), Some(1_800_000_000.25));
    assert_eq!(of("volx_volume_measure_failed", "broken"), Some(1.0));
    assert_eq!(of("volx_volume_measure_failed", "df"), Some(0.0));
    assert_eq!(of("volx_volume_measured_timestamp_seconds", "broken"), None);
    assert_eq!(of("volx_volume_dangling", "broken"), Some(1.0), "what is listed is known all the same");
    let left = read["volx_filesystem_available_bytes"].first().map(|(_, value)| *value);
    assert_eq!(left, Some(100.0));
    assert!(!read.contains_key("volx_filesystem_full_in_seconds"), "unknown");
}

#[test]
fn hostile_names_are_escaped_and_read_back() {
    let hostile = "a\\b\"c\nd},x=\"";
    let read = parse(&text("ser\"ver", &round(hostile))).expect("the text format");
    let labels = &read["volx_volume_allocated_bytes"][0].0;
    assert_eq!((labels["project"].as_str(), labels["engine"].as_str()), (hostile, "ser\"ver"));
    let steering = text("e", &round("\x1b[31m"));
    assert!(!steering.chars().any(|c| c != '\n' && is_hostile(c)), "{steering}");
}

#[test]
fn the_file_is_whole_readable_by_all_and_leaves_nothing_beside_it() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("volx.prom");
    write(&path, "old\n").expect("written");
    write(&path, "new\n").expect("written over it");
    assert_eq!(std::fs::read_to_string(&path).expect("read"), "new\n");
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o644);
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1);
    let error = write(&folder.path().join("none/volx.prom"), "x").expect_err("no folder");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

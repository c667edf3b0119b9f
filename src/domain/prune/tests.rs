mod laws_tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;

use super::habit::Habit;
use super::*;
use crate::domain::container::{Container, State};
use crate::domain::inventory::Inventory;
use crate::domain::mount::{Mount, Source};
use crate::domain::protection::{PROTECT_LABEL, Protection};
use crate::domain::provenance::Provenance;
use crate::domain::usage::{Method, Usage};
use crate::domain::volume::{ANONYMOUS_LABEL, Volume};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn ago(days: i64) -> Timestamp {
    now().checked_sub(SignedDuration::from_hours(days * 24)).expect("in range")
}

fn volume(name: &str, options: &[(&str, &str)], labels: &[&str]) -> Volume {
    Volume {
        name: name.to_owned(),
        driver: "local".to_owned(),
        scope: "local".to_owned(),
        options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        labels: labels.iter().map(|label| ((*label).to_owned(), String::new())).collect(),
        ..Volume::default()
    }
}

fn container(name: &str, state: State, volumes: &[&str]) -> Container {
    let mount = |name: &&str| Mount {
        source: Source::Volume((*name).to_owned()),
        destination: format!("/{name}"),
        read_only: false,
    };
    Container {
        id: format!("id-{name}"),
        name: name.to_owned(),
        image: "img".to_owned(),
        state,
        project: None,
        service: None,
        is_helper: false,
        mounts: volumes.iter().map(mount).collect(),
    }
}

fn usage(bytes: u64, files: u64, at: Timestamp) -> Usage {
    Usage {
        apparent: Some(bytes),
        allocated: Some(bytes),
        files: Some(files),
        dirs: Some(0),
        newest_write: Some(ago(10)),
        errors: Some(0),
        method: Method::Direct,
        measured_at: at,
    }
}

/// A world with one volume of each sort.
#[derive(Debug)]
struct World {
    inventory: Inventory,
    usages: BTreeMap<String, Usage>,
    provenance: BTreeMap<String, Provenance>,
    protection: Protection,
    touched: BTreeMap<String, Timestamp>,
    habit: Habit,
}

fn hex() -> String {
    "0123456789abcdef".repeat(4)
}

impl World {
    fn new() -> Self {
        let volumes = vec![
            volume("anon", &[], &[ANONYMOUS_LABEL]),
            volume(&hex(), &[], &[]),
            volume("empty", &[], &[ANONYMOUS_LABEL]),
            volume("named", &[], &[]),
            volume("nfs", &[("type", "nfs"), ("device", ":/x"), ("o", "addr=n")], &[ANONYMOUS_LABEL]),
            volume("protected", &[], &[ANONYMOUS_LABEL, PROTECT_LABEL]),
            volume("running", &[], &[ANONYMOUS_LABEL]),
            volume("service", &[], &[ANONYMOUS_LABEL]),
            volume("stopped", &[], &[ANONYMOUS_LABEL]),
            volume("unmeasured", &[], &[ANONYMOUS_LABEL]),
        ];
        let containers = vec![
            container("web", State::Running, &["running"]),
            container("old", State::Exited, &["stopped"]),
        ];
        let inventory = Inventory::join(volumes, containers, Vec::new())
            .with_services([("service".to_owned(), "db".to_owned())]);
        let mut usages: BTreeMap<String, Usage> = inventory
            .volumes
            .iter()
            .map(|volume| (volume.name.clone(), usage(1_000_000, 5, now())))
            .collect();
        usages.insert("empty".to_owned(), usage(4096, 0, now()));
        usages.remove("unmeasured");
        let free = Provenance { free_since: Some(ago(40)), ..Provenance::default() };
        let provenance = [("anon".to_owned(), free)].into_iter().collect();
        Self {
            inventory,
            usages,
            provenance,
            protection: Protection::default(),
            touched: BTreeMap::new(),
            habit: Habit::Labelled,
        }
    }

    fn with<T>(&self, look: impl FnOnce(&Facts<'_>) -> T) -> T {
        let usage = |at: usize| self.usages.get(&self.inventory.volumes.get(at)?.name);
        look(&Facts {
            inventory: &self.inventory,
            usage: &usage,
            fresh_since: ago(1),
            touched: &self.touched,
            provenance: &self.provenance,
            protection: Some(&self.protection),
            habit: self.habit,
            now: now(),
        })
    }

    fn plan(&self, rules: &str) -> PrunePlan {
        let rules = Rules::parse(rules).expect("rules");
        self.with(|facts| PrunePlan::by_rules(facts, &rules, &BTreeSet::new()))
    }

    fn name(&self, at: usize) -> &str {
        self.inventory.volumes.get(at).map_or("?", |volume| volume.name.as_str())
    }

    fn proposed(&self, rules: &str) -> Vec<String> {
        self.plan(rules).candidates.iter().map(|c| self.name(c.at).replace(&hex(), "hex")).collect()
    }

    fn why(&self, rules: &str, name: &str) -> Why {
        let plan = self.plan(rules);
        let kept = plan.kept.iter().find(|kept| self.name(kept.at) == name);
        kept.map(|kept| kept.why.clone()).expect("it is kept")
    }
}

#[test]
fn what_is_proposed_without_any_rule() {
    let world = World::new();
    assert_eq!(world.proposed(""), ["hex", "anon", "empty", "unmeasured"]);
    assert_eq!(world.why("", "named"), Why::Named);
    assert_eq!(world.why("", "service"), Why::Service);
    assert!(matches!(world.why("", "running"), Why::Used(_)));
    assert!(matches!(world.why("all options", "stopped"), Why::Used(_)), "a stopped container holds it");
    assert!(matches!(world.why("all options", "protected"), Why::Protected(_)));
    assert!(matches!(world.why("", "nfs"), Why::Options(_)));
    assert_eq!(world.proposed("all options"), ["hex", "anon", "empty", "named", "nfs", "unmeasured"]);
}

#[rstest]
#[case(Habit::Labelled, "docker", &["anon", "empty", "unmeasured"])]
#[case(Habit::Labelled, "docker-all", &["hex", "anon", "empty", "named", "unmeasured"])]
#[case(Habit::All, "docker", &["hex", "anon", "empty", "named", "unmeasured"])]
#[case(Habit::All, "docker-all", &[])]
#[case(Habit::Everything, "docker", &["hex", "anon", "empty", "named", "nfs", "unmeasured"])]
#[case(Habit::Everything, "docker-all", &[])]
fn presets_say_what_this_engine_does(#[case] habit: Habit, #[case] rules: &str, #[case] names: &[&str]) {
    let world = World { habit, ..World::new() };
    assert_eq!(world.proposed(rules), names);
}

#[test]
fn rules_by_content_need_a_measurement_of_now() {
    let mut world = World::new();
    assert_eq!(world.proposed("empty"), ["empty"]);
    assert_eq!(world.why("empty", "unmeasured"), Why::ContentUnknown, "unknown is not empty");
    assert_eq!(world.why("smaller:1GB", "unmeasured"), Why::SizeUnknown, "and not small");
    assert_eq!(world.proposed("larger:10kB"), ["hex", "anon"]);
    assert_eq!(world.why("larger:10kB", "empty"), Why::Small(4096));
    assert_eq!(world.proposed("written:9d !empty"), ["hex", "anon"]);
    assert!(matches!(world.why("written:11d", "anon"), Why::WrittenLately(_)));
    // What was small yesterday may be large today.
    world.usages.insert("anon".to_owned(), usage(10, 0, ago(2)));
    assert_eq!(world.why("smaller:1kB", "anon"), Why::SizeUnknown);
    assert_eq!(world.why("empty", "anon"), Why::ContentUnknown);
    // What could not be read may be large, and written just now.
    world.usages.insert("anon".to_owned(), Usage { errors: Some(1), ..usage(0, 0, now()) });
    assert_eq!(world.why("smaller:1kB", "anon"), Why::SizeUnknown);
    assert_eq!(world.why("written:1d", "anon"), Why::WrittenUnknown);
    assert_eq!(world.why("empty", "anon"), Why::ContentUnknown);
    // The engine knows sizes alone, and no size is no emptiness.
    world.usages.insert("anon".to_owned(), Usage::from_engine(0, now()));
    assert_eq!(world.why("empty", "anon"), Why::ContentUnknown);
}

#[test]
fn nobody_is_called_unused_for_longer_than_is_known() {
    let world = World::new();
    assert_eq!(world.proposed("unused:30d"), ["anon"]);
    assert!(matches!(world.why("unused:41d", "anon"), Why::UsedLately(_)));
    assert_eq!(world.why("unused:30d", "empty"), Why::UnusedSinceUnknown);
}

#[test]
fn the_total_says_what_is_missing() {
    let mut world = World::new();
    let freed = world.plan("").freed();
    assert_eq!((freed.bytes, freed.unknown, freed.is_complete()), (2_004_096, 1, false));
    world.usages.insert("unmeasured".to_owned(), usage(1, 1, ago(2)));
    let freed = world.plan("").freed();
    assert_eq!((freed.unknown, freed.stale, freed.is_complete()), (0, 1, false), "old is not exact");
    world.usages.insert("unmeasured".to_owned(), usage(1, 1, now()));
    assert!(world.plan("").freed().is_complete());
    let nfs = world.plan("options name:nfs");
    assert_eq!(nfs.freed(), Freed::default(), "a share's data stays where it is, measured or not");
    assert!(nfs.candidates[0].because.words(now()).contains("its data stays where it is"));
}

#[test]
fn a_total_is_exact_only_where_all_of_it_was_seen() {
    let mut world = World::new();
    world.usages.insert("unmeasured".to_owned(), usage(1, 1, now()));
    assert!(world.plan("").freed().is_complete());
    world.usages.insert("anon".to_owned(), Usage { errors: Some(3), ..usage(50, 1, now()) });
    let freed = world.plan("").freed();
    assert_eq!(
        (freed.rough, freed.stale, freed.is_complete()),
        (1, 0, false),
        "some of it could not be read"
    );
    world.usages.insert("anon".to_owned(), Usage::from_engine(50, now()));
    let freed = world.plan("").freed();
    assert_eq!((freed.rough, freed.is_complete()), (1, false), "the engine tells no disk use");
    world.usages.insert("anon".to_owned(), usage(50, 1, ago(1)));
    assert_eq!(world.plan("").freed().since, Some(ago(1)), "it is as old as its oldest part");
}

#[test]
fn what_may_have_been_written_since_decides_nothing() {
    let mut world = World::new();
    world.touched.insert("empty".to_owned(), now());
    assert_eq!(world.why("empty", "empty"), Why::ContentUnknown);
    let plan = world.plan("name:empty");
    assert!(!plan.candidates[0].because.is_empty && !plan.candidates[0].is_fresh);
    assert_eq!(plan.freed().stale, 1);
}

#[test]
fn what_a_plugin_frees_only_its_driver_knows() {
    let mut world = World::new();
    let mut other = volume("plug", &[], &[ANONYMOUS_LABEL]);
    other.driver = "rclone".to_owned();
    world.inventory = Inventory::join(vec![other], Vec::new(), Vec::new());
    world.usages.insert("plug".to_owned(), usage(1_000, 5, now()));
    let freed = world.plan("options").freed();
    assert_eq!((freed.bytes, freed.unknown), (0, 1));
}

#[test]
fn where_the_protected_cannot_be_read_nothing_is_removed() {
    let world = World::new();
    let plan = world.with(|facts| {
        let facts = Facts { protection: None, ..*facts };
        PrunePlan::by_rules(&facts, &Rules::parse("all").expect("rules"), &BTreeSet::new())
    });
    assert!(plan.candidates.is_empty());
    assert!(plan.kept.iter().any(|kept| kept.why == Why::GuardsUnknown));
}

#[test]
fn what_is_named_is_removed_unless_something_forbids_it() {
    let world = World::new();
    let names: BTreeSet<String> =
        ["named", "nfs", "running", "protected", "no-such"].map(str::to_owned).into_iter().collect();
    let plan = world.with(|facts| PrunePlan::by_name(facts, &names));
    let proposed: Vec<&str> = plan.candidates.iter().map(|c| world.name(c.at)).collect();
    assert_eq!(proposed, ["named", "nfs"], "who names a volume means it, options or not");
    assert_eq!(plan.kept.len(), 2);
}

#[test]
fn what_is_asked_grows_with_the_danger() {
    let world = World::new();
    let asking = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        world.with(|facts| PrunePlan::by_name(facts, &names).asking(facts))
    };
    assert_eq!(asking(&["running"]), None, "there is nothing to agree to");
    assert_eq!(asking(&["empty"]), Some(Asking::Yes));
    assert_eq!(asking(&["anon", "empty"]), Some(Asking::Yes));
    assert_eq!(asking(&["named"]), Some(Asking::Name("named".to_owned())));
    assert_eq!(asking(&["named", "anon"]), Some(Asking::Count(2)));
    assert_eq!(asking(&["anon", "empty", "unmeasured", &hex()]), Some(Asking::Count(4)));
    let name = Asking::Name("db".to_owned());
    assert!(name.is_met("db") && !name.is_met("") && !name.is_met("y"));
    assert!(!Asking::Count(12).is_met("") && Asking::Count(12).is_met(" 12 "));
    assert!(!Asking::Yes.is_met(""), "nothing typed is No");
}

#[test]
fn a_confirmed_plan_is_what_was_shown() {
    let world = World::new();
    let rules = Rules::parse("").expect("rules");
    let taken_out = BTreeSet::from(["anon".to_owned()]);
    let confirmed = world.with(|facts| {
        PrunePlan::by_rules(facts, &rules, &taken_out).confirm(facts, false, "engine", Undo::None)
    });
    let names: Vec<&str> = confirmed.targets().iter().map(|t| t.volume.name.as_str()).collect();
    assert_eq!(names, [hex().as_str(), "empty", "unmeasured"]);
    let target = &confirmed.targets()[1];
    let mut same = target.volume.clone();
    assert_eq!(target.difference(&same, true), None);
    same.created_at = Some(now());
    assert_eq!(target.difference(&same, true), Some(Difference::Created));
    assert_eq!(
        target.difference(&same, false),
        Some(Difference::Touched),
        "20.10 moves it when it is written"
    );
    same.labels.insert("a".to_owned(), "b".to_owned());
    assert_eq!(target.difference(&same, false), Some(Difference::Labels));
}

#[rstest]
#[case("unusd:30d", 0, "unused:30d")]
#[case("all unused:soon", 4, "span of time")]
#[case("all  larger:lots", 5, "no size")]
#[case("colour:red", 0, "there are docker")]
#[case("!all", 0, "")]
#[case("empty !empty", 6, "twice")]
#[case("label:", 0, "label:env=ci")]
fn a_rule_that_cannot_be_read_says_where_and_what_could_be(
    #[case] text: &str,
    #[case] at: usize,
    #[case] hint: &str,
) {
    let misread = Rules::parse(text).expect_err("it cannot be meant");
    assert_eq!(misread.at, at, "{misread}");
    assert!(misread.to_string().contains(hint), "{misread}");
}

#[test]
fn every_word_that_is_offered_can_be_read() {
    for (word, _) in WORDS {
        Rules::parse(word).unwrap_or_else(|misread| panic!("{misread}"));
    }
}

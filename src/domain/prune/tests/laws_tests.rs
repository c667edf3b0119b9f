use proptest::prelude::*;

use super::*;

fn any_rules() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "all",
        "options",
        "docker",
        "docker-all",
        "empty",
        "unused:30d",
        "unused:90s",
        "written:2w",
        "larger:1GB",
        "smaller:1500",
        "name:a*",
        "anonymous",
        "label:x",
        "label:x=1",
        "!label:keep",
        "project:shop",
        "driver:local",
    ]);
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

fn any_world() -> impl Strategy<Value = World> {
    let one = (any::<[bool; 6]>(), 0_u8..4, prop::option::of(0_u64..3_000_000_000), 0_i64..4);
    prop::collection::vec(one, 0..30).prop_map(|volumes| {
        let mut world = World::new();
        world.usages.clear();
        world.provenance.clear();
        let mut list = Vec::new();
        let mut containers = Vec::new();
        for (n, (flags, state, size, days)) in volumes.into_iter().enumerate() {
            let [is_anonymous, is_protected, has_options, is_listed, is_service, has_label] = flags;
            let name = format!("{}{n}", if has_label { 'a' } else { 'b' });
            let mut labels = Vec::new();
            if is_anonymous {
                labels.push(ANONYMOUS_LABEL);
            }
            if is_protected {
                labels.push(PROTECT_LABEL);
            }
            if has_label {
                labels.push("x");
            }
            let options: &[(&str, &str)] =
                if has_options { &[("type", "tmpfs"), ("device", "tmpfs")] } else { &[] };
            list.push(volume(&name, options, &labels));
            match state {
                1 => containers.push(container(&format!("run{n}"), State::Running, &[&name])),
                2 => containers.push(container(&format!("end{n}"), State::Exited, &[&name])),
                _ => {}
            }
            if is_listed {
                world.protection.decided.insert(name.clone(), n % 3 != 0);
            }
            if is_service && n % 4 == 0 {
                world.inventory.services.insert(name.clone(), vec!["s".to_owned()]);
            }
            if let Some(size) = size {
                world.usages.insert(name.clone(), usage(size, size % 3, ago(days)));
            }
            let free_since = (days > 1).then(|| ago(days * 20));
            world.provenance.insert(name, Provenance { free_since, ..Provenance::default() });
        }
        let services = std::mem::take(&mut world.inventory.services);
        world.inventory = Inventory::join(list, containers, Vec::new());
        world.inventory.services = services;
        world
    })
}

proptest! {
    #[test]
    fn no_plan_holds_a_used_or_protected_volume_and_nothing_is_left_out(
        world in any_world(), rules in any_rules(), habit in 0_usize..4,
    ) {
        let habits = [Habit::Labelled, Habit::All, Habit::Everything, Habit::LabelledEverything];
        let world = World { habit: habits[habit], ..world };
        let Ok(rules) = Rules::parse(&rules) else { return Ok(()) };
        let plan = world.with(|facts| PrunePlan::by_rules(facts, &rules, &BTreeSet::new()));
        let mut seen: Vec<usize> = plan.candidates.iter().map(|c| c.at).collect();
        for at in &seen {
            let volume = &world.inventory.volumes[*at];
            prop_assert_eq!(world.inventory.attachment_count(*at), 0);
            prop_assert!(!world.inventory.has_service(&volume.name));
            prop_assert_eq!(world.protection.of(volume), None);
        }
        seen.extend(plan.kept.iter().map(|kept| kept.at));
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..world.inventory.volumes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn one_more_rule_never_takes_more(world in any_world(), rules in any_rules(), more in any_rules()) {
        // Words that widen are left out; all others narrow.
        let more: Vec<&str> =
            more.split(' ').filter(|w| !matches!(*w, "all" | "options" | "docker" | "docker-all")).collect();
        let both = format!("{rules} {}", more.join(" "));
        // Values of one key are alternatives, so that a second one widens.
        let keys: Vec<&str> = both.split([' ', ':']).filter(|w| ["name", "project", "driver"].contains(w)).collect();
        prop_assume!(keys.iter().all(|key| keys.iter().filter(|k| k == &key).count() == 1));
        let (Ok(few), Ok(many)) = (Rules::parse(&both), Rules::parse(&rules)) else { return Ok(()) };
        let positions = |rules: &Rules| -> BTreeSet<usize> {
            let plan = world.with(|facts| PrunePlan::by_rules(facts, rules, &BTreeSet::new()));
            plan.candidates.iter().map(|c| c.at).collect()
        };
        prop_assert!(positions(&few).is_subset(&positions(&many)));
    }

    #[test]
    fn rules_read_back_as_they_are_written(rules in any_rules()) {
        let Ok(rules) = Rules::parse(&rules) else { return Ok(()) };
        let again = Rules::parse(&rules.to_string()).map_err(|m| TestCaseError::fail(m.to_string()))?;
        prop_assert_eq!(again, rules);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = Rules::parse(&text);
    }
}

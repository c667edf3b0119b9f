//! `volx prune`, `rm`, `protect`: what scripts see, and what is left after a kill.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::removing::{has_intent, lines};
use crate::rig::{Ran, Rig, until};
use crate::seat::{Home, Seat};

fn printed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("JSON ({e}): {} {}", ran.out, ran.err))
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("an array").iter().map(|line| line["name"].as_str().expect("a name")).collect()
}

pub(crate) async fn a_dry_run_says_what_would_go_and_what_stays(rig: Rig) {
    let (full, used) = (rig.volume("full", &[]).await, rig.volume("used", &[]).await);
    rig.fill(&full, "file", 5000).await;
    rig.holder("h", &[&format!("{used}:/data")]).await;
    let glob = format!("{}.*", rig.prefix());
    let ran = rig.run(&["prune", "--dry-run", "--json", "--all", "--name", &glob]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let plan = printed(&ran);
    let keys: BTreeSet<&str> = plan.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["candidates", "complete", "kept", "total_bytes"]));
    assert_eq!(names(&plan["candidates"]), [full.as_str()]);
    let one = plan["candidates"][0].as_object().expect("an object");
    let keys: BTreeSet<&str> = one.keys().map(String::as_str).collect();
    let documented = [
        "allocated_bytes",
        "anonymous",
        "apparent_bytes",
        "kind",
        "last_user",
        "last_write",
        "name",
        "project",
        "reason",
        "unused_since",
        "unused_since_exact",
    ];
    assert_eq!(keys, BTreeSet::from(documented));
    assert_eq!(one["apparent_bytes"], 5000, "it was measured");
    assert_eq!(plan["complete"], true);
    assert_eq!(plan["total_bytes"], one["allocated_bytes"]);
    let kept = plan["kept"].as_array().expect("an array");
    let kept = kept.iter().find(|line| line["name"] == used.as_str()).expect("all others are kept");
    assert_eq!(kept["why"], "in_use");
    assert!(kept["reason"].as_str().is_some_and(|text| text.contains("(running)")), "{kept}");
    rig.inspected(&full).await;
    let ran =
        rig.run(&["prune", "--dry-run", "--json", "--all", "--name", &glob, "--no-measure", "!empty"]).await;
    let unmeasured = printed(&ran);
    assert_eq!(names(&unmeasured["candidates"]), [""; 0], "what is old decides nothing: {}", ran.out);
}

pub(crate) async fn a_volume_that_a_helper_had_to_mount_goes_all_the_same(rig: Rig) {
    let behind = rig.volume("behind", &[]).await;
    rig.fill(&behind, "file", 7777).await;
    let folder = rig.inspected(&behind).await["Mountpoint"].as_str().expect("a path").to_owned();
    let device = format!("device={folder}");
    let bound = rig.volume("bound", &["--opt", "type=none", "--opt", "o=bind", "--opt", &device]).await;
    // The rule asks for its size, so that a helper mounts it by its name.
    let rules = ["prune", "all", "options", "larger:1kB", "--yes", "--json", "--name", &bound];
    let ran = rig.run(&rules).await;
    assert_eq!(ran.code, 0, "{}{}", ran.err, ran.out);
    let told = printed(&ran);
    assert_eq!(names(&told["freed"]), [bound.as_str()]);
    assert_eq!(told["freed_bytes"], 0, "its data stays where it is");
    rig.inspected(&behind).await;
}

pub(crate) async fn scripts_see_how_a_removal_ended(rig: Rig) {
    let volume = async |what: &str| rig.volume(what, &[]).await;
    let (used, free, other) = (volume("used").await, volume("free").await, volume("other").await);
    rig.holder("h", &[&format!("{used}:/data")]).await;
    let run = async |arguments: &[&str]| rig.run(arguments).await;
    let ran = run(&["rm", &free]).await;
    assert_eq!(ran.code, 5, "nobody can be asked: {}", ran.err);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    let ran = run(&["rm", &used, "--yes"]).await;
    assert_eq!(ran.code, 5, "{}", ran.err);
    let holder = rig.name("h");
    assert!(ran.err.contains(&format!("{holder} (running)")), "who has it, and how: {}", ran.err);
    assert!(ran.err.contains("--remove-containers"), "and a way out: {}", ran.err);
    let ran = run(&["rm", &used, &free, "--yes", "--json"]).await;
    assert_eq!(ran.code, 3, "{}", ran.err);
    let told = printed(&ran);
    assert_eq!((names(&told["freed"]), names(&told["skipped"])), (vec![free.as_str()], vec![used.as_str()]));
    assert_eq!(told["skipped"][0]["holders"], json!([holder]));
    let ran = run(&["rm", &rig.name("othe"), "--yes"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains(&format!("did you mean '{other}'")), "{}", ran.err);
    assert_eq!(run(&["protect", &other]).await.code, 0);
    let ran = run(&["rm", &other, "--yes"]).await;
    assert_eq!(ran.code, 5, "{}", ran.err);
    assert!(ran.err.contains("volx unprotect"), "{}", ran.err);
    assert_eq!(run(&["protect", &rig.name("none")]).await.code, 1, "what is not there is not protected");
    assert_eq!(run(&["unprotect", &other]).await.code, 0);
    let ran = run(&["--read-only", "rm", &other, "--yes"]).await;
    assert_eq!(ran.code, 5, "{}", ran.err);
    assert!(ran.err.contains("read-only") && ran.err.contains("read_only"), "cause and remedy: {}", ran.err);
    rig.inspected(&other).await;
    assert_eq!(run(&["rm", &other, "--yes"]).await.code, 0);
    let ran = run(&["rm", &used, "--remove-containers", "--yes"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!rig.try_docker(&["inspect", &holder]).await.status.success(), "the container is gone");
    assert!(!rig.try_docker(&["volume", "inspect", &used]).await.status.success(), "and the volume");
    let ran = run(&["prune", "all", "unusd:30d"]).await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("unused:30d") && ran.err.contains("    ^^^^^^^^^"),
        "where and what: {}",
        ran.err
    );
    let glob = format!("{}.*", rig.prefix());
    let ran = run(&["prune", "--all", "--name", &glob, "--yes"]).await;
    assert_eq!(ran.code, 0, "nothing to do is done: {}", ran.err);
    let log = lines(&rig.home().join("state/volx/audit.jsonl"));
    let actions: BTreeSet<&str> = log.iter().filter_map(|line| line["action"].as_str()).collect();
    let all =
        ["protect", "remove_container", "remove_volume", "remove_volumes", "stop_container", "unprotect"];
    assert_eq!(actions, BTreeSet::from(all), "all that was changed is in the log");
    assert!(log.iter().all(|line| line["user"]["uid"].is_u64() && line["engine"]["id"].is_string()));
}

pub(crate) async fn what_is_gone_after_a_kill_was_on_the_plan_and_is_in_the_log(rig: Rig) {
    const MANY: usize = 300;
    let engine = rig.engine().await;
    let changes = engine.changes().expect("it may be changed");
    let names: BTreeSet<String> = (0..MANY).map(|n| rig.name(&format!("v{n:03}"))).collect();
    for name in &names {
        let wanted = volx::domain::creation::NewVolume {
            name: name.clone(),
            labels: [("volx.test".to_owned(), rig.ground.run.clone())].into(),
            ..Default::default()
        };
        changes.make_volume(&wanted).await.expect("made");
    }
    let bystander = rig.volume("bystander", &[]).await;
    let glob = format!("{}.v*", rig.prefix());
    let audit = rig.home().join("state/volx/audit.jsonl");
    let mut command = rig.volx();
    let mut volx = command
        .args(["prune", "all", "--no-measure", "--yes", "--name", &glob])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    until("that some are removed", async || {
        let text = std::fs::read_to_string(&audit).unwrap_or_default();
        (text.matches("\"result\":\"done\"").count() >= 30).then_some(())
    })
    .await;
    volx.kill().await.expect("killed");
    let left: BTreeSet<String> =
        engine.list().await.expect("listed").volumes.into_iter().map(|volume| volume.name).collect();
    let log = lines(&audit);
    let planned: BTreeSet<String> = log[0]["subject"]
        .as_array()
        .expect("names")
        .iter()
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(planned, names, "the plan is the first line");
    let gone: Vec<&String> = names.iter().filter(|name| !left.contains(*name)).collect();
    assert!(gone.len() >= 30 && gone.len() < MANY, "it was killed in the middle: {} are gone", gone.len());
    for name in gone {
        assert!(has_intent(&log, name), "'{name}' is gone, and the log says who tried that");
    }
    assert!(left.contains(&bystander), "what was not on the plan stays");
    let ran = rig.run(&["prune", "all", "--no-measure", "--yes", "--json", "--name", &glob]).await;
    assert_eq!(ran.code, 0, "the next one goes on: {}", ran.err);
}

pub(crate) async fn told_to_end_it_finishes_the_volume_and_reports(rig: Rig) {
    for n in 0..60 {
        rig.volume(&format!("v{n:02}"), &[]).await;
    }
    let glob = format!("{}.v*", rig.prefix());
    let audit = rig.home().join("state/volx/audit.jsonl");
    let mut command = rig.volx();
    command.args(["prune", "all", "--no-measure", "--yes", "--json", "--name", &glob]);
    let child = command.stdout(std::process::Stdio::piped()).spawn().expect("it runs");
    until("that the first is removed", async || {
        let text = std::fs::read_to_string(&audit).unwrap_or_default();
        text.contains("\"result\":\"done\"").then_some(())
    })
    .await;
    let id = child.id().expect("it runs").to_string();
    rig.signal("INT", &id).await;
    let output = child.wait_with_output().await.expect("it ends");
    assert_eq!(output.status.code(), Some(3), "done in part");
    let told: Value = serde_json::from_slice(&output.stdout).expect("it reports");
    let (freed, stopped) = (names(&told["freed"]), names(&told["skipped"]));
    assert_eq!(freed.len() + stopped.len(), 60, "every volume has its line: {told}");
    assert!(!freed.is_empty() && !stopped.is_empty(), "{} and {}", freed.len(), stopped.len());
    assert!(told["skipped"].as_array().expect("lines").iter().all(|line| line["why"] == "stopped"));
    let log = lines(&audit);
    let count = |key: &str, value: &str| {
        log.iter().filter(|line| line["action"] == "remove_volume" && line[key] == value).count()
    };
    assert_eq!(count("step", "intent"), count("step", "result"), "nothing was left half done");
    assert_eq!(count("result", "done"), freed.len());
}

pub(crate) async fn what_changed_while_the_question_stood_is_not_agreed_to(rig: Rig) {
    let (written, taken) = (rig.volume("written", &[]).await, rig.volume("taken", &[]).await);
    let home = Home::new();
    let ask = |volume: &str| {
        let env = [("DOCKER_HOST", rig.ground.host.as_str())];
        let seat = Seat::start(&home, &["rm", volume, "-q"], (120, 40), &env);
        // An empty one goes by a mere yes.
        seat.wait_for("the question", |screen| screen.contains("Remove 1 volume? [y/N]"));
        seat
    };
    let told = |mut seat: Seat, word: &str| {
        seat.press("y\r");
        let screen = seat.wait_for("the refusal", |screen| screen.contains("the plan is another one"));
        assert!(screen.replace('\n', "").contains(word), "{screen}");
        assert_eq!(seat.end(), 5);
    };
    let seat = ask(&written);
    rig.fill(&written, "file", 5000).await;
    told(seat, "was written");
    let seat = ask(&taken);
    rig.holder("h", &[&format!("{taken}:/data")]).await;
    told(seat, "is not in it any more");
    rig.inspected(&written).await;
    rig.inspected(&taken).await;
}

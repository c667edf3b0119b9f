//! Carrying out a plan while somebody else changes the same volumes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use volx::domain::protection::Protection;
use volx::domain::prune::{ConfirmedPlan, Facts, PrunePlan, Rules, Undo};
use volx::domain::removal::{Outcome, Report, Skip};
use volx::domain::usage::Usage;
use volx::engine::SharedEngine;
use volx::engine::connect::connect;
use volx::history::{History, Seen};
use volx::ops::remove::{News, Removal, remove};
use volx::ops::right::{Right, Terms};
use volx::ops::survey::{Wish, measure_all};

use crate::files::mountpoint;
use crate::proxy::{acting, refusing};
use crate::rig::{Rig, until};

/// What a test removes with: an engine, a history, a log.
pub(crate) struct Tools {
    pub(crate) engine: SharedEngine,
    pub(crate) history: Arc<History>,
    pub(crate) audit: PathBuf,
    pub(crate) right: Right,
}

impl Tools {
    pub(crate) async fn at(rig: &Rig, host: &str) -> Self {
        let engine = connect(&rig.target_at(host)).await.expect("the engine is reached");
        let history = Arc::new(History::open(&rig.history()).expect("a history"));
        let audit = rig.home().join("state/volx/audit.jsonl");
        let terms = Terms { audit: Some(audit.clone()), ..Terms::default() };
        let right = Right::of(&engine, Some(Arc::clone(&history)), &terms).expect("it may be changed");
        Self { engine, history, audit, right }
    }

    pub(crate) async fn of(rig: &Rig) -> Self {
        Self::at(rig, &rig.ground.host).await
    }

    /// A plan of these volumes as they are now; all of them may be removed.
    pub(crate) async fn plan(&self, names: &[&str]) -> ConfirmedPlan {
        let inventory = self.engine.list().await.expect("the engine lists");
        let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let facts = Facts {
            inventory: &inventory,
            usage: &|_| None,
            fresh_since: jiff::Timestamp::now(),
            touched: &BTreeMap::new(),
            provenance: &BTreeMap::new(),
            protection: Some(&Protection::default()),
            habit: self.engine.info().capabilities.prunes,
            now: jiff::Timestamp::now(),
        };
        let plan = PrunePlan::by_name(&facts, &names);
        assert_eq!(plan.candidates.len(), names.len(), "all may go: {:?}", plan.kept);
        plan.confirm(&facts, false, &self.engine.info().id, Undo::None)
    }

    /// A plan by these rules of the volumes of these names, by what was measured of them before.
    async fn ruled(&self, rules: &str, usages: &BTreeMap<String, Usage>) -> ConfirmedPlan {
        let inventory = self.engine.list().await.expect("the engine lists");
        let mut rules = Rules::parse(rules).expect("rules");
        rules.names.extend(usages.keys().cloned());
        let facts = Facts {
            inventory: &inventory,
            usage: &|at| usages.get(&inventory.volumes.get(at)?.name),
            fresh_since: jiff::Timestamp::UNIX_EPOCH,
            provenance: &BTreeMap::new(),
            touched: &BTreeMap::new(),
            protection: Some(&Protection::default()),
            habit: self.engine.info().capabilities.prunes,
            now: jiff::Timestamp::now(),
        };
        PrunePlan::by_rules(&facts, &rules, &BTreeSet::new()).confirm(
            &facts,
            false,
            &self.engine.info().id,
            Undo::None,
        )
    }

    /// What is measured of these volumes now.
    async fn measured(&self, names: &[&str]) -> BTreeMap<String, Usage> {
        let inventory = self.engine.list().await.expect("the engine lists");
        let volumes =
            names.iter().filter_map(|name| inventory.volumes.get(inventory.position(name)?).cloned());
        let outcome = measure_all(&self.engine, volumes.collect(), Wish::default(), &mut |_| {}).await;
        let outcome = outcome.expect("measured").into_iter();
        outcome.map(|(name, measured)| (name, measured.expect("measured").usage)).collect()
    }

    pub(crate) async fn remove(&self, plan: &ConfirmedPlan) -> Removal {
        remove(&self.right, plan, &CancellationToken::new(), &mut |_| {}).await
    }

    /// The audit log's lines.
    pub(crate) fn log(&self) -> Vec<Value> {
        lines(&self.audit)
    }
}

/// The whole lines of an audit log; the last one may be being written.
pub(crate) fn lines(audit: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(audit).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Whether the log says that the removal of this volume was tried.
pub(crate) fn has_intent(log: &[Value], volume: &str) -> bool {
    let is_of = |line: &&Value| line["step"] == "intent" && line["action"] == "remove_volume";
    log.iter().filter(is_of).any(|line| line["subject"][0] == volume)
}

fn outcome<'a>(report: &'a Report, volume: &str) -> &'a Outcome {
    let found = report.done.iter().find(|done| done.name == volume);
    &found.unwrap_or_else(|| panic!("'{volume}' had its turn: {report:?}")).outcome
}

pub(crate) async fn a_container_that_came_in_between_keeps_its_volume(rig: Rig) {
    let (taken, free) = (rig.volume("taken", &[]).await, rig.volume("free", &[]).await);
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&[&taken, &free]).await;
    rig.container("create", "late", &["--volume", &format!("{taken}:/data")], &["agent", "hold"]).await;
    let removal = tools.remove(&plan).await;
    assert_eq!(outcome(&removal.report, &taken), &Outcome::Skipped(Skip::InUse(vec![rig.name("late")])));
    assert_eq!(outcome(&removal.report, &free), &Outcome::Freed(None));
    rig.inspected(&taken).await;
    assert!(!rig.try_docker(&["volume", "inspect", &free]).await.status.success(), "it is gone");
    let log = tools.log();
    assert!(has_intent(&log, &free) && !has_intent(&log, &taken), "what was not tried was not intended");
    assert_eq!(log[0]["step"], "plan");
    assert_eq!(log[0]["subject"].as_array().map(Vec::len), Some(2), "the plan names all");
}

pub(crate) async fn a_container_that_comes_before_the_delete_keeps_its_volume(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let socket = rig.home().join("acting.sock");
    let (rig, engine) = (Arc::new(rig), PathBuf::new());
    let engine = rig.ground.socket().map_or(engine, std::path::Path::to_path_buf);
    let taking = {
        let (rig, volume) = (Arc::clone(&rig), volume.clone());
        move || {
            let (rig, mount) = (Arc::clone(&rig), format!("{volume}:/data"));
            async move {
                rig.container("create", "racer", &["--volume", &mount], &["agent", "hold"]).await;
            }
        }
    };
    let serving = acting(&socket, &engine, ("DELETE", "/volumes/"), taking);
    let tools = Tools::at(&rig, &format!("unix://{}", socket.display())).await;
    let plan = tools.plan(&[&volume]).await;
    let removal = tools.remove(&plan).await;
    assert_eq!(outcome(&removal.report, &volume), &Outcome::Skipped(Skip::InUse(vec![rig.name("racer")])));
    rig.inspected(&volume).await;
    assert!(has_intent(&tools.log(), &volume), "it was tried, and the log says so");
    serving.abort();
}

/// The engine says once and again that somebody has it, whom nobody sees.
pub(crate) async fn what_was_written_between_two_tries_is_not_lost(rig: Rig) {
    let Some(engine) = rig.ground.socket().map(std::path::Path::to_path_buf) else { return };
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 1000).await;
    let root = mountpoint(&rig, &volume).await;
    let socket = rig.home().join("refusing.sock");
    let serving = refusing(&socket, &engine, ("DELETE", "/volumes/"), "409 Conflict");
    let mut command = rig.volx();
    command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
    command.args(["rm", &volume, "--yes", "--json"]).stdout(std::process::Stdio::piped());
    let child = command.spawn().expect("it runs");
    let audit = rig.home().join("state/volx/audit.jsonl");
    until("that it is tried", async || {
        let text = std::fs::read_to_string(&audit).unwrap_or_default();
        text.contains("\"step\":\"intent\",\"action\":\"remove_volume\"").then_some(())
    })
    .await;
    std::fs::write(root.join("more"), "written").expect("written");
    let output = child.wait_with_output().await.expect("it ends");
    let told: Value = serde_json::from_slice(&output.stdout).expect("it reports");
    assert_eq!(told["skipped"][0]["why"], "changed", "{told}");
    rig.inspected(&volume).await;
    serving.abort();
}

pub(crate) async fn a_volume_made_again_is_not_the_one_that_was_shown(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&[&volume]).await;
    rig.docker(&["volume", "rm", &volume]).await;
    rig.volume("v", &["--label", "other=1"]).await;
    let removal = tools.remove(&plan).await;
    assert!(
        matches!(outcome(&removal.report, &volume), Outcome::Skipped(Skip::Changed(_))),
        "{:?}",
        removal.report
    );
    rig.inspected(&volume).await;
    rig.docker(&["volume", "rm", &volume]).await;
    let removal = tools.remove(&plan).await;
    assert_eq!(outcome(&removal.report, &volume), &Outcome::Skipped(Skip::Gone));
}

pub(crate) async fn one_made_again_with_the_same_labels_is_another_one(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&[&volume]).await;
    rig.docker(&["volume", "rm", &volume]).await;
    // Engines tell whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    rig.volume("v", &[]).await;
    let removal = tools.remove(&plan).await;
    let outcome = outcome(&removal.report, &volume);
    assert!(
        matches!(outcome, Outcome::Skipped(Skip::Changed(how)) if how.contains("made again")),
        "{outcome:?}"
    );
    rig.inspected(&volume).await;
}

pub(crate) async fn what_was_chosen_for_its_content_is_measured_again(rig: Rig) {
    let (written, empty) = (rig.volume("written", &[]).await, rig.volume("empty", &[]).await);
    let (grown, large) = (rig.volume("grown", &[]).await, rig.volume("large", &[]).await);
    for volume in [&grown, &large] {
        rig.fill(volume, "file", 20_000).await;
    }
    let tools = Tools::of(&rig).await;
    let empties = tools.measured(&[&written, &empty]).await;
    let larges = tools.measured(&[&grown, &large]).await;
    rig.fill(&written, "file", 5).await;
    rig.fill(&grown, "more", 5).await;
    for (rules, usages, changed, same) in
        [("all empty", &empties, &written, &empty), ("all larger:10KB", &larges, &grown, &large)]
    {
        let plan = tools.ruled(rules, usages).await;
        assert_eq!(plan.targets().len(), 2, "both looked so when they were measured");
        let report = tools.remove(&plan).await.report;
        let how = outcome(&report, changed);
        assert!(matches!(how, Outcome::Skipped(Skip::Changed(how)) if how.contains("written")), "{how:?}");
        rig.inspected(changed).await;
        assert!(matches!(outcome(&report, same), Outcome::Freed(_)), "{report:?}");
    }
}

pub(crate) async fn what_is_protected_in_between_stays(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&[&volume]).await;
    let listed = tools.engine.list().await.expect("listed");
    let at = listed.position(&volume).expect("it is there");
    let seen = Seen { at: jiff::Timestamp::now(), is_watched: false, is_created_stable: false };
    let engine = &tools.engine.info().id;
    let one = std::slice::from_ref(&listed.volumes[at]);
    tools.history.decide_protection(engine, one, true, seen).expect("decided");
    let removal = tools.remove(&plan).await;
    assert!(
        matches!(outcome(&removal.report, &volume), Outcome::Skipped(Skip::Protected(_))),
        "{:?}",
        removal.report
    );
    tools.history.decide_protection(engine, one, false, seen).expect("decided");
    let removal = tools.remove(&plan).await;
    assert_eq!(outcome(&removal.report, &volume), &Outcome::Freed(None), "lifted, it goes");
}

pub(crate) async fn two_on_one_plan_remove_each_volume_once(rig: Rig) {
    let mut names = Vec::new();
    for n in 0..20 {
        names.push(rig.volume(&format!("v{n}"), &[]).await);
    }
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (one, two) = tokio::join!(tools.remove(&plan), tools.remove(&plan));
    for name in &names {
        let outcomes = [outcome(&one.report, name), outcome(&two.report, name)];
        let freed = outcomes.iter().filter(|o| matches!(o, Outcome::Freed(_))).count();
        let gone = outcomes.iter().filter(|o| matches!(o, Outcome::Skipped(Skip::Gone))).count();
        assert_eq!((freed, gone), (1, 1), "one removes '{name}', the other finds it gone: {outcomes:?}");
    }
    assert!(tools.log().len() > 40, "every line of both is whole");
}

pub(crate) async fn told_to_stop_it_ends_after_the_volume_whose_turn_it_is(rig: Rig) {
    let (first, second) = (rig.volume("a", &[]).await, rig.volume("b", &[]).await);
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&[&first, &second]).await;
    let stop = CancellationToken::new();
    let mut tell = |news: News| {
        if matches!(news, News::Done(_)) {
            stop.cancel();
        }
    };
    let removal = remove(&tools.right, &plan, &stop, &mut tell).await;
    assert_eq!(outcome(&removal.report, &first), &Outcome::Freed(None));
    assert_eq!(outcome(&removal.report, &second), &Outcome::Skipped(Skip::Stopped));
    assert!(removal.lost.is_none() && removal.report.is_over);
    rig.inspected(&second).await;
    let log = tools.log();
    let mut of_second = log.iter().filter(|line| line["subject"] == serde_json::json!([second]));
    let last = of_second.next_back().expect("the log says how it ended");
    assert_eq!(last["step"], "result");
    assert!(last["reason"].as_str().is_some_and(|why| why.contains("stop")), "{last}");
}

pub(crate) async fn a_log_that_cannot_be_written_stops_nothing_and_is_told(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let tools = Tools::of(&rig).await;
    let terms = Terms { audit: Some(PathBuf::from("/dev/full")), ..Terms::default() };
    let right = Right::of(&tools.engine, Some(Arc::clone(&tools.history)), &terms).expect("a right");
    let plan = tools.plan(&[&volume]).await;
    let mut told = 0;
    let mut tell = |news: News| told += usize::from(matches!(news, News::Unlogged(_)));
    let removal = remove(&right, &plan, &CancellationToken::new(), &mut tell).await;
    assert_eq!(
        outcome(&removal.report, &volume),
        &Outcome::Freed(None),
        "on a full disk pruning is the point"
    );
    assert_eq!(told, 1, "it is told once");
    assert!(removal.report.unlogged.is_some_and(|trouble| trouble.cause.contains("/dev/full")));
}

pub(crate) async fn an_unread_list_of_protected_volumes_protects_all(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&[&volume]).await;
    let right = Right::of(&tools.engine, None, &Terms::default()).expect("a right");
    let removal = remove(&right, &plan, &CancellationToken::new(), &mut |_| {}).await;
    let Outcome::Failed(trouble) = outcome(&removal.report, &volume) else {
        panic!("it is not removed: {:?}", removal.report)
    };
    assert!(trouble.remedy.is_some(), "{trouble}");
    rig.inspected(&volume).await;
}

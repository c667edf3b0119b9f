//! What the screen asks to be changed, and what it is told; making volumes, containers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use volx::domain::change::{ChangeAsk, ChangeNews};
use volx::domain::creation::NewVolume;
use volx::domain::lifecycle::{Act, Clearing};
use volx::domain::live::Observation;
use volx::history::{History, Seen};
use volx::ops::observe::{Automatic, Request, Watch};
use volx::ops::right::Terms;
use volx::ops::{create, lifecycle};

use crate::removing::Tools;
use crate::rig::Rig;
use crate::watcher::Watcher;

fn changed(observation: &Observation) -> Option<&ChangeNews> {
    match observation {
        Observation::Changed(news) => Some(news),
        _ => None,
    }
}

fn watcher(rig: &Rig) -> Watcher {
    let history = Some(Arc::new(History::open(&rig.history()).expect("a history")));
    let audit = Some(rig.home().join("state/volx/audit.jsonl"));
    let terms = Terms { patterns: vec!["prod-*".to_owned()], audit, ..Terms::default() };
    Watcher::of(Watch {
        target: rig.target(),
        history,
        automatic: Automatic::default(),
        terms,
        backups: None,
    })
}

pub(crate) async fn the_screen_is_told_of_a_removal_in_bunches(rig: Rig) {
    let mut names = Vec::new();
    for n in 0..40 {
        names.push(rig.volume(&format!("v{n:02}"), &[]).await);
    }
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut watcher = watcher(&rig);
    let patterns = watcher
        .see("what is protected", |o| match changed(o)? {
            ChangeNews::Protection(protection) => Some(protection.clone().expect("read").patterns.clone()),
            _ => None,
        })
        .await;
    assert_eq!(patterns, ["prod-*"]);
    watcher.mark();
    watcher.ask(Request::Change(ChangeAsk::Remove(Box::new(plan.clone())))).await;
    watcher.ask(Request::Change(ChangeAsk::Remove(Box::new(plan)))).await;
    watcher
        .see("that a second one is refused", |o| {
            matches!(changed(o)?, ChangeNews::RemovalRefused(_)).then_some(())
        })
        .await;
    let ended = watcher
        .see("the end", |o| match changed(o)? {
            ChangeNews::RemovalEnded(outcome) => Some(outcome.clone()),
            _ => None,
        })
        .await;
    assert_eq!(ended, Ok(()));
    let bunches: Vec<usize> = watcher
        .all()
        .filter_map(changed)
        .filter_map(|news| if let ChangeNews::Removed(done) = news { Some(done.len()) } else { None })
        .collect();
    assert_eq!(bunches.iter().sum::<usize>(), 40, "each volume is told once");
    assert!(bunches.iter().any(|bunch| *bunch > 1), "in bunches, not one by one: {bunches:?}");
}

pub(crate) async fn protecting_is_told_and_holds(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mut watcher = watcher(&rig);
    watcher.see("the first listing", |o| matches!(o, Observation::Listed { .. }).then_some(())).await;
    for is_on in [true, false] {
        watcher.mark();
        let ask = ChangeAsk::Protect { names: vec![volume.clone()], is_on };
        watcher.ask(Request::Change(ask)).await;
        let decided = watcher
            .see("what is protected now", |o| match changed(o)? {
                ChangeNews::Protection(Ok(protection)) => protection.decided.get(&volume).copied(),
                _ => None,
            })
            .await;
        assert_eq!(decided, is_on);
    }
    watcher.mark();
    let ask = ChangeAsk::Protect { names: vec![rig.name("none")], is_on: true };
    watcher.ask(Request::Change(ask)).await;
    let trouble = watcher
        .see("that it is refused", |o| match changed(o)? {
            ChangeNews::Protected { outcome: Err(trouble), .. } => Some(trouble.clone()),
            _ => None,
        })
        .await;
    assert!(trouble.cause.contains("no such volume"), "{trouble}");
}

pub(crate) async fn a_watcher_that_is_left_finishes_the_volume(rig: Rig) {
    let mut names = Vec::new();
    for n in 0..40 {
        names.push(rig.volume(&format!("v{n:02}"), &[]).await);
    }
    let tools = Tools::of(&rig).await;
    let plan = tools.plan(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut watcher = watcher(&rig);
    watcher.see("the first listing", |o| matches!(o, Observation::Listed { .. }).then_some(())).await;
    watcher.ask(Request::Change(ChangeAsk::Remove(Box::new(plan)))).await;
    watcher.see("the first bunch", |o| matches!(changed(o)?, ChangeNews::Removed(_)).then_some(())).await;
    watcher.end(Duration::from_secs(10)).await;
    let log = tools.log();
    let count = |step: &str| {
        log.iter().filter(|line| line["step"] == step && line["action"] == "remove_volume").count()
    };
    assert_eq!(count("intent"), count("result"), "what was begun has its end");
    let left = tools.engine.list().await.expect("listed");
    let left = names.iter().filter(|name| left.position(name).is_some()).count();
    assert!(left > 0, "and the rest stays");
    let gone =
        log.iter().filter(|line| line["action"] == "remove_volume" && line["result"] == "done").count();
    assert_eq!(left + gone, 40);
}

pub(crate) async fn a_volume_is_made_as_wanted_or_refused(rig: Rig) {
    let tools = Tools::of(&rig).await;
    let wanted = NewVolume {
        name: rig.name("cifs"),
        driver: String::new(),
        options: [
            ("type", "cifs"),
            ("device", "//192.0.2.1/share"),
            ("o", "username=ann,password=open-sesame"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into(),
        labels: [("volx.test".to_owned(), rig.ground.run.clone())].into(),
    };
    let made = create::create(&tools.right, &wanted).await;
    made.outcome.expect("it is made");
    let inspected = rig.inspected(&wanted.name).await;
    assert_eq!(
        inspected["Options"]["o"], "username=ann,password=open-sesame",
        "the engine needs it in clear"
    );
    let log = std::fs::read_to_string(&tools.audit).expect("a log");
    assert!(log.contains("password=*****") && !log.contains("sesame"), "the log does not: {log}");
    let again = create::create(&tools.right, &NewVolume { options: [].into(), ..wanted.clone() }).await;
    let trouble = again.outcome.expect_err("the name is taken");
    assert!(trouble.cause.contains("already"), "{trouble}");
    let wrong = create::create(&tools.right, &NewVolume { name: "a/b".to_owned(), ..wanted }).await;
    assert!(wrong.outcome.is_err());
}

pub(crate) async fn a_password_in_the_engine_s_error_is_not_told(rig: Rig) {
    let options =
        ["type=cifs", "device=//192.0.2.1/share", "o=addr=192.0.2.1,username=ann,password=open-sesame"];
    let options: Vec<&str> = options.iter().flat_map(|option| ["--opt", *option]).collect();
    let volume = rig.volume("cifs", &options).await;
    let mount = format!("{volume}:/data");
    let id = rig.container("create", "starts", &["--volume", &mount], &["agent", "hold"]).await;
    let tools = Tools::of(&rig).await;
    let acted = lifecycle::act(&tools.right, &id, &rig.name("starts"), Act::Start).await;
    let trouble = acted.outcome.expect_err("there is no such share");
    assert!(!trouble.to_string().contains("sesame"), "{trouble}");
    let log = std::fs::read_to_string(&tools.audit).expect("a log");
    assert!(log.contains("failed") && !log.contains("sesame"), "{log}");
}

pub(crate) async fn containers_are_taken_away_for_their_volumes(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mount = format!("{volume}:/data");
    let id = rig.holder("stays", &[&mount]).await;
    rig.container("run", "rm", &["--detach", "--rm", "--volume", &mount], &["agent", "hold"]).await;
    rig.container("create", "never", &["--volume", &mount], &["agent", "hold"]).await;
    let tools = Tools::of(&rig).await;
    let state = async || rig.docker(&["inspect", "--format", "{{.State.Status}}", &id]).await;
    for (act, after) in
        [(Act::Pause, "paused"), (Act::Unpause, "running"), (Act::Stop, "exited"), (Act::Start, "running")]
    {
        let acted = lifecycle::act(&tools.right, &id, &rig.name("stays"), act).await;
        acted.outcome.unwrap_or_else(|trouble| panic!("{}: {trouble}", act.name()));
        assert_eq!(state().await, after);
    }
    let inventory = tools.engine.list().await.expect("listed");
    let at = inventory.position(&volume).expect("it is there");
    let containers: Vec<_> = inventory.holders(at).cloned().collect();
    assert_eq!(containers.len(), 3);
    let cleared = lifecycle::clear(&tools.right, &Clearing::of(containers)).await;
    cleared.outcome.expect("all go");
    let after = tools.engine.list().await.expect("listed");
    assert_eq!(after.attachment_count(after.position(&volume).expect("the volume stays")), 0);
}

/// The name of the volume that nobody named of a container.
async fn unnamed(rig: &Rig, container: &str) -> String {
    let format = "{{range .Mounts}}{{if eq .Destination \"/own\"}}{{.Name}}{{end}}{{end}}";
    rig.docker(&["inspect", "--format", format, container]).await
}

pub(crate) async fn a_volume_that_goes_with_its_container_is_asked_for(rig: Rig) {
    let named = rig.volume("named", &[]).await;
    let mount = format!("{named}:/data");
    let options = ["--detach", "--rm", "--volume", &mount, "--volume", "/own"];
    let id = rig.container("run", "rm", &options, &["agent", "hold"]).await;
    let (name, anonymous) = (rig.name("rm"), unnamed(&rig, &id).await);
    let tools = Tools::of(&rig).await;
    let is_there = async |volume: &str| rig.try_docker(&["volume", "inspect", volume]).await.status.success();

    let refused = lifecycle::act(&tools.right, &id, &name, Act::Stop).await.outcome.expect_err("not agreed");
    assert!(refused.cause.contains(&anonymous) && !refused.cause.contains(&named), "{refused}");
    let listed = tools.engine.list().await.expect("listed");
    let at = listed.position(&anonymous).expect("it is there");
    let containers = vec![listed.container(&id).expect("it runs").clone()];
    let refused = lifecycle::clear(&tools.right, &Clearing::of(containers.clone())).await.outcome;
    assert!(refused.expect_err("not agreed").cause.contains(&anonymous));

    let seen = Seen { at: jiff::Timestamp::now(), is_watched: false, is_created_stable: false };
    let (engine, one) = (&tools.engine.info().id, std::slice::from_ref(&listed.volumes[at]));
    tools.history.decide_protection(engine, one, true, seen).expect("decided");
    let all = BTreeSet::from([anonymous.clone()]);
    let refused = lifecycle::stop_with(&tools.right, &id, &name, &all).await.outcome.expect_err("protected");
    assert!(refused.cause.contains("protected"), "{refused}");
    assert!(lifecycle::takes(&tools.right, &containers).await.is_err(), "not even asked for");
    let ran = rig.run(&["rm", "--yes", "--remove-containers", &named]).await;
    assert!(ran.code != 0 && ran.err.contains("protected"), "{ran:?}");
    assert_eq!(rig.docker(&["inspect", "--format", "{{.State.Running}}", &id]).await, "true");
    tools.history.decide_protection(engine, one, false, seen).expect("decided");

    let mut watcher = watcher(&rig);
    watcher.see("the first listing", |o| matches!(o, Observation::Listed { .. }).then_some(())).await;
    let ask = ChangeAsk::Act { id: id.clone(), name: name.clone(), act: Act::Stop };
    watcher.ask(Request::Change(ask)).await;
    let again = watcher
        .see("that it is asked first", |o| match changed(o)? {
            ChangeNews::TakesVolumes(ask) => Some(ask.clone()),
            _ => None,
        })
        .await;
    assert_eq!(again, ChangeAsk::StopWith { id: id.clone(), name: name.clone(), volumes: all });
    assert!(is_there(&anonymous).await, "nothing was done yet");
    watcher.ask(Request::Change(again)).await;
    let outcome = watcher
        .see("that it is stopped", |o| match changed(o)? {
            ChangeNews::Acted { outcome, .. } => Some(outcome.clone()),
            _ => None,
        })
        .await;
    outcome.expect("agreed to");
    crate::rig::until("the volume is gone", || async { (!is_there(&anonymous).await).then_some(()) }).await;
    assert!(is_there(&named).await, "what was named stays");
    let log = tools.log();
    let stop = log.iter().rfind(|line| line["action"] == "stop_container" && line["step"] == "intent");
    assert!(stop.expect("it is logged").to_string().contains(&anonymous), "with what goes: {log:?}");
}

pub(crate) async fn the_command_names_what_goes_with_containers(rig: Rig) {
    let named = rig.volume("named", &[]).await;
    let mount = format!("{named}:/data");
    let options = ["--detach", "--rm", "--volume", &mount, "--volume", "/own"];
    let id = rig.container("run", "rm", &options, &["agent", "hold"]).await;
    let anonymous = unnamed(&rig, &id).await;
    let ran = rig.run(&["rm", "--yes", "--remove-containers", &named]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains(&anonymous), "it says what goes, too: {ran:?}");
    let log = Tools::of(&rig).await.log();
    let failed = |line: &&serde_json::Value| line["result"] == "failed";
    assert_eq!(log.iter().find(failed), None, "what goes by itself did not fail");
    assert!(!log.iter().any(|line| line["action"] == "remove_container"), "nor was it removed by us");
}

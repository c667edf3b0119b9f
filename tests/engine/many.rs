//! Thousands of volumes, and an engine that restarts while they are removed: on engines of our own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;
use volx::domain::creation::NewVolume;
use volx::domain::removal::{Outcome, Skip};
use volx::engine::SharedEngine;
use volx::ops::remove::{News, remove};

use crate::private::Private;
use crate::removing::{Tools, has_intent};
use crate::rig::Rig;

pub(crate) async fn private() -> Private {
    tokio::task::spawn_blocking(Private::start).await.expect("no panic").expect("it starts")
}

async fn fill(engine: &SharedEngine, count: usize) -> Vec<String> {
    let changes = engine.changes().expect("it may be changed");
    let names: Vec<String> = (0..count).map(|n| format!("many-{n:04}")).collect();
    for name in &names {
        let wanted = NewVolume { name: name.clone(), ..NewVolume::default() };
        changes.make_volume(&wanted).await.expect("made");
    }
    names
}

pub(crate) async fn two_thousand_candidates_are_one_plan(rig: Rig) {
    let private = private().await;
    let host = private.host();
    let tools = Tools::at(&rig, &host).await;
    let names = fill(&tools.engine, 2_000).await;
    let ran = rig
        .run(&["--host", &host, "prune", "all", "--yes", "--no-undo", "--json", "--no-measure"])
        .await
        .json();
    assert_eq!(ran["freed"].as_array().map(Vec::len), Some(2_000), "all are removed");
    assert_eq!(ran["complete"], false, "what was not measured is not known to be free");
    assert!(tools.engine.list().await.expect("listed").volumes.is_empty());
    let log = tools.log();
    assert_eq!(log[0]["subject"].as_array().map(Vec::len), Some(2_000), "the plan is one line");
    assert!(has_intent(&log, &names[1_999]));
    tokio::task::spawn_blocking(move || drop(private)).await.expect("it ends");
}

pub(crate) async fn an_engine_that_restarts_in_the_middle_loses_nothing_untold(rig: Rig) {
    const MANY: usize = 150;
    let private = Arc::new(Mutex::new(private().await));
    let host = private.lock().expect("unbroken").host();
    let tools = Tools::at(&rig, &host).await;
    let names = fill(&tools.engine, MANY).await;
    let plan = tools.plan(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut restarting = None;
    let mut done = 0;
    let mut tell = |news: News| {
        done += usize::from(matches!(news, News::Done(_)));
        if done == 30 && restarting.is_none() {
            let private = Arc::clone(&private);
            restarting = Some(tokio::task::spawn_blocking(move || {
                private.lock().expect("unbroken").restart().expect("it comes back");
            }));
        }
    };
    let removal = remove(&tools.right, &plan, &CancellationToken::new(), &mut tell).await;
    restarting.expect("it was restarted").await.expect("it came back");
    assert!(removal.lost.is_some(), "it is told that the engine was lost: {:?}", removal.report.tally());
    let left: BTreeSet<String> =
        tools.engine.list().await.expect("listed").volumes.into_iter().map(|v| v.name).collect();
    assert_eq!(removal.report.done.len(), MANY, "every volume has its word");
    let mut unsure = 0;
    for done in &removal.report.done {
        match &done.outcome {
            Outcome::Freed(_) => assert!(!left.contains(&done.name), "'{}' is gone as told", done.name),
            Outcome::Skipped(Skip::Stopped) => assert!(left.contains(&done.name), "'{}' stays", done.name),
            Outcome::Failed(_) => unsure += 1,
            other @ Outcome::Skipped(_) => panic!("'{}': {other:?}", done.name),
        }
    }
    assert!(unsure <= 1, "at most the one whose turn it was: {unsure}");
    let log = tools.log();
    for name in names.iter().filter(|name| !left.contains(*name)) {
        assert!(has_intent(&log, name), "'{name}' is gone, and the log says who tried that");
    }
    tokio::task::spawn_blocking(move || drop(private)).await.expect("it ends");
}

//! Sizes while an engine is watched: the visible first, stopped when told, and not because of
//! themselves.

use std::time::Duration;

use futures_util::StreamExt;
use volx::access::helper::{Helper, Rights};
use volx::access::walk::Progress;
use volx::domain::access::Way;
use volx::domain::live::Observation;
use volx::ops::observe::Request;

use crate::helper::{helper_with, many, volumes};
use crate::rig::{Rig, until};
use crate::watcher::Watcher;

/// How many preferred ones there are, and how many others may slip in between: two are measured at
/// once.
const PREFERRED: usize = 5;
const BESIDE: usize = 2;

/// What of `names` was measured, in the order of the telling.
fn measured(watcher: &Watcher, names: &[String]) -> Vec<String> {
    let told = watcher.all().filter_map(|o| match o {
        Observation::Measured(sizes) => Some(sizes),
        _ => None,
    });
    told.flatten().map(|sized| sized.name.clone()).filter(|name| names.contains(name)).collect()
}

fn ended(observation: &Observation) -> Option<bool> {
    match observation {
        Observation::MeasureEnded(outcome) => Some(outcome.is_ok()),
        _ => None,
    }
}

async fn listed(watcher: &mut Watcher) {
    watcher.see("a listing", |o| matches!(o, Observation::Listed { .. }).then_some(())).await;
}

pub(crate) async fn what_is_preferred_is_measured_first(rig: Rig) {
    let names = many(&rig, 100).await;
    let seen: Vec<String> = names.iter().rev().take(PREFERRED).cloned().collect();
    let mut watcher = Watcher::forced(rig.target(), Way::Helper);
    listed(&mut watcher).await;
    watcher.ask(Request::Prefer(seen.clone())).await;
    watcher.ask(Request::Measure).await;
    assert!(watcher.see("the end of the measuring", ended).await, "it succeeds");
    let order = measured(&watcher, &names);
    assert_eq!(order.len(), names.len(), "all are measured");
    let first = &order[..PREFERRED + BESIDE];
    assert!(seen.iter().all(|name| first.contains(name)), "what the user sees comes first: {order:?}");
}

pub(crate) async fn it_stops_when_told_and_leaves_nothing(rig: Rig) {
    let names = many(&rig, 10).await;
    let wanted = volumes(&rig, &[&names[0]]).await;
    let mut watcher = Watcher::forced(rig.target(), Way::Helper);
    listed(&mut watcher).await;
    watcher.ask(Request::Prefer(names.clone())).await;
    watcher.ask(Request::Measure).await;
    let began = |o: &Observation| matches!(o, Observation::Measuring(far) if far.total >= 10).then_some(());
    watcher.see("the beginning", began).await;
    watcher.ask(Request::StopMeasuring).await;
    assert!(watcher.see("the end that was asked for", ended).await, "that is no failure");
    let (rig, wanted) = (&rig, &wanted);
    until("no helper is left", || async { helper_with(rig, &wanted[0]).await.is_none().then_some(()) }).await;
    let before = measured(&watcher, &names).len();
    tokio::time::sleep(Duration::from_secs(1)).await;
    watcher.mark();
    assert_eq!(measured(&watcher, &names).len(), before, "nothing is told afterwards");
    assert!(helper_with(rig, &wanted[0]).await.is_none(), "and nothing comes later");
    watcher.ask(Request::Measure).await;
    assert!(watcher.see("the end of the next one", ended).await, "it can be asked for again");
    assert_eq!(measured(&watcher, &names).len(), before + 10, "and does it all");
}

pub(crate) async fn its_own_mounts_are_no_news(rig: Rig) {
    let tmpfs = ["--opt", "type=tmpfs", "--opt", "device=tmpfs"];
    let (plain, mounted) = (rig.volume("plain", &[]).await, rig.volume("mounted", &tmpfs).await);
    let wanted = volumes(&rig, &[&plain, &mounted]).await;
    let engine = rig.engine().await;
    let mut watcher = Watcher::begun(rig.target(), None).await;
    let mut events = engine.events(None).await.expect("the engine tells");
    let helper = Helper::start(&engine, &wanted, Rights::Read).await.expect("a helper starts");
    let id = helper_with(&rig, &wanted[0]).await.expect("it runs")["Id"].as_str().expect("an id").to_owned();
    for root in [0, 1] {
        helper.scan(root, &Progress::default()).await.expect("measured");
    }
    drop(helper);
    let mut actions = Vec::new();
    let is_over = |actions: &[String]| actions.iter().any(|a| a == "destroy");
    // Its unmount may be told after its end.
    while let Ok(Some(event)) = {
        let wait = if is_over(&actions) { 1 } else { 30 };
        tokio::time::timeout(Duration::from_secs(wait), events.next()).await
    } {
        let event = event.expect("an event");
        if event.id == id || event.actor.as_ref() == Some(&id) || [&plain, &mounted].contains(&&event.name) {
            // Docker 20.10 tells a volume's making once more for each container that is made with it.
            let is_echo = event.name == mounted && event.action == "create";
            assert!(event.is_ours || is_echo, "it is known as our own doing: {event:?}");
            assert!(is_echo || !event.changes_inventory(), "and no reason to list again: {event:?}");
            actions.push(event.action);
        }
    }
    println!("measuring: a helper's own events: {}", actions.join(", "));
    assert!(is_over(&actions), "the engine told of its whole life: {actions:?}");
    watcher.mark();
    let told: Vec<_> = watcher
        .all()
        .filter_map(|o| match o {
            Observation::Happened(e) => Some(e),
            _ => None,
        })
        .filter(|e| e.id == id || e.actor.as_ref() == Some(&id) || e.name == mounted)
        .collect();
    assert!(told.is_empty(), "nothing of it is told: {told:?}");
}

//! The engine goes away and comes back.

use std::time::{Duration, Instant};

use volx::domain::live::Observation;
use volx::domain::trouble::Trouble;
use volx::ops::observe::Request;

use crate::proxy::Proxy;
use crate::rig::Rig;
use crate::watcher::{Watcher, status_in};

pub(crate) fn proxy(rig: &Rig) -> Proxy {
    Proxy::start(rig.home().join("engine.sock"), rig.ground.socket().expect("the engine is at a socket"))
}

fn unreachable(observation: &Observation) -> Option<&Trouble> {
    match observation {
        Observation::Unreachable { trouble, .. } => Some(trouble),
        _ => None,
    }
}

fn connected(observation: &Observation) -> Option<()> {
    matches!(observation, Observation::Connected(_)).then_some(())
}

pub(crate) async fn an_engine_that_goes_away_comes_back_by_itself(rig: Rig) {
    let mut proxy = proxy(&rig);
    let before = rig.volume("before", &[]).await;
    let mut watcher = Watcher::start(rig.target_at(&proxy.host()), None);
    watcher.see("the volume, through the proxy", |o| status_in(o, &before)).await;

    watcher.mark();
    proxy.cut().await;
    let cut = Instant::now();
    let limit = Duration::from_secs(2);
    let (trouble, told) = watcher.seen("that the engine is gone", limit, |o| unreachable(o).cloned()).await;
    println!("away: the loss was told {} ms after it", told.saturating_duration_since(cut).as_millis());
    assert!(trouble.cause.contains("broke off"), "the first loss names the broken answer: {trouble}");
    assert!(trouble.remedy.is_some(), "and what helps: {trouble}");
    let nobody = |o: &Observation| unreachable(o).filter(|t| t.cause.contains("cannot connect")).cloned();
    let trouble = watcher.see("that nobody listens at the socket", nobody).await;
    assert!(trouble.remedy.is_some_and(|r| r.contains("start the engine")), "what helps is named");
    proxy.remove();
    let missing =
        |o: &Observation| unreachable(o).filter(|t| t.cause.contains("there is no socket")).cloned();
    let trouble = watcher.see("that the socket is not there", missing).await;
    assert!(trouble.remedy.is_some_and(|r| r.contains("--host")), "what helps is named");

    let meanwhile = rig.volume("meanwhile", &[]).await;
    watcher.mark();
    proxy.mend();
    watcher.see("that the engine is back", connected).await;
    watcher.see("the volume made meanwhile", |o| status_in(o, &meanwhile)).await;
    watcher.see("the volume that was there before", |o| status_in(o, &before)).await;

    watcher.mark();
    let after = rig.volume("after", &[]).await;
    watcher.seen("a volume made afterwards", limit, |o| status_in(o, &after)).await;
    let twice = watcher.all().filter(|o| matches!(o, Observation::Happened(e) if e.name == before)).count();
    assert!(twice <= 1, "no event is told twice because the connection was made twice");
}

pub(crate) async fn a_wish_to_try_now_is_obeyed(rig: Rig) {
    let mut proxy = proxy(&rig);
    let mut watcher = Watcher::begun(rig.target_at(&proxy.host()), None).await;
    proxy.cut().await;
    // The waits double: by the fourth attempt it waits for seconds.
    let late =
        |o: &Observation| matches!(o, Observation::Connecting { attempt } if *attempt >= 4).then_some(());
    watcher.see("the fourth attempt", late).await;
    watcher.see("that it failed", |o| unreachable(o).map(|_| ())).await;
    watcher.mark();
    proxy.mend();
    let asked = Instant::now();
    watcher.ask(Request::Retry).await;
    let ((), told) = watcher.seen("the connection", Duration::from_secs(2), connected).await;
    println!("away: after a retry it took {} ms", told.saturating_duration_since(asked).as_millis());
}

//! The watcher: loses an engine and finds it again, asks little, and nothing twice at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tempfile::TempDir;
use volx::domain::live::Observation;
use volx::ops::observe::Request;

use super::fixtures;
use super::reach::Watcher;
use super::server::{Reply, Server};

fn start(n: usize) -> String {
    format!(
        r#"{{"Type":"container","Action":"start","Actor":{{"ID":"{n}","Attributes":{{"name":"c{n}"}}}},"timeNano":{}}}"#,
        1_795_241_138_294_439_087_u64 + n as u64
    ) + "\n"
}

fn at(socket: &Path) -> Server {
    Server::start_at(socket, |asked| fixtures::reply("d28", asked))
}

#[tokio::test]
async fn an_engine_that_dies_is_missed_and_found_again() {
    let dir = TempDir::new().expect("a folder");
    let socket = dir.path().join("engine.sock");
    let server = at(&socket);
    let mut watcher = Watcher::start(&socket, true);
    assert_eq!(watcher.until_listed().await.len(), 7);
    drop(server);
    let (trouble, retry_at) = watcher
        .until("the loss", |news| match news {
            Observation::Unreachable { trouble, retry_at, .. } => Some((trouble.clone(), *retry_at)),
            Observation::Listed { inventory, .. } if inventory.volumes.is_empty() => {
                panic!("a loss is no empty list")
            }
            _ => None,
        })
        .await;
    assert!(trouble.cause.contains("broke off") && trouble.remedy.is_some(), "{trouble}");
    assert!(retry_at > Timestamp::now() - jiff::SignedDuration::from_secs(2), "says when it tries again");
    let (tried, trouble) = watcher
        .until("another attempt", |news| match news {
            Observation::Unreachable { tried, trouble, .. } => Some((tried.clone(), trouble.clone())),
            _ => None,
        })
        .await;
    assert_eq!(tried.len(), 1, "{tried:?}");
    assert!(tried[0].contains(&socket.display().to_string()), "{tried:?}");
    assert!(trouble.cause.contains("there is no socket"), "{trouble}");
    let _server = at(&socket);
    watcher.until("the engine", |news| matches!(news, Observation::Connected(_)).then_some(())).await;
    assert_eq!(watcher.until_listed().await.len(), 7, "by itself");
}

#[tokio::test]
async fn a_retry_need_not_be_waited_for() {
    let dir = TempDir::new().expect("a folder");
    let socket = dir.path().join("engine.sock");
    let mut watcher = Watcher::start(&socket, false);
    // The third wait is two seconds long.
    for _ in 0..3 {
        watcher
            .until("a failure", |news| matches!(news, Observation::Unreachable { .. }).then_some(()))
            .await;
    }
    let _server = at(&socket);
    let asked = Instant::now();
    watcher.requests.send(Request::Retry).await.expect("it listens");
    watcher.until_listed().await;
    assert!(asked.elapsed() < Duration::from_millis(1500), "at once, not after {:?}", asked.elapsed());
}

#[tokio::test]
async fn what_cannot_be_done_without_an_engine_is_said() {
    let dir = TempDir::new().expect("a folder");
    let mut watcher = Watcher::start(&dir.path().join("engine.sock"), false);
    watcher.until("a failure", |news| matches!(news, Observation::Unreachable { .. }).then_some(())).await;
    watcher.requests.send(Request::Inspect("v".to_owned())).await.expect("it listens");
    watcher.requests.send(Request::Measure).await.expect("it listens");
    watcher
        .until("no description", |news| {
            matches!(news, Observation::Inspected(name, Err(_)) if name == "v").then_some(())
        })
        .await;
    watcher.until("no sizes", |news| matches!(news, Observation::MeasureEnded(Err(_))).then_some(())).await;
    watcher.requests.send(Request::Demo).await.expect("it listens");
    assert!(!watcher.until_listed().await.is_empty(), "the demo is always there");
}

#[tokio::test]
async fn a_listing_that_fails_is_said_and_tried_again() {
    let is_broken = Arc::new(AtomicBool::new(true));
    let broken = Arc::clone(&is_broken);
    let server = fixtures::but(move |asked| {
        (asked.route == "/volumes" && broken.load(Ordering::SeqCst))
            .then(|| Reply::status(500, r#"{"message":"the store is locked"}"#))
    });
    let mut watcher = Watcher::start(&server.socket, false);
    let trouble = watcher
        .until("a failed listing", |news| match news {
            Observation::ListFailed(trouble) => Some(trouble.clone()),
            Observation::Listed { .. } => panic!("an error is no list"),
            Observation::Unreachable { trouble, .. } => panic!("it is there: {trouble}"),
            _ => None,
        })
        .await;
    assert!(trouble.cause.contains("the store is locked"), "{trouble}");
    is_broken.store(false, Ordering::SeqCst);
    assert_eq!(watcher.until_listed().await.len(), 7, "by itself");
    assert_eq!(server.times("/version"), 1, "over the same connection");
}

#[tokio::test]
async fn a_stream_that_sends_garbage_is_opened_again() {
    let streams = AtomicUsize::new(0);
    let server = fixtures::but(move |asked| {
        let is_first = asked.route == "/events" && streams.fetch_add(1, Ordering::SeqCst) == 0;
        is_first.then(|| Reply::Events(format!("{}garbage\n", start(1)).into_bytes()))
    });
    let mut watcher = Watcher::start(&server.socket, false);
    let trouble = watcher
        .until("the loss", |news| match news {
            Observation::Unreachable { trouble, .. } => Some(trouble.clone()),
            _ => None,
        })
        .await;
    assert!(trouble.cause.contains("/events cannot be understood"), "{trouble}");
    assert_eq!(watcher.until_listed().await.len(), 7);
    let asked = server.asked();
    let again = asked.iter().rev().find(|a| a.route == "/events").expect("a second stream");
    assert!(again.query.contains("since=1795241138.294439088"), "from the last event on: {}", again.query);
}

#[tokio::test]
async fn an_engine_that_is_lost_again_and_again_is_given_time() {
    let server = fixtures::engine("d28");
    let mut watcher = Watcher::start(&server.socket, false);
    let mut waits = Vec::new();
    for _ in 0..3 {
        watcher.until_listed().await;
        server.send("garbage\n");
        watcher.until("the loss", |news| matches!(news, Observation::Unreachable { .. }).then_some(())).await;
        let lost = Instant::now();
        watcher.until("the engine", |news| matches!(news, Observation::Connected(_)).then_some(())).await;
        waits.push(lost.elapsed());
    }
    assert!(waits[2] > Duration::from_millis(1500), "it waits longer each time: {waits:?}");
}

#[tokio::test]
async fn the_last_event_does_not_come_twice() {
    let server = fixtures::but(|asked| {
        let again = asked.query.contains("since=");
        (asked.route == "/events").then(|| {
            Reply::Events(if again { start(1) + &start(2) } else { start(1) + "garbage\n" }.into_bytes())
        })
    });
    let mut watcher = Watcher::start(&server.socket, false);
    let mut names = Vec::new();
    watcher
        .until("the second event", |news| {
            if let Observation::Happened(event) = news {
                names.push(event.name.clone());
            }
            (names.last().map(String::as_str) == Some("c2")).then_some(())
        })
        .await;
    assert_eq!(names, ["c1", "c2"], "`since` is inclusive");
}

#[tokio::test]
async fn a_burst_of_events_is_listed_once_or_twice() {
    const BURST: usize = 1000;
    // Each answer takes a while, as it does on an engine that starts a thousand containers.
    let slow = |asked: &super::server::Asked| {
        Reply::Late(Duration::from_millis(40), Box::new(fixtures::reply("d28", asked)))
    };
    let server = fixtures::but(move |asked| {
        matches!(asked.route.as_str(), "/volumes" | "/containers/json" | "/system/df").then(|| slow(asked))
    });
    let mut watcher = Watcher::start(&server.socket, true);
    watcher.until_listed().await;
    let before = server.times("/volumes");
    for n in 0..BURST {
        server.send(start(n));
        if n % 100 == 99 {
            // A burst has a length.
            tokio::time::sleep(Duration::from_millis(10)).await;
            let _ = watcher.requests.send(Request::Measure).await;
        }
    }
    let mut seen = 0;
    watcher
        .until("every event", |news| {
            seen += usize::from(matches!(news, Observation::Happened(_)));
            (seen == BURST).then_some(())
        })
        .await;
    watcher.until_listed().await;
    watcher.until("the sizes", |news| matches!(news, Observation::MeasureEnded(_)).then_some(())).await;
    let lists = server.times("/volumes") - before;
    assert!((1..=10).contains(&lists), "{lists} listings for {BURST} events");
    for route in ["/volumes", "/containers/json", "/system/df"] {
        assert_eq!(server.most_at_once(route), 1, "{route} is never asked twice at once");
    }
}

#[tokio::test]
async fn when_nothing_happens_nothing_is_asked() {
    let server = fixtures::engine("d28");
    let mut watcher = Watcher::start(&server.socket, true);
    watcher.until("the end", |news| matches!(news, Observation::MeasureEnded(Ok(()))).then_some(())).await;
    let before = server.asked().len();
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(590)).await;
    tokio::time::resume();
    assert_eq!(server.asked().len(), before, "ten minutes of peace: {:?}", &server.asked()[before..]);
    assert!(watcher.waiting().is_empty(), "and no news");
    server.send(start(1));
    watcher.until_listed().await;
}

#[tokio::test]
async fn events_that_change_nothing_ask_for_nothing() {
    let server = fixtures::engine("d28");
    let mut watcher = Watcher::start(&server.socket, false);
    watcher.until_listed().await;
    let before = server.asked().len();
    let quiet = |action: &str| start(1).replace("\"start\"", &format!("\"{action}\""));
    for action in
        ["exec_create: sh", "exec_start: sh", "health_status: healthy", "archive-path", "top", "attach"]
    {
        server.send(quiet(action));
    }
    let mut seen = 0;
    watcher
        .until("the events", |news| {
            seen += usize::from(matches!(news, Observation::Happened(_)));
            (seen == 6).then_some(())
        })
        .await;
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(server.asked().len(), before, "{:?}", &server.asked()[before..]);
}

#[tokio::test]
async fn what_our_own_helpers_do_is_no_news() {
    let server = fixtures::engine("d28");
    let mut watcher = Watcher::start(&server.socket, false);
    watcher.until_listed().await;
    let before = server.asked().len();
    let helper = |action: &str| {
        start(1)
            .replace("\"start\"", &format!("\"{action}\""))
            .replace("\"name\":\"c1\"", "\"name\":\"h\",\"volx.helper\":\"1\"")
    };
    for action in ["create", "start", "die", "destroy"] {
        server.send(helper(action));
    }
    // The stream is in order: when this one is seen, the helper's have been.
    server.send(start(2).replace("\"start\"", "\"top\""));
    let first = watcher
        .until("an event", |news| match news {
            Observation::Happened(event) => Some(event.name.clone()),
            _ => None,
        })
        .await;
    assert_eq!(first, "c2", "a helper's events are not told");
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(server.asked().len(), before, "and list nothing: {:?}", &server.asked()[before..]);
}

#[tokio::test]
async fn a_silent_engine_is_found_out_by_its_pulse() {
    let server = fixtures::but(|asked| (asked.route == "/_ping").then_some(Reply::Raw(Vec::new())));
    let mut watcher = Watcher::start(&server.socket, false);
    watcher.until_listed().await;
    watcher.requests.send(Request::Pulse).await.expect("it listens");
    watcher.until("the loss", |news| matches!(news, Observation::Unreachable { .. }).then_some(())).await;
}

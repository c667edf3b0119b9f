//! The recorded event streams in one wording, and what comes over a stream that misbehaves.

use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use rstest::rstest;
use volx::domain::event::{EngineEvent, Subject};
use volx::engine::{Engine, Error, Result};

use super::server::Reply;
use super::{fixtures, reach};

/// The events of a stream that begins with these bytes, `count` of them.
async fn events(bytes: impl Into<Vec<u8>>, count: usize) -> Vec<Result<EngineEvent>> {
    let bytes = bytes.into();
    let server = fixtures::but(move |asked| (asked.route == "/events").then(|| Reply::Events(bytes.clone())));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let events = docker.events(None).await.expect("a stream");
    tokio::time::timeout(Duration::from_secs(10), events.take(count).collect()).await.expect("events in time")
}

#[rstest]
#[tokio::test]
async fn one_wording_for_every_engine(
    #[values("d20", "d26", "d28", "d28c", "d29", "p43", "p54", "p58")] engine: &'static str,
) {
    let recorded = fixtures::text(engine, "events.ndjson");
    let count = recorded.lines().filter(|l| !l.is_empty()).count();
    let events: Vec<EngineEvent> =
        events(recorded, count).await.into_iter().map(|e| e.expect("an event")).collect();
    assert_eq!(events.len(), count, "none is lost");
    for event in &events {
        let expected = if event.subject == Subject::Volume { "fx-ev" } else { "fx-evc" };
        assert_eq!(event.name, expected, "{event:?}");
        assert!(!event.id.is_empty() && !event.is_ours, "{event:?}");
        assert_ne!(event.action, "remove", "Podman's word for destroy");
        assert!(event.at.as_second() > 1_795_241_000, "{event:?}");
    }
    let actions = |subject: Subject| -> Vec<&str> {
        events.iter().filter(|e| e.subject == subject).map(|e| e.action.as_str()).collect()
    };
    let volume: Vec<&str> =
        actions(Subject::Volume).into_iter().filter(|a| !matches!(*a, "mount" | "unmount")).collect();
    // Docker 20.10 says "create" twice when a container is made with it.
    let expected =
        if engine == "d20" { vec!["create", "create", "destroy"] } else { vec!["create", "destroy"] };
    assert_eq!(volume, expected);
    let container = actions(Subject::Container);
    for action in ["create", "start", "die", "destroy"] {
        assert_eq!(container.iter().filter(|a| **a == action).count(), 1, "{action} in {container:?}");
    }
    let die = events.iter().find(|e| e.action == "die").expect("a die");
    assert_eq!(die.exit_code, Some(137));
    assert!(die.actor.as_deref().is_some_and(|image| image.contains("fx-bb")), "{die:?}");
    assert!(
        events
            .iter()
            .filter(|e| e.action == "create" || e.action == "destroy")
            .all(EngineEvent::changes_inventory)
    );
    assert!(events.iter().filter(|e| e.action == "mount").all(|e| !e.changes_inventory()));
}

fn container(id: &str, action: &str, labels: &str) -> String {
    format!(
        r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"{id}","Attributes":{{"name":"n-{id}","image":"i"{labels}}}}},"timeNano":1795241138294439087}}"#
    ) + "\n"
}

fn mount(action: &str, container: &str) -> String {
    format!(
        r#"{{"Type":"volume","Action":"{action}","Actor":{{"ID":"v","Attributes":{{"container":"{container}","driver":"local"}}}},"timeNano":1795241138294439087}}"#
    ) + "\n"
}

#[tokio::test]
async fn what_our_own_helpers_cause_is_marked() {
    let stream = [
        container("a1", "create", r#","volx.helper":"1""#),
        mount("mount", "a1"),
        container("b2", "create", ""),
        mount("mount", "b2"),
        container("a1", "destroy", ""),
        mount("unmount", "a1"),
    ]
    .concat();
    let events: Vec<EngineEvent> =
        events(stream, 6).await.into_iter().map(|e| e.expect("an event")).collect();
    let ours: Vec<bool> = events.iter().map(|e| e.is_ours).collect();
    assert_eq!(ours, [true, true, false, false, true, true]);
    assert!(events.iter().filter(|e| e.is_ours).all(|e| !e.changes_inventory() && !e.is_news()));
}

#[tokio::test]
async fn events_of_other_kinds_are_passed_over() {
    let pod = r#"{"Type":"pod","Action":"create","Actor":{"ID":"p","Attributes":{}},"timeNano":1795241138294439087}"#;
    let bare = r#"{"Type":"volume","Action":"prune","Actor":{"ID":"","Attributes":null},"time":1795241138}"#;
    let stream = format!("{pod}\n\r\n{bare}\n{}", container("b2", "start", ""));
    let events: Vec<EngineEvent> =
        events(stream, 2).await.into_iter().map(|e| e.expect("an event")).collect();
    assert_eq!((events[0].action.as_str(), events[0].subject), ("prune", Subject::Volume));
    assert_eq!(events[0].at, Timestamp::from_second(1_795_241_138).expect("a time"), "seconds will do");
    assert_eq!(events[1].name, "n-b2");
}

#[tokio::test]
async fn an_event_in_pieces_is_one_event() {
    let server = fixtures::engine("d28");
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let mut events = docker.events(None).await.expect("a stream");
    server.until_asked("/events", 1).await;
    let line = container("b2", "start", r#","note":"é""#);
    let letter = line.find('é').expect("a letter");
    for piece in [&line.as_bytes()[..9], &line.as_bytes()[9..=letter], &line.as_bytes()[letter + 1..]] {
        server.send(piece);
        tokio::task::yield_now().await;
    }
    let event = events.next().await.expect("one").expect("an event");
    assert_eq!(event.action, "start");
}

#[tokio::test]
async fn since_is_asked_to_the_nanosecond() {
    let server = fixtures::engine("d28");
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let since = Timestamp::from_nanosecond(1_795_241_138_000_000_007).expect("a time");
    drop(docker.events(Some(since)).await.expect("a stream"));
    let query = server.asked().pop().expect("a question").query;
    assert!(query.ends_with("&since=1795241138.000000007"), "{query}");
}

#[rstest]
#[case::words(b"not json at all\n".to_vec())]
#[case::bytes(b"\xff\xfe\x00\n".to_vec())]
#[case::endless(vec![b'x'; (1 << 20) + 1])]
#[tokio::test]
async fn garbage_ends_the_stream_with_its_reason(#[case] garbage: Vec<u8>) {
    let stream = [container("b2", "start", "").into_bytes(), garbage].concat();
    let events = events(stream, 5).await;
    assert_eq!(events.len(), 2, "one event, one error, the end");
    assert!(events[0].is_ok(), "what was whole before it counts");
    assert!(matches!(&events[1], Err(Error::Garbage { .. })), "{:?}", events[1]);
}

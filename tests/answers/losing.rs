//! An engine that was reached and then fails: no listing is ever a part of one.

use rstest::rstest;
use volx::engine::{Engine, Error};

use super::server::Reply;
use super::{fixtures, reach};

/// How listing fails when `route` answers this.
async fn listing(route: &'static str, reply: Reply) -> Error {
    let server = fixtures::but(move |asked| (asked.route == route).then(|| reply.clone()));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.list().await.expect_err("no listing");
    let trouble = error.trouble("the volumes cannot be listed");
    assert!(!trouble.cause.is_empty() && trouble.remedy.is_some(), "{trouble}");
    error
}

/// A head that promises `length` bytes and a body that keeps less.
fn short_of(length: usize, body: &str) -> Reply {
    Reply::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
}

#[rstest]
#[tokio::test]
async fn half_an_answer_is_none(
    #[values("/volumes", "/containers/json")] route: &'static str,
    #[values(r#"{"Volumes":[{"Name":"a","Driver":"local"#, r#"{"Volumes":[],"Warnings":null}"#, "[]", "")]
    body: &str,
) {
    // A body that looks whole is none when more was promised.
    let error = listing(route, short_of(4096, body)).await;
    assert!(matches!(error, Error::CutShort { .. }), "{error:?}");
    assert!(error.is_unreachable(), "the connection is looked at again");
}

#[rstest]
#[tokio::test]
async fn a_chunked_answer_that_breaks_off_is_none(
    #[values("/volumes", "/containers/json")] route: &'static str,
) {
    let body = if route == "/volumes" { r#"{"Volumes":[]}"# } else { "[]" };
    let raw = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len());
    let error = listing(route, Reply::Raw(raw.into_bytes())).await;
    assert!(matches!(error, Error::CutShort { .. }), "{error:?}");
}

#[rstest]
#[tokio::test]
async fn garbage_is_no_list(
    #[values("/volumes", "/containers/json")] route: &'static str,
    #[values("<html>", "", "null", "7", "{\"Volumes\":{}}", "{\"message\":\"ok\"}", "{}")] body: &'static str,
) {
    let error = listing(route, Reply::json(body)).await;
    assert!(matches!(&error, Error::Garbage { request, .. } if request.starts_with(route)), "{error:?}");
    assert!(!error.is_unreachable(), "the engine is there");
}

#[rstest]
#[tokio::test]
async fn an_error_of_the_engine_is_told_in_its_words(
    #[values("/volumes", "/containers/json")] route: &'static str,
) {
    let error = listing(route, Reply::status(500, r#"{"message":"the store is locked"}"#)).await;
    assert!(
        matches!(&error, Error::Refused { status: 500, message, .. } if message == "the store is locked"),
        "{error:?}"
    );
    assert!(error.to_string().contains("the store is locked"), "{error}");
}

#[rstest]
#[tokio::test]
async fn an_engine_that_dies_meanwhile(#[values("/volumes", "/containers/json")] route: &'static str) {
    let error = listing(route, Reply::Raw(Vec::new())).await;
    assert!(matches!(error, Error::CutShort { .. }), "{error:?}");
    assert!(error.is_unreachable());
}

#[rstest]
#[tokio::test]
async fn an_engine_that_falls_silent_meanwhile(
    #[values("/volumes", "/containers/json")] route: &'static str,
) {
    let server = fixtures::but(move |asked| (asked.route == route).then_some(Reply::Silence));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let asking = tokio::spawn(async move { docker.list().await });
    server.until_asked("/volumes", 1).await;
    server.until_asked("/containers/json", 1).await;
    tokio::time::pause();
    let error = asking.await.expect("an answer").expect_err("silence");
    assert!(
        matches!(&error, Error::Silent { request, seconds: 60 } if request.starts_with(route)),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_inspect_that_fails_says_why() {
    let server = fixtures::but(|asked| match asked.route.as_str() {
        "/volumes/broken" => Some(Reply::status(500, r#"{"message":"plugin is dead"}"#)),
        "/volumes/page" => Some(Reply::json("<html>")),
        _ => None,
    });
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let missing = docker.inspect_volume("fx-missing").await.expect_err("missing");
    assert!(
        matches!(&missing, Error::NotFound { message } if message == "get fx-missing: no such volume"),
        "{missing:?}"
    );
    let broken = docker.inspect_volume("broken").await.expect_err("broken");
    assert!(matches!(broken, Error::Refused { status: 500, .. }), "{broken:?}");
    let page = docker.inspect_volume("page").await.expect_err("a page");
    assert!(matches!(page, Error::Garbage { .. }), "{page:?}");
}

#[rstest]
#[case::d20("d20", "get fx-missing: no such volume")]
#[case::d29("d29", "get fx-missing: no such volume")]
#[case::p43("p43", "volume with name fx-missing not found: no such volume")]
#[case::p58("p58", "no such volume")]
#[tokio::test]
async fn a_missing_volume_in_each_engine_s_words(#[case] engine: &'static str, #[case] words: &str) {
    let server = fixtures::engine(engine);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.inspect_volume("fx-missing").await.expect_err("missing");
    assert!(matches!(&error, Error::NotFound { message } if message == words), "{error:?}");
}

#[rstest]
#[tokio::test]
async fn an_event_stream_that_is_refused_or_cut(#[values(true, false)] is_refused: bool) {
    let server = fixtures::but(move |asked| {
        let reply = if is_refused {
            Reply::status(500, r#"{"message":"no events"}"#)
        } else {
            Reply::Raw(Vec::new())
        };
        (asked.route == "/events").then_some(reply)
    });
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.events(None).await.err().expect("no stream");
    let is_right = if is_refused {
        matches!(error, Error::Refused { status: 500, .. })
    } else {
        matches!(error, Error::CutShort { .. })
    };
    assert!(is_right, "{error:?}");
}

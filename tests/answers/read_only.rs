//! Where volx was told to change nothing the transport itself refuses to, whoever asks it.

use bollard::body_full;
use hyper::Request;
use rstest::rstest;
use volx::engine::connect::{Choice, Target, connect};
use volx::engine::transport::{Address, Transport};
use volx::engine::{Engine, Error};

use super::{fixtures, reach};

#[rstest]
#[case("POST", "/volumes/create")]
#[case("POST", "/v1.41/containers/abc/stop")]
#[case("DELETE", "/volumes/data")]
#[case("PUT", "/containers/abc/archive?path=/")]
#[case("PATCH", "/volumes/data")]
#[tokio::test]
async fn nothing_but_questions_leaves(#[case] method: &str, #[case] path: &str) {
    let server = fixtures::engine("d28");
    let request =
        || Request::builder().method(method).uri(path).body(body_full("".into())).expect("a request");
    let transport = Transport::new(Address::Unix(server.socket.clone()), true);
    let error = transport.send(request()).await.expect_err("refused");
    assert!(
        matches!(&error, Error::ReadOnly { request } if request == &format!("{method} {path}")),
        "{error:?}"
    );
    let trouble = error.trouble("nothing was changed");
    assert!(trouble.cause.contains("read-only") && trouble.remedy.expect("a remedy").contains("--read-only"));
    assert_eq!(server.asked(), [], "not a byte was sent");
    // The same request goes out where it may.
    let transport = Transport::new(Address::Unix(server.socket.clone()), false);
    let _ = transport.send(request()).await.expect("sent");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_read_only_engine_lists_and_has_nobody_to_change_it() {
    let server = fixtures::engine("d28");
    let target = Target {
        choice: Choice { is_read_only: true, ..reach::target(&server.socket).choice },
        environment: reach::target(&server.socket).environment,
    };
    let engine = connect(&target).await.expect("reached");
    assert!(engine.info().is_read_only);
    assert!(engine.changes().is_none() && engine.containers().is_none());
    let read_only = engine.list().await.expect("listed");
    let other = reach::docker(&server.socket).await.expect("reached").list().await.expect("listed");
    assert_eq!(read_only, other, "it sees what everybody sees");
    assert!(!read_only.volumes.is_empty());
}

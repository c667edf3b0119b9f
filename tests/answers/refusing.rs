//! What answers is no engine, or nothing answers: each has its own name, cause and remedy.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rstest::rstest;
use tempfile::TempDir;
use volx::engine::{Error, peer};

use super::server::{Reply, Server};
use super::{fixtures, reach};

/// Why the engine at this socket cannot be reached; checks what holds for every reason.
async fn why(socket: &Path) -> Error {
    let unreached = reach::chosen(socket).await.err().expect("there is no engine");
    assert_eq!(unreached.tried.len(), 1, "what was chosen is not widened: {:?}", unreached.tried);
    assert!(unreached.tried[0].contains(&socket.display().to_string()), "{:?}", unreached.tried);
    assert!(unreached.tried[0].contains("--host"), "says what chose it: {:?}", unreached.tried);
    let trouble = unreached.error.trouble("the engine cannot be reached");
    assert!(!trouble.cause.is_empty() && trouble.remedy.is_some(), "{trouble}");
    unreached.error
}

#[tokio::test]
async fn no_socket() {
    let dir = TempDir::new().expect("a folder");
    let socket = dir.path().join("none.sock");
    let error = why(&socket).await;
    assert!(matches!(&error, Error::NoSocket { path } if *path == socket), "{error:?}");
    assert!(error.remedy().expect("a remedy").contains("systemctl start docker"));
}

#[tokio::test]
async fn a_socket_that_nobody_listens_on() {
    let dir = TempDir::new().expect("a folder");
    let socket = dir.path().join("left.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a socket"));
    let error = why(&socket).await;
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("cannot connect to"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_socket() {
    let dir = TempDir::new().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "text").expect("a file");
    let error = why(&file).await;
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_socket_without_permission() {
    let dir = TempDir::new().expect("a folder");
    let shut = dir.path().join("shut");
    std::fs::create_dir(&shut).expect("a folder");
    let socket = shut.join("engine.sock");
    let _server = Server::start_at(&socket, |asked| fixtures::reply("d28", asked));
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o000)).expect("a mode");
    // Root may enter it all the same; then there is nothing to see here.
    let is_barred = std::fs::metadata(&socket).is_err();
    if is_barred {
        let error = why(&socket).await;
        assert!(matches!(error, Error::Permission { .. }), "{error:?}");
    }
    std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o700)).expect("a mode");
}

#[test]
fn the_group_that_may_open_a_socket_is_named() {
    let dir = TempDir::new().expect("a folder");
    let socket = dir.path().join("engine.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let mode =
        |mode| std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(mode)).expect("a mode");
    // Nobody is told to join root's group; root can give the socket another one.
    let daemon = 1;
    let is_given = std::os::unix::fs::chown(&socket, None, Some(daemon)).is_ok();
    mode(0o660);
    if !is_given && std::fs::metadata(&socket).expect("there").gid() == 0 {
        return;
    }
    let (group, _) = peer::socket_group(&socket);
    let group = group.expect("a group");
    let remedy = Error::Permission { path: socket.clone(), group: Some(group.clone()), is_new_member: false };
    assert!(remedy.remedy().expect("a remedy").contains(&format!("usermod -aG {group} ")), "{remedy:?}");
    mode(0o600);
    assert_eq!(peer::socket_group(&socket), (None, false), "the group may not write");
    assert_eq!(peer::socket_group(&dir.path().join("none")), (None, false));
}

#[rstest]
#[case::ssh(Reply::Raw(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".to_vec()))]
#[case::noise(Reply::Raw(b"\x00\x01\x02\xff\xfe".to_vec()))]
#[case::page(Reply::Answer { status: 200, kind: "text/html", body: b"<html><body>It works!</body></html>".to_vec() })]
#[case::missing(Reply::Answer { status: 404, kind: "text/html", body: b"<h1>Not Found</h1>".to_vec() })]
#[case::missing_json(Reply::status(404, r#"{"message":"page not found"}"#))]
#[case::garbage(Reply::json("\"garbage\""))]
#[case::half_json(Reply::json("{\"ApiVersion\":"))]
#[case::no_version(Reply::json("{}"))]
#[tokio::test]
async fn a_socket_that_is_no_engine_s(#[case] reply: Reply) {
    let server = Server::start(move |_| reply.clone());
    let error = why(&server.socket).await;
    assert!(matches!(error, Error::NotAnEngine { .. }), "{error:?}");
    assert!(error.to_string().contains("does not speak the Docker API"), "{error}");
    assert_eq!(server.asked().len(), 1, "one question is enough");
}

#[tokio::test]
async fn somebody_hangs_up_at_once() {
    let server = Server::start(|_| Reply::Raw(Vec::new()));
    let error = why(&server.socket).await;
    assert!(matches!(error, Error::CutShort { .. }), "{error:?}");
}

#[tokio::test]
async fn somebody_listens_and_says_nothing() {
    let server = Server::start(|_| Reply::Silence);
    let socket = server.socket.clone();
    let asking = tokio::spawn(async move { why(&socket).await });
    server.until_asked("/version", 1).await;
    // From here on only the clock can help.
    tokio::time::pause();
    let error = asking.await.expect("an answer");
    assert!(matches!(&error, Error::Silent { request, seconds: 10 } if request == "/version"), "{error:?}");
}

#[tokio::test]
async fn the_engine_refuses_to_say_its_version() {
    let server = Server::start(|_| Reply::status(503, r#"{"message":"starting up"}"#));
    let error = why(&server.socket).await;
    assert!(
        matches!(&error, Error::Refused { status: 503, message, .. } if message == "starting up"),
        "{error:?}"
    );
}

#[rstest]
#[case::newer("1.99", "1.90", "up to 1.55")]
#[case::odd_numbers("2.10", "2.0", "up to 1.55")]
#[tokio::test]
async fn an_engine_of_another_age(#[case] max: &'static str, #[case] min: &'static str, #[case] words: &str) {
    let server = Server::start(move |_| {
        Reply::json(format!(r#"{{"Version":"99","ApiVersion":"{max}","MinAPIVersion":"{min}"}}"#))
    });
    let error = why(&server.socket).await;
    assert!(matches!(error, Error::VersionGap { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(min) && text.contains(max) && text.contains(words), "{text}");
}

#[rstest]
#[case::as_json("version-too-new.json", "too new")]
#[case::as_text("version-too-old.json", "too old")]
#[tokio::test]
async fn a_version_that_is_refused_after_all(#[case] file: &'static str, #[case] words: &str) {
    let server =
        fixtures::but(move |asked| (asked.route == "/volumes").then(|| fixtures::refusal("d28", file)));
    let engine = reach::chosen(&server.socket).await.expect("an engine");
    let error = engine.list().await.expect_err("refused");
    assert!(
        matches!(&error, Error::Refused { status: 400, message, .. } if message.contains(words)),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_engine_that_answers_slowly_is_an_engine() {
    let server = Server::start(|asked| {
        Reply::Late(Duration::from_millis(300), Box::new(fixtures::reply("d28", asked)))
    });
    assert!(reach::chosen(&server.socket).await.is_ok());
}

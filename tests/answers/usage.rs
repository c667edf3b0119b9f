//! Disk usage in both of its shapes, and waiting for one's turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rstest::rstest;
use volx::domain::usage::Unknown;
use volx::engine::{Engine, Error};
use volx::ops::measure;

use super::server::{Reply, Server};
use super::{fixtures, reach};

#[rstest]
#[case::d20("d20", "")]
#[case::d26("d26", "type=volume")]
#[case::d28("d28", "type=volume")]
#[case::d28c("d28c", "type=volume")]
#[case::d29("d29", "type=volume&verbose=1")]
#[case::p43("p43", "")]
#[case::p54("p54", "")]
#[case::p58("p58", "")]
#[tokio::test]
async fn sizes_are_told_and_unknown_is_never_zero(#[case] engine: &'static str, #[case] query: &str) {
    let server = fixtures::engine(engine);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let inventory = docker.list().await.expect("a listing");
    let usage = docker.disk_usage().await.expect("a usage");
    let asked = server.asked();
    assert_eq!(asked.last().map(|a| a.query.as_str()), Some(query), "asked as this engine can be");
    let of = |name: &str| {
        let at = inventory.position(name).unwrap_or_else(|| panic!("{name} is not listed"));
        usage.of(&inventory.volumes[at])
    };
    assert_eq!(of("fx-shop_db"), Ok(1000));
    // Podman 4.3 counts the hard link twice; what the engine said is what is shown.
    assert_eq!(of("fx-files"), Ok(if engine == "p43" { 6_291_456 } else { 3_145_728 }));
    for name in ["fx-nfs", "fx-cifs", "fx-tmpfs", "fx-bind"] {
        assert_eq!(of(name), Err(Unknown::HasOptions), "{name} was not measured");
    }
    let anonymous = inventory.volumes.iter().find(|v| v.is_anonymous()).expect("the anonymous one");
    assert_eq!(usage.of(anonymous), Ok(2));
}

#[rstest]
#[case::whole("system-df.json")]
#[case::by_type("system-df-volume.json")]
#[case::verbose("system-df-verbose.json")]
#[tokio::test]
async fn docker_29_says_the_same_in_each_of_its_shapes(#[case] file: &'static str) {
    let server = Server::start(move |asked| match asked.route.as_str() {
        "/system/df" => Reply::json(fixtures::text("d29", file)),
        _ => fixtures::reply("d29", asked),
    });
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let usage = docker.disk_usage().await.expect("a usage");
    assert_eq!(usage.sizes.get("fx-shop_db"), Some(&Some(1000)));
    assert_eq!(usage.sizes.get("fx-files"), Some(&Some(3_145_728)));
    assert_eq!(usage.sizes.len(), 3, "each volume once: {:?}", usage.sizes);
}

/// Docker 20.10 that measures for somebody else, this many times.
fn busy(times: usize) -> Server {
    let refused = AtomicUsize::new(0);
    Server::start(move |asked| match asked.route.as_str() {
        "/system/df" if refused.fetch_add(1, Ordering::SeqCst) < times => {
            fixtures::refusal("d20", "df-concurrent.json")
        }
        _ => fixtures::reply("d20", asked),
    })
}

#[tokio::test]
async fn a_busy_engine_is_busy_and_not_broken() {
    let server = busy(usize::MAX);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.disk_usage().await.expect_err("busy");
    assert!(matches!(error, Error::Busy), "{error:?}");
    assert!(!error.is_unreachable(), "it lists as before");
    let trouble = error.trouble("sizes cannot be measured");
    assert!(trouble.cause.contains("somebody else"), "{trouble}");
    assert!(trouble.remedy.is_some(), "{trouble}");
}

#[tokio::test]
async fn measuring_waits_for_its_turn() {
    let server = busy(2);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let mut waits = 0;
    let usage = measure::disk_usage(&docker, || waits += 1);
    let usage =
        tokio::time::timeout(Duration::from_secs(15), usage).await.expect("in time").expect("a usage");
    assert_eq!(usage.sizes.get("fx-shop_db"), Some(&Some(1000)));
    assert_eq!(waits, 2, "each wait is told");
    assert_eq!(server.times("/system/df"), 3);
    assert_eq!(server.most_at_once("/system/df"), 1, "never twice at once");
}

#[rstest]
#[case::neither(r#"{"LayersSize":0}"#)]
#[case::counted(r#"{"VolumeUsage":{"TotalCount":3}}"#)]
#[case::list("[]")]
#[case::nothing("")]
#[case::message(r#"{"message":"ok"}"#)]
#[tokio::test]
async fn a_usage_without_volumes_is_no_usage(#[case] body: &'static str) {
    let server = fixtures::but(move |asked| (asked.route == "/system/df").then(|| Reply::json(body)));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.disk_usage().await.expect_err("no usage");
    assert!(matches!(error, Error::Garbage { .. }), "{error:?}");
}

#[tokio::test]
async fn another_500_is_not_taken_for_busy() {
    let server = fixtures::but(|asked| {
        (asked.route == "/system/df").then(|| Reply::status(500, r#"{"message":"layer does not exist"}"#))
    });
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error =
        measure::disk_usage(&docker, || panic!("there is nothing to wait for")).await.expect_err("refused");
    assert!(
        matches!(&error, Error::Refused { status: 500, message, .. } if message == "layer does not exist"),
        "{error:?}"
    );
}

//! Writable layers: what engines tell of them, and how few are asked for at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use rstest::rstest;
use volx::domain::layer::{Layer, Told};
use volx::domain::live::Observation;
use volx::engine::{Engine, Error};
use volx::ops::map;
use volx::ops::observe::Request;

use super::fixtures;
use super::reach::{self, Watcher};
use super::server::{Reply, Server};

/// Docker 28 that says this of each container's layer.
fn telling(status: u16, body: &'static str) -> Server {
    fixtures::but(move |asked| {
        (asked.route.starts_with("/containers/") && asked.query == "size=1")
            .then(|| Reply::status(status, body))
    })
}

#[rstest]
// As Docker 20.10 answers for a container that wrote 5 MB, for one that wrote nothing, and where
// its driver cannot tell.
#[case::written(r#"{"Id":"a","SizeRw":5000000,"SizeRootFs":66895928}"#, Some(5_000_000), Some(66_895_928))]
#[case::nothing(r#"{"Id":"a","SizeRw":0,"SizeRootFs":61895928}"#, Some(0), Some(61_895_928))]
#[case::untold(r#"{"Id":"a","SizeRw":-1,"SizeRootFs":61895928}"#, None, Some(61_895_928))]
#[case::without(r#"{"Id":"a","SizeRootFs":0}"#, None, None)]
#[tokio::test]
async fn zero_is_told_and_unknown_is_never_zero(
    #[case] body: &'static str,
    #[case] writable: Option<u64>,
    #[case] root_fs: Option<u64>,
) {
    let server = telling(200, body);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let layer = docker.layer("a").await.expect("an answer");
    assert_eq!(layer, Some(Layer { writable, root_fs }));
}

#[rstest]
#[case::d20("d20")]
#[case::d29("d29")]
#[case::p43("p43")]
#[case::p58("p58")]
#[tokio::test]
async fn a_description_without_sizes_tells_none(#[case] engine: &'static str) {
    // Podman writes `"SizeRootFs":0` where it did not look.
    let body = fixtures::text(engine, "container-fx-run.json");
    let layer = volx::engine::layers::parse(body.as_bytes()).expect("a container");
    assert_eq!(layer, Layer::default());
}

#[tokio::test]
async fn a_container_that_vanished_is_no_error_and_a_refusal_is() {
    let server = telling(404, r#"{"message":"No such container: a"}"#);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    assert_eq!(docker.layer("a").await.expect("no error"), None);
    let server = telling(500, r#"{"message":"layer does not exist"}"#);
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.layer("a").await.expect_err("a refusal");
    assert!(matches!(error, Error::Refused { status: 500, .. }), "{error:?}");
    let server = telling(200, "[]");
    let docker = reach::docker(&server.socket).await.expect("the engine");
    assert!(matches!(docker.layer("a").await, Err(Error::Garbage { .. })), "no container is no zero");
}

#[tokio::test]
async fn one_that_fails_does_not_cost_the_others() {
    let server = fixtures::but(|asked| match asked.route.as_str() {
        "/containers/gone/json" => Some(Reply::status(404, r#"{"message":"No such container"}"#)),
        "/containers/bad/json" => Some(Reply::status(500, r#"{"message":"layer does not exist"}"#)),
        route if route.starts_with("/containers/c") => {
            Some(Reply::json(r#"{"Id":"x","SizeRw":7,"SizeRootFs":9}"#))
        }
        _ => None,
    });
    let docker = Arc::new(reach::docker(&server.socket).await.expect("the engine"));
    let mut ids: Vec<String> = (0..40).map(|i| format!("c{i}")).collect();
    ids.extend(["gone", "bad"].map(str::to_owned));
    let told: BTreeMap<String, Option<Told>> = map::layers(docker, ids).collect().await;
    assert_eq!(told.len(), 42);
    assert_eq!(told["gone"], None);
    assert!(matches!(&told["bad"], Some(Err(why)) if why.contains("layer does not exist")), "{told:?}");
    assert_eq!(told["c39"], Some(Ok(Layer { writable: Some(7), root_fs: Some(9) })));
}

#[tokio::test]
async fn an_engine_walks_few_layers_at_once() {
    const WAIT: Duration = Duration::from_millis(100);
    let server = fixtures::but(|asked| {
        let told = || Reply::json(r#"{"Id":"x","SizeRw":7,"SizeRootFs":9}"#);
        (asked.query == "size=1").then(|| Reply::Late(WAIT, Box::new(told())))
    });
    let docker = Arc::new(reach::docker(&server.socket).await.expect("the engine"));
    let ids = (0..12).map(|i| format!("c{i}")).collect();
    let began = Instant::now();
    let told: Vec<_> = map::layers(docker, ids).collect().await;
    assert_eq!(told.len(), 12);
    assert!(began.elapsed() >= WAIT * 3, "four at once at most: {:?}", began.elapsed());
}

#[tokio::test]
async fn the_watcher_asks_only_when_told_and_tells_in_bunches() {
    let server = telling(200, r#"{"Id":"x","SizeRw":7,"SizeRootFs":9}"#);
    let mut watcher = Watcher::start(&server.socket, false);
    watcher.until_listed().await;
    let asked = |server: &Server| server.asked().iter().filter(|a| a.query == "size=1").count();
    assert_eq!(asked(&server), 0, "layers cost the engine");
    watcher.requests.send(Request::Layers).await.expect("it listens");
    let (mut told, mut bunches) = (Vec::new(), 0);
    while told.len() < 4 {
        let (more, done, of) = watcher
            .until("layers", |news| match news {
                Observation::Layers { told, done, of } => Some((told.clone(), *done, *of)),
                _ => None,
            })
            .await;
        told.extend(more);
        bunches += 1;
        assert_eq!((done, of), (told.len(), 4), "how far it is");
    }
    assert!(bunches <= 3, "{bunches}");
    assert_eq!(asked(&server), 4, "each container once");
}

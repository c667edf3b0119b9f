//! What one answer may weigh.

use volx::engine::transport::MAX_ANSWER;
use volx::engine::{Engine, Error};

use super::server::Reply;
use super::{fixtures, reach};

#[tokio::test]
async fn a_flood_is_cut_and_named() {
    let server = fixtures::but(|asked| (asked.route == "/volumes/flood").then_some(Reply::Flood));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.inspect_volume("flood").await.expect_err("too much");
    assert!(
        matches!(&error, Error::TooLarge { limit_mib, .. } if *limit_mib == MAX_ANSWER >> 20),
        "{error:?}"
    );
    assert!(error.remedy().is_some());
}

#[tokio::test]
async fn a_name_makes_no_stream_of_an_answer() {
    let server = fixtures::but(|asked| (asked.route == "/volumes/archive").then_some(Reply::Flood));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let error = docker.inspect_volume("archive").await.expect_err("too much");
    assert!(matches!(&error, Error::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn what_follows_an_upload_is_no_stream() {
    let server = fixtures::but(|asked| (asked.route == "/containers/a/archive").then_some(Reply::Flood));
    let docker = reach::docker(&server.socket).await.expect("the engine");
    let containers = docker.containers().expect("it runs containers");
    let nothing = Box::pin(futures_util::stream::empty());
    let error = containers.upload("a", b"/v", nothing).await.expect_err("too much");
    assert!(matches!(&error, Error::TooLarge { .. }), "{error:?}");
}

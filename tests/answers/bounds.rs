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

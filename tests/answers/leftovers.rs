//! Removing what a dead volx left: nothing else, whatever the engine answers.

use std::sync::Arc;

use volx::access::helper;
use volx::engine::SharedEngine;

use super::server::{Reply, Server};
use super::{fixtures, reach};

async fn swept(server: &Server) -> (usize, Vec<String>) {
    let engine: SharedEngine = Arc::new(reach::docker(&server.socket).await.expect("the engine"));
    let swept = helper::sweep(&engine).await.expect("it lists");
    let asked = server.asked().into_iter().map(|asked| asked.route);
    (swept, asked.filter(|route| route.starts_with("/containers/") && !route.ends_with("/json")).collect())
}

#[tokio::test]
async fn an_engine_that_filters_nothing_loses_nothing() {
    // It answers with every container, whatever was asked for: old ones, exited ones.
    let server = fixtures::engine("d28");
    assert_eq!(swept(&server).await, (0, Vec::new()), "only what is labelled as ours is ever removed");
}

#[tokio::test]
async fn one_that_cannot_be_removed_keeps_no_other() {
    let helper = |id: &str| serde_json::json!({ "Id": id, "State": "exited", "Created": 1, "Labels": { "volx.helper": "0.1.0" } });
    let listed = serde_json::json!([helper("stuck"), helper("easy")]).to_string();
    let server = fixtures::but(move |asked| match asked.route.as_str() {
        "/containers/json" => Some(Reply::json(listed.clone())),
        "/containers/stuck" => Some(Reply::status(500, r#"{"message":"device or resource busy"}"#)),
        "/containers/easy" => Some(Reply::status(204, "")),
        _ => None,
    });
    let tried = ["/containers/stuck".to_owned(), "/containers/easy".to_owned()];
    assert_eq!(swept(&server).await, (1, tried.into()), "the next one is removed all the same");
}

//! The recorded answers of eight engines, and the server that gives them.

use serde_json::Value;

use super::server::{Asked, Reply, Server};

/// A recorded answer.
pub fn text(engine: &str, file: &str) -> String {
    let path = format!("{}/tests/fixtures/answers/{engine}/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A recorded answer, read.
pub fn json(engine: &str, file: &str) -> Value {
    serde_json::from_str(&text(engine, file)).unwrap_or_else(|e| panic!("{engine}/{file}: {e}"))
}

/// A recorded refusal, with its status.
pub fn refusal(engine: &str, file: &str) -> Reply {
    let recorded = json(engine, file);
    let status = recorded["status"].as_u64().and_then(|s| u16::try_from(s).ok()).expect("a status");
    match &recorded["body"] {
        Value::String(text) => Reply::Answer { status, kind: "text/plain", body: text.clone().into_bytes() },
        body => Reply::status(status, body.to_string()),
    }
}

/// What this engine answered.
pub fn reply(engine: &str, asked: &Asked) -> Reply {
    let file = match asked.route.as_str() {
        "/_ping" => return Reply::Answer { status: 200, kind: "text/plain", body: b"OK".to_vec() },
        "/events" => return Reply::Events(Vec::new()),
        "/version" => "version.json",
        "/info" => "info.json",
        "/volumes" => "volumes.json",
        "/containers/json" => "containers.json",
        "/volumes/fx-cifs" => "volume-fx-cifs.json",
        "/volumes/fx-shop_db" => "volume-fx-shop_db.json",
        "/system/df" if asked.query.contains("verbose") => "system-df-verbose.json",
        "/system/df" if asked.query.contains("type=volume") => "system-df-volume.json",
        "/system/df" => "system-df.json",
        route if route.starts_with("/volumes/") => return refusal(engine, "get-missing.json"),
        route => return Reply::status(404, format!(r#"{{"message":"no fixture for {route}"}}"#)),
    };
    Reply::json(text(engine, file))
}

/// The engine itself.
pub fn engine(name: &'static str) -> Server {
    Server::start(move |asked| reply(name, asked))
}

/// An engine that answers as Docker 28 does, but for what `odd` does with a question.
pub fn but(odd: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |asked| odd(asked).unwrap_or_else(|| reply("d28", asked)))
}

//! Asking: requests without a body, answers in whole, and what the engine's own errors are.

use std::time::Duration;

use bollard::{BollardRequest, body_full};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Result;
use super::error::Error;
use super::transport::{MAX_ANSWER, Transport};

pub(super) async fn timed<T>(
    request: &str,
    limit: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Silent { request: request.to_owned(), seconds: limit.as_secs() }),
    }
}

pub(super) async fn ask(transport: &Transport, path: &str) -> Result<Response<Incoming>> {
    transport.send(empty(Method::GET, path)?).await
}

/// Asks something that comes by the thousand, and whose answer is short.
pub(super) async fn ask_shortly(
    transport: &Transport,
    method: Method,
    path: &str,
    limit: Duration,
) -> Result<Bytes> {
    timed(path, limit, async {
        let (head, body) = transport.exchange(empty(method, path)?).await?.into_parts();
        if head.status.is_success() { Ok(body) } else { Err(refusal(head.status, &body, path)) }
    })
    .await
}

fn empty(method: Method, path: &str) -> Result<BollardRequest> {
    Request::builder()
        .method(method)
        .uri(path)
        .body(body_full(Bytes::new()))
        .map_err(|e| Error::Garbage { request: path.to_owned(), detail: e.to_string() })
}

/// The answer, unless it is the engine's own error.
pub(super) async fn accepted(response: Response<Incoming>, path: &str) -> Result<Response<Incoming>> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = collected(response, path).await.unwrap_or_default();
    Err(refusal(status, &body, path))
}

/// The engine's own error.
fn refusal(status: StatusCode, body: &[u8], path: &str) -> Error {
    let message = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|v| Some(v.get("message")?.as_str()?.to_owned()))
        .unwrap_or_else(|| {
            String::from_utf8_lossy(body).chars().take(500).collect::<String>().trim().to_owned()
        });
    if status == StatusCode::NOT_FOUND {
        return Error::NotFound { message };
    }
    Error::Refused { request: path.to_owned(), status: status.as_u16(), message }
}

pub(super) async fn collected(response: Response<Incoming>, path: &str) -> Result<Bytes> {
    // Also where the stream itself has no limit: what refuses it is a short answer.
    let limit = usize::try_from(MAX_ANSWER).unwrap_or(usize::MAX);
    let collected = Limited::new(response.into_body(), limit).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        match error.downcast::<hyper::Error>() {
            Ok(error) => Error::broken(&error, path),
            Err(_too_long) => Error::TooLarge { request: path.to_owned(), limit_mib: MAX_ANSWER >> 20 },
        }
    })
}

pub(super) async fn get(transport: &Transport, path: &str, limit: Duration) -> Result<Bytes> {
    timed(path, limit, async {
        let response = accepted(ask(transport, path).await?, path).await?;
        collected(response, path).await
    })
    .await
}

pub(super) async fn get_json<T: DeserializeOwned>(
    transport: &Transport,
    path: &str,
    limit: Duration,
) -> Result<T> {
    read_json(&get(transport, path, limit).await?, path)
}

pub(super) fn read_json<T: DeserializeOwned>(body: &[u8], path: &str) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|e| Error::Garbage { request: path.to_owned(), detail: e.to_string() })
}

/// A name as one path segment, every byte outside the unreserved set escaped.
pub(super) fn encoded(name: &str) -> String {
    encoded_bytes(name.as_bytes())
}

/// Any bytes as one part of a path or query.
pub(super) fn encoded_bytes(name: &[u8]) -> String {
    use std::fmt::Write as _;
    name.iter().copied().fold(String::with_capacity(name.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else if byte == b'.' && name.iter().any(|b| *b != b'.') {
            out.push('.');
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_path() {
        assert_eq!(encoded("shop_db-1.data"), "shop_db-1.data");
        assert_eq!(encoded("../containers/json"), "..%2Fcontainers%2Fjson");
        assert_eq!(encoded(".."), "%2E%2E");
        assert_eq!(encoded("a?x#y"), "a%3Fx%23y");
        assert_eq!(encoded("é\r\n"), "%C3%A9%0D%0A");
    }
}

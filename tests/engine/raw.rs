//! The smallest HTTP client: a second opinion on the engine's raw answers that shares no code with
//! volx.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);

/// Asks `host` (`unix://…` or `tcp://…`) for `path`: the status and the body.
pub(crate) fn get(host: &str, path: &str) -> io::Result<(u16, String)> {
    ask(host, &format!("GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n"))
}

/// Sends JSON to `path`.
pub(crate) fn post(host: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let head = format!("POST {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json");
    ask(host, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

// HTTP/1.0: no chunks, and the end of the answer is the end of the connection.
fn ask(host: &str, request: &str) -> io::Result<(u16, String)> {
    let mut answer = Vec::new();
    if let Some(socket) = host.strip_prefix("unix://") {
        let mut wire = UnixStream::connect(socket)?;
        wire.set_read_timeout(Some(PATIENCE))?;
        wire.write_all(request.as_bytes())?;
        wire.read_to_end(&mut answer)?;
    } else if let Some(place) = host.strip_prefix("tcp://") {
        let mut wire = TcpStream::connect(place)?;
        wire.set_read_timeout(Some(PATIENCE))?;
        wire.write_all(request.as_bytes())?;
        wire.read_to_end(&mut answer)?;
    } else {
        return Err(io::Error::other(format!("the tests speak unix:// and tcp:// only, not {host}")));
    }
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split_whitespace().nth(1).and_then(|s| s.parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, body.to_owned()))
}

/// Asks for JSON.
pub(crate) fn json(host: &str, path: &str) -> io::Result<Value> {
    let (status, body) = get(host, path)?;
    if status != 200 {
        return Err(io::Error::other(format!("{path}: {status} {body}")));
    }
    serde_json::from_str(&body).map_err(io::Error::other)
}

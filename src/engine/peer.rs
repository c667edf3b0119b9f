//! Who is on the other side of a Unix socket, and who may open it.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::address::Address;

/// The group that may open a socket, and whether the user joined it after this login.
#[must_use]
pub fn socket_group(path: &Path) -> (Option<String>, bool) {
    const GROUP_MAY_WRITE: u32 = 0o020;
    let Ok(meta) = std::fs::metadata(path) else { return (None, false) };
    if meta.mode() & GROUP_MAY_WRITE == 0 {
        return (None, false);
    }
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let user = std::env::var("USER").unwrap_or_default();
    let found = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id, members) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        (id.parse() == Ok(meta.gid()))
            .then(|| (name.to_owned(), !user.is_empty() && members.split(',').any(|member| member == user)))
    });
    // Nobody should be told to join root's group, and a group without a name cannot be joined.
    match found {
        Some((name, is_member)) if meta.gid() != 0 => (Some(name), is_member),
        _ => (None, false),
    }
}

/// Whether the process that listens on the socket sees the same file system as we do.
///
/// `Err` says why that cannot be known or is not so; only `Ok` makes the engine's paths ours.
/// A tunnelled socket is held by ssh on this machine: its command name gives it away, and the
/// engine's files are then proven otherwise before they are read.
///
/// # Errors
/// The reason in words.
pub async fn shares_our_files(address: &Address) -> Result<String, String> {
    let Some(path) = address.socket() else {
        return Err("the engine is reached over the network; its paths are another machine's".to_owned());
    };
    let stream = tokio::net::UnixStream::connect(path).await.map_err(|e| e.to_string())?;
    let pid = stream
        .peer_cred()
        .ok()
        .and_then(|cred| cred.pid())
        .ok_or("this system does not say who listens on the socket")?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned();
    let ours =
        std::fs::read_link("/proc/self/ns/mnt").map_err(|e| format!("cannot read our own namespace: {e}"))?;
    let theirs = std::fs::read_link(format!("/proc/{pid}/ns/mnt"))
        .map_err(|e| format!("cannot tell whether process {pid} ({name}) sees our files: {e}"))?;
    // systemd listens for a socket-activated engine; it is on this machine all the same.
    let is_engine = matches!(name.as_str(), "dockerd" | "podman" | "systemd" | "rootlesskit");
    match (ours == theirs, is_engine) {
        (true, true) => Ok(format!("process {pid} ({name}) sees the same file system")),
        (true, false) => Err(format!("the socket is held by '{name}' (process {pid}), which is no engine")),
        (false, _) => Err(format!("process {pid} ({name}) lives in another file system")),
    }
}

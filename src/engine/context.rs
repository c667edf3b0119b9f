//! The Docker CLI's contexts, read from its files.
//!
//! `contexts/meta/<sha256 of the name>/meta.json` holds the address, `contexts/tls/…` the keys.
//! [docker/cli `cli/context/store`]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::error::Error;

/// A context file larger than this is none.
const MAX_FILE: u64 = 1 << 20;

/// One context of the Docker CLI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The engine's address as written there.
    pub host: String,
    /// Whether it brings TLS keys or switches verification off.
    pub has_tls: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    #[serde(default)]
    name: String,
    #[serde(default)]
    endpoints: HashMap<String, EndpointMeta>,
}

#[derive(Deserialize)]
struct EndpointMeta {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_tls_verify: bool,
}

#[derive(Deserialize)]
struct ConfigFile {
    #[serde(rename = "currentContext", default, deserialize_with = "super::answers::null_is_default")]
    current_context: String,
}

/// The context that `config.json` makes current, if it names one besides `default`.
///
/// # Errors
/// When the file exists and cannot be understood.
pub fn current(config_dir: &Path) -> Result<Option<String>, Error> {
    let path = config_dir.join("config.json");
    let Some(text) = read(&path)? else { return Ok(None) };
    let file: ConfigFile =
        serde_json::from_str(&text).map_err(|e| Error::BadFile { path, detail: e.to_string() })?;
    Ok(Some(file.current_context).filter(|name| !name.is_empty() && name != "default"))
}

/// The context of this name.
///
/// # Errors
/// When there is none, or its file cannot be understood.
pub fn find(config_dir: &Path, name: &str, chosen_by: &str) -> Result<Context, Error> {
    let id = identity(name);
    let path = config_dir.join("contexts/meta").join(&id).join("meta.json");
    let Some(text) = read(&path)? else {
        let known = list(config_dir).into_iter().map(|c| c.name).collect();
        return Err(Error::NoContext { name: name.to_owned(), chosen_by: chosen_by.to_owned(), known });
    };
    let has_keys = config_dir.join("contexts/tls").join(&id).join("docker").is_dir();
    parse(&text, has_keys).map_err(|detail| Error::BadFile { path, detail })
}

/// All contexts whose files can be read, by name.
#[must_use]
pub fn list(config_dir: &Path) -> Vec<Context> {
    let mut contexts: Vec<Context> = WalkDir::new(config_dir.join("contexts/meta"))
        .min_depth(2)
        .max_depth(2)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "meta.json")
        .filter_map(|entry| {
            let text = read(entry.path()).ok()??;
            let id = entry.path().parent()?.file_name()?.to_owned();
            let has_keys = config_dir.join("contexts/tls").join(id).join("docker").is_dir();
            parse(&text, has_keys).ok()
        })
        .collect();
    contexts.sort_by(|a, b| a.name.cmp(&b.name));
    contexts
}

fn parse(text: &str, has_keys: bool) -> Result<Context, String> {
    let meta: Meta = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let endpoint = meta.endpoints.get("docker").ok_or("it has no 'docker' endpoint")?;
    if endpoint.host.trim().is_empty() {
        return Err("its 'docker' endpoint has no Host".to_owned());
    }
    Ok(Context {
        name: meta.name,
        host: endpoint.host.clone(),
        has_tls: has_keys || endpoint.skip_tls_verify,
    })
}

/// The folder name of a context: the SHA-256 of its name.
pub(super) fn identity(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A small text file; `None` when it does not exist.
fn read(path: &Path) -> Result<Option<String>, Error> {
    let bad = |detail: String| Error::BadFile { path: path.to_owned(), detail };
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(bad(e.to_string())),
        Ok(meta) if meta.len() > MAX_FILE => return Err(bad("it is larger than 1 MiB".to_owned())),
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(|e| bad(e.to_string()))
}

/// The file in which the CLI keeps its current context.
#[must_use]
pub fn config_file(config_dir: &Path) -> PathBuf {
    config_dir.join("config.json")
}

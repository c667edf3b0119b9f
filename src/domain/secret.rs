//! Passwords in driver options are never shown.
//!
//! The engine returns `Options` in clear, CIFS passwords included.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

/// What stands where a secret was.
pub const MASK: &str = "*****";

const SECRET_KEYS: [&str; 11] = [
    "password",
    "password2",
    "passwd",
    "pass",
    "secret",
    "token",
    "secretkey",
    "accesskey",
    "apikey",
    "credential",
    "passphrase",
];

/// Whether an option of this name holds a secret: `password`, `db_password`, `AWS_SECRET_ACCESS_KEY`.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let key: String =
        key.chars().filter(|c| !matches!(c, '_' | '-' | '.')).collect::<String>().to_ascii_lowercase();
    SECRET_KEYS.iter().any(|secret| key == *secret || (secret.len() > 4 && key.contains(secret)))
}

/// A driver option's value as it may be shown.
///
/// Masks the whole value of a secret key, secret parts of a mount option list
/// (`username=app,password=x` in `o`), and the password of `user:password@host`.
#[must_use]
pub fn masked<'a>(key: &str, value: &'a str) -> Cow<'a, str> {
    if is_secret_key(key) {
        return Cow::Borrowed(MASK);
    }
    let list = mask_list(value);
    match mask_userinfo(&list) {
        Some(masked) => Cow::Owned(masked),
        None => list,
    }
}

/// A text without the secrets of these driver options: engines repeat them in their errors.
/// (Docker 20.10 prints a share's password; later ones mask it.)
#[must_use]
pub fn hidden<'a>(text: &'a str, options: &BTreeMap<String, String>) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for (key, value) in options {
        let shown = masked(key, value);
        if shown == *value {
            continue;
        }
        let parts = value.split(',').filter_map(|part| part.split_once('='));
        let secrets = parts.filter(|(key, _)| is_secret_key(key.trim())).map(|(_, secret)| secret);
        for (secret, instead) in std::iter::once((value.as_str(), &*shown)).chain(secrets.map(|s| (s, MASK)))
        {
            if !secret.is_empty() && text.contains(secret) {
                text = Cow::Owned(text.replace(secret, instead));
            }
        }
    }
    text
}

fn mask_list(value: &str) -> Cow<'_, str> {
    let is_secret = |part: &str| part.split_once('=').is_some_and(|(k, _)| is_secret_key(k.trim()));
    if !value.split(',').any(is_secret) {
        return Cow::Borrowed(value);
    }
    let mut out: Vec<String> = Vec::new();
    let mut after_secret = false;
    for part in value.split(',') {
        let key = part.split('=').next().unwrap_or_default().trim();
        if is_secret(part) {
            out.push(format!("{key}={MASK}"));
            after_secret = true;
        } else if !after_secret || MOUNT_OPTIONS.contains(&key) {
            out.push(part.to_owned());
            after_secret = false;
        }
        // A password may hold commas: what follows one and is no known option belongs to it.
    }
    Cow::Owned(out.join(","))
}

/// Options of nfs, cifs, tmpfs and all mounts. [mount(8), nfs(5), mount.cifs(8)]
const MOUNT_OPTIONS: [&str; 57] = [
    "addr",
    "async",
    "bind",
    "cache",
    "credentials",
    "dir_mode",
    "domain",
    "file_mode",
    "forcegid",
    "forceuid",
    "gid",
    "guest",
    "hard",
    "iocharset",
    "ip",
    "lock",
    "mfsymlinks",
    "mode",
    "mountproto",
    "nfsvers",
    "nobrl",
    "noatime",
    "nodev",
    "noexec",
    "nolock",
    "noperm",
    "noserverino",
    "nosuid",
    "nr_inodes",
    "port",
    "proto",
    "rbind",
    "relatime",
    "retrans",
    "ro",
    "rsize",
    "rw",
    "sec",
    "serverino",
    "size",
    "soft",
    "sync",
    "timeo",
    "uid",
    "unc",
    "user",
    "username",
    "vers",
    "workgroup",
    "wsize",
    "actimeo",
    "seal",
    "sloppy",
    "nosharesock",
    "persistenthandles",
    "multichannel",
    "context",
];

/// `scheme://user:password@host` or `//user:password@host` with the password masked.
fn mask_userinfo(value: &str) -> Option<String> {
    let start = value.find("//")? + 2;
    let rest = value.get(start..)?;
    let authority = rest.split('/').next()?;
    let at = authority.rfind('@')?;
    let colon = authority.get(..at)?.find(':')?;
    Some(format!("{}{}:{MASK}{}", value.get(..start)?, rest.get(..colon)?, rest.get(at..)?))
}

/// A volume's raw inspect answer with the secrets of its `Options` masked.
///
/// Cluster volumes name their secrets by id only, so nothing else needs masking.
pub fn mask_inspect(answer: &mut Value) {
    if let Some(Value::Object(options)) = answer.get_mut("Options") {
        for (key, value) in options.iter_mut() {
            if let Value::String(text) = value {
                *text = masked(key, text).into_owned();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_s_error_loses_the_password() {
        let options = |o: &str| BTreeMap::from([("o".to_owned(), o.to_owned())]);
        let o = "addr=nas,username=app,password=open,sesame,vers=3.0";
        for text in
            [format!("mount //nas/x, data: {o}: no such device"), "data: vers=3.0,password=open".to_owned()]
        {
            let shown = hidden(&text, &options(o));
            assert!(!shown.contains("open") && shown.contains("vers=3.0"), "{shown}");
        }
        assert!(matches!(hidden("no such device", &options("ro")), Cow::Borrowed(_)));
    }

    #[test]
    fn the_password_of_a_cifs_volume_is_masked() {
        assert_eq!(
            masked("o", "addr=192.0.2.2,username=app,password=not-a,real,secret,vers=3.0,rw"),
            "addr=192.0.2.2,username=app,password=*****,vers=3.0,rw"
        );
    }

    #[test]
    fn a_password_with_commas_and_equal_signs_is_masked_whole() {
        assert_eq!(
            masked("o", "username=app,password=ab,c=d,ef,rw,vers=3.0"),
            "username=app,password=*****,rw,vers=3.0"
        );
    }

    #[test]
    fn whole_values_and_urls_are_masked() {
        assert_eq!(masked("password", "x"), MASK);
        assert_eq!(masked("S3_SECRET_ACCESS_KEY", "x"), MASK);
        assert_eq!(masked("device", "//app:pw@nas/share"), "//app:*****@nas/share");
        assert_eq!(masked("sshcmd", "ssh://root:p@ss@host/dir"), "ssh://root:*****@host/dir");
        assert_eq!(masked("o", "addr=192.0.2.1,rw"), "addr=192.0.2.1,rw");
        assert_eq!(masked("compass", "north"), "north", "a word that merely holds 'pass' is no secret");
    }
}

//! Passwords in driver options are never shown.
//!
//! The engine returns `Options` in clear, CIFS passwords included.

use std::borrow::Cow;

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

fn mask_list(value: &str) -> Cow<'_, str> {
    let is_secret = |part: &str| part.split_once('=').is_some_and(|(k, _)| is_secret_key(k.trim()));
    if !value.split(',').any(is_secret) {
        return Cow::Borrowed(value);
    }
    let mut out: Vec<String> = Vec::new();
    let mut after_secret = false;
    for part in value.split(',') {
        match part.split_once('=') {
            Some((key, _)) if is_secret_key(key.trim()) => {
                out.push(format!("{key}={MASK}"));
                after_secret = true;
            }
            // A password may hold commas: a piece without `=` after a secret belongs to it,
            // unless it is a well-known flag.
            None if after_secret && !is_mount_flag(part) => {}
            _ => {
                out.push(part.to_owned());
                after_secret = false;
            }
        }
    }
    Cow::Owned(out.join(","))
}

fn is_mount_flag(part: &str) -> bool {
    matches!(
        part.trim(),
        "rw" | "ro"
            | "soft"
            | "hard"
            | "bind"
            | "rbind"
            | "nolock"
            | "noatime"
            | "relatime"
            | "nodev"
            | "nosuid"
            | "noexec"
            | "guest"
            | "noperm"
            | "nobrl"
            | "mfsymlinks"
            | "serverino"
            | "noserverino"
            | "sync"
            | "async"
    )
}

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
    fn the_password_of_a_cifs_volume_is_masked() {
        assert_eq!(
            masked("o", "addr=192.0.2.2,username=app,password=not-a,real,secret,vers=3.0,rw"),
            "addr=192.0.2.2,username=app,password=*****,vers=3.0,rw"
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

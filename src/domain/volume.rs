//! A volume, as the engine describes it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::secret;

/// Set by engines from 23.0 on volumes made without a name.
/// [moby `volume/service/service.go`, `AnonymousLabel`]
pub const ANONYMOUS_LABEL: &str = "com.docker.volume.anonymous";
/// Compose's label for the project that a volume belongs to.
pub const PROJECT_LABEL: &str = "com.docker.compose.project";
/// Compose's label for the name that a volume has in its file.
pub const COMPOSE_VOLUME_LABEL: &str = "com.docker.compose.volume";

/// One volume of an engine. Its identity is its name: the engine has no other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Volume {
    /// The name, unique on its engine.
    pub name: String,
    /// The driver, `local` for nearly all.
    pub driver: String,
    /// `local` or `global`.
    pub scope: String,
    /// Where the engine mounts it, in the engine's own file system; cluster volumes have none.
    pub mountpoint: Option<String>,
    /// When it was made, as far as the engine knows; Docker 20.10 moves it with each change
    /// in the volume's root folder.
    pub created_at: Option<Timestamp>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Driver options, in clear: show them through [`Volume::shown_options`].
    pub options: BTreeMap<String, String>,
}

/// What the `local` driver mounts for a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A folder of the engine.
    Plain,
    /// A file system of another machine by NFS.
    Nfs,
    /// A Windows or Samba share.
    Cifs,
    /// Memory; gone with its last user.
    Tmpfs,
    /// A folder of the engine's machine that is not the engine's own.
    Bind,
    /// Another file system or device.
    Device,
    /// Whatever a volume plugin does.
    Plugin,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Nfs => "nfs",
            Self::Cifs => "cifs",
            Self::Tmpfs => "tmpfs",
            Self::Bind => "bind",
            Self::Device => "device",
            Self::Plugin => "plugin",
        }
    }
}

impl Volume {
    /// The Compose project.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.labels.get(PROJECT_LABEL).map(String::as_str).filter(|p| !p.is_empty())
    }

    /// The name it has in its Compose file.
    #[must_use]
    pub fn compose_name(&self) -> Option<&str> {
        self.labels.get(COMPOSE_VOLUME_LABEL).map(String::as_str).filter(|p| !p.is_empty())
    }

    /// Whether nobody named it: the engine's label, or a name of 64 hex digits, as volumes
    /// made before 23.0 and Podman's carry no label.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.labels.contains_key(ANONYMOUS_LABEL) || self.has_generated_name()
    }

    /// Whether the name is an engine-made one of 64 hex digits.
    #[must_use]
    pub fn has_generated_name(&self) -> bool {
        self.name.len() == 64 && self.name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }

    /// What is behind it, read from driver and options.
    #[must_use]
    pub fn kind(&self) -> Kind {
        if self.driver != "local" {
            return Kind::Plugin;
        }
        let option = |key: &str| self.options.get(key).map_or("", String::as_str);
        let has_flag = |flag: &str| option("o").split(',').any(|part| part.trim() == flag);
        match option("type") {
            "nfs" | "nfs4" => Kind::Nfs,
            "cifs" | "smb" | "smb3" => Kind::Cifs,
            "tmpfs" => Kind::Tmpfs,
            "none" | "bind" | "" if has_flag("bind") || has_flag("rbind") => Kind::Bind,
            "" if option("device").is_empty() => Kind::Plain,
            "bind" => Kind::Bind,
            _ => Kind::Device,
        }
    }

    /// Whether the folder at the mountpoint holds the data only while a container uses it.
    #[must_use]
    pub fn needs_mounting(&self) -> bool {
        !matches!(self.kind(), Kind::Plain)
    }

    /// The options with their secrets masked.
    pub fn shown_options(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.options.iter().map(|(key, value)| (key.as_str(), secret::masked(key, value)))
    }
}

/// Reads a creation time: RFC 3339, or Go's `2026-11-21 04:11:38.1 +0000 UTC` of cluster volumes.
///
/// `None` for the empty string that Podman sends in places, and for what is no time.
#[must_use]
pub fn parse_created(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return real_time(time);
    }
    let mut parts = text.split_whitespace();
    let (date, clock, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let (hours, minutes) = (zone.get(..3)?, zone.get(3..5)?);
    format!("{date}T{clock}{hours}:{minutes}").parse::<Timestamp>().ok().and_then(real_time)
}

/// Go's zero time (year 1) means "unknown".
fn real_time(time: Timestamp) -> Option<Timestamp> {
    (time.as_second() > 0).then_some(time)
}

/// The engine's own description of a volume, secrets masked, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    /// The volume's name.
    pub name: String,
    /// The answer, in the engine's own key order.
    pub answer: Value,
}

impl Inspected {
    /// When the volume was made, by this answer.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        self.answer.get("CreatedAt").and_then(Value::as_str).and_then(parse_created)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn local(options: &[(&str, &str)]) -> Volume {
        Volume {
            name: "v".to_owned(),
            driver: "local".to_owned(),
            options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Volume::default()
        }
    }

    #[rstest]
    #[case(&[], Kind::Plain)]
    #[case(&[("size", "10G")], Kind::Plain)]
    #[case(&[("type", "nfs"), ("o", "addr=x"), ("device", ":/e")], Kind::Nfs)]
    #[case(&[("type", "nfs4"), ("o", "addr=x"), ("device", ":/e")], Kind::Nfs)]
    #[case(&[("type", "cifs"), ("device", "//n/s")], Kind::Cifs)]
    #[case(&[("type", "tmpfs"), ("device", "tmpfs")], Kind::Tmpfs)]
    #[case(&[("type", "none"), ("o", "bind"), ("device", "/srv")], Kind::Bind)]
    #[case(&[("type", "none"), ("o", "rw,rbind"), ("device", "/srv")], Kind::Bind)]
    #[case(&[("type", "ext4"), ("device", "/dev/sdb1")], Kind::Device)]
    fn the_local_driver_s_kinds(#[case] options: &[(&str, &str)], #[case] kind: Kind) {
        assert_eq!(local(options).kind(), kind);
    }

    #[test]
    fn anonymous_by_label_or_by_name() {
        let mut volume = local(&[]);
        assert!(!volume.is_anonymous());
        volume.labels.insert(ANONYMOUS_LABEL.to_owned(), String::new());
        assert!(volume.is_anonymous(), "the engine's label decides");
        let by_name = Volume { name: "0123456789abcdef".repeat(4), ..local(&[]) };
        assert!(by_name.is_anonymous(), "64 hex digits are a generated name");
        let upper = Volume { name: "0123456789ABCDEF".repeat(4), ..local(&[]) };
        assert!(!upper.is_anonymous(), "the engine generates lower case only");
    }

    #[test]
    fn creation_times_of_every_engine() {
        let expected: Timestamp = "2026-11-21T04:11:38.1Z".parse().expect("a time");
        assert_eq!(parse_created("2026-11-21T04:11:38.1Z"), Some(expected));
        assert_eq!(parse_created("2026-11-21 04:11:38.1 +0000 UTC"), Some(expected));
        assert_eq!(parse_created("2026-11-21T05:11:38.1+01:00"), Some(expected));
        assert_eq!(parse_created(""), None);
        assert_eq!(parse_created("0001-01-01T00:00:00Z"), None, "Go's zero time is unknown");
    }
}

//! How much a volume holds, and why that may be unknown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::volume::Volume;

/// How a usage was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By walking the mountpoint on this machine.
    Direct,
    /// By a helper container.
    Helper,
    /// From an archive stream of the engine.
    Archive,
    /// From the engine's `/system/df`.
    Engine,
    /// Not at all: the demo makes it up.
    Demo,
}

impl Method {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Helper => "helper",
            Self::Archive => "archive",
            Self::Engine => "engine",
            Self::Demo => "demo",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Direct, Self::Helper, Self::Archive, Self::Engine, Self::Demo]
            .into_iter()
            .find(|m| m.name() == name)
    }
}

/// What was measured of one volume. Anything unknown is `None`, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Sum of the file sizes, in bytes, as the engine's df counts.
    #[serde(rename = "apparent_bytes")]
    pub apparent: Option<u64>,
    /// Bytes taken on disk, as `du` counts.
    #[serde(rename = "allocated_bytes")]
    pub allocated: Option<u64>,
    /// Number of files.
    pub files: Option<u64>,
    /// Number of folders.
    pub dirs: Option<u64>,
    /// When anything in it was last written.
    pub newest_write: Option<Timestamp>,
    /// Entries that could not be read.
    pub errors: Option<u64>,
    /// How it was measured.
    pub method: Method,
    /// When it was measured.
    pub measured_at: Timestamp,
}

impl Usage {
    /// What `/system/df` tells: the apparent size and nothing else.
    #[must_use]
    pub const fn from_engine(bytes: u64, at: Timestamp) -> Self {
        Self {
            apparent: Some(bytes),
            allocated: None,
            files: None,
            dirs: None,
            newest_write: None,
            errors: None,
            method: Method::Engine,
            measured_at: at,
        }
    }

    /// The size to show: what it takes on disk if known, else the sum of its files.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.allocated.or(self.apparent)
    }
}

/// One of a volume's largest files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Largest {
    /// The path below the volume's root; what is not UTF-8 is replaced.
    pub path: String,
    /// Bytes taken on disk.
    #[serde(rename = "allocated_bytes")]
    pub allocated: u64,
    /// The size.
    #[serde(rename = "apparent_bytes")]
    pub apparent: u64,
}

/// So many of a volume's largest files and heaviest folders are told; a shorter list is whole.
pub const LISTED: usize = 32;

/// What one folder in a volume's root weighs with all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderWeight {
    /// Its name; what is not UTF-8 is replaced.
    pub path: String,
    /// Bytes taken on disk.
    #[serde(rename = "allocated_bytes")]
    pub allocated: u64,
}

/// What was measured of one volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The sums.
    pub usage: Usage,
    /// Its largest files, where the way tells them.
    pub largest: Vec<Largest>,
    /// Its root's largest folders, where the way tells them.
    pub folders: Vec<FolderWeight>,
    /// What must be known of the sums.
    pub remark: Option<String>,
}

impl Measured {
    /// Sums without more.
    #[must_use]
    pub const fn sums(usage: Usage) -> Self {
        Self { usage, largest: Vec::new(), folders: Vec::new(), remark: None }
    }
}

/// One volume and what came of measuring it: what was found, or why nothing was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sized {
    /// The volume.
    pub name: String,
    /// What came of it.
    pub outcome: Result<Measured, String>,
}

/// One answer of `/system/df`: what it said of each volume it named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DiskUsage {
    /// By volume name; `None` where the engine answered `-1`.
    pub sizes: BTreeMap<String, Option<u64>>,
}

/// Why a volume has no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Nobody measured yet.
    NotMeasured,
    /// It is being measured.
    Measuring,
    /// The engine does not measure volumes with driver options.
    HasOptions,
    /// The engine does not measure other drivers' volumes.
    OtherDriver,
    /// The engine tried and answered `-1`.
    EngineFailed,
    /// The engine left it out.
    LeftOut,
    /// The measuring itself failed.
    Failed,
}

impl Unknown {
    /// The reason as a sentence.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotMeasured => "not measured yet",
            Self::Measuring => "being measured",
            Self::HasOptions => "the engine does not measure volumes with driver options",
            Self::OtherDriver => "the engine measures the local driver's volumes only",
            Self::EngineFailed => "the engine could not measure it",
            Self::LeftOut => "the engine's answer left it out",
            Self::Failed => "the measurement failed",
        }
    }
}

impl DiskUsage {
    /// What this answer says of `volume`.
    ///
    /// Docker leaves out volumes with options and of other drivers; Podman lists them with size 0
    /// without looking, so a zero counts only where the engine really looks.
    ///
    /// # Errors
    /// The reason why it says nothing.
    pub fn of(&self, volume: &Volume) -> Result<u64, Unknown> {
        let reason = if volume.driver != "local" {
            Unknown::OtherDriver
        } else if volume.options.is_empty() {
            Unknown::LeftOut
        } else {
            Unknown::HasOptions
        };
        match self.sizes.get(&volume.name) {
            None => Err(reason),
            Some(None) => Err(Unknown::EngineFailed),
            Some(Some(0)) if volume.needs_mounting() => Err(reason),
            Some(Some(bytes)) => Ok(*bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(driver: &str, options: &[(&str, &str)]) -> Volume {
        Volume {
            name: "v".to_owned(),
            driver: driver.to_owned(),
            options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Volume::default()
        }
    }

    fn df(size: &[Option<u64>]) -> DiskUsage {
        DiskUsage { sizes: size.iter().map(|s| ("v".to_owned(), *s)).collect() }
    }

    #[test]
    fn unknown_is_never_zero() {
        let nfs = volume("local", &[("type", "nfs"), ("device", ":/x")]);
        assert_eq!(df(&[]).of(&nfs), Err(Unknown::HasOptions), "Docker leaves it out");
        assert_eq!(df(&[Some(0)]).of(&nfs), Err(Unknown::HasOptions), "Podman's 0 was never measured");
        assert_eq!(df(&[None]).of(&volume("local", &[])), Err(Unknown::EngineFailed), "-1 is a failure");
        assert_eq!(df(&[]).of(&volume("rclone", &[])), Err(Unknown::OtherDriver));
        assert_eq!(df(&[]).of(&volume("local", &[])), Err(Unknown::LeftOut));
    }

    #[test]
    fn an_empty_volume_is_zero() {
        assert_eq!(df(&[Some(0)]).of(&volume("local", &[])), Ok(0));
        assert_eq!(df(&[Some(0)]).of(&volume("local", &[("size", "1G")])), Ok(0), "a quota is no mount");
    }
}

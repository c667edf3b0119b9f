//! What was measured in the text format of Prometheus, for a node exporter's textfile collector.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::watching::{Found, Round};
use crate::domain::status::Status;
use crate::domain::text::is_hostile;

/// One kind of figure of a volume: name, help, and the value, which is left out when unknown.
type Figure = (&'static str, &'static str, fn(&Of<'_>) -> Option<String>);

/// What a figure is taken from.
struct Of<'a> {
    round: &'a Round,
    position: usize,
    found: &'a Found,
}

const FIGURES: [Figure; 8] = [
    ("allocated_bytes", "Bytes that the volume takes on disk.", |of| {
        of.found.usage.as_ref().ok()?.allocated.map(|n| n.to_string())
    }),
    ("apparent_bytes", "Sum of the sizes of the files in the volume.", |of| {
        of.found.usage.as_ref().ok()?.apparent.map(|n| n.to_string())
    }),
    ("files", "Number of files in the volume.", |of| {
        of.found.usage.as_ref().ok()?.files.map(|n| n.to_string())
    }),
    ("last_write_timestamp_seconds", "When anything in the volume was last written.", |of| {
        of.found.usage.as_ref().ok()?.newest_write.map(seconds)
    }),
    ("attached_containers", "Number of containers that have the volume, running or not.", |of| {
        Some(of.round.inventory.holders(of.position).count().to_string())
    }),
    ("dangling", "Whether no container has the volume.", |of| {
        Some(flag(of.round.inventory.status(of.position) == Status::Dangling))
    }),
    ("measured_timestamp_seconds", "When the volume was measured.", |of| {
        of.found.usage.as_ref().ok().map(|usage| seconds(usage.measured_at))
    }),
    ("measure_failed", "Whether the volume could not be measured.", |of| Some(flag(of.found.usage.is_err()))),
];

fn flag(is_set: bool) -> String {
    u8::from(is_set).to_string()
}

fn seconds(at: Timestamp) -> String {
    let millis = at.as_millisecond();
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

/// The text of one round.
#[must_use]
pub fn text(engine: &str, round: &Round) -> String {
    let mut out = String::new();
    let engine = escaped(engine);
    for (name, help, value) in FIGURES {
        let name = format!("volx_volume_{name}");
        let mut lines = String::new();
        for (position, volume) in round.inventory.volumes.iter().enumerate() {
            let Some(found) = round.found.get(&volume.name) else { continue };
            let Some(value) = value(&Of { round, position, found }) else { continue };
            let _ = writeln!(
                lines,
                "{name}{{engine=\"{engine}\",name=\"{}\",driver=\"{}\",project=\"{}\"}} {value}",
                escaped(&volume.name),
                escaped(&volume.driver),
                escaped(volume.project().unwrap_or_default()),
            );
        }
        head(&mut out, &name, help, &lines);
    }
    let backing = round.backing;
    let figures = [
        (
            "size_bytes",
            "Size of the file system that the volumes lie on.",
            backing.map(|b| b.total.to_string()),
        ),
        ("available_bytes", "What may still be written to it.", backing.map(|b| b.available.to_string())),
        ("measured_timestamp_seconds", "When that was seen.", backing.map(|b| seconds(b.at))),
        (
            "full_in_seconds",
            "Time until it is full if the volumes grow on as in the last day.",
            round.full_in.map(|s| s.to_string()),
        ),
    ];
    for (name, help, value) in figures {
        let name = format!("volx_filesystem_{name}");
        let line = value.map_or_else(String::new, |value| format!("{name}{{engine=\"{engine}\"}} {value}\n"));
        head(&mut out, &name, help, &line);
    }
    out
}

/// Adds a family's lines with their head; none without lines.
fn head(out: &mut String, name: &str, help: &str, lines: &str) {
    if !lines.is_empty() {
        let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{lines}");
    }
}

/// A label's value. Whoever looks at the file in a terminal is steered by nothing in it.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            hostile if is_hostile(hostile) => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// Writes the file whole or not at all: the collector may read it at any moment.
///
/// # Errors
/// When it cannot be written; then the old file is what it was.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    // The collector reads what ends in .prom only.
    hidden.push(format!(".{}", std::process::id()));
    let partial: PathBuf = path.with_file_name(hidden);
    let written = write_partial(&partial, text).and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        // It may not even be there.
        let _ = std::fs::remove_file(&partial);
    }
    written
}

fn write_partial(partial: &Path, text: &str) -> io::Result<()> {
    // One of this name is what a killed run of ours left, or somebody else's trap.
    match std::fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o644).open(partial)?;
    // Whatever the umask: another user's collector reads it.
    file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;

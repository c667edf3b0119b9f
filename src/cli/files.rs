//! `volx files`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc::unbounded_channel;

use super::arguments::{Files, FilesOrder};
use super::within::{Within, watched};
use super::{Exit, Failure, Session, print};
use crate::access::content::Content;
use crate::access::walk::Progress;
use crate::domain::entry::{Entry, EntryKind, Listing, Weight};
use crate::domain::place::{Place, name_text};
use crate::domain::size::human;

/// An entry for scripts; what is unknown is null.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    kind: String,
    apparent_bytes: u64,
    allocated_bytes: Option<u64>,
    mode: String,
    uid: u32,
    gid: u32,
    modified: Option<Timestamp>,
    changed: Option<Timestamp>,
    links: Option<u64>,
    inode: Option<u64>,
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_hex: Option<String>,
    device: Option<Device>,
    is_mount: bool,
    total: Option<Total<'a>>,
}

#[derive(Debug, Serialize)]
struct Device {
    major: u32,
    minor: u32,
}

/// What a folder holds.
#[derive(Debug, Serialize)]
struct Total<'a> {
    apparent_bytes: u64,
    allocated_bytes: Option<u64>,
    files: u64,
    dirs: u64,
    newest_write: &'a Option<Timestamp>,
    errors: u64,
}

/// By name, what each folder weighs.
type Weights = HashMap<Vec<u8>, Weight>;

pub(super) async fn run(session: &Session, wanted: &Files) -> Result<Exit, Failure> {
    let within = Within::parse(&wanted.place)?;
    let content = within.content(session, wanted.access).await?;
    let place = &within.place;
    let looked = content.look(place).await?;
    let mut weights = Weights::new();
    let mut listing = if looked.kind == EntryKind::Folder {
        let listing = content.list(place).await?;
        if !wanted.no_sizes && listing.entries.iter().any(|entry| entry.kind == EntryKind::Folder) {
            weights = weigh(session, content.as_ref(), place).await?;
        }
        listing
    } else {
        Listing { entries: vec![looked], ..Listing::default() }
    };
    sort(&mut listing.entries, &weights, wanted.sort);
    if session.is_json {
        let lines: Vec<Line<'_>> =
            listing.entries.iter().map(|entry| line(entry, weight(&weights, entry))).collect();
        print::json(&lines)?;
    } else if session.is_quiet {
        for entry in &listing.entries {
            print::line(&name_text(&entry.name))?;
        }
    } else {
        table(session, &listing.entries, &weights)?;
    }
    if listing.folded > 0 {
        session.warn(&format!("{} more entries are not shown", listing.folded));
    }
    if listing.errors > 0 {
        session.warn(&format!("{} entries could not be looked at", listing.errors));
    }
    Ok(if listing.folded + listing.errors == 0 { Exit::Done } else { Exit::Partly })
}

async fn weigh(session: &Session, content: &dyn Content, place: &Place) -> Result<Weights, Failure> {
    let progress = Arc::new(Progress::default());
    let (found, mut weighed) = unbounded_channel();
    let gather = async {
        let mut weights = Weights::new();
        while let Some((name, weight)) = weighed.recv().await {
            weights.insert(name, weight);
        }
        weights
    };
    let work = async { tokio::join!(content.weigh(place, &progress, found), gather) };
    let (done, weights) = watched(session, &progress, work).await?;
    done?;
    Ok(weights)
}

fn weight<'w>(weights: &'w Weights, entry: &Entry) -> Option<&'w Weight> {
    weights.get(&entry.name).filter(|_| entry.kind == EntryKind::Folder)
}

/// What an entry weighs with all below it: on disk where that is known, else in content.
fn size(weights: &Weights, entry: &Entry) -> Option<u64> {
    if entry.kind == EntryKind::Folder {
        return weights.get(&entry.name).map(|weight| weight.allocated.unwrap_or(weight.apparent));
    }
    Some(entry.allocated.unwrap_or(entry.apparent))
}

/// Whether some of what is below a folder could not be weighed.
fn is_part(weights: &Weights, entry: &Entry) -> bool {
    weight(weights, entry).is_some_and(|weight| weight.errors > 0)
}

fn sort(entries: &mut [Entry], weights: &Weights, order: FilesOrder) {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    match order {
        FilesOrder::Name => {}
        FilesOrder::Size => entries.sort_by_key(|entry| Reverse(size(weights, entry))),
        FilesOrder::Modified => entries.sort_by_key(|entry| Reverse(entry.modified)),
    }
}

fn line<'a>(entry: &Entry, weight: Option<&'a Weight>) -> Line<'a> {
    Line {
        name: name_text(&entry.name).into_owned(),
        name_hex: hex(&entry.name),
        kind: entry.kind.name().replace(' ', "_"),
        apparent_bytes: entry.apparent,
        allocated_bytes: entry.allocated,
        mode: format!("{:04o}", entry.mode),
        uid: entry.uid,
        gid: entry.gid,
        modified: entry.modified,
        changed: entry.changed,
        links: entry.links,
        inode: entry.inode,
        target: entry.target.as_deref().map(|target| name_text(target).into_owned()),
        target_hex: entry.target.as_deref().and_then(hex),
        device: entry.device.map(|(major, minor)| Device { major, minor }),
        is_mount: entry.is_mount,
        total: weight.map(|weight| Total {
            apparent_bytes: weight.apparent,
            allocated_bytes: weight.allocated,
            files: weight.files,
            dirs: weight.dirs,
            newest_write: &weight.newest_write,
            errors: weight.errors,
        }),
    }
}

/// The bytes of a name that is no text.
fn hex(name: &[u8]) -> Option<String> {
    use std::fmt::Write as _;

    std::str::from_utf8(name).err()?;
    Some(name.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    }))
}

fn table(session: &Session, entries: &[Entry], weights: &Weights) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let modified = entry.modified.map_or_else(
                || "?".to_owned(),
                |at| at.to_zoned(session.config.timezone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
            );
            let size = match (entry.device, size(weights, entry)) {
                (Some((major, minor)), _) => format!("{major}:{minor}"),
                // What could not be looked into is not in the sum.
                (None, Some(bytes)) if is_part(weights, entry) => {
                    format!("at least {}", human(bytes, session.config.units))
                }
                (None, Some(bytes)) => human(bytes, session.config.units),
                (None, None) => "-".to_owned(),
            };
            vec![
                format!("{}{}", entry.kind.letter(), permissions(entry.mode)),
                format!("{}:{}", entry.uid, entry.gid),
                size,
                modified,
                marked(entry),
            ]
        })
        .collect();
    // A way that cannot tell what is on disk tells how long the content is.
    let is_on_disk = entries.iter().any(|entry| entry.allocated.is_some());
    let size = if is_on_disk { "ON DISK" } else { "APPARENT" };
    Ok(print::table(&["MODE", "OWNER", size, "MODIFIED", "NAME"], &rows)?)
}

/// A name with the mark that `ls -F` has for its kind; a link with where it leads.
fn marked(entry: &Entry) -> String {
    let name = name_text(&entry.name);
    match (entry.kind, &entry.target) {
        (EntryKind::Folder, _) if entry.is_mount => format!("{name}/ (another file system)"),
        (EntryKind::Folder, _) => format!("{name}/"),
        (EntryKind::Link, Some(target)) => format!("{name} -> {}", name_text(target)),
        (EntryKind::Link, None) => format!("{name}@"),
        (EntryKind::Fifo, _) => format!("{name}|"),
        (EntryKind::Socket, _) => format!("{name}="),
        _ => name.into_owned(),
    }
}

/// Permissions as `ls -l` shows them.
fn permissions(mode: u32) -> String {
    let special = [(0o4000, 's'), (0o2000, 's'), (0o1000, 't')];
    let mut out = String::with_capacity(9);
    for (shift, (bit, letter)) in [6, 3, 0].into_iter().zip(special) {
        let bits = mode >> shift;
        out.push(if bits & 4 == 0 { '-' } else { 'r' });
        out.push(if bits & 2 == 0 { '-' } else { 'w' });
        out.push(match (mode & bit != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_read_like_those_of_ls() {
        for (mode, shown) in [
            (0o644, "rw-r--r--"),
            (0o4755, "rwsr-xr-x"),
            (0o2640, "rw-r-S---"),
            (0o1777, "rwxrwxrwt"),
            (0, "---------"),
        ] {
            assert_eq!(permissions(mode), shown);
        }
    }

    #[test]
    fn a_name_that_is_no_text_is_told_in_hex() {
        assert_eq!(hex(b"\xff\x0a").as_deref(), Some("ff0a"));
        assert_eq!(hex("ü".as_bytes()), None);
    }
}

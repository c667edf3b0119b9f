//! Records: `LENGTH KEY=VALUE`, each ended by a line feed. They hold what a block cannot.

use std::collections::BTreeMap;
use std::io;

use super::block::broken;
use super::sparse::{self, Claims};
use super::{Attribute, Time, acl};

/// The longest name, or target of a link, that is read or written. It may be there twice in the records of
/// an entry, which have an end; and it may have a part for every second byte.
pub const MAX_NAME: usize = 512 * 1024;
/// Begins a remark of ours about what was left out; in a `comment`, which every tar passes over.
const REMARK: &[u8] = b"volx left out: ";
/// Remarks that are kept of an archive.
pub(super) const MAX_REMARKS: usize = 200;
/// Bytes of a remark that are kept.
const MAX_REMARK: usize = 1024;
/// Bytes of somebody's name that are shown.
const MAX_SHOWN: usize = 64;

/// Begins the key of an extended attribute.
const ATTRIBUTE: &[u8] = b"SCHILY.xattr.";

/// Adds a record. Its length counts its own digits.
pub(super) fn add(records: &mut Vec<u8>, key: impl AsRef<[u8]>, value: &[u8]) {
    let key = key.as_ref();
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    let digits = |length: usize| length.checked_ilog10().map_or(1, |log| log as usize + 1);
    while length != rest + digits(length) {
        length = rest + digits(length);
    }
    records.extend_from_slice(format!("{length} ").as_bytes());
    records.extend_from_slice(key);
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

/// Adds a remark about something that was left out.
pub(super) fn add_remark(records: &mut Vec<u8>, text: &str) {
    add(records, "comment", &[REMARK, text.as_bytes()].concat());
}

/// Adds an extended attribute; an ACL also in words, which is all that some tars restore.
pub(super) fn add_attribute(records: &mut Vec<u8>, attribute: &Attribute) {
    let mut key = ATTRIBUTE.to_vec();
    // As GNU tar does it: a key ends where its `=` is.
    for byte in &attribute.name {
        match byte {
            b'=' => key.extend_from_slice(b"%3D"),
            b'%' => key.extend_from_slice(b"%25"),
            other => key.push(*other),
        }
    }
    add(records, key, &attribute.value);
    if let Some((kind, text)) = acl::words(attribute) {
        add(records, kind, text.as_bytes());
    }
}

/// Adds a name, and says so when it is not text.
pub(super) fn add_name(records: &mut Vec<u8>, key: &str, name: &[u8]) {
    // It holds for what follows it. [POSIX]
    if std::str::from_utf8(name).is_err() {
        add(records, "hdrcharset", b"BINARY");
    }
    add(records, key, name);
}

/// The name of an attribute as it is in the file system.
fn attribute_name(encoded: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'%', [b'3', b'D', after @ ..]) => (b'=', after),
            (b'%', [b'2', b'5', after @ ..]) => (b'%', after),
            (other, after) => (*other, after),
        };
        name.push(byte);
        rest = after;
    }
    name
}

/// A moment in decimal, with as many places as it needs.
pub(super) fn decimal(time: Time) -> String {
    let (sign, seconds, nanos) = if time.seconds < 0 && time.nanos > 0 {
        ("-", (time.seconds + 1).unsigned_abs(), 1_000_000_000 - time.nanos)
    } else {
        (if time.seconds < 0 { "-" } else { "" }, time.seconds.unsigned_abs(), time.nanos)
    };
    if nanos == 0 {
        return format!("{sign}{seconds}");
    }
    let places = format!("{nanos:09}");
    format!("{sign}{seconds}.{}", places.trim_end_matches('0'))
}

/// Reads a moment; what is finer than a nanosecond is rounded down.
fn time(value: &[u8]) -> io::Result<Time> {
    let wrong = || broken("a time in a record is no time");
    let text = std::str::from_utf8(value).map_err(|_not_text| wrong())?;
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(places) {
        return Err(wrong());
    }
    let seconds: i128 = whole.parse().map_err(|_beyond| wrong())?;
    let nanos = places
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0_u32, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    let is_finer = places.bytes().skip(9).any(|digit| digit != b'0');
    let (seconds, nanos) = match (is_negative, nanos + u32::from(is_finer)) {
        (false, _) => (seconds, nanos),
        (true, 0) => (-seconds, 0),
        (true, nanos) => (-seconds - 1, 1_000_000_000 - nanos),
    };
    Ok(Time { seconds: i64::try_from(seconds).map_err(|_beyond| wrong())?, nanos })
}

/// What records say of an entry; it goes before what the entry's own block says.
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) modified: Option<Time>,
    pub(super) major: Option<u32>,
    pub(super) minor: Option<u32>,
    /// What is said of a file with holes.
    pub(super) sparse: Option<Claims>,
    pub(super) attributes: BTreeMap<Vec<u8>, Vec<u8>>,
    /// ACLs in words, for which there was no attribute yet.
    pub(super) acls: Vec<Attribute>,
    pub(super) remarks: Vec<String>,
}

impl Records {
    /// Takes in a block of records. Those of unknown keys are passed over, as POSIX wants.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (record, rest) = split(bytes).ok_or_else(|| broken("a record has a wrong length"))?;
            let equals = record.iter().position(|byte| *byte == b'=');
            let (key, value) = equals
                .and_then(|at| Some((record.get(..at)?, record.get(at + 1..)?)))
                .ok_or_else(|| broken("a record has no value"))?;
            self.take(key, value)?;
            bytes = rest;
        }
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        match key {
            b"path" => self.path = name(value)?,
            b"linkpath" => self.link = name(value)?,
            b"size" => self.size = number(value)?,
            b"uid" => self.uid = number(value)?,
            b"gid" => self.gid = number(value)?,
            b"SCHILY.devmajor" => self.major = number(value)?,
            b"SCHILY.devminor" => self.minor = number(value)?,
            b"mtime" if value.is_empty() => self.modified = None,
            b"mtime" => self.modified = Some(time(value)?),
            b"comment" => {
                let remark = value.strip_prefix(REMARK).filter(|_| self.remarks.len() < MAX_REMARKS);
                let kept = remark.map(|text| text.get(..MAX_REMARK).unwrap_or(text));
                self.remarks.extend(kept.map(|text| String::from_utf8_lossy(text).into_owned()));
            }
            b"GNU.sparse.name" => self.sparse().name = name(value)?,
            b"GNU.sparse.major" => self.sparse().major = number(value)?.unwrap_or(0),
            b"GNU.sparse.minor" => self.sparse().minor = number(value)?.unwrap_or(0),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse().size = number(value)?,
            b"GNU.sparse.offset" => {
                let at = number(value)?.unwrap_or(0);
                self.sparse().offset = Some(at);
            }
            b"GNU.sparse.numbytes" => {
                let length = number(value)?.unwrap_or(0);
                self.sparse().piece(length)?;
            }
            b"GNU.sparse.map" => self.sparse().pieces = sparse::listed(value)?,
            key if key.starts_with(b"GNU.sparse.") => {}
            key => match key.strip_prefix(ATTRIBUTE) {
                Some(encoded) => self.attribute(attribute_name(encoded), value)?,
                None => match acl::spoken(key, value) {
                    Some(Ok(acl)) => self.acls.push(acl),
                    Some(Err(who)) if self.remarks.len() < MAX_REMARKS => {
                        let who = String::from_utf8_lossy(who.get(..MAX_SHOWN).unwrap_or(&who)).into_owned();
                        self.remarks.push(format!("an ACL for '{who}', whose number is not told"));
                    }
                    Some(Err(_)) | None => {}
                },
            },
        }
        Ok(())
    }

    fn sparse(&mut self) -> &mut Claims {
        self.sparse.get_or_insert_default()
    }

    /// Whether there is nothing in it that can hold for one entry alone. Each entry would get all of it.
    pub(super) fn can_be_of_all(&self) -> bool {
        let names = [&self.path, &self.link];
        names.iter().all(|name| name.is_none()) && self.attributes.is_empty() && self.acls.is_empty()
    }

    /// The last word on an attribute holds.
    fn attribute(&mut self, name: Vec<u8>, value: &[u8]) -> io::Result<()> {
        if name.is_empty() || name.contains(&0) {
            return Err(broken("an attribute has no proper name"));
        }
        self.attributes.insert(name, value.to_vec());
        Ok(())
    }

    /// All attributes by name; an ACL in words counts only when it is not there in full.
    pub(super) fn all_attributes(&mut self) -> Vec<Attribute> {
        let mut all = std::mem::take(&mut self.attributes);
        for acl in self.acls.drain(..) {
            all.entry(acl.name).or_insert(acl.value);
        }
        all.into_iter().map(|(name, value)| Attribute { name, value }).collect()
    }
}

/// The first record, without length and line feed, and what follows it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let digits = std::str::from_utf8(bytes.get(..blank)?).ok()?;
    let length: usize = digits.parse().ok()?;
    let record = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    Some((record, bytes.get(length..)?))
}

/// An empty value takes back what was said before. [POSIX]
fn name(value: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if value.contains(&0) {
        return Err(broken("a name has a zero in it"));
    }
    fits(value)?;
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

/// That a name is no longer than names may be.
pub(super) fn fits(name: &[u8]) -> io::Result<()> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(broken(format!("a name is longer than {MAX_NAME} bytes")))
}

fn number<T: std::str::FromStr>(value: &[u8]) -> io::Result<Option<T>> {
    if value.is_empty() {
        return Ok(None);
    }
    let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| broken("a number in a record is none"))
}

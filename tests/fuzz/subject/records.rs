//! The records of PAX heads: read, and what was read written and read again.

use std::io::{self, Read};

use volx::pax::{Body, Head, Reader, Writer};

use super::{Edit, Seeds, tar};

pub(crate) const SEEDS: Seeds = || {
    let of = |lines: &[&str]| {
        lines.iter().fold(b"x".to_vec(), |all, line| [all, tar::record(line.as_bytes())].concat())
    };
    vec![
        of(&[
            "path=a/b/\u{e9}",
            "uid=10",
            "gid=3000000001",
            "mtime=-1234567890.123456789",
            "hdrcharset=BINARY",
        ]),
        of(&["SCHILY.xattr.user.a%3Db=c", "SCHILY.acl.access=user::rw-,g::r--,o:r:", "linkpath=nowhere"]),
        of(&["GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=85899", "GNU.sparse.name=x"]),
        of(&["GNU.sparse.size=9", "GNU.sparse.offset=1", "GNU.sparse.numbytes=3", "SCHILY.devmajor=9"]),
        of(&["GNU.sparse.size=9", "GNU.sparse.map=0,1,5,2", "comment=volx left out: a: socket", "size=3"]),
    ]
};

/// The first byte is the kind of block that the records are in; they come twice when it is odd.
pub(crate) fn bear(bytes: &[u8]) {
    let Some((kind, records)) = bytes.split_first() else { return };
    let mut archive = Vec::new();
    for _ in 0..=(kind & 1) {
        archive.extend(tar::entry(if kind & 2 == 0 { b'x' } else { b'g' }, b"records", b"", records.len()));
        archive.extend_from_slice(records);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    for (kind, name) in [(b'0', &b"first"[..]), (b'2', b"second"), (b'S', b"third")] {
        archive.extend(tar::entry(kind, name, b"target", 0));
    }
    archive.resize(archive.len() + 1024, 0);
    let mut reader = Reader::new(archive.as_slice());
    let mut heads = Vec::new();
    while let Ok(Some(mut head)) = reader.next_head() {
        let _ = io::copy(&mut (&mut reader).take(1 << 20), &mut io::sink());
        // The content is not what this is about.
        if let Body::File(size) = &mut head.body {
            *size = 0;
        }
        heads.push(head);
    }
    again(&heads);
}

/// What is written is what is read.
fn again(heads: &[Head]) {
    let mut writer = Writer::new(Vec::new());
    let mut written = Vec::new();
    for head in heads {
        if writer.begin(head).is_ok() {
            written.push(head);
        }
    }
    let archive = writer.finish().expect("an end");
    let mut reader = Reader::new(archive.as_slice());
    for head in written {
        let mut head = head.clone();
        if head.body == Body::Folder && !head.name.ends_with(b"/") {
            head.name.push(b'/');
        }
        assert_eq!(reader.next_head().expect("readable"), Some(head));
    }
}

pub(crate) fn vary(mut bytes: Vec<u8>, seed: u32, room: usize, edit: &mut Edit<'_>) -> Vec<u8> {
    edit(&mut bytes, room);
    if seed.is_multiple_of(4) || bytes.is_empty() {
        return bytes;
    }
    // With right lengths the changes get further.
    let mut mended = vec![bytes[0]];
    for line in bytes[1..].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let text = line.iter().position(|byte| *byte == b' ').map_or(line, |blank| &line[blank + 1..]);
        mended.extend(tar::record(text));
    }
    mended
}

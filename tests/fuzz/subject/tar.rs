//! Tars: some that are valid, and changing one so that it stays readable.

use std::io::{BufWriter, Read, Write};

use volx::pax::{Attribute, Body, Head, Piece, Time, Writer};

use super::Edit;

const BLOCK: usize = 512;
const CHECKSUM: std::ops::Range<usize> = 148..156;

pub(crate) fn head(name: &[u8], body: Body) -> Head {
    let modified = Time { seconds: -5, nanos: 7 };
    Head { name: name.to_vec(), body, mode: 0o640, uid: 1, gid: 2, modified, attributes: Vec::new() }
}

/// One of everything that volx writes.
pub(crate) fn ours() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let mut put = |head: &Head, content: &[u8]| {
        writer.begin(head).expect("begun");
        writer.copy(&mut &*content, |_| Ok(())).expect("written");
    };
    put(&head(b"./", Body::Folder), b"");
    let mut file = head(b"file", Body::File(7));
    let attribute = |name: &[u8], value: &[u8]| Attribute { name: name.to_vec(), value: value.to_vec() };
    let acl = [&[2, 0, 0, 0][..], &[1, 0, 6, 0, 255, 255, 255, 255], &[32, 0, 4, 0, 255, 255, 255, 255]];
    file.attributes =
        vec![attribute(b"user.a=b", b"\0x"), attribute(b"system.posix_acl_access", &acl.concat())];
    put(&file, b"content");
    put(&head(b"folder/", Body::Folder), b"");
    put(&head(&[b"folder/", &[b'l'; 150][..]].concat(), Body::File(600)), &[b'c'; 600]);
    put(&head(b"folder/\xff", Body::Link(b"../known".to_vec())), b"");
    put(&head(b"folder/same", Body::Same(b"file".to_vec())), b"");
    put(&head(b"known", Body::Link(b"..".to_vec())), b"");
    put(&head(b"pipe", Body::Fifo), b"");
    put(&head(b"null", Body::CharDevice(1, 3)), b"");
    put(&head(b"disk", Body::BlockDevice(259, 300_000)), b"");
    writer.begin_sparse(&head(b"holes", Body::File(1 << 33)), &HOLES).expect("begun");
    writer.copy(&mut [b's'; 1536].as_slice(), |_| Ok(())).expect("written");
    writer.remark(&["socket: a socket".to_owned()]).expect("written");
    writer.finish().expect("finished")
}

/// As many files as one likes, as they come; all in the other order when turned. One of them may be another.
pub(crate) fn many(count: usize, is_turned: bool, other: Option<usize>) -> impl Read {
    let (reading, writing) = std::io::pipe().expect("a pipe");
    std::thread::spawn(move || {
        let mut writer = Writer::new(BufWriter::new(writing));
        for at in 0..count {
            let number = if is_turned { count - 1 - at } else { at };
            let mut file = head(format!("folder/{number}").as_bytes(), Body::File(0));
            file.mode ^= u32::from(other == Some(number));
            writer.begin(&file).expect("begun");
        }
        writer.finish().expect("finished").flush().expect("written");
    });
    reading
}

const HOLES: [Piece; 2] = [Piece { at: 4096, length: 1024 }, Piece { at: (1 << 33) - 512, length: 512 }];

/// What others write: GNU's long names and old form of holes, a head for all, blocks before POSIX.
pub(crate) fn theirs() -> Vec<u8> {
    let mut tar = Vec::new();
    let mut put = |kind: u8, name: &[u8], link: &[u8], content: &[u8]| {
        tar.extend(entry(kind, name, link, content.len()));
        tar.extend_from_slice(content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    };
    put(b'g', b"pax_global_header", b"", &record(b"comment=anybody"));
    put(b'V', b"tape", b"", b"");
    put(b'5', b"dir/", b"", b"");
    put(b'L', b"././@LongLink", b"", &[&b"dir/"[..], &[b'n'; 200], b"\0"].concat());
    put(b'0', b"dir/nnn", b"", b"content");
    put(b'K', b"././@LongLink", b"", &[b't'; 200]);
    put(b'2', b"link", b"ttt", b"");
    put(b'1', b"same", b"dir/../dir/nnn", b"");
    put(0, b"old/", b"", b"");
    put(b'7', b"contiguous", b"", b"x");
    let records = [
        "GNU.sparse.major=0",
        "GNU.sparse.minor=1",
        "GNU.sparse.size=100000",
        "GNU.sparse.map=512,5,90000,2",
    ];
    put(b'x', b"PaxHeaders/h", b"", &records.map(|text| record(text.as_bytes())).concat());
    put(b'0', b"listed", b"", b"fivetwo");
    put(b'S', b"holes", b"", b"");
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

/// A record with its right length.
pub(crate) fn record(text: &[u8]) -> Vec<u8> {
    let rest = text.len() + 2;
    let length = (rest + 1..rest + 20).find(|length| *length == rest + length.to_string().len());
    [format!("{} ", length.unwrap_or(0)).as_bytes(), text, b"\n"].concat()
}

/// A head as old programs have it.
pub(crate) fn entry(kind: u8, name: &[u8], link: &[u8], size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, &name[..name.len().min(100)]);
    for (at, number) in [(100, 0o644), (108, 0), (116, 0), (329, 0), (337, 0)] {
        put(at, format!("{number:07o}\0").as_bytes());
    }
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000001\0");
    put(156, &[kind]);
    put(157, &link[..link.len().min(100)]);
    put(257, b"ustar  \0");
    block.chunks_exact_mut(BLOCK).for_each(seal);
    block
}

/// Where the first head of a kind may be.
pub(crate) fn first(tar: &[u8], kind: u8) -> Option<u64> {
    tar.chunks(BLOCK).position(|block| block.get(156) == Some(&kind)).map(|at| (at * BLOCK) as u64)
}

/// Changes bytes of a tar; mostly its heads get right checksums again.
pub(crate) fn vary(tar: &mut Vec<u8>, seed: u32, room: usize, edit: &mut Edit<'_>) {
    let blocks = tar.len() / BLOCK;
    match seed % 8 {
        // One block with all in it, in its place.
        0..4 if blocks > 0 => {
            let at = (seed / 8) as usize % blocks * BLOCK;
            let mut block = tar[at..at + BLOCK].to_vec();
            edit(&mut block, 0);
            block.resize(BLOCK, 0);
            tar[at..at + BLOCK].copy_from_slice(&block);
        }
        // An entry again, elsewhere.
        4 if blocks > 1 => {
            let (from, to) = ((seed / 8) as usize % blocks, (seed / 1021) as usize % blocks);
            let block = tar[from * BLOCK..(from + 1) * BLOCK].to_vec();
            if room >= BLOCK {
                tar.splice(to * BLOCK..to * BLOCK, block);
            }
        }
        _ => edit(tar, room),
    }
    if !seed.is_multiple_of(16) {
        tar.chunks_exact_mut(BLOCK).filter(|block| block[257..262] == *b"ustar").for_each(seal);
    }
}

fn seal(block: &mut [u8]) {
    block[CHECKSUM].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

//! Archives that are not what was written: each is refused, and it is said why.

use std::io::Read;

use proptest::prelude::*;
use zeekstd::SeekTable;

use super::footer::{FOOTER, Footer};
use super::frames::{self, HEAD};
use super::tests::{about, head, noise, open, written};
use super::*;
use crate::pax::{Attribute, Body, Head, Writer};

fn tar_of(heads: &[Head]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for head in heads {
        writer.begin(head).expect("begun");
        if let Body::File(size) = head.body {
            let content = noise(usize::try_from(size).expect("small"), size);
            writer.copy(&mut content.as_slice(), |_| Ok(())).expect("written");
        }
    }
    writer.finish().expect("finished")
}

fn small() -> Vec<u8> {
    written(&tar_of(&[
        head(b"./", Body::Folder),
        head(b"file", Body::File(3000)),
        head(b"empty", Body::File(0)),
    ]))
}

/// What proving it says.
fn proven(bytes: &[u8]) -> Result<Verified, Error> {
    open(bytes)?.verify(&mut |_| true)
}

/// A backup with other parts, sealed as if they had been written so.
fn forged(data: &[&[u8]], sizes: &[u32], index: &[u8], manifest: &Manifest, footer: &Footer) -> Vec<u8> {
    let json = serde_json::to_vec(manifest).expect("a manifest");
    let mut table = SeekTable::new();
    for (frame, size) in data.iter().zip(sizes) {
        table.log_frame(u32::try_from(frame.len()).expect("small"), *size).expect("logged");
    }
    let mut sealed = Vec::new();
    let (frames, tar_bytes) = (table.num_frames().into(), table.size_decomp());
    table.into_serializer().read_to_end(&mut sealed).expect("sealed");
    let data = data.concat();
    let mut footer = Footer {
        index_at: data.len() as u64,
        manifest_at: (data.len() + index.len()) as u64,
        manifest: json.len() as u64,
        tar_bytes,
        frames,
        data_digest: blake3::hash(&data).into(),
        index_digest: blake3::hash(index).into(),
        ..*footer
    };
    footer.digest = footer.sum(&json, &sealed);
    let head = frames::head(frames::MANIFEST, json.len() + FOOTER).expect("small");
    [&data, index, &head[..], &json, &footer.to_bytes(), &sealed].concat()
}

/// The parts of a backup of one frame.
fn parts(bytes: &[u8]) -> (Vec<u8>, Vec<u8>, Manifest, Footer) {
    let archive = open(bytes).expect("a backup");
    let footer = archive.footer.clone();
    let at = |at: u64| usize::try_from(at).expect("small");
    let data = bytes[..at(footer.index_at)].to_vec();
    let index = bytes[at(footer.index_at)..at(footer.manifest_at)].to_vec();
    (data, index, archive.manifest().clone(), footer)
}

#[test]
fn no_bit_flips_unseen() {
    let bytes = small();
    proven(&bytes).expect("whole");
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 1 << (at % 8);
        assert!(proven(&broken).is_err(), "byte {at} of {}", bytes.len());
    }
}

#[test]
fn what_was_cut_off_is_not_whole() {
    let bytes = small();
    for cut in 0..bytes.len() {
        let error = open(&bytes[..cut]).map(drop).expect_err("cut off");
        assert!(matches!(error, Error::NoIndex), "{cut}: {error}");
    }
}

#[test]
fn what_is_missing_before_an_intact_seek_table_is_seen() {
    let bytes = small();
    let (data, index, ..) = parts(&bytes);
    let table = 8 + 9 + 8;
    let before = bytes.len() - table;
    for (from, until) in [(before - 1, before), (0, 1), (data.len(), data.len() + index.len()), (100, 200)] {
        let cut = [&bytes[..from], &bytes[until..]].concat();
        assert!(open(&cut).is_err(), "{from} to {until}");
    }
    let cut = [&bytes[..data.len() / 2], &bytes[data.len()..]].concat();
    assert!(matches!(open(&cut).map(drop), Err(Error::Partial(_))));
    let longer = [b"more".as_slice(), &bytes].concat();
    assert!(matches!(open(&longer).map(drop), Err(Error::Partial(_))));
    // A file of that name from elsewhere.
    let zstd = zstd::encode_all(&tar_of(&[head(b"file", Body::Fifo)])[..], 3).expect("compressed");
    assert!(matches!(open(&zstd).map(drop), Err(Error::NoIndex)));
    assert!(matches!(open(b"").map(drop), Err(Error::NoIndex)));
}

#[test]
fn two_entries_of_one_name_are_refused() {
    for other in [&b"file"[..], b"./file", b"file/", b".//file"] {
        let bytes = written(&tar_of(&[head(b"file", Body::File(1)), head(other, Body::File(2))]));
        let error = proven(&bytes).expect_err("twice").to_string();
        assert!(error.contains("twice"), "{error}");
    }
}

#[test]
fn a_name_that_leads_out_is_refused() {
    for name in [&b"../file"[..], b"a/../../file"] {
        let error = proven(&written(&tar_of(&[head(name, Body::Fifo)]))).expect_err("out").to_string();
        assert!(error.contains("leads out"), "{error}");
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    let bytes = small();
    let (data, index, manifest, footer) = parts(&bytes);
    let size = u32::try_from(footer.tar_bytes).expect("small");
    assert!(proven(&forged(&[&data], &[size], &index, &manifest, &footer)).is_ok(), "the forger is right");
    // More in it than the table says.
    let bomb = zstd::encode_all(io::repeat(0).take(1 << 28), 3).expect("compressed");
    let error = proven(&forged(&[&bomb], &[size], &index, &manifest, &footer)).expect_err("a bomb");
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    // The table says so itself.
    let mut large = manifest.clone();
    large.counted.tar_bytes = 1 << 30;
    let error = proven(&forged(&[&bomb], &[1 << 30], &index, &large, &footer)).expect_err("a bomb");
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
    // Less in it.
    let fewer = Footer { entries: 2, ..footer };
    let error = proven(&forged(&[&data], &[size], &index, &manifest, &fewer));
    assert!(matches!(error, Err(Error::Manifest(_))));
    let mut longer = manifest.clone();
    longer.counted.tar_bytes += 512;
    let error = proven(&forged(&[&data], &[size + 512], &index, &longer, &footer)).expect_err("less");
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    // A chunk of the index.
    let huge = zstd::encode_all(io::repeat(0).take(1 << 28), 3).expect("compressed");
    for (says, is_too_large) in [(u32::MAX, true), (1000, false)] {
        let head = frames::head(frames::INDEX, 4 + huge.len()).expect("small");
        let index = [&head[..], &says.to_le_bytes(), &huge].concat();
        let error = proven(&forged(&[&data], &[size], &index, &manifest, &footer)).expect_err("a bomb");
        assert_eq!(matches!(error, Error::TooLarge(_)), is_too_large, "{error}");
    }
}

/// An index of these entries, however they may be.
fn index_of(entries: &[Entry]) -> Vec<u8> {
    let chunk: Vec<u8> = entries.iter().flat_map(|e| postcard::to_stdvec(e).expect("an entry")).collect();
    let packed = zstd::bulk::compress(&chunk, 3).expect("compressed");
    let head = frames::head(frames::INDEX, 4 + packed.len()).expect("small");
    [&head[..], &u32::try_from(chunk.len()).expect("small").to_le_bytes(), &packed].concat()
}

#[test]
fn an_index_takes_no_more_memory_than_its_names() {
    let bytes = small();
    let (data, _, manifest, footer) = parts(&bytes);
    let size = u32::try_from(footer.tar_bytes).expect("small");
    let first = open(&bytes).expect("a backup").entries().next().expect("one").expect("readable");
    let with = |change: fn(&mut Head)| {
        let mut entry = first.clone();
        change(&mut entry.head);
        let forged = forged(&[&data], &[size], &index_of(&[entry]), &manifest, &footer);
        open(&forged).expect("sealed").entries().next().expect("one").expect_err("refused")
    };
    let error = with(|head| head.attributes = vec![Attribute { name: Vec::new(), value: Vec::new() }]);
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    let error = with(|head| head.name = b"a/".repeat(300_000));
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    let error = with(|head| head.body = Body::Same(b"a/".repeat(300_000)));
    assert!(matches!(error, Error::Damaged(_)), "{error}");
    let error = with(|head| head.name = vec![b'n'; 3 << 20]);
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
}

#[test]
fn a_hole_that_the_index_takes_for_bytes_is_not_hashed() {
    let mut writer = Writer::new(Vec::new());
    writer.begin_sparse(&head(b"holes", Body::File(1 << 60)), &[]).expect("begun");
    let tar = writer.finish().expect("finished");
    let bytes = written(&tar);
    let (data, _, manifest, footer) = parts(&bytes);
    let mut entry = open(&bytes).expect("a backup").entries().next().expect("one").expect("readable");
    entry.content = Some(Content::Whole([0; 32]));
    let size = u32::try_from(footer.tar_bytes).expect("small");
    let forged = forged(&[&data], &[size], &index_of(&[entry]), &manifest, &footer);
    let archive = open(&forged).expect("sealed");
    let error = archive.compare(&mut tar.as_slice(), &mut |_| true).expect_err("refused").to_string();
    assert!(error.contains("larger than all"), "{error}");
    assert!(open(&bytes).expect("a backup").compare(&mut tar.as_slice(), &mut |_| true).is_ok());
}

#[test]
fn what_the_index_or_the_manifest_says_otherwise_is_refused() {
    let bytes = small();
    let (data, index, manifest, footer) = parts(&bytes);
    let size = u32::try_from(footer.tar_bytes).expect("small");
    let mut other = manifest.clone();
    other.counted.files += 1;
    let error = proven(&forged(&[&data], &[size], &index, &other, &footer)).expect_err("miscounted");
    assert!(matches!(error, Error::Manifest(_)), "{error}");
    // The index and the data of two backups that look the same.
    let changed = head(b"file", Body::File(3000));
    let changed = Head { mode: 0o600, ..changed };
    let twin = written(&tar_of(&[head(b"./", Body::Folder), changed, head(b"empty", Body::File(0))]));
    let (twin, ..) = parts(&twin);
    let error = proven(&forged(&[&twin], &[size], &index, &manifest, &footer)).expect_err("another");
    assert!(matches!(&error, Error::Entry { path, .. } if path == "file"), "{error}");
    // Its manifest is that of another backup.
    let mut mixed = bytes.clone();
    let at = usize::try_from(footer.manifest_at).expect("small") + HEAD;
    let text = String::from_utf8_lossy(&bytes[at..]).find("db-data").expect("its name");
    mixed[at + text..at + text + 2].copy_from_slice(b"my");
    assert!(matches!(open(&mixed).map(drop), Err(Error::Damaged(_))));
}

#[test]
fn a_newer_volx_s_is_said_to_be_that() {
    let mut bytes = small();
    let table = 8 + 9 + 8;
    let version = bytes.len() - table - 16;
    bytes[version] = 2;
    let error = open(&bytes).map(drop).expect_err("newer");
    assert!(matches!(error, Error::Newer { found: 2 }), "{error}");
    assert!(error.to_string().contains("newer volx"));
}

#[test]
fn one_file_is_refused_when_it_is_damaged() {
    let bytes = small();
    let (data, index, manifest, footer) = parts(&bytes);
    let archive = open(&bytes).expect("a backup");
    let entry = archive.find(&crate::domain::place::Place::parse(b"file").expect("a path")).expect("there");
    let size = usize::try_from(footer.tar_bytes).expect("small");
    let mut tar = zstd::bulk::decompress(&data, size).expect("a tar");
    tar[usize::try_from(entry.at).expect("small") + 1600] ^= 1;
    let frame = zstd::bulk::compress(&tar, 3).expect("compressed");
    let size = u32::try_from(size).expect("small");
    let forged = forged(&[&frame], &[size], &index, &manifest, &footer);
    let archive = open(&forged).expect("sealed");
    assert!(matches!(archive.take(&entry, &mut Vec::new()), Err(Error::Entry { .. })));
    assert_eq!(about(), archive.manifest().about);
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(proven(&bytes).is_err());
    }

    #[test]
    fn no_changes_pass_for_a_backup(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        length in 0_usize..50,
    ) {
        let whole = small();
        let mut bytes = whole.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let from = cut.index(bytes.len());
        let until = (from + length).min(bytes.len());
        bytes.drain(from..until);
        prop_assert!(bytes == whole || proven(&bytes).is_err());
    }
}

use std::io::Read;

use proptest::prelude::*;

use super::*;

fn head(name: &[u8], body: Body) -> Head {
    let modified = Time { seconds: 5, nanos: 6 };
    Head { name: name.to_vec(), body, mode: 0o640, uid: 3, gid: 4, modified, attributes: Vec::new() }
}

fn written(heads: &[Head]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for head in heads {
        writer.begin(head).expect("begun");
        if let Body::File(size) = head.body {
            writer.copy(&mut std::io::repeat(b'c').take(size), |_| Ok(())).expect("written");
        }
    }
    writer.finish().expect("finished")
}

fn read(mut bytes: &[u8]) -> std::io::Result<Vec<Head>> {
    let mut reader = Reader::new(&mut bytes);
    let mut heads = Vec::new();
    while let Some(head) = reader.next_head()? {
        heads.push(head);
    }
    Ok(heads)
}

#[test]
fn what_does_not_fit_into_a_block_comes_back_all_the_same() {
    let long = [b'l'; 5000];
    let mut heads = vec![
        head(&long, Body::File(10)),
        head(&[b'\xff'; 101], Body::Link(long.to_vec())),
        head(b"same", Body::Same(long.to_vec())),
        head(&[b'x'; 100], Body::Fifo),
        head(b"node", Body::CharDevice(4095, 1_048_575)),
        head(b"node", Body::BlockDevice(u32::MAX, u32::MAX)),
    ];
    heads[0].uid = 3_000_000_001;
    heads[1].gid = u32::MAX;
    let times =
        [(-1, 999_999_999), (-5, 1), (i64::MIN, 0), (i64::MAX, 999_999_999), (0, 0), (10_000_000_000, 7)];
    for (head, (seconds, nanos)) in heads.iter_mut().zip(times) {
        head.modified = Time { seconds, nanos };
    }
    assert_eq!(read(&written(&heads)).expect("read"), heads);
}

#[test]
fn a_folder_s_name_ends_with_a_slash_and_a_huge_file_keeps_its_size() {
    let folders = read(&written(&[head(b"dir", Body::Folder)])).expect("read");
    assert_eq!(folders[0].name, b"dir/");
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    writer.begin(&head(b"huge", Body::File(1 << 40))).expect("begun");
    drop(writer);
    let read = Reader::new(bytes.as_slice()).next_head().expect("read").expect("an entry");
    assert_eq!(read.body, Body::File(1 << 40));
}

#[test]
fn a_file_that_grows_is_cut_at_what_its_head_says() {
    let mut writer = Writer::new(Vec::new());
    writer.begin(&head(b"file", Body::File(3))).expect("begun");
    assert!(writer.copy(&mut &b"abcdef"[..], |_| Ok(())).expect("written").is_none());
    let bytes = writer.finish().expect("finished");
    let mut reader = Reader::new(bytes.as_slice());
    reader.next_head().expect("read").expect("an entry");
    let mut content = String::new();
    reader.read_to_string(&mut content).expect("read");
    assert_eq!(content, "abc");
    assert!(reader.next_head().expect("whole").is_none());
}

#[test]
fn an_archive_without_its_end_is_none() {
    let whole = written(&[head(b"file", Body::File(600))]);
    for cut in 0..whole.len() {
        let error = read(&whole[..cut]).expect_err("cut off");
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{cut}");
    }
    assert!(read(&whole).is_ok());
}

#[test]
fn what_was_left_out_is_known_at_the_end() {
    let mut writer = Writer::new(Vec::new());
    writer.begin(&head(b"file", Body::Fifo)).expect("begun");
    writer.remark(&["a\nb: a socket".to_owned(), "c".to_owned()]).expect("written");
    let bytes = writer.finish().expect("finished");
    let mut reader = Reader::new(bytes.as_slice());
    while reader.next_head().expect("read").is_some() {}
    assert_eq!(reader.remarks(), ["a\nb: a socket", "c"]);
}

#[test]
fn too_large_records_are_refused() {
    let huge = head(&vec![b'n'; 5 * 1024 * 1024], Body::Fifo);
    let mut writer = Writer::new(Vec::new());
    assert!(writer.begin(&huge).is_err(), "none is written");
    let mut block = block::Block::head(b'x');
    block.put_number(block::SIZE, 5 * 1024 * 1024);
    block.seal();
    let error = read(&block.0).expect_err("refused").to_string();
    assert!(error.contains("larger than"), "{error}");
}

/// A block of some kind with records.
fn records_in(kind: u8, records: &[u8]) -> Vec<u8> {
    let mut block = block::Block::head(kind);
    block.put_number(block::SIZE, records.len() as u64);
    block.seal();
    let mut bytes = [&block.0, records].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn records_of_one_entry_are_not_gathered_without_end() {
    let block = |number: usize| {
        let mut records = Vec::new();
        record::add(&mut records, format!("SCHILY.xattr.user.{number}"), &vec![0; 1 << 20]);
        records_in(b'x', &records)
    };
    let error = read(&(0..5).flat_map(block).collect::<Vec<_>>()).expect_err("refused").to_string();
    assert!(error.contains("larger than"), "{error}");
}

#[test]
fn what_holds_for_one_entry_is_not_said_of_all() {
    for key in ["path", "linkpath", "SCHILY.xattr.user.a", "SCHILY.acl.access"] {
        let mut records = Vec::new();
        record::add(&mut records, key, b"u::rw");
        let error = read(&records_in(b'g', &records)).expect_err("refused").to_string();
        assert!(error.contains("of all entries"), "{key}: {error}");
    }
}

#[test]
fn a_name_is_no_longer_than_a_path_that_is_packed() {
    let longest = head(&vec![b'n'; MAX_NAME], Body::Link(vec![b't'; MAX_NAME]));
    assert_eq!(read(&written(std::slice::from_ref(&longest))).expect("read"), [longest]);
    let name = vec![b'n'; MAX_NAME + 1];
    assert!(Writer::new(Vec::new()).begin(&head(&name, Body::Fifo)).is_err());
    assert!(Writer::new(Vec::new()).begin(&head(b"a", Body::Same(name.clone()))).is_err());
    let mut records = Vec::new();
    record::add(&mut records, "path", &name);
    for bytes in [records_in(b'x', &records), records_in(b'L', &name)] {
        let error = read(&bytes).expect_err("refused").to_string();
        assert!(error.contains("a name is longer"), "{error}");
    }
}

fn any_head() -> impl Strategy<Value = Head> {
    let name = || proptest::collection::vec(1_u8.., 1..300);
    let body = prop_oneof![
        (0_u64..2000).prop_map(Body::File),
        name().prop_map(Body::Link),
        name().prop_map(Body::Same),
        Just(Body::Fifo),
        (any::<u32>(), any::<u32>()).prop_map(|(a, b)| Body::CharDevice(a, b)),
        (any::<u32>(), any::<u32>()).prop_map(|(a, b)| Body::BlockDevice(a, b)),
    ];
    let attributes =
        proptest::collection::btree_map(name(), proptest::collection::vec(any::<u8>(), 0..50), 0..4);
    let owners = (any::<u32>(), any::<u32>());
    (name(), body, 0_u32..0o10000, owners, any::<i64>(), 0_u32..1_000_000_000, attributes).prop_map(
        |(name, body, mode, (uid, gid), seconds, nanos, attributes)| Head {
            name,
            body,
            mode,
            uid,
            gid,
            modified: Time { seconds, nanos },
            attributes: attributes.into_iter().map(|(name, value)| Attribute { name, value }).collect(),
        },
    )
}

/// Gaps and lengths as pieces, and the size with a hole of the last gap.
fn pieces_of(gaps: &[(u64, u64)], end: u64) -> (Vec<Piece>, u64) {
    let mut at = 0;
    let pieces: Vec<Piece> = gaps
        .iter()
        .map(|(gap, length)| {
            let piece = Piece { at: at + gap, length: *length };
            at = piece.at + length;
            piece
        })
        .collect();
    (pieces, at + end)
}

#[test]
fn holes_beyond_all_disks_are_kept_and_passed_over() {
    let (pieces, size) = pieces_of(&[(1 << 40, 512), (1 << 50, 512)], 1 << 60);
    let mut writer = Writer::new(Vec::new());
    writer.begin_sparse(&head(b"file", Body::File(size)), &pieces).expect("begun");
    let content = [[b'a'; 512], [b'b'; 512]].concat();
    assert!(writer.copy(&mut content.as_slice(), |_| Ok(())).expect("written").is_none());
    writer.begin(&head(b"next", Body::Fifo)).expect("begun");
    let bytes = writer.finish().expect("finished");
    let mut reader = Reader::new(bytes.as_slice());
    assert_eq!(reader.next_head().expect("read").expect("an entry").body, Body::File(size));
    assert_eq!(reader.entry_at(), 0);
    // An empty piece stands for the hole at the end.
    assert_eq!(reader.pieces().expect("holes")[..2], pieces);
    let mut some = [0; 500];
    assert_eq!(reader.skip_hole(), 1 << 40);
    reader.read_exact(&mut some).expect("read");
    assert_eq!((some, reader.skip_hole()), ([b'a'; 500], 0));
    reader.read_exact(&mut some[..12]).expect("read");
    assert_eq!(reader.skip_hole(), 1 << 50);
    reader.read_exact(&mut some[..1]).expect("read");
    assert_eq!(some[0], b'b');
    let uneven = [Piece { at: 3, length: 512 }];
    assert!(Writer::new(Vec::new()).begin_sparse(&head(b"file", Body::File(2000)), &uneven).is_err());
    assert_eq!(reader.next_head().expect("read").expect("an entry").name, b"next");
    assert_eq!(reader.entry_at(), 6 * 512, "records and their head, a head, the map, the pieces");
}

#[test]
fn a_map_that_lies_is_refused() {
    let sparse = |map: &str, size: u64, content: usize| {
        let mut records = Vec::new();
        for (key, value) in [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")] {
            record::add(&mut records, key, value.as_bytes());
        }
        record::add(&mut records, "GNU.sparse.realsize", size.to_string().as_bytes());
        let mut bytes = Vec::new();
        let mut put = |kind, size: usize, content: &[u8]| {
            let mut block = block::Block::head(kind);
            block.put(block::NAME, b"name");
            for field in [block::MODE, block::UID, block::GID, block::MTIME] {
                block.put_number(field, 0);
            }
            block.put_number(block::SIZE, size as u64);
            block.seal();
            bytes.extend_from_slice(&block.0);
            bytes.extend_from_slice(content);
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        };
        put(b'x', records.len(), &records);
        let mut data = map.as_bytes().to_vec();
        data.resize(data.len().next_multiple_of(512), 0);
        data.resize(data.len() + content, b'c');
        put(b'0', data.len(), &data);
        bytes.resize(bytes.len() + 1024, 0);
        read(&bytes)
    };
    assert!(sparse("1\n5\n3\n", 9, 3).is_ok());
    for (map, size, content) in [
        ("1\n5\n3\n", 9, 4),
        ("1\n5\n3\n", 7, 3),
        ("2\n5\n3\n7\n1\n", 9, 4),
        ("1\n18446744073709551615\n3\n", 9, 3),
        ("9999999999\n5\n3\n", 9, 3),
        ("1\n-5\n3\n", 9, 3),
        ("1\n5555555555555555555555555555\n3\n", 9, 3),
        ("1\n5\n", 9, 3),
    ] {
        assert!(sparse(map, size, content).is_err(), "{map:?} {size} {content}");
    }
}

proptest! {
    #[test]
    fn a_file_with_holes_is_read_as_it_was(
        gaps in proptest::collection::vec((1_u64..8, 1_u64..8), 0..40),
        end in prop_oneof![Just(0), 0_u64..2000],
        at_once in 1_usize..5000,
    ) {
        let gaps: Vec<(u64, u64)> = gaps.iter().map(|(gap, length)| (gap * 512, length * 512)).collect();
        let (mut pieces, mut size) = pieces_of(&gaps, end);
        if let Some(last) = pieces.last_mut().filter(|_| end == 0) {
            // The last one may end as the file does.
            last.length -= 100;
            size -= 100;
        }
        let mut expected = vec![0; usize::try_from(size).expect("small")];
        let mut stored = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let bytes = vec![u8::try_from(at + 1).expect("few"); usize::try_from(piece.length).expect("small")];
            let from = usize::try_from(piece.at).expect("small");
            expected[from..from + bytes.len()].copy_from_slice(&bytes);
            stored.extend(bytes);
        }
        let mut writer = Writer::new(Vec::new());
        let sparse = head(&[b'\xff'; 120], Body::File(size));
        writer.begin_sparse(&sparse, &pieces).expect("begun");
        writer.copy(&mut stored.as_slice(), |_| Ok(())).expect("written");
        let bytes = writer.finish().expect("finished");
        let mut reader = Reader::new(bytes.as_slice());
        prop_assert_eq!(reader.next_head().expect("read").expect("an entry"), sparse);
        let mut content = Vec::new();
        let mut chunk = vec![0; at_once];
        while content.len() < expected.len() {
            let wanted = at_once.min(expected.len() - content.len());
            reader.read_exact(&mut chunk[..wanted]).expect("read");
            content.extend_from_slice(&chunk[..wanted]);
        }
        prop_assert_eq!(content, expected);
        prop_assert!(reader.next_head().expect("whole").is_none());
    }

    #[test]
    fn all_that_is_written_is_read(heads in proptest::collection::vec(any_head(), 0..8)) {
        prop_assert_eq!(read(&written(&heads)).expect("read"), heads);
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_change_breaks_the_reader(
        heads in proptest::collection::vec(any_head(), 1..4),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
        sealed in any::<bool>(),
    ) {
        let mut bytes = written(&heads);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if sealed {
            // With the checksums mended the changes get further.
            for block in bytes.chunks_mut(512) {
                if block.get(257..262) == Some(b"ustar") {
                    let mut head = block::Block(block.try_into().expect("a block"));
                    head.seal();
                    block.copy_from_slice(&head.0);
                }
            }
        }
        let _ = read(&bytes);
    }
}

#[test]
fn a_remark_is_kept_in_bounds() {
    let mut writer = Writer::new(Vec::new());
    writer.remark(&["r".repeat(300_000), "short".to_owned()]).expect("remarks");
    let archive = writer.finish().expect("an end");
    let mut reader = Reader::new(archive.as_slice());
    assert!(reader.next_head().expect("an archive").is_none());
    let lengths: Vec<usize> = reader.remarks().iter().map(String::len).collect();
    assert_eq!(lengths, [1024, 5]);
}

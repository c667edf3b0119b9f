use std::io::Read;

use proptest::prelude::*;

use super::*;

fn head(name: &[u8], body: Body) -> Head {
    Head { name: name.to_vec(), body, mode: 0o640, uid: 3, gid: 4, modified: Time { seconds: 5, nanos: 6 } }
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
    let mut name = written(&[head(&vec![b'n'; 2 * 1024 * 1024], Body::Fifo)]);
    let error = read(&name).expect_err("refused").to_string();
    assert!(error.contains("larger than"), "{error}");
    name.truncate(600);
    assert!(read(&name).is_err());
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
    (name(), body, 0_u32..0o10000, any::<u32>(), any::<u32>(), any::<i64>(), 0_u32..1_000_000_000).prop_map(
        |(name, body, mode, uid, gid, seconds, nanos)| Head {
            name,
            body,
            mode,
            uid,
            gid,
            modified: Time { seconds, nanos },
        },
    )
}

proptest! {
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

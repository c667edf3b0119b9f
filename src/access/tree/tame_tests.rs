use super::*;
use crate::pax::{Body, Head, Time, Writer};

#[test]
fn no_device_comes_onto_a_machine() {
    let mut writer = Writer::new(Vec::new());
    let head = |name: &[u8], body| Head {
        name: name.to_vec(),
        body,
        mode: 0o666,
        uid: rustix::process::getuid().as_raw(),
        gid: rustix::process::getgid().as_raw(),
        modified: Time::default(),
        attributes: Vec::new(),
    };
    writer.begin(&head(b"null", Body::CharDevice(1, 3))).expect("a device");
    writer.begin(&head(b"disk", Body::BlockDevice(8, 0))).expect("a device");
    writer.begin(&head(b"again", Body::Same(b"null".to_vec()))).expect("a link");
    writer.begin(&head(b"pipe", Body::Fifo)).expect("a pipe");
    let bytes = writer.finish().expect("an end");
    let into = tempfile::TempDir::new().expect("a folder");
    let how = Unpacking { is_tame: true, ..Unpacking::default() };
    let copied = Tree::open(into.path()).expect("a tree").unpack_with(
        &Place::root(),
        &mut bytes.as_slice(),
        how,
        &Progress::default(),
    );
    let copied = copied.expect("unpacked");
    assert_eq!((copied.entries, copied.skipped.len()), (1, 3), "{copied:?}");
    let left: Vec<_> =
        std::fs::read_dir(into.path()).expect("read").map(|e| e.expect("one").file_name()).collect();
    assert_eq!(left, ["pipe"]);
}

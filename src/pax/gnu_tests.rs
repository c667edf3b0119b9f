//! GNU tar reads ours, and we read all that it writes.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use super::*;

fn run(program: &str, arguments: &[&str], at: &Path) -> Vec<u8> {
    let out = Command::new(program).args(arguments).current_dir(at).output().expect("it runs");
    assert!(out.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn attribute(name: &str, value: &[u8]) -> Attribute {
    Attribute { name: name.into(), value: value.to_vec() }
}

fn acl() -> Attribute {
    let mut value = 2_u32.to_le_bytes().to_vec();
    for (tag, may, who) in
        [(1_u16, 6_u16, u32::MAX), (2, 7, 1234), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
    {
        value.extend([tag.to_le_bytes(), may.to_le_bytes()].concat());
        value.extend(who.to_le_bytes());
    }
    attribute("system.posix_acl_access", &value)
}

fn entry(name: &[u8], body: Body, attributes: Vec<Attribute>) -> Head {
    let modified = Time { seconds: -7, nanos: 123_456_789 };
    let (mode, uid, gid) = (0o640, 3_000_001, 3_000_000_001);
    Head { name: name.to_vec(), body, mode, uid, gid, modified, attributes }
}

/// Entries by name, with the content of files and the end of what was said of owners in names.
fn entries(bytes: &[u8]) -> BTreeMap<Vec<u8>, (Head, Vec<u8>)> {
    let mut reader = Reader::new(bytes);
    let mut found = BTreeMap::new();
    while let Some(mut head) = reader.next_head().expect("read") {
        let mut content = Vec::new();
        if let Body::File(size) = head.body {
            reader.by_ref().take(size).read_to_end(&mut content).expect("content");
        }
        head.name = head.name.strip_prefix(b"./").unwrap_or(&head.name).to_vec();
        found.insert(head.name.clone(), (head, content));
    }
    found
}

const FLAGS: [&str; 5] = ["--xattrs", "--xattrs-include=*", "--acls", "--sparse", "--numeric-owner"];

/// An archive of hard cases that root may unpack.
fn ours() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let all = vec![
        acl(),
        attribute("trusted.binary", b"\0\xff=%\n"),
        attribute("user.100%=b", b"1"),
        attribute("user.empty", b""),
        attribute("user.large", &[7; 1000]),
    ];
    let mut root = entry(b"./", Body::Folder, vec![attribute("user.root", b"r")]);
    root.mode = 0o751;
    let mut folder = entry(b"folder/", Body::Folder, Vec::new());
    (folder.mode, folder.modified) = (0o1777, Time { seconds: 10_413_792_000, nanos: 1 });
    let mut deep = b"folder/".to_vec();
    deep.resize(7 + 250, b'\xfe');
    let heads = [
        root,
        folder,
        entry(b"all", Body::File(3), all),
        entry(&deep, Body::File(3), Vec::new()),
        entry(b"same", Body::Same(deep.clone()), Vec::new()),
        entry(b"link", Body::Link(b"/nowhere".to_vec()), vec![attribute("trusted.link", b"l")]),
        entry(b"pipe", Body::Fifo, Vec::new()),
        entry(b"char", Body::CharDevice(1, 3), Vec::new()),
        entry(b"block", Body::BlockDevice(259, 1_048_575), Vec::new()),
    ];
    for head in heads {
        writer.begin(&head).expect("begun");
        writer.copy(&mut &b"abc"[..], |_| Ok(())).expect("written");
    }
    let sparse = entry(b"folder/sparse", Body::File(9 << 30), vec![attribute("user.a", b"x")]);
    let pieces = [Piece { at: 4096, length: 4096 }, Piece { at: 8 << 30, length: 4096 }];
    writer.begin_sparse(&sparse, &pieces).expect("begun");
    writer.copy(&mut std::io::repeat(b's'), |_| Ok(())).expect("written");
    writer.finish().expect("finished")
}

#[test]
fn gnu_tar_restores_ours_and_packs_it_the_same() {
    if !is_root() {
        eprintln!("not run: devices and trusted attributes are root's");
        return;
    }
    let (folder, into) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let archive = ours();
    let file = folder.path().join("a.tar");
    std::fs::write(&file, &archive).expect("written");
    let mut extract = vec!["-xpf", file.to_str().expect("text"), "--same-owner"];
    extract.extend(&FLAGS[..2]);
    // Without --acls: the attribute alone must do.
    for with_acls in [false, true] {
        let into = into.path().join(with_acls.to_string());
        std::fs::create_dir(&into).expect("a folder");
        let mut extract = extract.clone();
        extract.extend(with_acls.then_some("--acls"));
        run("tar", &extract, &into);
        let sparse = rustix::fs::stat(into.join("folder/sparse")).expect("there");
        assert!(sparse.st_blocks < 1000, "holes stay holes: {} blocks", sparse.st_blocks);
        std::fs::remove_file(into.join("folder/sparse")).expect("removed");
        // What was removed changed the folder's time.
        let time = rustix::fs::Timespec { tv_sec: 10_413_792_000, tv_nsec: 1 };
        let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
        rustix::fs::utimensat(rustix::fs::CWD, into.join("folder"), &times, rustix::fs::AtFlags::empty())
            .expect("set");
        let mut pack = vec!["--format=posix", "-cf", "-"];
        pack.extend(FLAGS);
        let again = entries(&run("tar", &[&pack[..], &["."]].concat(), &into));
        let mut expected = BTreeMap::new();
        let mut reader = Reader::new(archive.as_slice());
        while let Some(head) = reader.next_head().expect("read") {
            if head.name != b"folder/sparse" {
                let name = head.name.strip_prefix(b"./").unwrap_or(&head.name).to_vec();
                expected.insert(name.clone(), Head { name, ..head });
            }
        }
        assert_eq!(again.len(), expected.len());
        for (name, mut wanted) in expected {
            let (mut head, _) = again.get(&name).cloned().expect("there");
            // Which of two names of a file comes first is the folder's choice, and a mode shows an ACL's mask.
            if matches!(head.body, Body::Same(_) | Body::File(3)) && wanted.attributes.is_empty() {
                head.body = wanted.body.clone();
            }
            if wanted.attributes.iter().any(|a| a.name.starts_with(b"system.")) {
                (head.mode, wanted.mode) = (0, 0);
            }
            if matches!(wanted.body, Body::Link(_)) {
                (head.mode, wanted.mode) = (0, 0);
            }
            assert!(head == wanted, "{}: {head:?} is not {wanted:?}", name.escape_ascii());
        }
    }
}

#[test]
fn all_forms_of_gnu_tar_s_holes_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let file = std::fs::File::create(at.join("sparse")).expect("a file");
    file.set_len(3 << 20).expect("a hole");
    for piece in 0..40_u64 {
        std::os::unix::fs::FileExt::write_all_at(&file, &[b'p'; 4096], piece * 65536).expect("written");
    }
    std::fs::File::create(at.join("hole")).expect("a file").set_len(1 << 20).expect("a hole");
    let forms: [&[&str]; 4] = [
        &["--format=posix", "--sparse-version=1.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=gnu"],
    ];
    for form in forms {
        let bytes = run("tar", &[form, &["--sparse", "-cf", "-", "sparse", "hole"]].concat(), at);
        assert!(bytes.len() < 1 << 20, "it has holes: {}", bytes.len());
        let found = entries(&bytes);
        for name in ["sparse", "hole"] {
            let (head, content) = found.get(name.as_bytes()).expect("there");
            let whole = std::fs::read(at.join(name)).expect("read");
            assert_eq!(head.body, Body::File(whole.len() as u64), "{form:?}");
            assert!(*content == whole, "{form:?} {name}");
        }
    }
}

#[test]
fn what_gnu_tar_says_of_attributes_is_understood() {
    if !is_root() {
        eprintln!("not run: trusted attributes are root's");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::write(at.join("file"), b"content").expect("a file");
    for all in [
        acl(),
        attribute("trusted.binary", b"\0\xff"),
        attribute("user.100%=b", b""),
        attribute("user.a", b"x"),
    ] {
        let name = std::str::from_utf8(&all.name).expect("text").to_owned();
        rustix::fs::setxattr(at.join("file"), name, &all.value, rustix::fs::XattrFlags::empty())
            .expect("set");
    }
    let bytes = run("tar", &[&FLAGS[..], &["--format=posix", "-cf", "-", "file"]].concat(), at);
    let (head, content) = entries(&bytes).remove(&b"file"[..]).expect("there");
    assert_eq!(content, b"content");
    let wanted = [
        acl(),
        attribute("trusted.binary", b"\0\xff"),
        attribute("user.100%=b", b""),
        attribute("user.a", b"x"),
    ];
    assert_eq!(head.attributes, wanted);
    // With the words alone.
    let bytes = run("tar", &["--acls", "--numeric-owner", "--format=posix", "-cf", "-", "file"], at);
    assert_eq!(entries(&bytes).remove(&b"file"[..]).expect("there").0.attributes, [acl()]);
}

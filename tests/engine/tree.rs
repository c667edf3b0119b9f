//! One truth whichever way it is looked for: directly, through a helper, by `du`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, makedev, mkdirat, mknodat, openat};
use serde_json::{Value, json};

use crate::du::{direct, du};
use crate::private::Private;
use crate::rig::{Rig, ended};

/// Files of the odd tree, a file with several names counted once; the device comes on top.
const FILES: u64 = 10;
/// Its folders, the deep ones left out.
const FOLDERS: u64 = 4;

fn open(parent: impl std::os::fd::AsFd, name: &OsStr) -> OwnedFd {
    openat(parent, name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).expect("a folder")
}

/// Makes what a volume may hold at its oddest; the answer is how many files there are.
fn make_odd(root: &Path, depth: u64) -> u64 {
    for folder in ["a/b", "empty", "closed"] {
        std::fs::create_dir_all(root.join(folder)).expect("a folder");
    }
    std::fs::write(root.join("a/linked"), vec![7; 100_000]).expect("a file");
    std::fs::hard_link(root.join("a/linked"), root.join("a/b/again")).expect("a link");
    std::fs::hard_link(root.join("a/linked"), root.join("once more")).expect("a link");
    let mut sparse = File::create(root.join("sparse")).expect("a file");
    sparse.write_all(&[1; 4096]).expect("written");
    sparse.seek(SeekFrom::Start(64 << 20)).expect("a hole");
    sparse.write_all(&[1; 10_000]).expect("written");
    for name in [&b"new\nline"[..], b"\x1b[31mred", b"\xff\xfe\x80", &[b'n'; 255]] {
        std::fs::write(root.join(OsStr::from_bytes(name)), vec![1; 5001]).expect("a file");
    }
    symlink("/etc", root.join("out")).expect("a link");
    mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::from(0o644), 0).expect("a fifo");
    let null = mknodat(CWD, root.join("null"), FileType::CharacterDevice, Mode::from(0o600), makedev(1, 3));
    let name = "d".repeat(200);
    let mut here = open(CWD, root.as_os_str());
    for _ in 0..depth {
        mkdirat(&here, &name, Mode::from(0o755)).expect("a folder");
        here = open(&here, OsStr::new(&name));
    }
    let deep = openat(&here, "deep", OFlags::CREATE | OFlags::WRONLY, Mode::from(0o600)).expect("a file");
    File::from(deep).write_all(&vec![2; 123_456]).expect("written");
    std::fs::write(root.join("closed/secret"), vec![3; 3000]).expect("a file");
    std::fs::set_permissions(root.join("closed/secret"), PermissionsExt::from_mode(0o000)).expect("closed");
    std::fs::set_permissions(root.join("closed"), PermissionsExt::from_mode(0o000)).expect("closed");
    FILES + u64::from(null.is_ok())
}

/// What `du` of a volume prints of it, by this way.
async fn measured(rig: &Rig, volume: &str, way: &str) -> Value {
    let mut printed = rig.run(&["du", "--access", way, "--json", volume]).await.json()[0].take();
    assert_eq!(printed["method"], way, "the way that was asked for: {printed}");
    let known = printed.as_object_mut().expect("an object");
    known.remove("method");
    known.remove("measured_at");
    printed
}

pub(crate) async fn direct_helper_and_du_agree_about_an_odd_tree(rig: Rig) {
    let volume = rig.volume("odd", &[]).await;
    let folder = rig.inspected(&volume).await["Mountpoint"].as_str().expect("a path").to_owned();
    rig.fill(&volume, "probe", 1).await;
    if std::fs::remove_file(Path::new(&folder).join("probe")).is_err() {
        println!("tree: {folder} here is not the engine's; nothing is proven");
        return;
    }
    let made = folder.clone();
    // Podman's own disk usage fails on paths that are too long, and other tests ask for it.
    let depth = if rig.ground.is_podman { 10 } else { 30 };
    let files = tokio::task::spawn_blocking(move || make_odd(Path::new(&made), depth)).await.expect("made");
    let helper = measured(&rig, &volume, "helper").await;
    let (is_open, why) = direct(&rig).await;
    if is_open {
        let direct = measured(&rig, &volume, "direct").await;
        assert_eq!(direct, helper, "both ways find the same, to the last file");
    } else {
        println!("tree: the direct way is closed here: {why}");
    }
    assert_eq!(helper["allocated_bytes"], du(&folder).await, "byte for byte what du says");
    let bytes: u64 = 100_000 + (64 << 20) + 10_000 + 4 * 5001 + 4 + 123_456 + 3000;
    assert_eq!(helper["apparent_bytes"], bytes, "every file's size, once: {helper}");
    assert_eq!((&helper["files"], &helper["dirs"]), (&json!(files), &json!(FOLDERS + depth)));
    assert_eq!(helper["errors"], 0, "a closed folder is open to it, as it is to root");
    assert!(helper["newest_write"].is_string(), "the last write is known");
    let largest = helper["largest"].as_array().expect("files");
    assert!(largest.iter().any(|l| l["path"].as_str().is_some_and(|p| p.len() > 2000)), "deep ones too");
    assert!(
        largest.iter().any(|l| l["path"].as_str().is_some_and(|p| p.contains("new\nline"))),
        "odd ones too"
    );
}

pub(crate) async fn an_engine_with_files_of_its_own_is_measured_by_a_helper(rig: Rig) {
    let engine =
        tokio::task::spawn_blocking(Private::start_hidden).await.expect("no panic").expect("it starts");
    let host = engine.host();
    let docker = async |arguments: &[&str]| {
        let ran = ended(tokio::process::Command::new("docker").args(["-H", &host]).args(arguments)).await;
        assert_eq!(ran.code, 0, "docker {arguments:?}: {}", ran.err);
        ran.out.trim().to_owned()
    };
    let archive = rig.home().join("image.tar");
    let image = rig.ground.image.as_str();
    let packed = File::create(&archive).expect("a file");
    let packing = rig.volx().args(["agent", "image", image]).stdout(packed).status().await;
    assert!(packing.expect("volx runs").success());
    docker(&["load", "--quiet", "--input", &archive.display().to_string()]).await;
    docker(&["volume", "create", "own"]).await;
    let fill = ["run", "--rm", "--network", "none", "--volume", "own:/data", image];
    docker(&[&fill[..], &["agent", "fill", "/data/file", "54321"]].concat()).await;
    // The same path is here too, but it is another folder.
    let folder = docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", "own"]).await;
    assert!(!Path::new(&folder).exists(), "the engine's own files are not to be seen here");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(Path::new(&folder).join("decoy"), vec![0; 9]).expect("a file");
    let ran = rig.run(&["--host", &host, "du", "own", "--access", "direct"]).await;
    assert_eq!(ran.code, 1, "what is at that path here is not the volume: {}", ran.out);
    assert!(ran.err.contains("another file system"), "and it is said why: {}", ran.err);
    let measured = rig.run(&["--host", &host, "du", "own", "--json"]).await.json()[0].clone();
    assert_eq!((&measured["method"], &measured["apparent_bytes"]), (&json!("helper"), &json!(54321)));
    tokio::task::spawn_blocking(move || drop(engine)).await.expect("it ends");
}

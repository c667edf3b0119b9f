//! Walking a volume like a folder, on a real engine: what volx says and does, against the folder.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;
use volx::access::tree::Tree;
use volx::access::walk::Progress;
use volx::domain::place::Place;

use crate::rig::Rig;

/// The folder of a volume on this machine.
pub(crate) async fn mountpoint(rig: &Rig, volume: &str) -> PathBuf {
    PathBuf::from(rig.inspected(volume).await["Mountpoint"].as_str().expect("a path"))
}

/// A tree of this machine with owners, modes, times and links that must survive.
fn source(rig: &Rig) -> PathBuf {
    let root = rig.home().join("site");
    std::fs::create_dir_all(root.join("sub")).expect("folders");
    std::fs::write(root.join("page"), "hello\n").expect("a file");
    std::fs::write(root.join("sub/data"), vec![7; 3_000_000]).expect("a file");
    std::fs::hard_link(root.join("page"), root.join("sub/same")).expect("a link");
    symlink("/etc/passwd", root.join("out")).expect("a link");
    chown(root.join("page"), Some(1234), Some(5678)).expect("owner");
    std::fs::set_permissions(root.join("page"), Permissions::from_mode(0o4751)).expect("permissions");
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789);
    std::fs::File::open(root.join("page")).and_then(|f| f.set_modified(time)).expect("time");
    std::fs::File::open(root.join("sub")).and_then(|f| f.set_modified(time)).expect("time");
    root
}

/// Owner, mode, time, content of what a copy has to keep.
fn facts(root: &Path) -> Vec<String> {
    ["page", "sub", "sub/data", "sub/same", "out"]
        .into_iter()
        .map(|name| {
            let path = root.join(name);
            let meta = path.symlink_metadata().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let content = if meta.is_file() { std::fs::read(&path).expect("read").len() } else { 0 };
            let target = std::fs::read_link(&path).ok();
            let (time, nanos) = (meta.mtime(), meta.mtime_nsec());
            format!(
                "{name} {:o} {}:{} {time}.{nanos} {content} {target:?}",
                meta.mode(),
                meta.uid(),
                meta.gid()
            )
        })
        .collect()
}

pub(crate) fn text(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().expect("text").to_owned()
}

pub(crate) async fn what_is_put_and_got_is_what_it_was(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    let source = source(&rig);
    let ran = rig.run(&["put", &text(&source), &volume, "--yes", "--json"]).await.json();
    // An engine in a mount namespace of its own is reached by a helper.
    assert!(matches!(ran["method"].as_str(), Some("direct" | "helper")), "{ran}");
    assert_eq!(ran["entries"].as_u64(), Some(6), "{ran}");
    assert_eq!(ran["skipped"].as_array().map(Vec::len), Some(0));
    assert_eq!(facts(&inside.join("site")), facts(&source), "in the volume");
    let back = rig.home().join("back");
    let ran = rig.run(&["get", &format!("{volume}:/site"), &text(&back)]).await;
    assert_eq!((ran.code, ran.err.contains("set-user-id")), (3, true), "{}", ran.err);
    let tame: Vec<String> = facts(&source).iter().map(|fact| fact.replace(" 104751 ", " 100751 ")).collect();
    assert_eq!(facts(&back), tame, "and back here, but nothing that runs as somebody else");
    let ran = rig.run(&["cat", &format!("{volume}:site/page")]).await;
    assert_eq!((ran.code, ran.out.as_str()), (0, "hello\n"));
}

pub(crate) async fn a_folder_is_listed_with_what_it_holds(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.run(&["put", &text(source(&rig)), &volume, "--yes"]).await;
    let ran = rig.run(&["files", &format!("{volume}:site"), "--json"]).await.json();
    let names: Vec<&str> =
        ran.as_array().expect("an array").iter().filter_map(|e| e["name"].as_str()).collect();
    assert_eq!(names, ["out", "page", "sub"]);
    let page = &ran[1];
    assert_eq!(
        (&page["mode"], &page["uid"], &page["gid"], &page["kind"], &page["apparent_bytes"], &page["links"]),
        (&"4751".into(), &1234.into(), &5678.into(), &"file".into(), &6.into(), &2.into())
    );
    assert_eq!(page["modified"], "2001-09-09T01:46:40.123456789Z");
    assert_eq!((&ran[0]["kind"], &ran[0]["target"]), (&"link".into(), &"/etc/passwd".into()));
    let total = &ran[2]["total"];
    assert_eq!((&total["files"], &total["dirs"], &total["errors"]), (&2.into(), &1.into(), &0.into()));
    assert_eq!(total["apparent_bytes"], 3_000_006, "{total}");
    let ran = rig.run(&["files", &format!("{volume}:site"), "--json", "--no-sizes"]).await.json();
    assert_eq!(ran[2]["total"], Value::Null, "not weighed is not zero");
    let ran = rig.run(&["files", &format!("{volume}:site"), "--sort", "size"]).await;
    let last: Vec<&str> = ran.out.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(last, ["NAME", "sub/", "page", "/etc/passwd"], "{}", ran.out);
    let ran = rig.run(&["files", &format!("{volume}:missing")]).await;
    assert_eq!((ran.code, ran.err.contains("/missing is not there")), (1, true), "{}", ran.err);
}

pub(crate) async fn putting_is_refused_unless_agreed_to(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    let file = rig.home().join("file");
    std::fs::write(&file, "one").expect("a file");
    let ran = rig.run(&["put", &text(&file), &volume]).await;
    assert_eq!((ran.code, ran.err.contains("--yes")), (5, true), "{}", ran.err);
    assert!(!inside.join("file").exists(), "nothing was written");
    assert_eq!(rig.run(&["put", &text(&file), &volume, "--yes"]).await.code, 0);
    std::fs::write(&file, "two").expect("a file");
    let ran = rig.run(&["put", &text(&file), &volume, "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains("--replace")), (5, true), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(inside.join("file")).expect("there"), "one");
    assert_eq!(rig.run(&["put", &text(&file), &volume, "--yes", "--replace"]).await.code, 0);
    assert_eq!(std::fs::read_to_string(inside.join("file")).expect("there"), "two");
    let ran = rig.run(&["get", &format!("{volume}:file"), &text(rig.home())]).await;
    assert_eq!(ran.code, 5, "nor is anything here overwritten: {}", ran.err);
}

pub(crate) async fn a_running_container_sees_what_was_put(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.holder("c", &[&format!("{volume}:/data")]).await;
    let file = rig.home().join("file");
    std::fs::write(&file, "seen inside").expect("a file");
    let ran = rig.run(&["put", &text(&file), &format!("{volume}:/new"), "--yes"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let out = rig.home().join("copied");
    rig.docker(&["cp", &format!("{}:/data/new", rig.name("c")), &text(&out)]).await;
    assert_eq!(std::fs::read_to_string(&out).expect("there"), "seen inside");
}

pub(crate) async fn what_the_engine_packs_is_unpacked(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let source = source(&rig);
    rig.run(&["put", &text(&source), &volume, "--yes"]).await;
    rig.holder("c", &[&format!("{volume}:/data")]).await;
    for (what, root) in [("/data/site", "site"), ("/data/site/.", "")] {
        let container = rig.name("c");
        let packed = rig.try_docker(&["cp", &format!("{container}:{what}"), "-"]).await;
        let into = tempfile::TempDir::new().expect("a folder");
        let tree = Tree::open(into.path()).expect("a tree");
        let copied = tree.unpack(&Place::root(), &mut packed.stdout.as_slice(), false, &Progress::default());
        assert_eq!(copied.expect("unpacked").skipped, Vec::<String>::new(), "{what}");
        // The engine's tar has whole seconds alone.
        let whole = |root: &Path| -> Vec<String> {
            facts(root)
                .into_iter()
                .filter(|fact| !fact.starts_with("out"))
                .map(|fact| without_nanos(&fact))
                .collect()
        };
        assert_eq!(whole(&into.path().join(root)), whole(&source), "{what}");
    }
}

fn without_nanos(fact: &str) -> String {
    let words = fact
        .split(' ')
        .map(|word| if word.contains('.') { word.split('.').next().unwrap_or(word) } else { word });
    words.collect::<Vec<_>>().join(" ")
}

pub(crate) async fn a_hostile_volume_leads_nowhere(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    symlink("/", inside.join("host")).expect("a link");
    std::fs::write(inside.join("\u{1b}[31mred\nline"), "x").expect("a file");
    for path in ["host/etc/passwd", "../../../etc/passwd"] {
        let ran = rig.run(&["cat", &format!("{volume}:{path}")]).await;
        assert!(ran.code != 0 && ran.out.is_empty(), "{path}: {}", ran.out);
    }
    let file = rig.home().join("file");
    std::fs::write(&file, "x").expect("a file");
    let name = format!("volx-test-{}", std::process::id());
    let ran = rig.run(&["put", &text(&file), &format!("{volume}:host/tmp/{name}"), "--yes"]).await;
    assert!(ran.code != 0 && !PathBuf::from(format!("/tmp/{name}")).exists(), "{}", ran.err);
    let ran = rig.run(&["files", &volume]).await;
    assert!(!ran.out.contains('\u{1b}') && ran.out.lines().count() == 3, "{:?}", ran.out);
}

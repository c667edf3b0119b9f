//! A disk that fills up while something is copied: said, and nothing half is left.

use std::path::Path;
use std::process::Command;

use crate::files::text;
use crate::rig::Rig;

/// A small file system of its own at a folder, gone when this is dropped.
pub(crate) struct Small<'p>(&'p Path);

impl<'p> Small<'p> {
    pub(crate) fn mount(at: &'p Path) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(at)
            .status()
            .expect("mount runs");
        assert!(mounted.success(), "a small file system is mounted");
        Self(at)
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "it is unmounted");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

pub(crate) async fn copying_out_onto_a_full_disk_leaves_nothing_half(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let large = rig.home().join("large");
    std::fs::write(&large, vec![7; 3_000_000]).expect("a file");
    assert_eq!(rig.run(&["put", &text(&large), &volume, "--yes"]).await.code, 0);
    let at = rig.home().join("small");
    let small = Small::mount(&at);
    for way in rig.every_way() {
        let ran = rig.run(&["get", &format!("{volume}:large"), &text(&at), "--access", way]).await;
        assert_eq!((ran.code, ran.err.contains("No space left")), (1, true), "{way}: {}", ran.err);
        assert_eq!(names(&at), [""; 0], "{way}: nothing half is left");
    }
    drop(small);
}

pub(crate) async fn copying_into_a_full_volume_leaves_nothing_half(rig: Rig) {
    let small = ["type=tmpfs", "device=tmpfs", "o=size=1m"];
    let options: Vec<&str> = small.iter().flat_map(|option| ["--opt", option]).collect();
    let volume = rig.volume("small", &options).await;
    rig.holder("c", &[&format!("{volume}:/data")]).await;
    let large = rig.home().join("large");
    std::fs::write(&large, vec![7; 3_000_000]).expect("a file");
    let ran = rig.run(&["put", &text(&large), &volume, "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains("No space left")), (1, true), "{}", ran.err);
    let ran = rig.run(&["files", &volume, "--json"]).await.json();
    assert_eq!(ran.as_array().map(Vec::len), Some(0), "{ran}");
}

pub(crate) async fn a_backup_onto_a_full_disk_leaves_nothing_half(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mut bytes = vec![0_u8; 8_000_000];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").expect("opened"), &mut bytes)
        .expect("read");
    let large = rig.home().join("large");
    std::fs::write(&large, bytes).expect("a file");
    assert_eq!(rig.run(&["put", &text(&large), &volume, "--yes"]).await.code, 0);
    let at = rig.home().join("small");
    let small = Small::mount(&at);
    for way in rig.every_way() {
        let ran = rig.run(&["backup", &volume, "--to", &text(&at), "--access", way]).await;
        assert_eq!((ran.code, ran.err.contains("No space left")), (1, true), "{way}: {}", ran.err);
        assert_eq!(names(&at), [""; 0], "{way}: nothing half is left");
    }
    drop(small);
}

pub(crate) async fn where_nothing_can_be_written_down_volumes_are_removed_all_the_same(rig: Rig) {
    let (wanted, kept) = (rig.volume("wanted", &[]).await, rig.volume("kept", &[]).await);
    let at = rig.home().join("state");
    let small = Small::mount(&at);
    let volx = async |words: &[&str]| {
        let output = rig.volx().env("XDG_STATE_HOME", &at).args(words).output().await.expect("volx runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(volx(&["protect", &kept]).await.0, Some(0));
    let mut fill = std::fs::File::create(at.join("fill")).expect("a file");
    while std::io::Write::write(&mut fill, &[0; 1024]).is_ok_and(|written| written > 0) {}
    drop(fill);
    let (code, said) = volx(&["rm", &kept, "--yes", "--no-undo"]).await;
    assert_eq!((code, said.contains("protected")), (Some(5), true), "{said}");
    rig.inspected(&kept).await;
    let (code, said) = volx(&["rm", &wanted, "--yes"]).await;
    assert_ne!(code, Some(0), "what cannot be kept does not go: {said}");
    rig.inspected(&wanted).await;
    let (code, said) = volx(&["rm", &wanted, "--yes", "--no-undo"]).await;
    assert_eq!((code, said.contains("the history cannot be kept")), (Some(0), true), "{said}");
    assert!(!rig.docker(&["volume", "ls", "--quiet"]).await.contains(&wanted), "it is gone");
    drop(small);
}
